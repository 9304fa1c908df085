"""The decision, taken once and put on record, so that rules may change under running journeys."""

from typing import Annotated

from pydantic import Field
from temporalio import activity

from activities.ledger import Ledger
from activities.orders import Question
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
        await self.ledger.decide(case, action, at=question.at, law=view.law.version)
        return Decision(action, standing(view))

    @activity.defn
    async def reopen(self, question: Question) -> list[Annotated[Told, Field(discriminator="kind")]]:
        """Open a journey again that had closed, where something is owed after all, and say what it missed."""
        loan, fact = question.case.loan.id, reopening(View.of(question.case, question.at))
        if fact is None or not await self.ledger.reopen(loan, fact, taken=True):
            return []
        return [fact, *await self.ledger.inherit(loan, question.at)]

    @activity.defn
    async def hear(self, loan: str, news: list[Annotated[Told, Field(discriminator="kind")]]) -> None:
        """Put on record what was told too late to decide anything."""
        await self.ledger.record(loan, news, taken=True)
