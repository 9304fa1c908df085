"""A case: all that is known of one journey; a fold of facts, the same in whatever order they come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar, get_args

from journeys import facts as f
from journeys.actions import RESULTS, Job, Outcome
from journeys.borrower import Borrower, Channel
from journeys.budget import GIVEN_UP, LEFT, UNDELIVERED, Spent, stands_as
from journeys.loan import Loan

T = TypeVar("T", bound=f.Happened)


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of one touch for one due date."""

    contact: str
    touch: str
    due: date
    channel: Channel
    at: datetime
    state: str
    """made · asked · rode · uncertain · undelivered · failed · withheld · deferred · withdrawn"""
    until: datetime | None = None
    meaning: str = ""
    """Of a failed one, why the provider refused; of a withheld or deferred one, the rule that forbade it."""
    say: str = ""
    """The wording's name."""

    @property
    def done(self) -> bool:
        """Whether the touch is spent: neither deferred to later nor taken back before it began."""
        return self.state not in ("deferred", "withdrawn")

    @property
    def counts(self) -> bool:
        """Whether it may have reached the borrower."""
        return self.state in ("made", "asked", "uncertain")


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person was asked to do."""

    id: str
    job: str
    deadline: datetime
    chased: bool = False
    over: str = ""
    """Empty while we wait for it; else given_up or withdrawn."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is left of a payment after all that was taken back."""

    payment: str
    at: datetime
    minor: int


