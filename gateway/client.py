"""The Python client: start a journey, tell it a fact, ask something of it.

A fact is in the ledger before Temporal hears of it; what Temporal did not take is told again, in order.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.ledger import Ledger, Person
from activities.rows import Words
from journeys import requests
from journeys.actions import RESULTS, Job
from journeys.borrower import Channel
from journeys.case import TOLD, Case
from journeys.diary import line
from journeys.facts import (
    JourneyClosed,
    JourneyReopened,
    Learned,
    PaymentReceived,
    PaymentReversed,
    StrategyChanged,
    TaskReported,
    Told,
    beyond_reason,
    free_text,
    sums,
)
from journeys.law.jurisdiction import law_of
from journeys.loan import Loan
from journeys.money import Money
from journeys.receipts import Payment, refusal
from journeys.replies import Meaning, meaning, told_by
from journeys.rules import REOPENING, reopening
from journeys.strategy import newest, published
from journeys.view import View
from workers.connect import TemporalUnavailable, answering
from workflows import effects
from workflows.details import summary
from workflows.journey import CollectionJourney
from workflows.search import at_start

A_SLOW_CLOCK = timedelta(minutes=10)
"""How far ahead of ours another's clock may be."""


class Refused(ValueError):
    """What was asked or told makes no sense; the text says why, for the person who reads it."""


