"""`python -m gateway`: the HTTP gateway, until it is told to stop."""

import asyncio
import signal

from activities.ledger import Ledger, LedgerUnavailable
from gateway.client import Journeys
from gateway.delivering import delivering
from gateway.http.app import application
from gateway.serving import serving
from workers.codec import BadKeys
from workers.connect import TemporalUnavailable, connect
from workers.exit import leave
from workers.logs import configure, log
from workers.settings import BadSettings, Settings, read_settings


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; what is under way then is answered."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Ledger.open(settings.database) as ledger:
        journeys = Journeys(await connect(settings, lazy=True), ledger)
        app = application(journeys, settings)
        async with (
            delivering(ledger, log.warning),
            serving(app, settings.http_port, settings.http_host) as address,
        ):
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
