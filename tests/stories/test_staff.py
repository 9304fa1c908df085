"""What people inside the house do, and what happens when they do nothing."""

from inline_snapshot import snapshot

from journeys.actions import Job
from tests.story import Story, hold_lifted, hold_placed, staff_stop, story


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def test_a_visit_nobody_reports_is_chased_once_and_given_up() -> None:
    diary = loan().with_silent_staff().diary()
    assert diary.between("2 Apr", "25 Apr") == snapshot("""\
Thu 02 Apr 2026 11:24  visit doorstep                  asked of field
Fri 10 Apr 2026 18:00  reminder to staff               now by Fri 17 Apr 2026 18:00
Fri 17 Apr 2026 18:00  task given up                   nobody reported
Mon 20 Apr 2026 11:24  agent last-offer                asked of agents
Tue 21 Apr 2026 18:00  reminder to staff               now by Wed 22 Apr 2026 18:00
Wed 22 Apr 2026 18:00  task given up                   nobody reported
""")


def test_in_the_united_states_a_journey_ends_though_nobody_in_the_house_ever_reports() -> None:
    diary = story("us-personal-loan").owing("2400").due("2 Mar 2026").with_silent_staff().diary()
    assert diary.since("15 Apr") == snapshot("""\
Thu 16 Apr 2026 12:54  sms demand
Tue 21 Apr 2026 12:54  agent last-offer                asked of agents
Wed 22 Apr 2026 18:00  reminder to staff               now by Thu 23 Apr 2026 18:00
Thu 23 Apr 2026 18:00  task given up                   nobody reported
Mon 27 Apr 2026 12:54  visit doorstep                  asked of field
Mon 04 May 2026 18:00  reminder to staff               now by Mon 11 May 2026 18:00
Mon 11 May 2026 18:00  task given up                   nobody reported
Tue 12 May 2026 12:54  registered before-action
Thu 21 May 2026 12:54  sms before-action
Thu 11 Jun 2026 12:54  sign_hand_off                   asked of legal by Thu 18 Jun 2026 18:00
Thu 18 Jun 2026 18:00  reminder to staff               now by Fri 26 Jun 2026 18:00
Fri 26 Jun 2026 18:00  task given up                   nobody reported
Fri 26 Jun 2026 18:00  closed: released                not signed (nobody answered)
""")


def test_a_hand_off_that_is_refused_releases_the_borrower() -> None:
    diary = loan().with_staff(Job.SIGN_HAND_OFF, "refused").diary()
    assert diary.since("31 May") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: refused               by legal-1
Mon 01 Jun 2026 13:24  closed: released                not signed (refused)
""")


def test_a_hand_off_nobody_signs_releases_the_borrower() -> None:
    diary = loan().with_staff(Job.SIGN_HAND_OFF, None).diary()
    assert diary.since("31 May") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 08 Jun 2026 18:00  reminder to staff               now by Mon 15 Jun 2026 18:00
Mon 15 Jun 2026 18:00  task given up                   nobody reported
Mon 15 Jun 2026 18:00  closed: released                not signed (nobody answered)
""")


def test_a_hand_off_nobody_acknowledges_is_lodged_all_the_same() -> None:
    diary = loan().with_staff(Job.ACKNOWLEDGE_HAND_OFF, None).diary()
    assert diary.since("31 May") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Mon 01 Jun 2026 13:24  acknowledge_hand_off            asked of legal by Mon 08 Jun 2026 18:00
Mon 08 Jun 2026 18:00  reminder to staff               now by Mon 15 Jun 2026 18:00
Mon 15 Jun 2026 18:00  task given up                   nobody reported
Mon 15 Jun 2026 18:00  closed: legal                   lodged, never acknowledged
""")


def test_a_hold_silences_us_until_it_ends() -> None:
    diary = loan().when("5 Mar 10:00", hold_placed(until="17 Mar 12:00")).diary()
    assert diary.between("5 Mar", "23 Mar") == snapshot("""\
Thu 05 Mar 2026 10:00  hold placed: review             contacts on hold until Tue 17 Mar 2026 12:00, by ops-1
Wed 18 Mar 2026 11:24  letter demand                   the latest of 5 due
Sun 22 Mar 2026 11:24  sms demand
""")


def test_a_hold_lifted_early_ends_at_that_moment() -> None:
    tale = loan().when("5 Mar 10:00", hold_placed(until="17 Mar 12:00")).when("9 Mar 10:00", hold_lifted())
    assert tale.diary().between("5 Mar", "12 Mar") == snapshot("""\
Thu 05 Mar 2026 10:00  hold placed: review             contacts on hold until Tue 17 Mar 2026 12:00, by ops-1
Mon 09 Mar 2026 10:00  hold lifted                     by ops-1
Mon 09 Mar 2026 11:24  email payment-missed            the latest of 2 due
Tue 10 Mar 2026 11:24  call payment-missed
""")


def test_staff_stop_a_journey_at_once_and_take_its_tasks_with_it() -> None:
    diary = loan().when("3 Mar 12:00", staff_stop()).diary()
    assert diary.since("3 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  journey stopped                 sold, by ops-1
Tue 03 Mar 2026 12:00  task withdrawn                  stopped by ops-1: sold
Tue 03 Mar 2026 12:00  closed: stopped                 stopped by ops-1: sold
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
""")


def test_a_dispute_an_agent_reports_is_a_dispute() -> None:
    tale = loan().with_staff(Job.AGENT_CALL, "disputed").with_staff(Job.ANSWER_DISPUTE, None)
    assert tale.diary().since("3 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: disputed              by agents-1
Tue 03 Mar 2026 13:24  answer_dispute                  asked of disputes by Tue 17 Mar 2026 18:00
Tue 17 Mar 2026 18:00  reminder to staff               now by Tue 31 Mar 2026 18:00
Tue 31 Mar 2026 18:00  task given up                   nobody reported
Tue 31 Mar 2026 18:00  closed: released                nobody answered the dispute
""")


def test_who_says_they_have_paid_is_left_alone_until_a_person_has_looked() -> None:
    tale = loan().with_staff(Job.AGENT_CALL, "paid_already").with_staff(Job.ANSWER_REPLY, None)
    assert tale.diary().between("3 Mar", "11 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: paid_already          by agents-1
Wed 04 Mar 2026 13:24  answer_reply                    asked of agents by Fri 06 Mar 2026 18:00
Fri 06 Mar 2026 18:00  reminder to staff               now by Tue 10 Mar 2026 18:00
Tue 10 Mar 2026 18:00  task given up                   nobody reported
Wed 11 Mar 2026 11:24  call payment-missed             the latest of 3 due
""")


def test_a_result_that_a_job_does_not_know_says_nothing() -> None:
    tale = loan().with_staff(Job.SIGN_HAND_OFF, "Signed")
    assert tale.diary().since("31 May") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: Signed                by legal-1
Mon 08 Jun 2026 18:00  reminder to staff               now by Mon 15 Jun 2026 18:00
Mon 15 Jun 2026 18:00  task given up                   nobody reported
Mon 15 Jun 2026 18:00  closed: released                not signed (nobody answered)
""")
