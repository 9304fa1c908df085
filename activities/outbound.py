"""What leaves the house, and what is known when it has left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message ready to leave: the only value in the system that carries a person's address and words."""

    contact_id: str
    channel: str
    language: str
    to: str
    """E-mail address, E.164 number or postal address (lines separated by newlines), as the channel needs."""
    name: str
    subject: str
    body: str
    at: datetime
    """Business time of the contact (UTC)."""
    valid_for: timedelta | None = None
    """How long the provider may still deliver it: what is left of the permitted window."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it."""

    provider: str
    provider_id: str


class Sender(Protocol):
    """A way out: one provider, one request, no repeats of its own.

    `send` blocks (it runs in a thread) and returns only when the provider said yes. Otherwise it raises
    `SendRefused` (final), `SendDelayed` (nothing left the house) or `SendUncertain` (it may have).
    """

    def send(self, outbound: Outbound) -> Sent: ...
