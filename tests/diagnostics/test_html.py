"""Diagnostics as HTML: all that the text says is there, the place is marked, and text of programs stays text."""

from __future__ import annotations

import re
from html import unescape

import pytest

from altac.diagnostics import AltacError, Source, render_all
from altac.diagnostics.html import said
from altac.driver import compile_source
from tests.errors.golden import programs
from tests.support import nonempty

EVIL = "<script>alert(1)</script>"


def error_of(text: str) -> AltacError:
    with pytest.raises(AltacError) as caught:
        compile_source(Source(f"{EVIL}.alta", text))
    return caught.value


def text_in(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_the_place_is_marked() -> None:
    error = error_of("program p\ninput x: 0..1\nvar a: 0..1 = 0\nlayers 1\nstep:\n    a := a + 1\noutput a\n")
    html = error._repr_html_()
    assert re.findall(r"<mark>(.*?)</mark>", html) == ["a + 1"]
    assert "<b>error[E0301]</b>" not in html  # it has a colour
    assert re.search(r'<b style="color:#b00020">error\[E0301\]</b>: <b><code>a \+ 1</code> can leave', html)
    assert "is 2 when a = 1" in text_in(html)
    assert "help: guard it (if a <= 0:) or keep it inside with min(a + 1, 1)" in text_in(html)


def test_a_program_is_no_html() -> None:
    error = error_of(f'program p\ninput x: {{"{EVIL}"}}\noutput "{EVIL}" + 1\n')
    html = error._repr_html_()
    assert "<script" not in html
    assert f"{EVIL}.alta" in text_in(html)


@pytest.mark.parametrize("path", programs()[::15], ids=lambda path: path.stem)
def test_all_that_is_said_is_there(path) -> None:
    """Of every message: code, message, places and help, as the text has them."""
    try:
        found = compile_source(Source(path.name, path.read_text(encoding="utf-8"))).warnings
    except AltacError as error:
        found = error.diagnostics
    html = text_in("".join(one._repr_html_() for one in found)).replace("`", "")
    for one in nonempty(found):
        assert f"{one.severity}[{one.code}]: {one.message.replace('`', '')}" in html
        assert one.help_text.replace("`", "") in html
        assert all(note.text.replace("`", "") in html for note in one.notes)
        if one.span is not None:
            assert f"{one.span.source.name}:{one.span.line}:{one.span.column}" in html
    assert render_all(found)


def test_code_in_messages_is_code_where_backquotes_are_pairs() -> None:
    assert said("`a` < `b`") == "<code>a</code> &lt; <code>b</code>"
    assert said("one ` alone") == "one ` alone"
