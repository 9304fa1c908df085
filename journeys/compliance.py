"""The law as the plan and the guard both ask it: may this contact be made now, and if not, when?

Layers add up and the strictest wins. Windows must be open in every zone the borrower may be in. Days
are local calendar days; a window of seven days is a day and the six before it, and contacts may have
been recorded out of order, so a cap must hold in every such window the new contact would fall into.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from journeys import files
from journeys.borrower import Channel
from journeys.calendar import DAY, instant, local, local_day, midnight
from journeys.strategy import Hours

FOLDER = Path(__file__).parent / "jurisdictions"
HOUSE = "house"
_NEVER = datetime.max.replace(tzinfo=UTC)
CONVERSATIONS = frozenset(
    {"conversation", "promised", "refused", "disputed", "hardship", "callback", "paid_already"}
)
"""Result codes that mean: they spoke with the borrower."""
SEARCH = 400
"""How many refusals in a row an earliest-time search follows before it gives up."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A contact already made, asked for or possibly made: it counts against the budget."""

    id: str
    loan: str
    channel: Channel
    at: datetime
    result: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A contact that somebody would like to make."""

    loan: str
    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule says no: until an instant, or (None) for as long as nothing else happens."""

    rule: str
    until: datetime | None
    why: str


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    channels: frozenset[Channel]
    strength: Literal["law", "presumption", "guidance", "policy", "review"]
    confidence: Literal["A", "B", "C"]
    cite: str


class HoursOfDay(_Rule):
    """Contacts only within these local hours."""

    hours: Hours

    def judge(self, attempt: Attempt, zone: str, spent: Sequence[Spent]) -> Refusal | None:
        clock = local(attempt.at, zone)
        if clock.time() in self.hours:
            return None
        day = clock.date() if clock.time() < self.hours.open else clock.date() + DAY
        opens = instant(day, self.hours.open, zone)
        return Refusal(self.rule, opens, f"closed at {clock:%H:%M} in {zone} ({self.cite})")


class Cap(_Rule):
    """At most so many contacts in so many consecutive local days."""

    per: Literal["borrower", "loan"]
    most: int = Field(ge=1)
    days: int = Field(ge=1)
    counts: Literal["attempt", "conversation"] = "attempt"

    def judge(self, attempt: Attempt, zone: str, spent: Sequence[Spent]) -> Refusal | None:
        counted = [s for s in spent if self._counts(s, attempt)]
        if len(counted) < self.most:
            return None
        days = sorted(local_day(s.at, zone) for s in counted)
        today = wanted = local_day(attempt.at, zone)
        while not self._fits(days, wanted):
            wanted += DAY
        if wanted == today:
            return None
        what = f"{self.most} in {self.days} days" if self.days > 1 else f"{self.most} a day"
        return Refusal(self.rule, midnight(wanted, zone), f"already {what} ({self.cite})")

    def _counts(self, spent: Spent, attempt: Attempt) -> bool:
        return (
            spent.channel in self.channels
            and (self.per == "borrower" or spent.loan == attempt.loan)
            and (self.counts == "attempt" or spent.result in CONVERSATIONS)
        )

    def _fits(self, days: list[date], wanted: date) -> bool:
        firsts = (wanted - back * DAY for back in range(self.days))
        return all(
            sum(first <= day < first + self.days * DAY for day in days) < self.most for first in firsts
        )


class CoolOff(_Rule):
    """No contact for so many local days after one with this result; its own day is the first."""

    after: Literal["conversation"]
    per: Literal["borrower", "loan"]
    days: int = Field(ge=1)

    def judge(self, attempt: Attempt, zone: str, spent: Sequence[Spent]) -> Refusal | None:
        today = local_day(attempt.at, zone)
        for past in sorted(spent, key=lambda s: s.at, reverse=True):
            if past.result not in CONVERSATIONS or (self.per == "loan" and past.loan != attempt.loan):
                continue
            spoke = local_day(past.at, zone)
            if spoke <= today < spoke + self.days * DAY:
                free = midnight(spoke + self.days * DAY, zone)
                return Refusal(self.rule, free, f"they spoke on {spoke:%-d %b} ({self.cite})")
        return None


