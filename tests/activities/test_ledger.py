"""The ledger on SQLite and on PostgreSQL: nothing twice, nothing lost, one budget for one borrower."""

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from sqlalchemy import make_url, select
from sqlalchemy.exc import StatementError

from activities.ledger import Claim, Ledger, LedgerUnavailable, Person, UnderWay
from activities.orders import Order
from activities.tables import tasks
from journeys.actions import Contact, Wait
from journeys.borrower import Borrower, Channel
from journeys.budget import Spent
from journeys.case import case_of
from journeys.facts import ContactAsked, Learned, PaymentReceived, TaskReported, Told
from journeys.law.rule import Refusal
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import deferred

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DUE = date(2026, 3, 2)
CALL = "L-1.d1-agent"
ASKED = ContactAsked(
    id=CALL,
    at=NOW,
    contact=CALL,
    touch="d1-agent",
    due=DUE,
    channel=Channel.AGENT,
    say="first-contact",
    job="agent_call",
    owner="agents",
    deadline=NOW,
)
REPORT = TaskReported(id="r", at=NOW + timedelta(hours=2), task=CALL, result="promised", by="anna")
ANNA = Person(
    Borrower("B-1", "zh", ("Asia/Shanghai",), tuple(Channel), ("cn",)),
    "Anna Quill",
    "anna@example.com",
    "+8619900000000",
    "1 Nightingale Row",
)


def loan(id: str = "L-1") -> Loan:
    return Loan(id, (Instalment(DUE, Money.of("8400", "CNY")),))


def payment(id: str = "p-1") -> PaymentReceived:
    return PaymentReceived(id=id, at=NOW, amount=Money.of("10.01", "CNY"))


def order(contact: str = "L-1.d3-sms", loan: str = "L-1", channel: Channel = Channel.SMS) -> Order:
    action = Contact(
        rule="touch_due",
        why="day 3",
        not_before=NOW,
        contact=contact,
        touch="d3-sms",
        due=DUE,
        channel=channel,
        say="payment-missed",
    )
    return Order(loan, "B-1", "cn-consumer", 1, action, NOW, ())


async def claim(ledger: Ledger, contact: str = "L-1.d3-sms", loan: str = "L-1", most: int = 1) -> Claim:
    def judge(spent: Sequence[Spent], told: Sequence[Told]) -> Refusal | None:
        return Refusal("CAP", NOW + timedelta(days=1), "full") if len(spent) >= most else None

    return await ledger.claim(order(contact, loan), NOW, "cn.1", judge)


async def registered(ledger: Ledger, *ids: str) -> None:
    for id in ids or ("L-1",):
        await ledger.register(loan(id), ANNA, "cn-consumer", 1, NOW)


async def open_call(ledger: Ledger) -> None:
    await ledger.open_task(order(CALL, channel=Channel.AGENT), ASKED, "…", facts=[])


async def ask(ledger: Ledger) -> None:
    """Claim a call, give it to an agent, and put that on record."""
    await registered(ledger, "L-1", "L-2")
    await claim(ledger, CALL)
    await open_call(ledger)
    await ledger.settle(order(CALL), "asked", ASKED)


async def state_of_the_call(ledger: Ledger) -> tuple[str, str]:
    """How the contact stands, and how its task does."""
    (contact,) = await ledger.contacts("L-1")
    async with ledger.engine.connect() as db:
        return contact.state, (await db.execute(select(tasks.c.state))).scalar_one()


async def test_a_loan_registered_twice_is_one_loan(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        assert await ledger.register(loan(), ANNA, "cn-consumer", 1, NOW)
        assert not await ledger.register(loan(), ANNA, "us-personal-loan", 1, NOW)
        assert await ledger.loan("L-1") == (loan(), "cn-consumer", 1)
        assert await ledger.person("B-1") == ANNA


async def test_a_known_loan_brings_no_other_borrower_in(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        other = Person(Borrower("B-2", "en", ("UTC",), (), ("us",)), "Bo", None, None, None)
        assert not await ledger.register(loan(), other, "us-personal-loan", 1, NOW)
        assert await ledger.person("B-2") is None


async def test_facts_come_back_as_they_were_told_once_each_in_order(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        beijing = timezone(timedelta(hours=8))
        later = PaymentReceived(id="p-2", at=datetime(2026, 3, 3, 9, tzinfo=beijing), amount=payment().amount)
        assert await ledger.record("L-1", [later, payment()], taken=False) == ["p-2", "p-1"]
        assert await ledger.record("L-1", [later], taken=False) == []
        assert await ledger.facts("L-1") == [payment(), later]
        assert [fact.id for fact in await ledger.unheard("L-1", ("p-1",))] == ["p-2"]
        assert [one.fact for one in await ledger.untaken()] == [later, payment()]
        await ledger.taken("L-1", ["p-2"])
        [left] = await ledger.untaken()
        assert (left.loan, left.fact) == ("L-1", payment())


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
INSTANTS = st.datetimes(
    datetime(2000, 1, 1),
    datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]),
)
SUMS = st.builds(Money, st.integers(), st.sampled_from(["CNY", "USD", "JPY"]))
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    datetime: INSTANTS,
    datetime | None: st.none() | INSTANTS,
    Money: SUMS,
    Money | None: st.none() | SUMS,
    tuple[Instalment, ...]: st.dates().map(lambda day: (Instalment(day, Money(1, "CNY")),)),
    tuple[str, ...]: st.lists(WORDS, max_size=2).map(tuple),
    dict[str, JsonValue]: st.fixed_dictionaries(
        {"zone": st.just("Asia/Tokyo")}, optional={"debt": WORDS, "until": st.dates().map(str)}
    ),
}


