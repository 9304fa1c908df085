"""Examples of every body, for the OpenAPI document; a test reads each as the doors do."""

from typing import Any

CNY_500 = {"minor": 50_000, "currency": "CNY"}
LOAN: dict[str, Any] = {
    "borrower": {
        "id": "B-1",
        "name": "Li Lei",
        "email": "li@example.com",
        "phone": "+8613800000000",
        "language": "zh",
        "zones": ["Asia/Shanghai"],
        "jurisdictions": ["cn"],
    },
    "instalments": [{"due": "2027-03-02", "amount": {"minor": 840_000, "currency": "CNY"}}],
    "terms": {"late_rate": 1825, "grace_days": 3},
    "strategy": "cn-consumer",
}
REPLY: dict[str, Any] = {"id": "reply-1", "channel": "sms", "text": "please stop texting me"}
FACTS: list[dict[str, Any]] = [
    {"kind": "payment_received", "id": "pay-1", "at": "2026-11-20T09:00:00+08:00", "amount": CNY_500},
    {"kind": "payment_announced", "id": "debit-1", "amount": CNY_500, "rail": "direct_debit"},
    {"kind": "payment_failed", "id": "debit-1.failed", "payment": "debit-1"},
    {"kind": "payment_reversed", "id": "back-1", "payment": "pay-1", "reason": "charged_back"},
    {"kind": "fee_charged", "id": "fee-1", "amount": CNY_500, "reason": "returned_debit"},
    {"kind": "dispute_raised", "id": "dispute-1", "reason": "not_mine"},
    {"kind": "hardship_reported", "id": "call-7", "until": "2027-03-31", "reason": "job_loss"},
    {"kind": "opted_out", "id": "stop-1", "channel": "sms"},
    {"kind": "contact_point_failed", "id": "bounce-1", "channel": "email", "reason": "bounced"},
    {"kind": "circumstance_noted", "id": "letter-3", "circumstance": "attorney_known"},
    {"kind": "default_explained", "id": "call-8", "reason": "illness", "by": "anna"},
]
REQUESTS: dict[str, dict[str, Any]] = {
    "promise": {"amount": CNY_500, "by": "2027-03-12"},
    "withdraw_promise": {},
    "plan": {"offer": "d10-plan"},
    "revoke_plan": {"reason": "lost_job"},
    "settle": {"offer": "d75-settlement", "amount": CNY_500, "until": "2027-06-01", "approved_by": "lee"},
    "revoke_settlement": {},
    "hold": {"reason": "complaint", "until": "2027-03-12T09:30:00+08:00"},
    "lift": {},
    "waive": {"amount": CNY_500, "part": "fees", "reason": "goodwill", "approved_by": "lee"},
    "reschedule": {"reason": "extended", "instalments": [{"due": "2027-04-15", "amount": CNY_500}]},
    "leave": {"reason": "written_off"},
    "stop": {"reason": "opened_by_mistake"},
    "move": {"strategy": "cn-consumer", "version": 2},
    "sign": {"signed": True},
}
"""What is asked besides the actor."""
