"""Which touch is due, and when: the latest that can reach the borrower, at its first lawful instant."""

from datetime import date, datetime

from journeys import actions as a
from journeys.borrower import BY_PEOPLE, Channel
from journeys.budget import attempt_of, record_of
from journeys.calendar import DAY, local_day
from journeys.law.clearance import clearance, earliest
from journeys.law.record import Attempt
from journeys.law.rule import Refusal
from journeys.loan import Instalment
from journeys.money import Money
from journeys.strategy import ON_WORKING_DAYS, Touch
from journeys.view import View

DEAD_END = frozenset({"opted_out", "bad_contact_point"})
"""Meanings of a provider's refusal that close the channel."""
HOLD = "HOLD"
"""The rule on record where a hold on its channel kept a touch back."""
BEFORE_ALL = -1_000
"""A day before every touch."""
TRIES = 60
"""How often the strategy's hours and the law may miss each other before the law alone decides."""


def touch_due(view: View) -> a.Wait | a.Act | None:
    """The latest due touch not yet made, or the next one to come; a required one is never skipped."""
    if view.oldest is None:
        return None
    pending = _pending_touches(view, view.oldest)
    while pending:
        contact = _first_of(view, pending, view.oldest)
        if not _comes_too_late(view, contact):
            return contact
        pending = [one for one in pending if one.id != contact.touch]
    return None


def _first_of(view: View, pending: list[Touch], oldest: Instalment) -> a.Contact | a.Withhold:
    reached = view.reached_day
    due = [one for one in pending if one.day <= reached and _scheduled(view, one, oldest) <= view.now]
    if not due:
        return _contact(view, pending[0], oldest, skipped=())
    contact = _latest(view, due, oldest)
    by_then = [one for one in pending if _scheduled(view, one, oldest) <= contact.not_before]
    return _latest(view, by_then, oldest) if len(by_then) > len(due) else contact


def _comes_too_late(view: View, contact: a.Contact | a.Withhold) -> bool:
    """Whether a word before the due date would come after it, where something moved it."""
    moved = isinstance(contact, a.Contact) and local_day(contact.not_before, view.home) > contact.due
    return moved and view.strategy.days[contact.touch] < 0


def _pending_touches(view: View, oldest: Instalment) -> list[Touch]:
    """Touches still to come for this due date: nothing before the latest one made, save what is required.

    What a hold on its channel kept back comes after it, unless something later was made meanwhile.
    """
    spent = [one for one in view.case.attempts if one.due == oldest.due and one.done]
    made = {one.touch for one in spent if one.state != "withheld"}
    withheld = {one.touch: one.meaning for one in spent if one.state == "withheld"}
    again = {
        touch.id
        for touch in (view.strategy.touch if withheld else ())
        if touch.id in withheld and _again(view, touch, oldest, withheld[touch.id])
    }
    done = {one.touch for one in spent} - again
    days = view.strategy.days
    reached, spoken = (
        max([days[id] for id in those if id in days], default=BEFORE_ALL) for those in (done, made)
    )
    return [
        touch
        for touch in view.strategy.touch
        if touch.id not in done
        and (touch.required or touch.day > (spoken if touch.id in again else reached))
        and (touch.owed_at_least is None or _worth_it(view, touch, oldest, touch.owed_at_least))
    ]


def _again(view: View, touch: Touch, oldest: Instalment, withheld_by: str) -> bool:
    """Whether a touch, withheld once, would be made now: a required one, or one that a hold kept back."""
    owed = touch.required or withheld_by == HOLD
    return owed and isinstance(_contact(view, touch, oldest, skipped=()), a.Contact)


def _worth_it(view: View, touch: Touch, oldest: Instalment, at_least: int) -> bool:
    """Whether enough is overdue on its day, the touch's own or a later one we have reached."""
    overdue = view.overdue(max(view.today, view.day_of(oldest, touch.day)))
    return overdue.minor >= Money.whole(at_least, overdue.currency).minor


def _scheduled(view: View, touch: Touch, oldest: Instalment) -> datetime:
    day = view.day_of(oldest, touch.day)
    if touch.required:
        day = max(day, _periods_over(view, oldest))
    return view.slot(day, working=touch.by in ON_WORKING_DAYS)


def end_of(view: View, oldest: Instalment) -> datetime:
    """When the strategy ends for an instalment: not before its last notice has had its time."""
    return view.slot(
        max(view.day_of(oldest, view.strategy.end.day), _periods_over(view, oldest)), working=True
    )


def _periods_over(view: View, oldest: Instalment) -> date:
    """The day from which a required touch may follow those before it: a notice that went out late has its
    whole time all the same."""
    periods = view.strategy.periods
    over = (
        local_day(one.at, view.home) + periods[one.touch] * DAY
        for one in view.case.attempts
        if one.due == oldest.due and one.touch in periods and one.counts
    )
    return max(over, default=date.min)


