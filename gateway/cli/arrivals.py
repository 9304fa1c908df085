"""Commands for what payment processors reported and no machine could make sense of."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from activities.rows import Arrival
from gateway.cli.app import app, ledger, moment, out
from gateway.client import Refused

arrivals = typer.Typer(no_args_is_help=True, help="Payment events that were set aside for a person.")
app.add_typer(arrivals, name="arrivals")

Id = Annotated[str, typer.Argument(help="What `arrivals list` says.")]


@arrivals.command("list")
def list_() -> None:
    """Genuine events that make no sense: what, since when, why."""
    rows = asyncio.run(_set_aside())
    for one in rows:
        out.print(f"{moment(one.at, 'UTC')}  {one.source:<9} {one.id}  {one.type}: {one.why}")
    if not rows:
        out.print("nothing was set aside")


@arrivals.command()
def show(id: Id) -> None:
    """An event as it was sent; it may hold personal data."""
    for one in _of(asyncio.run(_set_aside()), id):
        out.print((one.body or b"").decode("utf-8", "backslashreplace"))


@arrivals.command()
def done(id: Id, by: Annotated[str, typer.Option(help="Who has seen to it.")]) -> None:
    """Say that a person has seen to it: what it meant was told by `pay`, `reverse` or `tell`."""

    async def seen_to() -> None:
        async with ledger() as records:
            if not await records.done(id, by, datetime.now(UTC)):
                _of([], id)

    asyncio.run(seen_to())
    out.print(f"{id} is done")


async def _set_aside() -> list[Arrival]:
    async with ledger() as records:
        return await records.set_aside()


def _of(rows: list[Arrival], id: str) -> list[Arrival]:
    if not (found := [one for one in rows if one.id == id]):
        raise Refused(f"no event {id!r} was set aside: `journeys arrivals list` says which were")
    return found
