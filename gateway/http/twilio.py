"""Twilio's door: what became of texts and calls, and what people write."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from activities import twilio as wire
from gateway.http.bodies import body
from gateway.http.dependencies import TellLater, TheJourneys, TheSettings
from gateway.http.problems import answers
from journeys.replies import Meaning, meaning, told_by

twilio = APIRouter(prefix="/twilio", tags=["providers"], responses=answers(403))


async def _signed(request: Request, settings: TheSettings) -> Mapping[str, str]:
    """What Twilio says, once its signature holds: it is for our address as the world sees it."""
    query = request.scope["query_string"].decode("latin-1")
    url = f"{settings.public_url.rstrip('/')}{request.url.path}{f'?{query}' if query else ''}"
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    token, signature = settings.twilio_token.get_secret_value(), request.headers.get("x-twilio-signature", "")
    said = wire.signed(token, url, media, await body(request), signature)
    if said is None or not settings.public_url or said.get("AccountSid") != settings.twilio_account:
        raise HTTPException(
            403,
            "this is not signed by Twilio for our address: look at JOURNEYS_PUBLIC_URL, "
            "JOURNEYS_TWILIO_ACCOUNT and JOURNEYS_TWILIO_TOKEN",
        )
    return said


Said = Annotated[Mapping[str, str], Depends(_signed)]


@twilio.post("", status_code=204, response_class=Response)
async def status(
    said: Said,
    journeys: TheJourneys,
    later: TellLater,
    contact: Annotated[str, Query(description="Our id of the contact, as we gave it with the message")] = "",
) -> None:
    """Takes in the status of a text or a call; twice, late and in any order it does no harm."""
    later.tell(await journeys.ledger.reported(wire.report(said, contact), datetime.now(UTC)))


@twilio.post("/inbound", response_class=Response)
async def inbound(said: Said, journeys: TheJourneys, later: TellLater) -> Response:
    """Takes in a text that somebody wrote; what it asks for holds before this is answered."""
    reply = wire.reply(said, datetime.now(UTC))
    asked = [meaning(reply.text), *([Meaning.STOP] if reply.stop else [])]
    asks_most = min(asked, key=list(Meaning).index)
    fact = told_by(asks_most, reply.channel, reply.id, reply.at)
    later.tell(await journeys.ledger.wrote(reply, fact))
    return Response(wire.NO_ANSWER, media_type="text/xml")
