"""Plays borrowers' lives against real journeys on a server that skips time, journey by journey.

Each journey has its own clock. It is moved on to the next instant at which something may happen: its own
next wake, or the next thing its borrower does.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from gateway.client import Journeys
from journeys.case import TOLD
from journeys.facts import JourneyClosed, JourneyReopened, Told
from rehearsal.borrowers import Life

A_GLANCE = 0.1
"""Seconds of real time between two looks at a journey that is busy."""
A_MOMENT = timedelta(seconds=1)
"""How long before a wake its journey is left to real time: a move that ends while the journey sets its next
timer goes on to that timer. What happens within the moment is told first."""


@dataclass(slots=True)
class Played:
    """One loan in play: its borrower's life and what is still to come of it."""

    loan: str
    life: Life
    coming: list[tuple[datetime, int, Told]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _order: "count[int]" = field(default_factory=count)

    def later(self, fact: Told) -> None:
        """Let it happen when its time has come."""
        heapq.heappush(self.coming, (fact.at, next(self._order), fact))

    async def look(self, journeys: Journeys) -> bool:
        """Let the borrower react to what is new in the ledger; True while the journey is closed."""
        closed = False
        for fact in await journeys.ledger.facts(self.loan):
            closed = isinstance(fact, JourneyClosed) or (closed and not isinstance(fact, JourneyReopened))
            if fact.id not in self._seen and not isinstance(fact, TOLD):
                self._seen.add(fact.id)
                for answer in self.life.react(fact):
                    self.later(answer)
        return closed


async def play(
    env: WorkflowEnvironment,
    journeys: Journeys,
    played: Played,
    until: datetime,
    progress: Callable[[datetime], None] = lambda now: None,
) -> None:
    """Walk one journey to its end, or to `until` by its own clock."""
    while True:
        now, wake = await at_rest(journeys, played.loan)
        closed = await played.look(journeys)
        progress(now)
        if closed and played.coming and played.coming[0][0] < until:
            await _tell_the_closed(env, journeys, played)
            continue
        if closed or now >= until:
            return
        if played.coming and played.coming[0][0] <= now + A_MOMENT:
            await journeys.tell(played.loan, heapq.heappop(played.coming)[2])
            continue
        following = [at for at, _, _ in played.coming[:1]]
        await move(env, journeys.handle(played.loan), min(until, wake - A_MOMENT, *following))


async def _tell_the_closed(env: WorkflowEnvironment, journeys: Journeys, played: Played) -> None:
    """Tell what happens after the end; where the journey goes on, take its new run's clock to that time."""
    fact = heapq.heappop(played.coming)[2]
    await journeys.tell(played.loan, fact)
    case = await journeys.ledger.case(played.loan)
    if case is not None and case.is_open:
        handle = journeys.handle(played.loan)
        while (await handle.describe()).raw_description.HasField("pending_workflow_task"):
            await asyncio.sleep(A_GLANCE)
        await move(env, handle, case.begins_at - A_MOMENT)


async def at_rest(journeys: Journeys, loan: str) -> tuple[datetime, datetime]:
    """The journey's own time and its next wake, once nothing of it is under way, or it has ended.

    A clock moved on while a decision is being taken skips over the timer that the decision sets. The wake is
    therefore read before the look at the server as well as after it: a decision taken in between is not rest.
    """
    while True:
        before = await journeys.ledger.next_wake(loan)
        described = await journeys.handle(loan).describe()
        raw, now = described.raw_description, _clock(described)
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return now, now
        wake = await journeys.ledger.next_wake(loan)
        busy = raw.HasField("pending_workflow_task") or bool(raw.pending_activities)
        if not busy and wake is not None and wake == before and wake.not_before > now:
            return now, wake.not_before
        await asyncio.sleep(A_GLANCE)


async def move(env: WorkflowEnvironment, handle: WorkflowHandle[Any, Any], to: datetime) -> None:
    """Move a journey's clock on; where it is there already, let a little real time pass."""
    by = to - _clock(await handle.describe())
    if by <= timedelta(0):
        await asyncio.sleep(A_GLANCE)
        return
    try:
        await env.fast_forward(handle, by)
    except RPCError as error:
        if "already completed" not in error.message:  # it closed between the look and the move
            raise


def _clock(described: WorkflowExecutionDescription) -> datetime:
    """What time it is for a journey: real time, until it has skipped any."""
    extended = described.raw_description.workflow_extended_info
    if not extended.HasField("time_skipping_info"):
        return datetime.now(UTC)
    return extended.time_skipping_info.current_time.ToDatetime(UTC)
