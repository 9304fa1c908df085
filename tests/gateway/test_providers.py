"""The providers' doors: what is not signed changes nothing, what is signed is understood."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader
from sqlalchemy import select
from temporalio.client import Client
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from activities.ledger import Ledger, Person
from activities.tables import metadata
from activities.twilio import FORM
from gateway.client import Journeys
from gateway.http.app import application
from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money
from workers.settings import BadSettings, read_settings

PUBLIC, INSIDE = "https://journeys.example.com/hooks", "http://10.0.0.7:8080"
ACCOUNT, TOKEN = "AC" + "0f" * 16, "our-secret-token"
NUMBER, MAIL, OURS = "+8613800138000", "winifred@example.com", "+12025550100"
NOW = datetime(2026, 3, 5, 2, tzinfo=UTC)
WINIFRED = Person(
    Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Winifred Quill", MAIL, NUMBER, None
)
STATUS, INBOUND = "/twilio?contact=L-1.20260302.d3-sms", "/twilio/inbound"
UNDELIVERED = {
    "AccountSid": ACCOUNT,
    "MessageSid": "SM" + "1" * 32,
    "ErrorCode": "30005",
    "MessageStatus": "undelivered",
    "To": NUMBER,
}
STOP = {
    "AccountSid": ACCOUNT,
    "MessageSid": "SM" + "2" * 32,
    "Body": "STOP",
    "To": OURS,
    "From": NUMBER,
}
BOUNCE = {"email": MAIL, "event": "bounce", "type": "bounce", "sg_event_id": "e-1", "contact": ""}


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def shown(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as SendGrid shows it."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()


KEY = a_key()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it comes over the wire."""

    path: str
    body: bytes
    headers: Mapping[str, str]

    def signed(self, signature: str | None, header: str = SIGNATURE_HEADER) -> "Sent":
        others = {name: value for name, value in self.headers.items() if name != header}
        return replace(self, headers=others | ({} if signature is None else {header: signature}))


def by_twilio(path: str, form: Mapping[str, str], token: str = TOKEN, base: str = PUBLIC) -> Sent:
    """As Twilio's own library signs it."""
    signature = RequestValidator(token).compute_signature(base + path, form)
    return Sent(path, urlencode(form).encode(), {"Content-Type": FORM, SIGNATURE_HEADER: signature})


def by_twilio_as_json(path: str, said: Mapping[str, str]) -> Sent:
    body = json.dumps(said).encode()
    path = f"{path}{'&' if '?' in path else '?'}bodySHA256={sha256(body).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, {})
    return Sent(path, body, {"Content-Type": "application/json", SIGNATURE_HEADER: signature})


def by_sendgrid(
    *events: Mapping[str, object], key: ec.EllipticCurvePrivateKey = KEY, ago: int = 0, batch: bool = True
) -> Sent:
    """As SendGrid's documentation says: ECDSA over the time and the raw body."""
    body = json.dumps(events if batch else events[0]).encode() + b"\r\n"
    timestamp = str(int(datetime.now(UTC).timestamp()) - ago)
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {EventWebhookHeader.SIGNATURE: signature, EventWebhookHeader.TIMESTAMP: timestamp}
    return Sent("/sendgrid", body, {"Content-Type": "application/json", **headers})


@dataclass(frozen=True, slots=True)
class Door:
    """The gateway behind a proxy that hides its address, its ledger, and no Temporal."""

    ledger: Ledger
    http: httpx2.AsyncClient

    async def knock(self, sent: Sent) -> httpx2.Response:
        return await self.http.post(sent.path, content=sent.body, headers=dict(sent.headers))

    async def told(self, loan: str = "L-1") -> list[tuple[str, ...]]:
        named = ("channel", "circumstance", "reason", "meaning")
        facts = await self.ledger.facts(loan)
        return [(one.kind, *(str(getattr(one, n)) for n in named if hasattr(one, n))) for one in facts]

    async def everything(self) -> list[Any]:
        """All that the ledger holds."""
        async with self.ledger.reading.connect() as db:
            return [(await db.execute(select(table))).all() for table in metadata.sorted_tables]


