"""The policy: an ordered tuple of small rules; the first that speaks wins, the last always speaks.

Every rule looks at the facts of today (the oldest unpaid instalment), never at a counter, so a reversal,
a backdated payment or a late worker lands where the facts say.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from journeys import actions as a
from journeys import facts as f
from journeys import silence
from journeys.budget import NOTICES, came_back, step_of
from journeys.calendar import local_day, midnight, months_later
from journeys.case import Task
from journeys.holds import later, paused
from journeys.law.clearance import clearance
from journeys.loan import Instalment
from journeys.touches import closed_for, closed_until, end_of, touch_due
from journeys.view import View

ABOUT_A_DUE_DATE = frozenset({a.Job.AGENT_CALL, a.Job.VISIT, a.Job.SIGN_HAND_OFF})
"""Tasks whose words and sums hold for one due date only."""
ANSWERS = frozenset({a.Job.ANSWER_DISPUTE, a.Job.ANSWER_REPLY, a.Job.REACH_ESTATE})
"""Tasks the borrower waits for, whatever silences us meanwhile."""
REOPENING = (f.PaymentReversed, f.FeeCharged, f.ScheduleChanged)
"""Facts that may leave something owed after a journey has ended."""
Rule = Callable[[View], a.Wait | a.Act | None]


# ── the rules ────────────────────────────────────────────────────────────────────────────────────


def recalled(view: View) -> a.Wait | a.Act | None:
    """A person is about to reach a borrower who must not be reached: take the task back first."""
    for task in view.case.open_tasks():
        if (why := _unwanted(view, task)) is not None:
            return a.Withdraw(rule="recalled", why=why, not_before=view.now, task=task.id)
    return None


def ended(view: View) -> a.Wait | a.Act | None:
    """Staff ended the journey, the loan left collections, or the debt can no longer be claimed."""
    if (why := silence.stopped(view)) is not None:
        return _close(view, "ended", a.Outcome.STOPPED, why)
    for fact in view.case.latest(f.LoanLeft):
        return _close(view, "ended", a.Outcome(fact.reason), f"{fact.reason.replace('_', ' ')}, by {fact.by}")
    barred = barred_from(view)
    if barred is not None and barred <= view.now:
        why = f"the time to claim it ended on {local_day(barred, view.home):%-d %b %Y}"
        return _close(view, "ended", a.Outcome.TIME_BARRED, why)
    return None


def settled(view: View) -> a.Wait | a.Act | None:
    """Nothing owed: close, once the strategy no longer waits for the payment to be returned."""
    quiet = silence.settled(view)
    if quiet is None:
        return None
    if quiet.until > view.now:
        return a.Wait(rule="settled", why=quiet.why, not_before=quiet.until)
    begun = view.case.begins_at  # what was agreed before it went on again ended another round
    for settlement in view.settlements:
        if settlement.state == "accepted" and settlement.since >= begun:
            why = f"{settlement.offered.amount} was accepted as final and paid"
            return _close(view, "settled", a.Outcome.SETTLED, why)
    if any(plan.state == "completed" and plan.since >= begun for plan in view.plans):
        return _close(view, "settled", a.Outcome.PLAN_COMPLETED, "the plan was paid to its end")
    return _close(view, "settled", a.Outcome.CURED, "everything due is paid")


def bereaved(view: View) -> a.Wait | a.Act | None:
    """The borrower has died: a person looks for the estate, and nobody else is asked."""
    died = _died(view)
    if died is None:
        return None
    task = f"{view.case.loan.id}.estate.{died.id}"
    answer, known = view.case.report(task), view.case.task(task)
    if answer is not None and answer.result == "no_estate":
        return _close(view, "bereaved", a.Outcome.ESTATE_CLOSED, f"there is no estate, says {answer.by}")
    if answer is not None:
        return _close(view, "bereaved", a.Outcome.TRANSFERRED, f"claimed from the estate by {answer.by}")
    if known is not None and known.over == "given_up":
        return _release(view, "bereaved", "nobody looked for the estate")
    return _answer(
        view, task, a.Job.REACH_ESTATE, "bereaved", "the borrower has died; find who settles the estate"
    )


def disputed(view: View) -> a.Wait | a.Act | None:
    """The borrower disputes: a person answers. Of the whole debt, upheld or answered by nobody, it ends the
    journey; of a part, the rest goes on meanwhile."""
    for one in view.disputes:
        if one.part is None and one.upheld and one.answer is not None:
            return _release(view, "disputed", f"the dispute was upheld by {one.answer.by}")
    whole = silence.open_dispute(view)
    for one in [whole] if whole else silence.open_parts(view):
        known = view.case.task(one.task)
        if known is not None and known.over == "given_up":
            if one.part is None:
                return _release(view, "disputed", "nobody answered the dispute")
            continue
        what = "the dispute" if one.part is None else "the dispute of a part"
        action = _answer(view, one.task, a.Job.ANSWER_DISPUTE, "disputed", f"a person must answer {what}")
        if one.part is None or not isinstance(action, a.Wait):
            return action
    quiet = silence.disputed(view)
    if quiet is None or quiet.until > view.now:
        return _wait_out(quiet)
    return _wait_out(silence.sheltered(view)) or _release(view, "disputed", "nobody answered the dispute")


def replied(view: View) -> a.Wait | a.Act | None:
    """The borrower said what a machine cannot answer: a person does, and until then we are silent."""
    said = silence.open_reply(view)
    if said is None:
        return None
    if view.now < said.asked_from:
        return a.Wait(rule="replied", why=f"{said.what} yet", not_before=said.asked_from)
    why = f"a person must answer: {said.what}"
    return _answer(view, said.task, a.Job.ANSWER_REPLY, "replied", why)


def sheltered(view: View) -> a.Wait | a.Act | None:
    """Hardship or a hold: leave them alone until it ends."""
    return _wait_out(silence.sheltered(view))


def in_flight(view: View) -> a.Wait | a.Act | None:
    """Announced money is waited for as long as its rail may take."""
    return _wait_out(silence.in_flight(view))


def on_plan(view: View) -> a.Wait | a.Act | None:
    """A plan that is kept silences us."""
    return _wait_out(silence.on_plan(view))


def offered(view: View) -> a.Wait | a.Act | None:
    """An open offer to settle silences us until it ends."""
    return _wait_out(silence.offered(view))


def promised(view: View) -> a.Wait | a.Act | None:
    """A promise to pay silences us until the day after."""
    return _wait_out(silence.promised(view))


def asked(view: View) -> a.Wait | a.Act | None:
    """Somebody has a task: wait for the report, remind once, give up."""
    beside = {one.task for one in silence.open_parts(view)}
    for task in view.case.open_tasks():
        if task.id not in beside:
            return _pending(view, task, "asked")
    return None


def handed_off(view: View) -> a.Wait | a.Act | None:
    """Every touch is spent: refer to legal, with a person's signature, if the strategy says so."""
    if view.oldest is None or view.strategy.end.then != "legal":
        return None
    stem = view.stem(view.oldest.due)
    tasks = [task for task in view.case.tasks if task.id.startswith(stem)]
    signatures = [task for task in tasks if task.job == a.Job.SIGN_HAND_OFF]
    if not signatures or signatures[-1].over == "withdrawn":
        end = max(view.now, end_of(view, view.oldest))
        return _barred(view, end) or a.PrepareHandOff(
            rule="handed_off",
            why=f"day {view.strategy.end.day}: every touch is spent{_never_given(view, view.oldest)}",
            not_before=end,
            task=f"{stem}sign.{len(signatures) + 1}",
            deadline=view.deadline(a.Job.SIGN_HAND_OFF, end),
        )
    signed = view.case.report(signatures[-1].id)
    if signed is None or signed.result != "signed":
        return _release(view, "handed_off", f"not signed ({signed.result if signed else 'nobody answered'})")
    lodged = [task for task in tasks if task.job == a.Job.ACKNOWLEDGE_HAND_OFF]
    if not lodged or lodged[-1].over == "withdrawn":
        return _barred(view, view.now) or a.LodgeHandOff(
            rule="handed_off",
            why=f"signed by {signed.by}",
            not_before=view.now,
            task=f"{stem}acknowledge.{len(lodged) + 1}",
            deadline=view.deadline(a.Job.ACKNOWLEDGE_HAND_OFF, view.now),
        )
    acknowledged = view.case.report(lodged[-1].id)
    why = f"acknowledged by {acknowledged.by}" if acknowledged else "lodged, never acknowledged"
    return a.Close(rule="handed_off", why=why, not_before=view.now, outcome=a.Outcome.LEGAL)


