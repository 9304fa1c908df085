"""What users of such systems complain about most, each by its name; here it does not happen."""

from datetime import date, timedelta

import pytest

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Channel
from journeys.calendar import local_day
from journeys.law.charges import Charge, MoneyLaw, Order
from journeys.silence import reason
from tests.story import (
    Story,
    announced_fails,
    announces,
    charged,
    disputes,
    hold_placed,
    holds_lifted,
    in_hardship,
    loan_leaves,
    payment_returns,
    pays,
    plan_agreed,
    promises,
    rescheduled,
    settlement_offered,
    story,
    waived,
)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def contacted(tale: Story, since: str, until: str = "1 Aug") -> list[date]:
    """The days on which somebody tried to reach them."""
    first, last = tale.day(since), tale.day(until)
    assert first < last
    days = [local_day(fact.at, tale.zones[0]) for fact in tale.diary().contacts()]
    return [day for day in days if first <= day <= last]


# ── chasing people who paid ──────────────────────────────────────────────────────────────────────


def test_reminder_sent_for_a_paid_invoice() -> None:
    assert contacted(loan().when("5 Mar 09:00", pays("8400")), "5 Mar") == []


def test_open_credit_ignored_reminder_although_the_customer_is_in_credit() -> None:
    tale = loan().due("2 Apr").when("20 Feb 09:00", pays("20000"))
    assert tale.account("21 Feb 09:00").credit == 3200_00
    assert contacted(tale, "20 Feb") == []


def test_balance_brought_to_zero_by_a_credit_not_a_payment_does_not_clear_the_state() -> None:
    tale = loan().when("5 Mar 09:00", waived("8400"))
    assert contacted(tale, "5 Mar") == []
    assert tale.walk()[0].outcome == "cured"


def test_payment_in_flight_bank_transfer_sent_warning_mail_still_comes() -> None:
    on_its_way = loan().when("4 Mar 09:00", announces("8400", "direct_debit"))
    assert contacted(on_its_way, "4 Mar", "9 Mar") == []
    assert contacted(on_its_way, "10 Mar", "12 Mar"), "what never comes is not waited for for ever"
    arrived = on_its_way.when("8 Mar 12:00", pays("8400", announced=True))
    assert contacted(arrived, "4 Mar") == []
    failed = on_its_way.when("5 Mar 12:00", announced_fails())
    assert contacted(failed, "5 Mar", "9 Mar"), "it resumes without penalty once it has failed"


def test_partly_paid_invoice_dropped_out_of_reminders_altogether() -> None:
    assert contacted(loan().when("5 Mar 09:00", pays("8000")), "6 Mar", "20 Mar")


# ── twice, never, or the wrong number of times ───────────────────────────────────────────────────


def test_duplicate_overdue_reminders() -> None:
    tale = loan().when("8 Apr 09:00", pays("8400")).when("20 Apr 09:00", payment_returns())
    made = [(one.touch, one.due) for one in tale.diary().contacts()]
    assert len(set(made)) == len(made)


def test_late_fee_added_every_hour_because_a_daily_job_ran_hourly() -> None:
    tale = loan().on_terms(late_fee="50")
    fees = {tale.account(f"{day} Mar {hour:02}:00").fees for day in (3, 9, 30) for hour in range(24)}
    assert fees == {50_00}


# ── time ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Shanghai", "Pacific/Honolulu"])
def test_wrong_day_by_time_zone(zone: str) -> None:
    tale = loan().living_in(zone)
    assert tale.view("2 Mar 23:59").past_due_days == 0
    assert tale.view("3 Mar 00:00").past_due_days == 1


def test_overdue_on_the_due_date_itself() -> None:
    tale = loan().on_terms(late_rate=3650, late_fee="50")
    assert tale.account("2 Mar 23:59").left == 8400_00
    assert not [
        one
        for one in tale.diary().contacts()
        if one.touch.startswith("d1-") and one.at < tale.at("3 Mar 00:00")
    ]


def test_escalation_ladder_spent_over_a_weekend() -> None:
    tale = loan().taken_up("1 May")  # day 60, a holiday week in China
    days = contacted(tale, "1 May", "31 May")
    assert len(set(days)) == len(days)
    for day in days:
        assert len([one for one in days if day <= one < day + timedelta(days=7)]) <= 3


