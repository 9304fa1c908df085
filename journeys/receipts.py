"""One payment over several loans of a borrower: open ones first, what is longest overdue before the rest."""

from collections.abc import Sequence

from journeys.money import Money
from journeys.view import View


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
