"""Holds: which clocks stand still, from when until when, and how many days that makes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from journeys import facts as f
from journeys.borrower import Channel
from journeys.calendar import DAY, local_day
from journeys.money import Money

Days = tuple[date, date]
"""A first day, and the day after the last one."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it came to be: lifted early, its end is when it was lifted."""

    id: str
    reason: str
    since: datetime
    until: datetime
    stops: tuple[f.Clock, ...]
    channel: Channel | None
    held: int
    """Minor units that are left out meanwhile; 0 where it is not about a sum."""

    def on(self, at: datetime) -> bool:
        return self.since <= at < self.until

    @property
    def silences(self) -> bool:
        """Whether nothing at all is asked while it is on."""
        return "cadence" in self.stops and self.channel is None and not self.held


_NAMES = {
    Channel.EMAIL: "e-mails",
    Channel.SMS: "texts",
    Channel.CALL: "automated calls",
    Channel.AGENT: "agents' calls",
    Channel.LETTER: "letters",
    Channel.REGISTERED: "registered letters",
    Channel.VISIT: "visits",
}
_CLOCKS: dict[str, str] = {
    "delinquency": "delinquent days",
    "interest": "interest",
    "promise": "promised days",
    "limitation": "the time to claim it",
}


def held(stops: Iterable[f.Clock], channel: Channel | None, part: Money | None) -> str:
    """What a hold is about, in words: all contacts, one channel or a sum, and what stands still."""
    about, stops = [], tuple(stops)
    if "cadence" in stops and channel:
        about.append(f"{_NAMES[channel]} on hold")
    if part:
        about.append(f"{part} left out")
    if "cadence" in stops and not about:
        about.append("contacts on hold")
    if still := [_CLOCKS[clock] for clock in stops if clock != "cadence"]:
        *others, last = still
        many = others or last.endswith("days")
        them = f"{', '.join(others)} and {last}" if others else last
        about.append(f"{them} {'stand' if many else 'stands'} still")
    return ", ".join(about)


def holds(told: Iterable[f.Told]) -> tuple[Hold, ...]:
    """Every hold there ever was, by its start, the same in whatever order they were told."""
    told = tuple(told)
    placed = [fact for fact in told if isinstance(fact, f.HoldPlaced)]
    if not placed:
        return ()
    lifts = [fact for fact in told if isinstance(fact, f.HoldLifted)]
    found = []
    for fact in placed:
        since = fact.since or fact.at
        ends = [
            lift.at
            for lift in lifts
            if lift.hold in ("", fact.id) and (lift.hold or since <= lift.at < fact.until)
        ]
        channel = fact.channel if "cadence" in fact.stops else None  # it is about contacts, no other clock
        held, until = fact.held.minor if fact.held else 0, min([fact.until, *ends])
        found.append(Hold(fact.id, fact.reason, since, until, fact.stops, channel, held))
    return tuple(sorted(found, key=lambda hold: (hold.since, hold.id)))


def paused(known: Sequence[Hold], clock: f.Clock, home: str) -> tuple[Days, ...]:
    """The days on which a clock stood still or will, apart and in order; the day a hold ends is not one."""
    return apart(
        (local_day(hold.since, home), local_day(hold.until, home)) for hold in known if clock in hold.stops
    )


def apart(days: Iterable[Days]) -> tuple[Days, ...]:
    """The same days, each once and in order."""
    merged: list[Days] = []
    for first, end in sorted(days):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif first < end:
            merged.append((first, end))
    return tuple(merged)


def days_in(pauses: Iterable[Days], since: date, until: date) -> int:
    """How many paused days lie between two days, the second not counted."""
    return sum(max(0, (min(end, until) - max(first, since)).days) for first, end in pauses)


def later(pauses: Iterable[Days], start: date, days: int) -> date:
    """The day on which so many days have run since `start`, the paused ones not counted."""
    day = start + days * DAY
    for first, end in pauses:
        if first < day and end > start:
            day += end - max(first, start)
    return day
