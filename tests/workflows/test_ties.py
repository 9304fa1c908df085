"""A payment recorded before a send always wins, however close."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field
from temporalio import activity
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.workflow import UnfinishedUpdateHandlersWarning

from activities.decide import Decide
from activities.desk import Desk
from activities.ledger import Ledger
from activities.orders import Answer, Asked, Order, Question
from gateway.client import Refused, workflow_id
from journeys.borrower import Channel
from journeys.case import Case, case_of
from journeys.facts import (
    ContactMade,
    ContactWithdrawn,
    ContactWithheld,
    FeeCharged,
    JourneyClosed,
    JourneyReopened,
    Learned,
    OptedOut,
    PaymentReceived,
    PaymentReversed,
    Told,
)
from journeys.money import Money
from journeys.requests import Hold, Promise
from journeys.strategy import newest
from rehearsal.play import A_GLANCE, A_MOMENT, at_rest, move
from rehearsal.stage import Stage, stage
from tests.workflows.conftest import Started, a_loan, next_wake, start_on
from workflows import effects
from workflows.journey import CollectionJourney

MOMENT = timedelta(seconds=1)
SOON = timedelta(seconds=1)
"""How long a workflow task may take here: what is told meanwhile is delivered with the next one."""
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


class _Gate:
    """Lets nobody through until it is told to, and says when somebody has come."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.opened.wait()


class _SlowDesk(Desk):
    """The true one, on a line so slow that an answer takes as long as a test wants."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.kept = _Gate()

    @activity.defn
    async def keep(self, order: Order) -> list[Learned | Told]:
        facts = await super().keep(order)
        await self.kept()
        return facts


class _SlowDecide(Decide):
    """The same."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.reopened, self.heard, self.accepted = _Gate(), _Gate(), _Gate()

    @activity.defn
    async def reopen(self, question: Question) -> list[Annotated[Told, Field(discriminator="kind")]]:
        facts = await super().reopen(question)
        await self.reopened()
        return facts

    @activity.defn
    async def hear(self, loan: str, news: list[Annotated[Told, Field(discriminator="kind")]]) -> None:
        await super().hear(loan, news)
        await self.heard()

    @activity.defn
    async def accept(self, asked: Asked) -> Answer:
        answer = await super().accept(asked)
        await self.accepted()
        return answer


@asynccontextmanager
async def _slowly(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Case, _SlowDesk, _SlowDecide]]:
    """A journey of its own worker, whose desk and whose decisions are slow."""
    decide, desk = _SlowDecide(on.journeys.ledger), _SlowDesk(on.journeys.ledger)
    monkeypatch.setattr(effects, "LEDGER", "slow desk")
    loan, person, began = a_loan("cn-consumer", 9)
    plan = newest("cn-consumer")
    await on.journeys.ledger.register(loan, person, plan.name, plan.version, began)
    case = case_of(loan, person.borrower, plan.name, plan.version, began)
    async with (
        Worker(
            on.journeys.client,
            task_queue="slow journeys",
            workflows=[CollectionJourney],
            workflow_runner=UnsandboxedWorkflowRunner(),
            activities=[decide.decide, decide.accept, decide.hear, decide.reopen],
        ),
        Worker(on.journeys.client, task_queue="slow desk", activities=[desk.keep]),
    ):
        await on.journeys.client.start_workflow(
            CollectionJourney.run,
            case,
            id=workflow_id(loan.id),
            task_queue="slow journeys",
            task_timeout=SOON,
        )
        try:
            yield case, desk, decide
        finally:
            for gate in (desk.kept, decide.reopened, decide.heard, decide.accepted):
                gate.opened.set()


async def test_what_is_asked_while_the_journey_closes_is_refused_and_not_on_record(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _slowly(on, monkeypatch) as (case, desk, decide):
        handle = on.journeys.handle(case.loan.id)
        decide.accepted.opened.set()
        await on.journeys.tell(case.loan.id, payment(case, case.opened_at))
        await desk.kept.reached.wait()  # the ledger has closed it, and the journey does not know yet
        asked = await handle.start_update("hold", hold(), wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        desk.kept.opened.set()
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await asked.result()
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.message == "this journey is closed: cured"
        assert await handle.result() == "cured"
        facts = await on.journeys.ledger.facts(case.loan.id)
        assert [type(fact) for fact in facts] == [PaymentReceived, JourneyClosed]


async def test_a_fee_told_while_it_is_asked_whether_anything_is_owed_lets_the_journey_go_on(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _slowly(on, monkeypatch) as (case, desk, decide):
        handle, now = on.journeys.handle(case.loan.id), datetime.now(UTC)
        decide.heard.opened.set()
        await on.journeys.tell(case.loan.id, payment(case, case.opened_at))
        await desk.kept.reached.wait()
        nothing = PaymentReversed(id="r-1", at=now, payment="of somebody else")
        await handle.signal("payment_reversed", nothing)
        await heard(on, case, nothing.id)
        desk.kept.opened.set()
        await decide.reopened.reached.wait()
        fee = FeeCharged(id="fee-1", at=now, amount=Money.of("100", "CNY"), reason="returned_debit")
        await handle.signal("fee_charged", fee)
        await heard(on, case, fee.id)
        decide.reopened.opened.set()
        async with asyncio.timeout(60):
            while not (known := await handle.query(CollectionJourney.known)).latest(JourneyReopened):
                await asyncio.sleep(A_GLANCE)
        assert known.is_open
        assert await on.journeys.ledger.fact(case.loan.id, fee.id) == fee
        await handle.terminate("it has shown what it should")


async def test_what_is_asked_while_a_run_ends_for_the_next_is_answered_and_in_the_next_ones_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    async with (
        stage(tmp_path, dynamic={"limit.historyCount.suggestContinueAsNew": 1}) as on,
        _slowly(on, monkeypatch) as (case, _, decide),
    ):
        handle = on.journeys.handle(case.loan.id)
        await at_rest(on.journeys, case.loan.id)
        first = (await handle.describe()).run_id
        await on.journeys.tell(case.loan.id, OptedOut(id="r-1", at=case.opened_at, channel=Channel.SMS))
        await decide.heard.reached.wait()  # the run is about to end
        asked = await handle.start_update("hold", hold(), wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        await decide.accepted.reached.wait()
        decide.heard.opened.set()
        decide.accepted.opened.set()
        key = await asked.result()
        async with asyncio.timeout(60):
            while (await handle.describe()).run_id == first:
                await asyncio.sleep(A_GLANCE)
        assert await on.journeys.heard(case.loan.id, key)
    assert not [one for one in recwarn if issubclass(one.category, UnfinishedUpdateHandlersWarning)]


def hold() -> Hold:
    return Hold(reason="complaint", until=datetime.now(UTC) + timedelta(days=5), actor="anna")


async def heard(on: Stage, case: Case, key: str) -> None:
    async with asyncio.timeout(60):
        while not await on.journeys.heard(case.loan.id, key):
            await asyncio.sleep(A_GLANCE)


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
