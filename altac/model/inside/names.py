"""The names of activations, and what stands behind each.

    embed                    the stream before the first layer
    embed.var.VARIABLE       a variable in it
    LAYER.ROUND.resid.pre    the stream before a layer; `.mid` after its attention, `.mlp1` after its first MLP, if
                             others follow, and `.post` after the layer
    LAYER.ROUND.attn.HEAD    what a head brings
    LAYER.ROUND.pattern.HEAD how much each position looks at each
    LAYER.ROUND.mlp1         the hidden units of the first MLP
    LAYER.ROUND.mlp1.RULE    one of them
    LAYER.ROUND.var.NAME     a variable after a layer, or what else stands there for later layers
    logits                   what the output is decided by

In a program with one step, layers have no name, and names begin with the round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from itertools import accumulate

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import ReadOnly, UnknownActivation
from altac.diagnostics.suggest import closest
from altac.ir.stream import CARRYING, CLEARING, Part
from altac.model.metadata import Metadata
from altac.model.reading import LayerReader

EVERY = "*"  # rounds
ROUNDS = re.compile(r"[\d*?!\[\]-]+")  # a number, or a pattern of numbers


class Kind(Enum):
    """What an activation is, and where it is changed."""

    HEAD = "what a head brings"
    UNITS = "hidden units"
    STREAM = "the stream after a layer"
    VARIABLE = "a part of the stream after a layer"
    READ_ONLY = "something that follows from the others"


@dataclass(frozen=True)
class Target:
    """An activation of a layer, in every round of it.

    Attributes:
        place: the number of the layer; -1 before the first.
        name: its name without layer and round.
        kind: what it is.
        owner: the name of the program for it: of a head, a variable or a rule; "" of others.
        start, stop: of its numbers, among all values of heads, hidden units of an MLP, or dimensions of the stream.
        part: the part of the stream whose values it has; None where it has none.
        number: of a head or an MLP.
    """

    place: int
    name: str
    kind: Kind
    owner: str = ""
    start: int = 0
    stop: int = 0
    part: Part | None = None
    number: int = 0

    @property
    def size(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Chosen:
    """What a name stands for: some activations, in the rounds that match a pattern."""

    targets: tuple[Target, ...]
    rounds: str

    def includes(self, number: int) -> bool:
        """Whether a round is among them; the initial stream has none, 0."""
        return number == 0 or self.rounds == EVERY or fnmatchcase(str(number), self.rounds)


class Names:
    """All activations of a model."""

    def __init__(self, described: Metadata) -> None:
        self.described = described
        self.layers = described.layer_names
        self.targets = tuple(self._all())

    def full(self, target: Target, number: int) -> str:
        """The name of an activation in a round."""
        return target.name if target.place < 0 else f"{self.prefix(target.place)}{number}.{target.name}"

    def prefix(self, place: int) -> str:
        return f"{self.layers[place]}." if self.layers[place] else ""

    def of_layer(self, place: int) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.place == place)

    def choose(self, name: str) -> Chosen:
        """What can be changed under a name: one of the program, or of an activation, with `*` for anything.

        Raises:
            AltacError: if there is nothing of this name, or it can only be read.
        """
        found, rounds = [target for target in self.targets if target.owner == name], EVERY
        heads = [target for target in found if target.kind is Kind.HEAD]
        found = heads or found  # not what a step has copied of it for later layers
        if not found:
            pairs = [(target, number) for target in self.targets if (number := self._rounds(target, name)) is not None]
            exact = [pair for pair in pairs if pair[0].name == self._rest(pair[0], name)]
            found = [target for target, _ in exact or pairs]
            rounds = next((number for _, number in pairs), EVERY)
        found = found or [target for target in self.targets if target.owner and fnmatchcase(target.owner, name)]
        if not found:
            raise self.unknown(name, "the model")
        able = tuple(target for target in found if target.kind is not Kind.READ_ONLY)
        if not able:
            raise AltacError([ReadOnly(None, name)])
        return Chosen(able, rounds)

    def unknown(self, name: str, where: str, known: tuple[str, ...] = ()) -> AltacError:
        """An error that names what may have been meant."""
        rounds = next((piece for piece in name.split(".")[:2] if piece.isdigit()), EVERY)
        owners = {target.owner: target for target in self.targets if target.owner and target.kind is not Kind.UNITS}
        full = [
            target.name if target.place < 0 else f"{self.prefix(target.place)}{rounds}.{target.name}"
            for target in self.targets
            if target.kind is not Kind.UNITS or not target.owner
        ]
        nearest = closest(name, known or ([*owners, *full] if "." not in name else full))
        return AltacError([UnknownActivation(None, where, name, nearest, (known or (*owners, *full))[:3])])

    def _rest(self, target: Target, name: str) -> str:
        """A name without layer and round."""
        if target.place < 0:
            return name
        return name.split(".", 2 if self.layers[target.place] else 1)[-1]

    def _rounds(self, target: Target, name: str) -> str | None:
        """The rounds of an activation that a name stands for; None if it is about others."""
        if target.place < 0:
            return EVERY if fnmatchcase(target.name, name) else None
        pieces = name.split(".", 2 if self.layers[target.place] else 1)
        if len(pieces) != (3 if self.layers[target.place] else 2):
            return None
        *layer, rounds, rest = pieces
        if not ROUNDS.fullmatch(rounds):
            return None
        fits = not layer or fnmatchcase(self.layers[target.place], layer[0])
        return rounds if fits and (target.name == rest or fnmatchcase(target.name, rest)) else None

    def _all(self) -> Iterator[Target]:
        yield Target(-1, "embed", Kind.STREAM, stop=self.described.config.d_model)
        yield from self._variables(-1, "embed.")
        for place, sizes in enumerate(self.described.config.layers):
            width = self.described.config.d_model
            yield Target(place, "resid.pre", Kind.READ_ONLY)
            heads = self.described.stream.view(place).heads
            names = self.described.head_names[place]
            starts = list(accumulate(sizes.value_sizes, initial=0))
            for number, name in enumerate(names):
                if name in (CARRYING, CLEARING):
                    continue
                part = first_part(self.described, place, name) or heads[name]
                start, stop = starts[number : number + 2]
                yield Target(place, f"attn.{name}", Kind.HEAD, name, start, stop, part, number)
                yield Target(place, f"pattern.{name}", Kind.READ_ONLY, number=number)
            following = len(sizes.hidden_sizes) + (self.described.learned is not None)
            if names and following:
                yield Target(place, "resid.mid", Kind.READ_ONLY)
            for number, hidden in enumerate(sizes.hidden_sizes):
                yield Target(place, f"mlp{number + 1}", Kind.UNITS, "", 0, hidden, number=number)
                for unit, rule in enumerate(self.described.unit_names[place][number]):
                    name = f"mlp{number + 1}.{rule}"
                    yield Target(place, name, Kind.UNITS, rule, unit, unit + 1, number=number)
                if number + 1 < following:
                    yield Target(place, f"resid.mlp{number + 1}", Kind.READ_ONLY, number=number)
            acts = bool(names or following)  # else it leaves the stream as it is, and there is nothing to hold on to
            yield Target(place, "resid.post", Kind.STREAM if acts else Kind.READ_ONLY, stop=width)
            yield from self._variables(place, kind=Kind.VARIABLE if acts else Kind.READ_ONLY)
        yield Target(-1, "logits", Kind.READ_ONLY)

    def _variables(self, place: int, before: str = "", kind: Kind = Kind.VARIABLE) -> Iterator[Target]:
        for name, part in standing(self.described, place).items():
            yield Target(place, f"{before}var.{name}", kind, name, part.place.start, part.place.stop, part)


def standing(described: Metadata, place: int) -> dict[str, Part]:
    """Where what later layers, or the output, can read stands after a layer (-1: before the first)."""
    reader = LayerReader(described.stream, place)
    return {**reader.variables, **reader.kept}


def first_part(described: Metadata, place: int, head: str) -> Part | None:
    """Where a head writes: the number that it brings, before it is a value."""
    own = [part for part in described.stream.view(place).own if part.owner == head and part.after == 1]
    return own[0] if own else None
