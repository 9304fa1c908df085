"""The decision, taken once and put on record, so that rules may change under running journeys."""

from typing import Annotated

from pydantic import Field
from temporalio import activity

from activities.ledger import Ledger
from activities.orders import Answer, Asked, Question
from journeys.events import noticed
from journeys.facts import Told
from journeys.rules import next_action, reopening
from journeys.standing import Decision, standing
from journeys.view import View


class Decide:
    """Asks the pure rules, with the law as it stands today and the strategy as it was published."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @activity.defn
    async def decide(self, question: Question) -> Decision:
        """What to do next and why, and where the case stands."""
        case = question.case
        view = View.of(case, question.at)
        action = next_action(view)
        await self.ledger.record(case.loan.id, question.news, taken=True)
        stands = standing(view)
        await self.ledger.decide(
            case, action, at=question.at, law=view.law.version, noticed=noticed(view, stands)
        )
        return Decision(action, stands)

    @activity.defn
    async def accept(self, asked: Asked) -> Answer:
        """Judge a request by all that is told or on record, and put what it becomes on record at once.

        The guard's last look knows it before anybody is answered; an attempt after one that died finds it.
        """
        case = asked.case
        for fact in await self.ledger.unheard(case.loan.id, case.heard()):
            if fact.id == asked.key:
                return Answer(fact)
            case = case.after(fact)
        view = View.of(case, asked.at)
        if (refusal := asked.request.refusal(view)) is not None:
            return Answer(None, refusal)
        accepted = asked.request.fact(asked.key, view)
        await self.ledger.record(case.loan.id, [accepted], taken=True)
        return Answer(accepted)

    @activity.defn
    async def reopen(self, question: Question) -> list[Annotated[Told, Field(discriminator="kind")]]:
        """Open a journey again that had closed, where something is owed after all, and say what it missed.

        An attempt after one that died says the same.
        """
        loan, fact = question.case.loan.id, reopening(View.of(question.case, question.at))
        if fact is None:
            return []
        await self.ledger.reopen(loan, fact, taken=True)
        await self.ledger.inherit(loan, question.at, taken=True)
        return await self.ledger.unheard(loan, question.case.heard())

    @activity.defn
    async def hear(self, loan: str, news: list[Annotated[Told, Field(discriminator="kind")]]) -> None:
        """Put on record what was told too late to decide anything."""
        await self.ledger.record(loan, news, taken=True)
