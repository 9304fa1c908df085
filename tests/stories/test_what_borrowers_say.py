"""Promises, disputes, hardship, and the words that close a channel."""

from dataclasses import replace

from inline_snapshot import snapshot

from journeys.actions import Close, Job, LodgeHandOff, PrepareHandOff
from journeys.borrower import Channel
from journeys.facts import CircumstanceNoted, ContactPointFailed, JourneyClosed, TaskOpened, TaskReported
from journeys.law.jurisdiction import law_of
from journeys.rules import next_action
from journeys.strategy import published
from journeys.view import View
from tests.story import (
    Story,
    ceases,
    disputes,
    in_hardship,
    noted,
    pays,
    promises,
    says_stop,
    story,
    writes,
    wrong_number,
)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026")


def test_a_promise_silences_us_until_the_day_after() -> None:
    diary = loan().when("5 Mar 18:10", promises("8400", by="12 Mar")).diary()
    assert diary.between("5 Mar", "13 Mar") == snapshot("""\
Thu 05 Mar 2026 18:10  promise made                    CNY 8,400.00 by 12 Mar 2026
Fri 13 Mar 2026 11:24  call payment-missed             the latest of 3 due
""")


def test_a_promise_kept_ends_the_journey() -> None:
    tale = loan().when("5 Mar 18:10", promises("8400", by="12 Mar")).when("11 Mar 21:00", pays("8400"))
    assert tale.diary().between("5 Mar", "31 Mar") == snapshot("""\
Thu 05 Mar 2026 18:10  promise made                    CNY 8,400.00 by 12 Mar 2026
Wed 11 Mar 2026 21:00  payment received                CNY 8,400.00
Wed 11 Mar 2026 21:00  closed: cured                   everything due is paid
""")


def test_a_promise_kept_in_part_is_broken_the_day_after() -> None:
    tale = loan().when("5 Mar 18:10", promises("8400", by="12 Mar")).when("11 Mar 21:00", pays("5000"))
    assert tale.diary().between("5 Mar", "16 Mar") == snapshot("""\
Thu 05 Mar 2026 18:10  promise made                    CNY 8,400.00 by 12 Mar 2026
Wed 11 Mar 2026 21:00  payment received                CNY 5,000.00
Fri 13 Mar 2026 11:24  call payment-missed             the latest of 3 due
Mon 16 Mar 2026 11:24  agent offer-plan                asked of agents
Mon 16 Mar 2026 13:24  reported: no_answer             by agents-1
""")


def test_a_report_that_crosses_the_promise_it_led_to_spares_them_the_same_call_again() -> None:
    tale = loan().with_staff(Job.AGENT_CALL, "promised").when("3 Mar 13:00", promises("8400", by="4 Mar"))
    assert tale.diary().between("3 Mar", "6 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:00  promise made                    CNY 8,400.00 by 04 Mar 2026
Tue 03 Mar 2026 13:00  task withdrawn                  promised CNY 8,400.00 by 4 Mar
Tue 03 Mar 2026 13:24  reported: promised              by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
""")


def test_a_dispute_is_silence_until_somebody_answers_that_the_debt_stands() -> None:
    assert loan().when("5 Mar 11:00", disputes()).diary().between("5 Mar", "8 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  dispute raised                  amount
Thu 05 Mar 2026 11:00  answer_dispute                  asked of disputes by Thu 19 Mar 2026 18:00
Thu 05 Mar 2026 13:00  reported: stands                by disputes-1
Fri 06 Mar 2026 11:24  sms payment-missed
Sun 08 Mar 2026 11:24  email payment-missed
""")


