"""A payment recorded before a send always wins, however close."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import PendingActivityState

from gateway.client import Refused
from journeys.case import Case
from journeys.facts import ContactMade, ContactWithdrawn, ContactWithheld, OptedOut, PaymentReceived
from journeys.money import Money
from journeys.requests import Hold, Promise
from rehearsal.play import A_MOMENT, at_rest, move
from rehearsal.stage import Stage, stage
from tests.workflows.conftest import Started, next_wake, start_on

MOMENT = timedelta(seconds=1)
ONE_LINE = {"matching.numTaskqueueReadPartitions": 1, "matching.numTaskqueueWritePartitions": 1}
"""A queue in parts would let one contact of each through at once."""


async def test_a_payment_in_the_instant_of_a_due_contact_is_seen_first(on: Stage, started: Started) -> None:
    case = await started(days=12)
    wake = await next_wake(on, case)
    handle = on.journeys.handle(case.loan.id)
    now = await on.env.get_current_time(handle)
    await on.env.fast_forward(handle, wake - now - MOMENT)
    await asyncio.gather(
        on.journeys.tell(case.loan.id, payment(case, wake)), on.env.fast_forward(handle, MOMENT)
    )
    await on.env.fast_forward(handle, timedelta(days=30))
    assert not await contacts(on, case, since=wake)


async def test_a_payment_the_journey_has_not_heard_of_withdraws_the_contact(
    on: Stage, started: Started
) -> None:
    case = await started(days=12)
    wake = await next_wake(on, case)
    await on.journeys.ledger.record(case.loan.id, [payment(case, wake - MOMENT)], taken=False)
    handle = on.journeys.handle(case.loan.id)
    await on.env.fast_forward(handle, timedelta(days=30))
    facts = await on.journeys.ledger.facts(case.loan.id)
    assert not await contacts(on, case, since=wake - MOMENT)
    assert any(isinstance(fact, ContactWithdrawn) for fact in facts)
    assert not [one for one in on.providers.deliveries if case.loan.id in one.contact_id]


async def test_what_is_told_while_a_contact_waits_in_a_rate_limited_queue_withdraws_it(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, dynamic=ONE_LINE, emails_per_second="0.15") as on:
        cases = [await start_on(on, "cn-consumer", days=12) for _ in range(4)]
        for case in cases:
            await at_rest(on.journeys, case.loan.id)
        await asyncio.gather(*(_to_its_first_email(on, case) for case in cases))
        while not on.providers.deliveries:
            await asyncio.sleep(0.05)
        sent = on.providers.deliveries[0].contact_id
        paid, held, silenced = [case for case in cases if not sent.startswith(f"{case.loan.id}.")]
        for case in (paid, held, silenced):
            while not await _waits_in_its_queue(on, case):
                await asyncio.sleep(0.05)
        now = await next_instant(on, paid)
        await on.journeys.tell(paid.loan.id, payment(paid, now))
        with pytest.raises(Refused, match="still owed"):
            await on.journeys.request(
                paid.loan.id,
                Promise(amount=Money.of("500", "CNY"), by=now.date() + timedelta(days=3), actor="anna"),
            )
        await on.journeys.request(
            held.loan.id, Hold(reason="complaint", until=now + timedelta(days=40), actor="anna")
        )
        stop = OptedOut(id="stop-1", at=now, channel=None)
        await on.journeys.handle(silenced.loan.id).signal("opted_out", stop)
        for case in (paid, held, silenced):
            await at_rest(on.journeys, case.loan.id)
            facts = await on.journeys.ledger.facts(case.loan.id)
            assert any(isinstance(fact, ContactWithdrawn | ContactWithheld) for fact in facts), facts
        assert [one.contact_id for one in on.providers.deliveries] == [sent]


async def _waits_in_its_queue(on: Stage, case: Case) -> bool:
    found = await on.journeys.handle(case.loan.id).describe()
    pending = found.raw_description.pending_activities
    return any(one.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED for one in pending)


async def _to_its_first_email(on: Stage, case: Case) -> None:
    await move(on.env, on.journeys.handle(case.loan.id), await next_wake(on, case) - A_MOMENT)


async def next_instant(on: Stage, case: Case) -> datetime:
    return await on.env.get_current_time(on.journeys.handle(case.loan.id))


def payment(case: Case, at: datetime) -> PaymentReceived:
    return PaymentReceived(id=f"{case.loan.id}.all", at=at, amount=Money(case.loan.owed, case.loan.currency))


async def contacts(on: Stage, case: Case, since: datetime) -> list[ContactMade]:
    facts = await on.journeys.ledger.facts(case.loan.id)
    return [fact for fact in facts if isinstance(fact, ContactMade) and fact.at >= since]
