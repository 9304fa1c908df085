"""Rules that count: so many contacts in so many days, and the days after a conversation.

A window of seven days is a local day and the six before it. Contacts may be recorded late, so a cap must
hold in every such window that the new contact would fall into.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import Field, field_validator

from journeys.calendar import DAY, local_day, midnight
from journeys.law.circumstances import Value
from journeys.law.record import MEDIA, ONE_PERSON, Attempt, PastContact, Record
from journeys.law.rule import EventName, Media, Names, Refusal, Rule

PERIODS = {"per_day": 1, "per_week": 7, "per_month": 30}
"""Values in which an event names a number for so many days."""


class Cap(Rule):
    """At most so many contacts in so many consecutive local days."""

    per: Literal["borrower", "debt", "address"]
    most: int = Field(ge=1)
    days: int = Field(ge=1)
    counts: Media | None = None
    """Media that are counted, where they differ from those that are capped."""
    outcomes: Names = frozenset()
    """Only these are counted; every outcome if empty."""
    not_outcomes: Names = frozenset({"busy", "not_in_service"})
    once_spoken: bool = False
    """Counts from the first conversation on."""
    consent: EventName = ""
    """The event by which the borrower agrees to be called again; what it covers is not counted."""
    agreed_by: EventName = ""
    """The event by which another number, or none, was agreed; `per_day` and the like are for those days."""
    replies: bool = False
    """An answer to the borrower's own message is free, and was."""
    household: Names = frozenset()
    """Roles that are counted as one with the borrower."""

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        most = self._most(record, attempt) if self.agreed_by in record.told else self.most
        oldest = attempt.at - (self.days + 1) * DAY  # a local day ends within a day of any zone's
        if most is None or not record.so_many_since(oldest, most):
            return None
        if attempt.taken or (self.replies and record.is_reply(attempt)):
            return None
        counted = self._counted(record, attempt, oldest)
        if len(counted) < most:
            return None
        if most == 0:
            return self.refuse(None, "none at all was agreed on")
        until = _free(record, attempt, self.consent, lambda zone, day: self._fit(counted, zone, day, most))
        if until == attempt.at:
            return None
        return self.refuse(until, f"already {most} {f'in {self.days} days' if self.days > 1 else 'a day'}")

    def _most(self, record: Record, attempt: Attempt) -> int | None:
        agreed = [
            event
            for event in record.known(self.agreed_by, attempt.at)
            if record.names_debt(event, attempt.debt)
            and event.values.get("address", attempt.address) == attempt.address
        ]
        if not agreed:
            return self.most
        newest = max(event.at for event in agreed)
        numbers = [self._agreed(event.values) for event in agreed if event.at == newest]
        return min((number for number in numbers if number is not None), default=None)

    def _agreed(self, values: Mapping[str, Value]) -> int | None:
        spans = {PERIODS[name]: number for name, number in values.items() if name in PERIODS}
        others = [number for name, number in values.items() if name != "days"]
        numbers = [spans.get(self.days, self.most)] if spans else others
        return min((number for number in numbers if type(number) is int), default=None)

    def _counted(self, record: Record, attempt: Attempt, oldest: datetime) -> list[datetime]:
        """When the contacts were that may count against this attempt, by time."""
        since = record.first_conversation() if self.once_spoken else None
        if self.once_spoken and since is None:
            return []
        media, debts = self.counts or self.media, record.same_debt(attempt.debt)
        people = _one_with(attempt.to, ONE_PERSON | self.household)
        return [
            contact.at
            for contact in record.since(oldest)
            if contact.medium in media
            and contact.to in people
            and not contact.inbound
            and (self.per != "debt" or not debts.isdisjoint(contact.debts))
            and (self.per != "address" or contact.address == attempt.address)
            and (since is None or contact.at >= since)
            and self._counts(contact)
            and not (self.consent in record.told and record.consented(self.consent, attempt.debt, contact.at))
        ]

    def _counts(self, contact: PastContact) -> bool:
        return (
            not contact.misdirected
            and not (self.replies and contact.answer)
            and contact.outcome not in self.not_outcomes
            and (not self.outcomes or contact.outcome in self.outcomes)
            and (not self.to or contact.role in self.to)
            and contact.role not in self.not_to
            and contact.purpose not in self.not_purposes
        )

    def _fit(self, times: list[datetime], zone: str, wanted: date, most: int) -> date:
        """The first day from `wanted` on that has room."""
        if local_day(times[-1], zone) <= wanted:
            return max(wanted, local_day(times[-most], zone) + self.days * DAY)
        days = [local_day(at, zone) for at in times]
        while not self._fits(days, wanted, most):
            wanted += DAY
        return wanted

    def _fits(self, days: list[date], wanted: date, most: int) -> bool:
        return all(
            sum(first <= day < first + self.days * DAY for day in days) < most
            for first in (wanted - back * DAY for back in range(self.days))
        )


