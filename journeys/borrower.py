"""The borrower as far as decisions need to know them: references only, never a name or a number."""

from dataclasses import dataclass
from enum import StrEnum

from journeys.calendar import is_zone


class Channel(StrEnum):
    """A way to reach a borrower."""

    EMAIL = "email"
    SMS = "sms"
    CALL = "call"
    AGENT = "agent"
    LETTER = "letter"
    REGISTERED = "registered"
    VISIT = "visit"


BY_PEOPLE = frozenset({Channel.AGENT, Channel.VISIT})
"""Channels a person carries out: the contact begins as a task and ends as its report."""


@dataclass(frozen=True, slots=True)
class Borrower:
    """Who owes, by reference; the first zone is home, the others are where they may also be."""

    id: str
    language: str
    zones: tuple[str, ...]
    channels: tuple[Channel, ...]
    jurisdictions: tuple[str, ...]
    """Layers of law that protect them, such as ("cn",) or ("us", "us-ma")."""

    def __post_init__(self) -> None:
        if not self.zones:
            raise ValueError(f"borrower {self.id} has no time zone: contact hours cannot be kept without one")
        for zone in self.zones:
            if not is_zone(zone):
                raise ValueError(f"borrower {self.id}: {zone!r} is not a time zone, like Asia/Shanghai")
        if not self.jurisdictions:
            raise ValueError(f"borrower {self.id} has no jurisdiction: no contact is lawful without one")
