"""What Temporal has not taken is told again, whatever goes wrong meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.ledger import Ledger, Person
from gateway.__main__ import told_again
from gateway.client import Journeys
from gateway.meanwhile import meanwhile
from journeys.borrower import Borrower, Channel
from journeys.facts import OptedOut, Told
from journeys.loan import Instalment, Loan
from journeys.money import Money
from workers.connect import TemporalRefused, TemporalUnavailable, answering

NOW = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Anna Quill", None, "+86199", None
)


@dataclass(frozen=True, slots=True)
class Line(Journeys):
    """The client with a line to Temporal that may be cut for some loans."""

    cut: dict[str, Exception] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    async def _delivered(self, loan: str, fact: Told) -> bool:
        if loan in self.cut:
            raise self.cut[loan]
        self.told.append((loan, fact.id))
        await self.ledger.taken(loan, [fact.id])
        return True


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    async with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for loan in ("LN-1", "LN-2"):
            debt = Loan(loan, (Instalment(date(2026, 3, 2), Money.of("100", "CNY")),))
            await ledger.register(debt, ANNA, "cn-consumer", 2, NOW)
        for number, loan in enumerate(("LN-1", "LN-2", "LN-1", "LN-2")):
            fact = OptedOut(id=f"{loan}.{number}", at=NOW, channel=Channel.SMS)
            async with ledger._write() as db:
                await ledger._record(db, loan, [fact], taken=False)
        yield Line(await Client.connect("127.0.0.1:9", lazy=True), ledger)


@pytest.mark.parametrize("error", [TemporalRefused("too large"), KeyError("of ours")])
async def test_what_is_wrong_with_one_loan_keeps_its_own_facts_back_and_no_others(
    line: Line, error: Exception
) -> None:
    line.cut["LN-1"] = error
    assert await line.retell() == (2, error)
    assert line.told == [("LN-2", "LN-2.1"), ("LN-2", "LN-2.3")]
    del line.cut["LN-1"]
    assert await line.resend() == 2
    assert line.told[2:] == [("LN-1", "LN-1.0"), ("LN-1", "LN-1.2")], "in order"


async def test_where_temporal_does_not_answer_nobody_else_is_tried(line: Line) -> None:
    line.cut["LN-1"] = TemporalUnavailable("Temporal does not answer")
    assert await line.resend() == 0
    assert line.told == []


async def test_a_long_line_of_facts_is_told_page_by_page(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.ledger.facts.A_PAGE", 1)
    monkeypatch.setattr("gateway.client.A_PAGE", 1)
    assert await line.resend() == 4
    assert await line.ledger.untaken() == []


async def test_telling_outlasts_whatever_goes_wrong_and_says_each_thing_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.meanwhile.A_WHILE", 0.05)
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        raise BrokenPipeError("nobody reads any more")

    async def rounds(number: int) -> None:
        """Until so many sentences were said, and some rounds more."""
        async with asyncio.timeout(20):
            while len(said) < number:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)

    async with meanwhile("facts for Temporal", lambda: told_again(line), 0.01, say):
        for number, wrong in enumerate(
            (
                TemporalUnavailable("Temporal does not answer at localhost:7233"),
                KeyError("Anna Quill"),
                OperationalError("SELECT", {}, Exception()),
            )
        ):
            line.cut.update({"LN-1": wrong, "LN-2": wrong})
            await rounds(number + 1)
        line.cut.clear()
        await rounds(4)
    assert said == [
        "facts for Temporal wait: Temporal does not answer at localhost:7233",
        "facts for Temporal wait: KeyError, which is a fault of ours: report it",
        "facts for Temporal wait: the ledger does not answer (OperationalError): "
        "check its disk or its server",
        "facts for Temporal wait no more",
    ]


async def test_a_fault_that_waits_for_its_next_turn_is_not_called_over() -> None:
    said: list[str] = []
    rounds = iter([KeyError("L-1"), 0, 3, KeyError("L-1"), 0, asyncio.CancelledError()])
    over = asyncio.Event()

    async def step() -> int:
        match next(rounds, None):
            case BaseException() as wrong:
                raise wrong
            case int(done):
                return done
        over.set()
        return 0

    async with meanwhile("events", step, 0.01, said.append), asyncio.timeout(5):
        await over.wait()  # a round was taken after the one that was cancelled from within
    assert said == [
        "events wait: KeyError, which is a fault of ours: report it",
        "events wait: CancelledError, which is a fault of ours: report it",
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RPCStatusCode.UNAVAILABLE, "Temporal does not answer at"),
        (RPCStatusCode.DEADLINE_EXCEEDED, "Temporal does not answer at"),
        (RPCStatusCode.RESOURCE_EXHAUSTED, "Temporal does not answer at"),
        (RPCStatusCode.INVALID_ARGUMENT, r"answers with an error \(INVALID_ARGUMENT: too large\)"),
        (RPCStatusCode.PERMISSION_DENIED, "are its address, namespace and key right"),
    ],
)
def test_an_answer_with_an_error_is_told_from_no_answer(status: RPCStatusCode, said: str) -> None:
    with pytest.raises(TemporalUnavailable, match=said) as raised, answering():
        raise RPCError("too large", status, b"")
    assert isinstance(raised.value, TemporalRefused) == ("not answer" not in said)
