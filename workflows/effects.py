"""Which effect carries out which action: where it runs, how long it may take, how it is tried again.

Every effect may be tried again safely: the guard's claim and the ledger's keys make the second try find
what the first one did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

from activities.decide import Decide
from activities.desk import Desk
from activities.guard import Guard
from activities.legal import Legal
from journeys import actions as a
from journeys.borrower import Channel

JOURNEYS, EMAIL, TEXT, VOICE, POST, LEDGER = "journeys", "email", "text", "voice", "post", "ledger"
"""Task queues: one for the journeys themselves, one per provider with its own rate, one for the ledger."""

QUEUES = {
    Channel.EMAIL: EMAIL,
    Channel.SMS: TEXT,
    Channel.CALL: VOICE,
    Channel.LETTER: POST,
    Channel.REGISTERED: POST,
    Channel.AGENT: LEDGER,
    Channel.VISIT: LEDGER,
}

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
DECIDE_WITHIN = timedelta(seconds=30)
DECIDE = Decide.decide
ACCEPT = Decide.accept
HEAR = Decide.hear
REOPEN = Decide.reopen


@dataclass(frozen=True, slots=True)
class Effect:
    """How one kind of action is carried out."""

    activity: Callable[..., Any]
    queue: str
    within: timedelta


def effect_of(action: a.Act) -> Effect:
    """The effect that carries the action out."""
    match action:
        case a.Contact():
            return Effect(Guard.contact, QUEUES[action.channel], timedelta(seconds=20))
        case a.PrepareHandOff():
            return Effect(Legal.prepare, LEDGER, timedelta(minutes=2))
        case a.LodgeHandOff():
            return Effect(Legal.lodge, LEDGER, timedelta(minutes=2))
        case _:
            return Effect(Desk.keep, LEDGER, timedelta(seconds=30))
