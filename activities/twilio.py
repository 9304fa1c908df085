"""Texts and automated calls through Twilio, and what it says of them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from requests import ConnectTimeout, RequestException
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse
from urllib3.exceptions import NewConnectionError

from activities.errors import Meaning, SendDelayed, SendRefused, SendUncertain
from activities.inbound import NotUnderstood, Reply, Report
from activities.outbound import Outbound, Sent
from journeys.borrower import Channel
from journeys.facts import Delivery

LONGEST_VALIDITY = 36_000
"""Seconds; Twilio takes nothing above ten hours."""
RING_FOR = 30
"""Seconds a call rings: about six tones, then we give up."""
CALL_FOR = 180
"""Seconds after which Twilio hangs up, whatever is being said."""
VOICES = {"zh": ("zh-CN", "Polly.Zhiyu"), "en": ("en-US", "Polly.Joanna")}
MEANINGS = {
    21610: Meaning.OPTED_OUT,
    **dict.fromkeys((21211, 21614, 21217, 30004, 30005, 30006), Meaning.BAD_CONTACT_POINT),
    **dict.fromkeys((20003, 21606, 21703, 30002, 30032, 30034), Meaning.OUR_CONFIGURATION),
    **dict.fromkeys((30003, 30008, 30017), Meaning.TEMPORARY),
    **dict.fromkeys((30022, 30023), Meaning.CAPPED),
    30007: Meaning.FILTERED,
}
NO_SUCH_NUMBER = (21211, 21217, 30005)
"""Codes by which the number leads nowhere at all: it is not called either."""
NOT_IN_SERVICE = ("404", "410", "604")
"""What the carrier of a call answers, in SIP, where there is no such number."""
DELIVERIES: Mapping[str, Delivery] = {
    **dict.fromkeys(("queued", "accepted", "scheduled", "sending", "initiated"), "queued"),
    **dict.fromkeys(("sent", "ringing"), "sent"),
    **dict.fromkeys(("undelivered", "failed", "canceled", "busy", "no-answer"), "undelivered"),
    **dict.fromkeys(("delivered", "partially_delivered", "read", "in-progress", "completed"), "delivered"),
}
"""What Twilio's statuses of texts and of calls come to."""
FORM = "application/x-www-form-urlencoded"
NO_ANSWER = str(MessagingResponse())
"""What Twilio is to do about a text that came in: nothing."""