@dataclass(frozen=True, slots=True)
class Case:
    """One loan's collection file, by reference."""

    loan: Loan
    borrower: Borrower
    strategy: str
    version: int
    opened_at: datetime
    told: tuple[f.Told, ...] = ()
    """Facts from outside, by time and key."""
    ignored: tuple[f.Told, ...] = ()
    """Those of them that name a sum nobody can reckon with, as they were told."""
    attempts: tuple[Attempted, ...] = ()
    tasks: tuple[Task, ...] = ()
    outcome: str | None = None
    why_closed: str = ""
    decisions: int = 0
    """How many have been taken: the number of the next one in the ledger."""

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def heard(self) -> tuple[str, ...]:
        """Keys of every fact that came from outside."""
        return tuple(fact.id for fact in (*self.told, *self.ignored))

    def task(self, id: str) -> Task | None:
        return next((task for task in self.tasks if task.id == id), None)

    def report(self, task: str) -> f.TaskReported | None:
        """What the person said who did the task; a result that its job does not know says nothing."""
        reports = [t for t in self.told if isinstance(t, f.TaskReported) and t.task == task]
        known = self.task(task) if reports else None
        return next((t for t in reports if known is None or t.result in RESULTS[Job(known.job)]), None)

    def open_tasks(self) -> list[Task]:
        """Tasks somebody may still act on."""
        return [task for task in self.tasks if not task.over and self.report(task.id) is None]

    def spent(self) -> list[Spent]:
        """This loan's own contacts as they count against the budget."""
        spent, given_up = [], {task.id for task in self.tasks if task.over == GIVEN_UP}
        for one in self.attempts:
            if one.counts or one.state == UNDELIVERED:
                report = self.report(one.contact) if one.state == "asked" else None
                state = GIVEN_UP if one.contact in given_up else one.state
                at, result = (report.at, report.result) if report else (one.at, state)
                spent.append(Spent(one.contact, self.loan.id, one.channel, at, result, say=one.say))
        return spent

    def latest(self, kind: type[T]) -> list[T]:
        """Facts of one kind, newest first."""
        return [fact for fact in reversed(self.told) if isinstance(fact, kind)]

    def reached(self, fact: f.Told) -> str:
        """What a call or a visit came to, where the fact is the report of one."""
        if not isinstance(fact, f.TaskReported):
            return ""
        return fact.result if any(one.contact == fact.task for one in self.attempts) else ""

    @property
    def begins_at(self) -> datetime:
        """When the journey was opened, or opened again: by somebody's clock, which may be ahead of ours."""
        return next((fact.at for fact in self.latest(f.JourneyReopened)), self.opened_at)

    def restructured(self) -> list[datetime]:
        """When new terms took the place of all that was owed before, the latest first."""
        return [one.at for one in self.latest(f.ScheduleChanged) if one.reason == "restructured"]

    @property
    def restructured_at(self) -> datetime | None:
        """When they last did."""
        return next(iter(self.restructured()), None)

    def receipts(self) -> tuple[Receipt, ...]:
        """Money that came in and was not taken back, by time."""
        if not self.told:
            return ()
        left = {fact.id: fact.amount.minor for fact in self.told if isinstance(fact, f.PaymentReceived)}
        for _, paid, minor in self.taken_back():
            left[paid.id] -= minor
        found = (fact for fact in self.told if isinstance(fact, f.PaymentReceived))
        return tuple(Receipt(one.id, one.at, left[one.id]) for one in found if left[one.id])

    def taken_back(self) -> Iterator[tuple[f.PaymentReversed, f.PaymentReceived, int]]:
        """What each reversal took back of which payment: together never more than it was; minor units."""
        reversals = [fact for fact in self.told if isinstance(fact, f.PaymentReversed)]
        if not reversals:
            return
        paid = {fact.id: fact for fact in self.told if isinstance(fact, f.PaymentReceived)}
        left = {id: one.amount.minor for id, one in paid.items()}
        for fact in reversals:
            if there := left.get(fact.payment):
                minor = there if fact.amount is None else min(there, fact.amount.minor)
                left[fact.payment] -= minor
                yield fact, paid[fact.payment], minor

    def came_back(self) -> int:
        """Minor units that the new terms had counted on, and that were taken back since."""
        since = self.restructured_at
        if since is None:
            return 0
        return sum(minor for fact, paid, minor in self.taken_back() if paid.at <= since < fact.at)

    def after(self, fact: f.Told | f.Learned) -> "Case":
        """The case once the fact is known; a fact told twice changes nothing."""
        if f.unreckonable(fact, self.loan.currency) is not None:
            return self._ignoring(fact)
        match fact:
            case f.Contacted():
                return self._attempted(fact)
            case f.TaskOpened():
                return self._with_task(Task(fact.task, fact.job, fact.deadline))
            case f.TaskChased():
                return self._task_now(fact.task, deadline=fact.deadline, chased=True)
            case f.TaskGivenUp():
                return self._task_now(fact.task, over="given_up")
            case f.TaskWithdrawn():
                return self._task_now(fact.task, over="withdrawn")._taken_back(fact.task)
            case f.JourneyClosed():
                return replace(self, outcome=fact.outcome, why_closed=fact.why)
            case f.CourtEnded() if self.outcome is not None and self.outcome.startswith(Outcome.LEGAL):
                return replace(self._told(fact), outcome=f"{Outcome.LEGAL}_{fact.result}")
            case f.JourneyReopened() if fact.id not in self.heard():
                return replace(self._told(fact), outcome=None, why_closed="")
            case f.ScheduleChanged() | f.PaymentReceived() | f.PaymentReversed():
                return self._told(fact)._rescheduled()
            case f.StrategyChanged():
                return self._told(fact)._moved()
            case f.DeliveryReported():
                return self._told(fact)._settled(fact.contact)
            case f.TaskReported():
                return self._told(fact)._happened_after_all(fact.task)
            case _:
                return self._told(fact)

    def _told(self, fact: f.Told) -> "Case":
        if any(known.id == fact.id for known in self.told):
            return self
        return replace(self, told=tuple(sorted((*self.told, fact), key=lambda t: (t.at, t.id))))

    def _ignoring(self, fact: f.Told | f.Learned) -> "Case":
        """Heard, without the sum; what silences does so all the same."""
        assert isinstance(fact, TOLD), "what we do ourselves names no sum"
        if fact.id in self.heard():
            return self
        ignored = tuple(sorted((*self.ignored, fact), key=lambda t: (t.at, t.id)))
        without = f.without_sum(fact)
        return replace(self if without is None else self._told(without), ignored=ignored)

    def _moved(self) -> "Case":
        """On the strategy of the latest change, in whatever order they were told."""
        latest = self.latest(f.StrategyChanged)[0]
        return replace(self, strategy=latest.strategy, version=latest.version)

    def _rescheduled(self) -> "Case":
        """With the instalments of the latest change, in whatever order they were told.

        What came back of the money that new terms had counted on falls due with the last of them.
        """
        changes = self.latest(f.ScheduleChanged)
        if not changes:
            return self
        *instalments, last = changes[0].instalments
        last = replace(last, amount=replace(last.amount, minor=last.amount.minor + self.came_back()))
        return replace(self, loan=replace(self.loan, instalments=(*instalments, last)))

    def _attempted(self, fact: f.Contacted) -> "Case":
        state, until = fact.kind.removeprefix("contact_"), None  # type: ignore[attr-defined]
        if isinstance(fact, f.ContactWithheld) and fact.until is not None:
            state, until = "deferred", fact.until
        meaning = fact.meaning if isinstance(fact, f.ContactFailed) else ""
        meaning = fact.rule if isinstance(fact, f.ContactWithheld) else meaning
        attempt = Attempted(
            fact.contact, fact.touch, fact.due, fact.channel, fact.at, state, until, meaning, fact.say
        )
        others = tuple(one for one in self.attempts if one.contact != fact.contact)
        after = replace(self, attempts=(*others, attempt))._settled(fact.contact)
        if isinstance(fact, f.ContactAsked):
            return after._with_task(Task(fact.contact, fact.job, fact.deadline))
        return after

    def _settled(self, contact: str) -> "Case":
        """As its provider said, whichever of the two was known first: the message, or what became of it."""
        said = [t.result for t in self.told if isinstance(t, f.DeliveryReported) and t.contact == contact]
        state = stands_as(max(said, key=f.DELIVERIES.index)) if said else None
        if state is None:
            return self
        now = (
            replace(a, state=state) if a.contact == contact and a.state in LEFT else a for a in self.attempts
        )
        return replace(self, attempts=tuple(now))

    def _taken_back(self, contact: str) -> "Case":
        return self if self.report(contact) else self._attempt_now(contact, "asked", "withdrawn")

    def _happened_after_all(self, contact: str) -> "Case":
        """A report that crossed its task's withdrawal: they were reached, and are not asked again."""
        return self._attempt_now(contact, "withdrawn", "asked")

    def _attempt_now(self, contact: str, was: str, state: str) -> "Case":
        known = self.attempts
        now = (replace(a, state=state) if (a.contact, a.state) == (contact, was) else a for a in known)
        return replace(self, attempts=tuple(now))

    def _with_task(self, task: Task) -> "Case":
        return replace(self, tasks=(*(one for one in self.tasks if one.id != task.id), task))

    def _task_now(self, id: str, **changes: object) -> "Case":
        tasks = tuple(replace(t, **changes) if t.id == id else t for t in self.tasks)  # type: ignore[arg-type]
        return replace(self, tasks=tasks)


TOLD = get_args(f.Told)
"""The classes of facts that come from outside."""


def case_of(
    loan: Loan,
    borrower: Borrower,
    strategy: str,
    version: int,
    opened_at: datetime,
    facts: Iterable[f.Told | f.Learned] = (),
) -> Case:
    """The case as the facts make it: a fresh one, or one restored from the ledger."""
    case = Case(loan, borrower, strategy, version, opened_at)
    for fact in facts:
        case = case.after(fact)
    return case
