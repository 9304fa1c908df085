"""What a fact may say: sums that can be reckoned with, and codes."""

import re
from collections.abc import Iterator
from dataclasses import replace

from journeys.facts.learned import Learned
from journeys.facts.told import DisputeRaised, HoldPlaced, PaymentAnnounced, Told
from journeys.money import Money

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


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
    for name in ("reason", "meaning"):
        if not CODE.fullmatch(getattr(said, name, "unspecified")):
            yield (
                f"the {name} must be a code like job_loss (small letters, digits and _, at most 40): "
                "free text may tell of a person, and it would stand in a history"
            )
