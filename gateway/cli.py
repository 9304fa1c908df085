"""The command line, `journeys`: one command for each thing people do with the system."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field, TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import track
from typer.exceptions import Abort, TyperException

from activities.ledger import Ledger, LedgerUnavailable
from activities.rows import TaskRow
from gateway.client import Journeys, Refused, aware
from gateway.loans import ColumnMap, Row, loans_of, read_loans, read_map
from journeys import proofreading, strategy
from journeys.borrower import Borrower, Channel
from journeys.case import case_of
from journeys.diary import diary as written
from journeys.facts import PaymentReceived, Told
from journeys.files import Mistakes
from journeys.law import jurisdiction
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.simulate import simulate
from workers.connect import TemporalUnavailable, connect
from workers.exit import leave
from workers.settings import BadSettings, read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console()
out = Console(highlight=False, soft_wrap=True, markup=False)

TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])
PORTFOLIO = Path(__file__).parent.parent / "rehearsal" / "portfolio.csv"
File = Annotated[Path, typer.Argument(help="A file.")]
LoanId = Annotated[str, typer.Argument(help="The loan's reference.")]


@asynccontextmanager
async def journeys() -> AsyncIterator[Journeys]:
    """The client as the settings say; what Temporal did not take earlier is told again first."""
    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    async with Ledger.open(settings.database) as ledger:
        client = Journeys(await connect(lazy=True), ledger)
        await client.resend()
        yield client


@app.command()
def demo(
    portfolio: Annotated[
        Path, typer.Option(help="A loan file (CSV); by default the one shipped.")
    ] = PORTFOLIO,
    map: Annotated[Path | None, typer.Option(help="Its column map (TOML).")] = None,
    to: Annotated[Path, typer.Option(help="Folder for what the demo writes.")] = Path("out"),
    stay: Annotated[bool, typer.Option("--stay", help="Keep everything up afterwards.")] = False,
) -> None:
    """Watch a portfolio walk its journeys on a real Temporal server: four months in minutes."""
    from rehearsal.demo import run

    columns = read_map(map) if map else ColumnMap()
    rows, complaints = read_loans(portfolio, columns, datetime.now(UTC).date())
    if not rows:
        raise Refused(f"{portfolio} has no loan that can be started: {'; '.join(complaints[:3])}")
    if status := asyncio.run(run(rows, complaints, to.resolve(), console, stay=stay)):
        raise typer.Exit(status)


@app.command()
def up(port: Annotated[int, typer.Option(help="Where Temporal is to listen.")] = 7233) -> None:
    """Start a Temporal server with its UI, and a worker, on this machine; Ctrl-C ends both."""
    asyncio.run(_up(port))


async def _up(port: int) -> None:
    from workers.__main__ import serve
    from workers.server import start

    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with await start(database=settings.data / "temporal.db", port=port, ui_port=port + 1000) as env:
        console.print(f"Temporal is at localhost:{port}, its UI at http://localhost:{port + 1000}")
        async with _providers(settings.provider_url or settings.without_providers()) as changes:
            settings = read_settings(**changes)
            async with serve(env.client, settings):
                console.print("the worker is ready; press Ctrl-C to end")
                await stop.wait()


@asynccontextmanager
async def _providers(missing: str | list[str]) -> AsyncIterator[dict[str, object]]:
    """Where no provider is configured, messages go to the rehearsal server, and it says so."""
    if not isinstance(missing, list) or not missing:
        yield {}
        return
    from rehearsal import CREDENTIALS
    from rehearsal.providers import RehearsalProviders

    with RehearsalProviders() as providers:
        console.print(
            f"[yellow]nothing real is sent:[/] {', '.join(missing)} not set; rehearsal at {providers.url}"
        )
        yield {**CREDENTIALS, "provider_url": providers.url}


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
    rows, complaints = loans_of([(1, fields)], "start", ColumnMap(), _today())
    if complaints:
        raise Refused("; ".join(complaints))
    asyncio.run(_import(rows))


@app.command("import")
def import_loans(
    file: File, map: Annotated[Path | None, typer.Option(help="Column map (TOML).")] = None
) -> None:
    """Start the journeys of a loan file; a bad row is named, the good ones go on, again is harmless."""
    rows, complaints = read_loans(file, read_map(map) if map else ColumnMap(), _today())
    for sentence in complaints:
        out.print(sentence)
    asyncio.run(_import(rows))
    if complaints:
        raise typer.Exit(1)


async def _import(rows: list[Row]) -> None:
    async with journeys() as client:
        new, now = 0, datetime.now(UTC)
        for row in track(rows, "starting journeys", console=console, disable=len(rows) < 20):
            new += await client.start(row.loan, row.person, row.strategy, now)
        out.print(f"{new} journeys started, {len(rows) - new} were known already")


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

    _with_client(told)


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

    _with_client(told)


@app.command()
def show(
    loan: LoanId,
    forward: Annotated[bool, typer.Option("--forward", help="Also the next thirty days.")] = False,
) -> None:
    """Where a journey stands, what comes next and why."""

    async def told(client: Journeys) -> str:
        text = await client.standing(loan)
        return f"{text}\n\n{await client.forward_look(loan)}" if forward else text

    _with_client(told)


@app.command()
def diary(loan: LoanId) -> None:
    """Everything that happened on a loan, by date, from the ledger alone."""

    async def told() -> str:
        settings = read_settings()
        async with Ledger.open(settings.database) as ledger:
            known = await ledger.loan(loan)
            if known is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            row = next(row for row in await ledger.loans() if row.id == loan)
            person = await ledger.person(row.borrower)
            assert person is not None
            return written(await ledger.facts(loan), person.borrower.zones[0])

    out.print(asyncio.run(told()), end="")


@app.command()
def tasks(
    owner: Annotated[str, typer.Option(help="One team: agents, field, disputes or legal.")] = "",
    script: Annotated[bool, typer.Option("--script", help="Also what to say.")] = False,
) -> None:
    """What people are asked to do, the most urgent first; `tell` a task_reported when it is done."""

    async def told() -> list[TaskRow]:
        async with Ledger.open(read_settings().database) as ledger:
            return await ledger.tasks(owner or None)

    rows = asyncio.run(told())
    for row in rows:
        out.print(f"{row.deadline:%Y-%m-%d %H:%MZ}  {row.owner:<10}{row.job:<22}{row.loan:<12}{row.id}")
        if script:
            out.print(f"\n{row.script}\n")
    if not rows:
        out.print("nobody is asked to do anything")


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Strategy files; by default the shipped ones.")
    ] = None,
) -> None:
    """Judge strategies, jurisdictions and wordings; each mistake is one sentence with file and line."""
    found = [*proofreading.check()]
    checks: list[tuple[Callable[[Path], object], Path]] = [
        (strategy.load, path) for path in files or sorted(strategy.FOLDER.glob("*.toml"))
    ]
    checks += [(jurisdiction.load, path) for path in sorted(jurisdiction.FOLDER.glob("*.toml"))]
    for load, path in checks:
        try:
            load(path)
            out.print(f"{path.name}: sound")
        except Mistakes as mistakes:
            found += str(mistakes).splitlines()
    for sentence in found:
        out.print(sentence)
    if found:
        raise typer.Exit(1)


@app.command()
def rehearse(
    name: Annotated[str, typer.Argument(help="A strategy, like cn-consumer.")],
    persona: Annotated[str, typer.Option(help="Who to be; by default everybody.")] = "",
    due: Annotated[str, typer.Option(help="The due date.")] = "",
) -> None:
    """Walk a strategy with the personas, without any server, and print their diaries."""
    from rehearsal.borrowers import PERSONAS, Life

    plan = strategy.newest(name)
    known = {one.name: one for one in PERSONAS}
    if persona and persona not in known:
        raise Refused(f"there is no persona {persona!r}; known are {', '.join(known)}")
    zone, currency = ("Asia/Shanghai", "CNY") if "cn" in plan.jurisdictions else ("America/New_York", "USD")
    day = _day(due) if due else _today() + timedelta(days=10)
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=plan.lead + 1)
    for one in [known[persona]] if persona else PERSONAS:
        loan = Loan("LN-1", (Instalment(day, Money.of("8400", currency)),))
        borrower = Borrower("B-1", "en", (zone,), tuple(Channel), plan.jurisdictions)
        case = case_of(loan, borrower, plan.name, plan.version, begin)
        life = Life(one, case)
        _, happened = simulate(case, start=begin, until=begin + timedelta(days=200), react=life.react)
        out.print(f"{one.name}: {one.about}\n{written(happened, zone)}")


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def _with_client(ask: Callable[[Journeys], Awaitable[str]]) -> None:
    async def asked() -> str:
        async with journeys() as client:
            return await ask(client)

    out.print(asyncio.run(asked()))


async def _told(client: Journeys, loan: str, fact: Told) -> str:
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is not a day: write it like 2026-03-02") from None


def _today() -> date:
    return datetime.now(UTC).date()


def main() -> None:
    """Every command ends here: with its status, or with a sentence about what is wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what we started, as Ctrl-C does
    try:
        status = app(standalone_mode=False) or 0
    except (Refused, Mistakes, BadSettings, LedgerUnavailable, TemporalUnavailable, ValueError) as error:
        out.print(f"journeys: {error}")
        status = 2
    except TyperException as error:
        out.print(f"journeys: {error} (journeys --help lists the commands)")
        status = 2
    except (KeyboardInterrupt, Abort):
        status = 130
    leave(status)
