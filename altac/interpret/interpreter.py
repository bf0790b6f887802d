"""The layer loop: heads, step, halting, for many sequences at once.

Assumes a checked program; ensures that variables stay in their domains. What can go wrong in a run ends the sequence
in which it happens, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from altac.diagnostics import InternalError
from altac.diagnostics.run_errors import NeverHalts, RunFailed
from altac.engine.protocol import Finish, finish_layers
from altac.engine.trace import PADDING, Indices, Layer, has_value
from altac.interpret.attention import attend
from altac.interpret.expressions import Compiler, Rows
from altac.ir.interface import Interface
from altac.ir.program import Assign, Branch, Program, Statement
from altac.ir.values import Domain

Execute = Callable[[Rows, dict[str, Indices]], None]


class Interpreter:
    """An engine (`altac.engine.protocol.Engine`) that runs the program as it was written."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._domains = dict(program.state)
        compiler = Compiler()
        self._step = self._block(program.step, compiler)
        self._halt = None if program.halt is None else compiler.compile(program.halt).mask()
        self._where = None if program.output_where is None else compiler.compile(program.output_where).mask()

    @property
    def interface(self) -> Interface:
        return self.program.interface

    @property
    def domains(self) -> Mapping[str, Domain]:
        return self._domains

    def after(self, state: Mapping[str, Indices], heads: Mapping[str, Indices]) -> dict[str, Indices]:
        """The variables after the step alone, for any states: value indices, arrays of one shape (rows,)."""
        columns = {name: values[:, None] for name, values in state.items()}
        brought = {name: values[:, None] for name, values in heads.items()}
        lengths = np.ones(len(next(iter(columns.values()))), np.int64)
        return {name: values[:, 0] for name, values in self._after(columns, brought, lengths).items()}

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        lengths = np.array([len(tokens) for tokens in batch], np.int64)

        def told(layer: Layer) -> Indices:
            return self._told(layer.variables, lengths[layer.rows])

        return finish_layers(self.layers(batch), batch, self.interface, told)

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        lengths = np.array([len(tokens) for tokens in batch], np.int64)
        positions = int(lengths.max(initial=0))
        rows = np.arange(len(batch))
        tokens = np.zeros((len(batch), positions), np.int64)
        for row, indices in enumerate(batch):
            tokens[row, : len(indices)] = indices
        state = self._initial(tokens, lengths)
        yield Layer(0, rows, {}, state, {}, self._told(state, lengths) if whole else None)
        saved, number = state, 0
        while True:
            going = ~self._halted(state, lengths) if self.program.layers is None else number < self.program.layers
            keep = np.broadcast_to(going, rows.shape)
            if not keep.any():
                return
            rows, lengths, state, saved = rows[keep], lengths[keep], take(state, keep), take(saved, keep)
            number += 1
            heads, errors = self._heads(state, lengths, number)
            after = self._after(state, heads, lengths)
            if self.program.layers is None:
                for sequence in np.flatnonzero(same(after, saved)).tolist():
                    errors.setdefault(sequence, NeverHalts(None, number))
                saved = after if number & (number - 1) == 0 else saved  # Brent: compare with the last power of two
            fine = np.array([sequence not in errors for sequence in range(len(rows))], np.bool_)
            failed = {int(rows[sequence]): error for sequence, error in errors.items()}
            rows, lengths, state, saved = rows[fine], lengths[fine], take(after, fine), take(saved, fine)
            told = self._told(state, lengths) if whole else None
            yield Layer(number, rows, take(heads, fine), state, failed, told)

    # One layer -----------------------------------------------------------------------------------------------

    def _initial(self, tokens: Indices, lengths: Indices) -> dict[str, Indices]:
        positions = np.broadcast_to(np.arange(tokens.shape[1]), tokens.shape)
        state = {}
        for variable in self.program.variables:
            table = np.array(variable.initial, np.int64)
            state[variable.name] = padded(table[tokens if variable.initial_by == "token" else positions], lengths)
        return state

    def _heads(
        self, state: dict[str, Indices], lengths: Indices, number: int
    ) -> tuple[dict[str, Indices], dict[int, RunFailed]]:
        heads: dict[str, Indices] = {}
        errors: dict[int, RunFailed] = {}
        for head in self.program.heads:
            result, failed = attend(head, state, lengths, number)
            heads[head.name] = padded(result, lengths)
            for sequence, error in failed.items():
                errors.setdefault(sequence, error)
        return heads, errors

    def _after(self, state: dict[str, Indices], heads: dict[str, Indices], lengths: Indices) -> dict[str, Indices]:
        columns = {name: values.reshape(-1) for name, values in (*state.items(), *heads.items())}
        after = {name: values.reshape(-1).copy() for name, values in state.items()}
        self._step(Rows(columns, self._rows(state, lengths)), after)
        shape = next(iter(state.values())).shape
        return {name: values.reshape(shape) for name, values in after.items()}

    def _rows(self, state: dict[str, Indices], lengths: Indices) -> Indices:
        """All positions that are not padding, as rows of the flattened state."""
        positions = next(iter(state.values())).shape[1]
        return np.flatnonzero((np.arange(positions) < lengths[:, None]).reshape(-1))

    def _holds(self, mask: Callable[[Rows], Any], state: Mapping[str, Indices], lengths: Indices) -> Any:
        """Where a condition holds, as (sequences, positions); False on padding."""
        columns = {name: values.reshape(-1) for name, values in state.items()}
        rows = self._rows(dict(state), lengths)
        shape = next(iter(state.values())).shape
        result = np.zeros(shape[0] * shape[1], np.bool_)
        result[rows] = mask(Rows(columns, rows))
        return result.reshape(shape)

    def _halted(self, state: dict[str, Indices], lengths: Indices) -> Any:
        assert self._halt is not None
        return self._holds(self._halt, state, lengths).sum(axis=1) == lengths

    def _told(self, state: Mapping[str, Indices], lengths: Indices) -> Indices:
        """The output at every position, `PADDING` where it is not shown."""
        values = state[self.interface.variable]
        return values if self._where is None else np.where(self._holds(self._where, state, lengths), values, PADDING)

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


def same(left: Mapping[str, Indices], right: Mapping[str, Indices]) -> Any:
    """The sequences whose whole state is equal."""
    return np.logical_and.reduce([(left[name] == right[name]).all(axis=1) for name in left])
