"""A builder that hides the setting and shows the story: who owes what, what happens, and the diary of it.

Times are the borrower's own. A date without a year is the one nearest to the first due date.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Self

from journeys import actions as a
from journeys import facts as f
from journeys.account import Account
from journeys.actions import Job
from journeys.borrower import Borrower, Channel
from journeys.calendar import DAY, instant, local_day, midnight
from journeys.case import Case, case_of
from journeys.diary import diary
from journeys.law.charges import MoneyLaw, Part, Rail
from journeys.law.circumstances import EventType
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment, Loan, Terms
from journeys.money import Money
from journeys.rules import next_action
from journeys.simulate import simulate
from journeys.strategy import Strategy, newest, published
from journeys.view import View

Fact = f.Told | f.Learned
Rescheduling = Literal["restructured", "extended", "corrected"]
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
    late: tuple[tuple[datetime, str], ...] = ()
    """What was heard of long after it happened: when, and its key."""
    terms: Terms = field(default_factory=Terms)
    version: int | None = None
    """Of the strategy; the newest, where a story does not say."""
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

    def on_terms(
        self,
        late_rate: int = 0,
        late_fee: str = "0",
        grace_days: int = 0,
        alone: Literal["collect", "let go"] = "collect",
    ) -> Self:
        """Let lateness cost something; the rate is in hundredths of a percent a year."""
        fee = self.money(late_fee).minor
        return replace(self, terms=Terms(late_rate, fee, grace_days, alone))

    def by_version(self, version: int) -> Self:
        """Of the strategy."""
        return replace(self, version=version)

    def taken_up(self, day: str) -> Self:
        """Start the journey on that day instead of a day before the first touch."""
        return replace(self, opened=self.day(day))

    def when(self, moment: str, *sayings: Saying) -> Self:
        at, told = self.at(moment), self.told
        for saying in sayings:
            told = (*told, saying(self, at, f"told-{len(told) + 1}"))
        return replace(self, told=told)

    def learnt(self, heard: str, moment: str, *sayings: Saying) -> Self:
        """Something that happened at a moment, and that nobody told us of before another."""
        after = self.when(moment, *sayings)
        news = tuple((self.at(heard), fact.id) for fact in after.told[len(self.told) :])
        return replace(after, late=(*self.late, *news))

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
        case, happened = self.case(), list[Fact]()
        start, end = case.opened_at, case.opened_at + A_WHILE
        heard, coming = {key: at for at, key in self.late}, list(self.told)
        for until in (*sorted(set(heard.values())), end):
            script = [fact for fact in coming if heard.get(fact.id, fact.at) < until]
            case, then = simulate(case, start=start, until=until, script=script, react=self.staff)
            happened, start = [*happened, *then], until
            known = {fact.id for fact in happened}
            coming = [fact for fact in coming if fact.id not in known]
            reports = [report for fact in then for report in self.staff(fact)]
            coming += [report for report in reports if report.id not in known]
        return case, happened

    def case(self) -> Case:
        strategy = self.plan()
        lead = strategy.lead + 1
        opened = midnight(self.opened or self.instalments[0].due - lead * DAY, self.zones[0])
        law = (self.jurisdiction,)
        borrower = Borrower("B-1", self.language, self.zones, self.channels, law)
        loan = Loan(self.loan, self.instalments, self.terms)
        return case_of(loan, borrower, self.strategy, strategy.version, opened)

    def plan(self) -> Strategy:
        """The strategy it runs on."""
        return published(self.strategy, self.version) if self.version else newest(self.strategy)

    def view(self, moment: str, money: MoneyLaw | None = None) -> View:
        """The case with everything told, at one instant; the law of money may be another than the place's."""
        case, law = self.case(), law_of((self.jurisdiction,))
        for fact in self.told:
            case = case.after(fact)
        return View(self.plan(), replace(law, money=money or law.money), case, self.at(moment))

    def account(self, moment: str, money: MoneyLaw | None = None) -> Account:
        """Where the money stands on that day."""
        return self.view(moment, money).account

    def next(self, moment: str, money: MoneyLaw | None = None) -> a.Wait | a.Act:
        """What is decided then, knowing all this, had nothing been done before."""
        return next_action(self.view(moment, money))

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


def pays(sum: str, announced: bool = False) -> Saying:
    """Money comes in; as it was announced by the latest announcement, if it was."""
    return lambda tale, at, id: f.PaymentReceived(
        id=id,
        at=at,
        amount=tale.money(sum),
        announced=_latest(tale, f.PaymentAnnounced) if announced else "",
    )


def announces(sum: str, rail: Rail = "transfer") -> Saying:
    """Money is on its way."""
    return lambda tale, at, id: f.PaymentAnnounced(id=id, at=at, amount=tale.money(sum), rail=rail)


def announced_fails() -> Saying:
    """What was announced last will not come."""
    return lambda tale, at, id: f.PaymentFailed(id=id, at=at, payment=_latest(tale, f.PaymentAnnounced))


def payment_returns(payment: int = 1, sum: str | None = None, reason: f.Reversal = "returned") -> Saying:
    """The bank takes a payment back, or a part of it: the first told of, the second, and so on."""
    return lambda tale, at, id: f.PaymentReversed(
        id=id,
        at=at,
        payment=list(_payments(tale))[payment - 1],
        amount=tale.money(sum) if sum else None,
        reason=reason,
    )


def charged(sum: str, reason: str = "returned_debit") -> Saying:
    """A fee."""
    return lambda tale, at, id: f.FeeCharged(id=id, at=at, amount=tale.money(sum), reason=reason)