def exhausted(view: View) -> a.Wait | a.Act | None:
    """Nothing left to do: let the borrower be."""
    end = end_of(view, view.oldest) if view.oldest else view.now
    return a.Close(
        rule="exhausted",
        why=f"day {view.strategy.end.day}: every touch is spent",
        not_before=max(view.now, end),
        outcome=a.Outcome.RELEASED,
    )


ABOUT_FACTS = (settled, bereaved, disputed, replied, sheltered, in_flight, on_plan, offered, promised)
"""Rules about what was told: where nothing was, they have nothing to say and are not asked."""
RULES: tuple[Rule, ...] = (
    recalled,
    ended,
    settled,
    bereaved,
    disputed,
    replied,
    sheltered,
    in_flight,
    on_plan,
    offered,
    promised,
    asked,
    touch_due,
    handed_off,
    exhausted,
)


UNTOLD = tuple(rule for rule in RULES if rule not in ABOUT_FACTS)


def next_action(view: View) -> a.Wait | a.Act:
    """What to do next, and why; total, for the last rule always speaks, and pure."""
    rules = RULES if view.case.told or view.case.ignored else UNTOLD
    action = next(action for rule in rules if (action := rule(view)) is not None)
    turn = next_turn(view)
    if turn is not None and turn[0] < action.not_before:
        return a.Wait(rule="sheltered", why=turn[1], not_before=turn[0])
    return action


