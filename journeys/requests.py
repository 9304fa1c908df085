"""What staff may ask of a journey: requests, which can be refused in a sentence, unlike facts.

Each knows what speaks against it, and the fact that it becomes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Literal, get_args

from journeys import facts as f
from journeys import offers
from journeys.actions import Job
from journeys.borrower import Channel
from journeys.files import Mistakes
from journeys.law.charges import Part
from journeys.loan import Instalment, check_schedule
from journeys.money import Money
from journeys.rules import ended
from journeys.strategy import published
from journeys.view import View

LONGEST_HOLD = timedelta(days=180)
BACKDATED = timedelta(days=31)
"""How far back a hold may begin: staff learn of things a few days late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Something a person asks for, by their name."""

    actor: str

    def refusal(self, view: View) -> str | None:
        """Why not, in a sentence an agent can read out; None to accept."""
        return next(chain(self._always_wrong(view), self.faults(view)), None)

    def faults(self, view: View) -> Iterator[str]:
        """What speaks against this one, as the case stands."""
        yield from ()

    def fact(self, id: str, view: View) -> f.Told:
        """What it becomes once it is accepted."""
        raise NotImplementedError

    def _always_wrong(self, view: View) -> Iterator[str]:
        """What speaks against any request."""
        if not view.case.is_open:
            yield f"this journey is closed: {view.case.outcome}"
        elif (close := ended(view)) is not None:
            yield f"this journey is about to close: {close.why}"
        if not self.actor.strip():
            yield "say who asks: the actor is empty"
        yield from f.free_text(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(_Asked):
    """The borrower promises a sum by a day."""

    amount: Money
    by: date
    kind: Literal["promise"] = "promise"

    def faults(self, view: View) -> Iterator[str]:
        if (why := offers.refuse_promise(view, self.amount, self.by)) is not None:
            yield why

    def fact(self, id: str, view: View) -> f.Told:
        return f.PromiseMade(id=id, at=view.now, amount=self.amount, by=self.by, noted_by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPromise(_Asked):
    """Take a promise back before its day; without a key, the one that is open."""

    promise: str = ""
    kind: Literal["withdraw_promise"] = "withdraw_promise"

    def faults(self, view: View) -> Iterator[str]:
        known = [one.made.id for one in view.promises if one.state == "open"]
        if not (self.promise in known if self.promise else known):
            yield _unknown("open promise", known)

    def fact(self, id: str, view: View) -> f.Told:
        promise = self.promise or next(one.made.id for one in view.promises if one.state == "open")
        return f.PromiseWithdrawn(id=id, at=view.now, promise=promise, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(_Asked):
    """Agree on a plan from an offer that is open; without instalments, equal ones as late as it allows."""

    offer: str
    instalments: tuple[Instalment, ...] = ()
    approved_by: str = ""
    kind: Literal["plan"] = "plan"

    def faults(self, view: View) -> Iterator[str]:
        proposed = self._proposed(view)
        why = offers.refuse_plan(view, self.offer, proposed, self.actor, self.approved_by)
        if why is not None:
            yield why

    def fact(self, id: str, view: View) -> f.Told:
        offer = offers.find(view, self.offer)
        return f.PlanAgreed(
            id=id,
            at=view.now,
            instalments=self._proposed(view),
            offer=self.offer,
            lets_go=offer.lets_go if offer else (),
            approved_by=self.approved_by,
            by=self.actor,
        )

    def _proposed(self, view: View) -> tuple[Instalment, ...]:
        offer = offers.find(view, self.offer)
        return self.instalments or (offers.instalments_of(view, offer) if offer else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePlan(_Asked):
    """End the plan that runs, for a reason (a code)."""

    reason: str
    kind: Literal["revoke_plan"] = "revoke_plan"

    def faults(self, view: View) -> Iterator[str]:
        if not _running(view):
            yield "no plan of this loan is running"

    def fact(self, id: str, view: View) -> f.Told:
        return f.PlanRevoked(id=id, at=view.now, plan=_running(view), reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(_Asked):
    """Offer to accept less than the whole as final, if it is paid by a day."""

    offer: str
    amount: Money
    until: date
    approved_by: str = ""
    kind: Literal["settle"] = "settle"

    def faults(self, view: View) -> Iterator[str]:
        why = offers.refuse_settlement(
            view, self.offer, self.amount, self.until, self.actor, self.approved_by
        )
        if why is not None:
            yield why

    def fact(self, id: str, view: View) -> f.Told:
        return f.SettlementOffered(
            id=id,
            at=view.now,
            amount=self.amount,
            until=self.until,
            offer=self.offer,
            approved_by=self.approved_by,
            by=self.actor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSettlement(_Asked):
    """Take the open offer to settle back."""

    kind: Literal["revoke_settlement"] = "revoke_settlement"

    def faults(self, view: View) -> Iterator[str]:
        if not _open_settlement(view):
            yield "no offer to settle is open on this loan"

    def fact(self, id: str, view: View) -> f.Told:
        return f.SettlementRevoked(id=id, at=view.now, settlement=_open_settlement(view), by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(_Asked):
    """Stop some clocks until an instant, for a reason (a code): all contacts where nothing else is said."""

    reason: str
    until: datetime
    since: datetime | None = None
    stops: tuple[f.Clock, ...] = ("cadence",)
    channel: Channel | None = None
    held: Money | None = None
    """Only this sum is not asked for meanwhile."""
    borrower: bool = False
    kind: Literal["hold"] = "hold"

    def faults(self, view: View) -> Iterator[str]:
        if self.until.tzinfo is None or (self.since is not None and self.since.tzinfo is None):
            yield "the times of a hold need a time zone, like 2026-03-12T09:30:00+08:00"
            return
        since = self.since or view.now
        yield from self._faults_of_its_time(view, since)
        if not self.stops:
            yield "a hold stops at least one clock"
        if (self.channel or self.held) and "cadence" not in self.stops:
            yield "a channel or a sum is held from contacts: let it stop the clock cadence"
        if self.held is not None:
            yield from self._faults_of_its_sum(view, self.held)
        for other in view.holds:
            same = set(self.stops) & set(other.stops) - {"cadence"}
            if same and since < other.until and self.until > other.since:
                end = view.written(other.until)
                yield f"it overlaps hold {other.id}, which stops the same clock until {end}"

    def _faults_of_its_time(self, view: View, since: datetime) -> Iterator[str]:
        if self.until <= max(view.now, since):
            yield "the end of a hold must lie ahead, and after its beginning"
        if self.until > view.now + LONGEST_HOLD:
            yield f"a hold lasts at most {LONGEST_HOLD.days} days; place it again when it ends"
        if since < view.now - BACKDATED:
            yield f"a hold begins at most {BACKDATED.days} days ago"

    def _faults_of_its_sum(self, view: View, held: Money) -> Iterator[str]:
        if held.currency != view.outstanding.currency:
            yield f"this loan is in {view.outstanding.currency}; what is held of it is in the same currency"
        elif not 0 < held.minor <= view.outstanding.minor:
            yield f"what is held is more than nothing, and at most the {view.outstanding} still owed"

    def fact(self, id: str, view: View) -> f.Told:
        return f.HoldPlaced(
            id=id,
            at=view.now,
            reason=self.reason,
            until=self.until,
            by=self.actor,
            since=self.since,
            stops=self.stops,
            channel=self.channel,
            held=self.held,
            borrower=self.borrower,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(_Asked):
    """End a hold before its time, by the key its request was answered with; without one, all that are on."""

    hold: str = ""
    kind: Literal["lift"] = "lift"

    def faults(self, view: View) -> Iterator[str]:
        known = [one.id for one in view.holds if one.until > view.now]
        on = [one.id for one in view.holds if one.on(view.now)]
        if not (self.hold in known if self.hold else on):
            yield _unknown("hold", known)

    def fact(self, id: str, view: View) -> f.Told:
        return f.HoldLifted(id=id, at=view.now, hold=self.hold, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(_Asked):
    """Let a part of what is owed go, for a reason (a code)."""

    amount: Money
    part: Part
    reason: str
    approved_by: str
    kind: Literal["waive"] = "waive"

    def faults(self, view: View) -> Iterator[str]:
        if self.amount.currency != view.case.loan.currency or self.amount.minor <= 0:
            yield f"a sum of {view.case.loan.currency} is let go, and more than nothing"
        if not offers.seconded(self.actor, self.approved_by):
            yield "what is let go must be approved by a second person"
        left = Money(view.account.left_of(self.part), view.case.loan.currency)
        if self.amount.minor > left.minor:
            yield f"only {left} of {self.part} is owed"

    def fact(self, id: str, view: View) -> f.Told:
        return f.SumWaived(
            id=id,
            at=view.now,
            amount=self.amount,
            part=self.part,
            reason=self.reason,
            by=f"{self.actor}, {self.approved_by}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reschedule(_Asked):
    """Put new instalments in the place of the old ones; a second person approves where the debt shrinks."""

    instalments: tuple[Instalment, ...]
    reason: Literal["restructured", "extended", "corrected"]
    approved_by: str = ""
    kind: Literal["reschedule"] = "reschedule"

    def faults(self, view: View) -> Iterator[str]:
        if _running(view):
            yield "a plan of this loan is running: revoke the plan first"
        if _open_settlement(view):
            yield "an offer to settle is open on this loan: revoke the settlement first"
        try:
            check_schedule("the new schedule", self.instalments)
        except ValueError as error:
            yield str(error)
            return
        before = self._before(view)
        if self.instalments[0].amount.currency != before.currency:
            yield f"this loan is in {before.currency}; its instalments must be, too"
            return
        after = Money(sum(one.amount.minor for one in self.instalments), before.currency)
        if after.minor < before.minor and not offers.seconded(self.actor, self.approved_by):
            yield f"{after} is less than the {before} before: a second person must approve it (approved_by)"

    def _before(self, view: View) -> Money:
        """What the new total takes the place of: new terms, of all that is left; else the old total."""
        loan = view.case.loan
        return view.outstanding if self.reason == "restructured" else Money(loan.owed, loan.currency)

    def fact(self, id: str, view: View) -> f.Told:
        return f.ScheduleChanged(
            id=id,
            at=view.now,
            instalments=self.instalments,
            reason=self.reason,
            by=", ".join(name for name in (self.actor, self.approved_by) if name),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(_Asked):
    """The loan leaves collections unpaid: sold, recalled by its owner, written off …"""

    reason: f.Departure
    kind: Literal["leave"] = "leave"

    def fact(self, id: str, view: View) -> f.Told:
        return f.LoanLeft(id=id, at=view.now, reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Asked):
    """End the journey for good, for a reason (a code)."""

    reason: str
    kind: Literal["stop"] = "stop"

    def fact(self, id: str, view: View) -> f.Told:
        return f.JourneyStopped(id=id, at=view.now, reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(_Asked):
    """Walk on along a published version of a strategy."""

    strategy: str
    version: int
    kind: Literal["move"] = "move"

    def faults(self, view: View) -> Iterator[str]:
        try:
            published(self.strategy, self.version)
        except Mistakes as mistakes:
            yield str(mistakes)

    def fact(self, id: str, view: View) -> f.Told:
        return f.StrategyChanged(
            id=id, at=view.now, strategy=self.strategy, version=self.version, by=self.actor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(_Asked):
    """Sign the hand-off to legal, or refuse to."""

    signed: bool
    kind: Literal["sign"] = "sign"

    def faults(self, view: View) -> Iterator[str]:
        if not _to_sign(view):
            yield "no hand-off of this loan waits for a signature"

    def fact(self, id: str, view: View) -> f.Told:
        result = "signed" if self.signed else "refused"
        return f.TaskReported(id=id, at=view.now, task=_to_sign(view), result=result, by=self.actor)


def _unknown(what: str, known: list[str]) -> str:
    return f"there is no such {what} on this loan; it has {', '.join(known) or 'none'}"


def _running(view: View) -> str:
    return next((plan.agreed.id for plan in view.plans if plan.state == "running"), "")


def _open_settlement(view: View) -> str:
    return next((one.offered.id for one in view.settlements if one.state == "open"), "")


def _to_sign(view: View) -> str:
    return next((task.id for task in view.case.open_tasks() if task.job == Job.SIGN_HAND_OFF), "")


Request = (
    Promise
    | WithdrawPromise
    | Plan
    | RevokePlan
    | Settle
    | RevokeSettlement
    | Hold
    | Lift
    | Waive
    | Reschedule
    | Leave
    | Stop
    | Move
    | Sign
)
"""Whatever may be asked: each is an update, named by its `kind`."""
BY_NAME: dict[str, type[Request]] = {
    request.__dataclass_fields__["kind"].default: request for request in get_args(Request)
}
"""Every request by the name of its update."""
