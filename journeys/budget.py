"""A borrower's contacts and circumstances in the law's words: what every budget is counted from."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from journeys import facts as f
from journeys.actions import DIALLED
from journeys.borrower import Borrower, Channel
from journeys.calendar import local_day
from journeys.law.circumstances import Event
from journeys.law.record import Attempt, PastContact, Record

MEDIUM = {
    Channel.EMAIL: "email",
    Channel.SMS: "sms",
    Channel.CALL: "ai_call",
    Channel.AGENT: "call",
    Channel.LETTER: "letter",
    Channel.REGISTERED: "letter",
    Channel.VISIT: "visit",
}
"""The law asks whether it was a call or a letter, not who dialled or how it was posted."""
CONVERSATIONS = frozenset(
    {"conversation", "promised", "refused", "disputed", "hardship", "callback", "paid_already", "plan_agreed"}
)
"""Result codes that mean: they spoke with the borrower."""
NO_REPORT = {"email": "sent", "sms": "sent", "letter": "sent", "ai_call": "voicemail"}
"""What a contact counts as while nothing clearer is known: as one that may have reached them."""
ELSEWHERE = frozenset({"wrong_person"})
"""Result codes that mean: somebody else was reached."""
WRONG_NUMBER = ELSEWHERE | {"not_in_service"}
"""Reasons that close every medium of the same telephone number, not one of them."""
ASKED, GIVEN_UP, MADE = "asked", "given_up", "made"
"""Results of a contact that a person may still make, of one that nobody reported in time, and of one that
has left the house."""
UNDELIVERED = "undelivered"
"""Result of one that left the house and reached nobody; each cap of the law says whether it counts."""
LEFT = frozenset({MADE, "uncertain", UNDELIVERED})
"""States of a contact that a provider may say more of."""
BY_PHONE = frozenset({Channel.SMS, Channel.CALL, Channel.AGENT})
BINDS_AT_ONCE = frozenset(
    {
        *("cease_received", "stop_medium", "opt_out", "attorney_known", "bankruptcy_filed", "deceased"),
        *("personal_bankruptcy_accepted", "dispute", "dispute_written", "statute_barred_refusal"),
        *("third_party_refused", "employer_prohibits", "contact_point_failed"),
    }
)
"""Events that close something: they never lie ahead, however far the clock was off that told them."""
LOOKED_BACK = timedelta(days=30)
"""How far back the longest cap counts."""
NOTICES = {"validation-notice": "validation_sent"}
"""Wordings that give a notice which the law asks for, each with the event that it makes true."""
CARRIED = {"opt_out_notice": True, "visit_notice": True}
"""What our wordings and scripts carry, as proofreading sees to."""


class Spent(NamedTuple):
    """A contact already made, asked for or possibly made: it counts against the budget.

    One that a person was asked for and may make this moment counts now, whenever that is.
    """

    id: str
    loan: str
    channel: Channel
    at: datetime
    result: str
    along: frozenset[str] = frozenset()
    """Other loans that it asked for as well."""
    say: str = ""
    """The wording's name."""


def record_of(borrower: Borrower, spent: Iterable[Spent], told: Iterable[f.Told], now: datetime) -> Record:
    """All that the law looks at: every loan's contacts, and what was told of the borrower by now."""
    spent = tuple(spent)
    events = [event for fact in told for event in _events(fact, now)]
    for one in spent:
        if one.result in ELSEWHERE:
            events += _failed(one.channel, one.result, min(one.at, now))
        if one.say in NOTICES and one.result == MADE:
            events.append(_given(one, events))
    contacts = [_past(_counted(one, now)) for one in spent]
    return Record(zones=borrower.zones, contacts=tuple(contacts), events=tuple(events))


def attempt_of(loan: str, home: str, channel: Channel, at: datetime, say: str, due: date) -> Attempt:
    """A contact that somebody would like to make, with a wording about a due date."""
    day = (local_day(at, home) - due).days
    return Attempt(MEDIUM[channel], at, loan, purpose=purpose_of(say, day), given=CARRIED)


def stands_as(delivery: f.Delivery) -> str | None:
    """The state of a contact of which its provider says so; None where that says nothing yet."""
    if delivery == "queued":
        return None
    return UNDELIVERED if delivery == UNDELIVERED else MADE


def step_of(loan: str, at: datetime) -> Attempt:
    """A step towards the courts that somebody would like to make."""
    return Attempt("legal", at, loan, purpose="hand_off")


def inputs_of(record: Record, attempt: Attempt) -> dict[str, object]:
    """What the law looked at, for the log of contacts not made: references and codes, nothing personal."""
    recent = sorted(one.at for one in record.contacts if attempt.at - one.at < LOOKED_BACK)
    return {
        "medium": attempt.medium,
        "purpose": attempt.purpose,
        "at": attempt.at.isoformat(),
        "zones": list(record.zones_at(attempt.at)),
        "contacts": [at.isoformat() for at in recent],
        "events": [f"{event.type} {event.at.isoformat()}" for event in record.events],
    }


def purpose_of(say: str, day: int) -> str:
    """What a contact is for, by days past due: nothing is collected before the day after the due date, and
    from then on it is for what its wording is called."""
    return say.replace("-", "_") if day > 0 or say in NOTICES else "reminder"


def came_back(channel: Channel, at: datetime, events: Iterable[Event]) -> bool:
    """Whether what was sent then came back, or its number or address has proved wrong since."""
    medium = MEDIUM[channel]
    return any(
        one.type == "contact_point_failed"
        and one.at >= at
        and one.values.get("medium") in (medium, [medium], None)
        for one in events
    )


def _counted(spent: Spent, now: datetime) -> Spent:
    return spent._replace(at=now) if spent.result == ASKED and spent.at < now else spent


@lru_cache(maxsize=16_384)
def _past(spent: Spent) -> PastContact:
    """Every look at a case asks this of all its contacts again."""
    medium, debts = MEDIUM[spent.channel], frozenset({spent.loan})
    spoke = spent.result in CONVERSATIONS
    unspoken = spent.result if spent.result in (*DIALLED, UNDELIVERED) else NO_REPORT.get(medium, "no_answer")
    return PastContact(
        at=spent.at,
        medium=medium,
        outcome="conversation" if spoke else unspoken,
        debts=debts | spent.along,
        discussed=debts if spoke else frozenset(),
        misdirected=spent.result in ELSEWHERE,
    )


def _events(fact: f.Told, now: datetime) -> list[Event]:
    match fact:
        case f.CircumstanceNoted():
            event = fact.event()
            return [replace(event, at=min(event.at, now))] if event.type in BINDS_AT_ONCE else [event]
        case f.OptedOut(channel=None):
            return [Event("cease_received", min(fact.at, now))]
        case f.OptedOut(channel=Channel() as channel):
            return [Event("stop_medium", min(fact.at, now), {"medium": MEDIUM[channel]})]
        case f.ContactPointFailed():
            return _failed(fact.channel, fact.reason, min(fact.at, now))
        case _:
            return []


def _given(notice: Spent, events: Iterable[Event]) -> Event:
    """A notice of ours; one that came back is still owed."""
    back = came_back(notice.channel, notice.at, events)
    return Event(NOTICES[notice.say], notice.at, {"debts": [notice.loan], "returned": back})


def _failed(channel: Channel, reason: str, at: datetime) -> list[Event]:
    by_phone = channel in BY_PHONE and reason in WRONG_NUMBER
    channels = sorted(BY_PHONE) if by_phone else [channel]
    return [Event("contact_point_failed", at, {"medium": MEDIUM[one]}) for one in channels]
