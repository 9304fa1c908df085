"""In the United States nothing is collected before people know their rights, nor pressed meanwhile."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Borrower, Channel
from journeys.calendar import local_day
from journeys.case import case_of
from journeys.law.jurisdiction import FOLDER, HOUSE, Law, law_of, load
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import carried_out
from journeys.rules import next_action
from journeys.simulate import simulate
from journeys.strategy import Touch, published
from journeys.view import View
from rehearsal import borrowers
from tests.story import A_WHILE, Story, hold_placed, in_hardship, noted, promises, story

PORTFOLIO = Path(borrowers.__file__).with_name("portfolio.csv")
PERSONAS = {persona.name: persona for persona in borrowers.PERSONAS}
AMERICANS = sorted(
    {
        (row["persona"], *row["zones"].split())
        for row in csv.DictReader(PORTFOLIO.read_text(encoding="utf-8").splitlines())
        if row["strategy"] == "us-personal-loan"
    }
)
PRESSES = {"demand", "last-offer", "doorstep", "before-action"}
AT_LEAST = timedelta(days=35)
"""Thirty days after a letter has had its five working days, by a laxer count than ours."""


def loan(due: str = "2 Mar 2026") -> Story:
    return story("us-personal-loan").owing("2400").due(due)


def notice_of(happened: list[f.Told | f.Learned], zone: str) -> date | None:
    sent = (x for x in happened if isinstance(x, f.ContactMade) and x.say == "validation-notice")
    return next((local_day(x.at, zone) for x in sent), None)


def check(happened: list[f.Told | f.Learned], zone: str) -> None:
    """Days between the notice and whatever else they hear."""
    notice = notice_of(happened, zone)
    for fact in happened:
        if isinstance(fact, f.ContactMade | f.ContactAsked) and local_day(fact.at, zone) > fact.due:
            day = local_day(fact.at, zone)
            assert notice is not None and notice <= day, f"{fact.say} on {day}, before their rights"
            assert fact.say not in PRESSES or day >= notice + AT_LEAST, (
                f"{fact.say} on {day}, told on {notice}"
            )
        if isinstance(fact, f.TaskOpened) and fact.job == a.Job.SIGN_HAND_OFF and notice is not None:
            assert local_day(fact.at, zone) >= notice + AT_LEAST


@pytest.mark.parametrize("row", AMERICANS, ids=" ".join)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_whoever_they_are_the_notice_comes_first_and_nothing_presses_in_its_time(
    row: tuple[str, ...], version: int
) -> None:
    persona, *zones = row
    for day in range(1, 15):
        case = loan(f"{day} Dec 2026").living_in(*zones).by_version(version).case()
        life = borrowers.Life(PERSONAS[persona], case)
        end = case.opened_at + A_WHILE
        _, happened = simulate(case, start=case.opened_at, until=end, react=life.react)
        check(happened, zones[0])


def test_the_notice_comes_a_month_after_the_first_call_and_a_demand_the_day_after_it() -> None:
    promised = loan().when("3 Mar 14:00", promises("2400", by="1 Apr"))
    for tale in (promised, loan().when("2 Mar 18:00", hold_placed("10 Apr 09:00"))):
        check(tale.walk()[1], tale.zones[0])
    assert promised.diary().between("2 Mar", "8 May").startswith("Tue 03 Mar 2026 12:54  letter validation-")


def test_who_cannot_be_told_of_their_rights_is_asked_for_nothing() -> None:
    diary = loan().reached_by(Channel.SMS, Channel.AGENT).diary()
    assert [one.say for one in diary.contacts()] == ["due-tomorrow"]
    assert "sms payment-missed              withheld: needs validation sent first (US.REGF.VALID)" in str(
        diary
    )


def test_a_notice_that_came_back_closes_what_it_had_opened() -> None:
    tale = loan().when(
        "9 Mar 09:00",
        lambda tale, at, id: f.ContactPointFailed(id=id, at=at, channel=Channel.LETTER, reason="returned"),
    )
    assert max(one.at for one in tale.diary().contacts()) < tale.at("9 Mar 09:00")


def returned(tale: Story, at: datetime, id: str) -> f.Told:
    return f.ContactPointFailed(id=id, at=at, channel=Channel.LETTER, reason="returned")


def given_by_hand(tale: Story, at: datetime, id: str) -> f.Told:
    values: dict[str, JsonValue] = {"debts": [tale.loan]}
    return f.CircumstanceNoted(id=id, at=at, circumstance="validation_sent", values=values)


def test_nobody_goes_to_legal_whose_notice_came_back_until_a_person_has_given_it() -> None:
    tale = loan().when("9 Mar 09:00", returned)
    case, happened = tale.walk()
    assert not [one for one in happened if isinstance(one, f.TaskOpened)]
    assert (case.outcome, case.why_closed[:32]) == ("released", "needs validation sent first (12 ")
    happened = tale.when("20 Mar 09:00", given_by_hand).walk()[1]
    signing = [one for one in happened if isinstance(one, f.TaskOpened) and one.job == a.Job.SIGN_HAND_OFF]
    assert len(signing) == 1 and local_day(signing[0].at, tale.zones[0]) >= date(2026, 4, 24)


def test_nobody_goes_to_legal_whose_notice_may_not_have_arrived() -> None:
    case, _ = loan().walk()
    unsure = tuple(
        replace(one, state="uncertain") if one.say == "validation-notice" else one for one in case.attempts
    )
    before = replace(case, outcome=None, tasks=(), attempts=unsure)
    action = next_action(View.of(before, loan().at("20 Jun 09:00")))
    assert isinstance(action, a.Close) and action.outcome == a.Outcome.RELEASED
    assert action.why.startswith("needs validation sent first")


def test_a_reminder_of_the_due_date_that_moves_beyond_it_is_judged_by_the_day_it_would_go_out() -> None:
    tale, today = loan(), loan().at("2 Mar 12:00")
    plan = published("us-personal-loan", 2).model_copy(
        update={"touch": (Touch(day=0, by=Channel.SMS, say="payment-missed"),)}
    )
    earlier = f.ContactMade(
        id="x",
        at=today,
        contact="LN-1042.20260302.d-7-email",
        touch="d-7-email",
        due=date(2026, 3, 2),
        channel=Channel.EMAIL,
        say="due-soon",
    )
    action = next_action(View(plan, law_of(["us"]), tale.case().after(earlier), today))
    assert isinstance(action, a.Withhold), "one contact a day: it would go out the day after, unlawfully"
    assert action.forbidden_by == "US.REGF.VALID"


def test_hardship_moves_the_notice_and_everything_after_it() -> None:
    tale = loan().when("2 Mar 12:00", in_hardship("15 May"))
    check(tale.walk()[1], tale.zones[0])
    assert notice_of(tale.walk()[1], tale.zones[0]) == date(2026, 5, 15)


# ── a lender in its own name ─────────────────────────────────────────────────────────────────────


def own_name(tmp_path: Path) -> Law:
    text = (FOLDER / f"{HOUSE}.toml").read_text(encoding="utf-8")
    house = tmp_path / f"{HOUSE}.toml"
    house.write_text(
        text.replace('actor = "third_party_collector"', 'actor = "first_party"'), encoding="utf-8"
    )
    return Law.of([load(FOLDER / "us.toml"), load(house)])


def test_a_lender_in_its_own_name_owes_no_notice_and_is_no_debt_collector(tmp_path: Path) -> None:
    tale, law, ours = loan().taken_up("20 Apr").by_version(1), own_name(tmp_path), law_of(["us"])
    case, now = tale.case(), tale.at("20 Apr 09:00")
    after = case.after(
        f.ContactMade(
            id="x",
            at=tale.at("5 Mar 12:00"),
            contact="LN-1042.20260302.d3-letter",
            touch="d3-letter",
            due=date(2026, 3, 2),
            channel=Channel.LETTER,
            say="…",
        )
    )
    bound, free = (next_action(View(tale.plan(), one, after, now)) for one in (ours, law))
    assert isinstance(bound, a.Withhold) and bound.forbidden_by == "US.REGF.VALID"
    assert isinstance(free, a.Contact)
    assert ours.wording("en").disclosure.startswith("We are a debt collector")
    assert law.wording("en").disclosure == law.wording("zh").disclosure == ""
    assert law.wording("en").reply_stop == ours.wording("en").reply_stop
    assert "disclosure" in ours.must_say("sms", "demand")
    assert "disclosure" not in law.must_say("sms", "demand")


def test_under_a_strategy_without_the_notice_each_touch_is_withheld_once_and_the_journey_ends() -> None:
    loan = Loan("LN-1", (Instalment(date(2026, 3, 2), Money.of("2400", "USD")),))
    borrower = Borrower("B-1", "en", ("America/New_York",), tuple(Channel), ("us",))
    now = datetime(2026, 2, 20, 14, tzinfo=UTC)
    case = case_of(loan, borrower, "cn-consumer", 2, now)
    for _ in range(100):
        action = next_action(View.of(case, now))
        now = max(now, action.not_before)
        if not isinstance(action, a.Wait):
            case = case.after(carried_out(action, now))
        if not case.is_open:
            break
    assert not case.is_open
    withheld = [one for one in case.attempts if one.state == "withheld"]
    assert len({one.contact for one in withheld}) == len(withheld) > 0


def test_a_breathing_space_takes_an_agents_task_back_here_too() -> None:
    begun = noted("breathing_space", starts_on="2026-03-06", ends_on="2026-05-04")
    tale = loan().with_silent_staff().when("6 Mar 09:00", begun)
    days = str(tale.diary().between("4 Mar", "10 Mar"))
    assert "agent first-contact" in days
    assert "task withdrawn" in days, days
