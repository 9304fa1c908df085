"""A jurisdiction's file as a page to read: each rule in a row, with its source and how sure we are of it."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from journeys.law.charges import MoneyRule
from journeys.law.jurisdiction import FOLDER, KINDS, MONEY, Jurisdiction, load
from journeys.law.rule import Rule

NO_ADVICE = (
    "**Engineering research, not legal advice:** a lawyer confirms every line before it meets a borrower."
)
CONFIDENCE = (
    "A: the text itself was read · B: a regulator's summary or several sources agree · C: general knowledge"
)
_SHOWN = frozenset({"rule", "media", "status", "strength", "confidence", "cite"})
"""Values with a column of their own."""


def pages(folder: Path = FOLDER) -> dict[str, str]:
    """Every page by its file name, and an index of them."""
    found = {f"{path.stem}.md": page(path) for path in sorted(folder.glob("*.toml"))}
    lines = [f"- [{text.partition(chr(10))[0].removeprefix('# ')}]({name})" for name, text in found.items()]
    index = "\n\n".join(["# The law as it is kept here", NO_ADVICE, "\n".join(lines)])
    return {"README.md": f"{index}\n", **found}


def page(path: Path) -> str:
    """Markdown of one file; raises `files.Mistakes` where the file is wrong."""
    law, data = load(path), tomllib.loads(path.read_text(encoding="utf-8"))
    title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").partition(".")[0]
    around = f", within {', '.join(law.within)}" if law.within else ""
    holidays = f", public holidays of {law.calendar}" if law.calendar else ""
    actor = f", where we act as {_words(law.actor)}" if law.actor else ""
    begins = f"applies from {law.applies_from:%-d %b %Y}"
    parts = [
        f"# {title}",
        NO_ADVICE,
        f"`{law.name}` version {law.version}, {begins}{around}{holidays}{actor}.",
        *(part for kind in (*KINDS, *MONEY) if data.get(kind) for part in _kind(kind, data[kind])),
        *_sentences(law),
        CONFIDENCE,
    ]
    return "\n\n".join(parts) + "\n"


def _kind(kind: str, rules: list[Mapping[str, Any]]) -> Iterator[str]:
    yield f"## {kind.replace('_', ' ').capitalize()}"
    yield (_model(kind).__doc__ or "").partition("\n")[0]
    rows = ["| rule | contacts | what | strength | sure | source |", "|---|---|---|---|---|---|"]
    yield "\n".join(rows + [_row(rule) for rule in rules])


def _sentences(law: Jurisdiction) -> Iterator[str]:
    if law.wording:
        rows = ["| language | how to opt out | who writes, and why |", "|---|---|---|"]
        rows += [f"| {one} | {its.reply_stop} | {its.disclosure} |" for one, its in law.wording.items()]
        yield "## What messages say"
        yield "\n".join(rows)


def _row(rule: Mapping[str, Any]) -> str:
    off = f" **{rule['status']}: off**" if rule.get("status", "in force") != "in force" else ""
    what = "; ".join(f"{_words(name)}: {_words(value)}" for name, value in rule.items() if name not in _SHOWN)
    cells = (
        f"`{rule['rule']}`{off}",
        _words(rule.get("media", "sums")),
        what,
        rule["strength"],
        rule["confidence"],
    )
    return f"| {' | '.join(cells)} | {rule['cite']} |"


def _model(kind: str) -> type[Rule | MoneyRule]:
    model: type[Rule | MoneyRule] = get_args(Jurisdiction.model_fields[kind].annotation)[0]
    return model


def _words(value: Any) -> str:
    """A value as people read it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_words, value)) or "none"
        case dict():
            return ", ".join(f"{_words(name)} {_words(one)}" for name, one in value.items())
        case _:
            return str(value).replace("_", " ")
