"""Twilio's real client against the rehearsal server."""

import queue
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from activities.errors import Meaning, SendDelayed, SendRefused, SendUncertain
from activities.outbound import Outbound, Sender
from activities.twilio import DELIVERIES, MEANINGS, TwilioCall, TwilioText
from rehearsal import faults
from rehearsal.faults import Fault
from rehearsal.providers import RehearsalProviders, recorded
from rehearsal.wire import Delivery
from tests.contracts import Contract, document

ACCOUNT, TOKEN, OURS, THEIRS = "AC" + "0f" * 16, "our-secret-token", "+12025550100", "+8613800138000"
WORDS = "Dear Li & Sons, <CNY 8,400.00> is overdue."
CALLBACKS = "https://journeys.example.com/callbacks"
UNCERTAIN = (
    faults.fails_after_accepting(),
    faults.fails_after_accepting(503),
    faults.silent_after_accepting(),
    faults.dropped_after_accepting(),
)


@pytest.fixture
def providers() -> Iterator[RehearsalProviders]:
    with RehearsalProviders(token=TOKEN) as providers:
        yield providers


def sender(kind: type[TwilioText | TwilioCall], url: str, timeout: float = 5.0, token: str = TOKEN) -> Sender:
    return kind(ACCOUNT, token, OURS, base_url=url, status_callback_base=CALLBACKS, timeout=timeout)


def outbound(
    channel: str = "sms",
    to: str = THEIRS,
    body: str = WORDS,
    language: str = "en",
    contact: str = "LN-1/sms 1&2",
    valid_for: timedelta | None = timedelta(hours=2),
) -> Outbound:
    at = datetime(2026, 3, 5, 10, tzinfo=UTC)
    return Outbound(contact, channel, language, to, "Li Lei", "", body, at, valid_for)


def form(providers: RehearsalProviders) -> dict[str, str]:
    asked, _ = providers.exchanges[-1]
    return {name: values[0] for name, values in parse_qs(asked.body).items()}


def test_a_text_is_accepted_once_with_the_contact_id_in_its_callback(providers: RehearsalProviders) -> None:
    sent = sender(TwilioText, providers.url).send(outbound())
    expected = Delivery("sms", THEIRS, WORDS, "", "LN-1/sms 1&2", sent.provider_id, 1)
    assert providers.deliveries == (expected,)
    assert sent.provider == "twilio"
    callback = form(providers)["StatusCallback"]
    assert callback.startswith(CALLBACKS)
    assert parse_qs(urlsplit(callback).query) == {"contact": ["LN-1/sms 1&2"]}


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(minutes=90, milliseconds=900), "5400"), (timedelta(days=1), "36000"), (None, None)],
)
def test_a_text_may_wait_only_while_the_window_is_open(
    providers: RehearsalProviders, valid_for: timedelta | None, seconds: str | None
) -> None:
    sender(TwilioText, providers.url).send(outbound(valid_for=valid_for))
    assert form(providers).get("ValidityPeriod") == seconds
    assert "SendAt" not in form(providers)


@pytest.mark.parametrize("kind", [TwilioText, TwilioCall])
def test_nothing_is_sent_when_the_window_has_closed(
    providers: RehearsalProviders, kind: type[TwilioText | TwilioCall]
) -> None:
    with pytest.raises(SendDelayed, match="has closed"):
        sender(kind, providers.url).send(outbound(valid_for=timedelta(milliseconds=999)))
    assert not providers.exchanges


@pytest.mark.parametrize(
    ("language", "spoken", "body"),
    [("zh", "zh-CN", "您的欠款 <CNY 8,400.00> & 利息"), ("en", "en-US", WORDS)],
)
def test_a_call_reads_the_message_in_the_borrowers_language(
    providers: RehearsalProviders, language: str, spoken: str, body: str
) -> None:
    sender(TwilioCall, providers.url).send(outbound("call", language=language, body=body))
    (delivery,) = providers.deliveries
    assert (delivery.channel, delivery.body, delivery.contact_id) == ("call", body, "LN-1/sms 1&2")
    assert f'language="{spoken}"' in form(providers)["Twiml"]


