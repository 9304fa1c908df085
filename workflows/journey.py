"""One loan, one workflow, one clock: decide, wait or act, learn, until the case is closed.

What may be told and asked of it meanwhile stands in `signals` and `updates`.
"""

import asyncio
from collections import deque
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import Order, Question
    from journeys import actions as a
    from journeys import facts as f
    from journeys.case import Case
    from journeys.rules import REOPENING
    from journeys.simulate import simulate
    from journeys.standing import Decision
    from workflows import effects
    from workflows.details import details, outlook
    from workflows.search import changes
    from workflows.signals import Hears
    from workflows.updates import Answers

FORWARD = timedelta(days=30)


@workflow.defn
class CollectionJourney(Hears, Answers):
    """One loan, walked along its strategy until the case is closed."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.case = case
        self.inbox: deque[f.Told] = deque()
        self.news: list[f.Told] = []
        """Told since the last decision: the ledger gets them with the next one."""
        self.judging = asyncio.Lock()
        self.decision: Decision
        self.decided_on: frozenset[str] = frozenset()
        """Keys of what the last decision knew."""

    @workflow.run
    async def run(self, case: Case) -> str:
        """Walk the journey; gives the outcome."""
        await self.begin()
        while self.case.is_open:
            action = await self.decide()
            if await self.undisturbed(action):
                # Nothing is accepted of a journey that is just closing.
                async with self.judging if isinstance(action, a.Close) else nullcontext():
                    await self.carry_out(action)
            self.absorb()
            if workflow.info().is_continue_as_new_suggested() and self.case.is_open:
                await self.drained()
                workflow.continue_as_new(self.case)
            if not self.case.is_open:
                await self.end()
        return self.case.outcome or ""

    # ── the loop's parts ─────────────────────────────────────────────────────────────────────────

    async def begin(self) -> None:
        """Wait until it begins, by a clock that may be ahead of ours; what is told before goes on record."""
        self.absorb()
        while (wait := self.case.begins_at - workflow.now()) > timedelta(0):
            await self.hear()
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: bool(self.inbox), timeout=wait, timeout_summary="it goes on then"
                )
            self.absorb()

    async def decide(self) -> a.Wait | a.Act:
        """Ask the rules once; history keeps the answer."""
        question = Question(self.case, workflow.now(), tuple(self.news))
        self.decided_on = frozenset(self.case.heard())
        self.news.clear()
        self.decision = await workflow.execute_local_activity_method(
            effects.DECIDE,
            question,
            start_to_close_timeout=effects.DECIDE_WITHIN,
            retry_policy=effects.PATIENT,
            summary="decide",
        )
        self.case = replace(self.case, decisions=self.case.decisions + 1)
        self.show()
        return self.decision.action

    async def undisturbed(self, action: a.Wait | a.Act) -> bool:
        """Wait for the action's time; False if a fact came first, so that everything is decided anew."""
        wait = action.not_before - workflow.now()
        if wait > timedelta(0) and not self.inbox:
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: bool(self.inbox), timeout=wait, timeout_summary=f"{action.kind}: {action.why}"
                )
        return not self.inbox

    async def carry_out(self, action: a.Wait | a.Act) -> None:
        """Do it, and learn what came of it."""
        if isinstance(action, a.Wait):
            return
        effect = effects.effect_of(action)
        case = self.case
        order = Order(
            loan=case.loan.id,
            borrower=case.borrower.id,
            strategy=case.strategy,
            version=case.version,
            action=action,
            at=workflow.now(),
            heard=case.heard(),
        )
        running = workflow.start_activity_method(
            effect.activity,
            order,
            task_queue=effect.queue,
            start_to_close_timeout=effect.within,
            retry_policy=effects.PATIENT,
            summary=action.why,
        )
        while not running.done():  # what is told meanwhile is in the ledger before anything leaves
            await workflow.wait_condition(lambda: running.done() or bool(self.inbox))
            await self.hear()
        facts: list[f.Told | f.Learned] = await running
        for fact in facts:
            self.case = self.case.after(fact)
        self.show()

    def absorb(self) -> None:
        """Take in what was told meanwhile."""
        while self.inbox:
            fact = self.inbox.popleft()
            self.case = self.case.after(fact)
            self.news.append(fact)

    @property
    def told_so_far(self) -> Case:
        """The case with what came in while something was under way."""
        case = self.case
        for fact in self.inbox:
            case = case.after(fact)
        return case

    async def end(self) -> None:
        """Hear what is told while it closes, until nothing more is: something may be owed after all."""
        await self.drained()
        while not self.case.is_open and self.may_be_owed():
            question = Question(self.case, workflow.now(), ())
            self.decided_on = frozenset(self.case.heard())
            facts = await workflow.execute_local_activity_method(
                effects.REOPEN,
                question,
                start_to_close_timeout=effects.DECIDE_WITHIN,
                retry_policy=effects.PATIENT,
                summary="reopen, if something is owed after all",
            )
            for fact in facts:
                self.case = self.case.after(fact)
            await self.drained()

    def may_be_owed(self) -> bool:
        """Whether anything that may leave something owed was told since it was last asked."""
        return any(isinstance(one, REOPENING) and one.id not in self.decided_on for one in self.case.told)

    async def drained(self) -> None:
        """Let every handler finish, and put on record all that was told, before the run ends."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        while self.inbox or self.news:
            await self.hear()
            await workflow.wait_condition(workflow.all_handlers_finished)

    async def hear(self) -> None:
        """Take in what was told, and put it on record at once."""
        self.absorb()
        if self.news:
            news, self.news = self.news, []
            await workflow.execute_local_activity_method(
                effects.HEAR,
                args=[self.case.loan.id, news],
                start_to_close_timeout=effects.DECIDE_WITHIN,
                retry_policy=effects.PATIENT,
                summary="record what was told",
            )

    # ── what operators see ───────────────────────────────────────────────────────────────────────

    def show(self) -> None:
        """Where it stands, and what comes next and why: details are free, an attribute costs an event."""
        workflow.set_current_details(details(self.case, self.decision))
        if changed := changes(workflow.info().typed_search_attributes, self.case, self.decision.standing):
            workflow.upsert_search_attributes(changed)

    # ── questions ────────────────────────────────────────────────────────────────────────────────

    @workflow.query(description="Where the journey stands, in words")
    def standing(self) -> str:
        return workflow.get_current_details()

    @workflow.query(description="The case as it is known")
    def known(self) -> Case:
        return self.told_so_far

    @workflow.query(description="Whether the journey knows of a fact, by its key")
    def heard(self, key: str) -> bool:
        return key in self.told_so_far.heard()

    @workflow.query(description="What will happen in the next thirty days if nothing is heard")
    def forward_look(self) -> str:
        now = workflow.now()
        after, coming = simulate(self.case, start=now, until=now + FORWARD)
        return outlook(self.case, after, coming, now)
