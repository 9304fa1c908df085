"""What staff may ask of a journey: requests, which can be refused in a sentence, unlike facts.

Each knows why it would be refused, and the fact that it becomes.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from journeys import facts as f
from journeys import offers
from journeys.actions import Job
from journeys.borrower import Channel
from journeys.files import Mistakes
from journeys.law.charges import Part
from journeys.loan import Instalment, check_schedule
from journeys.money import Money
from journeys.strategy import published
from journeys.view import View

LONGEST_HOLD = timedelta(days=180)
BACKDATED = timedelta(days=31)
"""How far back a hold may begin: staff learn of things a few days late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something a person asks for, by their name."""

    actor: str

    def refusal(self, view: View) -> str | None:
        """Why not, in a sentence an agent can read out; None to accept."""
        return None

    def fact(self, id: str, view: View) -> f.Told:
        """What it becomes once it is accepted."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(Request):
    """The borrower promises a sum by a day."""

    amount: Money
    by: date

    def refusal(self, view: View) -> str | None:
        return offers.refuse_promise(view, self.amount, self.by)

    def fact(self, id: str, view: View) -> f.Told:
        return f.PromiseMade(id=id, at=view.now, amount=self.amount, by=self.by, noted_by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPromise(Request):
    """Take a promise back before its day; without a key, the one that is open."""

    promise: str = ""

    def refusal(self, view: View) -> str | None:
        known = [one.made.id for one in view.promises if one.state == "open"]
        return None if (self.promise in known if self.promise else known) else _unknown("open promise", known)

    def fact(self, id: str, view: View) -> f.Told:
        promise = self.promise or next(one.made.id for one in view.promises if one.state == "open")
        return f.PromiseWithdrawn(id=id, at=view.now, promise=promise, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Request):
    """Agree on a plan from an offer that is open; without instalments, equal ones as late as it allows."""

    offer: str
    instalments: tuple[Instalment, ...] = ()
    approved_by: str = ""

    def refusal(self, view: View) -> str | None:
        return offers.refuse_plan(view, self.offer, self._proposed(view), self.actor, self.approved_by)

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
class RevokePlan(Request):
    """End the plan that runs, for a reason (a code)."""

    reason: str

    def refusal(self, view: View) -> str | None:
        return None if _running(view) else "no plan of this loan is running"

    def fact(self, id: str, view: View) -> f.Told:
        return f.PlanRevoked(id=id, at=view.now, plan=_running(view), reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(Request):
    """Offer to accept less than the whole as final, if it is paid by a day."""

    offer: str
    amount: Money
    until: date
    approved_by: str = ""

    def refusal(self, view: View) -> str | None:
        return offers.refuse_settlement(
            view, self.offer, self.amount, self.until, self.actor, self.approved_by
        )

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
class RevokeSettlement(Request):
    """Take the open offer to settle back."""

    def refusal(self, view: View) -> str | None:
        return None if _open_settlement(view) else "no offer to settle is open on this loan"

    def fact(self, id: str, view: View) -> f.Told:
        return f.SettlementRevoked(id=id, at=view.now, settlement=_open_settlement(view), by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Request):
    """Stop some clocks until an instant, for a reason (a code): all contacts where nothing else is said."""

    reason: str
    until: datetime
    since: datetime | None = None
    stops: tuple[f.Clock, ...] = ("cadence",)
    channel: Channel | None = None
    part: Money | None = None
    borrower: bool = False

    def refusal(self, view: View) -> str | None:
        since = self.since or view.now
        if self.until.tzinfo is None or since.tzinfo is None:
            return "the times of a hold need a time zone, like 2026-03-12T09:30:00+08:00"
        if self.until <= view.now or self.until <= since:
            return "the end of a hold must lie ahead, and after its beginning"
        if self.until > view.now + LONGEST_HOLD:
            return f"a hold lasts at most {LONGEST_HOLD.days} days; place it again when it ends"
        if since < view.now - BACKDATED:
            return f"a hold begins at most {BACKDATED.days} days ago"
        if not self.stops:
            return "a hold stops at least one clock"
        if (self.channel or self.part) and "cadence" not in self.stops:
            return "a channel or a part is held from contacts: let it stop the clock cadence"
        if self.part is not None and self.part.currency != view.case.loan.currency:
            return f"this loan is in {view.case.loan.currency}; a part of it is in the same currency"
        if self.part is not None and not 0 < self.part.minor <= view.outstanding.minor:
            return f"a part is more than nothing, and at most the {view.outstanding} still owed"
        for other in view.holds:
            same = set(self.stops) & set(other.stops) - {"cadence"}
            if same and since < other.until and self.until > other.since:
                end = view.written(other.until)
                return f"it overlaps hold {other.id}, which stops the same clock until {end}"
        return None

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
            part=self.part,
            borrower=self.borrower,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Request):
    """End a hold before its time, by the key its request was answered with; without one, all that are on."""

    hold: str = ""

    def refusal(self, view: View) -> str | None:
        known = [one.id for one in view.holds if one.until > view.now]
        on = [one.id for one in view.holds if one.on(view.now)]
        return None if (self.hold in known if self.hold else on) else _unknown("hold", known)

    def fact(self, id: str, view: View) -> f.Told:
        return f.HoldLifted(id=id, at=view.now, hold=self.hold, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(Request):
    """Let a part of what is owed go, for a reason (a code)."""

    amount: Money
    part: Part
    reason: str
    approved_by: str

    def refusal(self, view: View) -> str | None:
        if self.amount.currency != view.case.loan.currency or self.amount.minor <= 0:
            return f"a sum of {view.case.loan.currency} is let go, and more than nothing"
        if self.approved_by in ("", self.actor):
            return "what is let go must be approved by a second person"
        left = Money(view.account.left_of(self.part), view.case.loan.currency)
        if self.amount.minor > left.minor:
            return f"only {left} of {self.part} is owed"
        return None

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
class Reschedule(Request):
    """Put new instalments in the place of the old ones."""

    instalments: tuple[Instalment, ...]
    reason: Literal["restructured", "extended", "corrected"]

    def refusal(self, view: View) -> str | None:
        try:
            check_schedule("the new schedule", self.instalments)
        except ValueError as error:
            return str(error)
        if self.instalments[0].amount.currency != view.case.loan.currency:
            return f"this loan is in {view.case.loan.currency}; its instalments must be, too"
        return None

    def fact(self, id: str, view: View) -> f.Told:
        return f.ScheduleChanged(
            id=id, at=view.now, instalments=self.instalments, reason=self.reason, by=self.actor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Request):
    """The loan leaves collections unpaid: sold, recalled by its owner, written off …"""

    reason: f.Departure

    def fact(self, id: str, view: View) -> f.Told:
        return f.LoanLeft(id=id, at=view.now, reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Request):
    """End the journey for good, for a reason (a code)."""

    reason: str

    def fact(self, id: str, view: View) -> f.Told:
        return f.JourneyStopped(id=id, at=view.now, reason=self.reason, by=self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Request):
    """Walk on along a published version of a strategy."""

    strategy: str
    version: int

    def refusal(self, view: View) -> str | None:
        try:
            published(self.strategy, self.version)
        except Mistakes as mistakes:
            return str(mistakes)
        return None

    def fact(self, id: str, view: View) -> f.Told:
        return f.StrategyChanged(
            id=id, at=view.now, strategy=self.strategy, version=self.version, by=self.actor
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Request):
    """Sign the hand-off to legal, or refuse to."""

    signed: bool

    def refusal(self, view: View) -> str | None:
        return None if _to_sign(view) else "no hand-off of this loan waits for a signature"

    def fact(self, id: str, view: View) -> f.Told:
        task, result = _to_sign(view), "signed" if self.signed else "refused"
        return f.TaskReported(id=f"{task}.report", at=view.now, task=task, result=result, by=self.actor)


def _unknown(what: str, known: list[str]) -> str:
    return f"there is no such {what} on this loan; it has {', '.join(known) or 'none'}"


def _running(view: View) -> str:
    return next((plan.agreed.id for plan in view.plans if plan.state == "running"), "")


def _open_settlement(view: View) -> str:
    return next((one.offered.id for one in view.settlements if one.state == "open"), "")


def _to_sign(view: View) -> str:
    return next((task.id for task in view.case.open_tasks() if task.job == Job.SIGN_HAND_OFF), "")


BY_NAME: dict[str, type[Request]] = {
    "promise": Promise,
    "withdraw_promise": WithdrawPromise,
    "plan": Plan,
    "revoke_plan": RevokePlan,
    "settle": Settle,
    "revoke_settlement": RevokeSettlement,
    "hold": Hold,
    "lift": Lift,
    "waive": Waive,
    "reschedule": Reschedule,
    "leave": Leave,
    "stop": Stop,
    "move": Move,
    "sign": Sign,
}
"""Every request by the name of its update."""
