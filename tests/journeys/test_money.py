"""Sums are exact, and currencies are never mixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("8400", "CNY", 840_000),
        ("8,400.5", "CNY", 840_050),
        (" 0.01 ", "USD", 1),
        ("-3.20", "USD", -320),
        ("1200", "JPY", 1200),
        ("1200.00", "JPY", 1200),
        ("12.340", "USD", 1234),
        ("1,234,567", "USD", 123_456_700),
    ],
)
def test_a_decimal_is_read_to_the_smallest_unit(text: str, currency: str, minor: int) -> None:
    assert Money.of(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("currency", ["CNY", "USD", "JPY"])
def test_whole_units_are_the_decimal_without_a_fraction(currency: str) -> None:
    assert Money.whole(5000, currency) == Money.of("5000", currency)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "1e3", "٣", "$5", "NaN", "1.", "8400,50", "1,23,456", ",5"]
)
def test_what_is_not_a_sum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a sum of money: write it like"):
        Money.of(text, "CNY")


def test_a_sum_finer_than_the_smallest_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="finer than the smallest unit of JPY"):
        Money.of("0.5", "JPY")


@pytest.mark.parametrize("currency", ["cny", "RMB¥", "", "¥¥¥"])
def test_a_currency_has_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="is not a currency"):
        Money(1, currency)


def test_sums_of_two_currencies_are_never_reckoned_together() -> None:
    with pytest.raises(ValueError, match="the currencies differ"):
        Money.of("1", "CNY") + Money.of("1", "USD")
    with pytest.raises(ValueError, match="the currencies differ"):
        Money.of("1", "CNY") - Money.of("1", "USD")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "USD", "JPY"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(str(money).removeprefix(f"{currency} "), currency) == money


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_what_is_added_can_be_taken_away_again(one: int, other: int) -> None:
    first, second = Money(one, "CNY"), Money(other, "CNY")
    assert first + second - second == first
