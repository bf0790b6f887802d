"""The notebooks of `examples/`, run anew in a kernel: they give what is in them."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.notebooks.build import build, lasting, run
from tests.notebooks.source import EXAMPLES, METADATA, NOTEBOOKS, Cell, record


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_gives_what_is_in_it(name: str) -> None:
    assert build(name) == (EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"), "make notebooks"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_valid(name: str) -> None:
    nbformat.validate(json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8")))


def small(*cells: str) -> dict[str, object]:
    """A notebook of some cells of code."""
    made = [record(number, Cell(text, True)) for number, text in enumerate(["%load_ext altac", *cells])]
    return {"cells": made, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def test_a_cell_with_errors_stops_a_notebook_without_a_traceback() -> None:
    with pytest.raises(CellExecutionError) as caught:
        run(small("%%alta\nprogram broken\n", "print('not reached')"))
    assert caught.value.ename == "AltacError"
    assert "Traceback" not in caught.value.traceback


def test_a_view_lives_in_the_kernel_and_leaves_a_table() -> None:
    text = "program p\ninput x: 0..1\nvar a: 0..1 = token\nstep:\n    a := 1 - a\nlayers 1\noutput a\n"
    made = run(small(f'%%alta --view "1 0"\n{text}'))
    (output,) = made.cells[1].outputs
    assert set(output.data) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    (kept,) = lasting(made)["cells"][1]["outputs"]
    assert set(kept["data"]) == {"text/plain", "text/html"}
