"""What a borrower may do on the page: each form becomes requests or facts, or says what is wrong with it."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from activities.rows import LinkRow
from gateway.client import Journeys
from gateway.http.dependencies import Later
from gateway.http.page.shown import BORROWER, protected
from journeys import facts as f
from journeys.borrower import Channel
from journeys.money import Money
from journeys.requests import Plan, Promise
from journeys.view import View

Form = Mapping[str, Sequence[str]]
Said = Promise | Plan | Sequence[f.Told]
REASONS = ("not_mine", "wrong_sum", "paid_before", "other_reason")
ABOUT = ("call_in_the_morning", "call_in_the_afternoon", "hardship")


class Misfilled(ValueError):
    """The form cannot be taken as it is filled in; the page says what it may be."""


def first(form: Form, name: str) -> str:
    """A field as it was filled in, full-width digits of Chinese keyboards made plain."""
    return unicodedata.normalize("NFKC", next(iter(form.get(name, ())), "")).strip()


async def ask(journeys: Journeys, view: View, request: Promise | Plan, id: str) -> None:
    """Ask it of the journey; again is harmless. Raises `Refused` and `TemporalUnavailable`."""
    if protected(view) or request.refusal(view) is not None:
        raise Misfilled
    await journeys.request(view.case.loan.id, request, id)


async def keep(journeys: Journeys, link: LinkRow, told: Sequence[f.Told], later: Later) -> None:
    """Put all of one press on record, or nothing; again is harmless. Temporal hears after the answer."""
    async with journeys.ledger.together() as ledger:
        for fact in told:
            await replace(journeys, ledger=ledger).keep(link.loan, fact)
    later.tell([link.loan, *(loan for loan, _ in await journeys.ledger.open_loans(link.borrower))])


def _promise(view: View, link: LinkRow, form: Form, id: str) -> Said:
    amount = _sum(first(form, "amount"), view)
    return Promise(actor=BORROWER, amount=amount, by=date.fromisoformat(first(form, "by")))


def _plan(view: View, link: LinkRow, form: Form, id: str) -> Said:
    return Plan(actor=BORROWER, offer=first(form, "offer"))


def _dispute(view: View, link: LinkRow, form: Form, id: str) -> Said:
    """A part that is as much as everything is the whole."""
    reason, part = first(form, "reason"), first(form, "amount")
    amount = _sum(part, view) if part else None
    if reason not in REASONS or (amount is not None and amount.minor <= 0):
        raise Misfilled
    if amount is not None and amount.minor >= view.outstanding.minor:
        amount = None
    return [f.DisputeRaised(id=id, at=view.now, reason=reason, amount=amount)]


def _talk(view: View, link: LinkRow, form: Form, id: str) -> Said:
    """A person answers; what they wish stands where a reply's meaning does."""
    about = first(form, "about")
    if about not in ABOUT:
        raise Misfilled
    return [f.ReplyReceived(id=id, at=view.now, channel=Channel(link.channel), meaning=about)]


def _stop(view: View, link: LinkRow, form: Form, id: str) -> Said:
    chosen = set(form.get("through", ()))
    known: list[Channel | None] = [None] if "all" in chosen else [one for one in Channel if one in chosen]
    if not known:
        raise Misfilled
    return [f.OptedOut(id=f"{id}-{one or 'all'}", at=view.now, channel=one) for one in known]


ACTS: Mapping[str, Callable[[View, LinkRow, Form, str], Said]] = {
    "promise": _promise,
    "plan": _plan,
    "dispute": _dispute,
    "talk": _talk,
    "stop": _stop,
}
"""By the last word of the address that its form is sent to."""


def _sum(text: str, view: View) -> Money:
    return Money.of(text, view.case.loan.currency)
