"""Padding: an input has the same states whatever stands beside it in its batch, in every program and both engines."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from altac.engine.protocol import Engine, Finish
from altac.ir.numbers import is_open
from altac.ir.values import value_text
from altac.model.model import Model
from tests.programs.sizes import names
from tests.support import PROGRAMS, program

Run = list[tuple[int, dict[str, list[int]], str]]  # layers, each with all heads and variables, and an error's code
MOST = 32  # symbols, so that programs of any length stay quick


def runs(engine: Engine, batch: Sequence[Sequence[int]]) -> list[Run]:
    """The whole run of every sequence of one batch, without its padding."""
    found: list[Run] = [[] for _ in batch]
    for layer in engine.layers(batch):
        states: dict[str, Any] = {**layer.heads, **layer.variables}
        for place, row in enumerate(layer.rows.tolist()):
            size = len(batch[row])
            number = int(layer.numbers[place])
            values = {name: told(engine, name, one[place, :size].tolist()) for name, one in states.items()}
            found[row].append((number, values, ""))
        for row, error in layer.errors.items():
            found[row].append((layer.failed[row], {}, error.code))
    return found


def told(engine: Engine, name: str, indices: list[int]) -> list[Any]:
    """The indices of values; of numbers, what they are as far as it is known."""
    domain = engine.domains[name]
    if not is_open(domain):
        return indices
    numbers = [float(domain.values[index]) if index >= 0 else index for index in indices]  # type: ignore[arg-type]
    return numbers if domain.digits is None else [pytest.approx(one, abs=float(domain.tolerance)) for one in numbers]


def inputs(name: str) -> list[list[int]]:
    """Examples, the lines of the input file, none and one symbol, and random symbols: of many lengths, in no order."""
    one = program(name, 1).program
    texts = [example.input for example in one.examples]
    texts += (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    random, alphabet = Random(f"padding of {name}"), [value_text(value) for value in one.interface.alphabet]
    longest = MOST if one.interface.longest is None else min(MOST, one.interface.longest)
    texts += [" ".join(random.choices(alphabet, k=length)) for length in (0, 1, longest // 2, longest)]
    tokens = [one.interface.tokens(text) for text in dict.fromkeys(texts)]
    short = [words for words in tokens if len(words) <= MOST + max(20, len(one.interface.tokens("")))]
    random.shuffle(short)
    return short[:5]


@pytest.mark.parametrize("name", names())
def test_a_batch_gives_every_input_the_states_that_it_has_alone(name: str) -> None:
    one = program(name, 1)
    batch = inputs(name)
    assert len({len(tokens) for tokens in batch}) > 2, "the batch has inputs of several lengths"
    alone = [runs(one.interpreter, [tokens])[0] for tokens in batch]
    dense = Model(one.model.module, one.model.metadata, "dense")
    for engine in (one.interpreter, one.model, dense):
        assert runs(engine, batch) == alone
    if is_open(one.program.interface.domain):
        return  # its output is one of these states
    ends = [whole(one.model.finish([tokens])[0]) for tokens in batch]
    assert [whole(end) for end in one.model.finish(batch)] == ends
    expected = [whole(end) for end in one.interpreter.finish(batch)]
    assert [(output, sums) for output, *_, sums in expected] == [(output, sums) for output, *_, sums in ends]


def whole(end: Finish) -> tuple[object, ...]:
    return (*end[:-1], None if end.sums is None else end.sums.tolist())
