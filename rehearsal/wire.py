"""The shapes that go over the wire: what Twilio and SendGrid are asked, and what they answer."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree

from rehearsal.faults import Ending, Fault

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
    callback: str = ""
    """Where its sender wants to hear of it."""
    says: Sequence[Mapping[str, str]] = ()


def complaint(kind: str, form: Mapping[str, str]) -> Answer | None:
    """The vendor's refusals that cost nothing to play."""
    text = kind == "Messages"
    for wrong, code, message in (
        ("To" not in form, 21604 if text else 21201, "A 'To' phone number is required."),
        ("From" not in form, 21603 if text else 21213, "A 'From' phone number is required."),
        (text and "Body" not in form, 21602, "Message body is required."),
        (not text and "Twiml" not in form, 21205, "Url parameter is required."),
        (not text and spoken(form.get("Twiml", "")) is None, 12100, "Document parse failure"),
        (not E164.fullmatch(form.get("To", "")), 21211, f"Invalid 'To' Phone Number: {form.get('To')}"),
        (len(form.get("Body", "")) > LONGEST_TEXT, 21617, "Message body exceeds the 1600 character limit"),
    ):
        if wrong:
            return twilio_error(400, code, message)
    return None


def faulty(fault: Fault, candidate: Delivery) -> Answer:
    """The answer of a provider that something is wrong with."""
    # The vendors' sentences quote the request; so do ours, so that a client repeating them fails its tests.
    message = f"The message to {candidate.to} failed: {candidate.body}"
    if candidate.channel == "email":
        answer = mail_error(fault.status, message)
    elif fault.problem:
        about = {"type": _more_info(fault.code), "title": "Refused", "detail": message}
        answer = Answer(fault.status, about | {"status": fault.status, "code": fault.code})
    else:
        answer = twilio_error(fault.status, fault.code, message)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return replace(answer, headers=headers, ending=fault.ending)


def twilio_error(status: int, code: int, message: str) -> Answer:
    """A refusal in Twilio's words: by code."""
    return Answer(status, {"code": code, "message": message, "more_info": _more_info(code), "status": status})


def mail_error(status: int, message: str, name: str | None = None) -> Answer:
    """A refusal in SendGrid's words: by status."""
    return Answer(status, {"errors": [{"message": message, "field": name}]})


def _more_info(code: int) -> str:
    return f"https://www.twilio.com/docs/errors/{code}"


def basic(header: str) -> tuple[str, str]:
    """User and password of a Basic authorization, empty where it is none."""
    scheme, _, given = header.partition(" ")
    try:
        user, _, password = base64.b64decode(given).decode().partition(":")
    except ValueError:
        return "", ""
    return (user, password) if scheme == "Basic" else ("", "")


def spoken(twiml: str) -> str | None:
    """What a call would say; None where it is not TwiML."""
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


def text(account: str, sid: str, form: Mapping[str, str]) -> dict[str, object]:
    """A text as Twilio shows it."""
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


def call(account: str, sid: str, form: Mapping[str, str]) -> dict[str, object]:
    """A call as Twilio shows it."""
    empty = "parent_call_sid phone_number_sid start_time end_time duration answered_by forwarded_from"
    return _resource(account, "Calls", sid, form) | {
        "to_formatted": form["To"],
        "from_formatted": form["From"],
        "queue_time": "0",
        **dict.fromkeys((*empty.split(), "group_sid", "caller_name", "trunk_sid")),
    }
