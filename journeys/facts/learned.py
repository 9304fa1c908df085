"""What is learned from our own acts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from journeys.borrower import Channel
from journeys.facts.happened import Happened


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
class ContactRode(Contacted):
    """It went in the message of another of the borrower's loans, which is the one that counts."""

    along: str
    """The contact it went with."""
    kind: Literal["contact_rode"] = "contact_rode"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWithheld(Contacted):
    """A rule forbade the contact: until an instant, or (None) for this touch altogether."""

    rule: str
    until: datetime | None
    why: str = ""
    """What stands in the way, in words; empty in facts of before 0.2.0."""
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


Learned = (
    ContactMade
    | ContactAsked
    | ContactRode
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
