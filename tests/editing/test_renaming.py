"""Renaming among files, and where the new name has a meaning already."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from altac import editing
from altac.editing import Fix, Renaming
from altac.editing.checking import changed
from tests.support import nonempty

LIBRARY = """type Letter = "a".."c"
const LIMIT = 9
def after(letter) = {"a": "b", "b": "c", "c": "a"}[letter]
"""
MAIN = """program p
import "lib.alta"
input text: Letter
var letter: Letter = token
step:
    let before = letter
    for round in 1..2:
        if round == 1: letter := after(after(before))
layers 1
output letter
"""


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    def write(**texts: str) -> Path:
        for stem, text in texts.items():
            path = tmp_path / f"{stem.replace('_in_', '/')}.alta"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def renamed(folder: Path, stem: str, old: str, new: str, opened: dict[str, str] | None = None) -> Renaming:
    """The name that the first `old` is, renamed."""
    path = folder / f"{stem}.alta"
    text = (opened or {}).get(str(path), path.read_text(encoding="utf-8"))
    return editing.rename(text, text.index(old), new, str(path), None, opened)


def check_all(folder: Path) -> None:
    for path in nonempty(list(folder.glob("*.alta"))):
        text = path.read_text(encoding="utf-8")
        assert "program " not in text or editing.check(text, str(path)).is_correct


def make(folder: Path, stem: str, found: Renaming) -> None:
    path = folder / f"{stem}.alta"
    path.write_text(Fix("", found.changes).applied(path.read_text(encoding="utf-8")), encoding="utf-8")
    for other in found.others:
        Path(other.file).write_text(changed(other.text, other.changes), encoding="utf-8")


@pytest.mark.parametrize("old", ["LIMIT", "Letter", "after", "letter)"])
def test_files_that_import_a_name_are_changed_with_it(files: Callable[..., Path], old: str) -> None:
    folder = files(lib=LIBRARY, main=MAIN, alike=MAIN.replace("program p", "program q"), other=LIBRARY)
    check_all(folder)
    found = renamed(folder, "lib", old, "renamed")
    assert found.refusal is None
    expected = ["alike.alta", "main.alta"] if old in ("after", "Letter") else []
    assert [Path(other.file).name for other in found.others] == expected
    make(folder, "lib", found)
    check_all(folder)
    assert "renamed" in (folder / "lib.alta").read_text(encoding="utf-8")
    assert (folder / "other.alta").read_text(encoding="utf-8") == LIBRARY


def test_files_that_import_it_through_others_or_from_above_are_changed(files: Callable[..., Path]) -> None:
    between = 'import "lib.alta"\ndef twice(letter) = after(after(letter))\n'
    main = MAIN.replace("lib.alta", "parts/between.alta").replace("after(after(", "twice(after(")
    folder = files(parts_in_lib=LIBRARY, parts_in_between=between, main=main)
    check_all(folder)
    found = renamed(folder, "parts/lib", "after", "renamed")
    assert {Path(other.file).name: len(other.changes) for other in found.others} == {"between.alta": 2, "main.alta": 1}
    make(folder, "parts/lib", found)
    check_all(folder)


def test_open_documents_count_as_they_are_typed(files: Callable[..., Path], tmp_path: Path) -> None:
    folder = files(lib=LIBRARY, main=MAIN)
    opened = {str(tmp_path / "main.alta"): "# not saved\n" + MAIN}
    (other,) = renamed(folder, "lib", "after", "next_letter", opened).others
    assert other.text == opened[other.file]
    assert changed(other.text, other.changes) == other.text.replace("after", "next_letter")


@pytest.mark.parametrize("old", ["before", "round", "letter:"])
@pytest.mark.parametrize("new", ["LIMIT", "after", "Letter"])
def test_names_that_are_imported_are_taken(files: Callable[..., Path], old: str, new: str) -> None:
    """Whether this text uses them or not."""
    refusal = renamed(files(lib=LIBRARY, main=MAIN), "main", old, new).refusal
    assert refusal is not None
    assert refusal.message == f"`{new}` has a meaning here already"


@pytest.mark.parametrize("new", ["before", "letter", "round"])
def test_a_name_that_a_file_needs_that_imports_it_is_taken(files: Callable[..., Path], new: str) -> None:
    refusal = renamed(files(lib=LIBRARY, main=MAIN), "lib", "LIMIT", new).refusal
    assert refusal is not None
    assert refusal.code == "E0762"
    assert "in main.alta" in refusal.message


def test_a_name_of_another_file_that_is_imported_too_is_taken(files: Callable[..., Path]) -> None:
    both = MAIN.replace('import "lib.alta"', 'import "lib.alta"\nimport "more.alta"')
    folder = files(lib=LIBRARY, more="const MORE = 1\n", main=both)
    check_all(folder)
    refusal = renamed(folder, "lib", "LIMIT", "MORE").refusal
    assert refusal is not None
    assert renamed(folder, "lib", "LIMIT", "LEAST").refusal is None


@pytest.mark.parametrize("text", [MAIN + "§", MAIN.replace('"lib.alta"', '"lib.alta"\nimport "missing.alta"')])
def test_a_file_that_imports_it_and_cannot_be_understood_is_named(files: Callable[..., Path], text: str) -> None:
    refusal = renamed(files(lib=LIBRARY, main=text), "lib", "after", "next_letter").refusal
    assert refusal is not None
    assert refusal.code == "E0760"
    assert ("missing.alta" if "missing" in text else "main.alta") in refusal.message


def test_names_of_comprehensions_are_their_own(files: Callable[..., Path]) -> None:
    text = "program p\nconst n = 3\nconst ALL = {n for n in 1..n}\ninput x: ALL\nlayers 0\nstep: pass\noutput token\n"
    folder = files(main=text)
    check_all(folder)
    found = renamed(folder, "main", "n = 3", "most")
    assert Fix("", found.changes).applied(text) == text.replace("const n", "const most").replace("1..n", "1..most")
    make(folder, "main", found)
    check_all(folder)
