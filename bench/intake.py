"""What taking in a loan file costs, against bare starts of the same workflows: `python -m bench.intake`."""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from temporalio.client import Client

from activities.ledger import Ledger
from gateway.client import SIDE_BY_SIDE, Journeys
from gateway.http.app import application
from gateway.intake import take_in
from gateway.keys import Scope, create
from journeys.borrower import Borrower, Channel
from journeys.case import Case, case_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from workers.codec import KeyRing
from workers.connect import converter
from workers.exit import leave
from workers.server import start
from workers.settings import Settings
from workflows import effects
from workflows.details import summary
from workflows.journey import CollectionJourney
from workflows.search import at_start

HEAD = "loan,borrower,name,email,language,zones,jurisdictions,strategy,currency,amount,due\n"
BARE = 2_000
"""Bare starts before and after, for the figure to compare with."""
ROWS = 2_000
MEBI = 1024


async def intake(rows: int) -> tuple[float, float, float]:
    """Rows a second, the same as a ratio to bare starts, and by how many MiB the process grew meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        sealed = converter(KeyRing.open(settings.keys))
        async with await start(sealed) as env, Ledger.open(settings.database) as ledger:
            journeys = Journeys(env.client, ledger)
            before = await _bare(env.client, "before")
            began, held = time.perf_counter(), _resident()
            await _sent(journeys, settings, rows)
            while await take_in(journeys, datetime.now(UTC)):
                pass
            pace, grown = rows / (time.perf_counter() - began), _resident() - held
            after = await _bare(env.client, "after")
            progress = await ledger.intake("in-1")
            assert progress is not None and progress.started == rows, progress
    return pace, pace / ((before + after) / 2), grown


async def _sent(journeys: Journeys, settings: Settings, rows: int) -> None:
    key = await create(journeys.ledger, "bench", [Scope.BACKEND], datetime.now(UTC))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv", "Idempotency-Key": "bench"}
    transport: Any = httpx2.ASGITransport(application(journeys, settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        answer = await http.post("/v1/intakes", content=_body(rows))
    assert answer.status_code == 202, answer.text


async def _body(rows: int) -> AsyncIterator[bytes]:
    yield HEAD.encode()
    for first in range(0, rows, 1000):
        yield "".join(_rows(first, min(first + 1000, rows))).encode()


def _rows(first: int, last: int) -> Iterator[str]:
    for n in range(first, last):
        yield f"R-{n},B-R-{n},A Borrower,a{n}@example.com,en,Asia/Shanghai,cn,cn-consumer,CNY,8400,+9\n"


async def _bare(client: Client, name: str) -> float:
    """Starts a second of the same workflows with the same cases, with nothing around them."""
    few = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(case: Case) -> None:
        async with few:
            await client.start_workflow(
                CollectionJourney.run,
                case,
                id=case.loan.id,
                task_queue=effects.JOURNEYS,
                search_attributes=at_start(case),
                static_summary=summary(case),
            )

    cases = [_case(f"{name}-{n}") for n in range(BARE)]
    began = time.perf_counter()
    await asyncio.gather(*map(one, cases))
    return BARE / (time.perf_counter() - began)


def _case(name: str) -> Case:
    now = datetime.now(UTC)
    loan = Loan(name, (Instalment(now.date() + timedelta(days=9), Money(840_000, "CNY")),))
    who = Borrower(f"B-{name}", "en", ("Asia/Shanghai",), (Channel.EMAIL,), ("cn",))
    return case_of(loan, who, "cn-consumer", 2, now)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBI


if __name__ == "__main__":
    pace, ratio, grown = asyncio.run(intake(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
    print(f"{pace:.0f} rows a second, {ratio:.2f} of bare starts; grown by {grown:.0f} MiB")
    leave(0)
