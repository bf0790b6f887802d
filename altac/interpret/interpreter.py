"""The schedule, layer by layer: heads, step, the conditions of loops, for many sequences at once.

Assumes a checked program; ensures that variables stay in their domains. What can go wrong in a run ends the sequence
in which it happens, and no other. All sequences finish an entry of the schedule before the next begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from altac.diagnostics import InternalError
from altac.diagnostics.run_errors import NeverHalts, RunFailed
from altac.engine.evidence import Adder, Told, decide
from altac.engine.protocol import Finish, Following, finish_layers
from altac.engine.trace import EMPTY, PADDING, Indices, Layer, Ran, has_value
from altac.engine.writing import rerunning
from altac.interpret.attention import attend
from altac.interpret.expressions import Compiler, Rows
from altac.interpret.numbers import combined, tested
from altac.ir.arrays import Mask
from altac.ir.interface import Interface
from altac.ir.numbers import NUMBERS
from altac.ir.program import Assign, Branch, Entry, Program, Statement
from altac.ir.values import Domain

Execute = Callable[[Rows, dict[str, Indices]], None]


@dataclass
class Run:
    """The state of all sequences of a batch, those that wait or have failed too.

    Attributes:
        lengths: of the sequences, (sequences,).
        state: variables, and all that layers have made, (sequences, positions).
        numbers: how many layers each has run.
        alive: which have not failed.
    """

    lengths: Indices
    state: dict[str, Indices]
    numbers: Indices
    alive: Mask

    def of(self, rows: Indices) -> dict[str, Indices]:
        """The state of some sequences."""
        return take(self.state, rows)

    def keep(self, rows: Indices, values: Mapping[str, Indices]) -> None:
        """Change the state of some sequences."""
        for name, indices in values.items():
            if name not in self.state:
                self.state[name] = np.full((len(self.lengths), indices.shape[1]), PADDING, np.int64)
            self.state[name][rows] = indices


class Interpreter:
    """An engine (`altac.engine.protocol.Engine`) that runs the program as it was written."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._domains = program.domains
        self._names = program.layer_names
        compiler = Compiler()
        self._steps = [self._block(layer.step, compiler) for layer in program.layers]
        conditions = [entry.until for entry in program.schedule]
        self._until = [None if until is None else compiler.compile(until).mask() for until in conditions]
        self._where = None if program.output_where is None else compiler.compile(program.output_where).mask()

        self._adder = None if program.score is None else Adder(program.score)

    @property
    def interface(self) -> Interface:
        return self.program.interface

    @property
    def domains(self) -> Mapping[str, Domain]:
        return self._domains

    def after(self, layer: int, state: Mapping[str, Indices], heads: Mapping[str, Indices]) -> dict[str, Indices]:
        """What the step of a layer alone makes of any states: the variables after it, and what it introduces.

        Args:
            layer: its number.
            state: value indices of variables and of what is kept for the layer, arrays of one shape (rows,).
            heads: those of its own heads.
        """
        columns = {name: values[:, None] for name, values in state.items()}
        brought = {name: values[:, None] for name, values in heads.items()}
        lengths = np.ones(len(next(iter(columns.values()))), np.int64)
        return {name: values[:, 0] for name, values in self._after(layer, columns, brought, lengths).items()}

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        lengths = np.array([len(tokens) for tokens in batch], np.int64)

        def told(layer: Layer) -> Told:
            return self._told(layer.place, layer.state, lengths[layer.rows])

        return finish_layers(self.layers(batch), batch, self.interface, told)

    def following(self) -> Following:
        return rerunning(self)

    def grown(self, tokens: Sequence[int]) -> None:  # noqa: ARG002 - it keeps nothing
        return None

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        lengths = np.array([len(tokens) for tokens in batch], np.int64)
        positions = int(lengths.max(initial=0))
        tokens = np.zeros((len(batch), positions), np.int64)
        for row, indices in enumerate(batch):
            tokens[row, : len(indices)] = indices
        state = self._initial(tokens, lengths)
        copies = {name: values.copy() for name, values in state.items()}  # a run changes its state in place
        run = Run(lengths, copies, np.zeros(len(batch), np.int64), np.ones(len(batch), np.bool_))
        told = self._told(-1, state, lengths) if whole else None
        yield Layer(
            -1,
            "",
            0,
            run.numbers.copy(),
            np.arange(len(batch)),
            {},
            self._named(-1, state, lengths),
            {},
            {},
            {},
            told,
            gone=self._gone(-1),
        )
        for number, entry in enumerate(self.program.schedule):
            yield from self._entry(number, entry, run, whole)

    # An entry of the schedule --------------------------------------------------------------------------------

    def _entry(self, number: int, entry: Entry, run: Run, whole: bool) -> Iterator[Layer]:
        """All rounds of an entry, of all sequences that have not failed."""
        rows = np.flatnonzero(run.alive)
        saved, rounds = run.of(rows), 0
        while len(rows):  # where all have failed, nothing is known of what later layers would have made
            if entry.times is not None:
                keep = np.full(len(rows), rounds < entry.times)
            else:
                keep = ~self._ready(number, run.of(rows), run.lengths[rows])
            rows, saved = rows[keep], take(saved, keep)
            rounds += 1
            for place in entry.layers:
                if not len(rows):
                    return
                repeats = saved if entry.until is not None and place == entry.layers[-1] else None
                layer = self._layer(place, rounds, rows, run, repeats, whole)
                fine = np.isin(rows, layer.rows)
                rows, saved = rows[fine], take(saved, fine)
                yield layer
            if rounds & (rounds - 1) == 0:  # Brent: compare with the last power of two
                saved = run.of(rows)

    def _layer(
        self, place: int, rounds: int, rows: Indices, run: Run, saved: dict[str, Indices] | None, whole: bool
    ) -> Layer:
        """One layer of some sequences.

        Args:
            rounds: which run of it this is.
            saved: the variables of an earlier round that the loop must not come back to; None where it cannot.
        """
        program, lengths = self.program, run.lengths[rows]
        run.numbers[rows] += 1
        name = self._names[place]
        ran = Ran(place, name, rounds)
        state = run.of(rows)
        heads, errors = self._heads(place, state, lengths, run.numbers[rows], ran)
        heads |= tested(program.layers[place].tests, {**state, **heads}, lengths)
        after = self._after(place, state, heads, lengths)
        if saved is not None:
            names = [variable.name for variable in program.variables]
            for sequence in np.flatnonzero(same(after, saved, names)).tolist():
                errors.setdefault(sequence, NeverHalts(None, int(run.numbers[rows[sequence]]), name=ran.label))
        for kept in program.kept:
            if kept.layer == place and kept.is_head:
                after[kept.name] = heads[kept.name]
        run.keep(rows, after)
        fine = np.array([sequence not in errors for sequence in range(len(rows))], np.bool_)
        failed = {int(rows[sequence]): error for sequence, error in errors.items()}
        run.alive[list(failed)] = False
        rows, lengths, after = rows[fine], lengths[fine], take({**state, **after}, fine)
        return Layer(
            place,
            name,
            rounds,
            run.numbers[rows],
            rows,
            take(heads, fine),
            self._named(place, after, lengths),
            {
                kept.name: after[kept.name]
                for kept in program.kept
                if kept.is_head and kept.layer < kept.last and kept.stands_after(place)
            },
            failed,
            {row: int(run.numbers[row]) for row in failed},
            self._told(place, after, lengths) if whole else None,
            gone=self._gone(place),
        )

    def _gone(self, place: int) -> frozenset[str]:
        """What layers introduce, where it does not stand at the end of a layer."""
        return frozenset(kept.name for kept in self.program.introduced if not kept.stands_after(place))

    def _named(self, place: int, state: Mapping[str, Indices], lengths: Indices) -> dict[str, Indices]:
        """Variables, and what layers introduce: `EMPTY` where it does not stand at the end of a layer."""
        shape = (len(lengths), next(iter(state.values())).shape[1]) if state else (len(lengths), 0)
        nothing = padded(np.full(shape, EMPTY, np.int64), lengths)
        found = {variable.name: state[variable.name] for variable in self.program.variables}
        return found | {
            kept.name: state[kept.name] if kept.stands_after(place) else nothing for kept in self.program.introduced
        }

    # One layer -----------------------------------------------------------------------------------------------

    def _initial(self, tokens: Indices, lengths: Indices) -> dict[str, Indices]:
        positions = np.broadcast_to(np.arange(tokens.shape[1]), tokens.shape)
        state = {}
        for variable in self.program.variables:
            table = np.array([*variable.initial, *map(NUMBERS.index, variable.beginning)], np.int64)
            state[variable.name] = padded(table[tokens if variable.initial_by == "token" else positions], lengths)
        return state

    def _heads(
        self, layer: int, state: dict[str, Indices], lengths: Indices, numbers: Indices, ran: Ran
    ) -> tuple[dict[str, Indices], dict[int, RunFailed]]:
        heads: dict[str, Indices] = {}
        errors: dict[int, RunFailed] = {}
        for head in self.program.layers[layer].heads:
            result, failed = attend(head, state, lengths, numbers, ran.label)
            heads[head.name] = padded(result, lengths)
            for sequence, error in failed.items():
                errors.setdefault(sequence, error)
        return heads, errors

    def _after(
        self, layer: int, state: dict[str, Indices], heads: dict[str, Indices], lengths: Indices
    ) -> dict[str, Indices]:
        """The variables after the step of a layer, and what it introduces."""
        columns = {name: values.reshape(-1) for name, values in (*state.items(), *heads.items())}
        after = {variable.name: columns[variable.name].copy() for variable in self.program.variables}
        shape = next(iter((*state.values(), *heads.values()))).shape
        here, rows = self.program.layers[layer], self._rows(shape[1], lengths)
        for name in here.introduced:
            after[name] = np.full(shape[0] * shape[1], PADDING, np.int64)
        for one in here.numbers:
            after[one.name] = np.full(shape[0] * shape[1], NUMBERS.index(0), np.int64)  # the amount
        self._steps[layer](Rows(columns, rows), after)
        for one in here.numbers:
            amounts, after[one.name] = after[one.name], np.full(shape[0] * shape[1], PADDING, np.int64)
            after[one.name][rows] = combined(one.terms, columns, rows, amounts[rows])
        return {name: values.reshape(shape) for name, values in after.items()}

    def _rows(self, positions: int, lengths: Indices) -> Indices:
        """All positions that are not padding, as rows of the flattened state."""
        return np.flatnonzero((np.arange(positions) < lengths[:, None]).reshape(-1))

    def _holds(self, mask: Callable[[Rows], Any], state: Mapping[str, Indices], lengths: Indices) -> Any:
        """Where a condition holds, as (sequences, positions); False on padding."""
        columns = {name: values.reshape(-1) for name, values in state.items()}
        shape = next(iter(state.values())).shape
        rows = self._rows(shape[1], lengths)
        result = np.zeros(shape[0] * shape[1], np.bool_)
        result[rows] = mask(Rows(columns, rows))
        return result.reshape(shape)

    def _ready(self, entry: int, state: Mapping[str, Indices], lengths: Indices) -> Any:
        """The sequences for which a loop ends."""
        until = self._until[entry]
        assert until is not None
        return self._holds(until, state, lengths).sum(axis=1) == lengths

    def _told(self, place: int, state: Mapping[str, Indices], lengths: Indices) -> Told:
        """The output at every position, `PADDING` where it is not shown; nowhere where no run ends."""
        shape = next(iter(state.values())).shape
        if place not in self.program.endings:
            return Told(np.full(shape, PADDING, np.int64))
        shown = np.arange(shape[1]) < lengths[:, None]
        if self._where is not None:
            shown = self._holds(self._where, state, lengths)
        if self._adder is not None and self.interface.scoring is not None:
            return decide(self._adder(state, shape), shown, self.interface.scoring, PADDING)
        return Told(np.where(shown, state[self.interface.variable], PADDING))

    # The step ------------------------------------------------------------------------------------------------

    def _block(self, statements: tuple[Statement, ...], compiler: Compiler) -> Execute:
        compiled = [self._statement(statement, compiler) for statement in statements]
        parts = [part for part in compiled if part is not None]

        def execute(rows: Rows, after: dict[str, Indices]) -> None:
            for part in parts:
                part(rows, after)

        return execute

    def _statement(self, statement: Statement, compiler: Compiler) -> Execute | None:
        match statement:
            case Assign():
                return self._assign(statement, compiler)
            case Branch():
                return self._branch(statement, compiler)
        return None

    def _assign(self, statement: Assign, compiler: Compiler) -> Execute:
        name = statement.variable
        value = compiler.compile(statement.value).into(self._domains[name])

        def execute(rows: Rows, after: dict[str, Indices]) -> None:
            values = value(rows)
            if not has_value(values).all():
                raise InternalError(f"`{name}` left its domain, which the checker had excluded")
            after[name][rows.rows] = values

        return execute

    def _branch(self, statement: Branch, compiler: Compiler) -> Execute:
        arms = [(compiler.compile(test).mask(), self._block(body, compiler)) for test, body in statement.arms]
        other = self._block(statement.other, compiler)

        def execute(rows: Rows, after: dict[str, Indices]) -> None:
            rest = rows
            for holds, body in arms:
                if not len(rest.rows):
                    return
                mask = holds(rest)
                if mask.any():
                    body(rest.where(mask), after)
                    rest = rest.where(~mask)
            other(rest, after)

        return execute


def padded(values: Indices, lengths: Indices) -> Indices:
    """The same with `PADDING` beyond the end of each sequence."""
    return np.where(np.arange(values.shape[1]) < lengths[:, None], values, PADDING)


def take(columns: Mapping[str, Indices], keep: Any) -> dict[str, Indices]:
    return {name: values[keep] for name, values in columns.items()}


def same(left: Mapping[str, Indices], right: Mapping[str, Indices], names: Sequence[str]) -> Any:
    """The sequences for which all of these are equal."""
    return np.logical_and.reduce([(left[name] == right[name]).all(axis=1) for name in names])
