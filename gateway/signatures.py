"""Who signed a webhook: Standard Webhooks, and Stripe's scheme; both sign the time with the raw body.

By hand, not by the vendors' libraries: these take the time from the clock, Stripe's lets a future one pass,
and Base64 that somebody has altered reads the same to them.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from starlette.datastructures import Headers

TOLERANCE = timedelta(seconds=300)
"""How far the signed time may lie from ours, before it or after."""
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


class Unsigned(ValueError):
    """Nobody who shares a secret with us signed this, or not now; the text says what is wrong."""


def standard(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """The id of a webhook that is signed as Standard Webhooks has it; raises `Unsigned`."""
    id, seconds, given = (_only(headers, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    _timely(seconds, now)
    signed = f"{id}.{seconds}.".encode("latin-1") + body
    right = [f"v1,{b64encode(_mac(standard_key(one), signed)).decode()}" for one in secrets]
    _matches(given.split(" "), right)
    return id


def stripe(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Whether Stripe signed it; raises `Unsigned`."""
    parts = [part.partition("=") for part in _only(headers, "stripe-signature").split(",")]
    times = [value for key, _, value in parts if key == "t"]
    if len(times) != 1:
        raise Unsigned("stripe-signature holds no time, or several")
    _timely(times[0], now)
    signed = f"{times[0]}.".encode() + body
    _matches(
        [value for key, _, value in parts if key == "v1"],
        [_mac(one.encode(), signed).hex() for one in secrets],
    )


def standard_key(secret: str) -> bytes:
    """The bytes of a secret such as whsec_…; raises ValueError."""
    text = secret.removeprefix("whsec_")
    key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    if len(key) < 16:
        raise ValueError("too short")
    return key


def _only(headers: Headers, name: str) -> str:
    values = headers.getlist(name)
    if len(values) != 1 or not values[0]:
        raise Unsigned(f"the header {name} is missing" if not values else f"the header {name} is not one")
    return values[0]


def _timely(seconds: str, now: datetime) -> None:
    if not _SECONDS.fullmatch(seconds) or abs(int(seconds) - now.timestamp()) > TOLERANCE.total_seconds():
        raise Unsigned(f"the signed time is not within {TOLERANCE.seconds} seconds of ours")


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _matches(given: Iterable[str], right: Iterable[str]) -> None:
    """Every pair is compared, each in the same time, whichever matches."""
    pairs = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in right]
    if not any(pairs):
        raise Unsigned("no signature is of a secret that is set here")