@pytest.mark.parametrize(
    ("left", "rings"), [(None, "30"), (timedelta(hours=2), "30"), (timedelta(seconds=9), "9")]
)
def test_a_call_does_not_ring_past_the_window_nor_talk_for_ever(
    providers: RehearsalProviders, left: timedelta | None, rings: str
) -> None:
    sender(TwilioCall, providers.url).send(outbound("call", valid_for=left))
    assert form(providers)["Timeout"] == rings
    assert form(providers)["TimeLimit"] == "180"


@pytest.mark.parametrize("problem", [False, True], ids=["twilio error", "problem document"])
@pytest.mark.parametrize(("code", "meaning"), [*MEANINGS.items(), (21999, Meaning.REFUSED)])
def test_a_refusal_is_final_and_its_code_says_why(
    providers: RehearsalProviders, code: int, meaning: Meaning, problem: bool
) -> None:
    providers.arrange(faults.refused(code, problem=problem))
    with pytest.raises(SendRefused, match=str(code)) as refusal:
        sender(TwilioText, providers.url).send(outbound())
    assert refusal.value.meaning is meaning
    assert not providers.deliveries


@pytest.mark.parametrize(
    ("kind", "wrong", "token", "meaning"),
    [
        (TwilioText, {"to": "13800138000"}, TOKEN, Meaning.BAD_CONTACT_POINT),
        (TwilioCall, {"to": "13800138000"}, TOKEN, Meaning.BAD_CONTACT_POINT),
        (TwilioText, {"to": ""}, TOKEN, Meaning.REFUSED),
        (TwilioText, {"body": ""}, TOKEN, Meaning.REFUSED),
        (TwilioText, {"body": "长" * 1601}, TOKEN, Meaning.REFUSED),
        (TwilioText, {}, "another token", Meaning.OUR_CONFIGURATION),
        (TwilioCall, {}, "another token", Meaning.OUR_CONFIGURATION),
    ],
)
def test_the_rehearsal_refuses_what_twilio_refuses(
    providers: RehearsalProviders,
    kind: type[TwilioText | TwilioCall],
    wrong: dict[str, Any],
    token: str,
    meaning: Meaning,
) -> None:
    with pytest.raises(SendRefused) as refusal:
        sender(kind, providers.url, token=token).send(outbound(**wrong))
    assert refusal.value.meaning is meaning
    assert not providers.deliveries


@pytest.mark.parametrize(("seconds", "later"), [(17, timedelta(seconds=17)), (None, None)])
def test_too_many_requests_means_later(
    providers: RehearsalProviders, seconds: int | None, later: timedelta | None
) -> None:
    providers.arrange(faults.too_many_requests(seconds))
    text = sender(TwilioText, providers.url)
    with pytest.raises(SendDelayed) as delay:
        text.send(outbound())
    assert delay.value.retry_after == later
    assert not providers.deliveries
    text.send(outbound())
    assert len(providers.deliveries) == 1


def test_a_refused_connection_means_later() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(SendDelayed, match="no connection was made"):
            sender(TwilioText, f"http://127.0.0.1:{unheard.getsockname()[1]}").send(outbound())


def test_an_unknown_host_means_later() -> None:
    with pytest.raises(SendDelayed):
        sender(TwilioText, "http://twilio.invalid").send(outbound())


def test_a_connection_that_is_not_made_in_time_means_later() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
        pytest.raises(SendDelayed),
    ):
        sender(TwilioText, f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.3).send(outbound())


@pytest.mark.parametrize("kind", [TwilioText, TwilioCall])
@pytest.mark.parametrize("fault", UNCERTAIN)
def test_no_clear_answer_is_uncertain_and_the_request_is_not_repeated(
    providers: RehearsalProviders, fault: Fault, kind: type[TwilioText | TwilioCall]
) -> None:
    providers.arrange(fault)
    with pytest.raises(SendUncertain):
        sender(kind, providers.url, timeout=0.3).send(outbound())
    assert len(providers.deliveries) == 1
    assert len(providers.exchanges) == 1


def test_a_dropped_connection_is_uncertain_even_if_nothing_was_accepted(
    providers: RehearsalProviders,
) -> None:
    providers.arrange(faults.dropped())
    with pytest.raises(SendUncertain):
        sender(TwilioText, providers.url).send(outbound())
    assert not providers.deliveries


def test_a_yes_without_an_id_is_uncertain(providers: RehearsalProviders) -> None:
    providers.arrange(Fault(accepted=True, status=201))
    with pytest.raises(SendUncertain, match="without an id"):
        sender(TwilioText, providers.url).send(outbound())


