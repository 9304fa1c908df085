"""E-mail through SendGrid, and what it says of it."""

import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from http.client import HTTPException
from socket import gaierror
from typing import Annotated, Any
from urllib.error import URLError

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook

from activities.errors import Meaning, SendDelayed, SendRefused, SendUncertain
from activities.inbound import NotUnderstood, Report
from activities.outbound import Outbound, Sent
from journeys.borrower import Channel
from journeys.facts import Delivery

# At DEBUG this library writes the key, the address and the words of every message into the log.
logging.getLogger("python_http_client").setLevel(logging.INFO)

NEVER_LEFT = (ConnectionRefusedError, gaierror, TimeoutError)
"""Reasons of a `URLError`, which urllib raises only until the last byte of the request is handed over."""
TOLERANCE = timedelta(minutes=5)
"""How far the time that SendGrid signed may lie from ours, either way."""
DELIVERIES: Mapping[str, Delivery] = {
    **dict.fromkeys(("processed", "deferred"), "queued"),
    **dict.fromkeys(("bounce", "dropped"), "undelivered"),
    **dict.fromkeys(("delivered", "open", "click", "spamreport"), "delivered"),
    **dict.fromkeys(("unsubscribe", "group_unsubscribe"), "delivered"),
}
"""What SendGrid's events come to; it has others, which say nothing of a message."""
OPTING_OUT = ("spamreport", "unsubscribe", "group_unsubscribe")
DROPPED_AS_OPTED_OUT = ("unsubscribed address", "spam reporting address")
DROPPED_AS_FAILING = ("bounced address", "invalid")
"""How the reasons begin for which SendGrid does not even try."""


class SendGridEmail:
    """Sends plain-text e-mail."""

    def __init__(
        self,
        key: str,
        from_email: str,
        from_name: str,
        host: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        api = SendGridAPIClient(key, host=host.rstrip("/")) if host else SendGridAPIClient(key)
        api.client.timeout = timeout  # without it the library waits for ever
        self._api = api
        self._from = {"email": from_email, "name": from_name}

    def send(self, outbound: Outbound) -> Sent:
        try:
            answer = self._api.send(self._mail(outbound))
        except (HTTPError, OSError, HTTPException) as error:
            raise _meant(error) from None  # the cause would carry the request with it
        message_id = answer.headers.get("X-Message-Id")
        if answer.status_code != 202 or not message_id:
            raise _uncertain(f"HTTP {answer.status_code}")
        return Sent("sendgrid", message_id)

    def _mail(self, outbound: Outbound) -> dict[str, object]:
        mail: dict[str, object] = {
            "personalizations": [
                {
                    "to": [{"email": outbound.to, "name": outbound.name}],
                    # here, not at the top level: only these come back with every event
                    "custom_args": {"contact": outbound.contact_id},
                }
            ],
            "from": self._from,
            "subject": outbound.subject,
            "content": [{"type": "text/plain", "value": outbound.body}],
        }
        if outbound.link:
            mail["headers"] = {
                "List-Unsubscribe": f"<{outbound.link}/unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        return mail


def _meant(error: Exception) -> SendRefused | SendDelayed | SendUncertain:
    """SendGrid's failures in our three words, without SendGrid's sentences: those may repeat addresses."""
    match error:
        case HTTPError(status_code=429):
            wait = str(error.headers.get("Retry-After", ""))
            retry_after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
            return SendDelayed("SendGrid takes no more requests for now (HTTP 429)", retry_after)
        case HTTPError() if 400 <= error.status_code < 500:
            return SendRefused(_meaning(error), f"SendGrid refused: HTTP {error.status_code}")
        case HTTPError():
            return _uncertain(f"HTTP {error.status_code}")
        case URLError(reason=reason) if isinstance(reason, NEVER_LEFT):
            return SendDelayed("SendGrid could not be reached: the request was never handed over")
        case _:
            return _uncertain(type(error).__name__)


def _meaning(error: HTTPError) -> Meaning:
    """SendGrid has no codes: it names the field it did not like."""
    if error.status_code in (401, 403):
        return Meaning.OUR_CONFIGURATION
    try:
        fields = [str(one.get("field")) for one in error.to_dict["errors"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Meaning.REFUSED
    if any(".to." in field for field in fields):
        return Meaning.BAD_CONTACT_POINT
    if any(field.startswith("from") for field in fields):
        return Meaning.OUR_CONFIGURATION
    return Meaning.REFUSED


def _uncertain(what: str) -> SendUncertain:
    return SendUncertain(f"no clear answer from SendGrid ({what}): wait for its event, do not send again")


# ── what comes in ────────────────────────────────────────────────────────────────────────────────


_Said = Annotated[str, BeforeValidator(lambda said: said if isinstance(said, str) else "")]


class _Event(BaseModel):
    """However strange one is, it does not keep the others of its batch from us: a stop may be among them."""

    model_config = ConfigDict(frozen=True)

    event: _Said = ""
    email: _Said = ""
    contact: _Said = ""
    sg_message_id: _Said = ""
    sg_event_id: _Said = ""
    type: _Said = ""
    reason: _Said = ""


_BATCH = TypeAdapter(list[Any])
_verifier = lru_cache(maxsize=4)(EventWebhook)


def signed(key: str, body: bytes, signature: str, timestamp: str, now: datetime) -> bool:
    """Whether SendGrid signed the body just now; `key` is the public one it shows beside its webhook."""
    if not key or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    try:
        if base64.b64encode(base64.b64decode(signature, validate=True)).decode() != signature:
            return False  # the same bytes written otherwise are not what SendGrid sent
        return bool(_verifier(key).verify_signature(body.decode(), signature, timestamp))
    except ValueError:
        return False


def reports(body: bytes) -> list[Report]:
    """What became of e-mails, in the order it is told; raises `NotUnderstood`."""
    try:
        batch = _BATCH.validate_json(body)
    except ValidationError:
        raise NotUnderstood("SendGrid's events are a JSON array") from None
    events = [_Event.model_validate(one) for one in batch if isinstance(one, dict)]
    return [_report(one) for one in events if one.event in DELIVERIES]


def _report(one: _Event) -> Report:
    why, dropped = one.reason.casefold(), one.event == "dropped"
    left = one.event in OPTING_OUT or (dropped and why.startswith(DROPPED_AS_OPTED_OUT))
    bounced = one.event == "bounce" and one.type != "blocked"  # a block is the server's, and may pass
    return Report(
        id=one.sg_message_id.partition(".")[0] or one.sg_event_id,
        contact=one.contact,
        provider="sendgrid",
        channel=Channel.EMAIL,
        to=one.email,
        delivery=DELIVERIES[one.event],
        opted_out=left,
        fails="bounced" if bounced or (dropped and why.startswith(DROPPED_AS_FAILING)) else "",
    )
