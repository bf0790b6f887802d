"""The theorem of docs/learnability.md, by brute force: every weight moved alone, the whole objective computed anew.

What is predicted comes from the values of traces and from rules; what is found comes from matrices alone. Steps and
penalties are sums of few powers of two, so nothing is rounded and comparisons are exact.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.trace import transitions
from altac.ir.rules import ProgramRules
from altac.passes import PlainRules
from tests.support import nonempty, program

Array = NDArray[np.float64]
Coordinate = tuple[str, tuple[int, ...]]

STEPS = [sign * step for step in (2.0**-10, 1.0, 2.0) for sign in (-1, 1)]
WEIGHTS = ("w_in", "w_out")
TRAINING = {  # inputs on whose traces some rules never fire
    "parity": ("1 0", "0 0 1", "0"),
    "turing": ("", "11"),
}
WHOLE = ("1 1 1 0 1", "0 1", "1")  # all rules of parity fire


@dataclass(frozen=True)
class Rows:
    """Distinct states of a training set, after attention and after the step.

    `values` are value indices by variable and head (rows,), `before` and `after` the stream (rows, d_model), `count`
    says how often each occurs (rows,).
    """

    values: dict[str, NDArray[np.int64]]
    before: Array
    after: Array
    count: Array


@dataclass(frozen=True)
class Mlp:
    """Weights (units, d_model) and (d_model, units), and biases (units,) and (d_model,)."""

    w_in: Array
    b_in: Array
    w_out: Array
    b_out: Array

    def __call__(self, stream: Array) -> Array:
        return stream + np.clip(stream @ self.w_in.T + self.b_in, 0, 1) @ self.w_out.T + self.b_out

    def coordinates(self) -> Iterator[Coordinate]:
        for one in fields(self):
            for index in np.ndindex(getattr(self, one.name).shape):
                yield one.name, index

    def moved(self, *moves: tuple[Coordinate, float]) -> Mlp:
        changed = replace(self, **{one.name: getattr(self, one.name).copy() for one in fields(self)})
        for (name, index), step in moves:
            getattr(changed, name)[index] += step
        return changed

    def only(self, units: Sequence[int]) -> Mlp:
        return Mlp(self.w_in[units], self.b_in[units], self.w_out[:, units], self.b_out)


@dataclass(frozen=True)
class Objective:
    """Reconstruction error plus penalty; `power` 1 for absolute errors or weights, 2 for squares."""

    rows: Rows
    penalty: float
    penalised: tuple[str, ...] = WEIGHTS
    error_power: int = 1
    penalty_power: int = 1

    def __call__(self, mlp: Mlp) -> float:
        errors = np.abs(mlp(self.rows.before) - self.rows.after) ** self.error_power
        size = sum((np.abs(getattr(mlp, name)) ** self.penalty_power).sum() for name in self.penalised)
        return float(self.rows.count @ errors.sum(axis=1) + self.penalty * size)

    def changes(self, mlp: Mlp) -> dict[Coordinate, float]:
        """For every coordinate the least change of the objective by a move of it alone."""
        here, mlp = self(mlp), mlp.moved()
        found = {}
        for coordinate in mlp.coordinates():
            array, index = getattr(mlp, coordinate[0]), coordinate[1]
            start, there = array[index], []
            for step in STEPS:
                array[index] = start + step
                there.append(self(mlp))
            array[index] = start
            found[coordinate] = min(there) - here
        return found

    def lowered_by(self, mlp: Mlp) -> set[Coordinate]:
        return {coordinate for coordinate, change in self.changes(mlp).items() if change < 0}


# Rows of traces, and weights ---------------------------------------------------------------------------------


@cache
def training_rows(name: str, texts: tuple[str, ...], level: int = 0) -> Rows:
    one = program(name, level)
    layout, variables = one.blocks.stream.view(0), [variable.name for variable in one.program.variables]
    heads = [head.name for head in one.program.heads]
    states: Counter[tuple[int, ...]] = Counter()
    for before, layer in transitions(one.interpreter.layers([one.program.interface.tokens(text) for text in texts])):
        columns = [before[name] for name in variables]
        columns += [layer.heads[name] for name in heads]
        columns += [layer.variables[name] for name in variables]
        table = np.stack(columns, axis=-1)
        states.update(map(tuple, table[table[..., -1] >= 0].tolist()))  # padding is -1
    table = np.array(list(states))
    names = [*variables, *heads]
    values = dict(zip(names, table.T[: len(names)], strict=True))
    after = values | dict(zip(variables, table.T[len(names) :], strict=True))

    def stream(state: dict[str, NDArray[np.int64]]) -> Array:
        result = np.zeros((len(table), layout.d_model))
        for name, indices in state.items():
            result[range(len(table)), np.array(layout.one_hot(name))[indices]] = 1
        return result

    return Rows(values, stream(values), stream(after), np.array(list(states.values()), np.float64))


def compiled_mlp(one: Compiled) -> Mlp:
    mlp = one.blocks.layers[0].mlps[0]
    return Mlp(mlp.inward.weight, mlp.inward.bias, mlp.outward.weight, mlp.outward.bias)


def tight(mlp: Mlp) -> Mlp:
    """The same without slack: a unit's sum is 1 on a match, and one less for every condition that fails."""
    return replace(mlp, w_in=mlp.w_in / 2, b_in=(mlp.b_in + 0.5) / 2)


