"""The money of one loan: what was charged, paid and let go, what that leaves, and how each sum came about.

Reckoned from the facts whenever it is asked for, so that a payment that counts from the past, or is taken
back, changes everything after it. Sums are minor units, and
owed + fees + interest + credit = paid + waived + left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from journeys import facts as f
from journeys.agreements import Plan, Settlement
from journeys.calendar import DAY, local_day
from journeys.case import Case
from journeys.disputes import Dispute
from journeys.holds import Days, Hold, apart, days_in, later, paused
from journeys.law.charges import PARTS, Added, MoneyLaw, Part, Respite
from journeys.loan import Instalment

PER_YEAR = 365 * 10_000
"""Days of a year, and hundredths of a percent."""
What = Literal[
    "instalment",
    "late_fee",
    "fee",
    "interest",
    "payment",
    "payment_taken_back",
    "waived",
    "settlement",
    "plan",
    "dispute",
]
"""What a line of the account is; the last four are sums let go."""
LATE, CHARGED, PAID = range(3)
"""What comes first on a day: fees for lateness, other charges, then payments and waivers, by the clock."""
_NO_HOUR = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the account: a sum that fell due or was charged, or one that was paid or let go."""

    day: date
    what: What
    minor: int
    """Less than nothing where it lowers what is owed."""
    went: tuple[tuple[Part, int], ...] = ()
    """Which parts a payment or a waiver covered."""
    note: str = ""
    """Why, as a code."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the money stands at the beginning of a day."""

    owed: int
    """All instalments, due or not."""
    fees: int = 0
    interest: int = 0
    paid: int = 0
    waived: int = 0
    credit: int = 0
    """Paid beyond all that is owed."""
    fees_left: int = 0
    interest_left: int = 0
    principal_left: int = 0
    entries: tuple[Entry, ...] = ()
    """The make-up of it all, by day."""

    @property
    def covered(self) -> int:
        """How much of the instalments is paid or let go, oldest first."""
        return self.owed - self.principal_left

    @property
    def charges_left(self) -> int:
        return self.fees_left + self.interest_left

    @property
    def left(self) -> int:
        return self.charges_left + self.principal_left

    def left_of(self, part: Part) -> int:
        return {"fees": self.fees_left, "interest": self.interest_left, "principal": self.principal_left}[
            part
        ]


@lru_cache(maxsize=16_384)
def untouched(instalments: tuple[Instalment, ...]) -> Account:
    """The account of a loan that costs nothing for lateness and of which nothing was told."""
    entries = tuple(Entry(one.due, "instalment", one.amount.minor) for one in instalments)
    owed = sum(entry.minor for entry in entries)
    return Account(owed=owed, principal_left=owed, entries=entries)


def account(
    case: Case,
    law: MoneyLaw,
    today: date,
    *,
    known: Sequence[Hold] = (),
    respites: Sequence[Respite] = (),
    disputed: Iterable[Dispute] = (),
    plans: Iterable[Plan] = (),
    settlements: Iterable[Settlement] = (),
) -> Account:
    """The account at the beginning of `today`, with everything that was told; charges run to that day."""
    days: dict[Added, list[Days]] = {
        part: [one.days(today) for one in respites if part in one.stops] for part in ("interest", "fees")
    }
    book = _Book(case, law, known, days)
    let_go = _let_go(case, disputed, plans, settlements)
    moves = [*book.late_fees(today), *_told(case, apart(days["fees"])), *let_go]
    for move in sorted(moves, key=lambda move: move.order):
        book.accrue(min(move.day, today))  # a clock that is fast may tell of tomorrow
        book.make(move)
    book.accrue(today)
    return book.closed()


