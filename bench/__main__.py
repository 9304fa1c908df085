"""`python -m bench`: speed of the pure loop, cost of a journey, speed against a plain workflow, memory."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.ledger import Ledger, Person
from activities.orders import Order
from bench import gateway
from bench.cost import Cost
from bench.law import clearances
from bench.plain import PlainJourney
from gateway.client import Journeys
from journeys.actions import Act, Wait
from journeys.borrower import Borrower, Channel
from journeys.case import Case, case_of
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import carried_out
from journeys.rules import next_action
from journeys.simulate import simulate
from journeys.strategy import published
from journeys.view import View
from rehearsal import CREDENTIALS
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played, play
from rehearsal.providers import RehearsalProviders
from workers.codec import KeyRing
from workers.connect import converter
from workers.exit import leave
from workers.providers import senders
from workers.queues import workers
from workers.server import start, start_skipping
from workers.settings import Settings

AUTOMATIC = (Channel.EMAIL, Channel.SMS, Channel.CALL, Channel.LETTER, Channel.REGISTERED)
YEAR = timedelta(days=365)
SIDE_BY_SIDE = 30
ROUNDS = 2
CACHED = 400
PACES = 40
DECISIONS = 21
"""Of one journey that nobody answers."""
PLAIN, SEARCH = 100, 2_000
"""Microseconds a clearance and an earliest time may take."""
BARE, CALLS = 20, 230
"""How many times the bare making of its values a journey may take, and how many calls a decision may make."""
DOOR = 60
"""How many times a bare route's time a webhook may take, that is looked at, put on record and told."""


def main() -> None:
    """Every measurement in turn; exit status 1 where a promise is not kept."""
    kept = [law(), pure_loop(), asyncio.run(on_the_server()), asyncio.run(memory()), asyncio.run(webhooks())]
    leave(0 if all(kept) else 1)


def law() -> bool:
    """What a clearance costs."""
    plain, search = clearances()
    quick = _say("µs per plain clearance", plain, at_most=PLAIN)
    return _say("µs per earliest time", search, at_most=SEARCH) and quick


def pure_loop() -> bool:
    """Whole journeys through the pure rules, nobody answering, against the bare making of what they give."""
    cases = [_case(number) for number in range(30)]
    made = [
        (type(one), {at.name: getattr(one, at.name) for at in fields(one) if at.init}) for one in _values()
    ]

    def walk() -> None:
        for case in cases:
            simulate(case, start=case.opened_at, until=case.opened_at + YEAR)

    def make() -> None:
        for _ in cases:
            for kind, given in made:
                kind(**given)

    walk()
    walked, bare = zip(*((_took(walk), _took(make)) for _ in range(PACES)), strict=True)
    _say("pure loop, journeys per second", len(cases) / min(walked))
    quick = _say("times the bare making of its values", min(walked) / min(bare), at_most=BARE)
    calls = _calls(walk) / len(cases) / DECISIONS
    return _say("calls a decision", calls, at_most=CALLS) and quick


def _values() -> list[Any]:
    """Every action, fact and case of one journey that nobody answers."""
    case, values = _case("values"), list[Any]()
    for action in _actions(case):
        fact = carried_out(action, action.not_before)
        case = case.after(fact)
        values += action, fact, case
    return values


