"""Conventions that are executed: the order of layers, what may not be written down, and the glossary."""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
# In pieces, for this file is looked through as well.
REGISTRIES = [f"{name}.{top}" for name, top in [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")]]


def files() -> list[Path]:
    """Every file that is tracked, or will be with the next commit."""
    anybodys = ["-c", "safe.directory=*"]  # in a container the checkout may belong to someone else
    listing = subprocess.run(
        ["git", *anybodys, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = (os.fsdecode(name) for name in listing.stdout.split(b"\0") if name)
    return [path for name in names if (path := ROOT / name).is_file()]


def test_imports_go_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_no_file_names_a_package_registry_or_the_place_of_this_checkout() -> None:
    names = "|".join(re.escape(name) for name in REGISTRIES)
    forbidden = re.compile(rf"{names}|(?<![\w.]){re.escape(str(ROOT))}(?![\w-])".encode())
    found = {
        f"{path.relative_to(ROOT)} says {match.group().decode()}"
        for path in files()
        for match in forbidden.finditer(path.read_bytes())
    }
    assert not found, "\n".join(sorted(found))


def test_the_glossary_knows_every_public_class_of_the_trade() -> None:
    glossary = ROOT / "docs" / "glossary.md"
    words = set(re.findall(r"\w+", glossary.read_text(encoding="utf-8")))
    missing = [
        f"{path.name}: {node.name}"
        for path in sorted((ROOT / "journeys").rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name not in words
    ]
    assert not missing, f"docs/glossary.md does not explain {', '.join(missing)}"
