"""What the documents say to type, typed."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.ledger import Ledger
from gateway.client import Journeys
from gateway.http.app import application
from gateway.serving import serving
from journeys.facts import PaymentReceived
from journeys.money import Money
from journeys.requests import Promise
from rehearsal.stage import Stage
from tests.workflows.conftest import Started, a_loan
from workers.settings import read_settings

ROOT = Path(__file__).parents[2]
README, HANDBOOK = (ROOT / "README.md").read_text(), (ROOT / "docs" / "handbook.md").read_text()
Typed = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = ".venv/bin/journeys "
HERE = "http://localhost:8080"
STAYS_UP = ("up", "demo")
"""Commands that run for minutes: here their options are checked, elsewhere what they do."""


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands() -> list[str]:
    """Every line to type that calls the program, in the order of the README, and those within sentences."""
    lines = [line for block in fences(README, "console") for line in block.splitlines()]
    told = [line for line in lines if line.startswith(PROGRAM)]
    return told + [one for one in re.findall(r"`([^`\n]+)`", README) if one.startswith(PROGRAM)]


def surroundings(on: Stage, folder: Path) -> dict[str, str]:
    """What a command finds around it: the stage's server and ledger."""
    return {
        "TEMPORAL_ADDRESS": on.env.client.service_client.config.target_host,
        "JOURNEYS_DATABASE": on.journeys.ledger.engine.url.render_as_string(hide_password=False),
        "JOURNEYS_DATA": str(folder),
        "JOURNEYS_KEYS": str(on.out / "keys"),
    }


@pytest.fixture
def reader(on: Stage, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command in a folder with a loan file and worked cases, on the stage's server and ledger."""
    loans = (ROOT / "rehearsal" / "portfolio.csv").read_text().splitlines()
    (tmp_path / "loans.csv").write_text("\n".join([loans[0], loans[1].replace("CN-1001", "CN-README")]))
    shutil.copytree(ROOT / "tests" / "law", tmp_path / "tests" / "law")
    (tmp_path / "map.toml").write_text('[constants]\nlanguage = "zh"\n')
    monkeypatch.chdir(tmp_path)

    def type_it(command: str) -> subprocess.CompletedProcess[str]:
        words = shlex.split(command.removeprefix(PROGRAM))
        if words[0] in STAYS_UP:
            words.append("--help")
        return typed(words, **surroundings(on, tmp_path))

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


async def test_the_curl_of_the_readme_starts_a_journey_pays_it_and_reads_its_diary(
    on: Stage, tmp_path: Path
) -> None:
    [block] = [one for one in fences(README, "console") if "curl" in one]
    program = tmp_path / PROGRAM.strip()
    program.parent.mkdir(parents=True)
    words = shlex.join([sys.executable, "-c", "from gateway.cli import main; main()"])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    program.chmod(0o755)
    async with serving(application(on.journeys, read_settings(data=tmp_path))) as address:
        assert HERE in block
        script = block.replace(HERE, address).replace("curl ", "curl --silent --show-error --fail-with-body ")
        done = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-eu", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings(on, tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert '{"loan":"LN-7","new":true}' in done.stdout
    assert "**Next**" in done.stdout
    assert "payment received                CNY 8,400.00" in done.stdout
    assert "core-banking" in done.stdout and "request move · anna" in done.stdout


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
