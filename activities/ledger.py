"""The memory: every fact, decision, contact made and contact not made, in SQLite or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Self

from alembic.util import CommandError
from pydantic import TypeAdapter
from sqlalchemy import URL, case, event, make_url, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from activities.migrations import upgrade
from activities.rows import ContactRow, DecisionRow, LoanRow, TaskRow, WithheldRow, Words
from activities.tables import borrowers, contacts, decisions, facts, freezes, loans, tasks, withheld, words
from journeys.actions import Act, Wait
from journeys.borrower import Borrower, Channel
from journeys.budget import Spent
from journeys.case import TOLD
from journeys.facts import Fact, Learned, TaskReported, Told
from journeys.freeze import Freeze
from journeys.law.rule import Refusal
from journeys.loan import Instalment, Loan

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
COUNTS = ("claimed", "sending", "made", "uncertain", "asked", "reported")
"""States of a contact that use up the borrower's budget."""
RETURNED = ("withdrawn", "released")
PENDING = ("open", "chased")
"""States of a task that somebody may still act on."""
CIRCUMSTANCES = ("circumstance_noted", "opted_out", "contact_point_failed")
"""Kinds of facts that the law looks at, on whichever loan they were told."""
_FACT: TypeAdapter[Any] = TypeAdapter(Fact)
_INSTALMENTS = TypeAdapter(tuple[Instalment, ...])


class LedgerUnavailable(ConnectionError):
    """The ledger's database cannot be used."""


class UnderWay(RuntimeError):
    """Another attempt is making this very contact."""


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower with a name and addresses: personal data lives here and in what is sent, nowhere else."""

    borrower: Borrower
    name: str = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    address: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: ours now, someone's already, or refused by a rule."""

    state: str
    new: bool
    refusal: Refusal | None = None


Judge = Callable[[Sequence[Spent], Sequence[Told]], Refusal | None]


