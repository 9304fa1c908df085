"""What to do next: values that say why, decided once and recorded."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from journeys.borrower import Channel


class Outcome(StrEnum):
    """How a journey ended."""

    CURED = "cured"
    """Everything due is paid."""
    SETTLED = "settled"
    """Less than everything was accepted as final, and paid."""
    PLAN_COMPLETED = "plan_completed"
    """Paid by the plan that was agreed."""
    LEGAL = "legal"
    """Referred to legal; what came of it there follows later."""
    LEGAL_JUDGMENT = "legal_judgment"
    LEGAL_PAID = "legal_paid"
    LEGAL_ENFORCED = "legal_enforced"
    LEGAL_WITHDRAWN = "legal_withdrawn"
    TRANSFERRED = "transferred"
    SOLD = "sold"
    RECALLED = "recalled"
    WRITTEN_OFF = "written_off"
    DISCHARGED = "discharged"
    ESTATE_CLOSED = "estate_closed"
    TIME_BARRED = "time_barred"
    RELEASED = "released"
    """Nothing more is to be done, and nothing follows."""
    STOPPED = "stopped"


PAID = frozenset({Outcome.CURED, Outcome.SETTLED, Outcome.PLAN_COMPLETED})
"""Ends that rest on money: one that is taken back reopens the journey."""


class Job(StrEnum):
    """What a person may be asked to do."""

    AGENT_CALL = "agent_call"
    VISIT = "visit"
    ANSWER_DISPUTE = "answer_dispute"
    ANSWER_REPLY = "answer_reply"
    REACH_ESTATE = "reach_estate"
    SIGN_HAND_OFF = "sign_hand_off"
    ACKNOWLEDGE_HAND_OFF = "acknowledge_hand_off"


OWNERS = {
    Job.AGENT_CALL: "agents",
    Job.VISIT: "field",
    Job.ANSWER_DISPUTE: "disputes",
    Job.ANSWER_REPLY: "agents",
    Job.REACH_ESTATE: "legal",
    Job.SIGN_HAND_OFF: "legal",
    Job.ACKNOWLEDGE_HAND_OFF: "legal",
}
"""Which team a task belongs to."""

SPOKEN = (
    *("promised", "plan_agreed", "refused", "disputed", "hardship", "wrong_person", "no_answer"),
    *("paid_already", "callback"),
)
"""What may come of a call or a visit; each script explains them."""
DIALLED = ("busy", "not_in_service")
"""What a dialler reports without anybody's having spoken: such calls count towards no legal cap."""
RESULTS = {
    Job.AGENT_CALL: frozenset({*SPOKEN, *DIALLED}),
    Job.VISIT: frozenset(SPOKEN),
    Job.ANSWER_DISPUTE: frozenset({"stands", "upheld"}),
    Job.ANSWER_REPLY: frozenset({"answered"}),
    Job.REACH_ESTATE: frozenset({"claim_lodged", "no_estate"}),
    Job.SIGN_HAND_OFF: frozenset({"signed", "refused"}),
    Job.ACKNOWLEDGE_HAND_OFF: frozenset({"acknowledged"}),
}
"""The result codes of each job; a report with another says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What every action has: the rule that spoke, its reason in words, and the instant to wait for first."""

    rule: str
    why: str
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Decided):
    """Do nothing until then, or until a fact arrives."""

    kind: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Decided):
    """Reach the borrower once: the line of the strategy, its channel and its wording."""

    contact: str
    touch: str
    due: date
    channel: Channel
    say: str
    deadline: datetime | None = None
    """For a person's contact: by when the report is wanted."""
    skipped: tuple[str, ...] = ()
    kind: Literal["contact"] = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withhold(Decided):
    """Put on record that a due touch is not made, and by which rule."""

    contact: str
    touch: str
    due: date
    channel: Channel
    say: str
    forbidden_by: str
    words: str = ""
    """What that rule says, for people; its source stands in the reason."""
    skipped: tuple[str, ...] = ()
    kind: Literal["withhold"] = "withhold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Decided):
    """Give a person inside the house a task."""

    task: str
    job: Job
    deadline: datetime
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase(Decided):
    """Remind the owner of an overdue task, once."""

    task: str
    deadline: datetime
    kind: Literal["chase"] = "chase"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp(Decided):
    """Stop waiting for a task nobody reports."""

    task: str
    kind: Literal["give_up"] = "give_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Decided):
    """Take a task back before anybody acts on it."""

    task: str
    kind: Literal["withdraw"] = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareHandOff(Decided):
    """Assemble the file for the legal team and ask for a signature."""

    task: str
    deadline: datetime
    kind: Literal["prepare_hand_off"] = "prepare_hand_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgeHandOff(Decided):
    """Hand the signed file over and ask for an acknowledgement."""

    task: str
    deadline: datetime
    kind: Literal["lodge_hand_off"] = "lodge_hand_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Decided):
    """End the journey."""

    outcome: Outcome
    kind: Literal["close"] = "close"


Act = Contact | Withhold | Ask | Chase | GiveUp | Withdraw | PrepareHandOff | LodgeHandOff | Close
"""Every action that changes the world."""

Action = Annotated[Wait | Act, Field(discriminator="kind")]
"""Any action, as it crosses a border: read by its `kind`."""
