"""One payment is one receipt: which loans have what of it, how it is divided, what can be taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from journeys.facts import PaymentReceived, PaymentReversed
from journeys.money import Money
from journeys.view import View


@dataclass(frozen=True, slots=True)
class Part:
    """What one loan has of a payment; with no loan, what waits for a person to say which."""

    loan: str | None
    fact: PaymentReceived
    left: int
    """Minor units that were not taken back."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One receipt, and where it stands by now."""

    id: str
    amount: Money
    """As it came in."""
    parts: tuple[Part, ...]

    @property
    def loans(self) -> tuple[str, ...]:
        """The loans that have a part of it, by reference."""
        return tuple(sorted({one.loan for one in self.parts if one.loan is not None}))


def shares(views: Sequence[View], amount: Money) -> dict[str, Money]:
    """Each loan's part: of the open ones what is overdue, the oldest first, then what is owed besides.

    Only what is left over goes to a loan whose journey has ended, or else to the first. Together they are the
    whole payment, to the cent.
    """
    order = sorted(views, key=lambda view: (-view.past_due_days, view.case.loan.id))
    walked = [view for view in order if view.case.is_open]
    ended = [view for view in order if not view.case.is_open]
    parts = dict.fromkeys((view.case.loan.id for view in order), 0)
    rest = amount.minor
    for group in (walked, ended):
        for overdue_only in (True, False):
            for view in group:
                loan = view.case.loan.id
                owed = view.overdue(view.today).minor if overdue_only else view.account.left
                taken = min(rest, max(0, owed - parts[loan]))
                parts[loan] += taken
                rest -= taken
    parts[(ended or walked)[0].case.loan.id] += rest
    return {loan: Money(minor, amount.currency) for loan, minor in parts.items() if minor}


def refusal(
    back: PaymentReversed,
    payment: Payment | None,
    loans: Collection[str],
    earlier: PaymentReversed | None,
) -> str | None:
    """Why a reversal makes no sense on these loans, or on all that have a part, if it does not.

    All reversals of one payment together are no more than it was. `earlier` is what has its id already; told
    again it makes sense, and on further loans it is looked at there.
    """
    keys = {back.payment, *(part.fact.id for part in (payment.parts if payment else ()))}
    if earlier is not None and (earlier.payment not in keys or earlier.amount != back.amount):
        was = f"{earlier.amount or 'all'} of payment {earlier.payment}"
        return f"{back.id!r} is on record for something else ({was}): give what you tell its own id"
    if back.amount is not None and back.amount.minor <= 0:
        return f"reversal {back.id}: {back.amount} is not more than nothing"
    if payment is None or (earlier is not None and not loans):
        return None
    if payment.loans and (strange := sorted(set(loans) - set(payment.loans))):
        return f"payment {payment.id} did not go to {', '.join(strange)} but to {', '.join(payment.loans)}"
    parts = [one for one in payment.parts if one.loan is None or not loans or one.loan in loans]
    left = Money(sum(one.left for one in parts), payment.amount.currency)
    if not left.minor:
        return f"payment {payment.id} was taken back already: nothing of it is left"
    if back.amount is None:
        return None
    if back.amount.currency != left.currency:
        return f"payment {payment.id} was in {left.currency}; {back.amount} is refused"
    if len(parts) > 1:
        where = ", ".join(payment.loans)
        return f"payment {payment.id} went to {where}: say on which of them {back.amount} is taken back"
    if back.amount.minor > left.minor:
        return f"{back.amount} is more than the {left} that is left of payment {payment.id}"
    return None
