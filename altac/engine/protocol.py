"""What both engines, the interpreter and the compiled model, can do, and how texts are run through either.

An engine runs batches of framed token sequences. Everything about text, order and batches is here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from altac.diagnostics.run_errors import RunFailed, WrongArgument
from altac.engine.batches import batches
from altac.engine.evidence import Evidence, Told
from altac.engine.tokens import many_tokens
from altac.engine.trace import Layer, Result, Step, Trace, gather_trace, has_value
from altac.engine.writing import Choose, Tell, Written, tokens_read, write
from altac.ir.arrays import Indices
from altac.ir.interface import InputError, Interface
from altac.ir.values import Domain

if TYPE_CHECKING:
    from jaxtyping import Num

    from altac.engine.evidence import Sums


class Finish(NamedTuple):
    """How one sequence of a batch ended: the output's value indices, None after an error, and the last layer begun.

    `sums` are those of each symbol of an output that is a score.
    """

    output: tuple[int, ...] | None
    layers: int
    error: RunFailed | None
    sums: Num[Sums, "outputs labels"] | None = None


Following = Callable[[Mapping[int, Sequence[int]]], dict[int, Finish]]


class Answering(Protocol):
    """Runs token sequences to their ends."""

    @property
    def interface(self) -> Interface: ...

    def finish(self, batch: Sequence[Sequence[int]]) -> list[Finish]:
        """How each sequence ends."""
        ...

    def following(self) -> Following:
        """What runs sequences that grow, by their numbers; it may remember what it was given."""
        ...


class Engine(Answering, Protocol):
    """Also shows every layer; `domains` are those of all variables, values that layers introduce, and heads."""

    @property
    def domains(self) -> Mapping[str, Domain]: ...

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        """The initial state, and then every layer that a sequence runs, until every one has ended or failed.

        A sequence that is done with an entry of the schedule waits until all others are: it is not in their layers.

        Args:
            whole: also what only a comparison of whole states needs (see `Layer`).
        """
        ...

    def grown(self, tokens: Sequence[int]) -> Mapping[str, Indices] | None:
        """The variables (positions,) at the end of a run to which positions were added one by one.

        None where nothing is kept from one run to the next, or the run fails.
        """
        ...


def finish_layers(
    layers: Iterator[Layer],
    batch: Sequence[Sequence[int]],
    interface: Interface,
    told: Callable[[Layer], Told],
) -> list[Finish]:
    """The ends of all sequences from their layers.

    Args:
        told: the output at every position, `PADDING` where there is none.
    """
    ends: dict[int, Finish] = {}

    def close(layer: Layer, rows: set[int]) -> None:
        """Sequences whose last layer this is, unless they only wait: then it is written over."""
        values, sums = told(layer)
        for place, (row, number) in enumerate(zip(layer.rows.tolist(), layer.numbers.tolist(), strict=True)):
            if row in rows:
                positions = interface.pick(np.flatnonzero(has_value(values[place])).tolist())
                output = tuple(int(values[place, position]) for position in positions)
                ends[row] = Finish(output, number, None, None if sums is None else sums[place, positions])

    previous: Layer | None = None
    for layer in layers:
        for row, error in layer.errors.items():
            ends[row] = Finish(None, layer.failed[row], error)
        if previous is not None:
            gone = set(previous.rows.tolist()) - set(layer.rows.tolist()) - set(layer.errors)
            if gone:
                close(previous, gone)
        previous = layer
    if previous is not None:
        close(previous, set(previous.rows.tolist()))
    return [ends[row] for row in range(len(batch))]


def run_texts(
    engine: Answering,
    texts: Sequence[str],
    progress: Callable[[int], None] | None = None,
    choose: Choose | None = None,
    tell: Tell | None = None,
) -> list[Result]:
    """The results of input texts, in their order; an input that is not accepted is an error of its own.

    Args:
        progress: called with the number of inputs that were finished since the last call.
        choose, tell: for programs that write, as those of `write`.

    Raises:
        AltacError: for what is not a list of texts.
    """
    check_texts(texts)
    if not texts:
        return []
    interface = engine.interface
    results: list[Result | None] = [None] * len(texts)
    tokens: dict[int, list[int]] = {}
    for number, found in enumerate(many_tokens(interface, texts)):
        if isinstance(found, InputError):
            results[number] = Result(texts[number], None, 0, found.problem)
        else:
            tokens[number] = found
    if progress is not None:
        progress(len(texts) - len(tokens))
    if interface.writing is not None:
        for number, one in write(engine, tokens, choose, tell).items():
            results[number] = result_of(texts[number], one, interface)
        if progress is not None:
            progress(len(tokens))
        return [result for result in results if result is not None]
    for numbers in batches(tokens):
        ends = engine.finish([tokens[number] for number in numbers])
        value, scoring = interface.domain.values.__getitem__, interface.scoring
        for number, (output, layers, failed, sums) in zip(numbers, ends, strict=True):
            evidence = None if scoring is None or sums is None else Evidence(sums, interface.domain, scoring)
            values = None if output is None else tuple(map(value, output))
            results[number] = Result(texts[number], values, layers, failed, evidence)
        if progress is not None:
            progress(len(numbers))
    return [result for result in results if result is not None]


def result_of(text: str, written: Written, interface: Interface) -> Result:
    """The result of a program that writes."""
    value, last = interface.domain.values.__getitem__, written.last
    steps = tuple(Step(value(one.output[0]), one.layers) for one in written.steps if one.output)
    error = None if last is None else last.error
    values = None if error is not None else tuple(map(value, written.values))
    evidence = None
    if interface.scoring is not None and values is not None:
        rows: list[Any] = [one.sums for one in written.steps[: len(values)]]
        sums: Any = np.concatenate(rows) if rows else np.zeros((0, len(interface.domain)), np.int64)
        evidence = Evidence(sums, interface.domain, interface.scoring)
    return Result(text, values, 0 if last is None else last.layers, error, evidence, steps)


def trace_text(engine: Engine, text: str, most: int | None = None) -> Trace:
    """The trace of one input text, of at most so many layers.

    Raises:
        InputError: if the input is not accepted. A run that fails is a trace with the error that a result has.
    """
    check_texts([text])
    tokens = tokens_read(engine, text)
    layers = list(islice(engine.layers([tokens]), None if most is None else most + 1))
    trace = gather_trace(engine.interface, tokens, engine.domains, layers)
    ended = most is None or len(layers) <= most
    shown = layers[-1].state.get(engine.interface.variable)  # a score is no state
    if trace.error is None and ended and (shown is None or (shown < 0).any()):
        return replace(trace, error=engine.finish([tokens])[0].error)  # only some positions may be read
    return trace


def check_texts(texts: object) -> None:
    """Make sure that something is several input texts; a text by itself is not.

    Raises:
        AltacError: if it is not.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Sequence):
        raise WrongArgument.error("the inputs", "a list of texts", texts, '["1 0 1", "1 1"]')
    for text in texts:
        if not isinstance(text, str):
            raise WrongArgument.error("an input", "a text", text, '"1 0 1"')
