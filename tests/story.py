"""A builder that hides the setting and shows the story: who owes what, what happens, and the diary of it.

Times are the borrower's own. A date without a year is the one nearest to the first due date.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

from journeys import facts as f
from journeys.actions import Job
from journeys.borrower import Borrower, Channel
from journeys.calendar import DAY, instant, local_day, midnight
from journeys.case import Case, case_of
from journeys.diary import diary
from journeys.law.circumstances import EventType
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.simulate import simulate
from journeys.strategy import newest

Fact = f.Told | f.Learned
HOME = {"cn": ("CNY", "zh", "Asia/Shanghai"), "us": ("USD", "en", "America/New_York")}
"""By jurisdiction: currency, language and zone."""
REPORTS = {
    Job.AGENT_CALL: "no_answer",
    Job.VISIT: "no_answer",
    Job.ANSWER_DISPUTE: "stands",
    Job.ANSWER_REPLY: "answered",
    Job.SIGN_HAND_OFF: "signed",
    Job.ACKNOWLEDGE_HAND_OFF: "acknowledged",
}
"""What staff report where a story does not say otherwise."""
SOON = timedelta(hours=2)
"""How long staff take."""
A_WHILE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Diary:
    """What happened, in order; equal to its text."""

    happened: tuple[Fact, ...]
    tale: "Story"

    def __str__(self) -> str:
        return diary(self.happened, self.tale.zones[0])

    def between(self, first: str, last: str) -> str:
        """The lines of these days, both included."""
        days = self.tale.day(first), self.tale.day(last)
        zone = self.tale.zones[0]
        return diary((x for x in self.happened if days[0] <= local_day(x.at, zone) <= days[1]), zone)

    def since(self, first: str) -> str:
        """The lines from this day on, to the end."""
        day, zone = self.tale.day(first), self.tale.zones[0]
        return diary((x for x in self.happened if local_day(x.at, zone) >= day), zone)

    def contacts(self) -> list[f.Contacted]:
        """What may have reached the borrower."""
        reached = f.ContactMade | f.ContactAsked | f.ContactUncertain
        return [fact for fact in self.happened if isinstance(fact, reached)]


Saying = Callable[["Story", datetime, str], f.Told]
"""Makes a fact once the story knows its instant and its key."""


@dataclass(frozen=True, slots=True)
class Story:
    """One loan, one borrower, and what happens to them."""

    strategy: str
    currency: str
    language: str
    zones: tuple[str, ...]
    jurisdiction: str
    loan: str = "LN-1042"
    instalments: tuple[Instalment, ...] = ()
    sum: str = "8400"
    channels: tuple[Channel, ...] = tuple(Channel)
    opened: date | None = None
    told: tuple[f.Told, ...] = ()
    reports: dict[Job, str] = field(default_factory=REPORTS.copy)

    def owing(self, sum: str) -> Self:
        return replace(self, sum=sum)

    def due(self, day: str, sum: str | None = None) -> Self:
        """Add an instalment; the first one's year must be given."""
        one = Instalment(self.day(day), self.money(sum or self.sum))
        return replace(self, instalments=(*self.instalments, one))

    def living_in(self, *zones: str) -> Self:
        return replace(self, zones=zones)

    def reached_by(self, *channels: Channel) -> Self:
        return replace(self, channels=channels)

    def taken_up(self, day: str) -> Self:
        """Start the journey on that day instead of a day before the first touch."""
        return replace(self, opened=self.day(day))

    def when(self, moment: str, *sayings: Saying) -> Self:
        at, told = self.at(moment), self.told
        for saying in sayings:
            told = (*told, saying(self, at, f"told-{len(told) + 1}"))
        return replace(self, told=told)

    def with_silent_staff(self) -> Self:
        return replace(self, reports={})

    def with_staff(self, job: Job, result: str | None) -> Self:
        """Let staff report this on such tasks, or (None) nothing."""
        reports = {**self.reports, job: result or ""}
        return replace(self, reports={job: result for job, result in reports.items() if result})

    def diary(self) -> Diary:
        """Walk the journey to its end."""
        return Diary(tuple(self.walk()[1]), self)

    def walk(self) -> tuple[Case, list[Fact]]:
        case = self.case()
        start = case.opened_at
        return simulate(case, start=start, until=start + A_WHILE, script=self.told, react=self.staff)

    def case(self) -> Case:
        lead = newest(self.strategy).lead + 1
        opened = midnight(self.opened or self.instalments[0].due - lead * DAY, self.zones[0])
        law = (self.jurisdiction,)
        borrower = Borrower("B-1", self.language, self.zones, self.channels, law)
        version = newest(self.strategy).version
        return case_of(Loan(self.loan, self.instalments), borrower, self.strategy, version, opened)

    def staff(self, fact: Fact) -> Iterable[f.Told]:
        """Every task is reported two hours later, unless staff are silent about it."""
        if isinstance(fact, f.ContactAsked | f.TaskOpened) and (result := self.reports.get(Job(fact.job))):
            yield f.TaskReported(
                id=f"{fact.task if isinstance(fact, f.TaskOpened) else fact.contact}.report.{fact.at:%m%d}",
                at=fact.at + SOON,
                task=fact.task if isinstance(fact, f.TaskOpened) else fact.contact,
                result=result,
                by=f"{fact.owner}-1",
            )

    def day(self, text: str) -> date:
        """Read "2 Mar 2026", or "2 Mar" once the first due date is known."""
        if len(text.split()) == 3:
            return datetime.strptime(text, "%d %b %Y").date()
        near = self.instalments[0].due
        years = (near.year - 1, near.year, near.year + 1)
        days = [datetime.strptime(f"{text} {year}", "%d %b %Y").date() for year in years]
        return min(days, key=lambda day: abs(day - near))

    def at(self, moment: str) -> datetime:
        """Read "5 Mar 18:10"."""
        day, clock = moment.rsplit(" ", 1)
        return instant(self.day(day), time.fromisoformat(clock), self.zones[0]).astimezone(UTC)

    def money(self, sum: str) -> Money:
        return Money.of(sum, self.currency)


