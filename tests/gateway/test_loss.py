"""What a gateway process has accepted reaches its journey, whatever was killed or stopped meanwhile."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from standardwebhooks.webhooks import Webhook
from stripe import WebhookSignature
from temporalio.api.enums.v1 import EventType

from activities.ledger import Ledger, Person
from gateway.client import Journeys
from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal import CREDENTIALS
from rehearsal.providers import RehearsalProviders
from workers.__main__ import serve
from workers.codec import KeyRing
from workers.connect import converter
from workers.server import free_port, start
from workers.settings import read_settings

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass(slots=True)
class Gateway:
    """`python -m gateway` in a process of its own, and a processor that sends again what was not accepted."""

    folder: Path
    temporal: int
    http: httpx2.AsyncClient
    process: asyncio.subprocess.Process = field(init=False)
    port: int = field(default_factory=free_port)
    accepted: int = 0

    async def start(self) -> None:
        settings = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.temporal}",
            "JOURNEYS_DATA": str(self.folder),
            "JOURNEYS_HTTP_PORT": str(self.port),
            "JOURNEYS_PAYMENT_SECRETS": SECRET,
            "JOURNEYS_STRIPE_SECRETS": SECRET,
        }
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway"), env={**os.environ, **settings}
        )

    async def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def send(self, door: str, headers: dict[str, str], body: bytes) -> None:
        """Until it is accepted, as processors do."""
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}/webhooks/{door}"
                answer = await self.http.post(url, headers=headers, content=body)
            except httpx2.HTTPError:
                await asyncio.sleep(0.05)
                continue
            assert answer.json() == {"state": "taken"}, answer.text
            self.accepted += 1
            return

    async def tell(self, loan: str, number: int) -> str:
        """The n-th event of a loan: announced, received, taken back, paid through Stripe; gives the key."""
        payment, now = f"{loan}-{number - number % 4}", datetime.now(UTC)
        sum_ = {"minor": 100, "currency": "CNY"}
        paid = {"payment": payment, "amount": sum_, "loans": [loan]}
        kind, data, key = (
            ("announced", paid, f"{payment}.announced"),
            ("received", paid, payment),
            ("reversed", {"payment": payment, "reversal": f"{payment}.back"}, f"{payment}.back"),
            ("", None, f"{payment}.pi"),
        )[number % 4]
        if data is not None:
            body = json.dumps({"type": f"payment.{kind}", "timestamp": now.isoformat(), "data": data})
            signature = Webhook(SECRET).sign(key, now, body)
            seconds = str(int(now.timestamp()))
            signed = {"webhook-id": key, "webhook-timestamp": seconds, "webhook-signature": signature}
            await self.send("payments", signed, body.encode())
        else:
            intent = {"id": key, "amount": 100, "amount_received": 100, "currency": "cny"}
            event = {"id": f"evt_{key}", "type": "payment_intent.succeeded", "created": int(now.timestamp())}
            body = json.dumps({**event, "data": {"object": {**intent, "metadata": {"loan": loan}}}})
            header = WebhookSignature.generate_signature_header(body, SECRET)
            await self.send("stripe", {"stripe-signature": header}, body.encode())
        return key


async def test_sixty_receipts_reach_their_journeys_though_temporal_stood_and_the_gateway_was_killed(tmp_path):
    await _lose_nothing(tmp_path, loans=6, each=10, kills=1)


@pytest.mark.soak
async def test_a_thousand_receipts_reach_their_journeys_though_the_gateway_was_killed_four_times(tmp_path):
    await _lose_nothing(tmp_path, loans=50, each=20, kills=4)


async def _lose_nothing(folder: Path, loans: int, each: int, kills: int) -> None:
    names = [f"LN-{n}" for n in range(loans)]
    port = free_port()
    async with _temporal(folder, port) as journeys:
        for name in names:
            await _begin(journeys, name)
    async with httpx2.AsyncClient(timeout=60) as http:
        gateway = Gateway(folder, port, http)
        await gateway.start()
        try:
            sending = asyncio.gather(*(_in_order(gateway, name, each) for name in names))
            for n in range(kills):
                while gateway.accepted < (n + 1) * loans * each // (kills + 1):
                    await asyncio.sleep(0.005)
                await gateway.kill()
                await gateway.start()
            sent = dict(zip(names, await sending, strict=True))
            assert gateway.accepted == loans * each
            async with _temporal(folder, port, working=True) as journeys:
                for name in names:
                    while not await journeys.heard(name, sent[name][-1]):
                        await asyncio.sleep(0.1)
                for name in names:
                    assert await _signalled(journeys, name) == sent[name]
                    facts = [one.id for one in await journeys.ledger.facts(name)]
                    assert sorted(key for key in facts if key in sent[name]) == sorted(sent[name])
                    assert [await journeys.heard(name, key) for key in sent[name]] == [True] * each
                while await journeys.ledger.untaken():
                    await asyncio.sleep(0.1)
        finally:
            await gateway.kill()


async def _in_order(gateway: Gateway, loan: str, each: int) -> list[str]:
    return [await gateway.tell(loan, number) for number in range(each)]


async def _signalled(journeys: Journeys, loan: str) -> list[str]:
    """What its journey was told by signal, in order; what a killed process told again is one."""
    keys: dict[str, None] = {}
    async for event in journeys.handle(loan).fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            payloads = event.workflow_execution_signaled_event_attributes.input.payloads
            [fact] = await journeys.client.data_converter.decode(payloads)
            keys[fact["id"]] = None
    return list(keys)


@asynccontextmanager
async def _temporal(folder: Path, port: int, working: bool = False) -> AsyncIterator[Journeys]:
    with RehearsalProviders() as providers:
        settings = read_settings(data=folder, provider_url=providers.url, **CREDENTIALS)
        sealed = converter(KeyRing.open(settings.keys))
        async with await start(sealed, database=folder / "temporal.db", port=port) as env:
            if working:
                async with serve(env.client, settings) as ledger:
                    yield Journeys(env.client, ledger)
            else:
                async with Ledger.open(settings.database) as ledger:
                    yield Journeys(env.client, ledger)


async def _begin(journeys: Journeys, name: str) -> None:
    now = datetime.now(UTC)
    loan = Loan(name, (Instalment(now.date() + timedelta(days=30), Money(840_000, "CNY")),))
    borrower = Borrower(f"B-{name}", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
    person = Person(borrower, "A Borrower", "a@example.com", "+8619900000000", "A Street 1")
    await journeys.start(loan, person, "cn-consumer", now)
