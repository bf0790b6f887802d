"""A run as a notebook shows it: in a frame, and by the script of the widget, with a stand-in for its kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from altac.notebook import living, view
from tests.support import program

HOST = """<!DOCTYPE html><meta charset="utf-8"><body><div id="here"></div><script type="module">
const listeners = {}, state = STATE;
window.sent = [];
const model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; },
  save_changes: () => { window.sent.push(state.input); },
  on: (name, then) => { (listeners[name] ??= []).push(then); },
  off: (name, then) => { listeners[name] = listeners[name].filter((one) => one !== then); },
};
window.receive = (name, value) => {
  state[name] = value;
  for (const then of listeners[`change:${name}`] ?? []) then();
};
window.listening = () => Object.values(listeners).flat().length;
SCRIPT
window.stop = render({ model, el: document.getElementById("here") });
</script>"""


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what went wrong in it."""
    page, wrong = chromium.new_page(), list[str]()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page, wrong
    assert wrong == []
    page.close()


def test_without_a_widget_the_page_is_in_a_frame(opened, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "widget_class", lambda: None)
    page, _ = opened
    html = view(program("parity"), "1 1 1")._repr_mimebundle_()["text/html"]
    (tmp_path / "frame.html").write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{html}', encoding="utf-8")
    page.goto((tmp_path / "frame.html").as_uri())
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="parity", exact=True)).to_be_visible()
    frame.get_by_role("gridcell", name="parity = 0 at 2 (1), layer 2").click()
    expect(frame.get_by_role("tabpanel")).to_contain_text("then parity: 1 -> 0")
    page.get_by_text("as a table").click()
    expect(page.get_by_role("table")).to_contain_text("0*")


def test_the_widget_sends_what_is_typed_and_shows_what_comes(opened, tmp_path) -> None:
    page, _ = opened
    shown = view(program("parity"), "1 1 1")
    state = {"page": shown.page, "input": "1 1 1", "message": "", "height": 320}
    data = json.dumps(state).replace("<", "\\u003c")
    script = living.SCRIPT.read_text(encoding="utf-8").replace("export default { render };", "")
    host = HOST.replace("STATE", data).replace("SCRIPT", script)
    (tmp_path / "widget.html").write_text(host, encoding="utf-8")
    page.goto((tmp_path / "widget.html").as_uri())
    frame, field = page.frame_locator("iframe"), page.get_by_label("Input")
    expect(field).to_have_value("1 1 1")
    expect(page.locator("iframe")).to_have_css("height", "320px")
    expect(frame.get_by_role("grid")).to_contain_text("parity_left")
    field.fill("1 0")
    field.press("Enter")
    assert page.evaluate("window.sent") == ["1 0"]
    page.get_by_role("button", name="Run").click()
    assert page.evaluate("window.sent") == ["1 0", "1 0"]
    shown.show("1 0")
    page.evaluate("(text) => window.receive('page', text)", shown.page)
    expect(frame.locator("header")).to_contain_text("1 0 → output: 1")
    page.evaluate("window.receive('message', '<b>error</b>')")
    expect(page.get_by_role("status").first).to_have_text("<b>error</b>")
    assert page.evaluate("window.listening()") == 4
    page.evaluate("window.stop()")
    assert page.evaluate("window.listening()") == 0


def test_the_frame_cannot_reach_the_notebook(opened, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a page that a stranger has written would be shut in."""
    page, wrong = opened
    monkeypatch.setattr(living, "widget_class", lambda: None)
    shown = view(program("parity"), "1")
    shown.page = (
        '<body><script>try { parent.document.title = "hacked" } catch { document.body.append("shut in") }</script>'
    )
    html = shown._repr_mimebundle_()["text/html"]
    (tmp_path / "evil.html").write_text(f"<!DOCTYPE html><title>mine</title><body>{html}", encoding="utf-8")
    page.goto((tmp_path / "evil.html").as_uri())
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("shut in")
    assert page.title() == "mine"
    wrong.clear()


def test_a_frame_that_is_shown_late_has_the_names_of_its_rows(
    opened, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs of a notebook may be made while they are out of sight, where a frame has no size."""
    monkeypatch.setattr(living, "widget_class", lambda: None)
    page, _ = opened
    html = view(program("parity"), "1 1 1")._repr_mimebundle_()["text/html"]
    (tmp_path / "late.html").write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body><div style="display:none">{html}</div>', encoding="utf-8"
    )
    page.goto((tmp_path / "late.html").as_uri())
    page.evaluate("document.querySelector('div').style.display = 'block'")
    header = page.frame_locator("iframe").get_by_role("rowheader", name="parity_left").first
    expect(header).to_be_visible()
    box = header.bounding_box()
    assert box is not None
    assert box["width"] > 100
