"""The embedded Temporal server: the official binary, as a wheel brings it into the environment."""

import shutil
import socket
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.converter import DataConverter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from workflows.search import ALL

STARTS_WITHIN = timedelta(seconds=60)
"""The SDK's own five seconds are too few for a busy machine."""
MANY = 100_000
"""Skips allowed to one journey: the server's own default stops a long journey silently."""
NO_PAUSE = {"history.workflowIdReuseMinimalInterval": "0"}
"""Between two runs of a journey the server pauses for up to a second, which skipping would stretch to weeks:
the new run's first task is moved by all that the run before it has skipped."""


def binary() -> str | None:
    """The Temporal program beside this interpreter, else on the path; None lets the SDK fetch one."""
    beside = Path(sys.executable).with_name("temporal")
    return str(beside) if beside.exists() else shutil.which("temporal")


async def start(
    converter: DataConverter,
    *,
    database: Path | None = None,
    ui_port: int | None = None,
    port: int | None = None,
    codec: str | None = None,
) -> Any:
    """A server in real time, with the UI; its journeys survive in the database file, if one is given.

    `codec` is the address at which the UI has values opened and sealed.
    """
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary(),
        data_converter=converter,
        search_attributes=ALL,
        dev_server_startup_timeout=STARTS_WITHIN,
        dev_server_database_filename=str(database) if database else None,
        dev_server_extra_args=[
            *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"),
            *(("--ui-codec-endpoint", codec) if codec else ()),
        ],
        ui=True,
        ui_port=ui_port or free_port(),
        port=port,
    )


async def start_skipping(
    converter: DataConverter,
    *,
    ui_port: int | None = None,
    codec: str | None = None,
    dynamic: Mapping[str, object] | None = None,
) -> Any:
    """A server on which each journey has its own clock, and time that nobody needs is skipped.

    It has a UI where a port is given for one; `dynamic` holds further values of its dynamic configuration.
    """
    values = {"frontend.WorkflowTimeSkippingEnabled": "true", **NO_PAUSE, **(dynamic or {})}
    return await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=binary(),
        data_converter=converter,
        search_attributes=ALL,
        ts_config=TimeSkippingConfig(max_session_skip_count=MANY),
        dev_server_startup_timeout=STARTS_WITHIN,
        dev_server_log_level="never",
        dev_server_extra_args=[
            *(word for key, value in values.items() for word in ("--dynamic-config-value", f"{key}={value}")),
            *(("--ui-codec-endpoint", codec) if codec else ()),
        ],
        ui=ui_port is not None,
        ui_port=ui_port,
    )


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """One that the system names: the server's own choice, a thousand above its first, may be taken."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
