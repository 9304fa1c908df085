"""The hand-off to legal: a file assembled from the ledger, signed by a person, lodged in the outbox."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

from temporalio import activity

from activities.ledger import Ledger
from activities.letters import typeset_hand_off
from activities.orders import Order
from activities.words import Lender, written
from journeys import facts as f
from journeys.calendar import local, local_day
from journeys.case import Case, case_of
from journeys.facts import Learned, Told
from journeys.money import Money
from journeys.outcomes import carried_out
from journeys.statement import statement
from journeys.view import View


class Legal:
    """Prepares and lodges hand-off files; never without a look at what has been recorded since."""

    def __init__(self, ledger: Ledger, outbox: Path, lender: Lender) -> None:
        self.ledger, self.outbox, self.lender = ledger, outbox, lender

    @activity.defn
    async def prepare(self, order: Order) -> list[Learned | Told]:
        """Assemble the file and ask the legal team for a signature."""
        unheard = await self._unheard(order)
        if unheard is not None:
            return unheard
        await self._write(order, "prepared", signed_by="")
        return [await self._open(order)]

    @activity.defn
    async def lodge(self, order: Order) -> list[Learned | Told]:
        """Hand over the signed file and ask for an acknowledgement."""
        unheard = await self._unheard(order)
        if unheard is not None:
            return unheard
        signatures = [
            fact
            for fact in await self.ledger.facts(order.loan)
            if isinstance(fact, f.TaskReported) and fact.result == "signed"
        ]
        if not signatures:
            raise LookupError(f"loan {order.loan}: no signature is on record; the file is not lodged")
        await self._write(order, "lodged", signed_by=signatures[-1].by)
        return [await self._open(order)]

    async def _unheard(self, order: Order) -> list[Learned | Told] | None:
        """What was told before the order; None to go on. What an attempt did before it died stays done."""
        unheard = await self.ledger.unheard(order.loan, order.heard)
        if not unheard:
            return None
        fact = carried_out(order.action, order.at)
        done = await self.ledger.recorded(order.loan, fact.id)
        return [fact, *unheard] if done else list(unheard)

    async def _open(self, order: Order) -> Learned:
        fact = carried_out(order.action, order.at)
        assert isinstance(fact, f.TaskOpened)
        await self.ledger.open_task(order, fact, order.action.why, facts=[fact])
        return fact

    async def _write(self, order: Order, state: str, signed_by: str) -> None:
        """The same order writes the same bytes, so that a second try changes nothing."""
        data = await self._data(order, signed_by)
        pdf = await asyncio.to_thread(typeset_hand_off, data, order.at)
        folder = self.outbox / "legal" / state
        await asyncio.to_thread(_write_all, folder, order.loan, pdf, data)

    async def _data(self, order: Order, signed_by: str) -> dict[str, object]:
        person = await self.ledger.person(order.borrower)
        found = await self.ledger.loan(order.loan)
        assert person is not None and found is not None, f"loan {order.loan} is not in the ledger"
        facts = await self.ledger.facts(order.loan)
        case = case_of(found[0], person.borrower, order.strategy, order.version, order.at, facts)
        language, home, view = person.borrower.language, person.borrower.zones[0], View.of(case, order.at)
        return {
            "language": language,
            "loan": order.loan,
            "creditor": self.lender.name,
            "borrower": person.name,
            "address": person.address or "",
            "claimed": str(view.outstanding),
            "date": written(local_day(order.at, home), language),
            "signed_by": signed_by,
            "signed_on": written(local_day(order.at, home), language) if signed_by else "",
            "statement": _statement(view, language),
            "contacts": [
                {
                    "date": f"{local(row.at, home):%Y-%m-%d %H:%M}",
                    "channel": row.channel,
                    "wording": row.say,
                    "result": row.result or row.state,
                }
                for row in await self.ledger.contacts(order.loan)
            ],
            "letters": self._letters(case),
        }

    def _letters(self, case: Case) -> list[dict[str, str]]:
        manifest = self.outbox / "letters" / "manifest.jsonl"
        if not manifest.is_file():
            return []
        rows = [json.loads(row) for row in manifest.read_text(encoding="utf-8").splitlines()]
        ours = {attempt.contact for attempt in case.attempts}
        return [
            {"file": row["file"], "date": row["at"][:10], "sha256": row["sha256"]}
            for row in rows
            if row["contact_id"] in ours
        ]


def _statement(view: View, language: str) -> list[dict[str, str]]:
    return [
        {
            "date": f"{line.day:%Y-%m-%d}",
            "description": line.words,
            "debit": str(line.sum) if line.sum.minor > 0 else "",
            "credit": str(Money(-line.sum.minor, line.sum.currency)) if line.sum.minor < 0 else "",
            "balance": str(line.balance),
        }
        for line in statement(view.account, view.case.loan.currency, language)
    ]


def _write_all(folder: Path, loan: str, pdf: bytes, data: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(pdf).hexdigest()
    page = json.dumps({"sha256": digest, **data}, ensure_ascii=False, indent=2)
    for name, content in ((f"{loan}.pdf", pdf), (f"{loan}.json", page.encode())):
        partial = folder / f".{name}.{os.getpid()}"
        partial.write_bytes(content)
        partial.replace(folder / name)
