"""A worker killed at any moment loses nothing, doubles nothing, and says where it cannot know."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

from journeys.diary import diary
from journeys.simulate import simulate
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import Stage, stage
from tests.workflows.conftest import start_on

KILLS = 10
LOANS = 20
SILENT = next(one for one in PERSONAS if one.name == "silent")
UNCERTAIN = "uncertain: it may have arrived, so it is not repeated"


async def test_ten_kills_leave_the_diaries_of_an_undisturbed_run(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        strategies = ("cn-consumer", "us-personal-loan")
        cases = [await start_on(on, strategies[n % 2], days=9) for n in range(LOANS)]
        until = cases[0].opened_at + timedelta(days=130)
        killing = asyncio.create_task(_kill_again_and_again(on))
        await asyncio.gather(
            *(play(on.env, on.journeys, Played(c.loan.id, Life(SILENT, c)), until) for c in cases)
        )
        assert await killing == KILLS, "the run was over before the last kill: nothing was proven"
        for case in cases:
            zone = case.borrower.zones[0]
            _, dreamt = simulate(case, start=case.opened_at, until=until, react=Life(SILENT, case).react)
            real = await on.journeys.ledger.facts(case.loan.id)
            assert _lines(diary(real, zone)) == _lines(diary(dreamt, zone)), case.loan.id
        sent = Counter(one.contact_id for one in on.providers.deliveries)
        assert not [contact for contact, times in sent.items() if times > 1]


async def _kill_again_and_again(on: Stage) -> int:
    """SIGKILL at random moments, another worker each time; gives how many were killed at work."""
    chance = random.Random(1742)
    killed = 0
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.5, 4.0))
        killed += on.worker.process.returncode is None
        await on.worker.kill_and_start_again()
    return killed


def _lines(text: str) -> list[str]:
    """Day and words: what was caught in flight may read uncertain, and be some seconds late."""
    lines = []
    for line in text.splitlines():
        day, words = line[:15], line[22:].replace(UNCERTAIN, "").rstrip()
        lines.append(f"{day} {words}")
    return lines
