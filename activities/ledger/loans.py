"""Loans and people: who owes what, and everything personal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import String, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.facts import Facts, borrower_of
from activities.ledger.freezes import Freezes
from activities.ledger.store import FACT
from activities.ledger.tasks import Tasks
from activities.phones import e164
from activities.rows import LoanRow
from activities.tables import borrowers, decisions, facts, loans, tasks
from journeys.borrower import Borrower, Channel
from journeys.borrower_wide import inherited
from journeys.budget import BY_PHONE
from journeys.case import TOLD, Case, case_of
from journeys.events import STARTED, Event
from journeys.facts import JourneyReopened, Learned, Told
from journeys.loan import Instalment, Loan, Terms

_INSTALMENTS = TypeAdapter(tuple[Instalment, ...])
_TERMS = TypeAdapter(Terms)
_OTHER = borrowers.alias()
_SAME_NUMBER = borrowers.c.number == _OTHER.c.number
_SAME_EMAIL = func.lower(borrowers.c.email) == func.lower(_OTHER.c.email)
OF_THE_POINT = ("opted_out", "contact_point_failed")
"""Kinds of facts that hold for a number or an address, whoever has it."""


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower with a name and addresses: personal data lives here and in what is sent, nowhere else."""

    borrower: Borrower
    name: str = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    address: str | None = field(repr=False)
    birth_year: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """A loan that is to walk a strategy, and who owes it."""

    loan: Loan
    person: Person
    strategy: str
    version: int