@asynccontextmanager
async def opened(folder: Path, **changes: str) -> AsyncIterator[Door]:
    known = {"twilio_account": ACCOUNT, "twilio_token": TOKEN, "sendgrid_event_key": shown(KEY)}
    settings = read_settings(**{"data": folder, "public_url": PUBLIC, **known, **changes})
    async with Ledger.open(settings.database) as ledger:
        for loan in ("L-1", "L-2"):
            debt = Loan(loan, (Instalment(date(2026, 3, 2), Money.of("8400", "CNY")),))
            await ledger.register(debt, WINIFRED, "cn-consumer", 2, NOW)
        nowhere = await Client.connect("127.0.0.1:1", lazy=True)
        transport = httpx2.ASGITransport(application(Journeys(nowhere, ledger), settings))
        async with httpx2.AsyncClient(transport=transport, base_url=INSIDE) as http:
            yield Door(ledger, http)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


# ── forgery ──────────────────────────────────────────────────────────────────────────────────────


def forged_for_twilio() -> Iterator[Sent]:
    """Whatever somebody may make of genuine requests who does not know the token."""
    for path, form in ((STATUS, UNDELIVERED), (INBOUND, STOP)):
        genuine = by_twilio(path, form)
        signature = genuine.headers[SIGNATURE_HEADER]
        yield from (replace(genuine, body=body) for body in _altered(genuine.body))
        yield from (genuine.signed(one) for one in _misspelt(signature))
        yield from (by_twilio(path, form, token) for token in _guesses(TOKEN))
        yield from (replace(genuine, path=one) for one in _altered_query(path))
        yield from (by_twilio(path, form, base=base) for base in ("", INSIDE, PUBLIC + "/", PUBLIC[:-1]))
        yield by_twilio(path, form, base=PUBLIC.replace("https", "http"))
        yield by_twilio(path, form | {"AccountSid": "AC" + "1" * 32})
        yield replace(genuine, path=INBOUND if path == STATUS else STATUS)
        for media in ("", "text/plain", "application/json", "multipart/form-data", "application/xml"):
            yield replace(genuine, headers={**genuine.headers, "Content-Type": media})
        for charset in ("utf-16", "utf-32", "cp037"):
            yield replace(genuine, body=genuine.body.decode().encode(charset))
        yield replace(genuine, body=quote(genuine.body.decode()).encode())
        as_json = by_twilio_as_json(path, form)
        yield from (replace(as_json, body=as_json.body[:at]) for at in range(len(as_json.body)))
        yield replace(as_json, path=path)
        yield genuine.signed(as_json.headers[SIGNATURE_HEADER])
        yield genuine.signed(by_sendgrid(BOUNCE).headers[EventWebhookHeader.SIGNATURE])
    yield by_twilio(INBOUND, STOP).signed(by_twilio(STATUS, UNDELIVERED).headers[SIGNATURE_HEADER])


def forged_for_sendgrid() -> Iterator[Sent]:
    """Whatever somebody may make of genuine requests who does not know the private key, or keeps them."""
    genuine = by_sendgrid(BOUNCE, BOUNCE | {"sg_event_id": "e-2"})
    time, sign = EventWebhookHeader.TIMESTAMP, EventWebhookHeader.SIGNATURE
    signature, timestamp = genuine.headers[sign], genuine.headers[time]
    yield from (replace(genuine, body=body) for body in _altered(genuine.body))
    yield from (genuine.signed(one, sign) for one in _misspelt(signature))
    yield from (by_sendgrid(BOUNCE, key=a_key()) for _ in range(100))
    yield from (by_sendgrid(BOUNCE, ago=600 * minutes) for minutes in (*range(1, 60), *range(-60, 0)))
    yield from (genuine.signed(str(int(timestamp) + by), time) for by in (*range(-99, 0), *range(1, 100)))
    for odd in ("", "0", "-1", "1e9", f" {timestamp}", f"+{timestamp}", f"{timestamp}.0", timestamp * 9):
        yield genuine.signed(odd, time)
    yield genuine.signed(None, time)
    yield genuine.signed(timestamp[:-1], time)
    yield replace(genuine, body=genuine.body[1:]).signed(timestamp + "[", time)
    yield replace(genuine, body=timestamp[-1:].encode() + genuine.body).signed(timestamp[:-1], time)
    for said in (genuine.body.strip(), genuine.body + b" ", genuine.body * 2, b""):
        yield replace(genuine, body=said)
    for charset in ("utf-16", "utf-32", "cp037"):
        yield replace(genuine, body=genuine.body.decode().encode(charset))
    yield genuine.signed(by_twilio(STATUS, UNDELIVERED).headers[SIGNATURE_HEADER], sign)


def _altered(body: bytes) -> Iterator[bytes]:
    """Each byte another, and each shorter one."""
    for at in range(len(body)):
        yield body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        yield body[:at]


