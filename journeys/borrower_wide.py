"""What is told of a borrower, not of one loan: it reaches all their loans, also those that open later."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from journeys.facts import HoldLifted, HoldPlaced, Learned, Told
from journeys.holds import holds

CIRCUMSTANCES = ("circumstance_noted", "opted_out", "contact_point_failed")
"""Kinds of facts that the law looks at whatever the loan."""


def of_the_borrower(fact: Told | Learned) -> bool:
    """Whether it may hold for all of the borrower's loans; a lift does where its hold did."""
    if isinstance(fact, HoldPlaced):
        return fact.borrower
    return fact.kind in CIRCUMSTANCES or (isinstance(fact, HoldLifted) and bool(fact.hold))


def inherited(mine: Sequence[Told], others: Sequence[Sequence[Told]], at: datetime) -> Iterator[Told]:
    """What a loan that opens at an instant is to know of its borrower, from what their other loans know.

    A hold of the borrower lasts where one of the others is still on hold by it, unless it was lifted by name.
    """
    known, held = {fact.id for fact in mine}, _held(mine)
    lifted = {fact.hold for other in others for fact in _lifts(other, _held(other))}
    for other in others:
        lasting = {hold.id for hold in holds(other) if hold.until > at} & _held(other) - lifted
        placed = [fact for fact in other if isinstance(fact, HoldPlaced) and fact.id in lasting]
        noted = [fact for fact in other if fact.kind in CIRCUMSTANCES]
        for fact in (*noted, *placed, *_lifts(other, _held(other) & held)):
            if fact.id not in known:
                known.add(fact.id)
                yield fact


def _held(told: Sequence[Told]) -> set[str]:
    """Holds of the borrower; one of the same name that only a loan has is another matter."""
    return {fact.id for fact in told if isinstance(fact, HoldPlaced) and fact.borrower}


def _lifts(told: Sequence[Told], holds: set[str]) -> list[HoldLifted]:
    return [fact for fact in told if isinstance(fact, HoldLifted) and fact.hold in holds]
