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

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from gateway.client import Journeys
from journeys.case import TOLD
from journeys.facts import JourneyClosed, Told
from rehearsal.borrowers import Life

A_MOMENT = timedelta(seconds=1)
FIRST_EVENTS = 2
"""What a run's history holds before its first task begins: that it was started, that a task is wanted."""
A_GLANCE = 0.1
"""Seconds of real time between two looks at a journey that is busy."""


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
        """Let the borrower react to what is new in the ledger; True once the journey is closed."""
        closed = False
        for fact in await journeys.ledger.facts(self.loan):
            closed = closed or isinstance(fact, JourneyClosed)
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
    handle = journeys.handle(played.loan)
    while True:
        now = await at_rest(handle)
        closed = await played.look(journeys)
        progress(now)
        if closed or now >= until:
            return
        if played.coming and played.coming[0][0] <= now:
            await journeys.tell(played.loan, heapq.heappop(played.coming)[2])
            continue
        decision = await journeys.ledger.next_wake(played.loan)
        assert decision is not None, f"{played.loan} rests without a decision"
        following = [at for at, _, _ in played.coming[:1]]
        await move(env, handle, min(until, decision.not_before + A_MOMENT, *following) - now)


async def at_rest(handle: WorkflowHandle[Any, Any]) -> datetime:
    """The journey's own time, once nothing of it is under way.

    A clock moved on while a decision is being taken skips over the timer that the decision sets. Between
    two runs the server may not yet say what time it is; only the first run begins with the true time.
    """
    while True:
        described = await handle.describe()
        raw, run = described.raw_description, described.raw_description.workflow_execution_info
        extended = raw.workflow_extended_info
        busy = raw.HasField("pending_workflow_task") or bool(raw.pending_activities)
        begun = run.history_length > FIRST_EVENTS  # a continued run begins after a pause
        known = extended.HasField("time_skipping_info") or run.execution.run_id == run.first_run_id
        gone_on = described.status is WorkflowExecutionStatus.CONTINUED_AS_NEW
        if begun and known and not busy and not gone_on:
            break
        await asyncio.sleep(A_GLANCE)
    if extended.HasField("time_skipping_info"):
        return extended.time_skipping_info.current_time.ToDatetime(UTC)
    return datetime.now(UTC)


async def move(env: WorkflowEnvironment, handle: WorkflowHandle[Any, Any], by: timedelta) -> None:
    """Move a journey's clock on, by a moment at least."""
    try:
        await env.fast_forward(handle, max(by, A_MOMENT))
    except RPCError as error:
        if "already completed" not in error.message:  # it closed between the look and the move
            raise
