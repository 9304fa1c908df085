"""The Python client: start a journey, tell it a fact, ask something of it.

A fact is in the ledger before Temporal hears of it; what Temporal did not take is told again, in order.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.ledger import KeyTaken, Ledger, Person, Registration
from activities.ledger.facts import A_PAGE
from activities.rows import Words
from gateway.sensible import no_report, nonsense, not_the_same, something_else
from journeys import requests
from journeys.borrower import Channel
from journeys.case import TOLD, Case, case_of
from journeys.facts import (
    JourneyReopened,
    PaymentReceived,
    PaymentReversed,
    StrategyChanged,
    TaskReported,
    Told,
    beyond_reason,
)
from journeys.law.jurisdiction import law_of
from journeys.loan import ID, Loan
from journeys.receipts import Payment, refusal
from journeys.replies import Meaning, meaning, told_by
from journeys.rules import REOPENING, reopening
from journeys.strategy import newest, published
from journeys.view import View
from workers.connect import TemporalRefused, TemporalUnavailable, answering
from workflows import effects
from workflows.details import summary
from workflows.journey import CollectionJourney
from workflows.search import at_start

A_SLOW_CLOCK = timedelta(minutes=10)
"""How far ahead of ours another's clock may be."""
SIDE_BY_SIDE = 50
"""Journeys that are started at the same time."""


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
        wanted = registration(loan, person, strategy, version)
        new = bool(await self.ledger.register_all([wanted], at))
        case = await self._heir(loan.id, at)
        if case.loan != loan:
            raise Refused(
                f"loan {loan.id} is known already with other instalments or terms; nothing was changed"
            )
        if case.is_open:
            await self._walk(case, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
        else:  # another instalment may fall due
            await self._reopen(case, at)
        await self.resend(loan.id)
        return new

    async def start_all(self, wanted: Sequence[Registration], at: datetime) -> list[bool | Exception]:
        """Start many at once; for each, whether it is new, or why not. Again is harmless.

        What goes wrong with one keeps no other back. A loan of a borrower whom nobody knew, by reference,
        number or address, has nothing to inherit but a freeze of its place.
        """
        new = await self.ledger.register_all(wanted, at)
        freezes = await self.ledger.freezes()
        few = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(wish: Registration) -> bool | Exception:
            async with few:
                try:
                    return await started(wish)
                except Exception as error:
                    return error

        async def started(wish: Registration) -> bool:
            who = wish.person.borrower
            if new.get(wish.loan.id) and not any(freeze.covers(who.jurisdictions) for freeze in freezes):
                case = case_of(wish.loan, who, wish.strategy, wish.version, at)
                await self._walk(case, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
                return True
            known = await self.start(wish.loan, wish.person, wish.strategy, at, wish.version)
            return known or wish.loan.id in new

        return await asyncio.gather(*map(one, wanted))

    async def _heir(self, loan: str, at: datetime) -> Case:
        """The case on record, with what holds for the borrower by then where it is open.

        A journey that runs already is told what it inherits, as all else that it has not taken.
        """
        await self.ledger.inherit(loan, at, taken=False)
        case = await self.ledger.case(loan)
        assert case is not None, f"loan {loan} is on record"
        return case

    async def _walk(self, case: Case, again: WorkflowIDReusePolicy) -> None:
        """Walk on from what is on record; one that runs walks on, and so does one that has just ended."""
        with answering(), suppress(WorkflowAlreadyStartedError):
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
        """Let a closed journey go on where something is owed after all; what it did is not done again.

        On record: it is told so with all else that it has not taken.
        """
        loan = case.loan.id
        closed = await self.ledger.closed_at(loan) or at
        fact = reopening(View.of(case, max(closed, at)))  # by whatever clock, not before it closed
        if fact is not None:
            await self.ledger.reopen(loan, fact, taken=False)

    async def tell(self, loan: str, fact: Told) -> bool:
        """Record a fact and signal it; False if it was known already. Raises `Refused` for nonsense.

        What is told of the borrower, not of the loan, is told to their other open journeys as well.
        """
        if isinstance(fact, PaymentReceived | PaymentReversed):
            await self._makes_sense(loan, fact)
            return await self._receipt(loan, fact)
        new = await self.keep(loan, fact)
        await self._tell_all(fact.id)
        return new

    async def keep(self, loan: str, fact: Told) -> bool:
        """Put a fact on record as `tell` does, and tell nobody yet."""
        await self._makes_sense(loan, fact)
        new = bool(await self.ledger.record(loan, [fact], taken=False))
        if not new and (why := not_the_same(fact, await self.ledger.fact(loan, fact.id))):
            raise Refused(why)
        return new

    async def _makes_sense(self, loan: str, fact: Told) -> None:
        known = await self.ledger.loan(loan)
        if known is None:
            raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
        if not isinstance(fact, TOLD):
            raise Refused(f"{type(fact).__name__} is not told from outside: a journey learns it by acting")
        if why := nonsense(known[0], fact):
            raise Refused(why)
        if isinstance(fact, TaskReported) and (why := no_report(fact, await self.ledger.job_of(fact.task))):
            raise Refused(why)
        if isinstance(fact, StrategyChanged):
            published(fact.strategy, fact.version)

    async def _tell_all(self, key: str) -> None:
        """Every journey that has not taken what is on record under a key hears of it at once."""
        if loans := {one.loan for one in await self.ledger.untaken(id=key)}:
            await self.resend(*loans)

    async def _receipt(self, loan: str, fact: PaymentReceived | PaymentReversed) -> bool:
        """Money counts once, wherever it went, and is taken back where it stands."""

        if isinstance(fact, PaymentReversed):
            _, new = await self.ledger.reverse(fact, [loan], sensible(fact))
        else:
            try:
                known, new = await self.ledger.receive(fact, [loan], lambda _: {loan: fact.amount})
            except KeyTaken as error:
                raise Refused(something_else(error.known)) from None
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
        """Tell again, in order, what Temporal did not take, of these loans or of all; gives the count.

        What Temporal does not take now waits for the next time.
        """
        taken, wrong = await self.retell(*loans)
        if wrong is not None and not isinstance(wrong, TemporalUnavailable):
            raise wrong
        return taken

    async def retell(self, *loans: str) -> tuple[int, Exception | None]:
        """As `resend`; gives what went wrong as well: the facts of that loan wait, those of others do not."""
        taken, after, waiting = 0, 0, set[str]()
        wrong: Exception | None = None
        while page := await self.ledger.untaken(loans=loans, after=after):
            for one in page:
                after = one.seq
                if one.loan in waiting:  # a loan's facts are told in order
                    continue
                try:
                    if await self._delivered(one.loan, one.fact):
                        taken += 1
                        continue
                except TemporalRefused as error:
                    wrong = error
                except (TemporalUnavailable, SQLAlchemyError) as error:
                    return taken, error
                except Exception as error:  # whatever is wrong with one loan, the others are told
                    wrong = error
                waiting.add(one.loan)
            if len(page) < A_PAGE:  # what comes in of other loans meanwhile is told by whoever tells it
                loans = loans or tuple({one.loan for one in page})
        return taken, wrong

    async def _delivered(self, loan: str, fact: Told) -> bool:
        """False where an open journey has no run, lost or not begun again yet: the fact stays untaken."""
        try:
            if isinstance(fact, JourneyReopened):
                await self._walk(await self._heir(loan, fact.at), WorkflowIDReusePolicy.ALLOW_DUPLICATE)
            else:
                with answering():
                    await self.handle(loan).signal(fact.kind, fact)
        except RPCError:
            case = await self.ledger.case(loan)
            assert case is not None, f"loan {loan} has a fact, so it is on record"
            if case.is_open:
                return False
            if isinstance(fact, REOPENING):  # told too late, and something may be owed after all
                await self._reopen(case, fact.at)
        await self.ledger.taken(loan, [fact.id])
        return True

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
        except RPCError:
            raise Refused(await self._no_journey(loan)) from None
        await self._tell_all(answer)  # it may be about the borrower
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
            raise Refused(await self._no_journey(loan)) from None
        return answer

    async def _no_journey(self, loan: str) -> str:
        """Why nobody answers for a loan."""
        case = await self.ledger.case(loan)
        if case is None:
            return f"there is no loan {loan!r} in the ledger: is the reference right?"
        if case.is_open:
            return (
                f"loan {loan!r} is on record and has no journey yet, or Temporal has lost it: start it again"
            )
        since = await self.ledger.closed_at(loan)
        return f"the journey of loan {loan!r} is closed: {case.outcome}, since {since:%Y-%m-%d %H:%MZ}"


def registration(loan: Loan, person: Person, strategy: str, version: int | None = None) -> Registration:
    """A loan with its strategy, by default the newest; raises `Refused` where the two do not go together.

    It also judges what no database or journey could hold: control characters, and numbers beyond all bounds.
    """
    one = person.borrower
    lines = replace(person, address=(person.address or "").replace("\n", " "))
    for fault in chain(beyond_reason(loan), beyond_reason(lines), beyond_reason(one)):
        raise Refused(f"loan {loan.id}: {fault}")
    if not ID.fullmatch(one.id):
        raise Refused(f"loan {loan.id}: a borrower's reference is letters, digits, and - _ . : between them")
    plan = newest(strategy) if version is None else published(strategy, version)
    law = {layer.name for layer in law_of(person.borrower.jurisdictions, house=False).layers}
    if not law & set(plan.jurisdictions):
        raise Refused(
            f"loan {loan.id}: strategy {plan.name} is for {', '.join(plan.jurisdictions)}, "
            f"the borrower is protected by {', '.join(sorted(law))}"
        )
    return Registration(loan, person, plan.name, plan.version)


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
