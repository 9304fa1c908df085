"""Whether this process lives, and whether it can do its work: for whoever starts and stops processes."""

from datetime import timedelta

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select
from temporalio.service import RPCError

from gateway.http.dependencies import TheJourneys

A_GLANCE = timedelta(seconds=2)

probes = APIRouter(tags=["probes"])


class Health(BaseModel):
    """The process answers."""

    alive: bool = True


class Readiness(BaseModel):
    """The ledger answers, so what comes in is kept; where Temporal does not, it is told later."""

    ledger: bool = True
    temporal: bool = Field(description="False: what is told now reaches the journeys once it answers")


@probes.get("/health")
async def health() -> Health:
    """Answers as long as the process lives."""
    return Health()


@probes.get("/ready")
async def ready(journeys: TheJourneys) -> Readiness:
    """Answers 503 where the ledger does not: nothing can be taken in then."""
    async with journeys.ledger.reading.connect() as db:
        await db.execute(select(1))
    try:
        temporal = await journeys.client.service_client.check_health(timeout=A_GLANCE)
    except (RPCError, RuntimeError):
        temporal = False
    return Readiness(temporal=temporal)
