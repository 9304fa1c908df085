"""A journey too long for one history goes on in the next run as if nothing had happened."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.client import Refused
from journeys import requests as r
from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import stage
from tests.workflows.conftest import start_on
from workflows.journey import CollectionJourney

SOON = {"limit.historyCount.suggestContinueAsNew": 60}


async def test_the_case_is_carried_from_run_to_run(tmp_path: Path) -> None:
    async with stage(tmp_path, dynamic=SOON) as on:
        persona = next(one for one in PERSONAS if one.name == "bounced")
        case = await start_on(on, "cn-consumer", days=9)
        first = (await on.journeys.handle(case.loan.id).describe()).run_id
        until = case.opened_at + timedelta(days=130)
        await play(on.env, on.journeys, Played(case.loan.id, Life(persona, case)), until)
        last = await on.journeys.handle(case.loan.id).describe()
        assert last.run_id != first, "the history was never long enough: nothing was proven"
        _, dreamt = simulate(case, start=case.opened_at, until=until, react=Life(persona, case).react)
        zone = case.borrower.zones[0]
        assert diary(await on.journeys.ledger.facts(case.loan.id), zone) == diary(dreamt, zone)


async def test_what_is_asked_while_a_run_gives_way_to_the_next_is_answered_and_in_the_case(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, dynamic=SOON) as on:
        case = await start_on(on, "cn-consumer", days=9)
        loan, until = case.loan.id, datetime.now(UTC) + timedelta(days=40)
        hold = r.Hold(reason="complaint", until=until, actor="anna")
        once = await on.journeys.request(loan, hold, id="once")
        lifted = await on.journeys.request(loan, r.Lift(hold=once, actor="anna"), id="lifted")
        first = run = (await on.journeys.handle(loan).describe()).run_id
        keys = {once, lifted}
        while run == first:
            keys |= set(await asyncio.gather(*(on.journeys.request(loan, hold) for _ in range(4))))
            run = (await on.journeys.handle(loan).describe()).run_id
        known = (await on.journeys.handle(loan).query(CollectionJourney.known)).heard()
        assert keys == set(known) == {fact.id for fact in await on.journeys.ledger.facts(loan)}

        again = r.Lift(hold=once, actor="anna")
        with pytest.raises(Refused, match="there is no such hold"):
            await on.journeys.request(loan, again)
        assert await on.journeys.request(loan, again, id="lifted") == lifted, "one id is one request"
