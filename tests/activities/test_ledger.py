"""The ledger on SQLite and on PostgreSQL: nothing twice, nothing lost, one budget for one borrower."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from activities.ledger import Claim, Ledger, LedgerUnavailable, Person
from journeys.actions import Wait
from journeys.borrower import Borrower, Channel
from journeys.compliance import Refusal, Spent
from journeys.facts import ContactAsked, PaymentReceived, TaskReported
from journeys.loan import Instalment, Loan
from journeys.money import Money

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DUE = date(2026, 3, 2)
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)),
    "Anna Quill",
    "anna@example.com",
    "+8619900000000",
    "1 Nightingale Row",
)


def loan(id: str = "L-1") -> Loan:
    return Loan(id, (Instalment(DUE, Money.of("8400", "CNY")),))


def payment(id: str = "p-1") -> PaymentReceived:
    return PaymentReceived(id=id, at=NOW, amount=Money.of("10.01", "CNY"))


async def claim(ledger: Ledger, contact: str = "L-1.d3-sms", loan: str = "L-1", most: int = 1) -> Claim:
    def judge(spent: Sequence[Spent]) -> Refusal | None:
        return Refusal("CAP", NOW + timedelta(days=1), "full") if len(spent) >= most else None

    return await ledger.claim(
        contact=contact,
        loan=loan,
        borrower="B-1",
        touch="d3-sms",
        due=DUE,
        channel="sms",
        say="payment-missed",
        at=NOW,
        law="cn.1",
        strategy="cn-consumer",
        version=1,
        why="day 3",
        judge=judge,
    )


async def registered(ledger: Ledger, *ids: str) -> None:
    for id in ids or ("L-1",):
        await ledger.register(loan(id), ANNA, "cn-consumer", 1, NOW)


async def test_a_loan_registered_twice_is_one_loan(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        assert await ledger.register(loan(), ANNA, "cn-consumer", 1, NOW)
        assert not await ledger.register(loan(), ANNA, "us-personal-loan", 1, NOW)
        assert await ledger.loan("L-1") == (loan(), "cn-consumer", 1)
        assert await ledger.person("B-1") == ANNA


async def test_facts_come_back_as_they_were_told_once_each_in_order(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        beijing = timezone(timedelta(hours=8))
        later = PaymentReceived(id="p-2", at=datetime(2026, 3, 3, 9, tzinfo=beijing), amount=payment().amount)
        assert await ledger.record("L-1", [later, payment()], taken=False) == ["p-2", "p-1"]
        assert await ledger.record("L-1", [later], taken=False) == []
        assert await ledger.facts("L-1") == [payment(), later]
        assert [fact.id for fact in await ledger.unheard("L-1", ("p-1",))] == ["p-2"]
        assert await ledger.untaken() == [("L-1", later), ("L-1", payment())]
        await ledger.taken("L-1", ["p-2"])
        assert await ledger.untaken() == [("L-1", payment())]


async def test_the_newest_decision_is_the_next_wake(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        assert await ledger.next_wake("L-1") is None
        for number in (0, 1, 1):
            wait = Wait(rule="promised", why=f"day {number}", not_before=NOW)
            await ledger.decide("L-1", number, wait, at=NOW, strategy="cn-consumer", version=1, law="cn.1")
        decision = await ledger.next_wake("L-1")
        assert decision is not None and decision.why == "day 1" and decision.not_before == NOW


async def test_a_claim_counts_until_released_and_is_found_after_a_crash(
    database_url: str,
) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger, "L-1", "L-2")
        assert (await claim(ledger)).new
        assert not (await claim(ledger)).new
        refused = await claim(ledger, "L-2.d3-sms", "L-2")
        assert refused.refusal is not None and refused.refusal.rule == "CAP"
        await ledger.release("L-1.d3-sms")
        assert (await claim(ledger, "L-2.d3-sms", "L-2")).new
        await ledger.sending("L-2.d3-sms")
        assert await claim(ledger, "L-2.d3-sms", "L-2") == Claim("sending", new=False)


async def test_a_report_ends_its_task_and_dates_the_contact(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        await claim(ledger, "L-1.d1-agent")
        await ledger.open_task(
            task="L-1.d1-agent",
            loan="L-1",
            borrower="B-1",
            job="agent_call",
            owner="agents",
            at=NOW,
            deadline=NOW,
            script="…",
            facts=[],
        )
        asked = ContactAsked(
            id="L-1.d1-agent",
            at=NOW,
            contact="L-1.d1-agent",
            touch="d1-agent",
            due=DUE,
            channel=Channel.AGENT,
            say="first-contact",
            job="agent_call",
            owner="agents",
            deadline=NOW,
        )
        await ledger.settle("L-1.d1-agent", "asked", loan="L-1", facts=[asked])
        spoke = NOW + timedelta(hours=2)
        report = TaskReported(id="r", at=spoke, task="L-1.d1-agent", result="promised", by="anna")
        await ledger.record("L-1", [report], taken=False)
        (row,) = await ledger.contacts("L-1")
        assert (row.state, row.result, row.at) == ("reported", "promised", spoke)


async def test_a_closed_loan_keeps_its_outcome(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        await ledger.close("L-1", "cured", NOW, facts=[])
        (row,) = await ledger.loans()
        assert (row.outcome, row.closed_at) == ("cured", NOW)


async def test_two_workers_and_two_loans_share_one_slot(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger, "L-1", "L-2")
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(2) as pool:
            won = pool.map(_claim_in_a_process, [(database_url, "L-1"), (database_url, "L-2")] * 3)
        assert sum(won) == 1


def _claim_in_a_process(job: tuple[str, str]) -> bool:
    url, loan = job

    async def run() -> bool:
        async with Ledger.open(url) as ledger:
            return (await claim(ledger, f"{loan}.d3-sms", loan)).new

    return asyncio.run(run())


async def test_two_processes_may_open_a_new_ledger_at_once(database_url: str) -> None:
    async def open_it() -> None:
        async with Ledger.open(database_url) as ledger:
            assert await ledger.loans() == []

    await asyncio.gather(*(open_it() for _ in range(4)))


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////no/such/folder/x.db", "postgresql://u:pw@127.0.0.1:9/x"]
)
async def test_a_ledger_that_cannot_be_opened_says_so_in_a_sentence(url: str) -> None:
    with pytest.raises(LedgerUnavailable, match="JOURNEYS_DATABASE") as refusal:
        async with Ledger.open(url):
            pass
    assert ":pw@" not in str(refusal.value)


def test_a_person_shows_nothing_personal_when_printed() -> None:
    assert "Anna" not in repr(ANNA) and "example.com" not in repr(ANNA)
