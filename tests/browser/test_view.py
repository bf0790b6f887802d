"""The page of a run, as a person uses it: with a mouse, with keys alone, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from altac.engine.protocol import trace_text
from altac.ir.values import source_text
from tests.browser.conftest import Open
from tests.browser.long import PROGRAM
from tests.support import compiled, nonempty, program
from tests.view.test_page import EVIL, HOSTILE, INPUT

LONG = compiled(PROGRAM)


def cell(page: Page, name: str, layer: int, position: int) -> Locator:
    """The cell of a variable or head, by what a screen reader says of it."""
    where = "the start" if layer == 0 else rf"layer {layer}( \(.*\))?"
    return page.locator("[role=gridcell]").and_(
        page.get_by_label(re.compile(rf"^{name} = .* at {position} \(.*\), {where}(,|$)"))
    )


def panel(page: Page) -> Locator:
    return page.get_by_role("tabpanel")


def test_every_cell_says_the_value_of_the_trace(open_run: Open) -> None:
    one, text = program("parity"), "1 0 1"
    page, trace = open_run(one, text), trace_text(program("parity").interpreter, "1 0 1")
    for name in ("parity", "done", "parity_left"):
        for layer in range(name == "parity_left", trace.layers + 1):
            for position in nonempty(range(len(trace.tokens))):
                value = source_text(trace.value(name, layer, position))  # type: ignore[arg-type]
                expect(cell(page, name, layer, position)).to_have_text(value)
                changed = layer > 0 and name in trace.variables
                changed = changed and trace.index(name, layer, position) != trace.index(name, layer - 1, position)
                said = cell(page, name, layer, position).get_attribute("aria-label") or ""
                assert said.endswith(", changed") == changed


def test_a_click_says_why(open_run: Open) -> None:
    page = open_run(program("parity"), "1 1 1")
    cell(page, "parity", 2, 2).click()
    expect(panel(page).get_by_role("heading", level=2)).to_have_text("parity = 0")
    expect(panel(page)).to_contain_text(
        "if parity = 1 and done = false and parity_left = 1 and done_left = true then parity: 1 -> 0"
    )
    expect(panel(page)).to_contain_text("parity := parity ^ parity_left")
    expect(page.locator("svg.arcs path")).to_have_count(2)  # of both heads, from one position to the left
    panel(page).get_by_role("button", name="parity_left = 1").click()
    expect(panel(page).get_by_role("heading", level=2)).to_have_text("parity_left = 1")
    expect(panel(page)).to_contain_text("It selects 1 of 4 positions.")
    expect(page.locator("svg.arcs path.taken")).to_have_count(1)
    expect(cell(page, "parity_left", 2, 2)).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Back").click()
    expect(panel(page).get_by_role("heading", level=2)).to_have_text("parity = 0")


def test_refused_positions_on_demand(open_run: Open) -> None:
    page = open_run(program("double_histogram"), "a b b c")
    cell(page, "letters", 2, 1).click()
    expect(page.locator("svg.arcs path.refused")).to_have_count(0)
    page.get_by_text("Refused positions (3)").click()
    expect(page.locator("svg.arcs path.refused")).to_have_count(3)
    expect(panel(page)).to_contain_text("0 (a): key.frequency = 1 and query.frequency = 2")
    expect(panel(page)).to_contain_text("2 (b): key.seen = true")


def test_the_slider_goes_through_layers(open_run: Open) -> None:
    page = open_run(program("parity"), "1 1 1")
    slider = page.get_by_role("slider", name="Layer")
    expect(slider).to_have_attribute("aria-valuetext", "Layer 3 of 3")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "Layer 2 of 3")
    expect(cell(page, "parity", 2, 3)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "The start, of 3 layers")
    expect(panel(page)).to_contain_text("The initial value for this token.")


def test_keys_alone(open_run: Open) -> None:
    page = open_run(program("parity"), "1 1 1")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
    grid = page.get_by_role("grid")
    expect(grid).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(cell(page, "done_left", 3, 2)).to_have_attribute("aria-selected", "true")
    active = grid.get_attribute("aria-activedescendant")
    expect(cell(page, "done_left", 3, 2)).to_have_id(active or "")
    page.keyboard.press("Control+Home")
    expect(cell(page, "parity", 0, 0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Backspace")
    expect(cell(page, "done_left", 3, 2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("tab", name="Why")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Attention")).to_be_focused()
    expect(page.get_by_role("tab", name="Attention")).to_have_attribute("aria-selected", "true")


def test_attention_of_any_head(open_run: Open) -> None:
    page = open_run(program("double_histogram"), "a b b c")
    cell(page, "letters", 2, 1).click()
    page.get_by_role("tab", name="Attention").click()
    page.get_by_label("Head").select_option("frequency")
    expect(page.get_by_role("img", name="attention of frequency in layer 1 (count 1)")).to_be_visible()
    expect(panel(page)).to_contain_text("Query 1 (b) selects 1 (b), 2 (b).")


def test_the_stream_the_program_and_its_rules(open_run: Open) -> None:
    page = open_run(program("parity"), "1 1 1")
    cell(page, "done", 1, 1).click()
    page.get_by_role("tab", name="Program").click()
    expect(panel(page).locator("li.here")).to_have_text("        done   := true")
    page.get_by_role("tab", name="Rules").click()
    expect(panel(page)).to_contain_text("if done = false and done_left = true then done: false -> true")
    page.get_by_role("tab", name="Stream").click()
    expect(panel(page).get_by_role("row")).to_contain_text(["dimension", "parity=1", "done=true"])
    page.get_by_label("also zeros").check()
    expect(panel(page).get_by_role("row", name="parity=0 0")).to_be_visible()


def test_hostile_text_is_shown_and_does_nothing(open_run: Open) -> None:
    page = open_run(compiled(HOSTILE), INPUT)
    cell(page, "shown", 1, 0).click()
    expect(panel(page).get_by_role("heading", level=2)).to_have_text(f'shown = "<b>{EVIL}</b>"')
    for tab in ("Attention", "Stream", "Program", "Rules", "Why"):
        page.get_by_role("tab", name=tab).click()
    expect(page.locator("header")).to_contain_text("<img src=x onerror=window.hacked=2>")
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("img, iframe, b").count() == 0


def test_a_large_run_has_few_cells_in_the_document(open_run: Open) -> None:
    page = open_run(LONG, "1 0 1 " * 20)
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(2 + 200 * 4 + 1))
    grid.focus()
    seen = 0
    for key in ("Control+Home", "PageDown", "End", "Control+End", "PageUp", "Control+Home"):
        page.keyboard.press(key)
        selected = page.locator("[role=gridcell][aria-selected=true]")
        expect(selected).to_be_in_viewport()
        count = page.locator("[role=gridcell]").count()
        assert 100 < count < 6000
        seen += 1
    assert seen == 6
    page.keyboard.press("Control+End")
    expect(cell(page, "y", 200, 59)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it(open_run: Open, scheme: str) -> None:
    page = open_run(program("parity"), "1 0 1 1 0 1 0", viewport={"width": 360, "height": 740}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator("[role=gridcell][aria-selected=true]")).to_be_in_viewport(ratio=0.9)
    expect(panel(page).get_by_role("heading", level=2)).to_be_in_viewport()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", back)[0])
    assert (red < 60) == (scheme == "dark")


def test_everything_that_can_be_used_has_a_name(open_run: Open) -> None:
    page = open_run(program("double_histogram"), "a b b c")
    for tab in ("Why", "Attention", "Stream", "Program", "Rules"):
        page.get_by_role("tab", name=tab).click()
        for element in nonempty(page.locator("button, input, select, canvas, [tabindex='0']").all()):
            named = element.evaluate(
                "one => one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')"
                " || one.textContent.trim() || (one.labels && one.labels.length)"
            )
            assert named, element.evaluate("one => one.outerHTML")
