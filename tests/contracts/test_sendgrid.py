"""SendGrid's real client against the rehearsal server."""

import json
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.errors import Meaning, SendDelayed, SendRefused, SendUncertain
from activities.outbound import Outbound
from activities.sendgrid import SendGridEmail
from rehearsal import faults
from rehearsal.faults import Fault
from rehearsal.providers import RehearsalProviders
from rehearsal.wire import Delivery
from tests.contracts import Contract

KEY, OURS, THEIRS = "SG.our-secret-key", "collections@example.com", "li.lei@example.org"
SUBJECT, WORDS = "您的贷款 LN-1", "尊敬的客户：\n您有 CNY 8,400.00 逾期。"
UNCERTAIN = (
    faults.fails_after_accepting(),
    faults.fails_after_accepting(502),
    faults.silent_after_accepting(),
    faults.dropped_after_accepting(),
)


@pytest.fixture
def providers() -> Iterator[RehearsalProviders]:
    with RehearsalProviders(key=KEY) as providers:
        yield providers


def sender(url: str, timeout: float = 5.0, key: str = KEY) -> SendGridEmail:
    return SendGridEmail(key, OURS, "Example Bank", host=url, timeout=timeout)


def outbound(to: str = THEIRS, subject: str = SUBJECT, link: str = "") -> Outbound:
    at, most = datetime(2026, 3, 5, 10, tzinfo=UTC), timedelta(hours=2)
    return Outbound("LN-1/email 1&2", "email", "zh", to, "Li Lei", subject, WORDS, at, most, link)


def mail(providers: RehearsalProviders) -> dict[str, object]:
    asked, _ = providers.exchanges[-1]
    return dict(json.loads(asked.body))


def test_an_email_is_accepted_once_with_the_contact_id_in_its_events(providers: RehearsalProviders) -> None:
    sent = sender(providers.url).send(outbound())
    expected = Delivery("email", THEIRS, WORDS, SUBJECT, "LN-1/email 1&2", sent.provider_id, 1)
    assert providers.deliveries == (expected,)
    assert sent.provider == "sendgrid"
    assert mail(providers)["from"] == {"email": OURS, "name": "Example Bank"}
    assert "headers" not in mail(providers)


def test_an_email_says_how_to_unsubscribe_where_there_is_a_page_for_it(providers: RehearsalProviders) -> None:
    sender(providers.url).send(outbound(link="https://loans.example.com/p/K7mXq2RtVw9Zab"))
    assert mail(providers)["headers"] == {
        "List-Unsubscribe": "<https://loans.example.com/p/K7mXq2RtVw9Zab/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_refusal_is_final(providers: RehearsalProviders, status: int) -> None:
    providers.arrange(faults.refused(status=status), channel="email")
    with pytest.raises(SendRefused, match=f"HTTP {status}") as refusal:
        sender(providers.url).send(outbound())
    assert refusal.value.meaning is Meaning.REFUSED
    assert not providers.deliveries


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_our_key_is_our_configuration(providers: RehearsalProviders, status: int) -> None:
    providers.arrange(faults.refused(status=status))
    with pytest.raises(SendRefused) as refusal:
        sender(providers.url).send(outbound())
    assert refusal.value.meaning is Meaning.OUR_CONFIGURATION


def test_the_rehearsal_refuses_what_sendgrid_refuses(providers: RehearsalProviders) -> None:
    for email, wrong, meaning in (
        (sender(providers.url), outbound(to="li.lei"), Meaning.BAD_CONTACT_POINT),
        (sender(providers.url), outbound(subject=""), Meaning.REFUSED),
        (sender(providers.url, key="SG.another"), outbound(), Meaning.OUR_CONFIGURATION),
        (SendGridEmail(KEY, "nobody", "", host=providers.url), outbound(), Meaning.OUR_CONFIGURATION),
    ):
        with pytest.raises(SendRefused) as refusal:
            email.send(wrong)
        assert refusal.value.meaning is meaning
    assert not providers.deliveries


@pytest.mark.parametrize(("seconds", "later"), [(17, timedelta(seconds=17)), (None, None)])
def test_too_many_requests_means_later(
    providers: RehearsalProviders, seconds: int | None, later: timedelta | None
) -> None:
    providers.arrange(faults.too_many_requests(seconds))
    with pytest.raises(SendDelayed) as delay:
        sender(providers.url).send(outbound())
    assert delay.value.retry_after == later
    assert not providers.deliveries


def test_a_refused_connection_means_later() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(SendDelayed):
            sender(f"http://127.0.0.1:{unheard.getsockname()[1]}").send(outbound())


def test_an_unknown_host_means_later() -> None:
    with pytest.raises(SendDelayed):
        sender("http://sendgrid.invalid").send(outbound())


def test_a_connection_that_is_not_made_in_time_means_later() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
        pytest.raises(SendDelayed),
    ):
        sender(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.3).send(outbound())


@pytest.mark.parametrize("fault", UNCERTAIN)
def test_no_clear_answer_is_uncertain_and_the_request_is_not_repeated(
    providers: RehearsalProviders, fault: Fault
) -> None:
    providers.arrange(fault)
    with pytest.raises(SendUncertain):
        sender(providers.url, timeout=0.3).send(outbound())
    assert len(providers.deliveries) == 1
    assert len(providers.exchanges) == 1


def test_a_dropped_connection_is_uncertain_even_if_nothing_was_accepted(
    providers: RehearsalProviders,
) -> None:
    providers.arrange(faults.dropped())
    with pytest.raises(SendUncertain):
        sender(providers.url).send(outbound())
    assert not providers.deliveries


def test_a_yes_without_an_id_is_uncertain(providers: RehearsalProviders) -> None:
    providers.arrange(Fault(accepted=True, status=202))
    with pytest.raises(SendUncertain):
        sender(providers.url).send(outbound())


@pytest.mark.parametrize("fault", [*UNCERTAIN, faults.refused(), faults.too_many_requests(3)])
def test_an_error_never_repeats_the_address_the_words_or_our_key(
    providers: RehearsalProviders, fault: Fault
) -> None:
    providers.arrange(fault)
    with pytest.raises((SendRefused, SendDelayed, SendUncertain)) as raised:
        sender(providers.url, timeout=0.3).send(outbound())
    assert raised.value.__cause__ is None
    for secret in (THEIRS, "8,400.00", "Li Lei", KEY, SUBJECT):
        assert secret not in f"{raised.value!r} {raised.value}"


def test_the_library_writes_nothing_personal_into_a_debug_log(
    providers: RehearsalProviders, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sender(providers.url).send(outbound())
    assert KEY not in caplog.text
    assert THEIRS not in caplog.text


def test_emails_are_as_sendgrids_document_says(providers: RehearsalProviders) -> None:
    contract = Contract("tsg_mail_v3.json", "/v3/mail/send")
    email = sender(providers.url)
    email.send(outbound(link="https://loans.example.com/p/K7mXq2RtVw9Zab"))
    for fault in (faults.refused(), faults.fails_after_accepting()):
        providers.arrange(fault)
        with pytest.raises((SendRefused, SendUncertain)):
            email.send(outbound())
    assert [answer.status for _, answer in providers.exchanges] == [202, 400, 500]
    for asked, answer in providers.exchanges:
        contract.judge(asked, answer)
