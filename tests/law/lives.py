"""Random lives, walked as the system walks them: planned, looked at once more, and only then contacted."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from journeys.calendar import local_day
from journeys.law.circumstances import Event
from journeys.law.clearance import clearance, earliest
from journeys.law.jurisdiction import HOUSE, Law, law_of, names
from journeys.law.record import Attempt, PastContact, Record
from tests.law import second_checker as second

PLACES = [name for name in names() if name != HOUSE]
ZONES = {
    "au": ["Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"],
    "br": ["America/Sao_Paulo", "America/Maceio"],
    "ca": ["America/Toronto"],
    "cn": ["Asia/Shanghai"],
    "de": ["Europe/Berlin"],
    "eu": ["Europe/Paris", "Europe/Athens"],
    "gb": ["Europe/London"],
    "id": ["Asia/Jakarta", "Asia/Jayapura"],
    "in": ["Asia/Kolkata"],
    "kr": ["Asia/Seoul"],
    "mx": ["America/Mexico_City", "America/Tijuana"],
    "ph": ["Asia/Manila"],
    "ru": ["Europe/Moscow", "Asia/Yekaterinburg"],
    "us": ["America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver"],
    "vn": ["Asia/Ho_Chi_Minh"],
}
SEASONS = [
    datetime(2026, 10, 1, tzinfo=UTC),
    datetime(2026, 12, 10, tzinfo=UTC),
    datetime(2027, 3, 1, tzinfo=UTC),
]
"""The clocks change in the first and the last; the second has the holidays."""
MINUTES = [1, 20, 120, 600, 1500]
MEDIA = ["call", "call", "call", "ai_call", "sms", "sms", "email", "im", "visit", "letter"]
CALLED = ["conversation", "no_answer", "no_answer", "voicemail", "voicemail", "busy", "not_in_service"]
WAYS = [
    (MINUTES, MEDIA, CALLED),
    ([1, 10, 60], ["call"], ["no_answer", "voicemail"]),
    ([1, 10, 60], ["call", "sms"], ["conversation", "conversation", "no_answer"]),
]
"""How a collector may go about it: minutes between two contacts, media, what comes of a call. Two of them
dial and talk far too often, to meet every cap."""
TO = [*["consumer"] * 90, *["workplace"] * 5, *["third_party:neighbour"] * 3]
ONCE, OFTEN = 0.3, 1.0
EVENTS: dict[str, list[tuple[str, float]]] = {
    "": [
        *[("cease_received", 0.1), ("attorney_known", 0.2), ("bankruptcy_filed", 0.1), ("deceased", 0.05)],
        *[("attorney_nonresponse", ONCE), ("bankruptcy_closed", ONCE), ("stop_medium", 0.2)],
        *[("contact_point_failed", 0.1), ("designation", ONCE), ("designation_ended", OFTEN)],
    ],
    "us": [
        *[("consent_call", OFTEN), ("consent_call_revoked", ONCE), ("electronic_consent", OFTEN)],
        *[("dispute_written", ONCE), ("verification_sent", OFTEN)],
    ],
    "cn": [("repayment_agreement", ONCE), ("agreement_breached", OFTEN)],
    "gb": [
        *[("dispute", ONCE), ("dispute_resolved", OFTEN), ("breathing_space", 0.1)],
        *[("debt_adviser_notified", 0.1), ("statute_barred_refusal", 0.05)],
    ],
    "ca": [("written_notice_sent", ONCE)],
    "kr": [("hardship_deferral", 0.1)],
}
DEBTS = ["D-1", "D-2"]
CONTACTS = 50
"""In one life."""
GIVEN = {"opt_out_notice": True, "visit_notice": True, "visit_consent": True, "sender": "registered"}


@dataclass
class Walk:
    """One life while it is walked, and who refused what on the way."""

    chance: Random
    law: Law
    zones: tuple[str, ...]
    now: datetime
    record: Record
    refused: Counter[str]
    guarded: bool
    way: tuple[list[int], list[str], list[str]]
    made: list[second.Contact] = field(default_factory=list)
    happened: list[second.Happening] = field(default_factory=list)


def life(seed: int, refused: Counter[str], *, law: Law | None = None, guarded: bool = True) -> second.Life:
    """The life of that seed, the same every time; `refused` learns which rules spoke on the way.

    Another law may be walked by, or (`guarded` is False) none at all.
    """
    chance = Random(seed)
    place = PLACES[seed % len(PLACES)]
    country = place.partition("-")[0]
    house = seed // len(PLACES) % 3 == 0
    zones = tuple(chance.sample(ZONES[country], k=min(len(ZONES[country]), chance.choice([1, 1, 2]))))
    late = chance.choice([5, 40])
    law = law or law_of([place], house=house)
    begins = chance.choice(SEASONS)
    record = Record(zones, flags={"days_past_due": late})
    walk = Walk(chance, law, zones, begins, record, refused, guarded, chance.choice(WAYS))
    kinds = [*EVENTS[""], *EVENTS.get(country, [])]
    if country in ("ca", "us") and chance.random() < 0.8:
        _happens(walk, "written_notice_sent" if country == "ca" else "electronic_consent")
    for _ in range(CONTACTS * 3):
        if len(walk.made) >= CONTACTS:
            break
        walk.now += timedelta(minutes=chance.choice(walk.way[0]))
        if chance.random() < 0.08:
            kind, weight = chance.choice(kinds)
            if chance.random() < weight:
                _happens(walk, kind)
        _wanted(walk, kinds)
    layers = tuple(one.name for one in law.layers)
    return second.Life(layers, zones, late, tuple(walk.made), tuple(walk.happened))


def _wanted(walk: Walk, kinds: list[tuple[str, float]]) -> None:
    """Plan a contact, let time pass and things happen, look once more, make it."""
    chance = walk.chance
    medium = chance.choice(walk.way[1])
    given = GIVEN if chance.random() < 0.95 else {**GIVEN, "opt_out_notice": False}
    attempt = Attempt(medium, walk.now, chance.choice(DEBTS), to=chance.choice(TO), given=given)
    if walk.guarded:
        walk.refused.update(one.rule for one in clearance(walk.law, walk.record, attempt).refusals)
        planned, _ = earliest(walk.law, walk.record, attempt)
        if planned is None or planned > walk.now + timedelta(days=40):
            return
        walk.now = planned
        if chance.random() < 0.1:
            walk.now += timedelta(seconds=chance.choice([1, 900, 30_000]))
        if chance.random() < 0.02:
            _happens(walk, chance.choice(kinds)[0])
        attempt = replace(attempt, at=walk.now)
        answer = clearance(walk.law, walk.record, attempt)
        if not answer.allowed:
            walk.refused.update(one.rule for one in answer.refusals)
            return
    _make(walk, attempt)


def _make(walk: Walk, attempt: Attempt) -> None:
    chance = walk.chance
    voice = attempt.medium in ("call", "ai_call")
    outcome = (
        chance.choice(walk.way[2]) if voice else "conversation" if attempt.medium == "visit" else "delivered"
    )
    misdirected, debts = chance.random() < 0.03, frozenset({attempt.debt})
    contact = PastContact(
        attempt.at,
        attempt.medium,
        outcome,
        debts=debts,
        discussed=debts,
        to=attempt.to,
        misdirected=misdirected,
    )
    _add(walk, contact, attempt.debt, carries=attempt.given["opt_out_notice"] is True)
    if voice and chance.random() < 0.05:  # they call back
        walk.now += timedelta(hours=1)
        theirs = PastContact(walk.now, "call", "conversation", inbound=True, debts=debts, discussed=debts)
        _add(walk, theirs, attempt.debt, carries=True)


def _add(walk: Walk, contact: PastContact, debt: str, *, carries: bool) -> None:
    walk.record = replace(walk.record, contacts=(*walk.record.contacts, contact))
    told = (contact.at, contact.medium, debt, contact.outcome, contact.to)
    walk.made.append(second.Contact(*told, contact.inbound, contact.misdirected, carries))


def _happens(walk: Walk, kind: str) -> None:
    chance, home = walk.chance, walk.zones[0]
    medium, debt, last, hours = "", "", None, ("", "")
    values: dict[str, object] = {}
    if kind in ("stop_medium", "contact_point_failed"):
        medium = chance.choice(["sms", "email", "call", "im"])
        values["medium"] = medium
    elif kind == "designation":
        hours = chance.choice([("08:00", "12:00"), ("18:00", "21:00")])
        values["windows"] = [{"from": hours[0], "to": hours[1]}]
    elif kind == "breathing_space":
        values["kind"] = "standard"
    elif kind == "hardship_deferral":
        first = local_day(walk.now, home)
        last = first + timedelta(days=20)
        values |= {"from": first.isoformat(), "to": last.isoformat()}
    elif kind in ("repayment_agreement", "dispute", "dispute_written", "consent_call"):
        debt = chance.choice(DEBTS)
        values["debts"] = [debt]
    walk.record = replace(walk.record, events=(*walk.record.events, Event(kind, walk.now, values)))
    walk.happened.append(second.Happening(kind, walk.now, debt, medium, hours, last))
