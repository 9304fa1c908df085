"""Judges worked cases: JSON lines, each a record, an attempt and the answer somebody reckoned by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from journeys.calendar import local, midnight
from journeys.files import Mistakes
from journeys.law.circumstances import DATES, TIMED, Event, day_of
from journeys.law.clearance import Clearance, clearance, earliest
from journeys.law.hours import Window
from journeys.law.jurisdiction import FOLDER, Law, law_of
from journeys.law.record import MEDIA, OUTCOMES, Attempt, PastContact, Record

BEGINS = ("at", "date", "starts_on", "from")
"""Where an event says when it was, in this order; else "served_on", "granted_at" and the like may."""
ALWAYS = "1970-01-01"
"""When hours were named that do not say since when."""
WORK = frozenset({"work", "workplace", "office", "employer"})
PLACES = {**dict.fromkeys(WORK, "work"), "residence": "home", "landline": "home", "home": "home"}
"""Words for a place, as a place or as the beginning of an address."""
TIED = frozenset({"call", "ai_call", "letter", "email", "visit"})
"""Media by which a place of work is reached."""
UNDELIVERED = frozenset({"returned", "bounced", "undeliverable", "failed"})
"""Further words for what came back."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A case whose answer differs, and the rules that spoke."""

    case: str
    expected: str
    given: str
    spoke: str

    def __str__(self) -> str:
        return f"{self.case}: expected {self.expected}, given {self.given} ({self.spoke or 'no rule spoke'})"


@dataclass(frozen=True, slots=True)
class Report:
    """What judging a file gave."""

    cases: int
    misses: tuple[Miss, ...]
    unread: tuple[str, ...]
    """A sentence for each line that is no case."""

    @property
    def sound(self) -> bool:
        return not self.misses and not self.unread

    def __str__(self) -> str:
        right = self.cases - len(self.misses)
        lines = [*self.unread, *map(str, self.misses), f"{right} of {self.cases} cases as expected"]
        return "\n".join(lines)


