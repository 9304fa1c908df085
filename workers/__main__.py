"""`python -m workers`: one worker process, until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from temporalio.client import Client

from activities.ledger import Ledger, LedgerUnavailable
from workers.codec import BadKeys
from workers.connect import TemporalUnavailable, connect
from workers.exit import leave
from workers.logs import configure, log
from workers.providers import senders
from workers.queues import workers
from workers.settings import BadSettings, Settings, read_settings


@asynccontextmanager
async def serve(client: Client, settings: Settings) -> AsyncIterator[Ledger]:
    """Every queue served by this process, from this ledger; at the end, what has begun is finished first."""
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(Ledger.open(settings.database))
        for worker in workers(client, ledger, senders(settings), settings):
            await stack.enter_async_context(worker)
        yield ledger


async def work(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with serve(await connect(settings, metrics=settings.worker_metrics), settings):
        log.info("the worker is ready")
        await stop.wait()


def main() -> None:
    """Run until stopped; a wrong setting or a missing server is said in a sentence."""
    configure()
    try:
        settings = read_settings()
        if missing := settings.without_providers():
            raise BadSettings(
                f"nothing can be sent: set {', '.join(missing)} (any value will do in rehearsal)"
            )
        settings.data.mkdir(parents=True, exist_ok=True)
        asyncio.run(work(settings))
    except (BadKeys, BadSettings, LedgerUnavailable, TemporalUnavailable) as error:
        print(error)
        leave(2)
    leave(0)


if __name__ == "__main__":
    main()
