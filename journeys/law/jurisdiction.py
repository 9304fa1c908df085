"""A layer of law, read from one file; layers add up, and every rule of every layer is asked."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from journeys import files
from journeys.law import charges, conduct, counts, hours, notices, stops
from journeys.law.record import Attempt, Record
from journeys.law.rule import Rule

FOLDER = Path(__file__).parent.parent / "jurisdictions"
HOUSE = "house"
MOST = 4_096
"""How many selections of its rules a law remembers."""
KINDS = (
    *("window", "requested", "inconvenient", "cap", "ceiling", "cool_off", "stop", "pause", "gate"),
    *("content", "recipient", "place", "duty", "confirmation", "keep", "statement"),
)
"""The kinds of rules about contacts; no place is named in code: a new country is a file, and its cases."""
MONEY = ("order", "charge", "in_flight", "settlement", "limitation")
"""The kinds of rules about sums."""
Actor = Literal["third_party_collector", "first_party"]
"""In whose name we act: for another, or for the lender that we are ourselves."""
MOST_BOUND: Actor = "third_party_collector"
"""Where nobody says in whose name we act."""


class Wording(BaseModel):
    """Sentences the place wants in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reply_stop: str
    disclosure: str


class Jurisdiction(BaseModel):
    """One layer of law, from one file: its rules by kind, and the layers it lies in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int = Field(ge=1)
    applies_from: date
    calendar: str
    """Country, or country and part ("CA-ON"), whose public holidays count; or empty."""
    within: tuple[str, ...] = ()
    """The layers around it: a state lies within its country."""
    actor: Actor | None = None
    """In whose name we act there, where the layer says so."""
    window: tuple[hours.Window, ...] = ()
    requested: tuple[hours.Requested, ...] = ()
    inconvenient: tuple[hours.Inconvenient, ...] = ()
    cap: tuple[counts.Cap, ...] = ()
    ceiling: tuple[counts.Ceiling, ...] = ()
    cool_off: tuple[counts.CoolOff, ...] = ()
    stop: tuple[stops.Stop, ...] = ()
    pause: tuple[stops.Pause, ...] = ()
    gate: tuple[notices.Gate, ...] = ()
    content: tuple[conduct.Content, ...] = ()
    recipient: tuple[conduct.Recipient, ...] = ()
    place: tuple[conduct.Place, ...] = ()
    duty: tuple[notices.Duty, ...] = ()
    confirmation: tuple[notices.Confirmation, ...] = ()
    keep: tuple[notices.Keep, ...] = ()
    statement: tuple[conduct.Statement, ...] = ()
    order: tuple[charges.Order, ...] = ()
    charge: tuple[charges.Charge, ...] = ()
    in_flight: tuple[charges.InFlight, ...] = ()
    settlement: tuple[charges.Settlement, ...] = ()
    limitation: tuple[charges.Limitation, ...] = ()
    wording: dict[str, Wording] = Field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All of them, in force or not, in the order of their kinds."""
        return tuple(rule for kind in KINDS for rule in getattr(self, kind))

    @property
    def money(self) -> tuple[charges.MoneyRule, ...]:
        """Those about sums, in force or not."""
        return tuple(rule for kind in MONEY for rule in getattr(self, kind))


