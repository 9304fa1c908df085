"""Sums of money, exact to the smallest unit of their currency."""

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import WithJsonSchema

_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0}
MOST = 10**15
"""Minor units; what is more is a slip of the keys."""
_SUM = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
"""Commas only between thousands: 8400,50 is half a European decimal, not eight hundred thousand."""


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in minor units (fen, cents) of one currency (ISO 4217)."""

    minor: int
    currency: Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]

    @classmethod
    def of(cls, text: str, currency: str) -> Self:
        """Read a decimal such as "8400.00"; raises ValueError where it is not a sum of that currency."""
        if not _SUM.fullmatch(text.strip()):
            raise ValueError(f"{text!r} is not a sum of money: write it like 8400.00")
        whole, _, fraction = text.strip().replace(",", "").partition(".")
        digits = _digits(currency)
        if len(fraction.rstrip("0")) > digits:
            raise ValueError(f"{text!r} is finer than the smallest unit of {currency}")
        minor = int(whole + fraction[:digits].ljust(digits, "0"))
        if abs(minor) > MOST:
            raise ValueError(f"{text!r} is more than anybody owes: count its digits")
        return cls(minor, currency)

    @classmethod
    def whole(cls, units: int, currency: str) -> Self:
        """So many whole units of a currency."""
        return cls(units * 10 ** _digits(currency), currency)

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise ValueError(f"{self.currency!r} is not a currency: use its three letters, like CNY")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __str__(self) -> str:
        digits = _digits(self.currency)
        return f"{self.currency} {self.minor / 10**digits:,.{digits}f}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{other} cannot be reckoned with {self.currency}: the currencies differ")
        return other.minor


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)
