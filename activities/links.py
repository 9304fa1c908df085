"""Links to the borrower's page: one a contact, short and opaque; the ledger keeps only their digests."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from activities.ledger import Person
from activities.outbound import Link
from journeys.borrower import Channel
from journeys.budget import BY_PHONE

Question = Literal["phone", "birth_year"]
"""What only the borrower knows: the last four digits of their number, or the year they were born."""
CARRYING = frozenset({Channel.EMAIL, Channel.SMS})
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
"""None that is mistaken for another, and none that a telephone leaves out at the end of a link."""
LENGTH = 14
"""Eighty bits: nobody guesses one, and a text has room for it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the borrower's page is, how long a link to it lasts, and what it asks before it shows a debt."""

    base: str
    lasts: timedelta
    ask: Question

    def link(self, person: Person, channel: Channel, at: datetime) -> Link | None:
        """A link for one contact; none where nothing could be asked of who opens it."""
        if channel not in CARRYING or question(person, channel, self.ask) is None:
            return None
        token = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        return Link(f"{self.base}/{token}", id_of(token), at, at + self.lasts)


def id_of(token: str) -> str:
    """What a token is known by; nobody gets from there to the token."""
    return sha256(token.encode()).hexdigest()[:32]


def question(person: Person, channel: Channel, first: Question) -> Question | None:
    """What is asked of who opens a link that went by this channel; None where nothing on record will do.

    The digits of a number are no secret to whoever holds the telephone that the link was sent to.
    """
    known: dict[Question, str] = {"birth_year": answer(person, "birth_year")}
    if channel not in BY_PHONE:
        known["phone"] = answer(person, "phone")
    return next((one for one in sorted(known, key=lambda one: one != first) if known[one]), None)


def answer(person: Person, asked: Question) -> str:
    """The right answer, four digits; empty where it is not on record."""
    if asked == "birth_year":
        return str(person.birth_year or "")
    digits = "".join(one for one in person.phone or "" if one.isdecimal())
    return digits[-4:] if len(digits) >= 7 else ""
