"""Money that comes, comes late, comes in part, or goes back."""

from inline_snapshot import snapshot

from tests.story import (
    Story,
    charged,
    payment_returns,
    pays,
    plan_agreed,
    rescheduled,
    settlement_offered,
    story,
    waived,
)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def test_a_payment_before_the_first_contact_keeps_us_silent_altogether() -> None:
    diary = loan().when("22 Feb 09:00", pays("8400")).diary()
    assert str(diary) == snapshot("""\
Sun 22 Feb 2026 09:00  payment received                CNY 8,400.00
Sun 22 Feb 2026 09:00  closed: cured                   everything due is paid
""")


def test_who_pays_at_the_first_reminder_hears_no_second() -> None:
    diary = loan().when("24 Feb 18:00", pays("8400")).diary()
    assert str(diary) == snapshot("""\
Mon 23 Feb 2026 11:24  email due-soon
Tue 24 Feb 2026 18:00  payment received                CNY 8,400.00
Tue 24 Feb 2026 18:00  closed: cured                   everything due is paid
""")


def test_who_forgets_and_pays_late_is_left_alone_from_that_moment() -> None:
    diary = loan().when("11 Mar 20:15", pays("8400")).diary()
    assert diary.between("3 Mar", "31 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
Sun 08 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed
Wed 11 Mar 2026 20:15  payment received                CNY 8,400.00
Wed 11 Mar 2026 20:15  closed: cured                   everything due is paid
""")


def test_a_payment_while_an_agent_has_the_task_takes_the_task_back() -> None:
    diary = loan().when("3 Mar 12:00", pays("8400")).diary()
    assert diary.between("3 Mar", "31 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  payment received                CNY 8,400.00
Tue 03 Mar 2026 12:00  task withdrawn                  everything due is paid; a payment may still be returned
Tue 03 Mar 2026 12:00  closed: cured                   everything due is paid
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
""")


def test_paying_more_than_is_owed_closes_the_journey_just_the_same() -> None:
    diary = loan().when("5 Mar 08:00", pays("9000")).diary()
    assert str(diary).endswith("closed: cured                   everything due is paid\n")


def test_a_part_payment_does_not_stop_the_journey() -> None:
    diary = loan().when("5 Mar 18:10", pays("8000")).diary()
    assert diary.between("3 Mar", "12 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Thu 05 Mar 2026 18:10  payment received                CNY 8,000.00
Fri 06 Mar 2026 11:24  sms payment-missed
Sun 08 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed
""")


def test_two_part_payments_make_a_whole() -> None:
    diary = loan().when("5 Mar 18:10", pays("8000")).when("9 Mar 18:10", pays("400")).diary()
    assert diary.between("5 Mar", "31 Mar") == snapshot("""\
Thu 05 Mar 2026 18:10  payment received                CNY 8,000.00
Fri 06 Mar 2026 11:24  sms payment-missed
Sun 08 Mar 2026 11:24  email payment-missed
Mon 09 Mar 2026 18:10  payment received                CNY 400.00
Mon 09 Mar 2026 18:10  closed: cured                   everything due is paid
""")


def test_a_payment_returned_while_it_clears_lands_where_the_journey_would_have_been() -> None:
    diary = loan().when("4 Mar 18:10", pays("8400")).when("7 Mar 10:00", payment_returns()).diary()
    assert diary.between("1 Mar", "12 Mar") == snapshot("""\
Sun 01 Mar 2026 11:24  call due-tomorrow
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Wed 04 Mar 2026 18:10  payment received                CNY 8,400.00
Wed 04 Mar 2026 18:10  closed: cured                   everything due is paid
Sat 07 Mar 2026 10:00  payment returned                told-1
Sat 07 Mar 2026 10:00  reopened                        CNY 8,400.00 is due since 2 Mar 2026
Sat 07 Mar 2026 11:24  email payment-missed            the latest of 2 due
Tue 10 Mar 2026 11:24  call payment-missed
""")


def test_a_payment_returned_does_not_repeat_any_contact() -> None:
    diary = loan().when("4 Mar 18:10", pays("8400")).when("7 Mar 10:00", payment_returns()).diary()
    contacts = [(fact.due, fact.touch) for fact in diary.contacts()]
    assert len(contacts) == len(set(contacts))


def test_a_payment_returned_while_the_hand_off_waits_for_its_acknowledgement_hands_it_over_again() -> None:
    tale = loan().when("1 Jun 14:00", pays("8400")).when("2 Jun 10:00", payment_returns())
    assert tale.diary().between("1 Jun", "30 Jun") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Mon 01 Jun 2026 13:24  acknowledge_hand_off            asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 14:00  payment received                CNY 8,400.00
Mon 01 Jun 2026 14:00  task withdrawn                  everything due is paid; a payment may still be returned
Mon 01 Jun 2026 14:00  closed: cured                   everything due is paid
Mon 01 Jun 2026 15:24  reported: acknowledged          by legal-1
Tue 02 Jun 2026 10:00  payment returned                told-1
Tue 02 Jun 2026 10:00  reopened                        CNY 8,400.00 is due since 2 Mar 2026
Tue 02 Jun 2026 10:00  acknowledge_hand_off            asked of legal by Tue 09 Jun 2026 18:00
Tue 02 Jun 2026 12:00  reported: acknowledged          by legal-1
Tue 02 Jun 2026 12:00  closed: legal                   acknowledged by legal-1
""")


