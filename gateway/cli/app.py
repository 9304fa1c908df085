"""What the commands share: the application, where it prints, and the client as the settings say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from activities.ledger import Ledger
from gateway.client import Journeys, Refused
from journeys.calendar import local
from workers.connect import connect
from workers.settings import read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console()
out = Console(highlight=False, soft_wrap=True, markup=False)

File = Annotated[Path, typer.Argument(help="A file.")]
LoanId = Annotated[str, typer.Argument(help="The loan's reference.")]


@asynccontextmanager
async def journeys() -> AsyncIterator[Journeys]:
    """The client as the settings say; what Temporal did not take earlier is told again first."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    async with Ledger.open(settings.database) as ledger:
        client = Journeys(await connect(settings, lazy=True), ledger)
        await client.resend()
        yield client


def with_client(ask: Callable[[Journeys], Awaitable[str]]) -> None:
    """Print what the client answers."""

    async def asked() -> str:
        async with journeys() as client:
            return await ask(client)

    out.print(asyncio.run(asked()))


@asynccontextmanager
async def ledger() -> AsyncIterator[Ledger]:
    """The ledger alone, as the settings say: for what needs no Temporal."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    async with Ledger.open(settings.database) as opened:
        yield opened


async def home_of(records: Ledger, loan: str | None) -> str:
    """The zone of a loan's borrower; UTC where there is no such loan."""
    case = await records.case(loan) if loan else None
    return case.borrower.zones[0] if case else "UTC"


def moment(at: datetime, zone: str) -> str:
    """An instant as lists print it: by a clock that is named."""
    return f"{local(at, zone):%Y-%m-%d %H:%M} {zone}"


def day(text: str) -> date:
    """A day as people write it; raises `Refused`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is not a day: write it like 2026-03-02") from None


def today() -> date:
    return datetime.now(UTC).date()
