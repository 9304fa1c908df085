"""Twilio's and SendGrid's wire APIs on loopback, with faults on demand: intended for development only.

Nothing leaves this machine; every answer carries `X-Rehearsal: true`. A process says its address first:

    python -m rehearsal.providers --port 0 --record deliveries.jsonl
"""

import argparse
import base64
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

TWILIO = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/(Messages|Calls)(?:/((?:SM|CA)[0-9a-f]{32}))?\.json"
)
E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_TEXT = 1600


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message a provider accepted; whether its sender ever heard so is another matter."""

    channel: str
    to: str
    body: str
    subject: str
    contact_id: str
    provider_id: str
    order: int = 0


class Ending(Enum):
    """How an exchange ends for the client."""

    ANSWERED = auto()
    SILENT = auto()
    DROPPED = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request: is the message accepted, and what does the client hear?"""

    accepted: bool = False
    ending: Ending = Ending.ANSWERED
    status: int = 400
    code: int = 0
    retry_after: int | None = None
    problem: bool = False
    """Say it as a problem document (RFC 9457), as some of Twilio's services do."""


def too_many_requests(retry_after: int | None = None) -> Fault:
    """Turned away at the door, perhaps with the seconds to wait."""
    return Fault(status=429, code=20429, retry_after=retry_after)


def refused(code: int = 0, status: int = 400, problem: bool = False) -> Fault:
    """A plain no: Twilio says it by code, SendGrid by HTTP status."""
    return Fault(status=status, code=code, problem=problem)


def fails_after_accepting(status: int = 500) -> Fault:
    """The message goes out, and the answer says that something broke."""
    return Fault(accepted=True, status=status, code=20500)


def silent_after_accepting() -> Fault:
    """No answer at all, until the client gives up."""
    return Fault(accepted=True, ending=Ending.SILENT)


def dropped() -> Fault:
    """The connection closes without an answer and nothing was accepted; the client cannot know that."""
    return Fault(ending=Ending.DROPPED)


def dropped_after_accepting() -> Fault:
    """The message goes out, and the connection closes without an answer."""
    return Fault(accepted=True, ending=Ending.DROPPED)


