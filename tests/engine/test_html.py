"""Traces and results as HTML hold what their texts hold."""

from __future__ import annotations

import re
from html import unescape

from altac.driver import Compiled
from altac.engine.protocol import run_texts, trace_text
from tests.support import compiled, nonempty, program


def cells(html: str) -> list[list[str]]:
    """The texts of the cells of a table, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [
        [unescape(re.sub(r"<[^>]*>", "", one)) for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows
    ]


def table(one: Compiled, text: str) -> list[list[str]]:
    html = trace_text(one.interpreter, text)._repr_html_()
    assert html is not None
    return cells(html)


def test_the_table_is_that_of_the_text() -> None:
    assert table(program("parity"), "1 1") == [
        ["layer", "position", "0", "1", "2"],
        ["", "token", "<s>", "1", "1"],
        ["0", "parity", "0", "1", "1"],
        ["", "done", "true", "false", "false"],
        ["1", "parity_left", "0", "0", "1"],
        ["", "done_left", "false", "true", "false"],
        ["", "parity", "0", "1", "1"],
        ["", "done", "true", "true*", "false"],
        ["2", "parity_left", "0", "0", "1"],
        ["", "done_left", "false", "true", "true"],
        ["", "parity", "0", "1", "0*"],
        ["", "done", "true", "true", "true*"],
    ]
    for name, text in nonempty({"sort": "c a b", "most_frequent": "a b", "addition": "12+9"}.items()):
        trace = trace_text(program(name).interpreter, text)
        words = [word for row in table(program(name), text) for cell in row for word in cell.split()]
        assert words == str(trace).split()


def test_text_of_programs_is_no_html() -> None:
    one = compiled('program p\ninput x: {"<b>", "&lt;"} up to 4\nlayer look:\n    head h = first token\noutput h\n')
    html = trace_text(one.interpreter, "<b> &lt;")._repr_html_()
    assert html is not None
    assert "<b>" not in html
    assert cells(html)[1] == ["", "token", "<b>", "&lt;"]
    (result,) = run_texts(one.interpreter, ["<b> &lt;"])
    shown = "<div><code>&lt;b&gt; &amp;lt;</code> &rarr; <code>&lt;b&gt; &lt;b&gt;</code> after 1 layer</div>"
    assert result._repr_html_() == shown


def test_a_run_that_fails_says_why() -> None:
    one = compiled(
        'program p\ninput x: {"0", "1"}\nvar b: 0..1 = 0\nstep:\n    b := 1 - b\nhalt when token == "1"\noutput b\n'
    )
    html = trace_text(one.interpreter, "0")._repr_html_()
    assert html is not None
    assert "<p>E0604: the run never halts" in html
    (failed, refused) = run_texts(one.interpreter, ["0", "2"])
    assert "<code>0</code> &rarr; E0604, " in failed._repr_html_()
    assert "<code>2</code> &rarr; E0601, column 1: " in refused._repr_html_()


def test_a_large_trace_has_no_table() -> None:
    assert trace_text(program("parity").interpreter, "1 0" * 40)._repr_html_() is None


def test_a_program_shows_what_it_is() -> None:
    html = program("parity")._repr_html_()
    assert html.startswith("<div><code>&lt;Compiled parity: 2 variables, 2 heads, level 2&gt;</code></div>")
    assert "<details><summary>program</summary><pre>&quot;&quot;&quot;The parity" in html
    warned = compiled(
        "program p\ninput x: 0..1\nhead h = token at -1\nvar a: 0..1 = token\nstep:\n    a := 0\nlayers 1\noutput a\n"
    )
    assert "warning[W0101]" in warned._repr_html_()
