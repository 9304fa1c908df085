"""Webhooks out: signed, at least once, in order for each loan, and set aside when nobody takes them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook

from activities.decide import Decide
from activities.ledger import Ledger, Person
from activities.orders import Question
from activities.tables import subscriptions
from gateway.client import Refused
from gateway.delivering import AGAIN, LEASE, deliver, subscription
from gateway.meanwhile import meanwhile
from gateway.serving import serving
from journeys.borrower import Borrower, Channel
from journeys.facts import HoldPlaced, PaymentReceived, PromiseMade
from journeys.loan import Instalment, Loan
from journeys.money import Money

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
ANNA = Person(
    Borrower("B-1", "en", ("Europe/Berlin",), tuple(Channel), ("de",)), "Anna Quill", None, None, None
)


@dataclass
class Subscriber:
    """Somebody else's server: what it was sent, and what it answers."""

    url: str = ""
    answers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By loan, the statuses it gives before it says 200."""
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def events(self) -> list[tuple[str, str]]:
        bodies = [json.loads(body) for _, body in self.heard]
        return [(one["data"]["loan"], one["type"]) for one in bodies]


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    one, app = Subscriber(), FastAPI()

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        body = (await request.body()).decode()
        waiting = one.answers[json.loads(body)["data"]["loan"]]
        status = waiting.pop(0) if waiting else 200
        if status == 200:
            one.heard.append((dict(request.headers), body))
        return Response(status_code=status)

    async with serving(app) as address:
        one.url = f"{address}/hook"
        yield one


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[Ledger]:
    async with Ledger.open(database_url) as opened:
        for id in ("L-1", "L-2"):
            loan = Loan(id, (Instalment(date(2026, 3, 2), Money.of("100", "EUR")),))
            await opened.register(loan, ANNA, "cn-consumer", 1, NOW)
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient() as client:
        yield client


def promised(id: str) -> PromiseMade:
    return PromiseMade(id=id, at=NOW, amount=Money.of("50", "EUR"), by=date(2026, 3, 9))


def paid(id: str) -> PaymentReceived:
    return PaymentReceived(id=id, at=NOW, amount=Money.of("5", "EUR"))


async def all_delivered(ledger: Ledger, http: httpx2.AsyncClient, now: datetime) -> None:
    while await deliver(ledger, http, now):
        pass


async def test_an_event_is_signed_as_the_library_of_whoever_gets_it_expects(ledger, http, subscriber):
    to = subscription(subscriber.url, (), "anna", NOW)
    await ledger.subscribe(to)
    await ledger.record("L-1", [promised("p-1")], taken=True)
    await all_delivered(ledger, http, datetime.now(UTC))
    ((headers, body),) = subscriber.heard
    assert Webhook(to.secret).verify(body, headers) == json.loads(body)
    assert json.loads(body)["type"] == "promise.made"
    assert json.loads(body)["data"]["amount"] == {"minor": 5000, "currency": "EUR"}


async def test_who_subscribes_hears_what_happens_from_then_on_and_only_of_what_they_asked(
    ledger, http, subscriber
):
    await ledger.record("L-1", [promised("before")], taken=True)
    await ledger.subscribe(subscription(subscriber.url, ["promise.made"], "anna", NOW))
    await ledger.record("L-1", [paid("pay-1"), promised("after")], taken=True)
    await ledger.record("L-1", [promised("after")], taken=True)  # told twice
    await all_delivered(ledger, http, NOW)
    assert [json.loads(body)["data"]["id"] for _, body in subscriber.heard] == ["after"]


async def test_the_events_of_a_loan_come_in_order_and_do_not_hold_up_another_loans(ledger, http, subscriber):
    await ledger.subscribe(subscription(subscriber.url, (), "anna", NOW))
    subscriber.answers["L-1"] = [500, 503]
    await ledger.record("L-1", [promised("p-1")], taken=True)
    await ledger.record("L-1", [paid("pay-1")], taken=True)
    await ledger.record("L-2", [paid("pay-2")], taken=True)
    await all_delivered(ledger, http, NOW)
    assert subscriber.events == [("L-2", "payment.received")]
    await all_delivered(ledger, http, NOW + AGAIN[0] + LEASE)
    await all_delivered(ledger, http, NOW + AGAIN[0] + AGAIN[1] + 2 * LEASE)
    assert subscriber.events[1:] == [("L-1", "promise.made"), ("L-1", "payment.received")]


async def test_what_nobody_takes_is_set_aside_lets_the_next_go_and_can_be_replayed(ledger, http, subscriber):
    to = subscription(subscriber.url, (), "anna", NOW)
    await ledger.subscribe(to)
    subscriber.answers["L-1"] = [500] * (len(AGAIN) + 1)
    await ledger.record("L-1", [promised("p-1"), paid("pay-1")], taken=True)
    now = NOW
    for wait in (*AGAIN, timedelta(0)):
        assert subscriber.events == []
        await all_delivered(ledger, http, now)
        now += wait + LEASE
    assert subscriber.events == [("L-1", "payment.received")]
    (dead,) = await ledger.dead_letters()
    assert (dead.type, dead.why, dead.attempts) == ("promise.made", "answered 500", len(AGAIN) + 1)
    assert await ledger.replay(to.id) == 1
    await all_delivered(ledger, http, now)
    assert subscriber.events[1:] == [("L-1", "promise.made")]
    assert await ledger.dead_letters() == []


async def test_who_answers_that_they_are_gone_is_told_nothing_more(ledger, http, subscriber):
    await ledger.subscribe(subscription(subscriber.url, (), "anna", NOW))
    subscriber.answers["L-1"] = [410]
    await ledger.record("L-1", [promised("p-1"), paid("pay-1")], taken=True)
    await all_delivered(ledger, http, NOW)
    await ledger.record("L-1", [paid("pay-2")], taken=True)
    await all_delivered(ledger, http, NOW + DAY)
    assert subscriber.events == []
    assert [one.type for one in await ledger.dead_letters()] == ["promise.made", "payment.received"]


async def test_two_processes_send_each_event_once_and_one_takes_over_what_the_other_left(
    ledger, http, subscriber
):
    await ledger.subscribe(subscription(subscriber.url, (), "anna", NOW))
    await ledger.record("L-1", [promised("p-1")], taken=True)
    (taken,) = await ledger.next_in_line(NOW, LEASE, 10)  # and that process dies
    assert await deliver(ledger, http, NOW) == 0
    assert await deliver(ledger, http, NOW + LEASE) == 1
    assert subscriber.events == [("L-1", "promise.made")]
    await ledger.failed(taken, "too late", NOW + DAY)  # it was not dead after all
    assert await deliver(ledger, http, NOW + 2 * DAY) == 0
    await asyncio.gather(*(ledger.record("L-2", [paid(f"pay-{n}")], taken=True) for n in range(8)))
    while sum(await asyncio.gather(deliver(ledger, http, NOW), deliver(ledger, http, NOW))):
        pass
    assert len(subscriber.events) == len(set(subscriber.heard[n][0]["webhook-id"] for n in range(9))) == 9


async def test_what_became_of_a_promise_and_each_change_of_stage_is_told_once(ledger, http, subscriber):
    await ledger.subscribe(subscription(subscriber.url, (), "anna", NOW))
    due = NOW.date()
    loan = Loan("L-3", (Instalment(due, Money.of("100", "CNY")),))
    chen = Person(
        Borrower("B-3", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Chen", None, None, None
    )
    await ledger.register(loan, chen, "cn-consumer", 2, NOW)
    two = [
        PromiseMade(id=id, at=NOW + DAY, amount=Money.of(sum_, "CNY"), by=due + 5 * DAY)
        for id, sum_ in (("p-1", "40"), ("p-2", "30"))
    ]
    some = PaymentReceived(id="pay-1", at=NOW + 2 * DAY, amount=Money.of("40", "CNY"))
    for day, told in ((-3, two), (2, [some]), (3, []), (10, []), (11, []), (35, [])):
        case = await ledger.case("L-3")
        assert case is not None
        await Decide(ledger).decide(Question(case, NOW + day * DAY, ()))
        await ledger.record("L-3", told, taken=True)
    await all_delivered(ledger, http, NOW)
    assert subscriber.events == [
        ("L-3", "journey.started"),
        ("L-3", "stage.changed"),
        *[("L-3", "promise.made")] * 2,
        ("L-3", "stage.changed"),
        ("L-3", "payment.received"),
        ("L-3", "promise.kept"),
        ("L-3", "promise.broken"),
        ("L-3", "stage.changed"),
    ]
    stages = [json.loads(body)["data"] for _, body in subscriber.heard if '"stage.changed"' in body]
    assert [one["stage"] for one in stages] == ["pre-due", "early", "mid"]


@asynccontextmanager
async def dribbling(begin: bytes) -> AsyncIterator[str]:
    """A server that answers so much at once, and then a little now and then, without an end."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        try:
            while True:
                await writer.drain()
                await asyncio.sleep(0.02)
                writer.write(b"x")
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


