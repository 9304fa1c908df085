"""Where a case stands, in the few words people filter and read by; taken with each decision."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import Field

from journeys import actions as a
from journeys import silence
from journeys.facts import unreckonable
from journeys.holds import held
from journeys.money import Money
from journeys.view import View

STAGES = (("pre-due", 0), ("early", 30), ("mid", 60), ("late", 10**9))
"""The phases and the last day past due of each."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The case at the moment of a decision."""

    stage: str
    """pre-due, early, mid, late or legal"""
    days_past_due: int
    """From the oldest unpaid due date, which no pause stops; negative before it."""
    oldest_due: date
    owed_now: Money
    owed_in_all: Money
    silent: str
    """The rule that silences us, or "none"."""
    delinquent_days: int = 0
    """Past due without grace and paused days: treatment runs on these."""
    agreed: tuple[str, ...] = ()
    """What was agreed, denied or put on hold, and what became of it, a sentence each."""
    rules: dict[str, str] = field(default_factory=dict)
    """What the rules say that forbade a contact."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next, and where the case stood when it was decided."""

    action: Annotated[a.Wait | a.Act, Field(discriminator="kind")]
    standing: Standing


def standing(view: View) -> Standing:
    """Sum up what the view sees."""
    loan, quiet = view.case.loan, silence.reason(view)
    return Standing(
        stage=_stage(view, view.past_due_days),
        days_past_due=view.past_due_days,
        delinquent_days=view.delinquent_days,
        oldest_due=(view.oldest or loan.instalments[-1]).due,
        owed_now=view.overdue(view.today),
        owed_in_all=view.outstanding,
        silent=quiet.rule if quiet else "none",
        agreed=tuple(agreed(view)) if view.case.told or view.case.ignored else (),
        rules=_forbade(view),
    )


def _forbade(view: View) -> dict[str, str]:
    codes = (one.meaning for one in view.case.attempts if one.state in ("withheld", "deferred"))
    return {code: words for code in codes if (words := view.law.words_of(code))}


def agreed(view: View) -> Iterator[str]:
    """Every promise, plan, settlement, dispute and hold of the journey, and every sum ignored, in words."""
    currency = view.case.loan.currency
    for promise in view.promises:
        yield f"promise of {promise.made.amount} by {promise.made.by:%-d %b}: {promise.state}"
    for plan in view.plans:
        following = f", next {plan.next.amount} by {plan.next.due:%-d %b}" if plan.next else ""
        yield f"plan of {counted(len(plan.agreed.instalments), 'instalment')}: {plan.state}{following}"
    for settlement in view.settlements:
        sum_, until = settlement.offered.amount, settlement.offered.until
        yield f"settlement for {sum_} until {until:%-d %b}: {settlement.state}"
    for dispute in view.disputes:
        what = "all" if dispute.part is None else Money(dispute.part, currency)
        yield f"dispute of {what}: {dispute.answer.result if dispute.answer else 'not answered yet'}"
    for hold in view.holds:
        if hold.until <= view.now:
            yield f"hold ({hold.reason}): over since {view.written(hold.until)}"
            continue
        about = held(hold.stops, hold.channel, Money(hold.held, currency) if hold.held else None)
        since = "" if hold.on(view.now) else f"from {view.written(hold.since)} "
        yield f"{about} {since}until {view.written(hold.until)} ({hold.reason})"
    for respite in view.respites:
        yield respite.sentence(view.today)
    for fact in view.case.ignored:
        wrong, kind = unreckonable(fact, currency), fact.kind.replace("_", " ")
        yield f"{wrong} is ignored ({kind}, {fact.id}): a sum of this loan is {currency}, above nothing"
    if view.account.credit:
        yield f"paid {Money(view.account.credit, currency)} too much"


def _stage(view: View, day: int) -> str:
    if any(task.job == a.Job.ACKNOWLEDGE_HAND_OFF for task in view.case.tasks):
        return "legal"
    return next(name for name, until in STAGES if day <= until)


def counted(number: int, what: str) -> str:
    """A number of things, in the words for one and for many: 1 day, 2 days."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
