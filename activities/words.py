"""Fills a wording with what the ledger knows at the moment of sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from activities.ledger import Person
from journeys.actions import Contact
from journeys.borrower import Channel
from journeys.budget import MEDIUM, NOTICES, purpose_of
from journeys.case import Case
from journeys.facts import Told
from journeys.files import Mistakes
from journeys.law.circumstances import Event
from journeys.law.clearance import last_day_after
from journeys.law.jurisdiction import Law
from journeys.law.record import Record
from journeys.loan import Instalment
from journeys.messages import Message, Value, render
from journeys.money import Money
from journeys.offers import open_offers, to_pay
from journeys.statement import Item, itemised
from journeys.view import View

OFFERS = {
    "en": {
        "instalments": "You may pay what is overdue in {count} instalments.",
        "settlement": "If you pay {sum} now, we can accept it as final; please call us first.",
        "penalties": "If you settle what is overdue now, we can waive the penalty interest.",
    },
    "zh": {
        "instalments": "逾期款项可分 {count} 期偿还。",
        "settlement": "如您现在一次性支付 {sum}，我们可视为全部结清；请先来电确认。",
        "penalties": "如您现在结清逾期款项，我们可为您减免罚息。",
    },
}

ITEMS: dict[str, dict[Item, str]] = {
    "en": {
        "then": "Owed on {since}",
        "due": "Instalments fallen due since then",
        "interest": "Interest since then",
        "fees": "Fees since then",
        "payments": "Payments since then",
        "credits": "Credits since then, and sums not asked for now",
        "now": "Owed on {today}",
    },
    "zh": {
        "then": "{since}所欠",
        "due": "此后到期的各期款项",
        "interest": "此后利息",
        "fees": "此后费用",
        "payments": "此后还款",
        "credits": "此后减免及暂不追要的款项",
        "now": "{today}所欠",
    },
}
COLON = {"en": ": ", "zh": "："}
ALSO = {"en": "{loan}, {sum} since {since}", "zh": "{loan}，{sum}，{since}起"}


@dataclass(frozen=True, slots=True)
class Lender:
    """Who writes, and where a borrower may answer or complain."""

    name: str
    phone: str
    complaints: str
    address: str
    """Where letters, disputes among them, are taken in."""


def words(
    lender: Lender,
    law: Law,
    person: Person,
    case: Case,
    contact: Contact,
    at: datetime,
    along: Sequence[View] = (),
    link: str = "",
) -> Message:
    """The message for a contact: sums and days as they stand at `at`, in the borrower's own calendar.

    What other loans of theirs have overdue is asked for as well. Raises `Mistakes` where nothing can be said
    of that instalment: wordings are missing, or new terms have come since the contact was decided on.
    """
    language = person.borrower.language
    view = View.of(case, at)
    instalment = next((one for one in case.loan.instalments if one.due == contact.due), None)
    if instalment is None:
        raise Mistakes(f"loan {case.loan.id}: no instalment falls due on {contact.due} any more")
    late = (view.today - instalment.due).days
    wording = law.wording(language)
    values: dict[str, Value] = {
        "borrower": person.name,
        "lender": lender.name,
        "lender_phone": lender.phone,
        "lender_address": lender.address,
        "complaints": lender.complaints,
        "loan": case.loan.id,
        "arrears": str(view.overdue(view.today) if late > 0 else _coming(view, instalment)),
        "outstanding": str(view.outstanding),
        "due_date": written(instalment.due, language),
        "days_past_due": max(0, late),
        "days_until_due": max(0, -late),
        "today": written(view.today, language),
        "reply_stop": wording.reply_stop,
        "disclosure": wording.disclosure,
        "itemisation": lambda: _itemisation(view, instalment.due, language),
        "validation_ends": _answered_by(law, view, contact.say, language),
        "offer": _offer(view, language),
        "link": link,
        "also": _also(along, language, between="; " if contact.channel is Channel.SMS else "\n"),
    }
    must_say = law.must_say(MEDIUM[contact.channel], purpose_of(contact.say, late))
    return render(contact.say, contact.channel, language, values, must_say=must_say)


def written(day: date, language: str) -> str:
    """A date as people write it: 2 March 2026, 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day:%-d %B %Y}"


def _coming(view: View, instalment: Instalment) -> Money:
    """What falls due with an instalment to come, as far as it is not paid already."""
    due = view.overdue(instalment.due)
    return due if due.minor else instalment.amount


def _also(along: Sequence[View], language: str, between: str) -> str:
    """What other loans have overdue, and since when."""
    return between.join(
        ALSO[language].format(
            loan=view.case.loan.id,
            sum=view.overdue(view.today),
            since=written(view.oldest.due, language),
        )
        for view in along
        if view.oldest is not None
    )


def _itemisation(view: View, since: date, language: str) -> str:
    """How what was owed on the due date became what is owed today, a line each."""
    currency, asked = view.case.loan.currency, view.overdue(view.today).minor
    days = {"since": written(since, language), "today": written(view.today, language)}
    return "\n".join(
        f"{ITEMS[language][item].format(**days)}{COLON[language]}{Money(minor, currency)}"
        for item, minor in itemised(view.account, since, view.today, asked).items()
    )


def _answered_by(law: Law, view: View, say: str, language: str) -> str:
    """The last day of the time to dispute that a notice of today opens, where the law gives any."""
    if say not in NOTICES:
        return ""
    record = Record(view.case.borrower.zones)
    last = last_day_after(law, record, Event(NOTICES[say], view.now))
    return written(last, language) if last else ""


def _offer(view: View, language: str) -> str:
    """The newest offer that is open to them, in a sentence."""
    offers = open_offers(view)
    if not offers:
        return ""
    newest, sentences = offers[-1], OFFERS[language]
    if newest.instalments:
        return sentences["instalments"].format(count=newest.instalments)
    if newest.settle_at:
        return sentences["settlement"].format(sum=to_pay(view, newest))
    return sentences["penalties"]


def names(facts: Sequence[Told]) -> str:
    """The kinds of facts in words, for a reason on record."""
    return ", ".join(fact.kind.replace("_", " ") for fact in facts)
