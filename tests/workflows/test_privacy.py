"""A borrower is written to, answers and pays: only the ledger and the messages to her say who she is."""

import asyncio
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import httpx2
from fastapi import FastAPI, Request
from standardwebhooks.webhooks import Webhook

from gateway.delivering import subscription
from gateway.http import examples
from gateway.keys import Scope, create
from gateway.serving import serving
from rehearsal import faults
from rehearsal.callbacks import Callbacks
from rehearsal.play import A_MOMENT, at_rest, move
from rehearsal.stage import Stage
from tests.workflows.conftest import opened
from workers.server import free_port

NAME, WORDS = "Marguerite Okonkwo", "my xylophone burned, ask aunt Philomena"
EMAIL, PHONE = "marguerite@kleinpost.example", "+12025559876"
ADDRESS = "17 Zwetschgenweg\nKleinkleckersdorf"
PERSONAL = re.compile(
    r"marguerite|okonkwo|kleinpost|xylophone|philomena|2025559876|zwetschgenweg|kleinkleckersdorf", re.I
)
SECRET = f"whsec_{b64encode(bytes(32)).decode()}"
HEAD = "loan,borrower,name,email,phone,address,language,zones,jurisdictions,strategy,currency,amount,due"
GOOD = f"PRIV-3,B-PRIV-3,{NAME},{EMAIL},,,en,Asia/Shanghai,cn,cn-consumer,CNY,8400,+9"
REFERENCES = {"id", "payment", "actor", "by", "approved_by", "offer", "name", "announced"}
"""Fields in which whoever sends them may write what they like: they are references, which name nobody."""


@dataclass
class Found:
    """All that was heard outside the ledger and the providers' own messages, by where it was."""

    heard: dict[str, list[str]] = field(default_factory=dict)

    def hear(self, where: str, *texts: str) -> None:
        self.heard.setdefault(where, []).extend(texts)

    def naming(self) -> list[str]:
        """Where somebody is named, with what stands around it."""
        everywhere = [(where, unquote(text)) for where, texts in self.heard.items() for text in texts]
        around = [(where, text, one) for where, text in everywhere for one in PERSONAL.finditer(text)]
        return [f"{where}: …{text[max(0, m.start() - 90) : m.end() + 40]}…" for where, text, m in around]


@dataclass
class World:
    """A gateway process before the stage, somebody who knocks at it, and what is heard of it."""

    on: Stage
    http: httpx2.AsyncClient
    callbacks: Callbacks
    log: Path
    found: Found
    keys: dict[str, str]

    async def send(self, method: str, path: str, *statuses: int, **more: Any) -> httpx2.Response:
        answer = await self.http.request(method, path, **({"headers": self.keys} | more))
        assert answer.status_code in statuses, f"{method} {path}: {answer.status_code} {answer.text}"
        if answer.is_error and "html" not in answer.headers["content-type"]:  # her own page repeats her words
            self.found.hear("error answers", answer.text, str(answer.headers))
        return answer

    async def wakes(self, loan: str) -> None:
        """Move the journey to its next wake, and let it do what it decided."""
        _, wake = await at_rest(self.on.journeys, loan)
        while (await at_rest(self.on.journeys, loan))[1] == wake:
            await move(self.on.env, self.on.journeys.handle(loan), wake - A_MOMENT)


@asynccontextmanager
async def world(on: Stage, tmp_path: Path) -> AsyncIterator[World]:
    """A gateway as in production, its log in a file, and a subscriber to whatever happens."""
    found, address, log = Found(), f"http://127.0.0.1:{free_port()}", tmp_path / "gateway.log"
    callbacks, subscriber = Callbacks(address), FastAPI()

    @subscriber.post("/hook")
    async def hook(request: Request) -> None:
        found.hear("webhooks", (await request.body()).decode(), str(request.headers))

    ours = {
        "JOURNEYS_HTTP_PORT": address.rpartition(":")[2],
        "JOURNEYS_PUBLIC_URL": address,
        "JOURNEYS_PAYMENT_SECRETS": SECRET,
        "JOURNEYS_STRIPE_SECRETS": SECRET,
        "JOURNEYS_SENDGRID_EVENT_KEY": callbacks.event_key,
    }
    async with AsyncExitStack() as stack:
        stack.callback(callbacks.close)
        hooks = await stack.enter_async_context(serving(subscriber))
        told = subscription(f"{hooks}/hook", (), "test", datetime.now(UTC))
        await on.journeys.ledger.subscribe(told)
        stack.push_async_callback(on.journeys.ledger.unsubscribe, told.id, datetime.now(UTC), "the test ends")
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gateway"),
                env={**os.environ, **on.worker.settings, **ours},
                stdout=out,
                stderr=out,
            )

        async def end() -> None:
            process.terminate()
            await process.wait()

        stack.push_async_callback(end)
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=30))
        async with asyncio.timeout(60):
            while "the gateway is ready" not in log.read_text():
                await asyncio.sleep(0.05)
        key = await create(on.journeys.ledger, "everybody", list(Scope), datetime.now(UTC))
        yield World(on, http, callbacks, log, found, {"Authorization": f"Bearer {key}"})