def test_state_skipped_when_older_invoices_are_paid() -> None:
    """The oldest of two is paid on day 40: the journey is that of the next one, on its day 9."""
    tale = loan().due("2 Apr").when("11 Apr 09:00", pays("8400"))
    view = tale.view("11 Apr 12:00")
    assert view.oldest is not None and view.oldest.due == date(2026, 4, 2)
    assert (view.past_due_days, view.delinquent_days) == (9, 9)
    after = [one.say for one in tale.diary().contacts() if one.at > tale.at("11 Apr 09:00")]
    assert after[0] == "payment-missed", "friendly again, not the doorstep"


def test_statutory_period_after_a_notice_is_cut_short_by_a_late_worker() -> None:
    tale = story("us-personal-loan").owing("8400").due("2 Mar 2026").taken_up("4 Jun")
    told = tale.diary().happened
    notice = next(x.at for x in told if isinstance(x, f.ContactMade) and x.touch == "d65-registered")
    signing = next(x.at for x in told if isinstance(x, f.TaskOpened) and x.job == a.Job.SIGN_HAND_OFF)
    assert (signing - notice).days >= 30


# ── holds and exclusions ─────────────────────────────────────────────────────────────────────────


def test_timed_block_does_not_resume_by_itself() -> None:
    tale = loan().when("4 Mar 09:00", hold_placed("20 Mar 09:00"))
    assert contacted(tale, "4 Mar", "19 Mar") == []
    assert contacted(tale, "20 Mar", "22 Mar")


def test_disputed_invoice_stops_the_chase_of_all_the_rest() -> None:
    tale = loan().when("4 Mar 09:00", disputes(part="2400"))
    assert str(tale.view("10 Mar 09:00").overdue(date(2026, 3, 10))) == "CNY 6,000.00"
    assert contacted(tale.with_staff(a.Job.ANSWER_DISPUTE, None), "5 Mar", "12 Mar")
    rest_paid = tale.with_silent_staff().when("6 Mar 09:00", pays("6000"))
    assert contacted(rest_paid, "6 Mar", "15 Mar") == [], "nothing but the disputed part is due"


def test_a_dispute_of_a_part_is_put_to_a_person_and_let_go_if_upheld() -> None:
    tale = loan().with_staff(a.Job.ANSWER_DISPUTE, "upheld").when("4 Mar 09:00", disputes(part="2400"))
    case = tale.when("6 Mar 09:00", pays("6000")).walk()[0]
    assert case.outcome == "cured"


def test_stop_per_client_stops_one_channel_only_or_never_ends() -> None:
    tale = loan().when("4 Mar 09:00", hold_placed("20 Mar 09:00", channel=Channel.SMS))
    channels = {
        one.channel
        for one in tale.diary().contacts()
        if tale.at("4 Mar 09:00") < one.at < tale.at("20 Mar 09:00")
    }
    assert channels and Channel.SMS not in channels
    assert Channel.SMS in {one.channel for one in tale.diary().contacts() if one.at > tale.at("20 Mar 09:00")}


def test_a_pause_cannot_be_backdated() -> None:
    """Fineract counts the pause from its start, the end excluded; days past due go on."""
    tale = loan().when("14 Mar 09:00", hold_placed("17 Mar 00:00", "7 Mar 00:00", stops=("delinquency",)))
    view = tale.view("20 Mar 12:00")
    assert (view.past_due_days, view.delinquent_days) == (18, 8)
    lifted = tale.when("10 Mar 12:00", holds_lifted()).view("20 Mar 12:00")
    assert (lifted.past_due_days, lifted.delinquent_days) == (18, 15)


# ── money in detail ──────────────────────────────────────────────────────────────────────────────


def test_fee_and_interest_lost_once_principal_is_paid_unless_that_is_chosen() -> None:
    principal_first = MoneyLaw.of(
        [Order(rule="X", strength="law", confidence="A", cite="-", first=("principal", "interest", "fees"))]
    )
    for alone, asked in (("collect", True), ("let go", False)):
        tale = loan().on_terms(late_fee="50", alone=alone).when("9 Mar 09:00", pays("8400"))  # type: ignore[arg-type]
        view = tale.view("9 Mar 12:00", principal_first)
        assert view.account.charges_left == 50_00
        assert (view.oldest is not None) is asked


def test_order_costs_interest_principal() -> None:
    tale = (
        loan().on_terms(late_rate=3650).when("3 Mar 09:00", charged("20")).when("13 Mar 09:00", pays("200"))
    )
    book = tale.account("13 Mar 12:00")
    assert book.interest == 84_00, "0.1 percent a day of 8,400 for ten days"
    [paid] = [entry for entry in book.entries if entry.what == "payment"]
    assert dict(paid.went) == {"fees": 20_00, "interest": 84_00, "principal": 96_00}


