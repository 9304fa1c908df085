"""Wordings: text files in folders, filled at the moment of sending; what they may and what they must say.

A wording holds text, `{{ name }}` and `{% if name %}…{% endif %}`, nothing else: who writes letters
need not program, and no file can loop, reckon or reach into a value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment

from journeys.borrower import BY_PEOPLE, Channel
from journeys.files import Mistakes

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = {"zh": "Chinese", "en": "English"}
WITH_SUBJECT = frozenset({Channel.EMAIL, Channel.LETTER, Channel.REGISTERED})
SAMPLES: dict[str, dict[str, str | int]] = {
    "zh": {
        "borrower": "欧阳晓明",
        "lender": "示例银行",
        "lender_phone": "400-820-0100",
        "lender_address": "示例市示例路1号，邮编 100000",
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
        "itemisation": "2026年12月23日所欠：CNY 18,400.00\n此后利息：CNY 0.00",
        "validation_ends": "2027年2月15日",
        "offer": "逾期款项可分 3 期偿还。",
        "link": "https://loans.example.com/p/K7mXq2RtVw9Zab",
        "also": "LN-2077，CNY 1,200.00，2026年12月28日起",
    },
    "en": {
        "borrower": "Alexandra Ray",
        "lender": "Example Bank",
        "lender_phone": "+1 202 555 0100",
        "lender_address": "100 Example Street, Springfield, EX 00010",
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
        "itemisation": "Owed on 23 September 2026: USD 18,400.00\nInterest since then: USD 0.00",
        "validation_ends": "16 November 2026",
        "offer": "You may pay what is overdue in 3 instalments.",
        "link": "https://loans.example.com/p/K7mXq2RtVw9Zab",
        "also": "LN-2077, USD 1,200.00 since 28 September 2026",
    },
}
"""Values as long as they come in earnest; their names are the only ones a wording may use."""
LONGEST_TEXT = {"zh": 134, "en": 320}
"""Characters a text may have once filled: two of the network's parts."""

_NAMES = frozenset(SAMPLES["en"])
JINJA = SandboxedEnvironment(  # plain text, so nothing is escaped
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
Value = str | int | Callable[[], str]
"""What is put into a wording; a function is asked only where the wording wants what it gives."""
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
    says: frozenset[str]
    """Names of the values its body holds."""
    uses: frozenset[str]
    """Those, and the ones of its subject."""


def render(
    say: str,
    channel: str,
    language: str,
    values: Mapping[str, Value],
    templates: Path = TEMPLATES,
    must_say: Mapping[str, str] = MappingProxyType({}),
) -> Message:
    """Fill a wording; raises `Mistakes` where there is none, it is not allowed, or something is missing.

    `must_say` holds the names of values the law wants said, each with the rule that wants it.
    """
    wording = _wording(say, channel, language, templates)
    asked = ((name, value) for name, value in values.items() if name in wording.uses)
    filled = {name: value() if callable(value) else value for name, value in asked}
    if unsaid := [f"{wording.template}{sentence}" for sentence in _unsaid(wording, filled, must_say)]:
        raise Mistakes("\n".join(unsaid))
    try:
        subject = " ".join(wording.subject.render(filled).split()) if wording.subject else ""
        body = wording.body.render(filled)
    except UndefinedError as error:
        raise Mistakes(f"{wording.template}: {error.message}: give a value for every name it uses") from None
    return Message(subject, without_holes(body), wording.template, wording.digest)


def carries(say: str, channel: str, language: str, templates: Path = TEMPLATES) -> bool:
    """Whether the wording has a place for the borrower's other loans."""
    try:
        return "also" in _wording(say, channel, language, templates).says
    except Mistakes:
        return False


def fits(body: str, channel: str, language: str) -> bool:
    """Whether a message is short enough for its channel; only texts have a length."""
    return channel != Channel.SMS or len(body) <= LONGEST_TEXT[language]


def missing(pairs: Iterable[tuple[str, str]], templates: Path = TEMPLATES) -> list[str]:
    """A sentence for each wording that is not there, in every language we speak."""
    return [
        _nothing(say, channel, language, templates)
        for say, channel in pairs
        for language in LANGUAGES
        if not path_of(say, channel, language, templates).is_file()
    ]


def _wording(say: str, channel: str, language: str, templates: Path) -> _Wording:
    path = path_of(say, channel, language, templates)
    if not path.is_file():
        raise Mistakes(_nothing(say, channel, language, templates))
    return _read(say, channel, language, templates, path.stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _read(say: str, channel: str, language: str, templates: Path, changed: int) -> _Wording:
    """`changed` makes an edited file a new question: wordings are live."""
    path = path_of(say, channel, language, templates)
    text = path.read_text(encoding="utf-8")
    if found := sorted(not_allowed(text, channel)):
        raise Mistakes("\n".join(at(path, templates, *finding) for finding in found))
    subject, body = _parts(text, channel)
    says = _names_in(body)
    return _Wording(
        template=f"{say}/{channel}.{language}",
        digest=sha256(text.encode()).hexdigest(),
        subject=JINJA.from_string(subject) if subject else None,
        body=JINJA.from_string(body),
        says=says,
        uses=says | _names_in(subject),
    )


def _names_in(text: str) -> frozenset[str]:
    return frozenset(node.name for node in JINJA.parse(text).find_all(nodes.Name))


def _unsaid(wording: _Wording, values: Mapping[str, str | int], must_say: Mapping[str, str]) -> Iterator[str]:
    for name, rule in sorted(must_say.items()):
        if name not in wording.says:
            yield f" lacks {{{{ {name} }}}}, which {rule} wants said: add it"
        elif not values.get(name):
            yield f": '{name}' is empty, and {rule} wants it said: write it in the jurisdiction's file"


def path_of(say: str, channel: str, language: str, templates: Path) -> Path:
    return templates / say / f"{channel}.{language}.{'md' if channel in BY_PEOPLE else 'txt'}"


def _nothing(say: str, channel: str, language: str, templates: Path) -> str:
    place = _shown(path_of(say, channel, language, templates), templates)
    return f"no wording for '{say}' by {channel} in {LANGUAGES.get(language, language)}: write {place}"


def at(path: Path, templates: Path, line: int, sentence: str) -> str:
    return f"{_shown(path, templates)}:{line}: {sentence}"


def _shown(path: Path, templates: Path) -> str:
    return path.relative_to(templates.parent.parent).as_posix()


def _parts(text: str, channel: str) -> tuple[str, str]:
    """Subject and body; the body keeps its line numbers."""
    if channel not in WITH_SUBJECT:
        return "", text
    first, _, rest = text.partition("\n")
    return first.removeprefix("Subject: "), f"\n{rest}"


def without_holes(body: str) -> str:
    """An empty value leaves no doubled blank and no empty paragraph behind; wordings have no indentation."""
    for hole, filling in (("  ", " "), (" \n", "\n"), ("\n\n\n", "\n\n")):
        while hole in body:
            body = body.replace(hole, filling)
    return body.strip()


def not_allowed(text: str, channel: str) -> Found:
    lines = text.split("\n")
    if channel in WITH_SUBJECT and not (lines[0].startswith("Subject: ") and lines[1:2] == [""]):
        yield 1, "begin with a line 'Subject: …' and a blank line"
    for part in _parts(text, channel):
        try:
            yield from _foreign(JINJA.parse(part))
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