def test_a_dispute_upheld_ends_the_journey() -> None:
    tale = loan().when("5 Mar 11:00", disputes()).with_staff(Job.ANSWER_DISPUTE, "upheld")
    assert tale.diary().since("5 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  dispute raised                  amount
Thu 05 Mar 2026 11:00  answer_dispute                  asked of disputes by Thu 19 Mar 2026 18:00
Thu 05 Mar 2026 13:00  reported: upheld                by disputes-1
Thu 05 Mar 2026 13:00  closed: released                the dispute was upheld by disputes-1
""")


def test_a_dispute_nobody_answers_ends_the_journey_after_one_reminder() -> None:
    tale = loan().when("5 Mar 11:00", disputes()).with_staff(Job.ANSWER_DISPUTE, None)
    assert tale.diary().since("5 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  dispute raised                  amount
Thu 05 Mar 2026 11:00  answer_dispute                  asked of disputes by Thu 19 Mar 2026 18:00
Thu 19 Mar 2026 18:00  reminder to staff               now by Thu 02 Apr 2026 18:00
Thu 02 Apr 2026 18:00  task given up                   nobody reported
Thu 02 Apr 2026 18:00  closed: released                nobody answered the dispute
""")


def test_a_dispute_takes_the_agents_task_back_and_it_is_asked_again_once_answered() -> None:
    tale = loan().with_staff(Job.AGENT_CALL, None).when("3 Mar 12:00", disputes())
    assert tale.diary().between("3 Mar", "7 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  dispute raised                  amount
Tue 03 Mar 2026 12:00  task withdrawn                  disputed since 3 Mar; no contact until it is answered
Tue 03 Mar 2026 12:00  answer_dispute                  asked of disputes by Tue 17 Mar 2026 18:00
Tue 03 Mar 2026 14:00  reported: stands                by disputes-1
Wed 04 Mar 2026 11:24  agent first-contact             asked of agents
Thu 05 Mar 2026 18:00  reminder to staff               now by Fri 06 Mar 2026 18:00
Fri 06 Mar 2026 18:00  task given up                   nobody reported
Sat 07 Mar 2026 11:24  email payment-missed            the latest of 2 due
""")


def test_stop_closes_texts_only_and_each_text_withheld_is_on_record() -> None:
    diary = loan().when("28 Feb 18:10", says_stop(Channel.SMS)).diary()
    assert str(diary) == snapshot("""\
Mon 23 Feb 2026 11:24  email due-soon
Fri 27 Feb 2026 11:24  sms due-soon
Sat 28 Feb 2026 18:10  opted out                       sms
Sun 01 Mar 2026 11:24  call due-tomorrow
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: no_answer             by agents-1
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: stop medium on 28 Feb 2026 (HOUSE.OPTOUT)
Sat 07 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed
Mon 16 Mar 2026 11:24  agent offer-plan                asked of agents
Mon 16 Mar 2026 13:24  reported: no_answer             by agents-1
Wed 18 Mar 2026 11:24  letter demand
Sun 22 Mar 2026 11:24  sms demand                      withheld: stop medium on 28 Feb 2026 (HOUSE.OPTOUT)
Fri 27 Mar 2026 11:24  email offer-plan
Thu 02 Apr 2026 11:24  visit doorstep                  asked of field
Thu 02 Apr 2026 13:24  reported: no_answer             by field-1
Thu 16 Apr 2026 11:24  agent last-offer                asked of agents
Thu 16 Apr 2026 13:24  reported: no_answer             by agents-1
Wed 06 May 2026 11:24  registered before-action
Sat 16 May 2026 11:24  sms before-action               withheld: stop medium on 28 Feb 2026 (HOUSE.OPTOUT)
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Mon 01 Jun 2026 13:24  acknowledge_hand_off            asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 15:24  reported: acknowledged          by legal-1
Mon 01 Jun 2026 15:24  closed: legal                   acknowledged by legal-1
""")


def test_what_is_due_by_a_closed_channel_never_displaces_what_can_reach_them() -> None:
    tale = loan().when("28 Feb 18:10", says_stop(Channel.SMS))
    diary = tale.when("12 Mar 12:00", promises("8400", by="22 Mar")).diary()
    assert diary.between("12 Mar", "27 Mar") == snapshot("""\
Thu 12 Mar 2026 12:00  promise made                    CNY 8,400.00 by 22 Mar 2026
Mon 23 Mar 2026 11:24  letter demand                   the latest of 2 due
Mon 23 Mar 2026 11:24  sms demand                      withheld: stop medium on 28 Feb 2026 (HOUSE.OPTOUT)
Fri 27 Mar 2026 11:24  email offer-plan
""")


def test_cease_leads_to_no_contact_at_all() -> None:
    diary = loan().when("28 Feb 18:10", ceases()).diary()
    assert diary.since("28 Feb") == snapshot("""\
Sat 28 Feb 2026 18:10  opted out                       of all contact
Sun 01 Mar 2026 11:24  call due-tomorrow               withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Tue 03 Mar 2026 11:24  agent first-contact             withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Sat 07 Mar 2026 11:24  email payment-missed            withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Tue 10 Mar 2026 11:24  call payment-missed             withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Mon 16 Mar 2026 11:24  agent offer-plan                withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Wed 18 Mar 2026 11:24  letter demand                   withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Sun 22 Mar 2026 11:24  sms demand                      withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Fri 27 Mar 2026 11:24  email offer-plan                withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Thu 02 Apr 2026 11:24  visit doorstep                  withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Thu 16 Apr 2026 11:24  agent last-offer                withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Wed 06 May 2026 11:24  registered before-action        withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Sat 16 May 2026 11:24  sms before-action               withheld: cease received on 28 Feb 2026 (HOUSE.CEASE)
Mon 01 Jun 2026 11:24  sign_hand_off                   asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 13:24  reported: signed                by legal-1
Mon 01 Jun 2026 13:24  acknowledge_hand_off            asked of legal by Mon 08 Jun 2026 18:00
Mon 01 Jun 2026 15:24  reported: acknowledged          by legal-1
Mon 01 Jun 2026 15:24  closed: legal                   acknowledged by legal-1
""")


def test_cease_takes_the_agents_task_back_before_they_call() -> None:
    diary = loan().with_staff(Job.AGENT_CALL, None).when("3 Mar 12:00", ceases()).diary()
    assert diary.between("3 Mar", "5 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 12:00  opted out                       of all contact
Tue 03 Mar 2026 12:00  task withdrawn                  cease received on 3 Mar 2026 (for every loan)
Tue 03 Mar 2026 12:00  agent first-contact             withheld: cease received on 3 Mar 2026 (HOUSE.CEASE)
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: cease received on 3 Mar 2026 (HOUSE.CEASE)
""")


