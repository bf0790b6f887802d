"""A run in a notebook without anywidget; `tests/notebooks` has the widget."""

from __future__ import annotations

import re
from html import unescape

import pytest

from altac.diagnostics import AltacError
from altac.notebook import living, view
from tests.support import program


@pytest.fixture(autouse=True)
def _without_anywidget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "widget_class", lambda: None)


def test_the_page_is_in_a_frame_of_its_own() -> None:
    shown = view(program("parity"), "1 1", height=300)
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == "<View of <Trace of parity: 3 positions, 2 layers>>"
    (frame,) = re.findall(r"<iframe ([^>]*)>", bundle["text/html"])
    assert 'sandbox="allow-scripts"' in frame
    assert "height:300px" in frame
    (source,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert unescape(source) == shown.page
    assert shown.page.startswith("<!DOCTYPE html>")
    assert "<details><summary>as a table</summary><table" in bundle["text/html"]


def test_another_input_is_run_and_a_wrong_one_changes_nothing() -> None:
    shown = view(program("parity"), "1 1")
    before = shown.page
    shown.show("1 0")
    assert shown.page != before
    assert shown.text == "1 0"
    before = shown.page
    with pytest.raises(AltacError, match='input "1 2": column 3'):
        shown.show("1 2")
    assert (shown.page, shown.text) == (before, "1 0")


def test_of_weights_the_stream_is_there(tmp_path) -> None:
    one = program("parity")
    one.save(tmp_path / "parity.pt")
    of_file, of_model = view(str(tmp_path / "parity.pt"), "1"), view(one.model, "1")
    assert '"engine":"weights"' in of_file.page
    assert of_file.page == of_model.page
    assert '"engine":"interpreter"' in view(one, "1").page


@pytest.mark.parametrize(("given", "text", "code"), [(3, "1", "E0607"), ("programs/parity.alta", 1, "E0607")])
def test_what_cannot_be_viewed_is_refused(given, text, code: str) -> None:
    with pytest.raises(AltacError) as caught:
        view(given, text)
    assert [one.code for one in caught.value.diagnostics] == [code]
