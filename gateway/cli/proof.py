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
from journeys.law.page import pages


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
def law(
    place: Annotated[str, typer.Argument(help="A jurisdiction, like us-ma; by default all.")] = "",
    to: Annotated[Path | None, typer.Option(help="Write the pages into this folder.")] = None,
) -> None:
    """Show the rules of a place as a page, with their sources and how sure we are of them."""
    found = pages()
    if place and f"{place}.md" not in found:
        raise Mistakes(f"there is no jurisdiction {place!r}; known are {', '.join(jurisdiction.names())}")
    chosen = {f"{place}.md": found[f"{place}.md"]} if place else found
    for name, text in chosen.items():
        if to is None:
            out.print(text)
        else:
            to.mkdir(parents=True, exist_ok=True)
            (to / name).write_text(text, encoding="utf-8")


@app.command()
def judge(file: File) -> None:
    """Judge worked cases (JSON lines): each miss with both answers and the rules that spoke, then totals."""
    report = judged(file)
    out.print(str(report))
    if not report.sound:
        raise typer.Exit(1)
