"""The same life through `simulate` and through Temporal leaves the same diary, and costs what it must."""

import asyncio
from datetime import timedelta
from itertools import product

from bench.cost import Cost
from journeys.case import Case
from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life, Persona
from rehearsal.play import Played, play
from rehearsal.stage import Stage
from tests.workflows.conftest import HOME, start_on

FOUR_MONTHS = timedelta(days=130)


async def test_every_persona_lives_the_same_life_in_simulate_and_on_the_server_and_at_the_cost_promised(
    on: Stage,
) -> None:
    lives = []
    for strategy, persona in product(HOME, PERSONAS):  # one by one: a start switches skipping off for all
        lives.append((persona, await start_on(on, strategy, days=9)))

    async def both(persona: Persona, case: Case) -> tuple[str, str, Cost]:
        until = case.opened_at + FOUR_MONTHS
        await play(on.env, on.journeys, Played(case.loan.id, Life(persona, case)), until)
        real = await on.journeys.ledger.facts(case.loan.id)
        _, dreamt = simulate(case, start=case.opened_at, until=until, react=Life(persona, case).react)
        zone = case.borrower.zones[0]
        cost = await Cost.of(on.journeys.handle(case.loan.id))
        return diary(real, zone), diary(dreamt, zone), cost

    diaries = await asyncio.gather(*(both(*life) for life in lives))
    for (persona, case), (real, dreamt, cost) in zip(lives, diaries, strict=True):
        assert real == dreamt, f"{persona.name} on {case.strategy}"
        assert "closed:" in real, f"{persona.name} on {case.strategy} never ended:\n{real}"
        assert not cost.broken(), f"{persona.name} on {case.strategy}: {cost}"
