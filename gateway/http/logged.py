"""One line for each request: by its route, for a path may hold a reference or a borrower's link."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workers.logs import log

UNKNOWN = "no such route"


class Logged:
    """Middleware: says method, route, status and milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route: Any = scope.get("route")
            log.info(
                "request",
                method=scope["method"],
                route=getattr(route, "path", UNKNOWN),
                status=status,
                ms=round((time.monotonic() - began) * 1000),
            )
