"""Commands that judge files: strategies, law, wordings, worked cases."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.app import File, app, out
from journeys import proofreading, strategy
from journeys.files import Mistakes
from journeys.law import jurisdiction
from journeys.law.judge import judge as judged


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Strategy files; by default the shipped ones.")
    ] = None,
) -> None:
    """Judge strategies, jurisdictions and wordings; each mistake is one sentence with file and line."""
    found = [*proofreading.check()]
    checks: list[tuple[Callable[[Path], object], Path]] = [
        (strategy.load, path) for path in files or sorted(strategy.FOLDER.glob("*.toml"))
    ]
    checks += [(jurisdiction.load, path) for path in sorted(jurisdiction.FOLDER.glob("*.toml"))]
    for load, path in checks:
        try:
            load(path)
            out.print(f"{path.name}: sound")
        except Mistakes as mistakes:
            found += str(mistakes).splitlines()
    for sentence in found:
        out.print(sentence)
    if found:
        raise typer.Exit(1)


@app.command()
def judge(file: File) -> None:
    """Judge worked cases (JSON lines): each miss with both answers and the rules that spoke, then totals."""
    report = judged(file)
    out.print(str(report))
    if not report.sound:
        raise typer.Exit(1)