def next_turn(view: View) -> tuple[datetime, str] | None:
    """When something changes by itself that no rule waits for: what was planned beyond is planned anew."""
    if not view.case.told and view.law.money.years is None:
        return None
    turns = [(hold.since, "a hold begins then") for hold in view.holds]
    turns += [(hold.until, "a hold ends then") for hold in view.holds if hold.channel or hold.held]
    for part in silence.open_parts(view):
        task = view.case.task(part.task)
        if task is not None and not task.over:
            turns.append((task.deadline, "the dispute of a part is to be answered by then"))
    if (barred := barred_from(view)) is not None:
        turns.append((barred, "it can be claimed until then"))
    return min((turn for turn in turns if turn[0] > view.now), default=None)


def barred_from(view: View) -> datetime | None:
    """When the debt can no longer be claimed, where the place sets a time: from the oldest unpaid due date or
    the last payment, whichever is later."""
    if view.law.money.years is None or view.unpaid is None:
        return None
    start = max([view.unpaid.due, *(local_day(one.at, view.home) for one in view.case.receipts())])
    end = months_later(start, 12 * view.law.money.years)
    pauses = paused(view.holds, "limitation", view.home)
    return midnight(later(pauses, start, (end - start).days + 1), view.home)


def reopening(view: View) -> f.JourneyReopened | None:
    """Why a journey that had ended because everything was paid goes on after all, if it does."""
    if view.case.outcome not in a.PAID or view.oldest is None or silence.settled(view) is not None:
        return None
    owed, due = view.overdue(max(view.today, view.oldest.due)), view.oldest.due
    why = f"{owed} {'is due since' if due < view.today else 'falls due on'} {due:%-d %b %Y}"
    times = len(view.case.latest(f.JourneyReopened)) + 1
    return f.JourneyReopened(id=f"reopened.{times}", at=view.now, because=why)


# ── parts of rules ───────────────────────────────────────────────────────────────────────────────


def _died(view: View) -> f.CircumstanceNoted | None:
    """The news of the borrower's death, unless it has proved mistaken since."""
    for one in view.case.latest(f.CircumstanceNoted):
        if one.circumstance in ("deceased", "death_mistaken"):
            return one if one.circumstance == "deceased" else None
    return None


