"""A payment recorded before a send always wins, however close."""

import asyncio
from datetime import datetime, timedelta

from journeys.case import Case
from journeys.facts import ContactMade, ContactWithdrawn, PaymentReceived
from rehearsal.demo import Stage
from tests.workflows.conftest import Started

MOMENT = timedelta(seconds=1)


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


async def next_wake(on: Stage, case: Case) -> datetime:
    """When the journey will act by itself, as the ledger has it."""
    handle = on.journeys.handle(case.loan.id)
    while (decision := await on.journeys.ledger.next_wake(case.loan.id)) is None:
        await on.env.fast_forward(handle, MOMENT)
    return decision.not_before


def payment(case: Case, at: datetime) -> PaymentReceived:
    return PaymentReceived(id=f"{case.loan.id}.all", at=at, amount=case.loan.outstanding(0))


async def contacts(on: Stage, case: Case, since: datetime) -> list[ContactMade]:
    facts = await on.journeys.ledger.facts(case.loan.id)
    return [fact for fact in facts if isinstance(fact, ContactMade) and fact.at >= since]
