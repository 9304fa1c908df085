"""`python -m tests.histories.record VERSION`: store a history of each workflow shape, to be replayed."""

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.stage import stage
from tests.workflows.conftest import start_on
from workers.exit import leave

FOLDER = Path(__file__).parent
SHAPES = (("silent", "cn-consumer"), ("bounced", "us-personal-loan"), ("disputing", "cn-consumer"))
FOUR_MONTHS = timedelta(days=130)


async def record(version: str) -> None:
    """Play each shape on a real server and keep its history."""
    personas = {persona.name: persona for persona in PERSONAS}
    async with stage(Path(tempfile.mkdtemp())) as on:
        for name, strategy in SHAPES:
            case = await start_on(on, strategy, days=9)
            life = Life(personas[name], case)
            await play(on.env, on.journeys, Played(case.loan.id, life), case.opened_at + FOUR_MONTHS)
            history = await on.journeys.handle(case.loan.id).fetch_history()
            (FOLDER / f"journey-{version}-{name}.json").write_text(history.to_json(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))
    leave(0)
