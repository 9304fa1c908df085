"""Commands about one loan or a file of them: start, tell, show."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import Field, TypeAdapter, ValidationError
from rich.progress import track

from activities.rows import Unmatched
from gateway import receipts
from gateway.cli.app import File, LoanId, app, console, home_of, journeys, ledger, moment, out, with_client
from gateway.client import Journeys, Refused, aware, misspelt, not_ahead
from gateway.loans import ColumnMap, Row, loans_of, read_loans, read_map
from journeys import requests
from journeys.borrower import Channel
from journeys.diary import signed
from journeys.facts import PaymentReversed, Reversal, Told
from journeys.files import Mistakes, said
from journeys.money import Money
from journeys.statement import TOTALS, statement
from journeys.view import View

AS_TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])


@app.command()
def start(
    loan: LoanId,
    amount: Annotated[str, typer.Option(help="What falls due, like 8400.00.")],
    due: Annotated[str, typer.Option(help="When, like 2026-03-02, or days from today like +5.")],
    currency: Annotated[str, typer.Option(help="Three letters.")] = "CNY",
    borrower: Annotated[str, typer.Option(help="Reference of the borrower.")] = "",
    name: Annotated[str, typer.Option(help="The borrower's name.")] = "",
    email: Annotated[str, typer.Option()] = "",
    phone: Annotated[str, typer.Option(help="Like +8613800000000.")] = "",
    address: Annotated[str, typer.Option(help="Lines separated by |.")] = "",
    birth_year: Annotated[str, typer.Option(help="Asked by the borrower's page, like 1984.")] = "",
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
        **{"zones": zone, "jurisdictions": jurisdiction, "strategy": strategy, "birth_year": birth_year},
    }
    rows, complaints = loans_of([(1, fields)], "", ColumnMap(), datetime.now(UTC))
    if complaints:
        raise Refused("; ".join(complaints))
    if not asyncio.run(_import(rows)):
        raise typer.Exit(2)


@app.command("import")
def import_loans(
    file: File, map: Annotated[Path | None, typer.Option(help="Column map (TOML).")] = None
) -> None:
    """Start the journeys of a loan file; a bad row is named, the good ones go on, again is harmless."""
    rows, complaints = read_loans(file, read_map(map) if map else ColumnMap(), datetime.now(UTC))
    for sentence in complaints:
        out.print(sentence)
    if not asyncio.run(_import(rows, file.name)) or complaints:
        raise typer.Exit(1)


async def _import(rows: list[Row], source: str = "") -> bool:
    """Start them one by one; False where any was refused."""
    async with journeys() as client:
        new, now = 0, datetime.now(UTC)
        wrong = 0
        for row in track(rows, "starting journeys", console=console, disable=len(rows) < 20):
            try:
                new += await client.start(row.loan, row.person, row.strategy, now)
            except (Refused, Mistakes) as error:
                wrong += 1
                out.print(f"{source}:{row.line}: {error}" if source else f"journeys: {error}")
        out.print(f"journeys started: {new}; known already: {len(rows) - new - wrong}; refused: {wrong}")
        return wrong == 0


@app.command()
def pay(
    loan: LoanId,
    amount: Annotated[str, typer.Argument(help="Like 8400.00, in the loan's currency.")],
    payment: Annotated[
        str, typer.Option("--id", help="The processor's payment id; told twice, it counts once.")
    ],
    also: Annotated[
        list[str] | None, typer.Option(help="Another loan that it is for as well; may be given again.")
    ] = None,
    announced: Annotated[str, typer.Option(help="The id of its announcement, if it was on its way.")] = "",
    currency: Annotated[str, typer.Option(help="Three letters; by default the loan's own.")] = "",
    at: Annotated[
        str,
        typer.Option(help="When it came in, by the borrower's clock; a bare date is its start. Default now."),
    ] = "",
) -> None:
    """Tell that money came in; what belongs to no open journey is kept, and listed by `unmatched`."""

    async def told(client: Journeys) -> str:
        known = await client.ledger.loan(loan)
        if known is None and not currency:
            raise Refused(f"there is no loan {loan!r} in the ledger: give the --currency, and it is kept")
        when = await _when(client, at, loan)
        sum_ = _money(amount, currency or (known[0].currency if known else ""))
        not_ahead(when, datetime.now(UTC))
        parts, new = await receipts.receive(client, payment, sum_, when, [loan, *(also or ())], announced)
        where = ", ".join(f"{one} {part}" for one, part in parts.items())
        if not new:
            return f"{payment} was known already: {where or 'it waits in `journeys unmatched`'}"
        if not parts:
            return "it names a loan nobody knows: kept, and listed by `journeys unmatched`"
        return await _heard(client, payment, where)

    with_client(told)


@app.command()
def reverse(
    payment: Annotated[str, typer.Argument(help="The processor's payment id.")],
    id: Annotated[str, typer.Option(help="The reversal's own id; told twice, it counts once.")],
    reason: Annotated[
        Reversal, typer.Option(help="Why it was taken back: by the bank, the card's owner, us, or a mistake.")
    ] = "returned",
    loan: Annotated[str, typer.Option(help="Only on this loan, where it went to several.")] = "",
    amount: Annotated[str, typer.Option(help="Only a part of it, like 100.00.")] = "",
    currency: Annotated[str, typer.Option(help="Three letters; by default the payment's own.")] = "",
    at: Annotated[
        str, typer.Option(help="When, by the borrower's clock; a bare date is its start. Default now.")
    ] = "",
) -> None:
    """Tell that a payment was taken back: it counts as never received, and a closed journey may go on."""

    async def told(client: Journeys) -> str:
        known = await client.ledger.payment(payment)
        paid = [loan] if loan else list(known.loans) if known else []
        when = await _when(client, at, next(iter(paid), None))
        not_ahead(when, datetime.now(UTC))
        if amount and not known and not currency:
            raise Refused(
                f"nobody knows a payment {payment!r}: give the --currency of {amount}, and it is kept"
            )
        part = _money(amount, known.amount.currency if known else currency) if amount else None
        fact = PaymentReversed(id=id, at=when, payment=payment, amount=part, reason=reason)
        loans, new = await receipts.reverse(client, fact, [loan] if loan else ())
        if not new:
            return f"{id} was known already: {', '.join(loans) or 'it waits in `journeys unmatched`'}"
        if not loans:
            what = (
                f"payment {payment!r} waits to be matched" if known else f"nobody knows a payment {payment!r}"
            )
            return f"{what}: kept, and listed by `journeys unmatched`"
        return await _heard(client, id, ", ".join(loans))

    with_client(told)


@app.command()
def unmatched() -> None:
    """Receipts that belong to no open journey: what, since when, why; `match` says where they go."""

    async def told() -> list[tuple[Unmatched, str]]:
        async with ledger() as records:
            return [(row, await home_of(records, row.loan)) for row in await records.unmatched()]

    rows = asyncio.run(told())
    for row, zone in rows:
        sum_ = str(row.fact.amount or "whole")
        out.print(f"{moment(row.at, zone)}  {row.id:<20}{row.kind:<10}{sum_:<18}{row.why}")
    if not rows:
        out.print("every receipt has found its loan")


@app.command()
def match(
    id: Annotated[str, typer.Argument(help="What `unmatched` calls it.")],
    loan: LoanId,
    by: Annotated[str, typer.Option(help="Who says so.")],
    kind: Annotated[str, typer.Option(help="payment or reversal, where both wait under one id.")] = "",
) -> None:
    """Say to which loan an unmatched receipt belongs."""

    async def told(client: Journeys) -> str:
        await receipts.match(client, id, loan, by, datetime.now(UTC), kind)
        return f"{id} belongs to {loan}"

    with_client(told)


@app.command()
def ask(
    loan: LoanId,
    request: Annotated[str, typer.Argument(help=f"One of {', '.join(requests.BY_NAME)}.")],
    values: Annotated[str, typer.Argument(help='JSON, like {"offer": "d10-plan", "actor": "anna"}.')],
) -> None:
    """Ask something of a journey; it is refused in a sentence, or answered with the key of its fact."""

    async def told(client: Journeys) -> str:
        return await client.request(loan, _request(request, values))

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
    money: Annotated[bool, typer.Option("--money", help="Also the make-up of what is owed.")] = False,
) -> None:
    """Where a journey stands, what comes next and why."""

    async def told(client: Journeys) -> str:
        parts = [await client.standing(loan)]
        if money:
            case = await client.ledger.case(loan)
            assert case is not None, f"loan {loan} has a journey, so it is on record"
            parts.append(_make_up(View.of(case, datetime.now(UTC))))
        if forward:
            parts.append(await client.forward_look(loan))
        return "\n\n".join(parts)

    with_client(told)


@app.command()
def diary(loan: LoanId) -> None:
    """Everything that happened on a loan, by date, and what was agreed; from the ledger alone."""

    async def told() -> str:
        async with ledger() as records:
            case = await records.case(loan)
            if case is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            return signed(case, await records.facts(loan), datetime.now(UTC))

    out.print(asyncio.run(told()), end="")


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


async def _told(client: Journeys, loan: str, fact: Told) -> str:
    not_ahead(fact.at, datetime.now(UTC))
    if not await client.tell(loan, fact):
        return f"{fact.id} was known already"
    return await _heard(client, fact.id, "")


async def _heard(client: Journeys, key: str, what: str) -> str:
    """What to say of a fact that is on record."""
    said = f"recorded: {what}" if what else "recorded"
    waiting = await client.ledger.untaken(id=key)
    return f"{said}; its journey does not answer and hears of it later" if waiting else said


async def _when(client: Journeys, at: str, loan: str | None) -> datetime:
    """The instant that was typed, by the clock of the loan's borrower; nothing typed is now."""
    return aware(at, await home_of(client.ledger, loan)) if at else datetime.now(UTC)


