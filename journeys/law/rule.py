"""What every kind of rule has: what it says about itself, which contacts it is about, and how it refuses.

A refusal's `until` is the first instant at which this rule alone would no longer speak, or None where only
an event can release it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from journeys.law.circumstances import EVENTS
from journeys.law.record import MEDIA, Attempt, Record


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule says no: until an instant, or (None) for as long as nothing else happens."""

    rule: str
    until: datetime | None
    words: str
    """What stands in the way, for people."""
    cite: str = ""
    """Where the rule comes from."""

    @property
    def why(self) -> str:
        """Both, as it stands on record."""
        return f"{self.words} ({self.cite})" if self.cite else self.words


def _media(names: Iterable[str]) -> frozenset[str]:
    unknown = [name for name in names if name not in MEDIA]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a medium; known are {', '.join(sorted(MEDIA))}")
    return frozenset().union(*(MEDIA[name] for name in names))


def _event(name: str) -> str:
    if name and name not in EVENTS:
        raise ValueError(f"{name!r} is not an event; known are {', '.join(sorted(EVENTS))}")
    return name


Media = Annotated[frozenset[str], BeforeValidator(_media)]
Names = frozenset[str]
EventName = Annotated[str, AfterValidator(_event)]
EventNames = frozenset[EventName]


class Rule(BaseModel):
    """What every rule says about itself, and which contacts it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    media: Media
    strength: Literal["law", "presumption", "guidance", "policy", "review"]
    confidence: Literal["A", "B", "C"]
    cite: str
    status: Literal["in force", "draft", "unconfirmed"] = "in force"
    """Only what is in force is asked."""
    applies_from: date | None = None
    to: Names = frozenset()
    """Whom it protects, by role; everybody if empty."""
    not_to: Names = frozenset()
    purposes: Names = frozenset()
    """Only contacts with these purposes; every purpose if empty."""
    not_purposes: Names = frozenset()
    spares: Names = frozenset()
    """In whose name we may act without being bound by it, such as the creditor's own."""

    @property
    def words(self) -> str:
        """What a rule of this kind says, and where it comes from."""
        kind = (type(self).__doc__ or "").partition("\n")[0].rstrip(".")
        return f"{kind[0].lower()}{kind[1:]} ({self.cite})"

    def concerns(self, attempt: Attempt) -> bool:
        """Whether the rule is about such a contact at all, by its medium, purpose and addressee."""
        return (
            attempt.medium in self.media
            and (not self.purposes or attempt.purpose in self.purposes)
            and attempt.purpose not in self.not_purposes
            and (not self.to or attempt.role in self.to)
            and attempt.role not in self.not_to
        )

    def may_speak(self, told: frozenset[str]) -> bool:
        """Whether it can refuse anything where only events of these types were told."""
        return True

    def judge(self, record: Record, attempt: Attempt, calendar: str) -> Refusal | None:
        """The refusal, or None; raises nothing for what a well-formed record can hold."""
        raise NotImplementedError

    def refuse(self, until: datetime | None, words: str) -> Refusal:
        return Refusal(self.rule, until, words, self.cite)
