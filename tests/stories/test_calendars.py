"""Holidays, weekends, zones and clock changes."""

from datetime import time

from inline_snapshot import snapshot

from journeys.calendar import local
from tests.story import story

NEW_YORK, LOS_ANGELES, HONOLULU = "America/New_York", "America/Los_Angeles", "Pacific/Honolulu"
OPENS, CLOSES = time(8), time(21)


def test_letters_and_calls_by_agents_wait_for_monday() -> None:
    diary = story("cn-consumer").owing("8400").due("5 Mar 2026").diary()
    assert diary.between("6 Mar", "24 Mar") == snapshot("""\
Fri 06 Mar 2026 11:24  agent first-contact             asked of agents
Fri 06 Mar 2026 13:24  reported: no_answer             by agents-1
Mon 09 Mar 2026 11:24  sms payment-missed
Wed 11 Mar 2026 11:24  email payment-missed
Fri 13 Mar 2026 11:24  call payment-missed
Tue 17 Mar 2026 11:24  agent offer-plan                asked of agents
Tue 17 Mar 2026 13:24  reported: no_answer             by agents-1
Mon 23 Mar 2026 11:24  letter demand
""")


def test_letters_wait_for_the_end_of_chinas_national_day_holiday() -> None:
    diary = story("cn-consumer").owing("8400").due("15 Sep 2026").diary()
    assert diary.between("24 Sep", "17 Oct") == snapshot("""\
Mon 28 Sep 2026 11:24  agent offer-plan                asked of agents
Mon 28 Sep 2026 13:24  reported: no_answer             by agents-1
Thu 08 Oct 2026 11:24  letter demand
Fri 09 Oct 2026 11:24  sms demand
Sat 10 Oct 2026 11:24  email offer-plan
Fri 16 Oct 2026 11:24  visit doorstep                  asked of field
Fri 16 Oct 2026 13:24  reported: no_answer             by field-1
""")


def test_agents_do_not_call_on_thanksgiving() -> None:
    diary = story("us-personal-loan").owing("2400").due("25 Nov 2026").diary()
    assert diary.between("24 Nov", "2 Dec") == snapshot("""\
Tue 24 Nov 2026 12:54  sms due-tomorrow
Fri 27 Nov 2026 12:54  letter validation-notice
Mon 30 Nov 2026 12:54  agent first-contact             asked of agents
Mon 30 Nov 2026 14:54  reported: no_answer             by agents-1
Tue 01 Dec 2026 12:54  sms payment-missed
""")


def test_a_borrower_between_two_coasts_is_reached_only_when_both_are_awake() -> None:
    diary = story("us-personal-loan").owing("2400").due("2 Mar 2026").living_in(NEW_YORK, LOS_ANGELES).diary()
    for fact in diary.contacts():
        for zone in (NEW_YORK, LOS_ANGELES):
            assert OPENS <= local(fact.at, zone).time() < CLOSES, fact
    assert len(diary.contacts()) == 15


def test_where_our_hours_and_a_far_zone_never_meet_the_law_alone_says_when() -> None:
    diary = story("us-personal-loan").owing("2400").due("2 Jun 2026").living_in(NEW_YORK, HONOLULU).diary()
    assert diary.between("26 May", "12 Jun") == snapshot("""\
Tue 26 May 2026 14:00  email due-soon
Mon 01 Jun 2026 14:00  sms due-tomorrow
Wed 03 Jun 2026 12:54  letter validation-notice
Fri 05 Jun 2026 14:00  agent first-contact             asked of agents
Fri 05 Jun 2026 16:00  reported: no_answer             by agents-1
Mon 08 Jun 2026 14:00  sms payment-missed
Fri 12 Jun 2026 14:00  email payment-missed
""")


def test_zones_whose_lawful_hours_never_meet_leave_only_letters() -> None:
    nowhere = ("Asia/Shanghai", HONOLULU, "Africa/Accra")
    diary = story("cn-consumer").owing("8400").due("2 Mar 2026").living_in(*nowhere).diary()
    assert {fact.channel for fact in diary.contacts()} == {"letter", "registered"}
    assert "sms due-soon                    withheld: " in str(diary)


def test_a_clock_change_moves_no_contact_on_the_borrowers_clock() -> None:
    diary = story("us-personal-loan").owing("2400").due("28 Feb 2026").diary()
    assert diary.between("4 Mar", "14 Mar") == snapshot("""\
Fri 06 Mar 2026 12:54  sms payment-missed
Tue 10 Mar 2026 12:54  email payment-missed
Fri 13 Mar 2026 12:54  call payment-missed
""")
