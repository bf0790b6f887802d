"""The notebooks of `examples/` are made from the pages as they are; `make test-notebooks` runs them anew."""

from __future__ import annotations

import json

import pytest

from tests.notebooks.source import EXAMPLES, NOTEBOOKS, notebook
from tests.support import nonempty


def test_there_is_a_notebook_for_each_entry() -> None:
    assert sorted(path.stem for path in EXAMPLES.iterdir()) == sorted(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_has_the_text_of_its_page(name: str) -> None:
    found = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))
    made = notebook(name)
    assert [(cell["cell_type"], cell["source"]) for cell in found["cells"]] == [
        (cell["cell_type"], cell["source"]) for cell in made["cells"]
    ], "the page has changed: make notebooks"
    assert {name for name, value in found.items() if name != "cells"} == {"metadata", "nbformat", "nbformat_minor"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_was_run_from_top_to_bottom(name: str) -> None:
    found = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in nonempty(code) for output in cell["outputs"]}
    assert kinds <= {"execute_result", "display_data", "stream"}
    shown = json.dumps(found)
    assert "Traceback" not in shown
    assert "widget-view" not in shown


def test_every_chapter_of_the_tour_is_in_a_notebook() -> None:
    text = (EXAMPLES.parent / "docs" / "tour.md").read_text(encoding="utf-8")
    chapters = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    told = [chapter for page, some in NOTEBOOKS.values() if page == "docs/tour.md" for chapter in some]
    assert sorted(told) == sorted(set(chapters) - {"Next"})
