"""What must hold of every answer, whatever the law, the borrower's record and the contact that is wanted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from journeys.law.circumstances import EVENTS, TIMED, Event
from journeys.law.clearance import clearance, earliest
from journeys.law.jurisdiction import FOLDER, HOUSE, Law, law_of
from journeys.law.record import MEDIA, OUTCOMES, Attempt, PastContact, Record
from journeys.law.rule import Rule

PLACES = sorted({path.stem for path in FOLDER.glob("*.toml")} - {HOUSE})
RULES = [pair for place in PLACES for pair in law_of([place]).rules]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BEGIN = datetime(2027, 3, 1, tzinfo=UTC)  # two weeks before American clocks change, four before European
ZONES = st.lists(
    st.sampled_from(
        [
            *("America/New_York", "Pacific/Honolulu", "Europe/London", "Asia/Kolkata", "Asia/Shanghai"),
            *("Australia/Lord_Howe", "America/Sao_Paulo", "Europe/Moscow"),
        ]
    ),
    min_size=1,
    max_size=2,
    unique=True,
).map(tuple)
CONTACTED = st.sampled_from(sorted(MEDIA["contact"]))
DEBTS = st.sampled_from(["A", "B"])
PAST = st.builds(
    PastContact,
    at=st.just(BEGIN),
    medium=CONTACTED,
    outcome=st.sampled_from(sorted(OUTCOMES)),
    inbound=st.booleans(),
    debts=DEBTS.map(lambda debt: frozenset({debt})),
    discussed=DEBTS.map(lambda debt: frozenset({debt})),
    to=st.sampled_from(["consumer", "consumer", "workplace", "third_party:neighbour"]),
    address=st.sampled_from(["", "m1", "m2"]),
)
HOURS = st.sampled_from([("08:00", "12:00"), ("18:00", "23:30"), ("22:00", "06:00")])
ATTEMPT = st.builds(
    Attempt,
    medium=CONTACTED,
    at=st.just(BEGIN),
    debt=DEBTS,
    to=st.sampled_from(["consumer", "consumer", "workplace", "attorney"]),
    address=st.sampled_from(["", "m1", "m2"]),
    given=st.sampled_from([{}, {"opt_out_notice": True, "visit_notice": True}, {"in_response": True}]),
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(sorted(EVENTS - {"actual_location"})))
    values: dict[str, object] = draw(
        st.fixed_dictionaries({}, optional={"debts": DEBTS.map(lambda one: [one]), "medium": CONTACTED})
    )
    if kind in TIMED:
        begins, ends = draw(HOURS)
        values |= {"windows": [{"from": begins, "to": ends}]}
    if kind == "breathing_space":
        values |= {"kind": "standard"}
    return Event(kind, BEGIN, values)


class Lives(RuleBasedStateMachine):
    """A record that grows, and after each step the answers that must agree with one another."""

    @initialize(place=st.sampled_from(PLACES), zones=ZONES, attempt=ATTEMPT)
    def begins(self, place: str, zones: tuple[str, ...], attempt: Attempt) -> None:
        self.law, self.record = law_of([place]), Record(zones)
        self.now, self.wanted, self.layered = BEGIN, attempt, self.law

    @rule(days=st.integers(0, 9), minutes=st.integers(0, 24 * 60))
    def time_passes(self, days: int, minutes: int) -> None:
        self.now += timedelta(days=days, minutes=minutes)

    @rule(contact=PAST)
    def they_are_contacted(self, contact: PastContact) -> None:
        contact = replace(contact, at=self.now)
        self.record = replace(self.record, contacts=(*self.record.contacts, contact))
        self.now += MINUTE

    @rule(event=events())
    def something_happens(self, event: Event) -> None:
        self.record = replace(self.record, events=(*self.record.events, replace(event, at=self.now)))

    @rule(pair=st.sampled_from(RULES))
    def a_rule_is_added(self, pair: tuple[Rule, str]) -> None:
        self.layered = Law(self.law.layers, (*self.law.rules, pair))

    @rule(attempt=ATTEMPT)
    def another_contact_is_wanted(self, attempt: Attempt) -> None:
        self.wanted = attempt

    @invariant()
    def the_earliest_time_is_allowed_and_the_second_before_is_not(self) -> None:
        first, refusal = earliest(self.law, self.record, self.attempt)
        answer = clearance(self.law, self.record, self.attempt)
        assert answer.allowed == (first == self.attempt.at)
        if first is None:
            assert refusal is not None and not answer.allowed
        elif first > self.attempt.at:
            assert clearance(self.law, self.record, replace(self.attempt, at=first)).allowed
            assert not clearance(self.law, self.record, replace(self.attempt, at=first - SECOND)).allowed
            assert answer.until is not None and self.attempt.at < answer.until <= first

    @invariant()
    def another_rule_allows_nothing_more_and_nothing_sooner(self) -> None:
        with_it = clearance(self.layered, self.record, self.attempt)
        if not clearance(self.law, self.record, self.attempt).allowed:
            assert not with_it.allowed
        first, later = (earliest(law, self.record, self.attempt)[0] for law in (self.law, self.layered))
        assert later is None or (first is not None and first <= later)

    @invariant()
    def a_contact_that_never_counted_closes_nothing(self) -> None:
        nothing = PastContact(self.attempt.at - MINUTE, self.attempt.medium, "conversation", misdirected=True)
        more = replace(self.record, contacts=(*self.record.contacts, nothing))
        if clearance(self.law, self.record, self.attempt).allowed:
            assert clearance(self.law, more, self.attempt).allowed

    @invariant()
    def a_stop_wins_over_every_consent(self) -> None:
        stop = Event("cease_received", self.attempt.at - MINUTE)
        stopped = replace(self.record, events=(*self.record.events, stop))
        assert earliest(self.law, stopped, self.attempt)[0] is None

    @invariant()
    def the_order_of_what_happened_at_one_instant_means_nothing(self) -> None:
        contacts, events = self.record.contacts[::-1], self.record.events[::-1]
        here = clearance(self.law, self.record, self.attempt)
        there = clearance(self.law, replace(self.record, contacts=contacts, events=events), self.attempt)
        assert {(one.rule, one.until) for one in here.refusals} == {
            (one.rule, one.until) for one in there.refusals
        }

    @property
    def attempt(self) -> Attempt:
        return replace(self.wanted, at=self.now)


class ManyLives(Lives):
    """The same; other lives in every run, for `make soak`."""


Lives.TestCase.settings = settings(max_examples=2000, stateful_step_count=6)
ManyLives.TestCase.settings = settings(max_examples=30_000, stateful_step_count=20, derandomize=False)
TestEveryAnswer = Lives.TestCase
TestEveryAnswerInManyLives = pytest.mark.soak(ManyLives.TestCase)


def test_a_public_holiday_of_the_place_closes_the_day_where_nobody_named_any() -> None:
    good_friday = datetime(2027, 3, 26, 10, tzinfo=UTC)
    first, refusal = earliest(
        law_of(["au"], house=False), Record(("Europe/London",)), Attempt("call", good_friday, "A")
    )
    assert first == datetime(2027, 3, 27, 9, tzinfo=UTC)
    assert refusal is not None and refusal.rule == "AU.TIME"
