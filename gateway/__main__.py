"""`python -m gateway`: the HTTP gateway, until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from activities.ledger import Ledger, LedgerUnavailable
from gateway.client import Journeys
from gateway.delivering import delivering
from gateway.http.app import application
from gateway.intake import taking_in
from gateway.serving import serving
from gateway.telling import telling
from workers.codec import BadKeys
from workers.connect import TemporalUnavailable, connect
from workers.exit import leave
from workers.logs import configure, log
from workers.settings import BadSettings, Settings, read_settings


@asynccontextmanager
async def gateway(journeys: Journeys, settings: Settings) -> AsyncIterator[str]:
    """The doors, and what goes on behind them; gives the address. At the end, what is begun is answered."""
    async with (
        telling(journeys, log.warning),
        delivering(journeys.ledger, log.warning),
        taking_in(journeys, log.warning),
        serving(application(journeys, settings), settings.http_port, settings.http_host) as address,
    ):
        yield address


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
        print(f"the gateway cannot listen there: {error.strerror or error} (JOURNEYS_HTTP_PORT)")
        leave(2)
    leave(0)


if __name__ == "__main__":
    main()
