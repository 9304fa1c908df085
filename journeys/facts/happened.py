"""What every fact has."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every fact has: a key of its own and the instant it happened."""

    id: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a fact without an id would be taken for any other: give it an id of its own")
        if self.at.tzinfo is None:
            raise ValueError(f"fact {self.id}: {self.at} has no time zone; write 2026-03-12T09:30:00+08:00")
