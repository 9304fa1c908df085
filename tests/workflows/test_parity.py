"""The same life through `simulate` and Temporal leaves one diary, at the cost promised, and names nobody."""

import asyncio
import re
from datetime import timedelta
from itertools import product

import pytest

from bench.cost import Cost
from journeys.case import Case
from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life, Persona
from rehearsal.play import Played, play
from rehearsal.stage import Stage
from tests.workflows.conftest import HOME, opened, start_on

FOUR_MONTHS = timedelta(days=130)


@pytest.fixture(scope="module")
async def lives(on: Stage) -> list[tuple[Persona, Case]]:
    """Every persona on every strategy, lived on the server for four months."""
    lived = []
    for strategy, persona in product(HOME, PERSONAS):  # one by one: a start switches skipping off for all
        lived.append((persona, await start_on(on, strategy, days=9)))
    plays = [
        (Played(case.loan.id, Life(persona, case)), case.opened_at + FOUR_MONTHS) for persona, case in lived
    ]
    await asyncio.gather(*(play(on.env, on.journeys, *one) for one in plays))
    return lived


async def test_every_persona_lives_the_same_life_in_simulate_and_on_the_server_and_at_the_cost_promised(
    on: Stage, lives: list[tuple[Persona, Case]]
) -> None:
    for persona, case in lives:
        until, zone = case.opened_at + FOUR_MONTHS, case.borrower.zones[0]
        real = diary(await on.journeys.ledger.facts(case.loan.id), zone)
        _, dreamt = simulate(case, start=case.opened_at, until=until, react=Life(persona, case).react)
        cost = await Cost.of(on.journeys.handle(case.loan.id))
        assert real == diary(dreamt, zone), f"{persona.name} on {case.strategy}"
        assert "closed:" in real, f"{persona.name} on {case.strategy} never ended:\n{real}"
        assert not cost.broken(), f"{persona.name} on {case.strategy}: {cost}"


async def test_raw_histories_hold_nothing_personal(on: Stage, lives: list[tuple[Persona, Case]]) -> None:
    found_links = False
    for _, case in lives:
        person = await on.journeys.ledger.person(case.borrower.id)
        assert person is not None and person.email and person.phone and person.address
        history = await on.journeys.handle(case.loan.id).fetch_history()
        raw = await opened(on, *history.events)
        assert b'"jurisdictions"' in raw, "the search sees what is sealed"
        for personal in (*person.name.split(), person.email, person.phone, *person.address.split("\n")):
            assert personal.encode() not in raw, personal
        mails = [one.body for one in on.providers.deliveries if one.to == person.email]
        tokens = {token for body in mails for token in re.findall(r"/p/(\w+)", body)}
        found_links |= bool(tokens)
        assert not [token for token in tokens if token.encode() in raw]
    assert found_links, "e-mails carry a link to the borrower's page"
