"""One loan, one workflow, one clock: decide, wait or act, learn, until the case is closed."""

from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.orders import Order, Question
    from journeys import actions as a
    from journeys import facts as f
    from journeys.calendar import local_day
    from journeys.case import Case
    from journeys.files import Mistakes
    from journeys.simulate import simulate
    from journeys.standing import Decision
    from journeys.strategy import published
    from workflows import effects, requests
    from workflows.details import details, outlook
    from workflows.search import changes

FORWARD = timedelta(days=30)


@workflow.defn
class CollectionJourney:
    """One loan, walked along its strategy until the case is closed."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.case = case
        self.inbox: deque[f.Told] = deque()
        self.news: list[f.Told] = []
        """Told since the last decision: the ledger gets them with the next one."""
        self.decision: Decision

    @workflow.run
    async def run(self, case: Case) -> str:
        """Walk the journey; gives the outcome."""
        self.absorb()
        while self.case.is_open:
            action = await self.decide()
            if await self.undisturbed(action):
                await self.carry_out(action)
            self.absorb()
            if workflow.info().is_continue_as_new_suggested() and self.case.is_open:
                await self.drained()
                workflow.continue_as_new(self.case)
        await self.drained()
        return self.case.outcome or ""

    # ── the loop's parts ─────────────────────────────────────────────────────────────────────────

    async def decide(self) -> a.Wait | a.Act:
        """Ask the rules once; history keeps the answer."""
        question = Question(self.case, workflow.now(), tuple(self.news))
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

    async def drained(self) -> None:
        """Let every handler finish, and put on record all that was told, before the run ends."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        while self.inbox or self.news:
            await self.hear()

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

    # ── facts: they happened, so they cannot be refused ──────────────────────────────────────────

    def told(self, fact: f.Told) -> None:
        self.inbox.append(fact)

    @workflow.signal(description="Money came in")
    def payment_received(self, fact: f.PaymentReceived) -> None:
        self.told(fact)

    @workflow.signal(description="A payment was taken back")
    def payment_reversed(self, fact: f.PaymentReversed) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower promised to pay")
    def promise_made(self, fact: f.PromiseMade) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower disputes the debt")
    def dispute_raised(self, fact: f.DisputeRaised) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower wrote something that a person must read")
    def reply_received(self, fact: f.ReplyReceived) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower cannot pay for now")
    def hardship_reported(self, fact: f.HardshipReported) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower closed a channel, or all of them")
    def opted_out(self, fact: f.OptedOut) -> None:
        self.told(fact)

    @workflow.signal(description="A number or address does not lead to the borrower")
    def contact_point_failed(self, fact: f.ContactPointFailed) -> None:
        self.told(fact)

    @workflow.signal(description="Something the law looks at: a consent, an attorney, a notice given")
    def circumstance_noted(self, fact: f.CircumstanceNoted) -> None:
        self.told(fact)

    @workflow.signal(description="A person finished a task")
    def task_reported(self, fact: f.TaskReported) -> None:
        self.told(fact)

    @workflow.signal(description="Staff placed a hold (from the ledger; operators use the update)")
    def hold_placed(self, fact: f.HoldPlaced) -> None:
        self.told(fact)

    @workflow.signal(description="Staff lifted a hold (from the ledger; operators use the update)")
    def hold_lifted(self, fact: f.HoldLifted) -> None:
        self.told(fact)

    @workflow.signal(description="Staff stopped the journey (from the ledger; operators use the update)")
    def journey_stopped(self, fact: f.JourneyStopped) -> None:
        self.told(fact)

    @workflow.signal(description="Staff moved the journey (from the ledger; operators use the update)")
    def strategy_changed(self, fact: f.StrategyChanged) -> None:
        self.told(fact)

    # ── requests: they can be refused, in a sentence; each is answered with the key of its fact ──

    def accept(self, fact: f.Told) -> str:
        self.told(fact)
        return fact.id

    @workflow.update(description="Record a promise to pay, within limits")
    def promise(self, request: requests.Promise) -> str:
        return self.accept(
            f.PromiseMade(
                id=_key("promise"),
                at=workflow.now(),
                amount=request.amount,
                by=request.by,
                noted_by=request.actor,
            )
        )

    @promise.validator
    def _check_promise(self, request: requests.Promise) -> None:
        self._open()
        _refuse(requests.refuse_promise(request, self.told_so_far, self._today()))

    @workflow.update(description="Hold all contacts until an instant, for a reason")
    def hold(self, request: requests.Hold) -> str:
        return self.accept(
            f.HoldPlaced(
                id=_key("hold"),
                at=workflow.now(),
                reason=request.reason,
                until=request.until,
                by=request.actor,
            )
        )

    @hold.validator
    def _check_hold(self, request: requests.Hold) -> None:
        self._open()
        _refuse(requests.refuse_hold(request, workflow.now()))

    @workflow.update(description="Lift a hold before its time")
    def lift(self, request: requests.Lift) -> str:
        return self.accept(
            f.HoldLifted(id=_key("lift"), at=workflow.now(), hold=request.hold, by=request.actor)
        )

    @lift.validator
    def _check_lift(self, request: requests.Lift) -> None:
        self._open()
        known = [fact.id for fact in self.told_so_far.told if isinstance(fact, f.HoldPlaced)]
        if request.hold not in known:
            _refuse(f"there is no hold {request.hold!r} on this loan; it has {', '.join(known) or 'none'}")

    @workflow.update(description="End the journey for good")
    def stop(self, request: requests.Stop) -> str:
        return self.accept(
            f.JourneyStopped(id=_key("stop"), at=workflow.now(), reason=request.reason, by=request.actor)
        )

    @stop.validator
    def _check_stop(self, request: requests.Stop) -> None:
        self._open()

    @workflow.update(description="Move the journey to a published version of a strategy")
    def move(self, request: requests.Move) -> str:
        return self.accept(
            f.StrategyChanged(
                id=_key("move"),
                at=workflow.now(),
                strategy=request.strategy,
                version=request.version,
                by=request.actor,
            )
        )

    @move.validator
    def _check_move(self, request: requests.Move) -> None:
        self._open()
        try:
            published(request.strategy, request.version)
        except Mistakes as mistakes:
            _refuse(str(mistakes))

    @workflow.update(description="Sign the hand-off to legal, or refuse to")
    def sign(self, request: requests.Sign) -> str:
        task = self._signature_wanted()
        result = "signed" if request.signed else "refused"
        return self.accept(
            f.TaskReported(id=f"{task}.report", at=workflow.now(), task=task, result=result, by=request.actor)
        )

    @sign.validator
    def _check_sign(self, request: requests.Sign) -> None:
        self._open()
        if not self._signature_wanted():
            _refuse("no hand-off of this loan waits for a signature")

    def _signature_wanted(self) -> str:
        return next((t.id for t in self.told_so_far.open_tasks() if t.job == a.Job.SIGN_HAND_OFF), "")

    def _today(self) -> date:
        return local_day(workflow.now(), self.case.borrower.zones[0])

    def _open(self) -> None:
        if not self.case.is_open:
            _refuse(f"this journey is closed: {self.case.outcome}")

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


def _key(what: str) -> str:
    """The key of a request's fact: the update's own id, so that a repeated request is one fact."""
    update = workflow.current_update_info()
    return f"{what}.{update.id if update else workflow.uuid4()}"


def _refuse(sentence: str | None) -> None:
    if sentence is not None:
        raise ApplicationError(sentence, type="Refused", non_retryable=True)
