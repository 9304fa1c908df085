"""A region is held at once, counted until none is missing, and let go without a burst."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway import freezes
from gateway.client import Refused
from journeys.facts import HoldPlaced, OptedOut
from journeys.freeze import Freeze
from rehearsal.play import at_rest
from rehearsal.stage import Stage
from tests.workflows.conftest import a_loan, start_on

DAY = timedelta(days=1)
PATIENCE = 30


def order(now: datetime, place: str = "us-wa") -> Freeze:
    return Freeze(f"freeze-{place}", place, now, now + 10 * DAY, 4, "wildfire", "ops-1")


async def complete(counts: object) -> freezes.Count:
    """Ask until the numbers are equal."""
    for _ in range(PATIENCE):
        count: freezes.Count = await anext(counts)  # type: ignore[call-overload]
        if count.complete:
            return count
    raise AssertionError(f"not complete: {count}")


async def test_a_frozen_region_holds_its_journeys_and_those_that_start_later(on: Stage) -> None:
    here = [await start_on(on, "us-personal-loan", 9, "us-wa") for _ in range(3)]
    elsewhere = await start_on(on, "us-personal-loan", 9)
    now = datetime.now(UTC)
    count = await complete(freezes.freeze(on.journeys, order(now), now))
    assert count == freezes.Count(running=3, reached=3)
    late = await start_on(on, "us-personal-loan", 9, "us-wa")
    for case in (*here, late):
        await at_rest(on.journeys, case.loan.id)  # it has heard, and its page says so once it has decided
        assert "on hold (wildfire)" in await on.journeys.standing(case.loan.id)
    assert "on hold" not in await on.journeys.standing(elsewhere.loan.id)

    thawed = await complete(freezes.thaw(on.journeys, order(now), now + DAY))
    assert thawed == freezes.Count(running=4, reached=4)
    turns = set()
    for case in (*here, late):
        await at_rest(on.journeys, case.loan.id)
        facts = await on.journeys.ledger.facts(case.loan.id)
        [rest] = [f for f in facts if isinstance(f, HoldPlaced) and f.id == "freeze-us-wa.rest"]
        assert now + DAY <= rest.until < now + 5 * DAY
        turns.add(rest.until)
    assert len(turns) == 4, "they are let go at once"


async def test_a_journey_imported_again_while_its_place_is_being_frozen_hears_of_it(on: Stage) -> None:
    case, now = await start_on(on, "us-personal-loan", 9, "us-ma"), datetime.now(UTC)
    await on.journeys.ledger.freeze(order(now, "us-ma"))  # and its teller dies
    person = await on.journeys.ledger.person(case.borrower.id)
    assert person is not None
    assert not await on.journeys.start(case.loan, person, "us-personal-loan", now)
    assert await on.journeys.heard(case.loan.id, "freeze-us-ma")
    count = await complete(freezes.freeze(on.journeys, order(now, "us-ma"), now))
    assert count == freezes.Count(running=1, reached=1)


async def test_a_freeze_for_a_reason_in_free_words_is_refused_before_anybody_is_held(on: Stage) -> None:
    now = datetime.now(UTC)
    wordy = replace(order(now, "us-ny"), reason="fire near the Quills")
    with pytest.raises(Refused, match="the reason must be a code"):
        await anext(freezes.freeze(on.journeys, wordy, now))
    assert wordy.id not in {one.id for one in await on.journeys.ledger.freezes()}


async def test_a_stop_told_about_one_loan_is_known_to_the_borrowers_other_journeys(on: Stage) -> None:
    one = await start_on(on, "cn-consumer", 9)
    loan, _, began = a_loan("cn-consumer", 9)
    mine = await on.journeys.ledger.person(one.borrower.id)
    assert mine is not None
    await on.journeys.start(loan, mine, "cn-consumer", began)
    cease = OptedOut(id="letter-1", at=datetime.now(UTC), channel=None)
    assert await on.journeys.tell(one.loan.id, cease)
    assert not await on.journeys.tell(one.loan.id, cease)
    await at_rest(on.journeys, loan.id)
    assert await on.journeys.heard(loan.id, "letter-1")
