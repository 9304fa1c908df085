"""`python -m tests.histories.record VERSION`: store a history of each workflow shape, to be replayed."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from journeys import requests as r
from journeys.calendar import DAY, local_day
from journeys.case import Case
from journeys.facts import PaymentReceived
from journeys.money import Money
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, at_rest, play
from rehearsal.stage import Stage, stage
from tests.workflows.conftest import start_on
from workers.exit import leave

FOLDER = Path(__file__).parent
DUE_IN = 9
FOUR_MONTHS = timedelta(days=130)
Staff = Callable[[Stage, Case, Played], Awaitable[None]]


async def nobody_asks(on: Stage, case: Case, played: Played) -> None:
    """The borrower alone is heard."""


async def agrees(on: Stage, case: Case, played: Played) -> None:
    """A hold is placed and lifted, a promise noted and withdrawn, a plan agreed on."""
    now = await _days_past_due(on, case, played, 12)

    async def ask(request: r.Request) -> str:
        return await on.journeys.request(case.loan.id, request)

    hold = await ask(r.Hold(reason="complaint", until=now + 5 * DAY, actor="anna"))
    await ask(r.Lift(hold=hold, actor="anna"))
    promise = await ask(r.Promise(amount=Money.of("500", "CNY"), by=now.date() + 5 * DAY, actor="anna"))
    await ask(r.WithdrawPromise(promise=promise, actor="anna"))
    await ask(r.Plan(offer="d10-plan", actor="anna"))


async def settles(on: Stage, case: Case, played: Played) -> None:
    """Less than the whole is accepted as final, and paid."""
    now = await _days_past_due(on, case, played, 76)
    sum_, until = Money.of("6720", "CNY"), local_day(now, case.borrower.zones[0]) + 10 * DAY
    settle = r.Settle(offer="d75-settlement", amount=sum_, until=until, actor="anna", approved_by="lee")
    await on.journeys.request(case.loan.id, settle)
    played.later(PaymentReceived(id=f"{case.loan.id}.final", at=now + 2 * DAY, amount=sum_))


SHAPES: tuple[tuple[str, str, str, Staff], ...] = (
    ("silent", "cn-consumer", "silent", nobody_asks),
    ("reopened", "us-personal-loan", "bounced", nobody_asks),
    ("disputing", "cn-consumer", "disputing", nobody_asks),
    ("agreed", "cn-consumer", "silent", agrees),
    ("settled", "cn-consumer", "silent", settles),
)
"""Name, strategy, persona, and what staff ask. Of several runs the last is stored."""


async def record(version: str) -> None:
    """Play each shape on a real server and keep its history."""
    personas = {persona.name: persona for persona in PERSONAS}
    async with stage(Path(tempfile.mkdtemp()), keys=str(FOLDER / "keys")) as on:
        for name, strategy, persona, staff in SHAPES:
            case = await start_on(on, strategy, DUE_IN)
            played = Played(case.loan.id, Life(personas[persona], case))
            await staff(on, case, played)
            await play(on.env, on.journeys, played, case.opened_at + FOUR_MONTHS)
            history = await on.journeys.handle(case.loan.id).fetch_history()
            (FOLDER / f"journey-{version}-{name}.json").write_text(history.to_json(), encoding="utf-8")


async def _days_past_due(on: Stage, case: Case, played: Played, days: int) -> datetime:
    """Walk the journey to that day; gives its own time then."""
    await play(on.env, on.journeys, played, case.opened_at + (DUE_IN + days) * DAY)
    now, _ = await at_rest(on.journeys, case.loan.id)
    return now


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))
    leave(0)
