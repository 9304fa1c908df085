"""One payment over several loans of a borrower: what is longest overdue is covered first."""

from collections.abc import Sequence

from journeys.money import Money
from journeys.view import View


def shares(views: Sequence[View], amount: Money) -> dict[str, Money]:
    """Each loan's part: what is overdue, the oldest first; then what is owed besides; the rest to the first.

    Together they are the whole payment, to the cent.
    """
    order = sorted(views, key=lambda view: (-view.past_due_days, view.case.loan.id))
    parts = dict.fromkeys((view.case.loan.id for view in order), 0)
    rest = amount.minor
    for overdue_only in (True, False):
        for view in order:
            loan = view.case.loan.id
            owed = view.overdue(view.today).minor if overdue_only else view.account.left
            taken = min(rest, max(0, owed - parts[loan]))
            parts[loan] += taken
            rest -= taken
    parts[order[0].case.loan.id] += rest
    return {loan: Money(minor, amount.currency) for loan, minor in parts.items() if minor}
