"""Webhooks: how quick the gateway's door is against a bare route, and how soon a receipt stops a contact."""

import asyncio
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from standardwebhooks.webhooks import Webhook

from activities.ledger import Ledger, Person
from gateway.client import Journeys
from journeys.borrower import Borrower
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal import CREDENTIALS
from rehearsal.providers import RehearsalProviders
from rehearsal.stage import WorkerProcess
from workers.codec import KeyRing
from workers.connect import converter
from workers.server import free_port, is_free, start
from workers.settings import Settings

SECRET = f"whsec_{b64encode(b'bench' * 8).decode()}"
LOANS, EACH, SIDE_BY_SIDE = 250, 4, 8
A_SECOND = 100
"""Webhooks a second while it is measured how soon a receipt is known."""
LOOKED_AT = 10
"""Every so manieth receipt is asked after in its journey: questions are load as well."""
BARE = """
import asyncio, sys
from fastapi import FastAPI, Request
from gateway.serving import serving
app = FastAPI()
@app.post("/bare")
async def bare(request: Request) -> dict[str, str]:
    await request.body()
    return {"state": "taken"}
async def main() -> None:
    async with serving(app, int(sys.argv[1])):
        await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass(slots=True)
class Figures:
    """What was measured; seconds."""

    ours: float
    """A webhook, answered one after the other on each of several connections."""
    bare: float
    known: Sequence[float] = ()
    """From when a receipt was due to be sent until the guard's last look sees it."""
    heard: Sequence[float] = ()
    """Until its journey has heard it."""


@dataclass(slots=True)
class Line:
    """Connections to one server, kept open."""

    port: int
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(
        default_factory=asyncio.Queue
    )

    async def listens(self) -> None:
        while is_free(self.port):
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def open(self, connections: int) -> AsyncIterator[None]:
        """The server hangs up on who says nothing for seconds: open only while there is something to say."""
        opened = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(connections)]
        for one in opened:
            self.free.put_nowait(one)
        try:
            yield
        finally:
            for _, writer in opened:
                writer.close()
            self.free = asyncio.Queue()

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send by hand: a client library would cost as much as what is measured."""
        reader, writer = await self.free.get()
        lines = [f"POST {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(one for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.split(b":")[1]))
        self.free.put_nowait((reader, writer))
        assert head.startswith(b"HTTP/1.1 200") and b'"taken"' in answer, (head, answer)


async def measured(folder: Path) -> Figures:
    """One run: both doors in turn, then the load."""
    async with _up(folder) as (journeys, ours, bare):
        webhooks = [_webhook(f"LN-{n % LOANS}", f"quick-{n}") for n in range(LOANS * EACH)]
        figures = Figures(
            ours=await _pace(ours, "/webhooks/payments", webhooks), bare=await _pace(bare, "/bare", webhooks)
        )
        while await journeys.ledger.untaken():
            await asyncio.sleep(0.1)
        figures.known, figures.heard = await _under_load(journeys, ours)
        return figures


async def _pace(line: Line, path: str, webhooks: Sequence[tuple[dict[str, str], bytes]]) -> float:
    """Seconds a webhook."""

    async def one(mine: Sequence[tuple[dict[str, str], bytes]]) -> None:
        for headers, body in mine:
            await line.post(path, headers, body)

    async with line.open(SIDE_BY_SIDE):
        began = time.perf_counter()
        await asyncio.gather(*(one(webhooks[n::SIDE_BY_SIDE]) for n in range(SIDE_BY_SIDE)))
        return (time.perf_counter() - began) / len(webhooks)


async def _under_load(journeys: Journeys, line: Line) -> tuple[list[float], list[float]]:
    known, heard, began = list[float](), list[float](), time.perf_counter()

    async def one(n: int) -> None:
        loan, key, due = f"LN-{n % LOANS}", f"load-{n}", began + n / A_SECOND
        await asyncio.sleep(due - time.perf_counter())
        await line.post("/webhooks/payments", *_webhook(loan, key))
        assert await journeys.ledger.recorded(loan, key)
        known.append(time.perf_counter() - due)
        if n % LOOKED_AT == 0:
            while not await journeys.heard(loan, key):
                await asyncio.sleep(0.05)
            heard.append(time.perf_counter() - due)

    async with line.open(4 * SIDE_BY_SIDE):
        await asyncio.gather(*(one(n) for n in range(LOANS * EACH)))
    return known, heard


def percentile(seconds: Sequence[float], hundredth: int) -> float:
    """In milliseconds."""
    return quantiles(seconds, n=100)[hundredth - 1] * 1000


def _webhook(loan: str, payment: str) -> tuple[dict[str, str], bytes]:
    now = datetime.now(UTC)
    data = {"payment": payment, "amount": {"minor": 1, "currency": "CNY"}, "loans": [loan]}
    body = json.dumps({"type": "payment.received", "timestamp": now.isoformat(), "data": data})
    signature = Webhook(SECRET).sign(payment, now, body)
    at = str(int(now.timestamp()))
    headers = {"webhook-id": payment, "webhook-timestamp": at, "webhook-signature": signature}
    return headers, body.encode()


@asynccontextmanager
async def _up(folder: Path) -> AsyncIterator[tuple[Journeys, Line, Line]]:
    """A dev server, a worker and a gateway, each a process of its own; and a bare route."""
    async with AsyncExitStack() as stack:
        providers = stack.enter_context(RehearsalProviders())
        settings = Settings(data=folder, provider_url=providers.url, **CREDENTIALS)  # type: ignore[arg-type]
        env = await stack.enter_async_context(await start(converter(KeyRing.open(settings.keys))))
        ledger = await stack.enter_async_context(Ledger.open(settings.database))
        journeys = Journeys(env.client, ledger)
        ours, bare = Line(free_port()), Line(free_port())
        variables = {
            "TEMPORAL_ADDRESS": env.client.service_client.config.target_host,
            "JOURNEYS_DATA": str(folder),
            "JOURNEYS_PROVIDER_URL": providers.url,
            "JOURNEYS_HTTP_PORT": str(ours.port),
            "JOURNEYS_PAYMENT_SECRETS": SECRET,
            **{f"JOURNEYS_{name.upper()}": value for name, value in CREDENTIALS.items()},
        }
        worker = WorkerProcess(variables, folder / "worker.log")
        await worker.start()
        stack.push_async_callback(worker.end)
        for words in (("-m", "gateway"), ("-c", BARE, str(bare.port))):
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, *words),
                env={**os.environ, **variables},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            stack.push_async_callback(server.wait)
            stack.callback(server.terminate)
        await asyncio.gather(ours.listens(), bare.listens())
        for n in range(LOANS):
            await _begin(journeys, f"LN-{n}")
        for n in range(LOANS):
            while await ledger.next_wake(f"LN-{n}") is None:
                await asyncio.sleep(0.05)
        yield journeys, ours, bare


async def _begin(journeys: Journeys, name: str) -> None:
    now = datetime.now(UTC)
    loan = Loan(name, (Instalment(now.date() + timedelta(days=30), Money(840_000, "CNY")),))
    borrower = Borrower(f"B-{name}", "en", ("Asia/Shanghai",), (), ("cn",))
    person = Person(borrower, "A Borrower", None, None, None)
    await journeys.start(loan, person, "cn-consumer", now)
