"""The HTTP application itself: probes, bounds, and what it says when something is wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from temporalio.client import Client

from activities.ledger import Ledger, Person
from gateway.client import Journeys
from gateway.http.app import application
from gateway.keys import Scope, create
from gateway.serving import serving
from journeys.borrower import Borrower, Channel
from journeys.facts import OptedOut
from journeys.loan import Instalment, Loan
from journeys.money import Money
from workers.settings import read_settings

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[Ledger]:
    async with Ledger.open(database_url) as opened:
        yield opened


@pytest.fixture
async def http(ledger: Ledger, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller of a gateway whose Temporal does not answer."""
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)
    app = application(Journeys(nowhere, ledger), read_settings(data=tmp_path))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def test_it_is_ready_without_temporal_for_what_comes_in_is_kept(http):
    assert (await http.get("/health")).json() == {"alive": True}
    assert (await http.get("/ready")).json() == {"ledger": True, "temporal": False}


async def test_what_is_not_there_is_said_as_problem_details(http):
    answer = await http.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Not Found", "status": 404, "detail": "Not Found", "faults": []}


async def test_the_document_names_the_problems(http):
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"Problem", "Fault"} <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "application/problem+json" in document["paths"]["/ready"]["get"]["responses"]["503"]["content"]


async def test_prometheus_finds_what_the_ledger_counts_and_how_long_facts_have_waited(http, ledger):
    loan = Loan("LN-1", (Instalment(date(2026, 3, 2), Money.of("100", "CNY")),))
    chen = Person(
        Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Chen", None, None, None
    )
    await ledger.register(loan, chen, "cn-consumer", 2, NOW)
    await ledger.record("LN-1", [OptedOut(id="stop-1", at=NOW, channel=Channel.SMS)], taken=False)
    key = await create(ledger, "prometheus", [Scope.AUDITOR], NOW)
    page = (await http.get("/metrics", headers={"Authorization": f"Bearer {key}"})).text
    assert 'journeys_loans{outcome="open"} 1.0' in page
    assert 'journeys_facts_total{kind="opted_out"} 1.0' in page
    assert "journeys_facts_untaken 1.0" in page
    age = next(line for line in page.splitlines() if line.startswith("journeys_facts_untaken_oldest_seconds"))
    assert 0 <= float(age.split()[1]) < 60
    assert "Chen" not in page and "LN-1" not in page


async def test_who_has_no_key_for_it_reads_no_counts(http, ledger):
    desk = await create(ledger, "dialler", [Scope.DESK], NOW)
    assert (await http.get("/metrics")).status_code == 401
    refused = await http.get("/metrics", headers={"Authorization": f"Bearer {desk}"})
    assert (refused.status_code, "journeys_" in refused.text) == (403, False)


async def test_a_slow_request_does_not_keep_the_gateway_from_ending(monkeypatch):
    monkeypatch.setattr("gateway.serving.AT_THE_END", 0.2)
    app, begun = FastAPI(), asyncio.Event()

    @app.post("/slow")
    async def slow() -> None:
        begun.set()
        await asyncio.sleep(60)

    async with httpx2.AsyncClient() as caller, asyncio.timeout(10):
        async with serving(app) as address:
            asked = asyncio.create_task(caller.post(f"{address}/slow"))
            await begun.wait()
        with suppress(httpx2.HTTPError):
            await asked


async def test_a_request_is_logged_by_its_route_never_by_its_path(http):
    with capture_logs() as lines:
        await http.get("/health?name=Winifred")
        await http.get("/Winifred/Quill")
    told = [(one["method"], one["route"], one["status"]) for one in lines]
    assert told == [("GET", "/health", 200), ("GET", "no such route", 404)]
    assert "Winifred" not in str(lines)
