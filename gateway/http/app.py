"""The HTTP application: which doors there are, and what holds at each."""

from fastapi import FastAPI

from gateway.client import Journeys
from gateway.http import problems
from gateway.http.bodies import Bounded
from gateway.http.intakes import intakes
from gateway.http.journeys import told
from gateway.http.logged import Logged
from gateway.http.metrics import metrics
from gateway.http.page.doors import page
from gateway.http.page.seal import Seal
from gateway.http.payments import SCHEMAS, check, payments
from gateway.http.probes import probes
from gateway.http.questions import audit, questions
from gateway.http.sendgrid import sendgrid
from gateway.http.twilio import twilio
from journeys.replies import heard
from workers.codec import KeyRing
from workers.settings import Settings

DOORS = (probes, metrics, told, intakes, questions, audit, payments, twilio, sendgrid, page)


def application(journeys: Journeys, settings: Settings) -> FastAPI:
    """The gateway before one client of the journeys; it opens and closes nothing of its own.

    Raises `BadSettings` for a secret that is none.
    """
    check(settings)
    heard()  # whoever writes STOP first must not wait until the words are read
    app = FastAPI(
        title="Collection journeys",
        summary="Start journeys of overdue loans, tell them what happened, ask something of them.",
        version="1",
        responses=problems.answers(413, 422, 503),
    )
    app.state.journeys, app.state.settings = journeys, settings
    app.state.seal = Seal(KeyRing.open(settings.keys))
    app.add_middleware(Bounded, unbounded=("/v1/intakes",))
    app.add_middleware(Logged)
    problems.install(app, *SCHEMAS)
    for doors in DOORS:
        app.include_router(doors)
    return app
