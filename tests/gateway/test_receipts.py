"""One payment is one receipt, on SQLite and on PostgreSQL, while Temporal does not answer."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client

from activities.desk import Desk
from activities.ledger import Ledger, Person
from activities.migrations import upgrade
from activities.orders import Order
from activities.rows import Unmatched
from activities.tables import metadata
from gateway import receipts
from gateway.client import Journeys, Refused
from journeys import facts as f
from journeys.actions import Close, Outcome
from journeys.borrower import Borrower, Channel
from journeys.loan import Instalment, Loan
from journeys.money import Money

NOW = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)), "Anna Quill", None, "+86199", None
)


def cny(yuan: str) -> Money:
    return Money.of(yuan, "CNY")


@dataclass(frozen=True, slots=True)
class Till:
    """Where money comes in; loans of 100 each."""

    journeys: Journeys
    ledger: Ledger

    async def lends(self, *loans: str) -> None:
        for loan in loans:
            debt = Loan(loan, (Instalment(date(2026, 3, 2), cny("100")),))
            await self.ledger.register(debt, ANNA, "cn-consumer", 2, NOW)

    async def ends(self, loan: str, outcome: str = "sold") -> None:
        closed = f.JourneyClosed(id=f"{loan}.closed", at=NOW, outcome=outcome, why="")
        await self.ledger.close(loan, outcome, NOW, facts=[closed])

    async def pays(self, id: str, yuan: str, *loans: str) -> tuple[dict[str, str], bool]:
        parts, new = await receipts.receive(self.journeys, id, cny(yuan), NOW, loans)
        return {loan: str(part).removeprefix("CNY ") for loan, part in parts.items()}, new

    async def takes_back(self, id: str, payment: str, yuan: str = "", *loans: str) -> tuple[list[str], bool]:
        amount = cny(yuan) if yuan else None
        back = f.PaymentReversed(id=id, at=NOW, payment=payment, amount=amount)
        reached, new = await receipts.reverse(self.journeys, back, loans)
        return list(reached), new

    async def matches(self, id: str, loan: str, by: str = "anna", kind: str = "") -> None:
        await receipts.match(self.journeys, id, loan, by, NOW + timedelta(days=1), kind)

    async def paid(self, *loans: str) -> list[int]:
        """What counts as paid on each, in whole yuan."""
        cases = [await self.ledger.case(loan) for loan in loans]
        return [sum(one.minor for one in case.receipts()) // 100 for case in cases if case]

    async def waiting(self) -> list[str]:
        return [f"{one.kind} {one.id}: {one.why}" for one in await self.ledger.unmatched()]


@pytest.fixture
async def till(database_url: str) -> AsyncIterator[Till]:
    async with _till(database_url) as till:
        yield till


async def test_a_payment_matched_by_hand_and_delivered_again_counts_once(till: Till) -> None:
    await till.lends("LN-1")
    assert await till.pays("p-1", "100", "LN-404") == ({}, True)
    assert await till.pays("p-1", "100", "LN-404") == ({}, False)
    await till.matches("p-1", "LN-1")
    await till.lends("LN-404")
    assert await till.pays("p-1", "100", "LN-404") == ({"LN-1": "100.00"}, False)
    told = f.PaymentReceived(id="p-1", at=NOW, amount=cny("100"))
    assert not await till.journeys.tell("LN-404", told)
    assert await till.paid("LN-1", "LN-404") == [100, 0]


async def test_a_payment_that_waits_goes_to_its_loan_when_told_again_after_the_import(till: Till) -> None:
    await till.pays("p-1", "100", "LN-404")
    await till.lends("LN-404")
    assert await till.pays("p-1", "100", "LN-404") == ({"LN-404": "100.00"}, False)
    assert (await till.paid("LN-404"), await till.waiting()) == ([100], [])


async def test_a_redelivery_that_names_other_loans_is_the_same_payment(till: Till) -> None:
    await till.lends("LN-1", "LN-2", "LN-3")
    first, _ = await till.pays("p-1", "150", "LN-1", "LN-2")
    assert await till.pays("p-1", "150", "LN-3", "LN-404") == (first, False)
    assert await till.paid("LN-1", "LN-2", "LN-3") == [100, 50, 0]
    with pytest.raises(Refused, match=r"p-1 is on record with another sum, CNY 150\.00"):
        await till.pays("p-1", "100", "LN-3")
    with pytest.raises(Refused, match=r"another sum, CNY 150\.00, on LN-1, LN-2: give what you tell its own"):
        await till.journeys.tell("LN-3", f.PaymentReceived(id="p-1", at=NOW, amount=cny("30")))


async def test_a_payment_whose_id_is_on_record_for_something_else_is_refused_not_lost(till: Till) -> None:
    await till.lends("LN-1")
    await till.journeys.tell("LN-1", f.OptedOut(id="x-1", at=NOW, channel=Channel.SMS))
    with pytest.raises(Refused, match=r"'x-1' is on record for something else \(opted out"):
        await till.pays("x-1", "100", "LN-1")
    with pytest.raises(Refused, match=r"'x-1' is on record for something else \(opted out"):
        await till.journeys.tell("LN-1", f.PaymentReceived(id="x-1", at=NOW, amount=cny("100")))


async def test_two_deliveries_at_one_moment_to_two_processes_count_once(database_url: str) -> None:
    async with _till(database_url) as one, _till(database_url) as other:
        await one.lends("LN-1", "LN-2")
        pairs = [(one.pays(f"p-{n}", "5", "LN-1"), other.pays(f"p-{n}", "5", "LN-2")) for n in range(10)]
        answers = await asyncio.gather(*(call for pair in pairs for call in pair))
        assert sum(new for _, new in answers) == 10
        assert sum(await one.paid("LN-1", "LN-2")) == 50


async def test_a_crowd_of_payments_is_divided_one_after_the_other(till: Till) -> None:
    """Divided at the same moment, each would have gone to the same loan, and the other stayed unpaid."""
    await till.lends("LN-1", "LN-2")
    await asyncio.gather(*(till.pays(f"p-{n}", "10", "LN-1", "LN-2") for n in range(20)))
    assert await till.paid("LN-1", "LN-2") == [100, 100]


async def test_money_for_a_sold_and_an_open_loan_pays_the_open_one_first(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    assert (await till.pays("p-1", "80", "LN-1", "LN-2"))[0] == {"LN-2": "80.00"}
    assert await till.waiting() == []
    assert (await till.pays("p-2", "50", "LN-1", "LN-2"))[0] == {"LN-1": "30.00", "LN-2": "20.00"}
    assert await till.waiting() == ["payment p-2.LN-1: the journey of LN-1 has ended: sold"]


async def test_what_is_left_over_is_matched_to_the_loan_that_has_the_other_part(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    await till.pays("p-1", "150", "LN-1", "LN-2")
    await till.matches("p-1.LN-1", "LN-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([0, 150], [])
    assert await till.pays("p-1", "150", "LN-1", "LN-2") == ({"LN-2": "150.00"}, False)
    assert await till.takes_back("r-1", "p-1") == (["LN-2"], True)
    assert await till.takes_back("r-1", "p-1") == (["LN-2"], False)
    assert await till.paid("LN-1", "LN-2") == [0, 0]


async def test_matched_to_a_loan_that_has_ended_as_well_it_is_not_listed_anew(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    await till.ends("LN-2")
    await till.pays("p-1", "100", "LN-1")
    await till.matches("p-1.LN-1", "LN-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([0, 100], [])


async def test_a_payment_and_a_reversal_of_one_id_are_both_kept_and_both_count(till: Till) -> None:
    await till.lends("LN-1")
    await till.pays("x-1", "100", "LN-404")
    assert await till.takes_back("x-1", "x-1", "40") == ([], True)
    assert await till.waiting() == [
        "payment x-1: there is no loan LN-404",
        "reversal x-1: payment x-1 waits to be matched",
    ]
    with pytest.raises(Refused, match="both a payment and a reversal of the id 'x-1' wait"):
        await till.matches("x-1", "LN-1")
    await till.matches("x-1", "LN-1", kind="payment")
    assert (await till.paid("LN-1"), await till.waiting()) == ([60], [])
    assert await till.takes_back("x-1", "x-1", "40") == (["LN-1"], False)


async def test_two_people_matching_one_receipt_at_once_move_it_once(database_url: str) -> None:
    async with _till(database_url) as one, _till(database_url) as other:
        await one.lends("LN-1", "LN-2")
        for n in range(10):
            await one.pays(f"p-{n}", "5", "LN-404")
        pairs = [(one.matches(f"p-{n}", "LN-1"), other.matches(f"p-{n}", "LN-2", "ben")) for n in range(10)]
        said = await asyncio.gather(*(call for pair in pairs for call in pair), return_exceptions=True)
        refusals = [str(answer) for answer in said if answer is not None]
        assert len(refusals) == 10
        assert all(re.match(r"p-\d was matched to LN-\d already, by (anna|ben)", one) for one in refusals)
        assert sum(await one.paid("LN-1", "LN-2")) == 50


async def test_who_matched_it_between_a_look_and_a_match_is_named(database_url: str) -> None:
    class MatchedMeanwhile(Ledger):
        async def listed(self, id: str) -> list[Unmatched]:
            rows = await super().listed(id)
            if rows[0].matched_to is None:
                await self.match(rows[0], "LN-2", "ben", NOW)
            return rows

    async with MatchedMeanwhile.open(database_url) as ledger:
        till = Till(Journeys(await Client.connect("127.0.0.1:9", lazy=True), ledger), ledger)
        await till.lends("LN-1", "LN-2")
        await till.pays("p-1", "5", "LN-404")
        with pytest.raises(Refused, match="p-1 was matched to LN-2 already, by ben"):
            await till.matches("p-1", "LN-1")


async def test_a_match_whose_process_dies_before_anything_is_told_is_told_later(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    await till.pays("p-1", "100", "LN-1")
    for one in await till.ledger.untaken():
        await till.ledger.taken(one.loan, [one.fact.id])
    [row] = await till.ledger.unmatched()
    assert await till.ledger.match(row, "LN-2", "anna", NOW)
    told = [(one.loan, one.fact.id) for one in await till.ledger.untaken()]
    assert told == [("LN-2", "p-1.LN-1"), ("LN-1", "p-1.moved")], "with the mark, in one transaction"
    await till.matches("p-1.LN-1", "LN-2")
    with pytest.raises(Refused, match=r"p-1\.LN-1 was matched to LN-2 already, by anna"):
        await till.matches("p-1.LN-1", "LN-1")
    assert await till.paid("LN-1", "LN-2") == [0, 100]


async def test_money_for_a_journey_that_has_ended_is_listed_however_it_is_told(till: Till) -> None:
    await till.lends("LN-1")
    await till.ends("LN-1", "cured")
    await till.pays("p-1", "10", "LN-1")
    await till.journeys.tell("LN-1", f.PaymentReceived(id="p-2", at=NOW, amount=cny("20")))
    late = f.PaymentReceived(id="p-3", at=NOW, amount=cny("30"))
    await till.ledger.record("LN-1", [late], taken=True)  # as a journey does that hears it while it ends
    why = "the journey of LN-1 has ended: cured"
    assert await till.waiting() == [f"payment p-{n}.LN-1: {why}" for n in (1, 2, 3)]


async def test_payments_over_the_same_loans_in_another_order_do_not_wait_for_each_other(
    database_url: str,
) -> None:
    async with _till(database_url) as one, _till(database_url) as other:
        await one.lends("LN-1", "LN-2")
        await other.takes_back("r-0", "p-0", "", "LN-2", "LN-1")
        there = (one.pays(f"p-{n}", "2", "LN-1", "LN-2") for n in range(10))
        back = (other.takes_back(f"r-{n}", f"p-{n}", "", "LN-2", "LN-1") for n in range(1, 10))
        again = (other.pays(f"p-{n}", "2", "LN-2", "LN-1") for n in range(10))
        said = await asyncio.gather(*there, *again, *back, return_exceptions=True)
        assert [
            answer for answer in said if isinstance(answer, Exception) and not isinstance(answer, Refused)
        ] == []


@pytest.mark.parametrize(
    ("to", "paid"), [("LN-2", [100, 100, 0]), ("LN-1", [100, 0, 0]), ("LN-3", [100, 0, 100])]
)
async def test_a_payment_signalled_of_two_loans_is_listed_until_a_person_says_where_it_counts(
    till: Till, to: str, paid: list[int]
) -> None:
    """Past the ledger nobody looks it up: each journey puts on record what it was told."""
    await till.lends("LN-1", "LN-2", "LN-3")
    told = f.PaymentReceived(id="p-1", at=NOW, amount=cny("100"))
    for loan in ("LN-1", "LN-1", "LN-2", "LN-2"):
        await till.ledger.record(loan, [told], taken=True)
    assert await till.waiting() == ["payment p-1.LN-2: payment p-1 is on record for LN-1 as well"]
    assert await till.pays("p-1", "100", "LN-2") == ({"LN-1": "100.00", "LN-2": "100.00"}, False)
    await till.matches("p-1.LN-2", to)
    assert (await till.paid("LN-1", "LN-2", "LN-3"), await till.waiting()) == (paid, [])


async def test_a_payment_signalled_of_two_loans_at_once_is_listed(database_url: str) -> None:
    async with _till(database_url) as one, _till(database_url) as other:
        await one.lends("LN-1", "LN-2")
        told = [f.PaymentReceived(id=f"p-{n}", at=NOW, amount=cny("1")) for n in range(10)]
        here = (one.ledger.record("LN-1", [fact], taken=True) for fact in told)
        there = (other.ledger.record("LN-2", [fact], taken=True) for fact in told)
        await asyncio.gather(*here, *there)
        assert len(await one.waiting()) == 10


async def test_a_payment_that_its_journey_was_signalled_is_matched_there_or_nowhere(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.pays("p-1", "100", "LN-404")
    await till.ledger.record("LN-1", [f.PaymentReceived(id="p-1", at=NOW, amount=cny("100"))], taken=True)
    with pytest.raises(Refused, match="payment p-1 went to LN-1: it counts there"):
        await till.matches("p-1", "LN-2")
    await till.matches("p-1", "LN-1")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([100, 0], [])


async def test_money_that_comes_while_a_journey_is_being_closed_is_listed(database_url: str) -> None:
    class PaidMeanwhile(Ledger):
        async def close(self, loan: str, outcome: str, at: datetime, *, facts: Iterable[f.Learned]) -> None:
            paid = f.PaymentReceived(id="p-1", at=NOW, amount=cny("10"))
            await self.record(loan, [paid], taken=False)
            await super().close(loan, outcome, at, facts=facts)

    async with PaidMeanwhile.open(database_url) as ledger:
        await ledger.register(
            Loan("LN-1", (Instalment(date(2026, 3, 2), cny("100")),)), ANNA, "cn-consumer", 2, NOW
        )
        end = Close(rule="settled", why="paid", not_before=NOW, outcome=Outcome.CURED)
        await Desk(ledger).keep(Order("LN-1", "B-1", "cn-consumer", 2, end, NOW, ()))
        assert [one.id for one in await ledger.unmatched()] == ["p-1.LN-1"]


@pytest.mark.parametrize("yuan", ["", "30"])
@pytest.mark.parametrize("order", ["back pay match", "pay back match", "pay match back"])
async def test_a_reversal_reaches_the_loan_its_payment_is_matched_to_in_whatever_order(
    till: Till, order: str, yuan: str
) -> None:
    await till.lends("LN-1")
    for step in order.split():
        match step:
            case "pay":
                await till.pays("p-1", "100", "LN-404")
            case "back":
                await till.takes_back("r-1", "p-1", yuan)
            case "match":
                await till.matches("p-1", "LN-1")
    assert (await till.paid("LN-1"), await till.waiting()) == ([70 if yuan else 0], [])
    assert await till.takes_back("r-1", "p-1", yuan) == (["LN-1"], False)


async def test_a_reversal_that_was_matched_first_follows_its_payment_elsewhere(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.takes_back("r-1", "p-1")
    await till.matches("r-1", "LN-1")
    await till.pays("p-1", "100", "LN-2")
    assert await till.paid("LN-1", "LN-2") == [0, 0]


async def test_a_reversal_told_of_a_loan_follows_its_payment_elsewhere(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    assert await till.takes_back("r-1", "p-1", "", "LN-1") == (["LN-1"], True)
    assert await till.waiting() == []
    await till.pays("p-1", "100", "LN-2")
    assert await till.paid("LN-1", "LN-2") == [0, 0]


async def test_a_part_taken_back_before_its_payment_went_to_several_waits_for_a_person(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.takes_back("r-1", "p-1", "30")
    await till.pays("p-1", "150", "LN-1", "LN-2")
    assert await till.waiting() == ["reversal r-1: payment p-1 went to LN-1, LN-2"]
    await till.matches("r-1", "LN-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([100, 20], [])


async def test_a_receipt_that_was_taken_back_is_not_listed_any_more_and_moves_nothing(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    await till.pays("p-1", "100", "LN-1")
    await till.takes_back("r-1", "p-1", "40")
    await till.matches("p-1.LN-1", "LN-2")
    assert await till.paid("LN-1", "LN-2") == [0, 60]
    await till.pays("p-2", "100", "LN-1")
    await till.takes_back("r-2", "p-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([0, 60], [])


async def test_a_reversal_that_makes_no_sense_is_refused_and_never_told(till: Till) -> None:
    await till.lends("LN-1", "LN-2", "LN-3")
    await till.pays("p-1", "50", "LN-1")
    await till.pays("p-2", "100", "LN-2", "LN-3")
    await till.pays("p-3", "20", "LN-404")
    await till.takes_back("r-1", "p-1", "30")
    for words, sentence in (
        (("r-2", "p-1", "30"), r"CNY 30\.00 is more than the CNY 20\.00 that is left of payment p-1"),
        (("r-2", "p-1", "0"), r"reversal r-2: CNY 0\.00 is not more than nothing"),
        (("r-2", "p-1", "5", "LN-2"), "payment p-1 did not go to LN-2 but to LN-1"),
        (("r-2", "p-1", "5", "LN-9"), "there is no loan 'LN-9'"),
        (("r-2", "p-3", "21"), r"CNY 21\.00 is more than the CNY 20\.00 that is left of payment p-3"),
        (("r-1", "p-1", "10"), r"'r-1' is on record for something else \(CNY 30\.00 of payment p-1\)"),
        (("r-1", "p-2"), r"'r-1' is on record for something else"),
    ):
        with pytest.raises(Refused, match=sentence):
            await till.takes_back(*words)
    dollars = f.PaymentReversed(id="r-2", at=NOW, payment="p-1", amount=Money.of("5", "USD"))
    with pytest.raises(Refused, match=r"payment p-1 was in CNY; USD 5\.00 is refused"):
        await receipts.reverse(till.journeys, dollars)
    await till.takes_back("r-3", "p-1")
    with pytest.raises(Refused, match="p-1 was taken back already: nothing of it is left"):
        await till.takes_back("r-4", "p-1")
    assert await till.paid("LN-1", "LN-2", "LN-3") == [0, 100, 0]


async def test_a_reversal_told_of_the_loan_a_receipt_has_left_is_refused_not_lost(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.ends("LN-1")
    await till.pays("p-1", "100", "LN-1")
    await till.matches("p-1.LN-1", "LN-2")
    back = f.PaymentReversed(id="r-1", at=NOW, payment="p-1")
    with pytest.raises(Refused, match="payment p-1 did not go to LN-1 but to LN-2"):
        await till.journeys.tell("LN-1", back)
    assert await till.journeys.tell("LN-2", back)
    assert not await till.journeys.tell("LN-2", back)
    assert await till.paid("LN-1", "LN-2") == [0, 0]
    early = f.PaymentReversed(id="r-2", at=NOW, payment="p-2")
    assert await till.journeys.tell("LN-1", early)
    await till.pays("p-2", "50", "LN-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([0, 0], [])


async def test_a_reversal_told_of_each_loan_its_payment_went_to_reaches_each(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.pays("p-1", "150", "LN-1", "LN-2")
    back = f.PaymentReversed(id="r-1", at=NOW, payment="p-1")
    for loan in ("LN-1", "LN-2"):
        assert await till.journeys.tell(loan, back)
        assert not await till.journeys.tell(loan, back)
    assert await till.paid("LN-1", "LN-2") == [0, 0]


async def test_a_reversal_told_of_a_loan_waits_with_its_payment(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.pays("p-1", "50", "LN-404")
    assert await till.takes_back("r-1", "p-1", "", "LN-1") == ([], True)
    assert await till.takes_back("r-1", "p-1", "", "LN-1") == ([], False)
    await till.matches("p-1", "LN-2")
    assert (await till.paid("LN-1", "LN-2"), await till.waiting()) == ([0, 0], [])


async def test_a_match_that_cannot_be_is_refused_in_a_sentence(till: Till) -> None:
    await till.lends("LN-1", "LN-2")
    await till.pays("p-1", "50", "LN-1")
    await till.takes_back("r-1", "p-2")
    await till.pays("p-3", "50", "LN-404")
    usd = Money.of("5", "USD")
    await receipts.receive(till.journeys, "p-4", usd, NOW, ["LN-404"])
    for id, loan, sentence in (
        ("p-1", "LN-2", "no receipt 'p-1' waits to be matched"),
        ("p-3", "LN-9", "there is no loan 'LN-9'"),
        ("p-4", "LN-1", r"loan LN-1 is in CNY; payment p-4 of USD 5\.00 is not"),
    ):
        with pytest.raises(Refused, match=sentence):
            await till.matches(id, loan)
    with pytest.raises(Refused, match="loan LN-1 is in CNY; a payment of USD"):
        await receipts.receive(till.journeys, "p-5", usd, NOW, ["LN-1"])
    with pytest.raises(Refused, match=r"payment p-6: CNY 0\.00 is not more than nothing"):
        await till.pays("p-6", "0", "LN-404")


WRITTEN_AT_0004 = (
    """INSERT INTO borrowers (id, name, phone, language, zones, channels, jurisdictions)
    VALUES ('B-1', 'Anna Quill', '+86199', 'zh', '["Asia/Shanghai"]', '["sms"]', '["cn"]')""",
    """INSERT INTO loans (id, borrower, instalments, strategy, version, opened_at, outcome, closed_at) VALUES
    ('LN-1', 'B-1', '[{"due": "2026-03-02", "amount": {"minor": 10000, "currency": "CNY"}}]',
     'cn-consumer', 2, '2026-03-12 01:30:00Z', 'sold', '2026-03-12 01:30:00Z'),
    ('LN-2', 'B-1', '[{"due": "2026-03-02", "amount": {"minor": 10000, "currency": "CNY"}}]',
     'cn-consumer', 2, '2026-03-12 01:30:00Z', NULL, NULL)""",
    """INSERT INTO facts (loan, id, kind, at, body) VALUES
    ('LN-1', 'p-2', 'payment_received', '2026-03-12 01:30:00Z', '{"kind": "payment_received", "id": "p-2",
      "at": "2026-03-12T01:30:00Z", "amount": {"minor": 4000, "currency": "CNY"}}'),
    ('LN-1', 'end', 'journey_closed', '2026-03-12 01:30:00Z', '{"kind": "journey_closed", "id": "end",
      "at": "2026-03-12T01:30:00Z", "outcome": "sold", "why": ""}')""",
    """INSERT INTO unmatched
    (id, payment, kind, reference, loan, minor, currency, at, why, matched_to, matched_by) VALUES
    ('p-1', 'p-1', 'payment', 'LN-404', NULL, 3000, 'CNY', '2026-03-12 01:30:00Z', 'no loan', NULL, NULL),
    ('p-2.LN-1', 'p-2', 'payment', 'LN-1', 'LN-1', 4000, 'CNY', '2026-03-12 01:30:00Z', 'ended', NULL, NULL),
    ('r-9', 'p-9', 'reversal', '', NULL, NULL, NULL, '2026-03-12 01:30:00Z', 'unknown', NULL, NULL),
    ('p-0', 'p-0', 'payment', '', NULL, 10, 'CNY', '2026-03-12 01:30:00Z', 'no loan', 'LN-2', 'ben')""",
)
"""What the first 0004 and its code left in a ledger."""
LISTED_NOW = """INSERT INTO unmatched (kind, id, payment, reference, at, fact, why) VALUES
    ('payment', 'p-1', 'p-1', '', '2026-03-12 01:30:00Z', '{"kind": "payment_received", "id": "p-1",
      "at": "2026-03-12T01:30:00Z", "amount": {"minor": 3000, "currency": "CNY"}}', 'no loan')"""


