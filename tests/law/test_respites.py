"""Where the law says so, a breathing space stops what lateness adds; elsewhere it stops contacts alone."""

from dataclasses import replace

import pytest

from journeys.standing import agreed
from tests.story import Story, charged, noted, story

HOMES = {"gb-eaw": ("GBP", "en", ("Europe/London",)), "us": ("USD", "en", ("America/New_York",))}


def loan(place: str = "gb-eaw") -> Story:
    """8,400 due on 2 March; 0.1 percent a day of lateness, and 50 once."""
    currency, language, zones = HOMES[place]
    tale = replace(
        story("cn-consumer"), currency=currency, language=language, zones=zones, jurisdiction=place
    )
    return tale.owing("8400").due("2 Mar 2026").on_terms(late_rate=3650, late_fee="50")


def test_a_breathing_space_in_england_stops_interest_and_fees_by_itself() -> None:
    tale = loan().when("6 Mar 09:00", noted("breathing_space", starts_on="2026-03-07", ends_on="2026-03-20"))
    book = tale.when("10 Mar 09:00", charged("20")).account("25 Mar 12:00")
    assert book.interest == (22 - 14) * 8_40, "of 22 days 14 stand still, the last one included"
    assert book.fees == 50_00, "the late fee was charged before it, and nothing may be meanwhile"


def test_the_fee_for_lateness_comes_after_a_breathing_space_that_began_before_it() -> None:
    tale = loan().when("1 Mar 09:00", noted("breathing_space", starts_on="2026-03-01", ends_on="2026-03-20"))
    assert tale.account("20 Mar 12:00").left == 8400_00
    assert tale.account("22 Mar 12:00").fees == 50_00
    assert tale.account("23 Mar 12:00").interest == 1 * 8_40, "the due date itself stood still as well"


def test_a_breathing_space_lasts_sixty_days_unless_it_is_said_to_end() -> None:
    tale = loan().when("6 Mar 09:00", noted("breathing_space", starts_on="2026-03-07"))
    assert tale.account("5 May 12:00").interest == 4 * 8_40
    assert tale.account("8 May 12:00").interest == 6 * 8_40
    ended = tale.when("12 Mar 09:00", noted("breathing_space", ended_on="2026-03-12"))
    assert ended.account("15 Mar 12:00").interest == (4 + 2) * 8_40


def test_in_a_crisis_interest_stands_still_while_the_treatment_goes_on_and_thirty_days_more() -> None:
    crisis = {"kind": "mental_health_crisis", "starts_on": "2026-03-07"}
    tale = loan().when("6 Mar 09:00", noted("breathing_space", **crisis))
    assert tale.account("7 Aug 12:00").interest == 4 * 8_40
    assert tale.account("7 Aug 12:00").fees == 50_00
    ends = noted("breathing_space", **crisis, treatment_ends_on="2026-04-10")
    known = loan().when("10 Apr 09:00", ends)
    assert known.account("11 May 12:00").interest == 4 * 8_40
    assert known.account("13 May 12:00").interest == 6 * 8_40


def test_a_breathing_space_of_another_debt_stops_nothing() -> None:
    other = noted("breathing_space", starts_on="2026-03-07", debts=["LN-7"])
    assert loan().when("6 Mar 09:00", other).account("12 Mar 12:00").interest == 9 * 8_40


def test_where_no_law_says_so_a_breathing_space_stops_no_interest() -> None:
    tale = loan("us").when("6 Mar 09:00", noted("breathing_space", starts_on="2026-03-07"))
    assert tale.account("12 Mar 12:00").interest == 9 * 8_40


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"starts_on": "2026-03-07", "ends_on": "2026-03-20"},
            "no interest and no fees until 21 Mar (GB.BREATHING)",
        ),
        (
            {"starts_on": "2026-03-12", "ends_on": "2026-03-20"},
            "no interest and no fees from 12 Mar until 21 Mar (GB.BREATHING)",
        ),
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-04"}, "respite (GB.BREATHING): over since 5 Mar"),
        (
            {"starts_on": "2026-03-02", "kind": "mental_health_crisis"},
            "no interest and no fees until its end is told (GB.BREATHING.CRISIS)",
        ),
    ],
)
def test_the_page_says_what_the_law_stops_and_until_when(values: dict[str, str], sentence: str) -> None:
    tale = loan().when("2 Mar 09:00", noted("breathing_space", **values))
    assert list(agreed(tale.view("10 Mar 12:00"))) == [sentence]
