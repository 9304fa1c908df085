"""A loan that opens later knows what its borrower's other loans were told of the borrower, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from journeys.borrower_wide import inherited
from journeys.facts import CircumstanceNoted, HardshipReported, HoldLifted, HoldPlaced, Told

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
HOLD = HoldPlaced(
    id="flood", at=NOW, reason="flood", until=NOW + timedelta(days=9), by="ops-1", borrower=True
)
OWN = replace(HOLD, borrower=False)
LIFT = HoldLifted(id="flood.lift", at=NOW + timedelta(days=1), hold="flood", by="ops-1")
ATTORNEY = CircumstanceNoted(id="letter-1", at=NOW, circumstance="attorney_known")


def told(*others: tuple[Told, ...], mine: tuple[Told, ...] = (), at: datetime = LATER) -> list[Told]:
    return list(inherited(mine, others, at))


def test_a_hold_of_the_borrower_and_what_the_law_looks_at_reach_a_loan_that_opens_later() -> None:
    hardship = HardshipReported(id="h", at=NOW, until=LATER)
    assert told((ATTORNEY, HOLD, hardship), (HOLD,)) == [ATTORNEY, HOLD]
    assert told((ATTORNEY, HOLD), mine=(ATTORNEY, HOLD)) == []


def test_a_hold_of_one_loan_stays_with_it() -> None:
    assert told((OWN,)) == []


def test_a_hold_that_has_ended_is_not_begun_again() -> None:
    assert told((HOLD,), at=HOLD.until) == []
    assert told((HOLD, LIFT)) == []
    all_of_that_loan = replace(LIFT, hold="")
    assert told((HOLD, all_of_that_loan)) == []


def test_a_hold_lifted_on_one_loan_alone_still_holds_the_borrower() -> None:
    assert told((HOLD, replace(LIFT, hold="")), (HOLD,)) == [HOLD]


def test_a_loan_that_closed_while_it_was_held_is_told_of_the_lift() -> None:
    assert told((HOLD, LIFT), mine=(HOLD,)) == [LIFT]


def test_the_lift_of_another_loans_own_hold_ends_no_hold_of_the_borrower() -> None:
    own_of_that_loan = (OWN, LIFT)
    assert told(own_of_that_loan, (HOLD,)) == [HOLD]
    assert told(own_of_that_loan, mine=(HOLD,)) == []