def test_paying_the_oldest_instalment_moves_the_journey_to_the_next() -> None:
    tale = story("cn-consumer").owing("4200").due("2 Mar 2026").due("20 Mar 2026")
    diary = tale.when("18 Mar 20:00", pays("4200")).diary()
    assert diary.between("16 Mar", "31 Mar") == snapshot("""\
Mon 16 Mar 2026 11:24  agent offer-plan                asked of agents
Mon 16 Mar 2026 13:24  reported: no_answer             by agents-1
Wed 18 Mar 2026 11:24  letter demand
Wed 18 Mar 2026 20:00  payment received                CNY 4,200.00
Thu 19 Mar 2026 11:24  call due-tomorrow               the latest of 3 due
Mon 23 Mar 2026 11:24  agent first-contact             asked of agents
Mon 23 Mar 2026 13:24  reported: no_answer             by agents-1
Tue 24 Mar 2026 11:24  sms payment-missed
Thu 26 Mar 2026 11:24  email payment-missed
Mon 30 Mar 2026 11:24  call payment-missed
""")


def test_paying_the_oldest_instalment_long_before_the_next_ends_the_journey() -> None:
    tale = story("cn-consumer").owing("4200").due("2 Mar 2026").due("2 Apr 2026")
    diary = tale.when("5 Mar 20:00", pays("4200")).diary()
    assert diary.between("5 Mar", "30 Apr") == snapshot("""\
Thu 05 Mar 2026 20:00  payment received                CNY 4,200.00
Thu 05 Mar 2026 20:00  closed: cured                   everything due is paid
""")


def test_each_due_date_needs_a_signature_of_its_own() -> None:
    tale = story("cn-consumer").owing("4200").due("2 Mar 2026").due("1 Jun 2026")
    diary = tale.when("1 Jun 13:24", pays("4200")).diary()
    assert diary.since("1 Jun") == snapshot("""\
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  payment received                CNY 4,200.00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Tue 02 Jun 2026 11:24  agent first-contact             asked of agents; the latest of 4 due
Tue 02 Jun 2026 13:24  reported: no_answer             by agents-1
Thu 04 Jun 2026 11:24  sms payment-missed
Sat 06 Jun 2026 11:24  email payment-missed
Tue 09 Jun 2026 11:24  call payment-missed
Mon 15 Jun 2026 11:24  agent offer-plan                asked of agents
Mon 15 Jun 2026 13:24  reported: no_answer             by agents-1
Wed 17 Jun 2026 11:24  letter demand
Sun 21 Jun 2026 11:24  sms demand
Fri 26 Jun 2026 11:24  email offer-plan
Thu 16 Jul 2026 11:24  agent last-offer                asked of agents
Thu 16 Jul 2026 13:24  reported: no_answer             by agents-1
Fri 31 Jul 2026 11:24  registered before-action
Sat 15 Aug 2026 11:24  sms before-action
Mon 31 Aug 2026 11:24  sign_hand_off                   asked of legal by Mon 07 Sep 2026 18:00
Mon 31 Aug 2026 13:24  reported: signed                by legal-1
Mon 31 Aug 2026 13:24  acknowledge_hand_off            asked of legal by Mon 07 Sep 2026 18:00
Mon 31 Aug 2026 15:24  reported: acknowledged          by legal-1
Mon 31 Aug 2026 15:24  closed: legal                   acknowledged by legal-1
""")