def failing(rules: ProgramRules, rows: Rows) -> list[NDArray[np.bool_]]:
    """For every rule which of its conditions fail in which rows: (conditions, rows)."""
    return [
        np.array([~np.isin(rows.values[name], allowed) for name, allowed in rule.antecedent]) for rule in rules.rules
    ]


def times(rules: ProgramRules, rows: Rows) -> list[float]:
    """How often every rule fires."""
    return [float(rows.count[~fails.any(axis=0)].sum()) for fails in failing(rules, rows)]


def predicted(one: Compiled, rows: Rows, penalty: float, units: Sequence[int], penalised: tuple[str, ...]) -> set:
    """Weights that the theorem says to lower the objective when they shrink."""
    found: set[Coordinate] = set()
    axes = one.blocks.stream.view(0).one_hot
    fails = failing(one.rules, rows)
    for place, unit in enumerate(units):
        rule = one.rules.rules[unit]
        on = ~fails[unit].any(axis=0)
        ends = [
            (change.variable, end) for change in rule.changes for end in (change.old, change.new) if end is not None
        ]
        for variable, end in ends:
            if "w_out" in penalised and penalty > rows.count[on].sum():
                found.add(("w_out", (axes(variable)[end], place)))
        for name, allowed in rule.antecedent:
            for value in allowed:
                support = rows.count[on & (rows.values[name] == value)].sum()
                if "w_in" in penalised and penalty > len(ends) * support:
                    found.add(("w_in", (place, axes(name)[value])))
    return found


def setting(name: str) -> tuple[Compiled, Rows, list[int], float]:
    """A program, its rows, the units of its minimal rule set, and the bound of the penalty."""
    one, rows = program(name, 0), training_rows(name, TRAINING[name])
    counts = times(one.rules, rows)
    minimal = [unit for unit, count in enumerate(counts) if count]
    assert 0 < len(minimal) < len(counts)
    return one, rows, minimal, min(counts[unit] for unit in minimal)


# The theorem -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAINING)
def test_rows_are_what_the_weights_read_and_write(name: str) -> None:
    one = program(name, 0)
    rows = training_rows(name, TRAINING[name])
    found: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
    for text in TRAINING[name]:
        tokens = torch.tensor([one.model.interface.tokens(text)])
        with torch.no_grad():
            for state in list(one.model.module.run(tokens, torch.tensor([tokens.shape[1]])))[1:]:
                streams = [x[0].round().int().tolist() for x in (state.sublayers[0], state.residual)]
                found.update((tuple(b), tuple(a)) for b, a in zip(*streams, strict=True))
    listed = zip(rows.before.astype(int).tolist(), rows.after.astype(int).tolist(), rows.count, strict=True)
    assert found == {(tuple(b), tuple(a)): count for b, a, count in listed}