async def test_who_answers_without_an_end_keeps_nobody_waiting(ledger, http, subscriber, monkeypatch):
    monkeypatch.setattr("gateway.delivering.PATIENCE", timedelta(seconds=0.3))
    await ledger.record("L-1", [promised("before")], taken=True)
    async with (
        dribbling(b"HTTP/1.1 200 OK\r\nx-slow: ") as never,
        dribbling(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n") as talkative,
    ):
        to = {url: subscription(url, (), "anna", NOW) for url in (never, talkative, subscriber.url)}
        for one in to.values():
            await ledger.subscribe(one)
        await ledger.record("L-1", [paid("pay-1")], taken=True)
        async with asyncio.timeout(5):
            assert await deliver(ledger, http, NOW) == 3
    assert subscriber.events == [("L-1", "payment.received")]
    (late,) = await ledger.next_in_line(NOW + DAY, LEASE, 10)
    assert (late.subscription, late.why) == (to[never].id, "no answer (TimeoutError)")


async def test_a_long_line_of_one_subscriber_leaves_the_others_their_places(
    ledger, http, subscriber, monkeypatch
):
    monkeypatch.setattr("gateway.delivering.SIDE_BY_SIDE", 1)
    await ledger.subscribe(subscription("http://127.0.0.1:9/hook", ["promise.made"], "anna", NOW))
    await ledger.subscribe(subscription(subscriber.url, ["payment.received"], "anna", NOW))
    for loan in ("L-1", "L-2"):
        await ledger.record(loan, [promised("p-1")], taken=True)
    await ledger.record("L-1", [paid("pay-1")], taken=True)
    assert await deliver(ledger, http, NOW) == 2
    assert subscriber.events == [("L-1", "payment.received")]


@pytest.mark.parametrize("url", ["https://crm:abc/", "https://[::1/", "https://crm.example.com:99999/"])
async def test_an_address_that_cannot_be_used_is_not_tried_for_ever(ledger, http, url):
    await ledger.subscribe(replace(subscription("https://crm.example.com", (), "anna", NOW), url=url))
    await ledger.record("L-1", [promised("p-1")], taken=True)
    now = NOW
    for wait in (*AGAIN, timedelta(0)):
        assert await deliver(ledger, http, now) == 1
        now += wait
    assert [one.attempts for one in await ledger.dead_letters()] == [len(AGAIN) + 1]


async def test_what_was_put_in_line_while_they_ended_is_not_sent(ledger, http, subscriber):
    to = subscription(subscriber.url, (), "anna", NOW)
    await ledger.subscribe(to)
    await ledger.record("L-1", [promised("p-1")], taken=True)
    async with ledger._write() as db:  # as if the promise had been put in line meanwhile
        await db.execute(update(subscriptions).values(ended_at=NOW))
    assert await deliver(ledger, http, NOW) == 0
    assert subscriber.events == []


async def test_an_empty_line_is_looked_at_without_keeping_writers_waiting(ledger, http):
    async with ledger.together(), asyncio.timeout(5):
        assert await deliver(ledger, http, NOW) == 0


async def test_they_go_out_by_themselves(ledger, http, subscriber):
    await ledger.subscribe(subscription(subscriber.url, (), "anna", NOW))
    async with meanwhile("events", lambda: deliver(ledger, http, datetime.now(UTC)), 0.05, print):
        hold = HoldPlaced(id="h-1", at=NOW, reason="complaint", until=NOW + DAY, by="anna")
        await ledger.record("L-1", [hold], taken=True)
        async with asyncio.timeout(10):
            while not subscriber.heard:
                await asyncio.sleep(0.02)
    assert subscriber.events == [("L-1", "hold.placed")]


@pytest.mark.parametrize(
    "url",
    [
        *("http://crm.example.com/hook", "ftp://crm.example.com", "crm.example.com", "", "https:///hook"),
        *("https://crm:abc/", "https://[::1/", "https://crm.example.com/\x01"),
    ],
)
def test_nothing_is_sent_where_others_can_read_it_or_nobody_can(url):
    with pytest.raises(Refused, match="https"):
        subscription(url, (), "anna", NOW)


def test_an_event_that_never_happens_cannot_be_subscribed_to():
    with pytest.raises(Refused, match=r"there is no event promise\.danced; known are"):
        subscription("https://crm.example.com", ["promise.danced"], "anna", NOW)
