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
    unless: Names = frozenset()
    """Values of an event that leave it without force, once something has released an earlier one."""

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
                return _at_point(event, attempt)
            case "address":
                address = event.values.get("address")
                return address == attempt.address if address else _at_point(event, attempt)
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
    """Or a contact about the debt by these media was made and did not come back; the earliest counts."""
    spoken: bool = False
    """Or they have spoken about the debt, which opens it at once."""
    used: bool = False
    """Or they have written from that address themselves."""
    within: Literal["", "point"] = ""
    """A notice that names a medium or an address opens no other."""
    days: int = 0
    first: Literal["that day", "the next"] = "the next"
    also: Mapping[EventName, int] = Field(default_factory=dict)
    """Further events, each with its own whole days to wait."""
    lapses: int | None = None
    """Months after which the notice is worth nothing."""
    shut_by: EventNames = frozenset()
    """Events that shut it again until a later notice."""
    replies: bool = False

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if self.given and attempt.given.get(self.given) is True:
            return None
        if self.replies and record.is_reply(attempt):
            return None
        if self.spoken and record.spoke_with_them(attempt.debt):
            return None
        if self.used and self._wrote(record, attempt):
            return None
        zone, what = record.zones[0], " or ".join(sorted(self.needs)).replace("_", " ")
        openings = self._openings(record, attempt)
        if not openings:
            return self.refuse(None, f"needs {what or 'a notice'} first")
        opening = local_day(min(openings), zone)
        if self.lapses is not None and local_day(attempt.at, zone) > months_later(opening, self.lapses):
            return self.refuse(None, f"{what} has lapsed")
        if not self.days:
            return None
        frees = [opening + (self.days + (self.first == "the next")) * DAY]
        frees += [
            local_day(e.at, zone) + (wait + 1) * DAY
            for kind, wait in self.also.items()
            for e in self._about(record, kind, attempt)
        ]
        free = midnight(max(frees), zone)
        return self.refuse(free, f"{self.days} days after {what}") if attempt.at < free else None

    def _about(self, record: Record, kind: str, attempt: Attempt) -> list[Event]:
        return [one for one in record.known(kind, attempt.at) if record.names_debt(one, attempt.debt)]

    def _openings(self, record: Record, attempt: Attempt) -> list[datetime]:
        """When the latest notice was given, and when the earliest contact in its stead was made."""
        shut = [event.at for kind in self.shut_by for event in self._about(record, kind, attempt)]
        notices = [
            event.at
            for kind in self.needs
            for event in self._about(record, kind, attempt)
            if _has(event, self.where)
            and not event.values.get("returned")
            and (not self.within or _at_point(event, attempt))
            and all(event.at > at for at in shut)
        ]
        contacts = [
            one.at
            for one in record.contacts
            if one.medium in self.contacts
            and not (one.inbound or one.misdirected or one.outcome == "undelivered")
            and not record.same_debt(attempt.debt).isdisjoint(one.debts)
        ]
        return [*sorted(notices)[-1:], *sorted(contacts)[:1]]

    def _wrote(self, record: Record, attempt: Attempt) -> bool:
        return any(
            one.inbound
            and one.medium == attempt.medium
            and one.address == attempt.address
            and not one.misdirected
            for one in record.contacts
        )


class Duty(Rule):
    """A notice that was owed by now: nothing else until it is given."""

    flag: str
    """When what set the clock happened."""
    days: int
    owes: EventNames

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        began = record.flags.get(self.flag)
        given = [
            event
            for kind in self.owes
            for event in record.known(kind, attempt.at)
            if record.names_debt(event, attempt.debt) and not event.values.get("returned")
        ]
        if began is None or given or attempt.taken:
            return None
        zone = record.zones[0]
        due = _day(str(began), zone) + self.days * DAY
        late = local_day(attempt.at, zone) > due
        return (
            self.refuse(None, f"owed by {due:%-d %b %Y}: {' or '.join(sorted(self.owes))}") if late else None
        )


class Confirmation(Rule):
    """One message that confirms an opt-out, within seconds of it."""

    after: EventNames
    seconds: int

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        asked = [event.at for kind in self.after for event in record.known(kind, attempt.at)]
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
    contacts: Media = MEDIA["contact"]

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        zone = record.zones[0]
        made = [local_day(one.at, zone) for one in record.contacts if one.medium in self.contacts]
        last = max(made, default=None)
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
    day = local_day(notice.at, zone)
    for _ in range(int(period["working_days"])):
        day += DAY
        while not record.is_working_day(day, calendar):
            day += DAY
    received = notice.values.get("received_at")  # known, it need not be assumed
    day = _day(str(received), zone) if received else day
    return local_day(event.at, zone) <= day + int(period["days"]) * DAY


def _at_point(event: Event, attempt: Attempt) -> bool:
    """Whether an event is about the medium and the address, as far as it names them; calls are one medium."""
    named, address = event.values.get("medium"), event.values.get("address")
    names = named if isinstance(named, list) else [named] if named else []
    media = {medium for name in names for medium in _media(str(name))}
    return (not names or attempt.medium in media) and (not address or address == attempt.address)


def _media(name: str) -> frozenset[str]:
    return MEDIA["voice"] if name in MEDIA["voice"] else MEDIA.get(name, frozenset())


def _other_portion(event: Event, attempt: Attempt) -> bool:
    """Whether the event is about a part of the debt, and the contact about the rest alone."""
    theirs, ours = event.values.get("portion"), attempt.given.get("portion")
    return bool(theirs) and bool(ours) and ours not in (theirs, "disputed")


def _day(text: str, zone: str) -> date:
    """The local day of an instant, or the day itself."""
    return local_day(datetime.fromisoformat(text), zone) if "T" in text else day_of(text)
