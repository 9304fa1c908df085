"""The guard with its ledger and the providers' loopback, and the orders it is given."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.guard import Guard
from activities.ledger import Ledger, Person
from activities.orders import Order
from activities.outbound import Sender
from activities.sendgrid import SendGridEmail
from activities.twilio import TwilioText
from activities.words import Lender
from journeys import facts as f
from journeys.actions import Contact
from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal import CREDENTIALS
from rehearsal.providers import RehearsalProviders

TEN_IN_SHANGHAI = datetime(2026, 3, 5, 2, tzinfo=UTC)
DUE = date(2026, 3, 2)
WINIFRED = Person(
    Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",)),
    "Winifred Quill",
    "winifred@example.com",
    "+8613800138000",
    "7 Nightingale Row",
)
LENDER = Lender("Example Bank", "+1 202 555 0100", "complaints@example.com")


def order(
    by: Channel = Channel.SMS, loan: str = "L-1", at: datetime = TEN_IN_SHANGHAI, say: str = "payment-missed"
) -> Order:
    """The order to make one touch, three days after the due date."""
    touch = f"d3-{by}"
    contact = Contact(
        rule="touch_due",
        why="day 3",
        not_before=at,
        contact=f"{loan}.20260302.{touch}",
        touch=touch,
        due=DUE,
        channel=by,
        say=say,
        deadline=at + timedelta(days=1),
    )
    return Order(loan, "B-1", "cn-consumer", 1, contact, at, heard=())


@dataclass(slots=True)
class Counter:
    """The guard with its ledger and the providers' loopback."""

    ledger: Ledger
    providers: RehearsalProviders
    senders: dict[Channel, Sender]

    async def contact(self, order: Order, waited: timedelta = timedelta(0)) -> list[f.Learned | f.Told]:
        """What the guard says of the order, after it waited for its turn."""
        env = ActivityEnvironment()
        env.info = replace(env.info, started_time=env.info.scheduled_time + waited)
        return await env.run(Guard(self.ledger, self.senders, LENDER).contact, order)

    async def state(self, order: Order) -> str | None:
        """How the contact stands in the ledger, if it is there."""
        assert isinstance(order.action, Contact)
        rows = await self.ledger.contacts(order.loan)
        return next((row.state for row in rows if row.id == order.action.contact), None)

    async def recorded(self, loan: str = "L-1") -> list[f.Learned | f.Told]:
        return await self.ledger.facts(loan)


@pytest.fixture
def providers() -> Iterator[RehearsalProviders]:
    with RehearsalProviders() as providers:
        yield providers


@pytest.fixture
async def counter(database_url: str, providers: RehearsalProviders) -> AsyncIterator[Counter]:
    text = TwilioText(
        CREDENTIALS["twilio_account"],
        CREDENTIALS["twilio_token"],
        CREDENTIALS["twilio_number"],
        base_url=providers.url,
        status_callback_base=None,
        timeout=2.0,
    )
    email = SendGridEmail(
        key=CREDENTIALS["sendgrid_key"],
        host=providers.url,
        from_email="collections@example.com",
        from_name="Example Bank",
        timeout=2.0,
    )
    async with Ledger.open(database_url) as ledger:
        for loan in ("L-1", "L-2"):
            instalments = (Instalment(DUE, Money.of("8400", "CNY")),)
            await ledger.register(Loan(loan, instalments), WINIFRED, "cn-consumer", 1, TEN_IN_SHANGHAI)
        yield Counter(ledger, providers, {Channel.SMS: text, Channel.EMAIL: email})
