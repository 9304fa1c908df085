"""What the ledger gives back: its lines, read-only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from journeys.facts import PaymentReceived, PaymentReversed, Told


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan and how its journey ended, if it has."""

    id: str
    borrower: str
    strategy: str
    version: int
    outcome: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """The newest decision of a journey: its next wake, and why."""

    kind: str
    rule: str
    why: str
    not_before: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Untaken:
    """A fact that is on record and that Temporal has not taken."""

    seq: int
    loan: str
    fact: Told


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact and what came of it."""

    id: str
    loan: str
    borrower: str
    touch: str
    due: date
    channel: str
    say: str
    at: datetime
    state: str
    result: str | None
    delivery: str | None
    """The strongest word of its provider: queued, sent, undelivered, delivered."""
    provider: str | None
    provider_id: str | None
    template: str | None
    digest: str | None
    law: str
    strategy: str
    version: int
    why: str


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """A contact that was not made, and by which rule."""

    contact: str
    loan: str
    borrower: str
    touch: str
    channel: str
    at: datetime
    rule: str
    until: datetime | None
    why: str
    law: str
    inputs: dict[str, Any] | None
    """What the rule looked at: zones, contacts of thirty days, events."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link to the borrower's page, of one contact, and whether it opens."""

    id: str
    contact: str
    loan: str
    borrower: str
    channel: str
    issued_at: datetime
    opens: bool


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Money that came in, or was taken back, and belongs to no open journey."""

    kind: str
    """payment, or reversal: the two may share an id"""
    id: str
    payment: str
    reference: str
    """What it was sent for, as it was given; of one that was told twice, where it stands besides."""
    loan: str | None
    """Where it stands on record meanwhile, if that loan is known."""
    at: datetime
    fact: PaymentReceived | PaymentReversed
    """What came in, as it was told."""
    why: str
    matched_to: str | None = None
    matched_by: str | None = None
    matched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A genuine event of a payment processor, as it came in."""

    source: str
    id: str
    """The event's own; of one source, each is taken once."""
    type: str
    digest: str
    """Of what it says: the same id with another digest is something else."""
    at: datetime
    state: Literal["taken", "ignored", "set_aside", "done"]
    why: str | None = None
    body: bytes | None = field(default=None, repr=False)
    done_by: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What a borrower wrote, in their own words: personal data, never in a history."""

    id: str
    at: datetime
    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class Stray:
    """What somebody wrote whom no open journey is about: personal data, for a person to read."""

    id: str
    at: datetime
    channel: str
    sender: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Something a person is asked to do, with what to say."""

    id: str
    loan: str
    borrower: str
    job: str
    owner: str
    opened_at: datetime
    deadline: datetime
    script: str
    state: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is told of events, by a signed request to their address."""

    id: str
    url: str
    secret: str = field(repr=False)
    types: tuple[str, ...]
    """Empty for every event."""
    by: str
    since: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one subscriber."""

    subscription: str
    event: int
    loan: str
    state: str
    """waiting, delivered or dead"""
    attempts: int
    why: str | None
    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is of everything; counts by their labels."""

    loans: dict[tuple[str, ...], int]
    """By outcome."""
    contacts: dict[tuple[str, ...], int]
    """By channel and state."""
    withheld: dict[tuple[str, ...], int]
    """By rule."""
    facts: dict[tuple[str, ...], int]
    """By kind."""
    untaken: int
    oldest_untaken: datetime | None
    uncertain: int
    unmatched: int
    deliveries: dict[tuple[str, ...], int]
    """By state."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommandRow:
    """What was asked for over HTTP, by whom, why, and how it was answered."""

    seq: int
    at: datetime
    key: str
    """The API key's id."""
    name: str
    """Whose key it is."""
    what: str
    loan: str
    actor: str
    """Who of the staff, where the command names somebody."""
    why: str
    """The code that it gives as its reason, if it gives one."""
    status: int | None
    """None while it is under way."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A loan file on its way in, and how many of its lines have come how far."""

    id: str
    by: str
    at: datetime
    complete: bool
    """All its lines are here."""
    waiting: int
    started: int
    known: int
    refused: int
