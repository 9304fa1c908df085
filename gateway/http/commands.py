"""A command: on record with who and why before it is carried out, and carried out once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from activities.ledger import Ledger
from activities.ledger.keys import NO_ANSWER, Command
from activities.rows import KeyRow
from gateway.client import Refused
from gateway.http.dependencies import TheJourneys
from journeys import facts as f
from journeys import requests
from journeys.files import Mistakes
from workers.connect import TemporalUnavailable

PATIENCE = 20
"""Seconds that a journey has to answer; after that the command may be sent again with the same key."""
REFUSED = 422
HEADER = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=100,
    pattern=r"^[A-Za-z0-9_.:-]+$",
    description="New for each command: sent again, a command is answered as it was the first time.",
    examples=["hold-2027-03-02-1"],
)
IdempotencyKey = Annotated[str, HEADER]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a command came to, and where that may be looked at."""

    status: int
    answer: BaseModel
    location: str = ""


async def once(
    ledger: Ledger, command: Command, carry_out: Callable[[int], Awaitable[Carried]]
) -> JSONResponse:
    """Carry out a command by its number on record, unless the same one was answered before."""
    begun = await ledger.begin(command, datetime.now(UTC))
    match begun.state:
        case "something else":
            raise Refused("this Idempotency-Key stands for another request: give each its own")
        case "under way":
            raise HTTPException(409, "this very request is under way: ask again in a moment")
        case "answered":
            return _again(begun.status, begun.answer)
    status, location = NO_ANSWER, ""
    answer: object = None
    try:
        carried = await carry_out(begun.seq)
        status, answer, location = carried.status, carried.answer.model_dump(mode="json"), carried.location
    except (Refused, Mistakes) as error:
        status, answer = REFUSED, str(error)
    finally:
        await ledger.answered(begun.seq, status, answer)
    return _again(status, answer, location)


class Once:
    """Carries out a command of this request, unless the same one was answered before."""

    def __init__(
        self, request: Request, journeys: TheJourneys, idempotency: Annotated[str | None, HEADER] = None
    ) -> None:
        self.request, self.ledger, self.idempotency = request, journeys.ledger, idempotency

    async def __call__(
        self,
        who: KeyRow,
        what: str,
        loan: str,
        carry_out: Callable[[], Awaitable[Carried]],
        said: f.Told | requests.Request | None = None,
    ) -> JSONResponse:
        """Gives the answer, or the first one again; `said` is what has the actor and the reason."""
        for fault in f.beyond_reason(said) if said else ():  # before it is on record
            raise Refused(fault)
        reason = getattr(said, "reason", "")
        command = Command(
            key=who.id,
            idempotency=self.idempotency,
            digest=await self._digest(),
            what=what,
            loan=loan,
            actor=getattr(said, "actor", None) or getattr(said, "noted_by", None) or _by(said),
            why=reason if f.CODE.fullmatch(reason) else "",
        )

        async def patiently(_: int) -> Carried:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await carry_out()
            except TimeoutError:
                raise TemporalUnavailable(f"the journey did not answer within {PATIENCE} seconds") from None

        return await once(self.ledger, command, patiently)

    async def _digest(self) -> str:
        whole = f"{self.request.method} {self.request.url.path}\n".encode() + await self.request.body()
        return hashlib.sha256(whole).hexdigest()


def _again(status: int, answer: object, location: str = "") -> JSONResponse:
    if status == REFUSED:
        raise Refused(str(answer))
    return JSONResponse(answer, status, {"Location": location} if location else None)


def _by(said: object) -> str:
    """Who is named in a fact; the same field is a day in a promise."""
    by = getattr(said, "by", "")
    return by if isinstance(by, str) else ""


TheOnce = Annotated[Once, Depends()]
