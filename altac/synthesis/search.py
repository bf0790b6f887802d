"""The search engine: heads and expressions from the bottom up, layer by layer, one of each behaviour on a sample.

Assumes examples that do not contradict each other. What fits the sample is tried on all examples, first in NumPy and
then through the interpreter; those that it gets wrong join the sample, and the search begins again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from altac.synthesis.candidates import Candidate, Score, checked
from altac.synthesis.closure import add_expressions
from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples
from altac.synthesis.goals import Goal, goal_of
from altac.synthesis.heads import BACKWARDS, EVERYWHERE, Builder, Extent, Grammar, first_plans, next_plans, token_flags
from altac.synthesis.nodes import FROM_HERE, LEFT, RIGHT, Choice, Input, Kind
from altac.synthesis.pool import Pool
from altac.synthesis.sample import Bits, Codes, Sample
from altac.synthesis.solver import Solver
from altac.synthesis.writing import Answer, program_text

MOST_SYMBOLS = 1_600  # of the inputs of the first sample
JOINING = 12  # examples that join the sample at once
LAYERS = 3
NARROW = Extent(numbers=200, compared=40, flags=40, joined_flags=10, joined_numbers=16, symbols=20)
WIDE = Extent()
GROWTH = 1.7  # of the pool, after which it is asked again whether an answer is in it
MOST_PLANS = 30_000  # conditions of a layer
MOST_LISTS = 200  # flags that say which positions have an output
SHARED = 20  # beginnings that examples must share before they count as looking back only


def search(train: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
    """Programs that are right on more and more of the examples; the last is right on all of them, or the best found."""
    yield from Search(train + validation, settings).run()


@dataclass
class Search:
    examples: Examples
    settings: Settings
    best: Candidate | None = None
    score: Score | None = None
    places: set[int] = field(default_factory=set)  # of the examples in the sample
    _refuted: set[int] = field(default_factory=set)  # of others, which a fitting answer got wrong

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.settings.seconds
        self.codes = Codes(self.examples)
        self.kind: Kind = self.codes.kind_of(self.examples.answers)
        token_kind = self.codes.kind_of(self.examples.alphabet)
        alike = {isinstance(value, str) for value in self.examples.alphabet} == {True}
        self.token = Input("token", "number" if token_kind == "number" else "symbol")
        self.position = Input("position", "number")
        self.ordered = alike or token_kind == "number"

    def is_over(self) -> bool:
        return time.monotonic() > self.until

    def grammar(self, backwards: bool) -> Grammar:
        if backwards:
            return Grammar(self.token, self.position, BACKWARDS, self.ordered, (LEFT,))
        return Grammar(self.token, self.position, (*EVERYWHERE, FROM_HERE), self.ordered, (LEFT, RIGHT))

    def run(self) -> Iterator[Progress]:
        """Looking back only, if that may be enough; first few of the smallest nodes through all layers, then many."""
        self.places = self._first_sample()
        directions = (True, False) if looks_back(self.examples) else (False,)
        for backwards, extent in product(directions, (NARROW, WIDE)):
            searching = True
            while searching and not self.is_over():
                sample = Sample(self.examples.take(sorted(self.places)), self.codes)
                for step in self._explore(sample, self.grammar(backwards), extent):
                    yield step
                    if (step.score is not None and step.score.perfect) or self.is_over():
                        return
                    if self._refuted:
                        break
                searching = bool(self._refuted)
                self.places |= self._refuted
                self._refuted = set()

    def _first_sample(self) -> set[int]:
        """Examples drawn by the seed, as many as the arrays should hold."""
        order = list(range(len(self.examples)))
        random.Random(self.settings.seed).shuffle(order)
        sizes = np.cumsum([len(self.examples.inputs[place]) for place in order])
        return set(order[: max(20, int((sizes <= MOST_SYMBOLS).sum()))])

    def _explore(self, sample: Sample, grammar: Grammar, extent: Extent) -> Iterator[Progress]:
        """Layer by layer; an answer is looked for whenever the pool has grown by much."""
        pool = Pool(sample)
        builder = Builder(pool, grammar)
        for given, row in ((self.token, sample.tokens), (self.position, np.broadcast_to(sample.places, sample.shape))):
            pool.add(given, pool.flat(row))
        for flag in token_flags(grammar, sample, 1):
            pool.add(flag, pool.flat(sample.of(flag)))
        for layer in range(1, LAYERS + 1):
            plans = iter(first_plans(grammar, sample)) if layer == 1 else next_plans(grammar, pool, extent)
            asked = len(pool)
            for number, plan in enumerate(plans):
                if number == MOST_PLANS or self.is_over():
                    break
                builder.build(plan)
                if len(pool) > GROWTH * asked + 100:
                    asked = len(pool)
                    yield from self._answers(pool, grammar, layer, False)
            yield from self._answers(pool, grammar, layer, False)
            add_expressions(pool, grammar.token)
            yield from self._answers(pool, grammar, layer, True)

    def _answers(self, pool: Pool, grammar: Grammar, layer: int, thorough: bool) -> Iterator[Progress]:
        """Ask whether an answer is in the pool, and try those that are."""
        trying = f"layer {layer}: {len(pool):,} behaviours"
        yield Progress(trying, self.best, self.score)
        solver = Solver(pool, grammar, self.is_over, thorough)
        for answer, goal in self._questions(pool):
            for node in solver.solve(goal):
                yield self._tried(Answer(node, answer.where, answer.at_last), trying)
                if self._refuted or (self.score is not None and self.score.perfect):
                    return
            guess = solver.guess(goal)
            if guess is not None and (self.score is None or layer == 1):
                yield self._tried(Answer(guess[1], answer.where, answer.at_last), trying, fits=False)

    def _questions(self, pool: Pool) -> Iterator[tuple[Answer, Goal]]:
        """What an answer must be: for outputs that are lists, once for each flag that may say where they stand."""
        sample, shape = pool.sample, self.examples.shape
        empty = Choice((), self.token, "symbol")  # replaced by what meets the goal
        if shape != "list":
            yield Answer(empty, None, shape == "one"), goal_of(sample, sample.padded_outputs(), self.kind)
            return
        sizes = np.array([len(output) for output in sample.examples.outputs])
        solver = Solver(pool, self.grammar(False), self.is_over)
        for flag in [*solver.cheapest_flags(MOST_LISTS), *token_flags(self.grammar(False), sample)]:
            mask: Bits = (sample.of(flag) != 0) & sample.valid
            if (mask.sum(1) == sizes).all():
                wanted = np.zeros(sample.shape, np.int16)
                wanted[mask] = [self.codes.code(value) for output in sample.examples.outputs for value in output]
                yield Answer(empty, flag), Goal(self.kind, mask, wanted)

    def _tried(self, answer: Answer, trying: str, fits: bool = True) -> Progress:
        """Write an answer as a program and count the examples on which it is right; those that refute it are noted."""
        name, examples = self.settings.name, self.examples
        for longest in (max(16, 2 * examples.longest), examples.longest):
            candidate = checked(program_text(answer, examples, self.codes, name, longest))
            if candidate is not None:
                break
        else:
            return Progress(trying, self.best, self.score)
        score = candidate.score(examples)
        if self.score is None or score.share > self.score.share:
            self.best, self.score = candidate, score
        if fits and not score.perfect:
            self._refuted |= set([place for place in candidate.wrong(examples) if place not in self.places][:JOINING])
        return Progress(trying, self.best, self.score)


def looks_back(examples: Examples) -> bool:
    """Whether equal beginnings always have equal outputs, and there are enough of them to say so."""
    if examples.shape != "each":
        return False
    seen: dict[tuple[object, ...], tuple[object, tuple[object, ...]]] = {}
    shared = 0
    for text, output in zip(examples.inputs, examples.outputs, strict=True):
        for length in range(1, len(text) + 1):
            begun = text[:length]
            value, whole = seen.setdefault(begun, (output[length - 1], text))
            if value != output[length - 1]:
                return False
            shared += length > 1 and whole != text
    return shared >= SHARED
