"""A journey too long for one history goes on in the next run as if nothing had happened."""

from datetime import timedelta
from pathlib import Path

from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import stage
from tests.workflows.conftest import start_on

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
