"""The demo: a portfolio walks its journeys on a real Temporal server, four virtual months in minutes.

What the world tells comes through the gateway: loans over HTTP, payments as signed webhooks, and providers
call back.
"""

import asyncio
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from pydantic_core import to_json
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from activities.ledger import Ledger
from gateway.keys import Scope, create
from gateway.loans import Row
from journeys.diary import signed
from journeys.facts import PaymentReceived, PaymentReversed
from journeys.law.jurisdiction import law_of, names
from journeys.money import Money
from journeys.standing import counted
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.checker import violations
from rehearsal.play import Played, play_together
from rehearsal.processor import Processor, new_secret
from rehearsal.stage import Stage, stage
from workers.server import free_port

DAYS = 120
MONTH = timedelta(days=30)


async def run(
    rows: Sequence[Row], complaints: Sequence[str], out: Path, console: Console, *, stay: bool = False
) -> int:
    """Play the portfolio; gives the exit status: 1 if the checker found anything."""
    personas = {persona.name: persona for persona in PERSONAS}
    strange = [row for row in rows if row.persona not in personas]
    complaints = [*complaints, *(f"line {one.line}: there is no persona {one.persona!r}" for one in strange)]
    rows = [row for row in rows if row.persona in personas]
    ui_port, secret = free_port(), new_secret()
    async with (
        stage(out, ui_port=ui_port, payment_secrets=secret) as on,
        httpx2.AsyncClient(base_url=on.callbacks.gateway, timeout=60) as gateway,
    ):
        on.providers.callbacks = on.callbacks
        kept = "" if stay else " while they walk (--stay keeps it up afterwards)"
        console.print(f"the journeys are in the Temporal UI at http://127.0.0.1:{ui_port}{kept}")
        began = datetime.now(UTC)
        until = began + timedelta(days=DAYS)
        complaints += await _start_all(on, gateway, rows)
        for sentence in complaints:
            console.print(f"[yellow]left out:[/] {sentence}")
        processor, ledger = Processor(gateway, secret), on.journeys.ledger
        cases = [(row, case) for row in rows if (case := await ledger.case(row.loan.id))]
        played = [_played(row, Life(personas[row.persona], case), began, processor) for row, case in cases]
        await _play_all(on, played, began, until, console)
        refused = [sentence for one in played for sentence in one.refused]
        summary = await _summary(ledger, complaints, refused)
        answers = Counter(on.callbacks.answers)
        summary["over_http"] = {
            "journeys started": len(played),
            "payments reported, signed": processor.reported,
            **{f"callbacks of providers answered {status}": n for status, n in answers.items()},
        }
        await _write(on, [row for row, _ in cases], summary, until)
        _show(summary, console)
        console.print(f"diaries, letters, hand-off files and summary.json are in [bold]{out}[/]")
        if stay:
            address = on.env.client.service_client.config.target_host
            console.print(f"the Temporal server is at {address}, its UI at http://127.0.0.1:{ui_port}")
            console.print("everything stays up; press Ctrl-C to end")
            await asyncio.Event().wait()
    return 1 if summary["violations"] else 0


async def _start_all(on: Stage, gateway: httpx2.AsyncClient, rows: Sequence[Row]) -> list[str]:
    """Start them as a backend does; gives a sentence for each that the gateway refuses."""
    key = await create(on.journeys.ledger, "demo", [Scope.BACKEND], datetime.now(UTC))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    complaints = []
    for row in rows:
        path = f"/v1/loans/{quote(row.loan.id, safe='')}/journey"
        answer = await gateway.put(path, content=to_json(_body(row)), headers=headers)
        if answer.is_client_error:
            problem = answer.json()
            faults = [f"{one['where']}: {one['what']}" for one in problem["faults"]]
            complaints.append(f"line {row.line}: {'; '.join(faults) or problem['detail']}")
        else:
            answer.raise_for_status()
    return complaints


def _body(row: Row) -> dict[str, Any]:
    who, person = row.person.borrower, row.person
    borrower = {
        "id": who.id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "address": person.address,
        "birth_year": person.birth_year,
        "language": who.language,
        "zones": who.zones,
        "jurisdictions": who.jurisdictions,
    }
    loan = row.loan
    return {
        "borrower": borrower,
        "instalments": loan.instalments,
        "terms": loan.terms,
        "strategy": row.strategy,
    }