class _Line(TwilioHttpClient):  # type: ignore[misc]  # the SDK carries no types
    """Twilio's own HTTP client with a timeout, pointed at another host in rehearsal."""

    def __init__(self, base_url: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base_url) if base_url else None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if self._base:
            url = urlunsplit(urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        response = super().request(method, url, *args, **kwargs)
        if response.status_code == 429:  # said here because the SDK's exceptions lose the header
            wait = str(response.headers.get("Retry-After", ""))
            retry_after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
            raise SendDelayed("Twilio takes no more requests for now (HTTP 429)", retry_after)
        return response


class _Twilio:
    """What texts and calls have in common: the account, the callback address, the reading of answers."""

    def __init__(
        self,
        account: str,
        token: str,
        from_number: str,
        base_url: str | None = None,
        status_callback_base: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._client = Client(account, token, http_client=_Line(base_url, timeout))
        self._from, self._callbacks = from_number, status_callback_base

    def send(self, outbound: Outbound) -> Sent:
        try:
            made = self._create(outbound, _seconds_left(outbound))
        except (TwilioException, RequestException, ValueError) as error:
            raise _meant(error) from None  # the cause would carry the account and the request with it
        if not made.sid:
            raise SendUncertain("Twilio said yes without an id: wait for its callback, do not send again")
        return Sent("twilio", made.sid)

    def _create(self, outbound: Outbound, seconds_left: int | None) -> Any:
        """Post the one request; gives back the SDK's resource."""
        raise NotImplementedError

    def _callback(self, contact_id: str) -> str | object:
        """Brings our id back with Twilio's, even where the reply to the request was lost."""
        return f"{self._callbacks}?{urlencode({'contact': contact_id})}" if self._callbacks else values.unset


class TwilioText(_Twilio):
    """Sends texts; Twilio drops what it cannot deliver while the permitted hours last."""

    def _create(self, outbound: Outbound, seconds_left: int | None) -> Any:
        return self._client.messages.create(
            to=outbound.to,
            from_=self._from,
            body=outbound.body,
            validity_period=values.unset if seconds_left is None else min(seconds_left, LONGEST_VALIDITY),
            status_callback=self._callback(outbound.contact_id),
        )


class TwilioCall(_Twilio):
    """Calls and reads the message aloud."""

    def _create(self, outbound: Outbound, seconds_left: int | None) -> Any:
        language, voice = VOICES[outbound.language]
        spoken = VoiceResponse()
        spoken.say(outbound.body, language=language, voice=voice)
        return self._client.calls.create(
            to=outbound.to,
            from_=self._from,
            twiml=str(spoken),
            timeout=RING_FOR if seconds_left is None else min(seconds_left, RING_FOR),
            time_limit=CALL_FOR,
            status_callback=self._callback(outbound.contact_id),
        )


def _seconds_left(outbound: Outbound) -> int | None:
    if outbound.valid_for is None:
        return None
    left = int(outbound.valid_for.total_seconds())
    if left < 1:
        raise SendDelayed(f"the permitted window for this {outbound.channel} has closed")
    return left


def _meant(error: Exception) -> SendRefused | SendDelayed | SendUncertain:
    """Twilio's failures in our three words, without Twilio's sentences: those repeat numbers."""
    match error:
        case TwilioRestException() | TwilioServiceException() if 400 <= error.status < 500:
            meaning = MEANINGS.get(error.code or 0, Meaning.REFUSED)
            return SendRefused(meaning, f"Twilio refused: code {error.code}, HTTP {error.status}")
        case TwilioRestException() | TwilioServiceException():
            what = f"HTTP {error.status}"
        case RequestException() if _never_left(error):
            return SendDelayed("Twilio could not be reached: no connection was made")
        case _:
            what = type(error).__name__
    return SendUncertain(f"no clear answer from Twilio ({what}): wait for its callback, do not send again")


def _never_left(error: RequestException) -> bool:
    """Refused, unresolved or not connected in time. All else may have happened after the request left."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, ConnectTimeout) or isinstance(reason, NewConnectionError)


# ── what comes in ────────────────────────────────────────────────────────────────────────────────


class _Form(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        """As the SDK asks for values that may be several."""
        return self[name]


def signed(token: str, url: str, media: str, body: bytes, signature: str) -> Mapping[str, str] | None:
    """What a request says that Twilio signed with our token for this very URL; None for any other."""
    if not token or not signature.isascii():
        return None
    validator = RequestValidator(token)
    try:
        text = body.decode()
        if media == FORM:
            form = _Form(parse_qs(text, keep_blank_values=True))
            said = {name: values[-1] for name, values in form.items()}
            return said if validator.validate(url, form, signature) else None
        signs_the_body = "bodySHA256" in parse_qs(urlsplit(url).query)
        if not signs_the_body or not validator.validate(url, text, signature):
            return None
        said = json.loads(text)
        return {name: str(value) for name, value in said.items()} if isinstance(said, dict) else None
    except ValueError:
        return None


def report(said: Mapping[str, str], contact: str) -> Report:
    """What became of a text or a call; raises `NotUnderstood`."""
    channel = Channel.CALL if "CallSid" in said else Channel.SMS
    sid, status = ("CallSid", "CallStatus") if channel is Channel.CALL else ("MessageSid", "MessageStatus")
    for name in (sid, status, "To"):
        if name not in said:
            raise NotUnderstood(f"a status callback of Twilio's has a {name}; this one has none")
    if said[status] not in DELIVERIES:
        raise NotUnderstood(f"Twilio's {status} is none that we know: see DELIVERIES in activities/twilio.py")
    code = int(said["ErrorCode"]) if said.get("ErrorCode", "").isdecimal() else 0
    meaning = MEANINGS.get(code)
    nowhere = code in NO_SUCH_NUMBER or said.get("SipResponseCode") in NOT_IN_SERVICE
    refused = "number_refused" if meaning is Meaning.BAD_CONTACT_POINT else ""
    return Report(
        id=said[sid],
        contact=contact,
        provider="twilio",
        channel=channel,
        to=said["To"],
        delivery=DELIVERIES[said[status]],
        opted_out=meaning is Meaning.OPTED_OUT,
        fails="not_in_service" if nowhere else refused,
    )


def reply(said: Mapping[str, str], at: datetime) -> Reply:
    """A text that somebody sent us; raises `NotUnderstood`."""
    for name in ("MessageSid", "From", "Body"):
        if name not in said:
            raise NotUnderstood(f"a text that Twilio passes on has a {name}; this one has none")
    stop = said.get("OptOutType") == "STOP"
    return Reply(said["MessageSid"], at, Channel.SMS, said["From"], said["Body"], stop)