async def test_nobody_is_named_in_histories_logs_addresses_metrics_events_or_errors(
    on: Stage, tmp_path: Path
) -> None:
    async with world(on, tmp_path) as here:
        loans = await starts(here)
        links = await is_written_to(here, *loans[:2])
        await helps_herself(here, links[0])
        await answers_and_pays(here, loans[0])
        await knocks_at_every_door(here, loans[0])
        await asyncio.sleep(1.5)  # events are looked for once a second
        found = here.found
        commands = await here.send("GET", "/v1/commands?limit=200", 200)
        found.hear("commands", commands.text)
        found.hear("metrics", (await here.send("GET", "/metrics", 200)).text)
        for loan in loans:
            handle = on.journeys.handle(loan)
            history, about = await handle.fetch_history(), await handle.describe()
            found.hear("histories", (await opened(on, *history.events)).decode(errors="replace"))
            about_it = await opened(on, about.raw_description)
            found.hear("search attributes and memo", about_it.decode(errors="replace"))
            for what in ("standing", "forward-look", "diary"):
                found.hear(
                    "answers about a loan", (await here.send("GET", f"/v1/loans/{loan}/{what}", 200)).text
                )
    logs = {"the gateway's log": here.log, "the worker's log": on.worker.log}
    for where, file in logs.items():
        found.hear(where, file.read_text())
    for asked, _ in on.providers.exchanges:
        callback = parse_qs(asked.body).get("StatusCallback", [])
        found.hear("addresses", asked.path, *callback, *re.findall(r"https?://[^\s\"<>]+", asked.body))

    for where, what in {
        "histories": "PRIV-1",
        "search attributes and memo": "PRIV-1",
        "answers about a loan": "disputed",
        "the gateway's log": '"route": "/v1/loans/{loan}/journey"',
        "the worker's log": "journey-PRIV-1",
        "addresses": "?contact=PRIV-2",
        "metrics": "journeys_contacts",
        "error answers": "nobody knows this API key",
        "commands": "start cn-consumer",
        "webhooks": '"loan":"PRIV-1"',
    }.items():
        assert any(what in unquote(text) for text in found.heard[where]), f"{where}: the search sees {what}"
    for where, file in logs.items():
        assert not [link for link in links if link.rpartition("/")[2] in file.read_text()], where
    assert not (named := found.naming()), "\n".join(named)


async def starts(here: World) -> list[str]:
    """Two journeys over HTTP, one by e-mail and one by telephone; one by a file with bad lines."""
    due, amount = (datetime.now(UTC) + timedelta(days=9)).date(), {"minor": 840_000, "currency": "CNY"}
    for number, reach in enumerate(
        ({"email": EMAIL, "address": ADDRESS, "phone": PHONE}, {"phone": PHONE}), 1
    ):
        who = {"id": f"B-PRIV-{number}", "name": NAME, "language": "en", **reach}
        wanted = {
            "borrower": who | {"zones": ["Asia/Shanghai"], "jurisdictions": ["cn"]},
            "instalments": [{"due": due.isoformat(), "amount": amount}],
            "strategy": "cn-consumer",
        }
        await here.send("PUT", f"/v1/loans/PRIV-{number}/journey", 201, json=wanted)
    bad = []
    for column in set(HEAD.split(",")) - {"name", "address"}:
        line = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | {"loan": f"PRIV-no-{column}"}
        bad.append(line | {column: NAME})
    rows = [HEAD, GOOD, *(",".join(line.values()) for line in bad)]
    wrong = [{"loan": "PRIV-no", **one} for one in astray(examples.LOAN)]
    for form, text in (
        ("text/csv", "\n".join(rows)),
        ("application/x-ndjson", "\n".join(map(json.dumps, wrong))),
    ):
        headers = here.keys | {"Content-Type": form, "Idempotency-Key": f"privacy-{form[-3:]}"}
        file = (await here.send("POST", "/v1/intakes", 202, content=text, headers=headers)).json()
        async with asyncio.timeout(20):
            while not (progress := (await here.send("GET", f"/v1/intakes/{file['id']}", 200)).json())["done"]:
                await asyncio.sleep(0.1)
        assert progress["refused"] == len(bad if form == "text/csv" else wrong)
        refused = await here.send("GET", f"/v1/intakes/{file['id']}/refused?limit=1000", 200)
        here.found.hear("error answers", *(one["why"] for one in refused.json()["refused"]))
    return ["PRIV-1", "PRIV-2", "PRIV-3"]


def astray(body: Any) -> list[Any]:
    """The body with what names somebody in each place where it will not do, one after the other."""
    if isinstance(body, list):
        return [[*body[:n], one, *body[n + 1 :]] for n, part in enumerate(body) for one in astray(part)]
    if not isinstance(body, dict):
        return [f"{NAME} {WORDS}"]
    wrong = {key: astray(part) for key, part in body.items() if key not in REFERENCES}
    return [body | {key: one} for key, ones in wrong.items() for one in ones]


