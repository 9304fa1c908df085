"""Letters: PDF/A-2b, the same bytes for the same letter, every glyph there or nothing posted."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.errors import SendDelayed, SendRefused
from activities.letters import Letterhead, Post, typeset_hand_off
from activities.outbound import Outbound

HEAD = Letterhead("示例银行", ("1 Example Road",), "400 820 0100", "complaints@example.com")
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HAND_OFF = {
    **{"loan": "LN-1", "creditor": "Example Bank", "borrower": "𠮷田", "address": "1 Road\nTown"},
    **{"claimed": "CNY 8,400.00", "date": "2 March 2026", "signed_by": "Lee", "signed_on": "3 March 2026"},
    "statement": [{"date": "2026-03-02", "description": "Due", "debit": "1", "credit": "", "balance": "1"}]
    * 60,
    "contacts": [{"date": "2026-03-02", "channel": "sms", "wording": "demand", "result": "made"}],
    "letters": [{"file": "a.pdf", "date": "2026-03-02", "sha256": "0" * 64}],
}


def letter(name: str = "欧阳晓明", language: str = "zh", channel: str = "letter") -> Outbound:
    body = "尊敬的客户：\n\n您的借款已逾期。\n请尽快还款。"
    return Outbound("LN-1.d16-letter", channel, language, "和平路1号\n示例市", name, "催款函", body, AT)


def test_a_letter_is_an_archivable_pdf_and_stands_in_the_manifest(tmp_path: Path) -> None:
    sent = Post(tmp_path, HEAD).send(letter())
    pdf = (tmp_path / "LN-1.d16-letter.pdf").read_bytes()
    assert b"<pdfaid:part>2<" in pdf and b"<pdfaid:conformance>B<" in pdf
    assert len(pdf) < 200_000, "the font is cut down to what is used"
    (row,) = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert row["contact_id"] == "LN-1.d16-letter" and row["sha256"].startswith(sent.provider_id)
    assert "欧阳" not in json.dumps(row, ensure_ascii=False)


def test_the_same_letter_again_changes_nothing(tmp_path: Path) -> None:
    post = Post(tmp_path, HEAD)
    assert post.send(letter()) == post.send(letter())
    assert len((tmp_path / "manifest.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("name", ["𠮷龘㛃喆堃", '#strong[*x*] $1$ _y_ \\ " <a> @b `c`', "Zoë O'Neil-Müller"])
def test_rare_characters_and_markup_in_a_name_stay_text(tmp_path: Path, name: str) -> None:
    assert Post(tmp_path, HEAD).send(letter(name)).provider == "post"


def test_a_glyph_the_font_lacks_is_refused_without_naming_the_person(tmp_path: Path) -> None:
    with pytest.raises(SendRefused, match=r"U\+1F600") as refusal:
        Post(tmp_path, HEAD).send(letter("Secret \U0001f600"))
    assert "Secret" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_an_outbox_that_cannot_be_written_delays_the_letter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SendDelayed, match="the outbox cannot be written"):
        Post(tmp_path / "file" / "outbox", HEAD).send(letter())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_hand_off_file_runs_over_several_pages_and_repeats_to_the_byte(language: str) -> None:
    data = {"language": language, **HAND_OFF}
    pdf = typeset_hand_off(data, AT)
    assert pdf == typeset_hand_off(data, AT)
    assert b"<pdfaid:part>2<" in pdf
