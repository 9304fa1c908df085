"""What Temporal keeps of a journey is encrypted: who runs the server, or reads its database, sees codes only.

AES-256-GCM, a key of the ring each time; ids and search attributes are never encrypted, so they hold
references. Values that were stored in clear text, before there was a ring, are still read.
"""

import base64
import binascii
import os
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
_NONCE = 12
_BYTES = 32
_ID = re.compile(r"[a-zA-Z0-9_-]{1,32}")


class BadKeys(ValueError):
    """The key ring cannot be used, or lacks a key: the text says what to do."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The newest key encrypts, each of them decrypts: to rotate, add a line and keep the old ones."""

    keys: Mapping[str, bytes]
    """By id, the newest last."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the ring, a line `id key` for each (32 bytes in base64); made anew where there is none."""
        if not path.exists():
            _write_fresh(path)
        keys: dict[str, bytes] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                keys |= [_key(f"{path}:{number}", line.split())]
        if not keys:
            raise BadKeys(f"{path}: no key is in it; restore it from your backup")
        return cls(keys)

    @property
    def newest(self) -> str:
        return list(self.keys)[-1]


class Encrypted(PayloadCodec):
    """Seals each value with the newest key of the ring, and opens it with the one that sealed it."""

    def __init__(self, ring: KeyRing) -> None:
        self.newest = ring.newest.encode()
        self.ciphers = {id.encode(): AESGCM(key) for id, key in ring.keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._seal(one) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises `BadKeys` where the ring lacks the key, or the value is not what was sealed."""
        return [self._open(one) for one in payloads]

    def _seal(self, clear: Payload) -> Payload:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self.ciphers[self.newest].encrypt(nonce, clear.SerializeToString(), _bound_to(self.newest))
        return Payload(metadata={"encoding": ENCODING, KEY_ID: self.newest}, data=nonce + sealed)

    def _open(self, sealed: Payload) -> Payload:
        if sealed.metadata.get("encoding") != ENCODING:
            return sealed
        id = sealed.metadata.get(KEY_ID, b"")
        cipher = self.ciphers.get(id)
        if cipher is None:
            raise BadKeys(f"the key {id.decode(errors='replace')!r} is not in the ring (JOURNEYS_KEYS)")
        try:
            clear = cipher.decrypt(sealed.data[:_NONCE], sealed.data[_NONCE:], _bound_to(id))
        except (InvalidTag, ValueError):
            raise BadKeys("a value is not what was encrypted: it was altered, or its key replaced") from None
        return Payload.FromString(clear)


def _bound_to(id: bytes) -> bytes:
    """Associated data: a value cannot pass for one of another key, or of another product with the same."""
    return b"collection-journeys/1/" + id


def _key(place: str, words: list[str]) -> tuple[str, bytes]:
    try:
        id, text = words
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise BadKeys(f"{place}: write an id, a blank, and 32 bytes in base64") from None
    if len(key) != _BYTES or not _ID.fullmatch(id):
        raise BadKeys(f"{place}: write an id of letters and digits, a blank, and 32 bytes in base64")
    return id, key


def _write_fresh(path: Path) -> None:
    """Whole or not at all, also where several processes start at once: the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with open(number, "w", encoding="utf-8") as file:
            file.write(f"{secrets.token_hex(4)} {base64.b64encode(secrets.token_bytes(_BYTES)).decode()}\n")
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
