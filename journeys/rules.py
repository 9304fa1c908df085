"""The policy: an ordered tuple of small rules; the first that speaks wins, the last always speaks.

Every rule looks at the facts of today (the oldest unpaid instalment), never at a counter, so a reversal,
a backdated payment or a late worker lands where the facts say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import BY_PEOPLE, Channel
from journeys.calendar import DAY, add_working_days, instant, local, local_day, midnight, working_day_from
from journeys.case import Case, Task
from journeys.compliance import Attempt, Law, Refusal, earliest
from journeys.loan import Instalment
from journeys.money import Money
from journeys.strategy import ON_WORKING_DAYS, Strategy, Touch

OFFICE_CLOSES = time(18)
WORKING_DAYS_FOR = {
    a.Job.AGENT_CALL: 1,
    a.Job.VISIT: 5,
    a.Job.ANSWER_DISPUTE: 10,
    a.Job.SIGN_HAND_OFF: 5,
    a.Job.ACKNOWLEDGE_HAND_OFF: 5,
}
"""How many working days a person has for a task, and again after the reminder."""
BY_PHONE = frozenset({Channel.SMS, Channel.CALL, Channel.AGENT})
DEAD_END = frozenset({"opted_out", "bad_contact_point"})
"""Meanings of a provider's refusal that close the channel."""
TRIES = 60
"""How often the strategy's hours and the law may miss each other before the law alone decides."""
WRONG_NUMBER = frozenset({"wrong_person", "not_in_service"})
"""Reasons that close every channel of the same telephone number, not one of them."""


class View:
    """The case at one instant, with what the rules ask of it reckoned once."""

    def __init__(self, strategy: Strategy, law: Law, case: Case, now: datetime) -> None:
        self.strategy, self.law, self.case, self.now = strategy, law, case, now
        self.home = case.borrower.zones[0]
        self.today = local_day(now, self.home)
        self.paid = case.paid()
        self.oldest = case.loan.oldest_unpaid(self.paid)
        self.minute = strategy.minute(case.loan.id)

    def day(self) -> int:
        """Days past due of the oldest unpaid instalment; negative before it falls due."""
        return (self.today - self.oldest.due).days if self.oldest else 0

    def latest(self, kind: type[f.Happened]) -> list[f.Told]:
        """Facts of one kind, newest first."""
        return [fact for fact in reversed(self.case.told) if isinstance(fact, kind)]

    def office_closes(self, working_days: int) -> datetime:
        """Closing time of the office so many working days from today."""
        day = add_working_days(self.today, working_days, self.law.calendar)
        return instant(day, OFFICE_CLOSES, self.home)

    def slot(self, day: date, *, working: bool) -> datetime:
        """The loan's own minute on that day, or on the next working day where that is wanted."""
        if working:
            day = working_day_from(day, self.law.calendar)
        return instant(day, self.minute, self.home)

    def next_slot(self, at: datetime, *, working: bool) -> datetime:
        """The first instant from `at` on that lies in the strategy's hours of a day that will do."""
        clock = local(at, self.home)
        day = clock.date() if clock.time() < self.strategy.between.close else clock.date() + DAY
        return max(at, self.slot(day, working=working))


Rule = Callable[[View], a.Wait | a.Act | None]


# ── why we may be silent ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Silence:
    """A reason not to contact anybody, and until when it holds by itself."""

    rule: str
    why: str
    until: datetime


def silence(view: View) -> Silence | None:
    """The first reason to be silent: settled, disputed, sheltered, promised."""
    for reason in (_settled, _disputed, _sheltered, _promised):
        if (found := reason(view)) is not None:
            return found
    return None


def _settled(view: View) -> Silence | None:
    loan, oldest = view.case.loan, view.oldest
    if oldest is not None:
        far_ahead = oldest.due > view.today + view.strategy.lead * DAY
        if oldest is loan.instalments[0] or not far_ahead:
            return None
    payments = [fact.at for fact in view.case.told if isinstance(fact, f.PaymentReceived)]
    cleared = max(payments, default=view.now) + view.strategy.clearing_days * DAY
    return Silence("settled", "everything due is paid; a payment may still be returned", cleared)


def _disputed(view: View) -> Silence | None:
    dispute = _open_dispute(view)
    if dispute is None:
        return None
    return Silence(
        "disputed", f"disputed since {dispute.at:%-d %b}; no contact until it is answered", view.now
    )


def _open_dispute(view: View) -> f.DisputeRaised | None:
    """The newest dispute nobody has answered; the answer is the report of the task it opened."""
    for fact in view.latest(f.DisputeRaised):
        if isinstance(fact, f.DisputeRaised):
            return fact if view.case.report(_dispute_task(view, fact)) is None else None
    return None


