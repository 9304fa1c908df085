"""Money reckoned by hand, and by the account."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import facts as f
from journeys.law.charges import Charge, Limitation, MoneyLaw, Order, Settlement
from journeys.money import Money
from journeys.receipts import shares
from journeys.statement import statement
from tests.story import (
    Story,
    answered,
    charged,
    disputes,
    hold_placed,
    payment_returns,
    pays,
    plan_agreed,
    rescheduled,
    settlement_offered,
    story,
    waived,
)

X: dict[str, Any] = {"rule": "X", "strength": "law", "confidence": "A", "cite": "-"}


def loan() -> Story:
    """8,400 due on 2 March; 0.1 percent a day of lateness, and 50 once."""
    return story("cn-consumer").owing("8400").due("2 Mar 2026").on_terms(late_rate=3650, late_fee="50")


def test_interest_runs_from_the_day_after_and_the_fee_comes_once() -> None:
    book = loan().account("12 Mar 12:00")
    assert (book.fees, book.interest, book.left) == (50_00, 9 * 8_40, 8400_00 + 50_00 + 9 * 8_40)


def test_days_of_grace_cost_nothing() -> None:
    graced = loan().on_terms(late_rate=3650, late_fee="50", grace_days=5)
    assert graced.account("7 Mar 12:00").left == 8400_00
    assert graced.account("8 Mar 12:00").fees == 50_00
    assert graced.account("9 Mar 12:00").interest == 8_40


def test_a_hold_on_interest_stops_it_for_its_days() -> None:
    held = loan().when("5 Mar 09:00", hold_placed("10 Mar 00:00", "5 Mar 00:00", stops=("interest",)))
    assert held.account("12 Mar 12:00").interest == 4 * 8_40


def test_a_part_payment_lowers_the_interest_from_its_own_day() -> None:
    book = loan().on_terms(late_rate=3650).when("7 Mar 20:00", pays("4233.60")).account("12 Mar 12:00")
    assert book.interest == 4 * 8_40 + 5 * 4_20
    assert book.principal_left == 4200_00


def test_what_is_paid_too_much_is_a_credit_that_later_charges_use_up() -> None:
    paid = loan().when("1 Mar 09:00", pays("8500"))
    assert paid.account("10 Mar 12:00").credit == 100_00
    book = paid.when("11 Mar 09:00", charged("30")).account("12 Mar 12:00")
    assert (book.credit, book.left) == (70_00, 0)


def test_a_part_of_a_payment_taken_back_is_owed_again() -> None:
    tale = loan().when("1 Mar 09:00", pays("8400")).when("4 Mar 09:00", payment_returns(sum="400"))
    book = tale.account("5 Mar 12:00")
    assert book.paid == 8000_00
    assert book.left == 400_00 + 50_00 + 2 * 40, "the fee falls due after all, and two days of interest"


def test_no_more_is_waived_than_is_owed_of_that_part() -> None:
    book = loan().when("4 Mar 09:00", waived("80", "fees")).account("4 Mar 12:00")
    assert (book.waived, book.fees_left) == (50_00, 0)


def test_a_plan_kept_to_its_end_lets_go_of_the_charges() -> None:
    plan = plan_agreed(("10 Mar", "4200"), ("20 Mar", "4200"), lets_go=("fees", "interest"))
    law = MoneyLaw.of([Order(**X, first=("principal", "interest", "fees"))])
    tale = (
        loan()
        .when("5 Mar 09:00", plan)
        .when(
            "9 Mar 09:00",
            pays("4200"),
        )
        .when("19 Mar 09:00", pays("4200"))
    )
    book = tale.account("21 Mar 12:00", law)
    assert book.left == 0
    assert book.waived == book.fees + book.interest > 0


def test_new_terms_take_the_place_of_all_that_was_owed() -> None:
    terms = rescheduled(("1 Apr", "4000"), ("1 May", "4000"), reason="restructured")
    tale = loan().when("5 Mar 09:00", pays("1000")).when("10 Mar 09:00", terms)
    assert tale.account("15 Mar 12:00").left == 8000_00
    back = tale.when("16 Mar 09:00", payment_returns()).account("17 Mar 12:00")
    assert back.left == 9000_00, "the new terms were made with the payment that came back"


def test_what_came_back_after_new_terms_is_principal_and_falls_due_with_their_last_instalment() -> None:
    terms = rescheduled(("1 Apr", "4000"), ("1 May", "4000"), reason="restructured")
    tale = loan().when("5 Mar 09:00", pays("1000")).when("10 Mar 09:00", terms)
    view = tale.when("16 Mar 09:00", payment_returns()).view("17 Mar 12:00")
    assert (view.account.fees, view.account.principal_left) == (0, 9000_00)
    asked = [str(view.overdue(tale.day(day))) for day in ("17 Mar", "1 Apr", "1 May")]
    assert asked == ["CNY 0.00", "CNY 4,000.00", "CNY 9,000.00"]


def test_no_waiver_of_fees_and_no_plan_lets_go_of_what_came_back_after_new_terms() -> None:
    terms = rescheduled(("1 Apr", "4000"), ("1 May", "4000"), reason="restructured")
    tale = loan().when("5 Mar 09:00", pays("1000")).when("10 Mar 09:00", terms)
    tale = tale.when("16 Mar 09:00", payment_returns())
    assert tale.when("17 Mar 09:00", waived("1000", "fees")).account("18 Mar 12:00").waived == 0
    plan = plan_agreed(("25 Mar", "500"), lets_go=("fees", "interest"))
    kept = tale.when("18 Mar 09:00", plan).when("20 Mar 09:00", pays("500"))
    assert kept.account("21 Mar 12:00").left == 8500_00


@pytest.mark.parametrize("sums", [("600", "600"), (None, None), ("600", None), (None, "1")])
@pytest.mark.parametrize("new_terms", [False, True])
def test_reversals_of_one_payment_together_never_take_back_more_than_it_was(
    sums: tuple[str | None, str | None], new_terms: bool
) -> None:
    tale = story("cn-consumer").owing("8400").due("2 Mar 2026").when("5 Mar 09:00", pays("1000"))
    if new_terms:
        terms = rescheduled(("1 Apr", "4000"), ("1 May", "3400"), reason="restructured")
        tale = tale.when("10 Mar 09:00", terms)
    for day, sum in zip(("16 Mar", "17 Mar"), sums, strict=True):
        tale = tale.when(f"{day} 09:00", payment_returns(sum=sum))
    book = tale.account("18 Mar 12:00")
    assert (book.left, book.paid, book.fees) == (8400_00, 0, 0)


def test_what_came_back_before_new_terms_is_in_them_and_not_asked_for_again() -> None:
    terms = rescheduled(("1 Apr", "4000"), ("1 May", "4000"), reason="restructured")
    tale = loan().when("5 Mar 09:00", pays("1000")).when("6 Mar 09:00", payment_returns(sum="400"))
    tale = tale.when("10 Mar 09:00", terms).when("16 Mar 09:00", payment_returns())
    assert tale.account("17 Mar 12:00").left == 8600_00


@pytest.mark.parametrize("key", ["p-1", "~~1", "支付-1"])
def test_a_payment_comes_before_the_settlement_that_it_pays_whatever_its_key(key: str) -> None:
    def pays_as(tale: Story, at: datetime, id: str) -> f.PaymentReceived:
        return f.PaymentReceived(id=key, at=at, amount=tale.money("6720"))

    tale = story("cn-consumer").owing("8400").due("2 Mar 2026")
    tale = tale.when("20 May 09:00", settlement_offered("6720", "30 May")).when("21 May 09:00", pays_as)
    book = tale.account("22 May 12:00")
    assert (book.waived, book.credit, book.left) == (1680_00, 0, 0)


def test_no_interest_stays_for_the_days_on_which_a_part_was_denied_that_is_let_go() -> None:
    tale = loan().when("5 Mar 09:00", disputes(part="4200"))
    upheld = tale.when("12 Mar 09:00", answered("upheld")).account("12 Mar 12:00")
    assert upheld.interest == 2 * 8_40 + 7 * 4_20
    stands = tale.when("12 Mar 09:00", answered("stands")).account("12 Mar 12:00")
    assert stands.interest == 9 * 8_40, "decided for the lender it was owed all along"


def test_what_was_denied_before_new_terms_and_upheld_after_them_is_let_go_of_the_new_ones() -> None:
    terms = rescheduled(("1 Apr", "4000"), ("1 May", "4000"), reason="restructured")
    tale = loan().when("5 Mar 09:00", disputes(part="400")).when("10 Mar 09:00", terms)
    assert tale.when("12 Mar 09:00", answered("upheld")).account("13 Mar 12:00").left == 7600_00


def test_the_law_caps_what_the_contract_says() -> None:
    law = MoneyLaw.of(
        [
            Charge(**X, late_rate=1825),
            Charge(**X, late_fee=50),
            Settlement(**X, at_least=60),
            Limitation(**X, years=3),
        ]
    )
    book = loan().account("12 Mar 12:00", law)
    assert (book.fees, book.interest) == (42_00, 9 * 4_20)
    assert law.least(8400_01) == 5040_01
    assert law.years == 3


def test_a_debt_is_not_claimed_once_its_time_is_over() -> None:
    law = MoneyLaw.of([Limitation(**X, years=3)])
    assert loan().next("2 Mar 2029 23:59", law).rule != "ended"
    over = loan().next("3 Mar 2029 00:00", law)
    assert (over.rule, over.kind) == ("ended", "close")
    assert loan().when("1 Mar 2029 09:00", pays("1")).next("3 Mar 2029 00:00", law).rule != "ended"


def test_every_sum_has_a_line_in_both_languages() -> None:
    tale = loan().when("5 Mar 09:00", charged("20")).when("6 Mar 09:00", pays("100"))
    book = tale.account("6 Mar 12:00")
    english = [(f"{line.day:%d %b}", line.words, str(line.balance)) for line in statement(book, "CNY", "en")]
    assert english == [
        ("02 Mar", "Due", "CNY 8,400.00"),
        ("03 Mar", "Late fee", "CNY 8,450.00"),
        ("05 Mar", "Interest for lateness", "CNY 8,466.80"),
        ("05 Mar", "Fee (returned debit)", "CNY 8,486.80"),
        ("06 Mar", "Interest for lateness", "CNY 8,495.20"),
        ("06 Mar", "Payment: fees CNY 70.00, interest CNY 25.20, principal CNY 4.80", "CNY 8,395.20"),
    ]
    chinese = [line.words for line in statement(book, "CNY", "zh")]
    assert chinese[:4] == ["应还款项", "违约金", "罚息", "费用 (returned debit)"]
    assert list(statement(book, "CNY", "zh"))[-1].balance == Money(book.left, "CNY")


@given(minor=st.integers(1, 3_000_000))
def test_one_payment_over_several_loans_is_divided_to_the_cent_the_oldest_first(minor: int) -> None:
    old = story("cn-consumer").owing("8400").due("2 Feb 2026")
    young = replace(story("cn-consumer"), loan="LN-2").owing("100").due("2 Mar 2026")
    views = [young.view("10 Mar 09:00"), old.view("10 Mar 09:00")]
    parts = shares(views, Money(minor, "CNY"))
    assert sum(part.minor for part in parts.values()) == minor
    assert parts["LN-1042"].minor >= min(minor, 8400_00)
