"""What staff may ask of a journey, what is refused and in which words; facts told twice; starting twice."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.client import Refused
from journeys import requests as r
from journeys.actions import Job
from journeys.borrower import Channel
from journeys.facts import (
    FeeCharged,
    HoldPlaced,
    JourneyClosed,
    JourneyReopened,
    OptedOut,
    PaymentReceived,
    PromiseMade,
    ReplyReceived,
    SumWaived,
    TaskOpened,
    TaskReported,
)
from journeys.money import Money
from journeys.replies import SILENCING, Meaning
from journeys.strategy import newest
from journeys.view import View
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import A_GLANCE, Played, at_rest, play
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, a_loan
from workflows.journey import CollectionJourney

TOMORROW = timedelta(days=1)
LATE = 61
"""Days past due on which little is left to do before the end."""


async def test_starting_twice_is_harmless(on: Stage) -> None:
    loan, person, began = a_loan("cn-consumer", 9)
    assert await on.journeys.start(loan, person, "cn-consumer", began)
    assert not await on.journeys.start(loan, person, "cn-consumer", began)


async def test_a_strategy_for_another_country_is_refused(on: Stage) -> None:
    loan, person, began = a_loan("cn-consumer", 9)
    with pytest.raises(Refused, match="is for us, the borrower is protected by cn"):
        await on.journeys.start(loan, person, "us-personal-loan", began)


@pytest.mark.parametrize(
    ("amount", "days", "sentence"),
    [
        (Money.of("100", "USD"), 3, "must be in the same currency"),
        (Money.of("0", "CNY"), 3, "more than nothing"),
        (Money.of("9000", "CNY"), 3, "more than the CNY 8,400.00 still owed"),
        (Money.of("8400", "CNY"), -2, "has already passed"),
        (Money.of("8400", "CNY"), 60, "must fall within 30 days"),
    ],
)
async def test_a_promise_beyond_its_limits_is_refused_in_a_sentence(
    on: Stage, started: Started, amount: Money, days: int, sentence: str
) -> None:
    case = await started()
    by = datetime.now(UTC).date() + timedelta(days=days)
    with pytest.raises(Refused, match=sentence):
        await on.journeys.request(case.loan.id, r.Promise(amount=amount, by=by, actor="anna"))


async def test_a_promise_is_on_record_when_it_is_answered_with_who_noted_it(
    on: Stage, started: Started
) -> None:
    case = await started()
    by = date.today() + timedelta(days=5)
    key = await on.journeys.request(
        case.loan.id, r.Promise(amount=Money.of("500", "CNY"), by=by, actor="anna")
    )
    [promise] = [f for f in await on.journeys.ledger.facts(case.loan.id) if isinstance(f, PromiseMade)]
    assert (promise.id, promise.noted_by) == (key, "anna")


async def test_a_hold_silences_until_it_is_lifted(on: Stage, started: Started) -> None:
    case = await started()
    until = datetime.now(UTC) + timedelta(days=40)
    hold = await on.journeys.request(case.loan.id, r.Hold(reason="complaint", until=until, actor="anna"))
    assert "on hold (complaint)" in await on.journeys.standing(case.loan.id)
    with pytest.raises(Refused, match="there is no such hold"):
        await on.journeys.request(case.loan.id, r.Lift(hold="x", actor="anna"))
    await on.journeys.request(case.loan.id, r.Lift(hold=hold, actor="anna"))
    await at_rest(on.journeys, case.loan.id)
    assert "on hold (complaint)" not in await on.journeys.standing(case.loan.id)
    facts = await on.journeys.ledger.facts(case.loan.id)
    assert [fact.id for fact in facts if isinstance(fact, HoldPlaced)] == [hold]


async def test_a_stop_ends_the_journey_and_then_nothing_more_can_be_asked(
    on: Stage, started: Started
) -> None:
    case = await started()
    await on.journeys.request(case.loan.id, r.Stop(reason="sold", actor="anna"))
    assert await on.journeys.handle(case.loan.id).result() == "stopped"
    with pytest.raises(Refused, match="is closed: stopped, since 20"):
        await on.journeys.request(
            case.loan.id, r.Promise(amount=Money.of("1", "CNY"), by=date.today(), actor="anna")
        )


async def test_a_move_to_an_unpublished_strategy_is_refused(on: Stage, started: Started) -> None:
    case = await started()
    with pytest.raises(Refused, match="that strategy has no version 99"):
        await on.journeys.request(case.loan.id, r.Move(strategy="cn-consumer", version=99, actor="anna"))


async def test_the_same_request_asked_twice_is_one(on: Stage, started: Started) -> None:
    case = await started()
    ask = r.Hold(reason="complaint", until=datetime.now(UTC) + TOMORROW, actor="anna")
    first = await on.journeys.request(case.loan.id, ask, id="once")
    assert await on.journeys.request(case.loan.id, ask, id="once") == first


async def test_of_requests_that_come_at_once_each_is_judged_by_what_came_of_the_others(
    on: Stage, started: Started
) -> None:
    case = await started()
    fee = FeeCharged(id="fee-1", at=datetime.now(UTC), amount=Money.of("20", "CNY"), reason="returned_debit")
    await on.journeys.tell(case.loan.id, fee)
    waive = r.Waive(amount=fee.amount, part="fees", reason="goodwill", actor="anna", approved_by="lee")
    asked = [on.journeys.request(case.loan.id, waive) for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    [key] = [one for one in answers if isinstance(one, str)]
    refused = [one for one in answers if isinstance(one, Refused)]
    assert {str(one) for one in refused} == {"only CNY 0.00 of fees is owed"} and len(refused) == 4, answers
    known = await on.journeys.handle(case.loan.id).query(CollectionJourney.known)
    assert [fact.id for fact in known.told if isinstance(fact, SumWaived)] == [key]


async def test_of_two_plans_agreed_at_once_the_second_takes_the_place_of_the_first(
    on: Stage, started: Started
) -> None:
    case = await started(days=-12)
    plan = r.Plan(offer="d10-plan", actor="anna")
    keys = await asyncio.gather(*(on.journeys.request(case.loan.id, plan) for _ in range(2)))
    known = await on.journeys.handle(case.loan.id).query(CollectionJourney.known)
    found = View.of(known, datetime.now(UTC)).plans
    assert {one.agreed.id for one in found} == set(keys)
    assert [one.state for one in found] == ["replaced", "running"] and found[0].agreed.at < found[1].agreed.at


async def test_a_request_is_judged_by_a_payment_on_record_that_the_journey_has_not_heard_of(
    on: Stage, started: Started
) -> None:
    case = await started()
    paid = PaymentReceived(id="p-1", at=datetime.now(UTC), amount=Money(case.loan.owed, "CNY"))
    await on.journeys.ledger.record(case.loan.id, [paid], taken=False)
    promise = r.Promise(amount=Money.of("500", "CNY"), by=date.today() + TOMORROW, actor="anna")
    with pytest.raises(Refused, match=r"more than the CNY 0.00 still owed"):
        await on.journeys.request(case.loan.id, promise)
    assert await on.journeys.ledger.facts(case.loan.id) == [paid]


async def test_free_words_for_a_reason_are_refused_from_outside_as_well(on: Stage, started: Started) -> None:
    case, words = await started(), "Mrs Quill is ill"
    fee = FeeCharged(id="fee-1", at=datetime.now(UTC), amount=Money.of("20", "CNY"), reason=words)
    with pytest.raises(Refused, match="fee charged fee-1: the reason must be a code like job_loss"):
        await on.journeys.tell(case.loan.id, fee)
    assert await on.journeys.ledger.facts(case.loan.id) == []


async def test_a_refused_signature_releases_the_loan(on: Stage, started: Started) -> None:
    case = await started(days=-LATE)
    with pytest.raises(Refused, match="waits for a signature"):
        await on.journeys.request(case.loan.id, r.Sign(signed=True, actor="lee"))
    life = Life(PERSONAS[-1], case, office_answers=False)
    end = newest("cn-consumer").end.day
    until = case.opened_at + timedelta(days=end + 3 - LATE)
    await play(on.env, on.journeys, Played(case.loan.id, life), until)
    tasks = [fact for fact in await on.journeys.ledger.facts(case.loan.id) if isinstance(fact, TaskOpened)]
    assert [task.job for task in tasks] == [Job.SIGN_HAND_OFF]
    await on.journeys.request(case.loan.id, r.Sign(signed=False, actor="lee"))
    assert await on.journeys.handle(case.loan.id).result() == "released"
    closed = [f for f in await on.journeys.ledger.facts(case.loan.id) if isinstance(f, JourneyClosed)]
    assert [one.why for one in closed] == ["not signed (refused)"]


async def test_a_fact_told_twice_is_one_fact(on: Stage, started: Started) -> None:
    case = await started()
    fact = OptedOut(id="r-1", at=datetime.now(UTC), channel=None)
    assert await on.journeys.tell(case.loan.id, fact)
    assert not await on.journeys.tell(case.loan.id, fact)
    other = PaymentReceived(id="r-1", at=fact.at, amount=Money.of("5", "CNY"))
    with pytest.raises(Refused, match="'r-1' is on record for something else"):
        await on.journeys.tell(case.loan.id, other)


async def test_a_fact_without_a_recording_is_in_the_ledger_with_the_next_decision(
    on: Stage, started: Started
) -> None:
    case = await started()
    fact = OptedOut(id="r-2", at=datetime.now(UTC), channel=None)
    await on.journeys.handle(case.loan.id).signal("opted_out", fact)
    await at_rest(on.journeys, case.loan.id)
    assert fact in await on.journeys.ledger.facts(case.loan.id)


async def test_what_is_told_before_the_journey_begins_is_on_record_at_once(on: Stage) -> None:
    loan, person, now = a_loan("cn-consumer", 9)
    await on.journeys.start(loan, person, "cn-consumer", now + TOMORROW)
    for channel in (Channel.SMS, Channel.CALL):
        fact = OptedOut(id=f"r-{channel}", at=now, channel=channel)
        await on.journeys.handle(loan.id).signal("opted_out", fact)
        async with asyncio.timeout(60):
            while fact not in await on.journeys.ledger.facts(loan.id):
                await asyncio.sleep(A_GLANCE)


async def test_what_a_borrower_writes_closes_a_channel_or_lands_on_a_desk(
    on: Stage, started: Started
) -> None:
    case, now = await started(), datetime.now(UTC)
    loan = case.loan.id
    assert await on.journeys.hear(loan, Channel.SMS, "STOP texting me", "m-1", now) is Meaning.STOP
    assert await on.journeys.hear(loan, Channel.SMS, "STOP texting me", "m-1", now) is Meaning.STOP
    words = "I think I sent it on Tuesday, can you look?"
    assert await on.journeys.hear(loan, Channel.SMS, words, "m-2", now) not in SILENCING
    await at_rest(on.journeys, loan)
    stopped, asked, task = await on.journeys.ledger.facts(loan)
    assert isinstance(stopped, OptedOut) and stopped.channel is Channel.SMS
    assert isinstance(asked, ReplyReceived) and isinstance(task, TaskOpened)
    [desk] = [one for one in await on.journeys.ledger.tasks("agents") if one.loan == loan]
    assert desk.job == Job.ANSWER_REPLY and words in desk.script
    assert "a person must answer" in desk.script
    history = await on.journeys.handle(loan).fetch_history()
    assert b"Tuesday" not in b"".join(event.SerializeToString() for event in history.events)
    with pytest.raises(Refused, match="there is no loan 'LN-404'"):
        await on.journeys.hear("LN-404", Channel.SMS, "hello", "m-3", now)


async def test_a_hold_asked_for_the_borrower_is_heard_by_their_other_journeys_at_once(
    on: Stage, started: Started
) -> None:
    one, (loan, _, now) = await started(), a_loan("cn-consumer", 9)
    person = await on.journeys.ledger.person(one.borrower.id)
    assert person is not None
    await on.journeys.start(loan, person, "cn-consumer", now)
    hold = r.Hold(reason="flood", until=now + 5 * TOMORROW, actor="anna", borrower=True)
    key = await on.journeys.request(one.loan.id, hold)
    assert await on.journeys.heard(loan.id, key)
    assert await on.journeys.ledger.untaken(id=key) == []


async def test_why_nobody_answers_for_a_loan_is_said_in_our_words(on: Stage, started: Started) -> None:
    case, hold = await started(days=-3), r.Hold(reason="flood", until=datetime.now(UTC), actor="anna")
    with pytest.raises(Refused, match="there is no loan 'LN-404' in the ledger"):
        await on.journeys.request("LN-404", hold)
    loan, person, now = a_loan("cn-consumer", 9)
    await on.journeys.ledger.register(loan, person, "cn-consumer", 2, now)
    for ask in (on.journeys.standing(loan.id), on.journeys.request(loan.id, hold)):
        with pytest.raises(Refused, match=f"loan '{loan.id}' is on record and has no journey yet"):
            await ask
    paid = PaymentReceived(id=f"{case.loan.id}.all", at=now, amount=Money(case.loan.owed, case.loan.currency))
    await on.journeys.tell(case.loan.id, paid)
    assert await on.journeys.handle(case.loan.id).result() == "cured"
    with pytest.raises(
        Refused, match=f"the journey of loan '{case.loan.id}' is closed: cured, since 20"
    ) as no:
        await on.journeys.request(case.loan.id, hold)
    assert "workflow" not in str(no.value)


async def test_a_start_finds_a_journey_that_was_to_begin_again_and_whose_caller_died(
    on: Stage, started: Started
) -> None:
    case = await started(days=-3)
    loan, person = case.loan.id, await on.journeys.ledger.person(case.borrower.id)
    paid = PaymentReceived(
        id=f"{loan}.all", at=case.opened_at, amount=Money(case.loan.owed, case.loan.currency)
    )
    await on.journeys.tell(loan, paid)
    assert await on.journeys.handle(loan).result() == "cured"
    fee = FeeCharged(id="fee", at=datetime.now(UTC), amount=Money.of("9", "CNY"), reason="returned_debit")
    await on.journeys.ledger.record(loan, [fee], taken=True)
    again = JourneyReopened(id="reopened.1", at=fee.at, because="a fee is due")
    assert person is not None and await on.journeys.ledger.reopen(loan, again, taken=False)
    assert not await on.journeys.start(case.loan, person, "cn-consumer", fee.at)
    assert "Owed now" in await on.journeys.standing(loan)


async def test_nonsense_is_refused_before_it_is_recorded(on: Stage, started: Started) -> None:
    case = await started()
    now = datetime.now(UTC)
    with pytest.raises(Refused, match="there is no loan 'LN-404'"):
        await on.journeys.tell("LN-404", OptedOut(id="r", at=now, channel=None))
    report = TaskReported(id="t", at=now, task="no-such-task", result="signed", by="lee")
    with pytest.raises(Refused, match="there is no task 'no-such-task'"):
        await on.journeys.tell(case.loan.id, report)
    with pytest.raises(Refused, match=r"is in CNY; USD 5.00 is refused"):
        await on.journeys.tell(case.loan.id, PaymentReceived(id="p", at=now, amount=Money.of("5", "USD")))
    assert await on.journeys.ledger.facts(case.loan.id) == []


async def test_what_temporal_did_not_take_is_told_again_in_order(on: Stage, started: Started) -> None:
    case = await started()
    await at_rest(on.journeys, case.loan.id)
    facts = [OptedOut(id=f"late-{n}", at=datetime.now(UTC), channel=None) for n in range(3)]
    await on.journeys.ledger.record(case.loan.id, facts, taken=False)
    assert await on.journeys.resend() >= len(facts)
    assert await on.journeys.ledger.untaken() == []
    assert {fact.id for fact in facts} <= set(
        (await on.journeys.handle(case.loan.id).query(CollectionJourney.known)).heard()
    )


async def test_the_forward_look_tells_the_next_thirty_days_and_changes_nothing(
    on: Stage, started: Started
) -> None:
    case = await started()
    await at_rest(on.journeys, case.loan.id)
    look = await on.journeys.forward_look(case.loan.id)
    assert "email due-soon" in look and "What would change it" in look
    assert look == await on.journeys.forward_look(case.loan.id)