def _dispute_task(view: View, dispute: f.DisputeRaised) -> str:
    return f"{view.case.loan.id}.dispute.{dispute.id}"


def _sheltered(view: View) -> Silence | None:
    lifted = {fact.hold for fact in view.case.told if isinstance(fact, f.HoldLifted)}
    found: list[Silence] = []
    for fact in view.case.told:
        if isinstance(fact, f.HoldPlaced) and fact.id not in lifted and fact.until > view.now:
            found.append(
                Silence("sheltered", f"on hold ({fact.reason}) until {fact.until:%-d %b}", fact.until)
            )
        elif isinstance(fact, f.HardshipReported) and fact.until > view.today:
            until = midnight(fact.until, view.home)
            found.append(Silence("sheltered", f"hardship; nothing is asked until {fact.until:%-d %b}", until))
    return max(found, key=lambda one: one.until, default=None)


def _promised(view: View) -> Silence | None:
    promise = next((t for t in view.latest(f.PromiseMade) if isinstance(t, f.PromiseMade)), None)
    if promise is None or promise.by < view.today:
        return None
    if view.paid - view.case.paid(until=promise.at) >= promise.amount.minor:
        return None
    day_after = midnight(promise.by + DAY, view.home)
    return Silence("promised", f"promised {promise.amount} by {promise.by:%-d %b}", day_after)


# ── the rules ────────────────────────────────────────────────────────────────────────────────────


def recalled(view: View) -> a.Wait | a.Act | None:
    """A person is about to reach a borrower who must not be reached: take the task back first."""
    for task in view.case.open_tasks():
        if (why := _unwanted(view, task)) is not None:
            return a.Withdraw(rule="recalled", why=why, not_before=view.now, task=task.id)
    return None


def stopped(view: View) -> a.Wait | a.Act | None:
    """Staff ended the journey."""
    if (why := _stopped(view)) is None:
        return None
    return a.Close(rule="stopped", why=why, not_before=view.now, outcome=a.Outcome.STOPPED)


def settled(view: View) -> a.Wait | a.Act | None:
    """Nothing owed: close, once the payment can no longer be returned."""
    quiet = _settled(view)
    if quiet is None:
        return None
    if quiet.until > view.now:
        return a.Wait(rule="settled", why=quiet.why, not_before=quiet.until)
    return a.Close(rule="settled", why="everything due is paid", not_before=view.now, outcome=a.Outcome.CURED)


def disputed(view: View) -> a.Wait | a.Act | None:
    """The borrower disputes: a person answers; upheld, or answered by nobody, it ends the journey."""
    for fact in view.case.told:
        if isinstance(fact, f.DisputeRaised):
            answer = view.case.report(_dispute_task(view, fact))
            if answer is not None and answer.result == "upheld":
                return _release(view, "disputed", f"the dispute was upheld by {answer.by}")
    dispute = _open_dispute(view)
    if dispute is None:
        return None
    task = view.case.task(_dispute_task(view, dispute))
    if task is None or task.over == "withdrawn":
        return a.Ask(
            rule="disputed",
            why="a person must answer the dispute",
            not_before=view.now,
            task=_dispute_task(view, dispute),
            job=a.Job.ANSWER_DISPUTE,
            deadline=_deadline(view, a.Job.ANSWER_DISPUTE, view.now),
        )
    if task.over:
        return _release(view, "disputed", "nobody answered the dispute")
    return _pending(view, task, "disputed")


def sheltered(view: View) -> a.Wait | a.Act | None:
    """Hardship or a hold: leave them alone until it ends."""
    return _wait_out(_sheltered(view))


def promised(view: View) -> a.Wait | a.Act | None:
    """A promise to pay silences us until the day after."""
    return _wait_out(_promised(view))


def asked(view: View) -> a.Wait | a.Act | None:
    """Somebody has a task: wait for the report, remind once, give up."""
    for task in view.case.open_tasks():
        return _pending(view, task, "asked")
    return None


def touch_due(view: View) -> a.Wait | a.Act | None:
    """The latest due touch not yet made, or the next one to come; a required one is never skipped."""
    if view.oldest is None:
        return None
    pending = _pending_touches(view, view.oldest)
    if not pending:
        return None
    day = view.day()
    due = [one for one in pending if one.day <= day and _scheduled(view, one, view.oldest) <= view.now]
    if not due:
        return _contact(view, pending[0], view.oldest, skipped=())
    contact = _latest(view, due, view.oldest)
    by_then = [one for one in pending if _scheduled(view, one, view.oldest) <= contact.not_before]
    return _latest(view, by_then, view.oldest) if len(by_then) > len(due) else contact


