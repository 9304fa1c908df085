"""Rules that open and close by the clock: the hours of a place, and those a borrower named."""

from collections.abc import Mapping
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
    opening, closing = (seconds_of(part) for part in text.split("-"))
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
        late = record.flags.get("days_past_due", 0)
        lifted = self.not_past_due_over is not None and int(str(late)) > self.not_past_due_over
        if attempt.taken or lifted:
            return None
        found = self._next(record, attempt, calendar)
        return (
            self.refuse(found[1], f"closed at {local(attempt.at, found[0]):%H:%M} in {found[0]}")
            if found
            else None
        )

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        ours = self._regular(record, day, calendar)
        spans = [ours] if ours else []
        for kind in self.opened_by & record.told:
            spans += _told(record, kind, attempt.at, day)
        return spans

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

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        named = record.known(self.named_by, attempt.at)
        if not named or attempt.taken or record.is_reply(attempt, min(event.at for event in named)):
            return None
        found = self._next(record, attempt, calendar)
        return self.refuse(found[1], "the borrower named this time as inconvenient") if found else None

    def spans(self, record: Record, attempt: Attempt, day: date, calendar: str) -> Spans:
        closed = sorted(_told(record, self.named_by, attempt.at, day, ended_by=self.ended_by))
        opened, spans = 0, []
        for start, end in closed:
            if start > opened:
                spans.append((opened, start))
            opened = max(opened, end)
        return [*spans, (opened, FULL_DAY)] if opened < FULL_DAY else spans


def _second(clock: datetime) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _told(
    record: Record,
    kind: str,
    at: datetime,
    day: date,
    *,
    latest: bool = False,
    ended_by: EventNames = frozenset(),
) -> Spans:
    """The spans of that day that the borrower spoke of, in events of this kind."""
    events = [event for event in record.known(kind, at) if event.values.get("direct") is not False]
    ends = [one.at for one_kind in (*ended_by, f"{kind}_revoked") for one in record.known(one_kind, at)]
    newest = max((event.at for event in events), default=at)
    spans: Spans = []
    for event in events:
        if any(event.at < end for end in ends) or _over(event, day) or (latest and event.at < newest):
            continue
        for window in event.windows():
            spans += _on(window, day)
    return spans


def _over(event: Event, day: date) -> bool:
    """Whether the last day it named has passed."""
    last = event.values.get("until")
    return bool(last) and day > day_of(last)


def _on(window: Mapping[str, Value], day: date) -> Spans:
    """What a named window covers of that day; one that ends before it begins runs past midnight."""
    start, end = seconds_of(window.get("from", "00:00")), seconds_of(window.get("to", "24:00"))
    weekdays = window.get("weekdays")
    here = weekdays is None or day.weekday() in weekdays  # type: ignore[operator]
    before = weekdays is None or (day - DAY).weekday() in weekdays  # type: ignore[operator]
    if start < end:
        return [(start, end)] if here else []
    return [*([(start, FULL_DAY)] if here else []), *([(0, end)] if before and end else [])]
