"""Why we may be silent: reasons not to contact anybody, and until when each holds by itself."""

from dataclasses import dataclass
from datetime import datetime

from journeys import facts as f
from journeys.calendar import DAY, midnight
from journeys.view import View


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


def open_dispute(view: View) -> f.DisputeRaised | None:
    """The newest dispute nobody has answered; the answer is the report of the task it opened."""
    for fact in view.latest(f.DisputeRaised):
        if isinstance(fact, f.DisputeRaised):
            return fact if view.case.report(dispute_task(view, fact)) is None else None
    return None


def dispute_task(view: View, dispute: f.DisputeRaised) -> str:
    return f"{view.case.loan.id}.dispute.{dispute.id}"


def replied(view: View) -> Silence | None:
    reply = open_reply(view)
    if reply is None:
        return None
    return Silence("replied", f"they wrote on {reply.at:%-d %b}; a person answers first", view.now)


def open_reply(view: View) -> f.ReplyReceived | None:
    """The oldest reply nobody has answered and nobody gave up; one answer serves all that came before it."""
    replies = [fact for fact in view.case.told if isinstance(fact, f.ReplyReceived)]
    answers = (view.case.report(reply_task(view, reply)) for reply in replies)
    answered = max((answer.at for answer in answers if answer), default=None)
    for reply in replies:
        task = view.case.task(reply_task(view, reply))
        if (answered is None or reply.at > answered) and (task is None or task.over != "given_up"):
            return reply
    return None


def reply_task(view: View, reply: f.ReplyReceived) -> str:
    return f"{view.case.loan.id}.reply.{reply.id}"


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
