"""What is done inside the house stays done when an attempt dies after it."""

from datetime import UTC, date, datetime

from activities.desk import Desk
from activities.ledger import Ledger, Person
from activities.orders import Order
from journeys.actions import Close, Outcome
from journeys.borrower import Borrower, Channel
from journeys.facts import JourneyClosed, PaymentReceived
from journeys.loan import Instalment, Loan
from journeys.money import Money

NOW = datetime(2026, 3, 5, 2, tzinfo=UTC)
PAID = PaymentReceived(id="p-1", at=NOW, amount=Money.of("10", "CNY"))


def closing() -> Order:
    close = Close(rule="settled", why="everything due is paid", not_before=NOW, outcome=Outcome.CURED)
    return Order("L-1", "B-1", "cn-consumer", 1, close, NOW, ())


async def on_record(ledger: Ledger) -> None:
    borrower = Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
    loan = Loan("L-1", (Instalment(date(2026, 3, 2), Money.of("8400", "CNY")),))
    await ledger.register(loan, Person(borrower, "A Borrower", None, None, None), "cn-consumer", 1, NOW)


async def test_a_second_attempt_finds_what_the_first_did_and_what_was_told_since(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await on_record(ledger)
        [closed] = await Desk(ledger).keep(closing())
        assert isinstance(closed, JourneyClosed)
        await ledger.record("L-1", [PAID], taken=False)
        assert await Desk(ledger).keep(closing()) == [closed, PAID]


async def test_what_was_told_before_comes_back_and_nothing_is_done(
    database_url: str,
) -> None:
    async with Ledger.open(database_url) as ledger:
        await on_record(ledger)
        await ledger.record("L-1", [PAID], taken=False)
        assert await Desk(ledger).keep(closing()) == [PAID]
        [loan] = await ledger.loans()
        assert loan.outcome is None
