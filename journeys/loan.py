"""A loan as collections sees it: what falls due when, and what is owed on a day."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from journeys.money import MOST, Money

ID = re.compile(r"\w[\w.:-]*")
"""It names files and journeys as well."""
MOST_RATE, MOST_GRACE = 100_000, 3650


@dataclass(frozen=True, slots=True)
class Instalment:
    """One sum falling due on one day of the borrower's calendar."""

    due: date
    amount: Money


def check_schedule(where: str, instalments: tuple[Instalment, ...]) -> None:
    """Raises ValueError, with a sentence, for instalments nobody could owe."""
    if not instalments:
        raise ValueError(f"{where} has no instalments: give at least one due date and sum")
    dues = [instalment.due for instalment in instalments]
    if any(later <= earlier for earlier, later in pairwise(dues)):
        raise ValueError(f"{where}: instalments must be in order, one a day")
    if any(i.amount.minor <= 0 for i in instalments):
        raise ValueError(f"{where}: every instalment must be more than nothing")
    if any(i.amount.currency != instalments[0].amount.currency for i in instalments):
        raise ValueError(f"{where}: all instalments must be in one currency")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contract lets the lender ask for lateness; the law of the place may allow less."""

    late_rate: int = 0
    """Simple yearly interest on principal overdue, in hundredths of a percent, by days of a year of 365."""
    late_fee: int = 0
    """Minor units, once for each instalment still unpaid when its grace is over."""
    grace_days: int = 0
    """Days after a due date without charges and without treatment."""
    alone: Literal["collect", "let go"] = "collect"
    """What becomes of fees and interest that are left when all principal is paid."""

    def __post_init__(self) -> None:
        if min(self.late_rate, self.late_fee, self.grace_days) < 0:
            raise ValueError("terms: a rate, a fee and days of grace are never less than nothing")
        if self.late_rate > MOST_RATE or self.late_fee > MOST or self.grace_days > MOST_GRACE:
            raise ValueError(
                f"terms: a rate is at most {MOST_RATE // 100} percent a year, days of grace are at most "
                f"{MOST_GRACE}, and a fee is not more than anybody owes"
            )


@dataclass(frozen=True, slots=True)
class Loan:
    """One debt under one contract, known by its reference."""

    id: str
    instalments: tuple[Instalment, ...]
    terms: Terms = Terms()

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise ValueError(f"loan {self.id!r}: a reference is letters, digits, and - _ . : between them")
        check_schedule(f"loan {self.id}", self.instalments)

    @property
    def currency(self) -> str:
        return self.instalments[0].amount.currency

    @property
    def owed(self) -> int:
        """All instalments together, in minor units."""
        return sum(i.amount.minor for i in self.instalments)

    def oldest_unpaid(self, covered: int) -> Instalment | None:
        """The instalment that `covered` (minor units, oldest first) does not yet reach."""
        for instalment in self.instalments:
            covered -= instalment.amount.minor
            if covered < 0:
                return instalment
        return None

    def fallen_due(self, day: date) -> int:
        """Minor units of all instalments due up to and including the day."""
        return sum(i.amount.minor for i in self.instalments if i.due <= day)
