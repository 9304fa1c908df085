"""What may be looked at: journeys as they stand, what is asked of people, and who asked for what."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Security
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from activities.rows import CommandRow, DecisionRow, LoanRow, TaskRow, WithheldRow
from gateway.client import Refused
from gateway.http.commands import PATIENCE
from gateway.http.dependencies import TheJourneys, TheLoan
from gateway.http.forms import Reference, Word
from gateway.http.keys import AUDIT, READ, allowed
from gateway.http.problems import answers
from journeys.actions import OWNERS
from journeys.case import Case
from journeys.diary import signed
from journeys.money import Money
from journeys.statement import TOTALS, Line, statement
from journeys.view import View
from workers.connect import TemporalUnavailable

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
TEAMS = sorted(set(OWNERS.values()))


class Loans(BaseModel):
    """Loans in the order of their references."""

    loans: list[LoanRow]
    next: str | None = Field(description="The cursor of the next page; null on the last")


class Commands(BaseModel):
    """Commands, the newest first."""

    commands: list[CommandRow]
    next: int | None = Field(description="The cursor of the next page; null on the last")


class OnRecord(BaseModel):
    """A loan as the ledger has it."""

    loan: LoanRow
    next: DecisionRow | None = Field(description="The newest decision: what comes next, when, and why")


class MakeUp(BaseModel):
    """What is owed, line by line, as it stands at the beginning of a day of the borrower's."""

    day: date
    lines: list[Line]
    owed: Money
    fees: Money
    interest: Money
    paid: Money
    waived: Money
    credit: Money
    left: Money
    left_out: Money = Field(description="Of it disputed or on hold")


questions = APIRouter(
    prefix="/v1",
    tags=["questions"],
    dependencies=[Security(allowed, scopes=READ)],
    responses=answers(401, 403),
    generate_unique_id_function=lambda route: route.name,
)
one = APIRouter(prefix="/loans/{loan}", responses=answers(404))
audit = APIRouter(
    prefix="/v1",
    tags=["audit"],
    dependencies=[Security(allowed, scopes=AUDIT)],
    responses=answers(401, 403),
    generate_unique_id_function=lambda route: route.name,
)


@questions.get("/loans")
async def loans(
    journeys: TheJourneys,
    state: Annotated[Literal["open", "closed"] | None, Query()] = None,
    outcome: Annotated[Word | None, Query(examples=["cured"])] = None,
    strategy: Annotated[Word | None, Query()] = None,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    borrower: Annotated[Reference | None, Query()] = None,
    jurisdiction: Annotated[Word | None, Query(examples=["us-ma"])] = None,
    cursor: Annotated[Reference | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> Loans:
    """Loans on record, a page at a time."""
    rows = await journeys.ledger.find_loans(
        after=cursor or "",
        limit=limit + 1,
        is_open=None if state is None else state == "open",
        jurisdiction=jurisdiction,
        outcome=outcome,
        strategy=strategy,
        version=version,
        borrower=borrower,
    )
    return Loans(loans=rows[:limit], next=rows[limit - 1].id if len(rows) > limit else None)


@one.get("")
async def loan(loan: TheLoan, journeys: TheJourneys) -> OnRecord:
    """A loan on record, how its journey ended, or what it does next."""
    [row] = await journeys.ledger.find_loans(limit=1, id=loan)
    return OnRecord(loan=row, next=await journeys.ledger.next_wake(loan))


@one.get("/standing", response_class=PlainTextResponse)
async def standing(loan: TheLoan, journeys: TheJourneys) -> str:
    """Where the journey stands, in words (Markdown)."""
    return await _answered(journeys.standing(loan))


@one.get("/forward-look", response_class=PlainTextResponse)
async def forward_look(loan: TheLoan, journeys: TheJourneys) -> str:
    """What will happen in the next thirty days if nothing is heard."""
    return await _answered(journeys.forward_look(loan))


@one.get("/diary", response_class=PlainTextResponse)
async def diary(loan: TheLoan, journeys: TheJourneys) -> str:
    """Everything that happened, by date, and what was agreed; from the ledger alone."""
    case = await _case(journeys, loan)
    return signed(case, await journeys.ledger.facts(loan), datetime.now(UTC))


@one.get("/money")
async def money(loan: TheLoan, journeys: TheJourneys) -> MakeUp:
    """What is owed and what it is made up of; from the ledger alone."""
    view = View.of(await _case(journeys, loan), datetime.now(UTC))
    currency, book = view.case.loan.currency, view.account
    totals = {name: Money(getattr(book, name), currency) for name in TOTALS}
    lines = list(statement(book, currency, "en"))
    return MakeUp(day=view.today, lines=lines, left_out=Money(view.left_out, currency), **totals)


@one.get("/withheld")
async def withheld(loan: TheLoan, journeys: TheJourneys) -> list[WithheldRow]:
    """Contacts that were not made: which, by which rule of which law, and the earliest time for it."""
    return await journeys.ledger.withheld(loan=loan)


@questions.get("/tasks")
async def tasks(
    journeys: TheJourneys, owner: Annotated[Word | None, Query(description="One team.")] = None
) -> list[TaskRow]:
    """What people are asked to do, the most urgent first; a report is the fact `task_reported`."""
    if owner and owner not in TEAMS:
        raise Refused(f"there is no such team; known are {', '.join(TEAMS)}")
    return await journeys.ledger.tasks(owner)


@audit.get("/commands")
async def commands(
    journeys: TheJourneys,
    loan: Annotated[Reference | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63, description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> Commands:
    """What was asked for over HTTP, by whom and why, and the status it was answered with."""
    rows = await journeys.ledger.commands(loan, cursor, limit + 1)
    return Commands(commands=rows[:limit], next=rows[limit - 1].seq if len(rows) > limit else None)


questions.include_router(one)


async def _case(journeys: TheJourneys, loan: str) -> Case:
    case = await journeys.ledger.case(loan)
    assert case is not None, f"loan {loan} was looked up"
    return case


async def _answered(question: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await question
    except TimeoutError:
        raise TemporalUnavailable(f"the journey did not answer within {PATIENCE} seconds") from None
