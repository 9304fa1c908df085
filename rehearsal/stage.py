"""What a rehearsal needs: a fresh ledger, the providers' loopback, a server that skips time, a worker."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from activities.ledger import Ledger
from gateway.client import Journeys
from gateway.codec_server import for_the_ui
from gateway.http.app import application
from gateway.http.dependencies import clock
from gateway.serving import serving
from rehearsal import CREDENTIALS
from rehearsal.callbacks import Callbacks
from rehearsal.processor import time_of_who_speaks
from rehearsal.providers import RehearsalProviders
from workers.codec import KeyRing
from workers.connect import converter
from workers.server import free_port, start_skipping
from workers.settings import read_settings

NO_LIMIT = "1000"
"""A rate that virtual time does not feel."""


class WorkerProcess:
    """A worker in a process of its own, as in production; ended by its own id."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.settings, self.log = settings, log
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it; it is ready when the first task is done."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "workers"),
                env={**os.environ, **self.settings},
                stdout=log,
                stderr=log,
            )

    async def kill_and_start_again(self) -> None:
        """SIGKILL, as a power cut would; then another one."""
        self.process.kill()
        await self.process.wait()
        await self.start()

    async def end(self) -> None:
        """Let it finish what it has begun."""
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@dataclass(frozen=True, slots=True)
class Stage:
    """What is up and running."""

    env: WorkflowEnvironment
    journeys: Journeys
    providers: RehearsalProviders
    worker: WorkerProcess
    out: Path
    callbacks: Callbacks
    """Calls the gateway back: while the providers are given it, of each message."""


@asynccontextmanager
async def stage(
    out: Path,
    *,
    ui_port: int | None = None,
    dynamic: Mapping[str, object] | None = None,
    **settings: str,
) -> AsyncIterator[Stage]:
    """Set everything up in an emptied folder, and end it all afterwards.

    `dynamic` configures the server, settings the others.
    """
    out.mkdir(parents=True, exist_ok=True)
    for old in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "worker.log", "deliveries.jsonl"):
        (out / old).unlink(missing_ok=True)
    shutil.rmtree(out / "outbox", ignore_errors=True)
    database = f"sqlite+aiosqlite:///{out / 'ledger.db'}"
    ring = KeyRing.open(Path(settings.get("keys", out / "keys")))
    with RehearsalProviders(record=out / "deliveries.jsonl") as providers:
        async with AsyncExitStack() as stack:
            codec = await stack.enter_async_context(for_the_ui(ring, ui_port)) if ui_port else None
            skipping = await start_skipping(converter(ring), ui_port=ui_port, codec=codec, dynamic=dynamic)
            env = await stack.enter_async_context(skipping)
            ledger = await stack.enter_async_context(Ledger.open(database))
            address = env.client.service_client.config.target_host
            journeys, port = Journeys(env.client, ledger), free_port()
            calling = Callbacks(f"http://127.0.0.1:{port}")
            ours = _settings(database, out, providers.url, calling, settings)
            app = application(journeys, read_settings(**ours))
            app.dependency_overrides[clock] = time_of_who_speaks
            await stack.enter_async_context(serving(app, port))
            stack.push_async_callback(asyncio.to_thread, calling.close)  # which the gateway answers meanwhile
            variables = {f"JOURNEYS_{name.upper()}": value for name, value in ours.items()}
            worker = WorkerProcess({"TEMPORAL_ADDRESS": address, **variables}, out / "worker.log")
            await worker.start()
            try:
                # No clock runs by itself: the players move each on.
                with env.with_time_skipping_disabled():
                    yield Stage(env, journeys, providers, worker, out, calling)
            finally:
                await worker.end()


def _settings(
    database: str, out: Path, provider_url: str, callbacks: Callbacks, others: dict[str, str]
) -> dict[str, str]:
    rates = ("texts", "calls", "emails", "letters")
    return {
        "database": database,
        "data": str(out),
        "outbox": str(out / "outbox"),
        "provider_url": provider_url,
        "public_url": callbacks.gateway,
        "sendgrid_event_key": callbacks.event_key,
        **CREDENTIALS,
        **{f"{what}_per_second": NO_LIMIT for what in rates},
        **others,
    }
