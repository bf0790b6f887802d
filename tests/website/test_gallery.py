"""The pages of programs, and the living traces on them."""

from __future__ import annotations

import pytest

from tests.support import PROGRAMS, nonempty, program
from website import gallery
from website.__main__ import Views


@pytest.mark.parametrize("name", ["parity", "sort", "naive_bayes"])
def test_a_page_shows_the_program_its_examples_and_their_runs(name: str) -> None:
    views = Views(f"programs/{name}.alta.md")
    page = views.of_program(name)
    assert (PROGRAMS / f"{name}.alta").read_text(encoding="utf-8").rstrip() in page
    examples = program(name).program.examples
    for example in nonempty(examples):
        assert f"<code>{example.input}</code> → <code>{example.output}</code>" in page
    assert len(views.files) == len(examples)
    assert page.count("<iframe") == 1
    for path, content in nonempty(views.files.items()):
        assert f'href="../{path}"' in page
        assert content.startswith(b"<!DOCTYPE html>")
        assert b'id="run"' in content


def test_a_run_that_is_too_large_has_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = program("parity")
    assert gallery.view(compiled, "1 0") is not None
    monkeypatch.setattr(gallery, "MOST_BYTES", 10)
    assert gallery.view(compiled, "1 0") is None


def test_programs_in_the_documentation_have_links_to_their_runs() -> None:
    text = (PROGRAMS.parent / "README.md").read_text(encoding="utf-8")
    views = Views("README.md")
    page = views.below_programs(text)
    assert set(views.files) == {"views/README-1.html", "views/README-2.html"}
    assert '<a href="views/README-1.html">the run on <code>3 1 2 1</code></a>' in page


def test_a_fragment_has_no_run() -> None:
    assert gallery.runs_of_block("var x: 0..1 = 0\n") == []