@dataclass(frozen=True, slots=True)
class Law:
    """All layers that protect one borrower."""

    layers: tuple[Jurisdiction, ...]
    rules: tuple[tuple[Rule, str], ...]
    """Each rule in force that judges contacts, with the calendar of its layer."""
    money: charges.MoneyLaw = field(default_factory=charges.MoneyLaw)
    calendar: str = ""
    """The public holidays that count here, from the innermost layer that names any."""
    easing: tuple[stops.Pause, ...] = ()
    """Those of the rules that stop what lateness adds to a debt."""
    actor: Actor = MOST_BOUND
    """In whose name we act, from the innermost layer that says it."""
    _asked: dict[tuple[str, str, str], tuple[tuple[Rule, str], ...]] = field(default_factory=dict, repr=False)
    _able: dict[Hashable, tuple[tuple[Rule, str], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, layers: Iterable[Jurisdiction]) -> "Law":
        them = tuple(layers)
        found = [(rule, one.calendar) for one in them for rule in one.rules if rule.status == "in force"]
        judging = tuple(pair for pair in found if not isinstance(pair[0], conduct.Statement))
        money = charges.MoneyLaw.of(rule for one in them for rule in one.money)
        calendar = next((one.calendar for one in them if one.calendar), "")
        easing = tuple(rule for rule, _ in judging if isinstance(rule, stops.Pause) and rule.stops)
        actor = next((one.actor for one in them if one.actor), MOST_BOUND)
        return cls(them, judging, money, calendar, easing, actor)

    def about(self, attempt: Attempt) -> tuple[tuple[Rule, str], ...]:
        """The rules about such a contact; the same for every one of its medium, purpose and addressee."""
        key = attempt.medium, attempt.purpose, attempt.role
        if key not in self._asked:
            self._asked[key] = tuple(pair for pair in self.rules if pair[0].concerns(attempt))
        return self._asked[key]

    def able(self, record: Record, attempt: Attempt) -> tuple[tuple[Rule, str], ...]:
        """Those of them that can refuse it at all: not those about events nobody told, or that spare us."""
        actor = self.acting(record)
        key = attempt.medium, attempt.purpose, attempt.role, actor, record.told
        rules = self._able.get(key)
        if rules is None:
            if len(self._able) >= MOST:
                self._able.clear()
            ours = (pair for pair in self.about(attempt) if actor not in pair[0].spares)
            rules = self._able[key] = tuple(pair for pair in ours if pair[0].may_speak(record.told))
        return rules

    def acting(self, record: Record) -> str:
        """In whose name we act towards this borrower."""
        return record.actor or self.actor

    @property
    def version(self) -> str:
        """What is put on record with each decision: "us-ma.1 us.1 house.1"."""
        return " ".join(f"{one.name}.{one.version}" for one in self.layers)

    def words_of(self, rule: str) -> str:
        """What a rule says, in a few words; none for a code that is no rule of these layers."""
        return next((one.words for layer in self.layers for one in layer.rules if one.rule == rule), "")

    def must_say(self, medium: str, purpose: str) -> dict[str, str]:
        """The values that a wording by this medium holds, each with a rule that wants it."""
        about = Attempt(medium, datetime.min, "", purpose=purpose)
        stated = [rule for rule in self._statements if rule.concerns(about)]
        return {name: rule.rule for rule in reversed(stated) for name in sorted(rule.says)}

    def wording(self, language: str) -> Wording:
        """The innermost layer's sentences in that language; empty where no layer has any.

        Who writes and why is said only where a rule wants it said of whom we act for: of others it is untrue.
        """
        found = next((one.wording[language] for one in self.layers if language in one.wording), None)
        if found is None:
            return Wording(reply_stop="", disclosure="")
        owed = any("disclosure" in rule.says for rule in self._statements)
        return found if owed else found.model_copy(update={"disclosure": ""})

    @property
    def _statements(self) -> list[conduct.Statement]:
        return [
            rule
            for one in self.layers
            for rule in one.statement
            if rule.status == "in force" and self.actor not in rule.spares
        ]


def law_of(jurisdictions: Sequence[str], folder: Path = FOLDER, *, house: bool = True) -> Law:
    """The layers named, those around them, and the house's own policy, as their files stand now."""
    names = list(jurisdictions)
    for name in names:
        names += [around for around in _jurisdiction(folder / f"{name}.toml").within if around not in names]
    if house and HOUSE not in names:
        names.append(HOUSE)
    return _law(tuple(_jurisdiction(folder / f"{name}.toml") for name in names))


def names(folder: Path = FOLDER) -> list[str]:
    """Every layer there is a file of."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load(path: Path) -> Jurisdiction:
    """Read and judge one file; raises `files.Mistakes` with a sentence a mistake."""
    return files.read(path, Jurisdiction)


def _law(layers: tuple[Jurisdiction, ...]) -> Law:
    key = tuple(map(id, layers))
    if key not in _LAWS or _LAWS[key].layers != layers:
        _LAWS[key] = Law.of(layers)
    return _LAWS[key]


_LAWS: dict[tuple[int, ...], Law] = {}


def _jurisdiction(path: Path) -> Jurisdiction:
    if not path.is_file():
        known = ", ".join(names(path.parent))
        raise files.Mistakes(f"there is no jurisdiction {path.stem!r}; known are {known}")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=128)
def _read(path: Path, changed: int) -> Jurisdiction:
    """`changed` makes an edited file a new question: law is live."""
    return load(path)
