"""The make-up of what is owed, line by line, for people: on request, and with a hand-off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from journeys.account import Account, What
from journeys.law.charges import Part
from journeys.money import Money

WORDS: dict[str, dict[What, str]] = {
    "en": {
        "instalment": "Due",
        "late_fee": "Late fee",
        "fee": "Fee",
        "interest": "Interest for lateness",
        "payment": "Payment",
        "payment_taken_back": "Payment taken back",
        "waived": "Waived",
        "settlement": "Let go by settlement",
        "plan": "Let go by plan",
        "dispute": "Let go: dispute upheld",
    },
    "zh": {
        "instalment": "应还款项",
        "late_fee": "违约金",
        "fee": "费用",
        "interest": "罚息",
        "payment": "收到还款",
        "payment_taken_back": "还款退回",
        "waived": "减免",
        "settlement": "减免结清",
        "plan": "分期方案减免",
        "dispute": "异议成立核减",
    },
}
PART_WORDS: dict[str, dict[Part, str]] = {
    "en": {"fees": "fees", "interest": "interest", "principal": "principal"},
    "zh": {"fees": "费用", "interest": "罚息", "principal": "本金"},
}


TOTALS = ("owed", "fees", "interest", "paid", "waived", "credit", "left")
"""Sums of an account that people read under its lines, in this order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, with what was owed after it."""

    day: date
    words: str
    sum: Money
    balance: Money


Item = Literal["then", "due", "interest", "fees", "payments", "credits", "now"]
"""What is asked for, made up from a day on."""


def statement(account: Account, currency: str, language: str) -> Iterator[Line]:
    """Every sum that fell due or was charged, and every one paid or let go, by day."""
    words, parts, balance = WORDS[language], PART_WORDS[language], 0
    for entry in account.entries:
        balance += entry.minor
        said = words[entry.what]
        if entry.note:
            said += f" ({entry.note.replace('_', ' ')})"
        if entry.went and any(part != "principal" for part, _ in entry.went):
            said += ": " + ", ".join(f"{parts[part]} {Money(minor, currency)}" for part, minor in entry.went)
        yield Line(entry.day, said, Money(entry.minor, currency), Money(balance, currency))


def itemised(account: Account, since: date, until: date, asked: int) -> dict[Item, int]:
    """How what was owed on a day became what is asked for on another; minor units, and they add up.

    Payments are less what was taken back of them; credits all that was let go, with what is not asked for.
    """
    before = sum(entry.minor for entry in account.entries if entry.day <= since)
    after = [entry for entry in account.entries if since < entry.day <= until]

    def of(*kinds: What) -> int:
        return sum(entry.minor for entry in after if entry.what in kinds)

    due, interest, fees = of("instalment"), of("interest"), of("late_fee", "fee")
    payments = of("payment", "payment_taken_back")
    credits = asked - (before + due + interest + fees + payments)
    return {
        "then": before,
        "due": due,
        "interest": interest,
        "fees": fees,
        "payments": payments,
        "credits": credits,
        "now": asked,
    }
