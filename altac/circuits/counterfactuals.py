"""Pairs of inputs in which one variable differs at one place, found by comparing traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import Any

import numpy as np

from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NeverAlone, TooFewPairs, UnknownFlip
from altac.diagnostics.suggest import closest
from altac.engine.trace import Layer
from altac.interpret import Interpreter
from altac.ir.encode import encode_value
from altac.ir.values import Value, value_text

TOKENS = ("token", "position")  # of the input itself: one of them differs in every pair
BATCH = 128  # pairs that run together
FEWEST, EACH = 4000, 60  # pairs that are tried at least, and for each that is asked for


@dataclass(frozen=True)
class Counterfactual:
    """Two inputs whose states differ in one variable at one position, after one layer.

    Attributes:
        clean, corrupted: the inputs, which differ in one symbol.
        variable: what differs.
        layer: how many layers both have run; 0 for the beginning. `name` is that of the last, with its round.
        position: where it differs.
        values: in the clean run and in the corrupted one.
        outputs: of both; None for a run that fails.
    """

    clean: str
    corrupted: str
    variable: str
    layer: int
    name: str
    position: int
    values: tuple[Value, Value]
    outputs: tuple[str | None, str | None]

    def to_dict(self) -> dict[str, Any]:
        return {
            "clean": self.clean,
            "corrupted": self.corrupted,
            "variable": self.variable,
            "layer": self.layer,
            "activation": self.name,
            "position": self.position,
            "values": [encode_value(value) for value in self.values],
            "outputs": list(self.outputs),
        }


@dataclass
class Tried:
    """What was seen on the way: pairs, those in which the variable differs, and what differs beside it."""

    pairs: int = 0
    differ: int = 0
    others: Counter[str] = field(default_factory=Counter)


def counterfactuals(
    interpreter: Interpreter,
    variable: str,
    count: int,
    lengths: tuple[int, int],
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    tries: int | None = None,
) -> list[Counterfactual]:
    """Different pairs, in each of which a variable differs alone.

    Nothing else differs after that layer, but for the symbol itself: no other variable, and nothing elsewhere.

    Args:
        variable: a variable, a value that a layer introduces, or a head that later layers read; or `token`.
        lengths: of inputs, in symbols.
        seed: the same seed finds the same pairs.
        progress: called with the number of pairs that were found since the last call.
        tries: how many pairs are looked at; many thousands if None. All of them, if there are no more.

    Raises:
        AltacError: if there is no such variable, or there are not so many pairs among those that are tried.
    """
    known = tuple(name for name in interpreter.domains if name != "position")
    if variable not in known:
        raise AltacError([UnknownFlip(None, interpreter.interface.program, variable, closest(variable, known), known)])
    dice, found, tried = np.random.default_rng(seed), dict[tuple[str, str], Counterfactual](), Tried()
    most = max(FEWEST, EACH * count) if tries is None else tries
    there_are = all_there_are(len(interpreter.interface.alphabet), lengths)
    every = there_are <= most
    batches = random_words(interpreter, lengths, dice, most if there_are else 0)
    for words in chain(batches, all_words(interpreter, lengths, dice) if every else ()):
        if len(found) == count:
            break
        for one in alone(interpreter, words, variable, tried):
            if len(found) < count and (one.clean, one.corrupted) not in found:
                found[one.clean, one.corrupted] = one
                if progress is not None:
                    progress(1)
    looked = there_are if every else tried.pairs
    if not found:
        others = tuple(name for name, _ in tried.others.most_common(3))
        raise AltacError([NeverAlone(None, variable, looked, every, tried.differ, others)])
    if len(found) < count:
        raise AltacError([TooFewPairs(None, variable, count, len(found), looked, every)])
    return list(found.values())


Word = list[Value]


def all_there_are(symbols: int, lengths: tuple[int, int]) -> int:
    """How many pairs of words there are that differ in one symbol."""
    return sum(symbols**length * length * (symbols - 1) for length in range(max(1, lengths[0]), lengths[1] + 1))


def all_words(
    interpreter: Interpreter, lengths: tuple[int, int], dice: np.random.Generator
) -> Iterator[list[tuple[Word, Word]]]:
    """All pairs of words that differ in one symbol, in a random order, in batches."""
    symbols = interpreter.interface.alphabet.values
    found = [
        (list(word), [*word[:place], other, *word[place + 1 :]])
        for length in range(max(1, lengths[0]), lengths[1] + 1)
        for word in product(symbols, repeat=length)
        for place in range(length)
        for other in symbols
        if other is not word[place]
    ]
    order = iter(dice.permutation(len(found)).tolist())
    while some := [found[number] for number in islice(order, BATCH)]:
        yield some


def random_words(
    interpreter: Interpreter, lengths: tuple[int, int], dice: np.random.Generator, most: int
) -> Iterator[list[tuple[Word, Word]]]:
    """So many pairs at least, in batches."""
    tried = 0
    while tried < most:
        words = list(changed_words(interpreter, lengths, dice))
        tried += len(words)
        yield words


def changed_words(
    interpreter: Interpreter, lengths: tuple[int, int], dice: np.random.Generator
) -> Iterator[tuple[Word, Word]]:
    """Random words, each with one that has another symbol at one place."""
    symbols = interpreter.interface.alphabet.values
    for _ in range(BATCH):
        length = int(dice.integers(max(1, lengths[0]), max(1, lengths[1]) + 1))
        word = [symbols[int(index)] for index in dice.integers(len(symbols), size=length)]
        place, other = int(dice.integers(length)), symbols[int(dice.integers(len(symbols)))]
        if other is not word[place]:
            yield word, [*word[:place], other, *word[place + 1 :]]


def alone(
    interpreter: Interpreter, words: list[tuple[Word, Word]], variable: str, tried: Tried
) -> Iterator[Counterfactual]:
    """For each pair the first layer after which the variable differs alone, if there is one."""
    interface = interpreter.interface
    batch = [interface.frame(word) for pair in words for word in pair]
    outcomes = interpreter.finish(batch)
    answers = [
        None if one.output is None else interface.render([interface.domain.values[index] for index in one.output])
        for one in outcomes
    ]
    done, differing = set[int](), set[int]()
    tried.pairs += len(words)
    for layer in interpreter.layers(batch):
        rows = {int(row): place for place, row in enumerate(layer.rows)}
        state = {name: values for name, values in layer.state.items() if name not in TOKENS or name == variable}
        for number, (clean, corrupted) in enumerate(words):
            if number in done or 2 * number not in rows or 2 * number + 1 not in rows:
                continue
            one, other = rows[2 * number], rows[2 * number + 1]
            if layer.numbers[one] != layer.numbers[other]:
                continue
            differ = {name: np.flatnonzero(values[one] != values[other]) for name, values in state.items()}
            differ = {name: places for name, places in differ.items() if len(places)}
            if variable not in differ:
                continue
            differing.add(number)
            if set(differ) != {variable}:
                tried.others.update(set(differ) - {variable})
                continue
            if len(differ[variable]) != 1:
                continue
            position = int(differ[variable][0])
            pair = state[variable][[one, other], position]
            if (pair < 0).any():
                continue
            done.add(number)
            values = interpreter.domains[variable].values
            yield Counterfactual(
                text_of(clean),
                text_of(corrupted),
                variable,
                int(layer.numbers[one]),
                activation(layer, variable),
                position,
                (values[int(pair[0])], values[int(pair[1])]),
                (answers[2 * number], answers[2 * number + 1]),
            )
    tried.differ += len(differing)


def text_of(word: Word) -> str:
    return " ".join(map(value_text, word))


def activation(layer: Layer, variable: str) -> str:
    """The name of what differs, as an activation."""
    if layer.place < 0:
        return f"embed.var.{variable}"
    kind = "attn" if variable in layer.heads else "var"
    return f"{layer.name}.{layer.round}.{kind}.{variable}" if layer.name else f"{layer.round}.{kind}.{variable}"
