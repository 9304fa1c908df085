"""One database, many processes: how it is opened, written and read."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict
from typing import Any, Self

from alembic.util import CommandError
from pydantic import TypeAdapter
from sqlalchemy import URL, event, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from activities.migrations import upgrade
from activities.tables import (
    borrowers,
    contacts,
    deliveries,
    events,
    facts,
    loans,
    subscriptions,
    tasks,
    unmatched,
)
from journeys.actions import Outcome
from journeys.events import TYPES, Event
from journeys.facts import (
    CourtEnded,
    Fact,
    Learned,
    PaymentReceived,
    PaymentReversed,
    TaskReported,
    Told,
)

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
FACT: TypeAdapter[Any] = TypeAdapter(Fact)
PAYMENT, REVERSAL = 1_742_002, 1_742_003
"""Kinds of locks under which PostgreSQL takes in money, beside the id."""


class LedgerUnavailable(ConnectionError):
    """The ledger's database cannot be used."""


class Store:
    """Every write is one transaction and may be repeated safely."""

    def __init__(self, engine: AsyncEngine, within: AsyncConnection | None = None) -> None:
        self.engine, self._within = engine, within
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

    @asynccontextmanager
    async def together(self) -> AsyncIterator[Self]:
        """This ledger within one transaction: what is written through it holds together, or not at all."""
        async with self._write() as db:
            yield type(self)(self.engine, db)

    def _add(self, table: Any) -> Any:
        """An insert that knows about conflicts, in the dialect of this database."""
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    async def _record(
        self, db: AsyncConnection, loan: str, new: Iterable[Told | Learned], *, taken: bool
    ) -> list[str]:
        added, happened = list[str](), list[Event]()
        new = list(new)
        ended = None
        if any(isinstance(fact, PaymentReceived) for fact in new):
            ended = await self._ended(db, loan)
        for fact in new:
            row = {
                "loan": loan,
                "id": fact.id,
                "kind": fact.kind,
                "at": fact.at,
                "body": FACT.dump_python(fact, mode="json"),
                "taken": taken,
            }
            inserting = self._add(facts).values(row).on_conflict_do_nothing().returning(facts.c.id)
            if (await db.execute(inserting)).first() is None:
                continue
            added.append(fact.id)
            if (type := TYPES.get(fact.kind)) is not None:
                happened.append(Event(fact.id, type, fact.at, row["body"]))
            match fact:
                case PaymentReceived():
                    await self._list_if_ended(db, loan, fact, ended)
                case TaskReported():
                    await self._reported(db, fact)
                case CourtEnded():
                    referred = (loans.c.id == loan) & loans.c.outcome.startswith(Outcome.LEGAL)
                    outcome = f"{Outcome.LEGAL}_{fact.result}"
                    await db.execute(update(loans).where(referred).values(outcome=outcome))
        await self._publish(db, {loan: happened})
        return added

    async def _publish(self, db: AsyncConnection, new: Mapping[str, Iterable[Event]]) -> None:
        """Put events of loans on record, and in the line of everybody who subscribed; again is harmless."""
        told: list[tuple[int, str, str]] = []
        for loan, happened in new.items():
            for one in happened:
                adding = self._add(events).values(loan=loan, **asdict(one)).on_conflict_do_nothing()
                if (seq := await db.scalar(adding.returning(events.c.seq))) is not None:
                    told.append((seq, loan, one.type))
        if not told:
            return
        active = await db.execute(select(subscriptions).where(subscriptions.c.ended_at.is_(None)))
        lines = [
            {"subscription": row.id, "event": seq, "loan": loan, "state": "waiting"}
            for row in active
            for seq, loan, type in told
            if not row.types or type in row.types
        ]
        if lines:
            await db.execute(self._add(deliveries), lines)

    async def _ended(self, db: AsyncConnection, loan: str) -> str | None:
        """The loan's outcome, if its journey has ended; it cannot end, or begin again, meanwhile."""
        mine = select(loans.c.outcome).where(loans.c.id == loan).with_for_update(key_share=True)
        outcome: str | None = await db.scalar(mine)
        return outcome

    async def _list_if_ended(
        self, db: AsyncConnection, loan: str, paid: PaymentReceived, ended: str | None
    ) -> None:
        """Money for a journey that has ended: a person says where it goes."""
        if ended is not None:
            why = f"the journey of {loan} has ended: {ended}"
            await self._list(db, "payment", f"{paid.id}.{loan}", paid, loan, loan, why)

    async def _list(
        self,
        db: AsyncConnection,
        kind: str,
        id: str,
        fact: PaymentReceived | PaymentReversed,
        reference: str,
        loan: str | None,
        why: str,
    ) -> None:
        """Put a receipt on the list of the unmatched; again is harmless."""
        row = {
            "kind": kind,
            "id": id,
            "payment": fact.payment if isinstance(fact, PaymentReversed) else fact.id,
            "reference": reference,
            "loan": loan,
            "at": fact.at,
            "fact": FACT.dump_python(fact, mode="json"),
            "why": why,
        }
        await db.execute(self._add(unmatched).values(row).on_conflict_do_nothing())

    async def _reported(self, db: AsyncConnection, fact: TaskReported) -> None:
        """A report ends its task, and dates the contact the task was."""
        closed = {"state": "reported", "result": fact.result, "reported_by": fact.by, "closed_at": fact.at}
        await db.execute(update(tasks).where(tasks.c.id == fact.task).values(closed))
        reached = {"state": "reported", "result": fact.result, "at": fact.at}
        await db.execute(update(contacts).where(contacts.c.id == fact.task).values(reached))

    async def _alone_with(self, db: AsyncConnection, payment: str, kind: int = PAYMENT) -> None:
        """Nobody else takes this payment in, or back, in the meantime.

        SQLite lets one writer in anyway. Locks of payments come before those of reversals and of loans.
        """
        if self.engine.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:payment))")
            await db.execute(lock, {"kind": kind, "payment": payment})

    async def _alone(self, db: AsyncConnection, borrower: Any) -> None:
        """Nobody else counts the borrower's contacts, or tells all their loans something, in the meantime."""
        await db.execute(select(borrowers.c.id).where(borrowers.c.id == borrower).with_for_update())

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        if self._within is not None:
            yield self._within
            return
        async with self._one_writer, self.engine.begin() as db:
            yield db

    async def _one(self, query: Any, within: AsyncConnection | None = None) -> Any:
        return (await self._all(query.limit(1), within) or [None])[0]

    async def _all(self, query: Any, within: AsyncConnection | None = None) -> Sequence[Any]:
        """The rows, as a transaction sees them that is under way, or as they stand."""
        if (db := within or self._within) is not None:
            return (await db.execute(query)).all()
        async with self.reading.connect() as db:
            return (await db.execute(query)).all()


def _engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True)  # errors must not quote who they are about
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
