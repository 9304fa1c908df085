"""Wordings: text files in folders, filled at the moment of sending; what they may and what they must say.

A wording holds text, `{{ name }}` and `{% if name %}…{% endif %}`, nothing else: who writes letters
need not program, and no file can loop, reckon or reach into a value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment

from journeys.borrower import BY_PEOPLE, Channel
from journeys.files import Mistakes

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = {"zh": "Chinese", "en": "English"}
WITH_SUBJECT = frozenset({Channel.EMAIL, Channel.LETTER, Channel.REGISTERED})
LONGEST_TEXT = {"zh": 134, "en": 320}
"""Characters a text may have once filled: two of the network's parts."""
TOLD_BEFORE_WE_KNOW_WHO_LISTENS = frozenset({"borrower", "lender", "lender_phone"})
RESULTS = (
    "promised", "refused", "disputed", "hardship", "wrong_person", "no_answer", "paid_already", "callback",
)  # fmt: skip
SECTIONS = {
    "zh": (
        "开场", "核实身份", "了解情况", "提出方案", "收尾",
        "对方生气时", "对方不愿还款时", "对方确有困难时", "绝不可以", "结果",
    ),
    "en": (
        "Opening", "Confirming", "Understanding", "Proposing", "Closing",
        "If they are angry", "If they are reluctant", "If they are hard-pressed", "Never", "Result",
    ),
}  # fmt: skip
"""What every script for a person has, in this order."""
SAMPLES: dict[str, dict[str, str | int]] = {
    "zh": {
        "borrower": "欧阳晓明",
        "lender": "示例银行",
        "lender_phone": "400-820-0100",
        "complaints": "400-820-0101，complaints@example.com",
        "loan": "LN-1042",
        "arrears": "CNY 18,400.00",
        "outstanding": "CNY 96,000.00",
        "due_date": "2026年12月23日",
        "days_past_due": 16,
        "days_until_due": 0,
        "today": "2027年1月8日",
        "reply_stop": "回复 STOP 退订",
        "disclosure": "本通知由债务催收方发出，旨在催收债务；所获信息将用于该目的。",
        "offer": "逾期款项可分 3 期偿还。",
    },
    "en": {
        "borrower": "Alexandra Ray",
        "lender": "Example Bank",
        "lender_phone": "+1 202 555 0100",
        "complaints": "complaints@example.com",
        "loan": "LN-1042",
        "arrears": "USD 18,400.00",
        "outstanding": "USD 96,000.00",
        "due_date": "23 September 2026",
        "days_past_due": 16,
        "days_until_due": 0,
        "today": "9 October 2026",
        "reply_stop": "Reply STOP to opt out",
        "disclosure": "This is an attempt to collect a debt and any information obtained will be used for"
        " that purpose. This is from a debt collector.",
        "offer": "You may pay what is overdue in 3 instalments.",
    },
}
"""Values as long as they come in earnest; their names are the only ones a wording may use."""

