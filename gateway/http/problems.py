"""What went wrong, as problem details (RFC 9457): one sentence for the person who reads it, never their data.

The words come from us alone: what was sent is not repeated, for it may hold personal data and end in a log.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from activities.inbound import NotUnderstood
from gateway.client import Refused
from journeys.files import Mistakes
from workers.connect import TemporalUnavailable

MEDIA = "application/problem+json"
REF = "#/components/schemas/{model}"
QUOTED = re.compile(r"""(?<!\w)(?:"[^"]*'[^"]*"|'(?:\\.|[^'\\])*')""")
"""A value as `repr` writes it; what follows a letter is an apostrophe."""


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(examples=["body.amount"])
    what: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """Problem details as RFC 9457 has them."""

    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["loan LN-1 is in CNY; USD 5.00 is refused"])
    faults: list[Fault] = Field(default_factory=list, description="What is wrong with the request, by place")


def unquoted(sentence: str) -> str:
    """A sentence about what was sent, without what was sent: a name may stand where none belongs."""
    return QUOTED.sub("…", sentence)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a door may answer besides its success, for the OpenAPI document."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA: {"schema": {"$ref": REF.format(model="Problem")}}},
        }
        for status in statuses
    }


def install(app: FastAPI, *named: type[BaseModel]) -> None:
    """Answer every failure with problem details; models that doors name by hand come into the document."""
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _said)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Mistakes, _refused)
    app.add_exception_handler(NotUnderstood, _refused)
    app.add_exception_handler(TemporalUnavailable, _unavailable)
    app.add_exception_handler(SQLAlchemyError, _unavailable)
    _describe(app, named)


def _describe(app: FastAPI, named: Sequence[type[BaseModel]]) -> None:
    """FastAPI would list the models of problems as plain JSON: they are named in the document by hand."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        document = written()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        by_hand: list[tuple[type[BaseModel], JsonSchemaMode]] = [(one, "validation") for one in named]
        by_hand.append((Problem, "serialization"))
        schemas |= models_json_schema(by_hand, ref_template=REF)[1]["$defs"]
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _problem(
    status: int, detail: str, faults: Sequence[Fault] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    page = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, faults=list(faults))
    return JSONResponse(page.model_dump(), status, media_type=MEDIA, headers=headers)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [Fault(where=".".join(map(_name, one["loc"])), what=_what(one)) for one in error.errors()]
    return _problem(422, "the request is not as the OpenAPI document has it: see its faults", faults)


def _what(fault: dict[str, Any]) -> str:
    match fault["type"]:
        case "value_error":
            return unquoted(fault["msg"].removeprefix("Value error, "))
        case "union_tag_invalid":
            return f"it does not match any of the expected tags: {fault['ctx']['expected_tags']}"
    return str(fault["msg"])


def _name(part: object) -> str:
    """A name in a request is anybody's words until we know it: short, and such that every log takes it."""
    return ascii(part).strip("'")[:40]


async def _said(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, error.detail, headers=dict(error.headers or {}))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return _problem(422, str(error))


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    what = str(error) if isinstance(error, TemporalUnavailable) else "the ledger does not answer"
    return _problem(503, f"{what}; try again", headers={"Retry-After": "5"})
