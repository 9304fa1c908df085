"""Loan files over HTTP: the good lines are started, the bad are named, and nothing is started twice."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import httpx2
import pytest
from sqlalchemy import select

from activities.tables import intake_lines
from gateway.http import examples
from gateway.http.app import application
from gateway.intake import LEASE, take_in
from gateway.keys import Scope, create
from gateway.loans import FIELDS
from rehearsal.play import at_rest
from rehearsal.stage import Stage
from workers.settings import read_settings

HEAD = "loan,borrower,name,email,language,zones,jurisdictions,strategy,currency,amount,due"
ROW = "{loan},{borrower},Ada Quill,ada@example.com,zh,Asia/Shanghai,cn,cn-consumer,CNY,{amount},+9"
_files = count(1)


@dataclass
class Files:
    """A backend that sends loan files."""

    http: httpx2.AsyncClient
    on: Stage

    async def send(self, text: str, key: str = "", form: str = "text/csv") -> httpx2.Response:
        key = key or f"file-{next(_files)}"
        headers = {"Content-Type": form, "Idempotency-Key": key}
        return await self.http.post("/v1/intakes", content=text.encode(), headers=headers)

    async def taken_in(self) -> None:
        while await take_in(self.on.journeys, datetime.now(UTC)):
            pass

    async def ask(self, path: str) -> dict[str, object]:
        found: dict[str, object] = (await self.http.get(f"/v1/intakes/{path}")).json()
        return found


@pytest.fixture
async def files(on: Stage) -> AsyncIterator[Files]:
    settings = read_settings(data=on.out)
    key = await create(on.journeys.ledger, "the backend", [Scope.BACKEND], datetime.now(UTC))
    transport = httpx2.ASGITransport(application(on.journeys, settings))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        yield Files(http, on)


def row(loan: str, borrower: str = "", amount: str = "8400") -> str:
    return ROW.format(loan=loan, borrower=borrower or f"B-{loan}", amount=amount)


async def test_a_file_is_started_line_by_line_and_a_bad_line_is_named_by_its_sentence(files: Files) -> None:
    good = [row(f"IN-{n}", borrower="B-IN-1" if n < 3 else "") for n in range(1, 9)]
    sent = await files.send("\n".join([HEAD, *good, row("IN-9", amount="much"), row("IN-3"), ""]))
    assert (sent.status_code, sent.json()["lines"]) == (202, 10)
    id = sent.json()["id"]
    assert await files.ask(id) == {
        **{"id": id, "done": False, "waiting": 10, "started": 0, "known": 0, "refused": 0},
    }
    await files.taken_in()
    assert await files.ask(id) == {
        **{"id": id, "done": True, "waiting": 0, "started": 8, "known": 0, "refused": 2},
    }
    refused = (await files.ask(f"{id}/refused"))["refused"]
    assert isinstance(refused, list)
    assert [one["line"] for one in refused] == [10, 11]
    assert "… is not a sum of money" in refused[0]["why"] and "stands on line 4 already" in refused[1]["why"]
    await at_rest(files.on.journeys, "IN-2")
    assert "Owed now" in await files.on.journeys.standing("IN-2")

    again = await files.send("\n".join([HEAD, *good]))
    await files.taken_in()
    assert (await files.ask(again.json()["id"]))["known"] == 8


async def test_a_file_of_json_lines_says_what_is_wrong_with_each(files: Files) -> None:
    lines = [{"loan": "JS-1", **examples.LOAN}, {"loan": "JS-2"}, {"loan": "JS 3", **examples.LOAN}]
    text = "\n".join([*map(json.dumps, lines), "not an object"])
    id = (await files.send(text, form="application/x-ndjson")).json()["id"]
    await files.taken_in()
    progress, refused = await files.ask(id), (await files.ask(f"{id}/refused?limit=2"))
    assert (progress["started"], progress["refused"]) == (1, 3)
    assert isinstance(refused["refused"], list)
    assert [one["line"] for one in refused["refused"]] == [2, 3] and refused["next"] == 3
    assert "borrower: this key is missing" in refused["refused"][0]["why"]
    rest = (await files.ask(f"{id}/refused?after=3"))["refused"]
    assert isinstance(rest, list) and "not a JSON object" in rest[0]["why"]


async def test_the_same_file_sent_again_is_the_same_file_and_another_is_not(files: Files) -> None:
    text = "\n".join([HEAD, row("SAME-1")])
    first, second = await files.send(text, key="nightly-1"), await files.send(text, key="nightly-1")
    assert (first.json(), first.status_code) == (second.json(), second.status_code)
    other = await files.send(text + "\n" + row("SAME-2"), key="nightly-1")
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    await files.taken_in()


async def test_lines_that_died_with_their_process_are_taken_up_by_the_next_without_a_gap(
    files: Files,
) -> None:
    loans = [f"KILL-{n}" for n in range(5)]
    id = (await files.send("\n".join([HEAD, *map(row, loans)]))).json()["id"]
    now = datetime.now(UTC)
    lent = await files.on.journeys.ledger.lend_lines(now, LEASE, 3)  # and that process dies
    assert [one.number for one in lent] == [2, 3, 4]
    assert await take_in(files.on.journeys, now) == 2
    assert await take_in(files.on.journeys, now) == 0
    assert await take_in(files.on.journeys, now + LEASE) == 3
    assert (await files.ask(id))["started"] == 5


async def test_what_a_line_said_is_forgotten_once_it_is_done(files: Files) -> None:
    await files.send("\n".join([HEAD, row("GONE-1"), row("GONE-2", amount="x")]))
    await files.taken_in()
    async with files.on.journeys.ledger.reading.connect() as db:
        left = await db.execute(select(intake_lines.c.number).where(intake_lines.c.says.is_not(None)))
        assert left.all() == []


async def test_a_file_that_is_none_is_refused(files: Files) -> None:
    assert (await files.send("x", form="application/pdf")).status_code == 415
    assert "holds no loan" in (await files.send(HEAD)).json()["detail"]
    assert (await files.http.get("/v1/intakes/in-404")).status_code == 404
    assert set(HEAD.split(",")) <= set(FIELDS)
