"""Why we may be silent: reasons not to contact anybody, and until when each holds by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from journeys import facts as f
from journeys.calendar import DAY, midnight
from journeys.view import View

SAYS: dict[str, type[f.Happened]] = {
    "promised": f.PromiseMade,
    "hardship": f.HardshipReported,
    "paid_already": f.PaymentReceived,
}
"""Results of a call or visit, each with the fact that says the whole of it."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A reason not to contact anybody, and until when it holds by itself."""

    rule: str
    why: str
    until: datetime


def reason(view: View) -> Silence | None:
    """The first reason to be silent: settled, disputed, replied, sheltered, promised."""
    for why in (settled, disputed, replied, sheltered, promised):
        if (found := why(view)) is not None:
            return found
    return None


def settled(view: View) -> Silence | None:
    loan, oldest = view.case.loan, view.oldest
    if oldest is not None:
        far_ahead = oldest.due > view.today + view.strategy.lead * DAY
        if oldest is loan.instalments[0] or not far_ahead:
            return None
    payments = [fact.at for fact in view.case.told if isinstance(fact, f.PaymentReceived)]
    cleared = max(payments, default=view.now) + view.strategy.clearing_days * DAY
    return Silence("settled", "everything due is paid; a payment may still be returned", cleared)


def disputed(view: View) -> Silence | None:
    dispute = open_dispute(view)
    if dispute is None:
        return None
    return Silence(
        "disputed", f"disputed since {dispute.at:%-d %b}; no contact until it is answered", view.now
    )


def open_dispute(view: View) -> f.Happened | None:
    """The newest dispute nobody has answered; the answer is the report of the task it opened."""
    newest = disputes(view)[-1:]
    return next((one for one in newest if view.case.report(dispute_task(view, one)) is None), None)


def disputes(view: View) -> list[f.Happened]:
    """Disputes told of, or reported by a caller or visitor; two within a day are one."""
    found: list[f.Happened] = []
    for fact in view.case.told:
        told = isinstance(fact, f.DisputeRaised) or _reported(view, fact) == "disputed"
        if told and not (found and fact.at - found[-1].at <= DAY):
            found.append(fact)
    return found


def dispute_task(view: View, dispute: f.Happened) -> str:
    return f"{view.case.loan.id}.dispute.{dispute.id}"


def _reported(view: View, fact: f.Told) -> str:
    """What a call or a visit came to, where the fact is the report of one."""
    if not isinstance(fact, f.TaskReported):
        return ""
    return fact.result if any(one.contact == fact.task for one in view.case.attempts) else ""


def replied(view: View) -> Silence | None:
    said = open_reply(view)
    if said is None:
        return None
    why = f"{said.what} on {said.at:%-d %b}; a person answers first"
    return Silence("replied", why, max(view.now, said.asked_from))


@dataclass(frozen=True, slots=True)
class Said:
    """Something the borrower wrote or told us that nobody has dealt with, and the task that deals with it."""

    task: str
    at: datetime
    what: str
    asked_from: datetime


def open_reply(view: View) -> Said | None:
    """The oldest that nobody has answered or given up; one answer serves all that came before it."""
    said = sorted([*_written(view), *_unexplained(view)], key=lambda one: (one.at, one.task))
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
        if (kind := SAYS.get(result := _reported(view, fact))) is not None:
            near = (abs(one.at - fact.at) <= DAY for one in view.case.told if isinstance(one, kind))
            if not any(near):
                what = f"{result.replace('_', ' ')} was reported, and no more"
                yield Said(f"{view.case.loan.id}.reply.{fact.id}", fact.at, what, fact.at + DAY)


def sheltered(view: View) -> Silence | None:
    found = [
        Silence("sheltered", f"on hold ({hold.reason}) until {hold.until:%-d %b}", hold.until)
        for hold in _holds(view)
        if hold.since is None or hold.since <= view.now
    ]
    for fact in view.case.told:
        if isinstance(fact, f.HardshipReported) and fact.until > view.today:
            until = midnight(fact.until, view.home)
            found.append(Silence("sheltered", f"hardship; nothing is asked until {fact.until:%-d %b}", until))
    return max(found, key=lambda one: one.until, default=None)


def next_hold(view: View) -> datetime | None:
    """When a hold begins that was placed ahead of its time: whatever was planned beyond is planned anew."""
    begins = (hold.since for hold in _holds(view) if hold.since is not None and hold.since > view.now)
    return min(begins, default=None)


def _holds(view: View) -> list[f.HoldPlaced]:
    """Holds neither over nor lifted."""
    lifted = {fact.hold for fact in view.case.told if isinstance(fact, f.HoldLifted)}
    placed = (fact for fact in view.case.told if isinstance(fact, f.HoldPlaced))
    return [hold for hold in placed if hold.id not in lifted and hold.until > view.now]


def promised(view: View) -> Silence | None:
    promise = next((t for t in view.latest(f.PromiseMade) if isinstance(t, f.PromiseMade)), None)
    if promise is None or promise.by < view.today:
        return None
    if view.paid - view.case.paid(until=promise.at) >= promise.amount.minor:
        return None
    day_after = midnight(promise.by + DAY, view.home)
    return Silence("promised", f"promised {promise.amount} by {promise.by:%-d %b}", day_after)


def stopped(view: View) -> str | None:
    for fact in view.latest(f.JourneyStopped):
        if isinstance(fact, f.JourneyStopped):
            return f"stopped by {fact.by}: {fact.reason}"
    return None
