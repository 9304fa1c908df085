"""What the law looks at: the contacts there were, what happened besides, and the contact that is wanted."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter

from journeys.calendar import DAY, is_holiday, is_working_day, local_day, midnight
from journeys.law.circumstances import Event, Value, day_of

VOICE = frozenset({"call", "ai_call"})
ELECTRONIC = frozenset({"sms", "email", "im", "app"})
PAGES = frozenset({"app", "im"})
"""Media a borrower may be using this moment."""
CONTACT = VOICE | ELECTRONIC | {"visit", "letter"}
MEDIA = {
    "voice": VOICE,
    "electronic": ELECTRONIC,
    "timed": CONTACT - {"letter"},
    "contact": CONTACT,
    "every": CONTACT | {"legal"},
    "purge": frozenset({"purge_record", "purge_recording"}),
    **{one: frozenset({one}) for one in (*CONTACT, "legal", "purge_record", "purge_recording")},
}
"""The media, and the names a file may give to groups of them; posting a letter has no hour."""
OUTCOMES = frozenset(
    {
        *("conversation", "no_answer", "voicemail", "limited_content_message", "dropped", "busy"),
        *("not_in_service", "sent", "delivered", "received", "undelivered"),
    }
)
ONE_PERSON = frozenset({"consumer", "workplace"})
"""The borrower, wherever reached."""


@dataclass(frozen=True, slots=True)
class PastContact:
    """A contact made, attempted or received, on any loan and any medium, people's included."""

    at: datetime
    medium: str
    outcome: str
    inbound: bool = False
    debts: frozenset[str] = frozenset()
    """The debts it was counted to."""
    discussed: frozenset[str] = frozenset()
    """The debts they spoke about."""
    to: str = "consumer"
    address: str = ""
    purpose: str = "collect"
    misdirected: bool = False
    """Known by now to have gone to a number that is not theirs: it never counted."""
    answer: bool = False
    """It answered a message of the borrower's."""
    role: str = field(init=False)
    """Who was addressed, without which one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", self.to.partition(":")[0])


_AT = attrgetter("at")
PERSON = ("to", "person", "third_party", "who", "party", "by", "name", "address", "number")
"""Values in which an event names somebody, or their number."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A contact, or a step, that somebody would like to make."""

    medium: str
    at: datetime
    debt: str
    to: str = "consumer"
    purpose: str = "collect"
    address: str = ""
    given: Mapping[str, Value] = field(default_factory=dict)
    """What else is known of it: "opt_out_notice", "in_response", "place" …"""
    role: str = field(init=False)
    """Who is addressed, without which one: "third_party" of "third_party:neighbour"."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", self.to.partition(":")[0])

    @property
    def taken(self) -> bool:
        """The borrower called or is using our page this moment: nobody contacts them."""
        using = self.given.get("in_session") is True and self.medium in PAGES
        return using or self.given.get("inbound_call") is True


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of one borrower when a contact is judged."""

    zones: tuple[str, ...]
    """Every zone the borrower may be in; the first is home."""
    contacts: tuple[PastContact, ...] = ()
    events: tuple[Event, ...] = ()
    flags: Mapping[str, Value] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """Debts that count as one, by the name of the one: student loans of one servicing account."""
    holidays: frozenset[date] | None = None
    """Public holidays, where somebody names them; else the calendar of the law tells."""
    actor: str = ""
    """In whose name we act, where somebody says so here; else as the law's files have it."""
    told: frozenset[str] = field(init=False)
    """The types of all events, so that rules about others are done quickly."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "told", frozenset([event.type for event in self.events]))
        object.__setattr__(self, "contacts", tuple(sorted(self.contacts, key=_AT)))

    def since(self, at: datetime) -> tuple[PastContact, ...]:
        """The contacts from that instant on, by time."""
        return self.contacts[bisect_left(self.contacts, at, key=_AT) :]

    def so_many_since(self, at: datetime, count: int) -> bool:
        """Whether there were at least so many contacts from that instant on."""
        return count < 1 or (count <= len(self.contacts) and self.contacts[-count].at >= at)

    def zones_at(self, at: datetime) -> tuple[str, ...]:
        """Where the borrower says they are, else every zone that the addresses and numbers point to."""
        if "actual_location" not in self.told:
            return self.zones
        told = [event for event in self.known("actual_location", at) if at < _end(event)]
        return (str(max(told, key=lambda event: event.at).values["zone"]),) if told else self.zones

    def next_move(self, at: datetime) -> datetime | None:
        """When the zones may change next."""
        moves = [end for event in self.known("actual_location", at) if (end := _end(event)) > at]
        return min((move for move in moves if move.year < 9999), default=None)

    def known(self, kind: str, at: datetime) -> list[Event]:
        """The events of a kind up to that instant."""
        if kind not in self.told:
            return []
        return [event for event in self.events if event.type == kind and event.at <= at]

    def same_debt(self, debt: str) -> frozenset[str]:
        """The debt and those that count as one with it, by their own names and by that of the one."""
        group = self.groups.get(debt, debt)
        return frozenset({debt, group, *(one for one, its in self.groups.items() if its == group)})

    def names_debt(self, event: Event, debt: str) -> bool:
        """Whether the event is about this debt; one that names no debt is about all."""
        named = event.values.get("debts") or event.values.get("debt") or ()
        debts = {str(one) for one in named} if isinstance(named, list) else {str(named)} if named else set()
        return not debts or not self.same_debt(debt).isdisjoint(debts)

    def names_person(self, event: Event, attempt: Attempt) -> bool:
        """Whether the event is about the person addressed; one that names nobody is about all."""
        named = [event.values[name] for name in PERSON if event.values.get(name)]
        return not named or any(
            one in (attempt.to, attempt.to.partition(":")[2], attempt.address) for one in named
        )

    def names_point(self, event: Event, attempt: Attempt) -> bool:
        """Whether the event is about the medium and the address, as far as it names them; calls are one."""
        named, address = event.values.get("medium"), event.values.get("address")
        names = named if isinstance(named, list) else [named] if named else []
        media = {medium for name in names for medium in _media(str(name))}
        return (not names or attempt.medium in media) and (not address or address == attempt.address)

    def is_reply(
        self,
        attempt: Attempt,
        since: datetime | None = None,
        opens: Callable[[datetime], bool] = lambda at: True,
    ) -> bool:
        """Whether the contact answers a message by this medium that no other contact has answered.

        Each message of the borrower's may be answered once; `opens` tells which messages may be at all.
        """
        if attempt.given.get("in_response") is not True:
            return False
        media = VOICE if attempt.medium in VOICE else {attempt.medium}
        same = [one for one in self.contacts if one.medium in media and one.at <= attempt.at]
        unanswered = 0
        for one in sorted(same, key=lambda one: (one.at, not one.inbound)):
            if one.misdirected:
                continue
            if not one.inbound:
                unanswered = max(0, unanswered - 1)
            elif (since is None or one.at > since) and opens(one.at):
                unanswered += 1
        return unanswered > 0

    def consented(self, kind: str, debt: str, at: datetime) -> bool:
        """Whether a consent given directly covers that instant: seven days at most, its own the first.

        A conversation about the debt ends it, and so does its withdrawal (12 CFR 1006.14(b)(3)(i)).
        """
        return any(
            event.values.get("direct") is not False
            and self.names_debt(event, debt)
            and not any(
                one.at >= event.at and self.names_debt(one, debt) for one in self.known(f"{kind}_revoked", at)
            )
            and not self._spoke(debt, event.at, at)
            and all(_covers(event, zone, at) for zone in self.zones_at(at))
            for event in self.known(kind, at)
        )

    def spoke_with_them(self, debt: str) -> bool:
        """Whether the borrower spoke with us about the debt, by voice or face to face."""
        debts = self.same_debt(debt)
        return any(
            one.outcome == "conversation"
            and one.to in ONE_PERSON
            and not one.misdirected
            and not debts.isdisjoint(one.discussed)
            for one in self.contacts
        )

    def first_conversation(self) -> datetime | None:
        """When they first spoke."""
        spoken = (one.at for one in self.contacts if one.outcome == "conversation" and not one.misdirected)
        return min(spoken, default=None)

    def _spoke(self, debt: str, since: datetime, before: datetime) -> bool:
        return any(
            one.outcome == "conversation"
            and since < one.at < before
            and one.medium in VOICE
            and not one.misdirected
            and not self.same_debt(debt).isdisjoint(one.discussed)
            for one in self.contacts
        )

    def is_working_day(self, day: date, calendar: str) -> bool:
        """Monday to Friday without the named holidays, or as the calendar has it."""
        if self.holidays is not None:
            return day.weekday() < 5 and day not in self.holidays
        return is_working_day(day, calendar) if calendar else day.weekday() < 5

    def is_holiday(self, day: date, calendar: str) -> bool:
        """Whether the day is a public holiday, as somebody named them or as the calendar has it."""
        if self.holidays is not None:
            return day in self.holidays
        return bool(calendar) and is_holiday(day, calendar)


def _media(name: str) -> frozenset[str]:
    return VOICE if name in VOICE else MEDIA.get(name, frozenset())


def _end(event: Event) -> datetime:
    """The first instant at which a stated location no longer holds."""
    until = event.values.get("until")
    if until is None:
        return datetime.max.replace(tzinfo=event.at.tzinfo)
    return midnight(day_of(until) + DAY, str(event.values["zone"]))


def _covers(consent: Event, zone: str, at: datetime) -> bool:
    today, first = local_day(at, zone), local_day(consent.at, zone)
    days, until = consent.values.get("days"), consent.values.get("until")
    named = not isinstance(days, list) or today in map(day_of, days)
    length = min(days, 7) if isinstance(days, int) else 7
    ended = until is not None and today > day_of(until)
    return named and not ended and first <= today < first + length * DAY
