"""Bad input never ends in a traceback: a sentence says what is wrong, where, and what to do."""

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from itertools import takewhile
from pathlib import Path

import pytest
import requests

from activities.ledger import Ledger, Person
from activities.orders import Order
from gateway.loans import ColumnMap, Row, read_loans
from journeys.actions import Ask, Job
from journeys.borrower import Borrower, Channel
from journeys.calendar import DAY
from journeys.facts import PaymentReceived, TaskOpened
from journeys.loan import Instalment, Loan
from journeys.money import Money
from journeys.outcomes import carried_out
from workers.server import free_port, is_free

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-c", "from gateway.cli import main; main()")
NOWHERE = {"TEMPORAL_ADDRESS": "127.0.0.1:9"}
FREEZE = ("freeze", "us", "--until", "2099-01-01", "--reason", "flood", "--by", "ops-1")
AHEAD = '{"kind": "opted_out", "id": "r-1", "channel": null, "at": "2099-01-01T00:00:00Z"}'
FAX = '{"kind": "opted_out", "id": "r-1", "channel": "fax"}'
NAMELESS = '{"kind": "opted_out", "id": "", "channel": "sms"}'
ODD = '{"amount": 500, "by": "2099-01-01", "actor": "anna"}'
START = ("start", "LN-1", "--amount", "8400", "--due", "2026-03-02", "--phone", "+8613800000000")


