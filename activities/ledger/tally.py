"""Counts over the whole ledger, for whoever watches it run."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.store import Store
from activities.rows import Tally
from activities.tables import contacts, deliveries, facts, loans, unmatched, withheld


class Counts(Store):
    """What there is, by kind; no loan and nobody is named."""

    async def tally(self) -> Tally:
        """Count everything once."""
        async with self.reading.connect() as db:
            untaken = select(func.count(), func.min(facts.c.recorded_at)).where(facts.c.taken.is_(False))
            waiting, oldest = (await db.execute(untaken)).one()
            by_state = await _count(db, contacts.c.channel, contacts.c.state)
            lost = select(func.count()).select_from(unmatched).where(unmatched.c.matched_to.is_(None))
            return Tally(
                loans=await _count(db, func.coalesce(loans.c.outcome, "open")),
                contacts=by_state,
                withheld=await _count(db, withheld.c.rule),
                facts=await _count(db, facts.c.kind),
                untaken=waiting,
                oldest_untaken=oldest,
                uncertain=sum(number for (_, state), number in by_state.items() if state == "uncertain"),
                unmatched=(await db.execute(lost)).scalar_one(),
                deliveries=await _count(db, deliveries.c.state),
            )


async def _count(db: AsyncConnection, *by: Any) -> dict[tuple[str, ...], int]:
    rows = await db.execute(select(*by, func.count()).group_by(*by))
    return {tuple(row[:-1]): row[-1] for row in rows}
