"""How much of a request is read: nobody fills the memory of a door that is open to the world."""

from fastapi import HTTPException, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 1024 * 1024
"""Bytes of a request's body, unless its door says otherwise."""


class TooLarge(HTTPException):
    """The body is larger than its door takes."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"the request is larger than {most} bytes: send less at once")


class Bounded:
    """Middleware: a body beyond the bound is refused while it is read, whatever its headers say.

    Doors whose path begins with one of `unbounded` count for themselves.
    """

    def __init__(self, app: ASGIApp, unbounded: tuple[str, ...] = ()) -> None:
        self.app, self.unbounded = app, unbounded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self.unbounded):
            await self.app(scope, receive, send)
            return
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST:
                raise TooLarge(MOST)
            return message

        await self.app(scope, bounded, send)


async def body(request: Request, most: int = MOST) -> bytes:
    """The raw bytes of a request, as they were signed; raises `TooLarge`."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > most:
            raise TooLarge(most)
    return bytes(read)