def _misspelt(signature: str) -> Iterator[str | None]:
    yield from (None, "", signature.lower(), signature + "=", signature + "\t!", f"v1={signature}")
    yield base64.b64decode(signature).hex()
    yield signature[:9] + " " + signature[9:]
    for at in range(len(signature)):
        yield signature[:at] + chr(ord(signature[at]) ^ 1) + signature[at + 1 :]
        yield signature[:at]


def _guesses(token: str) -> Iterator[str]:
    yield from ("", " ", token.upper(), token + " ", token[::-1], ACCOUNT, shown(KEY))
    yield from (token[:at] for at in range(1, len(token)))


def _altered_query(path: str) -> Iterator[str]:
    start = path.find("?") + 1 or len(path)
    yield from (path[:at] + chr(ord(path[at]) ^ 1) + path[at + 1 :] for at in range(start, len(path)))
    more = path + ("&" if "?" in path else "?")
    yield from (f"{more}x=1", f"{more}bodySHA256={'0' * 64}")


@pytest.mark.parametrize("forged", [forged_for_twilio, forged_for_sendgrid], ids=["twilio", "sendgrid"])
async def test_a_thousand_forgeries_are_refused_and_change_nothing(door: Door, forged: Any) -> None:
    before, variants = await door.everything(), list(forged())
    assert len(variants) >= 1_000
    for one in variants:
        answer = await door.knock(one)
        assert answer.status_code == 403, (one, answer.text)
    assert await door.everything() == before


@pytest.mark.parametrize("sent", [by_twilio(STATUS, UNDELIVERED), by_twilio_as_json(STATUS, UNDELIVERED)])
async def test_what_twilios_own_library_signed_is_taken_in(door: Door, sent: Sent) -> None:
    for _ in range(3):
        answer = await door.knock(sent)
        assert (answer.status_code, answer.content) == (204, b"")
    assert await door.told() == await door.told("L-2") == [("contact_point_failed", "sms", "not_in_service")]


async def test_what_sendgrids_own_library_takes_for_genuine_is_taken_in(door: Door) -> None:
    sent = by_sendgrid(BOUNCE)
    signature, timestamp = (
        sent.headers[name] for name in (EventWebhookHeader.SIGNATURE, EventWebhookHeader.TIMESTAMP)
    )
    assert EventWebhook(shown(KEY)).verify_signature(sent.body.decode(), signature, timestamp)
    for one in (sent, by_sendgrid(BOUNCE, ago=200), by_sendgrid(BOUNCE, ago=-200)):
        assert (await door.knock(one)).status_code == 204
    assert await door.told() == [("contact_point_failed", "email", "bounced")]


@pytest.mark.parametrize(
    ("missing", "sent"),
    [
        ({"twilio_token": ""}, by_twilio(STATUS, UNDELIVERED, token="")),
        ({"public_url": ""}, by_twilio(STATUS, UNDELIVERED, base="")),
        ({"sendgrid_event_key": ""}, by_sendgrid(BOUNCE)),
    ],
    ids=["no token", "no address", "no key"],
)
async def test_a_door_without_its_secret_lets_nobody_in(
    tmp_path: Path, missing: dict[str, str], sent: Sent
) -> None:
    async with opened(tmp_path, **missing) as door:
        assert (await door.knock(sent)).status_code == 403
        assert await door.told() == []


async def test_words_that_were_moved_from_a_value_into_its_name_are_not_understood(door: Door) -> None:
    """Twilio signs names and values without a mark between them."""
    moved = {name: value for name, value in STOP.items() if name != "Body"} | {"BodyS": "TOP"}
    sent = by_twilio(INBOUND, STOP)
    answer = await door.knock(replace(sent, body=urlencode(moved).encode()))
    assert answer.status_code == 422 and await door.told() == []


def test_a_key_that_is_none_is_said_when_the_gateway_starts() -> None:
    for wrong in ("SG.secret", shown(KEY)[:-8], "aGVsbG8="):
        with pytest.raises(
            BadSettings, match=r"JOURNEYS_SENDGRID_EVENT_KEY is wrong: .*copy the verification"
        ):
            read_settings(sendgrid_event_key=wrong)


# ── what is understood ───────────────────────────────────────────────────────────────────────────

