"""Commands for who is told of events: subscribe, end, and what could not be delivered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from activities.ledger import Ledger
from gateway.cli.app import app, ledger, moment, out
from gateway.client import Refused
from gateway.delivering import subscription
from journeys.standing import counted

webhooks = typer.Typer(no_args_is_help=True, help="Who is told of events over HTTP.")
app.add_typer(webhooks, name="webhooks")

T = TypeVar("T")
Id = Annotated[str, typer.Argument(help="What `webhooks list` says, like sub_0123456789ab.")]


@webhooks.command()
def add(
    url: Annotated[str, typer.Argument(help="Where events are sent to, like https://crm.example.com/hook.")],
    by: Annotated[str, typer.Option(help="Who orders it.")],
    type: Annotated[
        list[str] | None, typer.Option(help="Only this type of event; may be given again.")
    ] = None,
) -> None:
    """Tell an address of what happens from now on; prints the secret that signs, this once."""
    one = subscription(url, type or (), by, datetime.now(UTC))
    _with_ledger(lambda records: records.subscribe(one))
    out.print(f"{one.id}  {one.url}\nsecret: {one.secret}")


@webhooks.command("list")
def list_() -> None:
    """Who is told, and who was."""
    rows = _with_ledger(lambda records: records.subscriptions())
    for one in rows:
        over = f"  ended {moment(one.ended_at, 'UTC')}" if one.ended_at else ""
        out.print(f"{one.id}  {one.url}  {', '.join(one.types) or 'every event'}  by {one.by}{over}")
    if not rows:
        out.print("nobody is told of events")


@webhooks.command()
def end(id: Id) -> None:
    """Tell them nothing more; what waits for them is set aside."""
    if not _with_ledger(lambda records: records.unsubscribe(id, datetime.now(UTC), "the subscription ended")):
        raise Refused(f"nobody is told by {id!r}: `journeys webhooks list` says who is")
    out.print(f"{id} has ended")


@webhooks.command()
def dead() -> None:
    """Events that somebody never took, and why."""
    rows = _with_ledger(lambda records: records.dead_letters())
    for one in rows:
        out.print(
            f"evt_{one.event}  {one.subscription}  {one.loan}  {one.type}  {moment(one.at, 'UTC')}  {one.why}"
        )
    if not rows:
        out.print("nothing was set aside")


@webhooks.command()
def replay(id: Id) -> None:
    """Send again what was set aside for a subscriber."""
    if id not in {
        one.id for one in _with_ledger(lambda records: records.subscriptions()) if not one.ended_at
    }:
        raise Refused(f"nobody is told by {id!r}: `journeys webhooks list` says who is")
    again = _with_ledger(lambda records: records.replay(id))
    out.print(f"{counted(again, 'event')} will be sent again")


def _with_ledger(ask: Callable[[Ledger], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with ledger() as records:
            return await ask(records)

    return asyncio.run(asked())
