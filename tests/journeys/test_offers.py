"""What may be offered, and every reason not to accept a proposal, in words an agent can read out."""

from datetime import date

import pytest

from journeys.calendar import DAY
from journeys.law.charges import MoneyLaw
from journeys.loan import Instalment
from journeys.money import Money
from journeys.offers import (
    find,
    instalments_of,
    open_offers,
    refuse_plan,
    refuse_promise,
    refuse_settlement,
    to_pay,
)
from journeys.view import View
from tests.story import Story, disputes, in_hardship, pays, promises, story


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def cny(yuan: str) -> Money:
    return Money.of(yuan, "CNY")


def names(view: View) -> list[str]:
    return [one.id for one in open_offers(view)]


def broken(times: int) -> Story:
    tale = loan()
    for day in range(times):
        tale = tale.when(f"{3 + 2 * day} Mar 12:00", promises("100", by=f"{3 + 2 * day} Mar"))
    return tale


@pytest.mark.parametrize(
    ("day", "offers"),
    [
        ("11 Mar", []),
        ("12 Mar", ["d10-plan"]),
        ("16 Apr", ["d10-plan", "d45-waiver"]),
        ("16 May", ["d10-plan", "d45-waiver", "d75-settlement"]),
    ],
)
def test_offers_open_on_their_day(day: str, offers: list[str]) -> None:
    assert names(loan().view(f"{day} 12:00")) == offers


def test_relief_is_for_who_reported_hardship_alone() -> None:
    assert names(loan().when("4 Mar 12:00", in_hardship("20 Mar")).view("5 Mar 12:00")) == ["d1-plan"]


def test_a_plan_is_not_offered_to_who_broke_three_promises() -> None:
    assert names(broken(2).view("14 Mar 12:00")) == ["d10-plan"]
    assert names(broken(3).view("14 Mar 12:00")) == []


def test_a_plan_of_equal_sums_carries_the_rest_of_the_division_in_its_last() -> None:
    view = loan().when("3 Mar 12:00", pays("0.01")).view("12 Mar 12:00")
    offer = find(view, "d10-plan")
    assert offer is not None
    assert [(one.due, str(one.amount)) for one in instalments_of(view, offer)] == [
        (date(2026, 3, 26), "CNY 2,799.99"),
        (date(2026, 4, 25), "CNY 2,799.99"),
        (date(2026, 5, 25), "CNY 2,800.01"),
    ]


@pytest.mark.parametrize(
    ("left", "sums"), [("0.01", [1]), ("0.02", [1, 1]), ("0.03", [1, 1, 1]), ("0.05", [1, 1, 3])]
)
def test_a_plan_of_almost_nothing_is_one_that_we_accept(left: str, sums: list[int]) -> None:
    paid = cny("8400") - cny(left)
    view = loan().when("3 Mar 12:00", pays(f"{paid.minor / 100:.2f}")).view("12 Mar 12:00")
    offer = find(view, "d10-plan")
    assert offer is not None
    proposed = instalments_of(view, offer)
    assert [one.amount.minor for one in proposed] == sums
    assert refuse_plan(view, "d10-plan", proposed, "agent-1", "") is None


def test_a_plan_of_nothing_is_refused_for_that() -> None:
    principal_first = MoneyLaw(first=("principal", "interest", "fees"))
    only_the_fee = loan().on_terms(late_fee="50").when("9 Mar 12:00", pays("8400"))
    view = only_the_fee.view("20 Apr 12:00", principal_first)
    offer = find(view, "d45-waiver")
    assert offer is not None and instalments_of(view, offer) == (), "it lets go of all there is"
    refusal = refuse_plan(view, "d45-waiver", (), "agent-1", "")
    assert refusal == "nothing is overdue that a plan would cover"