@pytest.mark.parametrize("name", TRAINING)
def test_the_minimal_rules_are_those_that_fire(name: str) -> None:
    one, rows, minimal, _ = setting(name)
    numbers = PlainRules(one.program).fired(0, rows.values)
    fired = [np.repeat(found, rows.count.astype(int)) for found in numbers.values()]
    counts = Counter(np.concatenate(fired).tolist())
    assert {unit: counts[unit] for unit in minimal} == {k: v for k, v in counts.items() if k >= 0}
    assert [counts[unit] for unit in range(len(one.rules.rules))] == times(one.rules, rows)


def test_counts_of_parity() -> None:
    """Of the six bits each is done once; only in `1 0` a bit takes a parity of 1 over, and it is a 0."""
    assert times(program("parity", 0).rules, training_rows("parity", TRAINING["parity"])) == [1, 0, 6]


@pytest.mark.parametrize("name", TRAINING)
def test_no_rule_that_fires_can_be_dropped(name: str) -> None:
    one, rows, minimal, _ = setting(name)
    mlp, error = tight(compiled_mlp(one)), Objective(rows, 0)
    assert error(mlp) == error(mlp.only(minimal)) == error(compiled_mlp(one).only(minimal)) == 0
    for unit in nonempty(minimal):
        assert error(mlp.only([other for other in minimal if other != unit])) == 2 * times(one.rules, rows)[unit]


@pytest.mark.parametrize("name", TRAINING)
def test_a_minimal_rule_set_is_an_optimum(name: str) -> None:
    one, rows, minimal, bound = setting(name)
    changes = Objective(rows, bound - 1 / 8).changes(tight(compiled_mlp(one)).only(minimal))
    assert all(change > 0 for change in nonempty(changes[key] for key in changes if key[0] in WEIGHTS))
    assert min(changes.values()) >= 0


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize(("factor", "arrays"), [(1, {"w_out"}), (2, {"w_out", "w_in"})])
def test_a_penalty_above_the_bound_takes_the_rarest_rules(name: str, factor: int, arrays: set[str]) -> None:
    one, rows, minimal, bound = setting(name)
    penalty = factor * bound + 1 / 8
    lowered = Objective(rows, penalty).lowered_by(tight(compiled_mlp(one)).only(minimal))
    assert lowered == predicted(one, rows, penalty, minimal, WEIGHTS)
    assert {array for array, _ in lowered} == arrays
    rare = sum(times(one.rules, rows)[unit] < penalty for unit in minimal)
    assert sum(array == "w_out" for array, _ in lowered) == 2 * rare


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("small", [True, False])
def test_a_larger_rule_set_is_none_under_any_penalty(name: str, small: bool) -> None:
    one, rows, minimal, bound = setting(name)
    everything = range(len(one.rules.rules))
    penalty = 2.0**-16 if small else bound - 1 / 8
    mlp = tight(compiled_mlp(one))
    lowered = Objective(rows, penalty).lowered_by(mlp)
    assert lowered == predicted(one, rows, penalty, everything, WEIGHTS)
    unused = [unit for unit in everything if unit not in minimal]
    inputs = {("w_in", (unit, axis)) for unit in unused for axis in np.flatnonzero(mlp.w_in[unit]).tolist()}
    outputs = {("w_out", (axis, unit)) for unit in unused for axis in np.flatnonzero(mlp.w_out[:, unit]).tolist()}
    assert lowered == inputs | outputs


