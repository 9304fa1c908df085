"""The system was down for a day, a week, a month: what was due meanwhile is neither skipped nor made at once.

The clock of a journey cannot run while nobody works for it, so the time before the standstill is walked by
`simulate` into the ledger, and the journey begins when the system is up again.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from activities.orders import Order
from journeys import facts as f
from journeys.actions import Contact
from journeys.calendar import local_day
from journeys.case import Case, case_of
from journeys.loan import Instalment, Loan
from journeys.simulate import simulate
from journeys.strategy import newest
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import Stage
from tests.workflows.conftest import a_loan

SILENT = next(one for one in PERSONAS if one.name == "silent")
STRATEGY = "us-personal-loan"
DOWN = (1, 7, 30)
"""Days for which everything stood still."""
REACHED = (2, 64)
"""Days past due on which it did: before the first notice that the law requires, and before the last."""
TIMED = frozenset({"email", "sms", "call", "agent", "visit"})


async def test_after_a_standstill_notices_keep_their_time_and_nothing_goes_out_in_a_burst(
    on: Stage, subtests: pytest.Subtests
) -> None:
    standstills = list(product(REACHED, DOWN))
    cases = [await _walked_then_down(on, reached, timedelta(days=down)) for reached, down in standstills]
    await asyncio.gather(*(_goes_on(on, case) for case in cases))
    for case, (reached, down) in zip(cases, standstills, strict=True):
        with subtests.test(down=down, reached=reached):
            await _keeps_its_time(on, case, reached, down)


async def _goes_on(on: Stage, case: Case) -> None:
    life = Played(case.loan.id, Life(SILENT, case))
    await life.look(on.journeys)
    life.coming.clear()  # what they answered before the standstill is in the ledger
    await play(on.env, on.journeys, life, datetime.now(UTC) + timedelta(days=150))


async def _keeps_its_time(on: Stage, case: Case, reached: int, down: int) -> None:
    facts = await on.journeys.ledger.facts(case.loan.id)
    home = case.borrower.zones[0]
    contacts = [x for x in facts if isinstance(x, f.ContactMade | f.ContactAsked)]
    days = [(local_day(x.at, home), x) for x in contacts]
    required = {touch.id: touch.period for touch in newest(STRATEGY).touch if touch.required}
    sent = {x.touch: day for day, x in days if x.touch in required}
    assert sent.keys() == required.keys(), "a notice the law requires was skipped"

    ends = [local_day(x.at, home) for x in facts if isinstance(x, f.TaskOpened) and x.job == "sign_hand_off"]
    notices = list(required)
    following = [*(sent[touch] for touch in notices[1:]), ends[0]]
    for touch, then in zip(notices, following, strict=True):
        assert (then - sent[touch]).days >= required[touch], f"{touch} had not had its time on {then}"

    dates = [day for day, _ in days]
    assert len(set(dates)) == len(dates), "two contacts on one day"
    timed = [day for day, x in days if x.channel in TIMED]
    for day in timed:
        assert len([one for one in timed if day <= one < day + timedelta(days=7)]) <= 3, f"a burst from {day}"
    late = [touch for touch in newest(STRATEGY).touch if reached < touch.day <= reached + down - 7]
    merged = {touch for x in contacts for touch in x.skipped}
    assert {touch.id for touch in late if not touch.required} - merged <= {x.touch for x in contacts}


async def _count(on: Stage, case: Case, made: f.ContactMade | f.ContactAsked) -> None:
    """Put a contact of before the standstill on the borrower's budget, as the guard had done."""
    action = Contact(
        rule="touch_due",
        why="before the standstill",
        not_before=made.at,
        contact=made.contact,
        touch=made.touch,
        due=made.due,
        channel=made.channel,
        say=made.say,
    )
    order = Order(case.loan.id, case.borrower.id, case.strategy, case.version, action, made.at, ())
    await on.journeys.ledger.claim(order, made.at, "us.1", lambda spent, told: None)
    await on.journeys.ledger.settle(order, made.kind.removeprefix("contact_"), made)


async def _walked_then_down(on: Stage, reached: int, down: timedelta) -> Case:
    """A journey that had come so many days past due when everything stood still, and is taken up now."""
    loan, person, now = a_loan(STRATEGY, 9)
    due = now.date() - down - timedelta(days=reached)
    loan = Loan(loan.id, (Instalment(due, loan.instalments[0].amount),))
    stood_still, opened = now - down, now - down - timedelta(days=reached + 9)
    plan = newest(STRATEGY)
    case = case_of(loan, person.borrower, STRATEGY, plan.version, opened)
    walked, facts = simulate(case, start=opened, until=stood_still, react=Life(SILENT, case).react)
    await on.journeys.ledger.register(loan, person, STRATEGY, plan.version, opened)
    for fact in facts:
        if isinstance(fact, f.ContactMade | f.ContactAsked):
            await _count(on, case, fact)
        await on.journeys.ledger.record(loan.id, [fact], taken=True)
    await on.journeys.start(loan, person, STRATEGY, now)
    return walked
