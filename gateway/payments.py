"""What payment processors report: which fact of which loans an event tells, first of all our own.

Nothing is looked up here; that an event is genuine has been seen to.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, TypeAdapter
from pydantic import ValidationError as Malformed

from journeys.facts import PaymentAnnounced, PaymentFailed, PaymentReceived, PaymentReversed, Reversal
from journeys.files import said
from journeys.law.charges import Rail
from journeys.money import MOST, Money

Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$"),
    Field(examples=["pay_81"]),
]
When = Annotated[Any, Field(json_schema_extra={"type": "string", "format": "date-time"})]
"""A time that cannot be read loses nobody their payment: it counts from its arrival."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """So much of a charge has been refunded by now, all refunds together."""

    charge: str
    payment: str
    minor: int
    currency: str
    whole: bool
    at: datetime


Told = PaymentReceived | PaymentReversed | PaymentAnnounced | PaymentFailed | Refunded


@dataclass(frozen=True, slots=True)
class Report:
    """What an event says: a fact of some loans, nothing that is of interest, or nothing that makes sense."""

    source: str
    id: str
    type: str
    digest: str
    """The same however often the event is sent."""
    state: Literal["taken", "ignored", "set_aside"]
    why: str | None = None
    told: Told | None = None
    loans: Sequence[str] = ()


# ── our own events ───────────────────────────────────────────────────────────────────────────────


class PaymentSum(BaseModel):
    """A sum in the smallest units of its currency: cents, fen; whole ones of JPY, KRW and VND."""

    minor: int = Field(gt=0, le=MOST, strict=True, examples=[840_000])
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["CNY"])

    @property
    def money(self) -> Money:
        return Money(self.minor, self.currency)


class Receipt(BaseModel):
    """Money came in, for one loan or for several of one borrower."""

    payment: Reference = Field(description="The payment's own id: told again, it counts once")
    amount: PaymentSum
    loans: list[Reference] = Field(default=[], max_length=50, examples=[["LN-1042"]])
    at: When = Field(default=None, description="When it counts from; by default the event's own time")
    announced: Reference | None = Field(
        default=None, description="The payment it was announced as, if another"
    )


class TakenBack(BaseModel):
    """A payment was taken back, wholly or, with an amount, in part."""

    payment: Reference
    reversal: Reference | None = Field(
        default=None, description="The reversal's own id; by default the event's"
    )
    reason: Reversal = "returned"
    amount: PaymentSum | None = None
    loans: list[Reference] = Field(default=[], max_length=50, description="Only there, of several it went to")
    at: When = None


class OnItsWay(BaseModel):
    """Money is on its way: nothing is asked meanwhile, as long as its rail may take."""

    payment: Reference
    amount: PaymentSum
    loans: list[Reference] = Field(min_length=1, max_length=50, examples=[["LN-1042"]])
    rail: Rail = "transfer"
    at: When = None


class WillNotCome(BaseModel):
    """A payment that was announced will not come."""

    payment: Reference
    loans: list[Reference] = Field(min_length=1, max_length=50, examples=[["LN-1042"]])
    at: When = None


class _Event(BaseModel):
    timestamp: When = Field(default=None, description="When it happened; without one, its arrival")


class PaymentReceivedEvent(_Event):
    """payment.received"""

    type: Literal["payment.received"]
    data: Receipt


class PaymentReversedEvent(_Event):
    """payment.reversed"""

    type: Literal["payment.reversed"]
    data: TakenBack


class PaymentAnnouncedEvent(_Event):
    """payment.announced"""

    type: Literal["payment.announced"]
    data: OnItsWay


class PaymentFailedEvent(_Event):
    """payment.failed"""

    type: Literal["payment.failed"]
    data: WillNotCome


class _Envelope(BaseModel):
    type: Reference
    timestamp: Any = None
    data: Any = None


EVENTS: Mapping[str, type[_Event]] = {
    "payment.received": PaymentReceivedEvent,
    "payment.reversed": PaymentReversedEvent,
    "payment.announced": PaymentAnnouncedEvent,
    "payment.failed": PaymentFailedEvent,
}


def own(id: str, body: bytes, arrived: datetime) -> Report:
    """Our own event, as it is signed under this id."""
    try:
        sent = _Envelope.model_validate_json(body)
    except Malformed as error:
        return unreadable("payments", id, body, error)

    def read() -> tuple[Told, Sequence[str]]:
        event: Any = EVENTS[sent.type].model_validate_json(body)
        at = when(event.data.at or event.timestamp, arrived)
        return _of_ours(id, event.data, at), list(dict.fromkeys(event.data.loans))

    digest = fingerprint([sent.type, sent.timestamp, sent.data])
    return report("payments", id, sent.type, digest, read if sent.type in EVENTS else None)


def _of_ours(id: str, data: Any, at: datetime) -> Told:
    match data:
        case Receipt():
            return received(data.payment, data.amount.money, at, data.announced or data.payment)
        case TakenBack():
            amount = data.amount.money if data.amount else None
            reversal = data.reversal or id
            return PaymentReversed(
                id=reversal, at=at, payment=data.payment, amount=amount, reason=data.reason
            )
        case OnItsWay():
            return announced(data.payment, data.amount.money, data.rail, at)
        case _:
            return failed(data.payment, at)


# ── of both ──────────────────────────────────────────────────────────────────────────────────────


def received(payment: str, amount: Money, at: datetime, announced: str) -> PaymentReceived:
    return PaymentReceived(id=payment, at=at, amount=amount, announced=f"{announced}.announced")


def announced(payment: str, amount: Money, rail: Rail, at: datetime) -> PaymentAnnounced:
    return PaymentAnnounced(id=f"{payment}.announced", at=at, amount=amount, rail=rail)


def failed(payment: str, at: datetime) -> PaymentFailed:
    return PaymentFailed(id=f"{payment}.failed", at=at, payment=f"{payment}.announced")


def report(
    source: str,
    id: str,
    type: str,
    digest: str,
    read: Callable[[], tuple[Told, Sequence[str]] | None] | None,
) -> Report:
    try:
        meant = read() if read else None
    except Malformed as error:
        return Report(source, id, type, digest, "set_aside", said(error))
    except ValueError as error:  # a sum that is none, a currency that is none
        return Report(source, id, type, digest, "set_aside", str(error))
    if meant is None:
        return Report(source, id, type, digest, "ignored", "it tells nothing of a loan")
    return Report(source, id, type, digest, "taken", None, *meant)


def unreadable(source: str, id: str | None, body: bytes, error: Malformed) -> Report:
    digest = hashlib.sha256(body).hexdigest()
    return Report(source, id or digest[:16], "unreadable", digest, "set_aside", said(error))


def fingerprint(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def when(told: object, arrived: datetime) -> datetime:
    """The processor's time where it can be one: nothing has happened in the future, or in another age."""
    try:
        at = TypeAdapter(AwareDatetime).validate_python(told)
    except Malformed:
        return arrived
    return at if at.year >= 2000 and at <= arrived else arrived
