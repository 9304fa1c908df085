"""API keys, and what was asked for with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from activities.ledger.store import Store
from activities.rows import CommandRow, KeyRow
from activities.tables import api_keys, commands

NO_ANSWER = 503
"""The status of a command that came to nothing, or to nothing that is known: it may be carried out again."""
ABANDONED = timedelta(minutes=2)
"""Whoever began a command that long ago lives no more."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked for, by references: of the request's body its digest."""

    key: str
    idempotency: str | None
    digest: str
    what: str
    loan: str
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class Begun:
    """How a command stands: to be carried out, under way, known as something else, or answered before."""

    seq: int
    state: str
    status: int = 0
    answer: Any = None


class Keys(Store):
    """Of a key only its digest is kept; nothing here holds personal data."""

    async def add_key(self, id: str, name: str, scopes: list[str], digest: str, at: datetime) -> None:
        """Put a new API key on record."""
        row = {"id": id, "name": name, "scopes": scopes, "digest": digest, "created_at": at}
        async with self._write() as db:
            await db.execute(self._add(api_keys).values(row))

    async def key(self, id: str) -> tuple[KeyRow, str] | None:
        """A key with its digest, by its id."""
        row = await self._one(select(api_keys).where(api_keys.c.id == id))
        return (_key_of(row), row.digest) if row else None

    async def keys(self) -> list[KeyRow]:
        """Every key, the oldest first, those that were revoked too."""
        rows = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        return [_key_of(row) for row in await self._all(rows)]

    async def revoke_key(self, id: str, at: datetime) -> bool:
        """Nobody gets in with it any more; False where it was revoked before."""
        valid = (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)
        async with self._write() as db:
            done = update(api_keys).where(valid).values(revoked_at=at).returning(api_keys.c.id)
            return (await db.execute(done)).first() is not None

    async def begin(self, command: Command, at: datetime) -> Begun:
        """Put a command on record before it is carried out, or say how the same one stands.

        It is the same by its key and idempotency key; without the latter each is one of its own.
        """
        row = {name: getattr(command, name) for name in Command.__slots__}
        async with self._write() as db:
            adding = self._add(commands).values(at=at, **row).on_conflict_do_nothing()
            if (new := (await db.execute(adding.returning(commands.c.seq))).scalar()) is not None:
                return Begun(new, "new")
            same = (commands.c.key == command.key) & (commands.c.idempotency == command.idempotency)
            known = (await db.execute(select(commands).where(same).with_for_update())).one()
            if known.digest != command.digest:
                return Begun(known.seq, "something else")
            if known.status is None and at < known.at + ABANDONED:
                return Begun(known.seq, "under way")
            if known.status not in (None, NO_ANSWER):
                return Begun(known.seq, "answered", known.status, known.answer)
            await db.execute(update(commands).where(same).values(at=at, status=None))
            return Begun(known.seq, "new")

    async def answered(self, seq: int, status: int, answer: Any) -> None:
        """What a command came to."""
        async with self._write() as db:
            mine = commands.c.seq == seq
            await db.execute(update(commands).where(mine).values(status=status, answer=answer))

    async def commands(
        self, loan: str | None = None, before: int | None = None, limit: int | None = None
    ) -> list[CommandRow]:
        """What was asked for, the newest first: of a loan or of all, before a number, at most so many."""
        columns = [(api_keys if name == "name" else commands).c[name] for name in CommandRow.__slots__]
        query = select(*columns).join(api_keys).order_by(commands.c.seq.desc()).limit(limit)
        query = query.where(commands.c.loan == loan) if loan is not None else query
        query = query.where(commands.c.seq < before) if before is not None else query
        return [CommandRow(*row) for row in await self._all(query)]


def _key_of(row: Any) -> KeyRow:
    return KeyRow(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at)
