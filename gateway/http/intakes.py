"""Loan files over HTTP: sent at once, started one by one, asked after as often as one likes."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Request, Security
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from activities.ledger.intakes import Done
from activities.ledger.keys import Command
from activities.rows import Intake, KeyRow
from gateway.client import Refused
from gateway.http.bodies import TooLarge
from gateway.http.commands import Carried, IdempotencyKey, once
from gateway.http.dependencies import TheJourneys
from gateway.http.keys import READ, Steering, allowed
from gateway.http.problems import answers
from gateway.intake import json_lines
from gateway.loans import csv_lines
from journeys.files import Mistakes

LARGEST = 256 * 1024 * 1024
"""Bytes of a loan file."""
AT_ONCE = 1000
"""Lines put on record in one transaction."""
FORMS: Mapping[str, Literal["csv", "ndjson"]] = {"text/csv": "csv", "application/x-ndjson": "ndjson"}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "loan,borrower,name,email,phone,address,language,zones,jurisdictions,strategy,"
                "currency,amount,due\nLN-1,B-1,Li Lei,li@example.com,,,zh,Asia/Shanghai,cn,cn-consumer,CNY,"
                "8400,+5\n",
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


class Sent(BaseModel):
    """The file is on record, and its loans are being started."""

    id: str = Field(examples=["in-7"])
    lines: int


class Progress(BaseModel):
    """How far a loan file has come."""

    id: str
    done: bool
    waiting: int = Field(description="Lines that are still to be started")
    started: int
    known: int = Field(description="Loans that were known already: nothing was changed")
    refused: int


class RefusedLine(BaseModel):
    """A line that was not started, and why."""

    line: int
    why: str


class RefusedLines(BaseModel):
    """Lines that were refused, in order."""

    refused: list[RefusedLine]
    next: int | None = Field(description="`after` of the next page; null on the last")


intakes = APIRouter(
    prefix="/v1/intakes",
    tags=["intakes"],
    responses=answers(400, 401, 403),
    generate_unique_id_function=lambda route: route.name,
)


@intakes.post("", status_code=202, response_model=Sent, openapi_extra=BODY, responses=answers(409, 415))
async def send_loans(
    who: Steering,
    request: Request,
    journeys: TheJourneys,
    idempotency: IdempotencyKey,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
) -> JSONResponse:
    """Send a loan file, CSV with the columns of the shipped portfolio or one JSON object a line."""
    form = FORMS.get(content_type.split(";")[0].strip().lower())
    if form is None:
        raise HTTPException(415, f"send it as {' or '.join(FORMS)}")
    with TemporaryFile() as file:
        digest = await _spooled(request, form, file)

        async def kept(number: int) -> Carried:
            id = f"in-{number}"
            lines = csv_lines(file, "the file") if form == "csv" else json_lines(file)
            try:
                await journeys.ledger.open_intake(id, who.name, form, datetime.now(UTC))
                sent = Sent(id=id, lines=await _kept(journeys, id, lines))
                await journeys.ledger.complete_intake(id)
            except (Mistakes, Refused):
                await journeys.ledger.drop_intake(id)
                raise
            return Carried(202, sent, f"/v1/intakes/{id}")

        return await once(
            journeys.ledger, Command(who.id, idempotency, digest, f"intake {form}", "", "", ""), kept
        )


@intakes.get("/{id}", responses=answers(404))
async def progress(
    id: str, journeys: TheJourneys, who: Annotated[KeyRow, Security(allowed, scopes=READ)]
) -> Progress:
    """How far a loan file has come."""
    one = await _known(journeys, id)
    done = one.complete and not one.waiting
    return Progress(
        id=id, done=done, waiting=one.waiting, started=one.started, known=one.known, refused=one.refused
    )


@intakes.get("/{id}/refused", responses=answers(404))
async def refused_lines(
    id: str,
    journeys: TheJourneys,
    who: Annotated[KeyRow, Security(allowed, scopes=READ)],
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> RefusedLines:
    """Lines that were not started, each with a sentence."""
    await _known(journeys, id)
    found = await journeys.ledger.refused_lines(id, after, limit)
    following = found[-1].number if len(found) == limit else None
    return RefusedLines(refused=[_told(one) for one in found], next=following)


def _told(one: Done) -> RefusedLine:
    return RefusedLine(line=one.number, why=one.why or "")


async def _known(journeys: TheJourneys, id: str) -> Intake:
    if (one := await journeys.ledger.intake(id)) is None:
        raise HTTPException(404, "there is no loan file of that id")
    return one


async def _spooled(request: Request, form: str, file: IO[bytes]) -> str:
    """Keep the body on disk, never all in memory; gives its digest."""
    digest, read = hashlib.sha256(f"{request.url.path}\n{form}\n".encode()), 0
    async for part in request.stream():
        read += len(part)
        if read > LARGEST:
            raise TooLarge(LARGEST)
        digest.update(part)
        file.write(part)
    file.seek(0)
    return digest.hexdigest()


async def _kept(journeys: TheJourneys, id: str, lines: Iterator[tuple[int, Mapping[str, Any]]]) -> int:
    kept = 0
    while some := list(islice(lines, AT_ONCE)):
        await journeys.ledger.add_lines(id, some)
        kept += len(some)
    if not kept:
        raise Refused("the file holds no loan: a line with the columns' names, then one line a loan")
    return kept