@dataclass(frozen=True, slots=True)
class _Move:
    """Something that changes the account; of one day, charges come first, then by the clock."""

    day: date
    rank: int
    at: datetime
    id: str
    what: What
    minor: int | None
    """None: all there is."""
    parts: tuple[Part, ...] = ()
    """What is let go; empty for a payment, which covers them in the order of the law."""
    kept: int = 0
    """Of a payment, what was not taken back: that alone covers anything."""
    due: date | None = None
    """Of a fee for lateness, the instalment it is for."""
    note: str = ""

    @property
    def order(self) -> tuple[date, int, datetime, bool, str]:
        """Of one instant, what is let go comes after the payments."""
        return self.day, self.rank, self.at, bool(self.parts), self.id


def _told(case: Case, free: Sequence[Days]) -> Iterator[_Move]:
    """Payments, what was taken back of them, fees and waivers since the terms were last changed.

    On `free` days the law lets nobody charge a fee.
    """
    since, home = case.restructured_at, case.borrower.zones[0]
    kept = {receipt.payment: receipt.minor for receipt in case.receipts()}
    for fact in case.told:
        if since is not None and fact.at <= since:
            continue
        day = local_day(fact.at, home)
        match fact:
            case f.PaymentReceived():
                left = kept.get(fact.id, 0)
                yield _Move(day, PAID, fact.at, fact.id, "payment", fact.amount.minor, kept=left)
            case f.FeeCharged() if not days_in(free, day, day + DAY):
                yield _Move(day, CHARGED, fact.at, fact.id, "fee", fact.amount.minor, note=fact.reason)
            case f.SumWaived():
                parts, note = (fact.part,), fact.reason
                yield _Move(day, PAID, fact.at, fact.id, "waived", fact.amount.minor, parts, note=note)
    for back, paid, minor in case.taken_back():
        if since is None or since < max(back.at, paid.at):
            day = local_day(back.at, home)
            yield _Move(day, PAID, back.at, back.id, "payment_taken_back", minor, note=back.reason)


def _let_go(
    case: Case, disputed: Iterable[Dispute], plans: Iterable[Plan], settlements: Iterable[Settlement]
) -> Iterator[_Move]:
    """What is let go because an agreement was kept or a dispute upheld, after the payments of that time.

    What was rightly denied is let go as of the day it was denied: no interest runs on it meanwhile.
    """
    home, since = case.borrower.zones[0], case.restructured_at

    def move(
        at: datetime, id: str, what: What, minor: int | None, parts: tuple[Part, ...]
    ) -> Iterator[_Move]:
        if since is None or at > since:
            yield _Move(local_day(at, home), PAID, at, id, what, minor, parts)

    for settlement in settlements:
        if settlement.state == "accepted":
            yield from move(settlement.since, settlement.offered.id, "settlement", None, PARTS)
    for plan in plans:
        if plan.state == "completed" and plan.agreed.lets_go:
            yield from move(plan.since, plan.agreed.id, "plan", None, plan.agreed.lets_go)
    for one in disputed:
        if one.part is not None and one.answer is not None and one.upheld:
            parts: tuple[Part, ...] = ("principal", "fees", "interest")
            if since is None or one.answer.at > since:
                at = one.fact.at if since is None else max(one.fact.at, since)
                yield _Move(local_day(at, home), PAID, at, one.answer.id, "dispute", one.part, parts)


