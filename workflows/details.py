"""A journey as markdown for the Temporal UI: where it stands, what comes next and why. No personal data."""

from collections.abc import Sequence
from datetime import datetime

from journeys import actions as a
from journeys import facts as f
from journeys.calendar import local
from journeys.case import Attempted, Case
from journeys.diary import line
from journeys.standing import Decision, Standing, counted
from journeys.view import View

LAST = 8


def summary(case: Case) -> str:
    """One line that stays true: the loan, the sum, the due date."""
    owed, first = View.of(case, case.opened_at).outstanding, case.loan.instalments[0]
    return f"{case.loan.id} · {owed} · due {first.due:%-d %b %Y} · {case.strategy}"


def details(case: Case, decision: Decision) -> str:
    """The page an operator reads first."""
    zone, standing, law = case.borrower.zones[0], decision.standing, ", ".join(case.borrower.jurisdictions)
    return "\n".join(
        [
            f"### {case.loan.id}: {_stage(case, standing)}",
            f"**Owed now** {standing.owed_now} · **in all** {standing.owed_in_all}",
            *(f"- {sentence}" for sentence in standing.agreed),
            *(_next(decision, zone) if case.is_open else [f"**Why** {case.why_closed}"]),
            f"**Strategy** {case.strategy} version {case.version} · **law** {law}",
            "",
            f"Times are {zone}. The last contacts:",
            *(f"- {_when(one.at, zone)} {_made(one, standing)}" for one in case.attempts[-LAST:]),
            "",
            "The last that was heard:",
            *([f"- {line(fact, zone)}" for fact in case.told[-LAST:]] or ["- nothing"]),
        ]
    )


def _made(attempt: Attempted, standing: Standing) -> str:
    words = [attempt.state, attempt.meaning, standing.rules.get(attempt.meaning, "")]
    return f"{attempt.touch} ({': '.join(filter(None, words))})"


def _stage(case: Case, standing: Standing) -> str:
    late, treated = standing.days_past_due, standing.delinquent_days
    if not case.is_open:
        return f"closed, {case.outcome}"
    if late > 0:
        delinquent = f" ({treated} delinquent)" if treated != late else ""
        return f"{standing.stage}, {counted(late, 'day')} past due{delinquent}"
    due = {0: "today", -1: "tomorrow"}.get(late, f"in {-late} days")
    return f"{standing.stage}, due {due}"


def _next(decision: Decision, zone: str) -> list[str]:
    action = decision.action
    return [
        f"**Next** {_when(action.not_before, zone)}: {_what(action)} — {action.why} (rule: {action.rule})",
        f"**Silent because** {decision.standing.silent}",
    ]


def outlook(before: Case, after: Case, coming: Sequence[f.Told | f.Learned], now: datetime) -> str:
    """The next thirty days if nothing is heard, and what would change them."""
    zone = before.borrower.zones[0]
    lines = [f"From {_when(now, zone)}, if nothing is heard:", *(line(fact, zone) for fact in coming)]
    if not coming:
        lines.append("nothing")
    view = View.of(before, now)
    owed = view.overdue(view.today)
    lines += [
        "",
        "What would change it:",
        f"a payment of {owed if owed.minor else view.outstanding}: contacts end",
        "a promise to pay: silence until the day after",
        "a dispute, hardship or a hold: silence until it ends",
        "a STOP: that channel closes",
    ]
    if not after.is_open:
        lines.append(f"As things stand it ends: {after.outcome} ({after.why_closed}).")
    return "\n".join(lines)


def _what(action: a.Wait | a.Act) -> str:
    match action:
        case a.Contact() | a.Withhold():
            return f"{action.kind} by {action.channel} ({action.say})"
        case _:
            return action.kind.replace("_", " ")


def _when(at: datetime, zone: str) -> str:
    return f"{local(at, zone):%a %-d %b %Y %H:%M}"
