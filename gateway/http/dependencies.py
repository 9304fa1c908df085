"""What every door may ask for: the client of the journeys, and the settings."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.client import Journeys
from workers.settings import Settings


def _journeys(request: Request) -> Journeys:
    journeys: Journeys = request.app.state.journeys
    return journeys


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


TheJourneys = Annotated[Journeys, Depends(_journeys)]
TheSettings = Annotated[Settings, Depends(_settings)]