def test_a_plan_asked_for_as_a_settlement_is_called_a_plan_and_the_other_way_round() -> None:
    view, day = loan().view("16 May 12:00"), date(2026, 5, 20)
    plan = refuse_settlement(view, "d10-plan", cny("7000"), day, "agent-1", "boss-1")
    assert plan == "'d10-plan' is a plan, not a settlement: agree on it as a plan"
    settlement = refuse_plan(view, "d75-settlement", (), "agent-1", "boss-1")
    assert settlement == "'d75-settlement' is a settlement, not a plan: offer it as a settlement"


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    view = loan().view("16 May 12:00")
    proposed = [Instalment(view.today + DAY, cny("4200")), Instalment(view.today + 2 * DAY, cny("4200"))]
    many = refuse_plan(view, "d45-waiver", proposed, "agent-1", "")
    assert many == "d45-waiver allows 1 instalment; 2 were proposed"
    once = broken(1).view("14 Mar 12:00")
    strict = once.strategy.promise.model_copy(update={"broken": 0, "within_days": 1})
    once.strategy = once.strategy.model_copy(update={"promise": strict})
    assert refuse_promise(once, cny("100"), once.today) == "1 promise was broken; agree on a plan instead"
    late = refuse_promise(once, cny("100"), once.today + 2 * DAY)
    assert late == "a promise must fall within 1 day"


def test_relief_asks_for_what_is_overdue_without_charges() -> None:
    tale = loan().on_terms(late_rate=3650, late_fee="50").when("4 Mar 12:00", in_hardship("20 Mar"))
    view = tale.view("12 Mar 12:00")
    offer = find(view, "d1-plan")
    assert offer is not None
    assert view.account.charges_left == 50_00 + 9 * 8_40
    assert to_pay(view, offer) == cny("8400")


def test_what_is_disputed_is_in_no_plan() -> None:
    view = loan().when("4 Mar 12:00", disputes(part="400")).view("12 Mar 12:00")
    offer = find(view, "d10-plan")
    assert offer is not None and to_pay(view, offer) == cny("8000")


@pytest.mark.parametrize(
    ("instalments", "sentence"),
    [
        ([("26 Mar", "4200"), ("25 Apr", "4200")], None),
        ([("26 Mar", "8400")], None),
        ([("27 Mar", "8400")], "the first instalment must come within 14 days"),
        ([("11 Mar", "8400")], "11 Mar has already passed"),
        ([("26 Mar", "4200"), ("26 Apr", "4200")], "between 26 Mar and 26 Apr lie more than 30 days"),
        ([("26 Mar", "8399.99")], "CNY 8,399.99 is less than the CNY 8,400.00 that the plan must cover"),
        ([("26 Mar", "8400.01")], "CNY 8,400.01 is more than the CNY 8,400.00 still owed"),
        (
            [("20 Mar", "2100"), ("21 Mar", "2100"), ("22 Mar", "2100"), ("23 Mar", "2100")],
            "d10-plan allows 3 instalments; 4 were proposed",
        ),
        ([], "a plan has at least one instalment"),
    ],
)
def test_a_plan_is_refused_in_a_sentence(instalments: list[tuple[str, str]], sentence: str | None) -> None:
    proposed = [Instalment(loan().day(day), cny(sum)) for day, sum in instalments]
    assert refuse_plan(loan().view("12 Mar 12:00"), "d10-plan", proposed, "agent-1", "") == sentence


def test_a_plan_in_another_currency_is_refused() -> None:
    dollars = [Instalment(date(2026, 3, 20), Money(1, "USD"))]
    refusal = refuse_plan(loan().view("12 Mar 12:00"), "d10-plan", dollars, "agent-1", "")
    assert refusal == "this loan is in CNY; a plan must be in the same currency"