_NAMES = frozenset(SAMPLES["en"])
_JINJA = SandboxedEnvironment(  # plain text, so nothing is escaped
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
Found = Iterator[tuple[int, str]]
"""Findings about one file: the line and a sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """Words ready to be sent, and which wording they came from."""

    subject: str
    body: str
    template: str
    """Such as "payment-missed/sms.en"."""
    digest: str
    """SHA-256 of the wording before it was filled, for the record."""


@dataclass(frozen=True, slots=True)
class _Wording:
    template: str
    digest: str
    subject: Template | None
    body: Template


def render(
    say: str, channel: str, language: str, values: Mapping[str, str | int], templates: Path = TEMPLATES
) -> Message:
    """Fill a wording; raises `Mistakes` where there is none, it is not allowed, or a value is missing."""
    wording = _wording(say, channel, language, templates)
    try:
        subject = " ".join(wording.subject.render(values).split()) if wording.subject else ""
        body = wording.body.render(values)
    except UndefinedError as error:
        raise Mistakes(f"{wording.template}: {error.message}: give a value for every name it uses") from None
    return Message(subject, _without_holes(body), wording.template, wording.digest)


def missing(pairs: Iterable[tuple[str, str]], templates: Path = TEMPLATES) -> list[str]:
    """A sentence for each wording that is not there, in every language we speak."""
    return [
        _nothing(say, channel, language, templates)
        for say, channel in pairs
        for language in LANGUAGES
        if not _path(say, channel, language, templates).is_file()
    ]


def check(templates: Path = TEMPLATES) -> list[str]:
    """What is wrong with the wordings, each finding a sentence with file and line."""
    paths = sorted(path for path in templates.rglob("*") if path.is_file())
    found = [
        _at(path, templates, *finding) for path in paths for finding in sorted(_findings(path, templates))
    ]
    pairs = sorted({(path.parent.name, path.name.partition(".")[0]) for path in paths})
    return found + missing([pair for pair in pairs if pair[1] in list(Channel)], templates)


@lru_cache(maxsize=1024)
def _wording(say: str, channel: str, language: str, templates: Path) -> _Wording:
    path = _path(say, channel, language, templates)
    if not path.is_file():
        raise Mistakes(_nothing(say, channel, language, templates))
    text = path.read_text(encoding="utf-8")
    if found := sorted(_not_allowed(text, channel)):
        raise Mistakes("\n".join(_at(path, templates, *finding) for finding in found))
    subject, body = _parts(text, channel)
    return _Wording(
        template=f"{say}/{channel}.{language}",
        digest=sha256(text.encode()).hexdigest(),
        subject=_JINJA.from_string(subject) if subject else None,
        body=_JINJA.from_string(body),
    )


def _path(say: str, channel: str, language: str, templates: Path) -> Path:
    return templates / say / f"{channel}.{language}.{'md' if channel in BY_PEOPLE else 'txt'}"


def _nothing(say: str, channel: str, language: str, templates: Path) -> str:
    place = _shown(_path(say, channel, language, templates), templates)
    return f"no wording for '{say}' by {channel} in {LANGUAGES.get(language, language)}: write {place}"


def _at(path: Path, templates: Path, line: int, sentence: str) -> str:
    return f"{_shown(path, templates)}:{line}: {sentence}"


def _shown(path: Path, templates: Path) -> str:
    return path.relative_to(templates.parent.parent).as_posix()


def _parts(text: str, channel: str) -> tuple[str, str]:
    """Subject and body; the body keeps its line numbers."""
    if channel not in WITH_SUBJECT:
        return "", text
    first, _, rest = text.partition("\n")
    return first.removeprefix("Subject: "), f"\n{rest}"


def _without_holes(body: str) -> str:
    """An empty value leaves no doubled blank and no empty paragraph behind; wordings have no indentation."""
    for hole, filling in (("  ", " "), (" \n", "\n"), ("\n\n\n", "\n\n")):
        while hole in body:
            body = body.replace(hole, filling)
    return body.strip()


def _not_allowed(text: str, channel: str) -> Found:
    lines = text.split("\n")
    if channel in WITH_SUBJECT and not (lines[0].startswith("Subject: ") and lines[1:2] == [""]):
        yield 1, "begin with a line 'Subject: …' and a blank line"
    for part in _parts(text, channel):
        try:
            yield from _foreign(_JINJA.parse(part))
        except TemplateSyntaxError as error:
            yield error.lineno, f"this cannot be read: {error.message}"


def _foreign(parent: nodes.Node) -> Found:
    """Everything but text, known names and plain conditions: the sandbox alone does not bound memory."""
    for node in parent.iter_child_nodes():
        match node:
            case nodes.TemplateData():
                pass
            case nodes.Output() | nodes.If(test=nodes.Name(), elif_=[], else_=[]):
                yield from _foreign(node)
            case nodes.Name(name=name):
                if name not in _NAMES:
                    yield node.lineno, f"unknown placeholder '{name}'; known are {', '.join(sorted(_NAMES))}"
            case _:
                allowed = "{{ name }} and {% if name %}…{% endif %}"
                yield node.lineno, f"'{type(node).__name__}' is not for wordings: write only text, {allowed}"


def _findings(path: Path, templates: Path) -> Found:
    channel, _, rest = path.name.partition(".")
    language = rest.partition(".")[0]
    read = _path(path.parent.name, channel, language, templates)
    if language not in LANGUAGES or channel not in list(Channel) or path != read:
        yield 1, "this file is never read: call it <channel>.<language>.txt, or .md for a person's script"
        return
    text = path.read_text(encoding="utf-8")
    found = list(_not_allowed(text, channel))
    yield from found or _unfit(text, channel, language)


def _unfit(text: str, channel: str, language: str) -> Found:
    """What a wording lacks, or says too much, for its channel."""
    end = text.rstrip().count("\n") + 1
    names = [(node.lineno, node.name) for node in _JINJA.parse(text).find_all(nodes.Name)]
    match channel:
        case Channel.SMS:
            if not text.rstrip().endswith("{{ reply_stop }}"):
                yield end, "a text ends with {{ reply_stop }}, so that the borrower can opt out"
            length = len(_without_holes(_JINJA.from_string(text).render(SAMPLES[language])))
            if length > LONGEST_TEXT[language]:
                most = f"the {LONGEST_TEXT[language]} characters of a text in {LANGUAGES[language]}"
                yield 1, f"{length} characters when filled, more than {most}"
        case Channel.EMAIL:
            if "reply_stop" not in {name for _, name in names}:
                yield end, "an e-mail has {{ reply_stop }}, so that the borrower can opt out"
        case Channel.CALL:
            for line, name in names:
                if name not in TOLD_BEFORE_WE_KNOW_WHO_LISTENS:
                    yield line, f"an automated call does not say '{name}': anybody may be listening"
        case Channel.AGENT | Channel.VISIT:
            yield from ((end, sentence) for sentence in _lacking(text, language))
    if channel in WITH_SUBJECT and (1, "borrower") in names:
        yield 1, "a subject does not name the borrower: others may see it"


def _lacking(script: str, language: str) -> Iterator[str]:
    headings = [line.removeprefix("## ") for line in script.split("\n") if line.startswith("## ")]
    for section in SECTIONS[language]:
        if section not in headings:
            yield f"the script lacks the section '## {section}'"
    result = script.partition(f"## {SECTIONS[language][-1]}\n")[2]
    for code in RESULTS:
        if f"- {code}" not in result:
            yield f"the script does not explain the result '{code}'"
