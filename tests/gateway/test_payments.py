"""Payments in: genuine events are on record once, whatever else comes changes nothing."""

import asyncio
import json
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook
from stripe import WebhookSignature
from temporalio.client import Client

from activities.ledger import Ledger, Person
from activities.tables import metadata
from gateway.client import Journeys
from gateway.http.app import application
from gateway.http.dependencies import clock
from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money
from workers.settings import BadSettings, read_settings

NOW = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
OURS, THEIRS, OLD = (f"whsec_{b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Anna Quill", None, "+86199", None
)
Headers = list[tuple[str, str]]
_numbers = count(1)


def signed(body: bytes, id: str = "", at: datetime = NOW, secret: str = OURS) -> Headers:
    """As the vendor's own library signs."""
    id = id or f"msg_{next(_numbers)}"
    return [
        ("webhook-id", id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", Webhook(secret).sign(id, at, body.decode())),
    ]


def stripe_signed(body: bytes, at: datetime = NOW, secret: str = THEIRS) -> Headers:
    """As Stripe's own library signs."""
    header = WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
    return [("stripe-signature", header)]


def own(type: str, at: object = "2026-03-12T01:00:00Z", **data: object) -> bytes:
    return json.dumps({"type": type, "timestamp": at, "data": data}).encode()


def received(payment: str = "p-1", minor: object = 10_000, *loans: str, **more: object) -> bytes:
    sum_ = {"minor": minor, "currency": "CNY"}
    return own("payment.received", payment=payment, amount=sum_, loans=loans or ["LN-1"], **more)


def stripes(type: str, sent: dict[str, Any], id: str = "", created: object = None) -> bytes:
    event = {
        "id": id or f"evt_{next(_numbers)}",
        "object": "event",
        "created": int(NOW.timestamp()) - 60 if created is None else created,
        "pending_webhooks": 1,
        "type": type,
        "data": {"object": sent},
    }
    return json.dumps(event, indent=2).encode()


def intent(what: str = "succeeded", amount: int = 10_000, loan: str = "LN-1", **more: Any) -> bytes:
    sent = {
        "id": "pi_1",
        "amount": amount,
        "amount_received": amount if what == "succeeded" else 0,
        "currency": "cny",
        "latest_charge": "ch_1",
        "metadata": {"loan": loan} if loan else {},
        "payment_method_types": ["card"],
        **more,
    }
    return stripes(f"payment_intent.{what}", sent)


def refunded(minor: int, of: int = 10_000) -> bytes:
    sums = {"amount": of, "amount_refunded": minor, "refunded": minor == of, "currency": "cny"}
    return stripes("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1", **sums})


