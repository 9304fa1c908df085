"""Holds placed ahead of their time, and what the law is told of besides contacts."""

from inline_snapshot import snapshot

from journeys.borrower import Channel
from tests.story import Story, disputes, hold_placed, noted, story


def loan(strategy: str = "cn-consumer") -> Story:
    return story(strategy).owing("8400").due("2 Mar 2026")


def test_a_hold_ahead_of_its_time_moves_only_what_falls_into_it() -> None:
    tale = loan().when("24 Feb 09:00", hold_placed("17 Mar 00:00", since="4 Mar 00:00"))
    assert tale.diary().between("1 Mar", "19 Mar") == snapshot("""\
Sun 01 Mar 2026 11:24  call due-tomorrow
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Tue 17 Mar 2026 11:24  agent offer-plan                asked of agents; the latest of 4 due
Tue 17 Mar 2026 13:24  reported: no_answer             by agents-1
Wed 18 Mar 2026 11:24  letter demand
""")


def test_the_latest_touch_that_a_hold_on_its_channel_kept_back_goes_out_after_it() -> None:
    held = hold_placed("15 Mar 00:00", since="5 Mar 00:00", channel=Channel.SMS)
    tale = loan().reached_by(Channel.SMS).when("5 Mar 00:00", held)
    assert tale.diary().between("1 Mar", "23 Mar") == snapshot("""\
Sun 01 Mar 2026 11:24  call due-tomorrow               withheld: no contact point (NO_CONTACT_POINT)
Tue 03 Mar 2026 11:24  agent first-contact             withheld: no contact point (NO_CONTACT_POINT)
Thu 05 Mar 2026 00:00  hold placed: review             texts on hold until Sun 15 Mar 2026 00:00, by ops-1
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: sms is on hold (review) until 15 Mar (HOLD)
Sat 07 Mar 2026 11:24  email payment-missed            withheld: no contact point (NO_CONTACT_POINT)
Tue 10 Mar 2026 11:24  call payment-missed             withheld: no contact point (NO_CONTACT_POINT)
Sun 15 Mar 2026 11:24  sms payment-missed
Mon 16 Mar 2026 11:24  agent offer-plan                withheld: no contact point (NO_CONTACT_POINT)
Wed 18 Mar 2026 11:24  letter demand                   withheld: no contact point (NO_CONTACT_POINT)
Sun 22 Mar 2026 11:24  sms demand
""")


def test_what_a_hold_on_one_channel_kept_back_is_not_said_where_another_has_spoken_since() -> None:
    held = hold_placed("9 Mar 00:00", since="5 Mar 00:00", channel=Channel.SMS)
    tale = loan().reached_by(Channel.SMS, Channel.EMAIL).when("5 Mar 00:00", held)
    assert tale.diary().between("1 Mar", "23 Mar") == snapshot("""\
Sun 01 Mar 2026 11:24  call due-tomorrow               withheld: no contact point (NO_CONTACT_POINT)
Tue 03 Mar 2026 11:24  agent first-contact             withheld: no contact point (NO_CONTACT_POINT)
Thu 05 Mar 2026 00:00  hold placed: review             texts on hold until Mon 09 Mar 2026 00:00, by ops-1
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: sms is on hold (review) until 9 Mar (HOLD)
Sat 07 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed             withheld: no contact point (NO_CONTACT_POINT)
Mon 16 Mar 2026 11:24  agent offer-plan                withheld: no contact point (NO_CONTACT_POINT)
Wed 18 Mar 2026 11:24  letter demand                   withheld: no contact point (NO_CONTACT_POINT)
Sun 22 Mar 2026 11:24  sms demand
""")


def test_a_hold_that_begins_takes_the_agents_task_back() -> None:
    tale = loan().with_silent_staff().when("24 Feb 09:00", hold_placed("9 Mar 00:00", since="3 Mar 12:00"))
    assert tale.diary().between("3 Mar", "9 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  task withdrawn                  on hold (review) until 9 Mar
Mon 09 Mar 2026 11:24  email payment-missed            the latest of 3 due
""")


def test_bankruptcy_withholds_everything_until_it_is_closed() -> None:
    tale = loan("us-personal-loan").when("3 Mar 09:00", noted("bankruptcy_filed"))
    tale = tale.when("30 Mar 09:00", noted("bankruptcy_closed"))
    assert tale.diary().between("1 Mar", "12 May") == snapshot("""\
Sun 01 Mar 2026 12:54  sms due-tomorrow
Tue 03 Mar 2026 09:00  circumstance noted              bankruptcy filed
Tue 03 Mar 2026 12:54  letter validation-notice        withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Thu 05 Mar 2026 12:54  agent first-contact             withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Sun 08 Mar 2026 12:54  sms payment-missed              withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Thu 12 Mar 2026 12:54  email payment-missed            withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Sun 15 Mar 2026 12:54  call payment-missed             withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Fri 20 Mar 2026 12:54  agent offer-plan                withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Fri 27 Mar 2026 12:54  email offer-plan                withheld: bankruptcy filed on 3 Mar 2026 (US.BK.STAY)
Mon 30 Mar 2026 09:00  circumstance noted              bankruptcy closed
Mon 30 Mar 2026 12:54  letter validation-notice
Thu 07 May 2026 12:54  letter demand
Fri 08 May 2026 12:54  registered before-action        the latest of 4 due
""")


def test_hours_they_named_as_inconvenient_move_contacts() -> None:
    mornings = [{"from": "08:00", "to": "13:30"}]
    tale = loan("us-personal-loan").when("24 Feb 09:00", noted("designation", windows=mornings))
    assert tale.diary().between("24 Feb", "8 Mar") == snapshot("""\
Tue 24 Feb 2026 09:00  circumstance noted              designation
Sun 01 Mar 2026 13:30  sms due-tomorrow
Tue 03 Mar 2026 12:54  letter validation-notice
Thu 05 Mar 2026 13:30  agent first-contact             asked of agents
Thu 05 Mar 2026 15:30  reported: no_answer             by agents-1
Sun 08 Mar 2026 13:30  sms payment-missed
""")


def test_a_lawyer_silences_contacts_with_the_borrower_and_takes_tasks_back() -> None:
    tale = loan().with_silent_staff().when("3 Mar 12:00", noted("attorney_known"), disputes())
    assert tale.diary().between("3 Mar", "9 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  circumstance noted              attorney known
Tue 03 Mar 2026 12:00  dispute raised                  amount
Tue 03 Mar 2026 12:00  task withdrawn                  disputed since 3 Mar; no contact until it is answered
Tue 03 Mar 2026 12:00  answer_dispute                  asked of disputes by Tue 17 Mar 2026 18:00
""")
