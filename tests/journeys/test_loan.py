"""What falls due, what is owed, and which loans are refused."""

from datetime import date

import pytest

from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money

MARCH, APRIL = date(2026, 3, 2), date(2026, 4, 2)


def cny(yuan: int) -> Money:
    return Money(yuan * 100, "CNY")


def loan(*instalments: tuple[date, Money]) -> Loan:
    return Loan("LN-1", tuple(Instalment(*one) for one in instalments))


TWO = loan((MARCH, cny(300)), (APRIL, cny(200)))


def test_nothing_has_fallen_due_before_the_first_due_date() -> None:
    assert TWO.fallen_due(date(2026, 3, 1)) == 0


def test_a_sum_is_due_on_its_very_day() -> None:
    assert TWO.fallen_due(MARCH) == 300_00


def test_what_has_fallen_due_grows_with_every_due_date() -> None:
    assert TWO.fallen_due(APRIL) == TWO.owed == 500_00


@pytest.mark.parametrize(("paid", "oldest"), [(0, MARCH), (29_999, MARCH), (30_000, APRIL), (49_999, APRIL)])
def test_payments_cover_the_oldest_instalment_first(paid: int, oldest: date) -> None:
    unpaid = TWO.oldest_unpaid(paid)
    assert unpaid is not None and unpaid.due == oldest


@pytest.mark.parametrize(
    ("instalments", "sentence"),
    [
        ([], "loan LN-1 has no instalments: give at least one due date and sum"),
        ([(APRIL, cny(1)), (MARCH, cny(1))], "loan LN-1: instalments must be in order, one a day"),
        ([(MARCH, cny(1)), (MARCH, cny(1))], "loan LN-1: instalments must be in order, one a day"),
        ([(MARCH, cny(0))], "loan LN-1: every instalment must be more than nothing"),
        ([(MARCH, cny(-1))], "loan LN-1: every instalment must be more than nothing"),
        (
            [(MARCH, cny(1)), (APRIL, Money(1, "USD"))],
            "loan LN-1: all instalments must be in one currency",
        ),
    ],
)
def test_a_loan_that_makes_no_sense_is_refused_in_a_sentence(
    instalments: list[tuple[date, Money]], sentence: str
) -> None:
    with pytest.raises(ValueError) as refused:
        loan(*instalments)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("zones", "jurisdictions", "sentence"),
    [
        ((), ("cn",), "has no time zone"),
        (("Asia/Beijing",), ("cn",), "'Asia/Beijing' is not a time zone, like Asia/Shanghai"),
        (("../../etc/passwd",), ("cn",), "is not a time zone"),
        (("",), ("cn",), "is not a time zone"),
        (("Asia/Shanghai",), (), "has no jurisdiction: no contact is lawful without one"),
    ],
)
def test_a_borrower_whose_rights_cannot_be_kept_is_refused(
    zones: tuple[str, ...], jurisdictions: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Borrower("B-1", "zh", zones, tuple(Channel), jurisdictions)
