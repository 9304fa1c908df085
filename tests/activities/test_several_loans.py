"""One message per person, at the highest level; what their other loans have due rides along."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.guard import Guard
from activities.ledger import Ledger, Person
from activities.orders import Order
from activities.outbound import Link, Outbound, Sender, Sent
from activities.riders import A_WHILE, company
from activities.words import Lender
from journeys import facts as f
from journeys.actions import Act, Contact, Wait
from journeys.borrower import Borrower, Channel
from journeys.diary import diary
from journeys.law.jurisdiction import law_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.rules import next_action
from journeys.strategy import newest
from journeys.view import View
from rehearsal import faults
from rehearsal.providers import RehearsalProviders

TODAY = date(2026, 3, 12)
SHANGHAI = "Asia/Shanghai"
LOW_COMES = datetime(2026, 3, 12, 1, 49, tzinfo=UTC)
HIGH_COMES = datetime(2026, 3, 12, 2, 24, tzinfo=UTC)
AFTER_BOTH = HIGH_COMES + A_WHILE
"""The minutes of the loans LOW and HIGH, 09:49 and 10:24 in Shanghai, and when LOW comes again."""
EARLY_AFTERNOON = datetime(2026, 3, 12, 17, 55, tzinfo=UTC)
"""In New York."""
WINIFRED = Person(
    Borrower("B-1", "en", (SHANGHAI,), tuple(Channel), ("cn",)),
    "Winifred Quill",
    "winifred@example.com",
    "+8613800138000",
    "7 Nightingale Row",
)
AMERICAN = Borrower("B-1", "en", ("America/New_York",), tuple(Channel), ("us",))
LENDER = Lender("Example Bank", "+1 202 555 0100", "complaints@example.com", "1 Example Street, Springfield")
TEXT, MAIL = "HIGH.20260220.d20-sms", "LOW.20260307.d5-email"


@dataclass(slots=True)
class Household:
    """A borrower's loans, whose journeys wake when the test says so, and the providers' loopback."""

    ledger: Ledger
    providers: RehearsalProviders
    senders: dict[Channel, Sender]
    person: Person = WINIFRED

    async def owes(
        self, loan: str, days: int, *made: str, sum: str = "8400", plan: str = "cn-consumer"
    ) -> None:
        """A loan so many days past due, with these touches behind it."""
        due = TODAY - timedelta(days=days)
        opened = datetime(2026, 1, 5, tzinfo=UTC)
        currency = {"cn-consumer": "CNY", "us-personal-loan": "USD"}[plan]
        debt = Loan(loan, (Instalment(due, Money.of(sum, currency)),))
        await self.ledger.register(debt, self.person, plan, newest(plan).version, opened)
        for touch in made:
            day, _, by = touch.removeprefix("d").partition("-")
            on = datetime(due.year, due.month, due.day, 2, tzinfo=UTC) + timedelta(days=int(day))
            contact = f"{loan}.{due:%Y%m%d}.{touch}"
            done = f.ContactMade(
                id=contact, at=on, contact=contact, touch=touch, due=due, channel=Channel(by), say="…"
            )
            await self.ledger.record(loan, [done], taken=True)

    async def owes_in_america(self, loan: str, days: int, *made: str) -> None:
        """The same there, and told in time what they may dispute."""
        await self.owes(loan, days, "d1-letter", *made, plan="us-personal-loan")
        noticed = f.CircumstanceNoted(
            id=f"{loan}.noticed",
            at=LOW_COMES - timedelta(days=days - 1),
            circumstance="validation_sent",
            values={"debts": [loan]},
        )
        await self.told(loan, noticed)

    async def told(self, loan: str, *facts: f.Told) -> None:
        await self.ledger.record(loan, facts, taken=False)

    async def decided(self, loan: str, at: datetime) -> tuple[Wait | Act, Order | None]:
        """What the journey decides at that instant, and the order it gives if that is a contact for now."""
        case = await self.ledger.case(loan)
        assert case is not None
        action = next_action(View.of(case, at))
        if not isinstance(action, Contact) or action.not_before > at:
            return action, None
        return action, Order(loan, "B-1", case.strategy, case.version, action, at, case.heard())

    async def wakes(self, loan: str, at: datetime) -> f.Learned | f.Told:
        """The first that its journey learns, when it wakes at that instant and makes a contact."""
        action, order = await self.decided(loan, at)
        assert order is not None, action
        return await self.carried_out(order)

    async def carried_out(self, order: Order) -> f.Learned | f.Told:
        env = ActivityEnvironment()
        env.info = replace(env.info, started_time=env.info.scheduled_time)
        facts: list[f.Learned | f.Told] = await env.run(
            Guard(self.ledger, self.senders, LENDER).contact, order
        )
        return facts[0]

    async def diary(self, loan: str) -> list[str]:
        """The diary of that day."""
        lines = diary(await self.ledger.facts(loan), SHANGHAI).splitlines()
        return [" ".join(line.split()[4:]) for line in lines if f"{TODAY:%d %b %Y}" in line]

    async def rode(self, loan: str) -> str | None:
        """Which contact the loan's contact of that day went with."""
        facts = await self.ledger.facts(loan)
        return next((fact.along for fact in facts if isinstance(fact, f.ContactRode)), None)

    @property
    def words(self) -> str:
        """Those of the only message."""
        [delivery] = self.providers.deliveries
        return delivery.body