class Ledger:
    """One database, many processes; every write is one transaction and may be repeated safely."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.reading = engine.execution_options(reading=True)
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        """SQLite lets one writer in; waiting in line here is quicker than its own trying again."""

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Open the ledger, its tables brought up to date; raises `LedgerUnavailable`."""
        try:
            where = make_url(url)
            engine = _engine(where.set(drivername=DRIVERS.get(where.drivername, where.drivername)))
        except (SQLAlchemyError, ImportError, ValueError):
            raise LedgerUnavailable(
                "JOURNEYS_DATABASE is not a database URL we know: "
                "write sqlite:///ledger.db or postgresql://user:password@host/name"
            ) from None
        try:
            async with engine.begin() as db:
                await db.run_sync(upgrade)
        except (SQLAlchemyError, OSError, CommandError) as error:
            await engine.dispose()
            shown = where.render_as_string(hide_password=True)
            if isinstance(error, CommandError):
                raise LedgerUnavailable(
                    f"the ledger at {shown} cannot be brought up to date: install the version that last "
                    f"opened it, or a newer one ({error})"
                ) from error
            raise LedgerUnavailable(
                f"the ledger at {shown} cannot be opened: check JOURNEYS_DATABASE ({type(error).__name__})"
            ) from error
        try:
            yield cls(engine)
        finally:
            await engine.dispose()

    # ── loans and people ─────────────────────────────────────────────────────────────────────────

    async def register(self, loan: Loan, person: Person, strategy: str, version: int, at: datetime) -> bool:
        """Put a loan on record; False, and nothing changes, if it was there already."""
        one = person.borrower
        async with self._write() as db:
            if (await db.execute(select(loans.c.id).where(loans.c.id == loan.id))).first():
                return False
            values = {
                "id": one.id,
                "name": person.name,
                "email": person.email,
                "phone": person.phone,
                "address": person.address,
                "language": one.language,
                "zones": list(one.zones),
                "channels": list(one.channels),
                "jurisdictions": list(one.jurisdictions),
            }
            await db.execute(self._add(borrowers).values(values).on_conflict_do_nothing())
            row = {
                "id": loan.id,
                "borrower": one.id,
                "instalments": _INSTALMENTS.dump_python(loan.instalments, mode="json"),
                "strategy": strategy,
                "version": version,
                "opened_at": at,
            }
            added = self._add(loans).values(row).on_conflict_do_nothing().returning(loans.c.id)
            return (await db.execute(added)).first() is not None

    async def loan(self, id: str) -> tuple[Loan, str, int] | None:
        """The loan with its strategy and version."""
        row = await self._one(select(loans).where(loans.c.id == id))
        if row is None:
            return None
        return Loan(row.id, _INSTALMENTS.validate_python(row.instalments)), row.strategy, row.version

    async def loans(self) -> list[LoanRow]:
        """Every loan on record."""
        columns = [loans.c[name] for name in LoanRow.__slots__]
        return [LoanRow(*row) for row in await self._all(select(*columns).order_by(loans.c.id))]

    async def open_loans(self, borrower: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Loans whose journeys run, of one borrower or of all, each with its jurisdictions."""
        query = select(loans.c.id, borrowers.c.jurisdictions).join(borrowers).where(loans.c.outcome.is_(None))
        rows = await self._all(query.where(borrowers.c.id == borrower) if borrower else query)
        return [(row.id, tuple(row.jurisdictions)) for row in rows]

    async def borrower_of(self, loan: str) -> str | None:
        """Who owes it, by reference."""
        row = await self._one(select(loans.c.borrower).where(loans.c.id == loan))
        return row.borrower if row else None

    async def person(self, borrower: str) -> Person | None:
        """A borrower with everything personal."""
        row = await self._one(select(borrowers).where(borrowers.c.id == borrower))
        if row is None:
            return None
        who = Borrower(
            row.id,
            row.language,
            tuple(row.zones),
            tuple(Channel(one) for one in row.channels),
            tuple(row.jurisdictions),
        )
        return Person(who, row.name, row.email, row.phone, row.address)

    async def close(self, loan: str, outcome: str, at: datetime, *, facts: Iterable[Learned]) -> None:
        """End a loan's journey; nobody acts on its tasks any more."""
        async with self._write() as db:
            await db.execute(update(loans).where(loans.c.id == loan).values(outcome=outcome, closed_at=at))
            await self._end(db, tasks.c.loan == loan, "withdrawn", at)
            await self._record(db, loan, facts, taken=True)

    # ── facts ────────────────────────────────────────────────────────────────────────────────────

    async def record(self, loan: str, facts: Iterable[Told | Learned], *, taken: bool) -> list[str]:
        """Put facts on record; gives the keys of those that were new."""
        async with self._write() as db:
            return await self._record(db, loan, facts, taken=taken)

    async def facts(self, loan: str) -> list[Told | Learned]:
        """Everything that happened to a loan, in order."""
        rows = select(facts.c.body).where(facts.c.loan == loan).order_by(facts.c.at, facts.c.seq)
        return [_FACT.validate_python(row.body) for row in await self._all(rows)]

    async def unheard(self, loan: str, heard: Collection[str]) -> list[Told]:
        """Facts told from outside that a decision did not know."""
        return [fact for fact in await self.facts(loan) if isinstance(fact, TOLD) and fact.id not in heard]

    async def untaken(self) -> list[tuple[str, Told]]:
        """Facts that Temporal has not taken yet, in the order they were told."""
        rows = select(facts.c.loan, facts.c.body).where(facts.c.taken.is_(False)).order_by(facts.c.seq)
        return [(row.loan, _FACT.validate_python(row.body)) for row in await self._all(rows)]

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

    # ── decisions ────────────────────────────────────────────────────────────────────────────────

    async def decide(
        self,
        loan: str,
        number: int,
        action: Wait | Act,
        *,
        at: datetime,
        strategy: str,
        version: int,
        law: str,
    ) -> None:
        """Put a decision on record; the same number again replaces it."""
        row = {
            "rule": action.rule,
            "kind": action.kind,
            "why": action.why,
            "not_before": action.not_before,
            "at": at,
            "strategy": strategy,
            "version": version,
            "law": law,
        }
        adding = self._add(decisions).values(loan=loan, number=number, **row)
        async with self._write() as db:
            await db.execute(adding.on_conflict_do_update(index_elements=["loan", "number"], set_=row))

    async def next_wake(self, loan: str) -> DecisionRow | None:
        """The newest decision."""
        columns = [decisions.c[name] for name in DecisionRow.__slots__]
        newest = select(*columns).where(decisions.c.loan == loan).order_by(decisions.c.number.desc()).limit(1)
        row = await self._one(newest)
        return DecisionRow(*row) if row else None

    # ── contacts ─────────────────────────────────────────────────────────────────────────────────

    async def claim(
        self,
        *,
        contact: str,
        loan: str,
        borrower: str,
        touch: str,
        due: date,
        channel: str,
        say: str,
        at: datetime,
        law: str,
        strategy: str,
        version: int,
        why: str,
        judge: Judge,
    ) -> Claim:
        """Count a contact against the borrower's whole budget, or say why not; one transaction."""
        row = {
            "loan": loan,
            "borrower": borrower,
            "touch": touch,
            "due": due,
            "channel": channel,
            "say": say,
            "at": at,
            "law": law,
            "strategy": strategy,
            "version": version,
            "why": why,
            "state": "claimed",
        }
        async with self._write() as db:
            await db.execute(select(borrowers.c.id).where(borrowers.c.id == borrower).with_for_update())
            known = (await db.execute(select(contacts.c.state).where(contacts.c.id == contact))).scalar()
            if known is not None and known not in RETURNED:
                return Claim(known, new=False)
            spent, told = await self._spent(db, borrower), await self._circumstances(db, borrower)
            if (refusal := judge(spent, told)) is not None:
                return Claim("refused", new=False, refusal=refusal)
            adding = self._add(contacts).values(id=contact, **row)
            await db.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row))
            return Claim("claimed", new=True)

    async def sending(self, contact: str) -> None:
        """The request is about to leave; raises `UnderWay` where another attempt got here first."""
        async with self._write() as db:
            mine = (contacts.c.id == contact) & (contacts.c.state == "claimed")
            leaving = update(contacts).where(mine).values(state="sending").returning(contacts.c.id)
            if (await db.execute(leaving)).first() is None:
                raise UnderWay(
                    f"contact {contact} is being made by another attempt: claim it again to see how"
                )

    async def release(self, contact: str, *, loan: str, facts: Iterable[Learned] = ()) -> None:
        """It never left: returned to the budget."""
        async with self._write() as db:
            await db.execute(update(contacts).where(contacts.c.id == contact).values(state="released"))
            await self._record(db, loan, facts, taken=True)

    async def settle(
        self,
        contact: str,
        state: str,
        *,
        loan: str,
        provider: str | None = None,
        provider_id: str | None = None,
        template: str | None = None,
        digest: str | None = None,
        facts: Iterable[Learned],
    ) -> None:
        """What came of it, with the fact that follows; a clearer answer that is there already stays."""
        values = {
            "state": case((contacts.c.state == "reported", contacts.c.state), else_=state),
            "provider": provider,
            "provider_id": provider_id,
            "template": template,
            "digest": digest,
        }
        mine = contacts.c.id == contact
        if state == "uncertain":
            mine &= contacts.c.state.in_(("claimed", "sending"))
        async with self._write() as db:
            await db.execute(update(contacts).where(mine).values(values))
            await self._record(db, loan, facts, taken=True)

    async def withhold(
        self,
        *,
        contact: str,
        loan: str,
        borrower: str,
        touch: str,
        channel: str,
        at: datetime,
        rule: str,
        until: datetime | None,
        why: str,
        law: str,
        inputs: dict[str, object],
        facts: Iterable[Learned],
    ) -> None:
        """A contact was not made: which rule, what it looked at, and until when."""
        row = {
            "contact": contact,
            "loan": loan,
            "borrower": borrower,
            "touch": touch,
            "channel": channel,
            "at": at,
            "rule": rule,
            "until": until,
            "why": why,
            "law": law,
            "inputs": inputs,
        }
        async with self._write() as db:
            await db.execute(self._add(withheld).values(row).on_conflict_do_nothing())
            await self._record(db, loan, facts, taken=True)

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

    # ── freezes ──────────────────────────────────────────────────────────────────────────────────

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

    # ── tasks ────────────────────────────────────────────────────────────────────────────────────

    async def open_task(
        self,
        *,
        task: str,
        loan: str,
        borrower: str,
        job: str,
        owner: str,
        at: datetime,
        deadline: datetime,
        script: str,
        facts: Iterable[Learned],
    ) -> None:
        """Give a task to a team, also anew after a withdrawal; one that is reported stays so."""
        row = {
            "loan": loan,
            "borrower": borrower,
            "job": job,
            "owner": owner,
            "opened_at": at,
            "deadline": deadline,
            "script": script,
            "state": "open",
            "closed_at": None,
        }
        async with self._write() as db:
            adding = self._add(tasks).values(id=task, **row)
            unreported = tasks.c.state != "reported"
            await db.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row, where=unreported))
            await self._record(db, loan, facts, taken=True)

    async def tasks(self, owner: str | None = None) -> list[TaskRow]:
        """What people may still act on, of one team or of all, the most urgent first."""
        columns = [tasks.c[name] for name in TaskRow.__slots__]
        rows = select(*columns).where(tasks.c.state.in_(PENDING)).order_by(tasks.c.deadline, tasks.c.id)
        return [
            TaskRow(*row) for row in await self._all(rows.where(tasks.c.owner == owner) if owner else rows)
        ]

    async def chase_task(self, task: str, deadline: datetime, *, loan: str, facts: Iterable[Learned]) -> None:
        """Remind the owner, with a new deadline."""
        async with self._write() as db:
            mine = (tasks.c.id == task) & tasks.c.state.in_(PENDING)
            await db.execute(update(tasks).where(mine).values(state="chased", deadline=deadline))
            await self._record(db, loan, facts, taken=True)

    async def close_task(
        self, task: str, state: str, *, loan: str, at: datetime, facts: Iterable[Learned]
    ) -> None:
        """End a task that nobody reported."""
        async with self._write() as db:
            await self._end(db, tasks.c.id == task, state, at)
            await self._record(db, loan, facts, taken=True)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _add(self, table: Any) -> Any:
        """An insert that knows about conflicts, in the dialect of this database."""
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    async def _record(
        self, db: AsyncConnection, loan: str, new: Iterable[Told | Learned], *, taken: bool
    ) -> list[str]:
        added: list[str] = []
        for fact in new:
            row = {
                "loan": loan,
                "id": fact.id,
                "kind": fact.kind,
                "at": fact.at,
                "body": _FACT.dump_python(fact, mode="json"),
                "taken": taken,
            }
            inserting = self._add(facts).values(row).on_conflict_do_nothing().returning(facts.c.id)
            if (await db.execute(inserting)).first() is None:
                continue
            added.append(fact.id)
            if isinstance(fact, TaskReported):
                await self._reported(db, fact)
        return added

    async def _reported(self, db: AsyncConnection, fact: TaskReported) -> None:
        """A report ends its task, and dates the contact the task was."""
        closed = {"state": "reported", "result": fact.result, "reported_by": fact.by, "closed_at": fact.at}
        await db.execute(update(tasks).where(tasks.c.id == fact.task).values(closed))
        reached = {"state": "reported", "result": fact.result, "at": fact.at}
        await db.execute(update(contacts).where(contacts.c.id == fact.task).values(reached))

    async def _end(self, db: AsyncConnection, which: Any, state: str, at: datetime) -> None:
        """End tasks still pending; a contact whose task is withdrawn goes back to the budget."""
        ending = update(tasks).where(which & tasks.c.state.in_(PENDING)).values(state=state, closed_at=at)
        ended = (await db.execute(ending.returning(tasks.c.id))).scalars().all()
        if state == "withdrawn":
            asked = contacts.c.id.in_(ended) & (contacts.c.state == "asked")
            await db.execute(update(contacts).where(asked).values(state="withdrawn"))

    async def _spent(self, db: AsyncConnection, borrower: str) -> list[Spent]:
        mine = (contacts.c.borrower == borrower) & contacts.c.state.in_(COUNTS)
        return [
            Spent(row.id, row.loan, Channel(row.channel), row.at, row.result or row.state)
            for row in await db.execute(select(contacts).where(mine))
        ]

    async def _circumstances(self, db: AsyncConnection, borrower: str) -> list[Told]:
        """What the law looks at besides contacts, told on any of the borrower's loans."""
        theirs = facts.join(loans, facts.c.loan == loans.c.id)
        told = (loans.c.borrower == borrower) & facts.c.kind.in_(CIRCUMSTANCES)
        rows = await db.execute(select(facts.c.body).select_from(theirs).where(told))
        return [_FACT.validate_python(body) for body in rows.scalars()]

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        async with self._one_writer, self.engine.begin() as db:
            yield db

    async def _one(self, query: Any) -> Any:
        return (await self._all(query.limit(1)) or [None])[0]

    async def _all(self, query: Any) -> Sequence[Any]:
        async with self.reading.connect() as db:
            return (await db.execute(query)).all()


def _engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _prepare(connection: Any, record: Any) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            reading = connection.get_execution_options().get("reading")
            connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
