"""Opens and seals values for the Temporal UI, so that staff read clear text and may tell facts there.

Only who has the token is served. The UI sends no credentials of its own on a laptop, so the token may also
stand in the path: `journeys up` and the demo point the UI there.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from temporalio.api.common.v1 import Payloads

from gateway.http.bodies import body
from gateway.serving import serving
from workers.codec import BadKeys, Encrypted, KeyRing

LARGEST = 8 * 1024 * 1024
"""Bytes of a request: some pages of history at once."""


@asynccontextmanager
async def for_the_ui(ring: KeyRing, ui_port: int) -> AsyncIterator[str]:
    """A codec server for the UI at a port of this machine; gives its address, with a token of its own."""
    token = secrets.token_urlsafe(24)
    origins = [f"http://{host}:{ui_port}" for host in ("localhost", "127.0.0.1")]
    async with serving(codec_server(ring, token, origins)) as address:
        yield f"{address}/{token}"


def codec_server(ring: KeyRing, token: str, origins: Sequence[str]) -> FastAPI:
    """The application; `origins` are the addresses under which people open the UI."""
    app = FastAPI(title="Codec server", openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["POST"],
        allow_headers=["content-type", "x-namespace", "authorization"],
    )
    codec = Encrypted(ring)

    def authenticated(token_in_path: str = "", authorization: Annotated[str, Header()] = "") -> None:
        given = token_in_path or authorization.removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(401, "the codec server's token is missing or wrong")

    doors = APIRouter(dependencies=[Depends(authenticated)])

    @doors.post("/encode")
    async def encode(request: Request) -> Response:
        return _answer(await codec.encode((await _payloads(request)).payloads))

    @doors.post("/decode")
    async def decode(request: Request) -> Response:
        try:
            return _answer(await codec.decode((await _payloads(request)).payloads))
        except BadKeys as error:
            raise HTTPException(422, str(error)) from None

    app.include_router(doors)
    app.include_router(doors, prefix="/{token_in_path}")
    return app


async def _payloads(request: Request) -> Payloads:
    try:
        return Parse(await body(request, LARGEST), Payloads())
    except (ParseError, UnicodeDecodeError) as error:
        raise HTTPException(400, f"these are not payloads: {error}") from None


def _answer(payloads: Sequence[object]) -> Response:
    return Response(MessageToJson(Payloads(payloads=payloads)), media_type="application/json")  # type: ignore[arg-type]