def story(strategy: str) -> Story:
    """Begin: `story("cn-consumer").owing("8400").due("2 Mar 2026")`."""
    jurisdiction = newest(strategy).jurisdictions[0]
    currency, language, zone = HOME[jurisdiction]
    return Story(strategy, currency, language, (zone,), jurisdiction)


# ── what may happen ──────────────────────────────────────────────────────────────────────────────


def pays(sum: str) -> Saying:
    return lambda tale, at, id: f.PaymentReceived(id=id, at=at, amount=tale.money(sum))


def payment_returns(payment: int = 1) -> Saying:
    """The bank takes a payment back: the first told of, the second, and so on."""
    return lambda tale, at, id: f.PaymentReversed(id=id, at=at, payment=list(_payments(tale))[payment - 1])


def promises(sum: str, by: str) -> Saying:
    return lambda tale, at, id: f.PromiseMade(id=id, at=at, amount=tale.money(sum), by=tale.day(by))


def disputes(reason: str = "amount") -> Saying:
    return lambda tale, at, id: f.DisputeRaised(id=id, at=at, reason=reason)


def writes(meaning: str, channel: Channel = Channel.SMS) -> Saying:
    """Words that a person must read."""
    return lambda tale, at, id: f.ReplyReceived(id=id, at=at, channel=channel, meaning=meaning)


def in_hardship(until: str) -> Saying:
    return lambda tale, at, id: f.HardshipReported(id=id, at=at, until=tale.day(until), reason="job_loss")


def says_stop(channel: Channel) -> Saying:
    return lambda tale, at, id: f.OptedOut(id=id, at=at, channel=channel)


def ceases() -> Saying:
    """All contact is refused."""
    return lambda tale, at, id: f.OptedOut(id=id, at=at, channel=None)


def wrong_number(channel: Channel) -> Saying:
    return lambda tale, at, id: f.ContactPointFailed(id=id, at=at, channel=channel, reason="wrong_person")


def hold_placed(until: str, since: str | None = None) -> Saying:
    return lambda tale, at, id: f.HoldPlaced(
        id=id,
        at=at,
        reason="review",
        until=tale.at(until),
        by="ops-1",
        since=tale.at(since) if since else None,
    )


def noted(circumstance: EventType, **values: Any) -> Saying:
    """Something the law looks at."""
    return lambda tale, at, id: f.CircumstanceNoted(id=id, at=at, circumstance=circumstance, values=values)


def hold_lifted() -> Saying:
    """The latest hold ends."""

    def lift(tale: Story, at: datetime, id: str) -> f.Told:
        hold = [fact.id for fact in tale.told if isinstance(fact, f.HoldPlaced)][-1]
        return f.HoldLifted(id=id, at=at, hold=hold, by="ops-1")

    return lift


def staff_stop() -> Saying:
    return lambda tale, at, id: f.JourneyStopped(id=id, at=at, reason="sold", by="ops-1")


def _payments(tale: Story) -> Iterator[str]:
    return (fact.id for fact in tale.told if isinstance(fact, f.PaymentReceived))