def test_a_wrong_number_closes_every_channel_of_the_telephone() -> None:
    diary = loan().when("28 Feb 18:10", wrong_number(Channel.SMS)).diary()
    assert diary.between("28 Feb", "20 Mar") == snapshot("""\
Sat 28 Feb 2026 18:10  sms fails                       wrong_person
Sun 01 Mar 2026 11:24  call due-tomorrow               withheld: contact point failed on 28 Feb 2026 (HOUSE.POINT)
Tue 03 Mar 2026 11:24  agent first-contact             withheld: contact point failed on 28 Feb 2026 (HOUSE.POINT)
Thu 05 Mar 2026 11:24  sms payment-missed              withheld: contact point failed on 28 Feb 2026 (HOUSE.POINT)
Sat 07 Mar 2026 11:24  email payment-missed
Tue 10 Mar 2026 11:24  call payment-missed             withheld: contact point failed on 28 Feb 2026 (HOUSE.POINT)
Mon 16 Mar 2026 11:24  agent offer-plan                withheld: contact point failed on 28 Feb 2026 (HOUSE.POINT)
Wed 18 Mar 2026 11:24  letter demand
""")  # noqa: E501


def test_in_hardship_nothing_is_asked_until_the_day_given() -> None:
    diary = loan().when("5 Mar 18:10", in_hardship(until="2 Apr")).diary()
    assert diary.between("5 Mar", "20 Apr") == snapshot("""\
Thu 05 Mar 2026 18:10  hardship reported               until 02 Apr 2026
Thu 02 Apr 2026 11:24  visit doorstep                  asked of field; the latest of 8 due
Thu 02 Apr 2026 13:24  reported: no_answer             by field-1
Thu 16 Apr 2026 11:24  agent last-offer                asked of agents
Thu 16 Apr 2026 13:24  reported: no_answer             by agents-1
""")


