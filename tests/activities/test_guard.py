"""Every contact passes the guard, and comes out at most once, whatever fails on the way."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.guard import Guard
from activities.ledger import Ledger, Person
from activities.links import Pages, id_of
from activities.orders import Order
from activities.outbound import Outbound, Sender, Sent
from activities.words import Lender
from journeys import facts as f
from journeys.actions import Contact
from journeys.borrower import Borrower, Channel
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal import faults
from rehearsal.providers import RehearsalProviders

TEN_IN_SHANGHAI = datetime(2026, 3, 5, 2, tzinfo=UTC)
DUE = date(2026, 3, 2)
WINIFRED = Person(
    Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",)),
    "Winifred Quill",
    "winifred@example.com",
    "+8613800138000",
    "7 Nightingale Row",
)
LENDER = Lender("Example Bank", "+1 202 555 0100", "complaints@example.com", "1 Example Street, Springfield")


def order(
    by: Channel = Channel.SMS, loan: str = "L-1", at: datetime = TEN_IN_SHANGHAI, say: str = "payment-missed"
) -> Order:
    """The order to make one touch, three days after the due date."""
    touch = f"d3-{by}"
    contact = Contact(
        rule="touch_due",
        why="day 3",
        not_before=at,
        contact=f"{loan}.20260302.{touch}",
        touch=touch,
        due=DUE,
        channel=by,
        say=say,
        deadline=at + timedelta(days=1),
    )
    return Order(loan, "B-1", "cn-consumer", 1, contact, at, heard=())


@dataclass(slots=True)
class Counter:
    """The guard with its ledger and the providers' loopback."""

    ledger: Ledger
    providers: RehearsalProviders
    senders: dict[Channel, Sender]
    pages: Pages | None = None

    async def contact(self, order: Order, waited: timedelta = timedelta(0)) -> list[f.Learned | f.Told]:
        """What the guard says of the order, after it waited for its turn."""
        env = ActivityEnvironment()
        env.info = replace(env.info, started_time=env.info.scheduled_time + waited)
        return await env.run(Guard(self.ledger, self.senders, LENDER, self.pages).contact, order)

    async def state(self, order: Order) -> str | None:
        """How the contact stands in the ledger, if it is there."""
        assert isinstance(order.action, Contact)
        rows = await self.ledger.contacts(order.loan)
        return next((row.state for row in rows if row.id == order.action.contact), None)

    async def recorded(self, loan: str = "L-1") -> list[f.Learned | f.Told]:
        return await self.ledger.facts(loan)


@pytest.fixture
async def counter(
    database_url: str, providers: RehearsalProviders, senders: dict[Channel, Sender]
) -> AsyncIterator[Counter]:
    async with Ledger.open(database_url) as ledger:
        for loan in ("L-1", "L-2"):
            instalments = (Instalment(DUE, Money.of("8400", "CNY")),)
            await ledger.register(Loan(loan, instalments), WINIFRED, "cn-consumer", 1, TEN_IN_SHANGHAI)
        yield Counter(ledger, providers, senders)


def payment(loan: str = "L-1") -> f.PaymentReceived:
    return f.PaymentReceived(id=f"{loan}.p", at=TEN_IN_SHANGHAI, amount=Money.of("8400", "CNY"))


async def test_a_lawful_contact_is_made_and_recorded(counter: Counter) -> None:
    [made] = await counter.contact(order())
    assert isinstance(made, f.ContactMade)
    assert await counter.recorded() == [made]
    [row] = await counter.ledger.contacts("L-1")
    [delivery] = counter.providers.deliveries
    assert (row.state, row.provider, row.provider_id) == ("made", "twilio", delivery.provider_id)
    assert row.digest and row.law and row.why == "day 3"


async def test_outside_the_permitted_hours_nothing_is_sent(counter: Counter) -> None:
    late = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)  # 06:30 in Shanghai
    [withheld] = await counter.contact(order(at=late))
    assert isinstance(withheld, f.ContactWithheld)
    assert (withheld.rule, withheld.until) == ("CN.TIME", datetime(2026, 3, 6, 0, tzinfo=UTC))
    assert not counter.providers.deliveries
    assert await counter.state(order()) is None
    [row] = await counter.ledger.withheld(loan="L-1")
    assert (row.rule, row.law) == ("CN.TIME", law_of(["cn"]).version)
    assert row.inputs is not None and row.inputs["zones"] == ["Asia/Shanghai"]
    assert row.inputs["purpose"] == "payment_missed"


