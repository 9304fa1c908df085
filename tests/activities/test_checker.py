"""The demo's checker finds what should never have happened, in a ledger where it has."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from activities.ledger import Ledger, Person
from activities.orders import Order
from journeys.actions import Contact, Wait
from journeys.borrower import Borrower, Channel
from journeys.facts import PaymentReceived
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import carried_out
from rehearsal.checker import violations

DUE = date(2026, 3, 2)
TEN = datetime(2026, 3, 5, 2, tzinfo=UTC)  # in Shanghai
DAY = timedelta(days=1)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as one:
        borrower = Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
        for id in ("L-1", "L-2"):
            loan = Loan(id, (Instalment(DUE, Money.of("8400", "CNY")),))
            await one.register(loan, Person(borrower, "A Borrower", None, None, None), "cn-consumer", 1, TEN)
            await one.close(id, "released", TEN + 30 * DAY, facts=[])
        yield one


async def made(
    ledger: Ledger,
    at: datetime,
    touch: str = "d3-sms",
    key: str = "",
    loan: str = "L-1",
    say: str = "payment-missed",
) -> None:
    """A contact that nothing kept from being made."""
    action = Contact(
        rule="touch_due",
        why="day 3",
        not_before=at,
        contact=f"{loan}.{touch}{key}",
        touch=touch,
        due=DUE,
        channel=Channel.SMS,
        say=say,
    )
    order = Order(loan, "B-2" if loan == "L-3" else "B-1", "cn-consumer", 1, action, at, ())
    await ledger.claim(order, at, "cn.1", lambda spent, told: None)
    await ledger.settle(order, "made", carried_out(action, at))


async def test_a_lawful_contact_is_nothing_to_it(ledger: Ledger) -> None:
    await made(ledger, TEN)
    assert await violations(ledger) == []


async def test_a_contact_after_a_payment_is_found(ledger: Ledger) -> None:
    paid = PaymentReceived(id="p-1", at=TEN - DAY, amount=Money.of("8400", "CNY"))
    await ledger.record("L-1", [paid], taken=True)
    await made(ledger, TEN)
    assert "everything was paid before it" in "".join(await violations(ledger))


async def test_a_contact_at_night_is_found(ledger: Ledger) -> None:
    await made(ledger, TEN + timedelta(hours=14))
    assert "at 00:00 in Asia/Shanghai" in "".join(await violations(ledger))


async def test_two_on_one_day_and_four_in_a_week_are_found(ledger: Ledger) -> None:
    for number in range(4):
        await made(ledger, TEN + number * DAY, touch=f"d{number}-sms")
    await made(ledger, TEN + timedelta(hours=1), touch="d9-sms")
    found = "".join(await violations(ledger))
    assert "2 contacts on 2026-03-05" in found and "in the seven days from" in found


async def test_two_on_one_day_are_found_where_each_is_of_another_loan_of_the_borrower(
    ledger: Ledger,
) -> None:
    await made(ledger, TEN)
    await made(ledger, TEN + timedelta(hours=1), loan="L-2")
    assert await violations(ledger) == ["2 contacts on 2026-03-05 with borrower B-1"]


async def test_four_in_a_week_are_found_over_all_loans_of_the_borrower(ledger: Ledger) -> None:
    for number in range(4):
        await made(ledger, TEN + number * DAY, touch=f"d{number}-sms", loan=f"L-{1 + number % 2}")
    [found] = await violations(ledger)
    assert found == "4 contacts in the seven days from 2026-03-05 with borrower B-1"


async def test_a_touch_made_twice_is_found(ledger: Ledger) -> None:
    await made(ledger, TEN)
    await made(ledger, TEN + 9 * DAY, key="-again")
    assert "touch d3-sms for 2026-03-02 was made 2 times" in "".join(await violations(ledger))


async def test_americans_who_were_not_told_what_they_may_dispute_first_are_found(ledger: Ledger) -> None:
    borrower = Borrower("B-2", "en", ("America/New_York",), tuple(Channel), ("us", "us-wa"))
    loan, noon = Loan("L-3", (Instalment(DUE, Money.of("2400", "USD")),)), TEN + timedelta(hours=15)
    await ledger.register(loan, Person(borrower, "A Borrower", None, None, None), "us-personal-loan", 2, TEN)
    await ledger.close("L-3", "released", TEN + 90 * DAY, facts=[])
    await made(ledger, noon, "d3-sms", loan="L-3")
    await made(ledger, noon + 1 * DAY, "d4-letter", loan="L-3", say="validation-notice")
    await made(ledger, noon + 8 * DAY, "d11-sms", loan="L-3")
    await made(ledger, noon + 30 * DAY, "d33-sms", loan="L-3", say="demand")
    await made(ledger, noon + 45 * DAY, "d48-sms", loan="L-3", say="demand")
    assert await violations(ledger) == [
        "contact L-3.d3-sms: before they were told what they may dispute",
        "contact L-3.d33-sms: it presses while they may still dispute",
    ]


async def test_a_loan_of_which_nothing_has_happened_yet_is_no_violation(ledger: Ledger) -> None:
    borrower = Borrower("B-9", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
    loan = Loan("L-9", (Instalment(DUE, Money.of("8400", "CNY")),))
    person = Person(borrower, "A Borrower", None, None, None)
    await ledger.register(loan, person, "cn-consumer", 2, TEN)
    assert await violations(ledger) == ["loan L-9: open, and nobody knows what comes next"]
    wait = Wait(rule="touch_due", why="it is early", not_before=TEN + DAY)
    case = await ledger.case("L-9")
    assert case is not None
    await ledger.decide(case, wait, at=TEN, law="cn.1")
    assert await violations(ledger) == []
