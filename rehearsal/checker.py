"""Judges a run by the ledger alone: reckoned here once more, on purpose not with the system's own rules."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from activities.ledger import Ledger
from activities.rows import ContactRow
from journeys.facts import (
    ContactMade,
    ContactUncertain,
    HardshipReported,
    JourneyClosed,
    JourneyReopened,
    Learned,
    PaymentAnnounced,
    PaymentReceived,
    PaymentReversed,
    PlanAgreed,
    SettlementOffered,
    Told,
)

HOURS = {"cn": (8, 22), "us": (8, 21)}
ELECTRONIC = {"email", "sms", "call", "agent", "visit"}
REACHED = {"made", "uncertain", "undelivered", "asked", "reported"}
A_DAY, A_WEEK = 1, 3
ON_ITS_WAY = {"card": 1, "wallet": 1, "transfer": 3, "direct_debit": 5, "cheque": 10, "cash": 2}
"""Days that money may take."""
NOTICE, FIRM = "validation-notice", {"demand", "last-offer", "doorstep", "before-action"}
TO_DISPUTE = timedelta(days=35)
"""In the United States: the time after the notice in which nothing firm is said, by the laxest count."""
WARNED_FROM = 7
"""Days before a due date from which a borrower may be warned."""


async def violations(ledger: Ledger) -> list[str]:
    """Everything that should never have happened, a sentence each."""
    found: list[str] = []
    by_borrower: dict[str, list[ContactRow]] = defaultdict(list)
    for loan in await ledger.loans():
        contacts = [row for row in await ledger.contacts(loan.id) if row.state in REACHED]
        by_borrower[loan.borrower] += contacts
        facts = await ledger.facts(loan.id)
        found += [sentence async for sentence in _after_payment(ledger, loan.id, facts, contacts)]
        found += _while_silent(facts, contacts, await _zone_of(ledger, loan.borrower))
        found += _without_reason(contacts)
        found += _twice(facts)
        found += await _rights_last(ledger, loan.borrower, contacts)
        wake = await ledger.next_wake(loan.id)
        if loan.outcome is None and (wake is None or any(fact.at > wake.not_before for fact in facts)):
            found.append(f"loan {loan.id}: open, and nobody knows what comes next")
    for borrower, contacts in by_borrower.items():
        person = await ledger.person(borrower)
        assert person is not None
        found += _out_of_hours(contacts, person.borrower.zones, person.borrower.jurisdictions)
        found += _too_many(borrower, contacts, person.borrower.zones[0])
    return found


async def _after_payment(
    ledger: Ledger, loan: str, facts: Sequence[Told | Learned], contacts: list[ContactRow]
) -> AsyncIterator[str]:
    known = await ledger.loan(loan)
    assert known is not None
    for row in contacts:
        paid = sum(f.amount.minor for f in facts if isinstance(f, PaymentReceived) and f.at < row.at)
        back = {f.payment for f in facts if isinstance(f, PaymentReversed) and f.at < row.at}
        paid -= sum(f.amount.minor for f in facts if isinstance(f, PaymentReceived) and f.id in back)
        soon = row.at.date() + timedelta(days=WARNED_FROM + 1)
        if paid >= sum(i.amount.minor for i in known[0].instalments if i.due <= soon):
            yield f"contact {row.id} at {row.at:%Y-%m-%d %H:%M}Z: everything was paid before it"


async def _zone_of(ledger: Ledger, borrower: str) -> ZoneInfo:
    person = await ledger.person(borrower)
    assert person is not None
    return ZoneInfo(person.borrower.zones[0])


async def _rights_last(ledger: Ledger, borrower: str, contacts: list[ContactRow]) -> list[str]:
    """In the United States: what was said before the notice, or too firmly soon after it."""
    person, found = await ledger.person(borrower), []
    assert person is not None
    if "us" not in {place.partition("-")[0] for place in person.borrower.jurisdictions}:
        return []
    zone = ZoneInfo(person.borrower.zones[0])
    sent = min((row.at for row in contacts if row.say == NOTICE and row.state != "undelivered"), default=None)
    for row in contacts:
        if row.at.astimezone(zone).date() > row.due and row.say != NOTICE:
            if sent is None or row.at < sent:
                found.append(f"contact {row.id}: before they were told what they may dispute")
            elif row.say in FIRM and row.at < sent + TO_DISPUTE:
                found.append(f"contact {row.id}: it presses while they may still dispute")
    return found


def _while_silent(
    facts: Sequence[Told | Learned], contacts: list[ContactRow], zone: ZoneInfo
) -> Iterator[str]:
    """Contacts while money was on its way, an agreement was kept, or the journey had ended."""
    for row in contacts:
        before = [fact for fact in facts if fact.at < row.at]
        over = {fact.announced for fact in before if isinstance(fact, PaymentReceived)}
        day = row.at.astimezone(zone).date()
        for fact in before:
            told = fact.at.astimezone(zone).date()
            match fact:
                case PaymentAnnounced() if fact.id not in over and (day - told).days <= ON_ITS_WAY[fact.rail]:
                    yield f"contact {row.id} on {day}: {fact.id} was on its way"
                case PlanAgreed() if _kept(fact, facts, row.at, zone):
                    yield f"contact {row.id} on {day}: {fact.id} was kept"
                case SettlementOffered() if day <= fact.until:
                    yield f"contact {row.id} on {day}: the offer {fact.id} was open"
                case HardshipReported() if day < fact.until:
                    yield f"contact {row.id} on {day}: hardship until {fact.until}"
        ends = [fact for fact in before if isinstance(fact, JourneyClosed | JourneyReopened)]
        if ends and isinstance(ends[-1], JourneyClosed):
            yield f"contact {row.id} on {day}: the journey had ended"


def _kept(plan: PlanAgreed, facts: Sequence[Told | Learned], at: datetime, zone: ZoneInfo) -> bool:
    """Whether every instalment of the plan had been paid by then that was due, its grace included."""
    paid = [(f.at, f.amount.minor) for f in facts if isinstance(f, PaymentReceived) and f.at > plan.at]
    wanted = 0
    for one in plan.instalments:
        wanted += one.amount.minor
        last = one.due + timedelta(days=plan.grace)
        if last >= at.astimezone(zone).date():
            return True
        if sum(minor for when, minor in paid if when.astimezone(zone).date() <= last) < wanted:
            return False
    return True


def _out_of_hours(
    contacts: list[ContactRow], zones: tuple[str, ...], jurisdictions: tuple[str, ...]
) -> Iterator[str]:
    for row in contacts:
        if row.channel not in ELECTRONIC:
            continue
        for zone in zones:
            clock = row.at.astimezone(ZoneInfo(zone))
            for country in {place.partition("-")[0] for place in jurisdictions} & set(HOURS):
                opens, closes = HOURS[country]
                if not opens <= clock.hour < closes:
                    yield f"contact {row.id}: at {clock:%H:%M} in {zone}"


def _too_many(borrower: str, contacts: list[ContactRow], zone: str) -> Iterator[str]:
    dated = [(row.at.astimezone(ZoneInfo(zone)).date(), row.channel) for row in contacts]
    every_day = [day for day, _ in dated]
    for day in sorted(set(every_day)):
        if every_day.count(day) > A_DAY:
            yield f"{every_day.count(day)} contacts on {day} with borrower {borrower}"
    days = [day for day, channel in dated if channel in ELECTRONIC]
    for first in sorted(set(days)):
        week = [day for day in days if first <= day < first + timedelta(days=7)]
        if len(week) > A_WEEK:
            yield f"{len(week)} contacts in the seven days from {first} with borrower {borrower}"


def _twice(facts: Sequence[Told | Learned]) -> Iterator[str]:
    left = Counter(
        (fact.touch, fact.due) for fact in facts if isinstance(fact, ContactMade | ContactUncertain)
    )
    return (f"touch {touch} for {due} was made {n} times" for (touch, due), n in left.items() if n > 1)


def _without_reason(contacts: list[ContactRow]) -> Iterator[str]:
    return (f"contact {row.id} has no reason" for row in contacts if not row.why)
