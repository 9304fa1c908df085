"""The codec server opens and seals for the UI, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from google.protobuf.json_format import MessageToDict, ParseDict
from temporalio.api.common.v1 import Payload, Payloads

from gateway.codec_server import LARGEST, codec_server, for_the_ui
from gateway.serving import serving
from workers.codec import Encrypted, KeyRing

CLEAR = Payload(metadata={"encoding": b"json/plain"}, data=b'"CNY 8,400.00"')
UI = "http://localhost:8233"


@pytest.fixture
async def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.open(tmp_path / "keys")


@asynccontextmanager
async def listening(ring: KeyRing) -> AsyncIterator[str]:
    async with serving(codec_server(ring, "the-token", [UI])) as address:
        yield address


async def post(address: str, body: dict[str, Any], **headers: str) -> requests.Response:
    """As the UI does: JSON of payloads."""
    return await asyncio.to_thread(requests.post, address, json=body, headers=headers, timeout=5)


async def test_the_ui_reads_what_was_sealed_and_seals_what_is_typed(ring: KeyRing) -> None:
    sealed = await Encrypted(ring).encode([CLEAR])
    async with for_the_ui(ring, 8233) as address:
        opened = await post(f"{address}/decode", MessageToDict(Payloads(payloads=sealed)), Origin=UI)
        assert ParseDict(opened.json(), Payloads()).payloads[:] == [CLEAR]
        assert opened.headers["access-control-allow-origin"] == UI
        typed = await post(f"{address}/encode", MessageToDict(Payloads(payloads=[CLEAR])))
        [kept] = ParseDict(typed.json(), Payloads()).payloads
        assert b"8,400" not in kept.data
        assert await Encrypted(ring).decode([kept]) == [CLEAR]


async def test_staff_with_a_token_of_their_session_are_served(ring: KeyRing) -> None:
    body = MessageToDict(Payloads(payloads=[CLEAR]))
    async with listening(ring) as address:
        assert (await post(f"{address}/encode", body, Authorization="Bearer the-token")).status_code == 200


@pytest.mark.parametrize("path", ["/decode", "/encode", "/other/decode", "/the-tokem/encode", "/é/decode"])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer other", "the-token2", "Basic dGhlLXRva2Vu"])
async def test_nobody_else_is_served(ring: KeyRing, path: str, header: str) -> None:
    sealed = await Encrypted(ring).encode([CLEAR])
    async with listening(ring) as address:
        answer = await post(address + path, MessageToDict(Payloads(payloads=sealed)), Authorization=header)
    assert answer.status_code == 401
    assert "8,400" not in answer.text


async def test_a_page_of_another_origin_may_not_read_the_answer(ring: KeyRing) -> None:
    async with listening(ring) as address:
        asked = await asyncio.to_thread(
            requests.options,
            f"{address}/the-token/decode",
            headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
            timeout=5,
        )
    assert "access-control-allow-origin" not in asked.headers


async def test_what_cannot_be_opened_is_said_in_a_sentence(ring: KeyRing, tmp_path: Path) -> None:
    foreign = await Encrypted(KeyRing.open(tmp_path / "others")).encode([CLEAR])
    async with listening(ring) as address:
        lost = await post(f"{address}/the-token/decode", MessageToDict(Payloads(payloads=foreign)))
        assert (lost.status_code, "is not in the ring" in lost.json()["detail"]) == (422, True)
        nonsense = await post(f"{address}/the-token/decode", {"payloads": 7})
        assert nonsense.status_code == 400
        large = await asyncio.to_thread(
            requests.post, f"{address}/the-token/decode", data=b"x" * (LARGEST + 1), timeout=5
        )
        assert large.status_code == 413


async def test_a_taken_port_is_an_error_at_once(ring: KeyRing) -> None:
    async with listening(ring) as address:
        with pytest.raises(OSError):
            async with serving(codec_server(ring, "t", []), int(address.rsplit(":", 1)[1])):
                pass
