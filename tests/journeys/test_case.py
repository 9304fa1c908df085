"""A case is a fold: facts told twice change nothing, and those of one instant may come in any order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import facts as f
from journeys.actions import Ask, Contact, Job
from journeys.borrower import Channel
from journeys.budget import Spent, record_of
from journeys.case import Case, case_of
from journeys.loan import Instalment
from journeys.money import Money
from journeys.rules import next_action
from journeys.silence import reason
from journeys.standing import agreed
from journeys.view import View
from tests.story import disputes, pays, promises, story

AT = datetime(2026, 3, 3, 5, tzinfo=UTC)
YUAN = Money(100, "CNY")
CALL = "LN-1042.20260302.d1-agent"
TEXT = "LN-1042.20260302.d-3-sms"
SAME_INSTANT: list[f.Told] = [
    f.PaymentReceived(id="paid-1", at=AT, amount=YUAN),
    f.PaymentReceived(id="paid-2", at=AT, amount=YUAN),
    f.PaymentReversed(id="back", at=AT, payment="paid-1"),
    f.PromiseMade(id="promise-1", at=AT, amount=YUAN, by=date(2026, 3, 9)),
    f.PromiseMade(id="promise-2", at=AT, amount=YUAN, by=date(2026, 3, 12)),
    f.DisputeRaised(id="dispute", at=AT),
    f.ReplyReceived(id="reply", at=AT, channel=Channel.SMS, meaning="paid"),
    f.HardshipReported(id="hardship", at=AT, until=date(2026, 4, 1)),
    f.OptedOut(id="stop", at=AT, channel=Channel.SMS),
    f.ContactPointFailed(id="wrong", at=AT, channel=Channel.CALL, reason="wrong_person"),
    f.DeliveryReported(id="back-1", at=AT, contact=TEXT, result="undelivered"),
    f.DeliveryReported(id="back-2", at=AT, contact=TEXT, result="delivered"),
    f.TaskReported(id="report", at=AT, task=CALL, result="promised", by="agent-1"),
    f.HoldPlaced(id="hold", at=AT, reason="review", until=AT + timedelta(days=9), by="ops-1"),
    f.HoldLifted(id="lift", at=AT, hold="hold", by="ops-1"),
    f.StrategyChanged(id="move-1", at=AT, strategy="cn-consumer", version=1, by="ops-1"),
    f.StrategyChanged(id="move-2", at=AT, strategy="us-personal-loan", version=1, by="ops-1"),
    f.JourneyStopped(id="end", at=AT, reason="sold", by="ops-1"),
]


def with_an_agent_on_the_way() -> Case:
    """The morning after the due date, when an agent has been asked to call."""
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026").with_staff(Job.AGENT_CALL, None)
    case = tale.case()
    return case_of(
        case.loan,
        case.borrower,
        case.strategy,
        case.version,
        case.opened_at,
        [fact for fact in tale.diary().happened if fact.at < AT],
    )


AGENT_ASKED = with_an_agent_on_the_way()
TAKEN_BACK = AGENT_ASKED.after(f.TaskWithdrawn(id="w", at=AT, task=CALL, because="promised"))


def told(case: Case, facts: list[f.Told]) -> Case:
    for fact in facts:
        case = case.after(fact)
    return case


@pytest.mark.parametrize("case", [AGENT_ASKED, TAKEN_BACK], ids=["agent asked", "task taken back"])
@given(facts=st.lists(st.sampled_from(SAME_INSTANT), unique_by=lambda fact: fact.id), data=st.data())
def test_facts_of_one_instant_make_the_same_case_in_any_order(
    case: Case, facts: list[f.Told], data: st.DataObject
) -> None:
    assert told(case, facts) == told(case, data.draw(st.permutations(facts)))


@given(facts=st.lists(st.sampled_from(SAME_INSTANT)))
def test_facts_told_again_in_any_order_change_nothing(facts: list[f.Told]) -> None:
    once = told(AGENT_ASKED, SAME_INSTANT)
    assert told(once, facts) == once


def test_a_move_to_a_strategy_told_again_after_a_later_move_does_not_undo_it() -> None:
    first = f.StrategyChanged(id="m-1", at=AT, strategy="us-personal-loan", version=1, by="ops-1")
    second = f.StrategyChanged(id="m-2", at=AT + timedelta(1), strategy="cn-consumer", version=1, by="ops-1")
    assert told(AGENT_ASKED, [first, second, first]).strategy == "cn-consumer"
    assert told(AGENT_ASKED, [second, first]).strategy == "cn-consumer"


def test_a_report_that_crosses_its_withdrawal_counts_as_a_contact() -> None:
    assert CALL not in [one.id for one in TAKEN_BACK.spent()]
    report = f.TaskReported(id="report", at=AT, task=CALL, result="promised", by="agent-1")
    crossed = TAKEN_BACK.after(report)
    assert [(one.at, one.result) for one in crossed.spent() if one.id == CALL] == [(AT, "promised")]


def test_money_taken_back_was_never_paid_whichever_is_heard_first() -> None:
    paid, back = SAME_INSTANT[0], SAME_INSTANT[2]
    assert [one.minor for one in told(AGENT_ASKED, [paid]).receipts()] == [100]
    assert told(AGENT_ASKED, [back, paid]).receipts() == ()


def test_a_case_restored_from_its_facts_is_the_case_that_was_walked() -> None:
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026")
    tale = tale.when("4 Mar 09:00", promises("8400", by="6 Mar")).when("8 Mar 09:00", disputes())
    tale = tale.when("2 Apr 12:00", pays("8400"))
    walked, happened = tale.walk()
    case = tale.case()
    restored = case_of(case.loan, case.borrower, case.strategy, case.version, case.opened_at, happened)
    assert restored == walked
    assert not restored.is_open


def test_a_reopening_told_again_after_the_journey_closed_again_does_not_reopen_it() -> None:
    back = f.JourneyReopened(id="reopened", at=AT, because="CNY 1.00 is due since 2 Mar 2026")
    close = f.JourneyClosed(id="closed", at=AT, outcome="cured", why="everything due is paid")
    closed = AGENT_ASKED.after(close).after(back).after(replace(close, id="again"))
    assert not closed.is_open
    assert closed.after(back) == closed


# ── sums that cannot be reckoned with ────────────────────────────────────────────────────────────

WHEN = datetime(2026, 3, 4, 4, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 4, tzinfo=UTC)


def strange(sum: Money) -> list[f.Told]:
    """Every fact that names a sum outright, with that one."""
    return [
        f.PaymentReceived(id="x", at=WHEN, amount=sum),
        f.PaymentReversed(id="x", at=WHEN, payment="p-1", amount=sum),
        f.FeeCharged(id="x", at=WHEN, amount=sum, reason="returned_debit"),
        f.SumWaived(id="x", at=WHEN, amount=sum, part="principal", reason="goodwill", by="ops-1"),
        f.PromiseMade(id="x", at=WHEN, amount=sum, by=date(2026, 3, 12)),
        f.SettlementOffered(
            id="x", at=WHEN, amount=sum, until=date(2026, 3, 12), offer="d75-settlement", by="anna"
        ),
    ]


IN_DOLLARS = (Instalment(date(2026, 3, 20), Money(100, "USD")),)
STRANGE: list[f.Told] = [
    *strange(Money(100, "USD")),
    *strange(Money(0, "CNY")),
    *strange(Money(-100, "CNY")),
    f.ScheduleChanged(id="x", at=WHEN, instalments=IN_DOLLARS, reason="restructured", by="ops-1"),
    f.PlanAgreed(id="x", at=WHEN, instalments=IN_DOLLARS, offer="d10-plan", by="anna"),
]


@pytest.mark.parametrize("fact", STRANGE, ids=lambda fact: f"{fact.kind}-{next(f.sums(fact))[1]}")
def test_a_sum_that_no_loan_can_be_reckoned_with_changes_nothing_and_is_shown_as_ignored(
    fact: f.Told,
) -> None:
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026").on_terms(late_rate=3650, late_fee="50")
    case = tale.case()
    case = case.after(f.PaymentReceived(id="p-1", at=AT, amount=Money(1000_00, "CNY")))
    after = case.after(fact)
    plain, strange = View.of(case, LATER), View.of(after, LATER)
    assert strange.account == plain.account
    assert strange.case.loan == plain.case.loan
    [line] = agreed(strange)
    assert line.startswith(f"{next(f.sums(fact))[1]} is ignored ({fact.kind.replace('_', ' ')}, x)")
    assert "x" in after.heard(), "the guard asks which facts the journey has heard of"
    assert after.after(fact) == after


@pytest.mark.parametrize("fact", STRANGE)
def test_a_person_looks_at_a_sum_that_is_none_of_the_loan_s_and_nobody_is_contacted_before(
    fact: f.Told,
) -> None:
    case = story("cn-consumer").owing("8400").due("2 Mar 2026").case()
    action = next_action(View.of(case.after(fact), LATER))
    assert isinstance(action, Ask) and action.job == Job.ANSWER_REPLY
    assert "which is no sum of this loan" in action.why
    answer = f.TaskReported(id="r", at=LATER, task=action.task, result="answered", by="anna")
    assert isinstance(next_action(View.of(case.after(fact).after(answer), LATER)), Contact)


@pytest.mark.parametrize(
    "fact",
    [
        f.DisputeRaised(id="x", at=WHEN, amount=Money(100, "USD")),
        f.DisputeRaised(id="x", at=WHEN, amount=Money(0, "CNY")),
        f.HoldPlaced(
            id="x",
            at=WHEN,
            reason="review",
            until=datetime(2026, 4, 1, tzinfo=UTC),
            by="ops-1",
            held=Money(100, "USD"),
        ),
        f.PaymentAnnounced(id="x", at=WHEN, amount=Money(100, "USD")),
    ],
)
def test_what_silences_does_so_also_where_its_sum_is_ignored(fact: f.Told) -> None:
    case = story("cn-consumer").owing("8400").due("2 Mar 2026").case().after(fact)
    view = View.of(case, LATER)
    assert view.left_out == 0
    assert reason(view) is not None
    assert any(" is ignored " in line for line in agreed(view))


@pytest.mark.parametrize("results", list(permutations(["sent", "undelivered", "delivered"])))
@pytest.mark.parametrize("known", range(4))
def test_what_a_provider_says_settles_a_contact_whenever_the_contact_itself_is_known(
    results: tuple[f.Delivery, ...], known: int
) -> None:
    fresh = case_of(AGENT_ASKED.loan, AGENT_ASKED.borrower, "cn-consumer", 2, AT)
    about = {"contact": TEXT, "touch": "d-3-sms", "due": date(2026, 3, 2), "channel": Channel.SMS}
    attempt = f.ContactUncertain(id="u", at=AT, say="due-soon", **about)  # type: ignore[arg-type]
    said: list[f.Told | f.Learned] = [
        f.DeliveryReported(id=f"{TEXT}.{one}", at=AT, contact=TEXT, result=one) for one in results
    ]
    for fact in (*said[:known], attempt, *said[known:]):
        fresh = fresh.after(fact)
    assert [(one.contact, one.state) for one in fresh.attempts] == [(TEXT, "made")]


@pytest.mark.parametrize(("result", "given"), [("made", True), ("uncertain", False), ("undelivered", False)])
def test_a_notice_that_reached_nobody_was_not_given(result: str, given: bool) -> None:
    notice = Spent("n", "LN-1042", Channel.EMAIL, AT, result, say="validation-notice")
    record = record_of(AGENT_ASKED.borrower, [notice], (), AT + timedelta(days=1))
    assert ("validation_sent" in record.told) is given
