"""A payment processor: it reports to a gateway what borrowers pay, signed as Standard Webhooks has it."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from secrets import token_bytes

import httpx2
from fastapi import Request
from standardwebhooks.webhooks import Webhook

from gateway.client import Refused
from gateway.http.dependencies import clock
from journeys.facts import PaymentAnnounced, PaymentReceived, PaymentReversed
from journeys.money import Money

Payment = PaymentReceived | PaymentReversed | PaymentAnnounced
TIME = "Rehearsal-Time"


async def time_of_who_speaks(request: Request) -> datetime:
    """A gateway's clock where each borrower has one of their own: whoever speaks says what time it is."""
    said = request.headers.get(TIME)
    return datetime.fromisoformat(said) if said else await clock()


class Processor:
    """Reports each payment when it is made, by the clock of whoever makes it."""

    def __init__(self, gateway: httpx2.AsyncClient, secret: str) -> None:
        self.gateway, self.secret = gateway, secret
        self.reported = 0

    async def report(self, loan: str, fact: Payment) -> None:
        """Report it once; raises `Refused` where the gateway does not take it in."""
        type, data = _event(loan, fact)
        at = fact.at.astimezone(UTC)
        body = json.dumps({"type": type, "timestamp": at.isoformat(), "data": data})
        id = f"evt_{fact.id}"
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(id, at, body),
            TIME: at.isoformat(),
        }
        answer = await self.gateway.post("/webhooks/payments", content=body, headers=headers)
        if answer.status_code != 200 or answer.json()["state"] != "taken":
            raise Refused(f"the gateway does not take in {fact.kind} {fact.id}: {answer.text}")
        self.reported += 1


def new_secret() -> str:
    """One that the processor and the gateway share."""
    return f"whsec_{b64encode(token_bytes(32)).decode()}"


def _event(loan: str, fact: Payment) -> tuple[str, dict[str, object]]:
    match fact:
        case PaymentReceived():
            return "payment.received", {"payment": fact.id, "amount": _sum(fact.amount), "loans": [loan]}
        case PaymentAnnounced():
            payment = fact.id.removesuffix(".announced")
            about = {"payment": payment, "rail": fact.rail}
            return "payment.announced", {**about, "amount": _sum(fact.amount), "loans": [loan]}
        case PaymentReversed():
            part = {"amount": _sum(fact.amount)} if fact.amount else {}
            about = {"payment": fact.payment, "reversal": fact.id, "reason": fact.reason}
            return "payment.reversed", {**about, **part}


def _sum(amount: Money) -> dict[str, object]:
    return {"minor": amount.minor, "currency": amount.currency}
