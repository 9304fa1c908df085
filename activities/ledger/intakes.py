"""Loan files on their way in: each line waits here until its journey is started, or refused in a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select, update

from activities.ledger.store import Store
from activities.rows import Intake
from activities.tables import intake_lines, intakes


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be taken in; what it says holds personal data and is forgotten once it is done."""

    intake: str
    number: int
    form: str
    sent_at: datetime
    """What `+5` in a due date counts from."""
    says: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a line: started, known or refused; of the last, why."""

    number: int
    state: str
    why: str | None = None


class Intakes(Store):
    """A line waits, is lent to one process at a time, and is done once."""

    async def open_intake(self, id: str, by: str, form: str, at: datetime) -> None:
        """Begin an intake; one of the same id whose lines never all came begins anew."""
        async with self._write() as db:
            await db.execute(delete(intake_lines).where(intake_lines.c.intake == id))
            row = {"by": by, "form": form, "at": at, "complete": False}
            adding = self._add(intakes).values(id=id, **row)
            await db.execute(adding.on_conflict_do_update(index_elements=["id"], set_=row))

    async def drop_intake(self, id: str) -> None:
        """Forget a file that was refused as a whole, and the lines of it that are here."""
        async with self._write() as db:
            await db.execute(delete(intake_lines).where(intake_lines.c.intake == id))
            await db.execute(delete(intakes).where(intakes.c.id == id))

    async def add_lines(self, id: str, lines: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Keep some of its lines."""
        rows = [
            {"intake": id, "number": number, "says": dict(says), "state": "waiting"} for number, says in lines
        ]
        async with self._write() as db:
            await db.execute(insert(intake_lines), rows)

    async def complete_intake(self, id: str) -> None:
        """All its lines are here: they may be taken in."""
        async with self._write() as db:
            await db.execute(update(intakes).where(intakes.c.id == id).values(complete=True))

    async def lend_lines(self, now: datetime, lease: timedelta, most: int) -> list[Line]:
        """Lines of the oldest intake that has any left; nobody else gets them until the lease is over."""
        free = or_(intake_lines.c.lent_until.is_(None), intake_lines.c.lent_until <= now)
        waiting = (intake_lines.c.state == "waiting") & free
        ready = intakes.join(intake_lines, intake_lines.c.intake == intakes.c.id)
        oldest = (
            select(intakes.c.id, intakes.c.form, intakes.c.at)
            .select_from(ready)
            .where(intakes.c.complete, waiting)
        )
        async with self._write() as db:
            found = (await db.execute(oldest.order_by(intakes.c.at, intakes.c.id).limit(1))).first()
            if found is None:
                return []
            mine = (intake_lines.c.intake == found.id) & waiting
            first = select(intake_lines.c.number).where(mine).order_by(intake_lines.c.number).limit(most)
            locked = (await db.execute(first.with_for_update(skip_locked=True))).scalars().all()
            lent = update(intake_lines).where(mine, intake_lines.c.number.in_(locked))
            rows = lent.values(lent_until=now + lease).returning(intake_lines.c.number, intake_lines.c.says)
            lines = [
                Line(found.id, row.number, found.form, found.at, row.says) for row in await db.execute(rows)
            ]
        return sorted(lines, key=lambda one: one.number)

    async def lines_done(self, id: str, done: Sequence[Done]) -> None:
        """What became of them; what they said is forgotten."""
        by_number = {one.number: one for one in done}
        states = {number: one.state for number, one in by_number.items()}
        reasons = {number: one.why for number, one in by_number.items() if one.why is not None}
        values: dict[str, Any] = {
            "state": case(states, value=intake_lines.c.number),
            "why": case(reasons, value=intake_lines.c.number) if reasons else None,
            "says": None,
            "lent_until": None,
        }
        mine = (intake_lines.c.intake == id) & intake_lines.c.number.in_(by_number)
        async with self._write() as db:
            await db.execute(
                update(intake_lines).where(mine, intake_lines.c.state == "waiting").values(values)
            )

    async def intake(self, id: str) -> Intake | None:
        """How far an intake has come."""
        row = await self._one(select(intakes).where(intakes.c.id == id))
        if row is None:
            return None
        counting = select(intake_lines.c.state, func.count()).where(intake_lines.c.intake == id)
        counts = {state: count for state, count in await self._all(counting.group_by(intake_lines.c.state))}
        numbers = {state: counts.get(state, 0) for state in ("waiting", "started", "known", "refused")}
        return Intake(row.id, row.by, row.at, row.complete, **numbers)

    async def refused_lines(self, id: str, after: int, limit: int) -> list[Done]:
        """Lines that were refused, and why, from after a line on."""
        refused = (intake_lines.c.intake == id) & (intake_lines.c.state == "refused")
        columns = intake_lines.c.number, intake_lines.c.state, intake_lines.c.why
        rows = select(*columns).where(refused, intake_lines.c.number > after)
        return [Done(*row) for row in await self._all(rows.order_by(intake_lines.c.number).limit(limit))]
