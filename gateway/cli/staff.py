"""Commands for operations people: tasks, contacts not made, freezes."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from activities.rows import Stray, TaskRow, WithheldRow
from gateway import freezes
from gateway.cli.app import app, console, day, home_of, journeys, ledger, moment, out
from gateway.client import Refused, aware
from journeys.actions import OWNERS
from journeys.calendar import local
from journeys.freeze import Freeze
from journeys.law.jurisdiction import names

PATIENCE = 60
"""How often a freeze is counted before the command ends; a second lies between."""


@app.command()
def tasks(
    owner: Annotated[str, typer.Option(help="One team: agents, field, disputes or legal.")] = "",
    script: Annotated[bool, typer.Option("--script", help="Also what to say.")] = False,
) -> None:
    """What people are asked to do, the most urgent first; `tell` a task_reported when it is done."""
    if owner and owner not in (teams := sorted(set(OWNERS.values()))):
        raise Refused(f"there is no team {owner!r}; known are {', '.join(teams)}")

    async def told() -> list[tuple[TaskRow, str]]:
        async with ledger() as records:
            return [(row, await home_of(records, row.loan)) for row in await records.tasks(owner or None)]

    rows = asyncio.run(told())
    for row, zone in rows:
        out.print(f"{moment(row.deadline, zone)}  {row.owner:<10}{row.job:<22}{row.loan:<12}{row.id}")
        if script:
            out.print(f"\n{row.script}\n")
    if not rows:
        out.print("nobody is asked to do anything")


@app.command()
def withheld(
    loan: Annotated[str, typer.Option(help="Only of this loan.")] = "",
    borrower: Annotated[str, typer.Option(help="Only of this borrower.")] = "",
    rule: Annotated[str, typer.Option(help="Only by this rule, like HOUSE.WEEK.")] = "",
    on: Annotated[
        str, typer.Option("--day", help="Only on this day of the borrower's, like 2026-03-02.")
    ] = "",
    inputs: Annotated[bool, typer.Option("--inputs", help="Also what the rule looked at.")] = False,
) -> None:
    """Contacts that were not made: when, which, by which rule of which law, and the earliest time for it."""
    only = {name: value for name, value in (("loan", loan), ("borrower", borrower), ("rule", rule)) if value}

    async def told() -> list[tuple[WithheldRow, str]]:
        async with ledger() as records:
            if loan and await records.loan(loan) is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            if borrower and await records.person(borrower) is None:
                raise Refused(f"there is no borrower {borrower!r} in the ledger: is the reference right?")
            rows = await records.withheld(**only)
            people = {who: await records.person(who) for who in {row.borrower for row in rows}}
            return [
                (row, person.borrower.zones[0])
                for row in rows
                if (person := people[row.borrower]) is not None
            ]

    wanted = day(on) if on else None
    lines = [(row, zone) for row, zone in asyncio.run(told()) if wanted in (None, local(row.at, zone).date())]
    for row, zone in lines:
        earliest = (
            f"not before {local(row.until, zone):%Y-%m-%d %H:%M}" if row.until else "not until an event"
        )
        when = f"{local(row.at, zone):%Y-%m-%d %H:%M}"
        out.print(f"{when}  {row.loan:<12}{row.channel:<11}{row.touch:<24}{row.rule:<20}{earliest}")
        out.print(f"    {row.why} · law {row.law}")
        if inputs:
            out.print(f"    {json.dumps(row.inputs)}")
    if not lines:
        out.print("no such contact was withheld" if only or wanted else "no contact was withheld")


@app.command("close-links")
def close_links(loan: Annotated[str, typer.Argument(help="The loan's reference.")]) -> None:
    """Let no link to the borrower's page that was sent for a loan open any more; later messages bring new."""

    async def told() -> int:
        async with ledger() as records:
            if await records.loan(loan) is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            return await records.close_links(loan, datetime.now(UTC))

    out.print(f"links closed: {asyncio.run(told())}")


