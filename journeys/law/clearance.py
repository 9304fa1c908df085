"""The one question the plan and the guard both ask: may this contact be made now, and if not, when?"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from journeys.calendar import local_day
from journeys.law.circumstances import Event
from journeys.law.hours import Hours
from journeys.law.jurisdiction import Law
from journeys.law.record import Attempt, Record
from journeys.law.rule import Refusal
from journeys.law.stops import Pause

_EVER = datetime.max.replace(tzinfo=UTC)
SEARCH = 800
"""How many refusals in a row an earliest-time search follows before it gives up."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The answer, with every rule that spoke; allowed where none did."""

    refusals: tuple[Refusal, ...]

    @property
    def allowed(self) -> bool:
        """Whether the contact may be made at this very instant."""
        return not self.refusals

    @property
    def binding(self) -> Refusal | None:
        """The refusal that binds longest; one that only an event releases binds for ever."""
        return max(self.refusals, key=lambda refusal: refusal.until or _EVER, default=None)

    @property
    def until(self) -> datetime | None:
        """Not before this instant; None where it is allowed or only an event can release it."""
        untils = [refusal.until for refusal in self.refusals]
        return max((until for until in untils if until), default=None) if None not in untils else None


def clearance(law: Law, record: Record, attempt: Attempt) -> Clearance:
    """Ask every rule of every layer; the answer depends on nothing else, the order of events included."""
    found = []
    for rule, calendar in law.able(record, attempt):
        if rule.applies_from is None or rule.applies_from <= local_day(attempt.at, record.zones[0]):
            refusal = rule.judge(record, attempt, calendar)
            if refusal is not None:
                found.append(refusal)
    return Clearance(tuple(found))


def earliest(law: Law, record: Record, attempt: Attempt) -> tuple[datetime | None, Refusal | None]:
    """The first clear instant from `attempt.at` on if nothing else happens, None if only an event helps;
    with the last refusal on the way there."""
    last = None
    for _ in range(SEARCH):
        answer = clearance(law, record, attempt)
        if answer.allowed:
            return attempt.at, last
        last = answer.binding
        if answer.until is None:
            break
        attempt = replace(attempt, at=answer.until)
    return None, last


def last_day_after(law: Law, record: Record, event: Event) -> date | None:
    """The last day of the longest pause that such an event begins, None if it begins none."""
    lasts = [
        last
        for rule, calendar in law.rules
        if isinstance(rule, Pause) and rule.after == event.type and law.acting(record) not in rule.spares
        if (last := rule.last_day(record, event, calendar)) is not None
    ]
    return max(lasts, default=None)


def open_until(law: Law, record: Record, attempt: Attempt) -> datetime | None:
    """When the hours close that are open now, in the first zone where they do; None if none ever close."""
    closings = [
        rule.closing(record, attempt, calendar)
        for rule, calendar in law.about(attempt)
        if isinstance(rule, Hours) and law.acting(record) not in rule.spares
    ]
    return min((closing for closing in closings if closing), default=None)
