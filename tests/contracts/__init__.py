"""The real clients against the rehearsal providers, judged by the vendors' own OpenAPI documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from rehearsal.wire import Answer, Asked

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"
FORM = "application/x-www-form-urlencoded"


def document(name: str) -> dict[str, Any]:
    """A vendor's document as stored."""
    if not (SPECS / name).is_file():
        pytest.skip(f"{name} is absent: put the vendor's document into {SPECS} to check the contract")
    return dict(json.loads((SPECS / name).read_text(encoding="utf-8")))


class Contract:
    """A vendor's document, cut down to the paths in question and closed to unknown parameters."""

    def __init__(self, name: str, *paths: str) -> None:
        whole = document(name)
        # SendGrid's document calls itself 3.1, yet its `nullable` is a word of 3.0.
        whole |= {"openapi": "3.0.3", "info": {"title": name, "version": "as stored"}}
        self.host = whole["servers"][0]["url"]
        whole["paths"] = {path: whole["paths"][path] for path in paths}
        used: dict[str, dict[str, Any]] = {"securitySchemes": whole["components"]["securitySchemes"]}
        for kind, component in _references(whole["paths"], whole["components"]):
            used.setdefault(kind, {})[component] = whole["components"][kind][component]
        whole["components"] = used
        for body in used.get("requestBodies", {}).values():
            body["content"]["application/json"]["schema"]["additionalProperties"] = False
        self._forms = {
            path.rpartition("/")[2]: set(item["post"]["requestBody"]["content"][FORM]["schema"]["properties"])
            for path, item in whole["paths"].items()
            if FORM in item.get("post", {}).get("requestBody", {}).get("content", {})
        }
        self._document = OpenAPI.from_dict(whole)

    def judge(self, asked: Asked, answer: Answer) -> None:
        """Raises where the request or the answer is not as the vendor says."""
        if asked.method == "POST" and asked.headers.get("Content-Type") == FORM:
            # openapi-core overlooks form fields it does not know
            unknown = parse_qs(asked.body).keys() - self._forms[asked.path.rpartition("/")[2]]
            assert not unknown, f"the vendor knows no {', '.join(sorted(unknown))}"
        request = MockRequest(
            self.host,
            asked.method,
            asked.path,
            headers=dict(asked.headers),
            data=asked.body.encode(),
            content_type=asked.headers.get("Content-Type", ""),
        )
        said = b"" if answer.payload is None else json.dumps(answer.payload).encode()
        response = MockResponse(said, answer.status, headers=dict(answer.headers))
        self._document.validate_request(request)
        self._document.validate_response(request, response)


def _references(part: Any, components: Any, seen: set[str] | None = None) -> Iterator[tuple[str, str]]:
    """Every component that part of the document needs, directly or not."""
    seen = set() if seen is None else seen
    if isinstance(part, list):
        for one in part:
            yield from _references(one, components, seen)
    elif isinstance(part, dict):
        target = part.get("$ref")
        if isinstance(target, str) and target not in seen:
            seen.add(target)
            _, _, kind, name = target.split("/", 3)
            yield kind, name
            yield from _references(components[kind][name], components, seen)
        for one in part.values():
            yield from _references(one, components, seen)
