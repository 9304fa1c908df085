"""Rules that wait for events: what stops all contact, what pauses it, what must come first, what is owed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import Field

from journeys.calendar import DAY, local, local_day, midnight
from journeys.law.circumstances import Event, day_of
from journeys.law.record import MEDIA, Attempt, Record
from journeys.law.rule import EventName, EventNames, Media, Names, Refusal, Rule

Where = Mapping[str, tuple[str | bool, ...]]
"""Values an event must have; "" stands for not saying."""
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

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if self.flag and record.flags.get(self.flag) is True:
            return self.refuse(None, self.flag.replace("_", " "))
        if record.told.isdisjoint(self.after) or (self.taken and attempt.taken):
            return None
        for kind in self.after:
            for event in record.known(kind, attempt.at):
                if self._binds(record, event, attempt, calendar):
                    return self.refuse(
                        None, f"{kind.replace('_', ' ')} on {local(event.at, record.zones[0]):%-d %b %Y}"
                    )
        return None

    def _binds(self, record: Record, event: Event, attempt: Attempt, calendar: str) -> bool:
        return (
            _has(event, self.where)
            and self._shares(record, event, attempt)
            and not self._released(record, event, attempt)
            and not (self.replies and record.is_reply(attempt, event.at))
            and not (event.values.get("portion") and attempt.given.get("portion") == "undisputed")
            and (self.timely is None or _in_time(record, event, self.timely, calendar))
        )

    def _released(self, record: Record, event: Event, attempt: Attempt) -> bool:
        return any(
            event.at < one.at and self._shares(record, one, attempt)
            for kind in self.until
            for one in record.known(kind, attempt.at)
        )

    def _shares(self, record: Record, event: Event, attempt: Attempt) -> bool:
        match self.within:
            case "debt":
                return record.names_debt(event, attempt.debt)
            case "medium":
                named = event.values.get("medium")
                media = MEDIA["voice"] if named in MEDIA["voice"] else {named}
                at = event.values.get("address")
                return attempt.medium in media and (not at or at == attempt.address)
            case "address":
                address, medium = event.values.get("address"), event.values.get("medium")
                return address == attempt.address if address else medium in (None, attempt.medium)
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

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if any(attempt.given.get(name) is True for name in self.unless_given):
            return None
        until: datetime | None = attempt.at
        for event in record.known(self.after, attempt.at):
            if self._binds(record, event, attempt):
                free = self._free(event, record.zones[0])
                until = None if free is None or until is None else max(until, free)
        if until == attempt.at:
            return None
        return self.refuse(until, self.after.replace("_", " "))

    def _binds(self, record: Record, event: Event, attempt: Attempt) -> bool:
        zone = record.zones[0]
        return (
            _has(event, self.where)
            and not (self.not_where and _has(event, self.not_where))
            and record.names_debt(event, attempt.debt)
            and _start(event, zone) <= local_day(attempt.at, zone)
        )

    def _free(self, event: Event, zone: str) -> datetime | None:
        frees = [day_of(event.values[name]) + DAY for name in self.cut_by if event.values.get(name)]
        whole = self._whole(event, _start(event, zone))
        if whole is not None:
            frees.append(whole + self.further * DAY)
        return midnight(min(frees), zone) if frees else None

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


class Gate(Rule):
    """Not before a notice was given, and so many whole days have passed since."""

    needs: EventNames
    """Events, any of which opens it; the latest counts."""
    where: Where = Field(default_factory=dict)
    given: str = ""
    """Or this is known of the attempt itself."""
    contacts: Media = frozenset()
    """Or a contact by these media was made."""
    spoken: bool = False
    """Or they have spoken, which opens it at once."""
    days: int = 0
    first: Literal["that day", "the next"] = "the next"
    also: Mapping[EventName, int] = Field(default_factory=dict)
    """Further events, each with its own whole days to wait."""
    lapses: int | None = None
    """Months after which the notice is worth nothing."""
    shut_by: EventNames = frozenset()
    replies: bool = False

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if self.given and attempt.given.get(self.given) is True:
            return None
        if self.replies and record.is_reply(attempt):
            return None
        if self.spoken and record.first_conversation() is not None:
            return None
        zone, what = record.zones[0], " or ".join(sorted(self.needs)).replace("_", " ")
        days = [
            local_day(event.at, zone)
            for kind in self.needs
            for event in self._about(record, kind, attempt)
            if _has(event, self.where)
        ]
        days += [
            local_day(one.at, zone)
            for one in record.contacts
            if one.medium in self.contacts and not one.inbound
        ]
        if not days or any(self._about(record, kind, attempt) for kind in self.shut_by):
            return self.refuse(None, f"needs {what} first")
        if self.lapses is not None and local_day(attempt.at, zone) > months_later(max(days), self.lapses):
            return self.refuse(None, f"{what} has lapsed")
        if not self.days:
            return None
        frees = [max(days) + (self.days + (self.first == "the next")) * DAY]
        frees += [
            local_day(e.at, zone) + (wait + 1) * DAY
            for kind, wait in self.also.items()
            for e in self._about(record, kind, attempt)
        ]
        free = midnight(max(frees), zone)
        return self.refuse(free, f"{self.days} days after {what}") if attempt.at < free else None

    def _about(self, record: Record, kind: str, attempt: Attempt) -> list[Event]:
        return [one for one in record.known(kind, attempt.at) if record.names_debt(one, attempt.debt)]


class Duty(Rule):
    """A notice that was owed by now: nothing else until it is given."""

    flag: str
    """When what set the clock happened."""
    days: int
    owes: EventNames

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        began = record.flags.get(self.flag)
        if began is None or any(record.known(kind, attempt.at) for kind in self.owes):
            return None
        zone = record.zones[0]
        due = local_day(datetime.fromisoformat(str(began)), zone) + self.days * DAY
        late = local_day(attempt.at, zone) > due
        return (
            self.refuse(None, f"owed by {due:%-d %b %Y}: {' or '.join(sorted(self.owes))}") if late else None
        )


class Confirmation(Rule):
    """One message that confirms an opt-out, within seconds of it."""

    after: EventName
    seconds: int

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        asked = [event.at for event in record.known(self.after, attempt.at)]
        done = any(
            one.purpose == attempt.purpose and not one.inbound and one.at >= max(asked, default=one.at)
            for one in record.contacts
        )
        if asked and not done and attempt.at - max(asked) <= timedelta(seconds=self.seconds):
            return None
        return self.refuse(None, "one confirmation, at once, or none")


class Keep(Rule):
    """A record is kept for years after the last contact."""

    years: int

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        zone = record.zones[0]
        last = max((local_day(one.at, zone) for one in record.contacts), default=None)
        if last is None:
            return None
        free = midnight(months_later(last, 12 * self.years) + DAY, zone)
        return self.refuse(free, f"the last contact was on {last}") if attempt.at < free else None


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last day of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for length in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(length, day.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _has(event: Event, where: Where) -> bool:
    return all(event.values.get(name, "") in values for name, values in where.items())


def _start(event: Event, zone: str) -> date:
    """The first day of what an event begins; it may have been told before."""
    told = next((event.values[name] for name in STARTS if event.values.get(name)), None)
    return local_day(event.at, zone) if told is None else day_of(told)


def _in_time(record: Record, event: Event, period: Mapping[str, str | int], calendar: str) -> bool:
    """Whether the event came before the period ended that the latest notice opened; open if there is none."""
    zone = record.zones[0]
    notices = [
        one.at for one in record.known(str(period["notice"]), event.at) if not one.values.get("returned")
    ]
    if not notices:
        return True
    day = local_day(max(notices), zone)
    for _ in range(int(period["working_days"])):
        day += DAY
        while not record.is_working_day(day, calendar):
            day += DAY
    return local_day(event.at, zone) <= day + int(period["days"]) * DAY
