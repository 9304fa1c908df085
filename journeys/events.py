"""What the outside world is told as it happens: facts, and what a decision saw had become of earlier ones.

Events carry references and codes, as facts do. The same `id` on a loan is the same event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from journeys.standing import Standing
from journeys.view import View

TYPES = {
    "payment_received": "payment.received",
    "payment_reversed": "payment.reversed",
    "promise_made": "promise.made",
    "promise_withdrawn": "promise.withdrawn",
    "plan_agreed": "plan.agreed",
    "plan_revoked": "plan.revoked",
    "settlement_offered": "settlement.offered",
    "settlement_revoked": "settlement.revoked",
    "dispute_raised": "dispute.raised",
    "opted_out": "channel.closed",
    "contact_point_failed": "contact_point.failed",
    "hold_placed": "hold.placed",
    "hold_lifted": "hold.lifted",
    "contact_made": "contact.made",
    "contact_asked": "contact.asked",
    "contact_rode": "contact.rode",
    "contact_withheld": "contact.withheld",
    "contact_withdrawn": "contact.withdrawn",
    "contact_failed": "contact.failed",
    "contact_uncertain": "contact.uncertain",
    "delivery_reported": "contact.reported",
    "journey_reopened": "journey.reopened",
    "journey_closed": "journey.closed",
    "court_ended": "court.ended",
}
"""The facts that are published, and as what."""
STARTED, STAGE = "journey.started", "stage.changed"
PROMISE = {"kept": "kept", "partly kept": "partly_kept", "broken": "broken", "expired": "expired"}
PLAN = {"breached": "breached", "completed": "completed"}
SETTLEMENT = {"accepted": "accepted", "expired": "expired"}
ALL = (
    STARTED,
    STAGE,
    *TYPES.values(),
    *(f"promise.{state}" for state in PROMISE.values()),
    *(f"plan.{state}" for state in PLAN.values()),
    *(f"settlement.{state}" for state in SETTLEMENT.values()),
)
"""Every type of event there is."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that whoever subscribed to it is told."""

    id: str
    type: str
    at: datetime
    data: dict[str, JsonValue] = field(default_factory=dict)


def noticed(view: View, standing: Standing) -> Iterator[Event]:
    """What has become of promises, plans and settlements by the time of the view, and the stage."""
    for promise in view.promises:
        if promise.state in PROMISE:
            yield _became("promise", promise.made.id, PROMISE[promise.state], view)
    for plan in view.plans:
        if plan.state in PLAN:
            yield _became("plan", plan.agreed.id, PLAN[plan.state], view)
    for settlement in view.settlements:
        if settlement.state in SETTLEMENT:
            yield _became("settlement", settlement.offered.id, SETTLEMENT[settlement.state], view)
    yield Event(
        f"stage.{view.case.decisions}",
        STAGE,
        view.now,
        {"stage": standing.stage, "days_past_due": standing.days_past_due},
    )


def _became(what: str, id: str, state: str, view: View) -> Event:
    return Event(f"{id}.{state}", f"{what}.{state}", view.now, {what: id})
