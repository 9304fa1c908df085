"""The ground the other tests stand on: empty databases, and an exit status that can be trusted."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

ROOT = Path(__file__).parents[1]
LAST_WORDS = """
import os, sys

class LastWords:
    def __del__(self, write=os.write):
        write(2, b"the interpreter shut down by itself")

sys.kept_until_the_end = LastWords()

def test_something():
    assert {truth}
"""


async def test_postgresql_is_there_without_anybody_installing_it(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        assert "PostgreSQL" in (await connection.execute(text("SELECT version()"))).scalar_one()
    await engine.dispose()


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_every_test_has_a_database_of_its_own(database_url: str, turn: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE only_once (turn TEXT)"))
    await engine.dispose()


@pytest.mark.parametrize("processes", ["0", "1"], ids=["by-itself", "in-a-process-of-xdist"])
@pytest.mark.parametrize(("truth", "status", "summary"), [(True, 0, "1 passed"), (False, 1, "1 failed")])
def test_a_run_leaves_before_the_interpreter_shuts_down_and_keeps_its_status(
    truth: bool, status: int, summary: str, processes: str, tmp_path: Path
) -> None:
    file = tmp_path / "test_tiny.py"
    file.write_text(LAST_WORDS.format(truth=truth))
    report = tmp_path / "report.xml"
    options = ["-c", "pyproject.toml", "-p", "tests.conftest", "-n", processes, f"--junit-xml={report}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'own'}", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == status, run.stdout + run.stderr
    assert summary in run.stdout.splitlines()[-1]
    assert 'tests="1"' in report.read_text()
    assert "shut down by itself" not in run.stderr
