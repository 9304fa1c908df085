"""SendGrid's door: what became of e-mails."""

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response

from activities import sendgrid as wire
from gateway.http.bodies import body
from gateway.http.dependencies import TellLater, TheJourneys, TheSettings
from gateway.http.problems import answers

sendgrid = APIRouter(prefix="/sendgrid", tags=["providers"], responses=answers(403))
SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"


@sendgrid.post("", status_code=204, response_class=Response)
async def events(request: Request, journeys: TheJourneys, settings: TheSettings, later: TellLater) -> None:
    """Takes in events of e-mails, as many as come at once; twice, late and in any order they do no harm."""
    told, now = await body(request), datetime.now(UTC)
    signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
    if not wire.signed(settings.sendgrid_event_key, told, signature, timestamp, now):
        raise HTTPException(
            403, "this is not signed by SendGrid just now: look at JOURNEYS_SENDGRID_EVENT_KEY and the clock"
        )
    later.tell([loan for one in wire.reports(told) for loan in await journeys.ledger.reported(one, now)])
