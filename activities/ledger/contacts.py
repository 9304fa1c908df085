"""Contacts made and contacts not made: the borrower's budget."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.store import FACT, Store
from activities.orders import Order
from activities.outbound import Link, Sent
from activities.rows import ContactRow, WithheldRow
from activities.tables import contacts, facts, links, loans, tasks, withheld
from journeys.actions import Contact
from journeys.borrower import Channel
from journeys.borrower_wide import CIRCUMSTANCES
from journeys.budget import GIVEN_UP, LEFT, UNDELIVERED, Spent, stands_as
from journeys.facts import DELIVERIES, ContactWithheld, Learned, Told
from journeys.law.rule import Refusal
from journeys.messages import Message
from journeys.outcomes import rode

COUNTS = ("claimed", "sending", "made", "uncertain", UNDELIVERED, "asked", "reported")
"""States of a contact that use up the borrower's budget."""
RETURNED = ("withdrawn", "released")


class UnderWay(RuntimeError):
    """Another attempt is making this very contact."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: claimed, refused by a rule, or how far an earlier attempt came with it."""

    state: str
    refusal: Refusal | None = None


Judge = Callable[[Sequence[Spent], Sequence[Told]], Refusal | None]


class Contacts(Store):
    """Every contact counts against its borrower's budget, all loans and people's contacts included."""

    async def claim(self, order: Order, at: datetime, law: str, judge: Judge) -> Claim:
        """Count a contact against the borrower's whole budget, or say why not; one transaction."""
        action = order.action
        assert isinstance(action, Contact)
        row = _row(order, action) | {"at": at, "law": law, "why": action.why, "state": "claimed"}
        async with self._write() as db:
            await self._alone(db, order.borrower)
            ours = contacts.c.id == action.contact
            locked = select(contacts.c.state).where(ours).with_for_update()  # nobody sends meanwhile
            known = (await db.execute(locked)).scalar()
            if known is not None and known not in (*RETURNED, "claimed"):
                return Claim(known)
            others = [one for one in await self._spent(db, order.borrower) if one.id != action.contact]
            told = await self._circumstances(db, order.borrower)
            if (refusal := judge(others, told)) is not None:
                await db.execute(update(contacts).where(ours).values(state="released"))
                return Claim("refused", refusal)
            adding = self._add(contacts).values(id=action.contact, **row)
            await db.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row))
            return Claim("claimed")

    async def sending(self, contact: str, link: Link | None = None) -> None:
        """The request is about to leave; raises `UnderWay` where another attempt got here first.

        The link that goes with it opens from then on; only its digest is kept.
        """
        async with self._write() as db:
            mine = (contacts.c.id == contact) & (contacts.c.state == "claimed")
            leaving = update(contacts).where(mine).values(state="sending").returning(contacts.c.id)
            if (await db.execute(leaving)).first() is None:
                raise UnderWay(
                    f"contact {contact} is being made by another attempt: claim it again to see how"
                )
            if link is not None:
                row = {"id": link.id, "issued_at": link.issued_at, "expires_at": link.expires_at}
                adding = self._add(links).values(contact=contact, **row)
                await db.execute(adding.on_conflict_do_update(index_elements=["contact"], set_=row))

    async def release(self, contact: str, *, loan: str, facts: Iterable[Learned] = ()) -> None:
        """It never left: returned to the budget."""
        async with self._write() as db:
            await db.execute(update(contacts).where(contacts.c.id == contact).values(state="released"))
            await self._record(db, loan, facts, taken=True)

    async def settle(
        self,
        order: Order,
        state: str,
        fact: Learned,
        sent: Sent | None = None,
        message: Message | None = None,
        riders: Iterable[Order] = (),
    ) -> Learned:
        """What came of it, with the fact that follows, and what went along with it.

        A clearer answer that is there already stays.
        """
        assert isinstance(order.action, Contact)
        values = {
            "state": case((contacts.c.state == "reported", contacts.c.state), *_said(state), else_=state),
            "provider": sent.provider if sent else contacts.c.provider,
            "provider_id": sent.provider_id if sent else contacts.c.provider_id,
            "template": message.template if message else None,
            "digest": message.digest if message else None,
        }
        mine = contacts.c.id == order.action.contact
        if state == "uncertain":
            mine &= contacts.c.state.in_(("claimed", "sending"))
        async with self._write() as db:
            await db.execute(update(contacts).where(mine).values(values))
            await self._record(db, order.loan, [fact], taken=True)
            for rider in riders:
                await self._rode(db, rider, order.action.contact, fact.at)
        return fact

    async def _rode(self, db: AsyncConnection, order: Order, along: str, at: datetime) -> None:
        """It went in the message of another loan, and its own journey will find it so."""
        action = order.action
        assert isinstance(action, Contact)
        law = select(contacts.c.law).where(contacts.c.id == along).scalar_subquery()
        row = _row(order, action) | {"at": at, "law": law, "why": f"went with {along}", "state": "rode"}
        adding = self._add(contacts).values(id=action.contact, **row)
        taking = adding.on_conflict_do_update(
            index_elements=["id"], set_=row, where=contacts.c.state.in_(RETURNED)
        )
        if (await db.execute(taking.returning(contacts.c.id))).first() is not None:
            await self._record(db, order.loan, [rode(action, along, at)], taken=True)

    async def withhold(
        self, order: Order, fact: ContactWithheld, why: str, law: str, inputs: dict[str, object]
    ) -> None:
        """A contact was not made: which rule of which law, what it looked at, and until when."""
        row = {
            "contact": fact.contact,
            "loan": order.loan,
            "borrower": order.borrower,
            "touch": fact.touch,
            "channel": fact.channel,
            "at": fact.at,
            "rule": fact.rule,
            "until": fact.until,
            "why": why,
            "law": law,
            "inputs": inputs,
        }
        async with self._write() as db:
            await db.execute(self._add(withheld).values(row).on_conflict_do_nothing())
            await self._record(db, order.loan, [fact], taken=True)

    async def contacts(self, loan: str) -> list[ContactRow]:
        """Every contact of a loan, by time."""
        rows = select(contacts).where(contacts.c.loan == loan).order_by(contacts.c.at)
        return [ContactRow(**row._mapping) for row in await self._all(rows)]

    async def withheld(self, **only: str) -> list[WithheldRow]:
        """Contacts that were not made, by time: all, or only those of a loan, a borrower, a rule."""
        columns = [withheld.c[name] for name in WithheldRow.__slots__]
        mine = [withheld.c[name] == value for name, value in only.items()]
        return [
            WithheldRow(*row)
            for row in await self._all(select(*columns).where(*mine).order_by(withheld.c.at))
        ]

    async def known_of(self, borrower: str) -> tuple[list[Spent], list[Told]]:
        """What a claim would be judged by: the contacts that count, and what was told of the borrower."""
        async with self.reading.connect() as db:
            return await self._spent(db, borrower), await self._circumstances(db, borrower)

    async def _spent(self, db: AsyncConnection, borrower: str) -> list[Spent]:
        along = await self._went_along(db, borrower)
        mine = (contacts.c.borrower == borrower) & contacts.c.state.in_(COUNTS)
        over = tasks.c.state.label("over")
        rows = select(contacts, over).outerjoin(tasks, contacts.c.id == tasks.c.id).where(mine)
        return [
            Spent(
                row.id,
                row.loan,
                Channel(row.channel),
                row.at,
                GIVEN_UP if row.over == GIVEN_UP else row.result or row.state,
                along[row.id],
                row.say,
            )
            for row in await db.execute(rows)
        ]

    async def _went_along(self, db: AsyncConnection, borrower: str) -> Mapping[str, frozenset[str]]:
        """By contact, the other loans that its message asked for."""
        found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        theirs = facts.join(loans, facts.c.loan == loans.c.id)
        went = (loans.c.borrower == borrower) & (facts.c.kind == "contact_rode")
        for row in await db.execute(select(facts.c.loan, facts.c.body).select_from(theirs).where(went)):
            found[FACT.validate_python(row.body).along] |= {row.loan}
        return found

    async def _circumstances(self, db: AsyncConnection, borrower: str) -> list[Told]:
        """What the law looks at besides contacts, told on any of the borrower's loans."""
        theirs = facts.join(loans, facts.c.loan == loans.c.id)
        told = (loans.c.borrower == borrower) & facts.c.kind.in_(CIRCUMSTANCES)
        rows = await db.execute(select(facts.c.body).select_from(theirs).where(told))
        return [FACT.validate_python(body) for body in rows.scalars()]


def _said(state: str) -> list[Any]:
    """Its provider may have said what became of it before we knew that it had left."""
    if state not in LEFT:
        return []
    known = ((said, stands_as(said)) for said in DELIVERIES)
    return [(contacts.c.delivery == said, literal(stands)) for said, stands in known if stands]


def _row(order: Order, action: Contact) -> dict[str, Any]:
    """What a contact is, whatever becomes of it."""
    return {
        "loan": order.loan,
        "borrower": order.borrower,
        "touch": action.touch,
        "due": action.due,
        "channel": action.channel,
        "say": action.say,
        "strategy": order.strategy,
        "version": order.version,
    }
