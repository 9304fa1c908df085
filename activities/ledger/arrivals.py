"""What payment processors reported: each event once, and what a person has to look at."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from activities.ledger.store import Store
from activities.rows import Arrival
from activities.tables import arrivals


class Arrivals(Store):
    """Genuine events, by their source and their own id."""

    async def arrived(self, one: Arrival) -> Arrival | None:
        """Put an event on record; gives what is on record by its id already, if anything is."""
        async with self._write() as db:
            adding = self._add(arrivals).values(asdict(one)).on_conflict_do_nothing()
            if (await db.execute(adding.returning(arrivals.c.id))).first() is not None:
                return None
            mine = (arrivals.c.source == one.source) & (arrivals.c.id == one.id)
            return Arrival(*(await db.execute(select(arrivals).where(mine))).one())

    async def set_aside(self) -> list[Arrival]:
        """What a person has to look at, the oldest first."""
        waiting = select(arrivals).where(arrivals.c.state == "set_aside")
        rows = await self._all(waiting.order_by(arrivals.c.at, arrivals.c.source, arrivals.c.id))
        return [Arrival(*row) for row in rows]

    async def done(self, id: str, by: str, at: datetime) -> int:
        """A person has seen to it; gives how many of that id were waiting."""
        waiting = (arrivals.c.id == id) & (arrivals.c.state == "set_aside")
        closing = update(arrivals).where(waiting).values(state="done", done_by=by, done_at=at)
        async with self._write() as db:
            return len((await db.execute(closing.returning(arrivals.c.id))).all())