def facts_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    wanted = {one.name: hints[one.name] for one in fields(kind) if one.name != "kind"}
    drawn = {name: KINDS[h] if h in KINDS else st.from_type(h) for name, h in wanted.items()}
    return st.builds(kind, **drawn)


FACTS = st.one_of([facts_of(kind) for kind in (*get_args(Told), *get_args(Learned))])


@settings(
    max_examples=20,
    # One database for all examples is meant: each has a loan of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(told=st.lists(FACTS, unique_by=lambda fact: fact.id, max_size=8))
async def test_every_fact_comes_back_whole_and_in_order(
    database_url: str, told: list[Told | Learned]
) -> None:
    async with Ledger.open(database_url) as ledger:
        one = f"L-{uuid4()}"
        await registered(ledger, one)
        assert await ledger.record(one, told, taken=True) == [fact.id for fact in told]
        assert await ledger.record(one, told, taken=True) == []
        assert await ledger.facts(one) == sorted(told, key=lambda fact: fact.at)


async def test_an_instant_without_a_zone_is_refused(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        with pytest.raises(StatementError, match="has no time zone"):
            await ledger.register(loan(), ANNA, "cn-consumer", 1, datetime(2026, 3, 2, 9))


async def test_the_newest_decision_is_the_next_wake(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        assert await ledger.next_wake("L-1") is None
        case = case_of(loan(), ANNA.borrower, "cn-consumer", 1, NOW)
        for number in (0, 1, 1):
            wait = Wait(rule="promised", why=f"day {number}", not_before=NOW)
            await ledger.decide(replace(case, decisions=number), wait, at=NOW, law="cn.1")
        decision = await ledger.next_wake("L-1")
        assert decision is not None and decision.why == "day 1" and decision.not_before == NOW


async def test_a_claim_counts_until_released_and_is_found_after_a_crash(
    database_url: str,
) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger, "L-1", "L-2")
        assert [await claim(ledger) for _ in range(2)] == [Claim("claimed")] * 2
        refused = await claim(ledger, "L-2.d3-sms", "L-2")
        assert refused.refusal is not None and refused.refusal.rule == "CAP"
        await ledger.release("L-1.d3-sms", loan="L-1")
        assert await claim(ledger, "L-2.d3-sms", "L-2") == Claim("claimed")
        await ledger.sending("L-2.d3-sms")
        assert await claim(ledger, "L-2.d3-sms", "L-2") == Claim("sending")


async def test_of_two_attempts_at_one_contact_only_one_may_send(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        assert [(await claim(ledger)).state for _ in range(2)] == ["claimed", "claimed"]
        both = (ledger.sending("L-1.d3-sms") for _ in range(2))
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert answers.count(None) == 1
        assert [type(answer) for answer in answers if answer] == [UnderWay]


async def test_what_came_of_a_contact_is_told_once(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.settle(order(CALL), "asked", ASKED)
        assert await ledger.facts("L-1") == [ASKED]


async def test_a_contact_withheld_twice_at_one_instant_is_on_record_once(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger)
        action = order().action
        assert isinstance(action, Contact)
        withheld = deferred(action, Refusal("CAP", None, "full"), NOW)
        for _ in range(2):
            await ledger.withhold(order(), withheld, "full", "cn.1", {"zones": ["Asia/Shanghai"]})
        (row,) = await ledger.withheld(loan="L-1", borrower="B-1", rule="CAP")
        assert (row.rule, row.until, row.at) == ("CAP", None, NOW)
        assert row.inputs == {"zones": ["Asia/Shanghai"]}
        assert await ledger.withheld() == [row] and await ledger.withheld(loan="L-2") == []


async def test_a_report_ends_its_task_and_dates_the_contact(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.record("L-1", [REPORT], taken=False)
        (row,) = await ledger.contacts("L-1")
        assert (row.state, row.result, row.at) == ("reported", "promised", REPORT.at)


async def test_a_report_outlasts_whatever_else_was_on_its_way(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.record("L-1", [REPORT], taken=False)
        await open_call(ledger)
        await ledger.settle(order(CALL), "asked", ASKED)
        await ledger.chase_task(CALL, NOW, loan="L-1", facts=[])
        await ledger.close_task(CALL, "given_up", loan="L-1", at=NOW, facts=[])
        assert await state_of_the_call(ledger) == ("reported", "reported")


async def test_a_withdrawn_task_gives_its_slot_back_and_may_be_asked_anew(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.chase_task(CALL, NOW, loan="L-1", facts=[])
        await ledger.close_task(CALL, "withdrawn", loan="L-1", at=NOW, facts=[])
        assert await state_of_the_call(ledger) == ("withdrawn", "withdrawn")
        assert await claim(ledger, CALL) == Claim("claimed")
        await open_call(ledger)
        assert await state_of_the_call(ledger) == ("claimed", "open")


async def test_a_call_made_in_spite_of_its_withdrawal_counts(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.close_task(CALL, "withdrawn", loan="L-1", at=NOW, facts=[])
        await ledger.record("L-1", [REPORT], taken=False)
        assert (await claim(ledger, "L-2.d3-sms", "L-2")).refusal is not None


async def test_a_task_nobody_reported_keeps_its_slot(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.close_task(CALL, "given_up", loan="L-1", at=NOW, facts=[])
        assert await state_of_the_call(ledger) == ("asked", "given_up")
        assert (await claim(ledger, "L-2.d3-sms", "L-2")).refusal is not None


async def test_a_closed_loan_keeps_its_outcome_and_takes_its_tasks_back(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await ask(ledger)
        await ledger.close("L-1", "cured", NOW, facts=[])
        closed, still_open = await ledger.loans()
        assert (closed.outcome, closed.closed_at) == ("cured", NOW)
        assert still_open.outcome is None
        assert await state_of_the_call(ledger) == ("withdrawn", "withdrawn")


async def test_two_workers_and_two_loans_share_one_slot(database_url: str) -> None:
    async with Ledger.open(database_url) as ledger:
        await registered(ledger, "L-1", "L-2")
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(2) as pool:
            won = pool.map(_claim_in_a_process, [(database_url, "L-1"), (database_url, "L-2")] * 3)
        assert won.count("claimed") == 3 and won.count("refused") == 3
        assert won[::2] in (["claimed"] * 3, ["refused"] * 3), "one loan has it, the other never"


def _claim_in_a_process(job: tuple[str, str]) -> str:
    url, loan = job

    async def run() -> str:
        async with Ledger.open(url) as ledger:
            return (await claim(ledger, f"{loan}.d3-sms", loan)).state

    return asyncio.run(run())


def test_processes_may_open_a_new_ledger_at_once(database_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_loans_in_a_process, [database_url] * 4, chunksize=1) == [0] * 4


def _loans_in_a_process(url: str) -> int:
    async def run() -> int:
        async with Ledger.open(url) as ledger:
            return len(await ledger.loans())

    return asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "nosuch://host/x",
        "mysql://u:pw@host/x",
        "postgresql://u:pw@127.0.0.1:port/x",
        "sqlite:////no/such/folder/x.db",
        "postgresql://u:pw@127.0.0.1:9/x",
    ],
)
async def test_a_ledger_that_cannot_be_opened_says_so_in_a_sentence(url: str) -> None:
    with pytest.raises(LedgerUnavailable, match="JOURNEYS_DATABASE") as refusal:
        async with Ledger.open(url):
            pass
    assert "u:pw@" not in str(refusal.value)


async def test_a_database_the_server_does_not_have_is_named(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="elsewhere").render_as_string(hide_password=False)
    with pytest.raises(LedgerUnavailable, match=r"elsewhere.* cannot be opened: check JOURNEYS_DATABASE"):
        async with Ledger.open(url):
            pass


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Anna, " * 100)
    with pytest.raises(LedgerUnavailable, match=r"letter\.txt cannot be opened"):
        async with Ledger.open(f"sqlite:///{file}"):
            pass
    assert file.read_text() == "Dear Anna, " * 100


async def test_a_ledger_from_a_newer_version_asks_for_that_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with Ledger.open(url):
        pass
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute("UPDATE alembic_version SET version_num = 'tomorrow'")
    with pytest.raises(LedgerUnavailable, match="install the version that last opened it, or a newer one"):
        async with Ledger.open(url):
            pass


def test_a_person_shows_nothing_personal_when_printed() -> None:
    assert "Anna" not in repr(ANNA) and "example.com" not in repr(ANNA)
