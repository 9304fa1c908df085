"""Takes in loan files line by line: what is good is started, what is bad is named by its line and a sentence.

The lines wait in the ledger, so a process that dies is followed by the next: a line that was under way is
taken up again, and starting a journey twice is harmless.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from activities.ledger import Registration
from activities.ledger.intakes import Done, Line
from gateway.client import Journeys, Refused, registration
from gateway.http.forms import LoanInFile
from gateway.http.problems import unquoted
from gateway.loans import ColumnMap, loans_of
from journeys.files import Mistakes, said

AT_ONCE = 200
LEASE = timedelta(minutes=2)
"""Longer than so many lines take: who died in between has them taken over then."""


async def take_in(journeys: Journeys, now: datetime) -> int:
    """Start the next lines that wait, side by side; gives how many there were."""
    lines = await journeys.ledger.lend_lines(now, LEASE, AT_ONCE)
    if not lines:
        return 0
    done, good = list[Done](), dict[str, tuple[int, Registration]]()
    for line in lines:
        try:
            wanted = _read(line)
            if (earlier := good.get(wanted.loan.id)) is not None:
                raise Refused(f"loan {wanted.loan.id} stands on line {earlier[0]} already")
            good[wanted.loan.id] = line.number, wanted
        except (Refused, Mistakes) as refusal:
            done.append(Done(line.number, "refused", unquoted(str(refusal))))
    outcomes = await journeys.start_all([wanted for _, wanted in good.values()], now)
    wrong: Exception | None = None
    for (number, _), outcome in zip(good.values(), outcomes, strict=True):
        match outcome:
            case Refused() | Mistakes():
                done.append(Done(number, "refused", str(outcome)))
            case Exception():  # this line stays lent, and is tried again
                wrong = outcome
            case _:
                done.append(Done(number, "started" if outcome else "known"))
    if done:
        await journeys.ledger.lines_done(lines[0].intake, done)
    if wrong is not None:
        raise wrong
    return len(lines)


def _read(line: Line) -> Registration:
    if line.form == "csv":
        rows, complaints = loans_of([(line.number, line.says)], "", ColumnMap(), line.sent_at)
        if not rows:
            raise Refused("; ".join(complaints))
        return registration(rows[0].loan, rows[0].person, rows[0].strategy)
    if not line.says:
        raise Refused("this line is not a JSON object in braces")
    try:
        wanted = LoanInFile.model_validate(line.says)
    except ValidationError as error:
        raise Refused(said(error, quoting=False)) from None
    return registration(wanted.named(), wanted.person(), wanted.strategy, wanted.version)


def json_lines(lines: Iterator[bytes]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a file with one JSON object a line; what is none is kept, to be refused by its line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _object(line)


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
