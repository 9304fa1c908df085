"""Plays borrowers' lives against real journeys on a server that skips time, borrower by borrower.

Each journey has its own clock; those of one borrower are moved on together, to the next instant at which
something may happen: the first wake of any of them, or the next thing their borrower does.
"""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from gateway.client import Journeys, Refused
from journeys import requests
from journeys.case import TOLD
from journeys.facts import JourneyClosed, JourneyReopened, PlanAgreed, PromiseMade, SettlementOffered, Told
from rehearsal.borrowers import Life
from rehearsal.processor import Payment, Processor

A_GLANCE = 0.1
"""Seconds of real time between two looks at a journey that is busy."""
A_WHILE = 60
"""Seconds that the gateway has to tell a journey what it took in."""
A_MOMENT = timedelta(seconds=1)
"""How long before a wake its journey is left to real time: a move that ends while the journey sets its next
timer goes on to that timer. What happens within the moment is told first."""


@dataclass(slots=True)
class Played:
    """One loan in play: its borrower's life and what is still to come of it."""

    loan: str
    life: Life
    coming: list[tuple[datetime, int, Told]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What was asked for and not given, a sentence each."""
    processor: Processor | None = None
    """Who reports what they pay; where there is nobody, it is told."""
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

    async def speak(self, journeys: Journeys) -> None:
        """Let the next thing happen: facts are told, agreements asked for, as people do."""
        fact = heapq.heappop(self.coming)[2]
        if self.processor and isinstance(fact, Payment):
            await self.processor.report(self.loan, fact)
            await self._told(journeys)
            return
        request = request_of(fact)
        if request is None:
            await journeys.tell(self.loan, fact)
            return
        try:
            await journeys.request(self.loan, request, id=fact.id)
        except Refused as refusal:
            self.refused.append(f"loan {self.loan}: {refusal}")

    async def _told(self, journeys: Journeys) -> None:
        """The gateway answers first and tells the journey then: until it has, no clock may be moved."""
        async with asyncio.timeout(A_WHILE):
            while await journeys.ledger.untaken(loans=[self.loan]):
                await asyncio.sleep(A_GLANCE)


async def play(env: WorkflowEnvironment, journeys: Journeys, played: Played, until: datetime) -> None:
    """Walk one journey to its end, or to `until` by its own clock."""
    await play_together(env, journeys, [played], until)


async def play_together(
    env: WorkflowEnvironment,
    journeys: Journeys,
    loans: Sequence[Played],
    until: datetime,
    progress: Callable[[datetime], None] = lambda now: None,
) -> None:
    """Walk the journeys of one borrower to their ends, or to `until`, on one clock.

    Whatever one of them does finds the others at the same time: they share budgets, messages and news.
    """
    while True:
        running, clocks, stops = [], [], [until]
        for one in loans:
            now, wake = await at_rest(journeys, one.loan)
            if not await one.look(journeys):
                running.append(one)
                clocks.append(now)
                stops.append(wake - A_MOMENT)
        speaking = min((one for one in loans if one.coming), key=lambda one: one.coming[0][0], default=None)
        following = speaking.coming[0][0] if speaking else until
        now = min(clocks, default=following)
        progress(min(now, until))
        if now >= until:
            return
        if speaking and following <= now + A_MOMENT:
            await speaking.speak(journeys)
            if speaking not in running:
                await _catch_up(env, journeys, speaking.loan)
            continue
        to = min(following, *stops)
        await asyncio.gather(*(move(env, journeys.handle(one.loan), to) for one in running))


async def _catch_up(env: WorkflowEnvironment, journeys: Journeys, loan: str) -> None:
    """Where a journey that had ended goes on by what was told, take its new run's clock to that time."""
    case = await journeys.ledger.case(loan)
    if case is not None and case.is_open:
        handle = journeys.handle(loan)
        while (await handle.describe()).raw_description.HasField("pending_workflow_task"):
            await asyncio.sleep(A_GLANCE)
        await move(env, handle, case.begins_at - A_MOMENT)


def request_of(fact: Told) -> requests.Request | None:
    """The request that the fact comes of, where it is not told but agreed on."""
    match fact:
        case PromiseMade():
            return requests.Promise(amount=fact.amount, by=fact.by, actor=fact.noted_by)
        case PlanAgreed():
            return requests.Plan(
                offer=fact.offer, instalments=fact.instalments, approved_by=fact.approved_by, actor=fact.by
            )
        case SettlementOffered():
            return requests.Settle(
                offer=fact.offer,
                amount=fact.amount,
                until=fact.until,
                approved_by=fact.approved_by,
                actor=fact.by,
            )
    return None


async def at_rest(journeys: Journeys, loan: str) -> tuple[datetime, datetime]:
    """The journey's own time and its next wake, once nothing of it is under way, or it has ended.

    A clock moved on while a decision is being taken skips over the timer that the decision sets. The wake is
    therefore read before the look at the server as well as after it: a decision taken in between is not rest.
    Nor is it while the journey is still to be told something: a callback may overtake the guard.
    """
    while True:
        before = await journeys.ledger.next_wake(loan)
        told = not await journeys.ledger.untaken(loans=[loan])
        described = await journeys.handle(loan).describe()
        raw, now = described.raw_description, _clock(described)
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return now, now
        wake = await journeys.ledger.next_wake(loan)
        busy = raw.HasField("pending_workflow_task") or bool(raw.pending_activities)
        if told and not busy and wake is not None and wake == before and wake.not_before > now:
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