class Wording(BaseModel):
    """Sentences the place wants in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reply_stop: str
    disclosure: str


class Jurisdiction(BaseModel):
    """One layer of law, from one file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int = Field(ge=1)
    applies_from: date
    calendar: str
    """Country whose public holidays make working days (ISO 3166), or empty."""
    window: tuple[HoursOfDay, ...] = ()
    cap: tuple[Cap, ...] = ()
    cool_off: tuple[CoolOff, ...] = ()
    wording: dict[str, Wording] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Law:
    """All layers that protect one borrower, strictest wins."""

    layers: tuple[Jurisdiction, ...]
    rules: tuple[HoursOfDay | Cap | CoolOff, ...]
    calendar: str
    """Country whose public holidays count here, from the innermost layer that names one."""

    @classmethod
    def of(cls, layers: Iterable[Jurisdiction]) -> "Law":
        them = tuple(layers)
        rules: list[HoursOfDay | Cap | CoolOff] = []
        for one in them:
            rules += [*one.window, *one.cap, *one.cool_off]
        return cls(them, tuple(rules), next((one.calendar for one in them if one.calendar), ""))

    @property
    def version(self) -> str:
        """What is put on record with each decision: "cn.1 house.1"."""
        return " ".join(f"{one.name}.{one.version}" for one in self.layers)

    def wording(self, language: str) -> Wording:
        """The innermost layer's sentences in that language; empty where no layer has any."""
        for one in self.layers:
            if language in one.wording:
                return one.wording[language]
        return Wording(reply_stop="", disclosure="")


def clearance(law: Law, zones: Sequence[str], spent: Sequence[Spent], attempt: Attempt) -> Refusal | None:
    """The refusal that binds longest at this very instant, or None: the contact may be made."""
    refusals = list(_refusals(law, zones, spent, attempt))
    return max(refusals, key=lambda refusal: refusal.until or _NEVER) if refusals else None


def _refusals(law: Law, zones: Sequence[str], spent: Sequence[Spent], attempt: Attempt) -> Iterator[Refusal]:
    for rule in law.rules:
        if attempt.channel in rule.channels:
            for zone in zones:
                if refusal := rule.judge(attempt, zone, spent):
                    yield refusal


def earliest(
    law: Law, zones: Sequence[str], spent: Sequence[Spent], attempt: Attempt
) -> tuple[datetime, Refusal | None]:
    """The first instant from `attempt.at` on that is clear, with the last refusal on the way there."""
    last = None
    for _ in range(SEARCH):
        refusal = clearance(law, zones, spent, attempt)
        if refusal is None:
            return attempt.at, last
        last = refusal
        if refusal.until is None:
            break
        attempt = Attempt(attempt.loan, attempt.channel, refusal.until)
    raise ValueError(f"no instant within reach is clear for {attempt.channel}: {last.why if last else ''}")


def law_of(jurisdictions: Sequence[str], folder: Path = FOLDER) -> Law:
    """The layers named, and the house's own policy, as their files stand now."""
    names = (*jurisdictions, HOUSE) if HOUSE not in jurisdictions else tuple(jurisdictions)
    return Law.of(_jurisdiction(folder / f"{name}.toml") for name in names)


def _jurisdiction(path: Path) -> Jurisdiction:
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml")))
        raise files.Mistakes(f"there is no jurisdiction {path.stem!r}; known are {known}")
    return _read(path, path.stat().st_mtime_ns)


def load(path: Path) -> Jurisdiction:
    """Read and judge one file; raises `files.Mistakes` with a sentence a mistake."""
    return files.read(path, Jurisdiction)


@lru_cache(maxsize=128)
def _read(path: Path, changed: int) -> Jurisdiction:
    """`changed` makes an edited file a new question: law is live."""
    return load(path)
