"""One message a person a day, at the highest stage: what the borrower's other loans have due rides along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.ledger import Ledger, Person
from activities.ledger.contacts import RETURNED
from activities.orders import Order
from journeys.actions import Contact
from journeys.borrower import BY_PEOPLE
from journeys.budget import record_of
from journeys.calendar import local_day
from journeys.law.clearance import clearance
from journeys.law.jurisdiction import Law
from journeys.law.record import Record
from journeys.law.rule import Refusal
from journeys.messages import carries
from journeys.rules import next_action
from journeys.touches import attempt_now, closed_for
from journeys.view import View

ONE_MESSAGE = "HOUSE.ONE_MESSAGE"
A_WHILE = timedelta(minutes=5)
"""How long the loan that goes first has, from its own minute on, before others stop waiting for it."""


@dataclass(frozen=True, slots=True)
class Due:
    """A contact due today, with its loan as the ledger knows it."""

    order: Order
    contact: Contact
    view: View

    @property
    def stage(self) -> tuple[int, str]:
        """Its place among the borrower's loans: the most days past due come first."""
        return -self.view.past_due_days, self.order.loan

    def may_go_with(self, lead: "Due", law: Law, record: Record) -> bool:
        """Whether that message may ask for this loan too: it has room, and by its channel it would be lawful.

        A notice that the law requires says what it must by itself, and people have scripts for one loan.
        """
        channel = lead.contact.channel
        words = channel, lead.contact.say, self.contact.due
        return (
            lead.stage < self.stage
            and carries(lead.contact.say, channel, self.view.case.borrower.language)
            and self.contact.due < self.view.today
            and self.contact.channel not in BY_PEOPLE
            and self.contact.touch not in self.view.strategy.required
            and closed_for(self.view, *words) is None
            and clearance(law, record, attempt_now(self.view, *words)).allowed
        )

    def waited_in_vain(self) -> bool:
        """Whether it gave way already, and its time has come again."""
        return any(
            one.contact == self.contact.contact
            and one.meaning == ONE_MESSAGE
            and one.until is not None
            and one.until <= self.view.now
            for one in self.view.case.attempts
        )


@dataclass(frozen=True, slots=True)
class Company:
    """What else the borrower is to hear today, as it concerns one contact."""

    gives_way: Refusal | None = None
    riders: tuple[Due, ...] = ()
    """Those that may go with it, the highest stage first."""


async def company(ledger: Ledger, order: Order, person: Person, law: Law, at: datetime) -> Company:
    """Whether the contact lets one of a higher stage go first, and which of the others may go with it."""
    others = [
        due
        for loan, _ in await ledger.open_loans(order.borrower)
        if loan != order.loan and (due := await _due_today(ledger, loan, person, at)) is not None
    ]
    if not others:
        return Company()
    assert isinstance(order.action, Contact)
    case = await ledger.case(order.loan)
    assert case is not None, f"loan {order.loan} has a journey and no line in the ledger"
    ours = Due(order, order.action, View.of(case, at))
    spent, told = await ledger.known_of(order.borrower)
    besides = [one for one in spent if one.id != order.action.contact]
    record = record_of(person.borrower, besides, told, at)
    others.sort(key=lambda due: due.stage)
    leads = [one for one in others if ours.may_go_with(one, law, record)]
    riders = tuple(one for one in others if one.may_go_with(ours, law, record))
    return Company(_way(ours, leads), riders)


async def _due_today(ledger: Ledger, loan: str, person: Person, at: datetime) -> Due | None:
    """What its journey would decide now, if that is a contact for today: silence and holds say no there."""
    case = await ledger.case(loan)
    if case is None or not case.is_open:
        return None
    view = View.of(case, at)
    action = next_action(view)
    if not isinstance(action, Contact) or local_day(action.not_before, view.home) > view.today:
        return None
    known = {row.id: row.state for row in await ledger.contacts(loan)}
    if known.get(action.contact, RETURNED[0]) not in RETURNED:  # under way, or it rode and will find that out
        return None
    order = Order(loan, person.borrower.id, case.strategy, case.version, action, at, case.heard())
    return Due(order, action, view)


def _way(ours: Due, leads: Sequence[Due]) -> Refusal | None:
    """Until shortly after the first one's own minute; only once, for that may never be made.

    What its own decision did not know of withdraws it, and then nothing is left to ride.
    """
    news = set(ours.view.case.heard()) - set(ours.order.heard)
    if not leads or news or ours.waited_in_vain():
        return None
    first = leads[0]
    return Refusal(
        ONE_MESSAGE,
        first.contact.not_before + A_WHILE,
        f"loan {first.order.loan} is at a higher stage and goes first: this one rides along",
    )
