"""Promises, plans and settlements are judged from money received alone."""

from datetime import date

import pytest

from journeys.agreements import Promise
from journeys.loan import Instalment
from journeys.money import Money
from journeys.offers import (
    instalments_of,
    open_offers,
    refuse_plan,
    refuse_promise,
    refuse_settlement,
    to_pay,
)
from journeys.silence import Silence, reason
from journeys.standing import agreed
from tests.story import (
    Story,
    hold_placed,
    in_hardship,
    payment_returns,
    pays,
    plan_agreed,
    plan_revoked,
    promise_withdrawn,
    promises,
    settlement_offered,
    settlement_revoked,
    story,
)


def loan() -> Story:
    return (
        story("cn-consumer")
        .owing("8400")
        .due("2 Mar 2026")
        .when("5 Mar 09:00", promises("4000", by="12 Mar"))
    )


def judged(tale: Story, moment: str) -> list[str]:
    return [promise.state for promise in tale.view(moment).promises]


PROMISED: list[tuple[Story, str]] = [
    (loan(), "broken"),
    (loan().when("10 Mar 09:00", pays("4000")), "kept"),
    (loan().when("10 Mar 09:00", pays("3800")), "kept"),
    (loan().when("10 Mar 09:00", pays("3799.99")), "partly kept"),
    (loan().when("12 Mar 23:59", pays("4000")), "kept"),
    (loan().when("13 Mar 00:00", pays("4000")), "broken"),
    (loan().when("10 Mar 09:00", pays("4000")).when("11 Mar 09:00", payment_returns()), "broken"),
    (loan().when("10 Mar 09:00", promise_withdrawn()), "withdrawn"),
    (loan().when("10 Mar 09:00", plan_agreed(("20 Mar", "8400"))), "invalidated"),
    (loan().when("10 Mar 09:00", in_hardship("20 Mar")), "expired"),
    (loan().when("10 Mar 09:00", hold_placed("13 Mar 09:00")), "expired"),
]


@pytest.mark.parametrize(("tale", "state"), PROMISED)
def test_what_became_of_a_promise_shows_the_day_after_its_day(tale: Story, state: str) -> None:
    assert judged(tale, "13 Mar 00:00") == [state]


def test_a_promise_is_open_until_its_day_is_over() -> None:
    assert judged(loan(), "12 Mar 23:59") == ["open"]


def test_first_promised_is_first_served() -> None:
    tale = loan().when("6 Mar 09:00", promises("2000", by="10 Mar")).when("9 Mar 09:00", pays("5000"))
    first, second = tale.view("13 Mar 09:00").promises
    assert (first.state, first.paid) == ("kept", 4000_00)
    assert (second.state, second.paid) == ("partly kept", 1000_00)


def test_a_hold_on_promises_moves_their_day_on() -> None:
    held = hold_placed("10 Mar 00:00", "6 Mar 00:00", stops=("promise",))
    tale = loan().when("6 Mar 09:00", held).when("15 Mar 09:00", pays("4000"))
    [promise] = tale.view("17 Mar 09:00").promises
    assert isinstance(promise, Promise) and promise.state == "kept"
    assert promise.end == tale.at("17 Mar 00:00")


def test_a_promise_does_not_run_out_on_a_last_day_that_is_held() -> None:
    held = hold_placed("15 Mar 00:00", "12 Mar 00:00", stops=("promise",))
    tale = loan().when("6 Mar 09:00", held)
    assert judged(tale, "15 Mar 23:59") == ["open"]
    assert judged(tale, "16 Mar 00:00") == ["broken"]
    assert judged(tale.when("15 Mar 20:00", pays("4000")), "17 Mar 09:00") == ["kept"]


def test_a_plan_is_not_breached_on_a_last_day_that_is_held() -> None:
    held = hold_placed("25 Mar 00:00", "23 Mar 00:00", stops=("promise",))
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026")
    tale = tale.when("5 Mar 09:00", plan_agreed(("20 Mar", "8400")), held)
    assert [one.state for one in tale.view("25 Mar 23:59").plans] == ["running"]
    assert [one.state for one in tale.view("26 Mar 00:00").plans] == ["breached"]


