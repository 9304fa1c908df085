"""Days of 23 and 25 hours, hours that come twice or never, and working days."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from journeys.calendar import (
    Window,
    add_working_days,
    instant,
    is_working_day,
    local,
    local_day,
    midnight,
    working_day_from,
)

NEW_YORK, HAVANA = "America/New_York", "America/Havana"


def test_a_time_the_clocks_skip_is_read_by_the_clock_before_the_change() -> None:
    skipped = instant(date(2026, 3, 8), time(2, 30), NEW_YORK)
    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert local(skipped, NEW_YORK).time() == time(3, 30)


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert instant(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_day_without_a_midnight_begins_when_the_clocks_have_jumped() -> None:
    begins = midnight(date(2026, 3, 8), HAVANA)
    assert local_day(begins, HAVANA) == date(2026, 3, 8)
    assert local_day(begins - timedelta(seconds=1), HAVANA) == date(2026, 3, 7)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_a_day_of_a_clock_change_has_23_or_25_hours(day: date, hours: int) -> None:
    length = midnight(day + timedelta(days=1), NEW_YORK) - midnight(day, NEW_YORK)
    assert length == timedelta(hours=hours)


def test_a_window_holds_its_first_second_and_not_its_last() -> None:
    window = Window.parse("08:00-21:00")
    assert time(8) in window and time(20, 59, 59) in window
    assert time(7, 59, 59) not in window and time(21) not in window


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("11:30-09:30", "'11:30-09:30' closes before it opens: write the earlier time first"),
        ("09:30-09:30", "'09:30-09:30' closes before it opens: write the earlier time first"),
        ("09:30", "'09:30' is not a window: write it like 09:30-11:30"),
        ("9 to 5", "'9 to 5' is not a window: write it like 09:30-11:30"),
        ("09:30-11:30-12:00", "'09:30-11:30-12:00' is not a window: write it like 09:30-11:30"),
    ],
)
def test_what_is_not_a_window_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        Window.parse(text)
    assert str(refused.value) == sentence


def test_china_works_on_the_sunday_that_makes_up_for_the_national_day() -> None:
    assert is_working_day(date(2026, 9, 20), "CN")
    assert is_working_day(date(2026, 10, 10), "CN")
    assert not is_working_day(date(2026, 9, 27), "CN")


def test_the_next_working_day_lies_behind_the_whole_holiday() -> None:
    assert working_day_from(date(2026, 10, 1), "CN") == date(2026, 10, 8)
    assert working_day_from(date(2026, 11, 26), "US") == date(2026, 11, 27)
    assert working_day_from(date(2026, 11, 27), "US") == date(2026, 11, 27)


def test_working_days_are_counted_from_the_day_after() -> None:
    friday = date(2026, 3, 6)
    assert add_working_days(friday, 0, "CN") == friday
    assert add_working_days(friday, 1, "CN") == date(2026, 3, 9)
    assert add_working_days(friday, 5, "CN") == date(2026, 3, 13)
