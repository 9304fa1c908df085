"""What a journey cost in Temporal, and the least that its effects and the facts it was told need there."""

from dataclasses import dataclass
from typing import Any, Self

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle


@dataclass(slots=True)
class Cost:
    """What one run of a journey wrote, by its history.

    Left out are the skips of a test's clock and tasks that a busy worker lost.
    """

    effects: int = 0
    facts: int = 0
    """Told by signal."""
    requests: int = 0
    """Asked by update and judged: two events instead of a signal's one, and a marker for the answer."""
    decisions: int = 0
    """Markers: of what was decided, and of what became of requests."""
    timers: int = 0
    fired: int = 0
    moved: int = 0
    """Timers taken back because a fact came first."""
    ran_out: int = 0
    """Timers that fired and led to another decision, not to an effect."""
    tasks: int = 0
    upserts: int = 0

    @classmethod
    async def of(cls, journey: WorkflowHandle[Any, Any]) -> Self:
        """Read the history of its latest run."""
        cost, waited = cls(), False
        async for event in journey.fetch_history_events():
            match EventType.Name(event.event_type).removeprefix("EVENT_TYPE_"):
                case "ACTIVITY_TASK_SCHEDULED":
                    cost.effects, waited = cost.effects + 1, False
                case "MARKER_RECORDED":
                    cost.decisions, cost.ran_out, waited = cost.decisions + 1, cost.ran_out + waited, False
                case "TIMER_FIRED":
                    cost.fired, waited = cost.fired + 1, True
                case "TIMER_STARTED":
                    cost.timers += 1
                case "TIMER_CANCELED":
                    cost.moved += 1
                case "WORKFLOW_EXECUTION_SIGNALED":
                    cost.facts += 1
                case "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
                    cost.requests += 1
                case "WORKFLOW_TASK_COMPLETED":
                    cost.tasks += 1
                case "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES":
                    cost.upserts += 1
        return cost

    @property
    def events(self) -> int:
        """Its history without upserts: begin, end, tasks and effects of three events each, and the rest."""
        told = self.facts + 2 * self.requests
        timers = self.timers + self.fired + self.moved
        return 2 + 3 * self.tasks + 3 * self.effects + timers + self.decisions + told

    @property
    def least_events(self) -> int:
        """A workflow that decides nothing and does the same, each effect after one timer."""
        return 5 + 11 * self.effects + 4 * self.facts + 5 * self.requests

    @property
    def actions(self) -> int:
        """Its start, timers, effects and signals; recorded decisions and upserts stand beside them."""
        return 1 + self.timers + self.effects + self.facts + self.requests

    @property
    def least_actions(self) -> int:
        """Of the same workflow."""
        return 1 + 2 * self.effects + self.facts + self.requests

    def broken(self) -> list[str]:
        """The promises it does not keep."""
        news = self.facts + self.requests
        promises = {
            "one decision for each effect, fact and wait that ran out, two a request": self.decisions
            <= self.effects + news + self.requests + self.ran_out,
            "the least events, one a decision, two a fact, five a wait that ran out": self.events
            <= self.least_events + self.decisions + 2 * news + 5 * self.ran_out,
            "the least actions, one a fact, one a wait that ran out": self.actions
            <= self.least_actions + news + self.ran_out,
            "only a fact moves a timer, and none is left over": self.moved <= news
            and self.timers == self.fired + self.moved,
        }
        return [promise for promise, kept in promises.items() if not kept]
