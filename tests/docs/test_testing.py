"""The page on testing and the map in CONTRIBUTING.md name tests that there are."""

from __future__ import annotations

import ast
import re

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 50
    missing = []
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == []


def test_the_map_names_every_folder_and_file_of_tests() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`) \|", page.split("## The tests")[1].split("\n## ")[0], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w.]+)/?`", row)}
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert named == folders | {path.name for path in (ROOT / "tests").glob("test_*.py")}
