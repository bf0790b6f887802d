"""What editors are told of programs, whole and half typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from altac import editing
from altac.editing.checking import changed
from altac.editing.highlight import Colour
from altac.editing.outline import Kind
from altac.editing.resolve import resolve
from altac.editing.words import BUILTIN, WORDS
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.format import format_source
from altac.syntax.mentions import walk
from altac.syntax.pieces import pieces
from altac.syntax.scan import words
from tests.support import PROGRAMS, nonempty

ALL = sorted(PROGRAMS.rglob("*.alta"))
TEXTS = {path.stem: read_source(path).text for path in ALL}
PARITY, ADDITION = TEXTS["parity"], TEXTS["addition"]


def labels(text: str, into: str = "", after: int = 0) -> list[str]:
    """What is offered at the end of a text, or at some characters behind the beginning of a part of it."""
    offset = text.index(into) + after if into else len(text)
    return [one.label for one in editing.completions(text, offset)]


def ask_everything(text: str, offset: int) -> None:
    """Every question that an editor asks without waiting."""
    editing.completions(text, offset)
    editing.hover(text, offset)
    editing.definition(text, offset)
    editing.references(text, offset)
    editing.rename(text, offset, "other")
    editing.semantic_tokens(text)
    editing.symbols(text)
    editing.lenses(text)
    editing.inlay_hints(text, editing.Checked((), (editing.Fact("left", "slide", "bool"),)))
    editing.formatting(text)


# Half-typed texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", ["parity", "addition", "language_id", "solve_equation"])
def test_a_program_that_is_typed_is_never_too_broken(stem: str) -> None:
    text = TEXTS[stem]
    for end in nonempty(range(0, len(text), max(1, len(text) // 40))):
        ask_everything(text[:end], end)
        ask_everything(text[end:], 0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*words(), "x", '"', ":=", "(", "]", "{", "..", "\n", "\n    ", "\t", "§", "\r"])),
    st.data(),
)
@example(["layer", " ", "x", ":", "\n    ", "head"], None)
@example(['"""'], None)
def test_no_text_is_too_broken(pieces: list[str], data: st.DataObject | None) -> None:
    text = " ".join(pieces)
    offset = 0 if data is None else data.draw(st.integers(-1, len(text) + 1))
    ask_everything(text, offset)
    checked = editing.check(text)
    assert "bug" not in {problem.code for problem in checked.problems}
    places = [(problem.start, problem.end) for problem in checked.problems]
    assert [(start, end) for start, end in places if not 0 <= start <= end <= len(text) + 1] == []


def test_a_bug_of_the_checker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ouch")

    monkeypatch.setattr("altac.editing.checking.check_file", broken)
    (problem,) = editing.check(PARITY).problems
    assert (problem.code, problem.message) == ("bug", "a bug in altac: ZeroDivisionError: ouch")


def test_neither_numpy_nor_torch_is_imported() -> None:
    code = "import sys, altac.editing as e; e.check(open(sys.argv[1]).read()); "
    code += "assert not {'numpy', 'torch'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code, str(PROGRAMS / "parity.alta")], check=True, cwd=PROGRAMS.parent)


# Checks ------------------------------------------------------------------------------------------------------


def test_the_domains_of_a_correct_program_are_known() -> None:
    checked = editing.check(ADDITION, str(PROGRAMS / "addition.alta"))
    assert (checked.problems, checked.is_correct) == ((), True)
    assert checked.domain("carry") == "0..1"
    assert editing.Fact("after_plus", "add", "bool") in checked.facts


def test_a_problem_of_an_imported_file_stands_where_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "other.alta").write_text("const A = B\n")
    text = PARITY.replace("program parity", 'import "other.alta"\nprogram parity')
    (problem,) = editing.check(text, str(tmp_path / "main.alta")).problems
    assert text[problem.start : problem.end] == '"other.alta"'
    assert problem.related[0].place.file.endswith("other.alta")
    assert problem.fixes == ()


# Completion --------------------------------------------------------------------------------------------------


def test_words_are_those_that_the_grammar_takes_there() -> None:
    assert set(labels("output x at ")) == {"first", "last", "all"}
    assert {"var", "head", "layer", "run"} <= set(labels("program p\n"))
    assert set(labels("layer a:\n    head h = x w")) & {"where", "at", "else", "var"} == {"where", "at", "else"}
    assert "head" not in labels("step:\n    ")
    assert "head" in labels("layer a:\n    ")
    assert "var" in labels("layer a:\n    x := 1\nv")


def test_names_are_those_that_mean_something_there() -> None:
    assert labels(ADDITION, "key.token", 4)[:3] == ["after_plus", "carry", "carry_right"]
    assert {"token", "position"} <= set(labels(ADDITION, "key.token", 4))
    assert labels(ADDITION, "run slide", 4) == ["add", "move", "slide", "trim"]
    assert "symbol" in labels(ADDITION, "0 if symbol", 0)
    assert "symbol" not in labels(ADDITION, "upper := left", 9)
    assert labels(ADDITION, "upper := left", 0)[:3] == ["carry", "digit", "upper"]
    assert "sum" not in labels(ADDITION, "let sum", 4)
    assert "sum" in labels(ADDITION, "digit := sum", 9)


