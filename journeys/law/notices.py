"""Rules about notices: what must come first, what is owed, what confirms, what is kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from journeys.calendar import DAY, local_day, midnight, months_later
from journeys.law.circumstances import Event, Where, day_in
from journeys.law.record import MEDIA, Attempt, Record
from journeys.law.rule import EventName, EventNames, Media, Refusal, Rule


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
        zone, openings = record.zones[0], self._openings(record, attempt)
        if not openings:
            return self.refuse(None, f"needs {self._what or 'a notice'} first")
        opening = local_day(min(openings), zone)
        if self.lapses is not None and local_day(attempt.at, zone) > months_later(opening, self.lapses):
            return self.refuse(None, f"{self._what} has lapsed")
        if not self.days:
            return None
        frees = [opening + (self.days + (self.first == "the next")) * DAY]
        frees += [
            local_day(e.at, zone) + (wait + 1) * DAY
            for kind, wait in self.also.items()
            for e in self._about(record, kind, attempt)
        ]
        free = midnight(max(frees), zone)
        return self.refuse(free, f"{self.days} days after {self._what}") if attempt.at < free else None

    @property
    def _what(self) -> str:
        return " or ".join(sorted(self.needs)).replace("_", " ")

    def _about(self, record: Record, kind: str, attempt: Attempt) -> list[Event]:
        return [one for one in record.known(kind, attempt.at) if record.names_debt(one, attempt.debt)]

    def _openings(self, record: Record, attempt: Attempt) -> list[datetime]:
        """When the latest notice was given, and when the earliest contact in its stead was made."""
        shut = [event.at for kind in self.shut_by for event in self._about(record, kind, attempt)]
        notices = [
            event.at
            for kind in self.needs
            for event in self._about(record, kind, attempt)
            if event.has(self.where)
            and not event.values.get("returned")
            and (not self.within or record.names_point(event, attempt))
            and all(event.at > at for at in shut)
        ]
        debts = record.same_debt(attempt.debt)
        contacts = [
            one.at
            for one in record.contacts
            if one.medium in self.contacts
            and not (one.inbound or one.misdirected or one.outcome == "undelivered")
            and not debts.isdisjoint(one.debts)
        ]
        return [*sorted(notices)[-1:], *contacts[:1]]

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
        if began is None or attempt.taken:
            return None
        given = [
            event
            for kind in self.owes
            for event in record.known(kind, attempt.at)
            if record.names_debt(event, attempt.debt) and not event.values.get("returned")
        ]
        if given:
            return None
        zone = record.zones[0]
        due = day_in(str(began), zone) + self.days * DAY
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
