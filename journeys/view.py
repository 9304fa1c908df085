"""The case as the rules look at it: at one instant, with what several of them ask for reckoned once."""

from datetime import date, datetime, time
from functools import cached_property

from journeys import actions as a
from journeys import facts as f
from journeys.budget import record_of
from journeys.calendar import DAY, add_working_days, instant, local, local_day, working_day_from
from journeys.case import Case
from journeys.law.jurisdiction import Law
from journeys.law.record import Record
from journeys.strategy import Strategy

OFFICE_CLOSES = time(18)
WORKING_DAYS_FOR = {
    a.Job.AGENT_CALL: 1,
    a.Job.VISIT: 5,
    a.Job.ANSWER_DISPUTE: 10,
    a.Job.ANSWER_REPLY: 2,
    a.Job.SIGN_HAND_OFF: 5,
    a.Job.ACKNOWLEDGE_HAND_OFF: 5,
}
"""How many working days a person has for a task, and again after the reminder."""


class View:
    """The case at one instant, with what the rules ask of it reckoned once."""

    def __init__(self, strategy: Strategy, law: Law, case: Case, now: datetime) -> None:
        self.strategy, self.law, self.case, self.now = strategy, law, case, now
        self.home = case.borrower.zones[0]
        self.today = local_day(now, self.home)
        self.paid = case.paid()
        self.oldest = case.loan.oldest_unpaid(self.paid)
        self.minute = strategy.minute(case.loan.id)

    @cached_property
    def record(self) -> Record:
        """What the law looks at, as far as this loan's case knows it."""
        return record_of(self.case.borrower, self.case.spent(), self.case.told, self.now)

    def day(self) -> int:
        """Days past due of the oldest unpaid instalment; negative before it falls due."""
        return (self.today - self.oldest.due).days if self.oldest else 0

    def stem(self, due: date) -> str:
        """What the names of everything done about one due date begin with."""
        return f"{self.case.loan.id}.{due:%Y%m%d}."

    def latest(self, kind: type[f.Happened]) -> list[f.Told]:
        """Facts of one kind, newest first."""
        return [fact for fact in reversed(self.case.told) if isinstance(fact, kind)]

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
