"""Fills a wording with what the ledger knows at the moment of sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from activities.ledger import Person
from journeys.actions import Contact
from journeys.budget import MEDIUM, purpose_on
from journeys.calendar import local_day
from journeys.case import Case
from journeys.facts import Told
from journeys.law.jurisdiction import Law
from journeys.loan import Instalment
from journeys.messages import Message, render
from journeys.money import Money
from journeys.strategy import Offer, published

OFFERS = {
    "en": {
        "instalments": "You may pay what is overdue in {count} instalments.",
        "penalties": "If you settle what is overdue now, we can waive the penalty interest.",
    },
    "zh": {
        "instalments": "逾期款项可分 {count} 期偿还。",
        "penalties": "如您现在结清逾期款项，我们可为您减免罚息。",
    },
}


@dataclass(frozen=True, slots=True)
class Lender:
    """Who writes, and where a borrower may answer or complain."""

    name: str
    phone: str
    complaints: str


def words(lender: Lender, law: Law, person: Person, case: Case, contact: Contact, at: datetime) -> Message:
    """The message for a contact: sums and days as they stand at `at`, in the borrower's own calendar."""
    language, home = person.borrower.language, person.borrower.zones[0]
    today, paid = local_day(at, home), case.paid()
    instalment = next(one for one in case.loan.instalments if one.due == contact.due)
    late = (today - instalment.due).days
    overdue = case.loan.due_by(today, paid)
    wording = law.wording(language)
    offer = published(case.strategy, case.version).offered(late)
    values: dict[str, str | int] = {
        "borrower": person.name,
        "lender": lender.name,
        "lender_phone": lender.phone,
        "complaints": lender.complaints,
        "loan": case.loan.id,
        "arrears": str(overdue if late > 0 else _coming(instalment, case.loan.due_by(instalment.due, paid))),
        "outstanding": str(case.loan.outstanding(paid)),
        "due_date": written(instalment.due, language),
        "days_past_due": max(0, late),
        "days_until_due": max(0, -late),
        "today": written(today, language),
        "reply_stop": wording.reply_stop,
        "disclosure": wording.disclosure,
        "offer": _offer(offer, language),
    }
    must_say = law.must_say(MEDIUM[contact.channel], purpose_on(late))
    return render(contact.say, contact.channel, language, values, must_say=must_say)


def written(day: date, language: str) -> str:
    """A date as people write it: 2 March 2026, 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day:%-d %B %Y}"


def _coming(instalment: Instalment, due: Money) -> Money:
    return due if due.minor else instalment.amount


def _offer(offer: Offer | None, language: str) -> str:
    if offer is None:
        return ""
    if offer.instalments:
        return OFFERS[language]["instalments"].format(count=offer.instalments)
    return OFFERS[language][offer.waive] if offer.waive else ""


def names(facts: Sequence[Told]) -> str:
    """The kinds of facts in words, for a reason on record."""
    return ", ".join(fact.kind.replace("_", " ") for fact in facts)