@app.command("open-links")
def open_links(loan: Annotated[str, typer.Argument(help="The loan's reference.")]) -> None:
    """Count wrong answers on the page of a loan's borrower anew, once you have spoken to them yourself."""

    async def told() -> None:
        async with ledger() as records:
            if await records.loan(loan) is None:
                raise Refused(f"there is no loan {loan!r} in the ledger: is the reference right?")
            await records.open_links(loan, datetime.now(UTC))

    asyncio.run(told())
    out.print(
        "links of this borrower open again, except those that were closed; the next message brings a new one"
    )


@app.command()
def strays() -> None:
    """What strangers wrote, and borrowers whose journeys have ended; `hear` gives one to a loan."""

    async def told() -> list[Stray]:
        async with ledger() as records:
            return await records.strays()

    rows = asyncio.run(told())
    for row in rows:
        out.print(f"{moment(row.at, 'UTC')}  {row.channel} from {row.sender}  {row.id}")
        out.print(f"    {row.why}: {json.dumps(row.text, ensure_ascii=False)}")
    if not rows:
        out.print("nobody whom we do not know has written")


@app.command()
def freeze(
    place: Annotated[str, typer.Argument(help="A jurisdiction or a region of one, like us or us-ma.")],
    until: Annotated[str, typer.Option(help="When it ends, like 2026-03-02T09:00; UTC without an offset.")],
    reason: Annotated[str, typer.Option(help="A code, like flood; it stands in histories.")],
    by: Annotated[str, typer.Option(help="Who orders it.")],
    since: Annotated[str, typer.Option("--from", help="When it begins; by default now.")] = "",
    spread: Annotated[int, typer.Option(min=0, help="Days over which they are let go again.")] = 3,
) -> None:
    """Hold every journey of a place; counts until as many are held as run there."""
    if place not in names():
        raise Refused(f"there is no jurisdiction {place!r}; known are {', '.join(names())}")
    now = datetime.now(UTC)
    begins, ends = aware(since, "UTC") if since else now, aware(until, "UTC")
    if ends <= max(begins, now):
        raise Refused(f"a freeze until {until} is over before it begins: give a later end")
    order = Freeze(f"freeze-{place}-{begins:%Y%m%dT%H%M%S}", place, begins, ends, spread, reason, by)
    console.print(f"{order.id}: holding every journey of {place} from {begins:%Y-%m-%d %H:%MZ} to {until}")

    async def told() -> bool:
        async with journeys() as client:
            return await _watch(freezes.freeze(client, order, now), "held")

    if not asyncio.run(told()):
        raise typer.Exit(1)


@app.command()
def thaw(
    id: Annotated[str, typer.Argument(help="What `freeze` said, like freeze-us-20260302T090000.")],
) -> None:
    """End a freeze before its time; the journeys are let go one after the other, over its days of spread."""
    now = datetime.now(UTC)

    async def told() -> bool:
        async with journeys() as client:
            known = {one.id: one for one in await client.ledger.freezes()}
            if id not in known:
                raise Refused(f"there is no freeze {id!r}; known are {', '.join(known) or 'none'}")
            return await _watch(freezes.thaw(client, known[id], known[id].thawed_at or now), "released")

    if not asyncio.run(told()):
        raise typer.Exit(1)


async def _watch(counts: AsyncIterator[freezes.Count], what: str) -> bool:
    """Print the count until it is complete; False where patience ends first."""
    shown, times = None, 0
    async for count in counts:
        if count != shown:
            out.print(f"journeys running there: {count.running}; {what}: {count.reached}")
        shown, times = count, times + 1
        if count.complete:
            return True
        if times == PATIENCE:
            break
        await asyncio.sleep(1)
    out.print(
        "not complete: is a worker up? The ledger knows of it, so nothing is sent against it; run it again"
    )
    return False
