"""A loan that starts, or begins again, is held where its borrower or their place is held by then."""

from datetime import UTC, datetime, timedelta

from gateway import freezes
from journeys import facts as f
from journeys.case import Case
from journeys.freeze import Freeze
from journeys.loan import Loan
from journeys.money import Money
from rehearsal.play import at_rest
from rehearsal.stage import Stage
from tests.workflows.conftest import a_loan, start_on

DAY = timedelta(days=1)


async def test_a_hold_for_a_borrower_holds_the_loan_that_starts_after_it(on: Stage) -> None:
    one = await start_on(on, "cn-consumer", -3)
    await on.journeys.tell(one.loan.id, _hold(f"{one.loan.id}.flood"))
    later = await _another_loan_of(on, one)
    assert "on hold (flood)" in await on.journeys.standing(later.id)

    lift = f.HoldLifted(id="lift", at=datetime.now(UTC), hold=f"{one.loan.id}.flood", by="ops-1")
    await on.journeys.tell(one.loan.id, lift)
    await at_rest(on.journeys, later.id)
    assert "on hold (flood)" not in await on.journeys.standing(later.id)


async def test_a_death_told_about_one_loan_is_known_to_the_loan_that_starts_after_it(on: Stage) -> None:
    one = await start_on(on, "cn-consumer", -3)
    died = f.CircumstanceNoted(id="death", at=datetime.now(UTC), circumstance="deceased")
    await on.journeys.tell(one.loan.id, died)
    later = await _another_loan_of(on, one)
    assert "deceased" in await on.journeys.standing(later.id)


async def test_a_hold_for_a_borrower_holds_the_loan_that_begins_again(on: Stage) -> None:
    cured = await start_on(on, "cn-consumer", -3)
    other = await _another_loan_of(on, cured)
    await at_rest(on.journeys, cured.loan.id)
    await on.journeys.tell(cured.loan.id, _paid(cured))
    await _closed(on, cured)
    await on.journeys.tell(other.id, _hold(f"{other.id}.flood"))
    await on.journeys.tell(cured.loan.id, _taken_back(cured))
    await at_rest(on.journeys, cured.loan.id)
    assert "on hold (flood)" in await on.journeys.standing(cured.loan.id)


async def test_a_freeze_holds_a_loan_of_the_place_that_begins_again(on: Stage) -> None:
    cured = await start_on(on, "us-personal-loan", -3, "us-dc")
    await at_rest(on.journeys, cured.loan.id)
    await on.journeys.tell(cured.loan.id, _paid(cured))
    await _closed(on, cured)
    now = datetime.now(UTC)
    order = Freeze("freeze-dc", "us-dc", now, now + 10 * DAY, 0, "flood", "ops-1")
    await anext(freezes.freeze(on.journeys, order, now))
    await on.journeys.tell(cured.loan.id, _taken_back(cured))
    await at_rest(on.journeys, cured.loan.id)
    assert "on hold (flood)" in await on.journeys.standing(cured.loan.id)


async def test_a_start_dated_before_the_end_of_its_journey_begins_it_again_after_that(on: Stage) -> None:
    one = await start_on(on, "cn-consumer", -3)
    await at_rest(on.journeys, one.loan.id)
    await on.journeys.tell(one.loan.id, _paid(one))
    await _closed(on, one)
    await on.journeys.ledger.record(one.loan.id, [_taken_back(one)], taken=True)  # nobody was told
    person = await on.journeys.ledger.person(one.borrower.id)
    assert person is not None
    await on.journeys.start(one.loan, person, "cn-consumer", one.opened_at - DAY)
    await at_rest(on.journeys, one.loan.id)
    case = await on.journeys.ledger.case(one.loan.id)
    assert case is not None and case.is_open
    assert "Owed now" in await on.journeys.standing(one.loan.id)


def _hold(id: str) -> f.HoldPlaced:
    now = datetime.now(UTC)
    return f.HoldPlaced(id=id, at=now, reason="flood", until=now + 9 * DAY, by="ops-1", borrower=True)


def _paid(case: Case) -> f.PaymentReceived:
    amount = Money(case.loan.owed, case.loan.currency)
    return f.PaymentReceived(id=f"{case.loan.id}.all", at=datetime.now(UTC), amount=amount)


def _taken_back(case: Case) -> f.PaymentReversed:
    return f.PaymentReversed(id=f"{case.loan.id}.back", at=datetime.now(UTC), payment=f"{case.loan.id}.all")


async def _another_loan_of(on: Stage, case: Case) -> Loan:
    """A second loan of the same borrower, started now."""
    person = await on.journeys.ledger.person(case.borrower.id)
    assert person is not None
    loan, _, now = a_loan("cn-consumer", -3)
    await on.journeys.start(loan, person, "cn-consumer", now)
    await at_rest(on.journeys, loan.id)
    return loan


async def _closed(on: Stage, case: Case) -> None:
    await at_rest(on.journeys, case.loan.id)
    known = await on.journeys.ledger.case(case.loan.id)
    assert known is not None and not known.is_open