class CoolOff(Rule):
    """No contact for so many local days after a conversation; its own day is the first."""

    days: int = Field(ge=1)
    consent: EventName = ""

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        debts, people = record.same_debt(attempt.debt), _one_with(attempt.to)
        spoken = [
            contact.at
            for contact in record.since(attempt.at - (self.days + 1) * DAY)
            if contact.outcome == "conversation"
            and contact.medium in self.media
            and contact.to in people
            and not contact.misdirected
            and not debts.isdisjoint(contact.discussed)
        ]
        if attempt.taken or not spoken:
            return None
        until = _free(record, attempt, self.consent, lambda zone, day: self._rested(spoken, zone, day))
        return (
            self.refuse(until, f"they spoke less than {self.days} days ago") if until > attempt.at else None
        )

    def _rested(self, spoken: list[datetime], zone: str, wanted: date) -> date:
        """The first day from `wanted` on that lies in no cool-off."""
        days = [local_day(at, zone) for at in spoken]
        while any(day <= wanted < day + self.days * DAY for day in days):
            wanted += DAY
        return wanted


class Ceiling(Rule):
    """So much by several media together, in so many local days, that a person looks before there is more."""

    parts: Mapping[str, int]
    """How many by each medium, or group of media; all together are too much."""
    days: int = Field(ge=1)
    not_outcomes: Names = frozenset({"busy", "not_in_service"})

    @field_validator("parts")
    @classmethod
    def _are_media(cls, parts: Mapping[str, int]) -> Mapping[str, int]:
        if unknown := sorted(parts.keys() - MEDIA.keys()):
            raise ValueError(f"{unknown[0]!r} is not a medium; known are {', '.join(sorted(MEDIA))}")
        return parts

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        most = max(self.parts.values(), default=1) - 1  # this one is one of them
        if not record.so_many_since(attempt.at - (self.days + 1) * DAY, most):
            return None
        if attempt.taken or record.is_reply(attempt):
            return None
        media = [attempt.medium, *self._made(record, attempt)]
        if any(sum(one in MEDIA[part] for one in media) < most for part, most in self.parts.items()):
            return None
        return self.refuse(None, f"too much by all media together in {self.days} days")

    def _made(self, record: Record, attempt: Attempt) -> list[str]:
        """The media of our unasked contacts in the window that ends with the attempt, in the widest zone."""
        zones = record.zones_at(attempt.at)
        people = _one_with(attempt.to)
        since = min(midnight(local_day(attempt.at, zone) - (self.days - 1) * DAY, zone) for zone in zones)
        return [
            contact.medium
            for contact in record.since(since)
            if contact.at <= attempt.at
            and contact.to in people
            and not (contact.inbound or contact.misdirected or contact.answer)
            and contact.outcome not in self.not_outcomes
        ]


def _free(
    record: Record,
    attempt: Attempt,
    consent: str,
    first_fit: Callable[[str, date], date],
) -> datetime:
    """The first instant of a day that fits, or that the borrower consented to, in every zone."""
    until = attempt.at
    for zone in record.zones_at(attempt.at):
        day = local_day(attempt.at, zone)
        fit = first_fit(zone, day)
        if fit == day:
            continue
        start = midnight(fit, zone)
        if consent in record.told:
            sooner = [attempt.at, *(midnight(day + n * DAY, zone) for n in range(1, (fit - day).days))]
            agreed = (at for at in sooner if record.consented(consent, attempt.debt, at))
            start = next(agreed, start)
        until = max(until, start)
    return until


def _one_with(to: str, one: Names = ONE_PERSON) -> Names:
    """Everybody whose contacts count together with those of the one addressed."""
    return one if to in one else frozenset({to})
