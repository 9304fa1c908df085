"""Webhooks out: signed, at least once, in order for each loan, and set aside when nobody takes them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook

from activities.decide import Decide
from activities.ledger import Ledger, Person
from activities.orders import Question
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
    "url", ["http://crm.example.com/hook", "ftp://crm.example.com", "crm.example.com", ""]
)
def test_nothing_is_sent_where_others_can_read_it(url):
    with pytest.raises(Refused, match="https"):
        subscription(url, (), "anna", NOW)


def test_an_event_that_never_happens_cannot_be_subscribed_to():
    with pytest.raises(Refused, match=r"there is no event promise\.danced; known are"):
        subscription("https://crm.example.com", ["promise.danced"], "anna", NOW)
