"""Commands about the HTTP API: its keys, and what was asked for with them."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.app import app, ledger, moment, out
from gateway.client import Refused
from gateway.keys import Scope, create

keys = typer.Typer(help="API keys: without a word, list them.", invoke_without_command=True)
app.add_typer(keys, name="keys")


@keys.callback()
def listed(context: typer.Context) -> None:
    """API keys: list them, create and revoke them."""
    if context.invoked_subcommand is not None:
        return

    async def told() -> list[str]:
        async with ledger() as records:
            return [
                f"{one.id}  {one.name:<20}{' '.join(one.scopes):<20}since {moment(one.created_at, 'UTC')}"
                + (f"  revoked {moment(one.revoked_at, 'UTC')}" if one.revoked_at else "")
                for one in await records.keys()
            ]

    for line in asyncio.run(told()) or ["there is no API key: make one with `journeys keys create`"]:
        out.print(line)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose it is: it stands with every command.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given again.")],
) -> None:
    """Make an API key and print it, this once: only its digest is kept."""
    if not name.strip() or not name.isprintable():
        raise Refused("say whose key it is: the name is empty")

    async def told() -> str:
        async with ledger() as records:
            return await create(records, name, scope, datetime.now(UTC))

    out.print(asyncio.run(told()))


@keys.command("revoke")
def revoke(id: Annotated[str, typer.Argument(help="What `journeys keys` calls it.")]) -> None:
    """End an API key at once; what was asked for with it stays on record."""

    async def told() -> bool:
        async with ledger() as records:
            if await records.key(id) is None:
                raise Refused(f"there is no API key {id!r}: `journeys keys` lists them")
            return await records.revoke_key(id, datetime.now(UTC))

    out.print(f"{id} is revoked" if asyncio.run(told()) else f"{id} was revoked before")


@app.command()
def commands(loan: Annotated[str, typer.Argument(help="Only of this loan.")] = "") -> None:
    """What was asked for over HTTP, the newest first: when, by whom, what, why, and how it was answered."""

    async def told() -> list[str]:
        async with ledger() as records:
            return [
                f"{moment(one.at, 'UTC')}  {one.name:<20}  {one.loan:<12}"
                f"{one.status or 'under way'}  {one.what}"
                + "".join(f" · {word}" for word in (one.actor, one.why) if word)
                for one in await records.commands(loan or None)
            ]

    for line in asyncio.run(told()) or ["nothing was asked for over HTTP"]:
        out.print(line)
