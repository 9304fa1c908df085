"""What providers report: what became of contacts, which numbers and addresses fail, and what was written."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.inbound import Reply, Report
from activities.ledger.contacts import Contacts
from activities.ledger.loans import Loans
from activities.phones import e164
from activities.rows import Stray, Words
from activities.tables import borrowers, contacts, loans, strays, words
from journeys.borrower import Channel
from journeys.budget import LEFT, MADE, stands_as
from journeys.facts import DELIVERIES, ContactPointFailed, DeliveryReported, OptedOut, Told

ON_ITS_WAY = ("claimed", "sending")
"""States in which the guard has not said yet what came of a contact."""
AFTER = timedelta(seconds=1)


class Reports(Contacts, Loans):
    """Each report and each message is taken in by one transaction, and changes nothing the second time."""

    async def reported(self, report: Report, at: datetime) -> list[str]:
        """Put on record what a provider said of a message; gives the loans of whom it was told.

        It is told of the contact's journey where it says more than was known, and of every borrower who has
        that number or address where it closes it.
        """
        mine = contacts.c.id == report.contact
        if not report.contact:
            mine = (contacts.c.provider == report.provider) & (contacts.c.provider_id == report.id)
        async with self._write() as db:
            whose = (await db.execute(select(contacts.c.borrower).where(mine))).scalar()
            owners = await self._owners(db, report.channel, report.to, whose)
            contact = (await db.execute(select(contacts).where(mine).with_for_update())).first()
            at = max(at, contact.at + AFTER) if contact else at  # by whatever clock, after it was sent
            told = []
            if contact and report.delivery and _rank(report.delivery) > _rank(contact.delivery):
                told += await self._delivered(db, contact, report, at)
            for fact in _closing(report, contact.id if contact else report.id, at):
                for borrower in owners:
                    for loan in (await self._loans(db, borrower))[:1]:  # the others hear of it from there
                        await self._tell(db, loan, [fact])
                        told += [loan, *await self._open(db, borrower)]
            return list(dict.fromkeys(told))

    async def _delivered(self, db: AsyncConnection, contact: Any, report: Report, at: datetime) -> list[str]:
        """A stronger word than any before; gives the loan if its journey should know."""
        assert report.delivery is not None
        stands = stands_as(report.delivery)
        values = {
            "delivery": report.delivery,
            "provider": contact.provider or report.provider,
            "provider_id": contact.provider_id or report.id,
            "state": stands if stands and contact.state in LEFT else contact.state,
        }
        await db.execute(update(contacts).where(contacts.c.id == contact.id).values(values))
        as_thought = contact.state == MADE == stands
        if stands is None or as_thought or contact.state not in (*ON_ITS_WAY, *LEFT):
            return []
        id = f"{contact.id}.{report.delivery}"
        fact = DeliveryReported(id=id, at=at, contact=contact.id, result=report.delivery)
        await self._tell(db, contact.loan, [fact])
        return [contact.loan]

    async def wrote(self, reply: Reply, fact: Told) -> list[str]:
        """Keep what somebody wrote and tell it to every open journey of whoever has that number or address.

        Gives the loans that hear of it. What no open journey is about waits for a person among the strays.
        """
        said = Words(reply.id, reply.at, reply.channel, reply.text)
        async with self._write() as db:
            owners = await self._owners(db, reply.channel, reply.sender)
            hearing: list[str] = []
            ended: list[str] = []
            for borrower in owners:
                mine = await self._open(db, borrower)
                hearing += mine
                ended += [] if mine else (await self._loans(db, borrower))[:1]  # the next one inherits it
            for loan in hearing:
                await self._keep(db, loan, said)
            for loan in (*hearing, *ended):
                await self._tell(db, loan, [fact])
            if not hearing:
                why = "their journeys have ended" if owners else "nobody we know has this number or address"
                row = {"id": reply.id, "at": reply.at, "channel": reply.channel, "sender": reply.sender}
                kept = self._add(strays).values(**row, text=reply.text, why=why)
                await db.execute(kept.on_conflict_do_nothing())
            return [*hearing, *ended]

    async def strays(self) -> list[Stray]:
        """What nobody's open journey has heard, by time; what a person gives to a loan leaves the list."""
        given = select(words.c.id).where(words.c.id == strays.c.id)
        rows = select(strays).where(~given.exists()).order_by(strays.c.at, strays.c.id)
        return [Stray(**row._mapping) for row in await self._all(rows)]

    async def _owners(
        self, db: AsyncConnection, channel: Channel, address: str, known: str | None = None
    ) -> Sequence[str]:
        """Every borrower with that number or address, and whom it was sent to; nobody contacts them now.

        Always in the same order, and before their contacts: two that wait for each other wait for ever.
        """
        theirs = func.lower(borrowers.c.email) == address.lower()
        if channel is not Channel.EMAIL:
            theirs = borrowers.c.number == (e164(address) or address)
        query = select(borrowers.c.id).where(or_(theirs, borrowers.c.id == known)).order_by(borrowers.c.id)
        return (await db.execute(query.with_for_update())).scalars().all()

    async def _open(self, db: AsyncConnection, borrower: str) -> Sequence[str]:
        return await self._loans(db, borrower, loans.c.outcome.is_(None))

    async def _loans(self, db: AsyncConnection, borrower: str, *only: Any) -> Sequence[str]:
        """A borrower's loans, the latest first."""
        query = select(loans.c.id).where(loans.c.borrower == borrower, *only)
        return (await db.execute(query.order_by(loans.c.opened_at.desc(), loans.c.id))).scalars().all()


def _rank(delivery: str | None) -> int:
    return DELIVERIES.index(delivery) if delivery in DELIVERIES else -1


def _closing(report: Report, key: str, at: datetime) -> Iterator[Told]:
    if report.opted_out:
        yield OptedOut(id=f"{key}.opted_out", at=at, channel=report.channel)
    if report.fails:
        yield ContactPointFailed(id=f"{key}.failed", at=at, channel=report.channel, reason=report.fails)
