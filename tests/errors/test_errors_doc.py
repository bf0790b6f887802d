"""`docs/errors.md` explains every diagnostic, and its programs do what it says."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import altac.diagnostics
from altac.diagnostics import AltacError, Diagnostic, Source
from altac.driver import compile_source
from tests.docs.pages import blocks, run_console, working_folder

TEXT = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### ([EW]\d{4})\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
WITHOUT_EXAMPLE = {
    "E0007": "is about a file, not its text",
    "E0012": "needs a program of 50,000 words",
    "W0112": "is about a command, not a text",
}
SLOW = {"E0306"}  # hundreds of thousands of combinations must be met first
ELSEWHERE = {
    "run_errors",
    "input_errors",
    "training_errors",
    "example_errors",
    "class_errors",
    "decompile_errors",
    "export_errors",
    "halting_export_errors",
    "inside_errors",
    "circuit_errors",
    "suite_errors",
    "explain_errors",
    "grading_errors",
    "notebook_errors",
    "play_errors",
    "editing_errors",
}  # not about programs
COMPLETION = {
    "program": "program demo\n",
    "input": 'input bits: {"0", "1"}\n',
    "var x": "var x: 0..9 = 0\n",
    "step": "step:\n    x := 1\n",
    "layers": "layers 1\n",
    "output": "output x\n",
}


def examples(code: str) -> list[tuple[list[str], str]]:
    """The programs of a section: the words after `alta`, and the text."""
    found = re.findall(r"^```alta(.*?)\n(.*?)^```", SECTIONS[code], re.MULTILINE | re.DOTALL)
    return [(words.split(), text) for words, text in found]


def completed(text: str) -> str:
    """The fragment with those declarations that it lacks, as the page says."""
    before = after = ""
    for keyword, line in COMPLETION.items():
        wanted = {"layers": "(layers|halt|layer)", "step": "(step|layer)"}.get(keyword, keyword)
        if re.search(rf"^{wanted}\b", text, re.MULTILINE):
            continue
        if keyword in ("program", "input", "var x"):
            before += line
        else:
            after += line
    return before + text + after


def saved(code: str, folder: Path) -> None:
    """Write the files that stand in a section, as blocks ```` ```text NAME ````."""
    for name, text in re.findall(r"^```text (\S+)\n(.*?)^```", SECTIONS[code], re.MULTILINE | re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")


def codes(words: list[str], text: str, folder: Path) -> set[str]:
    source = Source(str(folder / "example.alta"), text if "whole" in words else completed(text))
    overrides = dict(word.split("=") for word in words if "=" in word)
    try:
        compiled = compile_source(source, overrides=overrides)
        if not compiled.warnings:
            compiled.blocks  # noqa: B018 - some refusals come from the lowering and the backend
        return {one.code for one in compiled.warnings}
    except AltacError as error:
        return {one.code for one in error.diagnostics}


def diagnostics(kind: type[Diagnostic] = Diagnostic) -> Iterator[type[Diagnostic]]:
    for module in pkgutil.iter_modules(altac.diagnostics.__path__, "altac.diagnostics."):
        importlib.import_module(module.name)
    for one in kind.__subclasses__():
        yield from diagnostics(one)
        if "code" in vars(one) and one.__module__.rsplit(".", 1)[1] not in ELSEWHERE:
            yield one


def test_the_page_shows_how_its_fragments_are_completed() -> None:
    assert "".join(COMPLETION.values()) in TEXT


def test_every_diagnostic_has_a_code_of_its_own_and_a_section() -> None:
    found = sorted(one.code for one in diagnostics())
    assert found == sorted(set(found))
    assert [code for code in SECTIONS if code[:3] not in ("E06", "E07")] == found


def test_commands_on_the_page_print_what_it_says() -> None:
    commands = [block.body for block in blocks(TEXT) if block.words == ("console",)]
    with working_folder():
        assert [run_console(body) for body in commands] == [(body, []) for body in commands]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, marks=[pytest.mark.slow] if code in SLOW else [])
        for code in SECTIONS
        if code[:3] not in ("E06", "E07")
    ],
)
def test_the_examples_of_a_section_cause_and_mend_it(code: str, tmp_path: Path) -> None:
    if code in WITHOUT_EXAMPLE:
        assert not examples(code)
        return
    saved(code, tmp_path)
    wrong, right = examples(code)
    assert codes(*wrong, tmp_path) == {code}
    assert codes(*right, tmp_path) == set()
