"""Every form of the grammar gives the tree that it is meant to give."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from altac.diagnostics import Source
from altac.syntax import mentions, parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.dump import dump_tree


def declaration(text: str) -> Any:
    (only,) = parse_source(Source("test.alta", text + "\n")).declarations
    return only


def expression(text: str) -> t.Expr:
    value: t.Expr = declaration(f"const A = {text}").value
    return value


def statement(text: str) -> Any:
    (only,) = declaration("step:\n" + "".join(f"    {line}\n" for line in text.splitlines())).body
    return only


def shape(node: object) -> Any:
    """A node as nested tuples: its kind in one word, and its parts."""
    match node:
        case t.Literal_():
            return node.value
        case t.Name() | t.Identifier():
            return node.text
        case t.Field():
            return f"{node.side}.{node.name.text}"
        case t.Node():
            return (
                type(node).__name__.rstrip("_"),
                *(shape(one) for name, one in vars(node).items() if name != "span"),
            )
        case tuple():
            return [shape(one) for one in node]
    return node


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("0.25", Fraction(1, 4)),
        ("true", True),
        ("false", False),
        ("none", None),
        ('"a \\" \\\\"', 'a " \\'),
        ("(x)", ("Group", "x")),
        ("-x", ("Unary", "-", "x")),
        ("+x", ("Unary", "+", "x")),
        ("not not x", ("Unary", "not", ("Unary", "not", "x"))),
        ("1 + 2 * 3", ("Binary", "+", 1, ("Binary", "*", 2, 3))),
        ("1 - 2 - 3", ("Binary", "-", ("Binary", "-", 1, 2), 3)),
        ("1 / 2 // 3 % 4", ("Binary", "%", ("Binary", "//", ("Binary", "/", 1, 2), 3), 4)),
        ("a | b ^ c & d", ("Binary", "|", "a", ("Binary", "^", "b", ("Binary", "&", "c", "d")))),
        ("a or b and not c", ("Binary", "or", "a", ("Binary", "and", "b", ("Unary", "not", "c")))),
        ("a < b <= c", ("Compare", "a", [["<", "b"], ["<=", "c"]])),
        ("a == b", ("Compare", "a", [["==", "b"]])),
        ("a != b", ("Compare", "a", [["!=", "b"]])),
        ("a > b", ("Compare", "a", [[">", "b"]])),
        ("a >= b", ("Compare", "a", [[">=", "b"]])),
        ("a in b", ("Compare", "a", [["in", "b"]])),
        ("a not in b", ("Compare", "a", [["not in", "b"]])),
        ("a if b else c if d else e", ("Ternary", "a", "b", ("Ternary", "c", "d", "e"))),
        ("0..n - 1", ("Range", 0, ("Binary", "-", "n", 1))),
        ("0..9 | {x}", ("Binary", "|", ("Range", 0, 9), ("Collection", "set", ["x"], []))),
        ("T[1][x]", ("Index", ("Index", "T", 1), "x")),
        ("T?", ("Optional", "T")),
        ("f()", ("Call", "f", [])),
        ("f(x, 1,)", ("Call", "f", ["x", 1])),
        ("[]", ("Collection", "list", [], [])),
        ("[1, 2,]", ("Collection", "list", [1, 2], [])),
        ("{}", ("Collection", "set", [], [])),
        ("{1, x}", ("Collection", "set", [1, "x"], [])),
        ("{1: 2, x: y,}", ("Collection", "table", [("Entry", 1, 2), ("Entry", "x", "y")], [])),
        ("[i for i in s]", ("Collection", "list", ["i"], [("Generator", "i", "s", None)])),
        ("{i for i in s if i}", ("Collection", "set", ["i"], [("Generator", "i", "s", "i")])),
        ("{i: 1 for i in s}", ("Collection", "table", [("Entry", "i", 1)], [("Generator", "i", "s", None)])),
        (
            "{i + j for i in s for j in t if i}",
            (
                "Collection",
                "set",
                [("Binary", "+", "i", "j")],
                [("Generator", "i", "s", None), ("Generator", "j", "t", "i")],
            ),
        ),
        ("key.x == query.y", ("Compare", "key.x", [["==", "query.y"]])),
        ("(1 +\n   2)", ("Group", ("Binary", "+", 1, 2))),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert shape(expression(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("program p", ("ProgramName", "p")),
        ('import "a/b.alta"', ("Import", "a/b.alta")),
        ("param N = 3", ("Param", "N", 3)),
        ("const N = 3  # three", ("Const", "N", 3)),
        ("type T = 0..3", ("Type", "T", ("Range", 0, 3))),
        ("def f() = 1", ("Def", "f", [], 1)),
        ("def f(x, y) = x", ("Def", "f", ["x", "y"], "x")),
        ("input xs: T", ("Input", "xs", "T", None, None)),
        ("input xs: T up to N + 1", ("Input", "xs", "T", ("Binary", "+", "N", 1), None)),
        ('input xs: T up to 9 else "?"', ("Input", "xs", "T", 9, "?")),
        ('frame "a" * 3 xs "b"', ("Frame", [("FrameToken", "a", 3), ("FrameInput", "xs"), ("FrameToken", "b", None)])),
        ("var x: T = 1", ("Var", "x", "T", 1)),
        ("run a", ("Run", [("RunEntry", ["a"], None, None)])),
        (
            "run a until x == 1, (b, c) * 3, (d) * (N + 1), e",
            (
                "Run",
                [
                    ("RunEntry", ["a"], None, ("Compare", "x", [["==", 1]])),
                    ("RunEntry", ["b", "c"], 3, None),
                    ("RunEntry", ["d"], ("Group", ("Binary", "+", "N", 1)), None),
                    ("RunEntry", ["e"], None, None),
                ],
            ),
        ),
        ("run (count, first) until x", ("Run", [("RunEntry", ["count", "first"], None, "x")])),
        ("layer look: x := 1", ("Layer", "look", [("Assign", "x", 1)])),
        ("layer count:\n    pass", ("Layer", "count", [("Pass",)])),
        (
            "layer look:\n    x := 1\n    var y = x\n    head h = x\n    if a:\n        z := 2\n    var w: 0..3 = 1",
            (
                "Layer",
                "look",
                [
                    ("Assign", "x", 1),
                    ("Introduce", "y", None, "x"),
                    ("Head", "h", None, "select", "x", None, None, None),
                    ("If", [["a", [("Assign", "z", 2)]]], None),
                    ("Introduce", "w", ("Range", 0, 3), 1),
                ],
            ),
        ),
        ("halt when x", ("Halt", "x")),
        ("layers 3", ("Layers", 3)),
        ("output x", ("Output", "x", False, "all", None)),
        ("output x at first", ("Output", "x", False, "first", None)),
        ("output x at last where y", ("Output", "x", False, "last", "y")),
        ("output x at all where y", ("Output", "x", False, "all", "y")),
        ("output x pooled where y", ("Output", "x", True, "all", "y")),
        ("output pooled at last", ("Output", "pooled", False, "last", None)),
        ("output pooled pooled", ("Output", "pooled", True, "all", None)),
        ("score x: y = z", ("Score", "x", "y", "z", None)),
        ("score temperature: score = pooled temperature 2", ("Score", "temperature", "score", "pooled", 2)),
        ('example "1 0" -> [1, 0]', ("Example", "1 0", ("Collection", "list", [1, 0], []))),
        ("head h = x", ("Head", "h", None, "select", "x", None, None, None)),
        ("head h = first x", ("Head", "h", None, "first", "x", None, None, None)),
        ("head h = last x", ("Head", "h", None, "last", "x", None, None, None)),
        ("head h: T = mean x", ("Head", "h", "T", "mean", "x", None, None, None)),
        ("head h = count where key.x", ("Head", "h", None, "count", None, "key.x", None, None)),
        ("head h = exists at 1..", ("Head", "h", None, "exists", None, None, ("Offsets", 1, None, None), None)),
        ("head h = x at ..0 else 1", ("Head", "h", None, "select", "x", None, ("Offsets", None, 0, None), 1)),
        (
            "head h = x where key.y at 1..3 else 1",
            ("Head", "h", None, "select", "x", "key.y", ("Offsets", 1, 3, None), 1),
        ),
        (
            "head h = x at -1",
            ("Head", "h", None, "select", "x", None, ("Offsets", None, None, ("Unary", "-", 1)), None),
        ),
    ],
)
def test_declarations(text: str, expected: object) -> None:
    assert shape(declaration(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x := 1", ("Assign", "x", 1)),
        ("let y = x", ("Let", "y", "x")),
        ("pass", ("Pass",)),
        ("if a: x := 1", ("If", [["a", [("Assign", "x", 1)]]], None)),
        (
            "if a:\n    pass\nelif b:\n    pass\nelse:\n    x := 1",
            ("If", [["a", [("Pass",)]], ["b", [("Pass",)]]], ("Else", [("Assign", "x", 1)])),
        ),
        ("for i in 0..3:\n    pass", ("For", "i", ("Range", 0, 3), [("Pass",)])),
        (
            'match a, b:\n    case 1 | "x", -1..3 if c: pass\n    case _, n:\n        pass',
            (
                "Match",
                ["a", "b"],
                [
                    (
                        "Case",
                        [
                            ("Pattern", [("PatternValue", 1), ("PatternValue", "x")]),
                            ("Pattern", [("PatternRange", -1, 3)]),
                        ],
                        "c",
                        [("Pass",)],
                    ),
                    ("Case", [("Pattern", [("PatternAny",)]), ("Pattern", [("PatternName", "n")])], None, [("Pass",)]),
                ],
            ),
        ),
    ],
)
def test_statements(text: str, expected: object) -> None:
    assert shape(statement(text)) == expected


def test_a_docstring_comments_and_empty_lines_stand_around_declarations() -> None:
    text = '# first\n\n"""What it does.\n\n  More.\n"""\n\n# second\nprogram p  # third\n\n  # fourth\nlayers 1'
    file = parse_source(Source("test.alta", text))
    assert file.docstring == "What it does.\n\n  More."
    assert [type(one) for one in file.declarations] == [t.ProgramName, t.Layers]


def test_spans_cover_what_was_written() -> None:
    text = "const A = 1\nstep:\n    if a == 1:\n        x := min(2,\n            3)  # two\n\nlayers 1\n"
    _, step, layers = parse_source(Source("test.alta", text)).declarations
    assert isinstance(step, t.Step)
    (branch,) = step.body
    assert isinstance(branch, t.If)
    ((condition, (assignment,)),) = branch.branches
    assert condition.span.text == "a == 1"
    assert (condition.span.line, condition.span.column) == (3, 8)
    assert assignment.span.text == "x := min(2,\n            3)"
    assert layers.span.text == "layers 1"


def test_spans_of_layers_and_runs() -> None:
    text = "layer look:  # one\n    var y: 0..3 = 1  # two\n\nrun ( look , look )  until x == 1 , look * 3  # three\n"
    layer, run = parse_source(Source("test.alta", text)).declarations
    assert isinstance(layer, t.Layer)
    assert isinstance(run, t.Run)
    assert layer.span.text == "layer look"
    assert layer.items[0].span.text == "var y: 0..3 = 1"
    assert run.span.text == "run ( look , look )  until x == 1 , look * 3"
    assert [entry.span.text for entry in run.entries] == ["( look , look )  until x == 1", "look * 3"]
    assert [name.span.column for name in run.entries[0].layers] == [7, 14]


@pytest.mark.parametrize("word", ["layer", "run", "until", "score", "temperature", "pooled"])
def test_words_of_layers_are_names_elsewhere(word: str) -> None:
    text = f"var {word}: 0..1 = {word}({word})\nstep:\n    {word} := [{word},\n{word} + 1][{word}]\noutput {word}"
    var, step, output = parse_source(Source("test.alta", text)).declarations
    call = ("Call", word, [word])
    assert shape(var) == ("Var", word, ("Range", 0, 1), call)
    listed: object = ("Collection", "list", [word, ("Binary", "+", word, 1)], [])
    assert shape(step) == ("Step", [("Assign", word, ("Index", listed, word))])
    assert shape(output) == ("Output", word, False, "all", None)
    assert shape(declaration(f"layer {word}:\n    {word} := 1")) == ("Layer", word, [("Assign", word, 1)])
    assert shape(declaration(f"run {word}, ({word}, {word}) until {word} or key.{word}\n")) == (
        "Run",
        [("RunEntry", [word], None, None), ("RunEntry", [word, word], None, ("Binary", "or", word, f"key.{word}"))],
    )
    assert shape(declaration(f"run {word} until {{{word} for {word} in {word}}}")) == (
        "Run",
        [("RunEntry", [word], None, ("Collection", "set", [word], [("Generator", word, word, None)]))],
    )


def test_layers_as_text() -> None:
    text = "layer look:\n    var y: T = 1\nrun (look, look) * 2\n"
    assert dump_tree(parse_source(Source("test.alta", text))).splitlines() == [
        "File @1:1",
        "  declarations:",
        "    Layer name=look @1:1",
        "      items:",
        "        Introduce name=y @2:5",
        "          domain:",
        "            Name text='T' @2:12",
        "          value:",
        "            Literal value=1 @2:16",
        "    Run @3:1",
        "      entries:",
        "        RunEntry @3:5",
        "          layers:",
        "            Identifier text='look' @3:6",
        "            Identifier text='look' @3:12",
        "          times:",
        "            Literal value=2 @3:20",
    ]


def test_what_a_layer_mentions() -> None:
    text = "layer look:\n    var y = a\n    var z = z\n    x := b\nrun look until c\n"
    file = parse_source(Source("test.alta", text))
    assert mentions.names(file) == {"a", "b", "c", "z", "look"}
    assert mentions.assigned(file) == {"x", "y", "z"}
    assert mentions.changed(file) == {"x", "y"}


def test_a_file_may_have_a_mark_and_other_line_breaks(tmp_path: Any) -> None:
    path = tmp_path / "marked.alta"
    path.write_bytes(b"\xef\xbb\xbfprogram p\r\nstep:\r\n    x := 1\r\nlayers 1\r")
    assert len(parse_source(read_source(path)).declarations) == 3
