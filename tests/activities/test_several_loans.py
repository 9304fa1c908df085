"""One message per person, at the highest stage; what their other loans have due rides along."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from activities.ledger import Ledger
from activities.orders import Order
from journeys import facts as f
from journeys.actions import Contact
from journeys.borrower import Channel
from journeys.diary import diary
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.rules import next_action
from journeys.view import View
from tests.activities.conftest import TEN_IN_SHANGHAI, WINIFRED, Counter

OLD, YOUNG = "L-old", "L-young"
DUES = {OLD: date(2026, 2, 20), YOUNG: date(2026, 2, 26)}
BY_EMAIL = replace(WINIFRED, borrower=replace(WINIFRED.borrower, channels=(Channel.EMAIL,)))


@pytest.fixture
async def both(counter: Counter) -> AsyncIterator[Counter]:
    """Two loans of one borrower who is reached by e-mail, both with a touch due today."""
    who = replace(BY_EMAIL, borrower=replace(BY_EMAIL.borrower, id="B-two"))
    for loan, due in DUES.items():
        sum_ = Money.of("300" if loan == YOUNG else "8400", "CNY")
        instalments = (Instalment(due, sum_),)
        await counter.ledger.register(Loan(loan, instalments), who, "cn-consumer", 2, TEN_IN_SHANGHAI)
    yield counter


async def ordered(counter: Counter, loan: str, at: datetime = TEN_IN_SHANGHAI) -> Order:
    """What the loan's own journey would order now."""
    case = await counter.ledger.case(loan)
    assert case is not None
    action = next_action(View.of(case, at))
    assert isinstance(action, Contact), action
    at = max(at, action.not_before)
    return Order(loan, case.borrower.id, case.strategy, case.version, action, at, case.heard())


async def guarded(counter: Counter, loan: str, at: datetime = TEN_IN_SHANGHAI) -> Any:
    [fact] = await counter.contact(await ordered(counter, loan, at))
    return fact


def to_them(counter: Counter) -> list[str]:
    return [one.body for one in counter.providers.deliveries]


async def test_one_message_for_two_loans_names_both_and_each_diary_shows_it(both: Counter) -> None:
    decided_before = await ordered(both, YOUNG)
    made = await guarded(both, OLD)
    assert isinstance(made, f.ContactMade)
    [body] = to_them(both)
    assert "Also overdue with us: L-young, CNY 300.00 since 26 February 2026" in body

    [rode] = await both.contact(decided_before)
    assert isinstance(rode, f.ContactRode) and rode.along == made.contact
    assert len(to_them(both)) == 1
    assert f"went with {made.contact}" in diary(await both.ledger.facts(YOUNG), "Asia/Shanghai")
    spent, _ = await both.ledger.known_of("B-two")
    assert [one.id for one in spent] == [made.contact], "one message is one contact"


async def test_the_lower_stage_gives_way_to_the_higher(both: Counter) -> None:
    decided_before = await ordered(both, YOUNG)
    [withheld] = await both.contact(decided_before)
    assert isinstance(withheld, f.ContactWithheld) and withheld.rule == "HOUSE.ONE_MESSAGE"
    assert withheld.until is not None and withheld.until < TEN_IN_SHANGHAI + timedelta(hours=2)
    made = await guarded(both, OLD)
    assert isinstance(made, f.ContactMade)
    [rode] = await both.contact(decided_before)
    assert isinstance(rode, f.ContactRode)
    assert len(to_them(both)) == 1


async def test_a_higher_stage_that_is_paid_leaves_the_lower_its_own_message(both: Counter) -> None:
    await both.ledger.record(OLD, [_paid(OLD)], taken=False)
    assert isinstance(await guarded(both, YOUNG), f.ContactMade)
    assert "Also overdue" not in to_them(both)[0]


@pytest.mark.parametrize(
    "fact",
    [
        f.DisputeRaised(id="no", at=TEN_IN_SHANGHAI, reason="amount"),
        f.HoldPlaced(
            id="no",
            at=TEN_IN_SHANGHAI,
            reason="review",
            until=TEN_IN_SHANGHAI + timedelta(days=9),
            by="ops-1",
        ),
        f.PromiseMade(id="no", at=TEN_IN_SHANGHAI, amount=Money.of("300", "CNY"), by=date(2026, 3, 9)),
    ],
    ids=["disputed", "held", "promised"],
)
async def test_what_is_disputed_held_or_promised_stays_out(both: Counter, fact: f.Told) -> None:
    await both.ledger.record(YOUNG, [fact], taken=False)
    assert isinstance(await guarded(both, OLD), f.ContactMade)
    assert "L-young" not in to_them(both)[0]


async def test_a_disputed_part_is_left_out_of_the_sum(both: Counter) -> None:
    part = f.DisputeRaised(id="part", at=TEN_IN_SHANGHAI, amount=Money.of("100", "CNY"))
    task = f"{YOUNG}.dispute.part"
    asked = f.TaskOpened(
        id="asked",
        at=TEN_IN_SHANGHAI,
        task=task,
        job="answer_dispute",
        owner="disputes",
        deadline=TEN_IN_SHANGHAI + timedelta(days=9),
    )
    await both.ledger.record(YOUNG, [part, asked], taken=False)
    assert isinstance(await guarded(both, OLD), f.ContactMade)
    assert "L-young, CNY 200.00 since" in to_them(both)[0]


async def test_a_payment_a_moment_before_the_message_leaves_takes_the_loan_out_of_it(
    both: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = Ledger.sending

    async def paid_meanwhile(self: Ledger, contact: str) -> None:
        await self.record(YOUNG, [_paid(YOUNG)], taken=False)
        await sending(self, contact)

    monkeypatch.setattr(Ledger, "sending", paid_meanwhile)
    assert isinstance(await guarded(both, OLD), f.ContactMade)
    assert "L-young" not in to_them(both)[0]
    assert not [one for one in await both.ledger.facts(YOUNG) if isinstance(one, f.ContactRode)]


def _paid(loan: str) -> f.PaymentReceived:
    return f.PaymentReceived(id=f"{loan}.p", at=TEN_IN_SHANGHAI, amount=Money.of("8400", "CNY"))