@pytest.fixture
async def household(
    database_url: str, providers: RehearsalProviders, senders: dict[Channel, Sender]
) -> AsyncIterator[Household]:
    async with Ledger.open(database_url) as ledger:
        yield Household(ledger, providers, senders)


@pytest.fixture
async def two(household: Household) -> Household:
    """HIGH is due a text on day 20 at 10:24, LOW an e-mail on day 5 at 09:49."""
    await household.owes("HIGH", 20, "d16-letter")
    await household.owes("LOW", 5, "d3-sms", sum="1200")
    return household


def payment(loan: str, sum: str, at: datetime) -> f.PaymentReceived:
    return f.PaymentReceived(id=f"{loan}.paid", at=at, amount=Money.of(sum, "CNY"))


async def test_one_message_per_person_at_the_highest_level_others_ride_along(two: Household) -> None:
    waiting = await two.wakes("LOW", LOW_COMES)
    assert isinstance(waiting, f.ContactWithheld)
    assert (waiting.rule, waiting.until) == ("HOUSE.ONE_MESSAGE", AFTER_BOTH)
    assert isinstance(await two.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert "Also overdue: LOW, CNY 1,200.00 since 7 March 2026." in two.words
    assert "CNY 8,400.00 on loan HIGH" in two.words
    assert await two.diary("HIGH") == ["10:24 sms demand"]
    assert await two.diary("LOW") == [
        "09:49 email payment-missed withheld: loan HIGH is at a higher stage and goes first: "
        "this one rides along (HOUSE.ONE_MESSAGE), not before Thu 12 Mar 2026 10:29",
        f"10:24 email payment-missed went with {TEXT}",
    ]


async def test_the_other_journey_finds_that_it_rode_and_sends_nothing(two: Household) -> None:
    _, order = await two.decided("LOW", LOW_COMES)
    assert order is not None
    await two.carried_out(order)
    await two.wakes("HIGH", HIGH_COMES)
    rode = await two.carried_out(replace(order, at=AFTER_BOTH))
    assert isinstance(rode, f.ContactRode)
    assert (rode.contact, rode.along) == (MAIL, TEXT)
    assert await two.carried_out(replace(order, at=AFTER_BOTH)) == rode
    assert len(two.providers.deliveries) == 1
    [row] = await two.ledger.contacts("LOW")
    assert (row.state, row.why, row.provider, row.template) == ("rode", f"went with {TEXT}", None, None)
    after, _ = await two.decided("LOW", AFTER_BOTH)
    assert isinstance(after, Contact) and after.touch == "d8-call"
    assert await two.ledger.untaken() == [], "what we did ourselves is told to nobody"


async def test_what_rode_is_not_mentioned_again_by_another_before_its_own_journey_knows(
    two: Household,
) -> None:
    await two.owes("L-2", 19, "d16-letter")
    await two.wakes("HIGH", HIGH_COMES)
    refused = f.ContactWithheld(
        id="w",
        at=HIGH_COMES + timedelta(seconds=5),
        contact=MAIL,
        touch="d5-email",
        due=date(2026, 3, 7),
        channel=Channel.EMAIL,
        say="payment-missed",
        rule="HOUSE.DAY",
        until=LOW_COMES + timedelta(hours=20),
    )  # the other journey came while the message was on its way
    await two.ledger.record("LOW", [refused], taken=True)
    assert isinstance(await two.wakes("L-2", AFTER_BOTH + timedelta(days=1)), f.ContactMade)
    assert "LOW" not in two.providers.deliveries[-1].body
    assert len(two.providers.deliveries) == 2


async def test_the_budget_is_used_once_and_each_debt_counts_it(two: Household) -> None:
    await two.wakes("HIGH", HIGH_COMES)
    spent, _ = await two.ledger.known_of("B-1")
    assert [(one.id, one.along) for one in spent] == [(TEXT, frozenset({"LOW"}))]


async def test_the_first_to_come_takes_the_others_along_if_it_is_the_highest(household: Household) -> None:
    await household.owes("LOW", 25, "d20-sms")
    await household.owes("HIGH", 5, "d3-sms")
    assert isinstance(await household.wakes("LOW", LOW_COMES), f.ContactMade)
    assert await household.rode("HIGH") == "LOW.20260215.d25-email"
    assert "HIGH, CNY 8,400.00 since 7 March 2026" in household.words


async def test_of_two_equals_the_first_by_reference_carries_the_other(household: Household) -> None:
    await household.owes("LOW", 5, "d3-sms")
    await household.owes("HIGH", 5, "d3-sms")
    assert isinstance(await household.wakes("LOW", LOW_COMES), f.ContactWithheld)
    assert isinstance(await household.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert await household.rode("LOW") == "HIGH.20260307.d5-email"


HOLD = f.HoldPlaced(
    id="h", at=LOW_COMES, reason="complaint", until=datetime(2026, 4, 1, tzinfo=UTC), by="anna"
)


@pytest.mark.parametrize(
    "fact",
    [
        f.DisputeRaised(id="d", at=LOW_COMES),
        HOLD,
        replace(HOLD, channel=Channel.SMS),
        f.PromiseMade(id="p", at=LOW_COMES, amount=Money.of("1200", "CNY"), by=date(2026, 3, 20)),
        f.PaymentAnnounced(id="a", at=LOW_COMES, amount=Money.of("1200", "CNY")),
        payment("LOW", "1200", LOW_COMES),
    ],
    ids=["disputed", "held", "no texts", "promised", "in flight", "paid"],
)
async def test_a_loan_that_is_to_be_left_alone_is_not_mentioned(two: Household, fact: f.Told) -> None:
    await two.told("LOW", fact)
    assert isinstance(await two.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert "LOW" not in two.words
    assert await two.rode("LOW") is None


async def test_a_part_that_is_held_is_left_out_of_the_sum(two: Household) -> None:
    await two.told("LOW", replace(HOLD, held=Money.of("500", "CNY")))
    await two.wakes("HIGH", HIGH_COMES)
    assert "Also overdue: LOW, CNY 700.00 since 7 March 2026." in two.words


async def test_a_payment_a_moment_before_leaves_it_out(
    two: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = Ledger.sending

    async def paid_meanwhile(ledger: Ledger, contact: str, link: Link | None) -> None:
        await leave(ledger, contact, link)
        await ledger.record("LOW", [payment("LOW", "1200", HIGH_COMES)], taken=False)

    monkeypatch.setattr(Ledger, "sending", paid_meanwhile)
    assert isinstance(await two.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert "LOW" not in two.words
    assert await two.rode("LOW") is None and await two.ledger.contacts("LOW") == []


async def test_where_the_highest_is_paid_meanwhile_the_other_sends_itself(two: Household) -> None:
    await two.wakes("LOW", LOW_COMES)
    await two.told("HIGH", payment("HIGH", "8400", LOW_COMES))
    assert isinstance(await two.wakes("LOW", AFTER_BOTH), f.ContactMade)
    assert "HIGH" not in two.words


async def test_where_the_highest_sends_nothing_the_other_does_not_wait_for_ever(two: Household) -> None:
    await two.wakes("LOW", LOW_COMES)
    assert isinstance(await two.wakes("LOW", AFTER_BOTH), f.ContactMade)
    assert "HIGH" not in two.words, "the higher stage does not ride with the lower"
    [withheld] = [await two.wakes("HIGH", AFTER_BOTH)]
    assert isinstance(withheld, f.ContactWithheld) and withheld.rule == "HOUSE.DAY"


async def test_where_the_highest_is_refused_nothing_rode(two: Household) -> None:
    two.providers.arrange(faults.refused(code=21610))
    assert isinstance(await two.wakes("HIGH", HIGH_COMES), f.ContactFailed)
    assert await two.rode("LOW") is None
    assert isinstance(await two.wakes("LOW", AFTER_BOTH), f.ContactMade)


async def test_with_an_uncertain_message_the_others_may_have_arrived_as_well(two: Household) -> None:
    two.providers.arrange(faults.fails_after_accepting())
    assert isinstance(await two.wakes("HIGH", HIGH_COMES), f.ContactUncertain)
    assert await two.rode("LOW") == TEXT


class Killed:
    """A sender whose process dies once the provider took the message."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def send(self, outbound: Outbound) -> Sent:
        self.sender.send(outbound)
        raise RuntimeError("killed")


async def test_a_crash_while_sending_leaves_the_others_on_record_too(two: Household) -> None:
    _, order = await two.decided("HIGH", HIGH_COMES)
    assert order is not None
    alive = two.senders[Channel.SMS]
    two.senders[Channel.SMS] = Killed(alive)
    with pytest.raises(RuntimeError, match="killed"):
        await two.carried_out(order)
    two.senders[Channel.SMS] = alive
    assert isinstance(await two.carried_out(order), f.ContactUncertain)
    assert "LOW" in two.words and await two.rode("LOW") == TEXT


async def test_two_at_once_make_one_contact(two: Household) -> None:
    await two.wakes("LOW", LOW_COMES)
    (_, high), (_, low) = await two.decided("HIGH", AFTER_BOTH), await two.decided("LOW", AFTER_BOTH)
    assert high is not None and low is not None
    four = [two.carried_out(order) for order in (high, low, high, low)]
    await asyncio.gather(*four, return_exceptions=True)
    rows = [row for loan in ("HIGH", "LOW") for row in await two.ledger.contacts(loan)]
    [made] = [row.loan for row in rows if row.state == "made"]
    assert (made == "HIGH") == ("LOW, CNY" in two.words) == (await two.rode("LOW") == TEXT)


async def test_a_call_carries_nothing_so_nobody_gives_way_to_it(household: Household) -> None:
    await household.owes("HIGH", 8, "d5-email")
    await household.owes("LOW", 5, "d3-sms")
    assert isinstance(await household.wakes("LOW", LOW_COMES), f.ContactMade)
    assert "HIGH" not in household.words


async def test_a_person_is_asked_about_one_loan(household: Household) -> None:
    await household.owes("LOW", 12, "d8-call")
    await household.owes("HIGH", 5, "d3-sms")
    asked = await household.wakes("LOW", LOW_COMES)
    assert isinstance(asked, f.ContactAsked)
    assert await household.rode("HIGH") is None
    [task] = await household.ledger.tasks("agents")
    assert "HIGH" not in task.script


async def test_a_reminder_before_its_due_date_does_not_ride(household: Household) -> None:
    await household.owes("HIGH", 20, "d16-letter")
    await household.owes("LOW", -3)
    assert isinstance(await household.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert "LOW" not in household.words


@pytest.mark.parametrize("debts", [["LOW"], ["ANOTHER"]])
async def test_what_the_law_forbids_for_one_debt_is_left_out_wherever_it_was_told(
    household: Household, debts: list[JsonValue]
) -> None:
    household.person = replace(WINIFRED, borrower=AMERICAN)
    await household.owes_in_america("HIGH", 10, "d6-sms")
    await household.owes_in_america("LOW", 6)
    in_writing = f.CircumstanceNoted(
        id="c", at=LOW_COMES, circumstance="dispute_written", values={"debts": debts}
    )
    await household.told("HIGH", in_writing)
    assert isinstance(await household.wakes("HIGH", EARLY_AFTERNOON), f.ContactMade)
    assert ("LOW, USD" in household.words) == (debts != ["LOW"])


async def test_a_notice_the_law_requires_is_never_a_line_in_another_message(household: Household) -> None:
    household.person = replace(WINIFRED, borrower=AMERICAN)
    await household.owes_in_america("HIGH", 10, "d6-sms")
    await household.owes("LOW", 3, plan="us-personal-loan")
    notice, _ = await household.decided("LOW", EARLY_AFTERNOON)
    assert isinstance(notice, Contact) and notice.say == "validation-notice"
    assert isinstance(await household.wakes("HIGH", EARLY_AFTERNOON), f.ContactMade)
    assert "LOW" not in household.words


async def test_a_demand_does_not_ask_for_a_debt_that_may_still_be_disputed(household: Household) -> None:
    household.person = replace(WINIFRED, borrower=AMERICAN)
    await household.owes_in_america("HIGH", 46, "d42-letter")
    await household.owes_in_america("LOW", 6, "d3-agent")
    friendly, _ = await household.decided("LOW", EARLY_AFTERNOON)
    assert isinstance(friendly, Contact) and friendly.say == "payment-missed"
    demand, order = await household.decided("HIGH", EARLY_AFTERNOON)
    assert order is not None and isinstance(demand, Contact) and demand.say == "demand"
    for say, riding in (("demand", []), ("payment-missed", ["LOW"])):
        lead = replace(order, action=replace(demand, say=say))
        law = law_of(AMERICAN.jurisdictions)
        there = await company(household.ledger, lead, household.person, law, EARLY_AFTERNOON)
        assert [one.order.loan for one in there.riders] == riding


async def test_nothing_is_collected_before_the_ledger_knows_of_the_notice(household: Household) -> None:
    household.person = replace(WINIFRED, borrower=AMERICAN)
    await household.owes("HIGH", 6, plan="us-personal-loan")
    decided = Contact(
        rule="touch_due",
        why="day 6",
        not_before=EARLY_AFTERNOON,
        contact="HIGH.20260306.d6-sms",
        touch="d6-sms",
        due=TODAY - timedelta(days=6),
        channel=Channel.SMS,
        say="payment-missed",
    )
    withheld = await household.carried_out(
        Order("HIGH", "B-1", "us-personal-loan", 3, decided, EARLY_AFTERNOON, ())
    )
    assert isinstance(withheld, f.ContactWithheld) and withheld.rule == "US.REGF.VALID"


async def test_a_text_takes_along_what_it_has_room_for_the_highest_first(household: Household) -> None:
    await household.owes("HIGH", 20, "d16-letter")
    for loan, days, made in (("L-1", 3, "d1-agent"), ("L-2", 8, "d3-sms"), ("L-3", 5, "d3-sms")):
        await household.owes(loan, days, made)
    await household.owes("L-4", 5, "d3-sms")
    assert isinstance(await household.wakes("HIGH", HIGH_COMES), f.ContactMade)
    assert len(household.words) <= 320
    named = [household.words.index(f"{loan}, CNY") for loan in ("L-2", "L-3", "L-4")]
    assert named == sorted(named), "the highest stage first"
    rode = [await household.rode(loan) for loan in ("L-1", "L-2", "L-3", "L-4")]
    assert rode == [None, TEXT, TEXT, TEXT]