def test_overdue_on_the_last_term_not_per_instalment() -> None:
    tale = loan().due("2 Apr").due("2 May")
    assert tale.view("10 Mar 09:00").past_due_days == 8
    assert str(tale.view("10 Mar 09:00").overdue(date(2026, 3, 10))) == "CNY 8,400.00"


def test_chargeback_after_the_end_is_forgotten() -> None:
    tale = (
        loan().when("5 Mar 09:00", pays("8400")).when("25 Mar 09:00", payment_returns(reason="charged_back"))
    )
    reopened = [fact for fact in tale.diary().happened if isinstance(fact, f.JourneyReopened)]
    assert len(reopened) == 1
    assert contacted(tale, "26 Mar")


def test_backdated_payment_leaves_the_days_past_due_as_they_were() -> None:
    tale = loan().due("2 Apr").learnt("20 Apr 09:00", "1 Apr 09:00", pays("8400"))
    assert tale.view("20 Apr 09:00").past_due_days == 18
    fees = loan().on_terms(late_fee="50").when("1 Mar 09:00", pays("8400")).account("20 Mar 09:00").fees
    assert fees == 0, "a fee for lateness falls away when it turns out that they paid in time"


def test_fixed_late_fee_breaks_the_law_of_the_place() -> None:
    forbidden = MoneyLaw.of(
        [Charge(rule="X", strength="law", confidence="A", cite="-", late_fee=0, late_rate=620)]
    )
    tale = loan().on_terms(late_rate=3650, late_fee="50")
    book = tale.account("12 Mar 12:00", forbidden)
    assert (book.fees, book.interest) == (0, 840_000 * 620 * 9 // 3_650_000)


def test_restructured_loan_is_still_chased_for_the_old_terms() -> None:
    tale = (
        loan()
        .when("5 Mar 09:00", pays("400"))
        .when("6 Mar 09:00", rescheduled(("2 May", "8100"), reason="restructured"))
    )
    assert tale.account("7 Mar 09:00").left == 8100_00
    assert contacted(tale, "6 Mar", "20 Apr") == []


# ── what was agreed ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (promises("8400", by="12 Mar"), "promised"),
        (plan_agreed(("10 Mar", "4200"), ("10 Apr", "4200")), "on_plan"),
        (settlement_offered("6000", until="14 Mar"), "offered"),
        (in_hardship("20 Mar"), "sheltered"),
        (hold_placed("20 Mar 09:00"), "sheltered"),
        (announces("8400"), "in_flight"),
    ],
)
def test_automatic_reminders_go_on_during_an_arrangement(told: object, rule: str) -> None:
    tale = loan().when("4 Mar 09:00", told)  # type: ignore[arg-type]
    quiet = reason(tale.view("5 Mar 09:00"))
    assert quiet is not None and quiet.rule == rule
    assert contacted(tale, "4 Mar", "7 Mar") == []


def test_a_plan_that_is_broken_is_never_noticed() -> None:
    kept = plan_agreed(("10 Mar", "4200"), ("10 Apr", "4200"))
    tale = loan().when("4 Mar 09:00", kept).when("9 Mar 09:00", pays("4200"))
    assert contacted(tale, "4 Mar", "13 Apr") == []
    assert contacted(tale, "14 Apr", "20 Apr"), "three days of grace after the second instalment"
    done = tale.when("10 Apr 20:00", pays("4200")).walk()[0]
    assert done.outcome == "plan_completed"


def test_a_settlement_paid_on_its_last_day_is_refused_as_late() -> None:
    tale = loan().when("20 May 09:00", settlement_offered("6720", until="30 May"))
    paid = tale.when("30 May 23:59", pays("6720"))
    assert paid.walk()[0].outcome == "settled"
    assert paid.account("31 May 09:00").waived == 1680_00
    late = tale.when("31 May 00:00", pays("6720"))
    assert late.account("31 May 09:00").waived == 0


def test_what_happens_at_the_end_is_not_said() -> None:
    ends = {
        departure: loan().when("5 Mar 09:00", loan_leaves(departure)).walk()[0].outcome
        for departure in DEPARTURES
    }
    assert ends == {departure: departure for departure in DEPARTURES}


DEPARTURES: tuple[f.Departure, ...] = (
    "transferred",
    "sold",
    "recalled",
    "written_off",
    "discharged",
    "estate_closed",
    "time_barred",
)
