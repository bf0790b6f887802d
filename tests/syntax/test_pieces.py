"""A text in pieces has the tree that the parser gives of the whole, or none where it gives none."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from altac.diagnostics import AltacError, Source
from altac.syntax import parse as parsing
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.mentions import walk
from altac.syntax.parse import parse_quietly
from altac.syntax.pieces import pieces, same_meaning
from tests.support import PROGRAMS, nonempty

TEXTS = [read_source(path).text for path in sorted(PROGRAMS.rglob("*.alta"))]
FRAGMENTS = [
    *("\n", "\n\n", " ", "    ", "\t", "#", '"', '"""', '"""\n', "(", ")", "{\n", "\n}", "[", "]", ":", ",", "\\"),
    *("program p\n", "layer run:\n", "run look\n", "var x: 0..1 = 0\n", "const layer = 1\n", "score\n", "causal\n"),
    *("\n# a comment\n", "\n   # a comment\n", "    pass\n", "\n)", "\nx", "(\nrun\n)", "𝔸", "\f", "\u2028", "\r\n"),
]


def whole(text: str) -> t.File | None:
    try:
        return parse_source(Source("whole", text))
    except AltacError:
        return None


def places(declaration: t.Node, base: int) -> list[tuple[str, int, int]]:
    """Every node of a tree with where it stands."""
    found = [(type(one).__name__, one.span.start + base, one.span.end + base) for one in walk(declaration)]
    assert found
    return found


def assert_same(text: str) -> None:
    file, found = whole(text), pieces(text)
    assert (found is None) == (file is None)
    if file is None or found is None:
        return
    assert found[0].file.docstring == file.docstring
    assert tuple(one for piece in found for one in piece.file.declarations) == file.declarations
    assert [place for piece in found for one in piece.file.declarations for place in places(one, piece.start)] == [
        place for one in file.declarations for place in places(one, 0)
    ]
    assert "".join(piece.text for piece in found) == text


def test_programs_of_the_library_in_pieces() -> None:
    for text in nonempty(TEXTS):
        assert_same(text)
        assert whole(text) is not None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(st.tuples(st.floats(0, 1), st.sampled_from(FRAGMENTS), st.integers(0, 40))))
@example("", [])
@example("\n\n# nothing\n", [])
@example('program p\n"""not a docstring here"""\n', [])
@example('"""one"""\n"""two"""\nprogram p\n', [])
@example("const A = (1,\nrun\n)\n", [])
@example("const A = {\nrun: 1\n}\nvar x: 0..1 = 0\n", [])
@example('"""a docstring\nvar x: 0..1 = 0\n', [])
@example("  program p\nconst A = 1\n", [])
@example("const A = 1\n  const B = 1\n", [])
@example("# one\n# two\nprogram p # three\n# four", [])
def test_any_text_in_pieces(text: str, changes: list[tuple[float, str, int]]) -> None:
    for where, fragment, erased in changes[:3]:
        place = int(where * len(text))
        text = text[:place] + fragment + text[place + erased :]
    assert_same(text)


def test_a_change_of_one_declaration_leaves_the_other_pieces_as_they_are() -> None:
    text = read_source(PROGRAMS / "addition.alta").text
    before = pieces(text)
    changed = pieces(text.replace("var carry", "var  carry"))
    assert before is not None
    assert changed is not None
    new = [piece for piece in changed if not any(piece.file is other.file for other in before)]
    assert ["carry" in piece.text for piece in new] == [True]
    assert len(changed) > 5
    assert same_meaning(before, changed)
    other = pieces(text.replace("var carry", "var carried"))
    assert other is not None
    assert not same_meaning(before, other)


def test_a_text_with_too_many_tokens_has_no_pieces() -> None:
    line = "const A = {" + "1, " * 9_000 + "}\n"
    few, many = line * 2, line * 3
    assert parse_quietly(Source("few", few)) is not None
    assert pieces(few) is not None
    assert parsing.count_tokens(many) > parsing.MOST_TOKENS
    assert pieces(many) is None
    assert whole(many) is None
