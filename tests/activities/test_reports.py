"""What providers report: twice, late, in any order; and what people write, known or not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from activities.inbound import Reply, Report
from activities.ledger import Ledger, Person, Registration
from activities.migrations import upgrade
from activities.orders import Order
from activities.outbound import Sent
from journeys import facts as f
from journeys.actions import Contact
from journeys.borrower import Borrower, Channel
from journeys.budget import record_of
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import carried_out, uncertain
from journeys.replies import Meaning, told_by

SENT_AT = datetime(2026, 3, 5, 2, tzinfo=UTC)
LATER = SENT_AT + timedelta(minutes=3)
DUE = date(2026, 3, 2)
NUMBER, MAIL = "+8613800138000", "winifred@example.com"
WINIFRED = Person(
    Borrower("B-1", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",)),
    "Winifred Quill",
    MAIL,
    "138 0013 8000",
    "7 Nightingale Row",
)
QUENTIN = replace(WINIFRED, borrower=replace(WINIFRED.borrower, id="B-2"), phone="+86-138-0013-8000")
NORMA = replace(
    WINIFRED, borrower=replace(WINIFRED.borrower, id="B-3"), phone="+8613900139000", email="norma@example.com"
)
WHOSE = {"L-1": WINIFRED, "L-2": WINIFRED, "L-3": QUENTIN, "L-4": NORMA}


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with _known(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        yield ledger


@pytest.fixture
async def each(database_url: str) -> AsyncIterator[Ledger]:
    """On each kind of database."""
    async with _known(database_url) as ledger:
        yield ledger


@asynccontextmanager
async def _known(url: str) -> AsyncIterator[Ledger]:
    """Winifred owes L-1 and L-2, Quentin with the same number and address L-3, Norma L-4."""
    async with Ledger.open(url) as ledger:
        for loan, person in WHOSE.items():
            await ledger.register(
                Loan(loan, (Instalment(DUE, Money.of("8400", "CNY")),)), person, "cn-consumer", 2, SENT_AT
            )
        yield ledger


def order(channel: Channel = Channel.SMS) -> Order:
    contact = Contact(
        rule="touch_due",
        why="day 3",
        not_before=SENT_AT,
        contact=f"L-1.20260302.d3-{channel}",
        touch=f"d3-{channel}",
        due=DUE,
        channel=channel,
        say="payment-missed",
    )
    return Order("L-1", "B-1", "cn-consumer", 2, contact, SENT_AT, heard=())


async def sending(ledger: Ledger, order: Order) -> None:
    assert isinstance(order.action, Contact)
    claim = await ledger.claim(order, SENT_AT, "cn.1", lambda spent, told: None)
    assert claim.state == "claimed"
    await ledger.sending(order.action.contact)


async def made(ledger: Ledger, order: Order) -> None:
    await sending(ledger, order)
    await ledger.settle(order, "made", carried_out(order.action, SENT_AT), Sent("twilio", "SM1"))


async def unclear(ledger: Ledger, order: Order) -> None:
    await sending(ledger, order)
    assert isinstance(order.action, Contact)
    await ledger.settle(order, "uncertain", uncertain(order.action, SENT_AT))


def said(delivery: f.Delivery | None, by: Channel = Channel.SMS, **more: object) -> Report:
    provider = "sendgrid" if by is Channel.EMAIL else "twilio"
    to = MAIL if by is Channel.EMAIL else NUMBER
    report = Report("SM1", f"L-1.20260302.d3-{by}", provider, by, to, delivery)
    return replace(report, **more)  # type: ignore[arg-type]


async def told(ledger: Ledger, loan: str) -> list[tuple[str, ...]]:
    """What a loan was told, by kind and what matters of it."""
    named = ("channel", "result", "reason", "meaning")
    facts = [one for one in await ledger.facts(loan) if not isinstance(one, f.Contacted)]
    return [(one.kind, *(str(getattr(one, n)) for n in named if hasattr(one, n))) for one in facts]


async def state(ledger: Ledger) -> tuple[str, str | None]:
    [row] = await ledger.contacts("L-1")
    return row.state, row.delivery


async def attempt(ledger: Ledger) -> str:
    """How the journey sees it, by the facts."""
    case = await ledger.case("L-1")
    assert case is not None
    return case.attempts[0].state


@pytest.mark.parametrize("order_of_words", list(permutations(["queued", "sent", "delivered"])))
async def test_a_later_weaker_word_never_takes_a_stronger_ones_place(
    ledger: Ledger, order_of_words: tuple[f.Delivery, ...]
) -> None:
    await made(ledger, order())
    for word in (*order_of_words, *order_of_words):
        assert await ledger.reported(said(word), LATER) == []
    assert await state(ledger) == ("made", "delivered")
    assert await told(ledger, "L-1") == [], "as we thought: no journey is woken for it"


@pytest.mark.parametrize("words", list(permutations(["sent", "undelivered"])))
async def test_what_reached_nobody_is_told_once_in_whatever_order(
    each: Ledger, words: tuple[f.Delivery, ...]
) -> None:
    await made(each, order())
    for word in (*words, *words):
        await each.reported(said(word), LATER)
    assert await state(each) == ("undelivered", "undelivered")
    assert await attempt(each) == "undelivered"
    assert await told(each, "L-1") == [("delivery_reported", "undelivered")]


@pytest.mark.parametrize("words", list(permutations(["delivered", "undelivered"])))
async def test_of_two_words_that_contradict_each_other_the_one_counts_that_reached_them(
    ledger: Ledger, words: tuple[f.Delivery, ...]
) -> None:
    await made(ledger, order())
    for word in words:
        await ledger.reported(said(word), LATER)
    assert await state(ledger) == ("made", "delivered")
    assert await attempt(ledger) == "made"


@pytest.mark.parametrize(
    ("word", "becomes"), [("sent", "made"), ("delivered", "made"), ("undelivered", "undelivered")]
)
async def test_an_uncertain_contact_is_settled_by_what_its_provider_says(
    ledger: Ledger, word: f.Delivery, becomes: str
) -> None:
    await unclear(ledger, order())
    assert await ledger.reported(said("queued"), LATER) == []
    assert await ledger.reported(said(word), LATER) == ["L-1"]
    assert await state(ledger) == (becomes, word)
    assert await attempt(ledger) == becomes
    [row] = await ledger.contacts("L-1")
    assert (row.provider, row.provider_id) == ("twilio", "SM1"), "its reply was lost, its id is not"


@pytest.mark.parametrize(("word", "becomes"), [("delivered", "made"), ("undelivered", "undelivered")])
async def test_a_callback_that_comes_before_we_know_that_it_left_settles_it_all_the_same(
    ledger: Ledger, word: f.Delivery, becomes: str
) -> None:
    sent = order()
    await sending(ledger, sent)
    await ledger.reported(said(word), LATER)
    assert isinstance(sent.action, Contact)
    await ledger.settle(sent, "uncertain", uncertain(sent.action, SENT_AT))
    assert await state(ledger) == (becomes, word)
    assert await attempt(ledger) == becomes


async def test_what_reached_nobody_still_counts_unless_the_law_says_otherwise(ledger: Ledger) -> None:
    await made(ledger, order())
    await ledger.reported(said("undelivered"), LATER)
    spent, circumstances = await ledger.known_of("B-1")
    case = await ledger.case("L-1")
    assert case is not None
    for known in (spent, case.spent()):
        record = record_of(WINIFRED.borrower, known, circumstances, LATER)
        assert [(one.medium, one.outcome) for one in record.contacts] == [("sms", "undelivered")]


async def test_a_contact_whose_id_did_not_come_back_is_found_by_the_providers(ledger: Ledger) -> None:
    await made(ledger, order())
    assert await ledger.reported(said("undelivered", contact="", id="SM2"), LATER) == []
    assert await ledger.reported(said("undelivered", contact=""), LATER) == ["L-1"]


async def test_what_is_told_by_a_clock_behind_ours_does_not_come_before_the_message(ledger: Ledger) -> None:
    await made(ledger, order())
    await ledger.reported(said("undelivered"), SENT_AT - timedelta(days=30))
    assert [one.kind for one in await ledger.facts("L-1")] == ["contact_made", "delivery_reported"]


async def test_a_number_that_fails_closes_for_everybody_who_has_it(each: Ledger) -> None:
    await made(each, order())
    reached = await each.reported(said("undelivered", fails="not_in_service"), LATER)
    assert sorted(reached) == ["L-1", "L-2", "L-3"]
    failed = ("contact_point_failed", "sms", "not_in_service")
    assert await told(each, "L-1") == [("delivery_reported", "undelivered"), failed]
    assert await told(each, "L-2") == await told(each, "L-3") == [failed]
    assert await told(each, "L-4") == []
    await each.reported(said("undelivered", fails="not_in_service"), LATER)
    assert len(await told(each, "L-2")) == 1, "again is harmless"


async def test_a_complaint_about_an_email_we_know_nothing_of_still_counts(ledger: Ledger) -> None:
    stray = said("delivered", Channel.EMAIL, contact="", opted_out=True)
    assert sorted(await ledger.reported(stray, LATER)) == ["L-1", "L-2", "L-3"]
    assert await told(ledger, "L-3") == [("opted_out", "email")]


async def test_a_bounce_after_a_delivery_closes_the_address_and_the_contact_stays_made(
    ledger: Ledger,
) -> None:
    await made(ledger, order(Channel.EMAIL))
    await ledger.reported(said("delivered", Channel.EMAIL), LATER)
    await ledger.reported(said("undelivered", Channel.EMAIL, fails="bounced"), LATER)
    assert await state(ledger) == ("made", "delivered")
    assert await told(ledger, "L-1") == [("contact_point_failed", "email", "bounced")]


def reply(text: str, sender: str = NUMBER, id: str = "SM9") -> Reply:
    return Reply(id, LATER, Channel.SMS, sender, text)


def stop(id: str = "SM9") -> f.Told:
    return told_by(Meaning.STOP, Channel.SMS, id, LATER)


async def test_a_stop_holds_for_all_loans_of_everybody_who_has_the_number(each: Ledger) -> None:
    for _ in range(2):
        assert sorted(await each.wrote(reply("STOP"), stop())) == ["L-1", "L-2", "L-3"]
    for loan in ("L-1", "L-2", "L-3"):
        assert await told(each, loan) == [("opted_out", "sms")]
        assert [one.text for one in await each.words(loan)] == ["STOP"]
    assert await told(each, "L-4") == [] and await each.strays() == []


async def test_what_a_stranger_writes_waits_for_a_person_until_it_is_given_to_a_loan(ledger: Ledger) -> None:
    for _ in range(2):
        assert await ledger.wrote(reply("who are you?", "+12025550147"), stop()) == []
    [stray] = await ledger.strays()
    assert (stray.id, stray.sender, stray.text) == ("SM9", "+12025550147", "who are you?")
    assert stray.why == "nobody we know has this number or address"
    await ledger.wrote(replace(reply("who are you?"), sender=NUMBER), stop())
    assert await ledger.strays() == []


async def test_a_stop_after_the_end_waits_for_a_person_and_for_the_next_loan(ledger: Ledger) -> None:
    await ledger.close("L-4", "cured", SENT_AT, facts=[])
    assert await ledger.wrote(reply("STOP", "+8613900139000"), stop()) == ["L-4"]
    [stray] = await ledger.strays()
    assert stray.why == "their journeys have ended"
    loan = Loan("L-5", (Instalment(DUE, Money.of("8400", "CNY")),))
    await ledger.register(loan, NORMA, "cn-consumer", 2, LATER)
    assert await ledger.inherit("L-5", LATER, taken=False) == [stop()]


async def test_who_comes_later_with_the_number_of_a_stop_or_of_a_failure_is_not_contacted_there(
    each: Ledger,
) -> None:
    await each.wrote(reply("STOP"), stop())
    await each.reported(said("undelivered", contact="", fails="not_in_service"), LATER)
    await each.reported(said("delivered", Channel.EMAIL, contact="", opted_out=True), LATER)
    by_letter = f.OptedOut(id="by-letter", at=LATER, channel=Channel.LETTER)
    await each.record("L-1", [by_letter], taken=False)
    number, mail = ("B-8", "+8613800138000", "else@example.com"), ("B-9", "+8613700137000", MAIL.title())
    neither = ("B-7", "+8613700137001", None)
    coming = [
        Registration(
            Loan(f"L-{id}", (Instalment(DUE, Money.of("8400", "CNY")),)),
            replace(WINIFRED, borrower=replace(WINIFRED.borrower, id=id), phone=phone, email=email),
            "cn-consumer",
            2,
        )
        for id, phone, email in (number, mail, neither)
    ]
    assert await each.register_all(coming, LATER) == {"L-B-8": False, "L-B-9": False, "L-B-7": True}
    for one in coming:
        await each.inherit(one.loan.id, LATER, taken=False)
    stopped, failed = ("opted_out", "sms"), ("contact_point_failed", "sms", "not_in_service")
    assert await told(each, "L-B-8") == [stopped, failed]
    assert await told(each, "L-B-9") == [("opted_out", "email")]
    assert await told(each, "L-B-7") == []


async def test_an_address_is_the_same_in_capitals(each: Ledger) -> None:
    capitals = said("delivered", Channel.EMAIL, contact="", to=MAIL.upper(), opted_out=True)
    assert sorted(await each.reported(capitals, LATER)) == ["L-1", "L-2", "L-3"]


async def test_a_number_on_record_from_before_is_known_by_what_its_owner_writes(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as db:
        await db.run_sync(upgrade, "0005")
        await db.exec_driver_sql(
            """INSERT INTO borrowers (id, name, phone, language, zones, channels, jurisdictions) VALUES
            ('B-1', 'Winifred Quill', '138 0013 8000', 'zh', '["Asia/Shanghai"]', '["sms"]', '["cn"]')"""
        )
        await db.exec_driver_sql(
            """INSERT INTO loans (id, borrower, instalments, strategy, version, opened_at) VALUES
            ('L-1', 'B-1', '[]', 'cn-consumer', 2, '2026-03-05 02:00:00Z')"""
        )
    await engine.dispose()
    async with Ledger.open(database_url) as ledger:
        assert await ledger.wrote(reply("STOP"), stop()) == ["L-1"]


async def test_reports_and_texts_that_come_at_once_with_a_claim_do_not_wait_for_each_other_for_ever(
    each: Ledger,
) -> None:
    await made(each, order())
    email = order(Channel.EMAIL)
    async with asyncio.timeout(20):
        await asyncio.gather(
            *(each.wrote(reply("STOP", id=f"SM{n}"), stop(f"SM{n}")) for n in range(6)),
            *(each.reported(said("undelivered", fails="not_in_service"), LATER) for _ in range(6)),
            *(each.reported(said("delivered", opted_out=True), LATER) for _ in range(6)),
            *(each.claim(email, SENT_AT, "cn.1", lambda spent, told: None) for _ in range(6)),
            *(each.record(loan, [stop(f"other-{loan}")], taken=False) for loan in WHOSE),
        )
    assert {one.state for one in await each.contacts("L-1")} == {"made", "claimed"}
    for loan in ("L-2", "L-3"):
        assert len(await told(each, loan)) >= 9, "each text, the number that failed, the opt-out, the other"