@pytest.mark.parametrize("name", TRAINING)
def test_weights_as_compiled_under_a_penalty_on_their_output(name: str) -> None:
    one, rows, minimal, bound = setting(name)
    mlp = compiled_mlp(one)
    objective = Objective(rows, bound - 1 / 8, penalised=("w_out",))
    changes = objective.changes(mlp.only(minimal))
    assert min(changes.values()) >= 0
    assert all(change > 0 for change in nonempty(changes[key] for key in changes if key[0] == "w_out"))
    everything = range(len(one.rules.rules))
    assert objective.lowered_by(mlp) == predicted(one, rows, bound - 1 / 8, everything, ("w_out",)) != set()


@pytest.mark.parametrize("name", TRAINING)
def test_slack_is_given_up_under_a_penalty_on_the_input(name: str) -> None:
    one, rows, minimal, bound = setting(name)
    mlp = compiled_mlp(one).only(minimal)
    lowered = Objective(rows, bound - 1 / 8).lowered_by(mlp)
    assert lowered == {("w_in", (int(unit), int(axis))) for unit, axis in np.argwhere(mlp.w_in)}


def test_merged_rules_need_every_value_that_they_list() -> None:
    one, rows = program("turing", 1), training_rows("turing", TRAINING["turing"], 1)
    assert min(times(one.rules, rows)) > 1  # all fire; not all values in their conditions occur
    lowered = Objective(rows, 0.5).lowered_by(tight(compiled_mlp(one)))
    assert lowered == predicted(one, rows, 0.5, range(len(one.rules.rules)), WEIGHTS)
    assert {array for array, _ in lowered} == {"w_in"}


def test_merged_rules_have_a_smaller_loss() -> None:
    losses = []
    for level in (0, 1):
        one, rows = program("turing", level), training_rows("turing", TRAINING["turing"], level)
        minimal = [unit for unit, count in enumerate(times(one.rules, rows)) if count]
        losses.append(Objective(rows, 1)(tight(compiled_mlp(one)).only(minimal)))
    assert losses[1] < losses[0]


# What a minimal rule set does on other inputs ----------------------------------------------------------------


def short_texts(longest: int) -> list[str]:
    return [" ".join(bits) for length in range(longest + 1) for bits in product("01", repeat=length)]


def fired_rules(one: Compiled, plain: PlainRules, text: str) -> set[int]:
    found: set[int] = set()
    for before, layer in transitions(one.interpreter.layers([one.program.interface.tokens(text)])):
        for numbers in plain.fired(layer.place, {**before, **layer.heads}).values():
            found.update(numbers[numbers >= 0].tolist())
    return found


def test_minimal_rules_compute_the_traces_that_fire_no_other() -> None:
    one, _, minimal, _ = setting("parity")
    plain, model = PlainRules(one.program), copy.deepcopy(one.model)
    with torch.no_grad():
        for unit in range(plain.total):
            model.module.layers[0].mlps[0].fc_out.weight[:, unit] *= unit in minimal
    for text in nonempty(short_texts(4)):
        needed = fired_rules(one, plain, text)
        assert (needed <= set(minimal)) == (text.count("1") <= 1)  # a second 1 meets a parity of 1
        assert (needed <= set(minimal)) == (compare_engines(one.interpreter, model, [text]) is None)


def test_rules_that_read_neighbours_and_rules_that_read_a_count() -> None:
    neighbours, count = program("parity", 0), program("parity_sum", 0)
    plain = PlainRules(neighbours.program)
    assert fired_rules(neighbours, plain, "1 0") | fired_rules(neighbours, plain, "1 1") == set(range(plain.total))
    plain = PlainRules(count.program)
    known = set().union(*(fired_rules(count, plain, text) for text in short_texts(4)))
    (new,) = fired_rules(count, plain, "1 1 1 1 1") - known
    assert dict(plain[new].antecedent)["ones"] == (count.program.domains["ones"].index(5),)


