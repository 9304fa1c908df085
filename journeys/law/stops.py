"""Rules that silence: what stops contact until an event, what pauses it for an interval."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from journeys.calendar import DAY, local, local_day, midnight, months_later
from journeys.law.charges import Added, Respite
from journeys.law.circumstances import Event, Where, day_in, day_of
from journeys.law.record import Attempt, Record
from journeys.law.rule import EventName, EventNames, Names, Refusal, Rule

STARTS = ("starts_on", "from")
"""Values in which an event names its first day."""


class Stop(Rule):
    """No contact from an event until one that releases it."""

    after: EventNames = frozenset()
    until: EventNames = frozenset()
    flag: str = ""
    """Or for as long as this is known of the debt."""
    where: Where = Field(default_factory=dict)
    """Only events with these values."""
    within: Literal["", "debt", "medium", "address", "person"] = ""
    """What the event must share with the contact, where it names it."""
    replies: bool = False
    """One reply, by the same medium, to each later message of the borrower."""
    taken: bool = False
    """A call the borrower makes may be answered."""
    timely: Mapping[str, str | int] | None = None
    """Only events within the period that a notice opens: notice, working_days, days."""
    unless: Names = frozenset()
    """Values of an event that leave it without force, once something has released an earlier one."""

    def may_speak(self, told: frozenset[str]) -> bool:
        return bool(self.flag) or not told.isdisjoint(self.after)

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if self.flag and record.flags.get(self.flag) is True:
            return self.refuse(None, self.flag.replace("_", " "))
        if record.told.isdisjoint(self.after) or (self.taken and attempt.taken):
            return None
        for kind in sorted(self.after):
            for event in record.known(kind, attempt.at):
                if self._binds(record, event, attempt, calendar):
                    return self.refuse(
                        None, f"{kind.replace('_', ' ')} on {local(event.at, record.zones[0]):%-d %b %Y}"
                    )
        return None

    def _binds(self, record: Record, event: Event, attempt: Attempt, calendar: str) -> bool:
        return (
            event.has(self.where)
            and self._shares(record, event, attempt)
            and not self._released(record, event, attempt)
            and not (self.replies and record.is_reply(attempt, event.at))
            and not _other_portion(event, attempt)
            and (self.timely is None or _in_time(record, event, attempt.debt, self.timely, calendar))
        )

    def _released(self, record: Record, event: Event, attempt: Attempt) -> bool:
        """Whether something released it since, or, for one that says nothing new, before."""
        releases = [
            one.at
            for kind in self.until
            for one in record.known(kind, attempt.at)
            if self._shares(record, one, attempt)
        ]
        if any(event.values.get(name) is True for name in self.unless):
            return bool(releases)
        return any(event.at < at for at in releases)

    def _shares(self, record: Record, event: Event, attempt: Attempt) -> bool:
        match self.within:
            case "debt":
                return record.names_debt(event, attempt.debt)
            case "medium":
                return record.names_point(event, attempt)
            case "address":
                address = event.values.get("address")
                return address == attempt.address if address else record.names_point(event, attempt)
            case "person":
                return record.names_person(event, attempt)
        return True


class Pause(Rule):
    """No contact for an interval that an event begins; the day after its last day is free."""

    after: EventName
    where: Where = Field(default_factory=dict)
    not_where: Where = Field(default_factory=dict)
    """Not events with these values."""
    days: int | None = None
    months: int | None = None
    """How long, where the event names neither a last day nor so many `days` or `months` itself."""
    working_days: int = 0
    """So many working days before them it is still under way, unless the event says when it was received."""
    first: Literal["that day", "the next"] = "that day"
    """Which day is the first of `days`."""
    ends: tuple[str, ...] = ()
    """Values of the event that hold a last day; the first one named counts."""
    further: int = 0
    """Days after the last one that are closed as well."""
    cut_by: tuple[str, ...] = ()
    """Values of the event that hold an earlier last day, after which no further one is closed."""
    unless_given: Names = frozenset()
    """Things known of the contact that lift the pause, such as a court's permission."""
    stops: tuple[Added, ...] = ()
    """What lateness does not add to the debt meanwhile."""

    def may_speak(self, told: frozenset[str]) -> bool:
        return self.after in told

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if any(attempt.given.get(name) is True for name in self.unless_given):
            return None
        until: datetime | None = attempt.at
        binding = [one for one in record.known(self.after, attempt.at) if self._binds(record, one, attempt)]
        for event in binding:
            free = self._free(record, event, [one for one in binding if one.at >= event.at], calendar)
            until = None if free is None or until is None else max(until, free)
        if until == attempt.at:
            return None
        return self.refuse(until, self.after.replace("_", " "))

    def last_day(self, record: Record, event: Event, calendar: str) -> date | None:
        """The last day that it closes by itself, if it has one."""
        whole = self._whole(event, self._begins(record, event, calendar))
        return None if whole is None else whole + (self.further - 1) * DAY

    def respites(self, record: Record, debt: str, now: datetime, calendar: str) -> Iterator[Respite]:
        """The intervals known by now in which it stops what lateness adds to the debt."""
        zone = record.zones[0]
        about = [one for one in record.known(self.after, now) if self._about(record, one, debt)]
        for event in about:
            free = self._free(record, event, [one for one in about if one.at >= event.at], calendar)
            end = None if free is None else local_day(free, zone)
            yield Respite(self.rule, self.stops, _start(event, zone), end)

    def _about(self, record: Record, event: Event, debt: str) -> bool:
        kind = event.has(self.where) and not (self.not_where and event.has(self.not_where))
        return kind and record.names_debt(event, debt)

    def _binds(self, record: Record, event: Event, attempt: Attempt) -> bool:
        begun = _start(event, record.zones[0]) <= local_day(attempt.at, record.zones[0])
        return begun and self._about(record, event, attempt.debt)

    def _free(self, record: Record, event: Event, since: Iterable[Event], calendar: str) -> datetime | None:
        """When it is over; what is told of it later may cut it short."""
        frees = [
            day_of(one.values[name]) + DAY for one in since for name in self.cut_by if one.values.get(name)
        ]
        last = self.last_day(record, event, calendar)
        if last is not None:
            frees.append(last + DAY)
        return midnight(min(frees), record.zones[0]) if frees else None

    def _begins(self, record: Record, event: Event, calendar: str) -> date:
        if self.working_days:
            return _received(record, event, self.working_days, calendar)
        return _start(event, record.zones[0])

    def _whole(self, event: Event, start: date) -> date | None:
        """The day after the last one, before anything cuts it short."""
        last = next((event.values[name] for name in self.ends if event.values.get(name)), None)
        if last is not None:
            return day_of(last) + DAY
        days, months = event.values.get("days"), event.values.get("months")
        if not isinstance(days, int) and not isinstance(months, int):
            days, months = self.days, self.months
        if isinstance(days, int):
            return start + (days + (self.first == "the next")) * DAY
        return months_later(start, months) if isinstance(months, int) else None


