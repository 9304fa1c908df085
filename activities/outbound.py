"""What leaves the house, and what is known when it has left."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Link:
    """A link to the borrower's page; its token is nowhere but in the message."""

    address: str = field(repr=False)
    id: str
    """The token's digest."""
    issued_at: datetime
    expires_at: datetime


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
    link: str = ""
    """The borrower's page, where it has one for this contact."""


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
