"""The pages in the docs are those the files make."""

from pathlib import Path

from journeys.law.jurisdiction import FOLDER, load
from journeys.law.page import NO_ADVICE, pages

DOCS = Path(__file__).parents[2] / "docs" / "jurisdictions"


def test_the_pages_in_the_docs_are_those_the_files_make() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert written == pages(), "run `make pages`"


def test_every_rule_stands_on_its_page_and_one_that_is_off_says_so() -> None:
    for path in FOLDER.glob("*.toml"):
        page = pages()[f"{path.stem}.md"]
        assert NO_ADVICE in page
        for rule in load(path).rules:
            off = "" if rule.status == "in force" else f" **{rule.status}: off**"
            assert f"| `{rule.rule}`{off} |" in page
