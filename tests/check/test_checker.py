"""What the checker makes of a program beyond its diagnostics, which the golden files hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from altac.check import check_file
from altac.check.proofs import Prover
from altac.check.scope import Reports
from altac.diagnostics import AltacError, Diagnostic, Source, Span
from altac.ir.diagram import Diagrams
from altac.ir.expr import Apply, Read
from altac.ir.means import attainable_means
from altac.ir.program import Assign, Program
from altac.ir.values import Domain
from altac.syntax import parse_source, read_source


def program(text: str, **overrides: object) -> Program:
    return check_file(parse_source(Source("test.alta", text)), overrides)[0]  # type: ignore[arg-type]


def errors(text: str, **overrides: object) -> list[Diagnostic]:
    with pytest.raises(AltacError) as caught:
        program(text, **overrides)
    return list(caught.value.diagnostics)


COUNTER = """param N = 3
program counter
input ticks: {"tick"} up to 5
var x: 0..N = 0
step:
    x := min(x + 1, N)
halt when x == N
output x at last
"""


@pytest.mark.parametrize(("given", "greatest"), [("7", 7), (7, 7), (" 07 ", 7)])
def test_a_parameter_takes_the_value_of_an_override(given: object, greatest: int) -> None:
    checked = program(COUNTER, N=given)
    assert checked.variable("x").domain == Domain.of(range(greatest + 1))
    assert checked.overrides == (("N", greatest),)


@pytest.mark.parametrize("given", ["x", "", "1e9999999999", "1/0", "true", True, None, 3.5])
def test_an_override_of_another_kind_is_refused(given: object) -> None:
    assert [one.code for one in errors(COUNTER, N=given)] == ["E0208"]


@pytest.mark.parametrize(
    ("declared", "given", "value"),
    [
        ("false", "true", True),
        ("true", "false", False),
        ("true", False, False),
        ('"a"', "b c", "b c"),
        ("1/2", "0.25", 0.25),
    ],
)
def test_a_parameter_of_any_kind(declared: str, given: object, value: object) -> None:
    checked = program(f"param P = {declared}\n{COUNTER}var y: {{P, {declared}}} = P\n", P=given)
    assert checked.overrides == (("N", 3), ("P", value))


@pytest.mark.parametrize(("declared", "given"), [("true", "1"), ("true", "yes"), ('"a"', 3), ("3", "none")])
def test_a_parameter_keeps_its_kind(declared: str, given: object) -> None:
    assert "E0208" in [one.code for one in errors(f"param P = {declared}\n{COUNTER}", P=given)]


def test_an_override_of_nothing_is_refused_with_a_suggestion() -> None:
    (error,) = errors(COUNTER.replace("N", "SIZE"), SIZES="3")
    assert error.code == "E0207"
    assert "SIZE" in error.help_text


def test_token_and_position_are_variables_only_where_they_are_read() -> None:
    assert [one.name for one in program(COUNTER).variables] == ["x"]
    reading = COUNTER.replace("x := min", 'if token == "tick":\n        x := min')
    assert [one.name for one in program(reading).variables] == ["token", "x"]


def test_a_value_that_the_condition_never_selects_does_not_count() -> None:
    """A head may look up in a table those values alone that its condition lets through."""
    head = program(
        """program pruned
input letters: {"a", "b", "c"}
const T = {"a": 1, "b": 2}
head found = T[token] where key.token in T at -1 else 0
var x: 0..2 = 0
step:
    x := found
layers 1
output x
"""
    ).head("found")
    assert head.domain == Domain.of((0, 1, 2))


def test_warnings_are_told_only_of_programs_without_errors() -> None:
    unused = COUNTER + "head left = x at -1\n"
    checked, warnings = check_file(parse_source(Source("test.alta", unused)))
    assert [one.code for one in warnings] == ["W0101"]
    assert checked.name == "counter"
    assert [one.code for one in errors(unused + "const A = B\n")] == ["E0101"]


WASTE = """param N = 1
program waste
input ticks: {"tick"}
var x: 0..3 = 0
var y: 0..3 = 0
head large = exists where key.x > N
step:
    if N == 1 and large:
        x := y
    match x:
        case n if n <= N + 2: pass