async def test_a_ledger_of_the_first_0004_lists_its_receipts_matches_them_and_takes_money_in(
    database_url: str,
) -> None:
    await _left_at(database_url, "0004", *WRITTEN_AT_0004)
    async with _till(database_url) as till:
        assert await till.waiting() == [
            "payment p-1: no loan",
            "payment p-2.LN-1: ended",
            "reversal r-9: unknown",
        ]
        assert [one.fact for one in await till.ledger.listed("p-1")] == [
            f.PaymentReceived(id="p-1", at=NOW, amount=cny("30"))
        ]
        await till.matches("p-1", "LN-2")
        await till.matches("p-2.LN-1", "LN-2")
        assert await till.pays("p-3", "20", "LN-2") == ({"LN-2": "20.00"}, True)
        assert await till.pays("p-9", "5", "LN-2") == ({"LN-2": "5.00"}, True)
        assert await till.pays("r-9", "1", "LN-405") == ({}, True)
        assert await till.paid("LN-1", "LN-2") == [0, 90]
        assert await till.waiting() == ["payment r-9: there is no loan LN-405"]
        async with till.ledger.engine.connect() as db:
            assert await db.run_sync(_other_than_the_tables) == []


async def test_a_ledger_whose_0004_made_the_list_as_it_is_now_is_left_alone(database_url: str) -> None:
    await _left_at(database_url, "0005", "UPDATE alembic_version SET version_num = '0004'", LISTED_NOW)
    async with _till(database_url) as till:
        assert await till.waiting() == ["payment p-1: no loan"]


async def _left_at(database_url: str, version: str, *written: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as db:
        await db.run_sync(upgrade, version)
        for one in written:
            await db.exec_driver_sql(one)
    await engine.dispose()


def _other_than_the_tables(db: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(db), metadata))


@asynccontextmanager
async def _till(database_url: str) -> AsyncIterator[Till]:
    """A till whose client reaches no Temporal."""
    client = await Client.connect("127.0.0.1:9", lazy=True)
    async with Ledger.open(database_url) as ledger:
        yield Till(Journeys(client, ledger), ledger)