class _Book:
    """The account while it is being reckoned, day by day."""

    def __init__(
        self, case: Case, law: MoneyLaw, known: Sequence[Hold], respites: Mapping[Added, Sequence[Days]]
    ) -> None:
        self.loan, self.law = case.loan, law
        self.rate = law.rate(self.loan.terms.late_rate)
        held = paused(known, "interest", case.borrower.zones[0])
        self.pauses = {part: apart((*held, *days)) for part, days in respites.items()}
        self.charged: dict[Part, int] = {"fees": 0, "interest": 0, "principal": self.loan.owed}
        self.left = dict(self.charged)
        self.paid = self.waived = self.credit = 0
        self.entries = [Entry(i.due, "instalment", i.amount.minor) for i in self.loan.instalments]
        if back := case.came_back():  # a line of its own, on the day it did
            last = self.entries[-1]
            self.entries[-1] = replace(last, minor=last.minor - back)
        self.day: date | None = None
        self.exact = 0
        """Interest so far, times `PER_YEAR`: only whole units are charged."""

    def late_from(self, due: date, part: Added) -> date:
        """The first day on which lateness may add to it."""
        return later(self.pauses[part], due, self.loan.terms.grace_days + 1)

    def late_fees(self, today: date) -> Iterator[_Move]:
        """One for each instalment late by today; whether it is charged shows when its day comes."""
        for instalment in self.loan.instalments:
            fee, day = (
                self.law.fee(self.loan.terms.late_fee, instalment.amount.minor),
                self.late_from(instalment.due, "fees"),
            )
            if fee and day <= today:
                yield _Move(day, LATE, _NO_HOUR, f"{instalment.due}", "late_fee", fee, due=instalment.due)

    def accrue(self, until: date) -> None:
        """Charge interest for the days before `until` on the principal that was overdue on each."""
        since, self.day = self.day or min(until, self.loan.instalments[0].due), until
        if not self.rate:
            return
        turns = {one.due: self.late_from(one.due, "interest") for one in self.loan.instalments}
        days = sorted({since, until, *(day for day in turns.values() if since < day < until)})
        pauses = self.pauses["interest"]
        for first, end in pairwise(days):
            late = sum(i.amount.minor for i in self.loan.instalments if turns[i.due] <= first)
            overdue = max(0, late - (self.loan.owed - self.left["principal"]))
            self.exact += overdue * self.rate * ((end - first).days - days_in(pauses, first, end))
        if added := self.exact // PER_YEAR - self.charged["interest"]:
            self._charge("interest", added)
            self.entries.append(Entry(until, "interest", added))

    def make(self, move: _Move) -> None:
        """Enter a charge, a payment or what is let go."""
        if move.due is not None and self.loan.fallen_due(move.due) <= self.loan.owed - self.left["principal"]:
            return  # paid by then: no fee
        if move.what == "payment_taken_back":  # a line alone: it counts as never received
            assert move.minor is not None, "what was taken back is a sum"
            self.entries.append(Entry(move.day, move.what, move.minor, note=move.note))
            return
        if move.rank < PAID:
            assert move.minor is not None, "a charge is a sum"
            self._charge("fees", move.minor)
            self.entries.append(Entry(move.day, move.what, move.minor, note=move.note))
            return
        went, rest = self._cover(move.parts or self.law.first, move.minor if move.parts else move.kept)
        if move.parts and not went:
            return  # there was nothing left to let go of
        if move.parts:
            self.waived += sum(sum_ for _, sum_ in went)
            self.entries.append(Entry(move.day, move.what, -sum(sum_ for _, sum_ in went), went, move.note))
        else:
            assert move.minor is not None, "a payment is a sum"
            self.paid, self.credit = self.paid + move.kept, self.credit + rest
            self.entries.append(Entry(move.day, move.what, -move.minor, went))

    def closed(self) -> Account:
        """The account as it stands."""
        return Account(
            owed=self.loan.owed,
            fees=self.charged["fees"],
            interest=self.charged["interest"],
            paid=self.paid,
            waived=self.waived,
            credit=self.credit,
            fees_left=self.left["fees"],
            interest_left=self.left["interest"],
            principal_left=self.left["principal"],
            entries=tuple(sorted(self.entries, key=lambda entry: entry.day)),
        )

    def _charge(self, part: Part, minor: int) -> None:
        self.charged[part] += minor
        self.left[part] += minor
        _, self.credit = self._cover((part,), self.credit) if self.credit else (None, 0)

    def _cover(self, parts: Iterable[Part], minor: int | None) -> tuple[tuple[tuple[Part, int], ...], int]:
        """Take a sum, or (None) all there is, off these parts in turn; gives what went where and the rest."""
        went: list[tuple[Part, int]] = []
        for part in parts:
            taken = self.left[part] if minor is None else min(minor, self.left[part])
            self.left[part] -= taken
            minor = None if minor is None else minor - taken
            went += [(part, taken)] if taken else []
        return tuple(went), minor or 0
