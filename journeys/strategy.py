"""A strategy: what to say, when and through which channel; a file an operations person can read."""

from collections.abc import Iterator
from datetime import time
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from journeys import files
from journeys.borrower import BY_PEOPLE, Channel
from journeys.calendar import Window
from journeys.law.charges import Part
from journeys.law.jurisdiction import names
from journeys.messages import missing

FOLDER = Path(__file__).parent / "strategies"
ON_WORKING_DAYS = BY_PEOPLE | {Channel.LETTER, Channel.REGISTERED}

Hours = Annotated[Window, BeforeValidator(Window.parse), PlainSerializer(str)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Touch(_Line):
    """One line of a strategy: on this day, by this channel, these words."""

    day: int
    by: Channel
    say: str
    owed_at_least: int | None = Field(default=None, ge=0)
    """Only if at least so much is overdue, in whole units of the loan's currency."""
    required: bool = False
    """The law wants it: never skipped for a later touch."""
    period: int = Field(default=0, ge=0)
    """So many days must pass, after it went out, before the next required touch or the end."""

    @cached_property
    def id(self) -> str:
        return f"d{self.day}-{self.by}"


class Offer(_Line):
    """What may be offered from a day on: instalments of the arrears, charges let go, a settlement."""

    from_day: int
    instalments: int | None = Field(default=None, ge=2, le=60)
    """At most so many; without it, what is overdue is paid at once."""
    every_days: int = Field(default=30, ge=1, le=31)
    """At most so many days between two of them."""
    first_within: int = Field(default=14, ge=0, le=31)
    """At most so many days until the first of them, or until an offer to settle ends."""
    waive: Literal["penalties"] | None = None
    """Fees and interest for lateness are let go once it is kept to its end."""
    settle_at: int | None = Field(default=None, ge=1, le=99)
    """Accept at least so many percent of everything owed as final."""
    approval: bool = False
    """A second person must approve it."""
    broken_promises: int | None = Field(default=None, ge=0)
    """Not offered to who has broken more promises than that."""

    @property
    def lets_go(self) -> tuple[Part, ...]:
        """What is let go once it is kept to its end."""
        return ("fees", "interest") if self.waive else ()

    @property
    def id(self) -> str:
        """Such as "d10-plan"."""
        what = "plan" if self.instalments else "settlement" if self.settle_at else "waiver"
        return f"d{self.from_day}-{what}"


class PromiseLimits(_Line):
    """Which promises are accepted, and when one counts as kept."""

    within_days: int = Field(default=30, ge=1, le=90)
    at_least: int = Field(default=0, ge=0)
    """In whole units of the loan's currency, or all that is owed where that is less."""
    tolerance: int = Field(default=0, ge=0, le=20)
    """How many percent may be lacking."""
    broken: int | None = Field(default=None, ge=0)
    """None is accepted any more from who has broken more than that."""


class End(_Line):
    """What follows when every touch is spent."""

    day: int
    then: Literal["legal", "release"]


class Strategy(_Line):
    """The whole plan; day 0 is the due date, times are the borrower's own."""

    name: str
    version: int = Field(ge=1)
    jurisdictions: tuple[str, ...] = Field(min_length=1)
    between: Hours
    clearing_days: int = Field(default=3, ge=0)
    """How long a payment may still be returned before the journey closes."""
    touch: tuple[Touch, ...] = Field(min_length=1)
    offer: tuple[Offer, ...] = ()
    """Incentives, open to everybody."""
    relief: tuple[Offer, ...] = ()
    """For the hard-pressed alone: open to who has reported hardship."""
    promise: PromiseLimits = PromiseLimits()
    end: End

    @property
    def lead(self) -> int:
        """How many days before the due date the first touch comes."""
        return max(0, -self.touch[0].day)

    @cached_property
    def days(self) -> dict[str, int]:
        """The day of each touch, by its name."""
        return {touch.id: touch.day for touch in self.touch}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the touches that the law wants, in order."""
        return tuple(touch.id for touch in self.touch if touch.required)

    @cached_property
    def periods(self) -> dict[str, int]:
        """How long those last that are followed by a period of their own, by name."""
        return {touch.id: touch.period for touch in self.touch if touch.period}

    def minute(self, loan: str) -> time:
        """The loan's own time of day within the window: always the same, spread over all loans."""
        return _minute(loan, self.between)

    def mistakes(self) -> Iterator[tuple[files.Place, str]]:
        """What only shows when the lines are read together."""
        seen: set[str] = set()
        for number, touch in enumerate(self.touch):
            place = ("touch", number)
            if number and touch.day < self.touch[number - 1].day:
                yield place, f"day {touch.day} comes after day {self.touch[number - 1].day}: sort the days"
            if touch.id in seen:
                yield place, f"a second {touch.by} on day {touch.day}: one of each a day"
            if touch.day >= self.end.day:
                yield place, f"day {touch.day} is not before the end on day {self.end.day}"
            for sentence in missing([(touch.say, touch.by.value)]):
                yield place, sentence
            seen.add(touch.id)
        for unknown in sorted(set(self.jurisdictions) - set(names())):
            yield ("jurisdictions",), f"there is no jurisdiction {unknown!r}; known are {', '.join(names())}"
        for kind, offers in (("offer", self.offer), ("relief", self.relief)):
            days = [offer.from_day for offer in offers]
            if days != sorted(days):
                yield (kind,), f"sort the {kind}s by from_day"
            for number, offer in enumerate(offers):
                if offer.settle_at is not None and offer.instalments is not None:
                    yield (kind, number), "an offer is either instalments or a settlement: write two lines"
        ids = [offer.id for offer in (*self.offer, *self.relief)]
        for twice in sorted({id for id in ids if ids.count(id) > 1}):
            yield ("relief",), f"a second {twice}: let it begin on another day"


@lru_cache(maxsize=65_536)
def _minute(loan: str, between: Window) -> time:
    spread = int.from_bytes(sha256(loan.encode()).digest()[:4]) % between.minutes
    hour, minute = divmod(between.open.hour * 60 + between.open.minute + spread, 60)
    return time(hour, minute)


def load(path: Path) -> Strategy:
    """Read and judge one file; raises `files.Mistakes` with a sentence a mistake."""
    strategy = files.read(path, Strategy)
    found = list(strategy.mistakes())
    if path.stem != f"{strategy.name}.{strategy.version}":
        found.append((("name",), f"the file must be called {strategy.name}.{strategy.version}.toml"))
    if found:
        raise files.mistakes(path, path.read_text(encoding="utf-8"), found)
    return strategy


@lru_cache(maxsize=256)
def published(name: str, version: int, folder: Path = FOLDER) -> Strategy:
    """A published version, which never changes; raises `files.Mistakes` if there is none."""
    path = folder / f"{name}.{version}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml")))
        raise files.Mistakes(f"that strategy has no version {version}; known are {known}")
    return load(path)


def newest(name: str, folder: Path = FOLDER) -> Strategy:
    """The highest published version of a strategy."""
    versions = [int(path.stem.rpartition(".")[2]) for path in folder.glob(f"{name}.*.toml")]
    if not versions:
        known = sorted({path.stem.rpartition(".")[0] for path in folder.glob("*.toml")})
        raise files.Mistakes(f"there is no strategy {name!r}; known are {', '.join(known)}")
    return published(name, max(versions), folder)
