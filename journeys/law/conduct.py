"""Rules of conduct: who may be addressed, where, and what a contact must carry."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import Field

from journeys.law.circumstances import Value, Where
from journeys.law.record import MEDIA, ONE_PERSON, Attempt, Record
from journeys.law.rule import EventName, EventNames, Names, Refusal, Rule

NEVER = datetime.min.replace(tzinfo=UTC)


class Recipient(Rule):
    """Who may be addressed, and others only to find out where the borrower is."""

    open_to: Names
    locating: Names = frozenset()
    """Purposes for which others may be asked; a debt is never named to them."""
    after: EventNames = frozenset()
    """Events that make the borrower lost; without any, others may always be asked."""
    after_failures: int = 0
    """Or so many failed contacts in a row."""
    once: bool = False
    """No further contact with somebody once spoken to."""
    again: Names = frozenset()
    """Unless this is known of the attempt: they asked for it, or what they said was wrong."""
    volunteered: EventName = ""
    """The event by which another person offered to pay."""

    def concerns(self, attempt: Attempt) -> bool:
        return super().concerns(attempt) and attempt.role not in self.open_to

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        if {attempt.role, attempt.to.partition(":")[2]} & self.open_to:
            return None
        if self.volunteered and any(
            record.names_person(event, attempt) for event in record.known(self.volunteered, attempt.at)
        ):
            return None
        if attempt.purpose not in self.locating:
            return self.refuse(None, f"a {attempt.role.replace('_', ' ')} is not asked about a debt")
        if attempt.given.get("discloses_debt") is True:
            return self.refuse(None, "it would tell another person of the debt")
        if self.once and self._asked_before(record, attempt):
            return self.refuse(None, "this person was asked already")
        return (
            None if self._lost(record, attempt.at) else self.refuse(None, "the borrower is not out of reach")
        )

    def _asked_before(self, record: Record, attempt: Attempt) -> bool:
        if any(attempt.given.get(name) is True for name in self.again):
            return False
        return any(
            one.to == attempt.to and one.outcome == "conversation" and not one.misdirected
            for one in record.contacts
        )

    def _lost(self, record: Record, at: datetime) -> bool:
        if not self.after and not self.after_failures:
            return True
        theirs = [one for one in record.contacts if one.to in ONE_PERSON and one.at <= at]
        spoke = [one.at for one in theirs if one.outcome == "conversation" and not one.misdirected]
        since = max(spoke, default=NEVER)  # whoever was spoken to after that is not out of reach
        if any(since < event.at for kind in self.after for event in record.known(kind, at)):
            return True
        calls = [one for one in theirs if one.medium in MEDIA["voice"] and not one.inbound]
        return 0 < self.after_failures <= sum(since < one.at for one in calls)


class Place(Rule):
    """A place the borrower closed, for the media that are tied to it."""

    named_by: EventName
    place: str = ""
    """A place closed without its being named in the event."""
    free: Names = frozenset()
    """Addresses that are not tied to a place."""
    replies: bool = False
    """One answer to each later message of the borrower's, by the same medium."""

    def may_speak(self, told: frozenset[str]) -> bool:
        return self.named_by in told

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        here = attempt.given.get("place") or ("work" if attempt.to == "workplace" else "")
        if attempt.taken or not here or attempt.address.rstrip("0123456789-_ ") in self.free:
            return None
        closed = any(
            (self.place or event.values.get("place")) == here
            and not (self.replies and record.is_reply(attempt, event.at))
            for event in record.known(self.named_by, attempt.at)
        )
        return self.refuse(None, f"not at {here}") if closed else None


class Content(Rule):
    """What a contact must carry, and what it must not do."""

    needs: str = ""
    not_with: str = ""
    only: Where = Field(default_factory=dict)
    """Values it must have where it says so: anything else is not known to be right."""
    unless: EventNames = frozenset()
    """Events by which the borrower allowed it."""
    unless_given: Names = frozenset()
    """Or this is known of the attempt itself."""

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        fault = self._fault(attempt.given)
        if fault is None or any(attempt.given.get(name) is True for name in self.unless_given):
            return None
        if any(record.known(kind, attempt.at) for kind in self.unless):
            return None
        return self.refuse(None, fault)

    def _fault(self, given: Mapping[str, Value]) -> str | None:
        if self.needs and given.get(self.needs) is not True:
            return f"lacks: {self.needs.replace('_', ' ')}"
        if self.not_with and given.get(self.not_with) is True:
            return f"forbidden: {self.not_with.replace('_', ' ')}"
        for name, values in self.only.items():
            if name in given and given[name] not in values:
                return f"forbidden: {name} {given[name]}"
        return None


class Statement(Rule):
    """What every wording by these media says; wordings are held to it, not contacts."""

    says: Names
    """Names of the values a wording must hold, such as "disclosure"."""
