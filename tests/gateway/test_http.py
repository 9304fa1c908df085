"""The HTTP application itself: probes, bounds, and what it says when something is wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from temporalio.client import Client

from activities.ledger import Ledger
from gateway.client import Journeys
from gateway.http.app import application
from workers.settings import read_settings


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller of a gateway whose Temporal does not answer."""
    settings = read_settings(data=tmp_path)
    async with Ledger.open(settings.database) as ledger:
        nowhere = await Client.connect("127.0.0.1:1", lazy=True)
        app = application(Journeys(nowhere, ledger), settings)
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
