"""What is put in the place of activations, and where."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import UnfitValue
from altac.diagnostics.words import counted
from altac.model.inside.names import EVERY, Chosen, Target

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

EVERY_ROUND = -1  # instead of the number of a round
NEVER_CONSTANT = 1 << 30  # rounds: a change that is another in every round


@dataclass(frozen=True)
class Moment:
    """Where in a run a layer is.

    Attributes:
        round: which run of the layer this is, from 1; 0 before the first layer.
        tokens: those of each running sequence, without padding.
    """

    round: int
    tokens: tuple[tuple[int, ...], ...]


class Replacement(Protocol):
    """Numbers for an activation."""

    @property
    def same_in_rounds(self) -> bool:
        """Whether they are the same in every round and in every sequence."""
        ...

    def numbers(self, target: Target, moment: Moment | None, shape: torch.Size) -> Float[Tensor, "batch length size"]:
        """What replaces an activation (batch, length, size), or something that can be broadcast to it."""
        ...


@dataclass(frozen=True, eq=False)
class Fixed:
    """The same numbers everywhere, for each activation."""

    codes: Mapping[Target, Float[Tensor, "size"]]

    @property
    def same_in_rounds(self) -> bool:
        return True

    def numbers(self, target: Target, moment: Moment | None, shape: torch.Size) -> Tensor:  # noqa: ARG002
        return self.codes[target]


@dataclass(frozen=True, eq=False)
class Drawn:
    """At each place one of the numbers that occur, as often as they occur; the tokens and a seed decide which."""

    pools: Mapping[Target, Float[Tensor, "n size"]]
    seed: int

    @property
    def same_in_rounds(self) -> bool:
        return False

    def numbers(self, target: Target, moment: Moment | None, shape: torch.Size) -> Tensor:
        assert moment is not None
        pool = self.pools[target]
        rows = []
        for tokens in moment.tokens:
            described = repr((tokens, target.place, target.name)).encode()
            generator = np.random.default_rng([self.seed, moment.round, zlib.crc32(described)])
            drawn = generator.integers(len(pool), size=len(tokens))
            rows.append(np.concatenate([drawn, np.zeros(shape[1] - len(tokens), np.int64)]))
        return pool[torch.from_numpy(np.stack(rows))]


@dataclass(frozen=True, eq=False)
class Copied:
    """The numbers of another run, at the same positions and in the same rounds; or the same in every round."""

    values: Mapping[tuple[Target, int], Float[Tensor, "length size"]]
    name: str
    positions: tuple[int, ...] | None

    @property
    def same_in_rounds(self) -> bool:
        return False

    def numbers(self, target: Target, moment: Moment | None, shape: torch.Size) -> Tensor:
        assert moment is not None
        values = self.values.get((target, moment.round), self.values.get((target, EVERY_ROUND)))
        if values is None:
            known = max(number for one, number in self.values if one == target)
            reason = f"the other run has {counted(known, 'round')} there, and this one takes more"
            hint = f"name one round that both have, as in `...1.{target.name}`"
            raise AltacError([UnfitValue(None, self.name, "patched", reason, hint)])
        result = values.new_zeros(shape[0], shape[1], values.shape[1])
        for row, tokens in enumerate(moment.tokens):
            if self.positions is None and len(tokens) != len(values):
                reason = f"the other run has {counted(len(values), 'position')}, and this one has {len(tokens)}"
                hint = "say which positions: `positions=[1]`"
                raise AltacError([UnfitValue(None, self.name, "patched", reason, hint)])
            for position in range(len(tokens)) if self.positions is None else self.positions:
                if -len(tokens) <= position < len(tokens):
                    result[row, position % len(tokens)] = values[position]
        return result


@dataclass(eq=False)
class Edit:
    """Something that is put in the place of activations.

    Attributes:
        name: as it was asked for.
        chosen: the activations, and the rounds.
        positions: None for all; those below zero count from the end of each sequence.
        acted: whether it has changed anything yet.
    """

    name: str
    chosen: Chosen
    replacement: Replacement
    positions: tuple[int, ...] | None
    acted: bool = field(default=False)

    @property
    def is_everywhere(self) -> bool:
        """Whether it is the same in all rounds and at all positions."""
        return self.chosen.rounds == EVERY and self.positions is None and self.replacement.same_in_rounds

    @property
    def last_round(self) -> int:
        """The last round that is treated in a way of its own; 0 if all are treated alike."""
        if self.chosen.rounds.isdigit():
            return int(self.chosen.rounds)
        if self.chosen.rounds == EVERY and self.replacement.same_in_rounds:
            return 0
        return NEVER_CONSTANT

    def of(self, target: Target, moment: Moment | None) -> bool:
        """Whether it is about an activation at this moment."""
        return target in self.chosen.targets and (moment is None or self.chosen.includes(moment.round))

    def mask(self, valid: Bool[Tensor, "batch length"]) -> Bool[Tensor, "batch length"]:
        """Where it acts.

        Args:
            valid: False on padding.
        """
        if self.positions is None:
            return valid
        lengths, places = valid.sum(dim=1), torch.arange(valid.shape[1], device=valid.device)
        result = torch.zeros_like(valid)
        for position in self.positions:
            result |= places == (lengths[:, None] + position if position < 0 else position)
        return result & valid

    def apply(
        self, target: Target, moment: Moment | None, numbers: Tensor, valid: Bool[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length size"]:
        """An activation (batch, length, size) with what it becomes."""
        where = self.mask(valid)
        if not where.any():
            return numbers
        self.acted = True
        new = self.replacement.numbers(target, moment, numbers.shape).to(numbers)
        return torch.where(where[:, :, None], new, numbers)


def positions_of(positions: Any) -> tuple[int, ...] | None:
    """Positions as they are given: None for all, a number, or several.

    Raises:
        AltacError: if they are something else.
    """
    from altac.diagnostics.run_errors import WrongArgument

    several = (positions,) if type(positions) is int else positions
    if several is None:
        return None
    is_list = isinstance(several, Sequence) and not isinstance(several, str)
    if not is_list or not several or not all(type(position) is int for position in several):
        raise WrongArgument.error("`positions`", "a position or a list of them", positions, "positions=[0, 2]")
    return tuple(several)
