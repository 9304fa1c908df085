"""From the link of an e-mail, as it was really sent, to a promise that the journey waits for."""

import re
from datetime import timedelta

import httpx2

from gateway.http.app import application
from gateway.http.page import visit
from journeys.facts import PromiseMade
from journeys.money import Money
from rehearsal.play import at_rest, move
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, next_wake
from workers.settings import read_settings


async def test_the_link_of_an_email_leads_to_a_promise(on: Stage, started: Started) -> None:
    case = await started(days=9)
    await move(on.env, on.journeys.handle(case.loan.id), await next_wake(on, case))
    now, _ = await at_rest(on.journeys, case.loan.id)
    person = await on.journeys.ledger.person(case.borrower.id)
    assert person is not None and person.phone is not None
    [mail] = [one.body for one in on.providers.deliveries if one.to == person.email]
    found = re.search(r"/p/\w+", mail)
    assert found, mail
    app = application(on.journeys, read_settings(data=on.out, public_url="https://loans.example.com"))
    app.dependency_overrides[visit.now] = lambda: now
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://loans.example.com") as browser:

        async def send(what: str, **fields: str) -> str:
            seal = re.search(r'name="seal" value="([^"]+)"', (await browser.get(found[0])).text)
            assert seal is not None
            sent = await browser.post(f"{found[0]}/{what}", data={"seal": seal[1], **fields})
            return (await browser.get(sent.headers["location"])).text

        assert "falls due on" in await send("confirm", answer=person.phone[-4:])
        by = (now + timedelta(days=4)).date()
        assert "Your promise is noted" in await send("promise", amount="400", by=by.isoformat())
    facts = await on.journeys.ledger.facts(case.loan.id)
    [made] = [one for one in facts if isinstance(one, PromiseMade)]
    assert (made.amount, made.by, made.noted_by) == (Money.of("400", "CNY"), by, "borrower")
    await at_rest(on.journeys, case.loan.id)
    decision = await on.journeys.ledger.next_wake(case.loan.id)
    assert decision is not None and decision.rule == "promised"
