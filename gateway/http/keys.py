"""Who gets in: what each scope of an API key may do, and how a key is shown."""

import re
import secrets
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from activities.rows import KeyRow
from gateway.http.dependencies import TheJourneys
from gateway.keys import Scope, digest

STEER = [Scope.BACKEND, Scope.OPERATOR]
"""Start a journey, end it, move it, say what was agreed elsewhere."""
PAY = [Scope.BACKEND, Scope.PROCESSOR, Scope.OPERATOR]
"""Tell of money: announced, failed, received, taken back."""
WORK = [Scope.BACKEND, Scope.DESK, Scope.OPERATOR]
"""Tell what was heard of a borrower, hear a reply, ask what is judged by the journey."""
READ = [Scope.BACKEND, Scope.DESK, Scope.OPERATOR, Scope.AUDITOR]
"""Look at journeys."""
AUDIT = [Scope.OPERATOR, Scope.AUDITOR]
"""Look at who asked for what."""

WRITTEN = re.compile(r"jk_([0-9a-f]{8})_[\w-]{43}", re.ASCII)
BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="jk_<id>_<secret>",
    description="An API key, from `journeys keys create`; it needs one of the scopes that a door lists.",
)


async def allowed(
    wanted: SecurityScopes,
    journeys: TheJourneys,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> KeyRow:
    """The key that somebody knocks with, once it is valid and has one of the scopes that the door wants."""
    if given is None:
        raise _stranger("an API key is missing: send it as Authorization: Bearer jk_…", "Bearer")
    written = WRITTEN.fullmatch(given.credentials)
    known = await journeys.ledger.key(written[1]) if written else None
    if known is None or not secrets.compare_digest(known[1], digest(given.credentials)):
        raise _stranger("nobody knows this API key", 'Bearer error="invalid_token"')
    key, _ = known
    if key.revoked_at is not None:
        raise _stranger("this API key was revoked", 'Bearer error="invalid_token"')
    demand(key, wanted.scopes)
    return key


def demand(key: KeyRow, scopes: Sequence[str]) -> None:
    """Raises 403, naming the scopes of which one is wanted."""
    if not set(scopes) & set(key.scopes):
        raise HTTPException(
            403,
            f"this takes a key with the scope {' or '.join(scopes)}; yours has {', '.join(key.scopes)}",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'},
        )


def _stranger(why: str, challenge: str) -> HTTPException:
    return HTTPException(401, why, {"WWW-Authenticate": challenge})


Steering = Annotated[KeyRow, Security(allowed, scopes=STEER)]
Working = Annotated[KeyRow, Security(allowed, scopes=WORK)]
Telling = Annotated[KeyRow, Security(allowed, scopes=sorted({*STEER, *PAY, *WORK}))]
