"""Tests that can fail: each comparison that other tests rely on notices what was changed for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from altac.cli.main import run
from altac.diagnostics import AltacError, Source
from altac.diagnostics.run_errors import HeadDisagrees, NeverHalts, RunFailed
from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Layer
from altac.model.model import Model
from altac.passes.rule_text import parse_rules
from altac.syntax import parse_source
from altac.syntax.tree import File
from tests.fuzz import properties
from tests.fuzz.properties import combinations, events_of, failure, false_witness, verdict
from tests.oracle import Oracle
from tests.programs.harness import Task, check_answers, check_weights
from tests.support import PROGRAMS, compiled, outputs, program, small

TESTS = Path(__file__).parent
Layers = list[Layer]


# Whole states ------------------------------------------------------------------------------------------------


class Changed:
    """An engine whose layers, or ends of runs, are those of another, changed."""

    def __init__(self, engine: Engine, change: Callable[[Layers], Layers] = list, ends: Callable[[Any], Any] = list):
        self.engine, self.change, self.ends = engine, change, ends

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def layers(self, batch: Sequence[Sequence[int]], *options: Any, **more: Any) -> Iterator[Layer]:
        yield from self.change(list(self.engine.layers(batch, *options, **more)))

    def finish(self, batch: Sequence[Sequence[int]]) -> Any:
        return self.ends(self.engine.finish(batch))


def number_of(layer: Layer) -> int:
    """How many layers the sequences have run; here they run all together."""
    return layer.round if layer.name == "" else layer.place + 1


def at(number: int, **changed: Callable[[Layer], Any]) -> Callable[[Layers], Layers]:
    """One layer with some of its parts changed."""
    return lambda layers: [
        replace(layer, **{name: part(layer) for name, part in changed.items()}) if number_of(layer) == number else layer
        for layer in layers
    ]


def with_value(name: str, row: int, position: int, value: int) -> Callable[[Layer], Any]:
    def change(layer: Layer) -> Any:
        kind = next(kind for kind in (layer.variables, layer.kept, layer.heads) if name in kind)
        values = kind[name].copy()
        assert values[row, position] != value
        values[row, position] = value
        return {**kind, name: values}

    return change


def without(kind: str, name: str) -> Callable[[Layer], Any]:
    return lambda layer: {one: values for one, values in getattr(layer, kind).items() if one != name}


def failed(layer: Layer) -> dict[int, RunFailed]:
    return {**layer.errors, 0: HeadDisagrees(None, "left", 1, 0)}


TEXTS = ["1 0 1", "1 1 1"]  # two sequences of three layers, and four positions with the frame
CHANGES: dict[str, Callable[[Layers], Layers]] = {
    "an initial value": at(0, variables=with_value("parity", 0, 1, 0)),
    "a variable": at(2, variables=with_value("parity", 1, 2, 1)),
    "a variable in the last layer": at(3, variables=with_value("done", 0, 3, 0)),
    "a head": at(1, heads=with_value("done_left", 0, 0, 1)),
    "no value": at(2, variables=with_value("parity", 0, 3, -2)),
    "no head": at(2, heads=without("heads", "done_left")),
    "no variable": at(2, variables=without("variables", "done")),
    "no heads": at(1, heads=lambda layer: {}),
    "no last layer": lambda layers: layers[:-1],
    "no layer in the middle": lambda layers: [layers[0], *layers[2:]],
    "no layer": lambda layers: [],
    "one layer more": lambda layers: [*layers, replace(layers[-1], round=len(layers))],
    "the layers in another order": lambda layers: [layers[0], layers[2], layers[1], layers[3]],
    "one sequence less": at(
        3,
        rows=lambda layer: layer.rows[:1],
        numbers=lambda layer: layer.numbers[:1],
        heads=lambda layer: {name: values[:1] for name, values in layer.heads.items()},
        variables=lambda layer: {name: values[:1] for name, values in layer.variables.items()},
    ),
    "an error": at(
        3,
        errors=failed,
        failed=lambda layer: {0: 3},
        rows=lambda layer: layer.rows[1:],
        numbers=lambda layer: layer.numbers[1:],
        heads=lambda layer: {name: values[1:] for name, values in layer.heads.items()},
        variables=lambda layer: {name: values[1:] for name, values in layer.variables.items()},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_equivalence_notices(what: str) -> None:
    one = program("parity", 1).interpreter
    other = Changed(one, CHANGES[what])
    assert compare_engines(one, Changed(one), TEXTS) is None
    assert compare_engines(one, other, TEXTS) is not None
    assert compare_engines(other, one, TEXTS) is not None


LAYERED = """program layered
input word: "a".."c" up to 5
layer measure:
    head often = count where key.token == query.token
    var twice = often > 1
layer compare:
    head alike = count where key.often == query.often
