"""What borrowers write back, measured on a list made with the words and on one made without seeing them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.borrower import Channel
from journeys.files import Mistakes
from journeys.replies import SILENCING, WORDS, Meaning, heard, meaning, told_by

HERE = Path(__file__).parent
ORDER = list(Meaning)
STOPS = ["stop", "unsubscribe", "td", "退订", "arret", "parar", "berhenti", "수신거부", "stopp"]
Line = tuple[Meaning, str, str]


def lines(name: str) -> list[Line]:
    """Meaning, language and phrase; a phrase may hold line breaks, written \\n."""
    rows = [line.split("\t") for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line]
    return [(Meaning(one), language, phrase.replace("\\n", "\n")) for one, language, phrase in rows]


def wrong(found: list[Line]) -> list[str]:
    return [
        f"{one}, read as {meaning(phrase)}: {phrase}"
        for one, _, phrase in found
        if meaning(phrase) is not one
    ]


def unsilenced(found: list[Line]) -> list[str]:
    """Phrases that ask for silence and are read as asking for none; a person still reads them first."""
    asked = [line for line in found if line[0] in SILENCING]
    return [f"{one}: {phrase}" for one, _, phrase in asked if meaning(phrase) not in SILENCING]


@pytest.mark.parametrize("name", ["replies.tsv", "replies-unseen.tsv"])
def test_the_lists_hold_every_meaning_in_ten_languages(name: str) -> None:
    found = lines(name)
    assert len(found) >= 290
    assert {one for one, _, _ in found} == set(Meaning)
    assert len({language for _, language, _ in found}) == 10
    assert len({phrase for _, _, phrase in found}) == len(found)


def test_no_phrase_stands_in_both_lists() -> None:
    seen = {phrase.casefold() for _, _, phrase in lines("replies.tsv")}
    assert not seen & {phrase.casefold() for _, _, phrase in lines("replies-unseen.tsv")}


def test_the_phrases_the_words_were_made_with_are_read_as_meant_or_as_more_silencing() -> None:
    found = lines("replies.tsv")
    louder = [line for line in found if ORDER.index(meaning(line[2])) > ORDER.index(line[0])]
    assert not unsilenced(found)
    assert not [line for line in louder if line[0] in SILENCING]
    assert len(wrong(found)) <= 0.01 * len(found), "\n".join(wrong(found))


def test_phrases_nobody_looked_at_while_writing_the_words_are_mostly_understood() -> None:
    found = lines("replies-unseen.tsv")
    silencing = sum(one in SILENCING for one, _, _ in found)
    assert len(unsilenced(found)) <= 0.04 * silencing, "\n".join(unsilenced(found))
    assert len(wrong(found)) <= 0.15 * len(found), "\n".join(wrong(found))


@given(
    word=st.sampled_from(STOPS),
    before=st.sampled_from(["", " ", "\n", "!!", "«", "🛑 "]),
    after=st.sampled_from(["", ".", "!!!", " \n", "»", " 🙏"]),
    written=st.sampled_from([str, str.upper, str.title]),
)
def test_a_stop_is_a_stop_however_it_is_written(word: str, before: str, after: str, written: object) -> None:
    assert callable(written)
    assert meaning(f"{before}{written(word)}{after}") in (Meaning.STOP, Meaning.CEASE)


def test_a_stop_in_wide_letters_with_gaps_or_a_slip_is_a_stop() -> None:
    for text in ("ＳＴＯＰ", "s t o p", "S.T.O.P", "stoppp", "unsuscribe", "opt-out", "OPT OUT", "sToP!!"):
        assert meaning(text) is Meaning.STOP, text


@given(st.text(max_size=300))
def test_any_text_has_a_meaning(text: str) -> None:
    assert meaning(text) in ORDER


@pytest.mark.parametrize("text", ["", "\ud800", "别" * 100_000, "stop " * 100_000, "\x00"])
def test_no_text_is_too_odd_or_too_long(text: str) -> None:
    assert meaning(text) in ORDER


@pytest.mark.parametrize("asked", Meaning)
def test_every_meaning_tells_the_journey_something(asked: Meaning) -> None:
    fact = told_by(asked, Channel.SMS, "r-1", datetime(2026, 3, 2, tzinfo=UTC))
    assert fact.id == "r-1"
    person_reads = fact.kind == "reply_received"
    assert person_reads == (asked not in SILENCING)


def test_a_file_of_words_that_lacks_a_language_or_hears_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "replies.toml"
    path.write_text(WORDS.read_text(encoding="utf-8").replace("[stop.de]", "[stop.tlh]"), encoding="utf-8")
    with pytest.raises(Mistakes, match=r"replies\.toml:\d+: "):
        heard(path)
    path.write_text(WORDS.read_text(encoding="utf-8") + '\n[help.xx]\nanywhere = ["a"]\n', encoding="utf-8")
    with pytest.raises(Mistakes):
        heard(path)
