"""Which plain rules a model's steps apply, and which they break.

The interpreter gives the true states. Each becomes the residual stream that means it, the model runs the layer that
comes next on that, and what the stream then says of every variable is compared with the true next value. So a mistake
counts where it is made, and not in what follows from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from altac.engine.batches import batches
from altac.engine.trace import Indices, has_value, transitions
from altac.engine.writing import tokens_read
from altac.interpret import Interpreter
from altac.model.decode import Decoder, encode
from altac.model.model import Model
from altac.model.precision import executing
from altac.passes import PlainRules

K = TypeVar("K")
SEQUENCES = 256  # that run one layer together; bounds memory


@dataclass(frozen=True)
class Score:
    """Right and wrong next values, each of one variable at one position in one layer."""

    right: int
    wrong: int

    @property
    def accuracy(self) -> float:
        return self.right / (self.right + self.wrong)


@dataclass(frozen=True, eq=False)
class RuleScores:
    """How well steps do.

    Attributes:
        rules: by the number of the rule that should fire; only rules that should fire somewhere.
        kept: by the variable that should keep its value, as no rule fires.
    """

    plain: PlainRules
    rules: Mapping[int, Score]
    kept: Mapping[str, Score]

    @property
    def learned(self) -> list[int]:
        """The rules that are right wherever they should fire."""
        return [number for number, score in self.rules.items() if not score.wrong]

    @property
    def broken(self) -> list[int]:
        """The others, the least accurate first, and of these the most frequent."""
        wrong = [number for number, score in self.rules.items() if score.wrong]
        return sorted(wrong, key=lambda number: (self.rules[number].accuracy, -self.rules[number].wrong, number))

    def text(self, number: int) -> str:
        """A rule; where layers have names, after that of its layer."""
        text = self.plain.text(number)
        return f"{self.layer(number)}: {text}" if self.layer(number) else text

    def layer(self, number: int) -> str:
        """The name of the layer that has a rule, "" in a program with one step."""
        program = self.plain.program
        return program.layer_names[self.plain.layer_of(number)]

    def record(self) -> dict[str, Any]:
        """As plain types."""
        rules = [
            {
                "rule": number,
                "layer": self.layer(number),
                **asdict(score),
                "text": self.plain.text(number),
            }
            for number, score in self.rules.items()
        ]
        kept = [{"variable": name, **asdict(score)} for name, score in self.kept.items()]
        return {"fired": len(self.rules), "learned": len(self.learned), "scores": rules, "kept": kept}


def score_rules(
    model: Model, interpreter: Interpreter, texts: Sequence[str], progress: Callable[[int], None] | None = None
) -> RuleScores:
    """Try a model's layers on every state of the runs of a program.

    Raises:
        InputError: if an input is not accepted.
        AltacError: if the program has too many rules to number them.
    """
    program = interpreter.program
    plain = PlainRules(program)
    lasting = {variable.name for variable in program.variables}
    rules: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    kept: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    tokens = {number: tokens_read(interpreter, text) for number, text in enumerate(texts)}
    for numbers in batches(tokens):
        for start in range(0, len(numbers), SEQUENCES):
            batch = [tokens[number] for number in numbers[start : start + SEQUENCES]]
            for before, layer in transitions(interpreter.layers(batch)):
                after = after_layer(model, layer.place, before)
                valid = has_value(next(iter(before.values())))
                found_there = {**before, **layer.heads}
                state = {name: found_there[name][valid] for name, _ in program.state(layer.place)}
                fired = plain.fired(layer.place, state)
                for name, wanted in layer.variables.items():
                    if name not in lasting and not (name in fired and name in after):
                        continue  # another layer has introduced it, or nothing reads it
                    right = (after[name] == wanted)[valid]
                    numbered = fired.get(name, np.full(len(right), -1))
                    for outcome in (True, False):
                        these = numbered[right == outcome]
                        rules[outcome].update(these[these >= 0].tolist())
                        kept[outcome][name] += int((these < 0).sum())
            if progress is not None:
                progress(len(batch))
    return RuleScores(plain, scores(rules, sorted({*rules[True], *rules[False]})), scores(kept, list(kept[True])))


def scores(counts: Mapping[bool, Counter[K]], keys: Sequence[K]) -> dict[K, Score]:
    found = {key: Score(counts[True][key], counts[False][key]) for key in keys}
    return {key: score for key, score in found.items() if score.right + score.wrong}


def after_layer(model: Model, layer: int, before: Mapping[str, Indices]) -> dict[str, Indices]:
    """What one layer of a model makes of some states: value indices (batch, length), or what stands in their place.

    Args:
        layer: its number.
        before: value indices of all variables and of what is kept for the layer, and `PADDING`.
    """
    present = has_value(next(iter(before.values())))
    described = model.metadata.stream
    with executing(model.weight):
        x = stream(model, layer, before)
        valid = torch.from_numpy(present).to(x.device)
        streams, _ = model.module.layer(layer, x, valid, model.module.mask(layer, valid))
        parts = {**described.variables, **described.view(layer).kept}
        values, _ = Decoder(list(parts.values()))(streams[-1] if streams else x, valid.sum(dim=1))
        return {name: values[part] for name, part in parts.items()}


def stream(model: Model, layer: int, before: Mapping[str, Indices]) -> Tensor:
    """The residual stream (batch, length, d_model) that holds what a layer finds, and nothing else."""
    weight, described = model.weight, model.metadata.stream
    shape = next(iter(before.values())).shape
    x = torch.zeros(*shape, described.d_model, dtype=weight.dtype, device=weight.device)
    parts = described.view(layer).before
    encode(x, {part: torch.from_numpy(before[name].clip(0)) for name, part in parts.items()})
    return x
