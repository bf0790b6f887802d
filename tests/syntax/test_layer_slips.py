"""Slips in and around layers are told with the edit that mends them, all those of a layer at once."""

import pytest

from altac.diagnostics import AltacError, Source
from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.syntax_errors import Expected, ReservedWord, Slip, UnclosedText, UnexpectedText
from altac.syntax import parse_source


def errors(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(AltacError) as raised:
        parse_source(Source("one.alta", text))
    return tuple(raised.value.diagnostics)


def first(text: str) -> UnexpectedText:
    found = errors(text)[0]
    assert isinstance(found, UnexpectedText)
    return found


@pytest.mark.parametrize(
    ("line", "slip", "meant"),
    [
        ("run", Slip.NO_LAYER, ""),
        ("run a,", Slip.LAST_COMMA, ""),
        ("run a * 2,  # a comment", Slip.LAST_COMMA, ""),
        ("run a,, b", Slip.NO_LAYER, ""),
        ("run ()", Slip.NO_LAYER, ""),
        ("run (a, )", Slip.LAST_COMMA, ""),
        ("run step", Slip.STEP_IN_RUN, "layers 1"),
        ("run step * 2", Slip.STEP_IN_RUN, "layers 2"),
        ("run step until x == 1  # soon", Slip.STEP_IN_RUN, "halt when x == 1"),
        ("run * 3", Slip.NO_LAYER, ""),
        ("run until x", Slip.NO_LAYER, ""),
        ("run a, until x", Slip.NO_LAYER, ""),
        ("run a untill b", Slip.MISSPELT, "until"),
        ("run a while b", Slip.UNTIL, ""),
        ("run a when b", Slip.UNTIL, ""),
        ("run a b", Slip.COMMAS, ""),
        ("run a(b)", Slip.COMMAS, ""),
        ("run a -> b", Slip.COMMAS, ""),
        ("run a and b", Slip.COMMAS, ""),
        ("run a until b c", Slip.COMMAS, ""),
        ("run (a b)", Slip.COMMAS, ""),
        ("run [a, b]", Slip.GROUP, ""),
        ("run ((a, b), c)", Slip.GROUP, ""),
        ("run (a until b, c)", Slip.GROUP, ""),
        ("run (a * 2, c)", Slip.GROUP, ""),
        ("run 3 * a", Slip.TIMES, "run a * 3"),
        ("run a 3", Slip.TIMES, "run a * 3"),
        ("run a times 3", Slip.TIMES, "run a * 3"),
        ("run a * N + 1", Slip.COUNT, ""),
        ("run a * 2 until b", Slip.ONE_LIMIT, ""),
        ("run a until b until c", Slip.ONE_LIMIT, ""),
        ("run a:", Slip.RUN_BLOCK, ""),
        ("layer:", Slip.LAYER_NAMED, ""),
        ("layer", Slip.LAYER_NAMED, ""),
        ("layer a", Slip.THEN, ""),
        ("layer a = 1", Slip.LAYER_BLOCK, "a"),
        ("layer a(b):", Slip.LAYER_BLOCK, "a"),
        ("layers a:", Slip.LAYER_BLOCK, "a"),
        ("layer 3", Slip.LAYERS_COUNTED, ""),
        ("layer a:", Slip.NOT_INDENTED, ""),
        ("layer a: head h = x at -1", Slip.NOT_INDENTED, ""),
        ("step: if a: x := 1", Slip.NOT_INDENTED, ""),
        ("step a:", Slip.STEP_WITH_NAME, ""),
        ("repeat a until b", Slip.DECLARED, ""),
        ("runs a", Slip.MISSPELT, "run"),
        ("head h", Slip.NO_VALUE, ""),
    ],
)
def test_lines_at_top_level(line: str, slip: Slip, meant: str) -> None:
    found = first(line + "\n")
    assert (found.slip, found.meant) == (slip, meant)


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("if a:\n        head h = x at -1", Slip.DIRECTLY_IN_LAYER),
        ("if a: var y = 1", Slip.DIRECTLY_IN_LAYER),
        ("for i in 0..3:\n        var y = 1", Slip.DIRECTLY_IN_LAYER),
        ("match x:\n        case 1: head h = x", Slip.DIRECTLY_IN_LAYER),
        ("halt when x", Slip.DECLARED_IN_BLOCK),
        ("layers 3", Slip.DECLARED_IN_BLOCK),
        ("run a", Slip.DECLARED_IN_BLOCK),
        ("run (a, b) until c", Slip.DECLARED_IN_BLOCK),
        ("const N = 3", Slip.DECLARED_IN_BLOCK),
        ("layer b:", Slip.DECLARED_IN_BLOCK),
        ("step:", Slip.DECLARED_IN_BLOCK),
        ("repeat 3:", Slip.REPEATED),
        ("while a:", Slip.REPEATED),
        ("until a:", Slip.REPEATED),
        ("loop:", Slip.REPEATED),
        ("return x", Slip.STATEMENT),
        ("x = 1", Slip.ASSIGNED_WITH_EQUAL),
        ("var y", Slip.NO_VALUE),
        ("var y: 0..3", Slip.NO_VALUE),
        ("var y := 1", Slip.WRITE_EQUAL),
        ("head h := x", Slip.WRITE_EQUAL),
    ],
)
def test_lines_in_a_layer(line: str, slip: Slip) -> None:
    assert first(f"layer a:\n    {line}\n").slip is slip


@pytest.mark.parametrize("line", ["head h = x", "halt when x", "run a"])
def test_declarations_in_a_step(line: str) -> None:
    assert first(f"step:\n    {line}\n").slip is Slip.DECLARED_IN_BLOCK


def test_what_is_expected() -> None:
    assert first("run\n").expected == (Expected.LAYER,)
    assert first("run a b\n").expected == (Expected.REPEATED,)
    assert first("run a * 2 until b\n").expected == (Expected.COMMA, Expected.END)
    assert first("layer a:\n    5\n").expected == (Expected.LAYER_ITEM,)
    assert first("layer a:\n    if x:\n        5\n").expected == (Expected.STATEMENT,)


def test_words_of_the_language_are_no_layers() -> None:
    for text in ("layer if:\n    pass\n", "run a, if\n"):
        (found,) = errors(text)
        assert isinstance(found, ReservedWord)
        assert found.word == "if"


def test_brackets_end_before_a_layer() -> None:
    for line in ("layer a:\n    x := 1\n", "run a\n"):
        (found,) = errors("const A = [1,\n" + line)
        assert isinstance(found, UnclosedText)
        assert found.span is not None
        assert found.span.text == "["


def test_all_errors_of_a_layer_are_found() -> None:
    text = """\
layer a:
    head h = x where
    head g = count key.x == 1
    var y: 0..3
    halt when x
    x := 1
    if a = 3:
        x := 1 +
        head q = x at -1
    while x:
        y := a b
    y = 3
layer:
    x := 1
run a untill b
run a,, b
"""
    found = errors(text)
    assert [error.span.line for error in found if error.span] == [2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 15, 16]


def test_nothing_follows_from_a_layer_inside_of_another() -> None:
    found = errors("layer a:\n    layer b:\n        head h = x at -1\n        y := 1\n    x := 1\nlayers x y\n")
    assert [error.span.line for error in found if error.span] == [2, 6]
