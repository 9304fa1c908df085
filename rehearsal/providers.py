"""Twilio's and SendGrid's wire APIs on loopback, with faults on demand: intended for development only.

Nothing leaves this machine; every answer carries `X-Rehearsal: true`. A process says its address first:

    python -m rehearsal.providers --port 0 --record deliveries.jsonl
"""

import argparse
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from rehearsal import wire
from rehearsal.callbacks import Callbacks
from rehearsal.faults import Ending, Fault
from rehearsal.wire import Answer, Asked, Delivery

TWILIO = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/(Messages|Calls)(?:/((?:SM|CA)[0-9a-f]{32}))?\.json"
)


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
        self.callbacks: Callbacks | None = None
        """Who tells what became of messages, while anybody does."""
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
            answer = wire.twilio_error(404, 20404, f"The requested resource {asked.path} was not found")
        self.exchanges.append((asked, answer))
        return answer

    def _twilio(self, asked: Asked, account: str, kind: str, sid: str | None) -> Answer:
        user, token = wire.basic(asked.headers.get("Authorization", ""))
        if user != account or not token or token != (self._token or token):
            return wire.twilio_error(401, 20003, "Authenticate")
        if asked.method == "GET" and sid:
            with self._lock:
                found = self._resources.get(sid)
            return Answer(200, found) if found else wire.twilio_error(404, 20404, f"{sid} was not found")
        if asked.method != "POST" or sid:
            return wire.twilio_error(405, 20004, "Method not allowed")
        form = {name: values[-1] for name, values in parse_qs(asked.body).items()}
        if complaint := wire.complaint(kind, form):
            return complaint
        new = f"{'SM' if kind == 'Messages' else 'CA'}{uuid4().hex}"
        callback = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
        delivery = Delivery(
            channel="sms" if kind == "Messages" else "call",
            to=form["To"],
            body=form["Body"] if kind == "Messages" else wire.spoken(form["Twiml"]) or "",
            subject="",
            contact_id=callback.get("contact", [""])[0],
            provider_id=new,
        )
        resource = wire.text(account, new, form) if kind == "Messages" else wire.call(account, new, form)
        return self._settle(delivery, Answer(201, resource, callback=form.get("StatusCallback", "")))

    def _mail(self, asked: Asked) -> Answer:
        scheme, _, key = asked.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key or key != (self._key or key):
            return wire.mail_error(401, "The provided authorization grant is invalid, expired, or revoked")
        try:
            mail = json.loads(asked.body)
            person = mail["personalizations"][0]
            to, sender = person["to"][0]["email"], mail["from"]["email"]
            subject, content = mail["subject"], mail["content"][0]["value"]
        except (ValueError, LookupError, TypeError):
            return wire.mail_error(400, "Bad Request")
        for name, wrong in (
            ("personalizations.0.to.0.email", "@" not in to),
            ("from.email", "@" not in sender),
            ("subject", not subject),
            ("content.0.value", not content),
        ):
            if wrong:
                return wire.mail_error(400, f"{name} is missing or not valid", name)
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
        answer = wire.faulty(fault, candidate) if fault and not fault.plain else accepted
        says = fault.says if fault else ()
        return replace(answer, delivery=delivery, callback=accepted.callback, says=says)

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
        if answer.delivery and providers.callbacks:
            providers.callbacks.after(answer.delivery, answer.callback, answer.says)
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
