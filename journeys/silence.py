"""Why we may be silent: reasons not to contact anybody, and until when each holds by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from journeys import facts as f
from journeys.calendar import DAY, local_day, midnight
from journeys.disputes import Dispute
from journeys.money import Money
from journeys.view import View

SAYS: dict[str, type[f.Happened]] = {
    "promised": f.PromiseMade,
    "hardship": f.HardshipReported,
    "paid_already": f.PaymentReceived,
    "plan_agreed": f.PlanAgreed,
}
"""Results of a call or visit, each with the fact that says the whole of it."""
ON_ITS_WAY = 5
"""Days we wait for announced money where no law names any for its rail."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A reason not to contact anybody, and until when it holds by itself."""

    rule: str
    why: str
    until: datetime


def reason(view: View) -> Silence | None:
    """The first reason to be silent, in the order of the rules."""
    if not view.case.told and not view.case.ignored:
        return None
    for why in (settled, disputed, replied, sheltered, in_flight, on_plan, offered, promised):
        if (found := why(view)) is not None:
            return found
    return None


def settled(view: View) -> Silence | None:
    loan, unpaid = view.case.loan, view.unpaid
    if unpaid is not None:
        far_ahead = unpaid.due > view.today + view.strategy.lead * DAY
        if unpaid is loan.instalments[0] or not far_ahead or view.account.charges_left:
            return None
    payments = [receipt.at for receipt in view.case.receipts()]
    cleared = max(payments) + view.strategy.clearing_days * DAY if payments else view.now
    return Silence("settled", "everything due is paid; a payment may still be returned", cleared)


def disputed(view: View) -> Silence | None:
    """The whole debt is denied, or nothing is due but a part that is."""
    dispute = open_dispute(view)
    if dispute is not None:
        why = f"disputed since {view.written(dispute.fact.at)}; no contact until it is answered"
        return Silence("disputed", why, view.now)
    parts = open_parts(view)
    if not parts or not nothing_else(view):
        return None
    tasks = [task for one in parts if (task := view.case.task(one.task)) is not None]
    until = min((task.deadline for task in tasks if not task.over), default=view.now)
    return Silence("disputed", "nothing is due but what is disputed", max(view.now, until))


def open_dispute(view: View) -> Dispute | None:
    """The newest dispute of the whole debt that nobody has answered."""
    newest = [one for one in view.disputes if one.part is None][-1:]
    return newest[0] if newest and newest[0].open else None


def open_parts(view: View) -> list[Dispute]:
    """Disputes of a part that nobody has answered."""
    return [one for one in view.disputes if one.part is not None and one.open]


def nothing_else(view: View) -> bool:
    """Whether nothing that may be asked for has fallen due, or will soon."""
    return view.oldest is None or view.oldest.due > view.today + view.strategy.lead * DAY


def replied(view: View) -> Silence | None:
    said = open_reply(view)
    if said is None:
        return None
    why = f"{said.what} on {view.written(said.at)}; a person answers first"
    return Silence("replied", why, max(view.now, said.asked_from))


@dataclass(frozen=True, slots=True)
class Said:
    """Something the borrower wrote or told us that nobody has dealt with, and the task that deals with it."""

    task: str
    at: datetime
    what: str
    asked_from: datetime


def open_reply(view: View) -> Said | None:
    """The first to ask a person about, of those not answered or given up; an answer serves all before it."""
    said = sorted(
        [*_written(view), *_unexplained(view), *_unreckonable(view)],
        key=lambda one: (one.asked_from, one.task),
    )
    answers = (view.case.report(one.task) for one in said)
    answered = max((answer.at for answer in answers if answer), default=None)
    for one in said:
        task = view.case.task(one.task)
        if (answered is None or one.at > answered) and (task is None or task.over != "given_up"):
            return one
    return None


def _written(view: View) -> Iterator[Said]:
    for fact in view.case.told:
        if isinstance(fact, f.ReplyReceived):
            what = f"they wrote by {fact.channel} ({fact.meaning.replace('_', ' ')})"
            yield Said(f"{view.case.loan.id}.reply.{fact.id}", fact.at, what, fact.at)


