"""Tells Temporal again and again what it has not taken, without waiting for a command.

Others may do the same at once: by its key a fact told twice is one, by its id a journey is started once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from gateway.client import Journeys
from journeys.standing import counted
from workers.connect import TemporalUnavailable

A_WHILE = 5.0
"""Seconds between two looks for facts that Temporal has not taken."""


@asynccontextmanager
async def telling(journeys: Journeys, say: Callable[[str], object]) -> AsyncIterator[None]:
    """Meanwhile, tell it again; `say` gets a sentence when something goes wrong, and when it does no more."""
    task = asyncio.create_task(_tell_for_ever(journeys, say))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _tell_for_ever(journeys: Journeys, say: Callable[[str], object]) -> None:
    """Nothing but its cancellation ends it: what is wrong in one round may be gone in the next."""
    said: str | None = None
    while True:
        with suppress(Exception):  # nobody may be listening
            taken, wrong = await _told(journeys)
            before, said = said, wrong
            if wrong != before and (wrong or before or taken):
                say(wrong or f"facts reach Temporal; {counted(taken, 'fact')} had waited")
        await asyncio.sleep(A_WHILE)


async def _told(journeys: Journeys) -> tuple[int, str]:
    """How many facts Temporal took, and what keeps others waiting."""
    try:
        taken, wrong = await journeys.retell()
    except Exception as error:
        taken, wrong = 0, error
    return taken, _sentence(wrong) if wrong else ""


def _sentence(wrong: Exception) -> str:
    """Without the words of an error that we do not know: they may name a person."""
    match wrong:
        case TemporalUnavailable():
            why = str(wrong)
        case SQLAlchemyError():
            why = f"the ledger does not answer ({type(wrong).__name__}): check its disk or its server"
        case _:
            why = f"{type(wrong).__name__}, which is a fault of ours: report it"
    return f"facts wait to be told to Temporal: {why}"