output alike where twice
"""
LAYERED_CHANGES: dict[str, Callable[[Layers], Layers]] = {
    "what is introduced": at(1, variables=with_value("twice", 0, 1, 1)),
    "what is introduced is not there": at(1, variables=with_value("twice", 0, 1, -3)),
    "what a head brought for later": at(1, kept=with_value("often", 0, 1, 3)),
    "it is not there": at(2, kept=lambda layer: {}),
    "the layer": at(2, place=lambda layer: 0),
    "the round": at(2, round=lambda layer: 2),
}


@pytest.mark.parametrize("what", LAYERED_CHANGES)
def test_equivalence_notices_in_programs_of_layers(what: str) -> None:
    one = compiled(LAYERED).interpreter
    other = Changed(one, LAYERED_CHANGES[what])
    assert compare_engines(one, Changed(one), ["a b a"]) is None
    assert compare_engines(one, other, ["a b a"]) is not None
    assert compare_engines(other, one, ["a b a"]) is not None


@pytest.mark.parametrize("error", [NeverHalts(None, 1), None])
def test_equivalence_notices_another_error_and_none(error: RunFailed | None) -> None:
    one = small("var out: 0..9 = 0\nhead h = token at {-1, +1} else 0\nstep:\n    out := h").interpreter
    errors = {} if error is None else {0: error}
    found = compare_engines(one, Changed(one, at(1, errors=lambda layer: errors)), ["1 2 3"])
    assert found is not None
    assert "E0603" in str(found)


# Outputs -----------------------------------------------------------------------------------------------------


def test_a_result_that_is_missing_is_no_shorter_list() -> None:
    one = program("parity", 1).interpreter
    for ends in (lambda found: found[:-1], lambda found: [*found, found[0]]):
        with pytest.raises(ValueError, match="zip"):
            run_texts(Changed(one, ends=ends), TEXTS)


def broken(one: Compiled) -> Compiled:
    """The same program with one hidden unit that does nothing."""
    module = type(one.model.module)(one.model.module.config)
    module.load_state_dict(one.model.module.state_dict())
    with torch.no_grad():
        rules = [layer.mlps[-1] for layer in module.layers if len(layer.mlps)][-1]  # type: ignore[union-attr, index, arg-type]
        rules.fc_out.weight[:, 0] = 0  # type: ignore[union-attr]
    found = replace(one)
    found.__dict__["model"] = Model(module, one.model.metadata)
    return found


def test_the_helper_of_most_tests_notices_wrong_weights() -> None:
    one = small("var out: 0..9 = 0\nstep:\n    out := token")
    assert outputs(one, "1 0 2 0") == ["1 0 2 0"]
    with pytest.raises(AssertionError):
        outputs(broken(one), "1 0 2 0")


def test_a_task_notices_a_wrong_answer_a_short_one_and_wrong_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("sort", sorted, 32, lambda text: 2, drawn=60, compared=20)
    check_answers(task)
    check_weights(task)
    for wrong in (
        replace(task, answer=lambda text: sorted(text, reverse=True)),
        replace(task, answer=lambda text: sorted(text)[:-1]),
        replace(task, layers=lambda text: 7),
        replace(task, longest=31),
    ):
        with pytest.raises(AssertionError):
            check_answers(wrong)
    changed = broken(task.compiled)
    monkeypatch.setattr(Task, "compiled", property(lambda self: changed))
    with pytest.raises(AssertionError):
        check_weights(task)


@pytest.mark.parametrize("change", ['"1 0 0 1" -> 1', '"1 0 0 1" -> "0 0"', '"1 0 0 1" -> ""'])
def test_examples_notice_a_wrong_output(change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (PROGRAMS / "parity.alta").read_text(encoding="utf-8")
    (tmp_path / "wrong.alta").write_text(text.replace('"1 0 0 1" -> 0', change), encoding="utf-8")
    assert run(["test", str(tmp_path / "wrong.alta")]) == 1
    out = capsys.readouterr().out
    assert 'example "1 0 0 1": expected ' in out
    assert out.splitlines()[-1].endswith(", 1 failure")


# Random programs ---------------------------------------------------------------------------------------------

FUZZED = """program fuzz
input word: 0..2 up to 3
var a: 0..2 = token
var b: bool = false
head left = a at -1 else 0
step:
    a := (a + left) % 3
    b := left > a
