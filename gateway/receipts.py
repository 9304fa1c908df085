"""Money as payment processors report it: over one loan or several, known or not, and taken back again.

What belongs to no open journey is kept and listed; a person says where it goes.
"""

from collections.abc import Sequence
from datetime import datetime

from activities.rows import Unmatched
from gateway.client import Journeys, Refused
from journeys.case import Case
from journeys.facts import PaymentReceived, PaymentReversed
from journeys.money import Money
from journeys.receipts import shares
from journeys.view import View


async def receive(
    journeys: Journeys, payment: str, amount: Money, at: datetime, loans: Sequence[str], announced: str = ""
) -> dict[str, Money]:
    """Take in a payment for one loan or several of one borrower; gives what went where, nothing if unmatched.

    It covers what is longest overdue first. Again is harmless. Raises `Refused` for another currency, and for
    a known payment id that comes with another sum.
    """
    known = {loan: await journeys.ledger.case(loan) for loan in loans}
    cases = {loan: case for loan, case in known.items() if case is not None}
    reference = " ".join(loans)
    if not cases or len(cases) < len(loans):
        unknown = ", ".join(loan for loan in loans if loan not in cases) or "named"
        why = f"there is no loan {unknown}"
        row = Unmatched(payment, payment, "payment", reference, None, *_sum(amount), at, why)
        await journeys.ledger.keep_unmatched(row)
        return {}
    for loan, case in cases.items():
        if case.loan.currency != amount.currency:
            raise Refused(f"loan {loan} is in {case.loan.currency}; a payment of {amount} is refused")
    if amount.minor <= 0:
        raise Refused(f"payment {payment}: {amount} is not more than nothing")
    parts = _known_parts(cases, payment) or shares([View.of(case, at) for case in cases.values()], amount)
    if sum(part.minor for part in parts.values()) != amount.minor:
        raise Refused(f"payment {payment} is on record with another sum; give what you tell its own id")
    facts = {
        loan: PaymentReceived(id=payment, at=at, amount=part, announced=announced)
        for loan, part in parts.items()
    }
    await journeys.ledger.record_together(facts)
    await journeys.resend()
    for loan, fact in facts.items():
        if not cases[loan].is_open:
            why = f"the journey of {loan} has ended: {cases[loan].outcome}"
            id = f"{payment}.{loan}"
            row = Unmatched(id, payment, "payment", reference, loan, *_sum(fact.amount), at, why)
            await journeys.ledger.keep_unmatched(row)
    return parts


async def reverse(journeys: Journeys, reversal: PaymentReversed, loans: Sequence[str] = ()) -> Sequence[str]:
    """Take a payment back on every loan it went to, or on those named; gives them, none if nobody knows it.

    Raises `Refused` for a part of a payment that went to several loans, unless it says to which.
    """
    paid = loans or await journeys.ledger.loans_paid_by(reversal.payment)
    if not paid:
        why = f"payment {reversal.payment} is unknown"
        sum_ = _sum(reversal.amount)
        row = Unmatched(reversal.id, reversal.payment, "reversal", "", None, *sum_, reversal.at, why)
        await journeys.ledger.keep_unmatched(row)
        return []
    if reversal.amount is not None and len(paid) > 1:
        raise Refused(
            f"payment {reversal.payment} went to {', '.join(paid)}: say on which of them {reversal.amount} "
            "is taken back"
        )
    for loan in paid:
        await journeys.tell(loan, reversal)
    return paid


async def match(journeys: Journeys, id: str, loan: str, by: str, at: datetime) -> None:
    """A person says to which loan an unmatched receipt belongs; it leaves the one it stood on meanwhile.

    Raises `Refused` where nothing of that id waits, or the loan is unknown.
    """
    waiting = {one.id: one for one in await journeys.ledger.unmatched()}
    if id not in waiting:
        raise Refused(f"no receipt {id!r} waits to be matched: `journeys unmatched` lists those that do")
    if await journeys.ledger.loan(loan) is None:
        raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
    one = waiting[id]
    if one.kind == "reversal":
        part = Money(one.minor, one.currency) if one.minor is not None and one.currency else None
        await journeys.tell(loan, PaymentReversed(id=one.id, at=one.at, payment=one.payment, amount=part))
    elif one.loan != loan:
        assert one.minor is not None and one.currency is not None, "a payment is a sum"
        amount = Money(one.minor, one.currency)
        await journeys.tell(loan, PaymentReceived(id=one.payment, at=one.at, amount=amount))
        if one.loan is not None:
            moved = f"{one.payment}.moved"
            await journeys.tell(
                one.loan, PaymentReversed(id=moved, at=at, payment=one.payment, reason="mistaken")
            )
    await journeys.ledger.matched(id, loan, by, at)


def _known_parts(cases: dict[str, Case], payment: str) -> dict[str, Money]:
    """How a payment was divided when it first came in."""
    return {
        loan: fact.amount
        for loan, case in cases.items()
        for fact in case.latest(PaymentReceived)
        if fact.id == payment
    }


def _sum(amount: Money | None) -> tuple[int | None, str | None]:
    return (amount.minor, amount.currency) if amount else (None, None)