def dispute(what: str, status: str = "needs_response", minor: int = 10_000) -> bytes:
    sent = {"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "amount": minor, "currency": "cny"}
    return stripes(f"charge.dispute.{what}", {**sent, "status": status})


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway whose Temporal does not answer, with three loans of 200 each."""

    http: httpx2.AsyncClient
    ledger: Ledger

    async def ours(self, body: bytes, id: str = "") -> str:
        return await self.state("/webhooks/payments", signed(body, id), body)

    async def stripe(self, body: bytes) -> str:
        return await self.state("/webhooks/stripe", stripe_signed(body), body)

    async def state(self, door: str, headers: Headers, body: bytes) -> str:
        answer = await self.http.post(door, headers=headers, content=body)
        assert answer.status_code == 200, answer.text
        state: str = answer.json()["state"]
        return state

    async def told(self, loan: str = "LN-1") -> list[str]:
        """What is on record of a loan, in order: what it is, its id, its sum."""
        facts = await self.ledger.facts(loan)
        return [f"{one.kind} {one.id} {getattr(one, 'amount', '') or ''}".strip() for one in facts]

    async def paid(self, loan: str = "LN-1") -> int:
        case = await self.ledger.case(loan)
        assert case is not None
        return sum(one.minor for one in case.receipts())

    async def aside(self) -> list[str]:
        return [f"{one.id}: {one.why}" for one in await self.ledger.set_aside()]

    async def dump(self) -> list[Any]:
        async with self.ledger.reading.connect() as db:
            return [list(await db.execute(select(table))) for table in metadata.sorted_tables]


@asynccontextmanager
async def gateway(url: str) -> AsyncIterator[Gateway]:
    settings = read_settings(database=url, payment_secrets=f"{OLD} {OURS}", stripe_secrets=f"{THEIRS},{OLD}")
    async with Ledger.open(url) as ledger:
        nowhere = await Client.connect("127.0.0.1:1", lazy=True)
        app = application(Journeys(nowhere, ledger), settings)
        app.dependency_overrides[clock] = lambda: NOW
        transport = httpx2.ASGITransport(app)
        for loan in ("LN-1", "LN-2", "LN-1042"):
            debt = Loan(loan, (Instalment(date(2026, 3, 2), Money(20_000, "CNY")),))
            await ledger.register(debt, ANNA, "cn-consumer", 2, NOW - timedelta(days=30))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield Gateway(client, ledger)


@pytest.fixture
async def up(database_url: str) -> AsyncIterator[Gateway]:
    async with gateway(database_url) as one:
        yield one


@pytest.fixture
async def lite(tmp_path) -> AsyncIterator[Gateway]:
    async with gateway(f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}") as one:
        yield one


# ── genuine ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_payment_that_its_processor_signed_counts_once_however_often_it_is_sent(up):
    body = received("p-1")
    assert await up.ours(body, "msg-a") == "taken"
    before = await up.dump()
    assert await up.ours(body, "msg-a") == "taken"
    assert await up.dump() == before
    assert await up.ours(received("p-1"), "msg-b") == "taken"  # another event of the same payment
    assert await up.paid() == 10_000
    assert await up.told() == ["payment_received p-1 CNY 100.00"]


async def test_a_payment_that_stripe_signed_counts_once_however_often_it_is_sent(up):
    body = intent()
    assert await up.stripe(body) == "taken"
    before = await up.dump()
    again = body.replace(b'"pending_webhooks": 1', b'"pending_webhooks": 0')
    assert await up.stripe(again) == "taken"
    assert await up.dump() == before
    assert await up.told() == ["payment_received pi_1 CNY 100.00"]


async def test_deliveries_at_the_same_moment_count_once(up):
    body = received("p-1")
    assert set(await asyncio.gather(*(up.ours(body, "msg-a") for _ in range(8)))) == {"taken"}
    assert set(await asyncio.gather(*(up.stripe(intent()) for _ in range(8)))) == {"taken"}
    back = [refunded(sum_) for sum_ in (2_000, 6_000, 4_000, 2_000, 6_000)]
    assert set(await asyncio.gather(*(up.stripe(one) for one in back))) == {"taken"}
    assert await up.paid() == 10_000 + 4_000


async def test_an_old_secret_and_a_new_one_both_open_while_they_are_changed(lite):
    body = received()
    assert await lite.state("/webhooks/payments", signed(body, secret=OLD), body) == "taken"
    body = intent()
    assert await lite.state("/webhooks/stripe", stripe_signed(body, secret=OLD), body) == "taken"


async def test_several_signatures_of_which_one_is_right_will_do(lite):
    body = received()
    (id, at, (name, right)) = signed(body)
    wrong = Webhook(THEIRS).sign(id[1], NOW, body.decode())
    assert (
        await lite.state("/webhooks/payments", [id, at, (name, f"{wrong} v1a,xyz {right}")], body) == "taken"
    )
    body = intent()
    [(name, right)] = stripe_signed(body)
    header = right.replace(",v1=", f",v1={'0' * 64},v0=abc,v1=")
    assert await lite.state("/webhooks/stripe", [(name, header)], body) == "taken"


async def test_another_event_under_the_same_id_is_refused_and_kept(lite):
    assert await lite.ours(received("p-1"), "msg-a") == "taken"
    body = received("p-2", 5_000)
    answer = await lite.http.post("/webhooks/payments", headers=signed(body, "msg-a"), content=body)
    assert answer.status_code == 409
    assert "event msg-a is on record with something else" in answer.json()["detail"]
    assert await lite.paid() == 10_000
    [kept] = await lite.ledger.set_aside()
    assert kept.body == body


async def test_a_payment_for_several_loans_is_divided_and_taken_back_as_one(lite):
    assert await lite.ours(received("p-1", 30_000, "LN-1", "LN-2")) == "taken"
    assert [await lite.paid("LN-1"), await lite.paid("LN-2")] == [20_000, 10_000]
    assert await lite.ours(own("payment.reversed", payment="p-1", reason="charged_back")) == "taken"
    assert [await lite.paid("LN-1"), await lite.paid("LN-2")] == [0, 0]


async def test_a_payment_for_a_loan_nobody_knows_waits_to_be_matched(lite):
    assert await lite.ours(received("p-1", 10_000, "LN-404")) == "taken"
    assert await lite.stripe(intent(loan="")) == "taken"
    assert sorted(one.id for one in await lite.ledger.unmatched()) == ["p-1", "pi_1"]


async def test_what_is_announced_is_over_when_it_comes_or_fails(lite):
    sum_ = {"minor": 10_000, "currency": "CNY"}
    announced = own("payment.announced", payment="p-1", amount=sum_, loans=["LN-1"], rail="direct_debit")
    assert await lite.ours(announced) == "taken"
    assert await lite.ours(own("payment.failed", payment="p-1", loans=["LN-1"])) == "taken"
    failed = (await lite.ledger.facts("LN-1"))[-1]
    assert failed.payment == "p-1.announced"
    assert await lite.stripe(intent("processing", payment_method_types=["sepa_debit"])) == "taken"
    assert await lite.stripe(intent("payment_failed")) == "taken"
    assert await lite.stripe(intent("processing", latest_charge="ch_2")) == "taken"  # tried again
    assert await lite.stripe(intent(latest_charge={"id": "ch_2", "object": "charge"})) == "taken"
    facts = {one.id: one for one in await lite.ledger.facts("LN-1")}
    assert facts["ch_1.announced"].rail == "direct_debit"
    assert facts["ch_1.failed"].payment == "ch_1.announced"
    assert facts["pi_1"].announced == "ch_2.announced" in facts


async def test_refunds_that_stripe_sums_up_count_once_each_in_whatever_order(up):
    await up.stripe(intent())
    for sum_ in (5_000, 3_000, 5_000):  # the first comes after the second
        assert await up.stripe(refunded(sum_)) == "taken"
    assert await up.paid() == 5_000
    assert await up.stripe(refunded(7_000)) == "taken"
    assert await up.paid() == 3_000
    await up.stripe(refunded(10_000))
    assert await up.paid() == 0
    assert await up.aside() == []


async def test_a_refund_that_overtakes_its_payment_follows_it(lite):
    assert await lite.stripe(refunded(3_000)) == "taken"
    assert await lite.stripe(refunded(5_000)) == "taken"
    assert await lite.stripe(intent()) == "taken"
    assert await lite.paid() == 5_000


async def test_a_dispute_takes_a_payment_back_once_and_an_inquiry_does_not(lite):
    await lite.stripe(intent())
    assert await lite.stripe(dispute("created", "warning_needs_response")) == "ignored"
    assert await lite.paid() == 10_000
    assert await lite.stripe(dispute("created")) == "taken"
    assert await lite.stripe(dispute("funds_withdrawn")) == "taken"
    assert await lite.paid() == 0
    assert await lite.stripe(dispute("closed", "lost")) == "ignored"
    assert await lite.stripe(dispute("closed", "won")) == "set_aside"
    assert await lite.stripe(stripes("refund.failed", {"id": "re_1"})) == "set_aside"
    assert len(await lite.aside()) == 2


@pytest.mark.parametrize(
    ("currency", "minor", "sum_"),
    [("jpy", 500, "JPY 500"), ("clp", 500, "CLP 500.00"), ("kwd", 5_000, "KWD 5.00")],
)
async def test_stripes_smallest_unit_is_read_as_that_currency_has_it(lite, currency, minor, sum_):
    assert await lite.stripe(intent(amount=minor, currency=currency, loan="LN-404")) == "taken"
    assert [str(one.fact.amount) for one in await lite.ledger.unmatched()] == [sum_]


@pytest.mark.parametrize(
    "at", [(NOW + timedelta(days=1)).isoformat(), "yesterday", None, 7, "0001-01-01T00:00:00Z"]
)
async def test_a_time_that_cannot_be_counts_as_the_arrival(lite, at):
    assert await lite.ours(own("payment.received", at, **json.loads(received())["data"])) == "taken"
    assert [one.at for one in await lite.ledger.facts("LN-1")] == [NOW]


async def test_the_processors_own_time_counts_where_it_can_be(lite):
    await lite.ours(received(at="2026-03-10T08:00:00+08:00"))
    await lite.stripe(intent())
    times = [one.at for one in await lite.ledger.facts("LN-1")]
    assert times == [datetime(2026, 3, 10, tzinfo=UTC), NOW - timedelta(seconds=60)]


async def test_what_nobody_asked_for_is_on_record_as_ignored(lite):
    assert await lite.ours(own("invoice.created", number=7), "msg-a") == "ignored"
    assert await lite.stripe(stripes("customer.created", {"id": "cus_1"})) == "ignored"
    assert await lite.stripe(intent("processing", loan="")) == "ignored"
    assert await lite.told() == []


NONSENSE = {
    "less than nothing": received(minor=-5),
    "a fraction": received(minor=1.5),
    "words": received(minor="a lot"),
    "too much": received(minor=10**16),
    "another currency": received().replace(b"CNY", b"USD"),
    "no currency": received().replace(b"CNY", b"yuan"),
    "a nul": received(payment="p\x00"),
    "no payment": own("payment.received", amount={"minor": 5, "currency": "CNY"}, loans=["LN-1"]),
    "no data": b'{"type": "payment.received"}',
    "an announcement for a loan nobody knows": own(
        "payment.announced", payment="p-1", amount={"minor": 5, "currency": "CNY"}, loans=["LN-404"]
    ),
    "an announcement of which one loan is unknown": own(
        "payment.announced",
        payment="p-1",
        amount={"minor": 5, "currency": "CNY"},
        loans=["LN-1", "LN-404"],
    ),
    "a reversal of more than was paid": own(
        "payment.reversed", payment="p-0", amount={"minor": 99_999, "currency": "CNY"}
    ),
    "no JSON": b"payment=p-1",
    "no object": b"[]",
    "half a surrogate": b'{"type": "payment.received", "data": {"payment": "\\ud800"}}',
}


async def test_genuine_nonsense_is_set_aside_for_a_person_and_not_sent_for_ever(up):
    await up.ours(received("p-0"))
    before = await up.told()
    for id, body in NONSENSE.items():
        assert await up.ours(body, id) == "set_aside"
        assert await up.ours(body, id) == "set_aside"
    kept = {one.id: one for one in await up.ledger.set_aside()}
    assert {id: one.body for id, one in kept.items()} == NONSENSE
    assert all(one.why for one in kept.values())
    assert await up.told() == before
    assert await up.ledger.done("words", "anna", NOW) == 1
    assert "words" not in {one.id for one in await up.ledger.set_aside()}
    assert await up.ours(NONSENSE["words"], "words") == "done"


async def test_stripes_nonsense_is_set_aside_as_well(lite):
    assert await lite.stripe(b"{}") == "set_aside"
    assert await lite.stripe(intent(currency="euro")) == "set_aside"
    assert await lite.stripe(intent(latest_charge={"object": "charge"})) == "set_aside"
    assert await lite.stripe(intent(amount=0)) == "set_aside"
    assert len(await lite.aside()) == 4


async def test_a_door_without_a_secret_is_shut_and_asks_to_try_again(tmp_path):
    settings = read_settings(data=tmp_path)
    async with Ledger.open(settings.database) as ledger:
        app = application(Journeys(await Client.connect("127.0.0.1:1", lazy=True), ledger), settings)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as http:
            for door, setting in (("payments", "PAYMENT"), ("stripe", "STRIPE")):
                answer = await http.post(f"/webhooks/{door}", headers=signed(b"{}"), content=b"{}")
                assert answer.status_code == 503
                assert f"set JOURNEYS_{setting}_SECRETS" in answer.json()["detail"]
                assert answer.headers["retry-after"] == "300"


@pytest.mark.parametrize("secret", ["whsec_short", "whsec_!!!", "hunter2"])
async def test_a_secret_that_is_none_is_said_at_the_start_and_not_shown(lite, tmp_path, secret):
    journeys = Journeys(await Client.connect("127.0.0.1:1", lazy=True), lite.ledger)
    with pytest.raises(BadSettings) as error:
        application(journeys, read_settings(data=tmp_path, payment_secrets=secret))
    assert "JOURNEYS_PAYMENT_SECRETS" in str(error.value)
    assert secret not in str(error.value)


async def test_the_document_shows_how_events_look(lite):
    document = (await lite.http.get("/openapi.json")).json()
    post = document["paths"]["/webhooks/payments"]["post"]
    assert {"200", "401", "409", "413", "503"} <= set(post["responses"])
    examples = post["requestBody"]["content"]["application/json"]["examples"]
    for name, example in examples.items():
        assert await lite.ours(json.dumps(example["value"]).encode()) == "taken", name
    assert "PaymentReceivedEvent" in document["components"]["schemas"]
    for one in document["paths"]["/webhooks/stripe"]["post"]["requestBody"]["content"]["application/json"][
        "examples"
    ].values():
        assert await lite.stripe(json.dumps(one["value"]).encode()) == "taken"


# ── forged ───────────────────────────────────────────────────────────────────────────────────────

Sent = tuple[Headers, bytes]


def forged(make: Any, sign: Any, secret: str, others: str) -> Iterator[Sent]:
    """Over a thousand variants of genuine events that nobody may get in with; each from its own seed."""
    dice = random.Random(7)
    second = timedelta(seconds=1)
    for n in range(27):
        body = make(f"f-{n}")
        genuine = sign(body, secret=secret)
        other = make(f"g-{n}")
        yield genuine, other  # another body under these headers
        yield sign(other, secret=secret), body
        yield [], body
        for at in range(len(genuine)):  # one header missing, empty, twice, or of another event
            name, value = genuine[at]
            rest = genuine[:at] + genuine[at + 1 :]
            yield rest, body
            yield [*rest, (name, "")], body
            yield [*genuine, (name, value)], body
            yield [*rest, sign(other, at=NOW - second * (n + 1), secret=secret)[at]], body
            yield [*rest, (name, value[:-1])], body
            yield [*rest, (name, value[: dice.randrange(1, len(value))])], body
            flipped = _flip(value.encode(), dice)
            if _visible(flipped):
                yield [*rest, (name, flipped.decode("latin-1"))], body
        for shift in (301, 302, 3_600, 86_400, 400 * 86_400, n * 977 + 400):  # too old, and too early
            for way in (1, -1):
                yield sign(body, at=NOW + way * shift * second, secret=secret), body
        yield sign(body, secret=others), body  # by who shares a secret of the other door
        yield sign(body, secret=f"whsec_{b64encode(dice.randbytes(32)).decode()}"), body
        yield genuine, body[:-1]
        yield genuine, body[: dice.randrange(len(body))]
        yield genuine, b""
        yield genuine, body + b" "
        yield genuine, _flip(body, dice)
        yield genuine, _flip(body, dice)
        read = json.loads(body)
        yield genuine, json.dumps(read, indent=1).encode()  # the same, written in another way
        yield genuine, json.dumps(read, separators=(",", ":")).encode()
        yield genuine, json.dumps(read, sort_keys=True, indent=3).encode()
        yield genuine, body.decode().encode("utf-16")
        yield genuine, b"\xef\xbb\xbf" + body


def _flip(text: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(text))
    return text[:at] + bytes([text[at] ^ (1 << dice.randrange(7))]) + text[at + 1 :]


def _visible(text: bytes) -> bool:
    return all(33 <= one < 127 for one in text)


SCHEMES: dict[str, tuple[Any, Any, str, str, str]] = {
    "standard": (received, signed, OURS, THEIRS, "/webhooks/payments"),
    "stripe": (lambda id: intent(id=id), stripe_signed, THEIRS, OURS, "/webhooks/stripe"),
}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_is_forged_replayed_shifted_or_altered_is_turned_away_and_changes_nothing(lite, scheme):
    make, sign, secret, others, door = SCHEMES[scheme]
    await lite.ours(received("p-1"))
    await lite.stripe(intent())
    before, tried = await lite.dump(), 0
    for headers, body in forged(make, sign, secret, others):
        answer = await lite.http.post(door, headers=headers, content=body)
        assert answer.status_code == 401, (headers, body, answer.text)
        tried += 1
    other = {"standard": "stripe", "stripe": "standard"}[scheme]
    for n in range(100):  # genuine at the other door
        body = SCHEMES[other][0](f"x-{n}")
        answer = await lite.http.post(door, headers=SCHEMES[other][1](body), content=body)
        assert answer.status_code == 401
        tried += 1
    assert tried >= 1_000
    assert await lite.dump() == before
