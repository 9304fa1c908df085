"""The borrower's page: nothing before they confirm, nothing twice, no pressure, no way in but the link."""

import asyncio
import re
import shutil
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from playwright.async_api import async_playwright, expect
from temporalio.client import Client

from activities.ledger import Ledger, Person
from activities.links import LENGTH, Pages
from activities.orders import Order
from gateway.client import Journeys, Refused
from gateway.http.app import application
from gateway.http.page import doors, visit, words
from gateway.http.page.seal import Seal
from gateway.receipts import receive
from gateway.serving import serving
from journeys import facts as f
from journeys.actions import Contact
from journeys.borrower import Borrower, Channel
from journeys.law.circumstances import EventType
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.requests import Request
from journeys.view import View
from workers.codec import KeyRing
from workers.connect import converter
from workers.settings import Settings, read_settings

NOW = datetime(2027, 3, 20, 2, tzinfo=UTC)
DUE = datetime(2027, 3, 2).date()
LINKED = Pages("https://loans.example.com/p", timedelta(days=30), "phone")
CHROMIUM = shutil.which("chromium")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PRIVATE = (
    *(
        "8,400",
        "8400",
        "winifred",
        "quill",
        "ln-77",
        "b-77",
        "5678",
        "1984",
        "overdue",
        "owe",
        "loan",
        "debt",
    ),
    *("2 march", "promise", "贷款", "借款", "欠", "逾期", "还款"),
)
"""What must not be seen before it is known who looks."""


class Answering(Journeys):
    """Temporal as it would be: a request is judged as the journey judges it, and is in the ledger then."""

    asked: int = 0

    async def request(self, loan: str, request: Request, id: str | None = None) -> str:
        object.__setattr__(self, "asked", self.asked + 1)
        case = await self.ledger.case(loan)
        assert case is not None
        key = f"{request.kind}.{id}"
        if key not in case.heard():
            view = View.of(case, NOW)
            if (why := request.refusal(view)) is not None:
                raise Refused(why)
            await self.ledger.record(loan, [request.fact(key, view)], taken=True)
        return key


@dataclass
class Browser:
    """A borrower's browser, and what stands behind the page."""

    http: httpx2.AsyncClient
    ledger: Ledger
    app: FastAPI
    nowhere: Client
    """A Temporal that does not answer."""
    clock: datetime = NOW

    async def link(self, channel: Channel = Channel.EMAIL, number: int = 1, **person: Any) -> str:
        """The path of a fresh link, as a contact sent it."""
        winifred = await self.borrower(**person)
        contact = Contact(
            rule="touch_due",
            why="day 8",
            not_before=self.clock,
            contact=f"LN-77.20270302.d{number}-{channel}",
            touch=f"d{number}-{channel}",
            due=DUE,
            channel=channel,
            say="payment-missed",
        )
        order = Order("LN-77", "B-77", "cn-consumer", 2, contact, self.clock, ())
        await self.ledger.claim(order, self.clock, "cn.1", lambda spent, told: None)
        link = replace(LINKED).link(winifred, channel, self.clock)
        assert link is not None
        await self.ledger.sending(contact.contact, link)
        return link.address.removeprefix("https://loans.example.com")

    async def borrower(self, language: str = "en", birth_year: int | None = None) -> Person:
        borrower = Borrower("B-77", language, ("Asia/Shanghai",), tuple(Channel), ("cn",))
        person = Person(borrower, "Winifred Quill", "w@example.com", "+8613812345678", "A Row", birth_year)
        loan = Loan("LN-77", (Instalment(DUE, Money.of("8400", "CNY")),))
        await self.ledger.register(loan, person, "cn-consumer", 2, NOW - timedelta(days=30))
        return person

    async def told(self, *facts: f.Told) -> None:
        await self.ledger.record("LN-77", facts, taken=True)

    async def facts(self, kind: type[Any]) -> list[Any]:
        return [one for one in await self.ledger.facts("LN-77") if isinstance(one, kind)]

    async def send(self, path: str, shown: httpx2.Response, **fields: Any) -> httpx2.Response:
        seal = re.search(r'name="seal" value="([^"]+)"', shown.text)
        assert seal, shown.text
        return await self.http.post(path, data={"seal": seal[1], **fields})

    async def confirm(self, path: str, answer: str = "5678") -> httpx2.Response:
        """Answer what the page asks, and load what comes of it."""
        answered = await self.send(f"{path}/confirm", await self.http.get(path), answer=answer)
        return await self.http.get(path) if answered.status_code == 303 else answered

    async def do(self, path: str, what: str, **fields: Any) -> httpx2.Response:
        """Fill in one form of the page, and load what comes of it."""
        sent = await self.send(f"{path}/{what}", await self.http.get(path), **fields)
        return await self.http.get(sent.headers["location"]) if sent.status_code == 303 else sent