def _start(event: Event, zone: str) -> date:
    """The first day of what an event begins; it may have been told before."""
    told = next((event.values[name] for name in STARTS if event.values.get(name)), None)
    return local_day(event.at, zone) if told is None else day_of(told)


def _in_time(record: Record, event: Event, debt: str, period: Mapping[str, str | int], calendar: str) -> bool:
    """Whether the event came before the period ended that the latest notice opened; open if there is none."""
    zone = record.zones[0]
    notices = [
        one
        for one in record.known(str(period["notice"]), event.at)
        if not one.values.get("returned") and record.names_debt(one, debt)
    ]
    if not notices:
        return True
    notice = max(notices, key=lambda one: one.at)
    day = _received(record, notice, int(period["working_days"]), calendar)
    return local_day(event.at, zone) <= day + int(period["days"]) * DAY


def _received(record: Record, notice: Event, working_days: int, calendar: str) -> date:
    """The day it arrived: known, it need not be assumed; else so many working days after it was sent."""
    zone = record.zones[0]
    if received := notice.values.get("received_at"):
        return day_in(str(received), zone)
    day = local_day(notice.at, zone)
    for _ in range(working_days):
        day += DAY
        while not record.is_working_day(day, calendar):
            day += DAY
    return day


def _other_portion(event: Event, attempt: Attempt) -> bool:
    """Whether the event is about a part of the debt, and the contact about the rest alone."""
    theirs, ours = event.values.get("portion"), attempt.given.get("portion")
    return bool(theirs) and bool(ours) and ours not in (theirs, "disputed")