async def is_written_to(here: World, by_mail: str, by_phone: str) -> list[str]:
    """An e-mail; then a text that its provider refuses, repeating number and words, and a call."""
    on = here.on
    on.providers.arrange(faults.refused(21614), channel="sms", when=lambda one: by_phone in one.contact_id)
    before = len(on.providers.deliveries)
    await here.wakes(by_mail)
    async with asyncio.timeout(20):
        while "call" not in {one.channel for one in on.providers.deliveries[before:]}:
            await here.wakes(by_phone)
    sent = on.providers.deliveries[before:]
    for one in sent:
        if one.channel == "email":
            here.callbacks.events(
                one, [{"event": "bounce", "type": "blocked", "reason": f"no {EMAIL} {WORDS}"}]
            )
    return [link for one in sent if one.to == EMAIL for link in re.findall(r"/p/\w+", one.body)]


async def helps_herself(here: World, link: str) -> None:
    """Her page: wrong answers, the right one, a dispute and things that make no sense."""

    async def press(what: str, *statuses: int, **fields: str) -> httpx2.Response:
        seal = re.search(r'name="seal" value="([^"]+)"', (await here.send("GET", link, 200, 422)).text)
        assert seal is not None
        return await here.send("POST", f"{link}/{what}", *statuses, data={"seal": seal[1], **fields})

    await press("confirm", 422, answer=NAME)
    await press("confirm", 303, answer=PHONE[-4:])
    await press("promise", 422, amount=NAME, by=WORDS)
    await press("dispute", 303, reason="wrong_sum", words=WORDS)
    await here.send("GET", f"{link}/{quote(NAME)}?lang={quote(NAME)}", 303)
    await here.send("GET", f"/p/{quote(NAME)}", 404)


async def answers_and_pays(here: World, loan: str) -> None:
    """Her own words by both ways in, and money: told of by a genuine processor, and by somebody else."""
    reply = {"id": "priv-reply", "channel": "email", "text": WORDS}
    await here.send("POST", f"/v1/loans/{loan}/replies", 200, json=reply)
    texted = [asyncio.to_thread(here.callbacks.text, PHONE, said) for said in (f"{WORDS}. {NAME}", "STOP")]
    assert await asyncio.gather(*texted) == [200, 200]
    paid = examples_of_payment(loan)
    for id, event, secret, statuses in (
        ("priv-1", paid, SECRET, (200, 202)),
        ("priv-2", paid | {"data": {"payer": NAME, "note": WORDS}}, SECRET, (200, 202)),
        ("priv-3", paid | {"type": NAME}, SECRET, (200, 202, 204)),
        ("priv-4", paid | {"data": {"payer": NAME}}, f"whsec_{b64encode(b'x' * 32).decode()}", (401,)),
    ):
        body, now = json.dumps(event), datetime.now(UTC)
        signed = {
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id, now, body),
        }
        await here.send("POST", "/webhooks/payments", *statuses, content=body, headers=signed)


def examples_of_payment(loan: str) -> dict[str, Any]:
    data = {"payment": "priv-pay", "amount": examples.CNY_500, "loans": [loan]}
    return {"type": "payment.received", "timestamp": datetime.now(UTC).isoformat(), "data": data}


async def knocks_at_every_door(here: World, loan: str) -> None:
    """What names somebody in the path, the query, the body and the headers of every door: all refused."""
    named, no = quote(NAME), range(400, 500)
    document = (await here.send("GET", "/openapi.json", 200)).json()
    for path, methods in document["paths"].items():
        for method, door in methods.items():
            known = re.sub(r"{\w+}", loan, path)
            asked = {
                one["name"]: f"{NAME} {PHONE}" for one in door.get("parameters", ()) if one["in"] == "query"
            }
            if "{" in path:
                await here.send(method, re.sub(r"{\w+}", named, path), *no, params=asked, content=WORDS)
                await here.send(method, re.sub(r"{\w+}", NAME.split()[0], path), *no, content=WORDS)
            if asked and not path.startswith("/twilio"):
                await here.send(method, known, *no, params=asked)
            if method != "get":
                keyed = here.keys | {"Idempotency-Key": NAME}
                await here.send(method, known, *no, headers=keyed, json={"name": NAME, "phone": PHONE})
                await here.send(method, known, *no, content=f"{NAME} {PHONE} {WORDS}")
            if "security" in door:
                await here.send(method, known, 401, headers={"Authorization": f"Bearer {NAME}"})
    await here.send("GET", f"/{named}?{named}={EMAIL}", 404)
    doors = [("PUT", "journey", examples.LOAN), *(("POST", "facts", fact) for fact in examples.FACTS)]
    doors += [
        ("POST", f"requests/{name}", {**asked, "actor": "a"}) for name, asked in examples.REQUESTS.items()
    ]
    for method, door, body in doors:
        for number, wrong in enumerate(astray(body)):
            keyed = here.keys | {"Idempotency-Key": f"priv-{door.replace('/', '-')}-{number}"}
            await here.send(method, f"/v1/loans/{loan}/{door}", *no, json=wrong, headers=keyed)
