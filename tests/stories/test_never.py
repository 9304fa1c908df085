"""What must never happen, whatever borrowers and staff do; a failure prints as a short story.

What is forbidden is reckoned here from the facts alone, not with the code that plans contacts.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Channel
from journeys.diary import diary
from journeys.law.charges import Rail
from journeys.law.circumstances import EventType
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment
from journeys.outcomes import carried_out
from journeys.rules import next_action
from journeys.strategy import published
from journeys.view import View
from tests.story import HOME, Fact, story

DAY = timedelta(days=1)
F = TypeVar("F", bound=f.Happened)
HOURS = {"cn": (time(8), time(22)), "us": (time(8), time(21))}
ZONES = {
    "cn": [("Asia/Shanghai",), ("Asia/Shanghai", "Asia/Urumqi"), ("Asia/Shanghai", "Europe/Berlin")],
    "us": [
        ("America/New_York",),
        ("America/New_York", "America/Los_Angeles"),
        ("America/Chicago", "Pacific/Honolulu"),
    ],
}
STRATEGIES = {"cn": "cn-consumer", "us": "us-personal-loan"}
BY_POST = {Channel.LETTER, Channel.REGISTERED}
TELEPHONE = {Channel.SMS, Channel.CALL, Channel.AGENT}
SPOKEN = {"promised", "refused", "disputed", "hardship", "callback", "paid_already"}
RESULTS = st.sampled_from([*sorted(SPOKEN), "no_answer", "wrong_person", "signed", "stands", "upheld"])
SHARES = st.sampled_from([0.1, 0.5, 1.0, 1.5])
DAYS = st.integers(0, 30)
ON_ITS_WAY = {"card": 1, "transfer": 3, "direct_debit": 5}
CIRCUMSTANCES: tuple[EventType, ...] = ("deceased", "bankruptcy_filed", "minor", "military_service")
"""Each closes every contact until something else is told, which here nobody does."""


class Life(RuleBasedStateMachine):
    """A borrower, their loan, and a world that does as it likes."""

    @initialize(
        place=st.sampled_from(sorted(HOME)),
        zones=st.integers(0, 2),
        channels=st.sampled_from([set(Channel), set(Channel), {Channel.SMS, Channel.AGENT}, BY_POST]),
        owing=st.sampled_from(["0.01", "1999.99", "2000", "8400"]),
        due=st.dates(date(2026, 1, 1), date(2026, 12, 1)),
        apart=st.sampled_from([0, 5, 31, 60]),
        late=st.sampled_from([0, 0, 3, 40, 150]),
    )
    def is_born(
        self,
        place: str,
        zones: int,
        channels: Collection[Channel],
        owing: str,
        due: date,
        apart: int,
        late: int,
    ) -> None:
        self.place, self.zones = place, [ZoneInfo(name) for name in ZONES[place][zones]]
        tale = story(STRATEGIES[place]).owing(owing).living_in(*ZONES[place][zones])
        tale = tale.reached_by(*sorted(channels)).due(f"{due:%-d %b %Y}")
        if apart:
            tale = tale.due(f"{due + apart * DAY:%-d %b %Y}")
        if late:
            tale = tale.taken_up(f"{due + late * DAY:%-d %b %Y}")
        self.law, self.case, self.happened = law_of((place,)), tale.case(), list[Fact]()
        self.now, self.count = self.case.opened_at, 0

    # ── what the world does ──────────────────────────────────────────────────────────────────────

    @rule(days=st.integers(0, 12), minutes=st.integers(0, 24 * 60))
    def time_passes(self, days: int, minutes: int) -> None:
        self.walk(self.now + days * DAY + timedelta(minutes=minutes))

    @rule()
    def a_week_passes(self) -> None:
        self.walk(self.now + 7 * DAY)

    @rule()
    def a_day_passes(self) -> None:
        self.walk(self.now + DAY)

    @rule(share=SHARES, backdated=st.sampled_from([0, 0, 0, 36]))
    def pays(self, share: float, backdated: int) -> None:
        sum = self.case.loan.instalments[0].amount
        paid = type(sum)(max(1, round(sum.minor * share)), sum.currency)
        at = self.now - timedelta(hours=backdated)
        self.tell(f.PaymentReceived(id=self.key(), at=at, amount=paid))

    @rule(which=st.integers(0, 5))
    @precondition(lambda self: any(isinstance(x, f.PaymentReceived) for x in self.happened))
    def payment_returns(self, which: int) -> None:
        payments = [fact.id for fact in self.happened if isinstance(fact, f.PaymentReceived)]
        payment = payments[which % len(payments)]
        self.tell(f.PaymentReversed(id=self.key(), at=self.now, payment=payment))

    @rule(days=DAYS, share=SHARES)
    def promises(self, days: int, share: float) -> None:
        sum = self.case.loan.instalments[0].amount
        promised = type(sum)(max(1, round(sum.minor * share)), sum.currency)
        self.tell(f.PromiseMade(id=self.key(), at=self.now, amount=promised, by=self.today() + days * DAY))

    @rule(rail=st.sampled_from(sorted(ON_ITS_WAY)))
    def announces(self, rail: Rail) -> None:
        sum = self.case.loan.instalments[0].amount
        self.tell(f.PaymentAnnounced(id=self.key(), at=self.now, amount=sum, rail=rail))

    @rule(first=st.integers(0, 20), apart=st.integers(1, 31), many=st.integers(1, 4))
    def agrees_on_a_plan(self, first: int, apart: int, many: int) -> None:
        sum, day = self.case.loan.instalments[0].amount, self.today() + first * DAY
        each = type(sum)(max(1, sum.minor // many), sum.currency)
        plan = tuple(Instalment(day + number * apart * DAY, each) for number in range(many))
        self.tell(f.PlanAgreed(id=self.key(), at=self.now, instalments=plan, offer="d10-plan", by="agent-1"))

    @rule(days=DAYS, share=st.sampled_from([0.5, 0.8]))
    def is_offered_a_settlement(self, days: int, share: float) -> None:
        sum = self.case.loan.instalments[0].amount
        less = type(sum)(max(1, round(sum.minor * share)), sum.currency)
        until = self.today() + days * DAY
        self.tell(
            f.SettlementOffered(
                id=self.key(), at=self.now, amount=less, until=until, offer="d75-settlement", by="agent-1"
            )
        )

    @rule(share=SHARES)
    def disputes_a_part(self, share: float) -> None:
        sum = self.case.loan.instalments[0].amount
        part = type(sum)(max(1, round(sum.minor * share)), sum.currency)
        self.tell(f.DisputeRaised(id=self.key(), at=self.now, amount=part))

    @rule(circumstance=st.sampled_from(CIRCUMSTANCES))
    @precondition(lambda self: self.count > 2)
    def something_befalls_them(self, circumstance: EventType) -> None:
        self.tell(f.CircumstanceNoted(id=self.key(), at=self.now, circumstance=circumstance))

    @rule(reason=st.sampled_from(get_args(f.Departure)))
    @precondition(lambda self: self.count > 6)
    def the_loan_leaves(self, reason: f.Departure) -> None:
        self.tell(f.LoanLeft(id=self.key(), at=self.now, reason=reason, by="ops-1"))

    @rule()
    def disputes(self) -> None:
        self.tell(f.DisputeRaised(id=self.key(), at=self.now))

    @rule(meaning=st.sampled_from(["help", "paid", "hardship", "other"]))
    def writes(self, meaning: str) -> None:
        self.tell(f.ReplyReceived(id=self.key(), at=self.now, channel=Channel.SMS, meaning=meaning))

    @rule(days=DAYS)
    def reports_hardship(self, days: int) -> None:
        self.tell(f.HardshipReported(id=self.key(), at=self.now, until=self.today() + days * DAY))

    @rule(channel=st.sampled_from([*Channel, None]))
    @precondition(lambda self: self.count > 3)
    def opts_out(self, channel: Channel | None) -> None:
        self.tell(f.OptedOut(id=self.key(), at=self.now, channel=channel))

    @rule(channel=st.sampled_from(Channel), reason=st.sampled_from(["wrong_person", "bounced"]))
    def cannot_be_reached(self, channel: Channel, reason: str) -> None:
        self.tell(f.ContactPointFailed(id=self.key(), at=self.now, channel=channel, reason=reason))

    @rule(days=DAYS)
    def is_put_on_hold(self, days: int) -> None:
        until = self.now + days * DAY
        self.tell(f.HoldPlaced(id=self.key(), at=self.now, reason="review", until=until, by="ops-1"))

    @rule(
        days=DAYS,
        ago=st.integers(0, 9),
        stops=st.sampled_from([("delinquency",), ("promise", "interest"), ("cadence",)]),
        channel=st.none() | st.sampled_from(Channel),
        part=st.none() | SHARES,
    )
    def a_part_or_a_clock_is_put_on_hold(
        self, days: int, ago: int, stops: tuple[f.Clock, ...], channel: Channel | None, part: float | None
    ) -> None:
        sum = self.case.loan.instalments[0].amount
        self.tell(
            f.HoldPlaced(
                id=self.key(),
                at=self.now,
                reason="review",
                since=self.now - ago * DAY,
                until=self.now + days * DAY,
                stops=stops,
                channel=channel,
                part=type(sum)(max(1, round(sum.minor * part)), sum.currency) if part else None,
                by="ops-1",
            )
        )

    @rule(which=st.integers(0, 5))
    @precondition(lambda self: any(isinstance(x, f.HoldPlaced) for x in self.happened))
    def hold_is_lifted(self, which: int) -> None:
        holds = [fact.id for fact in self.happened if isinstance(fact, f.HoldPlaced)]
        self.tell(f.HoldLifted(id=self.key(), at=self.now, hold=holds[which % len(holds)], by="ops-1"))

    @rule(which=st.integers(0, 5), result=RESULTS)
    @precondition(lambda self: self.case.tasks)
    def staff_report(self, which: int, result: str) -> None:
        tasks = self.case.open_tasks() or self.case.tasks
        task = tasks[which % len(tasks)].id
        self.tell(f.TaskReported(id=f"{task}.report", at=self.now, task=task, result=result, by="staff-1"))

    @rule()
    @precondition(lambda self: self.count > 5)
    def staff_stop(self) -> None:
        self.tell(f.JourneyStopped(id=self.key(), at=self.now, reason="sold", by="ops-1"))

    @rule(place=st.sampled_from(sorted(HOME)), version=st.sampled_from([1, 2]))
    def staff_move_it_to(self, place: str, version: int) -> None:
        to = STRATEGIES[place]
        self.tell(f.StrategyChanged(id=self.key(), at=self.now, strategy=to, version=version, by="ops-1"))

    @rule(which=st.integers(0, 20))
    @precondition(lambda self: self.case.told)
    def hears_something_again(self, which: int) -> None:
        fact = self.case.told[which % len(self.case.told)]
        assert self.case.after(fact) == self.case, f"told twice, {fact} changed the case"

    def teardown(self) -> None:
        """When nothing is heard any more, every journey ends."""
        if hasattr(self, "case"):
            self.walk(self.now + 400 * DAY)
            assert not self.case.is_open, "the journey does not end"

    # ── how time passes ──────────────────────────────────────────────────────────────────────────

    def walk(self, until: datetime) -> None:
        """Do what is to be done until then."""
        acts = 0
        while self.case.is_open:
            strategy = published(self.case.strategy, self.case.version)
            action = next_action(View(strategy, self.law, self.case, self.now))
            assert action.why
            assert action.not_before < self.now + 400 * DAY, f"it sleeps for ever: {action}"
            if isinstance(action, a.Wait):
                assert action.not_before > self.now, f"a wait that is over: {action}"
            if isinstance(action, a.Ask):
                assert a.OWNERS[action.job] and action.deadline > self.now, f"a task of nobody: {action}"
            if action.not_before > self.now:
                self.nobody_is_on_the_way_who_must_not_be()
            if action.not_before > until:
                break
            self.now = max(self.now, action.not_before)
            if not isinstance(action, a.Wait):
                acts += 1
                assert acts < 200, f"the same over and over: {action}"
                self.learn(carried_out(action, self.now))
        self.now = until

    def nobody_is_on_the_way_who_must_not_be(self) -> None:
        open_tasks = {task.id for task in self.case.open_tasks()}
        for contact in self.contacts():
            if contact.contact in open_tasks:
                for objection in self.objections_of_the_borrower(contact):
                    raise AssertionError(f"{contact.channel} {contact.say} is not taken back: {objection}")

    def learn(self, fact: f.Learned) -> None:
        if isinstance(fact, f.ContactMade | f.ContactAsked):
            for objection in self.objections(fact):
                note(diary([*self.happened, fact], self.zones[0].key))
                raise AssertionError(f"{fact.channel} {fact.say} at {fact.at}: {objection}")
        self.case = self.case.after(fact)
        self.happened.append(fact)

    def tell(self, fact: f.Told) -> None:
        if self.case.is_open and fact.id not in self.case.heard():
            self.case = self.case.after(fact)
            self.happened.append(fact)

    def key(self) -> str:
        self.count += 1
        return f"told-{self.count:03}"

    def today(self) -> date:
        return self.now.astimezone(self.zones[0]).date()

    # ── what a contact must never be ─────────────────────────────────────────────────────────────

    def objections(self, contact: f.Contacted) -> Iterator[str]:
        yield from self.objections_of_the_borrower(contact)
        yield from self.objections_of_the_law(contact)
        if any((one.touch, one.due) == (contact.touch, contact.due) for one in self.contacts()):
            yield "made twice"

    def objections_of_the_borrower(self, contact: f.Contacted) -> Iterator[str]:
        owed = sum(i.amount.minor for i in self.case.loan.instalments if i.due <= contact.due)
        if self.paid() >= owed:
            yield "nothing is owed"
        answered = {fact.task for fact in self.all(f.TaskReported)}
        for dispute in [one for one in self.all(f.DisputeRaised) if one.amount is None][-1:]:
            if f"{self.case.loan.id}.dispute.{dispute.id}" not in answered:
                yield "a dispute is open"
        stem = f"{self.case.loan.id}.reply."
        answers = [fact.at for fact in self.all(f.TaskReported) if fact.task.startswith(stem)]
        left = {fact.task for fact in self.all(f.TaskGivenUp)}
        for reply in self.all(f.ReplyReceived):
            if f"{stem}{reply.id}" not in left and all(at < reply.at for at in answers):
                yield "what they wrote is not answered"
        lifted = {fact.hold for fact in self.all(f.HoldLifted)}
        for hold in self.all(f.HoldPlaced):
            on = hold.until > self.now and hold.id not in lifted and "cadence" in hold.stops
            if on and hold.part is None and hold.channel in (None, contact.channel):
                yield "on hold"
        if self.all(f.LoanLeft):
            yield "the loan has left"
        for money in self.all(f.PaymentAnnounced):
            if (self.today() - money.at.astimezone(self.zones[0]).date()).days <= ON_ITS_WAY[money.rail]:
                yield "money is on its way"
        for plan in self.all(f.PlanAgreed)[-1:]:
            paid = self.paid() - self.paid(plan.at)
            due = [one for one in plan.instalments if one.due + plan.grace * DAY < self.today()]
            whole = sum(one.amount.minor for one in plan.instalments)
            if paid < whole and not due:
                yield "on a plan whose first instalment is not late"
        if any(offer.until >= self.today() for offer in self.all(f.SettlementOffered)[-1:]):
            yield "an offer to settle is open"
        if any(one.circumstance in CIRCUMSTANCES for one in self.all(f.CircumstanceNoted)):
            yield "the law shelters them"
        if any(fact.until > self.today() for fact in self.all(f.HardshipReported)):
            yield "in hardship"
        agreed = [one.at for one in self.all(f.PlanAgreed)]
        for promise in self.all(f.PromiseMade)[-1:]:
            kept = self.paid() - self.paid(promise.at) >= promise.amount.minor * 0.95
            if promise.by >= self.today() and not kept and not any(at > promise.at for at in agreed):
                yield "promised"
        if self.all(f.JourneyStopped):
            yield "stopped"
        if any(fact.channel in (None, contact.channel) for fact in self.all(f.OptedOut)):
            yield "opted out"
        for fact in self.all(f.ContactPointFailed):
            wrong = fact.reason == "wrong_person" and fact.channel in TELEPHONE
            if contact.channel == fact.channel or (wrong and contact.channel in TELEPHONE):
                yield "the wrong number or address"
        for report in self.all(f.TaskReported):
            asked = [fact.channel for fact in self.all(f.ContactAsked) if fact.contact == report.task]
            closed = TELEPHONE if TELEPHONE.intersection(asked) else asked
            if report.result == "wrong_person" and contact.channel in closed:
                yield "somebody else answered there"

    def objections_of_the_law(self, contact: f.Contacted) -> Iterator[str]:
        if contact.channel in BY_POST:
            return
        opens, closes = HOURS[self.place]
        for zone in self.zones:
            clock = contact.at.astimezone(zone)
            if not opens <= clock.time() < closes:
                yield f"outside the hours in {zone}"
            ago = [(clock.date() - at.astimezone(zone).date()).days for at in self.times()]
            if ago.count(0) >= 1:
                yield "the second on one day"
            if sum(days < 7 for days in ago) >= 3:
                yield "the fourth in seven days"
            if self.place == "us" and contact.channel in (Channel.CALL, Channel.AGENT):
                spoke = [(clock.date() - at.astimezone(zone).date()).days for at in self.times(SPOKEN)]
                if any(days < 7 for days in spoke):
                    yield "within seven days of a conversation"

    def all(self, kind: type[F]) -> list[F]:
        """Facts of one kind that are known, oldest first."""
        return sorted((x for x in self.happened if isinstance(x, kind)), key=lambda x: (x.at, x.id))

    def paid(self, until: datetime | None = None) -> int:
        back = {fact.payment for fact in self.all(f.PaymentReversed)}
        payments = (fact for fact in self.all(f.PaymentReceived) if fact.id not in back)
        return sum(fact.amount.minor for fact in payments if until is None or fact.at <= until)

    def contacts(self) -> list[f.ContactMade | f.ContactAsked]:
        """Those that were not taken back in time."""
        reported = {fact.task for fact in self.all(f.TaskReported)}
        made: dict[str, f.ContactMade | f.ContactAsked] = {}
        for fact in self.happened:
            if isinstance(fact, f.ContactMade | f.ContactAsked):
                made[fact.contact] = fact
            elif isinstance(fact, f.TaskWithdrawn) and fact.task not in reported:
                made.pop(fact.task, None)
        return list(made.values())

    def times(self, results: set[str] | None = None) -> Iterator[datetime]:
        """When they were reached, by post excepted; or only when somebody reported one of these results."""
        reports = {fact.task: fact for fact in self.all(f.TaskReported)}
        for contact in self.contacts():
            report = reports.get(contact.contact)
            if report and report.result == "wrong_person":
                continue
            if contact.channel not in BY_POST and (not results or (report and report.result in results)):
                yield report.at if report else contact.at


class ManyLives(Life):
    """The same world; other lives in every run, for `make soak`."""


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=25)
ManyLives.TestCase.settings = settings(max_examples=3000, stateful_step_count=30, derandomize=False)
TestWhatMustNeverHappen = Life.TestCase
TestInManyLives = pytest.mark.soak(ManyLives.TestCase)