CALL = {"AccountSid": ACCOUNT, "CallSid": "CA" + "1" * 32, "To": NUMBER}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**UNDELIVERED, "ErrorCode": "30003"}, []),
        ({**UNDELIVERED, "ErrorCode": "30006"}, [("contact_point_failed", "sms", "number_refused")]),
        ({**UNDELIVERED, "ErrorCode": "21610"}, [("opted_out", "sms")]),
        ({**UNDELIVERED, "MessageStatus": "sent", "ErrorCode": ""}, []),
        ({**CALL, "CallStatus": "failed", "SipResponseCode": "404"}, [
            ("contact_point_failed", "call", "not_in_service")
        ]),
        ({**CALL, "CallStatus": "failed", "SipResponseCode": "503"}, []),
        ({**CALL, "CallStatus": "no-answer"}, []),
    ],
)  # fmt: skip
async def test_what_twilio_says_of_a_number_is_told_of_its_owner(
    door: Door, form: dict[str, str], told: list[tuple[str, ...]]
) -> None:
    assert (await door.knock(by_twilio(STATUS, form))).status_code == 204
    assert await door.told() == await door.told("L-2") == told


@pytest.mark.parametrize(
    "strange",
    [
        {"event": "account_status_change", "type": "compliance_suspend"},
        {"event": "deferred", "email": MAIL, "reason": None, "sg_event_id": 7},
        {"event": ["delivered"]},
        {"email": MAIL},
        None,
    ],
)
async def test_one_strange_event_does_not_lose_the_unsubscribe_that_came_with_it(
    door: Door, strange: Any
) -> None:
    left = {"email": MAIL, "event": "unsubscribe", "sg_event_id": "e-1"}
    assert (await door.knock(by_sendgrid(strange, left))).status_code == 204
    assert await door.told() == [("opted_out", "email")]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"event": "bounce", "type": "blocked"}, []),
        ({"event": "dropped", "reason": "Bounced Address"}, [("contact_point_failed", "email", "bounced")]),
        ({"event": "dropped", "reason": "Invalid"}, [("contact_point_failed", "email", "bounced")]),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, [("opted_out", "email")]),
        ({"event": "dropped", "reason": "Recipient List over Package Quota"}, []),
        ({"event": "spamreport"}, [("opted_out", "email")]),
        ({"event": "unsubscribe"}, [("opted_out", "email")]),
        ({"event": "group_resubscribe", "asm_group_id": 1}, []),
        ({"event": "delivered", "response": "250 OK", "category": ["a", "b"], "timestamp": 1}, []),
    ],
)
async def test_what_sendgrid_says_of_an_address_is_told_of_its_owner(
    door: Door, event: dict[str, object], told: list[tuple[str, ...]]
) -> None:
    opened = {"email": MAIL, "event": "open", "sg_event_id": "e-0"}
    batch = by_sendgrid(opened, {"email": MAIL, "sg_event_id": "e-1", **event})
    assert (await door.knock(batch)).status_code == 204
    assert await door.told() == await door.told("L-2") == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Body": "please STOP texting me"}, ("opted_out", "sms")),
        ({"Body": "退订"}, ("opted_out", "sms")),
        ({"Body": "see you on tuesday", "OptOutType": "STOP"}, ("opted_out", "sms")),
        ({"Body": "leave me alone", "OptOutType": "STOP"}, ("opted_out", "None")),
        ({"Body": "he has died", "OptOutType": "HELP"}, ("circumstance_noted", "deceased")),
        ({"Body": "START", "OptOutType": "START"}, ("reply_received", "sms", "other")),
        ({"Body": ""}, ("reply_received", "sms", "other")),
    ],
)
async def test_a_text_that_comes_in_is_understood_and_silences_at_once(
    door: Door, said: dict[str, str], told: tuple[str, ...]
) -> None:
    for _ in range(2):
        answer = await door.knock(by_twilio(INBOUND, STOP | said))
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/xml")
        assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response />'
    for loan in ("L-1", "L-2"):
        assert await door.told(loan) == [told]
        assert [one.text for one in await door.ledger.words(loan)] == [said["Body"]]


async def test_what_a_stranger_texts_is_kept_and_no_answer_repeats_it(door: Door) -> None:
    answer = await door.knock(by_twilio(INBOUND, STOP | {"From": "+12025550199", "Body": "who is this"}))
    assert answer.status_code == 200
    [stray] = await door.ledger.strays()
    assert (stray.sender, stray.text) == ("+12025550199", "who is this")
    unclear = by_twilio(STATUS, {"AccountSid": ACCOUNT, "To": NUMBER, "MessageSid": "SM1"})
    answer = await door.knock(unclear)
    assert answer.status_code == 422 and "MessageStatus" in answer.text and NUMBER not in answer.text
    answer = await door.knock(by_sendgrid({"email": MAIL}, batch=False))
    assert answer.status_code == 422 and MAIL not in answer.text
