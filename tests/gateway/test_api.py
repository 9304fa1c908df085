"""The API over HTTP: who gets in, what is told once, what is on record, and what is said to nonsense."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from temporalio.client import Client

from activities.ledger import Ledger
from activities.ledger.keys import ABANDONED, Command
from activities.tables import commands
from gateway.client import Journeys
from gateway.http import examples
from gateway.http.app import application
from gateway.keys import Scope, create
from journeys import requests
from journeys.facts import OptedOut
from tests.workflows.conftest import a_loan
from workers.codec import KeyRing
from workers.connect import converter
from workers.settings import read_settings

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
STOP = {"kind": "opted_out", "id": "stop-1", "channel": "sms"}
PAID = {"kind": "payment_received", "id": "pay-1", "amount": {"minor": 5000, "currency": "CNY"}}
EVERY = [*Scope]


@dataclass
class Api:
    """A caller of a gateway whose Temporal does not answer, with a key for each scope, and a loan."""

    http: httpx2.AsyncClient
    ledger: Ledger
    keys: dict[Scope, str]
    loan: str = ""

    async def ask(
        self, method: str, path: str, scope: Scope = Scope.OPERATOR, body: Any = None, **headers: str
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.keys[scope]}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body)
        return await self.http.request(method, path.format(loan=self.loan), headers=headers, content=content)


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with Ledger.open(database_url) as ledger:
        settings = read_settings(data=tmp_path)
        sealed = converter(KeyRing.open(settings.keys))
        nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=sealed)
        app = application(Journeys(nowhere, ledger), settings)
        loan, person, began = a_loan("cn-consumer", days=9)
        await ledger.register(loan, person, "cn-consumer", 2, began)
        keys = {scope: await create(ledger, f"the {scope}", [scope], NOW) for scope in Scope}
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            yield Api(http, ledger, keys, loan.id)


DOORS = [
    ("PUT", "/v1/loans/LN-9/journey", "start", examples.LOAN),
    ("POST", "/v1/loans/{loan}/facts", "steer", {**examples.REQUESTS["stop"], "kind": "journey_stopped"}),
    ("POST", "/v1/loans/{loan}/facts", "pay", PAID),
    ("POST", "/v1/loans/{loan}/facts", "work", STOP),
    ("POST", "/v1/loans/{loan}/replies", "work", examples.REPLY),
    ("POST", "/v1/loans/{loan}/requests/hold", "work", {**examples.REQUESTS["hold"], "actor": "anna"}),
    ("POST", "/v1/loans/{loan}/requests/stop", "steer", {**examples.REQUESTS["stop"], "actor": "anna"}),
    ("GET", "/v1/loans", "read", None),
    ("GET", "/v1/loans/{loan}", "read", None),
    ("GET", "/v1/loans/{loan}/diary", "read", None),
    ("GET", "/v1/loans/{loan}/standing", "read", None),
    ("GET", "/v1/tasks", "read", None),
    ("GET", "/v1/commands", "audit", None),
]
MAY = {
    "start": {Scope.BACKEND, Scope.OPERATOR},
    "steer": {Scope.BACKEND, Scope.OPERATOR},
    "pay": {Scope.BACKEND, Scope.PROCESSOR, Scope.OPERATOR},
    "work": {Scope.BACKEND, Scope.DESK, Scope.OPERATOR},
    "read": {Scope.BACKEND, Scope.DESK, Scope.OPERATOR, Scope.AUDITOR},
    "audit": {Scope.OPERATOR, Scope.AUDITOR},
}


async def test_each_door_opens_to_its_scopes_and_to_nobody_else(api: Api) -> None:
    for method, path, deed, body in DOORS:
        if deed == "steer" and body and "kind" in body:
            body = {**body, "id": "js-1", "by": "anna"}
        stranger = await api.http.request(method, path.format(loan=api.loan), json=body)
        assert stranger.status_code == 401, path
        assert stranger.headers["www-authenticate"] == "Bearer"
        for scope in Scope:
            answer = await api.ask(method, path, scope, body, Idempotency_Key=f"{scope}-1")
            assert (answer.status_code == 403) == (scope not in MAY[deed]), (path, scope, answer.text)
            assert answer.status_code not in (401, 404, 500), (path, scope, answer.text)
            if answer.status_code == 403:
                assert all(one in answer.json()["detail"] for one in MAY[deed]), "the scope wanted is named"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "damage", [lambda key: key[:-1] + "_", lambda key: key[:20], lambda key: "jk_00000000" + key[11:]]
)
async def test_a_key_that_is_not_exactly_ours_opens_nothing(api: Api, damage: Any) -> None:
    api.keys[Scope.BACKEND] = damage(api.keys[Scope.BACKEND])
    answer = await api.ask("POST", "/v1/loans/{loan}/facts", Scope.BACKEND, STOP)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert not await api.ledger.facts(api.loan)


async def test_a_revoked_key_opens_nothing_and_the_ledger_never_had_its_secret(api: Api) -> None:
    key = api.keys[Scope.BACKEND]
    _, id, secret = key.split("_", 2)
    known = await api.ledger.key(id)
    assert known is not None and secret not in str(known)
    assert await api.ledger.revoke_key(id, NOW)
    assert not await api.ledger.revoke_key(id, NOW), "again is harmless"
    answer = await api.ask("GET", "/v1/loans", Scope.BACKEND)
    assert (answer.status_code, answer.json()["detail"]) == (401, "this API key was revoked")


async def test_a_fact_is_on_record_though_temporal_is_down_and_told_twice_it_counts_once(api: Api) -> None:
    first = await api.ask("POST", "/v1/loans/{loan}/facts", Scope.PROCESSOR, PAID)
    assert (first.status_code, first.json()) == (201, {"id": "pay-1", "new": True, "heard": False})
    again = await api.ask("POST", "/v1/loans/{loan}/facts", Scope.BACKEND, PAID)
    assert (again.status_code, again.json()["new"]) == (200, False)
    other = {**PAID, "amount": {"minor": 9, "currency": "CNY"}}
    refused = await api.ask("POST", "/v1/loans/{loan}/facts", Scope.BACKEND, other)
    assert refused.status_code == 422
    assert "on record with another sum, CNY 50.00" in refused.json()["detail"]
    diary = await api.ask("GET", "/v1/loans/{loan}/diary", Scope.DESK)
    assert "payment received                CNY 50.00" in diary.text
    money = (await api.ask("GET", "/v1/loans/{loan}/money", Scope.DESK)).json()
    assert money["left"] == {"minor": 835_000, "currency": "CNY"}


async def test_the_same_idempotency_key_gets_the_first_answer_and_no_other_request(api: Api) -> None:
    first = await api.ask("POST", "/v1/loans/{loan}/facts", body=STOP, Idempotency_Key="k-1")
    again = await api.ask("POST", "/v1/loans/{loan}/facts", body=STOP, Idempotency_Key="k-1")
    assert (
        (first.status_code, first.json())
        == (again.status_code, again.json())
        == (
            201,
            {"id": "stop-1", "new": True, "heard": False},
        )
    )
    other = await api.ask("POST", "/v1/loans/{loan}/facts", body=PAID, Idempotency_Key="k-1")
    assert (other.status_code, "stands for another request" in other.text) == (422, True)
    elsewhere = await api.ask("POST", "/v1/loans/{loan}/replies", body=examples.REPLY, Idempotency_Key="k-1")
    assert elsewhere.status_code == 422
    somebody = await api.ask("POST", "/v1/loans/{loan}/facts", Scope.BACKEND, PAID, Idempotency_Key="k-1")
    assert somebody.status_code == 201, "another key's owner may use the same word"
    assert [fact.id for fact in await api.ledger.facts(api.loan)] == ["stop-1", "pay-1"]


async def test_a_refusal_is_given_again_as_it_was(api: Api) -> None:
    dollars = {**PAID, "amount": {"minor": 5000, "currency": "USD"}}
    said = [
        (await api.ask("POST", "/v1/loans/{loan}/facts", body=dollars, Idempotency_Key="k-1")).json()
        for _ in range(2)
    ]
    assert said[0] == said[1]
    assert said[0]["detail"].endswith("is in CNY; USD 50.00 is refused (amount of pay-1)")


async def test_what_came_to_nothing_may_be_sent_again_with_its_key(api: Api) -> None:
    hold = {**examples.REQUESTS["hold"], "actor": "anna"}
    for _ in range(2):
        answer = await api.ask("POST", "/v1/loans/{loan}/requests/hold", body=hold, Idempotency_Key="k-1")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
    [one] = await api.ledger.commands(api.loan)
    assert (one.status, one.what, one.actor, one.why) == (503, "request hold", "anna", "complaint")


async def test_a_request_without_an_idempotency_key_is_refused(api: Api) -> None:
    hold = {**examples.REQUESTS["hold"], "actor": "anna"}
    answer = await api.ask("POST", "/v1/loans/{loan}/requests/hold", body=hold)
    assert answer.status_code == 422
    assert answer.json()["faults"] == [{"where": "header.Idempotency-Key", "what": "Field required"}]


async def test_of_two_at_the_same_time_one_is_carried_out_and_an_abandoned_one_is_taken_over(
    api: Api,
) -> None:
    key = api.keys[Scope.DESK].split("_")[1]
    command = Command(key, "k-1", "digest", "request hold", api.loan, "anna", "complaint")
    begun = await asyncio.gather(*(api.ledger.begin(command, NOW) for _ in range(5)))
    assert sorted(one.state for one in begun) == ["new", *["under way"] * 4]
    later = NOW + ABANDONED
    assert (await api.ledger.begin(command, later)).state == "new"
    assert (await api.ledger.begin(command, later)).state == "under way"


async def test_a_command_under_way_is_answered_with_a_conflict(api: Api) -> None:
    await api.ask("POST", "/v1/loans/{loan}/facts", body=STOP, Idempotency_Key="k-1")
    async with api.ledger.engine.begin() as db:
        await db.execute(update(commands).values(status=None, at=datetime.now(UTC)))  # as it was on the way
    answer = await api.ask("POST", "/v1/loans/{loan}/facts", body=STOP, Idempotency_Key="k-1")
    assert answer.status_code == 409


async def test_who_asked_for_what_is_listed_for_auditors_and_holds_nothing_personal(api: Api) -> None:
    words = "I am Winifred Quill, +12025550001, stop"
    await api.ask("POST", "/v1/loans/{loan}/replies", Scope.DESK, {**examples.REPLY, "text": words})
    await api.ask("PUT", "/v1/loans/LN-9/journey", Scope.BACKEND, examples.LOAN)
    report = {
        "kind": "hardship_reported",
        "id": "h-1",
        "until": "2027-03-31",
        "reason": "Li Lei lost her job",
    }
    assert (await api.ask("POST", "/v1/loans/{loan}/facts", Scope.DESK, report)).status_code == 422
    page = (await api.ask("GET", "/v1/commands?limit=2", Scope.AUDITOR)).json()
    rest = (await api.ask("GET", f"/v1/commands?cursor={page['next']}", Scope.AUDITOR)).json()
    assert rest["next"] is None
    listed = page["commands"] + rest["commands"]
    assert [(one["name"], one["what"], one["status"]) for one in listed] == [
        ("the desk", "tell hardship_reported h-1", 422),
        ("the backend", "start cn-consumer", 503),
        ("the desk", "hear sms reply-1", 200),
    ]
    async with api.ledger.reading.connect() as db:
        kept = str((await db.exec_driver_sql("SELECT * FROM commands")).all())
    assert "hardship_reported" in kept
    for personal in ("Winifred", "+1202", "Lei", "li@example.com", "+86138"):
        assert personal not in kept, personal


async def test_loans_are_found_by_what_they_are_a_page_at_a_time(api: Api) -> None:
    for strategy, *regions in [("us-personal-loan",), ("us-personal-loan", "us-ma"), ("cn-consumer",)]:
        loan, person, began = a_loan(strategy, 9, *regions)
        await api.ledger.register(loan, person, strategy, 2, began)
        last = loan.id
    await api.ledger.close(last, "cured", NOW, facts=[])

    async def found(query: str) -> list[str]:
        ids: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await api.ask("GET", f"/v1/loans?limit=2{query}{cursor and f'&cursor={cursor}'}")).json()
            assert len(page["loans"]) <= 2
            ids += [one["id"] for one in page["loans"]]
            cursor = page["next"]
        return ids

    everything = await found("")
    assert len(everything) == 4 and everything == sorted(everything)
    assert await found("&state=closed") == await found("&outcome=cured") == [last]
    assert len(await found("&state=open")) == 3
    assert len(await found("&jurisdiction=us")) == 2
    assert len(await found("&jurisdiction=us-ma")) == 1
    assert len(await found("&strategy=us-personal-loan&jurisdiction=us-ma&state=open")) == 1
    assert await found("&jurisdiction=us-") == await found("&borrower=B-404") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("facts", {**STOP, "chanel": "sms"}, "chanel: nobody knows that; known are"),
        ("facts", {**STOP, "\ud800": 1}, "nobody knows that"),
        ("facts", {**STOP, "channel": "fax"}, "Input should be 'email'"),
        ("facts", {"kind": "danced", "id": "x"}, "does not match any of the expected tags"),
        ("facts", {"kind": "contact_made", "id": "x"}, "does not match any of the expected tags"),
        ("facts", {**STOP, "id": ""}, "a fact without an id"),
        ("facts", {**STOP, "id": "a\x00b"}, "id: control characters are refused"),
        ("facts", {**STOP, "at": "2026-11-20T09:00:00"}, "has no time zone"),
        ("facts", {**STOP, "at": "2199-01-01T00:00:00Z"}, "lies ahead"),
        ("facts", {**STOP, "at": "0001-01-01T00:00:00Z"}, "a day lies between 1970 and 2199"),
        ("facts", {**examples.FACTS[6], "until": "9999-12-31"}, "until: a day lies between 1970 and 2199"),
        ("facts", {**PAID, "amount": {"minor": 10**400, "currency": "CNY"}}, "more than anybody owes"),
        (
            "facts",
            {
                "kind": "circumstance_noted",
                "id": "c",
                "circumstance": "breathing_space",
                "values": {"ends_on": "9999-12-31"},
            },
            "values: a day lies between",
        ),
        ("replies", {**examples.REPLY, "channel": "call"}, "Input should be"),
        ("replies", {**examples.REPLY, "text": "\x00"}, "String should match pattern"),
        ("journey", {**examples.LOAN, "instalments": []}, "at least 1 item"),
        ("journey", {**examples.LOAN, "strategy": "polka"}, "there is no strategy 'polka'"),
        (
            "journey",
            {**examples.LOAN, "borrower": {**examples.LOAN["borrower"], "zones": ["Mars"]}},
            "is not a time zone",
        ),
        (
            "journey",
            {**examples.LOAN, "borrower": {**examples.LOAN["borrower"], "jurisdictions": ["us"]}},
            "is for cn",
        ),
    ],
)
async def test_nonsense_is_answered_with_a_sentence_and_changes_nothing(
    api: Api, path: str, body: dict[str, Any], sentence: str
) -> None:
    method = "PUT" if path == "journey" else "POST"
    loan = "LN-9" if path == "journey" else api.loan
    answer = await api.ask(method, f"/v1/loans/{loan}/{path}", body=body)
    assert answer.status_code == 422, answer.text
    assert sentence in answer.text
    assert not await api.ledger.facts(api.loan)
    assert await api.ledger.loan("LN-9") is None


@pytest.mark.parametrize("id", ["a\x00b", "x" * 3000])
async def test_an_id_that_no_database_takes_is_refused_in_a_sentence(api: Api, id: str) -> None:
    answer = await api.ask("POST", "/v1/loans/{loan}/facts", body={**STOP, "id": id})
    assert (answer.status_code, answer.json()["detail"].startswith("id: ")) == (422, True), answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_more_than_a_door_takes_is_refused(api: Api) -> None:
    answer = await api.ask("POST", "/v1/loans/{loan}/replies", body={**examples.REPLY, "text": "x" * 2**20})
    assert answer.status_code == 413


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_loan_that_nobody_knows_is_not_there(api: Api) -> None:
    for method, path, _, body in DOORS:
        if "{loan}" in path:
            nowhere = path.replace("{loan}", "LN-404")
            answer = await api.ask(method, nowhere, body=body, Idempotency_Key="k")
            assert answer.status_code == 404, path
            assert "LN-404" not in answer.text, "what was sent is not repeated"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_body_of_the_document_has_examples_and_every_door_its_refusals(api: Api) -> None:
    document = (await api.http.get("/openapi.json")).json()
    assert set(examples.REQUESTS) == set(requests.BY_NAME)
    names = set()
    for path, doors in document["paths"].items():
        for door in doors.values():
            names.add(door["operationId"])
            if not path.startswith("/v1/loans"):
                continue
            assert {"401", "403", "422", "503"} <= set(door["responses"]), path
            [scopes] = [one["key"] for one in door["security"]]
            assert set(scopes) <= set(EVERY), path
            for media in door.get("requestBody", {}).get("content", {}).values():
                assert "examples" in media or "examples" in media["schema"], path
    methods = {"start", "tell", "hear", "standing", "forward_look"}
    assert methods | {f"request_{name}" for name in requests.BY_NAME} <= names


async def test_a_fact_of_the_borrower_reaches_the_ledger_as_the_client_has_it(api: Api) -> None:
    await api.ask("POST", "/v1/loans/{loan}/facts", body=STOP)
    [fact] = await api.ledger.facts(api.loan)
    assert isinstance(fact, OptedOut)
    assert datetime.now(UTC) - fact.at < timedelta(minutes=1), "without `at` it happened now"
