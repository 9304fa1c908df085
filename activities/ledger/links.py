"""Links to the borrower's page, and who tried to open it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.facts import borrower_of
from activities.ledger.store import Store
from activities.rows import LinkRow
from activities.tables import confirmations, contacts, links

LOCKED_FOR = timedelta(days=1)
MOST_WRONG = 5
"""Wrong answers of a borrower's links, together, until none of them opens for a day."""
MOST_WRONG_EVER = 10
"""Wrong answers of one link, until it opens no more."""
MOST_WRONG_IN_A_ROW = 15
"""Wrong answers of a borrower's links, together, since the last right one, until a person lets links open."""


class Links(Store):
    """Only the digest of a link is on record: who reads the ledger opens no page."""

    async def link(self, id: str, at: datetime, within: AsyncConnection | None = None) -> LinkRow | None:
        """A link by its digest, and whether it opens at an instant."""
        known = select(links, contacts.c.loan, contacts.c.borrower, contacts.c.channel).join(contacts)
        row = await self._one(known.where(links.c.id == id), within)
        if row is None:
            return None
        theirs = select(confirmations).where(confirmations.c.borrower == row.borrower)
        answers = await self._all(theirs.order_by(confirmations.c.seq), within)
        opens = row.expires_at > at and row.closed_at is None and not _locked(id, answers, at)
        return LinkRow(row.id, row.contact, row.loan, row.borrower, row.channel, row.issued_at, opens)

    async def guessed(self, link: LinkRow, at: datetime, *, right: bool) -> bool:
        """Put an answer on record; whether it opens the page: a right one, in time, of a link not locked."""
        async with self._write() as db:
            await self._alone(db, link.borrower)  # many tries at once are counted one after the other
            known = await self.link(link.id, at, db)
            if known is None or not known.opens:
                return False
            row = {"link": link.id, "borrower": link.borrower, "at": at, "confirmed": right}
            await db.execute(self._add(confirmations).values(row))
            return right

    async def close_links(self, loan: str, at: datetime) -> int:
        """Let no link of a loan open any more; gives how many did."""
        mine = select(contacts.c.id).where(contacts.c.loan == loan)
        open_ones = links.c.contact.in_(mine) & links.c.closed_at.is_(None) & (links.c.expires_at > at)
        async with self._write() as db:
            closing = update(links).where(open_ones).values(closed_at=at).returning(links.c.id)
            return len((await db.execute(closing)).all())

    async def open_links(self, loan: str, at: datetime) -> None:
        """A person vouches for a loan's borrower: wrong answers in a row are counted anew."""
        row = {"link": "", "borrower": borrower_of(loan), "at": at, "confirmed": True}
        async with self._write() as db:
            await self._alone(db, borrower_of(loan))
            await db.execute(self._add(confirmations).values(row))

    async def loans_behind(self, references: Collection[str]) -> list[str]:
        """Loans as a payment names them: each by itself, or by the reference of the page's pay link."""
        found = select(links.c.id, contacts.c.loan).join(contacts).where(links.c.id.in_(references))
        behind = {row.id: row.loan for row in await self._all(found)} if references else {}
        return list(dict.fromkeys(behind.get(one, one) for one in references))


def _locked(id: str, answers: Sequence[Any], at: datetime) -> bool:
    wrong = [one for one in answers if not one.confirmed]
    return (
        sum(one.at > at - LOCKED_FOR for one in wrong) >= MOST_WRONG
        or sum(one.link == id for one in wrong) >= MOST_WRONG_EVER
        or len(list(takewhile(lambda one: not one.confirmed, reversed(answers)))) >= MOST_WRONG_IN_A_ROW
    )
