"""Tells Temporal again and again what it has not taken, without waiting for a command.

Others may do the same at once: by its key a fact told twice is one, by its id a journey is started once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from gateway.client import Journeys
from journeys.standing import counted

A_WHILE = 5
"""Seconds between two looks for facts that Temporal has not taken."""


@asynccontextmanager
async def telling(journeys: Journeys, say: Callable[[str], object]) -> AsyncIterator[None]:
    """Meanwhile, tell it again; `say` gets a sentence when something was taken, or newly goes wrong."""
    task = asyncio.create_task(_tell_for_ever(journeys, say))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _tell_for_ever(journeys: Journeys, say: Callable[[str], object]) -> None:
    """Nothing but its cancellation ends it: whatever goes wrong with one round may be gone in the next."""
    wrong = ""
    while True:
        try:
            taken = await journeys.resend()
        except Exception as error:
            what = "the ledger does not answer" if isinstance(error, SQLAlchemyError) else "that failed"
            before, wrong = wrong, f"facts wait to be told to Temporal: {what} ({type(error).__name__})"
            if wrong != before:
                say(wrong)
        else:
            wrong = ""
            if taken:
                say(f"Temporal has taken {counted(taken, 'fact')} that it had missed")
        await asyncio.sleep(A_WHILE)
