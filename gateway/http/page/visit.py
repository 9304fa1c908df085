"""One request to the page: the link it came by, whom that leads to, and what the browser brought back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from activities.ledger import Person
from activities.links import Question, id_of, question
from activities.rows import LinkRow
from gateway.http.bodies import body
from gateway.http.dependencies import TheJourneys
from gateway.http.page.acts import Form, first
from gateway.http.page.seal import Seal
from gateway.http.page.words import HEADERS, TEXTS, html, language_of
from journeys import facts as f
from journeys.borrower import Channel
from journeys.budget import BY_PHONE
from journeys.view import View

COOKIE = "journey"
LARGEST = 16 * 1024
"""Bytes of a form."""


def now() -> datetime:
    """The only clock of the page."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the page, and what is known of the link it came by."""

    request: Request
    token: str
    at: datetime
    link: LinkRow | None
    person: Person | None
    view: View | None

    @property
    def seal(self) -> Seal:
        seal: Seal = self.request.app.state.seal
        return seal

    @property
    def cookie(self) -> str:
        return self.request.cookies.get(COOKIE, "")

    @property
    def confirmed(self) -> bool:
        return self.seal.holds(self.cookie, id_of(self.token), self.at)

    @property
    def language(self) -> str:
        """Of a link that is not open nobody learns even that."""
        return language_of(self.request, self.person.borrower.language if self.person else "")

    def asked(self, preferred: Question) -> Question | None:
        """What is asked before anything is shown; None where the link does not open."""
        if self.link is None or self.person is None:
            return None
        return question(self.person, Channel(self.link.channel), preferred)

    async def form(self) -> tuple[Form, str | None]:
        """What was sent, and the key of the form; None where it is no form of this session."""
        text = (await body(self.request, LARGEST)).decode(errors="replace")
        try:
            sent = parse_qs(text, keep_blank_values=True, max_num_fields=50)
        except ValueError:
            return {}, None
        return sent, self.seal.sent(first(sent, "seal"), id_of(self.token), self.cookie)

    def html(self, template: str, status: int = 200, **values: object) -> Response:
        seal = self.seal.form(id_of(self.token), self.cookie)
        base = f"/p/{self.token}"
        return html(self.request, template, self.language, status=status, seal=seal, base=base, **values)

    def back(self, done: str = "") -> RedirectResponse:
        """To the page itself, so that nothing is sent again by loading it again."""
        chosen = self.request.query_params.get("lang")
        query = [f"lang={chosen}"] * (chosen in TEXTS) + [f"done={done}"] * bool(done)
        return RedirectResponse(f"/p/{self.token}{'?' * bool(query)}{'&'.join(query)}", 303, HEADERS)


async def _visit(
    request: Request, token: str, journeys: TheJourneys, at: Annotated[datetime, Depends(now)]
) -> Visit:
    link = await journeys.ledger.link(id_of(token), at)
    if link is None or not link.opens:
        return Visit(request, token, at, link, None, None)
    person, case = await journeys.ledger.person(link.borrower), await journeys.ledger.case(link.loan)
    assert case is not None, f"contact {link.contact} is on record, so its loan is"
    astray = any(_same_point(one, link) for one in case.latest(f.ContactPointFailed))
    return Visit(request, token, at, link, *((None, None) if astray else (person, View.of(case, at))))


TheVisit = Annotated[Visit, Depends(_visit)]


def _same_point(failed: f.ContactPointFailed, link: LinkRow) -> bool:
    """Whether the number or address that the link went to has proved to be somebody else's since."""
    points = BY_PHONE if failed.channel in BY_PHONE else {failed.channel}
    return link.channel in points and failed.at >= link.issued_at
