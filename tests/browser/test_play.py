"""`altac play`, as a person uses it: typing, running, clicking, sharing; with keys alone, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from altac.engine.protocol import run_texts
from altac.play.app import Play
from tests.browser.conftest import Open
from tests.play.serving import address, served
from tests.play.test_server import ENDLESS
from tests.support import PROGRAMS, nonempty, program
from tests.view.test_page import HOSTILE, INPUT

COLOURFUL = """program words
const LIMIT = 3
type Digit = 0..LIMIT
input digits: Digit up to 8
def next(x) = min(x + 1, LIMIT)
var shown: Digit = token
layer rise:
    head left = shown at -1 else 0
    shown := next(left)
run rise * 2
output shown
"""
SLOW = 60_000  # milliseconds: the weights are compiled, and PyTorch is imported for that


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="text of the program")


def run_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='the run: every value, and why']")


def cell(page: Page, name: str, layer: int, position: int) -> Locator:
    where = "the start" if layer == 0 else rf"layer {layer}( \(.*\))?"
    label = re.compile(rf"^{name} = .* at {position} \(.*\), {where}(,|$)")
    return run_of(page).get_by_role("gridcell", name=label)


def ready(page: Page, output: str) -> None:
    expect(page.locator("#result")).to_have_text(f"Output: {output}", timeout=SLOW)


def replace(page: Page, old: str, new: str) -> None:
    """Change the text as with keys: the cursor goes to a line, and what stands there is selected and typed over."""
    line = page.locator(".cm-line").filter(has_text=old)
    line.first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(line.first.inner_text().replace(old, new).strip())


def test_it_begins_with_a_program_and_its_run(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    expect(page.locator("#count")).to_have_text("No errors")
    expect(editor(page)).to_contain_text("program parity")
    expect(page.get_by_label("Input")).to_have_value("1 0 1 1")


def test_an_error_is_seen_as_it_is_typed(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    replace(page, "output parity at last", "output party at last")
    expect(page.locator("#count")).to_have_text("1 error")
    (problem,) = nonempty(page.get_by_role("list", name="problems of the program").get_by_role("listitem").all())
    expect(problem).to_contain_text("error[E0101] line 25: ")
    expect(problem).to_contain_text("did you mean `parity`?")
    expect(page.locator(".cm-lintRange-error")).to_have_text("party")
    expect(page.locator(".cm-lintRange-error")).to_be_in_viewport()
    expect(page.locator("#result")).to_have_text("Output: 1 \u2013 before your changes")
    problem.get_by_role("button", name="line 25").click()
    expect(editor(page)).to_be_focused()
    page.keyboard.type("parity")
    expect(page.locator("#count")).to_have_text("No errors")
    expect(page.locator("#result")).to_have_text("Output: 1")


def test_a_quick_fix_mends_it(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    replace(page, "output parity at last", "output party at last")
    problems = page.get_by_role("list", name="problems of the program")
    problems.get_by_role("button", name="parity").click()
    expect(page.locator("#count")).to_have_text("No errors")
    expect(editor(page)).to_contain_text("output parity at last")
    expect(problems.get_by_role("listitem")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator("#count")).to_have_text("1 error")


def test_places_behind_wide_characters(open_play: Open) -> None:
    """JavaScript counts some characters twice."""
    page = open_play()
    ready(page, "1")
    replace(page, "program parity", "program parity # \U0001f600\U0001f600")
    replace(page, "output parity at last", "output party at last")
    expect(page.locator(".cm-lintRange-error")).to_have_text("party")
    page.get_by_role("list", name="problems of the program").get_by_role("button", name="parity").click()
    expect(editor(page)).to_contain_text("output parity at last")


def test_words_and_names_are_completed(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    replace(page, "output parity at last", "output par")
    option = page.get_by_role("option", name=re.compile("^parity_left"))
    expect(option).to_be_visible()
    option.click()
    expect(editor(page)).to_contain_text("output parity_left")


def test_what_a_name_is(open_play: Open) -> None:
    """Under the mouse, or at the cursor with a key."""
    page = open_play()
    ready(page, "1")
    page.locator(".cm-line").filter(has_text="parity := parity ^ parity_left").get_by_text("parity_left").hover()
    expect(page.locator(".about")).to_contain_text("0..1")
    page.mouse.move(0, 0)
    expect(page.locator(".about")).to_have_count(0)
    page.locator(".cm-line").filter(has_text="halt when done").click()
    page.keyboard.press("End")
    page.keyboard.press("F1")
    expect(page.locator(".about")).to_contain_text("bool")
    expect(page.locator("#said")).to_contain_text("Domain: bool")
    page.keyboard.press("Escape")
    expect(page.locator(".about")).to_have_count(0)


def test_names_have_the_colours_of_what_they_are(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    heads = set(page.locator(".name-head").all_inner_texts())
    assert heads == {"parity_left", "done_left"}


def test_every_coloured_word_can_be_read(open_play: Open) -> None:
    """Also names of layers: no class of ours is one that CodeMirror has for itself."""
    page = open_play()
    ready(page, "1")
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(COLOURFUL)
    expect(page.locator("#count")).to_have_text("No errors")
    expect(page.locator(".name-layer")).to_have_count(2)
    for kind in ("head", "layer", "function", "constant", "type"):
        assert page.locator(f".name-{kind}").count()
    for word in nonempty(page.locator(".cm-line span").all()):
        width = word.evaluate("one => one.getBoundingClientRect().width")
        assert width > 4 * len(word.inner_text()), word.inner_text()


def test_run_and_read_why(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    page.get_by_label("Input").fill("1 1 1 0 0")
    page.get_by_role("button", name="Run again").click()
    ready(page, "1")
    cell(page, "parity", 2, 2).click()
    panel = run_of(page).get_by_role("tabpanel")
    expect(panel.get_by_role("heading", level=2)).to_have_text("parity = 0")
    expect(panel).to_contain_text(
        "if parity = 1 and done = false and parity_left = 1 and done_left = true then parity: 1 -> 0"
    )
    expect(page.locator(".cm-why")).to_have_text("        parity := parity ^ parity_left")
    cell(page, "done", 2, 2).click()
    expect(page.locator(".cm-why")).to_have_text("        done   := true")


def test_what_is_selected_stays_selected(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    cell(page, "done_left", 2, 2).click()
    run_of(page).get_by_role("tab", name="Attention").click()
    page.get_by_label("Input").fill("1 1 1 1")
    page.keyboard.press("Enter")
    ready(page, "0")
    expect(cell(page, "done_left", 2, 2)).to_have_attribute("aria-selected", "true")
    expect(run_of(page).get_by_role("tab", name="Attention")).to_have_attribute("aria-selected", "true")


def test_weights_run_too(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    expect(run_of(page).locator("header")).to_contain_text("from the interpreter")
    page.get_by_label("weights").check()
    page.get_by_role("button", name="Run again").click()
    expect(run_of(page).locator("header")).to_contain_text("from the weights", timeout=SLOW)
    ready(page, "1")
    run_of(page).get_by_role("tab", name="Stream").click()
    expect(run_of(page).get_by_role("tabpanel")).to_contain_text("The residual stream of the weights")
    expect(run_of(page).get_by_role("row", name="parity=1 1")).to_be_visible()


def test_programs_of_the_library(open_play: Open) -> None:
    page = open_play()
    for name in ("eliza", "most_frequent"):
        page.get_by_role("combobox", name="Program").select_option(name)
        expect(editor(page)).to_contain_text(f"program {name}")
        one = program(name)
        text = next(example.input for example in one.program.examples if example.input)
        ready(page, run_texts(one.interpreter, [text])[0].text(one.program.interface))
        expect(page.locator("#count")).to_have_text("No errors", timeout=SLOW)


def test_what_is_wrong_with_an_input(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    page.get_by_label("Input").fill("1 2")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_text("It did not run.")
    expect(page.get_by_role("list", name="problems of the run")).to_contain_text("`2` is not a symbol of `parity`")


def test_a_link_holds_everything(open_play: Open) -> None:
    page = open_play(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("combobox", name="Program").select_option("eliza")
    expect(editor(page)).to_contain_text("program eliza")
    replace(page, "program eliza", "program eliza_of_mine")
    page.get_by_label("Input").fill("I am sad")
    page.get_by_role("button", name="Share").click()
    said = "The link is copied. It holds the program and its input."
    expect(page.locator("#told")).to_have_text(said, timeout=SLOW)
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert "#p=" in link
    other = open_play(link.partition("/#")[2] and f"#{link.partition('/#')[2]}")
    expect(editor(other)).to_contain_text("program eliza_of_mine")
    expect(other.get_by_label("Input")).to_have_value("I am sad")
    expect(other.locator("#count")).to_have_text("No errors", timeout=SLOW)
    ready(other, program("eliza")("I am sad"))
    expect(other.get_by_role("combobox", name="Program")).to_have_value("")


@pytest.mark.parametrize("fragment", ["#p=", "#p=AAAA", "#p=%%%", "#p=q1YqSa0oUbJSKi5JLCpRqgUA"])
def test_a_damaged_link_is_refused(open_play: Open, fragment: str) -> None:
    page = open_play(fragment)
    ready(page, "1")
    expect(page.locator("#told")).to_contain_text("This link is damaged")


def test_a_run_can_be_stopped(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(ENDLESS)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result")).to_have_text("Running\u2026")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#result")).to_have_text("It was stopped.")


def test_a_copy_can_be_downloaded(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    replace(page, "program parity", "program of_mine")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert waiting.value.suggested_filename == "parity.alta"
    text = waiting.value.path().read_text(encoding="utf-8")
    assert text == (PROGRAMS / "parity.alta").read_text(encoding="utf-8").replace("program parity", "program of_mine")


def test_the_inputs_of_examples_are_offered(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    offered = page.locator("#examples option").evaluate_all("all => all.map((one) => one.value)")
    assert offered == [one.input for one in program("parity").program.examples]


def test_hostile_text_is_shown_and_does_nothing(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(HOSTILE.replace("output shown", "output <img src=x onerror=window.hacked=9>"))
    expect(page.locator("#count")).to_contain_text("error")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(HOSTILE)
    expect(page.locator("#count")).to_have_text("No errors")
    page.get_by_label("Input").fill(INPUT)
    page.keyboard.press("Enter")
    expect(run_of(page).locator("header")).to_contain_text("<img src=x onerror=window.hacked=2>")
    page.get_by_role("button", name="Share").click()
    expect(page.locator("#told")).to_contain_text("It holds the program")
    page.reload()
    expect(run_of(page).locator("header")).to_contain_text("<img src=x onerror=window.hacked=2>")
    for frame in nonempty(page.frames):
        assert frame.evaluate("window.hacked === undefined")
        assert frame.locator("img[src=x], b").count() == 0


def test_it_says_that_the_server_has_ended(chromium: Browser) -> None:
    page = chromium.new_page()
    with served() as ended:
        page.goto(address(ended))
        ready(page, "1")
    page.get_by_label("Input").fill("1 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="problems of the run")).to_contain_text("altac play has ended")
    page.close()


def test_keys_alone(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    page.get_by_role("combobox", name="Program").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Share")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Download")).to_be_focused()
    page.keyboard.press("Tab")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type('example "1" -> 1\n')
    expect(page.locator("#count")).to_have_text("No errors")
    page.keyboard.press("Tab")  # it leads on, and is no part of the text
    expect(page.get_by_label("Input")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("1 1")
    page.keyboard.press("Enter")
    ready(page, "0")
    for _ in range(20):
        page.keyboard.press("Tab")
        if run_of(page).get_by_role("grid").evaluate("one => one.matches(':focus')"):
            break
    expect(run_of(page).get_by_role("grid")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(run_of(page).locator("[aria-selected=true][role=gridcell]")).to_have_attribute(
        "aria-label", re.compile("^parity = 1 at 1 ")
    )
    page.keyboard.press("Enter")
    expect(run_of(page).get_by_role("tabpanel")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it(open_play: Open, scheme: str) -> None:
    page = open_play(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    ready(page, "1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("iframe").scroll_into_view_if_needed()
    expect(cell(page, "parity", 4, 4)).to_be_in_viewport()
    assert run_of(page).locator("html").evaluate("one => one.scrollWidth") <= 360
    for place in nonempty((page.locator("body"), run_of(page).locator("body"))):
        back = place.evaluate("one => getComputedStyle(one).backgroundColor")
        assert (int(re.findall(r"\d+", back)[0]) < 60) == (scheme == "dark")


def test_everything_that_can_be_used_has_a_name(open_play: Open) -> None:
    page = open_play()
    ready(page, "1")
    replace(page, "output parity at last", "output party at last")
    expect(page.locator("#count")).to_have_text("1 error")
    for element in nonempty(page.locator("button:visible, input, select, [role=textbox], iframe").all()):
        named = element.evaluate(
            "one => one.getAttribute('aria-label') || one.title || one.textContent.trim() || one.labels?.length"
        )
        assert named, element.evaluate("one => one.outerHTML")


def test_the_frame_can_reach_nothing_of_the_page(open_play: Open, play: Play) -> None:
    page = open_play()
    ready(page, "1")
    inside = page.frames[1]
    assert inside.evaluate("origin") == "null"
    assert inside.evaluate("() => { try { return parent.document.title; } catch (error) { return error.name; } }") == (
        "SecurityError"
    )
    assert play.token not in inside.content()
    assert address(play) not in inside.content()