def _unexplained(view: View) -> Iterator[Said]:
    """What a caller or visitor heard, and no fact within a day says: a promise, hardship, a payment."""
    for fact in view.case.told:
        if (kind := SAYS.get(result := view.case.reached(fact))) is not None:
            near = (abs(one.at - fact.at) <= DAY for one in view.case.told if isinstance(one, kind))
            if not any(near):
                what = f"{result.replace('_', ' ')} was reported, and no more"
                yield Said(f"{view.case.loan.id}.reply.{fact.id}", fact.at, what, fact.at + DAY)


def _unreckonable(view: View) -> Iterator[Said]:
    """What was told with a sum that is none of this loan's: it may have been a payment, or a promise."""
    for fact in view.case.ignored:
        wrong, kind = f.unreckonable(fact, view.case.loan.currency), fact.kind.replace("_", " ")
        what = f"{kind} of {wrong} was told, which is no sum of this loan"
        yield Said(f"{view.case.loan.id}.reply.{fact.id}", fact.at, what, fact.at)


def sheltered(view: View) -> Silence | None:
    """Hardship, a hold, or nothing due but a sum that is on hold."""
    found = []
    for hold in view.holds:
        if hold.on(view.now) and (hold.silences or (hold.held and nothing_else(view))):
            why = f"on hold ({hold.reason}) until {view.written(hold.until)}"
            if not hold.silences:
                part = Money(hold.held, view.case.loan.currency)
                why = f"nothing is due but {part}, left out ({hold.reason}) until {view.written(hold.until)}"
            found.append(Silence("sheltered", why, hold.until))
    ended = max((fact.at for fact in view.case.latest(f.HardshipEnded)), default=None)
    for fact in view.case.latest(f.HardshipReported):
        if fact.until > view.today and (ended is None or fact.at > ended):
            until = midnight(fact.until, view.home)
            why = f"hardship ({fact.reason.replace('_', ' ')}); nothing is asked until {fact.until:%-d %b}"
            found.append(Silence("sheltered", why, until))
    return max(found, key=lambda one: one.until, default=None)


def in_flight(view: View) -> Silence | None:
    """Money is on its way: wait for it as long as its rail may take."""
    over = {fact.announced for fact in view.case.latest(f.PaymentReceived)}
    over |= {fact.payment for fact in view.case.latest(f.PaymentFailed)}
    for fact in view.case.latest(f.PaymentAnnounced):
        days = view.law.money.in_flight.get(fact.rail, ON_ITS_WAY)
        until = midnight(local_day(fact.at, view.home) + (days + 1) * DAY, view.home)
        if fact.id not in over and until > view.now:
            why = (
                f"{fact.amount} is on its way by {fact.rail.replace('_', ' ')} since {view.written(fact.at)}"
            )
            return Silence("in_flight", why, until)
    return None


def on_plan(view: View) -> Silence | None:
    """A plan is kept: nothing is asked besides it."""
    for plan in view.plans:
        if plan.state == "running" and plan.next is not None and plan.until is not None:
            due = f"{plan.next.amount} by {plan.next.due:%-d %b}"
            return Silence("on_plan", f"on a plan; next {due}", plan.until)
    return None


def offered(view: View) -> Silence | None:
    """An offer to settle is open: nobody is pressed meanwhile."""
    for one in view.settlements:
        if one.state == "open":
            why = f"{one.offered.amount} is accepted as final until {one.offered.until:%-d %b}"
            return Silence("offered", why, one.end)
    return None


def promised(view: View) -> Silence | None:
    """A promise silences us until the day after."""
    pending = [promise for promise in view.promises if promise.state == "open"]
    first = min(pending, key=lambda promise: promise.end, default=None)
    if first is None:
        return None
    return Silence("promised", f"promised {first.made.amount} by {first.made.by:%-d %b}", first.end)


def stopped(view: View) -> str | None:
    """Why staff ended the journey, if they did."""
    for fact in view.case.latest(f.JourneyStopped):
        return f"stopped by {fact.by}: {fact.reason}"
    return None
