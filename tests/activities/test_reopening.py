"""A journey that is opened again knows what was told of its borrower while it was closed."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from activities.decide import Decide
from activities.ledger import Ledger, Person
from activities.orders import Question
from journeys.borrower import Borrower, Channel
from journeys.facts import (
    FeeCharged,
    HoldPlaced,
    JourneyClosed,
    JourneyReopened,
    PaymentReceived,
    PaymentReversed,
)
from journeys.loan import Instalment, Loan
from journeys.money import Money

NOW = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
OWED = Money.of("8400", "CNY")
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Anna Quill", None, None, None
)
FLOOD = HoldPlaced(
    id="flood", at=NOW, reason="flood", until=NOW + timedelta(days=9), by="ops-1", borrower=True
)


async def two_loans(ledger: Ledger) -> None:
    for id in ("L-1", "L-2"):
        await ledger.register(
            Loan(id, (Instalment(date(2026, 3, 2), OWED),)), ANNA, "cn-consumer", 1, NOW - timedelta(days=9)
        )


async def test_a_journey_reopened_while_it_closes_learns_the_hold_it_missed(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await two_loans(ledger)
        paid = PaymentReceived(id="p", at=NOW - timedelta(days=1), amount=OWED)
        await ledger.record("L-1", [paid], taken=True)
        closed = JourneyClosed(id="L-1.closed", at=NOW, outcome="cured", why="nothing is owed")
        await ledger.close("L-1", "cured", NOW, facts=[closed])
        await ledger.record("L-2", [FLOOD], taken=True)
        back = PaymentReversed(id="back", at=NOW, payment="p")
        await ledger.record("L-1", [back], taken=True)

        case = await ledger.case("L-1")
        assert case is not None
        learned = await Decide(ledger).reopen(Question(case, NOW))
        assert [type(fact) for fact in learned] == [JourneyReopened, HoldPlaced]
        case = await ledger.case("L-1")
        assert case is not None and case.is_open
        assert {"back", "flood", "reopened.1"} <= set(case.heard())


async def test_an_attempt_after_one_that_died_finds_the_journey_reopened_and_says_so_again(
    database_url: str,
) -> None:
    async with Ledger.open(database_url) as ledger:
        await two_loans(ledger)
        fee = FeeCharged(id="fee", at=NOW, amount=OWED, reason="returned_debit")
        paid = PaymentReceived(id="p", at=NOW - timedelta(days=1), amount=OWED)
        await ledger.record("L-1", [paid, fee], taken=True)
        closed = JourneyClosed(id="L-1.closed", at=NOW, outcome="cured", why="nothing is owed")
        await ledger.close("L-1", "cured", NOW, facts=[closed])
        await ledger.record("L-2", [FLOOD], taken=True)
        case = await ledger.case("L-1")
        assert case is not None
        learned = await Decide(ledger).reopen(Question(case, NOW))
        assert [type(fact) for fact in learned] == [JourneyReopened, HoldPlaced]
        assert await Decide(ledger).reopen(Question(case, NOW)) == learned


async def test_a_hold_told_while_a_loan_opens_is_missed_by_neither(database_url: str) -> None:
    """Whoever tells all the borrower's loans and the loan that opens do it one after the other."""
    async with Ledger.open(database_url) as ledger, Ledger.open(database_url) as another:
        await two_loans(ledger)
        async with ledger._write() as db:
            await ledger._alone(db, "B-1")
            opening = asyncio.create_task(another.inherit("L-2", NOW, taken=False))
            await asyncio.wait([opening], timeout=0.3)
            assert not opening.done(), "it looks while the other is still telling"
            await ledger._record(db, "L-1", [FLOOD], taken=True)
        assert await opening == [FLOOD]
