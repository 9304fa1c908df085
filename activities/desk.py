"""What is done inside the house: tasks for people, contacts not made, the end of a journey."""

from temporalio import activity

from activities.ledger import Ledger
from activities.orders import Order
from journeys import actions as a
from journeys.budget import attempt_of, inputs_of, record_of
from journeys.facts import ContactWithheld, Learned, TaskOpened, Told
from journeys.law.jurisdiction import law_of
from journeys.outcomes import carried_out

LAST_WORDS = 10


class Desk:
    """Keeps the ledger's tasks and endings; like every effect, it first looks for facts nobody has heard."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @activity.defn
    async def keep(self, order: Order) -> list[Learned | Told]:
        """Put the action on record; or give back the facts that came before it.

        An attempt after one that died finds what that one did, and does not undo it.
        """
        action, at = order.action, order.at
        fact = carried_out(action, at)
        unheard = await self.ledger.unheard(order.loan, order.heard)
        if unheard and not await self.ledger.recorded(order.loan, fact.id):
            return list(unheard)
        match action:
            case a.Withhold():
                await self._withhold(order, action, fact)
            case a.Ask():
                assert isinstance(fact, TaskOpened)
                script = "\n".join([action.why, *await self._said(order.loan)])
                await self.ledger.open_task(order, fact, script, facts=[fact])
            case a.Chase():
                await self.ledger.chase_task(action.task, action.deadline, loan=order.loan, facts=[fact])
            case a.GiveUp():
                await self.ledger.close_task(action.task, "given_up", loan=order.loan, at=at, facts=[fact])
            case a.Withdraw():
                await self.ledger.close_task(action.task, "withdrawn", loan=order.loan, at=at, facts=[fact])
            case a.Close():
                await self.ledger.close(order.loan, action.outcome, at, facts=[fact])
                await self.ledger.ended(order.loan, order.heard)
            case _:
                raise TypeError(f"the desk does not carry out {action.kind}")
        return [fact, *unheard]

    async def _said(self, loan: str) -> list[str]:
        """What the borrower wrote, for the person who answers."""
        said = (await self.ledger.words(loan))[-LAST_WORDS:]
        return [f"{one.at:%Y-%m-%d %H:%MZ} {one.channel}: {one.text}" for one in said]

    async def _withhold(self, order: Order, action: a.Withhold, fact: Learned) -> None:
        assert isinstance(fact, ContactWithheld)
        person = await self.ledger.person(order.borrower)
        assert person is not None, f"borrower {order.borrower} has a journey and no line in the ledger"
        spent, told = await self.ledger.known_of(order.borrower)
        record = record_of(person.borrower, spent, told, order.at)
        home = person.borrower.zones[0]
        attempt = attempt_of(order.loan, home, action.channel, order.at, action.say, action.due)
        law = law_of(person.borrower.jurisdictions).version
        await self.ledger.withhold(order, fact, action.why, law, inputs_of(record, attempt))
