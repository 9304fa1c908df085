"""Webhooks out: events, signed as Standard Webhooks has it, at least once, and in order for each loan.

Who does not take an event is asked again, later and later; after the last time it is set aside, for a person
to have it replayed, and the next one goes. Who answers 410 is told nothing more.
"""

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import httpx2
from standardwebhooks.webhooks import Webhook

from activities.ledger import Ledger
from activities.rows import Delivery, Subscription
from gateway.client import Refused
from journeys.events import ALL

PATIENCE = timedelta(seconds=15)
LEASE = timedelta(seconds=60)
"""Longer than a request may take: a process that died in between has its deliveries taken over then."""
SIDE_BY_SIDE = 20
"""To each subscriber, so that one who does not answer leaves the others their places."""
AGAIN = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=5), timedelta(hours=10), timedelta(hours=10)),
)
"""How long to wait after each failure, as Standard Webhooks proposes; then it is a dead letter."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def subscription(url: str, types: Sequence[str], by: str, now: datetime) -> Subscription:
    """A new subscription with a secret of its own; raises `Refused`. Without `types`, to every event."""
    try:
        read = httpx2.URL(url)
        fit = read.host and (read.scheme == "https" or (read.scheme == "http" and read.host in LOOPBACK))
    except httpx2.InvalidURL:
        fit = False
    if not fit:
        raise Refused(f"{url!r} will not do: events go to an https address (http only to this machine)")
    if unknown := sorted(set(types) - set(ALL)):
        raise Refused(f"there is no event {', '.join(unknown)}; known are {', '.join(sorted(ALL))}")
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    return Subscription(f"sub_{uuid4().hex[:12]}", url, secret, tuple(types), by, now)


async def deliver(ledger: Ledger, http: httpx2.AsyncClient, now: datetime) -> int:
    """Deliver what is due, side by side, none for longer than `PATIENCE`; gives how many were tried."""
    due = await ledger.next_in_line(now, LEASE, SIDE_BY_SIDE)
    to = {one.id: one for one in await ledger.subscriptions()} if due else {}
    await asyncio.gather(*(_post(ledger, http, to[one.subscription], one, now) for one in due))
    return len(due)


async def _post(
    ledger: Ledger, http: httpx2.AsyncClient, to: Subscription, one: Delivery, now: datetime
) -> None:
    body = json.dumps(
        {"type": one.type, "timestamp": one.at.isoformat(), "data": {"loan": one.loan, **one.data}},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    message = f"evt_{one.event}"
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(to.secret).sign(message, now, body),
    }
    sending = http.stream("POST", to.url, content=body.encode(), headers=headers)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()), sending as answer:
            pass  # its status says it all, and who sends a body may never end
    except Exception as error:  # of whatever kind: it counts, or this address is tried for ever
        why = f"no answer ({type(error).__name__})"
    else:
        if answer.is_success:
            await ledger.delivered(one)
            return
        why = f"answered {answer.status_code}"
        if answer.status_code == httpx2.codes.GONE:
            await ledger.unsubscribe(to.id, now, "answered 410: they want to be told nothing more")
            return
    await ledger.failed(one, why, now + AGAIN[one.attempts] if one.attempts < len(AGAIN) else None)