def _contact(
    view: View, touch: Touch, oldest: Instalment, skipped: tuple[str, ...]
) -> a.Contact | a.Withhold:
    """The touch at its first lawful instant, or on record as withheld if its channel is closed."""
    contact = f"{view.stem(oldest.due)}{touch.id}"
    start = max(view.now, _scheduled(view, touch, oldest))
    if (dead := _dead_end(view, touch.by)) is not None:
        return _withheld(contact, touch, oldest, skipped, start, dead)
    lawful = _first_lawful(view, touch, oldest, _not_deferred(view, contact, start))
    if isinstance(lawful, Refusal):
        return _withheld(contact, touch, oldest, skipped, start, lawful)
    at, moved = lawful
    reasons = [f"day {touch.day}"]
    if skipped:
        reasons.append(f"the latest of {len(skipped) + 1} due")
    if moved is not None and at > start:
        reasons.append(f"moved by {moved.rule}: {moved.why}")
    return a.Contact(
        rule="touch_due",
        why="; ".join(reasons),
        not_before=at,
        contact=contact,
        touch=touch.id,
        due=oldest.due,
        channel=touch.by,
        say=touch.say,
        deadline=view.deadline(_job(touch.by), at) if touch.by in BY_PEOPLE else None,
        skipped=skipped,
    )


def _withheld(
    contact: str, touch: Touch, oldest: Instalment, skipped: tuple[str, ...], at: datetime, by: Refusal
) -> a.Withhold:
    return a.Withhold(
        rule="touch_due",
        why=by.why,
        not_before=at,
        contact=contact,
        touch=touch.id,
        due=oldest.due,
        channel=touch.by,
        say=touch.say,
        forbidden_by=by.rule,
        words=by.words,
        skipped=skipped,
    )


def _latest(view: View, due: list[Touch], oldest: Instalment) -> a.Contact | a.Withhold:
    """The first required one of these, else the last that can reach them: it makes up for those before it."""
    reaching = [one for one in due if closed_for(view, one.by, one.say, oldest.due) is None] or due
    chosen = next((touch for touch in due if touch.required), reaching[-1])
    skipped = tuple(touch.id for touch in due if touch.day < chosen.day)
    return _contact(view, chosen, oldest, skipped)


def _job(channel: Channel) -> a.Job:
    return a.Job.VISIT if channel is Channel.VISIT else a.Job.AGENT_CALL


def _not_deferred(view: View, contact: str, start: datetime) -> datetime:
    """What was withheld is tried again a day later at the earliest: the guard may know more than the case."""
    ours = [one for one in view.case.attempts if one.contact == contact]
    later = [one.at + DAY if one.state == "withheld" else one.until for one in ours]
    return max([start, *(one for one in later if one is not None)])


def _first_lawful(
    view: View, touch: Touch, oldest: Instalment, start: datetime
) -> tuple[datetime, Refusal | None] | Refusal:
    """From `start` on, the first instant both within the strategy's hours and lawful in every zone.

    Where these never meet (New York and Honolulu in summer), the law alone says when, before what it is for
    changes with its day. A refusal, where only an event could release it or the lawful hours of their zones
    never meet.
    """
    working, at, moved = touch.by in ON_WORKING_DAYS, start, None
    lawful: Attempt | None = None
    for _ in range(TRIES):
        wanted = view.next_slot(at, working=working)
        attempt = _attempt(view, touch.by, touch.say, oldest.due, wanted)
        if lawful is not None and lawful.purpose != attempt.purpose:
            break
        clear, refusal = earliest(view.law, view.record, attempt)
        if clear is None:
            assert refusal is not None, "what is not clear was refused"
            return refusal
        moved, at = refusal or moved, clear
        if at == wanted:
            return at, moved
        cleared = _attempt(view, touch.by, touch.say, oldest.due, clear)
        if lawful is None and cleared.purpose == attempt.purpose:
            lawful = cleared
    return lawful.at if lawful else start, moved


def closed_for(view: View, channel: Channel, say: str, due: date) -> Refusal | None:
    """Why the channel is closed to such words about a due date until something happens, if it is."""
    if (dead := _dead_end(view, channel)) is not None:
        return dead
    binding = clearance(view.law, view.record, attempt_now(view, channel, say, due)).binding
    return binding if binding and binding.until is None else None


def closed_until(view: View, channel: Channel, say: str, due: date, deadline: datetime) -> Refusal | None:
    """What befell the borrower and shelters them beyond a deadline, whatever contacts there were."""
    record = record_of(view.case.borrower, (), view.case.told, view.now)
    refusals = clearance(view.law, record, attempt_now(view, channel, say, due)).refusals
    return next((one for one in refusals if one.until is not None and one.until > deadline), None)


def attempt_now(view: View, channel: Channel, say: str, due: date) -> Attempt:
    """Such words about a due date as they would be at this moment."""
    return _attempt(view, channel, say, due, view.now)


def _attempt(view: View, channel: Channel, say: str, due: date, at: datetime) -> Attempt:
    return attempt_of(view.case.loan.id, view.home, channel, at, say, due)


def _dead_end(view: View, channel: Channel) -> Refusal | None:
    """Why the channel leads nowhere now, whatever the law says."""
    if channel not in view.case.borrower.channels:
        return Refusal("NO_CONTACT_POINT", None, "no contact point")
    for hold in view.holds:
        if hold.channel is channel and hold.on(view.now):
            return Refusal(
                HOLD,
                None,
                f"{channel} is on hold ({hold.reason}) until {view.written(hold.until)}",
            )
    for attempt in view.case.attempts:
        if attempt.channel == channel and attempt.meaning in DEAD_END:
            return Refusal("REFUSED_BY_PROVIDER", None, f"{channel} was refused by the provider")
    return None
