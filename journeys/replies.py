"""What a borrower's reply asks for, by words an operations person can edit; in doubt, silence.

A stop heard wrongly costs one channel, a stop missed harms a person: so the words decide, not the
grammar around them. What only looks like a stop ("bus stop") is listed too, and struck out first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, RootModel

from journeys import facts as f
from journeys import files
from journeys.borrower import Channel
from journeys.law.circumstances import EventType
from journeys.spelling import LOOKED_AT, RUN_ON, folded, righted, slips

WORDS = Path(__file__).with_suffix(".toml")
Language = Literal["en", "zh", "es", "pt", "de", "fr", "ko", "id", "vi", "hi"]
Form = tuple[tuple[str, ...], ...]
"""A phrase in the spelling of replies: its words, each with its alternatives."""


class Meaning(StrEnum):
    """What a reply asks for, the most silencing first: of several, the first counts."""

    DECEASED = "deceased"
    BANKRUPTCY = "bankruptcy"
    ATTORNEY = "attorney"
    CEASE = "cease"
    """Never again, by any means."""
    STOP = "stop"
    """No more through this channel."""
    WRONG_PERSON = "wrong_person"
    DISPUTE = "dispute"
    PAID = "paid"
    HARDSHIP = "hardship"
    HELP = "help"
    OTHER = "other"
    """A person reads it."""


CIRCUMSTANCES: dict[Meaning, EventType] = {
    Meaning.DECEASED: "deceased",
    Meaning.BANKRUPTCY: "bankruptcy_filed",
    Meaning.ATTORNEY: "attorney_known",
}
SILENCING = frozenset(Meaning) - {Meaning.PAID, Meaning.HARDSHIP, Meaning.HELP, Meaning.OTHER}


class _Phrases(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    whole: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()


class _Words(RootModel[dict[Meaning, dict[Language, _Phrases]]]):
    def forms(self, meaning: Meaning, reach: Literal["whole", "anywhere"]) -> Iterator[tuple[str, str, Form]]:
        """Language, phrase and form of each."""
        for language, phrases in self.root.get(meaning, {}).items():
            for phrase in getattr(phrases, reach):
                yield language, phrase, _form(phrase, marks=False)
                if language == "vi":
                    yield language, phrase, _form(phrase, marks=True)

    def mistakes(self) -> Iterator[tuple[files.Place, str]]:
        """What would leave a language out, be heard everywhere, or never."""
        struck = [_pattern(form) for _, _, form in self.forms(Meaning.OTHER, "anywhere")]
        for meaning in Meaning:
            for language in sorted({*get_args(Language)} - {*self.root.get(meaning, {})}):
                yield (meaning,), f"the table [{meaning}.{language}] is missing"
            for language, phrase, form in self.forms(meaning, "anywhere"):
                if len(min(_spoken(form), key=len).strip("* …")) < 2:
                    yield (f"{meaning}.{language}",), f"'{phrase}' is found in too much: write it under whole"
                if meaning is not Meaning.OTHER and any(
                    p.search(f" {t} ") for p in struck for t in _spoken(form)
                ):
                    yield (f"{meaning}.{language}",), f"'{phrase}' is never found: [other] strikes it out"
            for language, phrase, form in self.forms(meaning, "whole"):
                if not all(text.strip("* …") for text in _spoken(form)):
                    yield (f"{meaning}.{language}",), f"'{phrase}' has no words"


@dataclass(frozen=True, slots=True)
class _Heard:
    """The words, ready to be looked for."""

    struck: tuple[re.Pattern[str], ...]
    courtesies: tuple[re.Pattern[str], ...]
    whole: dict[str, Meaning]
    anywhere: tuple[tuple[Meaning, tuple[re.Pattern[str], ...]], ...]
    known: frozenset[str]
    meant: dict[str, str]


def meaning(text: str) -> Meaning:
    """What a reply asks for; OTHER goes to a person."""
    words = heard()
    said = righted(folded(_answer(text[:LOOKED_AT])) or folded(text), words.known, words.meant)
    told = _without(words.struck, said)
    plain = _without(words.courtesies, told)
    whole = {words.whole.get(one.replace(" ", "")) for one in (said, plain)}
    looked_through = f" {told} \n {plain} " if plain != told else f" {told} "
    for one, patterns in words.anywhere:
        if one in whole or any(pattern.search(looked_through) for pattern in patterns):
            return one
    return Meaning.OTHER


def told_by(asked: Meaning, channel: Channel, id: str, at: datetime) -> f.Told:
    """The fact that a reply by this channel is; what a machine does not understand is for a person."""
    match asked:
        case Meaning.STOP:
            return f.OptedOut(id=id, at=at, channel=channel)
        case Meaning.CEASE:
            return f.OptedOut(id=id, at=at, channel=None)
        case Meaning.WRONG_PERSON:
            return f.ContactPointFailed(id=id, at=at, channel=channel, reason="wrong_person")
        case Meaning.DISPUTE:
            return f.DisputeRaised(id=id, at=at, reason="by_reply")
        case Meaning.DECEASED | Meaning.BANKRUPTCY | Meaning.ATTORNEY:
            return f.CircumstanceNoted(id=id, at=at, circumstance=CIRCUMSTANCES[asked])
        case _:
            return f.ReplyReceived(id=id, at=at, channel=channel, meaning=asked.value)


@lru_cache(maxsize=4)
def heard(path: Path = WORDS) -> _Heard:
    """Read and judge the words; raises `files.Mistakes` with a sentence a mistake."""
    words = files.read(path, _Words)
    if found := list(words.mistakes()):
        raise files.mistakes(path, path.read_text(encoding="utf-8"), found)
    whole: dict[str, Meaning] = {}
    patterns: dict[Meaning, tuple[re.Pattern[str], ...]] = {}
    known: set[str] = set()
    alone: set[str] = set()
    for one in Meaning:
        wholes = [form for _, _, form in words.forms(one, "whole")]
        forms = [form for _, _, form in words.forms(one, "anywhere")]
        spoken = {text for form in wholes + forms for text in _spoken(form)}
        known |= {word for text in spoken for word in text.split()}
        if one in SILENCING:
            alone |= {text for text in spoken if re.fullmatch("[a-z]{4,}", text)}
        exact = {text.replace(" ", ""): one for form in wholes for text in _spoken(form)}
        whole = exact | whole if one is not Meaning.OTHER else whole
        patterns[one] = tuple(map(_pattern, forms))
        if one is not Meaning.OTHER:
            patterns[one] += tuple(_pattern(form, whole=True) for form in wholes if _is_open(form))
    courtesies = tuple(_pattern(form) for _, _, form in words.forms(Meaning.OTHER, "whole"))
    struck = patterns.pop(Meaning.OTHER)
    return _Heard(struck, courtesies, whole, tuple(patterns.items()), frozenset(known), slips(alone))


# Mail and messengers quote below an answer what we wrote, and that says how to stop.
_QUOTE = re.compile(
    r"(?:wrote|schrieb|écrit|escribió|escreveu|menulis|viết|写道|寫道|작성|लिखा)[^:：]{0,80}[:：]\s*$"
    r"|^\s*(?:from|von|de|发件人|寄件者|보낸 사람|dari|từ)\s*[:：].*@"
    r"|^\s*--+[^-]+--+\s*$",
    re.IGNORECASE,
)


def _answer(text: str) -> str:
    kept: list[str] = []
    for line in text.splitlines():
        if _QUOTE.search(line) and re.search(r"\d|--|@", "".join([*kept[-1:], line])):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept)


def _form(phrase: str, marks: bool) -> Form:
    words = (word.split("/") for word in phrase.replace("…", " … ").split())
    return tuple(tuple(one if one == "…" else _starred(one, marks) for one in word) for word in words)


def _starred(word: str, marks: bool) -> str:
    return "*".join(folded(part, marks) for part in word.split("*"))


def _spoken(form: Form) -> Iterator[str]:
    return (" ".join(words) for words in product(*form))


def _is_open(form: Form) -> bool:
    return any("*" in one or one == "…" for word in form for one in word)


def _pattern(form: Form, whole: bool = False) -> re.Pattern[str]:
    """Whole words, or any part of what runs on; "*" is the rest of a word, "…" up to four words."""
    runs_on = re.search(f"[{RUN_ON}]", str(form))
    found = ""
    for word in form:
        if word == ("…",):
            found += ".{0,12}?" if runs_on else r"(?: \S+){0,4}?"
            continue
        ones = [" ?".join(one.replace(" ", "")) if runs_on else one.replace("*", r"\S*") for one in word]
        found += (" ?" if runs_on and found else "" if runs_on else " ") + (
            ones[0] if len(ones) == 1 else f"(?:{'|'.join(ones)})"
        )
    found += "" if runs_on else "(?= )"
    return re.compile(
        f"^ ?{found} ?$" if whole and runs_on else f"^{found} $" if whole else found, re.MULTILINE
    )


def _without(patterns: tuple[re.Pattern[str], ...], said: str) -> str:
    said = f" {said} "
    for pattern in patterns:
        said = pattern.sub(" ", said)
    return " ".join(said.split())