@dataclass(slots=True)
class _Arranged:
    fault: Fault
    channel: str | None
    to: str | None
    when: Callable[[Delivery], bool] | None
    left: int

    def concerns(self, one: Delivery) -> bool:
        return (
            self.channel in (None, one.channel)
            and self.to in (None, one.to)
            and (self.when is None or self.when(one))
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire, if it does."""

    status: int
    payload: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.ANSWERED
    delivery: Delivery | None = None


class RehearsalProviders:
    """Both providers in one loopback server, with a memory of what they accepted.

    `on_delivery` is called after the answer was written (or withheld), in the thread of that connection.
    Any credentials will do, as long as they have the right form, unless `token` or `key` is given.
    """

    def __init__(
        self,
        record: Path | None = None,
        on_delivery: Callable[[Delivery], None] | None = None,
        port: int = 0,
        token: str | None = None,
        key: str | None = None,
    ) -> None:
        self.exchanges: deque[tuple[Asked, Answer]] = deque(maxlen=100)
        """The latest requests and answers, for tests of the contract."""
        self.on_delivery = on_delivery
        self._token, self._key = token, key
        self._record = record.open("a", encoding="utf-8", buffering=1) if record else None
        self._deliveries: list[Delivery] = []
        self._arranged: list[_Arranged] = []
        self._resources: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self._record:
            self._record.close()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything accepted so far, in order."""
        with self._lock:
            return tuple(self._deliveries)

    def arrange(
        self,
        fault: Fault,
        *,
        channel: str | None = None,
        to: str | None = None,
        when: Callable[[Delivery], bool] | None = None,
        times: int = 1,
    ) -> None:
        """Let the next request (or the next few) that match every condition given go wrong."""
        with self._lock:
            self._arranged.append(_Arranged(fault, channel, to, when, times))

    def answer(self, asked: Asked) -> Answer:
        """What the provider says to a request."""
        if matched := TWILIO.fullmatch(asked.path):
            answer = self._twilio(asked, *matched.groups())
        elif (asked.method, asked.path) == ("POST", "/v3/mail/send"):
            answer = self._mail(asked)
        else:
            answer = _twilio_error(404, 20404, f"The requested resource {asked.path} was not found")
        self.exchanges.append((asked, answer))
        return answer

    def _twilio(self, asked: Asked, account: str, kind: str, sid: str | None) -> Answer:
        user, token = _basic(asked.headers.get("Authorization", ""))
        if user != account or not token or token != (self._token or token):
            return _twilio_error(401, 20003, "Authenticate")
        if asked.method == "GET" and sid:
            with self._lock:
                found = self._resources.get(sid)
            return Answer(200, found) if found else _twilio_error(404, 20404, f"{sid} was not found")
        if asked.method != "POST" or sid:
            return _twilio_error(405, 20004, "Method not allowed")
        form = {name: values[-1] for name, values in parse_qs(asked.body).items()}
        if complaint := _complaint(kind, form):
            return complaint
        new = f"{'SM' if kind == 'Messages' else 'CA'}{uuid4().hex}"
        callback = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
        delivery = Delivery(
            channel="sms" if kind == "Messages" else "call",
            to=form["To"],
            body=form["Body"] if kind == "Messages" else _spoken(form["Twiml"]) or "",
            subject="",
            contact_id=callback.get("contact", [""])[0],
            provider_id=new,
        )
        resource = _text(account, new, form) if kind == "Messages" else _call(account, new, form)
        return self._settle(delivery, Answer(201, resource))

    def _mail(self, asked: Asked) -> Answer:
        scheme, _, key = asked.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key or key != (self._key or key):
            return _mail_error(401, "The provided authorization grant is invalid, expired, or revoked")
        try:
            mail = json.loads(asked.body)
            person = mail["personalizations"][0]
            to, sender = person["to"][0]["email"], mail["from"]["email"]
            subject, content = mail["subject"], mail["content"][0]["value"]
        except (ValueError, LookupError, TypeError):
            return _mail_error(400, "Bad Request")
        for name, wrong in (
            ("personalizations.0.to.0.email", "@" not in to),
            ("from.email", "@" not in sender),
            ("subject", not subject),
            ("content.0.value", not content),
        ):
            if wrong:
                return _mail_error(400, f"{name} is missing or not valid", name)
        new = uuid4().hex
        contact = person.get("custom_args", {}).get("contact", "")
        delivery = Delivery("email", to, content, subject, contact, new)
        return self._settle(delivery, Answer(202, headers={"X-Message-Id": new}))

    def _settle(self, candidate: Delivery, accepted: Answer) -> Answer:
        """Accept the message or not, and answer the truth or not, as arranged."""
        with self._lock:
            fault = self._take(candidate)
            delivery = None
            if fault is None or fault.accepted:
                delivery = replace(candidate, order=len(self._deliveries) + 1)
                self._deliveries.append(delivery)
                if accepted.payload:
                    self._resources[delivery.provider_id] = dict(accepted.payload)
                if self._record:
                    self._record.write(json.dumps(asdict(delivery), ensure_ascii=False) + "\n")
        answer = _faulty(fault, candidate) if fault else accepted
        return replace(answer, delivery=delivery)

    def _take(self, candidate: Delivery) -> Fault | None:
        for arranged in self._arranged:
            if arranged.concerns(candidate):
                arranged.left -= 1
                if arranged.left == 0:
                    self._arranged.remove(arranged)
                return arranged.fault
        return None


def recorded(record: Path) -> list[Delivery]:
    """The deliveries another process has put on record."""
    return [Delivery(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]


def _complaint(kind: str, form: Mapping[str, str]) -> Answer | None:
    """The vendor's refusals that cost nothing to play."""
    text = kind == "Messages"
    for wrong, code, message in (
        ("To" not in form, 21604 if text else 21201, "A 'To' phone number is required."),
        ("From" not in form, 21603 if text else 21213, "A 'From' phone number is required."),
        (text and "Body" not in form, 21602, "Message body is required."),
        (not text and "Twiml" not in form, 21205, "Url parameter is required."),
        (not text and _spoken(form.get("Twiml", "")) is None, 12100, "Document parse failure"),
        (not E164.fullmatch(form.get("To", "")), 21211, f"Invalid 'To' Phone Number: {form.get('To')}"),
        (len(form.get("Body", "")) > LONGEST_TEXT, 21617, "Message body exceeds the 1600 character limit"),
    ):
        if wrong:
            return _twilio_error(400, code, message)
    return None


def _faulty(fault: Fault, candidate: Delivery) -> Answer:
    # The vendors' sentences quote the request; so do ours, so that a client repeating them fails its tests.
    message = f"The message to {candidate.to} failed: {candidate.body}"
    if candidate.channel == "email":
        answer = _mail_error(fault.status, message)
    elif fault.problem:
        about = {"type": _more_info(fault.code), "title": "Refused", "detail": message}
        answer = Answer(fault.status, about | {"status": fault.status, "code": fault.code})
    else:
        answer = _twilio_error(fault.status, fault.code, message)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return replace(answer, headers=headers, ending=fault.ending)


def _twilio_error(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"code": code, "message": message, "more_info": _more_info(code), "status": status})


def _mail_error(status: int, message: str, name: str | None = None) -> Answer:
    return Answer(status, {"errors": [{"message": message, "field": name}]})


def _more_info(code: int) -> str:
    return f"https://www.twilio.com/docs/errors/{code}"


def _basic(header: str) -> tuple[str, str]:
    scheme, _, given = header.partition(" ")
    try:
        user, _, password = base64.b64decode(given).decode().partition(":")
    except ValueError:
        return "", ""
    return (user, password) if scheme == "Basic" else ("", "")


def _spoken(twiml: str) -> str | None:
    try:
        return "".join(ElementTree.fromstring(twiml).itertext())
    except ElementTree.ParseError:
        return None


def _resource(account: str, kind: str, sid: str, form: Mapping[str, str]) -> dict[str, object]:
    now = format_datetime(datetime.now(UTC))
    path = f"/2010-04-01/Accounts/{account}/{kind}/{sid}"
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "from": form["From"],
        "to": form["To"],
        "status": "queued",
        "price": None,
        "price_unit": "USD",
        "uri": f"{path}.json",
        "subresource_uris": {},
    }


