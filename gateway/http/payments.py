"""The doors for payment processors: who signs is let in, what they report is on record when they hear so."""

import re
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field, SecretStr

from gateway import payments as events
from gateway import signatures, stripe_events
from gateway.arrivals import SomethingElse, take_in
from gateway.client import Journeys
from gateway.http.bodies import body
from gateway.http.dependencies import TellLater, TheJourneys, TheSettings, TheTime
from gateway.http.problems import REF, answers
from gateway.signatures import Unsigned
from workers.settings import BadSettings, Settings

payments = APIRouter(prefix="/webhooks", tags=["webhooks in"])

SCHEMAS = tuple(events.EVENTS.values())
EXAMPLES = {
    "payment.received": {
        "type": "payment.received",
        "timestamp": "2026-03-12T09:30:00+08:00",
        "data": {
            "payment": "pay_81",
            "amount": {"minor": 840_000, "currency": "CNY"},
            "loans": ["LN-1042"],
        },
    },
    "payment.reversed": {
        "type": "payment.reversed",
        "timestamp": "2026-03-14T10:00:00+08:00",
        "data": {"payment": "pay_81", "reversal": "back_7", "reason": "returned"},
    },
    "payment.announced": {
        "type": "payment.announced",
        "timestamp": "2026-03-11T18:00:00+08:00",
        "data": {
            "payment": "pay_81",
            "amount": {"minor": 840_000, "currency": "CNY"},
            "loans": ["LN-1042"],
            "rail": "direct_debit",
        },
    },
    "payment.failed": {
        "type": "payment.failed",
        "timestamp": "2026-03-13T08:00:00+08:00",
        "data": {"payment": "pay_81", "loans": ["LN-1042"]},
    },
}
STRIPE_EXAMPLE = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": 1773279000,
    "data": {
        "object": {
            "id": "pi_1",
            "object": "payment_intent",
            "amount": 840_000,
            "amount_received": 840_000,
            "currency": "cny",
            "metadata": {"loan": "LN-1042"},
        }
    },
}


class Heard(BaseModel):
    """What became of an event; the same when it is sent again."""

    state: Literal["taken", "ignored", "set_aside", "done"] = Field(
        description="On record with what it tells; of no interest; kept for a person; seen to by one"
    )


def _takes(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """The body for the OpenAPI document: it is not parsed before its signature was looked at."""
    shown = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": schema, "examples": shown}}
    return {"requestBody": {"required": True, "content": content}}


@payments.post(
    "/payments",
    responses=answers(401, 409),
    openapi_extra=_takes({"anyOf": [{"$ref": REF.format(model=one.__name__)} for one in SCHEMAS]}, EXAMPLES),
)
async def payment_event(
    request: Request, journeys: TheJourneys, settings: TheSettings, now: TheTime, later: TellLater
) -> Heard:
    """An event of ours, signed as Standard Webhooks has it (webhook-id, -timestamp, -signature)."""
    secrets = _secrets(settings.payment_secrets, "JOURNEYS_PAYMENT_SECRETS")
    raw = await body(request)
    try:
        id = signatures.standard(request.headers, raw, secrets, now)
    except Unsigned as error:
        raise _turned_away(error, "Standard-Webhooks") from None
    return await _hear(journeys, events.own(id, raw, now), raw, now, later)


@payments.post(
    "/stripe",
    responses=answers(401, 409),
    openapi_extra=_takes({"type": "object"}, {"payment_intent.succeeded": STRIPE_EXAMPLE}),
)
async def stripe_event(
    request: Request, journeys: TheJourneys, settings: TheSettings, now: TheTime, later: TellLater
) -> Heard:
    """An event of Stripe's, signed in its own scheme (Stripe-Signature: t=…,v1=…)."""
    secrets = _secrets(settings.stripe_secrets, "JOURNEYS_STRIPE_SECRETS")
    raw = await body(request)
    try:
        signatures.stripe(request.headers, raw, secrets, now)
    except Unsigned as error:
        raise _turned_away(error, "Stripe-Signature") from None
    return await _hear(journeys, stripe_events.stripe(raw, now), raw, now, later)


async def _hear(
    journeys: Journeys, report: events.Report, raw: bytes, now: datetime, later: TellLater
) -> Heard:
    try:
        arrival, loans = await take_in(journeys, report, raw, now)
    except SomethingElse as error:
        raise HTTPException(409, str(error)) from None
    later.tell(loans)
    return Heard(state=arrival.state)


def check(settings: Settings) -> None:
    """Secrets are looked at before the first event; raises `BadSettings`."""
    for secret in _split(settings.payment_secrets):
        try:
            signatures.standard_key(secret)
        except ValueError:
            raise BadSettings(
                "the setting JOURNEYS_PAYMENT_SECRETS is wrong: write each secret as whsec_ and the Base64 "
                "of at least 16 random bytes, several apart by blanks"
            ) from None


def _secrets(given: SecretStr, setting: str) -> list[str]:
    if not (secrets := _split(given)):  # who sends tries again: nothing is lost until a secret is there
        raise HTTPException(503, f"nobody may send here yet: set {setting}", {"Retry-After": "300"})
    return secrets


def _split(given: SecretStr) -> list[str]:
    return [one for one in re.split(r"[\s,]+", given.get_secret_value()) if one]


def _turned_away(error: Unsigned, scheme: str) -> HTTPException:
    return HTTPException(401, f"the signature will not do: {error}", {"WWW-Authenticate": scheme})