# What the check notices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordinate", "step"),
    [
        (("w_out", (0, 0)), 0.5),  # half of the old value stays
        (("w_in", (0, 0)), -0.5),  # a match is half a match
        (("b_in", (0,)), 1.0),  # one condition may fail
        (("b_out", (3,)), 0.5),
    ],
)
def test_a_wrong_weight_is_noticed(coordinate: Coordinate, step: float) -> None:
    mlp = tight(compiled_mlp(program("parity", 0)))
    objective = Objective(training_rows("parity", WHOLE), 0.5)
    assert not objective.lowered_by(mlp)
    assert coordinate in objective.lowered_by(mlp.moved((coordinate, step)))


# Conditions, other losses, and moves of several weights ------------------------------------------------------


@pytest.mark.parametrize(("texts", "needed"), [(TRAINING["parity"], False), (WHOLE, True)])
def test_dropping_a_condition(texts: tuple[str, ...], needed: bool) -> None:
    """The move that drops a condition: its weight down, the bias up."""
    one, rows, penalty = program("parity", 0), training_rows("parity", texts), 0.5
    mlp, objective = tight(compiled_mlp(one)), Objective(rows, penalty)
    near_misses = []
    for unit, (rule, fails) in enumerate(zip(nonempty(one.rules.rules), failing(one.rules, rows), strict=True)):
        for place, (name, (value,)) in enumerate(rule.antecedent):
            near = float(rows.count[fails[place] & (fails.sum(axis=0) == 1)].sum())
            weight = ("w_in", (unit, one.blocks.stream.view(0).one_hot(name)[value]))
            for step in (2.0**-10, 0.5, 1.0):
                change = objective(mlp.moved((weight, -step), (("b_in", (unit,)), step))) - objective(mlp)
                assert change == (2 * near - penalty) * step
            near_misses.append(near)
    assert (min(near_misses) > 0) == needed


@pytest.mark.parametrize("name", TRAINING)
def test_squared_errors_move_the_optimum_a_little(name: str) -> None:
    one, rows, minimal, _ = setting(name)
    penalty, error = 0.25, 1e-9
    mlp = tight(compiled_mlp(one)).only(minimal)
    objective = Objective(rows, penalty, error_power=2)
    for place, unit in enumerate(nonempty(minimal)):
        count = times(one.rules, rows)[unit]
        for array, index, rest in [
            ("w_out", (int(np.flatnonzero(mlp.w_out[:, place])[0]), place), count),
            ("w_in", (place, int(np.flatnonzero(mlp.w_in[place])[0])), 2 * count),
        ]:
            sign = np.sign(getattr(mlp, array)[index])

            def along(shrunk: float, one: Coordinate = (array, index), sign: float = sign) -> float:
                return objective(mlp.moved((one, -sign * shrunk))) - objective(mlp)

            best = penalty / (2 * rest)
            assert along(best) == pytest.approx(-(penalty**2) / (4 * rest), rel=error)
            grid = np.linspace(-1, 3, 41)
            assert min(along(best + offset) for offset in grid) >= along(best) - error
    everything = tight(compiled_mlp(one))
    unused = next(unit for unit in range(len(one.rules.rules)) if unit not in minimal)
    weight = ("w_in", (unused, int(np.flatnonzero(everything.w_in[unused])[0])))
    assert objective(everything.moved((weight, -1.0))) - objective(everything) == -penalty


def test_moves_of_several_weights_are_not_covered() -> None:
    """All weights of one variable down, the bias up: nothing changes but the penalty, if it is of squares."""
    one, rows = program("parity", 0), training_rows("parity", WHOLE)
    mlp, step = tight(compiled_mlp(one)), 0.25
    axes = one.blocks.stream.view(0).one_hot("done")
    together = mlp.moved((("b_in", (0,)), step), *((("w_in", (0, axis)), -step) for axis in axes))
    assert Objective(rows, 0)(together) == 0
    squares = Objective(rows, 0.25, penalty_power=2)
    assert not squares.lowered_by(mlp)
    assert squares(together) < squares(mlp)
    assert Objective(rows, 0.5)(together) == Objective(rows, 0.5)(mlp)
