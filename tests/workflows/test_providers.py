"""The providers call the gateway back, and the journeys hear of it."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

import pytest

from activities.rows import ContactRow
from journeys.case import Case
from journeys.diary import diary
from journeys.loan import Loan
from rehearsal import faults
from rehearsal.play import A_MOMENT, at_rest, move
from rehearsal.stage import Stage
from tests.workflows.conftest import Started

STOPS = 60


@pytest.fixture
def calling_back(on: Stage) -> Iterator[Stage]:
    """A stage whose providers say what became of each message."""
    on.providers.callbacks = on.callbacks
    yield on
    on.providers.callbacks = None


async def test_what_was_delivered_reads_so_and_no_journey_is_woken_for_it(
    calling_back: Stage, started: Started
) -> None:
    on, case = calling_back, await started(days=9)
    await _wakes(on, case)
    await _row(on, case, "d-7-email", state="made", delivery="delivered")
    assert await _diary(on, case) == ["email due-soon"]


async def test_an_uncertain_contact_is_settled_by_its_callback(calling_back: Stage, started: Started) -> None:
    on, case = calling_back, await started(days=9)
    on.providers.arrange(faults.dropped_after_accepting(), when=lambda one: case.loan.id in one.contact_id)
    await _wakes(on, case)
    row = await _row(on, case, "d-7-email", state="made", delivery="delivered")
    assert row.provider == "sendgrid" and row.provider_id
    assert sorted(await _diary(on, case)) == [
        "email due-soon uncertain: it may have arrived, so it is not repeated",
        f"reported delivered {row.id}",
    ]
    assert [one["state"] for one in await _attempts(on, case)] == ["made"]
    assert len([one for one in on.providers.deliveries if one.contact_id == row.id]) == 1


async def test_an_address_that_bounces_and_a_number_that_takes_no_texts_lead_to_the_next_channel(
    calling_back: Stage, started: Started
) -> None:
    on, case = calling_back, await started(days=9)
    undelivered = {"MessageStatus": "undelivered", "ErrorCode": "30006"}
    for channel, says in (
        ("email", ({"event": "bounce", "type": "bounce"}, {"event": "processed"})),
        ("sms", (undelivered, {"MessageStatus": "sent"}, undelivered)),
    ):
        on.providers.arrange(
            faults.reports(*says), channel=channel, when=lambda one: case.loan.id in one.contact_id
        )
    for touch, state in (("d-7-email", "undelivered"), ("d-3-sms", "undelivered"), ("d-1-call", "made")):
        await _wakes(on, case)
        await _row(on, case, touch, state=state)
    assert [line for line in await _diary(on, case) if "reported" not in line] == [
        *("email due-soon", "email fails bounced"),
        *("sms due-soon", "sms fails number_refused", "call due-tomorrow"),
    ]
    assert await _planned(on, case.loan.id) >= {"call", "agent"}
    assert not await _planned(on, case.loan.id) & {"email", "sms"}


async def test_a_stop_by_text_silences_both_loans_within_a_second(
    on: Stage, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    case = await started(days=9)
    person = await on.journeys.ledger.person(case.borrower.id)
    assert person is not None and person.phone is not None
    other = Loan(f"{case.loan.id}-too", case.loan.instalments)
    await on.journeys.start(other, person, "cn-consumer", datetime.now(UTC))
    loans = [case.loan.id, other.id]
    for loan in loans:
        await at_rest(on.journeys, loan)
        assert "sms" in await _planned(on, loan)

    took = []
    for _ in range(STOPS):
        sid, began = f"SM{uuid4().hex}", perf_counter()
        assert await asyncio.to_thread(on.callbacks.text, person.phone, "STOP", MessageSid=sid) == 200
        unheard = [await on.journeys.ledger.recorded(loan, sid) for loan in loans]
        took.append(perf_counter() - began)
        assert unheard == [True, True], "from now on the guard's last look finds it"
    took.sort()
    with capsys.disabled():
        print(f"\nSTOP to silence: {took[STOPS // 2] * 1000:.0f} ms, the slowest of {STOPS} {took[-1]:.2f} s")
    assert took[STOPS // 2] < 1
    for loan in loans:
        async with asyncio.timeout(20):
            while not await on.journeys.heard(loan, sid):
                await asyncio.sleep(0.02)
        await at_rest(on.journeys, loan)
        assert "sms" not in await _planned(on, loan)


async def _wakes(on: Stage, case: Case) -> None:
    """Move the journey to its next wake, and let it do what it decided."""
    loan = case.loan.id
    _, wake = await at_rest(on.journeys, loan)
    while (await at_rest(on.journeys, loan))[1] == wake:
        await move(on.env, on.journeys.handle(loan), wake - A_MOMENT)


async def _row(on: Stage, case: Case, touch: str, **wanted: str) -> ContactRow:
    """The contact of a touch, once that has come of it, its provider has spoken and its journey knows."""
    async with asyncio.timeout(20):
        while True:
            rows = [one for one in await on.journeys.ledger.contacts(case.loan.id) if one.touch == touch]
            waiting = [one.loan for one in await on.journeys.ledger.untaken()]
            as_wanted = [row for row in rows if all(getattr(row, n) == v for n, v in wanted.items())]
            if as_wanted and as_wanted[0].delivery and case.loan.id not in waiting:
                await at_rest(on.journeys, case.loan.id)
                return as_wanted[0]
            await asyncio.sleep(0.02)


async def _planned(on: Stage, loan: str) -> set[str]:
    """The channels of what will be sent in the next thirty days, if nothing is heard."""
    lines = (await on.journeys.forward_look(loan)).splitlines()
    return {line.split()[5] for line in lines if "withheld" not in line and re.match(r"\w{3} \d\d ", line)}


async def _attempts(on: Stage, case: Case) -> list[dict[str, object]]:
    known = await on.journeys.handle(case.loan.id).query("known")
    return list(known["attempts"])


async def _diary(on: Stage, case: Case) -> list[str]:
    lines = diary(await on.journeys.ledger.facts(case.loan.id), case.borrower.zones[0]).splitlines()
    return [" ".join(line.split()[5:]) for line in lines]