@pytest.mark.parametrize("kind", [TwilioText, TwilioCall])
@pytest.mark.parametrize(
    "fault",
    [
        *UNCERTAIN,
        faults.refused(21610),
        faults.refused(21610, problem=True),
        faults.too_many_requests(3),
    ],
)
def test_an_error_never_repeats_the_number_the_words_or_our_secrets(
    providers: RehearsalProviders, fault: Fault, kind: type[TwilioText | TwilioCall]
) -> None:
    providers.arrange(fault)
    with pytest.raises((SendRefused, SendDelayed, SendUncertain)) as raised:
        sender(kind, providers.url, timeout=0.3).send(outbound())
    assert raised.value.__cause__ is None
    for secret in (THEIRS, THEIRS[1:], "8,400.00", "Li", TOKEN, ACCOUNT, OURS):
        assert secret not in f"{raised.value!r} {raised.value}"


def test_texts_and_calls_are_as_twilios_document_says(providers: RehearsalProviders) -> None:
    folder = "/2010-04-01/Accounts/{AccountSid}/"
    paths = (
        folder + name for name in ("Messages.json", "Calls.json", "Messages/{Sid}.json", "Calls/{Sid}.json")
    )
    contract = Contract("twilio_api_v2010.json", *paths)
    for kind, channel in ((TwilioText, "sms"), (TwilioCall, "call")):
        sent = sender(kind, providers.url).send(outbound(channel))
        name = "Messages" if kind is TwilioText else "Calls"
        found = requests.get(
            f"{providers.url}/2010-04-01/Accounts/{ACCOUNT}/{name}/{sent.provider_id}.json",
            auth=(ACCOUNT, TOKEN),
            timeout=5,
        )
        assert found.json()["to"] == THEIRS
        assert found.headers["X-Rehearsal"] == "true"
    assert len(providers.exchanges) == 4
    for asked, answer in providers.exchanges:
        contract.judge(asked, answer)


def test_each_status_that_twilios_document_knows_of_what_we_send_has_its_rank() -> None:
    schemas = document("twilio_api_v2010.json")["components"]["schemas"]
    known = {one for kind in ("message", "call") for one in schemas[f"{kind}_enum_status"]["enum"]}
    assert known - {"receiving", "received"} == DELIVERIES.keys() - {"initiated"}, "which only callbacks say"


def test_a_fault_meets_only_whom_it_was_arranged_for(providers: RehearsalProviders) -> None:
    providers.arrange(faults.refused(21610), to=THEIRS, times=2)
    providers.arrange(faults.refused(30003), when=lambda one: one.contact_id == "third", channel="call")
    text, call = sender(TwilioText, providers.url), sender(TwilioCall, providers.url)
    text.send(outbound(to="+12025550111", contact="third"))
    for _ in range(2):
        with pytest.raises(SendRefused, match="21610"):
            text.send(outbound())
    text.send(outbound())
    with pytest.raises(SendRefused, match="30003"):
        call.send(outbound("call", contact="third"))
    assert [one.order for one in providers.deliveries] == [1, 2]


def test_a_listener_hears_of_every_message_accepted_even_where_the_sender_does_not() -> None:
    heard: queue.Queue[Delivery] = queue.Queue()
    with RehearsalProviders(on_delivery=heard.put) as providers:
        providers.arrange(faults.silent_after_accepting())
        with pytest.raises(SendUncertain):
            sender(TwilioText, providers.url, timeout=0.3).send(outbound())
        assert heard.get(timeout=5) == providers.deliveries[0]


def test_what_a_rehearsal_process_accepted_outlives_it(tmp_path: Path) -> None:
    record = tmp_path / "deliveries.jsonl"
    command = [sys.executable, "-m", "rehearsal.providers", "--port", "0", "--record", str(record)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        text = sender(TwilioText, process.stdout.readline().strip())
        sent = text.send(outbound())
        process.kill()
    with pytest.raises(SendDelayed):  # a kept connection that died meanwhile is noticed before it is used
        text.send(outbound())
    (delivery,) = recorded(record)
    assert (delivery.provider_id, delivery.contact_id) == (sent.provider_id, "LN-1/sms 1&2")