def _make_up(view: View) -> str:
    """The account, line by line, and its totals."""
    currency, language, book = view.case.loan.currency, "en", view.account
    lines = [
        f"{line.day:%Y-%m-%d}  {line.words:<52}{line.sum!s:>18}{line.balance!s:>18}"
        for line in statement(book, currency, language)
    ]
    for what in TOTALS:
        lines.append(f"{what:<64}{Money(getattr(book, what), currency)!s:>18}")
    if view.left_out:
        lines.append(f"{'of it disputed or on hold':<64}{Money(view.left_out, currency)!s:>18}")
    return "\n".join(lines)


def _request(name: str, values: str) -> requests.Request:
    kind = requests.BY_NAME.get(name)
    if kind is None:
        raise Refused(f"{name!r} is nothing to ask; known are {', '.join(requests.BY_NAME)}")
    data = _json(values, '{"actor": "anna"}')
    try:
        asked: requests.Request = TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        raise Refused(f"{name}: {said(error)}") from None
    if why := misspelt(data, kind):
        raise Refused(why)
    return asked


def _fact(text: str) -> Told:
    data = _json(text, '{"kind": "opted_out", "id": "r-1", "channel": "sms"}')
    data.setdefault("at", datetime.now(UTC).isoformat())
    try:
        fact = AS_TOLD.validate_python(data)
    except ValidationError as error:
        raise Refused(f"that is no fact: {said(error, above=1)}") from None
    if why := misspelt(data, type(fact)):
        raise Refused(why)
    return fact


def _json(text: str, like: str) -> dict[str, Any]:
    """What is typed as JSON: one object, with the names of its fields."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Refused(f"that is not JSON ({error}): write it like '{like}'") from None
    if not isinstance(data, dict):
        raise Refused(f"that is not one object in braces: write it like '{like}'")
    return data


def _money(amount: str, currency: str) -> Money:
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise Refused(str(error)) from None