def handed_off(view: View) -> a.Wait | a.Act | None:
    """Every touch is spent: refer to legal, with a person's signature, if the strategy says so."""
    if view.oldest is None or view.strategy.end.then != "legal":
        return None
    stem = f"{view.case.loan.id}.{view.oldest.due:%Y%m%d}"
    tasks = [task for task in view.case.tasks if task.id.startswith(f"{stem}.")]
    signatures = [task for task in tasks if task.job == a.Job.SIGN_HAND_OFF]
    if not signatures or signatures[-1].over == "withdrawn":
        return a.PrepareHandOff(
            rule="handed_off",
            why=f"day {view.strategy.end.day}: every touch is spent",
            not_before=max(view.now, _end(view, view.oldest)),
            task=f"{stem}.sign.{len(signatures) + 1}",
            deadline=_deadline(view, a.Job.SIGN_HAND_OFF, max(view.now, _end(view, view.oldest))),
        )
    signed = view.case.report(signatures[-1].id)
    if signed is None or signed.result != "signed":
        return _release(view, "handed_off", f"not signed ({signed.result if signed else 'nobody answered'})")
    lodged = [task for task in tasks if task.job == a.Job.ACKNOWLEDGE_HAND_OFF]
    if not lodged or lodged[-1].over == "withdrawn":
        return a.LodgeHandOff(
            rule="handed_off",
            why=f"signed by {signed.by}",
            not_before=view.now,
            task=f"{stem}.acknowledge.{len(lodged) + 1}",
            deadline=_deadline(view, a.Job.ACKNOWLEDGE_HAND_OFF, view.now),
        )
    acknowledged = view.case.report(lodged[-1].id)
    why = f"acknowledged by {acknowledged.by}" if acknowledged else "lodged, never acknowledged"
    return a.Close(rule="handed_off", why=why, not_before=view.now, outcome=a.Outcome.LEGAL)


def exhausted(view: View) -> a.Wait | a.Act | None:
    """Nothing left to do: let the borrower be."""
    end = _end(view, view.oldest) if view.oldest else view.now
    return a.Close(
        rule="exhausted",
        why=f"day {view.strategy.end.day}: every touch is spent",
        not_before=max(view.now, end),
        outcome=a.Outcome.RELEASED,
    )


RULES: tuple[Rule, ...] = (
    recalled,
    stopped,
    settled,
    disputed,
    sheltered,
    promised,
    asked,
    touch_due,
    handed_off,
    exhausted,
)


def next_action(view: View) -> a.Wait | a.Act:
    """What to do next, and why; total, for the last rule always speaks, and pure."""
    for rule in RULES:
        if (action := rule(view)) is not None:
            return action
    raise AssertionError("the last rule always speaks")


# ── parts of rules ───────────────────────────────────────────────────────────────────────────────


def _wait_out(quiet: Silence | None) -> a.Wait | None:
    return a.Wait(rule=quiet.rule, why=quiet.why, not_before=quiet.until) if quiet else None


def _stopped(view: View) -> str | None:
    for fact in view.latest(f.JourneyStopped):
        if isinstance(fact, f.JourneyStopped):
            return f"stopped by {fact.by}: {fact.reason}"
    return None


def _unwanted(view: View, task: Task) -> str | None:
    """Why nobody should do the task any more: we are silent, or its channel has been closed since."""
    if (why := _stopped(view)) is not None:
        return why
    quiet = silence(view)
    if quiet is not None and (task.job != a.Job.ANSWER_DISPUTE or quiet.rule == "settled"):
        return quiet.why
    for attempt in view.case.attempts:
        if attempt.contact == task.id and (closed := _closed(view, attempt.channel)) is not None:
            return closed.why
    return None


def _release(view: View, rule: str, why: str) -> a.Close:
    return a.Close(rule=rule, why=why, not_before=view.now, outcome=a.Outcome.RELEASED)


def _deadline(view: View, job: a.Job, start: datetime) -> datetime:
    day = add_working_days(local_day(start, view.home), WORKING_DAYS_FOR[job], view.law.calendar)
    return instant(day, OFFICE_CLOSES, view.home)


def _pending(view: View, task: Task, rule: str) -> a.Wait | a.Chase | a.GiveUp:
    if view.now < task.deadline:
        why = f"{task.job} is asked of {a.OWNERS[a.Job(task.job)]} by {task.deadline:%-d %b}"
        return a.Wait(rule=rule, why=why, not_before=task.deadline)
    if task.chased:
        why = f"nobody reported {task.job}, not even after a reminder"
        return a.GiveUp(rule=rule, why=why, not_before=view.now, task=task.id)
    return a.Chase(
        rule=rule,
        why=f"{task.job} was due {task.deadline:%-d %b}",
        not_before=view.now,
        task=task.id,
        deadline=_deadline(view, a.Job(task.job), view.now),
    )


