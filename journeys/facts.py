"""What has happened: named in the past tense, dated in UTC, the same however often it is told.

A fact with an `id` told twice changes nothing. Facts carry codes and references, never words
about a person: they stand in workflow histories.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from journeys.borrower import Channel
from journeys.law.charges import Part, Rail
from journeys.law.circumstances import Event, EventType
from journeys.loan import Instalment, check_schedule
from journeys.money import MOST, Money

Clock = Literal["cadence", "delinquency", "interest", "promise", "limitation"]
"""What a hold may stop: contacts, the count of delinquent days, charges for lateness, the day of a promise,
the time after which the debt can no longer be claimed. Nothing stops the days past due."""
ReasonForDefault = Literal[
    "forgot",
    "income_cut",
    "job_loss",
    "illness",
    "bereavement",
    "family",
    "disaster",
    "over_indebted",
    "dispute",
    "fraud",
    "unwilling",
    "technical",
    "other",
]
"""Why a borrower did not pay, from a fixed list."""
Departure = Literal[
    "transferred", "sold", "recalled", "written_off", "discharged", "estate_closed", "time_barred"
]
"""How a loan leaves collections without having been paid."""
Reversal = Literal["returned", "charged_back", "refunded", "mistaken"]
"""Why a payment was taken back: by the bank, by the card's owner, by us, or it was never theirs."""
CourtEnd = Literal["judgment", "paid", "enforced", "withdrawn"]
"""How a loan that was referred to legal ended there."""
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CODES = ("reason", "meaning")
FIRST_YEAR, LAST_YEAR, MOST_DAYS, DEEPEST, LONGEST = 1970, 2199, 100_000, 5, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every fact has: a key of its own and the instant it happened."""

    id: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a fact without an id would be taken for any other: give it an id of its own")
        if self.at.tzinfo is None:
            raise ValueError(f"fact {self.id}: {self.at} has no time zone; write 2026-03-12T09:30:00+08:00")


# ── told from outside ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAnnounced(Happened):
    """Money is on its way and not here yet; how long it may take depends on the rail and on the place."""

    amount: Money
    rail: Rail = "transfer"
    kind: Literal["payment_announced"] = "payment_announced"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Happened):
    """A payment that was announced will not come."""

    payment: str
    """The key of its announcement."""
    kind: Literal["payment_failed"] = "payment_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(Happened):
    """Money came in; `id` is the processor's payment id, `at` the instant it counts from, maybe long past."""

    amount: Money
    announced: str = ""
    """The key of its announcement, if it was announced."""
    kind: Literal["payment_received"] = "payment_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed(Happened):
    """A payment was taken back, wholly or, with an `amount`, in part; it counts as never received."""

    payment: str
    amount: Money | None = None
    reason: Reversal = "returned"
    kind: Literal["payment_reversed"] = "payment_reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharged(Happened):
    """A fee was added to what is owed, for a reason (a code), such as the bank's for a returned debit."""

    amount: Money
    reason: str
    kind: Literal["fee_charged"] = "fee_charged"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumWaived(Happened):
    """A part of what is owed was let go, for a reason (a code); never more than is owed of that part."""

    amount: Money
    part: Part
    reason: str
    by: str
    kind: Literal["sum_waived"] = "sum_waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(Happened):
    """The instalments are these from now on: terms changed, due dates moved, or a mistake put right."""

    instalments: tuple[Instalment, ...]
    reason: Literal["restructured", "extended", "corrected"]
    by: str
    kind: Literal["schedule_changed"] = "schedule_changed"

    def __post_init__(self) -> None:
        Happened.__post_init__(self)
        check_schedule(f"fact {self.id}", self.instalments)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLeft(Happened):
    """The loan leaves collections, unpaid: sold, recalled by its owner, written off, discharged …"""

    reason: Departure
    by: str
    kind: Literal["loan_left"] = "loan_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtEnded(Happened):
    """What came of a loan after it was referred to legal."""

    result: CourtEnd
    by: str
    kind: Literal["court_ended"] = "court_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade(Happened):
    """The borrower promised a sum by a day of their calendar."""

    amount: Money
    by: date
    noted_by: str = ""
    """Who of the staff put it on record, if anybody did."""
    kind: Literal["promise_made"] = "promise_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseWithdrawn(Happened):
    """A promise was taken back before its day; it was not broken."""

    promise: str
    by: str
    kind: Literal["promise_withdrawn"] = "promise_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAgreed(Happened):
    """The arrears are paid in instalments of their own from now on; a later plan replaces it.

    Kept to its end, it lets go of the parts named; broken by an instalment unpaid `grace` days after its day.
    """

    instalments: tuple[Instalment, ...]
    offer: str
    """The strategy's offer that it came from."""
    lets_go: tuple[Part, ...] = ()
    grace: int = 3
    approved_by: str = ""
    by: str
    kind: Literal["plan_agreed"] = "plan_agreed"

    def __post_init__(self) -> None:
        Happened.__post_init__(self)
        check_schedule(f"fact {self.id}", self.instalments)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRevoked(Happened):
    """A plan was ended before its time, for a reason (a code)."""

    plan: str
    reason: str
    by: str
    kind: Literal["plan_revoked"] = "plan_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementOffered(Happened):
    """Less than the whole is accepted as final, if paid by the end of a day of the borrower's calendar."""

    amount: Money
    until: date
    offer: str
    approved_by: str = ""
    by: str
    kind: Literal["settlement_offered"] = "settlement_offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRevoked(Happened):
    """An offer to settle was taken back before it was paid."""

    settlement: str
    by: str
    kind: Literal["settlement_revoked"] = "settlement_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRaised(Happened):
    """The borrower denies the debt or, with an `amount`, a part of it; `reason` is a code.

    It is answered by reporting the task it opens: the debt `stands`, or the dispute is `upheld`. A part that
    is denied is left out of what is asked for, and let go if that is upheld; the rest goes on.
    """

    reason: str = "unspecified"
    amount: Money | None = None
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
class HardshipEnded(Happened):
    """The borrower can pay again, before the day they were given."""

    by: str
    kind: Literal["hardship_ended"] = "hardship_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultExplained(Happened):
    """Why the borrower did not pay, as one of the fixed codes."""

    reason: ReasonForDefault
    by: str
    kind: Literal["default_explained"] = "default_explained"


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
    """Staff stopped some clocks until an instant, for a reason (a code); from `since` on, which may be past.

    With a `channel` only that one is closed meanwhile; with `held` only that sum is left out of what is
    asked for; with `borrower` it holds for all their loans.
    """

    reason: str
    until: datetime
    by: str
    since: datetime | None = None
    stops: tuple[Clock, ...] = ("cadence",)
    channel: Channel | None = None
    held: Money | None = None
    borrower: bool = False
    kind: Literal["hold_placed"] = "hold_placed"

    def __post_init__(self) -> None:
        Happened.__post_init__(self)
        for at in (self.until, self.since):
            if at is not None and at.tzinfo is None:
                raise ValueError(f"fact {self.id}: {at} has no time zone; write 2026-03-12T09:30:00+08:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Happened):
    """Staff ended a hold before its time; without a key, every hold that is on at that instant."""

    hold: str = ""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyReopened(Happened):
    """A closed journey goes on: something is owed after all. What was done before is not done again."""

    because: str
    kind: Literal["journey_reopened"] = "journey_reopened"


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
    PaymentAnnounced
    | PaymentFailed
    | PaymentReceived
    | PaymentReversed
    | FeeCharged
    | SumWaived
    | ScheduleChanged
    | LoanLeft
    | CourtEnded
    | PromiseMade
    | PromiseWithdrawn
    | PlanAgreed
    | PlanRevoked
    | SettlementOffered
    | SettlementRevoked
    | DisputeRaised
    | ReplyReceived
    | HardshipReported
    | HardshipEnded
    | DefaultExplained
    | OptedOut
    | ContactPointFailed
    | CircumstanceNoted
    | TaskReported
    | HoldPlaced
    | HoldLifted
    | JourneyStopped
    | StrategyChanged
    | JourneyReopened
)
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
Fact = Annotated[Told | Learned, Field(discriminator="kind")]
"""Any fact, as it crosses a border: read by its `kind`."""


