"""A freeze: every journey of a place is held from an instant to another, and let go without a burst."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from journeys.calendar import DAY
from journeys.facts import HoldLifted, HoldPlaced
from journeys.law.jurisdiction import law_of


@dataclass(frozen=True, slots=True)
class Freeze:
    """An order to hold every journey of a place, for a reason (a code)."""

    id: str
    place: str
    """A jurisdiction, or a region that is one: "us" or "us-ma"."""
    since: datetime
    until: datetime
    spread: int
    """Days over which journeys are let go, each at its own time, so that nothing bursts."""
    reason: str
    by: str
    thawed_at: datetime | None = None

    def covers(self, jurisdictions: Sequence[str]) -> bool:
        """Whether a borrower whom these layers protect lives there."""
        return any(layer.name == self.place for layer in law_of(jurisdictions, house=False).layers)

    def hold(self, loan: str, at: datetime) -> HoldPlaced:
        """What a journey there is told."""
        until = self._let_go(loan, self.until)
        return HoldPlaced(id=self.id, at=at, reason=self.reason, until=until, by=self.by, since=self.since)

    def release(self, loan: str, at: datetime) -> tuple[HoldPlaced, HoldLifted]:
        """What it is told when the freeze ends before its time: hold on until its own turn."""
        until = self._let_go(loan, at)
        rest = HoldPlaced(id=f"{self.id}.rest", at=at, reason=self.reason, until=until, by=self.by)
        return rest, HoldLifted(id=f"{self.id}.lifted", at=at, hold=self.id, by=self.by)

    def catch_up(self, loan: str, at: datetime, *, held: bool) -> tuple[HoldPlaced | HoldLifted, ...]:
        """What a journey there is told as it opens; `held` if it knows of the freeze from before."""
        if self.until <= at:
            return ()
        if self.thawed_at is None:
            return (self.hold(loan, at),)
        return self.release(loan, self.thawed_at) if held else ()

    def _let_go(self, loan: str, end: datetime) -> datetime:
        """The loan's own turn, the same whenever it is asked."""
        return end + self.spread * DAY * (crc32(loan.encode()) / 2**32)
