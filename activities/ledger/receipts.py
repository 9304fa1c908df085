"""Receipts that belong to no open journey, until a person says where they go."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from activities.ledger.store import Store
from activities.rows import Unmatched
from activities.tables import facts, unmatched


class Receipts(Store):
    """Money nobody knows where to put, and where each payment went."""

    async def keep_unmatched(self, receipt: Unmatched) -> None:
        """Put it on the list; again is harmless."""
        async with self._write() as db:
            await db.execute(self._add(unmatched).values(asdict(receipt)).on_conflict_do_nothing())

    async def unmatched(self) -> list[Unmatched]:
        """What still waits for a person, the oldest first."""
        columns = [unmatched.c[name] for name in Unmatched.__slots__]
        waiting = select(*columns).where(unmatched.c.matched_to.is_(None))
        return [Unmatched(*row) for row in await self._all(waiting.order_by(unmatched.c.at, unmatched.c.id))]

    async def matched(self, id: str, to: str, by: str, at: datetime) -> None:
        """A person said where it goes."""
        done = {"matched_to": to, "matched_by": by, "matched_at": at}
        async with self._write() as db:
            await db.execute(update(unmatched).where(unmatched.c.id == id).values(done))

    async def loans_paid_by(self, payment: str) -> list[str]:
        """The loans that a payment was received on, by its id."""
        theirs = (facts.c.id == payment) & (facts.c.kind == "payment_received")
        return [
            row.loan for row in await self._all(select(facts.c.loan).where(theirs).order_by(facts.c.loan))
        ]
