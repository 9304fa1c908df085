"""Rules that open and close by the clock: the hours of a place, and those a borrower named."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator

from journeys.calendar import DAY, instant_of_second, local, midnight
from journeys.law.circumstances import Event, Value, day_of, seconds_of
from journeys.law.record import Attempt, Record
from journeys.law.rule import EventName, EventNames, Refusal, Rule

SEARCH = 800
"""Days or changes of zone a search for an open hour follows before it gives up."""
FULL_DAY = 86_400
Spans = list[tuple[int, int]]
"""Half-open spans of a local day, in seconds since midnight."""


def _span(text: str) -> tuple[int, int] | None:
    """Read "08:00-21:00"; "closed" is no hour at all."""
    if text == "closed":
        return None
    opening, closing = (seconds_of(part) for part in str(text).split("-"))
    if opening >= closing:
        raise ValueError(f"{text!r} closes before it opens: write the earlier time first")
    return opening, closing


Span = Annotated[tuple[int, int] | None, BeforeValidator(_span)]


class Hours(Rule):
    """A rule that opens and closes by the clock, in every zone the borrower may be in."""

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        raise NotImplementedError

    def closing(self, record: Record, attempt: Attempt, calendar: str) -> datetime | None:
        """When the span ends that is open now, in the first zone where it does."""
        ends = []
        for zone in record.zones_at(attempt.at):
            clock = local(attempt.at, zone)
            now = _second(clock)
            spans = self.spans(record, attempt, clock.date(), calendar)
            closing = [closes for opens, closes in spans if opens <= now < closes]
            ends += [instant_of_second(clock.date(), second, zone) for second in closing]
        return min(ends, default=None)

    def _next(self, record: Record, attempt: Attempt, calendar: str) -> tuple[str, datetime | None] | None:
        """The zone that is closed and the first instant open in all; None if it is open now."""
        at, closed = attempt.at, ""
        for _ in range(SEARCH):
            later = at
            for zone in record.zones_at(at):
                opening = self._opening(record, attempt, zone, at, calendar)
                if opening is None:
                    return zone, None
                if opening > at:
                    closed = closed or zone
                    later = max(later, opening)
            if later == at:
                return (closed, at) if closed else None
            move = record.next_move(at)
            at = min(later, move) if move else later
        return closed, None

    def _opening(
        self, record: Record, attempt: Attempt, zone: str, at: datetime, calendar: str
    ) -> datetime | None:
        clock = local(at, zone)
        day, now = clock.date(), _second(clock)
        for _ in range(SEARCH):
            for opens, closes in sorted(self.spans(record, attempt, day, calendar)):
                if opens <= now < closes:
                    return at
                if now < opens:
                    return instant_of_second(day, opens, zone)
            day, now = day + DAY, 0
            at = midnight(day, zone)
        return None


class Window(Hours):
    """Contacts only within these local hours."""

    hours: Span
    saturday: Span | Literal["as hours"] = "as hours"
    sunday: Span | Literal["as hours"] = "as hours"
    holiday: Span | Literal["as the day"] = "as the day"
    opened_by: EventNames = frozenset()
    """Events by which the borrower opens further hours."""
    not_past_due_over: int | None = None
    """Silent once the debt is more days past due than this."""

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        found = self._next(record, attempt, calendar)
        if found is None or attempt.taken or self._lifted(record):
            return None
        zone, until = found
        return self.refuse(until, f"closed at {local(attempt.at, zone):%H:%M} in {zone}")

    def _lifted(self, record: Record) -> bool:
        most, late = self.not_past_due_over, record.flags.get("days_past_due", 0)
        return most is not None and int(str(late)) > most

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        ours = self._regular(record, day, calendar)
        spans = [ours] if ours else []
        for kind in self.opened_by & record.told:
            spans += _told(record, kind, attempt.at, day)
        return spans

    def _opening(
        self, record: Record, attempt: Attempt, zone: str, at: datetime, calendar: str
    ) -> datetime | None:
        clock = local(at, zone)
        regular = self._regular(record, clock.date(), calendar)
        if regular and regular[0] <= _second(clock) < regular[1]:  # as it mostly is, whatever was told
            return at
        return super()._opening(record, attempt, zone, at, calendar)

    def _regular(self, record: Record, day: date, calendar: str) -> tuple[int, int] | None:
        weekday = day.weekday()
        span = self.hours
        if weekday == 5 and self.saturday != "as hours":
            span = self.saturday
        if weekday == 6 and self.sunday != "as hours":
            span = self.sunday
        if self.holiday != "as the day" and record.is_holiday(day, calendar):
            span = self.holiday
        return span


class Requested(Hours):
    """Contacts only within the hours the borrower last asked for."""

    asked_by: EventName

    def may_speak(self, told: frozenset[str]) -> bool:
        return self.asked_by in told

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if attempt.taken or not record.known(self.asked_by, attempt.at):
            return None
        found = self._next(record, attempt, calendar)
        return self.refuse(found[1], "outside the hours the borrower asked for") if found else None

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        known = record.known(self.asked_by, attempt.at)
        newest = max((event.at for event in known), default=attempt.at)
        if all(_over(event, day) for event in known if event.at == newest):
            return [(0, FULL_DAY)]
        return _told(record, self.asked_by, attempt.at, day, latest=True)


class Inconvenient(Hours):
    """No contact at the times the borrower named as inconvenient; one reply to each message of theirs."""

    named_by: EventName
    ended_by: EventNames = frozenset()
    opened_by: EventNames = frozenset()
    """Events by which the borrower later opens hours all the same."""

    def may_speak(self, told: frozenset[str]) -> bool:
        return self.named_by in told

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        named = record.known(self.named_by, attempt.at)
        if not named or attempt.taken:
            return None
        found = self._next(record, attempt, calendar)
        if not found or self._answers(record, attempt, min(event.at for event in named), calendar):
            return None
        return self.refuse(found[1], "the borrower named this time as inconvenient")

    def _answers(self, record: Record, attempt: Attempt, since: datetime, calendar: str) -> bool:
        """Whether it is the one answer to a message they sent at a time they had named themselves."""

        def closed(at: datetime) -> bool:
            return self._next(record, replace(attempt, at=at), calendar) is not None

        return record.is_reply(attempt, since, closed)

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        closed: Spans = []
        for event in _holding(record, self.named_by, attempt.at, day, self.ended_by):
            theirs = sorted(span for window in event.windows() for span in _on(window, day))
            closed += _without(theirs, self._opened(record, event, attempt.at, day))
        return _without([(0, FULL_DAY)], closed)

    def _opened(self, record: Record, named: Event, at: datetime, day: date) -> Spans:
        """What they have opened of that day since they named it."""
        kinds = self.opened_by & record.told
        events = [event for kind in kinds for event in _holding(record, kind, at, day)]
        later = [event for event in events if event.at > named.at]
        return [span for event in later for window in event.windows() for span in _on(window, day)]


def _second(clock: datetime) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _told(record: Record, kind: str, at: datetime, day: date, *, latest: bool = False) -> Spans:
    """The spans of that day that the borrower spoke of, in events of this kind, or the latest of them."""
    newest = max((event.at for event in record.known(kind, at) if _direct(event)), default=at)
    events = [event for event in _holding(record, kind, at, day) if not latest or event.at >= newest]
    return [span for event in events for window in event.windows() for span in _on(window, day)]


def _holding(
    record: Record, kind: str, at: datetime, day: date, ended_by: EventNames = frozenset()
) -> list[Event]:
    """The events of a kind, told by the borrower, that hold on that day: neither over nor taken back."""
    ends = [one.at for one_kind in (*ended_by, f"{kind}_revoked") for one in record.known(one_kind, at)]
    return [
        event
        for event in record.known(kind, at)
        if _direct(event) and not any(event.at < end for end in ends) and not _over(event, day)
    ]


def _direct(event: Event) -> bool:
    return event.values.get("direct") is not False


def _without(spans: Spans, taken: Spans) -> Spans:
    """What is left of the spans, by time, when others are taken out of them."""
    for start, end in taken:
        spans = [
            left
            for opens, closes in spans
            for left in ((opens, min(closes, start)), (max(opens, end), closes))
            if left[0] < left[1]
        ]
    return spans


def _over(event: Event, day: date) -> bool:
    """Whether the last day it named has passed."""
    last = event.values.get("until")
    return bool(last) and day > day_of(last)


def _on(window: Mapping[str, Value], day: date) -> Spans:
    """What a named window covers of that day; one that ends before it begins runs past midnight."""
    start, end = seconds_of(window.get("from", "00:00")), seconds_of(window.get("to", "24:00"))
    here, before = _names(window, day), _names(window, day - DAY)
    if start < end:
        return [(start, end)] if here else []
    return [*([(start, FULL_DAY)] if here else []), *([(0, end)] if before and end else [])]


def _names(window: Mapping[str, Value], day: date) -> bool:
    """Whether a window is about that day; one that names no days is about all."""
    weekdays, days = window.get("weekdays"), window.get("days")
    return (not isinstance(weekdays, list) or day.weekday() in weekdays) and (
        not isinstance(days, list) or day in map(day_of, days)
    )
