"""What Temporal keeps is sealed: nobody without the ring reads or alters it, and rotating loses nothing."""

import multiprocessing
from base64 import b64encode
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload

from workers.codec import BadKeys, Encrypted, KeyRing

CLEAR = [Payload(metadata={"encoding": b"json/plain"}, data=b'{"loan": "LN-1"}'), Payload(data=b"")]


def ring(*ids: str) -> KeyRing:
    return KeyRing({id: id.encode().ljust(32, b".") for id in ids})


async def test_what_is_sealed_reads_like_nothing_and_opens_to_the_same() -> None:
    codec = Encrypted(ring("a"))
    sealed = await codec.encode(CLEAR)
    assert b"LN-1" not in b"".join(one.SerializeToString() for one in sealed)
    assert await codec.decode(sealed) == CLEAR


async def test_the_same_value_twice_is_sealed_differently() -> None:
    once, again = await Encrypted(ring("a")).encode([CLEAR[0], CLEAR[0]])
    assert once.data != again.data


async def test_the_newest_key_seals_and_older_ones_still_open() -> None:
    before = await Encrypted(ring("old")).encode(CLEAR)
    rotated = Encrypted(ring("old", "new"))
    assert await rotated.decode(before) == CLEAR
    assert {one.metadata["encryption-key-id"] for one in await rotated.encode(CLEAR)} == {b"new"}


async def test_a_missing_key_is_named() -> None:
    sealed = await Encrypted(ring("lost")).encode(CLEAR)
    with pytest.raises(BadKeys, match="the key 'lost' is not in the ring"):
        await Encrypted(ring("other")).decode(sealed)


@pytest.mark.parametrize("place", [0, 11, 12, -1])
async def test_an_altered_value_is_refused(place: int) -> None:
    codec = Encrypted(ring("a"))
    [sealed] = await codec.encode(CLEAR[:1])
    altered = bytearray(sealed.data)
    altered[place] ^= 1
    with pytest.raises(BadKeys, match="altered"):
        await codec.decode([Payload(metadata=sealed.metadata, data=bytes(altered))])


async def test_a_value_does_not_pass_for_one_of_another_key() -> None:
    same = b"." * 32
    [sealed] = await Encrypted(KeyRing({"a": same})).encode(CLEAR[:1])
    claimed = Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": b"b"}, data=sealed.data)
    with pytest.raises(BadKeys, match="altered"):
        await Encrypted(KeyRing({"a": same, "b": same})).decode([claimed])


async def test_what_was_stored_in_clear_text_is_still_read() -> None:
    assert await Encrypted(ring("a")).decode(CLEAR) == CLEAR


def test_a_fresh_ring_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    first = KeyRing.open(tmp_path / "new" / "keys")
    assert KeyRing.open(tmp_path / "new" / "keys") == first
    assert (tmp_path / "new" / "keys").stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "keys"]


def test_processes_that_start_at_once_share_one_ring(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        rings = pool.map(KeyRing.open, [tmp_path / "keys"] * 8)
    assert len({tuple(one.keys.items()) for one in rings}) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no key is in it"),
        ("justone", "keys:1: write an id"),
        ("a not-base64!", "keys:1: write an id"),
        (f"a {b64encode(b'short').decode()}", "keys:1: write an id of letters"),
        (f"a/b {b64encode(b'.' * 32).decode()}", "keys:1: write an id of letters"),
    ],
)
def test_a_bad_ring_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(BadKeys, match=sentence):
        KeyRing.open(tmp_path / "keys")
