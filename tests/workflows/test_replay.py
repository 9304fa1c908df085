"""Stored histories replay, whatever has become of law, strategies and rules since."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from journeys import rules, view
from journeys.law.charges import MoneyLaw
from journeys.law.jurisdiction import Law, law_of
from journeys.strategy import Strategy, published
from rehearsal.play import move
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, next_wake
from workers.codec import KeyRing
from workers.connect import converter
from workflows.journey import CollectionJourney

HISTORIES = Path(__file__).parents[1] / "histories"
STORED = sorted(HISTORIES.glob("*.json"))


def replayer() -> Replayer:
    sealed = converter(KeyRing.open(HISTORIES / "keys"))
    return Replayer(workflows=[CollectionJourney], data_converter=sealed)


def test_there_is_a_stored_history_of_every_released_shape() -> None:
    assert STORED, "store one: see CONTRIBUTING.md"


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
async def test_a_stored_history_replays(path: Path) -> None:
    await replayer().replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
async def test_a_stored_history_replays_though_law_offers_and_rules_are_others_now(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poorer(name: str, version: int) -> Strategy:
        return published(name, version).model_copy(update={"touch": (), "offer": (), "relief": ()})

    def stricter(jurisdictions: tuple[str, ...]) -> Law:
        return Law(law_of(jurisdictions).layers, (), MoneyLaw(late_rate=0, settlement=100, years=1))

    monkeypatch.setattr(view, "published", poorer)
    monkeypatch.setattr(view, "law_of", stricter)
    monkeypatch.setattr(rules, "RULES", rules.RULES[-1:])
    await replayer().replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


def test_stored_histories_hold_requests_that_were_accepted() -> None:
    asked = {"hold", "lift", "promise", "withdraw_promise", "plan", "settle"}
    updates = (
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for path in STORED
        for event in WorkflowHistory.from_json(path.stem, path.read_text()).events
    )
    assert asked <= set(updates)


async def test_a_running_journey_keeps_its_published_version(on: Stage, started: Started) -> None:
    case = await started(days=30)
    before = await next_wake(on, case)
    await move(on.env, on.journeys.handle(case.loan.id), case.opened_at + timedelta(days=3))
    assert await next_wake(on, case) == before
    known = await on.journeys.ledger.loan(case.loan.id)
    assert known is not None and known[1:] == (case.strategy, case.version)
