"""Freezing and thawing a place: every journey there is told, and counted until none is missing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from gateway.client import Journeys, Refused
from journeys.facts import free_text
from journeys.freeze import Freeze


@dataclass(frozen=True, slots=True)
class Count:
    """How many journeys run in the place, and how many of them know of the order."""

    running: int
    reached: int

    @property
    def complete(self) -> bool:
        return self.running == self.reached


async def freeze(journeys: Journeys, order: Freeze, at: datetime) -> AsyncIterator[Count]:
    """Hold every journey of the place; counts again each time it is asked, until somebody stops asking.

    Those that start later are held as they start. Raises `Refused` for a reason that is no code.
    """
    for fault in free_text(order):
        raise Refused(fault)
    await journeys.ledger.freeze(order)
    while True:
        loans = await _running(journeys, order)
        for loan in loans:
            await journeys.tell(loan, order.hold(loan, at))
        yield await _count(journeys, loans, order.id)


async def thaw(journeys: Journeys, order: Freeze, at: datetime) -> AsyncIterator[Count]:
    """End a freeze before its time; counts like `freeze`."""
    await journeys.ledger.thaw(order.id, at)
    while True:
        loans = await _running(journeys, order)
        for loan in loans:
            for fact in order.release(loan, at):
                await journeys.tell(loan, fact)
        yield await _count(journeys, loans, f"{order.id}.lifted")


async def _running(journeys: Journeys, order: Freeze) -> list[str]:
    await journeys.resend()
    return [loan for loan, law in await journeys.ledger.open_loans() if order.covers(law)]


async def _count(journeys: Journeys, loans: list[str], key: str) -> Count:
    heard = [await journeys.heard(loan, key) for loan in loans]
    return Count(sum(one is not None for one in heard), sum(one is True for one in heard))
