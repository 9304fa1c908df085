"""Strategies: every mistake is named by file and line, and what was published never changes."""

from hashlib import sha256
from pathlib import Path

import pytest

from journeys.files import Mistakes
from journeys.strategy import FOLDER, load, newest, published

GOOD = """\
name = "plain"
version = 1
jurisdictions = ["cn"]
between = "09:30-11:30"
touch = [
  { day = -3, by = "sms", say = "due-soon" },
  { day = 1, by = "agent", say = "first-contact" },
  { day = 16, by = "letter", say = "demand", required = true },
]
offer = [
  { from_day = 10, instalments = 3 },
  { from_day = 45, waive = "penalties" },
]
end = { day = 90, then = "legal" }
"""

PUBLISHED = {
    "cn-consumer.1.toml": "56e8633362836919a919c07aa743e981340fe36cd67b379aa166d9f49b0cb8d6",
    "cn-consumer.2.toml": "fc1be3638f396a9262fcc74ec18fc34a291b80f2dfa417edffe05cbedfa85cce",
    "us-personal-loan.1.toml": "f039c3cf8a84b84f6aef7cbd621631f71cd11b46dee22bda39a864713e5f4ba0",
    "us-personal-loan.2.toml": "0d29031181ee1bc753b8f5e38b415b7324db08fd6fdc2db8defee24c78f30f63",
    "us-personal-loan.3.toml": "72f3562fbf3adf1b3c871eeb16aba05ab85eb2213a8a37160a6ab3478b0f9237",
}
"""What was once on main is published: a line here is added, never edited."""


def test_published_strategies_never_change() -> None:
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(FOLDER.glob("*.toml"))}
    changed = sorted(name for name in digests | PUBLISHED if digests.get(name) != PUBLISHED.get(name))
    assert not changed, f"{', '.join(changed)}: a published version never changes: add the next one"


@pytest.mark.parametrize("name", sorted({name.partition(".")[0] for name in PUBLISHED}))
def test_what_we_ship_can_be_loaded(name: str) -> None:
    strategy = newest(name)
    assert strategy == published(name, strategy.version)
    assert strategy.minute("LN-1") in strategy.between


def test_a_good_file_is_read(tmp_path: Path) -> None:
    strategy = load(written(tmp_path, GOOD))
    assert [touch.id for touch in strategy.touch] == ["d-3-sms", "d1-agent", "d16-letter"]
    assert strategy.lead == 3
    assert [offer.id for offer in strategy.offer] == ["d10-plan", "d45-waiver"]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('say = "due-soon"', 'sya = "due-soon"', 6, "touch 1 sya: this key is not known; is it misspelt?"),
        ("version = 1", 'version = 1\ncolour = "red"', 3, "colour: this key is not known; is it misspelt?"),
        (', say = "first-contact"', "", 7, "touch 2 say: this key is missing"),
        ('between = "09:30-11:30"\n', "", 1, "between: this key is missing"),
        ("09:30-11:30", "11:30-09:30", 4, "between: '11:30-09:30' closes before it opens"),
        ("day = 1,", "day = 20,", 8, "touch 3: day 16 comes after day 20: sort the days"),
        ('"due-soon" },', '"due-soon" },\n  { day = -3, by = "sms", say = "due-soon" },', 7, "a second sms"),
        ("day = 90", "day = 16", 8, "touch 3: day 16 is not before the end on day 16"),
        ('"first-contact"', '"fisrt-contact"', 7, "fisrt-contact"),
        ('by = "letter", say = "demand"', 'by = "email", say = "demand"', 8, "demand"),
        ('by = "sms"', 'by = "pigeon"', 6, "touch 1 by: "),
        ("from_day = 10", "from_day = 50", 10, "offer: sort the offers by from_day"),
        ('waive = "penalties"', 'waive = "everything"', 12, "offer 2 waive: "),
        ("instalments = 3", "instalments = 1", 11, "offer 1 instalments: "),
        ('then = "legal"', 'then = "prison"', 14, "end then: "),
        ('name = "plain"', 'name = "plane"', 1, "name: the file must be called plane.1.toml"),
        ("version = 1", "version = 2", 1, "name: the file must be called plain.2.toml"),
        ("version = 1", "version = 0", 2, "version: "),
    ],
)
def test_each_mistake_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, sentence: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(Mistakes) as refused:
        load(path)
    mistakes = str(refused.value).splitlines()
    assert any(one.startswith(f"{path}:{line}: ") and sentence in one for one in mistakes), mistakes


def test_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Mistakes) as refused:
        load(written(tmp_path, GOOD.replace("day = -3", "day = 3").replace("day = 90", "day = 2")))
    assert [one.split(":")[1] for one in str(refused.value).splitlines()] == ["6", "7", "8"]


def test_a_file_that_is_not_toml_is_refused_with_the_place(tmp_path: Path) -> None:
    path = written(tmp_path, "name = \n")
    with pytest.raises(Mistakes, match=r"not TOML: .*line 1"):
        load(path)


def test_a_version_nobody_published_is_refused_with_those_there_are() -> None:
    with pytest.raises(Mistakes, match=r"that strategy has no version 99; known are cn-consumer\.1"):
        published("cn-consumer", 99)


def test_the_newest_version_is_the_highest_number(tmp_path: Path) -> None:
    for version in (2, 9, 10):
        text = GOOD.replace("version = 1", f"version = {version}")
        (tmp_path / f"plain.{version}.toml").write_text(text, encoding="utf-8")
    assert newest("plain", tmp_path).version == 10


def test_each_loan_keeps_its_minute_and_many_loans_are_spread() -> None:
    strategy = newest("cn-consumer")
    minutes = [strategy.minute(f"LN-{number}") for number in range(500)]
    assert minutes == [strategy.minute(f"LN-{number}") for number in range(500)]
    assert len(set(minutes)) > 100
    assert all(minute in strategy.between for minute in minutes)


def written(folder: Path, text: str) -> Path:
    path = folder / "plain.1.toml"
    path.write_text(text, encoding="utf-8")
    return path
