"""Commands about one loan or a file of them: start, tell, show."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field, TypeAdapter, ValidationError
from rich.progress import track

from gateway.cli.app import File, LoanId, app, console, journeys, ledger, out, today, with_client
from gateway.client import Journeys, Refused, aware
from gateway.loans import ColumnMap, Row, loans_of, read_loans, read_map
from journeys.borrower import Channel
from journeys.diary import diary as written
from journeys.facts import PaymentReceived, Told
from journeys.files import Mistakes
from journeys.money import Money

A_SLOW_CLOCK = timedelta(minutes=10)
TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])


@app.command()
def start(
    loan: LoanId,
    amount: Annotated[str, typer.Option(help="What falls due, like 8400.00.")],
    due: Annotated[str, typer.Option(help="When, like 2026-03-02.")],
    currency: Annotated[str, typer.Option(help="Three letters.")] = "CNY",
    borrower: Annotated[str, typer.Option(help="Reference of the borrower.")] = "",
    name: Annotated[str, typer.Option(help="The borrower's name.")] = "",
    email: Annotated[str, typer.Option()] = "",
    phone: Annotated[str, typer.Option(help="Like +8613800000000.")] = "",
    address: Annotated[str, typer.Option(help="Lines separated by |.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    zone: Annotated[str, typer.Option(help="The borrower's time zone.")] = "Asia/Shanghai",
    jurisdiction: Annotated[str, typer.Option(help="Whose law protects them.")] = "cn",
    strategy: Annotated[str, typer.Option(help="Which strategy to walk.")] = "cn-consumer",
) -> None:
    """Start the journey of one loan; starting it twice is harmless."""
    fields = {
        **{
            "loan": loan,
            "amount": amount,
            "due": due,
            "currency": currency,
            "borrower": borrower or f"B-{loan}",
        },
        **{"name": name or loan, "email": email, "phone": phone, "address": address, "language": language},
        **{"zones": zone, "jurisdictions": jurisdiction, "strategy": strategy},
    }
    rows, complaints = loans_of([(1, fields)], "start", ColumnMap(), today())
    if complaints:
        raise Refused("; ".join(complaints))
    if not asyncio.run(_import(rows)):
        raise typer.Exit(2)


@app.command("import")
def import_loans(
    file: File, map: Annotated[Path | None, typer.Option(help="Column map (TOML).")] = None
) -> None:
    """Start the journeys of a loan file; a bad row is named, the good ones go on, again is harmless."""
    rows, complaints = read_loans(file, read_map(map) if map else ColumnMap(), today())
    for sentence in complaints:
        out.print(sentence)
    if not asyncio.run(_import(rows)) or complaints:
        raise typer.Exit(1)


async def _import(rows: list[Row]) -> bool:
    """Start them one by one; False where any was refused."""
    async with journeys() as client:
        new, now = 0, datetime.now(UTC)
        wrong = 0
        for row in track(rows, "starting journeys", console=console, disable=len(rows) < 20):
            try:
                new += await client.start(row.loan, row.person, row.strategy, now)
            except (Refused, Mistakes) as error:
                wrong += 1
                out.print(f"line {row.line}: {error}")
        out.print(f"journeys started: {new}; known already: {len(rows) - new - wrong}; refused: {wrong}")
        return wrong == 0


@app.command()
def pay(
    loan: LoanId,
    amount: Annotated[str, typer.Argument(help="Like 8400.00, in the loan's currency.")],
    payment: Annotated[
        str, typer.Option("--id", help="The processor's payment id; told twice, it counts once.")
    ],
    at: Annotated[str, typer.Option(help="When it came in; by default now.")] = "",
) -> None:
    """Tell a journey that money came in."""

    async def told(client: Journeys) -> str:
        known = await client.ledger.loan(loan)
        if known is None:
            raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
        when = aware(at, "UTC") if at else datetime.now(UTC)
        fact = PaymentReceived(id=payment, at=when, amount=_money(amount, known[0].currency))
        return await _told(client, loan, fact)

    with_client(told)


@app.command()
def tell(
    loan: LoanId,
    fact: Annotated[
        str, typer.Argument(help='JSON, like {"kind": "opted_out", "id": "r-1", "channel": "sms"}.')
    ],
) -> None:
    """Tell a journey any fact, as JSON; without `at` it happened now."""

    async def told(client: Journeys) -> str:
        return await _told(client, loan, _fact(fact))

    with_client(told)


@app.command()
def hear(
    loan: LoanId,
    channel: Annotated[Channel, typer.Argument(help="How they wrote: sms or email.")],
    text: Annotated[str, typer.Argument(help="Their words.")],
    reply: Annotated[str, typer.Option("--id", help="The message's id; heard twice, it counts once.")],
) -> None:
    """Record what a borrower wrote, and act on what it means; a person gets what no machine understands."""

    async def told(client: Journeys) -> str:
        return f"understood as: {await client.hear(loan, channel, text, reply, datetime.now(UTC))}"

    with_client(told)


@app.command()
def show(
    loan: LoanId,
    forward: Annotated[bool, typer.Option("--forward", help="Also the next thirty days.")] = False,
) -> None:
    """Where a journey stands, what comes next and why."""

    async def told(client: Journeys) -> str:
        text = await client.standing(loan)
        return f"{text}\n\n{await client.forward_look(loan)}" if forward else text

    with_client(told)


@app.command()
def diary(loan: LoanId) -> None:
    """Everything that happened on a loan, by date, from the ledger alone."""

    async def told() -> str:
        async with ledger() as records:
            if await records.loan(loan) is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            row = next(row for row in await records.loans() if row.id == loan)
            person = await records.person(row.borrower)
            assert person is not None
            return written(await records.facts(loan), person.borrower.zones[0])

    out.print(asyncio.run(told()), end="")


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


async def _told(client: Journeys, loan: str, fact: Told) -> str:
    if fact.at > datetime.now(UTC) + A_SLOW_CLOCK:
        raise Refused(f"{fact.at:%Y-%m-%d %H:%MZ} lies ahead: what is told has happened")
    if not await client.tell(loan, fact):
        return f"{fact.id} was known already"
    waiting = [one.id for _, one in await client.ledger.untaken()]
    return "recorded; Temporal does not answer and hears of it later" if fact.id in waiting else "recorded"


def _fact(text: str) -> Told:
    try:
        data = json.loads(text)
        if isinstance(data, dict):
            data.setdefault("at", datetime.now(UTC).isoformat())
        return TOLD.validate_python(data)
    except json.JSONDecodeError as error:
        raise Refused(f"that is not JSON: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(f"that is no fact: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _money(amount: str, currency: str) -> Money:
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise Refused(str(error)) from None
