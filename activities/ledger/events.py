"""Who is told of events, and how far each event has come on its way to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from activities.ledger.store import Store
from activities.rows import Delivery, Subscription
from activities.tables import deliveries, events, subscriptions


class Events(Store):
    """Each subscriber has a line for each loan; only the first of a line is on its way."""

    async def subscribe(self, one: Subscription) -> None:
        """Tell somebody of what happens from now on."""
        async with self._write() as db:
            values = {name: getattr(one, name) for name in Subscription.__slots__}
            await db.execute(self._add(subscriptions).values(values | {"types": list(one.types)}))

    async def subscriptions(self) -> list[Subscription]:
        """Everybody who is or was told, the oldest first."""
        rows = await self._all(select(subscriptions).order_by(subscriptions.c.since, subscriptions.c.id))
        return [Subscription(**{**row._mapping, "types": tuple(row.types)}) for row in rows]

    async def unsubscribe(self, id: str, at: datetime, why: str) -> bool:
        """Tell them nothing more, and set aside what waits for them; False where that is no news."""
        mine = (subscriptions.c.id == id) & subscriptions.c.ended_at.is_(None)
        async with self._write() as db:
            ending = update(subscriptions).where(mine).values(ended_at=at).returning(subscriptions.c.id)
            if (await db.execute(ending)).first() is None:
                return False
            waiting = (deliveries.c.subscription == id) & (deliveries.c.state == "waiting")
            await db.execute(update(deliveries).where(waiting).values(state="dead", why=why))
            return True

    async def next_in_line(self, now: datetime, lease: timedelta, most: int) -> list[Delivery]:
        """What is due, at most so many to each subscriber; nobody else takes it until the lease is over."""
        earlier = deliveries.alias()
        blocked = (
            select(earlier.c.event)
            .where(
                earlier.c.state == "waiting",
                earlier.c.subscription == deliveries.c.subscription,
                earlier.c.loan == deliveries.c.loan,
                earlier.c.event < deliveries.c.event,
            )
            .exists()
        )
        due = or_(deliveries.c.next_at.is_(None), deliveries.c.next_at <= now)
        first = (deliveries.c.state == "waiting") & due & ~blocked
        place = func.row_number().over(partition_by=deliveries.c.subscription, order_by=deliveries.c.event)
        told = deliveries.join(subscriptions, deliveries.c.subscription == subscriptions.c.id)
        columns = deliveries.c.subscription, deliveries.c.event, place.label("place")
        lines = select(*columns).select_from(told).where(first, subscriptions.c.ended_at.is_(None)).subquery()
        heads = await self._all(select(lines).where(lines.c.place <= most).order_by(lines.c.event))
        if not heads:  # most of the time: whoever writes need not wait for us then
            return []
        taken = []
        async with self._write() as db:
            for row in heads:
                mine = (deliveries.c.subscription == row.subscription) & (deliveries.c.event == row.event)
                taking = update(deliveries).where(mine & first)
                leased = taking.values(next_at=now + lease).returning(deliveries.c.event)
                if (await db.execute(leased)).first() is not None:
                    taken.append(mine)
            return await self._deliveries(or_(*taken), db) if taken else []

    async def delivered(self, one: Delivery) -> None:
        """They have it: the next of the line may go."""
        await self._mark(one, state="delivered", next_at=None, why=None)

    async def failed(self, one: Delivery, why: str, next_at: datetime | None) -> None:
        """They did not take it; without a next time it is set aside, and the next of the line may go."""
        state = "dead" if next_at is None else "waiting"
        await self._mark(one, state=state, attempts=one.attempts + 1, next_at=next_at, why=why)

    async def dead_letters(self) -> list[Delivery]:
        """What was set aside, in order."""
        return await self._deliveries(deliveries.c.state == "dead")

    async def replay(self, subscription: str) -> int:
        """Put what was set aside for a subscriber back in line; gives the count."""
        dead = (deliveries.c.subscription == subscription) & (deliveries.c.state == "dead")
        again = update(deliveries).where(dead).values(state="waiting", attempts=0, next_at=None, why=None)
        async with self._write() as db:
            return len((await db.execute(again.returning(deliveries.c.event))).all())

    async def _mark(self, one: Delivery, **values: object) -> None:
        mine = (deliveries.c.subscription == one.subscription) & (deliveries.c.event == one.event)
        async with self._write() as db:
            await db.execute(
                update(deliveries).where(mine & (deliveries.c.state == "waiting")).values(values)
            )

    async def _deliveries(self, which: Any, within: Any = None) -> list[Delivery]:
        columns = [deliveries.c[name] for name in Delivery.__slots__ if name in deliveries.c]
        told = [events.c[name] for name in ("type", "at", "data")]
        rows = select(*columns, *told).join(events, deliveries.c.event == events.c.seq).where(which)
        ordered: Sequence[Any] = await self._all(rows.order_by(deliveries.c.event), within)
        return [Delivery(*row) for row in ordered]
