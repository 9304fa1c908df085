"""Facts and decisions: what happened, in order, and what was decided on it."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update

from activities.ledger.store import FACT, Store
from activities.rows import DecisionRow, Words
from activities.tables import decisions, facts, words
from journeys.actions import Act, Wait
from journeys.case import TOLD, Case
from journeys.facts import Learned, Told


class Facts(Store):
    """What happened to a loan, what its borrower wrote, and each decision."""

    async def record(self, loan: str, facts: Iterable[Told | Learned], *, taken: bool) -> list[str]:
        """Put facts on record; gives the keys of those that were new."""
        async with self._write() as db:
            return await self._record(db, loan, facts, taken=taken)

    async def facts(self, loan: str) -> list[Told | Learned]:
        """Everything that happened to a loan, in order."""
        rows = select(facts.c.body).where(facts.c.loan == loan).order_by(facts.c.at, facts.c.seq)
        return [FACT.validate_python(row.body) for row in await self._all(rows)]

    async def unheard(self, loan: str, heard: Collection[str]) -> list[Told]:
        """Facts told from outside that a decision did not know."""
        return [fact for fact in await self.facts(loan) if isinstance(fact, TOLD) and fact.id not in heard]

    async def fact(self, loan: str, id: str) -> Told | Learned:
        """A fact that is on record, by its key."""
        row = await self._one(select(facts.c.body).where(facts.c.loan == loan, facts.c.id == id))
        fact: Told | Learned = FACT.validate_python(row.body)
        return fact

    async def recorded(self, loan: str, id: str) -> bool:
        """Whether a fact is on record, by its key."""
        return await self._one(select(facts.c.id).where(facts.c.loan == loan, facts.c.id == id)) is not None

    async def untaken(self) -> list[tuple[str, Told]]:
        """Facts that Temporal has not taken yet, in the order they were told."""
        rows = select(facts.c.loan, facts.c.body).where(facts.c.taken.is_(False)).order_by(facts.c.seq)
        return [(row.loan, FACT.validate_python(row.body)) for row in await self._all(rows)]

    async def taken(self, loan: str, ids: Collection[str]) -> None:
        """Temporal has taken them."""
        async with self._write() as db:
            mine = (facts.c.loan == loan) & facts.c.id.in_(ids)
            await db.execute(update(facts).where(mine).values(taken=True))

    async def keep_words(self, loan: str, said: Words) -> None:
        """Keep what a borrower wrote; again is harmless."""
        async with self._write() as db:
            await db.execute(self._add(words).values(loan=loan, **asdict(said)).on_conflict_do_nothing())

    async def words(self, loan: str) -> list[Words]:
        """What the borrower of a loan wrote, by time."""
        columns = [words.c[name] for name in Words.__slots__]
        rows = select(*columns).where(words.c.loan == loan).order_by(words.c.at, words.c.id)
        return [Words(*row) for row in await self._all(rows)]

    async def decide(self, case: Case, action: Wait | Act, *, at: datetime, law: str) -> None:
        """Put a decision on record; the same number again replaces it."""
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

    async def next_wake(self, loan: str) -> DecisionRow | None:
        """The newest decision."""
        columns = [decisions.c[name] for name in DecisionRow.__slots__]
        newest = select(*columns).where(decisions.c.loan == loan).order_by(decisions.c.number.desc()).limit(1)
        row = await self._one(newest)
        return DecisionRow(*row) if row else None
