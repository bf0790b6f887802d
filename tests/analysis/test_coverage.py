"""Counts of statements and rules: by hand on small sets, and against a walk through traces, one position at a time."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from random import Random
from typing import Any

import pytest

from altac.analysis.coverage import Coverage, cover
from altac.analysis.report import SourceLine, report
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.ir.expr import Apply, Choose, Constant, Read
from altac.ir.interface import InputError
from altac.ir.operations import operate
from altac.ir.program import Assign, Branch
from altac.ir.values import value_key, value_text
from tests.support import compiled, program

EVERYTHING = """program everything
input word: 0..3 up to 8
var out: 0..3 = 0
var seen: 0..3 = 0
var small: bool = false
var bare: bool = false
head left = token at -1 else 0
step:
    match token:
        case 0: pass
        case 1: out := 2
        case x if x == left:
            out := 1
        case 2 | 3:
            out := token
            if left == 0:
                bare := true
    for i in [1, 2]:
        if left == i:
            seen := i
    if seen == 3:
        small := false
    elif seen == 2 and not small:
        small := true
layers 2
output out
"""


LAYERS = """program stages
input word: 0..3 up to 8
var out: 0..3 = token
layer look:
    head left = out at -1 else 0
    var both: 0..6 = left + token
layer turn:
    if both > 3:
        out := left
    elif left == 1:
        out := 2
layer end:
    var large = out > 1
    if both == 0:
        out := 3
