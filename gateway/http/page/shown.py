"""What a borrower is shown once they have confirmed: where the debt stands, and what they may do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from activities.words import written
from journeys import facts as f
from journeys import silence
from journeys.actions import PAID
from journeys.borrower import Channel
from journeys.calendar import DAY, local_day
from journeys.loan import Instalment
from journeys.money import Money
from journeys.offers import broken_promises, instalments_of, open_offers, refuse_plan
from journeys.requests import Promise
from journeys.rules import ended
from journeys.statement import PART_WORDS, Line, statement
from journeys.strategy import Offer
from journeys.view import View

BORROWER = "borrower"
"""Who asks, on record."""
RELEASED_BY: Mapping[str, str] = {
    "deceased": "death_mistaken",
    "attorney_known": "attorney_nonresponse",
    "bankruptcy_filed": "bankruptcy_closed",
    "personal_bankruptcy_accepted": "",
    "minor": "came_of_age",
    "breathing_space": "",
    "debt_adviser_notified": "",
}
"""Circumstances in which nothing is asked of a borrower here, each with what ends it."""
UNPRESSED = frozenset({"disputed", "replied"})
"""Reasons to be silent in which nobody is invited to pay or to agree on anything."""

AGREED = frozenset({"in_flight", "on_plan", "offered"})
"""Those in which all is agreed: nothing more is to be."""


@dataclass(frozen=True, slots=True)
class PromiseLimits:
    """Which promises would be accepted today."""

    least: Money
    most: Money
    first: date
    last: date
    usual: Money


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that is open today."""

    offer: Offer
    instalments: tuple[Instalment, ...]
    lets_go: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the debt stands, in the borrower's language, and what they may do."""

    title: str
    sentences: tuple[str, ...]
    lines: tuple[Line, ...]
    owes: bool
    """Whether something may be asked for at all: else no sum and no way to pay is shown."""
    may_pay: bool
    may_dispute: bool
    plans: tuple[Plan, ...]
    promise: PromiseLimits | None
    channels: tuple[Channel, ...]
    """Those not closed yet."""


def shown(view: View, texts: Mapping[str, str], language: str) -> Shown:
    """`texts` are the page's sentences about where a debt stands."""
    title, sentences, owes = _standing(view, texts, language)
    quiet = silence.reason(view)
    rule = quiet.rule if quiet else ""
    willing = owes and rule not in UNPRESSED
    lines = tuple(statement(view.account, view.case.loan.currency, language)) if owes else ()
    return Shown(
        title=title,
        sentences=tuple(sentences),
        lines=lines,
        owes=owes,
        may_pay=willing,
        may_dispute=owes and silence.open_dispute(view) is None,
        plans=tuple(_plans(view, language)) if willing and rule not in AGREED else (),
        promise=promise_limits(view) if willing and rule not in {*AGREED, "promised"} else None,
        channels=tuple(one for one in view.case.borrower.channels if not _closed(view, one)),
    )


def protected(view: View) -> bool:
    """Whether something is known of the borrower that forbids to ask anything of them here."""
    noted = [one.circumstance for one in view.case.latest(f.CircumstanceNoted)]
    return any(
        kind in noted and not (end in noted and noted.index(end) < noted.index(kind))
        for kind, end in RELEASED_BY.items()
    )


def _standing(view: View, texts: Mapping[str, str], language: str) -> tuple[str, list[str], bool]:
    """Title, sentences, and whether anything is owed that may be shown."""
    case, quiet = view.case, silence.reason(view)
    over = not case.is_open or ended(view) is not None
    for state, holds in (
        ("protected", protected(view)),
        ("nothing", case.outcome in PAID or (quiet is not None and quiet.rule == "settled")),
        ("ended", over),
    ):
        if holds:
            return texts[state], [texts[f"{state}_text"]], False
    oldest = view.oldest or view.unpaid
    if oldest is None:
        return texts["nothing"], [texts["nothing_text"]], False
    late = oldest.due < view.today
    which = "due" if late else "coming"
    asked, day = view.overdue(max(view.today, oldest.due)), written(oldest.due, language)
    since = [texts["since"].format(day=day)] if late else []
    if quiet is None:
        sentence = texts[f"{which}_text"]
    else:
        sentence = texts[f"{quiet.rule}_text"].format(**_agreed(view, quiet, language))
    whole, part = view.outstanding, Money(view.left_out, asked.currency)
    more = [texts["whole"].format(sum=whole)] if whole != asked else []
    more += [texts["part"].format(sum=part)] if part.minor else []
    return texts[which].format(sum=asked, day=day), [*since, sentence, *more], True


def _agreed(view: View, quiet: silence.Silence, language: str) -> dict[str, Any]:
    """The sum and the day that a reason to be silent speaks of."""
    match quiet.rule:
        case "on_plan":
            due = next(one.next for one in view.plans if one.state == "running" and one.next)
            return {"sum": due.amount, "day": written(due.due, language)}
        case "offered":
            offer = next(one.offered for one in view.settlements if one.state == "open")
            return {"sum": offer.amount, "day": written(offer.until, language)}
        case "promised":
            made = min((one for one in view.promises if one.state == "open"), key=lambda one: one.end).made
            return {"sum": made.amount, "day": written(made.by, language)}
    return {"day": written(local_day(quiet.until, view.home), language)}


def _plans(view: View, language: str) -> list[Plan]:
    """Plans that need nobody's approval."""
    found = []
    for offer in open_offers(view):
        if offer.settle_at is None:
            instalments = instalments_of(view, offer)
            if refuse_plan(view, offer.id, instalments, BORROWER, "") is None:
                between = "、" if language == "zh" else ", "
                lets_go = between.join(PART_WORDS[language][part] for part in offer.lets_go)
                found.append(Plan(offer, instalments, lets_go))
    return found


def promise_limits(view: View) -> PromiseLimits | None:
    """Which promises would be accepted; None where none would."""
    most, rules = view.outstanding, view.strategy.promise
    if not most.minor or (rules.broken is not None and broken_promises(view) > rules.broken):
        return None
    least = Money(min(Money.of(str(rules.at_least), most.currency).minor, most.minor), most.currency)
    least = Money(max(1, least.minor), most.currency)
    usual = view.overdue(max(view.today, view.oldest.due)) if view.oldest else most
    limits = PromiseLimits(least, most, view.today, view.today + rules.within_days * DAY, usual)
    willing = Promise(actor=BORROWER, amount=most, by=view.today)
    return limits if willing.refusal(view) is None else None


def _closed(view: View, channel: Channel) -> bool:
    return any(one.channel in (None, channel) for one in view.case.latest(f.OptedOut))
