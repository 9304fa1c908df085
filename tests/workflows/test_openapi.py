"""The API does what its document says, whatever is sent to it: a real server, a worker, journeys that run."""

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from gateway.http.app import application
from gateway.keys import Scope, create
from gateway.serving import serving
from rehearsal.stage import Stage
from tests.workflows.conftest import start_on
from workers.settings import read_settings

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
Ask = Callable[[int], Counter[int]]


@pytest.fixture
async def ask_anything(on: Stage) -> AsyncIterator[Ask]:
    """Asks made-up things of a gateway, mostly of loans that walk, with a key that may do everything."""
    loans = [(await start_on(on, "cn-consumer", 9)).loan.id for _ in range(8)]
    loans += [(await start_on(on, "us-personal-loan", -20)).loan.id for _ in range(8)]
    key = await create(on.journeys.ledger, "anybody", list(Scope), datetime.now(UTC))
    secrets = {"payment_secrets": f"whsec_{b64encode(b'x' * 32).decode()}", "stripe_secrets": "whsec_stripe"}
    async with serving(application(on.journeys, read_settings(data=on.out, **secrets))) as address:
        yield lambda each: _ask(address, key, loans, each)


def _ask(address: str, key: str, loans: list[str], each: int) -> Counter[int]:
    """So many requests of each kind to each door, checked against the document; gives the statuses."""
    answered: Counter[int] = Counter()
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    freely = settings(
        max_examples=each,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    mostly = st.sampled_from([True, True, True, True, False])
    with requests.Session() as session:

        def check(case: Any, loan: str | None, fresh: bool) -> None:
            if loan is not None and "loan" in case.path_parameters:
                case.path_parameters["loan"] = loan
            if fresh and "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = str(uuid4())
            headers = {"Authorization": f"Bearer {key}"}
            response = case.call(session=session, headers=headers, timeout=30)
            answered[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        for found in document.get_all_operations():
            for cases in _kinds(found.ok()):  # type: ignore[union-attr]
                freely(given(cases, st.sampled_from([*loans, None, None]), mostly)(check))()
    return answered


def _kinds(door: Any) -> Iterator[st.SearchStrategy[Any]]:
    """The examples of the document, what it allows, and what it does not allow."""
    if examples := door.get_strategies_from_examples():
        yield st.one_of(examples)
    yield door.as_strategy(GenerationMode.POSITIVE)
    if door.body or any(True for _ in door.iter_parameters()):
        yield door.as_strategy(GenerationMode.NEGATIVE)


async def test_whatever_is_sent_is_answered_as_the_document_says(ask_anything: Ask) -> None:
    answered = await asyncio.to_thread(ask_anything, 4)
    assert answered.total() >= 300
    assert {200, 201, 401, 404, 422} <= set(answered)


@pytest.mark.soak
async def test_five_thousand_requests_are_answered_as_the_document_says(ask_anything: Ask) -> None:
    answered = await asyncio.to_thread(ask_anything, 90)
    print(answered)
    assert answered.total() >= 5_000