layers 1
output x
"""


def warnings(text: str, **overrides: int) -> list[tuple[str, str]]:
    """The code of each warning, and the text that it stands at."""
    found = check_file(parse_source(Source("test.alta", text)), overrides)[1]
    return [(one.code, one.span.text) for one in found if one.span is not None]


@pytest.mark.parametrize(("value", "told"), [(1, []), (0, [("W0103", "x")]), (3, [])])
def test_what_a_parameter_leaves_unused_is_no_waste(value: int, told: list[tuple[str, str]]) -> None:
    """Another value needs it. A case that is left uncovered is told: the step does nothing there."""
    assert warnings(WASTE, N=value) == told
    assert warnings(WASTE.replace("N = 1", f"N = {value}")) == told


@pytest.mark.parametrize(
    "step",
    [
        "if WRAP: x := 0\n    else:\n        if x > 1: x := 1\n        else: x := 2",
        "if x > 1 and not WRAP: x := 1\n    elif WRAP: x := 2\n    elif not WRAP: x := 3",
        "if MORE == 3: x := 1\n    elif MORE == 4: x := 2\n    else: x := 0",
        "let wrap = both(true)\n    if wrap: x := 1\n    else: x := 0",
        "match MORE:\n        case 3: x := 1\n        case 4: x := 2\n        case _: pass",
        "match x:\n        case LARGE: x := 1\n        case n if n == 4: x := 2\n        case _: pass",
        "for n in 0..MORE:\n        if n == 4: x := 1",
        "if y > 3: x := 1\n    if many == 4: y := 1",
        "if large: x := min(y, 3)\n    else: y := min(many, 3)",
    ],
)
def test_a_parameter_is_no_constant_for_warnings(step: str) -> None:
    text = f"""param WRAP = false
const MORE = 4 if WRAP else 3
const LARGE = {{4}} if WRAP else {{}}
def both(a) = a and WRAP
program turns
input ticks: {{"tick"}} up to MORE
var x: 0..3 = 0
var y: 0..MORE = 0
head many = count
head large = exists where key.y > 3
step:
    {step}
layers 1
output x
"""
    dead = set()
    for value in ("false", "true"):
        of_parameter = text.replace("false", value)
        told = {code for code, _ in warnings(of_parameter)}
        assert told <= {"W0101"}, "`y` and the heads are not read in all of them"
        dead |= {code for code, _ in warnings(of_parameter.replace("param", "const"))} - told
    assert dead, "with a constant, something is never taken or never selected"


def test_what_no_parameter_has_a_say_in_is_dead_for_all_values() -> None:
    text = WASTE.replace("        case n if", "        case 9: pass\n        case n if")
    assert warnings(text) == warnings(text, N=2) == [("W0102", "case 9")]


def test_a_let_that_is_never_used_reads_nothing() -> None:
    text = COUNTER.replace("step:\n", "var y: 0..3 = 0\nvar z: 0..3 = 0\nstep:\n    let a = y\n    let b = z\n")
    text = text.replace("x := min", "let c = b\n    if c == 0: x := min")
    assert warnings(text) == [("W0101", "var y: 0..3 = 0")]


OUTPUT = """program shown
input bits: {"0", "1"} up to 4
var x: 0..3 = 0
var start: {"0", "1"} = token
step:
    x := min(x + 1, 3)
