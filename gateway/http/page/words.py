"""What the page says and looks like: texts by language, templates, and the headers that keep it private."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from journeys.messages import LANGUAGES
from workers.settings import Settings

HERE = Path(__file__).parent
TEXTS: Mapping[str, dict[str, Any]] = {
    language: tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8")) for language in LANGUAGES
}
JINJA = Environment(
    loader=FileSystemLoader(HERE),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
CSS = (HERE / "page.css").read_text(encoding="utf-8")
OF_THEIR_OWN = ("unsubscribe", "wrong-person")
"""Last words of addresses that show a page when they are loaded."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def language_of(request: Request, theirs: str = "") -> str:
    """The one chosen with the switch; or the borrower's own, once we may know them; or the browser's."""
    chosen = request.query_params.get("lang", "")
    browsers = request.headers.get("accept-language", "").lower().startswith("zh")
    return next((one for one in (chosen, theirs) if one in LANGUAGES), "zh" if browsers else "en")


def html(
    request: Request, template: str, language: str, *, status: int = 200, **values: object
) -> HTMLResponse:
    """One of the page's templates, filled."""
    settings: Settings = request.app.state.settings
    other = next(one for one in LANGUAGES if one != language)
    text = JINJA.get_template(template).render(
        t=TEXTS[language],
        lang=language,
        other=other,
        other_name=TEXTS[other]["language"],
        here=_here(request),
        lender=settings.lender,
        **values,
    )
    secure = {"Strict-Transport-Security": "max-age=31536000"} if is_secure(settings) else {}
    return HTMLResponse(text, status, {**HEADERS, **secure, "Content-Language": language})


def _here(request: Request) -> str:
    """The page that may be loaded again, also where a form was sent to another address."""
    _, _, token, *rest = request.url.path.split("/")
    return "/".join(["/p", token, *(one for one in rest if one in OF_THEIR_OWN)])


def is_secure(settings: Settings) -> bool:
    """Whether the world reaches us through TLS, which ends before us."""
    return settings.public_url.startswith("https:")
