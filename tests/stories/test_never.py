"""What must never happen, whatever borrowers and staff do; a failure prints as a short story.

What is forbidden is reckoned here from the facts alone, not with the code that plans contacts.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Channel
from journeys.diary import diary
from journeys.law.charges import Part, Rail
from journeys.law.circumstances import EventType
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment
from journeys.money import Money
from journeys.outcomes import carried_out
from journeys.rules import next_action, reopening
from journeys.simulate import simulate
from journeys.strategy import FOLDER, newest, published
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
VERSIONS = st.sampled_from([1, 2, 3, 3])
"""Of a strategy that has fewer, its newest."""
FLIGHT = {"card": 1, "transfer": 3, "direct_debit": 5, "cheque": 10}
"""Days that money may be on its way."""
SHELTERS: dict[EventType, EventType] = {
    "deceased": "death_mistaken",
    "bankruptcy_filed": "bankruptcy_closed",
    "minor": "came_of_age",
    "attorney_known": "attorney_nonresponse",
    "military_service": "military_service_ended",
}
"""What silences us altogether, with what releases it."""
BY_POST = {Channel.LETTER, Channel.REGISTERED}
TELEPHONE = {Channel.SMS, Channel.CALL, Channel.AGENT}
SPOKEN = {"promised", "refused", "disputed", "hardship", "callback", "paid_already"}
ANSWERS = ["no_answer", "wrong_person", "signed", "stands", "upheld", "claim_lodged", "no_estate"]
RESULTS = st.sampled_from([*sorted(SPOKEN), *ANSWERS])
TERMS = st.sampled_from([(0, "0", 0), (0, "0", 0), (1825, "50", 0), (3650, "1", 5)])
SHARES = st.sampled_from([0.1, 0.5, 1.0, 1.5])
DAYS = st.integers(0, 30)
WHICH = st.integers(0, 5)


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
        terms=TERMS,
        alone=st.sampled_from(["collect", "let go"]),
        version=VERSIONS,
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
        terms: tuple[int, str, int],
        alone: Literal["collect", "let go"],
        version: int,
    ) -> None:
        self.place, self.zones = place, [ZoneInfo(name) for name in ZONES[place][zones]]
        tale = story(STRATEGIES[place]).owing(owing).living_in(*ZONES[place][zones])
        tale = tale.reached_by(*sorted(channels)).due(f"{due:%-d %b %Y}").on_terms(*terms, alone)
        tale = tale.by_version(self.version_of(place, version))
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
        at = self.now - timedelta(hours=backdated)
        self.tell(f.PaymentReceived(id=self.key(), at=at, amount=self.sum(share)))

    @rule(which=WHICH, share=st.sampled_from([None, None, 0.1]))
    @precondition(lambda self: self.all(f.PaymentReceived))
    def payment_returns(self, which: int, share: float | None) -> None:
        payment, part = self.one(f.PaymentReceived, which), self.sum(share) if share else None
        self.tell(f.PaymentReversed(id=self.key(), at=self.now, payment=payment, amount=part))

    @rule(share=SHARES, rail=st.sampled_from(["card", "transfer", "direct_debit", "cheque"]))
    def announces_a_payment(self, share: float, rail: Rail) -> None:
        self.tell(f.PaymentAnnounced(id=self.key(), at=self.now, amount=self.sum(share), rail=rail))

    @rule(which=WHICH, comes=st.booleans())
    @precondition(lambda self: self.all(f.PaymentAnnounced))
    def what_was_announced_comes_or_does_not(self, which: int, comes: bool) -> None:
        announced = self.one(f.PaymentAnnounced, which)
        if comes:
            paid = f.PaymentReceived(id=self.key(), at=self.now, amount=self.sum(1.0), announced=announced)
            self.tell(paid)
        else:
            self.tell(f.PaymentFailed(id=self.key(), at=self.now, payment=announced))

    @rule(share=st.sampled_from([0.01, 0.1]))
    def is_charged_a_fee(self, share: float) -> None:
        sum = self.sum(share)
        self.tell(f.FeeCharged(id=self.key(), at=self.now, amount=sum, reason="returned_debit"))

    @rule(share=SHARES, part=st.sampled_from(["fees", "interest", "principal"]))
    def is_let_off(self, share: float, part: Part) -> None:
        sum = self.sum(share)
        self.tell(
            f.SumWaived(id=self.key(), at=self.now, amount=sum, part=part, reason="goodwill", by="ops-1")
        )

    @rule(days=st.sampled_from([10, 40]))
    @precondition(lambda self: self.count > 3)
    def due_dates_move(self, days: int) -> None:
        later = tuple(Instalment(one.due + days * DAY, one.amount) for one in self.case.loan.instalments)
        self.tell(
            f.ScheduleChanged(id=self.key(), at=self.now, instalments=later, reason="extended", by="ops-1")
        )

    @rule(days=DAYS, share=SHARES)
    def promises(self, days: int, share: float) -> None:
        by = self.today() + days * DAY
        self.tell(f.PromiseMade(id=self.key(), at=self.now, amount=self.sum(share), by=by))

    @rule(which=WHICH)
    @precondition(lambda self: self.all(f.PromiseMade))
    def takes_a_promise_back(self, which: int) -> None:
        promise = self.one(f.PromiseMade, which)
        self.tell(f.PromiseWithdrawn(id=self.key(), at=self.now, promise=promise, by="agent-1"))

    @rule(days=st.integers(0, 14), share=SHARES, count=st.integers(1, 3), lets_go=st.booleans())
    def agrees_on_a_plan(self, days: int, share: float, count: int, lets_go: bool) -> None:
        first = self.today() + days * DAY
        self.tell(
            f.PlanAgreed(
                id=self.key(),
                at=self.now,
                instalments=tuple(Instalment(first + 14 * n * DAY, self.sum(share)) for n in range(count)),
                offer="d10-plan",
                lets_go=("fees", "interest") if lets_go else (),
                by="agent-1",
            )
        )

    @rule(which=WHICH)
    @precondition(lambda self: self.all(f.PlanAgreed))
    def a_plan_is_revoked(self, which: int) -> None:
        plan = self.one(f.PlanAgreed, which)
        self.tell(f.PlanRevoked(id=self.key(), at=self.now, plan=plan, reason="mistake", by="ops-1"))

    @rule(days=st.integers(0, 14), share=SHARES)
    def is_offered_a_settlement(self, days: int, share: float) -> None:
        until, sum = self.today() + days * DAY, self.sum(share)
        self.tell(
            f.SettlementOffered(
                id=self.key(), at=self.now, amount=sum, until=until, offer="d75-settlement", by="agent-1"
            )
        )

    @rule(which=WHICH)
    @precondition(lambda self: self.all(f.SettlementOffered))
    def an_offer_is_revoked(self, which: int) -> None:
        offer = self.one(f.SettlementOffered, which)
        self.tell(f.SettlementRevoked(id=self.key(), at=self.now, settlement=offer, by="ops-1"))

    @rule(share=st.sampled_from([None, None, 0.1, 1.0]))
    def disputes(self, share: float | None) -> None:
        part = self.sum(share) if share else None
        self.tell(f.DisputeRaised(id=self.key(), at=self.now, amount=part))

    @rule(meaning=st.sampled_from(["help", "paid", "hardship", "other"]))
    def writes(self, meaning: str) -> None:
        self.tell(f.ReplyReceived(id=self.key(), at=self.now, channel=Channel.SMS, meaning=meaning))

    @rule(days=DAYS)
    def reports_hardship(self, days: int) -> None:
        self.tell(f.HardshipReported(id=self.key(), at=self.now, until=self.today() + days * DAY))

    @rule()
    @precondition(lambda self: self.all(f.HardshipReported))
    def can_pay_again(self) -> None:
        self.tell(f.HardshipEnded(id=self.key(), at=self.now, by="agent-1"))

    @rule(what=st.sampled_from([*SHELTERS, *SHELTERS.values()]))
    @precondition(lambda self: self.count > 3)
    def life_goes_on_around_it(self, what: EventType) -> None:
        self.tell(f.CircumstanceNoted(id=self.key(), at=self.now, circumstance=what))

    @rule(days=DAYS)
    @precondition(lambda self: self.count > 3)
    def is_given_breathing_space(self, days: int) -> None:
        until = f"{self.today() + days * DAY}"
        self.tell(
            f.CircumstanceNoted(
                id=self.key(), at=self.now, circumstance="breathing_space", values={"until": until}
            )
        )

    @rule(channel=st.sampled_from([*Channel, None]))
    @precondition(lambda self: self.count > 3)
    def opts_out(self, channel: Channel | None) -> None:
        self.tell(f.OptedOut(id=self.key(), at=self.now, channel=channel))

    @rule(channel=st.sampled_from(Channel), reason=st.sampled_from(["wrong_person", "bounced"]))
    def cannot_be_reached(self, channel: Channel, reason: str) -> None:
        self.tell(f.ContactPointFailed(id=self.key(), at=self.now, channel=channel, reason=reason))

    @rule(
        days=DAYS,
        ahead=st.sampled_from([0, 0, 4, -4]),
        stops=st.sampled_from([("cadence",), ("delinquency", "interest"), ("cadence", "promise")]),
        about=st.sampled_from(["loan", "loan", "sms", "agent", "sum"]),
        share=SHARES,
    )
    def is_put_on_hold(
        self, days: int, ahead: int, stops: tuple[f.Clock, ...], about: str, share: float
    ) -> None:
        since = self.now + ahead * DAY
        self.tell(
            f.HoldPlaced(
                id=self.key(),
                at=self.now,
                reason="review",
                until=since + days * DAY,
                by="ops-1",
                since=since if ahead else None,
                stops=stops,
                channel=Channel(about) if about in set(Channel) else None,
                held=self.sum(share) if about == "sum" else None,
            )
        )

    @rule(which=WHICH, every=st.booleans())
    @precondition(lambda self: self.all(f.HoldPlaced))
    def hold_is_lifted(self, which: int, every: bool) -> None:
        hold = "" if every else self.one(f.HoldPlaced, which)
        self.tell(f.HoldLifted(id=self.key(), at=self.now, hold=hold, by="ops-1"))

    @rule(which=WHICH, result=RESULTS)
    @precondition(lambda self: self.case.tasks)
    def staff_report(self, which: int, result: str) -> None:
        tasks = self.case.open_tasks() or self.case.tasks
        task = tasks[which % len(tasks)].id
        self.tell(f.TaskReported(id=f"{task}.report", at=self.now, task=task, result=result, by="staff-1"))

    @rule()
    @precondition(lambda self: self.count > 5)
    def staff_stop(self) -> None:
        self.tell(f.JourneyStopped(id=self.key(), at=self.now, reason="sold", by="ops-1"))

    @rule(reason=st.sampled_from(["sold", "recalled", "written_off"]))
    @precondition(lambda self: self.count > 5)
    def the_loan_leaves(self, reason: f.Departure) -> None:
        self.tell(f.LoanLeft(id=self.key(), at=self.now, reason=reason, by="ops-1"))

    @rule(place=st.sampled_from(sorted(HOME)), version=VERSIONS)
    def staff_move_it_to(self, place: str, version: int) -> None:
        to, number = STRATEGIES[place], self.version_of(place, version)
        self.tell(f.StrategyChanged(id=self.key(), at=self.now, strategy=to, version=number, by="ops-1"))

    @rule(which=st.integers(0, 20))
    @precondition(lambda self: self.case.told)
    def hears_something_again(self, which: int) -> None:
        fact = self.case.told[which % len(self.case.told)]
        assert self.case.after(fact) == self.case, f"told twice, {fact} changed the case"

    def teardown(self) -> None:
        """When nothing is heard any more, every journey ends."""
        if hasattr(self, "case"):
            foreseen, _ = simulate(self.case, start=self.now, until=self.now + 3 * 365 * DAY)
            self.walk(self.now + 3 * 365 * DAY)
            assert foreseen == self.case, "what was foreseen is not what happened"
            assert not self.case.is_open, "the journey does not end"

    # ── how time passes ──────────────────────────────────────────────────────────────────────────

    def walk(self, until: datetime) -> None:
        """Do what is to be done until then."""
        acts = 0
        while self.case.is_open:
            strategy = published(self.case.strategy, self.case.version)
            action = next_action(View(strategy, self.law, self.case, self.now))
            assert action.why
            if isinstance(action, a.Wait):
                assert action.not_before > self.now, f"a wait that is over: {action}"
            assert action.not_before < self.now + 400 * DAY, f"that is far away: {action}"
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
        if fact.id not in self.case.heard():
            self.case = self.case.after(fact)
            self.happened.append(fact)
            if not self.case.is_open and (again := reopening(View.of(self.case, self.now))) is not None:
                self.case = self.case.after(again)
                self.happened.append(again)

    def key(self) -> str:
        self.count += 1
        return f"told-{self.count:03}"

    def sum(self, share: float) -> Money:
        """So much of the first instalment."""
        whole = self.case.loan.instalments[0].amount
        return Money(max(1, round(whole.minor * share)), whole.currency)

    def one(self, kind: type[f.Happened], which: int) -> str:
        """One of the facts of that kind, by its key."""
        known = [fact.id for fact in self.happened if isinstance(fact, kind)]
        return known[which % len(known)]

    @staticmethod
    def version_of(place: str, version: int) -> int:
        return min(version, newest(STRATEGIES[place]).version)

    def today(self) -> date:
        return self.now.astimezone(self.zones[0]).date()

    # ── what a contact must never be ─────────────────────────────────────────────────────────────

    def objections(self, contact: f.Contacted) -> Iterator[str]:
        yield from self.objections_of_the_borrower(contact)
        yield from self.objections_of_the_law(contact)
        if any((one.touch, one.due) == (contact.touch, contact.due) for one in self.contacts()):
            yield "made twice"

    def objections_of_the_borrower(self, contact: f.Contacted) -> Iterator[str]:
        yield from self.objections_of_money(contact)
        answered = {fact.task for fact in self.all(f.TaskReported)}
        for dispute in [fact for fact in self.all(f.DisputeRaised) if fact.amount is None][-1:]:
            if f"{self.case.loan.id}.dispute.{dispute.id}" not in answered:
                yield "a dispute is open"
        stem = f"{self.case.loan.id}.reply."
        answers = [fact.at for fact in self.all(f.TaskReported) if fact.task.startswith(stem)]
        left = {fact.task for fact in self.all(f.TaskGivenUp)}
        for reply in self.all(f.ReplyReceived):
            if f"{stem}{reply.id}" not in left and all(at < reply.at for at in answers):
                yield "what they wrote is not answered"
        for hold in self.holds():
            if hold.channel in (None, contact.channel) and not hold.held and "cadence" in hold.stops:
                yield "on hold"
        ended = max((fact.at for fact in self.all(f.HardshipEnded)), default=None)
        for hard in self.all(f.HardshipReported):
            if hard.until > self.today() and (ended is None or hard.at > ended):
                yield "in hardship"
        back = {fact.promise for fact in self.all(f.PromiseWithdrawn)}
        changed = [fact.at for fact in (*self.all(f.PlanAgreed), *self.all(f.ScheduleChanged))]
        for promise in self.all(f.PromiseMade)[-1:]:
            kept = self.paid(since=promise.at) * 100 >= promise.amount.minor * 95
            void = promise.id in back or any(promise.at < at for at in changed)
            if promise.by >= self.today() and not kept and not void:
                yield "promised"
        if any(isinstance(fact, f.JourneyStopped | f.LoanLeft) for fact in self.happened):
            yield "stopped"
        yield from self.objections_of_life()
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

    def objections_of_money(self, contact: f.Contacted) -> Iterator[str]:
        book = View.of(self.case, self.now).account
        owed = sum(i.amount.minor for i in self.case.loan.instalments if i.due <= contact.due)
        answered = {fact.task for fact in self.all(f.TaskReported)}
        stem = f"{self.case.loan.id}.dispute."
        denied = [x.amount for x in self.all(f.DisputeRaised) if x.amount and stem + x.id not in answered]
        left_out = [*denied, *(hold.held for hold in self.holds() if hold.held)]
        if self.paid() + sum(part.minor for part in left_out) >= owed + book.fees + book.interest:
            yield "nothing is owed"
        over = {fact.announced for fact in self.all(f.PaymentReceived)}
        over |= {fact.payment for fact in self.all(f.PaymentFailed)}
        for one in self.all(f.PaymentAnnounced):
            last = one.at.astimezone(self.zones[0]).date() + FLIGHT[one.rail] * DAY
            if one.id not in over and self.today() <= last:
                yield "money is on its way"
        revoked = {fact.plan for fact in self.all(f.PlanRevoked)}
        for plan in self.all(f.PlanAgreed)[-1:]:
            whole = sum(one.amount.minor for one in plan.instalments)
            last = plan.instalments[0].due + plan.grace * DAY
            if plan.id not in revoked and self.today() <= last and self.paid(since=plan.at) < whole:
                yield "on a plan"
        taken_back = {fact.settlement for fact in self.all(f.SettlementRevoked)}
        for offer in self.all(f.SettlementOffered)[-1:]:
            is_open = offer.id not in taken_back and self.today() <= offer.until
            charged = any(fact.at > offer.at for fact in self.all(f.FeeCharged))
            if is_open and (self.paid(since=offer.at) < offer.amount.minor or not charged):
                yield "an offer to settle is open, or paid"

    def objections_of_life(self) -> Iterator[str]:
        noted = self.all(f.CircumstanceNoted)
        for what, release in SHELTERS.items():
            since = [fact.at for fact in noted if fact.circumstance == what]
            released = [fact.at for fact in noted if fact.circumstance == release]
            if any(all(at <= one for at in released) for one in since):
                yield what.replace("_", " ")
        for space in noted:
            if space.circumstance == "breathing_space" and f"{self.today()}" <= str(space.values["until"]):
                yield "breathing space"

    def holds(self) -> Iterator[f.HoldPlaced]:
        """Those that are on."""
        lifts = self.all(f.HoldLifted)
        for hold in self.all(f.HoldPlaced):
            since = hold.since or hold.at
            ended = any(
                lift.hold == hold.id or (not lift.hold and since <= lift.at < hold.until) for lift in lifts
            )
            if since <= self.now < hold.until and not ended:
                yield hold

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

    def paid(self, since: datetime | None = None) -> int:
        """What came in, after an instant, and was not taken back."""
        kept = 0
        for fact in self.all(f.PaymentReceived):
            if since is None or fact.at > since:
                back = [one.amount for one in self.all(f.PaymentReversed) if one.payment == fact.id]
                sums = [(part or fact.amount).minor for part in back]
                kept += max(0, fact.amount.minor - sum(sums))
        return kept

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


def test_lives_are_led_under_every_strategy_there_is() -> None:
    shipped = {path.name.split(".")[0] for path in FOLDER.glob("*.toml")}
    assert shipped == set(STRATEGIES.values())


Life.TestCase.settings = settings(max_examples=250, stateful_step_count=25)
ManyLives.TestCase.settings = settings(max_examples=3000, stateful_step_count=30, derandomize=False)
TestWhatMustNeverHappen = Life.TestCase
TestInManyLives = pytest.mark.soak(ManyLives.TestCase)
