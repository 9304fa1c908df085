"""What comes in from providers: what became of a message, and what somebody wrote."""

from dataclasses import dataclass, field
from datetime import datetime

from journeys.borrower import Channel
from journeys.facts import Delivery


class NotUnderstood(ValueError):
    """The request is genuine, and does not say what such a request says."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of one message; whom it was sent to goes no further than the ledger."""

    id: str
    """Of the message, as the provider calls it."""
    contact: str
    """Ours, as it came back; empty where it did not."""
    provider: str
    channel: Channel
    to: str = field(repr=False)
    delivery: Delivery | None = None
    """None where it says nothing of that."""
    opted_out: bool = False
    fails: str = ""
    """Why the number or address does not lead to the borrower, as a code, if it does not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote, by which channel, and who that is as the provider says."""

    id: str
    at: datetime
    channel: Channel
    sender: str = field(repr=False)
    text: str = field(repr=False)
    stop: bool = False
    """Whether the provider itself took it for a stop."""
