"""Takes in what payment processors report: once, with the facts it tells, in one transaction.

What is genuine and makes no sense is set aside for a person, for the processor would only send it again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from activities.rows import Arrival
from gateway import receipts
from gateway.client import Journeys, Refused
from gateway.payments import Refunded, Report
from gateway.stripe_events import refund
from journeys.facts import PaymentReceived, PaymentReversed


class SomethingElse(Refused):
    """An event came under the id of another."""


async def take_in(
    journeys: Journeys, report: Report, body: bytes, at: datetime
) -> tuple[Arrival, Sequence[str]]:
    """Put an event on record, and tell nobody yet; gives it as it stands, and the loans to be told.

    Again is harmless. Raises `SomethingElse` for another event under the same id, which is set aside.
    """
    state, loans = report.state, list[str]()
    kept = body if state == "set_aside" else None
    new = Arrival(report.source, report.id, report.type, report.digest, at, state, report.why, kept)
    try:
        async with journeys.ledger.together() as ledger:
            known = await ledger.arrived(new)
            if known is None and report.told is not None:
                loans = await _keep(replace(journeys, ledger=ledger), report)
    except Refused as error:
        new = replace(new, state="set_aside", why=str(error), body=body)
        known = await journeys.ledger.arrived(new)
    if known is not None and known.digest != report.digest:
        why = f"event {report.id} is on record with something else"
        other = f"{report.id}~{report.digest[:16]}"
        await journeys.ledger.arrived(replace(new, id=other, state="set_aside", why=why, body=body))
        raise SomethingElse(f"{why}: give what you send its own id")
    return known or new, loans


async def _keep(journeys: Journeys, report: Report) -> list[str]:
    """Put on record what it tells; gives the loans it went to."""
    ledger, told = journeys.ledger, report.told
    loans = await ledger.loans_behind(report.loans)  # the borrower's page pays by a reference of its own
    match told:
        case PaymentReceived():
            parts, _ = await receipts.keep(ledger, told, loans)
            return list(parts)
        case PaymentReversed():
            reached, _ = await receipts.keep_reversal(ledger, told, loans)
            return list(reached)
        case Refunded():
            back = refund(told, await ledger.refunded(told.charge, told.payment))
            return list((await receipts.keep_reversal(ledger, back, ()))[0]) if back else []
        case None:
            return []
    for loan in loans:
        await journeys.keep(loan, told)
    return list(loans)
