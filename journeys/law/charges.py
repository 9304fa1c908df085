"""What the law says of money: what may be charged, what a payment covers first, how long it may take.

These rules judge sums, not contacts. Of several layers the one that is kindest to the borrower counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

Part = Literal["fees", "interest", "principal"]
"""What a sum owed is made of."""
PARTS: tuple[Part, ...] = get_args(Part)
Added = Literal["interest", "fees"]
"""What lateness adds to a debt."""
Rail = Literal["card", "wallet", "transfer", "direct_debit", "cheque", "cash"]
"""How money travels."""


class MoneyRule(BaseModel):
    """What every such rule says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    strength: Literal["law", "presumption", "guidance", "policy", "review"]
    confidence: Literal["A", "B", "C"]
    cite: str
    status: Literal["in force", "draft", "unconfirmed"] = "in force"
    """Only what is in force counts."""


class Order(MoneyRule):
    """What a payment covers first."""

    first: tuple[Part, Part, Part]

    @field_validator("first")
    @classmethod
    def _each_once(cls, first: tuple[Part, ...]) -> tuple[Part, ...]:
        if set(first) != set(PARTS):
            raise ValueError(f"name each of {', '.join(PARTS)} once")
        return first


class Charge(MoneyRule):
    """The most that may be asked for lateness."""

    late_rate: int | None = Field(default=None, ge=0)
    """A year, in hundredths of a percent of the principal overdue."""
    late_fee: int | None = Field(default=None, ge=0)
    """For an instalment, in hundredths of a percent of it; 0 forbids fixed fees."""


class InFlight(MoneyRule):
    """How many days money may be on its way before we no longer wait for it."""

    rail: Rail
    days: int = Field(ge=0)


class Settlement(MoneyRule):
    """The least that a settlement may ask, in percent of all that is owed: below it, a person's consent is
    no consent of the house."""

    at_least: int = Field(ge=0, le=100)


class Limitation(MoneyRule):
    """After so many years since the debt fell due or was last paid on, it is not claimed any more."""

    years: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Respite:
    """An interval in which the law adds nothing to a debt for lateness, such as a breathing space."""

    rule: str
    stops: tuple[Added, ...]
    first: date
    end: date | None
    """The day after the last one; None while nobody has named any."""

    def days(self, today: date) -> tuple[date, date]:
        """As far as it is known today: the first day, and the day after the last one."""
        return self.first, today + timedelta(days=1) if self.end is None else self.end

    def sentence(self, today: date) -> str:
        """What it stops and until when, in words."""
        if self.end is not None and self.end <= today:
            return f"respite ({self.rule}): over since {self.end:%-d %b}"
        since = f"from {self.first:%-d %b} " if self.first > today else ""
        until = f"until {self.end:%-d %b}" if self.end else "until its end is told"
        return f"no {' and no '.join(self.stops)} {since}{until} ({self.rule})"


@dataclass(frozen=True, slots=True)
class MoneyLaw:
    """What all layers together say of money; where none says anything, the contract does."""

    first: tuple[Part, ...] = PARTS
    """What a payment covers first."""
    late_rate: int | None = None
    late_fee: int | None = None
    in_flight: Mapping[str, int] = field(default_factory=dict)
    """Days by rail."""
    settlement: int = 0
    """Percent of all that is owed."""
    years: int | None = None
    """Until a debt is no longer claimed."""

    @classmethod
    def of(cls, rules: Iterable[MoneyRule]) -> Self:
        """Together, the innermost layer's rules given first: its order of payment is the one that counts."""
        them = [rule for rule in rules if rule.status == "in force"]
        charges = [rule for rule in them if isinstance(rule, Charge)]
        rails = [rule for rule in them if isinstance(rule, InFlight)]
        return cls(
            first=next((rule.first for rule in them if isinstance(rule, Order)), PARTS),
            late_rate=min((one.late_rate for one in charges if one.late_rate is not None), default=None),
            late_fee=min((one.late_fee for one in charges if one.late_fee is not None), default=None),
            in_flight={one.rail: max(x.days for x in rails if x.rail == one.rail) for one in rails},
            settlement=max((one.at_least for one in them if isinstance(one, Settlement)), default=0),
            years=min((one.years for one in them if isinstance(one, Limitation)), default=None),
        )

    def rate(self, agreed: int) -> int:
        """The yearly rate for lateness that may be asked, of the one agreed."""
        return agreed if self.late_rate is None else min(agreed, self.late_rate)

    def fee(self, agreed: int, instalment: int) -> int:
        """The fee for a late instalment that may be asked, of the one agreed; minor units."""
        return agreed if self.late_fee is None else min(agreed, instalment * self.late_fee // 10_000)

    def least(self, owed: int) -> int:
        """The least a settlement may ask, of all that is owed; minor units."""
        return -(-owed * self.settlement // 100)
