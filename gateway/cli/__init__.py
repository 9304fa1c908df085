"""The command line, `journeys`: one command for each thing people do with the system."""

import signal

from typer.exceptions import Abort, TyperException

from activities.ledger import LedgerUnavailable
from gateway.cli import loans, play, proof, staff
from gateway.cli.app import app, out
from gateway.client import Refused
from journeys.files import Mistakes
from workers.connect import TemporalUnavailable
from workers.exit import leave
from workers.settings import BadSettings

__all__ = ["loans", "main", "play", "proof", "staff"]


def main() -> None:
    """Every command ends here: with its status, or with a sentence about what is wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what we started, as Ctrl-C does
    try:
        status = app(standalone_mode=False) or 0
    except (Refused, Mistakes, BadSettings, LedgerUnavailable, TemporalUnavailable, ValueError) as error:
        out.print(f"journeys: {error}")
        status = 2
    except TyperException as error:
        out.print(f"journeys: {error} (journeys --help lists the commands)")
        status = 2
    except (KeyboardInterrupt, Abort):
        status = 130
    leave(status)