@dataclass(frozen=True, slots=True)
class Journeys:
    """The door for backends, payment processors and staff."""

    client: Client
    ledger: Ledger

    def handle(self, loan: str) -> WorkflowHandle[CollectionJourney, str]:
        """The journey of a loan, by the loan's reference."""
        return self.client.get_workflow_handle_for(CollectionJourney.run, workflow_id(loan))

    async def start(
        self, loan: Loan, person: Person, strategy: str, at: datetime, version: int | None = None
    ) -> bool:
        """Start a loan's journey; False if it was known already. Starting twice is harmless."""
        for fault in beyond_reason(loan):
            raise Refused(f"loan {loan.id}: {fault}")
        plan = newest(strategy) if version is None else published(strategy, version)
        law = {layer.name for layer in law_of(person.borrower.jurisdictions, house=False).layers}
        if not law & set(plan.jurisdictions):
            raise Refused(
                f"loan {loan.id}: strategy {plan.name} is for {', '.join(plan.jurisdictions)}, "
                f"the borrower is protected by {', '.join(sorted(law))}"
            )
        new = await self.ledger.register(loan, person, plan.name, plan.version, at)
        known = await self.ledger.loan(loan.id)
        assert known is not None
        if known[0] != loan:
            raise Refused(
                f"loan {loan.id} is known already with other instalments or terms; nothing was changed"
            )
        case = await self.ledger.case(loan.id)
        assert case is not None
        if case.is_open:
            await self._start(loan.id, at, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
        else:  # another instalment may fall due
            await self._reopen(case, at)
        return new

    async def _start(self, loan: str, at: datetime, again: WorkflowIDReusePolicy) -> None:
        """Walk on from what is on record, and from what holds for the borrower by then."""
        await self.ledger.inherit(loan, at)
        case = await self.ledger.case(loan)
        assert case is not None, f"loan {loan} is on record"
        with answering():
            await self.client.start_workflow(
                CollectionJourney.run,
                case,
                id=workflow_id(case.loan.id),
                task_queue=effects.JOURNEYS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=again,
                search_attributes=at_start(case),
                static_summary=summary(case),
            )

    async def _reopen(self, case: Case, at: datetime) -> None:
        """Let a closed journey go on where something is owed after all; what it did is not done again."""
        loan = case.loan.id
        closed = max(one.at for one in await self.ledger.facts(loan) if isinstance(one, JourneyClosed))
        fact = reopening(View.of(case, max(closed, at)))  # by whatever clock, not before it closed
        if fact is not None and await self.ledger.reopen(loan, fact, taken=False):
            await self._signal(loan, fact)

    async def tell(self, loan: str, fact: Told) -> bool:
        """Record a fact and signal it; False if it was known already. Raises `Refused` for nonsense.

        What is told of the borrower, not of the loan, is told to their other open journeys as well.
        """
        known = await self.ledger.loan(loan)
        if known is None:
            raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
        if not isinstance(fact, TOLD):
            raise Refused(f"{type(fact).__name__} is not told from outside: a journey learns it by acting")
        _sensible(loan, known[0], fact)
        if isinstance(fact, TaskReported):
            _reported(fact, await self.ledger.job_of(fact.task))
        if isinstance(fact, StrategyChanged):
            published(fact.strategy, fact.version)
        if isinstance(fact, PaymentReceived | PaymentReversed):
            return await self._receipt(loan, fact)
        new = bool(await self.ledger.record(loan, [fact], taken=False))
        if new:
            await self._signal(loan, fact)
        else:
            _the_same(fact, await self.ledger.fact(loan, fact.id))
        for other, waiting in await self.ledger.untaken(fact.id):  # what was told of the borrower
            if other != loan:
                await self._signal(other, waiting)
        return new

    async def _receipt(self, loan: str, fact: PaymentReceived | PaymentReversed) -> bool:
        """Money counts once, wherever it went, and is taken back where it stands."""

        def whole(cases: Sequence[Case]) -> dict[str, Money]:
            not_taken(cases, fact.id)
            assert fact.amount is not None, "a payment is a sum"
            return {loan: fact.amount}

        if isinstance(fact, PaymentReversed):
            _, new = await self.ledger.reverse(fact, [loan], sensible(fact))
        else:
            known, new = await self.ledger.receive(fact, [loan], whole)
            here = [one.fact.amount for one in known.parts if one.loan == loan]
            if fact.amount not in (known.amount, *here):
                where = f"on {', '.join(known.loans)}" if known.loans else "unmatched"
                raise Refused(
                    f"payment {fact.id} is on record with another sum, {known.amount}, {where}: "
                    "give what you tell its own id"
                )
        await self.resend(loan)
        return new

    async def hear(self, loan: str, channel: Channel, text: str, id: str, at: datetime) -> Meaning:
        """Keep what a borrower wrote, understand it, and tell the journey; again is harmless.

        Raises `Refused` for an unknown loan. What it means is told before anything else is sent.
        """
        if await self.ledger.loan(loan) is None:
            raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
        await self.ledger.keep_words(loan, Words(id, at, channel, text))
        understood = meaning(text)
        await self.tell(loan, told_by(understood, channel, id, at))
        return understood

    async def heard(self, loan: str, key: str) -> bool | None:
        """Whether the journey knows of the fact, as far as it answers; None where there is no journey."""
        try:
            with answering():
                return await self.handle(loan).query(CollectionJourney.heard, key)
        except TemporalUnavailable:
            return False
        except RPCError:
            return None

    async def resend(self, *loans: str) -> int:
        """Tell again, in order, what Temporal did not take, of these loans or of all; gives the count."""
        taken, missing = 0, set[str]()
        for loan, fact in await self.ledger.untaken():
            if loan in missing or (loans and loan not in loans):
                continue
            try:
                if await self._delivered(loan, fact):
                    taken += 1
                else:
                    missing.add(loan)
            except TemporalUnavailable:
                break
        return taken

    async def _signal(self, loan: str, fact: Told) -> bool:
        """False where Temporal could not be reached: the fact stays on the list of the untaken."""
        try:
            return await self._delivered(loan, fact)
        except TemporalUnavailable:
            return False

    async def _delivered(self, loan: str, fact: Told) -> bool:
        """False where an open journey has no run, lost or not begun again yet: the fact stays untaken."""
        try:
            if isinstance(fact, JourneyReopened):
                await self._start(loan, fact.at, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
            else:
                with answering():
                    await self.handle(loan).signal(fact.kind, fact)
        except RPCError:
            case = await self.ledger.case(loan)
            assert case is not None, f"loan {loan} has a fact, so it is on record"
            if case.is_open:
                return False
            await self._told_too_late(case, fact)
        await self.ledger.taken(loan, [fact.id])
        return True

    async def _told_too_late(self, case: Case, fact: Told) -> None:
        """The journey has ended: the fact is on record, and something may be owed after all."""
        if isinstance(fact, REOPENING):
            await self._reopen(case, fact.at)

    async def request(self, loan: str, request: requests.Request, id: str | None = None) -> str:
        """Ask something of a journey; gives the key of the fact it became, raises `Refused` with the reason.

        The same `id` asked again is the same request.
        """
        for fault in beyond_reason(request):
            raise Refused(f"{request.kind.replace('_', ' ')}: {fault}")
        try:
            with answering():
                answer: str = await self.handle(loan).execute_update(
                    request.kind, request, id=id, result_type=str
                )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            raise Refused(cause.message if isinstance(cause, ApplicationError) else str(cause)) from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:  # the SDK says so also where we lose patience
            raise TemporalUnavailable(
                f"the journey of {loan} did not answer in time: is a worker up?"
            ) from None
        except RPCError as error:
            raise Refused(f"loan {loan!r} has no open journey ({error.message})") from None
        return answer

    async def standing(self, loan: str) -> str:
        """Where the journey stands, in words."""
        return await self._ask(loan, CollectionJourney.standing)

    async def forward_look(self, loan: str) -> str:
        """What will happen in the next thirty days if nothing is heard."""
        return await self._ask(loan, CollectionJourney.forward_look)

    async def _ask(self, loan: str, question: Callable[..., str]) -> str:
        try:
            with answering():
                answer: str = await self.handle(loan).query(question)
        except RPCError:
            raise Refused(f"loan {loan!r} has no journey: start it first") from None
        return answer


def workflow_id(loan: str) -> str:
    """The loan's reference is the journey's id: Temporal itself forbids a second one."""
    return f"journey-{loan}"


def aware(text: str, zone: str) -> datetime:
    """An instant as people write it, in the zone where it lacks one; raises `Refused`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is not a time: write it like 2026-03-12T09:30") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def not_ahead(at: datetime, now: datetime) -> None:
    """What is told has happened; raises `Refused`."""
    if at > now + A_SLOW_CLOCK:
        raise Refused(f"{at:%Y-%m-%d %H:%MZ} lies ahead: what is told has happened")


def misspelt(data: Collection[str], kind: type) -> str | None:
    """Names that a fact or a request does not know, in a sentence: they would be left out in silence."""
    known = [field.name for field in fields(kind)]
    strange = sorted(ascii(name)[1:41].rstrip("'") for name in set(data) - set(known))
    return f"{', '.join(strange)}: nobody knows that; known are {', '.join(known)}" if strange else None


def sensible(
    back: PaymentReversed,
) -> Callable[[Payment | None, PaymentReversed | None, Sequence[str]], None]:
    """Looks at a reversal once it is known what is on record; raises `Refused`."""

    def judge(payment: Payment | None, earlier: PaymentReversed | None, loans: Sequence[str]) -> None:
        if why := refusal(back, payment, loans, earlier):
            raise Refused(why)

    return judge


def not_taken(cases: Sequence[Case], payment: str) -> None:
    """A new payment whose id is on record for something else would be lost; raises `Refused`."""
    for case in cases:
        for known in case.told:
            if known.id == payment:
                raise Refused(_something_else(known))


def _the_same(fact: Told, known: Told | Learned) -> None:
    """A key that is on record for something else would lose what is told now."""
    if replace(fact, at=known.at) != known:
        raise Refused(_something_else(known))


def _something_else(known: Told | Learned) -> str:
    was = line(known, "UTC").split("  ", 1)[-1].strip()
    return f"{known.id!r} is on record for something else ({was}): give what you tell its own id"


def _reported(fact: TaskReported, job: str | None) -> None:
    if job is None:
        raise Refused(f"there is no task {fact.task!r}: `journeys tasks` lists them")
    known = RESULTS[Job(job)]
    if fact.result not in known:
        raise Refused(f"{fact.result!r} is no result of {job}; known are {', '.join(sorted(known))}")


def _sensible(loan: str, known: Loan, fact: Told) -> None:
    """A sum that a fact names is of the loan's own currency, and more than nothing; a reason is a code."""
    for fault in chain(free_text(fact), beyond_reason(fact)):
        raise Refused(f"{fact.kind.replace('_', ' ')} {fact.id}: {fault}")
    for what, sum_ in sums(fact):
        if sum_.currency != known.currency:
            raise Refused(f"loan {loan} is in {known.currency}; {sum_} is refused ({what} of {fact.id})")
        if sum_.minor <= 0:
            raise Refused(f"{fact.kind.replace('_', ' ')} {fact.id}: {sum_} is not more than nothing")
