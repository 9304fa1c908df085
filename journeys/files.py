"""TOML files that people write, read into models; a mistake is named by file and line, in a sentence."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from reprlib import repr as short
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]
"""Where in a file: ("touch", 3, "by") is the key `by` of the fourth entry of `touch`."""

WANTED = {
    "Money": 'a sum in minor units, like {"minor": 50000, "currency": "CNY"}',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "words in quotes",
    "datetime": "a time, like 2026-03-12T09:30:00+08:00",
    "date": "a day, like 2026-03-02",
    **dict.fromkeys(("list", "tuple", "set", "frozen"), "a list, in brackets"),
    **dict.fromkeys(("dict", "model", "dataclass"), "keys with their values, in braces"),
}
"""What to write, by the beginning of the name that Pydantic gives the mistake, or by the class wanted."""
BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


class Mistakes(ValueError):
    """What is wrong with a file, one sentence a line."""


def read(path: Path, model: type[M]) -> M:
    """Read a TOML file into the model; raises `Mistakes` naming the file and the line of each."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Mistakes(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Mistakes(f"{path}: is not text in UTF-8: save it as such") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Mistakes(f"{path}: not TOML: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise mistakes(path, text, list(sentences(error))) from None


def mistakes(path: Path, text: str, found: list[tuple[Place, str]]) -> Mistakes:
    """Put file and line before each sentence."""
    return Mistakes("\n".join(f"{path}:{_line(text, place)}: {_name(place)}{what}" for place, what in found))


def sentences(error: ValidationError, quoting: bool = True) -> Iterator[tuple[Place, str]]:
    """Every mistake that Pydantic found: where it is, and in our words what it is and what to write."""
    return ((one["loc"], _sentence(one, quoting)) for one in error.errors())


def said(error: ValidationError, above: int = 0, quoting: bool = True) -> str:
    """The same in one line, without so many of the outer names of each place, nor what was given if that is
    not to be quoted: it may be personal."""
    return "; ".join(f"{_name(place[above:])}{what}" for place, what in sentences(error, quoting))


def _sentence(error: "ErrorDetails", quoting: bool) -> str:
    kind, about = error["type"], error.get("ctx", {})
    given = short(error["input"]) if quoting else "that"
    match kind:
        case "missing":
            return "this key is missing"
        case "extra_forbidden":
            return "this key is not known; is it misspelt?"
        case "union_tag_not_found":
            return f"the key {about['discriminator']} is missing"
        case "union_tag_invalid":
            return f"{about['tag']!r} is not known here; known are {_listed(about['expected_tags'])}"
        case "literal_error" | "enum":
            return f"{given} is not known here; known are {_listed(about['expected'])}"
    if kind in BOUNDS:
        name, words = BOUNDS[kind]
        return f"{given} will not do: write {words} {about[name]}"
    if wanted := WANTED.get(about.get("class_name", "")) or WANTED.get(kind.partition("_")[0]):
        return f"{given} will not do: write {wanted}"
    return error["msg"].removeprefix("Value error, ").rstrip(".")


def _listed(choices: str) -> str:
    """Pydantic's own "'a', 'b' or 'c'" as a, b, c."""
    return choices.replace(" or ", ", ").replace("'", "")


def _name(place: Place) -> str:
    words = [str(p + 1) if isinstance(p, int) else p for p in place]
    return f"{' '.join(words)}: " if words else ""


def _line(text: str, place: Place) -> int:
    """Line of the entry: the key's line, or that of the n-th table of an array (one a line by custom)."""
    if not place:
        return 1
    key = re.search(rf"^\[*{re.escape(str(place[0]))}\b", text, re.MULTILINE)
    if key is None:
        return 1
    line = text.count("\n", 0, key.start()) + 1
    if len(place) > 1 and isinstance(place[1], int):
        opened = [m.start() for m in re.finditer(r"\{", text[key.start() :])]
        if place[1] < len(opened):
            line = text.count("\n", 0, key.start() + opened[place[1]]) + 1
    return line
