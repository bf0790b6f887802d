"""The page is one file: nothing of a program is code in it, and nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import asdict
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.explain import Explainer
from altac.view import View, page, view_of
from altac.view.figure import figure
from altac.view.page import script_text
from tests.support import compiled, nonempty, program

EVIL = "</script><script>window.hacked=1</script>"
HOSTILE = f'''"""{EVIL} <!-- <img src=x onerror=window.hacked=2>"""
program hostile
input text: {{"{EVIL}", "<img\\"onerror=window.hacked=3>", "&lt;b&gt;", "]]>"}} up to 6
# {EVIL}
layer look:
    head same = count where key.token == query.token
    var shown = "<b>{EVIL}</b>" if same > 1 else "&amp;"
output shown
'''
INPUT = f'{EVIL} <img"onerror=window.hacked=3> &lt;b&gt; {EVIL}'


def view(one: Compiled, text: str) -> View:
    return view_of(Explainer(one.program, trace_text(one.interpreter, text)), text, one(text), EVIL, [EVIL])


class Tags(HTMLParser):
    """All tags with their attributes, and what is in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.raw.append(data)


def test_hostile_text_stays_data() -> None:
    made = view(compiled(HOSTILE), INPUT)
    found = Tags(page(made))
    tags = [tag for tag, _ in found.tags]
    assert tags == ["html", "head", "meta", "meta", "meta", "title", "style", "body", "noscript", "script", "script"]
    _, data, script = found.raw
    assert json.loads(data) == json.loads(json.dumps(asdict(made)))
    assert EVIL in json.loads(data)["doc"]
    assert script == script_text()
    assert not set("<>&") & set(data)


def test_the_policy_allows_this_script_and_style_alone() -> None:
    found = Tags(page(view(program("parity"), "1 0 1")))
    (policy,) = [one["content"] for tag, one in found.tags if one.get("http-equiv") == "Content-Security-Policy"]
    style, _, script = found.raw

    def hashed(text: str) -> str:
        return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; script-src '{hashed(script)}'; style-src '{hashed(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    for _, attributes in nonempty(found.tags):
        assert not {"src", "href", "style", "onclick", "onload"} & set(attributes)


def test_the_script_makes_no_html_of_text() -> None:
    script = script_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|fetch\(|import\(", script
    )
    assert re.findall(r"https?://[^\"]*", script) == ["http://www.w3.org/2000/svg"]


def test_a_figure_holds_the_values_as_text() -> None:
    one = compiled(HOSTILE)
    trace = trace_text(one.interpreter, INPUT)
    drawn = ElementTree.fromstring(figure(trace, ["same", "shown"], [0, 1, 2, 3], "svg"))
    texts = ["".join(element.itertext()).strip() for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("same") == 1
    assert texts.count(f"<b>{EVIL}</b>") == 2
    assert texts.count("&amp;") == 2
    assert not list(drawn.iter("{http://www.w3.org/2000/svg}script"))


def test_figures_are_the_same_bytes_again_and_mark_what_changed() -> None:
    trace = trace_text(program("parity").interpreter, "1 1 1")
    made = [figure(trace, ["parity", "done"], [0, 1, 2], "svg") for _ in range(2)]
    assert made[0] == made[1]
    assert b"font-weight: 700" in made[0]
    assert b"font-weight: 700" not in figure(trace, ["parity"], [0], "svg")
    assert figure(trace, ["parity"], [0, 1], "png").startswith(b"\x89PNG")


def test_a_figure_of_no_positions_holds_the_names() -> None:
    trace = trace_text(program("sort").interpreter, "")
    assert trace.tokens == ()
    drawn = ElementTree.fromstring(figure(trace, ["place"], [], "svg"))
    texts = ["".join(element.itertext()).strip() for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"layer", "position", "token"} <= set(texts)
    assert figure(trace, [], [], "png").startswith(b"\x89PNG")


def test_a_figure_that_is_too_large_is_refused() -> None:
    trace = trace_text(program("parity").interpreter, "1 0" * 50)
    with pytest.raises(AltacError) as caught:
        figure(trace, list(trace.domains), list(range(101)), "png")
    assert [one.code for one in caught.value.diagnostics] == ["E0744"]
