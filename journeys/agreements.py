"""What was agreed with the borrower, and whether it is kept: judged from money received alone.

Nothing here is stored: a payment taken back breaks what it had kept, one that comes to light mends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from journeys import facts as f
from journeys.calendar import DAY, local_day, midnight
from journeys.case import Case, Receipt
from journeys.disputes import disputes
from journeys.holds import Hold, later, paused
from journeys.loan import Instalment


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to pay, and what became of it."""

    made: f.PromiseMade
    state: Literal["open", "kept", "partly kept", "broken", "expired", "withdrawn", "invalidated"]
    """Expired: its day passed while nothing was asked of them, so it is not held against them. Invalidated:
    something else was agreed first."""
    paid: int
    """Minor units that came for it."""
    end: datetime
    """The first instant after its day."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, and how far it has come."""

    agreed: f.PlanAgreed
    state: Literal["running", "completed", "breached", "revoked", "replaced"]
    since: datetime
    """When it came to that."""
    next: Instalment | None = None
    """What is to be paid next, while it runs: as much of it as has not come yet."""
    until: datetime | None = None
    """When it is breached if that has not come."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """An offer to settle, and what became of it."""

    offered: f.SettlementOffered
    state: Literal["open", "accepted", "expired", "revoked", "replaced"]
    since: datetime
    """When it came to that."""
    end: datetime
    """The first instant after its last day."""


def promises(case: Case, known: Sequence[Hold], now: datetime, tolerance: int) -> tuple[Promise, ...]:
    """Every promise, first promised first served: a payment counts to the oldest one it can still keep.

    `tolerance` is how many percent may be lacking.
    """
    found = []
    receipts = case.receipts()
    unused = [receipt.minor for receipt in receipts]
    for made in case.latest(f.PromiseMade)[::-1]:
        end = _end(case, known, made.at, made.by)
        paid = 0
        for number, receipt in enumerate(receipts):
            if made.at < receipt.at < end:
                taken = min(unused[number], made.amount.minor - paid)
                unused[number] -= taken
                paid += taken
        state = _state(case, known, made, end, now, paid * 100 >= made.amount.minor * (100 - tolerance), paid)
        found.append(Promise(made, state, paid, end))
    return tuple(found)


def _state(
    case: Case,
    known: Sequence[Hold],
    made: f.PromiseMade,
    end: datetime,
    now: datetime,
    kept: bool,
    paid: int,
) -> Literal["open", "kept", "partly kept", "broken", "expired", "withdrawn", "invalidated"]:
    if kept:
        return "kept"
    if any(one.promise == made.id and one.at < end for one in case.latest(f.PromiseWithdrawn)):
        return "withdrawn"
    agreed = (*case.latest(f.PlanAgreed), *case.latest(f.ScheduleChanged))
    if any(made.at < one.at < end for one in agreed):
        return "invalidated"
    if now < end:
        return "open"
    if _excused(case, known, end - DAY, end):
        return "expired"
    return "partly kept" if paid else "broken"


def _excused(case: Case, known: Sequence[Hold], since: datetime, end: datetime) -> bool:
    """Whether nothing was asked of them on that day: a hold, hardship, a dispute that nobody had answered."""
    if any(hold.silences and hold.since < end and hold.until > since for hold in known):
        return True
    day = local_day(since, case.borrower.zones[0])
    ended = [one.at for one in case.latest(f.HardshipEnded) if one.at < end]
    for one in case.latest(f.HardshipReported):
        if one.at < end and one.until > day and not any(at > one.at for at in ended):
            return True
    return any(
        one.part is None and one.fact.at < end and (one.answer is None or one.answer.at > since)
        for one in disputes(case)
    )


def plans(case: Case, known: Sequence[Hold], now: datetime) -> tuple[Plan, ...]:
    """Every plan, by time; at most the last one runs."""
    agreed = case.latest(f.PlanAgreed)[::-1]
    following = [one.at for one in agreed[1:]]
    found = []
    for number, one in enumerate(agreed):
        plan = _plan(case, known, one, now)
        ended = [(revoked.at, "revoked") for revoked in case.latest(f.PlanRevoked) if revoked.plan == one.id]
        ended += [(at, "replaced") for at in following[number : number + 1]]
        ended += [(at, "replaced") for at in case.restructured() if at > one.at]
        if ended and (plan.state == "running" or min(ended)[0] < plan.since):
            at, state = min(ended)
            plan = Plan(one, "revoked" if state == "revoked" else "replaced", at)
        found.append(plan)
    return tuple(found)


def _plan(case: Case, known: Sequence[Hold], agreed: f.PlanAgreed, now: datetime) -> Plan:
    """What receipts alone say of it."""
    receipts = [receipt for receipt in case.receipts() if receipt.at > agreed.at]
    wanted = 0
    for instalment in agreed.instalments:
        wanted += instalment.amount.minor
        deadline = _end(case, known, agreed.at, instalment.due + agreed.grace * DAY)
        reached = _reached(receipts, wanted)
        if reached is None or reached >= deadline:
            if now >= deadline:
                return Plan(agreed, "breached", deadline)
            came = sum(receipt.minor for receipt in receipts if receipt.at < deadline)
            left = replace(instalment.amount, minor=wanted - came)
            return Plan(agreed, "running", agreed.at, replace(instalment, amount=left), deadline)
    assert reached is not None, "a schedule has instalments, and each was reached"
    return Plan(agreed, "completed", reached)


def settlements(case: Case, now: datetime) -> tuple[Settlement, ...]:
    """Every offer to settle, by time; at most the last one is open."""
    offered = case.latest(f.SettlementOffered)[::-1]
    following = [one.at for one in offered[1:]]
    found = []
    for number, one in enumerate(offered):
        end = midnight(one.until + DAY, case.borrower.zones[0])
        ended = [
            (back.at, "revoked") for back in case.latest(f.SettlementRevoked) if back.settlement == one.id
        ]
        ended += [(at, "replaced") for at in following[number : number + 1]]
        ended += [(at, "replaced") for at in case.restructured() if at > one.at]
        reached = _reached([r for r in case.receipts() if r.at > one.at], one.amount.minor)
        last = min([end, *(at for at, _ in ended)])
        if reached is not None and reached < last:
            found.append(Settlement(one, "accepted", reached, end))
        elif ended and min(ended)[0] < end:
            at, state = min(ended)
            found.append(Settlement(one, "revoked" if state == "revoked" else "replaced", at, end))
        else:
            found.append(
                Settlement(one, "open", one.at, end) if now < end else Settlement(one, "expired", end, end)
            )
    return tuple(found)


def _reached(receipts: Sequence[Receipt], wanted: int) -> datetime | None:
    """When so much had come in, all together."""
    for receipt in receipts:
        wanted -= receipt.minor
        if wanted <= 0:
            return receipt.at
    return None


def _end(case: Case, known: Sequence[Hold], since: datetime, last: date) -> datetime:
    """The first instant after a last day, which a hold on promises moves on."""
    home = case.borrower.zones[0]
    start = local_day(since, home)
    return midnight(later(paused(known, "promise", home), start, (last - start).days + 1), home)
