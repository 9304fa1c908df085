"""TOML files that people write, read into models; a mistake is named by file and line."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]
"""Where in a file: ("touch", 3, "by") is the key `by` of the fourth entry of `touch`."""


class Mistakes(ValueError):
    """What is wrong with a file, one sentence a line."""


def read(path: Path, model: type[M]) -> M:
    """Read a TOML file into the model; raises `Mistakes` naming the file and the line of each."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Mistakes(f"{path}: cannot be read: {error.strerror}") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Mistakes(f"{path}: not TOML: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise mistakes(path, text, [(e["loc"], _sentence(e["msg"])) for e in error.errors()]) from None


def mistakes(path: Path, text: str, found: list[tuple[Place, str]]) -> Mistakes:
    """Put file and line before each sentence."""
    return Mistakes("\n".join(f"{path}:{_line(text, place)}: {_name(place)}{what}" for place, what in found))


def _sentence(message: str) -> str:
    words = message.removeprefix("Value error, ")
    return {
        "Extra inputs are not permitted": "this key is not known; is it misspelt?",
        "Field required": "this key is missing",
    }.get(words, words)


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