def _wait_out(quiet: silence.Silence | None) -> a.Wait | None:
    return a.Wait(rule=quiet.rule, why=quiet.why, not_before=quiet.until) if quiet else None


def _unwanted(view: View, task: Task) -> str | None:
    """Why nobody should do the task any more: silence, a channel closed since, or its due date paid since."""
    if (closing := ended(view)) is not None:
        return closing.why
    quiet = silence.reason(view)
    if quiet is not None and (task.job not in ANSWERS or quiet.rule == "settled"):
        return quiet.why
    if task.job in ABOUT_A_DUE_DATE and view.oldest and not task.id.startswith(view.stem(view.oldest.due)):
        return f"the oldest unpaid due date is {view.oldest.due:%-d %b} now"
    signing = task.job == a.Job.SIGN_HAND_OFF and view.case.told  # untold, nothing has barred it since
    if signing and (barred := _barred(view, view.now)) is not None:
        return barred.why
    if (_died(view) is None) is (task.job == a.Job.REACH_ESTATE):
        return "the borrower lives" if task.job == a.Job.REACH_ESTATE else "the borrower has died"
    for attempt in view.case.attempts:
        if attempt.contact == task.id:
            words = attempt.channel, attempt.say, attempt.due
            closed = closed_for(view, *words) or closed_until(view, *words, task.deadline)
            return closed.why if closed else None
    return None


def _barred(view: View, at: datetime) -> a.Wait | a.Close | None:
    """Nobody goes to legal whom the law shelters from it: a bankrupt, one who has died."""
    refusal = clearance(view.law, view.record, step_of(view.case.loan.id, at)).binding
    if refusal is None:
        return None
    if refusal.until is not None:
        return a.Wait(rule="handed_off", why=refusal.why, not_before=refusal.until)
    return replace(_release(view, "handed_off", refusal.why), not_before=at)


def _never_given(view: View, oldest: Instalment) -> str:
    """What the person who signs must know: a required notice that may not have reached them."""
    events = view.record.events
    arrived = {
        one.touch
        for one in view.case.attempts
        if one.due == oldest.due
        and one.state in ("made", "asked")
        and not came_back(one.channel, one.at, events)
    }
    told = {one.type for one in events if not one.values.get("returned")}
    given = arrived | {one.id for one in view.strategy.touch if NOTICES.get(one.say) in told}
    missing = [one for one in view.strategy.required if one not in given]
    return f"; required and not known to be given: {', '.join(missing)}" if missing else ""


def _answer(view: View, task: str, job: a.Job, rule: str, why: str) -> a.Wait | a.Act:
    """Ask a person, or wait for the answer."""
    known = view.case.task(task)
    if known is not None and not known.over:
        return _pending(view, known, rule)
    deadline = view.deadline(job, view.now)
    return a.Ask(rule=rule, why=why, not_before=view.now, task=task, job=job, deadline=deadline)


def _release(view: View, rule: str, why: str) -> a.Close:
    return _close(view, rule, a.Outcome.RELEASED, why)


def _close(view: View, rule: str, outcome: a.Outcome, why: str) -> a.Close:
    return a.Close(rule=rule, why=why, not_before=view.now, outcome=outcome)


def _pending(view: View, task: Task, rule: str) -> a.Wait | a.Chase | a.GiveUp:
    if view.now < task.deadline:
        why = f"{task.job} is asked of {a.OWNERS[a.Job(task.job)]} by {view.written(task.deadline)}"
        return a.Wait(rule=rule, why=why, not_before=task.deadline)
    if task.chased:
        why = f"nobody reported {task.job}, not even after a reminder"
        return a.GiveUp(rule=rule, why=why, not_before=view.now, task=task.id)
    return a.Chase(
        rule=rule,
        why=f"{task.job} was due {view.written(task.deadline)}",
        not_before=view.now,
        task=task.id,
        deadline=view.deadline(a.Job(task.job), view.now),
    )
