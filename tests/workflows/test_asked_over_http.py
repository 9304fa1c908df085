"""Requests over HTTP reach their journey, each of them once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from gateway.http import commands
from gateway.http.app import application
from gateway.keys import Scope, create
from journeys.facts import HoldPlaced
from rehearsal.stage import Stage
from tests.workflows.conftest import Started
from workers.settings import read_settings

Ask = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
async def ask(on: Stage) -> AsyncIterator[Ask]:
    """Asks for a hold of a loan, as one of two callers, by an idempotency key."""
    keys = [await create(on.journeys.ledger, name, [Scope.DESK], datetime.now(UTC)) for name in ("a", "b")]
    until = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    transport = httpx2.ASGITransport(application(on.journeys, read_settings(data=on.out)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:

        async def asked(loan: str, caller: int, word: str, **more: str) -> httpx2.Response:
            return await http.post(
                f"/v1/loans/{loan}/requests/hold",
                json={"reason": "complaint", "until": until, "actor": "anna", **more},
                headers={"Authorization": f"Bearer {keys[caller]}", "Idempotency-Key": word},
            )

        yield asked


async def holds(on: Stage, loan: str) -> list[str]:
    return [fact.id for fact in await on.journeys.ledger.facts(loan) if isinstance(fact, HoldPlaced)]


async def test_two_callers_who_choose_the_same_word_mean_two_requests(on: Stage, started: Started, ask: Ask):
    loan = (await started()).loan.id
    first, second = await ask(loan, 0, "k-1"), await ask(loan, 1, "k-1", channel="sms")
    assert (first.status_code, second.status_code) == (200, 200)
    again = await ask(loan, 0, "k-1")
    assert again.json() == first.json()
    assert await holds(on, loan) == [first.json()["fact"], second.json()["fact"]]


async def test_a_request_that_was_not_answered_in_time_is_the_same_when_it_is_sent_again(
    on: Stage, started: Started, ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    loan = (await started()).loan.id
    with monkeypatch.context() as hurried:
        hurried.setattr(commands, "PATIENCE", 0.005)
        late = await ask(loan, 0, "k-2")
    assert (late.status_code, "did not answer" in late.json()["detail"]) == (503, True)
    answer = await ask(loan, 0, "k-2")
    assert answer.status_code == 200
    assert await holds(on, loan) == [answer.json()["fact"]]


async def test_a_refusal_is_the_journeys_own_sentence(started: Started, ask: Ask):
    loan = (await started()).loan.id
    refused = await ask(loan, 0, "k-3", until="2020-01-01T00:00:00Z")
    assert refused.status_code == 422
    assert refused.json()["detail"] == "the end of a hold must lie ahead, and after its beginning"