def _calls(work: Callable[[], None]) -> int:
    """How many functions are called, the same on every machine."""
    calls = 0

    def count(frame: object, event: str, of: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def _took(work: Callable[[], None]) -> float:
    """Seconds of this process alone: others may be busy on the machine."""
    began = time.process_time()
    work()
    return time.process_time() - began


async def on_the_server() -> bool:
    """The same timers and activities, decided by us and dictated to a plain workflow, in turn."""
    async with _bench(skipping=True) as (env, journeys, _):
        ratios, ours_per_second = [], []
        for round in range(ROUNDS):
            ours = await _timed(_walk(env, journeys, _case(f"{round}-ours-{n}")) for n in range(SIDE_BY_SIDE))
            plain = await _timed(
                _obey(env, journeys, _case(f"{round}-plain-{n}")) for n in range(SIDE_BY_SIDE)
            )
            ratios.append(plain / ours)
            ours_per_second.append(SIDE_BY_SIDE / ours)
        _say("journeys per second on the dev server", median(ours_per_second), at_least=0)
        fast = _say("of the plain workflow's speed", median(ratios), at_least=0.7)
        untold = await _cost(journeys, "0-ours-0")
        return await _told(env, journeys) and untold and fast


async def _told(env: Any, journeys: Journeys) -> bool:
    """What a journey costs whose borrower disputes a part and pays the rest."""
    persona = next(one for one in PERSONAS if one.name == "part-disputing")
    case = _case("told")
    with env.with_time_skipping_disabled():
        await _register(journeys, case)
        await play(env, journeys, Played(case.loan.id, Life(persona, case)), case.opened_at + YEAR)
    return await _cost(journeys, case.loan.id)


async def _cost(journeys: Journeys, loan: str) -> bool:
    """Events and actions of one journey, against the least that its effects and facts need."""
    cost = await Cost.of(journeys.handle(loan))
    print(f"  {loan}: {cost}", flush=True)
    _say(f"events, of which {cost.least_events} would be least", cost.events)
    _say(f"actions, of which {cost.least_actions} would be least", cost.actions)
    for promise in cost.broken():
        print(f"{'':14}{promise}   NOT KEPT", flush=True)
    return not cost.broken()


async def memory() -> bool:
    """What a journey that waits costs the worker that keeps it in its cache."""
    async with _bench(skipping=False) as (_, journeys, _ledger):
        await _begin(journeys, "warm", 50)
        before = _resident()
        await _begin(journeys, "cached", CACHED)
        grown = (_resident() - before) / 1024 / CACHED
        return _say("KiB per cached journey", grown, at_most=80)


async def webhooks() -> bool:
    """The gateway's door against a bare route, and how soon a receipt stops a contact."""
    with tempfile.TemporaryDirectory() as folder:
        figures = await gateway.measured(Path(folder))
    _say("webhooks per second", 1 / figures.ours)
    quick = _say("times a bare route's time", figures.ours / figures.bare, at_most=DOOR)
    under = f"ms until {{}} of receipts stop a contact, {gateway.A_SECOND} webhooks a second"
    _say(under.format("half"), gateway.percentile(figures.known, 50))
    _say(under.format("99 %"), gateway.percentile(figures.known, 99))
    _say("ms until half of journeys have heard", gateway.percentile(figures.heard, 50))
    _say("ms until 99 % of journeys have heard", gateway.percentile(figures.heard, 99))
    return quick


def _resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _begin(journeys: Journeys, name: str, count: int) -> None:
    cases = [_case(f"{name}-{number}") for number in range(count)]
    for case in cases:
        await _register(journeys, case)
    for case in cases:
        while await journeys.ledger.next_wake(case.loan.id) is None:
            await asyncio.sleep(0.05)


async def _walk(env: Any, journeys: Journeys, case: Case) -> None:
    await _register(journeys, case)
    await journeys.handle(case.loan.id).result()


async def _obey(env: Any, journeys: Journeys, case: Case) -> None:
    await journeys.ledger.register(case.loan, _person(case), case.strategy, case.version, case.opened_at)
    orders = [
        Order(case.loan.id, case.borrower.id, case.strategy, case.version, action, action.not_before, ())
        for action in _actions(case)
    ]
    await env.client.execute_workflow(
        PlainJourney.run, orders, id=f"plain-{case.loan.id}", task_queue="plain"
    )


def _actions(case: Case) -> list[Act]:
    """What our own journey would do, nobody answering."""
    law, plan, now, actions = (
        law_of(case.borrower.jurisdictions),
        published(case.strategy, case.version),
        case.opened_at,
        [],
    )
    while case.is_open:
        action = next_action(View(plan, law, case, now))
        now = max(now, action.not_before)
        if not isinstance(action, Wait):
            actions.append(action)
            case = case.after(carried_out(action, now))
    return actions


async def _timed(runs: Any) -> float:
    began = time.perf_counter()
    await asyncio.gather(*runs)
    return time.perf_counter() - began


async def _register(journeys: Journeys, case: Case) -> None:
    await journeys.start(case.loan, _person(case), case.strategy, case.opened_at)


def _case(name: object) -> Case:
    began = datetime.now(UTC)
    loan = Loan(str(name), (Instalment(began.date() + timedelta(days=9), Money(840_000, "CNY")),))
    borrower = Borrower(f"B-{name}", "en", ("Asia/Shanghai",), AUTOMATIC, ("cn",))
    return case_of(loan, borrower, "cn-consumer", 2, began)


def _person(case: Case) -> Person:
    return Person(case.borrower, "A Borrower", "a@example.com", "+8619900000000", "A Street 1")


@asynccontextmanager
async def _bench(*, skipping: bool) -> AsyncIterator[tuple[Any, Journeys, Ledger]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        providers = stack.enter_context(RehearsalProviders())
        rates = dict.fromkeys(
            ("texts_per_second", "calls_per_second", "emails_per_second", "letters_per_second"), 1000.0
        )
        settings = Settings(data=folder, provider_url=providers.url, **CREDENTIALS, **rates)  # type: ignore[arg-type]
        sealed = converter(KeyRing.open(settings.keys))
        env = await stack.enter_async_context(await (start_skipping if skipping else start)(sealed))
        ledger = await stack.enter_async_context(Ledger.open(settings.database))
        for worker in workers(env.client, ledger, senders(settings), settings):
            await stack.enter_async_context(worker)
        await stack.enter_async_context(
            Worker(
                env.client,
                task_queue="plain",
                workflows=[PlainJourney],
                workflow_runner=UnsandboxedWorkflowRunner(),
            )
        )
        yield env, Journeys(env.client, ledger), ledger


def _say(what: str, figure: float, *, at_least: float = 0, at_most: float = float("inf")) -> bool:
    kept = at_least <= figure <= at_most
    wanted = (
        f" (at least {at_least})" if at_least else f" (at most {at_most})" if at_most < float("inf") else ""
    )
    print(f"{figure:12.2f}  {what}{wanted}{'' if kept else '   NOT KEPT'}", flush=True)
    return kept


if __name__ == "__main__":
    main()
