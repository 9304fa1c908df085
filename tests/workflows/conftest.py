"""A server that skips time, a worker process and the providers' loopback, once for all tests here."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

from activities.ledger import Person
from gateway.client import Journeys
from journeys.borrower import Borrower, Channel
from journeys.case import Case, case_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.strategy import newest
from rehearsal.play import at_rest
from rehearsal.stage import Stage, stage

HOME = {"cn-consumer": ("cn", "Asia/Shanghai", "CNY"), "us-personal-loan": ("us", "America/New_York", "USD")}
Started = Callable[..., Awaitable[Case]]
_numbers = count(1)


@pytest.fixture(scope="session")
async def on(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("stage")) as up:
        yield up


@pytest.fixture
async def started(on: Stage) -> Started:
    """Starts a journey whose loan falls due in some days; its clock stands until it is moved."""

    async def start(strategy: str = "cn-consumer", days: int = 9) -> Case:
        return await start_on(on, strategy, days)

    return start


async def start_on(on: Stage, strategy: str, days: int, *regions: str) -> Case:
    loan, person, began = a_loan(strategy, days, *regions)
    await on.journeys.start(loan, person, strategy, began)
    plan = newest(strategy)
    return case_of(loan, person.borrower, plan.name, plan.version, began)


def a_loan(strategy: str, days: int, *regions: str) -> tuple[Loan, Person, datetime]:
    """A loan of nobody, due in so many days from now, under the law of its country and of these regions."""
    number = next(_numbers)
    place, zone, currency = HOME[strategy]
    began = datetime.now(UTC)
    loan = Loan(f"T-{number}", (Instalment(began.date() + timedelta(days=days), Money.of("8400", currency)),))
    borrower = Borrower(f"B-T-{number}", "en", (zone,), tuple(Channel), (place, *regions))
    person = Person(
        borrower=borrower,
        name="Winifred Quill",
        email=f"winifred.quill.{number}@example.com",
        phone=f"+1202555{number:04d}",
        address="7 Nightingale Row\nSpringfield",
    )
    return loan, person, began


@pytest.fixture
def journeys(on: Stage) -> Journeys:
    return on.journeys


async def next_wake(on: Stage, case: Case) -> datetime:
    """When the journey will act by itself, as the ledger has it."""
    await at_rest(on.journeys, case.loan.id)
    decision = await on.journeys.ledger.next_wake(case.loan.id)
    assert decision is not None
    return decision.not_before


async def opened(on: Stage, *messages: Message) -> bytes:
    """What Temporal keeps, as it lies there and with every value that is sealed opened."""
    codec = on.env.client.data_converter.payload_codec
    assert codec is not None
    values = await codec.decode([one for message in messages for one in payloads_of(message)])
    return b"".join([*(message.SerializeToString() for message in messages), *(one.data for one in values)])


def payloads_of(message: Message) -> Iterator[Payload]:
    """Every value in an event, however deep it lies."""
    if isinstance(message, Payload):
        yield message
        return
    for _, value in message.ListFields():
        found = value.values() if isinstance(value, Mapping) else value
        for one in found if isinstance(found, Iterable) and not isinstance(found, str | bytes) else [found]:
            if isinstance(one, Message):
                yield from payloads_of(one)
