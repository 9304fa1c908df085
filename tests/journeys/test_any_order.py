"""Facts come in any order, and more than once: the case, the money and the next action are the same."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from journeys import facts as f
from journeys.account import Account
from journeys.borrower import Channel
from journeys.calendar import DAY
from journeys.case import Case
from journeys.law.charges import PARTS, Part
from journeys.loan import Instalment, Terms
from journeys.money import Money
from journeys.rules import next_action
from journeys.view import View
from tests.story import story

DUE = date(2026, 3, 2)
START = datetime(2026, 2, 20, tzinfo=UTC)
TERMS = [
    Terms(),
    Terms(late_rate=1825, late_fee=5000),
    Terms(late_rate=3650, late_fee=100, grace_days=5, alone="let go"),
]
SUMS = st.integers(1, 900_000).map(lambda minor: Money(minor, "CNY"))
SMALL = st.integers(1, 300_000).map(lambda minor: Money(minor, "CNY"))
INSTANTS = st.integers(0, 60 * 24).map(lambda hours: START + timedelta(hours=hours))
DAYS = st.integers(0, 50).map(lambda days: START.date() + days * DAY)
EACH_PART: st.SearchStrategy[Part] = st.sampled_from(PARTS)
KEYS = st.integers(0, 3)
"""So few that what takes something back often names something that there is."""


def schedule(first: date, sums: list[Money]) -> tuple[Instalment, ...]:
    return tuple(Instalment(first + 10 * number * DAY, sum) for number, sum in enumerate(sums))


SCHEDULES = st.builds(schedule, DAYS, st.lists(SMALL, min_size=1, max_size=3))


@st.composite
def tellings(draw: st.DrawFn) -> f.Told:
    """One fact: its key says its kind and a small number, so that one may be the same as another."""
    kind, number, at = draw(st.sampled_from(sorted(MAKERS))), draw(KEYS), draw(INSTANTS)
    return MAKERS[kind](draw, f"{kind}-{number}", at)


MAKERS: dict[str, Callable[[st.DrawFn, str, datetime], f.Told]] = {
    "announced": lambda draw, id, at: f.PaymentAnnounced(
        id=id, at=at, amount=draw(SUMS), rail=draw(st.sampled_from(["card", "transfer", "cheque"]))
    ),
    "failed": lambda draw, id, at: f.PaymentFailed(id=id, at=at, payment=f"announced-{draw(KEYS)}"),
    "paid": lambda draw, id, at: f.PaymentReceived(
        id=id, at=at, amount=draw(SUMS), announced=draw(st.sampled_from(["", "announced-0", "announced-1"]))
    ),
    "back": lambda draw, id, at: f.PaymentReversed(
        id=id, at=at, payment=f"paid-{draw(KEYS)}", amount=draw(st.none() | SMALL)
    ),
    "strange": lambda draw, id, at: f.FeeCharged(
        id=id, at=at, amount=Money(draw(st.integers(-9, 9)), "USD"), reason="in_another_currency"
    ),
    "fee": lambda draw, id, at: f.FeeCharged(id=id, at=at, amount=draw(SMALL), reason="returned_debit"),
    "waived": lambda draw, id, at: f.SumWaived(
        id=id, at=at, amount=draw(SUMS), part=draw(EACH_PART), reason="goodwill", by="ops-1"
    ),
    "changed": lambda draw, id, at: f.ScheduleChanged(
        id=id,
        at=at,
        instalments=draw(SCHEDULES),
        reason=draw(st.sampled_from(["restructured", "extended"])),
        by="ops-1",
    ),
    "promised": lambda draw, id, at: f.PromiseMade(id=id, at=at, amount=draw(SUMS), by=draw(DAYS)),
    "unpromised": lambda draw, id, at: f.PromiseWithdrawn(
        id=id, at=at, promise=f"promised-{draw(KEYS)}", by="agent-1"
    ),
    "plan": lambda draw, id, at: f.PlanAgreed(
        id=id,
        at=at,
        instalments=draw(SCHEDULES),
        offer="d10-plan",
        lets_go=draw(st.sampled_from([(), ("fees", "interest")])),
        by="agent-1",
    ),
    "unplan": lambda draw, id, at: f.PlanRevoked(
        id=id, at=at, plan=f"plan-{draw(KEYS)}", reason="mistake", by="ops-1"
    ),
    "settlement": lambda draw, id, at: f.SettlementOffered(
        id=id, at=at, amount=draw(SMALL), until=draw(DAYS), offer="d75-settlement", by="agent-1"
    ),
    "unsettled": lambda draw, id, at: f.SettlementRevoked(
        id=id, at=at, settlement=f"settlement-{draw(KEYS)}", by="ops-1"
    ),
    "dispute": lambda draw, id, at: f.DisputeRaised(id=id, at=at, amount=draw(SMALL)),
    "answer": lambda draw, id, at: f.TaskReported(
        id=id,
        at=at,
        task=f"LN-1042.dispute.dispute-{draw(KEYS)}",
        result=draw(st.sampled_from(["upheld", "stands"])),
        by="disputes-1",
    ),
    "hardship": lambda draw, id, at: f.HardshipReported(id=id, at=at, until=draw(DAYS)),
    "recovered": lambda draw, id, at: f.HardshipEnded(id=id, at=at, by="agent-1"),
    "hold": lambda draw, id, at: f.HoldPlaced(
        id=id,
        at=at,
        reason="review",
        until=draw(INSTANTS),
        since=draw(st.none() | INSTANTS),
        stops=draw(st.sampled_from([("cadence",), ("delinquency", "interest"), ("cadence", "promise")])),
        channel=draw(st.sampled_from([None, None, Channel.SMS])),
        held=draw(st.sampled_from([None, None, Money(50_000, "CNY")])),
        by="ops-1",
    ),
    "lift": lambda draw, id, at: f.HoldLifted(
        id=id, at=at, hold=draw(st.sampled_from(["", "hold-0", "hold-1"])), by="ops-1"
    ),
}


def case(terms: Terms) -> Case:
    tale = story("cn-consumer").owing("4200").due(f"{DUE:%-d %b %Y}").due("20 Mar")
    return tale.on_terms(terms.late_rate, f"{terms.late_fee / 100}", terms.grace_days, terms.alone).case()


def told(case: Case, facts: Iterable[f.Told]) -> Case:
    for fact in facts:
        case = case.after(fact)
    return case


def conserved(account: Account) -> None:
    """To the cent, whatever was told."""
    charged = account.owed + account.fees + account.interest
    assert charged + account.credit == account.paid + account.waived + account.left
    assert min(account.paid, account.waived, account.credit, account.fees, account.interest) >= 0
    assert min(account.fees_left, account.interest_left, account.principal_left) >= 0
    assert account.credit == 0 or account.left == 0, "who is in credit owes nothing"
    assert sum(entry.minor for entry in account.entries) == account.left - account.credit
    for entry in account.entries:
        if entry.went and entry.what != "payment":
            assert sum(minor for _, minor in entry.went) == -entry.minor


@settings(max_examples=200)
@given(
    terms=st.sampled_from(TERMS),
    facts=st.lists(tellings(), max_size=8, unique_by=lambda fact: fact.id),
    at=INSTANTS,
    data=st.data(),
)
def test_whatever_comes_in_whatever_order_makes_one_case_and_one_next_action(
    terms: Terms, facts: list[f.Told], at: datetime, data: st.DataObject
) -> None:
    again = data.draw(st.permutations(facts + facts[: len(facts) // 2]), label="in another order")
    one, other = told(case(terms), facts), told(case(terms), again)
    assert one == other
    assert View.of(one, at).account == View.of(other, at).account
    assert next_action(View.of(one, at)) == next_action(View.of(other, at))


@settings(max_examples=150)
@given(
    terms=st.sampled_from(TERMS),
    facts=st.lists(tellings(), max_size=8),
    at=INSTANTS,
)
def test_no_cent_is_lost_whatever_is_told_and_when_one_asks(
    terms: Terms, facts: list[f.Told], at: datetime
) -> None:
    known = case(terms)
    for fact in facts:
        known = known.after(fact)
        conserved(View.of(known, at).account)
        conserved(View.of(known, fact.at).account)


@given(terms=st.sampled_from(TERMS), facts=st.lists(tellings(), max_size=8), days=st.integers(0, 60))
def test_interest_is_never_reckoned_twice_for_one_day(terms: Terms, facts: list[f.Told], days: int) -> None:
    known = told(case(terms), facts)
    today = View.of(known, START + days * DAY).account
    tomorrow = View.of(known, START + (days + 1) * DAY).account
    assert tomorrow.interest - today.interest >= 0
    most = max(known.loan.owed, 1) * terms.late_rate / (365 * 10_000) + 1
    if not any(fact.at > START + days * DAY for fact in facts):
        assert tomorrow.interest - today.interest <= most


@given(terms=st.sampled_from(TERMS), days=st.integers(0, 120))
def test_a_fact_that_says_nothing_of_money_or_contacts_changes_no_decision(terms: Terms, days: int) -> None:
    untold, now = case(terms), START + days * DAY
    explained = untold.after(f.DefaultExplained(id="why", at=START, reason="forgot", by="agent-1"))
    quick, whole = View.of(untold, now), View.of(explained, now)
    assert next_action(quick) == next_action(whole)
    for asked in ("account", "left_out", "unpaid", "oldest", "pauses", "past_due_days", "outstanding"):
        assert getattr(quick, asked) == getattr(whole, asked), asked
    assert quick.overdue(now.date()) == whole.overdue(now.date())
