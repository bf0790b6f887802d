"""What exported models are compared with: the interpreter's state after every layer, on inputs of several lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import torch

from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.engine.trace import PADDING, Layer
from altac.ir.arrays import Array, Indices
from altac.ir.numbers import NUMBERS, is_open
from altac.model.reading import LayerReader
from tests.support import PROGRAMS, nonempty

UNBOUNDED = 40  # symbols of the longest random input of a program that takes any number


def inputs(one: Compiled, name: str) -> list[str]:
    """Texts with a result: the empty one, some of one symbol, the program's own, and one of the greatest length."""
    interface, dice = one.program.interface, np.random.default_rng(0)
    longest = UNBOUNDED if interface.longest is None else interface.longest
    lengths = (0, 1, 1, longest // 2, longest, longest)
    symbols = interface.alphabet.values
    texts = [
        " ".join(interface.alphabet.text(symbols[int(number)]) for number in dice.integers(len(symbols), size=length))
        for length in lengths
    ]
    own = sorted((PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines(), key=len)
    texts += [own[0], own[len(own) // 2], own[-1]]
    texts = list(dict.fromkeys(texts))
    return [text for text, result in zip(texts, run_texts(one.interpreter, texts), strict=True) if not result.error]


def compare(
    one: Compiled, sequences: list[list[int]], stream: Callable[[int, Layer], Array]
) -> Iterator[tuple[str, int]]:
    """Compare the state after every layer with the interpreter's.

    Args:
        stream: gives the residual stream of the sequences that run a layer, after it, from the layer's place in the
            run and what the interpreter says.

    Yields:
        What was equal, and how many values of it.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    tokens = np.zeros((len(sequences), lengths.max()), np.int64)
    for row, sequence in zip(tokens, sequences, strict=True):
        row[: len(sequence)] = sequence
    for step, layer in nonempty(enumerate(one.interpreter.layers(sequences))):
        found = stream(step, layer)
        rows, reader = layer.rows, LayerReader(one.model.metadata.stream, layer.place)
        at = torch.from_numpy(lengths[rows])
        parts, _ = reader.named(torch.from_numpy(np.ascontiguousarray(found)), at)
        heads, variables, kept = reader.values(parts, lengths[rows], tokens[rows])
        gone = set(reader.gone)
        for name, expected in [*layer.heads.items(), *layer.variables.items(), *layer.kept.items()]:
            if name in gone or name not in {**heads, **variables, **kept}:
                continue
            read = {**variables, **kept, **heads}[name]
            assert equal(one, name, expected, read), (name, step, layer.place)
            yield name, int((expected != PADDING).sum())


def equal(one: Compiled, name: str, expected: Indices, found: Indices) -> bool:
    """Whether values are equal; numbers, as far as the weights know them."""
    domain = one.model.domains[name]
    if not is_open(domain):
        return bool(np.array_equal(expected, found))
    if not np.array_equal(expected == PADDING, found == PADDING):
        return False
    pairs = zip(expected[expected != PADDING].tolist(), found[expected != PADDING].tolist(), strict=True)
    return not any(abs(number(left) - number(right)) > domain.tolerance for left, right in pairs)


def number(index: int) -> Fraction:
    value = NUMBERS.values[index]
    assert isinstance(value, int | Fraction)
    return Fraction(value)
