"""API keys and their scopes; of a key only its digest is kept.

The secret is 256 random bits: nobody guesses it, so a fast digest keeps it, and wrong keys are not counted.
"""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from activities.ledger import Ledger


class Scope(StrEnum):
    """What a key is for; it may have several."""

    BACKEND = "backend"
    PROCESSOR = "processor"
    DESK = "desk"
    OPERATOR = "operator"
    AUDITOR = "auditor"


async def create(ledger: Ledger, name: str, scopes: list[Scope], at: datetime) -> str:
    """Make a key and put its digest on record; gives the key, which nobody can read again."""
    id = secrets.token_hex(4)
    key = f"jk_{id}_{secrets.token_urlsafe(32)}"
    await ledger.add_key(id, name, list(scopes), digest(key), at)
    return key


def digest(key: str) -> str:
    """What is kept of a key, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
