"""What every door may ask for: the client of the journeys, the settings, the time, a loan on record."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import BackgroundTasks, Depends, HTTPException, Request
from sqlalchemy.exc import SQLAlchemyError

from gateway.client import Journeys
from gateway.http.forms import LoanReference
from workers.settings import Settings


async def _journeys(request: Request) -> Journeys:
    journeys: Journeys = request.app.state.journeys
    return journeys


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def clock() -> datetime:
    return datetime.now(UTC)


TheJourneys = Annotated[Journeys, Depends(_journeys)]


class Later:
    """Tells journeys once the answer is on its way; what they do not take then they are told again."""

    def __init__(self, journeys: TheJourneys, tasks: BackgroundTasks) -> None:
        self.journeys, self.tasks = journeys, tasks

    def tell(self, loans: Iterable[str]) -> None:
        """What is on record for these loans, in order; no loans, nothing to tell."""
        if told := list(dict.fromkeys(loans)):
            self.tasks.add_task(self._tell, told)

    async def _tell(self, loans: Sequence[str]) -> None:
        with suppress(SQLAlchemyError):
            await self.journeys.resend(*loans)


async def _loan(loan: LoanReference, journeys: TheJourneys) -> str:
    if await journeys.ledger.loan(loan) is None:
        raise HTTPException(404, "there is no loan of that reference in the ledger: start its journey first")
    return loan


TheSettings = Annotated[Settings, Depends(_settings)]
TheLoan = Annotated[str, Depends(_loan)]
TheTime = Annotated[datetime, Depends(clock)]
TellLater = Annotated[Later, Depends()]