@pytest.fixture(scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file with its tables, so that not every test makes them anew."""
    file = tmp_path_factory.mktemp("page") / "ledger.db"
    async with Ledger.open(f"sqlite:///{file}"):
        return file


@pytest.fixture
async def browser(tmp_path: Path, empty: Path) -> AsyncIterator[Browser]:
    shutil.copy(empty, tmp_path / "ledger.db")
    settings = read_settings(
        data=tmp_path, public_url="https://loans.example.com", pay_url="https://pay.example.com/{reference}"
    )
    async with visiting(settings) as one:
        yield one


class visiting:
    """A browser before a gateway with these settings."""

    def __init__(self, settings: Settings, kind: type[Journeys] = Answering) -> None:
        self.settings, self.kind = settings, kind

    async def __aenter__(self) -> Browser:
        self.opening = Ledger.open(self.settings.database)
        ledger = await self.opening.__aenter__()
        sealed = converter(KeyRing.open(self.settings.keys))
        nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=sealed)
        app = application(self.kind(nowhere, ledger), self.settings)
        transport = httpx2.ASGITransport(app)
        self.http = httpx2.AsyncClient(transport=transport, base_url="https://loans.example.com")
        browser = Browser(self.http, ledger, app, nowhere)
        app.dependency_overrides[visit.now] = lambda: browser.clock
        return browser

    async def __aexit__(self, *error: Any) -> None:
        await self.http.aclose()
        await self.opening.__aexit__(*error)


# ── before it is known who looks ─────────────────────────────────────────────────────────────────


async def test_nothing_of_the_debt_is_seen_before_the_borrower_confirms(browser: Browser) -> None:
    path = await browser.link()
    shown = await browser.http.get(path)
    assert shown.status_code == 200 and "last four digits" in shown.text
    wrong = await browser.confirm(path, "0000")
    assert wrong.status_code == 422 and "not what we have on record" in wrong.text
    asked = [f"{path}?lang=zh", f"{path}?done=promise", f"{path}/wrong-person", f"{path}/unsubscribe?lang=zh"]
    for page in (shown, wrong, *[await browser.http.get(one) for one in asked]):
        seen = re.sub('value="[^"]+"', "", page.text.replace(path, "")).lower()
        assert not [private for private in PRIVATE if private in seen]
    account = await browser.confirm(path)
    assert "CNY 8,400.00 is overdue" in account.text and "2 March 2027" in account.text


async def test_the_link_is_short_and_only_its_digest_is_kept(browser: Browser) -> None:
    path = await browser.link()
    token = path.removeprefix("/p/")
    assert len(token) == LENGTH <= 24
    assert token not in Path(browser.ledger.engine.url.database or "").read_bytes().decode("latin-1")


async def test_no_link_tells_whether_it_is_unknown_expired_closed_or_locked(browser: Browser) -> None:
    async def seen(path: str) -> tuple[int, str, dict[str, str]]:
        page = await browser.http.get(path, headers={"accept-language": "en"})
        same = re.sub(r'value="[^"]+"', "", page.text).replace(path, "/p/…")
        return page.status_code, same, dict(page.headers) | {"content-length": ""}

    unknown = await seen("/p/" + "K7mXq2RtVw9Zab")
    closed = await browser.link(number=1, language="zh")
    assert await browser.ledger.close_links("LN-77", NOW) == 1
    assert await seen(closed) == unknown
    expired = await browser.link(number=2)
    browser.clock += timedelta(days=31)
    assert await seen(expired) == unknown
    locked = await browser.link(number=3)
    for _ in range(4):
        assert (await browser.confirm(locked, "0000")).status_code == 422
    last = await browser.confirm(locked, "0000")
    assert last.status_code == 404 and await seen(locked) == unknown
    assert unknown[0] == 404


async def test_too_many_wrong_answers_lock_all_links_of_the_borrower_for_a_day(browser: Browser) -> None:
    path, other = await browser.link(number=1), await browser.link(number=2)
    shown = await browser.http.get(other)
    for link in (path, path, path, other, other):
        await browser.confirm(link, "0000")
    assert (await browser.http.get(path)).status_code == 404
    right = await browser.send(f"{other}/confirm", shown, answer="5678")
    assert right.status_code == 404 and "set-cookie" not in right.headers
    browser.clock += timedelta(days=1, minutes=1)
    assert "is overdue" in (await browser.confirm(other)).text


async def test_a_link_that_was_guessed_at_too_often_opens_no_more(browser: Browser) -> None:
    path = await browser.link()
    for _ in range(10):
        await browser.confirm(path, "0000") if (await browser.http.get(path)).status_code == 200 else None
        browser.clock += timedelta(hours=7)
    browser.clock += timedelta(days=2)
    assert (await browser.http.get(path)).status_code == 404


async def test_guesses_on_ever_new_links_come_to_an_end_until_a_person_opens_them(browser: Browser) -> None:
    async def a_day(number: int, guesses: int = 5) -> None:
        path = await browser.link(number=number)
        for _ in range(guesses):
            await browser.confirm(path, "0000")
        browser.clock += timedelta(days=1, minutes=1)

    await a_day(1)
    await a_day(2)
    path = await browser.link(number=3)
    assert "is overdue" in (await browser.confirm(path)).text, "who answers right is counted anew"
    for number in (4, 5):
        await a_day(number)
    await a_day(6, guesses=4)
    assert (await browser.http.get(await browser.link(number=7))).status_code == 200
    await a_day(8, guesses=1)
    path = await browser.link(number=9)
    assert (await browser.http.get(path)).status_code == 404
    browser.clock += timedelta(days=9)
    assert (await browser.http.get(path)).status_code == 404
    await browser.ledger.open_links("LN-77", browser.clock)
    assert "is overdue" in (await browser.confirm(path)).text


async def test_who_holds_the_telephone_is_not_asked_for_its_number(browser: Browser) -> None:
    """A number may have been given to somebody else since, and they know its digits."""
    person = await browser.borrower()
    assert LINKED.link(person, Channel.SMS, NOW) is None
    known = replace(person, birth_year=1984)
    assert LINKED.link(known, Channel.SMS, NOW) is not None
    assert LINKED.link(person, Channel.LETTER, NOW) is None


async def test_the_birth_year_is_asked_where_the_link_went_by_text(browser: Browser) -> None:
    path = await browser.link(Channel.SMS, birth_year=1984)
    shown = await browser.http.get(path)
    assert "year you were born" in shown.text and "last four" not in shown.text
    assert (await browser.confirm(path, "5678")).status_code == 422
    assert "is overdue" in (await browser.confirm(path, "１９８４")).text


async def test_the_session_is_of_this_link_alone_and_ends(browser: Browser) -> None:
    path, other = await browser.link(number=1), await browser.link(number=2)
    answered = await browser.send(f"{path}/confirm", await browser.http.get(path), answer="5678")
    cookie = answered.headers["set-cookie"]
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", f"Path={path}", "Max-Age=1800"):
        assert attribute in cookie
    value = cookie.split(";")[0]
    browser.http.cookies.clear()
    assert "is overdue" in (await browser.http.get(path, headers={"cookie": value})).text
    assert "is overdue" not in (await browser.http.get(other, headers={"cookie": value})).text
    forged = value.replace("=1", "=2", 1)
    assert forged != value
    assert "is overdue" not in (await browser.http.get(path, headers={"cookie": forged})).text
    browser.clock += timedelta(minutes=31)
    assert "is overdue" not in (await browser.http.get(path, headers={"cookie": value})).text


async def test_a_form_of_somebody_elses_making_does_nothing(browser: Browser) -> None:
    path = await browser.link()
    before = await browser.http.get(path)
    await browser.confirm(path)
    for seal in ("", "1.2", re.findall(r'name="seal" value="([^"]+)"', before.text)[0]):
        answer = await browser.http.post(f"{path}/stop", data={"seal": seal, "through": "all"})
        assert answer.status_code == 303 and answer.headers["location"].endswith("done=again")
    assert not await browser.facts(f.OptedOut)


def test_sessions_last_while_keys_are_rotated() -> None:
    old, new = ({name: name.encode() * 32} for name in "ab")
    session = Seal(KeyRing(old)).session("a-link", NOW)
    assert Seal(KeyRing(old | new)).holds(session, "a-link", NOW)
    assert not Seal(KeyRing(new)).holds(session, "a-link", NOW)


async def test_every_answer_is_private(browser: Browser) -> None:
    path = await browser.link()
    pages = [await browser.http.get(path), await browser.http.get("/p/nothing"), await browser.confirm(path)]
    for page in [*pages, await browser.http.get(f"{path}/unsubscribe")]:
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        assert "max-age" in page.headers["strict-transport-security"]
        assert not re.search(r"<script|<img|style=|\son\w+=", page.text)
        assert {url for url in re.findall(r'(?:href|src)="(https?://[^"/]+)', page.text)} <= {
            "https://pay.example.com"
        }


async def test_the_ledger_at_rest_is_said_kindly(browser: Browser) -> None:
    await browser.ledger.engine.dispose()
    async with browser.ledger.engine.begin() as db:
        await db.exec_driver_sql("DROP TABLE confirmations")
        await db.exec_driver_sql("DROP TABLE links")
    page = await browser.http.get("/p/K7mXq2RtVw9Zab")
    assert page.status_code == 503 and "Nothing is lost" in page.text


# ── the wrong person, and no more of this ────────────────────────────────────────────────────────


async def test_a_wrong_person_says_so_without_knowing_anything_and_is_told_nothing(browser: Browser) -> None:
    path = await browser.link(Channel.SMS, birth_year=1984)
    thanks = await browser.do(path, "wrong-person")
    assert "Thank you for telling us" in thanks.text
    seen = thanks.text.replace(path, "").lower()
    assert not [private for private in PRIVATE if private in seen]
    (fact,) = await browser.facts(f.ContactPointFailed)
    assert (fact.channel, fact.reason) == (Channel.SMS, "wrong_person")
    assert (await browser.http.get(path)).status_code == 404, "the debt is not for them"
    again = await browser.do(path, "wrong-person")
    assert again.text == thanks.text and len(await browser.facts(f.ContactPointFailed)) == 1


async def test_a_wrong_person_is_heard_on_an_old_link_and_an_unknown_one_answers_the_same(
    browser: Browser,
) -> None:
    path = await browser.link()
    browser.clock += timedelta(days=40)
    known = await browser.do(path, "wrong-person")
    unknown = await browser.do("/p/K7mXq2RtVw9Zab", "wrong-person")
    assert known.text.replace(path, "") == unknown.text.replace("/p/K7mXq2RtVw9Zab", "")
    assert len(await browser.facts(f.ContactPointFailed)) == 1


async def test_a_number_that_proved_wrong_otherwise_closes_the_links_that_went_there(
    browser: Browser,
) -> None:
    text, mail = await browser.link(Channel.SMS, birth_year=1984), await browser.link()
    wrong = f.ContactPointFailed(id="r-1", at=NOW, channel=Channel.CALL, reason="wrong_person")
    await browser.told(wrong)
    assert (await browser.http.get(text)).status_code == 404
    assert (await browser.http.get(mail)).status_code == 200


async def test_one_click_unsubscribes_and_loading_the_link_does_not(browser: Browser) -> None:
    path = await browser.link()
    browser.clock += timedelta(days=40)
    shown = await browser.http.get(f"{path}/unsubscribe")
    assert "Stop these messages" in shown.text and not await browser.facts(f.OptedOut)
    for _ in range(2):
        done = await browser.http.post(f"{path}/unsubscribe", data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    (fact,) = await browser.facts(f.OptedOut)
    assert fact.channel == Channel.EMAIL
    unknown = await browser.http.post("/p/K7mXq2RtVw9Zab/unsubscribe")
    assert unknown.text == done.text.replace(path, "/p/K7mXq2RtVw9Zab")


# ── what is owed, and what may be done ───────────────────────────────────────────────────────────


async def test_it_shows_what_is_owed_how_it_came_about_who_asks_and_where_to_pay(browser: Browser) -> None:
    path = await browser.link()
    paid = Money.of("1400", "CNY")
    await browser.told(f.PaymentReceived(id="p-1", at=NOW - timedelta(days=5), amount=paid))
    page = (await browser.confirm(path)).text
    assert "CNY 7,000.00 is overdue" in page and "open since 2 March 2027" in page
    assert "Payment" in page and "CNY -1,400.00" in page
    assert "Example Bank" in page and "complaints@example.com" in page and "+1 202 555 0100" in page
    (reference,) = re.findall(r'href="https://pay.example.com/(\w+)"', page)
    assert "LN-77" not in page and reference not in path
    went, new = await receive(
        Answering(browser.nowhere, browser.ledger), "p-2", Money.of("7000", "CNY"), NOW, [reference]
    )
    assert (went, new) == ({"LN-77": Money.of("7000", "CNY")}, True), "the processor gives the reference back"
    assert "Nothing is owed now" in (await browser.http.get(path)).text


async def test_a_promise_is_noted_once_however_often_it_is_sent(browser: Browser) -> None:
    path = await browser.link()
    shown = await browser.confirm(path)
    for _ in range(2):
        sent = await browser.send(f"{path}/promise", shown, amount="2000.00", by="2027-04-01")
        assert sent.status_code == 303 and sent.headers["location"] == f"{path}?done=promise"
    (made,) = await browser.facts(f.PromiseMade)
    assert (made.amount, made.noted_by) == (Money.of("2000", "CNY"), "borrower")
    page = (await browser.http.get(f"{path}?done=promise")).text
    assert "Your promise is noted" in page and "You promised CNY 2,000.00 by 1 April 2027" in page


@pytest.mark.parametrize(
    ("amount", "by"),
    [
        ("9000", "2027-04-01"),
        ("0", "2027-04-01"),
        ("2000", "2027-06-01"),
        ("2000", "2027-03-01"),
        ("x", ""),
        ("2000", "soon"),
    ],
)
async def test_a_promise_that_cannot_be_accepted_says_what_could(
    browser: Browser, amount: str, by: str
) -> None:
    path = await browser.link()
    await browser.confirm(path)
    page = await browser.do(path, "promise", amount=amount, by=by)
    assert page.status_code == 422 and not await browser.facts(f.PromiseMade)
    assert "at most" in page.text and "the sum must be from CNY 0.01 to CNY 8,400.00" in page.text
    assert "the date from 20 March 2027 to 19 April 2027" in page.text
    assert f'value="{amount}"' in page.text, "what was filled in stays"


async def test_one_of_the_plans_of_today_is_chosen(browser: Browser) -> None:
    path = await browser.link()
    page = (await browser.confirm(path)).text
    assert page.count("CNY 2,800.00") == 3 and "In 3 parts" in page
    shown = await browser.http.get(path)
    for _ in range(2):  # a double click
        done = await browser.send(f"{path}/plan", shown, offer="d10-plan")
        assert done.status_code == 303
    done = await browser.http.get(done.headers["location"])
    assert "Your plan is agreed" in done.text and "Next: CNY 2,800.00" in done.text
    (agreed,) = await browser.facts(f.PlanAgreed)
    assert (agreed.offer, agreed.by) == ("d10-plan", "borrower")


async def test_a_plan_that_is_not_offered_today_is_refused(browser: Browser) -> None:
    path = await browser.link()
    await browser.confirm(path)
    page = await browser.do(path, "plan", offer="d75-settlement")
    assert page.status_code == 422 and "not open to you any more" in page.text
    assert not await browser.facts(f.PlanAgreed)


async def test_the_whole_or_a_part_is_disputed(browser: Browser) -> None:
    path = await browser.link()
    await browser.confirm(path)
    part = await browser.do(path, "dispute", reason="wrong_sum", amount="400")
    assert "Your objection is noted" in part.text and "CNY 8,000.00 is overdue" in part.text
    whole = await browser.do(path, "dispute", reason="not_mine", amount="")
    assert "A person is looking into it" in whole.text
    for pressing in ("Pay now", "Promise a date", "Pay in parts"):
        assert pressing not in whole.text
    assert [(one.reason, one.amount) for one in await browser.facts(f.DisputeRaised)] == [
        ("wrong_sum", Money.of("400", "CNY")),
        ("not_mine", None),
    ]
    assert (await browser.do(path, "dispute", reason="free words", amount="")).status_code == 422


@pytest.mark.parametrize("about", ["call_in_the_morning", "call_in_the_afternoon", "hardship"])
async def test_who_asks_for_a_person_gets_one_and_silence_until_then(browser: Browser, about: str) -> None:
    path = await browser.link()
    await browser.confirm(path)
    page = await browser.do(path, "talk", about=about)
    assert "A person will get in touch" in page.text and "Nothing is asked until then" in page.text
    (reply,) = await browser.facts(f.ReplyReceived)
    assert (reply.meaning, reply.channel) == (about, Channel.EMAIL)


async def test_channels_are_closed_one_by_one_or_all(browser: Browser) -> None:
    path = await browser.link()
    await browser.confirm(path)
    page = await browser.do(path, "stop", through=["sms", "visit"])
    assert 'id="through-call"' in page.text and 'id="through-sms"' not in page.text
    assert {one.channel for one in await browser.facts(f.OptedOut)} == {Channel.SMS, Channel.VISIT}
    assert (await browser.do(path, "stop", through=[])).status_code == 422
    page = await browser.do(path, "stop", through=["all"])
    assert None in {one.channel for one in await browser.facts(f.OptedOut)}
    assert 'id="through-' not in page.text


# ── no pressure ──────────────────────────────────────────────────────────────────────────────────


async def test_who_has_paid_reads_that_nothing_is_owed(browser: Browser) -> None:
    path = await browser.link()
    await browser.told(
        f.PaymentReceived(id="p-1", at=NOW - timedelta(days=1), amount=Money.of("8400", "CNY"))
    )
    open_still = (await browser.confirm(path)).text
    closed = f.JourneyClosed(id="closed.1", at=NOW, outcome="cured", why="everything due is paid")
    await browser.ledger.close("LN-77", "cured", NOW, facts=[closed])
    for page in (open_still, (await browser.http.get(path)).text):
        assert "Nothing is owed now" in page
        assert not re.search("CNY|Pay now|Promise a date|I do not agree", page)


@pytest.mark.parametrize("what", ["deceased", "attorney_known", "bankruptcy_filed", "breathing_space"])
async def test_who_is_represented_or_sheltered_or_has_died_is_asked_for_nothing(
    browser: Browser, what: EventType
) -> None:
    path = await browser.link()
    noted = f.CircumstanceNoted(id="c-1", at=NOW - timedelta(days=1), circumstance=what)
    await browser.told(noted)
    page = (await browser.confirm(path)).text
    assert "Nothing is asked of you here" in page
    assert not re.search("CNY|Pay now|Promise a date|Pay in parts|overdue", page)


async def test_what_came_to_be_known_meanwhile_counts_before_a_promise(browser: Browser) -> None:
    path = await browser.link()
    shown = await browser.confirm(path)
    await browser.told(f.CircumstanceNoted(id="c-1", at=NOW, circumstance="attorney_known"))
    page = await browser.send(f"{path}/promise", shown, amount="2000", by="2027-04-01")
    assert page.status_code == 422 and "Please call us" in page.text
    assert not await browser.facts(f.PromiseMade)
    again = await browser.http.get(f"{path}/promise")
    assert again.status_code == 303 and again.headers["location"] == path


async def test_a_mistaken_death_is_over(browser: Browser) -> None:
    path = await browser.link()
    died, lives = NOW - timedelta(days=3), NOW - timedelta(days=2)
    await browser.told(
        f.CircumstanceNoted(id="c-1", at=died, circumstance="deceased"),
        f.CircumstanceNoted(id="c-2", at=lives, circumstance="death_mistaken"),
    )
    assert "is overdue" in (await browser.confirm(path)).text


async def test_a_loan_that_left_shows_no_sum(browser: Browser) -> None:
    path = await browser.link()
    await browser.told(f.LoanLeft(id="l-1", at=NOW - timedelta(days=1), reason="sold", by="anna"))
    page = (await browser.confirm(path)).text
    assert "no longer look after this loan" in page and "CNY" not in page


# ── without Temporal ─────────────────────────────────────────────────────────────────────────────


async def test_without_temporal_facts_are_kept_and_requests_are_asked_to_come_again(tmp_path: Path) -> None:
    async with visiting(read_settings(data=tmp_path), Journeys) as browser:
        path = await browser.link()
        await browser.confirm(path)
        page = await browser.do(path, "promise", amount="2000", by="2027-04-01")
        assert page.status_code == 503 and "nothing is agreed yet" in page.text
        assert not await browser.facts(f.PromiseMade)
        page = await browser.do(path, "stop", through=["sms"])
        assert "It is noted" in page.text
        [one] = await browser.ledger.untaken()
        assert one.loan == "LN-77" and isinstance(one.fact, f.OptedOut) and one.fact.channel == Channel.SMS


class Silent(Journeys):
    """Temporal does not say anything for longer than a borrower waits."""

    async def resend(self, *loans: str) -> int:
        await asyncio.sleep(0.5)
        return 0


async def test_a_stop_of_several_channels_holds_while_temporal_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "PATIENCE", 0.2)
    async with visiting(read_settings(data=tmp_path), Silent) as browser:
        path = await browser.link()
        await browser.confirm(path)
        page = await browser.do(path, "stop", through=["email", "sms"])
        assert "It is noted" in page.text
        assert {one.channel for one in await browser.facts(f.OptedOut)} == {Channel.EMAIL, Channel.SMS}


async def test_where_a_part_of_a_press_is_refused_nothing_of_it_is_on_record(browser: Browser) -> None:
    path = await browser.link()
    shown = await browser.confirm(path)
    key = re.findall(r'name="seal" value="([^".]+)', shown.text)[0]
    other = f.OptedOut(id=f"page-{key}-sms", at=NOW, channel=Channel.CALL)
    await browser.told(other)
    page = await browser.send(f"{path}/stop", shown, through=["email", "sms"])
    assert page.status_code == 422
    assert await browser.facts(f.OptedOut) == [other]


# ── words and looks ──────────────────────────────────────────────────────────────────────────────


async def test_it_speaks_the_borrowers_language_and_switches(browser: Browser) -> None:
    path = await browser.link(language="zh")
    page = await browser.http.get(path, headers={"accept-language": "en"})
    assert '<html lang="zh-CN">' in page.text and "请确认是您本人" in page.text
    assert f'href="{path}?lang=en"' in page.text
    english = await browser.http.get(f"{path}?lang=en")
    assert '<html lang="en">' in english.text and "Is it you?" in english.text
    account = await browser.confirm(path)
    assert "CNY 8,400.00 已逾期" in account.text and "2027年3月2日" in account.text
    refused = await browser.do(path, "promise", amount="9000", by="2027-04-01")
    assert "这个约定无法接受：金额须为 CNY 0.01 至 CNY 8,400.00" in refused.text


def test_both_languages_say_the_same_things() -> None:
    def keys(texts: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
        for name, text in texts.items():
            if isinstance(text, dict):
                yield from ((f"{name}.{one}", holes) for one, holes in keys(text))
            else:
                yield name, frozenset(re.findall(r"\{(\w+)\}", text))

    files = [words.HERE / f"{language}.toml" for language in ("en", "zh")]
    english, chinese = (dict(keys(tomllib.loads(path.read_text(encoding="utf-8")))) for path in files)
    assert english == chinese


class _Seen(HTMLParser):
    """What somebody who cannot see the page would find in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag in tags]