async def test_the_law_is_asked_at_the_instant_of_sending_not_of_ordering(counter: Counter) -> None:
    evening = datetime(2026, 3, 5, 13, 55, tzinfo=UTC)  # 21:55 in Shanghai; the hours end at 22:00
    [withheld] = await counter.contact(order(at=evening), waited=timedelta(minutes=10))
    assert isinstance(withheld, f.ContactWithheld)
    assert not counter.providers.deliveries


async def test_a_payment_the_decision_did_not_know_withdraws_the_contact(counter: Counter) -> None:
    await counter.ledger.record("L-1", [payment()], taken=False)
    withdrawn, told = await counter.contact(order())
    assert isinstance(withdrawn, f.ContactWithdrawn)
    assert told == payment()
    assert not counter.providers.deliveries
    assert await counter.state(order()) == "released"
    [made] = await counter.contact(order(loan="L-2"))
    assert isinstance(made, f.ContactMade), "the budget was given back"


NEW_TERMS = f.ScheduleChanged(
    id="terms-2",
    at=TEN_IN_SHANGHAI,
    instalments=(Instalment(date(2026, 4, 2), Money.of("8400", "CNY")),),
    reason="restructured",
    by="ops-1",
)


async def test_new_terms_the_decision_did_not_know_withdraw_the_contact(counter: Counter) -> None:
    await counter.ledger.record("L-1", [NEW_TERMS], taken=False)
    withdrawn, told = await counter.contact(order())
    assert isinstance(withdrawn, f.ContactWithdrawn)
    assert told == NEW_TERMS
    assert not counter.providers.deliveries


async def test_new_terms_after_a_crash_while_sending_leave_it_uncertain(counter: Counter) -> None:
    alive = counter.senders[Channel.SMS]
    counter.senders[Channel.SMS] = Dies(alive, after=True)
    with pytest.raises(RuntimeError, match="killed"):
        await counter.contact(order())
    counter.senders[Channel.SMS] = alive
    await counter.ledger.record("L-1", [NEW_TERMS], taken=False)
    [uncertain] = await counter.contact(order())
    assert isinstance(uncertain, f.ContactUncertain)


async def test_two_loans_of_one_borrower_share_one_slot(counter: Counter) -> None:
    await counter.contact(order(loan="L-1"))
    [withheld] = await counter.contact(order(by=Channel.EMAIL, loan="L-2"))
    assert isinstance(withheld, f.ContactWithheld)
    assert len(counter.providers.deliveries) == 1


async def test_a_provider_that_is_busy_is_asked_again_later(counter: Counter) -> None:
    counter.providers.arrange(faults.too_many_requests(retry_after=90))
    [deferred] = await counter.contact(order())
    assert isinstance(deferred, f.ContactWithheld)
    assert deferred.until == TEN_IN_SHANGHAI + timedelta(seconds=90)
    [made] = await counter.contact(order(at=deferred.until))
    assert isinstance(made, f.ContactMade)
    assert len(counter.providers.deliveries) == 1


async def test_a_refusal_is_final_and_costs_no_budget(counter: Counter) -> None:
    counter.providers.arrange(faults.refused(code=21610))
    [failed] = await counter.contact(order())
    assert isinstance(failed, f.ContactFailed)
    assert failed.meaning == "opted_out"
    [made] = await counter.contact(order(by=Channel.EMAIL))
    assert isinstance(made, f.ContactMade)


async def test_no_clear_answer_is_uncertain_and_never_sent_again(counter: Counter) -> None:
    counter.providers.arrange(faults.fails_after_accepting())
    [uncertain] = await counter.contact(order())
    assert isinstance(uncertain, f.ContactUncertain)
    assert await counter.contact(order()) == [uncertain]
    assert len(counter.providers.deliveries) == 1
    [withheld] = await counter.contact(order(by=Channel.EMAIL))
    assert isinstance(withheld, f.ContactWithheld), "it may have arrived, so it counts"


async def test_without_an_address_the_contact_fails(counter: Counter) -> None:
    nowhere = replace(WINIFRED, borrower=replace(WINIFRED.borrower, id="B-2"), email=None)
    loan = Loan("L-3", (Instalment(DUE, Money.of("8400", "CNY")),))
    await counter.ledger.register(loan, nowhere, "cn-consumer", 1, TEN_IN_SHANGHAI)
    [failed] = await counter.contact(replace(order(by=Channel.EMAIL, loan="L-3"), borrower="B-2"))
    assert isinstance(failed, f.ContactFailed)
    assert failed.meaning == "bad_contact_point"


