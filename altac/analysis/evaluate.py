"""Answers against what they should be: how many are right, in all and for each value of some properties.

A wrong answer and no answer are different things. A run is without an answer if it fails: it never halts, its heads
meet positions that disagree, or its stream holds no value of the output. How much a share of right answers says depends
on the baseline, the share that is right if the most frequent answer is always given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from altac.data.properties import Property, output_value
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.interpret import Interpreter
from altac.ir.interface import Interface
from altac.ir.values import Value, sort_key, value_text

Output = tuple[str, ...]  # the symbols of an output
if TYPE_CHECKING:
    from altac.analysis.rule_accuracy import RuleScores


@dataclass(frozen=True)
class Answer:
    """What one run gave, against the output that it should give.

    Attributes:
        given: None without an answer, for the reason in `code`.
    """

    expected: Output
    given: Output | None
    code: str | None

    @property
    def is_right(self) -> bool:
        return self.given == self.expected

    @property
    def places(self) -> int:
        """Symbols that are compared: those of the longer of the two outputs."""
        return max(len(self.expected), len(self.given or ()))

    @property
    def right_places(self) -> int:
        return sum(wanted == found for wanted, found in zip(self.expected, self.given or (), strict=False))


@dataclass(frozen=True)
class Baseline:
    """The most frequent output of some inputs, and of how many inputs it is the output."""

    output: Output
    right: int

    @staticmethod
    def of(outputs: Iterable[Output]) -> Baseline | None:
        """None for no inputs; of outputs that are equally frequent, the first in alphabetical order."""
        counts = Counter(outputs)
        if not counts:
            return None
        output = min(counts, key=lambda output: (-counts[output], output))
        return Baseline(output, counts[output])


@dataclass(frozen=True)
class Tally:
    """How many answers are right; `places` are symbols of outputs; `unanswered` counts the reasons by their code.

    `baseline` says how many would be right if all were the same; None for no inputs.
    """

    inputs: int
    right: int
    places: int
    right_places: int
    unanswered: Mapping[str, int]
    baseline: Baseline | None = None

    @staticmethod
    def of(answers: Iterable[Answer]) -> Tally:
        listed = list(answers)
        return Tally(
            len(listed),
            sum(answer.is_right for answer in listed),
            sum(answer.places for answer in listed),
            sum(answer.right_places for answer in listed),
            dict(sorted(Counter(answer.code for answer in listed if answer.code is not None).items())),
            Baseline.of(answer.expected for answer in listed),
        )

    @property
    def none(self) -> int:
        """Inputs without an answer."""
        return sum(self.unanswered.values())

    @property
    def wrong(self) -> int:
        return self.inputs - self.right - self.none

    @property
    def accuracy(self) -> float | None:
        """The share of inputs whose whole output is right; None for no inputs."""
        return self.right / self.inputs if self.inputs else None

    @property
    def place_accuracy(self) -> float | None:
        """The share of right symbols; None where no output has any."""
        return self.right_places / self.places if self.places else None

    def record(self) -> dict[str, Any]:
        """As plain types."""
        return {
            "inputs": self.inputs,
            "right": self.right,
            "wrong": self.wrong,
            "no_answer": dict(self.unanswered),
            "accuracy": self.accuracy,
            "symbols": self.places,
            "right_symbols": self.right_places,
            "symbol_accuracy": self.place_accuracy,
            "baseline": self.baseline and self.baseline.right / self.inputs,
            "most_frequent": self.baseline and " ".join(self.baseline.output),
        }


@dataclass(frozen=True)
class Question:
    """The output that an input should have; `layers` are those that the program needs for it."""

    text: str
    output: Output
    layers: int


def expected_outputs(
    interpreter: Engine,
    texts: Sequence[str],
    outputs: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Question]:
    """What each input should give; inputs for which the program has no answer are left out.

    Args:
        outputs: the answers, in place of those of the program.
    """
    results = run_texts(interpreter, texts, progress)
    if outputs is not None:
        known = [tuple(interpreter.interface.normalise_output(output).split()) for output in outputs]
        return [Question(result.input, output, result.layers) for result, output in zip(results, known, strict=True)]
    answered = [result for result in results if result.error is None]
    return [Question(result.input, symbols(result, interpreter.interface), result.layers) for result in answered]


def symbols(result: Result, interface: Interface) -> Output:
    return tuple(map(interface.domain.text, result.output or ()))


def answers(
    engine: Engine, expected: Sequence[Question], progress: Callable[[int], None] | None = None
) -> list[Answer]:
    """What an engine gives."""
    results = run_texts(engine, [question.text for question in expected], progress)
    answered = [
        (None, result.error.code) if result.error else (symbols(result, engine.interface), None) for result in results
    ]
    return [Answer(question.output, *answer) for question, answer in zip(expected, answered, strict=True)]


def with_enough_layers(engine: Engine, expected: Sequence[Question]) -> Engine:
    """An engine with the same weights, of which every run may take at least twice the layers that the program needs.

    So no right answer comes too late, and yet all runs end: those of weights that altac compiled end by themselves, but
    those of others need not. An engine without layers to bound stays what it is.
    """
    if isinstance(engine, Interpreter):
        return engine
    from altac.model.model import Model

    if not isinstance(engine, Model):
        return engine
    positions = [len(engine.interface.tokens(question.text)) for question in expected]
    needed = [ceil(question.layers / (2 * (count + 8))) for question, count in zip(expected, positions, strict=True)]
    return engine.allowing(max([1, engine.layer_rate, *needed]))


Key = tuple[Value, ...]


def cells(given: Sequence[Answer], keys: Sequence[Key]) -> dict[Key, Tally]:
    """The answers for each key by themselves, in the order of the keys."""
    groups: dict[Key, list[Answer]] = {}
    for answer, key in zip(given, keys, strict=True):
        groups.setdefault(key, []).append(answer)
    ordered = sorted(groups, key=lambda key: [sort_key(value) for value in key])
    return {key: Tally.of(groups[key]) for key in ordered}


def record(
    model: str, tally: Tally, left_out: int, by: Sequence[str], cells: Mapping[Key, Tally], scores: RuleScores | None
) -> dict[str, Any]:
    """An evaluation as plain types."""
    found: dict[str, Any] = {"model": model, **tally.record(), "left_out": left_out, "by": list(by)}
    found["cells"] = [{"values": list(map(_plain, key)), **cell.record()} for key, cell in cells.items()]
    if scores is not None:
        found["rules"] = scores.record()
    return found


def _plain(value: Value) -> int | str | None:
    """A value as JSON has it, where `none` is null; fractions and sets are texts."""
    return value if value is None or isinstance(value, int) else value_text(value)


def property_keys(properties: Sequence[Property], interface: Interface, expected: Iterable[Question]) -> list[Key]:
    """The values of some properties for each input; the output is the one that it should have.

    Raises:
        AltacError: if one has no value for an input.
    """
    values = {interface.domain.text(value): value for value in interface.domain}
    keys = []
    for question in expected:
        parsed = interface.parse(question.text)
        output = output_value(interface, [values.get(text, text) for text in question.output])
        keys.append(tuple(found(parsed, output) for found in properties))
    return keys