def test_an_agent_is_called_back_when_the_due_date_of_the_call_is_paid() -> None:
    two = story("cn-consumer").owing("8400").due("2 Mar 2026").due("2 Apr").with_silent_staff()
    diary = two.taken_up("8 Apr 2026").when("9 Apr 18:00", pays("8400")).diary()
    assert diary.between("8 Apr", "14 Apr") == snapshot("""\
Wed 08 Apr 2026 11:24  visit doorstep                  asked of field; the latest of 12 due
Thu 09 Apr 2026 18:00  payment received                CNY 8,400.00
Thu 09 Apr 2026 18:00  task withdrawn                  the oldest unpaid due date is 2 Apr now
Fri 10 Apr 2026 11:24  call payment-missed             the latest of 7 due
Tue 14 Apr 2026 11:24  agent offer-plan                asked of agents
""")


def test_what_was_let_go_closes_at_once_also_where_a_payment_would_have_to_clear() -> None:
    tale = loan().by_version(1).when("4 Mar 12:00", waived("8400"))
    assert tale.diary().since("4 Mar") == snapshot("""\
Wed 04 Mar 2026 12:00  sum waived                      CNY 8,400.00 of principal, goodwill, by ops-1
Wed 04 Mar 2026 12:00  closed: cured                   everything due is paid
""")


def test_a_payment_that_new_terms_counted_on_reopens_them_when_it_comes_back_after_their_end() -> None:
    terms = rescheduled(("1 Apr", "7400"), reason="restructured")
    tale = loan().when("5 Mar 09:00", pays("1000")).when("6 Mar 09:00", terms)
    tale = tale.when("30 Mar 12:00", pays("7400")).when("3 Apr 12:00", payment_returns())
    assert tale.diary().between("30 Mar", "4 Apr") == snapshot("""\
Mon 30 Mar 2026 12:00  payment received                CNY 7,400.00
Mon 30 Mar 2026 12:00  closed: cured                   everything due is paid
Fri 03 Apr 2026 12:00  payment returned                told-1
Fri 03 Apr 2026 12:00  reopened                        CNY 1,000.00 is due since 1 Apr 2026
""")


def test_who_settled_once_and_pays_a_later_fee_is_cured_not_settled_again() -> None:
    tale = (
        loan().when("20 May 09:00", settlement_offered("6720", "30 May")).when("21 May 09:00", pays("6720"))
    )
    again = tale.when("1 Jun 09:00", charged("20")).when("1 Jun 10:00", pays("20"))
    assert tale.walk()[0].outcome == "settled"
    assert again.walk()[0].outcome == "cured"


def test_who_kept_a_plan_once_and_pays_the_next_instalment_without_one_is_cured() -> None:
    tale = loan().when("5 Mar 09:00", plan_agreed(("10 Mar", "8400"))).when("9 Mar 09:00", pays("8400"))
    again = tale.when("20 Mar 09:00", charged("20")).when("22 Mar 09:00", pays("20"))
    assert tale.walk()[0].outcome == "plan_completed"
    assert again.walk()[0].outcome == "cured"


def test_a_settlement_paid_taken_back_and_paid_again_in_time_is_settled() -> None:
    tale = (
        loan().when("20 May 09:00", settlement_offered("6720", "30 May")).when("21 May 09:00", pays("6720"))
    )
    again = tale.when("25 May 09:00", payment_returns()).when("28 May 09:00", pays("6720"))
    assert again.walk()[0].outcome == "settled"


def test_a_payment_taken_back_before_its_due_date_is_not_forgotten() -> None:
    tale = loan().when("22 Feb 09:00", pays("8400")).when("26 Feb 12:00", payment_returns())
    assert tale.diary().between("22 Feb", "3 Mar") == snapshot("""\
Sun 22 Feb 2026 09:00  payment received                CNY 8,400.00
Sun 22 Feb 2026 09:00  closed: cured                   everything due is paid
Thu 26 Feb 2026 12:00  payment returned                told-1
Thu 26 Feb 2026 12:00  reopened                        CNY 8,400.00 falls due on 2 Mar 2026
Fri 27 Feb 2026 11:24  sms due-soon                    the latest of 2 due
Sun 01 Mar 2026 11:24  call due-tomorrow
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
""")


def test_a_payment_that_counts_from_the_past_moves_the_journey_to_where_the_facts_are() -> None:
    tale = story("cn-consumer").owing("4200").due("2 Mar 2026").due("2 Apr")
    tale = tale.learnt("6 Apr 12:00", "2 Mar 20:00", pays("4200"))
    assert tale.diary().between("4 Apr", "14 Apr") == snapshot("""\
Tue 07 Apr 2026 11:24  email payment-missed            the latest of 6 due
Fri 10 Apr 2026 11:24  call payment-missed
Tue 14 Apr 2026 11:24  agent offer-plan                asked of agents
Tue 14 Apr 2026 13:24  reported: no_answer             by agents-1
""")
