"""The case as the rules look at it: at one instant, with what several of them ask for reckoned once."""

from datetime import date, datetime, time
from functools import cached_property
from typing import Self

from journeys import actions as a
from journeys.account import Account, account, untouched
from journeys.agreements import Plan, Promise, Settlement, plans, promises, settlements
from journeys.budget import record_of
from journeys.calendar import DAY, add_working_days, instant, local, local_day, working_day_from
from journeys.case import Case
from journeys.disputes import Dispute, disputes, left_out
from journeys.holds import Days, Hold, days_in, holds, later, paused
from journeys.law.charges import Respite
from journeys.law.jurisdiction import Law, law_of
from journeys.law.record import Record
from journeys.loan import Instalment, Terms
from journeys.money import Money
from journeys.strategy import Strategy, published

OFFICE_CLOSES = time(18)
WORKING_DAYS_FOR = {
    a.Job.AGENT_CALL: 1,
    a.Job.VISIT: 5,
    a.Job.ANSWER_DISPUTE: 10,
    a.Job.ANSWER_REPLY: 2,
    a.Job.REACH_ESTATE: 20,
    a.Job.SIGN_HAND_OFF: 5,
    a.Job.ACKNOWLEDGE_HAND_OFF: 5,
}
"""How many working days a person has for a task, and again after the reminder."""
NO_CHARGES = Terms()


class View:
    """The case at one instant, with what the rules ask of it reckoned once."""

    def __init__(self, strategy: Strategy, law: Law, case: Case, now: datetime) -> None:
        self.strategy, self.law, self.case, self.now = strategy, law, case, now
        self.home = case.borrower.zones[0]
        self.today = local_day(now, self.home)
        self.minute = strategy.minute(case.loan.id)
        # Nothing told is the common case and has to be quick: then nothing is held, denied, agreed or paid.
        told = case.told
        self.holds: tuple[Hold, ...] = holds(told) if told else ()
        self.disputes: list[Dispute] = disputes(case) if told else []
        tolerance = strategy.promise.tolerance
        self.promises: tuple[Promise, ...] = promises(case, self.holds, now, tolerance) if told else ()
        self.plans: tuple[Plan, ...] = plans(case, self.holds, now) if told else ()
        self.settlements: tuple[Settlement, ...] = settlements(case, now) if told else ()
        self.pauses: tuple[Days, ...] = paused(self.holds, "delinquency", self.home) if told else ()
        """When the count of delinquent days stood still, or will."""
        self.left_out: int = self._left_out() if told else 0
        """Minor units that are not asked for now: denied, or on hold."""
        self.unpaid: Instalment | None = self._oldest(0) if told else case.loan.instalments[0]
        """The oldest instalment not covered; if only charges are left to collect, the last one fallen due."""
        self.oldest: Instalment | None = self._oldest(self.left_out) if self.left_out else self.unpaid
        """The same, without what is not asked for now: the journey is anchored on it."""

    @classmethod
    def of(cls, case: Case, now: datetime) -> Self:
        """With the strategy as it was published, and the law as its files stand."""
        return cls(published(case.strategy, case.version), law_of(case.borrower.jurisdictions), case, now)

    # ── what the law looks at ────────────────────────────────────────────────────────────────────

    @cached_property
    def record(self) -> Record:
        """What the law looks at, as far as this loan's case knows it."""
        return record_of(self.case.borrower, self.case.spent(), self.case.told, self.now)

    @cached_property
    def respites(self) -> tuple[Respite, ...]:
        """When the law stops what lateness adds to the debt."""
        rules = self.law.easing if self.case.told else ()
        return tuple(
            one
            for rule in rules
            for one in rule.respites(self.record, self.case.loan.id, self.now, self.law.calendar)
        )

    # ── money ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def account(self) -> Account:
        loan = self.case.loan
        if not self.case.told and loan.terms == NO_CHARGES:
            return untouched(loan.instalments)
        return account(
            self.case,
            self.law.money,
            self.today,
            known=self.holds,
            respites=self.respites,
            disputed=self.disputes,
            plans=self.plans,
            settlements=self.settlements,
        )

    def overdue(self, day: date) -> Money:
        """What has fallen due by a day and is asked for, charges included."""
        fallen = self.case.loan.fallen_due(day) - self.account.covered
        asked = max(0, fallen) + self.account.charges_left - self.left_out
        return Money(max(0, asked), self.case.loan.currency)

    @property
    def outstanding(self) -> Money:
        """Everything not yet paid or let go, due or not."""
        return Money(self.account.left, self.case.loan.currency)

    def _left_out(self) -> int:
        return left_out(self.disputes) + sum(hold.held for hold in self.holds if hold.on(self.now))

    def _oldest(self, besides: int) -> Instalment | None:
        loan, book = self.case.loan, self.account
        if (found := loan.oldest_unpaid(book.covered + besides)) is not None:
            return found
        if book.left > besides and loan.terms.alone == "collect":
            return loan.instalments[-1]
        return None

    # ── days ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def past_due_days(self) -> int:
        """From the oldest unpaid due date, which no pause stops; negative before it."""
        oldest = self.oldest
        return (self.today - oldest.due).days if oldest else 0

    @property
    def delinquent_days(self) -> int:
        """Past due without grace and pauses: treatment runs on these; negative before the due date."""
        oldest, past = self.oldest, self.past_due_days
        if oldest is None or past < 0:
            return past
        stood_still = days_in(self.pauses, oldest.due, self.today)
        return max(0, past - self.case.loan.terms.grace_days - stood_still)

    @property
    def reached_day(self) -> int:
        """The day of the strategy that today is for the oldest unpaid instalment."""
        past = self.past_due_days
        return past if past <= 0 else self.delinquent_days

    def day_of(self, instalment: Instalment, day: int) -> date:
        """When a day of the strategy comes for an instalment: grace and pauses move those after its due."""
        if day <= 0:
            return instalment.due + day * DAY
        return later(self.pauses, instalment.due, self.case.loan.terms.grace_days + day)

    def written(self, at: datetime) -> str:
        """The borrower's day of an instant, as reasons name it."""
        return f"{local_day(at, self.home):%-d %b}"

    def stem(self, due: date) -> str:
        """What the names of everything done about one due date begin with."""
        return f"{self.case.loan.id}.{due.isoformat().replace('-', '')}."

    def deadline(self, job: a.Job, start: datetime) -> datetime:
        """Closing time of the office on the last of the working days a person has for the job."""
        day = add_working_days(local_day(start, self.home), WORKING_DAYS_FOR[job], self.law.calendar)
        return instant(day, OFFICE_CLOSES, self.home)

    def slot(self, day: date, *, working: bool) -> datetime:
        """The loan's own minute on that day, or on the next working day where that is wanted."""
        if working:
            day = working_day_from(day, self.law.calendar)
        return instant(day, self.minute, self.home)

    def next_slot(self, at: datetime, *, working: bool) -> datetime:
        """The first instant from `at` on that lies in the strategy's hours of a day that will do."""
        clock = local(at, self.home)
        day = clock.date() if clock.time() < self.strategy.between.close else clock.date() + DAY
        return max(at, self.slot(day, working=working))
