"""Local days, daily windows, working days: the only place that reckons with zones.

A day is a calendar day where the borrower lives, 23 to 25 hours long. A window is half-open:
08:00-21:00 holds 08:00:00 and not 21:00:00. A wall-clock time that a clock change skips is read by
the clock before it (02:30 is then shown as 03:30); one that comes twice is read as the first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a local day, half-open."""

    open: time
    close: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "09:30-11:30"; raises ValueError with a sentence."""
        try:
            opening, closing = (time.fromisoformat(part.strip()) for part in str(text).split("-"))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a window: write it like 09:30-11:30") from error
        if opening >= closing:
            raise ValueError(f"{text!r} closes before it opens: write the earlier time first")
        if opening.second or closing.second:
            raise ValueError(f"{text!r} has seconds: write whole minutes, like 09:30-11:30")
        return cls(opening, closing)

    def __contains__(self, at: time) -> bool:
        return self.open <= at < self.close

    @property
    def minutes(self) -> int:
        return (self.close.hour - self.open.hour) * 60 + self.close.minute - self.open.minute


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether the time zone database knows the name."""
    try:
        _zone(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def local(at: datetime, zone: str) -> datetime:
    """The instant as clocks in the zone show it."""
    return _local(at, at.fold, zone)


def local_day(at: datetime, zone: str) -> date:
    """The calendar day in the zone at this instant."""
    return _local(at, at.fold, zone).date()


@lru_cache(maxsize=16_384)
def _local(at: datetime, fold: int, zone: str) -> datetime:
    """Rules ask this of one instant many times over; `fold` tells two apart that compare as equal."""
    return at.astimezone(_zone(zone))


@lru_cache(maxsize=16_384)
def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a wall-clock time in the zone."""
    return datetime.combine(day, at, _zone(zone)).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day."""
    return instant(day, time.min, zone)


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last day of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for length in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(length, day.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@lru_cache(maxsize=16_384)
def is_working_day(day: date, country: str) -> bool:
    """Whether offices work that day: weekends, public holidays and make-up working days considered."""
    return _holidays(country).is_working_day(day)


def working_day_from(day: date, country: str) -> date:
    """The day itself if it is a working day, else the next one."""
    while not is_working_day(day, country):
        day += DAY
    return day


def add_working_days(day: date, count: int, country: str) -> date:
    """The day `count` working days later."""
    for _ in range(count):
        day = working_day_from(day + DAY, country)
    return day


@lru_cache(maxsize=64)
def _holidays(place: str) -> holidays.HolidayBase:
    """Of a country, or of a part of it: "CA", "CA-ON"."""
    country, _, part = place.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a public holiday there."""
    return day in _holidays(country)


def instant_of_second(day: date, second: int, zone: str) -> datetime:
    """The UTC instant at so many seconds after midnight by the clocks of the zone; 86,400 is the next day."""
    if second >= 86_400:
        return midnight(day + DAY, zone)
    return instant(day, time(second // 3600, second % 3600 // 60, second % 60), zone)