def _text(account: str, sid: str, form: Mapping[str, str]) -> dict[str, object]:
    one = 160 if form["Body"].isascii() else 70
    return _resource(account, "Messages", sid, form) | {
        "body": form["Body"],
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(-(-len(form["Body"]) // one)),
    }


def _call(account: str, sid: str, form: Mapping[str, str]) -> dict[str, object]:
    empty = "parent_call_sid phone_number_sid start_time end_time duration answered_by forwarded_from"
    return _resource(account, "Calls", sid, form) | {
        "to_formatted": form["To"],
        "from_formatted": form["From"],
        "queue_time": "0",
        **dict.fromkeys((*empty.split(), "group_sid", "caller_name", "trunk_sid")),
    }


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], providers: RehearsalProviders) -> None:
        super().__init__(address, _Connection)
        self.providers = providers


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Rehearsal"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        providers = self.server.providers
        answer = providers.answer(Asked(self.command, urlsplit(self.path).path, dict(self.headers), body))
        if answer.ending is Ending.ANSWERED:
            self._write(answer)
        else:
            self.close_connection = True
        if answer.delivery and providers.on_delivery:
            providers.on_delivery(answer.delivery)
        if answer.ending is Ending.SILENT:
            with suppress(ConnectionError):
                self.rfile.read(1)  # returns when the client hangs up

    do_GET = do_POST

    def _write(self, answer: Answer) -> None:
        payload = b"" if answer.payload is None else json.dumps(answer.payload, ensure_ascii=False).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if payload:
            self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("X-Rehearsal", "true")
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a rehearsal of ten thousand journeys would fill the screen."""


def main() -> None:
    """Play both providers until stopped."""
    parser = argparse.ArgumentParser(description="Twilio's and SendGrid's wire APIs on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    parser.add_argument("--record", type=Path, help="append what is accepted to this file, as JSON lines")
    arguments = parser.parse_args()
    with RehearsalProviders(arguments.record, port=arguments.port) as providers, suppress(KeyboardInterrupt):
        print(providers.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
