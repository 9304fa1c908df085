"""No history holds a name, a number, an address, an e-mail or what a borrower wrote."""

import asyncio
import re
from datetime import timedelta

from journeys.case import Case
from rehearsal.borrowers import PERSONAS, Life, Persona
from rehearsal.play import Played, play
from rehearsal.stage import Stage
from tests.workflows.conftest import Started


async def test_raw_histories_hold_nothing_personal(on: Stage, started: Started) -> None:
    async def searched(persona: Persona, case: Case) -> None:
        life = Played(case.loan.id, Life(persona, case))
        await play(on.env, on.journeys, life, case.opened_at + timedelta(days=130))
        person = await on.journeys.ledger.person(case.borrower.id)
        assert person is not None and person.email and person.phone and person.address
        history = await on.journeys.handle(case.loan.id).fetch_history()
        raw = b"".join(event.SerializeToString() for event in history.events)
        assert case.loan.id.encode() in raw, "the search finds what is there"
        for personal in (*person.name.split(), person.email, person.phone, *person.address.split("\n")):
            assert personal.encode() not in raw, personal
        mails = [one.body for one in on.providers.deliveries if one.to == person.email]
        tokens = {token for body in mails for token in re.findall(r"/p/(\w+)", body)}
        assert tokens, "e-mails carry a link to the borrower's page"
        assert not [token for token in tokens if token.encode() in raw]

    lives = [(persona, await started(days=9)) for persona in PERSONAS[:4]]
    await asyncio.gather(*(searched(*life) for life in lives))
