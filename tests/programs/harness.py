"""A program of the library against its task: on random inputs, with answers written from the task's definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.ir.values import value_text
from tests.support import PROGRAMS, nonempty, program

Symbols = Sequence[str]
Shape = Callable[[Random, Symbols, int], list[str]]

UNBOUNDED = 40  # the longest input tried where a program has no greatest length


def any_symbols(random: Random, alphabet: Symbols, length: int) -> list[str]:
    """Some of the alphabet's symbols only, so that long inputs repeat few symbols as often as many."""
    some = random.sample(alphabet, random.randint(1, len(alphabet)))
    return [random.choice(some) for _ in range(length)]


@dataclass(frozen=True)
class Task:
    """What a program has to compute.

    Attributes:
        name: of the program.
        answer: the symbols of the output for those of an input.
        longest: the greatest number of symbols that the program's header promises; None for any number.
        layers: how many it promises for an input; None where it makes no such promise.
        shape: draws inputs of a length; every program also gets inputs of arbitrary symbols.
        arbitrary: whether the task is defined on all inputs of the alphabet.
        drawn: how many inputs.
        compared: how many of them are also run by the weights.
    """

    name: str
    answer: Callable[[Symbols], Sequence[object]]
    longest: int | None
    layers: Callable[[Symbols], int] | None
    shape: Shape = any_symbols
    arbitrary: bool = True
    drawn: int = 1000
    compared: int = 50
    level: int = 1

    @property
    def compiled(self) -> Compiled:
        return program(self.name, self.level)

    def inputs(self) -> list[list[str]]:
        """All that is drawn for this task: none, every symbol by itself, full length, and random lengths between."""
        random = Random(f"inputs of {self.name}")
        alphabet = [value_text(value) for value in self.compiled.program.interface.alphabet]
        longest = UNBOUNDED if self.longest is None else self.longest
        texts = [[], *([symbol] for symbol in alphabet)] if self.arbitrary else []
        while len(texts) < self.drawn:
            number = len(texts)
            length = longest if number % 20 == 0 else random.randint(0, longest)
            shape = any_symbols if self.arbitrary and number % 2 else self.shape
            texts.append(shape(random, alphabet, length))
        return texts


def check_answers(task: Task) -> None:
    """The interpreter gives the task's answer on every input, in the promised number of layers."""
    inputs = task.inputs()
    interface = task.compiled.program.interface
    assert interface.longest == task.longest
    assert len(inputs) >= task.drawn
    if task.longest is not None:
        assert max(map(len, inputs)) == task.longest
    results = run_texts(task.compiled.interpreter, [" ".join(symbols) for symbols in inputs])
    for symbols, result in zip(nonempty(inputs), results, strict=True):
        shown = " ".join(symbols)
        assert result.error is None, f"`{shown}`: {result.error}"
        expected = " ".join(str(one) for one in task.answer(symbols))
        assert result.text(interface) == expected, f"`{shown}`"
        if task.layers is not None:
            assert result.layers == task.layers(symbols), f"`{shown}`"


def check_weights(task: Task) -> None:
    """The weights give the interpreter's states, on the shortest and longest inputs and on some between."""
    ordered = sorted(task.inputs(), key=len)
    step = (len(ordered) - 1) / (task.compared - 1)
    texts = [" ".join(ordered[round(number * step)]) for number in range(task.compared)]
    difference = compare_engines(task.compiled.interpreter, task.compiled.model, texts)
    assert difference is None, str(difference)


def check_files(task: Task) -> None:
    """The input file beside the program is accepted, and the examples hold."""
    interface = task.compiled.program.interface
    lines = (PROGRAMS / f"{task.name}.txt").read_text(encoding="utf-8").splitlines()
    assert 5 <= len(lines) <= 10
    for line, result in zip(nonempty(lines), run_texts(task.compiled.interpreter, lines), strict=True):
        assert result.error is None, f"`{line}`: {result.error}"
    examples = task.compiled.program.examples
    assert len(examples) >= 3
    results = run_texts(task.compiled.interpreter, [example.input for example in examples])
    for example, result in zip(nonempty(examples), results, strict=True):
        assert result.text(interface) == interface.normalise_output(example.output), f"`{example.input}`"
