"""What the documents say to type, typed."""

import re
import shlex
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.ledger import Ledger
from gateway.client import Journeys
from journeys.facts import PaymentReceived
from journeys.money import Money
from journeys.requests import Promise
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, a_loan

ROOT = Path(__file__).parents[2]
README, HANDBOOK = (ROOT / "README.md").read_text(), (ROOT / "docs" / "handbook.md").read_text()
Typed = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = ".venv/bin/journeys "
STAYS_UP = ("up", "demo")
"""Commands that run for minutes: here their options are checked, elsewhere what they do."""


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands() -> list[str]:
    """Every line to type that calls the program, in the order of the README, and those within sentences."""
    lines = [line for block in fences(README, "console") for line in block.splitlines()]
    told = [line for line in lines if line.startswith(PROGRAM)]
    return told + [one for one in re.findall(r"`([^`\n]+)`", README) if one.startswith(PROGRAM)]


@pytest.fixture
def reader(on: Stage, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command in a folder with a loan file and worked cases, on the stage's server and ledger."""
    loans = (ROOT / "rehearsal" / "portfolio.csv").read_text().splitlines()
    (tmp_path / "loans.csv").write_text("\n".join([loans[0], loans[1].replace("CN-1001", "CN-README")]))
    shutil.copytree(ROOT / "tests" / "law", tmp_path / "tests" / "law")
    (tmp_path / "map.toml").write_text('[constants]\nlanguage = "zh"\n')
    monkeypatch.chdir(tmp_path)
    url = on.journeys.ledger.engine.url.render_as_string(hide_password=False)
    address = on.env.client.service_client.config.target_host

    def type_it(command: str) -> subprocess.CompletedProcess[str]:
        words = shlex.split(command.removeprefix(PROGRAM))
        if words[0] in STAYS_UP:
            words.append("--help")
        return typed(
            words,
            TEMPORAL_ADDRESS=address,
            JOURNEYS_DATABASE=url,
            JOURNEYS_DATA=str(tmp_path),
            JOURNEYS_KEYS=str(on.out / "keys"),
        )

    return type_it


def test_the_commands_of_the_readme_do_what_it_says(reader: Typed) -> None:
    every = commands()
    assert len(every) >= 8, "the README's commands were not found"
    for command in every:
        done = reader(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    diary = reader(f"{PROGRAM}diary LN-1").stdout
    assert "payment received                CNY 1,000.00" in diary
    assert "opted out                       sms" in diary


async def test_the_python_of_the_readme_runs(on: Stage) -> None:
    [example] = fences(README, "python")
    url = on.journeys.ledger.engine.url.render_as_string(hide_password=False)
    assert "postgresql://…" in example
    source = textwrap.indent(example.replace("postgresql://…", url).replace("LN-1", "T-readme"), "    ")
    loan, person, now = a_loan("cn-consumer", days=9)
    printed: list[str] = []

    async def connect() -> Any:
        return on.env.client

    names: dict[str, Any] = {
        **{"Ledger": Ledger, "Journeys": Journeys, "PaymentReceived": PaymentReceived, "Money": Money},
        **{"Promise": Promise, "connect": connect, "print": printed.append, "person": person, "now": now},
        **{"loan": type(loan)("T-readme", loan.instalments), "friday": (now + timedelta(days=4)).date()},
    }
    exec(f"async def example():\n{source}", names)
    await names["example"]()
    assert "promise" in printed[0]


async def test_the_filters_of_the_handbook_find_journeys(on: Stage, started: Started) -> None:
    case = await started()
    filters = re.findall(r"^\| [^|]+ \| `([^`]+)` \|$", HANDBOOK.partition("## Steering")[0], re.MULTILINE)
    filters = [one for one in filters if "=" in one or "<" in one]
    assert len(filters) >= 5, "the handbook's filters were not found"
    for one in filters:
        found = [journey.id async for journey in on.env.client.list_workflows(one)]
        if one.startswith("Strategy"):
            assert f"journey-{case.loan.id}" in found
