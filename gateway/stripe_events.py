"""Payments as Stripe reports them: which fact of which loans an event tells."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter
from pydantic import ValidationError as Malformed

from gateway.client import Refused
from gateway.payments import (
    Reference,
    Refunded,
    Report,
    Told,
    announced,
    failed,
    fingerprint,
    received,
    report,
    unreadable,
    when,
)
from journeys.facts import PaymentReversed
from journeys.law.charges import Rail
from journeys.money import MOST, Money

_Id = Annotated[
    Reference, BeforeValidator(lambda given: given.get("id") if isinstance(given, dict) else given)
]
"""Stripe writes an object where its id would stand, if it was asked to."""
_Minor = Annotated[int, Field(gt=0, le=MOST, strict=True)]
_DEBITS = ("us_bank_account", "sepa_debit", "bacs_debit", "acss_debit", "au_becs_debit")
RAILS: Mapping[str, Rail] = {
    "card": "card",
    "alipay": "wallet",
    "wechat_pay": "wallet",
    **dict.fromkeys(_DEBITS, "direct_debit"),
}
DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"), 0),
    **dict.fromkeys(("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
"""Of Stripe's smallest units where these are not hundredths."""
FOR_A_PERSON = {
    "charge.dispute.funds_reinstated": "money that was taken back has come again: tell it as a new payment",
    "refund.failed": "a refund did not reach the borrower: it may have to be told as a new payment",
}
"""What may have come back of the money that we count as gone: it is rare, and a person looks."""


class _Intent(BaseModel):
    id: Reference
    currency: str
    amount: _Minor
    amount_received: int = 0
    latest_charge: _Id | None = None
    metadata: dict[str, str] = {}
    payment_method_types: list[str] = []

    @property
    def loans(self) -> list[str]:
        named = (one.strip() for one in self.metadata.get("loan", "").split(","))
        return list(
            dict.fromkeys(TypeAdapter(list[Reference]).validate_python([one for one in named if one]))
        )

    @property
    def attempt(self) -> str:
        """Each try to pay is announced, and fails, for itself."""
        return self.latest_charge or self.id


class _Charge(BaseModel):
    id: Reference
    payment_intent: _Id | None = None
    currency: str
    amount_refunded: _Minor
    refunded: bool


class _Dispute(BaseModel):
    id: Reference
    charge: _Id
    payment_intent: _Id | None = None
    currency: str
    amount: _Minor
    status: str


class _Data(BaseModel):
    object: dict[str, Any]


class _StripeEvent(BaseModel):
    id: Reference
    type: Reference
    created: Any = None
    data: _Data


def stripe(body: bytes, arrived: datetime) -> Report:
    """Stripe's event, of whatever version of its interface."""
    try:
        event = _StripeEvent.model_validate_json(body)
    except Malformed as error:
        return unreadable("stripe", None, body, error)
    sent, read = event.data.object, STRIPE.get(event.type)
    digest = fingerprint(
        [event.type, event.created, sent]
    )  # what stands around it differs between deliveries
    at = when(event.created, arrived)
    if event.type in FOR_A_PERSON:
        return Report("stripe", event.id, event.type, digest, "set_aside", FOR_A_PERSON[event.type])
    return report("stripe", event.id, event.type, digest, (lambda: read(sent, at)) if read else None)


def _succeeded(sent: dict[str, Any], at: datetime) -> tuple[Told, Sequence[str]]:
    intent = _Intent.model_validate(sent)
    return received(
        intent.id, _sum(intent.amount_received, intent.currency), at, intent.attempt
    ), intent.loans


def _processing(sent: dict[str, Any], at: datetime) -> tuple[Told, Sequence[str]] | None:
    intent = _Intent.model_validate(sent)
    rail: Rail = next((RAILS[one] for one in intent.payment_method_types if one in RAILS), "transfer")
    told = announced(intent.attempt, _sum(intent.amount, intent.currency), rail, at)
    return (told, intent.loans) if intent.loans else None


def _payment_failed(sent: dict[str, Any], at: datetime) -> tuple[Told, Sequence[str]] | None:
    intent = _Intent.model_validate(sent)
    return (failed(intent.attempt, at), intent.loans) if intent.loans else None


def _charge_refunded(sent: dict[str, Any], at: datetime) -> tuple[Told, Sequence[str]]:
    one = _Charge.model_validate(sent)
    payment = one.payment_intent or one.id
    return Refunded(one.id, payment, one.amount_refunded, one.currency, one.refunded, at), ()


def _disputed(sent: dict[str, Any], at: datetime) -> tuple[Told, Sequence[str]] | None:
    one = _Dispute.model_validate(sent)
    if one.status.startswith("warning_"):  # an inquiry takes nothing
        return None
    return PaymentReversed(
        id=one.id,
        at=at,
        payment=one.payment_intent or one.charge,
        amount=_sum(one.amount, one.currency),
        reason="charged_back",
    ), ()


def _dispute_closed(sent: dict[str, Any], at: datetime) -> None:
    one = _Dispute.model_validate(sent)
    if one.status not in ("lost", "warning_closed"):
        raise Refused(
            f"dispute {one.id} ended {one.status}: if its money came back, tell it as a new payment"
        )


STRIPE: Mapping[str, Callable[[dict[str, Any], datetime], tuple[Told, Sequence[str]] | None]] = {
    "payment_intent.succeeded": _succeeded,
    "payment_intent.processing": _processing,
    "payment_intent.payment_failed": _payment_failed,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.funds_withdrawn": _disputed,
    "charge.dispute.closed": _dispute_closed,
}


def refund(of: Refunded, before: int) -> PaymentReversed | None:
    """What goes back now, where so much of the charge went back before; None where that is all."""
    if of.minor <= before:
        return None
    amount = None if of.whole else _sum(of.minor - before, of.currency)
    id = f"{of.charge}.refunded.{of.minor}"
    return PaymentReversed(id=id, at=of.at, payment=of.payment, amount=amount, reason="refunded")


def _sum(minor: int, currency: str) -> Money:
    """Stripe's smallest unit is not everywhere ours."""
    code = currency.upper()
    return Money.of(f"{Decimal(minor).scaleb(-DIGITS.get(code, 2)):f}", code)
