"""Logs: one JSON object a line on standard error, free of personal data by the way they are made.

A line has a fixed sentence and values of the few keys below: references, codes, numbers. What libraries put
into their sentences is left out, and so are sentences that may have been filled in before, and the messages
of exceptions, for all these may quote what was sent; an exception is its type and where it was raised.
"""

import logging
import sys
import time
import warnings
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor
from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

KEYS = frozenset(
    (
        *("event", "level", "timestamp", "logger", "error"),
        *("activity", "journey", "attempt", "facts", "method", "route", "status", "key", "ms", "address"),
    )
)
"""All that a line may say; anything else is dropped."""
DEEPEST = 8
"""Frames of a traceback, the innermost last."""

log = structlog.stdlib.get_logger("journeys")


def configure(level: int = logging.INFO) -> None:
    """Send everything that this process logs through here; once a process."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where_it_was_raised,
        _only_known_keys,
    ]
    formatter = ProcessorFormatter(
        foreign_pre_chain=[_only_what_is_not_filled_in, *shared],
        processors=[ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        use_get_message=False,  # the library's sentence without what goes into it
        pass_foreign_args=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    warnings.showwarning = _warned
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class Logged(Interceptor):
    """Says of each effect what came of it: the kinds of its facts, and how long it took."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Activity(next)


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info, began = activity.info(), time.monotonic()
        result = await super().execute_activity(input)
        if not info.is_local:
            log.info(
                "effect",
                activity=info.activity_type,
                journey=info.workflow_id,
                attempt=info.attempt,
                facts=[fact.kind for fact in result] if isinstance(result, list) else [],
                ms=round((time.monotonic() - began) * 1000),
            )
        return result


def _only_what_is_not_filled_in(logger: Any, method: str, line: EventDict) -> EventDict:
    """A sentence to which nothing is given may have been filled in before: its place stands for it."""
    if not line["positional_args"]:
        line["event"] = f"said something at {line['_record'].pathname}:{line['_record'].lineno}"
    return line


def _where_it_was_raised(logger: Any, method: str, line: EventDict) -> EventDict:
    record = line.get("_record")
    raised = line.pop("exc_info", None) or (record.exc_info if record is not None else None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, tuple) and raised[1] is not None:
        line["error"] = [_said(one) for one in _chain(raised[1])]
    if record is not None:
        record.exc_info = record.exc_text = None  # or the formatter would add its message
    return line


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _said(error: BaseException) -> dict[str, object]:
    return {"type": type(error).__qualname__, "at": _frames(error.__traceback__)}


def _frames(traceback: TracebackType | None) -> list[str]:
    return [f"{one.filename}:{one.lineno} {one.name}" for one in extract_tb(traceback)[-DEEPEST:]]


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("a library warns", error=[{"type": category.__qualname__, "at": [f"{filename}:{lineno}"]}])


def _only_known_keys(logger: Any, method: str, line: EventDict) -> EventDict:
    return {key: value for key, value in line.items() if key in KEYS or key.startswith("_")}
