"""Facts and decisions: what happened, in order, and what was decided on it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.store import FACT, Store
from activities.rows import DecisionRow, Untaken, Words
from activities.tables import decisions, events, facts, loans, words
from journeys.actions import Act, Wait
from journeys.borrower_wide import of_the_borrower
from journeys.case import TOLD, Case
from journeys.events import STAGE, Event
from journeys.facts import HoldLifted, Learned, PaymentReceived, Told

A_PAGE = 500
"""How many facts that Temporal has not taken are looked at at once."""


class Facts(Store):
    """What happened to a loan, what its borrower wrote, and each decision."""

    async def record(self, loan: str, facts: Iterable[Told | Learned], *, taken: bool) -> list[str]:
        """Put facts on record; gives the keys of those that were new.

        What is told of the borrower is told of their other open loans as well, where nobody has taken it yet.
        """
        async with self._write() as db:
            return await self._tell(db, loan, list(facts), taken=taken)

    async def _tell(
        self, db: AsyncConnection, loan: str, told: Sequence[Told | Learned], *, taken: bool = False
    ) -> list[str]:
        if any(of_the_borrower(fact) for fact in told):
            await self._alone(db, borrower_of(loan))
        for paid in sorted((one for one in told if isinstance(one, PaymentReceived)), key=attrgetter("id")):
            await self._alone_with(db, paid.id)
            await self._list_if_elsewhere(db, loan, paid)
        added = await self._record(db, loan, told, taken=taken)
        for fact in told:
            if fact.id in added and of_the_borrower(fact):
                for other in await self._others(db, loan, fact):
                    await self._record(db, other, [fact], taken=False)
        return added

    async def _list_if_elsewhere(self, db: AsyncConnection, loan: str, paid: PaymentReceived) -> None:
        """Money told past the ledger whose payment stands on another loan: a person says where it counts."""
        same = select(facts.c.loan).where(facts.c.id == paid.id, facts.c.kind == paid.kind)
        there = (await db.scalars(same.order_by(facts.c.loan))).all()
        if there and loan not in there:
            why = f"payment {paid.id} is on record for {', '.join(there)} as well"
            await self._list(db, "payment", f"{paid.id}.{loan}", paid, " ".join(there), loan, why)

    async def _others(self, db: AsyncConnection, loan: str, fact: Told | Learned) -> Sequence[str]:
        """The borrower's other open loans that the fact is about: of a hold that is lifted, those it held.

        A hold of one loan ends for that loan alone, whatever another loan's hold is called.
        """
        others = (loans.c.borrower == borrower_of(loan)) & (loans.c.id != loan) & loans.c.outcome.is_(None)
        query = select(loans.c.id).where(others)
        if isinstance(fact, HoldLifted):
            placed = select(facts.c.body).where(facts.c.loan == loan, facts.c.id == fact.hold)
            hold = (await db.execute(placed)).scalar()
            if hold is None or not hold.get("borrower"):
                return []
            query = query.join(facts, facts.c.loan == loans.c.id).where(facts.c.id == fact.hold)
        return (await db.execute(query)).scalars().all()

    async def facts(self, loan: str, within: AsyncConnection | None = None) -> list[Told | Learned]:
        """Everything that happened to a loan, in order."""
        rows = select(facts.c.body).where(facts.c.loan == loan).order_by(facts.c.at, facts.c.seq)
        return [FACT.validate_python(row.body) for row in await self._all(rows, within)]

    async def unheard(self, loan: str, heard: Collection[str]) -> list[Told]:
        """Facts told from outside that a decision did not know."""
        return [fact for fact in await self.facts(loan) if isinstance(fact, TOLD) and fact.id not in heard]

    async def fact(self, loan: str, id: str, within: AsyncConnection | None = None) -> Told | Learned:
        """A fact that is on record, by its key."""
        row = await self._one(select(facts.c.body).where(facts.c.loan == loan, facts.c.id == id), within)
        fact: Told | Learned = FACT.validate_python(row.body)
        return fact

    async def recorded(self, loan: str, id: str) -> bool:
        """Whether a fact is on record, by its key."""
        return await self._one(select(facts.c.id).where(facts.c.loan == loan, facts.c.id == id)) is not None

    async def untaken(
        self, *, id: str | None = None, loans: Collection[str] = (), after: int = 0
    ) -> list[Untaken]:
        """Facts that Temporal has not taken yet, in the order they were told: a page, after one of them.

        Of all loans or of these; all facts, or those with this key.
        """
        columns = facts.c.seq, facts.c.loan, facts.c.body
        rows = select(*columns).where(facts.c.taken.is_(False), facts.c.seq > after)
        rows = rows.where(facts.c.id == id) if id is not None else rows
        rows = rows.where(facts.c.loan.in_(loans)) if loans else rows
        page = await self._all(rows.order_by(facts.c.seq).limit(A_PAGE))
        return [Untaken(row.seq, row.loan, FACT.validate_python(row.body)) for row in page]

    async def taken(self, loan: str, ids: Collection[str]) -> None:
        """Temporal has taken them."""
        async with self._write() as db:
            mine = (facts.c.loan == loan) & facts.c.id.in_(ids)
            await db.execute(update(facts).where(mine).values(taken=True))

    async def keep_words(self, loan: str, said: Words) -> None:
        """Keep what a borrower wrote; again is harmless."""
        async with self._write() as db:
            await self._keep(db, loan, said)

    async def _keep(self, db: AsyncConnection, loan: str, said: Words) -> None:
        await db.execute(self._add(words).values(loan=loan, **asdict(said)).on_conflict_do_nothing())

    async def words(self, loan: str) -> list[Words]:
        """What the borrower of a loan wrote, by time."""
        columns = [words.c[name] for name in Words.__slots__]
        rows = select(*columns).where(words.c.loan == loan).order_by(words.c.at, words.c.id)
        return [Words(*row) for row in await self._all(rows)]

    async def decide(
        self, case: Case, action: Wait | Act, *, at: datetime, law: str, noticed: Iterable[Event] = ()
    ) -> None:
        """Put a decision on record, with the events that it noticed; the same number again replaces it."""
        row = {
            "rule": action.rule,
            "kind": action.kind,
            "why": action.why,
            "not_before": action.not_before,
            "at": at,
            "strategy": case.strategy,
            "version": case.version,
            "law": law,
        }
        adding = self._add(decisions).values(loan=case.loan.id, number=case.decisions, **row)
        async with self._write() as db:
            await db.execute(adding.on_conflict_do_update(index_elements=["loan", "number"], set_=row))
            await self._publish(db, {case.loan.id: await self._unsaid(db, case.loan.id, noticed)})

    async def _unsaid(self, db: AsyncConnection, loan: str, noticed: Iterable[Event]) -> list[Event]:
        """Without the stage where it is the one that was said last."""
        stages = select(events.c.data["stage"].as_string()).where(events.c.loan == loan)
        newest = stages.where(events.c.type == STAGE).order_by(events.c.seq.desc()).limit(1)
        said = await db.scalar(newest)
        return [one for one in noticed if one.type != STAGE or one.data["stage"] != said]

    async def next_wake(self, loan: str) -> DecisionRow | None:
        """The newest decision."""
        columns = [decisions.c[name] for name in DecisionRow.__slots__]
        newest = select(*columns).where(decisions.c.loan == loan).order_by(decisions.c.number.desc()).limit(1)
        row = await self._one(newest)
        return DecisionRow(*row) if row else None


def borrower_of(loan: str) -> ScalarSelect[str]:
    """Whose loan it is, as a part of a query."""
    return select(loans.c.borrower).where(loans.c.id == loan).scalar_subquery()
