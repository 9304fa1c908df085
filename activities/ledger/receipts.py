"""Receipts: one payment is one receipt, wherever it goes; what belongs nowhere waits for a person."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ledger.loans import Loans
from activities.ledger.store import FACT, REVERSAL
from activities.rows import Unmatched
from activities.tables import facts, loans, unmatched
from journeys.case import Case
from journeys.facts import Learned, PaymentReceived, PaymentReversed, Told
from journeys.money import Money
from journeys.receipts import Part, Payment

Divide = Callable[[Sequence[Case]], Mapping[str, Money]]
"""How much of a payment each of several loans gets."""
Judge = Callable[[Payment | None, PaymentReversed | None, Sequence[str]], None]
"""Refuses a reversal that makes no sense for the payment on these loans, or for what has the same id."""
_WAITING = unmatched.c.matched_to.is_(None)


class KeyTaken(ValueError):
    """What is told has the id of something else that is on record."""

    def __init__(self, known: Told | Learned) -> None:
        super().__init__(f"{known.id!r} is on record as {known.kind}")
        self.known = known


class Receipts(Loans):
    """Money is looked up, put on record and listed in one transaction, each payment by one at a time."""

    async def receive(
        self, payment: PaymentReceived, loans: Sequence[str], divide: Divide
    ) -> tuple[Payment, bool]:
        """Put a payment on record, or on the list where a loan is unknown; False if it was known already.

        It is known by its id, whatever loans it is told of. One that waits is divided once they are known.
        Raises `KeyTaken` where its id is on record for something else.
        """
        async with self._write() as db:
            await self._alone_with(db, payment.id)
            known = await self._payment(db, payment.id)
            if known is not None and (known.loans or known.amount != payment.amount):
                return known, False
            unknown = sorted(set(loans) - await self._locked(db, loans))
            if known is not None and unknown:
                return known, False
            if unknown or not loans:
                why = f"there is no loan {', '.join(unknown) or 'named'}"
                await self._list(db, "payment", payment.id, payment, " ".join(loans), None, why)
            else:
                first = known.parts[0].fact if known else payment
                parts = (
                    {loans[0]: payment.amount} if len(loans) == 1 else divide(await self._cases(db, loans))
                )
                told = [(loan, replace(first, amount=amount)) for loan, amount in sorted(parts.items())]
                for loan, fact in told:
                    if not await self._record(db, loan, [fact], taken=False):
                        raise KeyTaken(await self.fact(loan, fact.id, db))
                if known:
                    await self._settle(
                        db, "payment", payment.id, parts, "the payment, told again", payment.at
                    )
                if not await self._catch_up(db, payment.id):
                    whole = tuple(Part(loan, fact, fact.amount.minor) for loan, fact in told)
                    return Payment(payment.id, payment.amount, whole), known is None
            stands = await self._payment(db, payment.id)
            assert stands is not None, f"payment {payment.id} was put on record"
            return stands, known is None

    async def reverse(
        self, back: PaymentReversed, loans: Sequence[str], judge: Judge
    ) -> tuple[Sequence[str], bool]:
        """Take a payment back where it stands, or only on the loans named; False if it was known already.

        Gives the loans it is taken back on. Of a payment that is not there yet it waits, and follows it.
        """
        async with self._write() as db:
            await self._alone_with(db, back.payment)
            await self._alone_with(db, back.id, REVERSAL)
            payment = await self._payment(db, back.payment)
            told = await self._told_back(db, back, payment)
            done = {loan for loan, _ in told if loan is not None}
            waits = payment is not None and not payment.loans
            loans = [loan for loan in loans if loan not in done and not (told and waits)]
            judge(payment, told[0][1] if told else None, loans)
            if told and not loans:
                return sorted(done), False
            parts = [one for one in payment.parts if one.left] if payment else []
            there = [
                (one.loan, one.fact.id)
                for one in parts
                if one.loan is not None and (not loans or one.loan in loans)
            ]
            if payment is None or waits:
                why = f"payment {back.payment} {'waits to be matched' if waits else 'is unknown'}"
                await self._list(db, "reversal", back.id, back, " ".join(loans), None, why)
            if payment is None and loans:  # it comes there, or somewhere else
                there = [(loan, back.payment) for loan in loans]
                await self._settle(db, "reversal", back.id, loans, "who told it", back.at)
            for loan, key in sorted(there):
                await self._take_back(db, loan, key, back)
            return sorted({loan for loan, _ in there}), True

    async def refunded(self, charge: str, payment: str) -> int:
        """How much of a charge was refunded by what is on record, in its processor's minor units.

        Reversals are told with that sum as the end of their id. Nobody else takes the payment back meanwhile.
        """
        mine = f"{charge}.refunded."
        async with self._write() as db:
            await self._alone_with(db, payment)
            stands = await self._payment(db, payment)
            back = (facts.c.kind == "payment_reversed") & facts.c.loan.in_(stands.loans if stands else ())
            listed = (unmatched.c.kind == "reversal") & (unmatched.c.payment == payment)
            ids = [
                *(await db.scalars(select(facts.c.id).where(back))),
                *(await db.scalars(select(unmatched.c.id).where(listed))),
            ]
        sums = [id.removeprefix(mine).partition(".")[0] for id in ids if id.startswith(mine)]
        return max(map(int, sums), default=0)

    async def match(self, one: Unmatched, to: str, by: str, at: datetime) -> bool:
        """A person says where it goes, and it is on record there; False if somebody said so before.

        It leaves the loan it stood on, with what was not taken back there meanwhile.
        """
        async with self._write() as db:
            await self._alone_with(db, one.payment)
            if not await self._settle(db, one.kind, one.id, [to], by, at):
                return False
            match one.fact:
                case PaymentReversed() as back:
                    payment = await self._payment(db, back.payment)
                    parts = payment.parts if payment else ()
                    keys = [part.fact.id for part in parts if part.loan == to]
                    for key in keys or [back.payment]:
                        await self._take_back(db, to, key, back)
                case PaymentReceived() as paid if one.loan is None:
                    await self._move(db, paid, to, by, at)
                    await self._catch_up(db, paid.id)
                case PaymentReceived() as paid if one.loan != to:
                    if left := paid.amount.minor - await self._back_of(db, one.loan, paid):
                        if to not in one.reference.split():  # it stands there already
                            moved = replace(paid, id=one.id, amount=Money(left, paid.amount.currency))
                            await self._move(db, moved, to, by, at)
                        gone = PaymentReversed(
                            id=f"{paid.id}.moved", at=at, payment=paid.id, reason="mistaken"
                        )
                        await self._take_back(db, one.loan, paid.id, gone)
            return True

    async def ended(self, loan: str, heard: Collection[str]) -> None:
        """List the money that came before a journey's end and that its last decision did not know."""
        late = [one for one in await self.unheard(loan, heard) if isinstance(one, PaymentReceived)]
        async with self._write() as db:
            for paid in late:
                await self._list_if_ended(db, loan, paid, await self._ended(db, loan))

    async def unmatched(self) -> list[Unmatched]:
        """What still waits for a person, the oldest first."""
        rows = select(unmatched).where(_WAITING).order_by(unmatched.c.at, unmatched.c.kind, unmatched.c.id)
        return [_unmatched_of(row) for row in await self._all(rows)]

    async def listed(self, id: str) -> list[Unmatched]:
        """What waits or has waited under this id: a payment, a reversal, or one of each."""
        rows = select(unmatched).where(unmatched.c.id == id).order_by(unmatched.c.kind)
        return [_unmatched_of(row) for row in await self._all(rows)]

    async def payment(self, id: str) -> Payment | None:
        """A payment by its id, and where it stands; None if nobody knows it."""
        async with self.reading.connect() as db:
            return await self._payment(db, id)

    # ── parts of a transaction ───────────────────────────────────────────────────────────────────

    async def _locked(self, db: AsyncConnection, ids: Sequence[str]) -> set[str]:
        """Those loans that are on record: no other money is divided over them meanwhile."""
        mine = select(loans.c.id).where(loans.c.id.in_(ids)).order_by(loans.c.id)
        return set((await db.scalars(mine.with_for_update(key_share=True))).all())

    async def _cases(self, db: AsyncConnection, ids: Sequence[str]) -> list[Case]:
        return [case for id in ids if (case := await self.case(id, db)) is not None]

    async def _payment(self, db: AsyncConnection, id: str) -> Payment | None:
        mine = (unmatched.c.kind == "payment") & (unmatched.c.payment == id)
        kept = [_unmatched_of(row) for row in await db.execute(select(unmatched).where(mine))]
        moved = [one for one in kept if one.loan is not None and one.matched_to not in (None, one.loan)]
        there = [(facts.c.loan == one.matched_to) & (facts.c.id == one.id) for one in moved]
        rows = select(facts.c.loan, facts.c.body).where(facts.c.kind == "payment_received")
        rows = rows.where(or_(facts.c.id == id, *there)).order_by(facts.c.loan, facts.c.id)
        told = [(row.loan, FACT.validate_python(row.body)) for row in await db.execute(rows)]
        told = told or [(None, one.fact) for one in kept if one.matched_to is None]
        if not told:
            return None
        doubles = {one.loan for one in kept if one.loan is not None and one.loan != one.reference}
        whole = [fact.amount for loan, fact in told if fact.id == id and loan not in doubles]
        left_it = {one.loan for one in moved}
        parts = [
            Part(loan, fact, fact.amount.minor - await self._back_of(db, loan, fact))
            for loan, fact in told
            if fact.id != id or loan not in left_it
        ]
        return Payment(id, Money(sum(one.minor for one in whole), whole[0].currency), tuple(parts))

    async def _back_of(self, db: AsyncConnection, loan: str | None, paid: PaymentReceived) -> int:
        """How much of a part was taken back, never more than there was; minor units."""
        rows: Any = select(facts.c.body).where(facts.c.loan == loan, facts.c.kind == "payment_reversed")
        if loan is None:
            waiting = (unmatched.c.kind == "reversal") & (unmatched.c.payment == paid.id)
            rows = select(unmatched.c.fact).where(waiting)
        back = [FACT.validate_python(body) for body in (await db.execute(rows)).scalars()]
        sums = [one.amount or paid.amount for one in back if one.payment == paid.id]
        return min(paid.amount.minor, sum(one.minor for one in sums))

    async def _told_back(
        self, db: AsyncConnection, back: PaymentReversed, payment: Payment | None
    ) -> list[tuple[str | None, PaymentReversed]]:
        """The same reversal as it was told before: on which loans, or on the list."""
        keys = [back.id, *(f"{back.id}.{part.fact.id}" for part in (payment.parts if payment else ()))]
        rows = select(facts.c.loan, facts.c.body).where(facts.c.kind == "payment_reversed")
        rows = rows.where(facts.c.id.in_(keys)).order_by(facts.c.loan)
        told = [(row.loan, FACT.validate_python(row.body)) for row in await db.execute(rows)]
        mine = (unmatched.c.kind == "reversal") & (unmatched.c.id == back.id)
        kept = (await db.execute(select(unmatched.c.fact).where(mine))).scalar()
        return [(None, FACT.validate_python(kept)), *told] if kept else told

    async def _take_back(self, db: AsyncConnection, loan: str, key: str, back: PaymentReversed) -> None:
        """On one loan; under another id where that loan knows something else by the reversal's own."""
        fact = replace(back, payment=key)
        known = select(facts.c.body).where(facts.c.loan == loan, facts.c.id == back.id)
        body = (await db.execute(known)).scalar()
        if body is not None and (body["kind"], body.get("payment")) != (fact.kind, key):
            fact = replace(fact, id=f"{back.id}.{key}")
        await self._record(db, loan, [fact], taken=False)
        part = select(facts.c.body).where(facts.c.loan == loan, facts.c.id == key)
        if (body := await db.scalar(part.where(facts.c.kind == "payment_received"))) is not None:
            paid = FACT.validate_python(body)
            if await self._back_of(db, loan, paid) == paid.amount.minor:  # nobody need say where it goes
                await self._settle(db, "payment", f"{key}.{loan}", [loan], "its reversal", back.at)

    async def _move(self, db: AsyncConnection, paid: PaymentReceived, to: str, by: str, at: datetime) -> None:
        """Put it on record where a person says; if that journey has ended as well, they have said so."""
        await self._record(db, to, [paid], taken=False)
        await self._settle(db, "payment", f"{paid.id}.{to}", [to], by, at)

    async def _catch_up(self, db: AsyncConnection, payment: str) -> bool:
        """Reversals that were told before their payment was there, or before it was clear where it goes.

        False if there were none.
        """
        mine = (unmatched.c.kind == "reversal") & (unmatched.c.payment == payment)
        early = (await db.execute(select(unmatched).where(mine))).all()
        if not early:
            return False
        stands = await self._payment(db, payment)
        assert stands is not None and stands.loans, f"payment {payment} is on record"
        for row in early:
            one = _unmatched_of(row)
            assert isinstance(one.fact, PaymentReversed)
            if one.fact.amount is not None and len(stands.parts) > 1:
                if one.matched_to not in stands.loans:  # a person says of which part
                    why = f"payment {payment} went to {', '.join(stands.loans)}"
                    again = update(unmatched).where(mine, unmatched.c.id == one.id)
                    await db.execute(again.values(matched_to=None, matched_by=None, matched_at=None, why=why))
                continue
            for part in stands.parts:
                assert part.loan is not None, f"payment {payment} is on record"
                await self._take_back(db, part.loan, part.fact.id, one.fact)
            await self._settle(db, "reversal", one.id, stands.loans, "its payment", one.at)
        return True

    async def _settle(
        self, db: AsyncConnection, kind: str, id: str, to: Iterable[str], by: str, at: datetime
    ) -> bool:
        """Take it off the list; False if it does not wait there."""
        mine = (unmatched.c.kind == kind) & (unmatched.c.id == id) & _WAITING
        done = update(unmatched).where(mine).values(matched_to=" ".join(to), matched_by=by, matched_at=at)
        return (await db.execute(done.returning(unmatched.c.id))).first() is not None


def _unmatched_of(row: Any) -> Unmatched:
    return Unmatched(**{**row._mapping, "fact": FACT.validate_python(row.fact)})
