"""What every door may ask for: the client of the journeys, the settings, the time, a loan on record."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request

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


async def _loan(loan: LoanReference, journeys: TheJourneys) -> str:
    if await journeys.ledger.loan(loan) is None:
        raise HTTPException(404, "there is no loan of that reference in the ledger: start its journey first")
    return loan


TheSettings = Annotated[Settings, Depends(_settings)]
TheLoan = Annotated[str, Depends(_loan)]
TheTime = Annotated[datetime, Depends(clock)]
