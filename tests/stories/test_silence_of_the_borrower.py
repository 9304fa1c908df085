"""Journeys nobody answers, in each place, and those that are taken up late."""

from inline_snapshot import snapshot

from tests.story import story


def test_in_china_a_journey_nobody_answers_ends_with_the_legal_team() -> None:
    diary = story("cn-consumer").owing("8400").due("2 Mar 2026").diary()
    assert str(diary) == snapshot("""\
Mon 23 Feb 2026 11:24  email due-soon
Fri 27 Feb 2026 11:24  sms due-soon
Sun 01 Mar 2026 11:24  call due-tomorrow
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
Sun 08 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed
Mon 16 Mar 2026 11:24  agent offer-plan                asked of agents
Mon 16 Mar 2026 13:24  reported: no_answer             by agents-1
Wed 18 Mar 2026 11:24  letter demand
Sun 22 Mar 2026 11:24  sms demand
Fri 27 Mar 2026 11:24  email offer-plan
Thu 02 Apr 2026 11:24  visit doorstep                  asked of field
Thu 02 Apr 2026 13:24  reported: no_answer             by field-1
Thu 16 Apr 2026 11:24  agent last-offer                asked of agents
Thu 16 Apr 2026 13:24  reported: no_answer             by agents-1
Wed 06 May 2026 11:24  registered before-action
Sat 16 May 2026 11:24  sms before-action
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Mon 01 Jun 2026 13:24  acknowledge_hand_off            asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 15:24  reported: acknowledged          by legal-1
Mon 01 Jun 2026 15:24  closed: legal                   acknowledged by legal-1
""")


def test_in_the_united_states_a_journey_nobody_answers_ends_with_the_legal_team() -> None:
    diary = story("us-personal-loan").owing("2400").due("2 Mar 2026").diary()
    assert str(diary) == snapshot("""\
Mon 23 Feb 2026 12:54  email due-soon
Sun 01 Mar 2026 12:54  sms due-tomorrow
Tue 03 Mar 2026 12:54  letter validation-notice
Thu 05 Mar 2026 12:54  agent first-contact             asked of agents
Thu 05 Mar 2026 14:54  reported: no_answer             by agents-1
Sun 08 Mar 2026 12:54  sms payment-missed
Thu 12 Mar 2026 12:54  email payment-missed
Sun 15 Mar 2026 12:54  call payment-missed
Fri 20 Mar 2026 12:54  agent offer-plan                asked of agents
Fri 20 Mar 2026 14:54  reported: no_answer             by agents-1
Fri 27 Mar 2026 12:54  email offer-plan
Mon 13 Apr 2026 12:54  letter demand
Thu 16 Apr 2026 12:54  sms demand
Tue 21 Apr 2026 12:54  agent last-offer                asked of agents
Tue 21 Apr 2026 14:54  reported: no_answer             by agents-1
Mon 27 Apr 2026 12:54  visit doorstep                  asked of field
Mon 27 Apr 2026 14:54  reported: no_answer             by field-1
Wed 06 May 2026 12:54  registered before-action
Thu 21 May 2026 12:54  sms before-action
Wed 10 Jun 2026 12:54  sign_hand_off                   asked of legal by Wed 17 Jun 2026 18:00
Wed 10 Jun 2026 14:54  reported: signed                by legal-1
Wed 10 Jun 2026 14:54  acknowledge_hand_off            asked of legal by Wed 17 Jun 2026 18:00
Wed 10 Jun 2026 16:54  reported: acknowledged          by legal-1
Wed 10 Jun 2026 16:54  closed: legal                   acknowledged by legal-1
""")


def test_a_small_debt_is_not_worth_a_visit() -> None:
    diary = story("cn-consumer").owing("4999.99").due("2 Mar 2026").diary()
    assert "visit" not in str(diary)


def test_an_instalment_that_is_not_yet_due_does_not_make_a_visit_worth_it() -> None:
    diary = story("cn-consumer").due("2 Mar 2026", "3000").due("2 Nov 2026", "3000").diary()
    assert "visit" not in str(diary)


def test_a_loan_taken_up_on_day_40_hears_only_the_latest_touch() -> None:
    diary = story("cn-consumer").owing("8400").due("2 Mar 2026").taken_up("11 Apr").diary()
    assert diary.between("11 Apr", "7 May") == snapshot("""\
Mon 13 Apr 2026 11:24  visit doorstep                  asked of field; the latest of 12 due
Mon 13 Apr 2026 13:24  reported: no_answer             by field-1
Thu 16 Apr 2026 11:24  agent last-offer                asked of agents
Thu 16 Apr 2026 13:24  reported: no_answer             by agents-1
Wed 06 May 2026 11:24  registered before-action
""")


def test_a_loan_taken_up_late_still_gets_the_notice_the_law_requires() -> None:
    diary = story("us-personal-loan").owing("2400").due("2 Mar 2026").taken_up("11 Apr").diary()
    assert diary.between("11 Apr", "27 May") == snapshot("""\
Mon 13 Apr 2026 12:54  letter validation-notice        the latest of 3 due
Thu 21 May 2026 12:54  registered before-action        the latest of 11 due
Fri 22 May 2026 12:54  sms before-action
""")
