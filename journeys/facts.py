"""What has happened: named in the past tense, dated in UTC, the same however often it is told.

A fact with an `id` told twice changes nothing. Facts carry codes and references, never words
about a person: they stand in workflow histories.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from journeys.borrower import Channel
from journeys.law.circumstances import Event, EventType
from journeys.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every fact has: a key of its own and the instant it happened."""

    id: str
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"fact {self.id}: {self.at} has no time zone; write 2026-03-12T09:30:00+08:00")


# ── told from outside ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(Happened):
    """Money came in; `id` is the processor's payment id."""

    amount: Money
    kind: Literal["payment_received"] = "payment_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed(Happened):
    """A payment was taken back: returned debit, chargeback, mistake."""

    payment: str
    kind: Literal["payment_reversed"] = "payment_reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade(Happened):
    """The borrower promised a sum by a day of their calendar."""

    amount: Money
    by: date
    noted_by: str = ""
    """Who of the staff put it on record, if anybody did."""
    kind: Literal["promise_made"] = "promise_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRaised(Happened):
    """The borrower denies the debt or its sum; `reason` is a code, their words stay in the ledger.

    It is answered by reporting the task it opens: the debt `stands`, or the dispute is `upheld`.
    """

    reason: str = "unspecified"
    kind: Literal["dispute_raised"] = "dispute_raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceived(Happened):
    """The borrower wrote something that a person must read; it is answered by reporting the task it opens.

    `meaning` is a code, their words stay in the ledger.
    """

    channel: Channel
    meaning: str
    kind: Literal["reply_received"] = "reply_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class HardshipReported(Happened):
    """The borrower cannot pay for now; nothing is asked of them until the day given."""

    until: date
    reason: str = "unspecified"
    kind: Literal["hardship_reported"] = "hardship_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(Happened):
    """The borrower closed a channel, or all of them (`channel` is None: cease all contact)."""

    channel: Channel | None
    kind: Literal["opted_out"] = "opted_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPointFailed(Happened):
    """A number or address does not lead to the borrower: bounced, not in service, somebody else's."""

    channel: Channel
    reason: str
    kind: Literal["contact_point_failed"] = "contact_point_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircumstanceNoted(Happened):
    """Something the law looks at came to be: a consent, an attorney, a bankruptcy, a notice given.

    `values` say which debts, which days, which hours; an address by its reference, never by itself.
    """

    circumstance: EventType
    values: dict[str, JsonValue] = field(default_factory=dict)
    kind: Literal["circumstance_noted"] = "circumstance_noted"

    def __post_init__(self) -> None:
        Happened.__post_init__(self)
        self.event()

    def event(self) -> Event:
        """The same in the law's words; raises ValueError for values no rule could read."""
        return Event(self.circumstance, self.at, self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReported(Happened):
    """A person finished a task; `result` is one of the fixed result codes."""

    task: str
    result: str
    by: str
    kind: Literal["task_reported"] = "task_reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Happened):
    """Staff stopped contacts until an instant, for a reason (a code); at once, or from `since` on."""

    reason: str
    until: datetime
    by: str
    since: datetime | None = None
    kind: Literal["hold_placed"] = "hold_placed"

    def __post_init__(self) -> None:
        Happened.__post_init__(self)
        for at in (self.until, self.since):
            if at is not None and at.tzinfo is None:
                raise ValueError(f"fact {self.id}: {at} has no time zone; write 2026-03-12T09:30:00+08:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Happened):
    """Staff ended a hold before its time."""

    hold: str
    by: str
    kind: Literal["hold_lifted"] = "hold_lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyStopped(Happened):
    """Staff ended the journey for good, for a reason (a code)."""

    reason: str
    by: str
    kind: Literal["journey_stopped"] = "journey_stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyChanged(Happened):
    """Staff moved the journey to a published version of a strategy."""

    strategy: str
    version: int
    by: str
    kind: Literal["strategy_changed"] = "strategy_changed"


# ── learned from our own acts ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacted(Happened):
    """What every result of a contact has; `contact` names loan, due date and touch."""

    contact: str
    touch: str
    due: date
    """Due date of the instalment the touch belongs to."""
    channel: Channel
    say: str
    skipped: tuple[str, ...] = ()
    """Older touches that were due as well and that this one replaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMade(Contacted):
    """The provider took the message, or the letter is in the post."""

    kind: Literal["contact_made"] = "contact_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAsked(Contacted):
    """A person was asked to make the contact by a deadline; the task has the contact's id."""

    job: str
    owner: str
    deadline: datetime
    kind: Literal["contact_asked"] = "contact_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWithheld(Contacted):
    """A rule forbade the contact: until an instant, or (None) for this touch altogether."""

    rule: str
    until: datetime | None
    kind: Literal["contact_withheld"] = "contact_withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWithdrawn(Contacted):
    """A fact the decision had not heard of came first; nothing was sent and no budget used."""

    because: str
    kind: Literal["contact_withdrawn"] = "contact_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFailed(Contacted):
    """The provider refused: nothing reached the borrower."""

    meaning: str
    kind: Literal["contact_failed"] = "contact_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactUncertain(Contacted):
    """The request left and no answer came: it may have arrived, so it counts and is not repeated."""

    kind: Literal["contact_uncertain"] = "contact_uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpened(Happened):
    """A person was asked to do something by a deadline."""

    task: str
    job: str
    owner: str
    deadline: datetime
    kind: Literal["task_opened"] = "task_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChased(Happened):
    """The deadline passed without a report; the owner was reminded, once."""

    task: str
    deadline: datetime
    kind: Literal["task_chased"] = "task_chased"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGivenUp(Happened):
    """Nobody reported, not even after the reminder."""

    task: str
    kind: Literal["task_given_up"] = "task_given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWithdrawn(Happened):
    """The task is no longer wanted: something happened that silences us."""

    task: str
    because: str
    kind: Literal["task_withdrawn"] = "task_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyClosed(Happened):
    """Nothing more is to be done on this journey."""

    outcome: str
    why: str
    kind: Literal["journey_closed"] = "journey_closed"


Told = (
    PaymentReceived
    | PaymentReversed
    | PromiseMade
    | DisputeRaised
    | ReplyReceived
    | HardshipReported
    | OptedOut
    | ContactPointFailed
    | CircumstanceNoted
    | TaskReported
    | HoldPlaced
    | HoldLifted
    | JourneyStopped
    | StrategyChanged
)
Learned = (
    ContactMade
    | ContactAsked
    | ContactWithheld
    | ContactWithdrawn
    | ContactFailed
    | ContactUncertain
    | TaskOpened
    | TaskChased
    | TaskGivenUp
    | TaskWithdrawn
    | JourneyClosed
)
Fact = Annotated[Told | Learned, Field(discriminator="kind")]
"""Any fact, as it crosses a border: read by its `kind`."""