def test_nothing_is_offered_in_texts_comments_and_numbers() -> None:
    assert labels('program p\ninput x: {"a') == labels("# he") == labels('"""Doc') == labels("layers 1") == []


def test_what_is_typed_is_replaced() -> None:
    text = "program p\nou"
    (output,) = [one for one in editing.completions(text, len(text)) if one.label == "output"]
    assert text[: output.start] + output.label == "program p\noutput"


# Words -------------------------------------------------------------------------------------------------------


def test_every_word_of_the_grammar_is_explained() -> None:
    assert set(WORDS) == set(words())
    reference = (PROGRAMS.parent / "docs" / "language.md").read_text(encoding="utf-8")
    headings = {
        line.lstrip("# ").lower().replace(":", "").replace(" ", "-")
        for line in reference.splitlines()
        if line[:1] == "#"
    }
    assert {anchor for _, anchor in WORDS.values()} <= headings


def test_a_word_is_explained_where_it_stands() -> None:
    found = editing.hover(ADDITION, ADDITION.index("head left"))
    assert found.text.startswith("`head NAME")
    assert ADDITION[found.start : found.end] == "head"
    assert editing.hover(ADDITION, ADDITION.index("token")).text == BUILTIN["token"]


def test_a_name_is_shown_with_its_declaration_and_domain() -> None:
    checked = editing.check(ADDITION)
    found = editing.hover(ADDITION, ADDITION.index("upper := left") + 9, checked)
    assert (
        found.text == '```alta\nhead left = upper at -1 else 0\n```\n\nhead of layer `slide`\n\nDomain: `0..9 | {"+"}`'
    )


def test_blanks_and_signs_have_no_hover() -> None:
    assert editing.hover("", 0) is editing.hover("layers  1", 7) is editing.hover("x := 1", 3) is None


# Names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_name_of_a_program_is_resolved_or_comes_from_elsewhere(path: Path) -> None:
    """A program that checks has no unknown names, so what is not declared in it is built in or imported."""
    source = read_source(path)
    file = parse_source(source)
    imports = any(isinstance(one, t.Import) for one in file.declarations)
    uses = resolve(pieces(source.text) or ())
    unknown = {use.name for use in uses if use.target is None} - set(BUILTIN)
    assert imports or unknown == set()
    mentioned = [node for node in walk(file) if isinstance(node, t.Name | t.Identifier | t.PatternName)]
    assert sorted({(node.span.start, node.span.end) for node in mentioned}) == [(use.start, use.end) for use in uses]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_renaming_changes_no_meaning(path: Path) -> None:
    """With every name renamed, one after the other, the tree is the same but for its names; and back again."""
    text = original = read_source(path).text
    name = str(path)
    starts = sorted({use.target for use in resolve(pieces(text) or ()) if use.target is not None}, reverse=True)
    for number, start in nonempty(enumerate(starts[:12])):
        old = editing.references(text, start, name)
        renaming = editing.rename(text, start, f"renamed_{number}", name)
        assert renaming.refusal is None
        assert len(renaming.changes) == len(old) > 0
        text = editing.Fix("", renaming.changes).applied(text)
        others = {one.file: changed(one.text, one.changes) for one in renaming.others}
        former = original[start : old[0].end] if old[0].start == start else ""
        back = editing.rename(text, start, former, name, None, others)
        if old[0].start == start:
            assert editing.Fix("", back.changes).applied(text) == original
        text = original


@pytest.mark.parametrize(
    ("at", "new", "code"),
    [
        ("upper:", "carry", "E0762"),
        ("upper:", "last", "E0762"),
        ("upper:", "1x", "E0762"),
        ("upper:", "a b", "E0762"),
        ("upper:", "token", "E0762"),
        ("token", "other", "E0761"),
        (" up to", "other", "E0760"),
    ],
)
def test_a_renaming_that_would_change_the_meaning_is_refused(at: str, new: str, code: str) -> None:
    assert editing.rename(ADDITION, ADDITION.index(at), new).refusal.code == code


def test_a_local_name_is_taken_too() -> None:
    """`sum` is a `let` of the step in which `after_plus` is read."""
    assert editing.rename(ADDITION, ADDITION.index("after_plus"), "sum").refusal.code == "E0762"
    assert editing.rename(ADDITION, ADDITION.index("left"), "sum").refusal is not None


def test_nothing_is_renamed_in_a_program_that_does_not_parse() -> None:
    assert editing.rename(ADDITION + "§", ADDITION.index("upper:"), "x").refusal.code == "E0760"
    assert len(editing.references(ADDITION + "§", ADDITION.index("upper:"))) == 5


