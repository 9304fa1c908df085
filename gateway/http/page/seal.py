"""What a browser brings back and must not have made itself: sessions and forms, sealed with our keys."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from workers.codec import KeyRing

SESSION = timedelta(minutes=30)
_PURPOSE = b"collection-journeys/borrowers-page/1"


class Seal:
    """The newest key of the ring seals, each of them is known: a rotation ends no session."""

    def __init__(self, ring: KeyRing) -> None:
        self._keys = [
            hmac.digest(key, _PURPOSE, hashlib.sha256) for key in reversed(list(ring.keys.values()))
        ]

    def session(self, link: str, at: datetime) -> str:
        """A borrower has confirmed; it holds for this link alone, and not for long."""
        return self._sealed(str(int((at + SESSION).timestamp())), "session", link)

    def holds(self, session: str, link: str, at: datetime) -> bool:
        """Whether it is a session of ours, of this link, that has not ended."""
        until = self._opened(session, "session", link)
        return until is not None and at.timestamp() < int(until)

    def form(self, link: str, session: str) -> str:
        """A form we have shown in this session, each with a key of its own: sent twice it is the same."""
        return self._sealed(secrets.token_hex(8), "form", link, session)

    def sent(self, form: str, link: str, session: str) -> str | None:
        """The key of the form; None where it is none of ours, or of another session."""
        return self._opened(form, "form", link, session)

    def _sealed(self, value: str, *bound_to: str) -> str:
        return f"{value}.{_mac(self._keys[0], value, *bound_to).decode()}"

    def _opened(self, text: str, *bound_to: str) -> str | None:
        value, _, seal = text.partition(".")
        ours = [hmac.compare_digest(_mac(key, value, *bound_to), seal.encode()) for key in self._keys]
        return value if any(ours) else None


def _mac(key: bytes, *parts: str) -> bytes:
    digest = hmac.digest(key, "\0".join(parts).encode(errors="replace"), hashlib.sha256)
    return urlsafe_b64encode(digest[:16]).rstrip(b"=")