class Loans(Tasks, Facts, Freezes):
    """The loans on record, and their borrowers."""

    async def register(self, loan: Loan, person: Person, strategy: str, version: int, at: datetime) -> bool:
        """Put a loan on record; False, and nothing changes, if it was there already."""
        return bool(await self.register_all([Registration(loan, person, strategy, version)], at))

    async def register_all(self, wanted: Sequence[Registration], at: datetime) -> dict[str, bool]:
        """Put loans on record in one transaction; gives the new ones, and if there is nothing to inherit.

        There is none where nobody knew their borrower, and nobody else has their number or e-mail address.
        """
        async with self._write() as db:
            there = select(loans.c.id).where(loans.c.id.in_([one.loan.id for one in wanted]))
            known = set((await db.execute(there)).scalars())
            missing = sorted(
                (one for one in wanted if one.loan.id not in known),
                key=lambda one: (
                    one.person.borrower.id,
                    one.loan.id,
                ),  # two batches never wait for each other
            )
            if not missing:
                return {}
            whose = Counter(one.person.borrower.id for one in missing)
            people = {one.person.borrower.id: _person_row(one.person) for one in missing}
            adding = self._add(borrowers).values(list(people.values())).on_conflict_do_nothing()
            first = set((await db.execute(adding.returning(borrowers.c.id))).scalars())
            rows = [_loan_row(one, at) for one in missing]
            added = self._add(loans).values(rows).on_conflict_do_nothing().returning(loans.c.id)
            opened = set((await db.execute(added)).scalars())
            started = {
                one.loan.id: [Event("started", STARTED, at, {"strategy": one.strategy})]
                for one in missing
                if one.loan.id in opened
            }
            await self._publish(db, started)
            sharing = select(borrowers.c.id).join(_OTHER, _SAME_NUMBER | _SAME_EMAIL)
            sharing = sharing.where(borrowers.c.id.in_(first), borrowers.c.id != _OTHER.c.id)
            alone = {who for who in first if whose[who] == 1} - set(await db.scalars(sharing))
            return {one.loan.id: one.person.borrower.id in alone for one in missing if one.loan.id in opened}

    async def inherit(self, id: str, at: datetime, *, taken: bool) -> list[Told]:
        """Put on an open loan's record what was told of its borrower or their place before; gives the new.

        Stops, and numbers and addresses that fail, are taken over from whoever has the same one.
        What is told once the loan counts as open reaches it by itself, so nothing is lost between the two.
        Taken is what a run reads before it acts; one that is under way already is told.
        """
        theirs = select(facts.c.loan, facts.c.body).join(loans).where(loans.c.borrower == borrower_of(id))
        whose = select(borrowers.c.jurisdictions).where(borrowers.c.id == borrower_of(id))
        freezes = await self.freezes()
        async with self._write() as db:
            await self._alone_with_sharers(db, id)
            if await self._ended(db, id) is not None:
                return []
            told: dict[str, list[Told]] = {id: []}
            for row in await db.execute(theirs.order_by(facts.c.seq)):
                if isinstance(fact := FACT.validate_python(row.body), TOLD):
                    told.setdefault(row.loan, []).append(fact)
            mine = told.pop(id)
            places = (await db.execute(whose)).scalar_one()
            here = [one for one in freezes if one.covers(places)]
            known = {fact.id for fact in mine}
            new = list(inherited(mine, [*told.values(), await self._of_the_points(db, id)], at))
            new += [fact for one in here for fact in one.catch_up(id, at, held=one.id in known)]
            added = await self._record(db, id, new, taken=taken)
            return [fact for fact in new if fact.id in added]

    async def _alone_with_sharers(self, db: AsyncConnection, loan: str) -> None:
        """Nobody tells a loan's borrower, or who has their number or address, anything in the meantime.

        In the order in which reports wait for them.
        """
        either = or_(borrowers.c.id == _OTHER.c.id, _SAME_NUMBER, _SAME_EMAIL)
        sharers = select(borrowers.c.id).join(_OTHER, either).where(_OTHER.c.id == borrower_of(loan))
        await db.execute(sharers.order_by(borrowers.c.id).with_for_update(of=borrowers))

    async def _of_the_points(self, db: AsyncConnection, loan: str) -> list[Told]:
        """What is known, on whosever loans, of the number and the e-mail address of a loan's borrower."""
        query = select(facts.c.body, _SAME_NUMBER, _SAME_EMAIL).join(loans, facts.c.loan == loans.c.id)
        query = query.join(borrowers).join(_OTHER, _SAME_NUMBER | _SAME_EMAIL)
        query = query.where(_OTHER.c.id == borrower_of(loan), facts.c.kind.in_(OF_THE_POINT))
        found = list[Told]()
        for body, number, email in await db.execute(query.order_by(facts.c.seq)):
            fact, leads_there = FACT.validate_python(body), {None}
            leads_there |= {*(BY_PHONE if number else ()), *([Channel.EMAIL] if email else ())}
            found += [fact] if fact.channel in leads_there else []
        return found

    async def loan(self, id: str) -> tuple[Loan, str, int] | None:
        """The loan with its strategy and version."""
        row = await self._one(select(loans).where(loans.c.id == id))
        return (_loan_of(row), row.strategy, row.version) if row else None

    async def loans(self) -> list[LoanRow]:
        """Every loan on record."""
        columns = [loans.c[name] for name in LoanRow.__slots__]
        return [LoanRow(*row) for row in await self._all(select(*columns).order_by(loans.c.id))]

    async def find_loans(
        self,
        after: str = "",
        limit: int = 50,
        is_open: bool | None = None,
        jurisdiction: str | None = None,
        **only: str | int | None,
    ) -> list[LoanRow]:
        """Loans in the order of their references, after one of them, at most so many.

        `only` names columns with the value wanted: outcome, strategy, version, borrower.
        """
        columns = [loans.c[name] for name in LoanRow.__slots__]
        query = select(*columns).where(loans.c.id > after).order_by(loans.c.id).limit(limit)
        query = query.where(*(loans.c[name] == value for name, value in only.items() if value is not None))
        if is_open is not None:
            query = query.where(loans.c.outcome.is_(None) if is_open else loans.c.outcome.is_not(None))
        if jurisdiction is not None:  # one of a list in JSON, which the databases search each in its own way
            listed = cast(borrowers.c.jurisdictions, String).contains(f'"{jurisdiction}"', autoescape=True)
            query = query.join(borrowers).where(listed)
        return [LoanRow(*row) for row in await self._all(query)]

    async def open_loans(self, borrower: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Loans whose journeys run, of one borrower or of all, each with its jurisdictions."""
        query = select(loans.c.id, borrowers.c.jurisdictions).join(borrowers).where(loans.c.outcome.is_(None))
        rows = await self._all(query.where(borrowers.c.id == borrower) if borrower else query)
        return [(row.id, tuple(row.jurisdictions)) for row in rows]

    async def person(self, borrower: str, within: AsyncConnection | None = None) -> Person | None:
        """A borrower with everything personal."""
        row = await self._one(select(borrowers).where(borrowers.c.id == borrower), within)
        if row is None:
            return None
        who = Borrower(
            row.id,
            row.language,
            tuple(row.zones),
            tuple(Channel(one) for one in row.channels),
            tuple(row.jurisdictions),
        )
        return Person(who, row.name, row.email, row.phone, row.address, row.birth_year)

    async def case(self, id: str, within: AsyncConnection | None = None) -> Case | None:
        """All that is known of a loan's journey, restored from its facts; None for an unknown loan."""
        row = await self._one(select(loans).where(loans.c.id == id), within)
        if row is None:
            return None
        person, told = await self.person(row.borrower, within), await self.facts(id, within)
        assert person is not None, f"loan {id} is on record, so its borrower is"
        counting = select(func.count()).select_from(decisions).where(decisions.c.loan == id)
        known = await self._one(counting, within)
        case = case_of(_loan_of(row), person.borrower, row.strategy, row.version, row.opened_at, told)
        return replace(case, decisions=known[0])

    async def closed_at(self, id: str) -> datetime | None:
        """When a loan's journey ended, if it has."""
        row = await self._one(select(loans.c.closed_at).where(loans.c.id == id))
        at: datetime | None = row.closed_at if row else None
        return at

    async def reopen(self, loan: str, fact: JourneyReopened, *, taken: bool) -> bool:
        """A closed journey goes on, once it has inherited; False if it was open already."""
        closed = (loans.c.id == loan) & loans.c.outcome.is_not(None)
        async with self._write() as db:
            opened = update(loans).where(closed).values(outcome=None, closed_at=None).returning(loans.c.id)
            if (await db.execute(opened)).first() is None:
                return False
            added = await self._record(db, loan, [fact], taken=taken)
            assert added, f"loan {loan} is closed, and {fact.id} was told before"
            return True

    async def close(self, loan: str, outcome: str, at: datetime, *, facts: Iterable[Learned]) -> None:
        """End a loan's journey; nobody acts on its tasks any more."""
        async with self._write() as db:
            await db.execute(update(loans).where(loans.c.id == loan).values(outcome=outcome, closed_at=at))
            await self._end(db, tasks.c.loan == loan, "withdrawn", at)
            await self._record(db, loan, facts, taken=True)


def _person_row(person: Person) -> dict[str, Any]:
    one = person.borrower
    return {
        "id": one.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "number": e164(person.phone, one.jurisdictions) if person.phone else None,
        "address": person.address,
        "birth_year": person.birth_year,
        "language": one.language,
        "zones": list(one.zones),
        "channels": list(one.channels),
        "jurisdictions": list(one.jurisdictions),
    }


def _loan_row(one: Registration, at: datetime) -> dict[str, Any]:
    return {
        "id": one.loan.id,
        "borrower": one.person.borrower.id,
        "instalments": _INSTALMENTS.dump_python(one.loan.instalments, mode="json"),
        "terms": _TERMS.dump_python(one.loan.terms, mode="json"),
        "strategy": one.strategy,
        "version": one.version,
        "opened_at": at,
    }


def _loan_of(row: Any) -> Loan:
    terms = _TERMS.validate_python(row.terms) if row.terms else Terms()
    return Loan(row.id, _INSTALMENTS.validate_python(row.instalments), terms)