Journeys = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def journeys(typed: Journeys) -> Journeys:
    """Types a command where Temporal does not answer."""

    def type_it(*words: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
        return typed(words, **{**NOWHERE, "JOURNEYS_DATA": str(folder), **settings})

    return type_it


def in_a_process(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The same as a program of its own: for what its start, its streams and its end are part of."""
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=ROOT,
        env={**os.environ, **NOWHERE, "JOURNEYS_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("no-such-command",), "No such command"),
        (("pay", "LN-1"), "Missing parameter"),
        (("show", "LN-1"), "Temporal does not answer"),
        (START, "Temporal does not answer"),
        (("pay", "LN-1", "5", "--id", "p-1"), "there is no loan 'LN-1' in the ledger: give the --currency"),
        (("pay", "LN-1", "5", "--id", "p-1", "--currency", "euro"), "'euro' is not a currency"),
        (("match", "p-1", "LN-1", "--by", "ops-1"), "no receipt 'p-1' waits to be matched"),
        (("arrivals", "show", "evt_1"), "no event 'evt_1' was set aside"),
        (("arrivals", "done", "evt_1", "--by", "ops-1"), "no event 'evt_1' was set aside"),
        (("ask", "LN-1", "dance", "{}"), "'dance' is nothing to ask; known are promise"),
        (("ask", "LN-1", "stop", "{}"), "stop: actor: this key is missing; reason: this key is missing"),
        (("ask", "LN-1", "stop", "[]"), "that is not one object in braces: write it like"),
        (("ask", "LN-1", "stop", "stop"), "that is not JSON"),
        (("ask", "LN-1", "promise", ODD), "promise: amount: 500 will not do: write a sum in minor units"),
        (("tell", "LN-1", "{}"), "that is no fact: the key 'kind' is missing"),
        (("tell", "LN-1", '{"kind": "danced"}'), "that is no fact: 'danced' is not known here; known are"),
        (("tell", "LN-1", FAX), "that is no fact: channel: 'fax' is not known here; known are email, sms,"),
        (("tell", "LN-1", NAMELESS), "that is no fact: a fact without an id would be taken for any other"),
        (("reverse", "p-1", "--id", "r-1", "--reason", "so"), "reason: 'so' is not one of 'returned'"),
        (("tasks", "--owner", "nobody"), "there is no team 'nobody'; known are agents, disputes"),
        (("withheld", "--loan", "LN-404"), "there is no loan 'LN-404'"),
        (("withheld", "--borrower", "B-404"), "there is no borrower 'B-404'"),
        (("up", "--port", "0"), "port: '0' will not do: write at least 1"),
        (("pay", "LN-1", "9" * 20, "--id", "p-1", "--currency", "CNY"), "is more than anybody owes"),
        (("import", os.devnull), "holds no loan: a line with the columns' names"),
        ((*START, "--strategy", "polka"), "there is no strategy 'polka'; known are cn-consumer"),
        ((*START[:3], "lots", *START[4:]), "'lots' is not a sum of money"),
        ((*START[:5], "soon", *START[6:]), "due date 'soon'"),
        ((*START[:6], "--phone", ""), "cannot be reached"),
        ((*START, "--zone", "Mars/Olympus"), "is not a time zone"),
        ((*START, "--language", "tlh"), "is not spoken here"),
        ((*START, "--birth-year", "84"), "birth_year '84': write a year like 1984"),
        (("diary", "LN-404"), "there is no loan 'LN-404'"),
        (("close-links", "LN-404"), "there is no loan 'LN-404'"),
        (("open-links", "LN-404"), "there is no loan 'LN-404'"),
        (("check", "no-such-file.toml"), "cannot be read"),
        (("import", "no-such-file.csv"), "cannot be read"),
        (("demo", "--portfolio", "no-such-file.csv"), "cannot be read"),
        (("judge", "no-such-file.jsonl"), "cannot be read"),
        (("withheld", "--day", "soon"), "'soon' is not a day"),
        ((*FREEZE[:1], "atlantis", *FREEZE[2:]), "there is no jurisdiction 'atlantis'"),
        ((*FREEZE[:3], "soon", *FREEZE[4:]), "'soon' is not a time"),
        ((*FREEZE[:3], "2020-01-01", *FREEZE[4:]), "is over before it begins"),
        (("thaw", "freeze-us"), "there is no freeze 'freeze-us'"),
        ((*START[:5], "+99999999", *START[6:]), "due date '+99999999'"),
        ((START[0], "A/1", *START[2:]), "a reference is letters, digits"),
        ((*START, "--jurisdiction", "atlantis"), "there is no jurisdiction 'atlantis'"),
        (("tell", "LN-1", AHEAD), "2099-01-01 00:00Z lies ahead"),
        (("hear", "LN-404", "sms", "stop", "--id", "r-1"), "there is no loan 'LN-404'"),
        (("keys", "create", "x", "--scope", "god"), "scope: 'god' is not one of 'backend', 'processor'"),
        (("keys", "create", " ", "--scope", "desk"), "say whose key it is"),
        (("keys", "revoke", "abc"), "there is no API key 'abc'"),
        (("law", "atlantis"), "there is no jurisdiction 'atlantis'"),
        (("rehearse", "cn-consumer", "--persona", "nobody"), "there is no persona 'nobody'"),
        (("rehearse", "no-such-strategy"), "there is no strategy 'no-such-strategy'; known are"),
        (("rehearse", "cn-consumer", "--due", "soon"), "'soon' is not a day"),
    ],
)
def test_bad_words_are_answered_with_a_sentence(
    journeys: Journeys, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = journeys(*words, folder=tmp_path)
    assert done.returncode in (1, 2), done
    assert sentence in " ".join(done.stdout.split()), done
    assert "Traceback" not in done.stdout + done.stderr
    assert "Input should" not in done.stdout and "Value error" not in done.stdout, "Pydantic's own words"


def test_the_program_leaves_with_the_status_and_the_sentence_of_its_command(tmp_path: Path) -> None:
    done = in_a_process("judge", os.devnull, "no-such-argument", folder=tmp_path)
    assert done.returncode == 2, done
    assert "journeys: Got unexpected extra argument" in done.stdout and "Traceback" not in done.stderr, done


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "JOURNEYS_PROVIDER_TIMEOUT",
            "soon",
            "JOURNEYS_PROVIDER_TIMEOUT is wrong: 'soon' will not do: write a",
        ),
        ("JOURNEYS_DATABASE", "nonsense", "is not a database URL"),
        ("JOURNEYS_DATABASE", "postgresql://nobody:secret@127.0.0.1:9/x", "cannot be opened"),
    ],
)
def test_a_bad_setting_is_named(
    journeys: Journeys, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    done = journeys("diary", "LN-1", folder=tmp_path, **{name: value})
    assert done.returncode == 2 and sentence in done.stdout, done
    assert "Traceback" not in done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_a_loan_file_names_each_bad_line_and_goes_on_with_the_good_ones(tmp_path: Path) -> None:
    file = tmp_path / "loans.csv"
    head = "loan,phone,language,zones,jurisdictions,strategy,currency,amount,due\n"
    good = "L-{n},+8613800000000,zh,Asia/Shanghai,cn,cn-consumer,CNY,100,+5\n"
    bad = "L-9,,zh,Asia/Shanghai,cn,cn-consumer,CNY,100,+5\n" + good.format(n=8).replace("100", "")
    file.write_text(head + good.format(n=1) + bad + good.format(n=2) + good.format(n=2), encoding="utf-8")
    rows, complaints = read_loans(file, ColumnMap(), datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert [row.loan.id for row in rows] == ["L-1", "L-2"]
    assert complaints == [
        "loans.csv:3: no e-mail, phone or address: this borrower cannot be reached",
        "loans.csv:4: amount is missing (column 'amount')",
        "loans.csv:6: loan L-2 stands on line 5 already",
    ]


def test_a_loan_file_may_give_several_instalments_and_terms(tmp_path: Path) -> None:
    file = tmp_path / "loans.csv"
    head = (
        "loan,phone,language,zones,jurisdictions,strategy,currency,amount,due,late_rate,late_fee,grace_days\n"
    )
    line = "L-{n},+8613800000000,zh,Asia/Shanghai,cn,cn-consumer,CNY,{sums},{dues},{rate},1.50,3\n"
    good = line.format(n=1, sums="100", dues="+5 +35", rate=1800)
    uneven = line.format(n=2, sums="1 2 3", dues="+5 +35", rate=0)
    wordy = line.format(n=3, sums="1", dues="+5", rate="18%")
    one = line.format(n=4, sums="1 2", dues="+5", rate=0)
    file.write_text(head + good + uneven + wordy + one, encoding="utf-8")
    [row], complaints = read_loans(file, ColumnMap(), datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert [(one.due, str(one.amount)) for one in row.loan.instalments] == [
        (date(2026, 3, 6), "CNY 100.00"),
        (date(2026, 4, 5), "CNY 100.00"),
    ]
    assert (row.loan.terms.late_rate, row.loan.terms.late_fee, row.loan.terms.grace_days) == (1800, 150, 3)
    assert complaints == [
        "loans.csv:3: 2 due dates and 3 sums: give one sum, or one for each date",
        "loans.csv:4: late_rate '18%' is not a whole number",
        "loans.csv:5: 1 due date and 2 sums: give one sum, or one for each date",
    ]


def read_rows(tmp_path: Path, head: str, *rows: str) -> tuple[list[Row], list[str]]:
    file = tmp_path / "loans.csv"
    start = "loan,language,zones,jurisdictions,strategy,currency,amount,due,"
    lines = (f"L-{n},zh,Asia/Shanghai,cn,cn-consumer,CNY,100,+5,{row}" for n, row in enumerate(rows, 1))
    file.write_text("\n".join([start + head, *lines]) + "\n", encoding="utf-8")
    return read_loans(file, ColumnMap(), datetime(2026, 3, 1, 9, tzinfo=UTC))


def test_a_number_that_may_be_somebody_elses_starts_no_journey(tmp_path: Path) -> None:
    wrong = ["13800000000", "+86138", "+86138O0000000", "+999123456789", "n/a", "+8613800000000 ext 5"]
    rows, complaints = read_rows(tmp_path, "phone", "+86 138-0000 0000", "+1 (202) 555-0100", *wrong)
    assert [row.person.phone for row in rows] == ["+8613800000000", "+12025550100"]
    assert complaints == [
        f"loans.csv:{line}: phone (column 'phone') is not one that can be reached: "
        "write it like +8613800000000, with its country"
        for line in range(4, 4 + len(wrong))
    ]


def test_an_address_that_is_none_or_two_starts_no_journey(tmp_path: Path) -> None:
    wrong = ["li", "li@example", "li@a@example.com", "li@example.com;mei@example.com", "Li <li@example.com>"]
    rows, complaints = read_rows(tmp_path, "email", "li@example.com", *wrong)
    assert [row.person.email for row in rows] == ["li@example.com"]
    assert len(complaints) == len(wrong)
    assert complaints[0] == (
        "loans.csv:3: email (column 'email') is not one that can be reached: write it like li@example.com"
    )


def test_money_for_nobody_is_kept_and_listed(journeys: Journeys, tmp_path: Path) -> None:
    kept = journeys("pay", "LN-404", "5", "--id", "p-1", "--currency", "CNY", folder=tmp_path)
    assert kept.returncode == 0 and "kept, and listed by `journeys unmatched`" in kept.stdout, kept
    again = journeys("pay", "LN-404", "5", "--id", "p-1", "--currency", "CNY", folder=tmp_path)
    assert "p-1 was known already: it waits in `journeys unmatched`" in again.stdout, again
    part = ("reverse", "p-2", "--id", "r-1", "--amount", "5")
    nameless = journeys(*part, folder=tmp_path)
    assert nameless.returncode == 2 and "give the --currency of 5, and it is kept" in nameless.stdout
    back = journeys(*part, "--currency", "CNY", folder=tmp_path)
    assert back.returncode == 0 and "nobody knows a payment 'p-2'" in back.stdout, back
    listed = journeys("unmatched", folder=tmp_path)
    assert re.search(r" UTC  p-1 +payment +CNY 5\.00 +there is no loan LN-404\n", listed.stdout), listed
    assert re.search(r" UTC  r-1 +reversal +CNY 5\.00 +payment p-2 is unknown\n", listed.stdout), listed
    refused = journeys("match", "p-1", "LN-404", "--by", "ops-1", folder=tmp_path)
    assert refused.returncode != 0 and "there is no loan 'LN-404'" in refused.stdout, refused


def test_a_payment_of_a_bare_date_counts_from_the_start_of_the_borrowers_day(
    journeys: Journeys, tmp_path: Path
) -> None:
    american = ("--zone", "America/New_York", "--jurisdiction", "us", "--strategy", "us-personal-loan")
    journeys(*START, *american, "--currency", "USD", folder=tmp_path)  # on record, though Temporal is down
    paid = ("pay", "LN-1", "5", "--id", "p-1", "--at")
    done = journeys(*paid, "2026-03-12", folder=tmp_path)
    assert "recorded: LN-1 USD 5.00; its journey does not answer" in done.stdout, done
    again = journeys(*paid, "2026-03-13", folder=tmp_path)
    assert "p-1 was known already: LN-1 USD 5.00" in again.stdout, again
    back = ("reverse", "p-1", "--id", "r-1", "--at", "2026-03-14")
    assert "recorded: LN-1" in journeys(*back, folder=tmp_path).stdout
    assert "r-1 was known already: LN-1" in journeys(*back, folder=tmp_path).stdout
    lines = journeys("diary", "LN-1", folder=tmp_path).stdout
    assert "Thu 12 Mar 2026 00:00  payment received" in lines, lines
    assert "Sat 14 Mar 2026 00:00  payment returned" in lines, lines


async def test_lists_name_the_clock_they_go_by(journeys: Journeys, tmp_path: Path) -> None:
    at = datetime(2026, 3, 12, 1, 30, tzinfo=UTC)
    debt = Loan("LN-1", (Instalment(date(2026, 3, 2), Money.of("8400", "USD")),))
    borrower = Borrower("B-1", "en", ("America/New_York",), (Channel.SMS,), ("us",))
    ask = Ask(
        rule="replied", why="answer", not_before=at, task="t-1", job=Job.ANSWER_REPLY, deadline=at + DAY
    )
    asked = carried_out(ask, at)
    assert isinstance(asked, TaskOpened)
    async with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        await ledger.register(debt, Person(borrower, "W. Quill", None, "+1", None), "us-personal-loan", 2, at)
        await ledger.open_task(Order("LN-1", "B-1", "us-personal-loan", 2, ask, at, ()), asked, "", facts=[])
        tasks = (await asyncio.to_thread(journeys, "tasks", folder=tmp_path)).stdout
        await ledger.close("LN-1", "sold", at, facts=[])
        paid = PaymentReceived(id="p-1", at=at, amount=Money.of("5", "USD"))
        await ledger.record("LN-1", [paid], taken=True)
    assert tasks.startswith("2026-03-12 21:30 America/New_York  agents    answer_reply"), tasks
    listed = (await asyncio.to_thread(journeys, "unmatched", folder=tmp_path)).stdout
    assert listed.startswith("2026-03-11 21:30 America/New_York  p-1.LN-1            payment   USD 5.00"), (
        listed
    )


def test_days_from_today_are_the_borrowers_own(tmp_path: Path) -> None:
    file = tmp_path / "loans.csv"
    line = "L-{n},+8613800000000,en,{zone},us,us-personal-loan,USD,100,+2\n"
    zones = ("America/New_York", "Asia/Shanghai")
    file.write_text(
        "loan,phone,language,zones,jurisdictions,strategy,currency,amount,due\n"
        + "".join(line.format(n=n, zone=zone) for n, zone in enumerate(zones)),
        encoding="utf-8",
    )
    rows, _ = read_loans(file, ColumnMap(), datetime(2026, 3, 2, 3, tzinfo=UTC))
    assert [row.loan.instalments[0].due for row in rows] == [date(2026, 3, 3), date(2026, 3, 4)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a demo wrote of one loan that pays, and one that the gateway does not take."""
    folder = tmp_path_factory.mktemp("demo")
    shipped = (ROOT / "rehearsal" / "portfolio.csv").read_text(encoding="utf-8").splitlines()
    [reliable] = [line for line in shipped if line.startswith("CN-1003,")]
    astray = reliable.replace("CN-1003,BC-103,", "CN-9,BC-9,").replace("cn-consumer", "us-personal-loan")
    rows = [f"{shipped[0]},birth_year", f"{reliable},1984", f"{astray},"]
    (folder / "few.csv").write_text("\n".join(rows), encoding="utf-8")
    words = ("--portfolio", str(folder / "few.csv"), "--to", str(folder))
    done = in_a_process("demo", *words, folder=folder)
    assert done.returncode == 0, done
    return folder


def test_a_diary_of_the_demo_ends_with_what_was_agreed_as_a_printed_one_does(
    journeys: Journeys, demo: Path
) -> None:
    written = (demo / "diaries" / "CN-1003.txt").read_text(encoding="utf-8")
    ledger = f"sqlite:///{demo / 'ledger.db'}"
    printed = journeys("diary", "CN-1003", folder=demo, JOURNEYS_DATABASE=ledger).stdout
    assert written == f"CN-1003 (reliable)\n{printed}"
    assert re.search(r"^promise of CNY 4,546.00 by .*: kept$", written, re.MULTILINE), written


def test_the_demo_goes_through_the_gateway(demo: Path) -> None:
    summary = json.loads((demo / "summary.json").read_text(encoding="utf-8"))
    counts = summary["over_http"]
    assert counts.pop("callbacks of providers answered 204") > 0
    assert counts == {"journeys started": 1, "payments reported, signed": 1}
    with closing(sqlite3.connect(demo / "ledger.db")) as db:
        assert db.execute("SELECT source, type, state FROM arrivals").fetchall() == [
            ("payments", "payment.received", "taken")
        ]
        [(arrived, paid)] = db.execute(
            "SELECT arrivals.at, facts.at FROM arrivals JOIN facts ON facts.id = 'CN-1003.pay'"
        ).fetchall()
        assert arrived == paid, "by the borrower's clock"
        assert db.execute("SELECT birth_year FROM borrowers").fetchall() == [(1984,)]
        assert db.execute("SELECT what, loan FROM commands WHERE status = 201").fetchall() == [
            ("start cn-consumer", "CN-1003")
        ]
        delivered = "SELECT count(*) FROM contacts WHERE channel = 'sms' AND delivery = 'delivered'"
        assert db.execute(delivered).fetchone() > (0,)


def test_a_loan_that_the_gateway_refuses_is_left_out_of_the_demo_by_its_line(demo: Path) -> None:
    summary = json.loads((demo / "summary.json").read_text(encoding="utf-8"))
    assert summary["left_out"] == [
        "line 3: loan CN-9: strategy us-personal-loan is for us, the borrower is protected by cn"
    ]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads processes as Linux shows them")
def test_a_terminated_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    shipped = (ROOT / "rehearsal" / "portfolio.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "one.csv").write_text("\n".join(shipped[:2]), encoding="utf-8")
    words = ("demo", "--portfolio", str(tmp_path / "one.csv"), "--to", str(tmp_path), "--stay")
    with subprocess.Popen(
        [*PROGRAM, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        stays_up = any("everything stays up" in line for line in demo.stdout)
        threads = Path(f"/proc/{demo.pid}/task").iterdir()
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
        demo.terminate()
        assert demo.wait(timeout=60) == 130
    assert stays_up and len(children) == 2, "a Temporal server and a worker"
    assert [child for child in children if Path("/proc", child).exists()] == []


def test_the_shipped_files_are_sound(journeys: Journeys, tmp_path: Path) -> None:
    done = journeys("check", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "cn-consumer.1.toml: sound" in done.stdout


def test_a_case_file_is_judged_with_a_status(journeys: Journeys, tmp_path: Path) -> None:
    cases = ROOT / "tests" / "law" / "cn.jsonl"
    done = journeys("judge", str(cases), folder=tmp_path)
    assert done.returncode == 0, done
    assert re.fullmatch(r"(\d+) of \1 cases as expected\n", done.stdout), done
    first = cases.read_text(encoding="utf-8").splitlines()[0]
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(first.replace('"allowed": false', '"allowed": true'), encoding="utf-8")
    done = journeys("judge", str(wrong), folder=tmp_path)
    assert done.returncode == 1, done
    assert "CN-01: expected allowed, given not before 2027-03-10T08:00:00+08:00 (CN.TIME: " in done.stdout
    wrong.write_text("[1]\ncase\n", encoding="utf-8")
    done = journeys("judge", str(wrong), folder=tmp_path)
    assert "wrong.jsonl:1: is no case: compare it with" in done.stdout
    assert "wrong.jsonl:2: is not JSON: one case a line" in done.stdout


@contextmanager
def up(folder: Path, port: int) -> Iterator[list[str]]:
    """Everything up on that port, and what was printed until the worker was ready."""
    with subprocess.Popen(
        [*PROGRAM, "up", "--port", str(port), "--http-port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, **NOWHERE, "JOURNEYS_DATA": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = list(takewhile(lambda line: "the worker is ready" not in line, process.stdout))
        try:
            yield printed
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0


def await_words(journeys: Journeys, wanted: str, *words: str, folder: Path, **settings: str) -> None:
    """Ask until that is in the answer."""
    ends = time.monotonic() + 30
    while wanted not in (answer := journeys(*words, folder=folder, **settings).stdout):
        assert time.monotonic() < ends, answer


def test_what_temporal_did_not_take_is_told_again_once_it_is_up_though_nobody_types(
    journeys: Journeys, tmp_path: Path
) -> None:
    port = next(one for one in iter(free_port, 0) if one < 64_000 and is_free(one + 1000))
    there = {"TEMPORAL_ADDRESS": f"localhost:{port}"}
    with up(tmp_path, port) as printed:
        assert f"in every other terminal, first type: export TEMPORAL_ADDRESS=localhost:{port}\n" in printed
        [gateway] = re.findall("the gateway is at (http://127.0.0.1:\\d+);", "".join(printed))
        assert requests.get(f"{gateway}/ready", timeout=10).json() == {"ledger": True, "temporal": True}
        started = journeys(*START[:5], "+5", *START[6:], folder=tmp_path, **there)
        assert "journeys started: 1" in started.stdout, started
        await_words(journeys, "**Next**", "show", "LN-1", folder=tmp_path, **there)
    paid = journeys("pay", "LN-1", "8400", "--id", "p-1", folder=tmp_path, **there)
    assert "its journey does not answer and hears of it later" in paid.stdout, paid
    with up(tmp_path, port):
        await_words(journeys, "closed: cured", "diary", "LN-1", folder=tmp_path)


def test_a_port_that_is_taken_is_named_before_anything_starts(journeys: Journeys, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = journeys("up", "--port", str(port), folder=tmp_path)
    assert done.returncode == 2
    assert f"port {port} is taken" in done.stdout


def test_a_data_folder_that_is_a_file_is_named(journeys: Journeys, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = journeys("tasks", folder=file)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "cannot be used" in done.stdout


def test_a_map_that_names_a_column_the_file_lacks_is_refused(journeys: Journeys, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[columns]\nemail = "Maill"\n')
    (tmp_path / "loans.csv").write_text("loan,amount\nL-1,5\n")
    files = (str(tmp_path / "loans.csv"), "--map", str(tmp_path / "map.toml"))
    done = journeys("import", *files, folder=tmp_path)
    assert done.returncode == 2
    assert "has no column Maill" in done.stdout