def test_an_imported_name_is_found_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "other.alta").write_text("# first\nconst A = 1\n")
    text = 'import "other.alta"\nconst B = A\n'
    (place,) = editing.definition(text, text.index("A"), str(tmp_path / "main.alta"))
    assert (Path(place.file).name, place.start, place.end) == ("other.alta", 14, 15)


@pytest.mark.parametrize("name", ["A", "after", "Letter", "N"])
def test_a_hover_shows_an_imported_name_as_its_file_declares_it(tmp_path: Path, name: str) -> None:
    library = {
        "A": "const A = 1",
        "after": "def after(n) = n + 1",
        "Letter": 'type Letter = "a".."c"',
        "N": "param N = 2",
    }
    (tmp_path / "other.alta").write_text("# first\n" + "\n".join(library.values()) + "\n", encoding="utf-8")
    (tmp_path / "between.alta").write_text('import "other.alta"\n', encoding="utf-8")
    text = f'import "between.alta"\nconst B = {name}\nlayer x:\n    '  # it need not parse
    found = editing.hover(text, text.index(f"{name}\n"), None, str(tmp_path / "main.alta"))
    assert found is not None
    assert text[found.start : found.end] == name
    assert library[name] in found.text
    assert found.text.endswith("in `other.alta`")
    assert editing.hover(text, text.index(f"{name}\n")) is None
    assert editing.hover(text.replace(name, "n"), text.index(f"{name}\n"), None, str(tmp_path / "main.alta")) is None


def test_a_file_of_names_for_others_is_no_error(tmp_path: Path) -> None:
    assert editing.check(TEXTS["doctor"]) == editing.Checked((), (), True)
    assert [one.code for one in editing.check("const A = 1\nconst B = C\n").problems] == ["E0101"]
    assert [one.code for one in editing.check("const A = 1\nvar x: 0..1 = A\n").problems] == ["E0010"]
    assert [one.code for one in editing.check("# nothing\n").problems] == ["E0010"]
    text = 'import "other.alta"\nconst B = A\n'
    assert not editing.check(text, str(tmp_path / "main.alta")).is_correct
    (tmp_path / "other.alta").write_text("const A = 1\n", encoding="utf-8")
    assert editing.check(text, str(tmp_path / "main.alta")).is_correct


# Colours, symbols and what stands between the lines ----------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_program_has_a_colour_for_every_token(path: Path) -> None:
    text = read_source(path).text
    end = 0
    for piece in nonempty(editing.semantic_tokens(text)):
        assert piece.colour is not Colour.UNKNOWN
        assert end <= piece.start < piece.end
        end = piece.end


def test_names_have_the_colours_of_what_they_are() -> None:
    found = {ADDITION[one.start : one.end]: one.colour for one in editing.semantic_tokens(ADDITION)}
    wanted = {"digit_of": Colour.FUNCTION, "N": Colour.CONSTANT, "after_plus": Colour.HEAD, "slide": Colour.LAYER}
    assert wanted.items() <= found.items()
    assert found["digit"] == found["token"] == Colour.VARIABLE
    assert found["until"] == found["where"] == Colour.KEYWORD


def test_a_word_is_a_keyword_only_where_it_is_one() -> None:
    text = "var run: 0..9 = 0\nrun look until run == 1\n"
    found = [(text[one.start : one.end], one.colour) for one in editing.semantic_tokens(text)]
    assert [colour for word, colour in found if word == "run"] == [Colour.VARIABLE, Colour.KEYWORD, Colour.VARIABLE]


def test_layers_hold_the_symbols_of_what_they_make() -> None:
    found = {one.name: one for one in editing.symbols(ADDITION)}
    assert [one.name for one in found["trim"].inside] == ["significant", "followed"]
    assert (found["N"].kind, found["slide"].kind) == (Kind.PARAMETER, Kind.LAYER)
    assert ADDITION[found["slide"].begin : found["slide"].finish].endswith("upper := left")


def test_hints_are_the_domains_that_nobody_wrote() -> None:
    checked = editing.check(ADDITION)
    found = [(ADDITION[: hint.offset].split()[-1], hint.text) for hint in editing.inlay_hints(ADDITION, checked)]
    assert ("after_plus", ": bool") in found
    assert len(found) == 5
    written = ADDITION.replace("head after_plus", "head after_plus: bool")
    assert "after_plus" not in {written[: hint.offset].split()[-1] for hint in editing.inlay_hints(written, checked)}
    assert editing.inlay_hints(ADDITION, None) == []


def test_each_example_has_a_lens() -> None:
    first, *single = editing.lenses(ADDITION)
    assert (first.title, first.examples) == ("run all 6 examples", (0, 1, 2, 3, 4, 5))
    assert [lens.examples for lens in single] == [(number,) for number in range(6)]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_formatting_is_that_of_fmt(path: Path) -> None:
    source = read_source(path)
    assert editing.formatting(source.text).text == format_source(source)


def test_a_text_that_does_not_parse_is_left_as_it_is() -> None:
    found = editing.formatting("program")
    assert (found.text, found.refusal) == (None, "expected a name, found the end of the line")