def judge(path: Path, folder: Path = FOLDER) -> Report:
    """Run every case of a file; raises `Mistakes` where there is no file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Mistakes(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Mistakes(f"{path}: is not text in UTF-8: save it as such") from error
    misses, unread, count = [], [], 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = _judge(json.loads(line), folder)
        except KeyError as error:
            unread.append(f"{path.name}:{number}: {error.args[0]!r} is missing")
        except json.JSONDecodeError as error:
            unread.append(f"{path.name}:{number}: is not JSON: one case a line, in braces ({error})")
        except (AttributeError, TypeError):
            unread.append(f"{path.name}:{number}: is no case: compare it with those in tests/law")
        except ValueError as error:
            unread.append(f"{path.name}:{number}: {error}")
        else:
            count += 1
            misses += found
    return Report(count, tuple(misses), tuple(unread))


def _judge(case: Mapping[str, Any], folder: Path) -> list[Miss]:
    setup = case["setup"]
    law = _law(case["jurisdiction"].lower(), setup, folder)
    attempts = _attempts(case["attempt"])
    record = _record(setup, frozenset(attempt.debt for attempt in attempts))
    answers = [clearance(law, record, attempt) for attempt in attempts]
    answer = Clearance(tuple(refusal for one in answers for refusal in one.refusals))
    first = _earliest(law, record, attempts)
    wanted = datetime.fromisoformat(case["earliest_allowed"]) if case["earliest_allowed"] else None
    if answer.allowed == case["allowed"] and first == wanted:
        return []
    zone = record.zones[0]
    return [
        Miss(
            str(case["id"]),
            _said(case["allowed"], wanted, zone),
            _said(answer.allowed, first, zone),
            _spoke(answer),
        )
    ]


def _earliest(law: Law, record: Record, attempts: Sequence[Attempt]) -> datetime | None:
    """The first instant clear for all: the same contact, about each of its debts."""
    at: datetime | None = None
    later: datetime | None = attempts[0].at
    while later != at and later is not None:
        at = later
        firsts = [earliest(law, record, replace(attempt, at=at))[0] for attempt in attempts]
        later = None if None in firsts else max(first for first in firsts if first)
    return later


def _said(allowed: bool, first: datetime | None, zone: str) -> str:
    if allowed:
        return "allowed"
    return f"not before {local(first, zone).isoformat()}" if first else "not until an event"


def _spoke(answer: Clearance) -> str:
    return "; ".join(f"{refusal.rule}: {refusal.why}" for refusal in answer.refusals)


def _law(jurisdiction: str, setup: Mapping[str, Any], folder: Path) -> Law:
    """A case names the public holidays that close a day itself, and may bring the house's own hours.

    Otherwise a case would be judged by a list of holidays that whoever reckoned it never saw.
    """
    law = law_of([jurisdiction], folder, house=False)
    rules = [(rule, "" if isinstance(rule, Window) else calendar) for rule, calendar in law.rules]
    window = setup.get("policy", {}).get("window")
    return Law(law.layers, (*rules, (_hours(window), "")) if window else tuple(rules))


def _hours(window: Sequence[str]) -> Window:
    return Window.model_validate(
        {
            "rule": "HOUSE.HOURS",
            "media": ["timed"],
            "hours": "-".join(window),
            "strength": "policy",
            "confidence": "A",
            "cite": "the case's own policy",
        }
    )


def _record(setup: Mapping[str, Any], wanted: frozenset[str]) -> Record:
    zones = tuple(setup["zones"])
    return Record(
        zones=zones,
        contacts=tuple(_contact(one, wanted) for one in setup.get("history", ())),
        events=tuple(_event(one, zones[0]) for one in setup.get("events", ())),
        flags=setup.get("flags", {}),
        groups=_groups(setup.get("debt_groups", {})),
        holidays=frozenset(map(day_of, setup["holidays"])) if "holidays" in setup else None,
        actor=setup.get("actor", "third_party_collector"),
    )


def _groups(told: Mapping[str, Any]) -> dict[str, str]:
    """The group of each debt; a group may also be given with its debts."""
    groups = {debt: its for debt, its in told.items() if isinstance(its, str)}
    return groups | {debt: name for name, its in told.items() if isinstance(its, list) for debt in its}


def _contact(told: Mapping[str, Any], wanted: frozenset[str]) -> PastContact:
    """A contact that names no debt is counted to the debt at hand; one that names no subject, to its own."""
    outcome = "undelivered" if told["outcome"] in UNDELIVERED else told["outcome"]
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is not an outcome; known are {', '.join(sorted(OUTCOMES))}")
    debts = _debts(told) or wanted
    return PastContact(
        at=_instant(told["at"]),
        medium=_medium(told["channel"]),
        outcome=outcome,
        inbound={"in": True, "out": False}[told.get("dir", "out")],
        debts=debts,
        discussed=frozenset(told.get("conv_debts") or debts),
        to=_to(told),
        address=told.get("address") or "",
        purpose=told.get("purpose", "collect"),
        misdirected=told.get("misdirected", False),
        answer=told.get("in_response", False),
    )


def _debts(told: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(told.get("debts") or [told["debt"]] if told.get("debt") or told.get("debts") else ())


def _place(told: Mapping[str, Any]) -> str:
    """Where a contact reaches them, as it says itself or as the address is named."""
    place, address = told.get("place") or "", told.get("address") or ""
    return PLACES.get(place, place) or PLACES.get(address.rstrip("0123456789-_ "), "")


def _to(told: Mapping[str, Any]) -> str:
    """Who is addressed; a borrower at work is reached at the workplace, save by a text."""
    to = str(told.get("to", "consumer"))
    at_work = _place(told) == "work" and told["channel"] in TIED
    return "workplace" if to == "consumer" and at_work else to


def _event(told: Mapping[str, Any], zone: str) -> Event:
    names = [*BEGINS, *(name for name in told if name.endswith(("_at", "_on")) and name not in DATES)]
    timed = told["type"] in TIMED
    if timed:
        names.remove("from")  # a time of day
    begins = next((told[name] for name in names if name in told), ALWAYS if timed else None)
    if begins is None:
        raise ValueError(f"the event {told['type']!r} does not say when: give at or date")
    at = _instant(begins) if "T" in begins else midnight(day_of(begins), zone)
    values = {name: value for name, value in told.items() if name != "type"}
    if "medium" in values:
        named = values["medium"] if isinstance(values["medium"], list) else [values["medium"]]
        values["medium"] = [name if name in MEDIA else _medium(name) for name in named]
    if "place" in values:
        values["place"] = PLACES.get(values["place"], values["place"])
    return Event(told["type"], at, values)


def _attempts(told: Mapping[str, Any]) -> list[Attempt]:
    """The contact that is wanted, once for each debt it is about."""
    fields = ("channel", "at", "debt", "debts", "to", "purpose", "address")
    given = {name: value for name, value in told.items() if name not in fields}
    return [
        Attempt(
            medium=_medium(told["channel"]),
            at=_instant(told["at"]),
            debt=debt,
            to=_to(told),
            purpose=told.get("purpose", "collect"),
            address=told.get("address") or "",
            given=given | {"place": _place(told)},
        )
        for debt in sorted(_debts(told)) or [""]
    ]


def _medium(name: str) -> str:
    if name not in MEDIA["every"] | MEDIA["purge"]:
        raise ValueError(f"{name!r} is not a channel; known are {', '.join(sorted(MEDIA['every']))}")
    return name


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC: write it like 2026-03-02T09:00:00+01:00")
    return at