def test_what_is_not_open_today_is_refused_with_what_is() -> None:
    view = loan().view("12 Mar 12:00")
    sentence = "'d75-settlement' is not offered to this borrower today; open are: d10-plan"
    assert refuse_settlement(view, "d75-settlement", cny("7000"), date(2026, 3, 20), "a", "b") == sentence
    nothing = refuse_plan(loan().view("3 Mar 12:00"), "d10-plan", (), "a", "")
    assert nothing == "'d10-plan' is not offered to this borrower today; open are: none"


@pytest.mark.parametrize(
    ("sum", "until", "approved_by", "sentence"),
    [
        ("6720", "30 May", "boss-1", None),
        ("6720", "30 May", "", "d75-settlement must be approved by a second person"),
        ("6720", "30 May", "agent-1", "d75-settlement must be approved by a second person"),
        ("6719.99", "30 May", "boss-1", "CNY 6,719.99 is less than the CNY 6,720.00 that may be accepted"),
        ("8400.01", "30 May", "boss-1", "CNY 8,400.01 is more than the CNY 8,400.00 still owed"),
        ("6720", "31 May", "boss-1", "an offer to settle ends within 14 days, and not in the past"),
        ("6720", "15 May", "boss-1", "an offer to settle ends within 14 days, and not in the past"),
    ],
)
def test_a_settlement_is_refused_in_a_sentence(
    sum: str, until: str, approved_by: str, sentence: str | None
) -> None:
    view, day = loan().view("16 May 12:00"), loan().day(until)
    assert refuse_settlement(view, "d75-settlement", cny(sum), day, "agent-1", approved_by) == sentence


def test_no_settlement_is_below_the_floor_of_the_law_whatever_the_strategy_says() -> None:
    view = loan().view("16 May 12:00", MoneyLaw(settlement=90))
    day = date(2026, 5, 20)
    refusal = refuse_settlement(view, "d75-settlement", cny("7000"), day, "agent-1", "boss-1")
    assert refusal == "CNY 7,000.00 is less than the CNY 7,560.00 that may be accepted"


@pytest.mark.parametrize(
    ("sum", "by", "sentence"),
    [
        ("8400", "12 Mar", None),
        ("1", "12 Mar", None),
        ("0", "12 Mar", "a promise must be of more than nothing"),
        ("8400.01", "12 Mar", "CNY 8,400.01 is more than the CNY 8,400.00 still owed"),
        ("8400", "11 Mar", "11 Mar has already passed"),
        ("8400", "11 Apr", None),
        ("8400", "12 Apr", "a promise must fall within 30 days"),
    ],
)
def test_a_promise_is_refused_in_a_sentence(sum: str, by: str, sentence: str | None) -> None:
    assert refuse_promise(loan().view("12 Mar 12:00"), cny(sum), loan().day(by)) == sentence


def test_a_promise_below_the_least_is_refused_unless_it_is_all_that_is_owed() -> None:
    view = loan().view("12 Mar 12:00")
    limits = view.strategy.promise.model_copy(update={"at_least": 500})
    view.strategy = view.strategy.model_copy(update={"promise": limits})
    assert refuse_promise(view, cny("499"), date(2026, 3, 20)) == "a promise must be of at least CNY 500.00"
    rest = loan().when("5 Mar 12:00", pays("8300")).view("12 Mar 12:00")
    rest.strategy = view.strategy
    assert refuse_promise(rest, cny("100"), date(2026, 3, 20)) is None


def test_who_broke_three_promises_is_asked_to_agree_on_a_plan() -> None:
    day = date(2026, 3, 20)
    assert refuse_promise(broken(2).view("14 Mar 12:00"), cny("100"), day) is None
    refusal = refuse_promise(broken(3).view("14 Mar 12:00"), cny("100"), day)
    assert refusal == "3 promises were broken; agree on a plan instead"


def test_a_promise_in_another_currency_is_refused() -> None:
    refusal = refuse_promise(loan().view("12 Mar 12:00"), Money(1, "USD"), date(2026, 3, 20))
    assert refusal == "this loan is in CNY; a promise must be in the same currency"