# ── the sums they name ───────────────────────────────────────────────────────────────────────────


def sums(fact: Told | Learned) -> Iterator[tuple[str, Money]]:
    """Every sum that a fact names, with the name of its field."""
    named = [("amount", getattr(fact, "amount", None))]
    named += [("held", getattr(fact, "held", None))]
    named += [("instalment", one.amount) for one in getattr(fact, "instalments", ())]
    return ((what, sum_) for what, sum_ in named if sum_ is not None)


def unreckonable(fact: Told | Learned, currency: str) -> Money | None:
    """A sum that a loan of this currency cannot be reckoned with: of another one, or not more than nothing.

    The gateway refuses it; a signal cannot be refused.
    """
    return next((one for _, one in sums(fact) if one.currency != currency or one.minor <= 0), None)


def without_sum(fact: Told) -> Told | None:
    """What is left of a fact whose sum is ignored: what silences does so all the same, for the whole debt."""
    match fact:
        case PaymentAnnounced():
            return fact
        case DisputeRaised():
            return replace(fact, amount=None)
        case HoldPlaced():
            return replace(fact, held=None)
    return None


def free_text(said: object) -> Iterator[str]:
    """Why the reason in a fact or a request is refused where it is no code: it will stand in a history.

    The door asks this, not the fact itself: what is on record must be readable, whatever it says.
    """
    for name in CODES:
        if not CODE.fullmatch(getattr(said, name, "unspecified")):
            yield (
                f"the {name} must be a code like job_loss (small letters, digits and _, at most 40): "
                "free text may tell of a person, and it would stand in a history"
            )


def beyond_reason(said: object) -> Iterator[str]:
    """Why a fact or a request is refused that names a day, a number or a sum beyond all bounds.

    A journey that had to reckon with it would stand still. The door asks this, as it asks `free_text`.
    """
    for one in fields(said):  # type: ignore[arg-type]
        yield from _beyond(one.name, getattr(said, one.name))


def _beyond(name: str, value: object, depth: int = 0) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{name}: lists within lists go too deep"
    elif isinstance(value, Instalment):
        yield from _beyond(name, value.due)
        yield from _beyond(name, value.amount)
    elif isinstance(value, Money):
        if abs(value.minor) > MOST:
            yield f"{name}: that is more than anybody owes"
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _beyond(name, inner, depth + 1)
    elif isinstance(value, str) and len(value) > LONGEST:
        yield f"{name}: more than {LONGEST} characters"
    elif isinstance(value, str) and CONTROL.search(value):
        yield f"{name}: control characters are refused"
    elif isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        yield f"{name}: a day lies between {FIRST_YEAR} and {LAST_YEAR}"
    elif isinstance(value, str) and depth and (year := re.match(r"\d{4}(?=-?\d)", value, re.ASCII)):
        if not FIRST_YEAR <= int(year.group()) <= LAST_YEAR:
            yield f"{name}: a day lies between {FIRST_YEAR} and {LAST_YEAR}"
    elif isinstance(value, int | float) and not abs(value) <= MOST_DAYS:
        yield f"{name}: a number is at most {MOST_DAYS}"
