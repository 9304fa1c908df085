"""The doors of the borrower's page. What is no open link looks the same, whatever is the matter with it."""

import asyncio
import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError

from activities.links import Question, answer
from activities.words import written
from gateway.client import Refused
from gateway.http.dependencies import TellLater, TheJourneys, TheSettings
from gateway.http.page.acts import ABOUT, ACTS, REASONS, Form, ask, first, keep
from gateway.http.page.seal import SESSION
from gateway.http.page.shown import PromiseLimits, shown
from gateway.http.page.visit import COOKIE, TheVisit, Visit
from gateway.http.page.words import CSS, HEADERS, TEXTS, html, is_secure, language_of
from journeys import facts as f
from journeys.borrower import Channel
from journeys.requests import Plan, Promise
from workers.connect import TemporalUnavailable

PATIENCE = 8
"""Seconds that a borrower waits for a journey to accept what they ask."""


class Kindly(APIRoute):
    """A borrower reads a page, not problem details, where the ledger or Temporal does not answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answering = super().get_route_handler()

        async def kindly(request: Request) -> Response:
            try:
                return await answering(request)
            except (SQLAlchemyError, TemporalUnavailable):
                language = language_of(request)
                return html(request, "notice.html", language, status=503, said=TEXTS[language]["later"])

        return kindly


page = APIRouter(prefix="/p", include_in_schema=False, route_class=Kindly)


@page.get("/page.css")
async def css() -> Response:
    return Response(CSS, media_type="text/css", headers={**HEADERS, "Cache-Control": "max-age=3600"})


@page.get("/{token}")
async def show(visit: TheVisit, settings: TheSettings) -> Response:
    """What is owed, to who has confirmed; a question, to everybody else."""
    if visit.confirmed and visit.view is not None:
        return _account(visit, settings.pay_url)
    return _question(visit, settings.confirm)


@page.post("/{token}/confirm")
async def confirm(visit: TheVisit, journeys: TheJourneys, settings: TheSettings) -> Response:
    """Every answer is on record before it is looked at."""
    form, key = await visit.form()
    asked = visit.asked(settings.confirm)
    if visit.person is None or visit.link is None or asked is None:
        return _closed(visit)
    if key is None:
        return visit.back("again")
    given = "".join(one for one in first(form, "answer") if one.isdecimal())
    right = hmac.compare_digest(given.encode(), answer(visit.person, asked).encode())
    if await journeys.ledger.guessed(visit.link, visit.at, right=right):
        answered = visit.back()
        answered.set_cookie(
            COOKIE,
            visit.seal.session(visit.link.id, visit.at),
            max_age=int(SESSION.total_seconds()),
            path=f"/p/{visit.token}",
            secure=is_secure(settings),
            httponly=True,
            samesite="lax",  # strict would ask anew after the way back from where they pay
        )
        return answered
    still = await journeys.ledger.link(visit.link.id, visit.at)
    if still is None or not still.opens:
        return _closed(visit)
    return _question(visit, settings.confirm, wrong=True)


@page.get("/{token}/wrong-person")
async def told_wrong(visit: TheVisit) -> Response:
    """Thanks, whoever asks."""
    return visit.html("notice.html", said=_thanks(visit, "wrong"))


@page.post("/{token}/wrong-person")
async def wrong_person(visit: TheVisit, journeys: TheJourneys, later: TellLater) -> Response:
    """Silences that number or address, also by a link that opens no more."""
    _, key = await visit.form()
    link = visit.link
    if key is None:
        return visit.back("again")
    if link is not None:
        channel, id = Channel(link.channel), f"{link.contact}.wrong_person"
        wrong = f.ContactPointFailed(id=id, at=visit.at, channel=channel, reason="wrong_person")
        await keep(journeys, link, [wrong], later)
    chosen = visit.request.query_params.get("lang")
    query = f"?lang={chosen}" if chosen in TEXTS else ""
    return RedirectResponse(f"/p/{visit.token}/wrong-person{query}", 303, HEADERS)


@page.get("/{token}/unsubscribe")
async def ask_to_unsubscribe(visit: TheVisit) -> Response:
    """A button: mail programs open links by themselves, and that stops nothing."""
    return visit.html("unsubscribe.html")


@page.post("/{token}/unsubscribe")
async def unsubscribe(visit: TheVisit, journeys: TheJourneys, later: TellLater) -> Response:
    """One press in a mail program (RFC 8058): nothing else is asked, and any link of ours will do."""
    if (link := visit.link) is not None:
        channel, id = Channel(link.channel), f"{link.contact}.unsubscribed"
        await keep(journeys, link, [f.OptedOut(id=id, at=visit.at, channel=channel)], later)
    return visit.html("notice.html", said=_thanks(visit, "unsubscribe"))


@page.get("/{token}/{what}")
async def loaded_again(visit: TheVisit) -> Response:
    """Where a form was sent to and refused, there is nothing to load: back to the page."""
    return visit.back()


@page.post("/{token}/{what}")
async def act(
    visit: TheVisit, what: str, journeys: TheJourneys, settings: TheSettings, later: TellLater
) -> Response:
    """Promise, plan, dispute, talk or stop; again is harmless."""
    form, key = await visit.form()
    if visit.view is None or visit.link is None or what not in ACTS:
        return _closed(visit)
    if key is None or not visit.confirmed:
        return visit.back("again" if visit.confirmed else "")
    texts, id = TEXTS[visit.language], f"page-{key}"
    try:
        said = ACTS[what](visit.view, visit.link, form, id)
        if isinstance(said, Promise | Plan):
            async with asyncio.timeout(PATIENCE):
                await ask(journeys, visit.view, said, id)
        else:
            await keep(journeys, visit.link, said, later)
    except Refused:
        return _account(visit, settings.pay_url, 422, what, texts["refused"]["text"], form)
    except (TemporalUnavailable, TimeoutError):
        return _account(visit, settings.pay_url, 503, what, texts["refused"]["later"], form)
    except ValueError:  # a sum or a date that is none, or `Misfilled`
        return _account(visit, settings.pay_url, 422, what, texts[what]["fault"], form)
    return visit.back(what)


def _question(visit: Visit, preferred: Question, *, wrong: bool = False) -> Response:
    asked = visit.asked(preferred)
    if asked is None:
        return _closed(visit)
    again = (
        TEXTS[visit.language]["done"]["again"] if visit.request.query_params.get("done") == "again" else ""
    )
    return visit.html("confirm.html", 422 if wrong else 200, asked=asked, wrong=wrong, done=again)


def _closed(visit: Visit) -> Response:
    return visit.html("closed.html", 404)


def _account(
    visit: Visit, pay_url: str, status: int = 200, what: str = "", fault: str = "", form: Form | None = None
) -> Response:
    assert visit.view is not None and visit.link is not None, "only an open link shows an account"
    texts = TEXTS[visit.language]
    account = shown(visit.view, texts["state"], visit.language)
    limits = _limits(visit, account.promise) if account.promise else {}
    if what == "promise" and fault:
        fault = fault.format(**limits) if limits else texts["refused"]["text"]
    return visit.html(
        "account.html",
        status,
        account=account,
        view=visit.view,
        limits=limits,
        usual=str(account.promise.usual)[4:].replace(",", "") if account.promise else "",
        written=written,
        reasons=REASONS,
        about=ABOUT,
        disclosure=visit.view.law.wording(visit.language).disclosure,
        pay=pay_url.replace("{reference}", visit.link.id),
        filled={name: first(form, name) for name in form} if form else {},
        chosen=tuple(form.get("through", ())) if form else (),
        what=what,
        fault=fault,
        done=_done(visit),
    )


def _done(visit: Visit) -> str:
    texts: dict[str, str] = TEXTS[visit.language]["done"]
    return texts.get(visit.request.query_params.get("done", ""), "")


def _thanks(visit: Visit, what: str) -> dict[str, str]:
    texts = TEXTS[visit.language][what]
    return {"title": texts["thanks"], "text": texts["done"]}


def _limits(visit: Visit, promise: PromiseLimits) -> dict[str, object]:
    """The limits of a promise, as the page writes them."""
    days = {"first": promise.first, "last": promise.last}
    return {"least": promise.least, "most": promise.most} | {
        name: written(day, visit.language) for name, day in days.items()
    }
