"""What is told from outside: by borrowers, processors, courts and staff."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from pydantic import JsonValue

from journeys.borrower import Channel
from journeys.facts.happened import Happened
from journeys.law.charges import Part, Rail
from journeys.law.circumstances import Event, EventType
from journeys.loan import Instalment, check_schedule
from journeys.money import Money

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
Delivery = Literal["queued", "sent", "undelivered", "delivered"]
"""What a provider says of a message it took, the weaker word first."""
DELIVERIES: tuple[Delivery, ...] = get_args(Delivery)
"""As ranks: callbacks come twice and in any order, and a weaker word never takes a stronger one's place."""


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
class DeliveryReported(Happened):
    """A provider said what became of a contact, where that was not known or not as we thought.

    One that was uncertain was made after all; one that is undelivered was attempted, and reached nobody.
    """

    contact: str
    result: Delivery
    kind: Literal["delivery_reported"] = "delivery_reported"


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
    | DeliveryReported
    | CircumstanceNoted
    | TaskReported
    | HoldPlaced
    | HoldLifted
    | JourneyStopped
    | StrategyChanged
    | JourneyReopened
)