def test_the_next_instalment_of_a_plan_is_what_is_left_of_it() -> None:
    plan = plan_agreed(("10 Mar", "4200"), ("20 Mar", "4200"))
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026").when("5 Mar 09:00", plan)
    part = tale.when("7 Mar 09:00", pays("1200")).view("8 Mar 09:00")
    assert part.plans[0].next == Instalment(date(2026, 3, 10), cny("3000"))
    assert list(agreed(part)) == ["plan of 2 instalments: running, next CNY 3,000.00 by 10 Mar"]
    assert reason(part) == Silence(
        "on_plan", "on a plan; next CNY 3,000.00 by 10 Mar", tale.at("14 Mar 00:00")
    )
    more = tale.when("7 Mar 09:00", pays("5200")).view("8 Mar 09:00")
    assert more.plans[0].next == Instalment(date(2026, 3, 20), cny("3200"))


def test_a_plan_runs_is_breached_completed_revoked_or_replaced() -> None:
    plan = plan_agreed(("10 Mar", "4200"), ("20 Mar", "4200"))
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026").when("5 Mar 09:00", plan)
    assert [one.state for one in tale.view("13 Mar 23:59").plans] == ["running"]
    assert [one.state for one in tale.view("14 Mar 00:00").plans] == ["breached"]
    first = tale.when("13 Mar 20:00", pays("4200"))
    assert [one.state for one in first.view("23 Mar 23:59").plans] == ["running"]
    assert [one.state for one in first.view("24 Mar 00:00").plans] == ["breached"]
    assert [one.state for one in first.when("14 Mar 09:00", pays("4200")).view("15 Mar 09:00").plans] == [
        "completed"
    ]
    assert [one.state for one in first.when("15 Mar 09:00", plan_revoked()).view("16 Mar 09:00").plans] == [
        "revoked"
    ]
    again = first.when("15 Mar 09:00", plan_agreed(("1 Apr", "4200")))
    assert [one.state for one in again.view("16 Mar 09:00").plans] == ["replaced", "running"]


def test_a_settlement_is_accepted_by_paying_expires_or_is_taken_back() -> None:
    tale = (
        story("cn-consumer")
        .owing("8400")
        .due("2 Mar 2026")
        .when("20 May 09:00", settlement_offered("6720", "30 May"))
    )
    assert [one.state for one in tale.view("30 May 23:59").settlements] == ["open"]
    assert [one.state for one in tale.view("31 May 00:00").settlements] == ["expired"]
    assert [
        one.state for one in tale.when("21 May 09:00", settlement_revoked()).view("22 May 09:00").settlements
    ] == ["revoked"]
    paid = tale.when("30 May 20:00", pays("6720"))
    assert [one.state for one in paid.view("31 May 09:00").settlements] == ["accepted"]
    back = paid.when("2 Jun 09:00", payment_returns()).view("2 Jun 10:00")
    assert [one.state for one in back.settlements] == ["expired"]
    assert back.account.left == 8400_00, "what was let go is owed again"


# ── what may be offered ──────────────────────────────────────────────────────────────────────────


def late() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def cny(sum: str) -> Money:
    return Money.of(sum, "CNY")


def test_incentives_come_with_the_days_and_relief_with_hardship() -> None:
    def names(tale: Story, moment: str) -> list[str]:
        return [offer.id for offer in open_offers(tale.view(moment))]

    assert names(late(), "11 Mar 09:00") == []
    assert names(late(), "12 Mar 09:00") == ["d10-plan"]
    assert names(late(), "20 May 09:00") == ["d10-plan", "d45-waiver", "d75-settlement"]
    assert names(late().when("4 Mar 09:00", in_hardship("5 Mar")), "6 Mar 09:00") == ["d1-plan"]


def test_broken_promises_change_what_is_offered_next() -> None:
    tale = late()
    for day in ("4 Mar", "6 Mar", "8 Mar"):
        tale = tale.when(f"{day} 09:00", promises("100", by=f"{int(day[0]) + 1} Mar"))
    view = tale.view("20 Mar 09:00")
    assert [offer.id for offer in open_offers(view)] == []
    refused = refuse_promise(view, cny("100"), date(2026, 3, 25))
    assert refused == "3 promises were broken; agree on a plan instead"


