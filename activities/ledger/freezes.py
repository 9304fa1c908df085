"""Orders to hold every journey of a place."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from activities.ledger.store import Store
from activities.tables import freezes
from journeys.freeze import Freeze


class Freezes(Store):
    """The freezes there were, and when they ended."""

    async def freeze(self, freeze: Freeze) -> None:
        """Put a freeze on record; again is harmless."""
        async with self._write() as db:
            await db.execute(self._add(freezes).values(asdict(freeze)).on_conflict_do_nothing())

    async def thaw(self, id: str, at: datetime) -> None:
        """End a freeze before its time."""
        async with self._write() as db:
            await db.execute(update(freezes).where(freezes.c.id == id).values(thawed_at=at))

    async def freezes(self) -> list[Freeze]:
        """Every freeze there was, the newest last."""
        return [Freeze(*row) for row in await self._all(select(freezes).order_by(freezes.c.since))]
