"""Stored histories replay, and a new rule or strategy neither breaks them nor changes what was decided."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from journeys import rules, strategy
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, move, play
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, next_wake
from workers.codec import KeyRing
from workers.connect import converter
from workflows.journey import CollectionJourney

STORED = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))


def replayer(keys: Path) -> Replayer:
    return Replayer(workflows=[CollectionJourney], data_converter=converter(KeyRing.open(keys)))


def test_there_is_a_stored_history_of_every_released_shape() -> None:
    assert STORED, "store one: see CONTRIBUTING.md"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
async def test_a_stored_history_replays(path: Path, tmp_path: Path) -> None:
    await replayer(tmp_path / "keys").replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


async def test_edited_rules_and_strategies_replay_what_was_decided_before(
    on: Stage, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await started(days=9)
    life = Life(PERSONAS[3], case)
    await play(on.env, on.journeys, Played(case.loan.id, life), case.opened_at + timedelta(days=130))
    history = await on.journeys.handle(case.loan.id).fetch_history()
    monkeypatch.setattr(rules, "RULES", rules.RULES[-1:])
    plan = strategy.published(case.strategy, case.version)
    edited = plan.model_copy(update={"touch": plan.touch[:1]})
    monkeypatch.setattr(strategy, "published", lambda *_: edited)
    await replayer(on.out / "keys").replay_workflow(history)


async def test_a_running_journey_keeps_its_published_version(on: Stage, started: Started) -> None:
    case = await started(days=30)
    before = await next_wake(on, case)
    await move(on.env, on.journeys.handle(case.loan.id), case.opened_at + timedelta(days=3))
    assert await next_wake(on, case) == before
    known = await on.journeys.ledger.loan(case.loan.id)
    assert known is not None and known[1:] == (case.strategy, case.version)
