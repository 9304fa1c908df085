"""A loan as collections sees it: what falls due when, and what is owed on a day."""

import re
from dataclasses import dataclass
from datetime import date

from journeys.money import Money

ID = re.compile(r"\w[\w.:-]*")
"""It names files and journeys as well."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """One sum falling due on one day of the borrower's calendar."""

    due: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Loan:
    """One debt under one contract, known by its reference."""

    id: str
    instalments: tuple[Instalment, ...]

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise ValueError(f"loan {self.id!r}: a reference is letters, digits, and - _ . : between them")
        if not self.instalments:
            raise ValueError(f"loan {self.id} has no instalments: give at least one due date and sum")
        dues = [instalment.due for instalment in self.instalments]
        if dues != sorted(set(dues)):
            raise ValueError(f"loan {self.id}: instalments must be in order, one a day")
        if any(i.amount.minor <= 0 for i in self.instalments):
            raise ValueError(f"loan {self.id}: every instalment must be more than nothing")
        if len({i.amount.currency for i in self.instalments}) > 1:
            raise ValueError(f"loan {self.id}: all instalments must be in one currency")

    @property
    def currency(self) -> str:
        return self.instalments[0].amount.currency

    def oldest_unpaid(self, paid: int) -> Instalment | None:
        """The instalment that `paid` (minor units, oldest covered first) does not yet cover."""
        for instalment in self.instalments:
            paid -= instalment.amount.minor
            if paid < 0:
                return instalment
        return None

    def due_by(self, day: date, paid: int) -> Money:
        """What has fallen due up to and including `day` and is not covered by `paid`; never negative."""
        due = sum(i.amount.minor for i in self.instalments if i.due <= day)
        return Money(max(0, due - paid), self.currency)

    def outstanding(self, paid: int) -> Money:
        """Everything not yet covered, due or not; never negative."""
        return Money(max(0, sum(i.amount.minor for i in self.instalments) - paid), self.currency)
