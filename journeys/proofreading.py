"""What wordings must and must not say, by channel and language; each mistake names file and line."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from jinja2 import nodes

from journeys.actions import SPOKEN
from journeys.borrower import Channel
from journeys.budget import MEDIUM, purpose_of
from journeys.files import Mistakes
from journeys.law.jurisdiction import law_of
from journeys.messages import (
    JINJA,
    LANGUAGES,
    LONGEST_TEXT,
    SAMPLES,
    TEMPLATES,
    WITH_SUBJECT,
    Found,
    at,
    missing,
    not_allowed,
    path_of,
    render,
    without_holes,
)
from journeys.strategy import FOLDER, load

TOLD_BEFORE_WE_KNOW_WHO_LISTENS = frozenset({"borrower", "lender", "lender_phone"})
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


def check(templates: Path = TEMPLATES) -> list[str]:
    """What is wrong with the wordings, each finding a sentence with file and line."""
    paths = sorted(path for path in templates.rglob("*") if path.is_file())
    found = [
        at(path, templates, *finding) for path in paths for finding in sorted(_findings(path, templates))
    ]
    found += sorted(set(_unlawful(templates)))
    pairs = sorted({(path.parent.name, path.name.partition(".")[0]) for path in paths})
    return found + missing([pair for pair in pairs if pair[1] in list(Channel)], templates)


def _unlawful(templates: Path) -> Iterator[str]:
    """What the law of a strategy's places wants said, and its wordings do not say."""
    for path in FOLDER.glob("*.toml"):
        strategy = load(path)
        laws = [law_of([place]) for place in strategy.jurisdictions]
        for law, touch, language in product(laws, strategy.touch, LANGUAGES):
            if path_of(touch.say, touch.by, language, templates).is_file():
                values = {**SAMPLES[language], **law.wording(language).model_dump()}
                must_say = law.must_say(MEDIUM[touch.by], purpose_of(touch.say, touch.day))
                try:
                    render(touch.say, touch.by, language, values, templates, must_say)
                except Mistakes as mistakes:
                    yield from str(mistakes).splitlines()


def _findings(path: Path, templates: Path) -> Found:
    channel, _, rest = path.name.partition(".")
    language = rest.partition(".")[0]
    read = path_of(path.parent.name, channel, language, templates)
    if language not in LANGUAGES or channel not in list(Channel) or path != read:
        yield 1, "this file is never read: call it <channel>.<language>.txt, or .md for a person's script"
        return
    text = path.read_text(encoding="utf-8")
    found = list(not_allowed(text, channel))
    yield from found or _unfit(text, channel, language)


def _unfit(text: str, channel: str, language: str) -> Found:
    """What a wording lacks, or says too much, for its channel."""
    end = text.rstrip().count("\n") + 1
    names = [(node.lineno, node.name) for node in JINJA.parse(text).find_all(nodes.Name)]
    match channel:
        case Channel.SMS:
            if not text.rstrip().endswith("{{ reply_stop }}"):
                yield end, "a text ends with {{ reply_stop }}, so that the borrower can opt out"
            # other loans, and the borrower's page, go with it only where there is room
            alone = SAMPLES[language] | {"also": "", "link": ""}
            length = len(without_holes(JINJA.from_string(text).render(alone)))
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
    for code in SPOKEN:
        if f"- {code}" not in result:
            yield f"the script does not explain the result '{code}'"