class Dies:
    """A sender whose process is killed, before or after the provider took the message."""

    def __init__(self, sender: Sender, after: bool) -> None:
        self.sender, self.after = sender, after

    def send(self, outbound: Outbound) -> Sent:
        if self.after:
            self.sender.send(outbound)
        raise RuntimeError("killed")


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_while_sending_leaves_it_uncertain(counter: Counter, after: bool) -> None:
    alive = counter.senders[Channel.SMS]
    counter.senders[Channel.SMS] = Dies(alive, after)
    with pytest.raises(RuntimeError, match="killed"):
        await counter.contact(order())
    counter.senders[Channel.SMS] = alive
    [uncertain] = await counter.contact(order())
    assert isinstance(uncertain, f.ContactUncertain)
    assert len(counter.providers.deliveries) == int(after)


async def test_a_crash_between_claim_and_send_is_made_up_for(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crashing(monkeypatch, "sending")
    with pytest.raises(RuntimeError, match="killed"):
        await counter.contact(order())
    assert await counter.state(order()) == "claimed"
    monkeypatch.undo()
    [made] = await counter.contact(order())
    assert isinstance(made, f.ContactMade)
    assert len(counter.providers.deliveries) == 1


async def test_a_claim_made_up_for_at_night_is_judged_again_and_given_back(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crashing(monkeypatch, "sending")
    with pytest.raises(RuntimeError, match="killed"):
        await counter.contact(order())
    monkeypatch.undo()
    [withheld] = await counter.contact(order(), waited=timedelta(hours=16))
    assert isinstance(withheld, f.ContactWithheld) and withheld.until is not None
    assert await counter.state(order()) == "released"
    assert not counter.providers.deliveries


async def test_a_wording_that_is_not_there_waits_a_day_and_gives_way_to_a_payment(counter: Counter) -> None:
    wordless = order(say="never-written")
    [withheld] = await counter.contact(wordless)
    assert isinstance(withheld, f.ContactWithheld)
    assert (withheld.rule, withheld.until) == ("NO_WORDING", TEN_IN_SHANGHAI + timedelta(days=1))
    assert await counter.state(wordless) == "released"
    paid = f.PaymentReceived(id="p-1", at=TEN_IN_SHANGHAI, amount=Money.of("8400", "CNY"))
    await counter.ledger.record("L-1", [paid], taken=False)
    assert (await counter.contact(wordless))[1:] == [paid]


@pytest.mark.parametrize(
    ("code", "status", "rule"),
    [
        (20003, 401, "PROVIDER.OUR_CONFIGURATION"),
        (30008, 400, "PROVIDER.TEMPORARY"),
        (30022, 400, "PROVIDER.CAPPED"),
    ],
)
async def test_a_refusal_that_is_not_about_the_borrower_spends_nothing(
    counter: Counter, code: int, status: int, rule: str
) -> None:
    counter.providers.arrange(faults.refused(code, status))
    [withheld] = await counter.contact(order())
    assert isinstance(withheld, f.ContactWithheld) and withheld.until is not None
    assert withheld.rule == rule
    assert await counter.state(order()) == "released"


async def test_a_crash_after_the_record_gives_the_same_fact_again(counter: Counter) -> None:
    first = await counter.contact(order())
    again = await counter.contact(order(), waited=timedelta(seconds=40))
    assert first == again
    assert len(counter.providers.deliveries) == 1


async def test_two_attempts_at_once_make_one_contact(counter: Counter) -> None:
    answers = await asyncio.gather(*(counter.contact(order()) for _ in range(4)), return_exceptions=True)
    assert len(counter.providers.deliveries) == 1
    assert await counter.state(order()) == "made"
    assert any(isinstance(answer, list) and isinstance(answer[0], f.ContactMade) for answer in answers)


async def test_an_agent_gets_a_task_with_the_words(counter: Counter) -> None:
    call = order(by=Channel.AGENT, say="first-contact")
    [asked] = await counter.contact(call)
    assert isinstance(asked, f.ContactAsked)
    assert asked.owner == "agents"
    [task] = await counter.ledger.tasks("agents")
    assert (task.id, task.state) == (asked.contact, "open")
    assert await counter.contact(call) == [asked]


async def test_a_call_taken_back_and_asked_again_is_on_record_twice(counter: Counter) -> None:
    call = order(by=Channel.AGENT, say="first-contact")
    [first] = await counter.contact(call)
    taken_back = TEN_IN_SHANGHAI + timedelta(minutes=5)
    assert isinstance(first, f.ContactAsked)
    await counter.ledger.close_task(first.contact, "withdrawn", loan="L-1", at=taken_back, facts=[])
    [second] = await counter.contact(replace(call, at=TEN_IN_SHANGHAI + timedelta(hours=3)))
    assert isinstance(second, f.ContactAsked)
    assert await counter.recorded() == [first, second]


def _crashing(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    async def killed(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(Ledger, method, killed)


async def test_a_call_an_agent_may_make_today_counts_today_whenever_it_was_asked(counter: Counter) -> None:
    await counter.contact(order(by=Channel.AGENT, say="first-contact"))
    tomorrow = TEN_IN_SHANGHAI + timedelta(days=1)
    [withheld] = await counter.contact(order(loan="L-2", at=tomorrow))
    assert isinstance(withheld, f.ContactWithheld) and withheld.rule == "HOUSE.DAY"
    call = "L-1.20260302.d3-agent"
    await counter.ledger.close_task(call, "given_up", loan="L-1", at=tomorrow, facts=[])
    [made] = await counter.contact(order(loan="L-2", at=tomorrow))
    assert isinstance(made, f.ContactMade)


# ── the link to the borrower's page ──────────────────────────────────────────────────────────────

PAGES = Pages("https://loans.example.com/p", timedelta(days=30), "phone")
LINK = re.compile(r"https://loans\.example\.com/p/(\w+)")


async def test_an_email_carries_a_link_of_its_own_that_opens_for_so_many_days(counter: Counter) -> None:
    counter.pages = PAGES
    await counter.contact(mail := order(Channel.EMAIL))
    [token] = LINK.findall(counter.providers.deliveries[0].body)
    link = await counter.ledger.link(id_of(token), TEN_IN_SHANGHAI + timedelta(days=29))
    assert link is not None and link.opens
    assert (link.loan, link.borrower, link.channel) == ("L-1", "B-1", "email")
    assert isinstance(mail.action, Contact) and link.contact == mail.action.contact
    assert not await counter.ledger.guessed(link, TEN_IN_SHANGHAI, right=False)
    assert await counter.ledger.guessed(link, TEN_IN_SHANGHAI, right=True)
    late = await counter.ledger.link(id_of(token), TEN_IN_SHANGHAI + timedelta(days=30))
    assert late is not None and not late.opens


async def test_a_contact_that_did_not_leave_has_no_link_and_the_next_try_a_fresh_one(
    counter: Counter,
) -> None:
    counter.pages = PAGES
    counter.providers.arrange(faults.too_many_requests(), channel="email")
    await counter.contact(mail := order(Channel.EMAIL))
    later = replace(mail, at=TEN_IN_SHANGHAI + timedelta(hours=1))
    [made] = await counter.contact(later)
    assert isinstance(made, f.ContactMade)
    [token] = LINK.findall(counter.providers.deliveries[0].body)
    link = await counter.ledger.link(id_of(token), later.at)
    assert link is not None and link.opens
    assert await counter.ledger.close_links("L-1", later.at) == 1


async def test_a_text_carries_the_link_only_where_something_can_be_asked_of_who_opens_it(
    counter: Counter,
) -> None:
    """The digits of the number it went to are no secret to whoever has that number."""
    counter.pages = PAGES
    await counter.contact(order())
    assert not LINK.search(counter.providers.deliveries[0].body)


async def test_a_text_leaves_the_link_out_where_it_has_no_room(counter: Counter) -> None:
    counter.pages = PAGES
    born = replace(WINIFRED, borrower=replace(WINIFRED.borrower, id="B-3"), birth_year=1984)
    loan = Loan("L-3", (Instalment(DUE, Money.of("8400", "CNY")),))
    await counter.ledger.register(loan, born, "cn-consumer", 1, TEN_IN_SHANGHAI)
    text = replace(order(loan="L-3"), borrower="B-3")
    await counter.contact(text)
    assert LINK.search(counter.providers.deliveries[0].body)
    counter.pages = replace(PAGES, base=f"https://{'long.' * 40}example.com/p")
    tomorrow = order(Channel.SMS, "L-3", TEN_IN_SHANGHAI + timedelta(days=2), "due-soon")
    assert isinstance(tomorrow.action, Contact)
    again = replace(tomorrow, borrower="B-3", action=replace(tomorrow.action, contact="L-3.20260302.d5-sms"))
    [made] = await counter.contact(again)
    assert isinstance(made, f.ContactMade), made
    assert "https://" not in counter.providers.deliveries[1].body
