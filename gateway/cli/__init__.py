"""The command line, `journeys`: one command for each thing people do with the system."""

import signal
from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from typer import BadParameter
from typer.exceptions import Abort, TyperException

from activities.ledger import LedgerUnavailable
from gateway.cli import arrivals, keys, loans, play, proof, staff, webhooks
from gateway.cli.app import app, out
from journeys.files import said
from workers.connect import TemporalUnavailable
from workers.exit import leave

__all__ = ["arrivals", "keys", "loans", "main", "play", "proof", "run", "staff", "webhooks"]


def main() -> None:
    """Do what was typed, and leave with its status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what we started, as Ctrl-C does
    leave(run())


def run(words: Sequence[str] | None = None) -> int:
    """Every command ends here: with its status, or with a sentence about what is wrong."""
    try:
        return app(words, standalone_mode=False) or 0
    except (LedgerUnavailable, TemporalUnavailable, ValueError) as error:
        out.print(f"journeys: {error}")
    except OverflowError:
        out.print("journeys: a number or a date there is out of all bounds: check what was typed")
    except SQLAlchemyError as error:
        out.print(f"journeys: the ledger does not take that ({type(error).__name__}): check what was typed")
    except OSError as error:
        out.print(f"journeys: {error.filename or 'a file'} cannot be used: {error.strerror or error}")
    except TyperException as error:
        if isinstance(error, BadParameter) and isinstance(error.__cause__, ValidationError) and error.param:
            out.print(f"journeys: {error.param.name}: {said(error.__cause__)}")
        elif str(error):  # without a command, the help says it all
            out.print(f"journeys: {error} (journeys --help lists the commands)")
    except (KeyboardInterrupt, Abort):
        return 130
    return 2
