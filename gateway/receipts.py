"""Money as payment processors report it: over one loan or several, known or not, and taken back again.

A payment id is one receipt, whatever loans it is told of and however often. What belongs to no open journey
is kept and listed; a person says where it goes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from activities.ledger import KeyTaken, Ledger
from activities.rows import Unmatched
from gateway.client import Journeys, Refused, sensible
from gateway.sensible import something_else
from journeys.case import Case
from journeys.facts import PaymentReceived, PaymentReversed
from journeys.money import Money
from journeys.receipts import Payment, shares
from journeys.view import View


async def receive(
    journeys: Journeys, payment: str, amount: Money, at: datetime, loans: Sequence[str], announced: str = ""
) -> tuple[Mapping[str, Money], bool]:
    """Take in a payment for one loan or several of one borrower; gives where it went, and if it is new.

    Nothing went anywhere while it is unmatched. Again is harmless. Raises `Refused` for another currency, and
    for a known payment id that comes with another sum.
    """
    told = PaymentReceived(id=payment, at=at, amount=amount, announced=announced)
    stands, new = await keep(journeys.ledger, told, await journeys.ledger.loans_behind(loans))
    if stands:
        await journeys.resend(*stands)
    return stands, new


async def keep(
    ledger: Ledger, told: PaymentReceived, loans: Sequence[str]
) -> tuple[Mapping[str, Money], bool]:
    """Put a payment on record as `receive` does, and tell nobody yet."""
    payment, amount = told.id, told.amount
    if amount.minor <= 0:
        raise Refused(f"payment {payment}: {amount} is not more than nothing")

    for loan in loans:
        found = await ledger.loan(loan)
        if found is not None and found[0].currency != amount.currency:
            raise Refused(f"loan {loan} is in {found[0].currency}; a payment of {amount} is refused")

    def divide(cases: Sequence[Case]) -> Mapping[str, Money]:
        return shares([View.of(case, told.at) for case in cases], amount)

    try:
        known, new = await ledger.receive(told, list(dict.fromkeys(loans)), divide)
    except KeyTaken as error:
        raise Refused(something_else(error.known)) from None
    if known.amount != amount:
        raise Refused(
            f"payment {payment} is on record with another sum, {known.amount}; give what you tell its own id"
        )
    stands = {
        loan: Money(sum(one.fact.amount.minor for one in known.parts if one.loan == loan), amount.currency)
        for loan in known.loans
    }
    return stands, new


async def reverse(
    journeys: Journeys, reversal: PaymentReversed, loans: Sequence[str] = ()
) -> tuple[Sequence[str], bool]:
    """Take a payment back where it stands, or on the loans named; gives them, and whether it is new.

    Of a payment that is unknown or unmatched it waits, and follows it. Raises `Refused` for more than is left
    of the payment, and for a part of one that went to several loans, unless it says to which.
    """
    reached, new = await keep_reversal(journeys.ledger, reversal, loans)
    if reached:
        await journeys.resend(*reached)
    return reached, new


async def keep_reversal(
    ledger: Ledger, reversal: PaymentReversed, loans: Sequence[str]
) -> tuple[Sequence[str], bool]:
    """Put a reversal on record as `reverse` does, and tell nobody yet."""
    for loan in loans:
        if await ledger.loan(loan) is None:
            raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
    return await ledger.reverse(reversal, loans, sensible(reversal))


async def match(journeys: Journeys, id: str, loan: str, by: str, at: datetime, kind: str = "") -> None:
    """A person says to which loan an unmatched receipt belongs; it leaves the one it stood on meanwhile.

    Again is harmless. Raises `Refused` where nothing of that id waits, a payment and a reversal of that id do
    and no `kind` is given, somebody said something else before, or the loan will not do.
    """
    stood = await journeys.ledger.payment(id)  # looked up first: who matches it meanwhile is named below
    listed = [one for one in await journeys.ledger.listed(id) if kind in ("", one.kind)]
    waiting = [one for one in listed if one.matched_to is None]
    if len(waiting) > 1:
        raise Refused(f"both a payment and a reversal of the id {id!r} wait: say which, by its kind")
    if waiting:
        await _will_do(journeys, waiting[0], loan, stood)
        if await journeys.ledger.match(waiting[0], loan, by, at):
            listed = []
        else:
            listed = await journeys.ledger.listed(id)
    elif not listed:
        raise Refused(f"no receipt {id!r} waits to be matched: `journeys unmatched` lists those that do")
    if listed and loan not in [one.matched_to for one in listed]:
        was = listed[0]
        raise Refused(f"{id} was matched to {was.matched_to} already, by {was.matched_by}")
    await journeys.resend(loan, *(one.loan for one in waiting if one.loan is not None))


async def _will_do(journeys: Journeys, one: Unmatched, loan: str, stood: Payment | None) -> None:
    found = await journeys.ledger.loan(loan)
    if found is None:
        raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
    if one.fact.amount is not None and one.fact.amount.currency != found[0].currency:
        raise Refused(
            f"loan {loan} is in {found[0].currency}; {one.kind} {one.id} of {one.fact.amount} is not"
        )
    payment = await journeys.ledger.payment(one.payment) if one.kind == "reversal" else stood
    if one.loan is None and payment is not None and payment.loans and loan not in payment.loans:
        then = "it is taken back there" if one.kind == "reversal" else "it counts there"
        raise Refused(f"payment {one.payment} went to {', '.join(payment.loans)}: {then}")
