"""Letters: typeset as PDF/A-2b and put into the outbox folder, where the post room takes them."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import noto_cjk_sans_otc
import typst
from fontTools.ttLib import TTCollection

from activities.errors import Meaning, SendDelayed, SendRefused
from activities.outbound import Outbound, Sent

HERE = Path(__file__).parent
FONT = Path(noto_cjk_sans_otc.__file__).with_name("NotoSansCJK-Regular.ttc")
"""One font for Chinese, Japanese, Korean and Latin, so that a letter looks the same on every machine."""
REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, as it stands at the top of every letter."""

    lender: str
    street: tuple[str, ...]
    phone: str
    complaints: str


class Post:
    """Typesets letters into the outbox; the manifest there says what is to be posted."""

    def __init__(self, outbox: Path, letterhead: Letterhead, paper: str = "a4") -> None:
        self.outbox, self.letterhead, self.paper = outbox, letterhead, paper

    def send(self, outbound: Outbound) -> Sent:
        """Put the letter into the outbox; the same letter again changes nothing."""
        pdf = typeset("letter.typ", self._data(outbound), outbound.at)
        digest = hashlib.sha256(pdf).hexdigest()
        name = f"{re.sub(r'[^A-Za-z0-9.-]', '_', outbound.contact_id)}.pdf"
        try:
            self.outbox.mkdir(parents=True, exist_ok=True)
            known = (self.outbox / name).is_file()
            write(self.outbox / name, pdf)
            if not known:
                self._list(outbound, name, digest)
        except OSError as error:
            raise SendDelayed(
                f"the outbox cannot be written ({error.strerror}): free space or mend it"
            ) from None
        return Sent("post", digest[:16])

    def _data(self, outbound: Outbound) -> dict[str, object]:
        head = self.letterhead
        blocks = [block.split("\n") for block in outbound.body.strip().split("\n\n")]
        return {
            "language": outbound.language,
            "paper": self.paper,
            "lender": head.lender,
            "contacts": [*head.street, head.phone, head.complaints],
            "reference": outbound.contact_id,
            "registered": outbound.channel == REGISTERED,
            "recipient": [outbound.name, *outbound.to.split("\n")],
            "subject": outbound.subject,
            "paragraphs": blocks,
        }

    def _list(self, outbound: Outbound, name: str, digest: str) -> None:
        row = {
            "contact_id": outbound.contact_id,
            "file": name,
            "sha256": digest,
            "channel": outbound.channel,
            "at": outbound.at.isoformat(),
        }
        manifest = os.open(self.outbox / "manifest.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(manifest, f"{json.dumps(row)}\n".encode())  # one write: lines of two workers never mix
        finally:
            os.close(manifest)


def typeset(source: str, data: Mapping[str, object], at: datetime) -> bytes:
    """Set a PDF/A-2b dated `at`, always the same bytes; raises `SendRefused` for a glyph it lacks."""
    page = json.dumps(data, ensure_ascii=False)
    lost = sorted({one for one in page if one.isprintable() and ord(one) not in glyphs()})
    if lost:
        point = f"U+{ord(lost[0]):04X}"
        raise SendRefused(
            Meaning.REFUSED, f"the letter cannot be set: the font has no glyph for {point}; post it by hand"
        )
    return typst.compile(
        str(HERE / source),
        sys_inputs={"data": page},
        font_paths=[str(FONT.parent)],
        ignore_system_fonts=True,
        pdf_standards="a-2b",
        timestamp=int(at.timestamp()),
    )


def typeset_hand_off(data: Mapping[str, object], at: datetime) -> bytes:
    """The file for the legal team."""
    return typeset("hand_off.typ", data, at)


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the machine stops in between."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@cache
def glyphs() -> frozenset[int]:
    """Every code point the font can show."""
    with TTCollection(str(FONT), lazy=True) as fonts:
        return frozenset(fonts[0].getBestCmap())
