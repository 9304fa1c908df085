"""An HTTP application, served by this process as long as a block of code runs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

AT_THE_END = 30
"""Seconds for requests under way; then they are cut off: nobody is kept from ending by a slow caller."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Whoever serves decides when to end."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Gives the address; at the end, requests under way get some time. Raises `OSError` on a taken port."""
    with socket.create_server((host, port)) as listening:  # the system names one where none is asked for
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=AT_THE_END
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                if running.done():
                    raise RuntimeError("the HTTP server ended before it began")
                await asyncio.sleep(0.01)
            yield f"http://{host}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
