"""Answers against what they should be: how many are right, in all and for each value of some properties.

A wrong answer and no answer are different things. A run is without an answer if it fails: it never halts, its heads
meet positions that disagree, or its stream holds no value of the output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from altac.data.properties import Property
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.ir.interface import Interface
from altac.ir.values import Value, sort_key, value_text

if TYPE_CHECKING:
    from altac.analysis.rule_accuracy import RuleScores
    from altac.model.model import Model


@dataclass(frozen=True)
class Answer:
    """What one run gave, against the symbols that it should give.

    Attributes:
        given: the symbols of the output; None without an answer, for the reason in `code`.
    """

    expected: tuple[str, ...]
    given: tuple[str, ...] | None
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
        return sum(one == other for one, other in zip(self.expected, self.given or (), strict=False))


@dataclass(frozen=True)
class Tally:
    """How many answers are right; `places` are symbols of outputs; `unanswered` counts the reasons by their code."""

    inputs: int
    right: int
    places: int
    right_places: int
    unanswered: Mapping[str, int]

    @staticmethod
    def of(answers: Iterable[Answer]) -> Tally:
        listed = list(answers)
        return Tally(
            len(listed),
            sum(one.is_right for one in listed),
            sum(one.places for one in listed),
            sum(one.right_places for one in listed),
            dict(sorted(Counter(one.code for one in listed if one.code is not None).items())),
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
        }


@dataclass(frozen=True)
class Expected:
    """The output that an input should have; `layers` are those that the program needs for it."""

    text: str
    output: tuple[str, ...]
    layers: int


def expected_outputs(interpreter: Engine, texts: Sequence[str], outputs: Sequence[str] | None = None) -> list[Expected]:
    """What each input should give; inputs for which the program has no answer are left out.

    Args:
        outputs: the answers, in place of those of the program.
    """
    results = run_texts(interpreter, texts)
    if outputs is not None:
        known = [tuple(interpreter.interface.normalise_output(output).split()) for output in outputs]
        return [Expected(one.input, output, one.layers) for one, output in zip(results, known, strict=True)]
    return [Expected(one.input, symbols(one), one.layers) for one in results if one.error is None]


def symbols(result: Result) -> tuple[str, ...]:
    return tuple(value_text(value) for value in result.output or ())


def answers(
    engine: Engine, expected: Sequence[Expected], progress: Callable[[int], None] | None = None
) -> list[Answer]:
    """What an engine gives."""
    results = run_texts(engine, [one.text for one in expected], progress)
    given = [(None, one.error.code) if one.error is not None else (symbols(one), None) for one in results]
    return [Answer(one.output, *found) for one, found in zip(expected, given, strict=True)]


def allow_layers(model: Model, expected: Sequence[Expected]) -> None:
    """Let every run of some weights take at least twice the layers that the program needs.

    So no right answer comes too late, and yet all runs end: those of weights that altac compiled end by themselves, but
    those of others need not.
    """
    positions = [len(model.interface.tokens(one.text)) for one in expected]
    needed = [ceil(one.layers / (2 * (count + 8))) for one, count in zip(expected, positions, strict=True)]
    module = model.module  # a run may take 4 * layer_rate * (positions + 8) layers
    module.config = replace(module.config, layer_rate=max([1, module.config.layer_rate, *needed]))


Key = tuple[Value, ...]


def cells(given: Sequence[Answer], keys: Sequence[Key]) -> dict[Key, Tally]:
    """The answers for each key by themselves, in the order of the keys."""
    groups: dict[Key, list[Answer]] = {}
    for one, key in zip(given, keys, strict=True):
        groups.setdefault(key, []).append(one)
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


def property_keys(properties: Sequence[Property], interface: Interface, texts: Iterable[str]) -> list[Key]:
    """The values of some properties for each input.

    Raises:
        AltacError: if one has no value for an input.
    """
    return [tuple(one(parsed) for one in properties) for parsed in map(interface.parse, texts)]
