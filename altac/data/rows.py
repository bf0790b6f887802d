"""From an engine's layers to rows: the columns of traces, in blocks of bounded size, by input, layer and position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from altac.data.schema import NULL, trace_columns
from altac.diagnostics.input_errors import NoInput
from altac.diagnostics.run_errors import RunFailed, StateUnclear
from altac.engine.batches import batches
from altac.engine.protocol import Engine
from altac.engine.trace import PADDING, Indices, Layer, has_value, transitions
from altac.engine.writing import tokens_read
from altac.interpret import Interpreter
from altac.ir.interface import InputError
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.program import Program
from altac.passes import PlainRules

Array = NDArray[Any]
Block = dict[str, Array]  # for every column an array of one length; `Column` says what it holds
Stream = NDArray[np.float32] | None
BYTES = 1 << 24  # of the columns of a block
MOST_ROWS = 1 << 17  # of a block


class ResidualEngine(Engine, Protocol):
    """Weights: an engine that has a residual stream."""

    @property
    def width(self) -> int: ...

    def layers_and_residual(self, batch: Sequence[Sequence[int]]) -> Iterator[tuple[Layer, NDArray[np.float32]]]:
        """As `layers`, each with the stream after it, (running sequences, positions, width)."""
        ...


@dataclass(frozen=True)
class Failure:
    """An input without a whole trace: its rows are those of the layers before `layer`; 0 if it was not accepted."""

    input: int
    text: str
    layer: int
    error: RunFailed

    def to_dict(self) -> dict[str, Any]:
        error = self.error
        known = {"input": self.input, "text": self.text, "layer": self.layer}
        return {**known, "code": error.code, "message": error.message, "help": error.help_text}


class Tracer:
    """Makes the rows of a program's traces.

    Args:
        engine: what runs; the interpreter if None.
        rules: whether rows say which plain rules fired.
        residual: whether rows hold the residual stream, which a `ResidualEngine` has.

    Raises:
        AltacError: if rules are asked for, and there are too many to number them.
    """

    def __init__(self, program: Program, engine: Engine | None = None, rules: bool = True, residual: bool = False):
        self.program = program
        self.engine = Interpreter(program) if engine is None else engine
        self.plain = PlainRules(program) if rules else None
        self.residual = cast(ResidualEngine, self.engine) if residual else None
        width = self.residual.width if self.residual else 0
        self.columns = trace_columns(program, list(self.plain.counts) if self.plain else [], width)
        size = sum(4 * column.width or np.dtype(column.index).itemsize for column in self.columns)
        self.most_rows = max(1, min(MOST_ROWS, BYTES // size))
        domains = program.domains
        self._numbers = {name for name, domain in domains.items() if is_open(domain)}
        finite = {name: domain for name, domain in domains.items() if name not in self._numbers}
        self._type: dict[str, Any] = {name: np.min_scalar_type(-len(domain) - 1) for name, domain in finite.items()}
        self._token_type = np.min_scalar_type(-len(program.interface.vocabulary))
        self._null = {column.name: column.null for column in self.columns}

    def blocks(
        self, first: int, inputs: Sequence[tuple[str, NoInput | None]], failures: list[Failure]
    ) -> Iterator[Block]:
        """The rows of some inputs in their order.

        Inputs run in groups whose rows fit into one block, as far as is known before: a run that halts by itself has so
        many layers. A group with more rows runs again in parts; one input with more has several blocks.

        Args:
            first: the number of the first input.
            inputs: texts, each with what is wrong if it is not an input.
            failures: those of these inputs are appended, when all blocks have been taken.
        """
        failed: list[Failure] = []
        tokens: dict[int, list[int]] = {}
        for number, (text, problem) in enumerate(inputs, first):
            try:
                if problem is not None:
                    raise InputError(problem)
                tokens[number] = tokens_read(self.engine, text)
            except InputError as error:
                failed.append(Failure(number, text, 0, error.problem))
        waiting, expected = list(tokens), Forecast(self.program.fixed_layers)
        while waiting:
            size = expected.fits([len(tokens[number]) for number in waiting], self.most_rows)
            group = {number: tokens[number] for number in waiting[:size]}
            errors: dict[int, tuple[int, RunFailed]] = {}
            if size == 1:
                yield from self._one(group, errors, expected)
            else:
                found = self._together(group, errors, expected)
                if found is None:
                    continue
                yield from found
            failed += [Failure(number, inputs[number - first][0], *error) for number, error in errors.items()]
            waiting = waiting[size:]
        failures += sorted(failed, key=lambda failure: failure.input)

    def _one(
        self, group: Mapping[int, Sequence[int]], errors: dict[int, tuple[int, RunFailed]], expected: Forecast
    ) -> Iterator[Block]:
        """The rows of one input, as many blocks as it takes."""
        parts: list[Block] = []
        for part in self._parts(group, errors):
            parts.append(part)
            expected.saw(part, group)
            if sum(len(part["input"]) for part in parts) >= self.most_rows:
                yield self._block(parts)
                parts = []
        if parts:
            yield self._block(parts)

    def _together(
        self, group: Mapping[int, Sequence[int]], errors: dict[int, tuple[int, RunFailed]], expected: Forecast
    ) -> list[Block] | None:
        """The rows of some inputs in one block; None if they do not fit, and more layers are expected from now on."""
        parts: list[Block] = []
        rows = 0
        for numbers in batches(group):
            for part in self._parts({number: group[number] for number in numbers}, errors):
                parts.append(part)
                rows += len(part["input"])
                if rows > self.most_rows:
                    expected.more()
                    return None
        for part in parts:
            expected.saw(part, group)
        return [self._block(parts)] if parts else []

    def _block(self, parts: Sequence[Block]) -> Block:
        """Parts as columns of the schema, in order."""
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        order = np.lexsort((joined["position"], joined["layer"], joined["input"]))
        joined = {name: values[order] for name, values in joined.items()}
        if self.plain is not None:
            joined |= self._fired(self.plain, joined)
        return {column.name: joined[column.name] for column in self.columns}

    def _fired(self, plain: PlainRules, rows: Block) -> Block:
        """The numbers of the rules that fired."""
        fired = {f"{name}.rule": np.full(len(rows["input"]), NULL) for name in plain.counts}
        for number, layer in enumerate(self.program.layers):
            here = np.flatnonzero(rows["layer.name"] == number) if len(self.program.layers) > 1 else slice(None)
            columns = {name: f"{name}.before" for name, _ in self.program.state(number)}
            columns |= {head.name: f"{head.name}.head" for head in layer.heads if head.name not in self._numbers}
            columns |= {test.name: f"{test.name}.head" for test in layer.tests}
            state = {name: rows[column][here] for name, column in columns.items()}
            for name, found in plain.fired(number, state).items():
                fired[f"{name}.rule"][here] = found
        return fired

    def _parts(self, group: Mapping[int, Sequence[int]], errors: dict[int, tuple[int, RunFailed]]) -> Iterator[Block]:
        """The rows of every layer of a batch; `errors` gets layer and error of each input that fails."""
        numbers = np.array(list(group), np.int64)
        batch = list(group.values())
        lengths = np.array([len(sequence) for sequence in batch])
        tokens = np.full((len(batch), max(lengths)), PADDING)
        for row, sequence in enumerate(batch):
            tokens[row, : len(sequence)] = sequence
        layers, streams = tee(self._watched(batch, numbers, errors))
        found = zip(transitions(layer for layer, _ in layers), changes(streams), strict=True)
        for (before, layer), residual in found:
            fine = ~np.isin(numbers[layer.rows], list(errors))
            there = fine[:, None] & (np.arange(tokens.shape[1]) < lengths[layer.rows][:, None])
            if there.any():
                yield self._part(numbers, tokens, before, layer, residual, np.nonzero(there))

    def _watched(
        self, batch: Sequence[Sequence[int]], numbers: Array, errors: dict[int, tuple[int, RunFailed]]
    ) -> Iterator[tuple[Layer, Stream]]:
        """All layers, with the stream after each; `errors` gets those of a layer before it comes."""
        for layer, stream in self._layers(batch):
            for row, error in layer.errors.items():
                errors.setdefault(int(numbers[row]), (layer.failed[row], error))
            for place in np.flatnonzero(self._unclear(layer)).tolist():
                errors.setdefault(int(numbers[layer.rows[place]]), (int(layer.numbers[place]), StateUnclear(None)))
            yield layer, stream

    def _layers(self, batch: Sequence[Sequence[int]]) -> Iterator[tuple[Layer, Stream]]:
        if self.residual is not None:
            yield from self.residual.layers_and_residual(batch)
        else:
            for layer in self.engine.layers(batch):
                yield layer, None

    def _unclear(self, layer: Layer) -> Array:
        """The sequences in whose state something has no value, though it stands at a position."""
        gone = {kept.name for kept in self.program.kept if not kept.stands_after(layer.place)}
        unclear = np.zeros(len(layer.rows), np.bool_)
        for name, values in (*layer.state.items(), *layer.heads.items()):
            if name not in gone:
                unclear |= (~has_value(values) & (values != PADDING)).any(axis=1)
        return unclear

    def _part(
        self,
        numbers: Array,
        tokens: Array,
        before: Mapping[str, Indices],
        layer: Layer,
        residual: tuple[Stream, Stream],
        there: tuple[Array, ...],
    ) -> Block:
        """The rows of one layer: of the sequences and positions `there`; also columns for what rules read."""
        place, position = there
        row = layer.rows[place]
        columns: Block = {
            "input": numbers[row],
            "layer": layer.numbers[place].astype(np.int32),
            "layer.name": np.full(len(row), layer.place, np.int32),
            "layer.round": np.full(len(row), layer.round, np.int32),
            "position": position.astype(np.int32),
            "token": tokens[row, position].astype(self._token_type),
        }

        def put(name: str, when: str, values: Indices | None) -> None:
            """A column of a variable or head, of null where it has no values."""
            column, type = f"{name}.{when}", self._type.get(name, np.float64)
            if values is None:
                columns[column] = np.full(len(row), self._null.get(column, NULL), type)
            elif name in self._numbers:
                different, places = np.unique(values[place, position], return_inverse=True)
                columns[column] = np.array([float(NUMBERS.values[index]) for index in different.tolist()])[places]
            else:
                columns[column] = values[place, position].astype(type)

        for variable in self.program.variables:
            put(variable.name, "before", before[variable.name])
            put(variable.name, "after", layer.variables[variable.name])
        for kept in self.program.kept:
            put(kept.name, "before", before[kept.name] if kept.stands_before(layer.place) else None)
            if not kept.is_head:
                put(kept.name, "after", layer.variables[kept.name] if kept.stands_after(layer.place) else None)
        asked = [test.name for one in self.program.layers for test in one.tests]
        for name in [*(head.name for head in self.program.heads), *asked]:
            put(name, "head", layer.heads.get(name))
        for when, stream in zip(("before", "after"), residual, strict=True):
            if stream is not None:
                columns[f"residual.{when}"] = stream[place, position]
        return columns


def changes(states: Iterable[tuple[Layer, Stream]]) -> Iterator[tuple[Stream, Stream]]:
    """The stream before and after every layer, as `transitions` has the values in it."""
    stream: Stream = None  # of all sequences of the batch
    for layer, after in states:
        if layer.place >= 0:
            yield None if stream is None else stream[layer.rows], after
        if stream is not None:
            stream[layer.rows] = after
        elif after is not None:
            stream = after.copy()


class Forecast:
    """How many layers inputs will run, from what the last ones did; `layers` is the number if a program sets it."""

    def __init__(self, layers: int | None) -> None:
        self.layers = layers
        self.by_length = 1.0  # layers for each position, where the program halts by itself

    def fits(self, lengths: Sequence[int], rows: int) -> int:
        """How many of the next inputs have no more rows than so many together; at least one."""
        total = 0.0
        for count, length in enumerate(lengths):
            total += length * (self.layers if self.layers is not None else self.by_length * length)
            if total > rows and count:
                return count
        return len(lengths)

    def more(self) -> None:
        self.by_length *= 2
        self.layers = None  # it does not hold for these weights, or it would have fitted

    def saw(self, part: Block, group: Mapping[int, Sequence[int]]) -> None:
        """Learn from a layer of a group that ran to its end; later layers of a group say more than earlier ones."""
        self.by_length = int(part["layer"].max()) / max(map(len, group.values()))
