"""Tasks: what people are asked to do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.store import Store
from activities.orders import Order
from activities.rows import TaskRow
from activities.tables import contacts, tasks
from journeys.facts import ContactAsked, Learned, TaskOpened

PENDING = ("open", "chased")
"""States of a task that somebody may still act on."""


class Tasks(Store):
    """What people are asked to do, and what became of it."""

    async def open_task(
        self, order: Order, asked: TaskOpened | ContactAsked, script: str, *, facts: Iterable[Learned]
    ) -> None:
        """Give a task to a team, also anew after a withdrawal; one that is reported stays so."""
        row = {
            "loan": order.loan,
            "borrower": order.borrower,
            "job": asked.job,
            "owner": asked.owner,
            "opened_at": asked.at,
            "deadline": asked.deadline,
            "script": script,
            "state": "open",
            "closed_at": None,
        }
        task = asked.task if isinstance(asked, TaskOpened) else asked.contact
        async with self._write() as db:
            adding = self._add(tasks).values(id=task, **row)
            unreported = tasks.c.state != "reported"
            await db.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row, where=unreported))
            await self._record(db, order.loan, facts, taken=True)

    async def tasks(self, owner: str | None = None) -> list[TaskRow]:
        """What people may still act on, of one team or of all, the most urgent first."""
        columns = [tasks.c[name] for name in TaskRow.__slots__]
        rows = select(*columns).where(tasks.c.state.in_(PENDING)).order_by(tasks.c.deadline, tasks.c.id)
        return [
            TaskRow(*row) for row in await self._all(rows.where(tasks.c.owner == owner) if owner else rows)
        ]

    async def job_of(self, task: str) -> str | None:
        """What the task is, by its id."""
        row = await self._one(select(tasks.c.job).where(tasks.c.id == task))
        return row.job if row else None

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

    async def _end(self, db: AsyncConnection, which: Any, state: str, at: datetime) -> None:
        """End tasks still pending; a contact whose task is withdrawn goes back to the budget."""
        ending = update(tasks).where(which & tasks.c.state.in_(PENDING)).values(state=state, closed_at=at)
        ended = (await db.execute(ending.returning(tasks.c.id))).scalars().all()
        if state == "withdrawn":
            asked = contacts.c.id.in_(ended) & (contacts.c.state == "asked")
            await db.execute(update(contacts).where(asked).values(state="withdrawn"))
