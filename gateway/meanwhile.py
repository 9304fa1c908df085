"""What a gateway does behind its doors, round after round, whatever goes wrong in one of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from workers.connect import TemporalUnavailable

A_WHILE = 180.0
"""Seconds, longer than anything is lent: what failed has been tried again by then."""

Say = Callable[[str], object]
Step = Callable[[], Awaitable[int]]
"""Gives how much it found to do."""


@asynccontextmanager
async def meanwhile(
    what: str, step: Callable[[], Awaitable[int]], every: float, say: Say
) -> AsyncIterator[None]:
    """As long as the block runs, take the step again and again: at once while it finds something to do.

    `say` gets a sentence when something goes wrong, once, and when nothing has gone wrong for a while: a
    round with nothing to do may only mean that what failed is not due again. Only the end of the block ends
    it: what is wrong in one round may be gone in the next. `every` is seconds.
    """
    task = asyncio.create_task(_for_ever(what, step, every, say))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _for_ever(what: str, step: Step, every: float, say: Say) -> None:
    said, at = "", 0.0
    while True:
        done, wrong = 0, ""
        try:
            done = await step()
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _ending():
                raise
            wrong, at = f"{what} wait: {_sentence(error)}", time.monotonic()
        if wrong != said and (wrong or time.monotonic() - at > A_WHILE):
            said = wrong
            with suppress(Exception):  # nobody may be listening
                say(wrong or f"{what} wait no more")
        if not done:
            await asyncio.sleep(every)


def _ending() -> bool:
    """Whether it is this loop that was cancelled, and not something within a step."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _sentence(wrong: BaseException) -> str:
    """Without the words of an error that we do not know: they may name a person."""
    match wrong:
        case TemporalUnavailable():
            return str(wrong)
        case SQLAlchemyError():
            return f"the ledger does not answer ({type(wrong).__name__}): check its disk or its server"
    return f"{type(wrong).__name__}, which is a fault of ours: report it"