def _played(row: Row, life: Life, began: datetime, processor: Processor) -> Played:
    played = Played(row.loan.id, life, processor=processor)
    for month, amount in enumerate(row.receipts):
        if amount.minor > 0:
            at = began + month * MONTH + timedelta(days=12, hours=1)
            played.later(PaymentReceived(id=f"{row.loan.id}.receipt-{month + 1}", at=at, amount=amount))
    return played


async def _play_all(
    on: Stage, played: list[Played], began: datetime, until: datetime, console: Console
) -> None:
    """All borrowers side by side; the bar shows the day the average borrower has reached."""
    borrowers: dict[str, list[Played]] = defaultdict(list)
    for loan in played:
        borrowers[loan.life.case.borrower.id].append(loan)
    reached = dict.fromkeys(borrowers, 0.0)
    columns = (TextColumn("day {task.completed:>3.0f} of {task.total}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("days", total=DAYS)

        async def one(borrower: str) -> None:
            def progress(now: datetime) -> None:
                reached[borrower] = (now - began) / timedelta(days=1)
                bar.update(task, completed=sum(reached.values()) / len(reached))

            await play_together(on.env, on.journeys, borrowers[borrower], until, progress)
            progress(until)

        await asyncio.gather(*map(one, borrowers))


async def _summary(ledger: Ledger, complaints: Sequence[str], refused: Sequence[str]) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    contacts: Counter[str] = Counter()
    recovered: dict[str, int] = defaultdict(int)
    for loan in await ledger.loans():
        outcomes[loan.outcome or "open"] += 1
        contacts.update(f"{row.channel} {row.state}" for row in await ledger.contacts(loan.id))
        facts = await ledger.facts(loan.id)
        back = {fact.payment for fact in facts if isinstance(fact, PaymentReversed)}
        for fact in facts:
            if isinstance(fact, PaymentReceived) and fact.id not in back:
                recovered[fact.amount.currency] += fact.amount.minor
    rows = await ledger.withheld()
    every = law_of(names())
    return {
        "outcomes": dict(outcomes),
        "contacts": dict(sorted(contacts.items())),
        "withheld": dict(Counter(row.rule for row in rows)),
        "rules": {row.rule: every.words_of(row.rule) or row.why for row in rows},
        "recovered": {currency: str(Money(sum_, currency)) for currency, sum_ in recovered.items()},
        "left_out": list(complaints),
        "refused": list(refused),
        "violations": await violations(ledger),
    }


async def _write(on: Stage, rows: Sequence[Row], summary: dict[str, Any], until: datetime) -> None:
    folder = on.out / "diaries"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for row in rows:
        case = await on.journeys.ledger.case(row.loan.id)
        assert case is not None, f"loan {row.loan.id} was started, so it is on record"
        text = signed(case, await on.journeys.ledger.facts(row.loan.id), until)
        (folder / f"{row.loan.id}.txt").write_text(f"{row.loan.id} ({row.persona})\n{text}", encoding="utf-8")
    page = json.dumps(summary, ensure_ascii=False, indent=2)
    (on.out / "summary.json").write_text(page, encoding="utf-8")


def _show(summary: dict[str, Any], console: Console) -> None:
    for title, key in (
        ("over HTTP", "over_http"),
        ("outcomes", "outcomes"),
        ("contacts by channel", "contacts"),
        ("withheld by rule", "withheld"),
        ("recovered", "recovered"),
    ):
        table = Table(title=title, show_header=False, title_justify="left")
        for name, value in summary[key].items():
            words = [summary["rules"][name]] if key == "withheld" else []
            table.add_row(name, str(value), *words)
        console.print(table)
    for sentence in summary["refused"]:
        console.print(f"[yellow]asked for and refused:[/] {sentence}")
    for sentence in summary["violations"]:
        console.print(f"[red]violation:[/] {sentence}")
    console.print(f"the checker found {counted(len(summary['violations']), 'violation')}")
