"""What the handbook shows: requests and facts that are really taken, and an account that is really so."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter

from journeys import facts as f
from journeys.borrower import Borrower, Channel
from journeys.case import case_of
from journeys.loan import Instalment, Loan, Terms
from journeys.money import Money
from journeys.requests import BY_NAME
from journeys.statement import statement
from journeys.strategy import newest
from journeys.view import View

HANDBOOK = (Path(__file__).parents[1] / "docs" / "handbook.md").read_text(encoding="utf-8")
ASKED = re.findall(r"^journeys ask LN-1 (\w+) '(\{.*?\})'$", HANDBOOK, re.MULTILINE | re.DOTALL)
TOLD = re.findall(r"^journeys tell LN-1 '(\{.*?\})'$", HANDBOOK, re.MULTILINE | re.DOTALL)
FACT: TypeAdapter[f.Told] = TypeAdapter(Annotated[f.Told, Field(discriminator="kind")])


@pytest.mark.parametrize(("name", "text"), ASKED)
def test_a_request_of_the_handbook_is_one(name: str, text: str) -> None:
    kind: TypeAdapter[Any] = TypeAdapter(BY_NAME[name])
    assert _unread(json.loads(text), kind.dump_python(kind.validate_json(text), mode="json")) == []


@pytest.mark.parametrize("text", TOLD)
def test_a_fact_of_the_handbook_is_one(text: str) -> None:
    told = json.loads(text)
    fact = FACT.validate_python({"at": datetime.now(UTC).isoformat(), **told})
    assert _unread(told, FACT.dump_python(fact, mode="json")) == []


def test_the_handbook_shows_every_request_and_names_the_offers_there_are() -> None:
    assert {name for name, _ in ASKED} == set(BY_NAME)
    assert HANDBOOK.count("\njourneys tell ") == len(TOLD) and HANDBOOK.count("\njourneys ask ") == len(ASKED)
    assert len({json.loads(text)["id"] for text in TOLD}) == len(TOLD), "each fact has a key of its own"
    plan = newest("cn-consumer")
    shown = set(re.findall(r"^\| `(d\d+-\w+)`", HANDBOOK, re.MULTILINE))
    assert shown == {offer.id for offer in (*plan.offer, *plan.relief)}


def test_the_account_of_the_handbook_is_reckoned_as_it_is_shown() -> None:
    def at(day: int, hour: int = 12) -> datetime:
        return datetime(2027, 3, day, hour, tzinfo=UTC)

    def cny(yuan: str) -> Money:
        return Money.of(yuan, "CNY")

    dues = (Instalment(date(2027, 3, 2), cny("4200")), Instalment(date(2027, 4, 2), cny("4200")))
    loan = Loan("LN-1", dues, Terms(late_rate=1825, late_fee=5000, grace_days=3))
    told = (
        f.PaymentReceived(id="p-1", at=at(6), amount=cny("2000")),
        f.FeeCharged(id="fee-1", at=at(18), amount=cny("20"), reason="returned_debit"),
        f.SumWaived(id="w-1", at=at(20), amount=cny("20"), part="fees", reason="goodwill", by="anna, lee"),
        f.PaymentReceived(id="p-2", at=at(25), amount=cny("1000")),
        f.DisputeRaised(id="di-1", at=at(26), amount=cny("400")),
    )
    borrower = Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
    view = View.of(case_of(loan, borrower, "cn-consumer", 2, at(1), told), at(31, hour=2))
    page = {" ".join(line.split()) for line in HANDBOOK.splitlines()}
    for line in statement(view.account, "CNY", "en"):
        assert f"{line.day} {line.words} {line.sum} {line.balance}" in page
    for what in ("owed", "fees", "interest", "paid", "waived", "credit", "left"):
        assert f"{what} {Money(getattr(view.account, what), 'CNY')}" in page
    assert f"of it disputed or on hold {Money(view.left_out, 'CNY')}" in page


def _unread(given: object, read: object) -> list[str]:
    """Names in an example that nobody reads, misspelt or of another kind."""
    match given, read:
        case dict(), dict():
            return [name for name in given if name not in read] + [
                one for name in given if name in read for one in _unread(given[name], read[name])
            ]
        case list(), list():
            return [one for pair in zip(given, read, strict=True) for one in _unread(*pair)]
    return []
