"""Judges worked cases: JSON lines, each a record, an attempt and the answer somebody reckoned by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    misses, unread, count = [], [], 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = _judge(json.loads(line), folder)
        except KeyError as error:
            unread.append(f"{path.name}:{number}: {error.args[0]!r} is missing")
        except (AttributeError, TypeError, ValueError) as error:
            unread.append(f"{path.name}:{number}: {error}")
        else:
            count += 1
            misses += found
    return Report(count, tuple(misses), tuple(unread))


def _judge(case: Mapping[str, Any], folder: Path) -> list[Miss]:
    setup = case["setup"]
    law = _law(case["jurisdiction"].lower(), setup, folder)
    record, attempt = _record(setup), _attempt(case["attempt"])
    answer, first = clearance(law, record, attempt), earliest(law, record, attempt)[0]
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


def _record(setup: Mapping[str, Any]) -> Record:
    zones = tuple(setup["zones"])
    return Record(
        zones=zones,
        contacts=tuple(_contact(one) for one in setup.get("history", ())),
        events=tuple(_event(one, zones[0]) for one in setup.get("events", ())),
        flags=setup.get("flags", {}),
        groups=setup.get("debt_groups", {}),
        holidays=frozenset(map(day_of, setup["holidays"])) if "holidays" in setup else None,
    )


def _contact(told: Mapping[str, Any]) -> PastContact:
    if told["outcome"] not in OUTCOMES:
        raise ValueError(f"{told['outcome']!r} is not an outcome; known are {', '.join(sorted(OUTCOMES))}")
    debts = frozenset(told.get("debts", ()))
    return PastContact(
        at=_instant(told["at"]),
        medium=_medium(told["channel"]),
        outcome=told["outcome"],
        inbound={"in": True, "out": False}[told.get("dir", "out")],
        debts=debts,
        discussed=frozenset(told.get("conv_debts", debts)),
        to=told.get("to", "consumer"),
        address=told.get("address", ""),
        purpose=told.get("purpose", "collect"),
        misdirected=told.get("misdirected", False),
    )


def _event(told: Mapping[str, Any], zone: str) -> Event:
    names = [*BEGINS, *(name for name in told if name.endswith(("_at", "_on")) and name not in DATES)]
    timed = told["type"] in TIMED
    if timed:
        names.remove("from")  # a time of day
    begins = next((told[name] for name in names if name in told), ALWAYS if timed else None)
    if begins is None:
        raise ValueError(f"the event {told['type']!r} does not say when: give at or date")
    at = _instant(begins) if "T" in begins else midnight(day_of(begins), zone)
    return Event(told["type"], at, {name: value for name, value in told.items() if name != "type"})


def _attempt(told: Mapping[str, Any]) -> Attempt:
    fields = ("channel", "at", "debt", "to", "purpose", "address")
    return Attempt(
        medium=_medium(told["channel"]),
        at=_instant(told["at"]),
        debt=told.get("debt", ""),
        to=told.get("to", "consumer"),
        purpose=told.get("purpose", "collect"),
        address=told.get("address", ""),
        given={name: value for name, value in told.items() if name not in fields},
    )


def _medium(name: str) -> str:
    if name not in MEDIA["every"] | MEDIA["purge_record"]:
        raise ValueError(f"{name!r} is not a channel; known are {', '.join(sorted(MEDIA['every']))}")
    return name


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC: write it like 2026-03-02T09:00:00+01:00")
    return at