run (look, turn) * 2, end
output large
"""


def table(lines: list[SourceLine]) -> dict[int, tuple[int | None, int | None]]:
    return {line.number: (line.runs, line.changes) for line in lines if line.runs is not None}


def test_parity_by_hand() -> None:
    """On `1 1`, each of two layers reaches one position: the first keeps its 1, the second becomes 0."""
    found = report(program("parity").interpreter, ("two", ["1 1"]))
    first = next(line.number for line in found.lines() if line.text.strip().startswith("if not done"))
    assert table(found.lines()) == {first: (2, None), first + 1: (2, 1), first + 2: (2, 2)}
    coverage = found.coverage
    assert (coverage.inputs, coverage.cells, coverage.plain.total) == (1, 6, 3)
    assert (coverage.fires, coverage.inputs_of) == ({1: 1, 2: 2}, {1: 1, 2: 1})  # 1 -> 0; done


def test_every_kind_of_statement_by_hand() -> None:
    """The input `1 2 3`, with nothing, 1 and 2 to the left, in two layers.

    `out` becomes 2, 2 and 3 in the first layer, and stays that. `seen` becomes 1 and 2 at the last two positions; the
    very last sees its 2 in the second layer, where `small` becomes true.
    """
    found = report(compiled(EVERYTHING).interpreter, ("one", ["1 2 3"])).lines()
    assert table(found) == {
        10: (0, None),  # case 0
        11: (2, 1),  # case 1, with its assignment on the same line
        12: (0, None),
        13: (0, 0),
        14: (4, None),  # case 2 | 3
        15: (4, 2),
        16: (0, None),
        17: (0, 0),
        19: (4, None),  # left == 1 for one position, left == 2 for another
        20: (4, 2),
        21: (0, None),
        22: (0, 0),
        23: (1, None),
        24: (1, 1),
    }
    assert [(line.number, len(line.rules)) for line in found if line.rules] == [(11, 1), (15, 2), (20, 2), (24, 1)]


def test_layers_by_hand() -> None:
    """On `0 1`, `both` is 0 and 1, and in the second round as `left` says.

    `out` is 0 and 1 at first; nothing is to the left of the first position, so only the last layer changes it, to 3.
    """
    one = compiled(LAYERS)
    found = report(one.interpreter, ("one", ["0 1"]))
    lines = {line.text.strip(): (line.runs, line.changes) for line in found.lines() if line.runs is not None}
    assert lines == {
        "var both: 0..6 = left + token": (4, 4),
        "if both > 3:": (0, None),
        "out := left": (0, 0),
        "elif left == 1:": (0, None),
        "out := 2": (0, 0),
        "var large = out > 1": (2, 2),
        "if both == 0:": (1, None),
        "out := 3": (1, 1),
    }
    assert found.coverage.cells == 2 * 5
    assert [(layer.name, layer.cells, layer.fired) for layer in found.coverage.layers] == [
        ("look", 4, 2),
        ("turn", 4, 0),
        ("end", 2, 3),
    ]
    sizes = [4 * 4, 3 * 4 * 3 + 4 * 3, 4 + 3]  # values of what each assignment reads, where it changes something
    assert [layer.rules for layer in found.coverage.layers] == sizes
    assert found.coverage.plain.total == sum(sizes)


def test_a_position_is_counted_in_layers_of_its_own_sequence_only() -> None:
    """Of two inputs that run together, the shorter one halts first, and has padding."""
    interpreter = program("parity").interpreter
    together = cover(interpreter, ["1", "0 1 1"])
    apart = [cover(interpreter, [text]) for text in ("1", "0 1 1")]
    assert together.cells == 2 * 1 + 4 * 3 == sum(one.cells for one in apart)
    assert together.fires == Counter(apart[0].fires) + Counter(apart[1].fires)
    assert [site.runs for site in together.sites] == [1 + 3] * 3


def test_no_input_and_no_position() -> None:
    interpreter = compiled(EVERYTHING).interpreter
    for texts in ([], [""]):
        found = cover(interpreter, texts)
        assert (found.inputs, found.cells, found.fires) == (len(texts), 0, {})
        assert {site.runs for site in found.sites} == {0}


def test_inputs_that_need_what_is_not_known() -> None:
    """The rule 1 -> 0 needs a second 1."""
    interpreter = program("parity").interpreter
    texts = ["", "1", "1 0 1", "0 0", "1 1 1 1"]
    known = cover(interpreter, ["0", "1 0"]).fires
    assert cover(interpreter, texts, known).beyond == (2, 4)
    assert cover(interpreter, texts, cover(interpreter, texts).fires).beyond == ()
    assert cover(interpreter, texts).beyond == (1, 2, 3, 4)


def test_layers_of_failed_runs_count_up_to_the_failure() -> None:
    """The values of `1 0` change for ever."""
    walk = compiled(
        "program walk\ninput word: 0..1 up to 2\nvar x: 0..1 = 0\nstep:\n    x := 1 - x\n"
        "halt when token == 0\noutput x\n"
    )
    found = cover(walk.interpreter, ["0", "1 0"])
    assert {number: error.code for number, error in found.errors.items()} == {1: "E0604"}
    failed = found.errors[1].message
    layers = int(failed.partition("after layer ")[2].partition(" ")[0]) - 1
    assert layers > 0
    assert found.cells == 2 * layers
    assert sum(found.fires.values()) == 2 * layers


def test_an_input_that_is_not_accepted() -> None:
    with pytest.raises(InputError):
        cover(program("parity").interpreter, ["1", "2"])


# Against a walk through traces -------------------------------------------------------------------------------


def value_of(expr: Any, state: dict[str, Any]) -> Any:
    match expr:
        case Constant():
            return expr.value
        case Read():
            return state[expr.name]
        case Choose():
            return value_of(expr.then if value_of(expr.condition, state) is True else expr.other, state)
        case Apply():
            return operate(expr.op, tuple(value_of(one, state) for one in expr.arguments))
    raise AssertionError(expr)


class Walk:
    """Runs and changes of each place, by following the statements at one position after the other."""

    def __init__(self, one: Compiled, texts: list[str]) -> None:
        self.program = one.program
        self.runs: Counter[int] = Counter()
        self.changes: Counter[int] = Counter()
        self.fires: Counter[int] = Counter()
        self.inputs_of: Counter[int] = Counter()
        rules = one.stages[0].rules.layers
        ends = accumulate(len(layer.rules) for layer in rules)
        self.rules = [
            dict(enumerate(layer.rules, end - len(layer.rules))) for layer, end in zip(rules, ends, strict=True)
        ]
        assert one.level == 0
        for text in texts:
            self.inputs_of.update(self.trace(trace_text(one.interpreter, text)))

    def trace(self, trace: Any) -> set[int]:
        fired = set()
        for position in range(len(trace.tokens)):
            state = {name: trace.value(name, 0, position) for name in trace.variables if trace.knows(name, 0)}
            for layer, ran in enumerate(trace.ran, 1):
                introduced = self.program.layers[ran.place].introduced
                state |= {name: trace.value(name, layer, position) for name in trace.heads if trace.knows(name, layer)}
                last: dict[str, int] = {}
                self.block(self.program.layers[ran.place].step, state, last)
                after = {
                    name: trace.value(name, layer, position) for name in trace.variables if trace.knows(name, layer)
                }
                for name, place in last.items():
                    changed = name in introduced or value_key(after[name]) != value_key(state[name])
                    self.changes[place] += changed
                indices = {name: trace.domains[name].index(value) for name, value in state.items()}
                for number, rule in self.rules[ran.place].items():
                    if all(indices[name] in values for name, values in rule.antecedent):
                        self.fires[number] += 1
                        fired.add(number)
                state |= after
        return fired

    def block(self, statements: Any, state: dict[str, Any], last: dict[str, int]) -> None:
        for statement in statements:
            if isinstance(statement, Assign):
                self.runs[statement.span.start] += 1
                last[statement.variable] = statement.span.start
            elif isinstance(statement, Branch):
                for (condition, body), place in zip(statement.arms, statement.places, strict=True):
                    if value_of(condition, state) is True:
                        self.runs[place.start] += 1
                        self.block(body, state, last)
                        break
                else:
                    self.block(statement.other, state, last)


def drawn(one: Compiled, count: int, longest: int) -> list[str]:
    random = Random(f"coverage of {one.program.name}")
    symbols = [value_text(value) for value in one.program.interface.alphabet]
    return [" ".join(random.choice(symbols) for _ in range(random.randint(0, longest))) for _ in range(count)]


@pytest.mark.parametrize("name", ["parity", "dyck1", "turing", "rule110", "everything", "layers"])
def test_counts_are_those_of_a_walk(name: str) -> None:
    texts_of = {"everything": EVERYTHING, "layers": LAYERS}
    one = compiled(texts_of[name], 0) if name in texts_of else program(name, 0)
    texts = drawn(one, 12, 8)
    if name == "turing":
        texts = ["1 1 1", "0 1 0"]
    found: Coverage = cover(one.interpreter, texts)
    walk = Walk(one, texts)
    assert (found.fires, found.inputs_of) == (walk.fires, walk.inputs_of)
    assert {site.span.start: site.runs for site in found.sites if site.runs} == walk.runs
    assert {site.span.start: site.changes for site in found.sites if site.changes} == +walk.changes
    assert sum(site.changes for site in found.sites) == sum(found.fires.values())


def test_lines_are_those_that_diagnostics_count() -> None:
    """A form feed ends no line."""
    text = EVERYTHING.replace("program everything", '"""One\x0ctwo."""\nprogram everything') + "\n\n"
    lines = report(compiled(text).interpreter, ("one", ["1"])).lines()
    assert [line.number for line in lines] == list(range(1, 2 + EVERYTHING.count("\n")))
    assert (lines[0].text, lines[-1].text) == ('"""One\x0ctwo."""', "output out")
