"""What befalls people stops exactly what it must, for as long as it must, and says so."""

import pytest

from journeys import facts as f
from journeys.actions import Job
from journeys.law.circumstances import EventType
from tests.story import (
    Story,
    hardship_ends,
    in_hardship,
    noted,
    payment_returns,
    pays,
    plan_agreed,
    promises,
    rescheduled,
    settlement_offered,
    story,
)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def days(tale: Story, first: str, last: str) -> int:
    """How often somebody tried to reach them from one day to another."""
    since, until = tale.at(f"{first} 00:00"), tale.at(f"{last} 23:59")
    return sum(since <= one.at <= until for one in tale.diary().contacts())


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("bankruptcy_filed", "bankruptcy_closed"),
        ("minor", "came_of_age"),
        ("military_service", "military_service_ended"),
        ("attorney_known", "attorney_nonresponse"),
    ],
)
def test_what_shelters_them_ends_when_it_is_said_to_have_ended(begins: EventType, ends: EventType) -> None:
    sheltered = loan().when("4 Mar 09:00", noted(begins))
    assert days(sheltered, "4 Mar", "20 Mar") == 0
    assert days(sheltered.when("12 Mar 09:00", noted(ends)), "12 Mar", "31 Mar") > 0


def test_a_breathing_space_takes_an_agents_call_back_and_ends_with_its_last_day() -> None:
    tale = loan().with_silent_staff().when("3 Mar 12:00", noted("breathing_space", until="2026-03-19"))
    told = tale.diary().between("3 Mar", "3 Mar")
    assert "task withdrawn                  breathing space" in told
    assert days(tale, "4 Mar", "19 Mar") == 0
    assert days(tale, "20 Mar", "25 Mar") > 0


def test_a_breathing_space_may_end_sooner_than_it_was_said_to() -> None:
    tale = loan().when("3 Mar 09:00", noted("breathing_space"))
    assert days(tale, "3 Mar", "30 Mar") == 0
    ended = tale.when("12 Mar 09:00", noted("breathing_space", ended_on="2026-03-12"))
    assert days(ended, "13 Mar", "20 Mar") > 0


def test_who_has_died_is_left_alone_and_the_estate_is_looked_for() -> None:
    tale = loan().when("4 Mar 09:00", noted("deceased"))
    assert days(tale, "4 Mar", "30 Jul") == 0
    asked = [x.job for x in tale.diary().happened if isinstance(x, f.TaskOpened)]
    assert asked == [Job.REACH_ESTATE]
    for result, outcome in (
        ("claim_lodged", "transferred"),
        ("no_estate", "estate_closed"),
        (None, "released"),
    ):
        assert tale.with_staff(Job.REACH_ESTATE, result).walk()[0].outcome == outcome


def test_a_death_that_proves_mistaken_lets_the_journey_go_on_at_once() -> None:
    tale = loan().when("4 Mar 09:00", noted("deceased")).when("10 Mar 09:00", noted("death_mistaken"))
    assert "the borrower lives" in str(tale.diary())
    assert days(tale, "10 Mar", "16 Mar") > 0


def test_hardship_ends_on_its_day_or_when_it_is_said_to_have_ended() -> None:
    tale = loan().when("4 Mar 09:00", in_hardship("30 Mar"))
    assert days(tale, "4 Mar", "29 Mar") == 0
    assert days(tale.when("10 Mar 09:00", hardship_ends()), "10 Mar", "20 Mar") > 0


def test_a_promise_after_hardship_has_ended_is_broken_not_expired() -> None:
    tale = loan().when("4 Mar 09:00", in_hardship("30 Mar")).when("8 Mar 09:00", hardship_ends())
    tale = tale.when("8 Mar 10:00", promises("100", by="12 Mar"))
    assert [promise.state for promise in tale.view("13 Mar 09:00").promises] == ["broken"]


def test_new_terms_end_what_was_agreed_under_the_old_ones() -> None:
    terms = rescheduled(("1 May", "9000"), reason="restructured")
    settled = (
        loan().when("4 Mar 09:00", settlement_offered("6720", "14 Mar")).when("5 Mar 09:00", pays("6720"))
    )
    assert settled.when("6 Mar 09:00", terms).account("7 Mar 09:00").left == 9000_00
    planned = loan().when("4 Mar 09:00", plan_agreed(("10 Apr", "8400"))).when("6 Mar 09:00", terms)
    assert [plan.state for plan in planned.view("7 Mar 09:00").plans] == ["replaced"]


def test_a_payment_taken_back_lands_where_the_journey_would_have_been_without_saying_anything_twice() -> None:
    tale = loan().when("9 Mar 09:00", pays("8400")).when("30 Mar 09:00", payment_returns())
    said = [(one.touch, one.due) for one in tale.diary().contacts()]
    assert len(set(said)) == len(said)
    after = [one for one in tale.diary().contacts() if one.at > tale.at("30 Mar 09:00")]
    assert after[0].skipped, "the latest of those that came due meanwhile, once"