def test_a_plan_is_proposed_in_equal_sums_and_refused_in_a_sentence() -> None:
    view = late().view("20 Mar 09:00")
    [offer] = open_offers(view)
    proposed = instalments_of(view, offer)
    assert [(one.due, str(one.amount)) for one in proposed] == [
        (date(2026, 4, 3), "CNY 2,800.00"),
        (date(2026, 5, 3), "CNY 2,800.00"),
        (date(2026, 6, 2), "CNY 2,800.00"),
    ]

    def refused(*instalments: tuple[date, str], offer: str = "d10-plan") -> str | None:
        plan = [Instalment(due, cny(sum)) for due, sum in instalments]
        return refuse_plan(view, offer, plan, "anna", "")

    assert refuse_plan(view, "d10-plan", proposed, "anna", "") is None
    assert refused((date(2026, 4, 4), "8400")) == "the first instalment must come within 14 days"
    assert (
        refused((date(2026, 4, 3), "8000"))
        == "CNY 8,000.00 is less than the CNY 8,400.00 that the plan must cover"
    )
    assert refused((date(2026, 3, 1), "8400")) == "1 Mar has already passed"
    long = refused((date(2026, 4, 3), "4200"), (date(2026, 5, 30), "4200"))
    assert long == "between 3 Apr and 30 May lie more than 30 days"
    many = [(date(2026, 4, day), "2100") for day in (1, 2, 3, 4)]
    assert refused(*many) == "d10-plan allows 3 instalments; 4 were proposed"
    assert refused((date(2026, 4, 3), "8400"), offer="d45-waiver") == (
        "'d45-waiver' is not offered to this borrower today; open are: d10-plan"
    )


def test_a_settlement_needs_a_second_person_and_is_never_below_the_floor() -> None:
    view = late().view("20 May 09:00")
    settle = next(offer for offer in open_offers(view) if offer.settle_at)
    assert to_pay(view, settle) == cny("6720")

    def refused(sum: str, until: date = date(2026, 5, 30), approved_by: str = "boss") -> str | None:
        return refuse_settlement(view, settle.id, cny(sum), until, "anna", approved_by)

    assert refused("6720") is None
    assert refused("6719.99") == "CNY 6,719.99 is less than the CNY 6,720.00 that may be accepted"
    assert refused("6720", approved_by="anna") == "d75-settlement must be approved by a second person"
    assert (
        refused("6720", until=date(2026, 6, 30))
        == "an offer to settle ends within 14 days, and not in the past"
    )


def test_a_promise_is_refused_in_a_sentence() -> None:
    view = late().view("20 Mar 09:00")
    assert refuse_promise(view, cny("8400"), date(2026, 3, 25)) is None
    assert (
        refuse_promise(view, cny("8400.01"), date(2026, 3, 25))
        == "CNY 8,400.01 is more than the CNY 8,400.00 still owed"
    )
    assert refuse_promise(view, cny("1"), date(2026, 3, 19)) == "19 Mar has already passed"
    assert refuse_promise(view, cny("1"), date(2026, 4, 20)) == "a promise must fall within 30 days"
    usd = refuse_promise(view, Money.of("1", "USD"), date(2026, 3, 25))
    assert usd == "this loan is in CNY; a promise must be in the same currency"


def test_what_comes_at_the_very_instant_a_promise_is_made_does_not_keep_it() -> None:
    tale = loan().when("5 Mar 09:00", pays("4000"))
    assert [one.state for one in tale.view("13 Mar 00:00").promises] == ["broken"]


def test_a_plan_is_breached_at_the_midnight_at_which_the_money_comes() -> None:
    tale = loan().when("6 Mar 12:00", plan_agreed(("20 Mar", "8400")))
    just = tale.when("23 Mar 23:59", pays("8400")).view("25 Mar 00:00")
    late = tale.when("24 Mar 00:00", pays("8400")).view("25 Mar 00:00")
    assert (just.plans[0].state, late.plans[0].state) == ("completed", "breached")
