"""What may be offered to a borrower today, and why a proposal is refused, in words an agent can read out."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from journeys import facts as f
from journeys.calendar import DAY
from journeys.loan import Instalment
from journeys.money import Money
from journeys.standing import counted
from journeys.strategy import Offer
from journeys.view import View


def open_offers(view: View) -> list[Offer]:
    """Incentives, and relief for who has reported hardship: those whose day has come, the latest last."""
    plan, broken = view.strategy, broken_promises(view)
    offers = [*plan.offer, *(plan.relief if view.case.latest(f.HardshipReported) else ())]
    begun = [one for one in offers if one.from_day <= view.delinquent_days]
    kept = (one for one in begun if one.broken_promises is None or broken <= one.broken_promises)
    return sorted(kept, key=lambda one: one.from_day)


def broken_promises(view: View) -> int:
    """How many promises were broken, wholly; each counts."""
    return sum(promise.state == "broken" for promise in view.promises)


def to_pay(view: View, offer: Offer) -> Money:
    """What the offer asks for: what is overdue, or the part of everything that is accepted as final."""
    if offer.settle_at is not None:
        share = -(-view.account.left * offer.settle_at // 100)
        return Money(max(share, view.law.money.least(view.account.left)), view.case.loan.currency)
    overdue = view.overdue(view.today)
    lets_go = sum(view.account.left_of(part) for part in offer.lets_go)
    return Money(max(0, overdue.minor - lets_go), overdue.currency)


def instalments_of(view: View, offer: Offer) -> tuple[Instalment, ...]:
    """The plan as it is proposed: equal sums, the first one as late as the offer allows, the rest of the
    division with the last one; none is of nothing."""
    whole = to_pay(view, offer)
    count = min(offer.instalments or 1, whole.minor)
    if not count:
        return ()
    each, first = whole.minor // count, view.today + offer.first_within * DAY
    sums = [each] * (count - 1) + [whole.minor - each * (count - 1)]
    return tuple(
        Instalment(first + number * offer.every_days * DAY, Money(minor, whole.currency))
        for number, minor in enumerate(sums)
    )


def refuse_plan(
    view: View, name: str, instalments: Sequence[Instalment], actor: str, approved_by: str
) -> str | None:
    """Why such a plan is not accepted; None to accept."""
    return next(_plan_faults(view, name, instalments, actor, approved_by), None)


def refuse_settlement(
    view: View, name: str, amount: Money, until: date, actor: str, approved_by: str
) -> str | None:
    """Why such an offer to settle is not made; None to make it."""
    return next(_settlement_faults(view, name, amount, until, actor, approved_by), None)


def refuse_promise(view: View, amount: Money, by: date) -> str | None:
    """Why such a promise is not accepted; None to accept."""
    return next(_promise_faults(view, amount, by), None)


def seconded(actor: str, approved_by: str) -> bool:
    """Whether a second person approved; blanks and capitals make nobody another person."""
    return " ".join(approved_by.split()).casefold() not in ("", " ".join(actor.split()).casefold())


def find(view: View, name: str) -> Offer | None:
    """An offer that is open today, by its name."""
    return next((one for one in open_offers(view) if one.id == name), None)


def _not_open(view: View, name: str) -> str:
    offer, names = find(view, name), ", ".join(one.id for one in open_offers(view)) or "none"
    if offer is None:
        return f"{name!r} is not offered to this borrower today; open are: {names}"
    if offer.settle_at is None:
        return f"{name!r} is a plan, not a settlement: agree on it as a plan"
    return f"{name!r} is a settlement, not a plan: offer it as a settlement"


def _plan_faults(
    view: View, name: str, instalments: Sequence[Instalment], actor: str, approved_by: str
) -> Iterator[str]:
    offer = find(view, name)
    if offer is None or offer.settle_at is not None:
        yield _not_open(view, name)
        return
    yield from _unapproved(offer, actor, approved_by)
    whole, most = to_pay(view, offer), offer.instalments or 1
    if not whole.minor:
        yield "nothing is overdue that a plan would cover"
        return
    if not instalments:
        yield "a plan has at least one instalment"
        return
    if any(one.amount.currency != whole.currency for one in instalments):
        yield f"this loan is in {whole.currency}; a plan must be in the same currency"
        return
    if len(instalments) > most:
        yield f"{offer.id} allows {counted(most, 'instalment')}; {len(instalments)} were proposed"
    if instalments[0].due < view.today:
        yield f"{instalments[0].due:%-d %b} has already passed"
    if instalments[0].due > view.today + offer.first_within * DAY:
        yield f"the first instalment must come within {counted(offer.first_within, 'day')}"
    for one, following in pairwise(instalments):
        if following.due > one.due + offer.every_days * DAY:
            most_days = counted(offer.every_days, "day")
            yield f"between {one.due:%-d %b} and {following.due:%-d %b} lie more than {most_days}"
    proposed = Money(sum(one.amount.minor for one in instalments), whole.currency)
    if proposed.minor < whole.minor:
        yield f"{proposed} is less than the {whole} that the plan must cover"
    if proposed.minor > view.outstanding.minor:
        yield f"{proposed} is more than the {view.outstanding} still owed"


def _settlement_faults(
    view: View, name: str, amount: Money, until: date, actor: str, approved_by: str
) -> Iterator[str]:
    offer = find(view, name)
    if offer is None or offer.settle_at is None:
        yield _not_open(view, name)
        return
    yield from _unapproved(offer, actor, approved_by)
    least = to_pay(view, offer)
    if amount.currency != least.currency:
        yield f"this loan is in {least.currency}; a settlement must be in the same currency"
        return
    if amount.minor < least.minor:
        yield f"{amount} is less than the {least} that may be accepted"
    if amount.minor > view.outstanding.minor:
        yield f"{amount} is more than the {view.outstanding} still owed"
    if not view.today <= until <= view.today + offer.first_within * DAY:
        within = counted(offer.first_within, "day")
        yield f"an offer to settle ends within {within}, and not in the past"


def _promise_faults(view: View, amount: Money, by: date) -> Iterator[str]:
    owed, limits = view.outstanding, view.strategy.promise
    if amount.currency != owed.currency:
        yield f"this loan is in {owed.currency}; a promise must be in the same currency"
        return
    if amount.minor <= 0:
        yield "a promise must be of more than nothing"
    if amount.minor > owed.minor:
        yield f"{amount} is more than the {owed} still owed"
    least = min(Money.of(str(limits.at_least), owed.currency).minor, owed.minor)
    if amount.minor < least:
        yield f"a promise must be of at least {Money(least, owed.currency)}"
    if by < view.today:
        yield f"{by:%-d %b} has already passed"
    if by > view.today + limits.within_days * DAY:
        yield f"a promise must fall within {counted(limits.within_days, 'day')}"
    broken = broken_promises(view)
    if limits.broken is not None and broken > limits.broken:
        were = "was" if broken == 1 else "were"
        yield f"{counted(broken, 'promise')} {were} broken; agree on a plan instead"


def _unapproved(offer: Offer, actor: str, approved_by: str) -> Iterator[str]:
    if offer.approval and not seconded(actor, approved_by):
        yield f"{offer.id} must be approved by a second person"