def _pending_touches(view: View, oldest: Instalment) -> list[Touch]:
    """Touches still to come for this due date: nothing before the latest one made, save what is required."""
    done = {one.touch for one in view.case.attempts if one.due == oldest.due and one.done}
    reached = max((touch.day for touch in view.strategy.touch if touch.id in done), default=None)
    return [
        touch
        for touch in view.strategy.touch
        if touch.id not in done
        and (touch.required or reached is None or touch.day > reached)
        and _worth_it(view, touch, oldest)
    ]


def _worth_it(view: View, touch: Touch, oldest: Instalment) -> bool:
    """Whether enough is overdue on its day, the touch's own or a later one we have reached."""
    if touch.owed_at_least is None:
        return True
    day = max(view.today, oldest.due + touch.day * DAY)
    overdue = view.case.loan.due_by(day, view.paid)
    return overdue.minor >= Money.of(str(touch.owed_at_least), overdue.currency).minor


def _scheduled(view: View, touch: Touch, oldest: Instalment) -> datetime:
    day = oldest.due + timedelta(days=touch.day)
    return view.slot(day, working=touch.by in ON_WORKING_DAYS)


def _end(view: View, oldest: Instalment) -> datetime:
    return view.slot(oldest.due + view.strategy.end.day * DAY, working=True)


def _contact(
    view: View, touch: Touch, oldest: Instalment, skipped: tuple[str, ...]
) -> a.Contact | a.Withhold:
    """The touch at its first lawful instant, or on record as withheld if its channel is closed."""
    contact = f"{view.case.loan.id}.{oldest.due:%Y%m%d}.{touch.id}"
    start = max(view.now, _scheduled(view, touch, oldest))
    if (closed := _closed(view, touch.by)) is not None:
        return _withheld(contact, touch, oldest, skipped, start, closed)
    try:
        at, moved = _first_lawful(view, touch, _not_deferred(view, contact, start))
    except ValueError as never:  # the lawful hours of their zones do not meet
        refusal = Refusal("NO_LAWFUL_INSTANT", None, str(never))
        return _withheld(contact, touch, oldest, skipped, start, refusal)
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
        deadline=_deadline(view, _job(touch.by), at) if touch.by in BY_PEOPLE else None,
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
        skipped=skipped,
    )


def _latest(view: View, due: list[Touch], oldest: Instalment) -> a.Contact | a.Withhold:
    """The first required one of these, else the last that can reach them: it makes up for those before it."""
    reaching = [touch for touch in due if _closed(view, touch.by) is None] or due
    chosen = next((touch for touch in due if touch.required), reaching[-1])
    skipped = tuple(touch.id for touch in due if touch.day < chosen.day)
    return _contact(view, chosen, oldest, skipped)


def _job(channel: Channel) -> a.Job:
    return a.Job.VISIT if channel is Channel.VISIT else a.Job.AGENT_CALL


def _not_deferred(view: View, contact: str, start: datetime) -> datetime:
    until = [one.until for one in view.case.attempts if one.contact == contact and one.until]
    return max([start, *until])


def _first_lawful(view: View, touch: Touch, start: datetime) -> tuple[datetime, Refusal | None]:
    """From `start` on, the first instant both within the strategy's hours and lawful in every zone.

    Where these never meet (New York and Honolulu in summer), the law alone says when.
    """
    case, working = view.case, touch.by in ON_WORKING_DAYS
    spent, at, moved, lawful = case.spent(), start, None, None
    for _ in range(TRIES):
        wanted = view.next_slot(at, working=working)
        at, refusal = earliest(view.law, case.borrower.zones, spent, Attempt(case.loan.id, touch.by, wanted))
        moved, lawful = refusal or moved, lawful or at
        if at == wanted:
            return at, moved
    return lawful or start, moved


def _closed(view: View, channel: Channel) -> Refusal | None:
    """Why the channel is closed for good, if it is."""
    if channel not in view.case.borrower.channels:
        return Refusal("NO_CONTACT_POINT", None, f"no contact point for {channel}")
    for fact in view.case.told:
        if isinstance(fact, f.OptedOut) and fact.channel in (None, channel):
            what = "all contact" if fact.channel is None else channel
            return Refusal("OPTED_OUT", None, f"opted out of {what} on {fact.at:%-d %b}")
        if isinstance(fact, f.ContactPointFailed) and channel in _same_point(fact):
            return Refusal("CONTACT_POINT_FAILED", None, f"{channel} does not reach them: {fact.reason}")
    for attempt in view.case.attempts:
        if attempt.channel == channel and attempt.meaning in DEAD_END:
            return Refusal("CONTACT_POINT_FAILED", None, f"{channel} was refused by the provider")
    return None


def _same_point(failed: f.ContactPointFailed) -> frozenset[Channel]:
    if failed.channel in BY_PHONE and failed.reason in WRONG_NUMBER:
        return BY_PHONE
    return frozenset({failed.channel})
