"""Several loans of one borrower: what is due on the same day goes in one message, at the highest stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.ledger import Ledger
from journeys.actions import Contact
from journeys.borrower import BY_PEOPLE
from journeys.calendar import local_day
from journeys.messages import has_room
from journeys.rules import next_action
from journeys.view import View


@dataclass(frozen=True, slots=True)
class Companion:
    """Another loan of the borrower with a contact due today, as the rules see it."""

    view: View
    action: Contact
    planned: datetime
    """When its own journey means to make it."""

    @property
    def loan(self) -> str:
        return self.view.case.loan.id

    @property
    def rank(self) -> tuple[int, str]:
        """The highest comes first: the longest past due."""
        return -self.view.past_due_days, self.loan

    @property
    def has_room(self) -> bool:
        """Whether its message can carry other loans."""
        channel, language = self.action.channel, self.view.case.borrower.language
        return channel not in BY_PEOPLE and has_room(self.action.say, channel, language)


async def companions(ledger: Ledger, borrower: str, loan: str, at: datetime) -> list[Companion]:
    """The borrower's other loans that are collected today; held, disputed, promised ones have nothing due."""
    others = [other for other, _ in await ledger.open_loans(borrower) if other != loan]
    found = [await companion(ledger, other, at) for other in others]
    return sorted((one for one in found if one is not None), key=lambda one: one.rank)


async def companion(ledger: Ledger, loan: str, at: datetime) -> Companion | None:
    """The loan with its contact of this day, if one is due that collects what is overdue."""
    case = await ledger.case(loan)
    if case is None or not case.is_open:
        return None
    view = View.of(case, at)
    action = next_action(view)
    if not isinstance(action, Contact) or action.channel in BY_PEOPLE or action.due >= view.today:
        return None
    if local_day(action.not_before, view.home) != view.today:
        return None
    wake = await ledger.next_wake(loan)
    return Companion(view, action, wake.not_before if wake else action.not_before)


async def unchanged(ledger: Ledger, riding: Sequence[Companion]) -> list[Companion]:
    """Those of which nothing was told since they were looked at."""
    return [one for one in riding if not await ledger.unheard(one.loan, one.view.case.heard())]
