"""What staff may ask of a journey: requests, which can be refused in a sentence, unlike facts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from journeys.case import Case
from journeys.money import Money

FURTHEST_PROMISE = timedelta(days=30)
LONGEST_HOLD = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Promise:
    """The borrower promises a sum by a day."""

    amount: Money
    by: date
    actor: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop contacts until an instant, for a reason (a code)."""

    reason: str
    until: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Lift:
    """End a hold before its time; `hold` is the key its request was answered with."""

    hold: str
    actor: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the journey for good, for a reason (a code)."""

    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Move:
    """Walk on along a published version of a strategy."""

    strategy: str
    version: int
    actor: str


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign the hand-off to legal, or refuse to."""

    signed: bool
    actor: str


def refuse_promise(request: Promise, case: Case, today: date) -> str | None:
    """Why not, in a sentence an agent can read out; None to accept."""
    owed = case.loan.outstanding(case.paid())
    if request.amount.currency != owed.currency:
        return f"this loan is in {owed.currency}; a promise must be in the same currency"
    if request.amount.minor <= 0:
        return "a promise must be of more than nothing"
    if request.amount.minor > owed.minor:
        return f"{request.amount} is more than the {owed} still owed"
    if request.by < today:
        return f"{request.by:%-d %b} has already passed"
    if request.by > today + FURTHEST_PROMISE:
        return f"a promise must fall within {FURTHEST_PROMISE.days} days"
    return None


def refuse_hold(request: Hold, now: datetime) -> str | None:
    """Why not, in a sentence; None to accept."""
    if request.until.tzinfo is None:
        return "the end of a hold needs a time zone, like 2026-03-12T09:30:00+08:00"
    if request.until <= now:
        return "the end of a hold must lie ahead"
    if request.until > now + LONGEST_HOLD:
        return f"a hold lasts at most {LONGEST_HOLD.days} days; place it again when it ends"
    return None
