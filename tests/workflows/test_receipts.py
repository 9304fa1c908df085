"""Money finds its loan: over several, over none, late, and taken back after the end."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway import receipts
from gateway.client import Refused
from journeys import facts as f
from journeys.case import Case
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal.play import at_rest
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, a_loan


def cny(yuan: str) -> Money:
    return Money.of(yuan, "CNY")


async def test_one_payment_covers_several_loans_the_longest_overdue_first(
    on: Stage, started: Started
) -> None:
    young, old = await started(days=-3), await started(days=-20)
    payment = f"{old.loan.id}.both"
    loans = [young.loan.id, old.loan.id]
    parts, new = await receipts.receive(on.journeys, payment, cny("10000"), datetime.now(UTC), loans)
    assert new and parts == {old.loan.id: cny("8400"), young.loan.id: cny("1600")}
    assert (await _case(on, old)).outcome == "cured"
    assert (await _case(on, young)).is_open

    again = await receipts.receive(on.journeys, payment, cny("10000"), datetime.now(UTC), loans)
    assert again == (parts, False)
    with pytest.raises(Refused, match="on record with another sum"):
        await receipts.receive(on.journeys, payment, cny("9000"), datetime.now(UTC), loans)

    back = f.PaymentReversed(id=f"{payment}.back", at=datetime.now(UTC), payment=payment)
    part = replace(back, id=f"{payment}.part", amount=cny("1"))
    with pytest.raises(Refused, match="say on which of them"):
        await receipts.reverse(on.journeys, part)
    assert await receipts.reverse(on.journeys, back) == (sorted(loans), True)
    assert (await _case(on, old)).is_open, "what it had cured goes on"


async def test_a_receipt_for_an_unknown_loan_waits_until_a_person_matches_it(
    on: Stage, started: Started
) -> None:
    case = await started(days=-3)
    payment = f"{case.loan.id}.stray"
    kept = await receipts.receive(on.journeys, payment, cny("8400"), datetime.now(UTC), ["LN-40404"])
    assert kept == ({}, True)
    [row] = [one for one in await on.journeys.ledger.unmatched() if one.payment == payment]
    assert (row.reference, row.why) == ("LN-40404", "there is no loan LN-40404")

    with pytest.raises(Refused, match="no receipt 'x' waits"):
        await receipts.match(on.journeys, "x", case.loan.id, "ops-1", datetime.now(UTC))
    await receipts.match(on.journeys, payment, case.loan.id, "ops-1", datetime.now(UTC))
    assert (await _case(on, case)).outcome == "cured"
    assert payment not in [one.payment for one in await on.journeys.ledger.unmatched()]


async def test_a_receipt_after_the_end_is_recorded_listed_and_reopens_nothing(
    on: Stage, started: Started
) -> None:
    ended, other = await started(days=-3), await started(days=-3)
    await on.journeys.tell(ended.loan.id, _paid(ended, "first"))
    assert (await _case(on, ended)).outcome == "cured"
    payment = f"{ended.loan.id}.again"
    await receipts.receive(on.journeys, payment, cny("8400"), datetime.now(UTC), [ended.loan.id])
    assert (await _case(on, ended)).outcome == "cured"
    [row] = [one for one in await on.journeys.ledger.unmatched() if one.payment == payment]
    assert row.why == f"the journey of {ended.loan.id} has ended: cured"

    await receipts.match(on.journeys, row.id, other.loan.id, "ops-1", datetime.now(UTC))
    assert (await _case(on, other)).outcome == "cured"
    assert [one.payment for one in (await _case(on, ended)).receipts()] == [f"{ended.loan.id}.first"]


async def test_what_an_open_journey_without_a_run_was_told_is_told_again_and_holds_nobody_up(
    on: Stage, started: Started
) -> None:
    running, (loan, person, now) = await started(days=-3), a_loan("cn-consumer", -3)
    await on.journeys.ledger.register(loan, person, "cn-consumer", 2, now)
    paid = f.PaymentReceived(id=f"{loan.id}.all", at=now, amount=cny("8400"))
    assert await on.journeys.tell(loan.id, paid)
    [waiting] = await on.journeys.ledger.untaken(id=paid.id)
    assert (waiting.loan, waiting.fact) == (loan.id, paid), "Temporal has no run of it"
    other = _paid(running, "all")
    await on.journeys.ledger.record(running.loan.id, [other], taken=False)
    await on.journeys.resend()
    assert await on.journeys.ledger.untaken(id=other.id) == []
    assert await on.journeys.ledger.untaken(id=paid.id) == [waiting]

    await on.journeys.start(loan, person, "cn-consumer", now, 2)
    await on.journeys.resend()
    assert await on.journeys.ledger.untaken(id=paid.id) == []
    await _closed(on, loan.id)
    assert paid.id not in [one.payment for one in await on.journeys.ledger.unmatched()], "it cured the loan"


async def test_money_told_past_the_gateway_while_its_journey_ends_is_listed(
    on: Stage, started: Started
) -> None:
    case = await started(days=-3)
    await on.journeys.tell(case.loan.id, _paid(case, "all"))
    await _closed(on, case.loan.id)
    late = _paid(case, "late")
    await on.journeys.ledger.record(case.loan.id, [late], taken=False)
    await on.journeys.resend()
    assert await on.journeys.ledger.untaken(id=late.id) == []
    assert late.id in [one.payment for one in await on.journeys.ledger.unmatched()]


async def test_a_reversal_of_a_payment_nobody_knows_is_kept_until_it_is_matched(
    on: Stage, started: Started
) -> None:
    case = await started(days=-3)
    back = f.PaymentReversed(id=f"{case.loan.id}.back", at=datetime.now(UTC), payment=f"{case.loan.id}.all")
    assert await receipts.reverse(on.journeys, back) == ([], True)
    await receipts.match(on.journeys, back.id, case.loan.id, "ops-1", datetime.now(UTC))
    await on.journeys.tell(case.loan.id, _paid(case, "all"))
    known = await _case(on, case)
    assert known.is_open
    assert known.receipts() == ()


async def test_whenever_a_reversal_comes_near_the_end_the_journey_is_open_in_the_end(
    on: Stage, started: Started
) -> None:
    """Before the decision to close, while the ledger closes it, while the run ends, and after."""
    cases = [await started(days=-3) for _ in range(12)]

    async def paid_and_taken_back(number: int, case: Case) -> None:
        await on.journeys.tell(case.loan.id, _paid(case, "all"))
        await asyncio.sleep(number * 0.02)
        await on.journeys.tell(
            case.loan.id,
            f.PaymentReversed(id=f"{case.loan.id}.back", at=datetime.now(UTC), payment=f"{case.loan.id}.all"),
        )

    await asyncio.gather(*(paid_and_taken_back(*one) for one in enumerate(cases)))
    for case in cases:
        known = await _case(on, case)
        assert known.is_open, case.loan.id
        assert "reopened" in known.told[-1].id or len(known.told) == 2


async def test_a_journey_that_was_cured_begins_again_with_the_next_instalment(on: Stage) -> None:
    loan, person, now = a_loan("cn-consumer", -3)
    first, following = loan.instalments[0], now.date() + timedelta(days=27)
    loan = Loan(loan.id, (first, Instalment(following, first.amount)))
    await on.journeys.start(loan, person, "cn-consumer", now)
    await at_rest(on.journeys, loan.id)
    paid = f.PaymentReceived(id=f"{loan.id}.one", at=datetime.now(UTC), amount=first.amount)
    await on.journeys.tell(loan.id, paid)
    await _closed(on, loan.id)

    await on.journeys.start(loan, person, "cn-consumer", datetime.now(UTC))
    case = await on.journeys.ledger.case(loan.id)
    assert case is not None and not case.is_open, "the next instalment is far ahead"
    await on.journeys.start(loan, person, "cn-consumer", now + timedelta(days=22))
    case = await on.journeys.ledger.case(loan.id)
    assert case is not None and case.is_open
    [again] = [fact for fact in case.told if isinstance(fact, f.JourneyReopened)]
    assert again.because == f"CNY 8,400.00 falls due on {following:%-d %b %Y}"


async def test_a_hold_for_a_borrower_holds_all_their_loans_and_ends_for_all(
    on: Stage, started: Started
) -> None:
    one = await started(days=-3)
    loan, now = await _another_loan_of(on, one)
    hold = f.HoldPlaced(
        id=f"{loan.id}.hold",
        at=now,
        reason="flood",
        until=now + timedelta(days=9),
        by="ops-1",
        borrower=True,
    )
    await on.journeys.tell(one.loan.id, hold)
    assert await on.journeys.heard(loan.id, hold.id)
    lift = f.HoldLifted(id=f"{loan.id}.lift", at=datetime.now(UTC), hold=hold.id, by="ops-1")
    await on.journeys.tell(one.loan.id, lift)
    assert await on.journeys.heard(loan.id, lift.id)


async def test_lifting_the_hold_of_one_loan_leaves_another_loans_hold_of_the_same_name(
    on: Stage, started: Started
) -> None:
    one = await started(days=-3)
    loan, now = await _another_loan_of(on, one)
    hold = f.HoldPlaced(id="ticket-12", at=now, reason="review", until=now + timedelta(days=9), by="ops-1")
    for held in (one.loan.id, loan.id):
        await on.journeys.tell(held, hold)
    lift = f.HoldLifted(id="ticket-12.lift", at=datetime.now(UTC), hold=hold.id, by="ops-1")
    await on.journeys.tell(one.loan.id, lift)
    assert await on.journeys.heard(one.loan.id, lift.id)
    assert not await on.journeys.heard(loan.id, lift.id)
    assert not await on.journeys.ledger.recorded(loan.id, lift.id)


async def _another_loan_of(on: Stage, case: Case) -> tuple[Loan, datetime]:
    """A second loan of the same borrower, started now."""
    person = await on.journeys.ledger.person(case.borrower.id)
    assert person is not None
    loan, _, now = a_loan("cn-consumer", -3)
    await on.journeys.start(loan, person, "cn-consumer", now)
    return loan, now


def _paid(case: Case, name: str) -> f.PaymentReceived:
    amount = Money(case.loan.owed, case.loan.currency)
    return f.PaymentReceived(id=f"{case.loan.id}.{name}", at=datetime.now(UTC), amount=amount)


async def _case(on: Stage, case: Case) -> Case:
    """The case in the ledger, once its journey rests or has ended."""
    await at_rest(on.journeys, case.loan.id)
    known = await on.journeys.ledger.case(case.loan.id)
    assert known is not None
    return known


async def _closed(on: Stage, loan: str) -> None:
    await at_rest(on.journeys, loan)
    case = await on.journeys.ledger.case(loan)
    assert case is not None and not case.is_open
