"""What may be told and asked of a journey: the Python client's methods, as doors."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from activities.rows import KeyRow
from gateway.client import not_ahead
from gateway.http import examples
from gateway.http.commands import Carried, IdempotencyKey, TheOnce
from gateway.http.dependencies import TheJourneys, TheLoan
from gateway.http.forms import Exactly, LoanReference, LoanToStart, Reply
from gateway.http.keys import PAY, STEER, WORK, Steering, Telling, Working, demand
from gateway.http.problems import answers
from gateway.keys import Scope
from journeys import facts as f
from journeys import requests
from journeys.borrower import Channel
from journeys.case import TOLD
from journeys.replies import Meaning

if TYPE_CHECKING:
    Fact = f.Told
else:
    Fact = Annotated[reduce(or_, (Annotated[kind, Exactly()] for kind in TOLD)), Field(discriminator="kind")]

MONEY = f.PaymentAnnounced | f.PaymentFailed | f.PaymentReceived | f.PaymentReversed
HEARD = (
    f.DisputeRaised
    | f.ReplyReceived
    | f.HardshipReported
    | f.HardshipEnded
    | f.DefaultExplained
    | f.OptedOut
    | f.ContactPointFailed
    | f.CircumstanceNoted
    | f.TaskReported
    | f.CourtEnded
)
"""What the desk tells as it is; what was agreed it asks for, so that it is judged."""
FINAL = requests.Leave | requests.Stop | requests.Move


class Started(BaseModel):
    """The journey runs."""

    loan: str
    new: bool = Field(description="False where it was known already: nothing was changed")


class Recorded(BaseModel):
    """The fact is on record, so nothing is sent against it."""

    id: str
    new: bool = Field(description="False where it was known already")
    heard: bool = Field(description="False: Temporal does not answer; the journey hears of it once it does")


class Understood(BaseModel):
    """What the reply was taken to mean; the journey knows."""

    id: str
    meaning: Meaning


class Accepted(BaseModel):
    """The request became a fact."""

    fact: str = Field(description="Its key, for example to lift a hold", examples=["hold.1a2b3c4d.hold-1"])


told = APIRouter(
    prefix="/v1/loans/{loan}",
    tags=["journeys"],
    responses=answers(400, 401, 403, 404, 409),
    generate_unique_id_function=lambda route: route.name,
)


@told.put("/journey", responses={201: {"model": Started, "description": "Started"}}, response_model=Started)
async def start(
    who: Steering,
    loan: LoanReference,
    wanted: Annotated[LoanToStart, Body(examples=[examples.LOAN])],
    journeys: TheJourneys,
    once: TheOnce,
) -> JSONResponse:
    """Start a loan's journey; starting it twice is harmless."""

    async def started() -> Carried:
        new = await journeys.start(
            wanted.loan(loan), wanted.person(), wanted.strategy, datetime.now(UTC), wanted.version
        )
        return Carried(201 if new else 200, Started(loan=loan, new=new))

    return await once(who, f"start {wanted.strategy}", loan, started)


@told.post("/facts", responses={201: {"model": Recorded, "description": "Recorded"}}, response_model=Recorded)
async def tell(
    who: Telling,
    loan: TheLoan,
    fact: Annotated[Fact, Body(openapi_examples={one["id"]: {"value": one} for one in examples.FACTS})],
    journeys: TheJourneys,
    once: TheOnce,
) -> JSONResponse:
    """Tell what happened, by an id of its own: told twice, it counts once."""
    demand(who, _scopes(fact))

    async def recorded() -> Carried:
        not_ahead(fact.at, datetime.now(UTC))
        new = await journeys.tell(loan, fact)
        waiting = bool(await journeys.ledger.untaken(id=fact.id, loans=[loan]))
        return Carried(201 if new else 200, Recorded(id=fact.id, new=new, heard=not waiting))

    return await once(who, f"tell {fact.kind} {fact.id}", loan, recorded, fact)


@told.post("/replies", response_model=Understood)
async def hear(
    who: Working,
    loan: TheLoan,
    reply: Annotated[Reply, Body(examples=[examples.REPLY])],
    journeys: TheJourneys,
    once: TheOnce,
) -> JSONResponse:
    """Keep what a borrower wrote, and act on what it means; a person gets what no machine understands."""

    async def understood() -> Carried:
        now = datetime.now(UTC)
        not_ahead(at := reply.at or now, now)
        meaning = await journeys.hear(loan, Channel(reply.channel), reply.text, reply.id, at)
        return Carried(200, Understood(id=reply.id, meaning=meaning))

    return await once(who, f"hear {reply.channel} {reply.id}", loan, understood)


def _scopes(fact: f.Told) -> list[Scope]:
    if isinstance(fact, MONEY):
        return PAY
    return WORK if isinstance(fact, HEARD) else STEER


def _ask(name: str, kind: type[requests.Request]) -> Callable[..., Awaitable[JSONResponse]]:
    """The door of one kind of request: that is its body."""

    async def request(
        who: KeyRow,
        loan: TheLoan,
        asked: requests.Request,
        key: IdempotencyKey,
        journeys: TheJourneys,
        once: TheOnce,
    ) -> JSONResponse:
        async def accepted() -> Carried:
            # Two callers may choose the same word, and mean two requests.
            return Carried(200, Accepted(fact=await journeys.request(loan, asked, id=f"{who.id}.{key}")))

        return await once(who, f"request {asked.kind}", loan, accepted, asked)

    example = {**examples.REQUESTS[name], "actor": "anna"}
    request.__annotations__ |= {
        "who": Steering if issubclass(kind, FINAL) else Working,
        "asked": Annotated[kind, Exactly(), Body(examples=[example])],
    }
    return request


for name, kind in requests.BY_NAME.items():
    told.add_api_route(
        f"/requests/{name}",
        _ask(name, kind),
        methods=["POST"],
        name=f"request_{name}",
        description=f"{kind.__doc__} It is judged, and refused in a sentence.",
        response_model=Accepted,
    )
