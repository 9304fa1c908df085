"""The one way out: every contact, people's included, passes company → claim → last look → send → record.

company    the borrower's other loans: the highest stage goes first, and takes along what they have due today
claim      counts the contact against the borrower's whole budget, by its own id, in one transaction
last look  the law at this instant, and any fact recorded that the decision did not know
send       one request, no repeats; a person's contact becomes a task instead
record     what came of it; no clear answer is *uncertain*, and is never sent again
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import activity

from activities.errors import Meaning, SendDelayed, SendRefused, SendUncertain
from activities.ledger import Ledger, Person
from activities.links import Pages
from activities.orders import Order
from activities.outbound import Link, Outbound, Sender
from activities.riders import Due, company
from activities.words import Lender, names, words
from journeys import outcomes
from journeys.actions import Contact
from journeys.borrower import BY_PEOPLE, Channel
from journeys.budget import Spent, attempt_of, inputs_of, record_of
from journeys.facts import (
    ContactAsked,
    ContactFailed,
    ContactMade,
    ContactRode,
    ContactUncertain,
    Learned,
    Told,
)
from journeys.files import Mistakes
from journeys.law.clearance import clearance, open_until
from journeys.law.jurisdiction import Law, law_of
from journeys.law.record import Attempt, Record
from journeys.law.rule import Refusal
from journeys.messages import Message, fits

CAME_OF_IT = (ContactMade, ContactAsked, ContactRode, ContactFailed, ContactUncertain)
"""What an attempt that died may have put on record."""
TRY_AGAIN_AFTER = timedelta(minutes=15)
"""Where a provider turned us away without saying for how long."""
NEXT_DAY = timedelta(days=1)
PASSING = {
    Meaning.TEMPORARY: timedelta(hours=1),
    Meaning.OUR_CONFIGURATION: timedelta(hours=4),
    Meaning.CAPPED: NEXT_DAY,
}
"""Refusals that say nothing about the borrower: the touch is not spent, it is tried again after so long."""


class Guard:
    """Makes contacts, each at most once."""

    def __init__(
        self,
        ledger: Ledger,
        senders: Mapping[Channel, Sender],
        lender: Lender,
        pages: Pages | None = None,
    ) -> None:
        self.ledger, self.senders, self.lender, self.pages = ledger, senders, lender, pages

    @activity.defn
    async def contact(self, order: Order) -> list[Learned | Told]:
        """Make the contact, or say why not; the facts come back either way."""
        action, at = order.action, order.at + waited_in_queue()
        assert isinstance(action, Contact)
        person = await self.ledger.person(order.borrower)
        if person is None:
            raise LookupError(f"borrower {order.borrower} is not in the ledger: import the loan file again")
        law = law_of(person.borrower.jurisdictions)
        home = person.borrower.zones[0]
        attempt = attempt_of(order.loan, home, action.channel, at, action.say, action.due)

        together = await company(self.ledger, order, person, law, at)
        record: Record

        def judge(spent: Sequence[Spent], told: Sequence[Told]) -> Refusal | None:
            nonlocal record
            record = record_of(person.borrower, spent, told, at)
            return clearance(law, record, attempt).binding or together.gives_way

        claim = await self.ledger.claim(order, at, law.version, judge)
        if claim.refusal is not None:
            return [await self._defer(order, action, claim.refusal, law, record, attempt)]
        if claim.state != "claimed":
            return [await self._crashed(order, action, person, law, at)]
        return await self._send(order, action, person, law, record, attempt, together.riders)

    async def _send(
        self,
        order: Order,
        action: Contact,
        person: Person,
        law: Law,
        record: Record,
        attempt: Attempt,
        riders: Sequence[Due],
    ) -> list[Learned | Told]:
        """From `sending` on a crash leaves an uncertain contact; the look and the request follow it."""
        at = attempt.at
        link = self.pages.link(person, action.channel, at) if self.pages else None
        try:
            message, riders = await self._words(order, action, person, law, at, riders, link)
        except Mistakes as mistakes:
            wordless = Refusal("NO_WORDING", at + NEXT_DAY, str(mistakes))
            return await self._withdrawn(order, action, at) or [
                await self._later(order, action, wordless, law, record, attempt)
            ]
        if action.channel not in BY_PEOPLE:
            await self.ledger.sending(action.contact, link)
        if changed := [one for one in riders if await self.ledger.unheard(one.order.loan, one.order.heard)]:
            riders = [one for one in riders if one not in changed]
            message, riders = await self._words(order, action, person, law, at, riders, link)
        if withdrawn := await self._withdrawn(order, action, at):
            return withdrawn
        if action.channel in BY_PEOPLE:
            return [await self._ask(order, action, message, at)]
        along = [one.order for one in riders]
        try:
            closes = open_until(law, record, attempt)
            valid_for = closes - at if closes else None  # a provider must not hold it past the hours
            outbound = self._outbound(action, person, message, at, valid_for, link)
            sent = await asyncio.to_thread(self.senders[action.channel].send, outbound)
        except SendDelayed as delay:
            until = at + (delay.retry_after or TRY_AGAIN_AFTER)
            busy = Refusal("PROVIDER.BUSY", until, str(delay))
            return [await self._later(order, action, busy, law, record, attempt)]
        except SendRefused as refusal:
            if refusal.meaning in PASSING:
                name = f"PROVIDER.{refusal.meaning.upper()}"
                passing = Refusal(name, at + PASSING[refusal.meaning], str(refusal))
                return [await self._later(order, action, passing, law, record, attempt)]
            return [await self.ledger.settle(order, "failed", outcomes.failed(action, refusal.meaning, at))]
        except SendUncertain:
            return [
                await self.ledger.settle(order, "uncertain", outcomes.uncertain(action, at), riders=along)
            ]
        made = outcomes.carried_out(action, at)
        return [await self.ledger.settle(order, "made", made, sent, message, along)]

    async def _withdrawn(self, order: Order, action: Contact, at: datetime) -> list[Learned | Told]:
        """The last look: give the contact back where something was told that the decision did not know."""
        unheard = await self.ledger.unheard(order.loan, order.heard)
        if not unheard:
            return []
        fact = outcomes.withdrawn(action, names(unheard), at)
        await self.ledger.release(action.contact, loan=order.loan, facts=[fact])
        return [fact, *unheard]

    async def _later(
        self, order: Order, action: Contact, why: Refusal, law: Law, record: Record, attempt: Attempt
    ) -> Learned:
        """Nothing left the house: return it to the budget and try again then."""
        await self.ledger.release(action.contact, loan=order.loan)
        return await self._defer(order, action, why, law, record, attempt)

    async def _words(
        self,
        order: Order,
        action: Contact,
        person: Person,
        law: Law,
        at: datetime,
        riders: Sequence[Due],
        link: Link | None = None,
    ) -> tuple[Message, Sequence[Due]]:
        """The message, and which of the others it asks for: as many as it has room for.

        The link goes first where room is short: the riders are the same with it and without.
        """
        case = await self.ledger.case(order.loan)
        assert case is not None, f"loan {order.loan} has a journey and no line in the ledger"
        while True:
            along = [one.view for one in riders]
            address = link.address if link else ""
            message = words(self.lender, law, person, case, action, at, along, address)
            if not (riders or link) or fits(message.body, action.channel, person.borrower.language):
                return message, riders
            link, riders = None, riders if link else riders[:-1]

    def _outbound(
        self,
        action: Contact,
        person: Person,
        message: Message,
        at: datetime,
        valid_for: timedelta | None,
        link: Link | None,
    ) -> Outbound:
        to = {Channel.EMAIL: person.email, Channel.SMS: person.phone, Channel.CALL: person.phone}
        address = to.get(action.channel, person.address)
        if not address:
            raise SendRefused(
                Meaning.BAD_CONTACT_POINT, f"no contact point for {action.channel} in the ledger"
            )
        return Outbound(
            contact_id=action.contact,
            channel=action.channel,
            language=person.borrower.language,
            to=address,
            name=person.name,
            subject=message.subject,
            body=message.body,
            at=at,
            valid_for=valid_for,
            link=link.address if link else "",
        )

    async def _ask(self, order: Order, action: Contact, message: Message, at: datetime) -> Learned:
        asked = outcomes.carried_out(action, at)
        assert isinstance(asked, ContactAsked)
        await self.ledger.open_task(order, asked, message.body, facts=[])
        return await self.ledger.settle(order, "asked", asked, None, message)

    async def _defer(
        self,
        order: Order,
        action: Contact,
        refusal: Refusal,
        law: Law,
        record: Record,
        attempt: Attempt,
    ) -> Learned:
        fact = outcomes.deferred(action, refusal, attempt.at)
        await self.ledger.withhold(order, fact, refusal.why, law.version, inputs_of(record, attempt))
        return fact

    async def _crashed(
        self, order: Order, action: Contact, person: Person, law: Law, at: datetime
    ) -> Learned | Told:
        """An earlier attempt of this order died, or it rode with another loan's: never send again."""
        for fact in reversed(await self.ledger.facts(order.loan)):
            if isinstance(fact, CAME_OF_IT) and fact.contact == action.contact:
                return fact
        riders: Sequence[Due] = ()
        with suppress(Mistakes):
            then = await company(self.ledger, order, person, law, order.at)
            _, riders = await self._words(order, action, person, law, order.at, then.riders)
        along = [one.order for one in riders]
        return await self.ledger.settle(order, "uncertain", outcomes.uncertain(action, at), riders=along)


def waited_in_queue() -> timedelta:
    """How long the order waited for its turn: business time went on meanwhile."""
    info = activity.info()
    return max(timedelta(0), info.started_time - info.scheduled_time)