def test_what_a_machine_does_not_understand_is_silence_until_a_person_has_answered() -> None:
    tale = loan().when("5 Mar 11:00", writes("paid"))
    assert tale.diary().between("5 Mar", "6 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  reply by sms                    paid
Thu 05 Mar 2026 11:00  answer_reply                    asked of agents by Mon 09 Mar 2026 18:00
Thu 05 Mar 2026 13:00  reported: answered              by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
""")


def test_a_reply_nobody_answers_is_given_up_and_the_journey_goes_on() -> None:
    tale = loan().when("5 Mar 11:00", writes("other")).with_staff(Job.ANSWER_REPLY, None)
    assert tale.diary().between("5 Mar", "12 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  reply by sms                    other
Thu 05 Mar 2026 11:00  answer_reply                    asked of agents by Mon 09 Mar 2026 18:00
Mon 09 Mar 2026 18:00  reminder to staff               now by Wed 11 Mar 2026 18:00
Wed 11 Mar 2026 18:00  task given up                   nobody reported
Thu 12 Mar 2026 11:24  call payment-missed             the latest of 3 due
""")


def test_one_answer_serves_all_that_was_written_before_it() -> None:
    tale = loan().when("5 Mar 11:00", writes("help"), writes("paid")).when("5 Mar 12:00", writes("other"))
    assert tale.diary().between("5 Mar", "6 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  reply by sms                    help
Thu 05 Mar 2026 11:00  reply by sms                    paid
Thu 05 Mar 2026 11:00  answer_reply                    asked of agents by Mon 09 Mar 2026 18:00
Thu 05 Mar 2026 12:00  reply by sms                    other
Thu 05 Mar 2026 13:00  reported: answered              by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
""")


def test_who_has_paid_needs_no_answer_any_more() -> None:
    tale = loan().when("5 Mar 11:00", writes("paid")).when("5 Mar 12:00", pays("8400"))
    assert tale.diary().since("5 Mar") == snapshot("""\
Thu 05 Mar 2026 11:00  reply by sms                    paid
Thu 05 Mar 2026 11:00  answer_reply                    asked of agents by Mon 09 Mar 2026 18:00
Thu 05 Mar 2026 12:00  payment received                CNY 8,400.00
Thu 05 Mar 2026 12:00  task withdrawn                  everything due is paid; a payment may still be returned
Thu 05 Mar 2026 12:00  closed: cured                   everything due is paid
Thu 05 Mar 2026 13:00  reported: answered              by agents-1
""")


def test_nobody_is_handed_to_legal_who_is_bankrupt() -> None:
    told = loan().when("5 Mar 11:00", noted("bankruptcy_filed")).diary().happened
    assert [fact.outcome for fact in told if isinstance(fact, JourneyClosed)] == ["released"]
    assert not [fact for fact in told if isinstance(fact, TaskOpened)]


def test_who_goes_bankrupt_while_the_signature_is_awaited_is_not_handed_to_legal() -> None:
    diary = loan().when("1 Jun 12:00", noted("bankruptcy_filed")).diary().since("1 Jun")
    assert "task withdrawn                  bankruptcy filed on 1 Jun 2026" in diary
    assert "closed: released                bankruptcy filed on 1 Jun 2026" in diary
    assert "acknowledge_hand_off" not in diary


def test_a_signature_given_as_the_borrower_goes_bankrupt_hands_nothing_over() -> None:
    tale = loan().with_staff(Job.SIGN_HAND_OFF, None)
    case, happened = tale.walk()
    task = next(one.task for one in happened if isinstance(one, TaskOpened))
    at = tale.at("1 Jun 12:00")
    asked = replace(case, outcome=None, tasks=tuple(replace(one, over="") for one in case.tasks))
    signed = asked.after(TaskReported(id="s", at=at, task=task, result="signed", by="lee"))
    bankrupt = signed.after(CircumstanceNoted(id="b", at=at, circumstance="bankruptcy_filed"))
    assert isinstance(next_action(View.of(signed, at)), LodgeHandOff)
    action = next_action(View.of(bankrupt, at))
    assert isinstance(action, Close) and action.outcome == "released"


def test_who_signs_a_hand_off_is_told_of_a_required_notice_that_may_not_have_arrived_or_came_back() -> None:
    tale = loan().with_staff(Job.SIGN_HAND_OFF, None)
    case, _ = tale.walk()
    law, now = law_of(case.borrower.jurisdictions), tale.at("1 Jun 12:00")
    made = replace(case, outcome=None, tasks=())
    registered = next(one for one in made.attempts if one.touch == "d60-registered")
    others = tuple(one for one in made.attempts if one is not registered)
    uncertain = replace(made, attempts=(*others, replace(registered, state="uncertain")))
    back = ContactPointFailed(id="x", at=registered.at, channel=Channel.REGISTERED, reason="returned")
    for unsure in (uncertain, made.after(back)):
        action = next_action(View(published("cn-consumer", 1), law, unsure, now))
        assert isinstance(action, PrepareHandOff)
        assert action.why.endswith("required and not known to be given: d60-registered")
    action = next_action(View(published("cn-consumer", 1), law, made, now))
    assert isinstance(action, PrepareHandOff) and "required" not in action.why


def test_who_signs_a_hand_off_is_told_of_a_required_notice_that_never_went_out() -> None:
    case, _ = loan().when("28 Feb 18:10", ceases()).with_staff(Job.SIGN_HAND_OFF, None).walk()
    before = replace(case, outcome=None, tasks=())
    law = law_of(case.borrower.jurisdictions)
    action = next_action(View(published("cn-consumer", 1), law, before, loan().at("1 Jun 12:00")))
    assert isinstance(action, PrepareHandOff)
    assert action.why.endswith("required and not known to be given: d60-registered")


def test_a_dispute_of_all_that_is_due_and_answered_by_nobody_ends_the_journey_at_once() -> None:
    tale = loan().when("4 Mar 12:00", disputes(part="8400")).with_staff(Job.ANSWER_DISPUTE, None)
    assert tale.diary().since("4 Mar") == snapshot("""\
Wed 04 Mar 2026 12:00  dispute raised                  amount, CNY 8,400.00 of it
Wed 04 Mar 2026 12:00  answer_dispute                  asked of disputes by Wed 18 Mar 2026 18:00
Wed 18 Mar 2026 18:00  reminder to staff               now by Wed 01 Apr 2026 18:00
Wed 01 Apr 2026 18:00  task given up                   nobody reported
Wed 01 Apr 2026 18:00  closed: released                nobody answered the dispute
""")


def test_what_they_write_is_answered_at_once_though_what_was_reported_before_is_still_unexplained() -> None:
    tale = loan().with_staff(Job.AGENT_CALL, "promised").when("3 Mar 15:00", writes("other"))
    assert tale.diary().between("3 Mar", "6 Mar") == snapshot("""\
Tue 03 Mar 2026 11:24  agent first-contact             asked of agents
Tue 03 Mar 2026 13:24  reported: promised              by agents-1
Tue 03 Mar 2026 15:00  reply by sms                    other
Tue 03 Mar 2026 15:00  answer_reply                    asked of agents by Thu 05 Mar 2026 18:00
Tue 03 Mar 2026 17:00  reported: answered              by agents-1
Fri 06 Mar 2026 11:24  sms payment-missed
""")
