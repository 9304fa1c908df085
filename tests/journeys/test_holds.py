"""Holds: which clocks stand still, for how many days, and what goes on all the same."""

from datetime import date

import pytest

from journeys import actions as a
from journeys.borrower import Channel
from journeys.calendar import DAY
from journeys.diary import line
from journeys.facts import Clock
from journeys.holds import days_in, later
from journeys.law.charges import MoneyLaw
from journeys.rules import barred_from
from journeys.standing import agreed
from tests.story import Saying, Story, hold_lifted, hold_placed, holds_lifted, pays, story

COUNTING: tuple[Clock, ...] = ("delinquency",)
MARCH = date(2026, 3, 1)
TWO_WEEKS_HELD = ((date(2026, 3, 5), date(2026, 3, 19)),)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def counts(tale: Story, day: str) -> tuple[int, int]:
    """Days past due, and delinquent days."""
    view = tale.view(f"{day} 12:00")
    return view.past_due_days, view.delinquent_days


def test_without_a_hold_both_counts_are_the_same() -> None:
    assert counts(loan(), "28 Feb") == (-2, -2)
    assert counts(loan(), "2 Mar") == (0, 0)
    assert counts(loan(), "12 Mar") == (10, 10)


def test_days_of_grace_are_past_due_and_not_delinquent() -> None:
    assert counts(loan().on_terms(grace_days=5), "5 Mar") == (3, 0)
    assert counts(loan().on_terms(grace_days=5), "12 Mar") == (10, 5)


def test_a_pause_counts_from_its_first_day_and_not_its_last_and_stops_no_day_past_due() -> None:
    tale = loan().when("5 Mar 15:00", hold_placed("9 Mar 15:00", stops=COUNTING))
    assert [counts(tale, f"{day} Mar") for day in (5, 6, 9, 10)] == [(3, 3), (4, 3), (7, 3), (8, 4)]


def test_a_pause_may_be_backdated() -> None:
    tale = loan().when("12 Mar 09:00", hold_placed("13 Mar 09:00", since="4 Mar 00:00", stops=COUNTING))
    assert counts(tale, "13 Mar") == (11, 2)


def test_a_pause_before_the_due_date_counts_from_the_due_date() -> None:
    tale = loan().when("20 Feb 09:00", hold_placed("6 Mar 00:00", stops=COUNTING))
    assert counts(tale, "10 Mar") == (8, 4)


def test_days_paused_by_two_holds_are_paused_once() -> None:
    first = hold_placed("10 Mar 00:00", since="4 Mar 00:00", stops=COUNTING)
    second = hold_placed("12 Mar 00:00", since="8 Mar 00:00", stops=COUNTING)
    assert counts(loan().when("4 Mar 00:00", first, second), "14 Mar") == (12, 4)


def test_a_lift_ends_every_pause_that_contains_its_day_and_no_other() -> None:
    first = hold_placed("20 Mar 00:00", since="4 Mar 00:00", stops=COUNTING)
    second = hold_placed("25 Mar 00:00", since="6 Mar 00:00", stops=COUNTING)
    ahead = hold_placed("25 Mar 00:00", since="22 Mar 00:00", stops=COUNTING)
    tale = loan().when("4 Mar 00:00", first, second, ahead).when("10 Mar 00:00", holds_lifted())
    assert counts(tale, "22 Mar") == (20, 14)
    assert counts(tale, "25 Mar") == (23, 14)


def test_a_lift_by_name_ends_that_hold_alone() -> None:
    tale = loan().when("4 Mar 00:00", hold_placed("20 Mar 00:00", stops=COUNTING))
    tale = tale.when("5 Mar 00:00", hold_placed("12 Mar 00:00", stops=COUNTING))
    assert counts(tale.when("6 Mar 00:00", hold_lifted()), "21 Mar") == (19, 3)


def test_a_hold_called_off_before_it_began_never_was() -> None:
    tale = loan().when("3 Mar 00:00", hold_placed("20 Mar 00:00", since="10 Mar 00:00", stops=COUNTING))
    assert counts(tale.when("5 Mar 00:00", hold_lifted()), "21 Mar") == (19, 19)


def test_a_hold_on_contacts_does_not_stop_the_count_and_one_on_the_count_not_contacts() -> None:
    silent = loan().when("5 Mar 00:00", hold_placed("9 Mar 00:00"))
    assert counts(silent, "12 Mar") == (10, 10)
    assert silent.next("6 Mar 12:00").why == "on hold (review) until 9 Mar"
    counting = loan().when("5 Mar 00:00", hold_placed("9 Mar 00:00", stops=COUNTING))
    assert isinstance(counting.next("6 Mar 12:00"), a.Contact)


def test_what_a_pause_of_the_count_moves_is_the_treatment() -> None:
    tale = loan().when("2 Mar 00:00", hold_placed("12 Mar 00:00", stops=COUNTING))
    action = tale.next("4 Mar 12:00")
    assert isinstance(action, a.Contact)
    assert (action.touch, action.not_before.date()) == ("d1-agent", date(2026, 3, 13))


def test_a_hold_on_one_channel_leaves_the_others() -> None:
    tale = loan().when("5 Mar 00:00", hold_placed("20 Mar 00:00", channel=Channel.SMS))
    action = tale.next("5 Mar 12:00")
    assert isinstance(action, a.Contact) and action.channel is not Channel.SMS
    assert action.skipped == ("d-7-email", "d-3-sms", "d-1-call")