async def test_every_page_can_be_used_without_seeing_it(browser: Browser) -> None:
    path = await browser.link()
    pages = [
        await browser.http.get("/p/nothing"),
        await browser.http.get(path),
        await browser.confirm(path, "0000"),
        await browser.http.get(f"{path}/unsubscribe"),
        await browser.confirm(path),
        await browser.do(path, "promise", amount="9000", by="2027-04-01"),
    ]
    for page in pages:
        seen = _Seen(page.text)
        assert len(seen.all("h1")) == 1 and len(seen.all("main")) == 1
        assert seen.all("html")[0]["lang"] == "en" and len(seen.all("title")) == 1
        ids = [one["id"] for _, one in seen.found if "id" in one]
        assert len(ids) == len(set(ids)), "an id names one thing"
        labelled = {one["for"] for one in seen.all("label")}
        for field in seen.all("input", "select", "textarea"):
            assert field.get("type") == "hidden" or field["id"] in labelled
            assert set(field.get("aria-describedby", "").split()) <= set(ids)
        for link in seen.all("a"):
            assert not link["href"].startswith("#") or link["href"][1:] in ids
        assert page.status_code != 422 or 'role="alert"' in page.text
        assert page.status_code != 422 or "<title>Please check this" in page.text


def test_every_pair_of_colours_can_be_read() -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", words.CSS))
    papers = ("paper", "card")
    pairs = [(ink, paper, 4.5) for ink in ("ink", "soft", "accent") for paper in papers]
    pairs += [("on-accent", "accent", 4.5), ("good", "good-paper", 4.5), ("bad", "bad-paper", 4.5)]
    pairs += [("edge", "card", 3.0)]
    for ink, paper, least in pairs:
        lighter, darker = sorted((_light(colours[ink]), _light(colours[paper])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= least, (ink, paper)
    assert set(colours) == {name for ink, paper, _ in pairs for name in (ink, paper)} | {"line"}


def _light(colour: str) -> float:
    """Relative luminance, as WCAG 2 reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH")
async def test_a_promise_is_made_on_a_small_phone_by_the_keyboard_alone_and_without_javascript(
    tmp_path: Path,
) -> None:
    settings = read_settings(data=tmp_path, public_url="http://127.0.0.1")
    async with (
        visiting(settings) as behind,
        serving(behind.app) as address,
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET) as chromium,
    ):
        page = await chromium.new_page(
            viewport={"width": 360, "height": 640}, java_script_enabled=False, locale="en-GB"
        )
        await page.goto(address + await behind.link())

        async def tab_to(selector: str) -> None:
            for _ in range(40):
                await page.keyboard.press("Tab")
                if await page.locator(f"{selector}:focus").count():
                    return
            raise AssertionError(f"the keyboard does not reach {selector}")

        await tab_to("#answer")
        await page.keyboard.type("5678")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("CNY 8,400.00 is overdue")
        await tab_to("#promise summary")
        await page.keyboard.press("Enter")
        await tab_to("#by")
        await page.keyboard.type("04042027")  # the same, whichever of day and month comes first
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Your promise is noted")
        [made] = await behind.facts(f.PromiseMade)
        assert (made.amount, made.by.isoformat()) == (Money.of("8400", "CNY"), "2027-04-04")
        width = await page.locator("main").bounding_box()
        assert width is not None and width["x"] >= 0 and width["x"] + width["width"] <= 360