def waived(sum: str, part: Part = "principal") -> Saying:
    return lambda tale, at, id: f.SumWaived(
        id=id, at=at, amount=tale.money(sum), part=part, reason="goodwill", by="ops-1"
    )


def rescheduled(*instalments: tuple[str, str], reason: Rescheduling = "extended") -> Saying:
    """The instalments, each with its day and its sum, are these from now on."""
    return lambda tale, at, id: f.ScheduleChanged(
        id=id, at=at, instalments=_schedule(tale, instalments), reason=reason, by="ops-1"
    )


def promises(sum: str, by: str) -> Saying:
    return lambda tale, at, id: f.PromiseMade(id=id, at=at, amount=tale.money(sum), by=tale.day(by))


def promise_withdrawn() -> Saying:
    """The latest one."""
    return lambda tale, at, id: f.PromiseWithdrawn(
        id=id, at=at, promise=_latest(tale, f.PromiseMade), by="agent-1"
    )


def plan_agreed(*instalments: tuple[str, str], lets_go: tuple[Part, ...] = (), grace: int = 3) -> Saying:
    """The arrears are paid on these days, in these sums."""
    return lambda tale, at, id: f.PlanAgreed(
        id=id,
        at=at,
        instalments=_schedule(tale, instalments),
        offer="d10-plan",
        lets_go=lets_go,
        grace=grace,
        by="agent-1",
    )


def plan_revoked() -> Saying:
    """The latest one."""
    return lambda tale, at, id: f.PlanRevoked(
        id=id, at=at, plan=_latest(tale, f.PlanAgreed), reason="mistake", by="ops-1"
    )


def settlement_offered(sum: str, until: str) -> Saying:
    """So much is enough, if it comes by that day."""
    return lambda tale, at, id: f.SettlementOffered(
        id=id,
        at=at,
        amount=tale.money(sum),
        until=tale.day(until),
        offer="d75-settlement",
        approved_by="boss-1",
        by="agent-1",
    )


def settlement_revoked() -> Saying:
    """The latest one."""
    return lambda tale, at, id: f.SettlementRevoked(
        id=id, at=at, settlement=_latest(tale, f.SettlementOffered), by="ops-1"
    )


def disputes(reason: str = "amount", part: str | None = None) -> Saying:
    """The whole debt, or a part of it."""
    return lambda tale, at, id: f.DisputeRaised(
        id=id, at=at, reason=reason, amount=tale.money(part) if part else None
    )


def answered(result: str) -> Saying:
    """Somebody answers the latest dispute: it stands, or it is upheld."""
    return lambda tale, at, id: f.TaskReported(
        id=id,
        at=at,
        task=f"{tale.loan}.dispute.{_latest(tale, f.DisputeRaised)}",
        result=result,
        by="disputes-1",
    )


def writes(meaning: str, channel: Channel = Channel.SMS) -> Saying:
    """Words that a person must read."""
    return lambda tale, at, id: f.ReplyReceived(id=id, at=at, channel=channel, meaning=meaning)


def in_hardship(until: str) -> Saying:
    return lambda tale, at, id: f.HardshipReported(id=id, at=at, until=tale.day(until), reason="job_loss")


def hardship_ends() -> Saying:
    return lambda tale, at, id: f.HardshipEnded(id=id, at=at, by="agent-1")


def says_stop(channel: Channel) -> Saying:
    return lambda tale, at, id: f.OptedOut(id=id, at=at, channel=channel)


def ceases() -> Saying:
    """All contact is refused."""
    return lambda tale, at, id: f.OptedOut(id=id, at=at, channel=None)


def wrong_number(channel: Channel) -> Saying:
    return lambda tale, at, id: f.ContactPointFailed(id=id, at=at, channel=channel, reason="wrong_person")


def hold_placed(
    until: str,
    since: str | None = None,
    stops: tuple[f.Clock, ...] = ("cadence",),
    channel: Channel | None = None,
    held: str | None = None,
) -> Saying:
    return lambda tale, at, id: f.HoldPlaced(
        id=id,
        at=at,
        reason="review",
        until=tale.at(until),
        by="ops-1",
        since=tale.at(since) if since else None,
        stops=stops,
        channel=channel,
        held=tale.money(held) if held else None,
    )


def noted(circumstance: EventType, **values: Any) -> Saying:
    """Something the law looks at."""
    return lambda tale, at, id: f.CircumstanceNoted(id=id, at=at, circumstance=circumstance, values=values)


def hold_lifted() -> Saying:
    """The latest hold ends."""
    return lambda tale, at, id: f.HoldLifted(id=id, at=at, hold=_latest(tale, f.HoldPlaced), by="ops-1")


def holds_lifted() -> Saying:
    """Every hold that is on ends."""
    return lambda tale, at, id: f.HoldLifted(id=id, at=at, by="ops-1")


def loan_leaves(reason: f.Departure) -> Saying:
    return lambda tale, at, id: f.LoanLeft(id=id, at=at, reason=reason, by="ops-1")


def staff_stop() -> Saying:
    return lambda tale, at, id: f.JourneyStopped(id=id, at=at, reason="sold", by="ops-1")


def _payments(tale: Story) -> Iterator[str]:
    return (fact.id for fact in tale.told if isinstance(fact, f.PaymentReceived))


def _latest(tale: Story, kind: type[f.Happened]) -> str:
    return [fact.id for fact in tale.told if isinstance(fact, kind)][-1]


def _schedule(tale: Story, instalments: Iterable[tuple[str, str]]) -> tuple[Instalment, ...]:
    return tuple(Instalment(tale.day(day), tale.money(sum)) for day, sum in instalments)