def test_a_hold_on_a_part_leaves_the_rest_to_be_asked_for() -> None:
    tale = loan().when("3 Mar 00:00", hold_placed("20 Mar 00:00", held="8000"))
    assert str(tale.view("5 Mar 12:00").overdue(date(2026, 3, 5))) == "CNY 400.00"
    assert str(tale.view("20 Mar 12:00").overdue(date(2026, 3, 5))) == "CNY 8,400.00"
    assert isinstance(tale.next("5 Mar 12:00"), a.Contact)


def test_a_hold_on_all_that_is_due_is_silence_until_it_ends() -> None:
    tale = loan().when("3 Mar 00:00", hold_placed("20 Mar 00:00", held="5000"))
    rest = tale.when("4 Mar 00:00", pays("3400"))
    action = rest.next("5 Mar 12:00")
    assert isinstance(action, a.Wait)
    assert action.not_before == rest.at("20 Mar 00:00")


def test_the_time_to_claim_a_debt_runs_from_the_last_payment_and_stands_still_on_hold() -> None:
    three_years = MoneyLaw(years=3)
    assert barred_from(loan().view("2 Apr 12:00")) is None, "where no law names a time"
    assert barred_from(loan().view("2 Apr 12:00", three_years)) == loan().at("3 Mar 2029 00:00")
    paid = loan().when("1 Apr 12:00", pays("100"))
    assert barred_from(paid.view("2 Apr 12:00", three_years)) == loan().at("2 Apr 2029 00:00")
    held = loan().when("5 Mar 00:00", hold_placed("15 Mar 00:00", stops=("limitation",)))
    assert barred_from(held.view("2 Apr 12:00", three_years)) == loan().at("13 Mar 2029 00:00")


def test_the_time_to_claim_a_debt_does_not_run_out_on_a_day_that_is_held() -> None:
    held = loan().when("5 Mar 00:00", hold_placed("10 Mar 2029 00:00", "2 Mar 2029 00:00", ("limitation",)))
    assert barred_from(held.view("2 Apr 12:00", MoneyLaw(years=3))) == loan().at("11 Mar 2029 00:00")


SAID: list[tuple[Saying, str]] = [
    (hold_placed("20 Mar 00:00"), "contacts on hold until 20 Mar (review)"),
    (hold_placed("20 Mar 00:00", channel=Channel.SMS), "texts on hold until 20 Mar (review)"),
    (hold_placed("20 Mar 00:00", held="100"), "CNY 100.00 left out until 20 Mar (review)"),
    (
        hold_placed("20 Mar 00:00", stops=("interest",), held="100"),
        "CNY 100.00 left out, interest stands still until 20 Mar (review)",
    ),
    (hold_placed("20 Mar 00:00", stops=("interest",)), "interest stands still until 20 Mar (review)"),
    (hold_placed("20 Mar 00:00", stops=("promise",)), "promised days stand still until 20 Mar (review)"),
    (
        hold_placed("20 Mar 00:00", stops=("cadence", "delinquency", "interest", "promise")),
        "contacts on hold, delinquent days, interest and promised days stand still until 20 Mar (review)",
    ),
    (
        hold_placed("20 Mar 00:00", "9 Mar 00:00", channel=Channel.AGENT, held="100"),
        "agents' calls on hold, CNY 100.00 left out from 9 Mar until 20 Mar (review)",
    ),
    (hold_placed("5 Mar 00:00"), "hold (review): over since 5 Mar"),
]


@pytest.mark.parametrize(("placed", "sentence"), SAID)
def test_a_hold_says_what_is_held_and_does_not_look_total_where_it_is_not(
    placed: Saying, sentence: str
) -> None:
    tale = loan().when("3 Mar 00:00", placed)
    assert list(agreed(tale.view("6 Mar 12:00"))) == [sentence]
    [told] = [line(fact, "Asia/Shanghai") for fact in tale.told]
    assert told.endswith(", by ops-1")
    if "over" not in sentence:
        assert sentence.partition(" from ")[0].partition(" until ")[0] in told


def test_who_owes_only_what_is_left_out_is_not_said_to_be_on_hold_altogether() -> None:
    tale = loan().when("3 Mar 00:00", hold_placed("20 Mar 00:00", held="8400"))
    assert tale.next("5 Mar 12:00").why == "nothing is due but CNY 8,400.00, left out (review) until 20 Mar"


def test_what_is_barred_is_not_claimed_any_more() -> None:
    tale = loan().taken_up("1 Apr 2026")
    action = tale.next("3 Mar 2029 00:00", MoneyLaw(years=3))
    assert isinstance(action, a.Close)
    assert (action.outcome, action.why) == ("time_barred", "the time to claim it ended on 3 Mar 2029")


@pytest.mark.parametrize("days", range(25))
def test_counting_days_and_finding_a_day_are_each_other_s_inverse(days: int) -> None:
    day = later(TWO_WEEKS_HELD, MARCH, days)
    assert (day - MARCH).days - days_in(TWO_WEEKS_HELD, MARCH, day) == days
    before = day - DAY
    assert days == 0 or (before - MARCH).days - days_in(TWO_WEEKS_HELD, MARCH, before) == days - 1
