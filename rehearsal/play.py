"""Plays borrowers' lives against real journeys on a server that skips time, journey by journey.

Each journey has its own clock. It is moved on to the next instant at which something may happen: its own
next wake, or the next thing its borrower does.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from temporalio.testing import WorkflowEnvironment

from gateway.client import Journeys
from journeys.case import TOLD
from journeys.facts import JourneyClosed, Told
from rehearsal.borrowers import Life

A_MOMENT = timedelta(seconds=1)


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
    while not await played.look(journeys):
        now = await env.get_current_time(handle)
        progress(now)
        if now >= until:
            return
        if played.coming and played.coming[0][0] <= now:
            await journeys.tell(played.loan, heapq.heappop(played.coming)[2])
            continue
        decision = await journeys.ledger.next_wake(played.loan)
        stop = min(until, decision.not_before + A_MOMENT if decision else now)
        if played.coming:
            stop = min(stop, played.coming[0][0])
        if not await env.fast_forward(handle, max(stop - now, A_MOMENT)):
            await played.look(journeys)
            return