layers 2
output a where not b
"""
CARELESS = FUZZED.replace("(a + left) % 3", "a + left")
OTHER = FUZZED.replace("(a + left)", "(a - left)")


def replaced(part: str) -> Callable[[pytest.MonkeyPatch], None]:
    """All programs have this part of another one."""
    other = getattr(compiled(OTHER), part)
    return lambda patch: patch.setattr(Compiled, part, property(lambda self: other))


BREAKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "layout": lambda patch: patch.setattr(properties, "format_source", lambda source: OTHER),
    "text of rules": lambda patch: patch.setattr(properties, "parse_rules", lambda text: parse_rules("")),
    "meaning of rules": lambda patch: replaced("rules")(patch),
    "meaning": lambda patch: replaced("interpreter")(patch),
    "weights": lambda patch: replaced("model")(patch),
}


@pytest.mark.parametrize("what", BREAKS)
def test_properties_of_random_programs_notice(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure(FUZZED) is None
    BREAKS[what](monkeypatch)
    assert str(failure(FUZZED)).startswith(f"{what}: ")


def test_a_name_that_means_something_else_when_it_is_imported_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = FUZZED.replace("program fuzz\n", f"program fuzz{properties.CONSTANTS}").replace("layers 2", "layers N")
    assert failure(text) is None
    check = properties.check_file
    monkeypatch.setattr(properties, "check_file", lambda file: check(file, {"N": 3}))
    assert str(failure(text)).startswith("layout: ")
    monkeypatch.delitem(properties.PROPERTIES, "layout")
    assert str(failure(text)).startswith("imports: ")


def test_a_well_typed_program_that_is_refused_is_noticed() -> None:
    assert (failure(FUZZED.replace("% 3", "% 4")) or "").startswith("a well-typed program is refused")


@pytest.mark.parametrize("checked", [FUZZED, CARELESS.replace("b := left > a", "b := left / a > 1")])
def test_a_wrong_verdict_is_noticed(checked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker looks at another program, in which less goes wrong, or more."""
    assert verdict(FUZZED) is None
    assert verdict(CARELESS) is None
    other, check = parse_source(Source("other.alta", checked)), properties.check_file

    def confused(file: File) -> Any:
        return check(other if file == parse_source(Source("careless.alta", CARELESS)) else file)

    monkeypatch.setattr(properties, "check_file", confused)
    assert "trying all values" in str(verdict(CARELESS))


def test_a_false_witness_is_noticed() -> None:
    with pytest.raises(AltacError) as caught:
        compiled(CARELESS)
    (told,) = caught.value.diagnostics
    oracle, states = Oracle(CARELESS), combinations(CARELESS)
    assert states is not None
    expected = [(state, events_of(oracle, state)) for state in states]
    assert false_witness(told, expected) is None
    for wrong in (replace(told, witness=(("left", "1"),)), replace(told, value="4"), replace(told, witness=())):  # type: ignore[call-arg]
        assert false_witness(wrong, expected) is not None


# The suite itself --------------------------------------------------------------------------------------------


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Where the tests call functions of these names, by file."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in names:
                    yield path.name, node


def test_no_test_is_expected_to_fail_or_left_out() -> None:
    """But for those of a device or a system (`skipif`); a package that is missing is a failure."""
    assert [path for path, _ in calls("xfail", "skip", "importorskip")] == []
    of_gpu, of_proc = {"test_verify.py", "test_gradient_training.py"}, {"test_processes.py"}
    assert {path for path, _ in calls("skipif")} == of_gpu | of_proc


def test_no_assertion_is_about_each_of_nothing() -> None:
    """A loop that asserts, and an `all`, go through what is seen not to be empty, or through `nonempty(...)`."""
    wrong = [
        f"{path.relative_to(TESTS)}:{place.lineno}: {ast.unparse(place)}"
        for path in sorted(TESTS.rglob("*.py"))
        for place in asserted_of_each(ast.parse(path.read_text(encoding="utf-8")))
        if not never_empty(place)
    ]
    assert wrong == []
    loop, quantifier = "for x in found():\n    assert x", "assert all(x for x in found if x > 0)"
    found = [ast.unparse(place) for place in asserted_of_each(ast.parse(f"{loop}\n{quantifier}"))]
    assert found == ["found()", "filtered"]


def asserted_of_each(node: ast.AST) -> Iterator[ast.expr]:
    """What loops with assertions, and `all` in assertions, go through; the outermost of loops inside each other."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.For) and any(isinstance(inner, ast.Assert) for inner in ast.walk(child)):
            yield child.iter
            continue
        if isinstance(child, ast.Assert):
            for inner in ast.walk(child.test):
                match inner:
                    case ast.Call(func=ast.Name("all"), args=[ast.GeneratorExp(generators=[first, *_])]):
                        yield first.iter if not first.ifs else ast.Name("filtered", lineno=inner.lineno)
        yield from asserted_of_each(child)


def never_empty(expr: ast.expr) -> bool:
    """Literals, constants of a module, ranges of numbers, trees, and what is made of one of these."""
    match expr:
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(keys=items):
            return bool(items)
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.Name(name):
            return name.isupper()
        case ast.Call(func=ast.Name("nonempty")) | ast.Call(func=ast.Attribute(attr="walk")):
            return True
        case ast.Call(func=ast.Name("range"), args=arguments):
            return all(isinstance(one, ast.Constant | ast.BinOp) for one in arguments)
        case ast.Call(func=ast.Name("zip" | "enumerate" | "sorted" | "list" | "map"), args=arguments):
            return any(map(never_empty, arguments))
        case ast.Call(func=ast.Name("product"), args=arguments):
            return all(map(never_empty, arguments))
        case ast.Call(func=ast.Attribute(value=collection, attr="items" | "values" | "keys")):
            return never_empty(collection)
        case _:
            return False


def test_results_are_never_zipped_to_the_shortest() -> None:
    """`strict=False` cuts off what is missing; it stands only where one side has no end."""

    def strict(call: ast.Call) -> bool:
        return any(one.arg == "strict" and getattr(one.value, "value", None) is True for one in call.keywords)

    assert [path for path, call in calls("zip") if not strict(call)] == ["properties.py"]
