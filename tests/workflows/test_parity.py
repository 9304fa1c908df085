"""The same life through `simulate` and through Temporal leaves the same diary."""

import asyncio
from datetime import timedelta

from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import Stage
from tests.workflows.conftest import HOME, start_on

FOUR_MONTHS = timedelta(days=130)


async def test_every_persona_lives_the_same_life_in_simulate_and_on_the_server(on: Stage) -> None:
    async def both(strategy: str, name: str) -> tuple[str, str]:
        persona = next(one for one in PERSONAS if one.name == name)
        case = await start_on(on, strategy, days=9)
        until = case.opened_at + FOUR_MONTHS
        await play(on.env, on.journeys, Played(case.loan.id, Life(persona, case)), until)
        real = await on.journeys.ledger.facts(case.loan.id)
        _, dreamt = simulate(case, start=case.opened_at, until=until, react=Life(persona, case).react)
        zone = case.borrower.zones[0]
        return diary(real, zone), diary(dreamt, zone)

    pairs = [(strategy, persona.name) for strategy in HOME for persona in PERSONAS]
    for pair, (real, dreamt) in zip(
        pairs, await asyncio.gather(*(both(*pair) for pair in pairs)), strict=True
    ):
        assert real == dreamt, f"{pair}"
        assert "closed:" in real, f"{pair} never ended:\n{real}"
