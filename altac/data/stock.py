"""Inputs as they are drawn: dealt out of a shuffle, run, and sorted by their kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from altac.data.words import InputClass
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.ir.values import Value, value_key, value_text

ROUND = 4096  # inputs that are run together
TRIED, HARDLY = 2048, 200  # a kind is given up if, of so many inputs, not one in so many has a result of it

Progress = Callable[[int], None]
KindOf = Callable[[Result], Value]


@dataclass
class Stock:
    """The inputs of a cell in a random order, dealt out one after the other."""

    cell: InputClass
    generator: Random
    dealt: int = 0
    moved: dict[int, int] = field(default_factory=dict)

    def deal(self) -> str:
        """The next input: a shuffle of all, of which only the dealt part is made."""
        place = self.generator.randrange(self.dealt, self.cell.size)
        number, displaced = self.moved.get(place, place), self.moved.pop(self.dealt, self.dealt)
        if place > self.dealt:
            self.moved[place] = displaced
        self.dealt += 1
        return " ".join(map(value_text, self.cell.word(number)))


@dataclass(eq=False)
class Supply:
    """What one set may look at: `budget` inputs of a stock, of which it has `tried` some, sorted into `parts` by kind.

    The kind is the cell's, or where `kind_of` is given, what that says of an input that was run. A source without a
    budget belongs to the set, too: that there is nothing of a kind that was asked for is worth a note.
    """

    stock: Stock
    budget: int
    kind_of: KindOf | None = None
    tried: int = 0
    parts: dict[Any, Share] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind_of is None:
            self._part(self.stock.cell.value)

    @property
    def left(self) -> int:
        return self.budget - self.tried

    @property
    def is_shared(self) -> bool:
        """Whether another set has some of the inputs."""
        return self.budget < self.stock.cell.size

    @property
    def is_open(self) -> bool:
        """Whether it is worth while to look at more."""
        return self.left > 0 and not self.hardly_any(sum(len(part.kept) for part in self.parts.values()))

    def hardly_any(self, found: int) -> bool:
        """Whether so few were found that to look for more is given up."""
        return self.tried >= TRIED and found * HARDLY < self.tried

    def deal(self, count: int) -> list[tuple[Supply, str]]:
        self.tried += count
        return [(self, self.stock.deal()) for _ in range(count)]

    def keep(self, result: Result) -> None:
        value = self.stock.cell.value if self.kind_of is None else self.kind_of(result)
        self._part(value).kept.append(result)

    def _part(self, value: Value) -> Share:
        return self.parts.setdefault(value_key(value), Share(self, value))


@dataclass(eq=False)
class Share:
    """The inputs of one kind that a set has `kept` of a source."""

    source: Supply
    value: Value
    kept: list[Result] = field(default_factory=list)

    @property
    def length(self) -> int:
        return self.source.stock.cell.length

    @property
    def given_up(self) -> bool:
        """Whether hardly any input is of this kind and has a result, and not all were looked at."""
        return self.source.left > 0 and self.source.hardly_any(len(self.kept))

    @property
    def most(self) -> int:
        """How many different inputs it can have, as far as is known."""
        return len(self.kept) + (0 if self.given_up else self.source.left)

    def looks(self, missing: int) -> int:
        """How many inputs to look at next, where so many are missing: by how many of those before were kept."""
        likely = missing * self.source.tried // max(1, len(self.kept))
        return min(self.source.left, max(missing, min(likely, self.source.tried)))

    def take(self, count: int) -> list[Result]:
        """So many of those that were kept, the same again where there are not as many."""
        return [self.kept[place % len(self.kept)] for place in range(count)]


@dataclass
class Pool:
    """Runs inputs and says which are kept; without an engine all are, and none is run."""

    engine: Engine | None
    keep_failing: bool
    progress: Progress
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def keeps_all(self) -> bool:
        return self.engine is None or self.keep_failing

    def run(self, dealt: Sequence[tuple[Supply, str]]) -> None:
        for start in range(0, len(dealt), ROUND):
            batch = dealt[start : start + ROUND]
            texts = [text for _, text in batch]
            if self.engine is None:
                results = [Result(text, (), 0, None) for text in texts]
            else:
                results = run_texts(self.engine, texts, self.progress)
            for (source, _), result in zip(batch, results, strict=True):
                if result.error is None or self.keep_failing:
                    source.keep(result)
                else:
                    self.dropped[result.error.code] += 1
