"""`python -m gateway`: the HTTP gateway, until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2

from activities.ledger import Ledger, LedgerUnavailable
from gateway.client import Journeys
from gateway.delivering import PATIENCE, deliver
from gateway.http.app import application
from gateway.intake import take_in
from gateway.meanwhile import meanwhile
from gateway.serving import serving
from workers.codec import BadKeys
from workers.connect import TemporalUnavailable, connect
from workers.exit import leave
from workers.logs import configure, log
from workers.settings import BadSettings, Settings, read_settings

A_MOMENT, TOLD_EVERY = 1.0, 5.0
"""Seconds between two looks while there is nothing to do."""


@asynccontextmanager
async def gateway(journeys: Journeys, settings: Settings) -> AsyncIterator[str]:
    """The doors, and what goes on behind them; gives the address. At the end, what is begun is answered."""
    ledger, say = journeys.ledger, log.warning

    async with (
        httpx2.AsyncClient(timeout=PATIENCE.total_seconds(), follow_redirects=False) as http,
        meanwhile("facts for Temporal", lambda: told_again(journeys), TOLD_EVERY, say),
        meanwhile("events", lambda: deliver(ledger, http, datetime.now(UTC)), A_MOMENT, say),
        meanwhile("loan files", lambda: take_in(journeys, datetime.now(UTC)), A_MOMENT, say),
        serving(application(journeys, settings), settings.http_port, settings.http_host) as address,
    ):
        yield address


async def told_again(journeys: Journeys) -> int:
    """What Temporal had not taken and takes now; raises what keeps the rest waiting."""
    taken, wrong = await journeys.retell()
    if wrong is not None:
        raise wrong
    return taken


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Ledger.open(settings.database) as ledger:
        journeys = Journeys(await connect(settings, lazy=True), ledger)
        async with gateway(journeys, settings) as address:
            log.info("the gateway is ready", address=address)
            await stop.wait()


def main() -> None:
    """Run until stopped; a wrong setting or a taken port is said in a sentence."""
    configure()
    try:
        settings = read_settings()
        settings.data.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(settings))
    except (BadKeys, BadSettings, LedgerUnavailable, TemporalUnavailable) as error:
        print(error)
        leave(2)
    except OSError as error:
        what = error.filename or "the address of JOURNEYS_HTTP_HOST and JOURNEYS_HTTP_PORT"
        print(f"{what} cannot be used: {error.strerror or error}")
        leave(2)
    leave(0)


if __name__ == "__main__":
    main()
