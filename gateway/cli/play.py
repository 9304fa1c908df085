"""Commands that show how it goes: the demo, everything up on one machine, a strategy walked by personas."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.app import app, console, day, out, today
from gateway.client import Journeys, Refused
from gateway.loans import ColumnMap, read_loans, read_map
from journeys import strategy
from journeys.borrower import Borrower, Channel
from journeys.case import case_of
from journeys.diary import signed
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.simulate import simulate
from workers.codec import KeyRing
from workers.logs import configure
from workers.settings import read_settings

SHORTEST = 24
"""Characters of a token that nobody guesses."""
PORTFOLIO = Path(__file__).parents[2] / "rehearsal" / "portfolio.csv"


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

    configure(logging.WARNING)
    columns = read_map(map) if map else ColumnMap()
    rows, complaints = read_loans(portfolio, columns, datetime.now(UTC))
    if not rows:
        raise Refused("\n".join([f"{portfolio} has no loan that can be started", *complaints]))
    if status := asyncio.run(run(rows, complaints, to.resolve(), console, stay=stay)):
        raise typer.Exit(status)


@app.command()
def up(
    port: Annotated[
        int,
        typer.Option(min=1, max=64535, help="Where Temporal is to listen; its UI a thousand above."),
    ] = 7233,
    http_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where the gateway is to listen, by default 8080.")
    ] = None,
) -> None:
    """Start a Temporal server with its UI, a worker and the gateway, on this machine; Ctrl-C ends them."""
    configure(logging.WARNING)
    asyncio.run(_up(port, http_port))


async def _up(port: int, http_port: int | None) -> None:
    from gateway.__main__ import gateway
    from gateway.codec_server import for_the_ui
    from workers.__main__ import serve
    from workers.connect import converter, target
    from workers.server import is_free, start

    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True)
    http_port = http_port or settings.http_port
    for one, option in ((port, "--port"), (port + 1000, "--port"), (http_port, "--http-port")):
        if not is_free(one):
            raise Refused(
                f"port {one} is taken: end what listens there, or say `journeys up {option}` another"
            )
    stop = _asked_to_stop()
    ring, database, ui = KeyRing.open(settings.keys), settings.data / "temporal.db", port + 1000
    async with (
        for_the_ui(ring, ui) as codec,
        await start(converter(ring), database=database, port=port, ui_port=ui, codec=codec) as env,
    ):
        console.print(f"Temporal is at localhost:{port}, its UI at http://localhost:{port + 1000}")
        if target() != f"localhost:{port}":
            out.print(f"in every other terminal, first type: export TEMPORAL_ADDRESS=localhost:{port}")
        async with _providers(settings.provider_url or settings.without_providers()) as changes:
            settings = read_settings(http_port=http_port, **changes)
            async with (
                serve(env.client, settings) as ledger,
                gateway(Journeys(env.client, ledger), settings) as address,
            ):
                out.print(f"the gateway is at {address}; `journeys keys create` lets somebody in")
                console.print("the worker is ready; press Ctrl-C to end")
                await stop.wait()


@app.command()
def codec(
    origin: Annotated[
        list[str], typer.Option(help="Where people open the UI, like https://temporal.example.com.")
    ],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8081,
    host: Annotated[str, typer.Option(help="On which address.")] = "127.0.0.1",
) -> None:
    """Serve clear text to a Temporal UI elsewhere, for who has JOURNEYS_CODEC_TOKEN; Ctrl-C ends it."""
    settings = read_settings()
    token = settings.codec_token.get_secret_value()
    if len(token) < SHORTEST:
        raise Refused(f"set JOURNEYS_CODEC_TOKEN to a secret of at least {SHORTEST} characters")
    asyncio.run(_codec(KeyRing.open(settings.keys), token, origin, port, host))


async def _codec(ring: KeyRing, token: str, origins: list[str], port: int, host: str) -> None:
    from gateway.codec_server import codec_server
    from gateway.serving import serving

    stop = _asked_to_stop()
    async with serving(codec_server(ring, token, origins), port, host) as address:
        console.print(f"the codec server is at {address}; press Ctrl-C to end")
        await stop.wait()


def _asked_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


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
    falls = day(due) if due else today() + timedelta(days=10)
    begin = datetime.combine(falls, datetime.min.time(), UTC) - timedelta(days=plan.lead + 1)
    for one in [known[persona]] if persona else PERSONAS:
        loan = Loan("LN-1", (Instalment(falls, Money.of("8400", currency)),))
        borrower = Borrower("B-1", "en", (zone,), tuple(Channel), plan.jurisdictions)
        case = case_of(loan, borrower, plan.name, plan.version, begin)
        until, life = begin + timedelta(days=200), Life(one, case)
        case, happened = simulate(case, start=begin, until=until, react=life.react)
        out.print(f"{one.name}: {one.about}\n{signed(case, happened, until)}")
