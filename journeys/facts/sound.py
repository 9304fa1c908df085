"""What a fact may say: sums that can be reckoned with, codes, and nothing beyond all bounds."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date

from journeys.facts.learned import Learned
from journeys.facts.told import DisputeRaised, HoldPlaced, PaymentAnnounced, Told
from journeys.loan import Instalment
from journeys.money import MOST, Money

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CODES = ("reason", "meaning")
FIRST_YEAR, LAST_YEAR, MOST_DAYS, DEEPEST, LONGEST = 1970, 2199, 100_000, 5, 500


def sums(fact: Told | Learned) -> Iterator[tuple[str, Money]]:
    """Every sum that a fact names, with the name of its field."""
    named = [("amount", getattr(fact, "amount", None))]
    named += [("held", getattr(fact, "held", None))]
    named += [("instalment", one.amount) for one in getattr(fact, "instalments", ())]
    return ((what, sum_) for what, sum_ in named if sum_ is not None)


def unreckonable(fact: Told | Learned, currency: str) -> Money | None:
    """A sum that a loan of this currency cannot be reckoned with: of another one, or not more than nothing.

    The gateway refuses it; a signal cannot be refused.
    """
    return next((one for _, one in sums(fact) if one.currency != currency or one.minor <= 0), None)


def without_sum(fact: Told) -> Told | None:
    """What is left of a fact whose sum is ignored: what silences does so all the same, for the whole debt."""
    match fact:
        case PaymentAnnounced():
            return fact
        case DisputeRaised():
            return replace(fact, amount=None)
        case HoldPlaced():
            return replace(fact, held=None)
    return None


def free_text(said: object) -> Iterator[str]:
    """Why the reason in a fact or a request is refused where it is no code: it will stand in a history.

    The door asks this, not the fact itself: what is on record must be readable, whatever it says.
    """
    for name in CODES:
        if not CODE.fullmatch(getattr(said, name, "unspecified")):
            yield (
                f"the {name} must be a code like job_loss (small letters, digits and _, at most 40): "
                "free text may tell of a person, and it would stand in a history"
            )


def beyond_reason(said: object) -> Iterator[str]:
    """Why a fact or a request is refused that names a day, a number or a sum beyond all bounds.

    A journey that had to reckon with it would stand still. The door asks this, as it asks `free_text`.
    """
    for one in fields(said):  # type: ignore[arg-type]
        yield from _beyond(one.name, getattr(said, one.name))


def _beyond(name: str, value: object, depth: int = 0) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{name}: lists within lists go too deep"
    elif isinstance(value, Instalment):
        yield from _beyond(name, value.due)
        yield from _beyond(name, value.amount)
    elif isinstance(value, Money):
        if abs(value.minor) > MOST:
            yield f"{name}: that is more than anybody owes"
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _beyond(name, inner, depth + 1)
    elif isinstance(value, str) and len(value) > LONGEST:
        yield f"{name}: more than {LONGEST} characters"
    elif isinstance(value, str) and CONTROL.search(value):
        yield f"{name}: control characters are refused"
    elif isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        yield f"{name}: a day lies between {FIRST_YEAR} and {LAST_YEAR}"
    elif isinstance(value, str) and depth and (year := re.match(r"\d{4}(?=-?\d)", value, re.ASCII)):
        if not FIRST_YEAR <= int(year.group()) <= LAST_YEAR:
            yield f"{name}: a day lies between {FIRST_YEAR} and {LAST_YEAR}"
    elif isinstance(value, int | float) and not abs(value) <= MOST_DAYS:
        yield f"{name}: a number is at most {MOST_DAYS}"