"""


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("layers 1\noutput x", []),
        ("layers 1\noutput start", ["W0106"]),
        ("halt when x == 3\noutput start", ["W0106"]),
        ("layers 1\noutput token at first", ["W0106"]),
        ("layers 1\noutput position at all where start == token", ["W0106"]),
        ("layers 1\noutput start at last where x > position", []),
        ("layers 0\noutput start", []),
        ('halt when start == "1"\noutput start', ["W0105"]),
    ],
)
def test_an_output_that_the_step_has_no_part_in_is_told(after: str, told: list[str]) -> None:
    read = OUTPUT.replace("min(x + 1, 3)", 'min(x + 1, 3 if start == "1" else 2)')
    assert [code for code, _ in warnings(read + after + "\n")] == told


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("start := start", True),
        ("start := (start)", True),
        ("start := start if x == 1 else (start)", True),
        ("if x == 1: start := start\n    else: start := start", True),
        ("if x == 1: start := start\n    else: start := token", False),
        ("start := start if x == 1 else token", False),
        ("start := token", False),
    ],
)
def test_a_variable_that_only_keeps_its_value_never_changes(statement: str, told: bool) -> None:
    text = OUTPUT.replace("step:\n", f"step:\n    {statement}\n")
    assert [code for code, _ in warnings(text + "layers 1\noutput start\n")] == ["W0106"] * told
    assert [code for code, _ in warnings(text + 'halt when start == "1"\noutput x\n')] == ["W0105"] * told


def test_a_wrong_declaration_does_not_hide_other_errors_and_causes_none() -> None:
    text = COUNTER.replace("var x: 0..N = 0", "var x: 0..M = 0\nvar y: 0..3 = 5").replace(
        "x := min", "y := x\n    x := min"
    )
    assert [one.code for one in errors(text)] == ["E0101", "E0301"]


def test_the_greatest_number_of_combinations_is_reported_with_its_variables() -> None:
    span = Span(Source("test.alta", "a * b"), 0, 5)
    domain = Domain.of(range(30))
    product = Apply("*", (Read("a", domain, span), Read("b", domain, span)), span)
    reports = Reports()
    domains = {"a": domain, "b": domain}
    Prover(Diagrams(list(domains.items()), limit=10), reports, domains).step((Assign("a", product, span, span, span),))
    (error,) = reports.errors
    assert error.code == "E0306"
    assert "`a` (30), `b` (30): 900 combinations" in error.label_text


def test_attainable_means_are_all_averages_of_up_to_so_many() -> None:
    assert set(attainable_means([0, 1], 3) or []) == {0, 1, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3)}
    assert attainable_means([0, 1, 10**12], 10_000) is None
    assert attainable_means([7], 10_000) == [7]
    assert attainable_means(list(range(1001)), 1) is None
    assert attainable_means(list(range(600)), 2) is None
    assert len(attainable_means(list(range(600)), 1) or []) == 600


# Imports -----------------------------------------------------------------------------------------------------

MAIN = 'import "names.alta"\n' + COUNTER.replace("param N = 3\n", "")


def check_in(folder: Path, files: dict[str, str], **overrides: object) -> Program:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return check_file(parse_source(read_source(folder / "main.alta")), overrides)[0]  # type: ignore[arg-type]


def test_an_import_brings_names_also_from_what_it_imports(tmp_path: Path) -> None:
    files = {"main.alta": MAIN, "names.alta": 'import "more.alta"\nconst N = M + 1\n', "more.alta": "const M = 3\n"}
    assert check_in(tmp_path, files).variable("x").domain == Domain.of(range(5))


def test_a_file_that_two_others_import_counts_once(tmp_path: Path) -> None:
    files = {
        "main.alta": 'import "other.alta"\n' + MAIN,
        "names.alta": 'import "more.alta"\nconst N = M + 1\n',
        "other.alta": 'import "more.alta"\nconst O = M\n',
        "more.alta": "const M = 3\n",
    }
    assert check_in(tmp_path, files).variable("x").domain == Domain.of(range(5))


def test_a_parameter_of_an_imported_file_can_be_overridden(tmp_path: Path) -> None:
    checked = check_in(tmp_path, {"main.alta": MAIN, "names.alta": "param N = 3\n"}, N="4")
    assert checked.variable("x").domain == Domain.of(range(5))


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"main.alta": MAIN}, "E0504"),
        ({"main.alta": MAIN, "names.alta": 'import "main.alta"\nconst N = 3\n'}, "E0504"),
        ({"main.alta": MAIN, "names.alta": "const N = 3\nlayers 3\n"}, "E0504"),
        ({"main.alta": MAIN, "names.alta": "const N == 3\n"}, "E0001"),
        ({"main.alta": MAIN, "names.alta": "const N = 3\nconst x = 3\n"}, "E0102"),
    ],
    ids=["missing", "cycle", "more than names", "wrong", "taken name"],
)
def test_a_wrong_import_is_the_only_error(tmp_path: Path, files: dict[str, str], code: str) -> None:
    with pytest.raises(AltacError) as caught:
        check_in(tmp_path, files)
    assert [one.code for one in caught.value.diagnostics] == [code]
