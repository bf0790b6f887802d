"""The search engine: heads and expressions from the bottom up, layer by layer, one of each behaviour on a sample.

Assumes examples that do not contradict each other. What fits the sample is tried on all examples, first in NumPy and
then through the interpreter; those that it gets wrong join the sample, and the search begins again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from altac.diagnostics.words import counted
from altac.synthesis.automata import automaton_of, automaton_text
from altac.synthesis.candidates import Candidate, Score, checked
from altac.synthesis.closure import add_expressions
from altac.synthesis.engine import Progress, Settings, State
from altac.synthesis.examples import Examples
from altac.synthesis.goals import Goal, goal_of, kept
from altac.synthesis.heads import BACKWARDS, EVERYWHERE, Builder, Extent, Grammar, first_plans, next_plans, token_flags
from altac.synthesis.nodes import FAR_LEFT, FROM_HERE, LEFT, Choice, Input, Kind
from altac.synthesis.pool import Pool
from altac.synthesis.sample import Bits, Codes, Sample
from altac.synthesis.shortening import shortened
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
MOST_SQUARES = 1_000_000  # pairs of positions of examples on which an answer is shortened
SHARED = 20  # beginnings that examples must share before they count as looking back only


def search(train: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
    """Programs that are right on more and more of the examples; the last is right on all of them, or the best found."""
    yield from Search(train + validation, settings).run()


class Stage(NamedTuple):
    """Heads and expressions of some extent, looking back only or not; without one, an automaton."""

    backwards: bool
    extent: Extent | None


@dataclass
class Search:
    examples: Examples
    settings: Settings
    best: Candidate | None = None
    score: Score | None = None
    places: set[int] = field(default_factory=set)  # of the examples in the sample
    _refuted: set[int] = field(default_factory=set)  # of others, which a fitting answer got wrong
    stage: int = 0
    rounds: int = 0  # of questions in this stage, with this sample
    skipped: int = 0  # of these, which an earlier run has asked

    def __post_init__(self) -> None:
        self.until = self.settings.clock() + self.settings.seconds
        self.codes = Codes(self.examples)
        self.kind: Kind = self.codes.kind_of(self.examples.answers)
        token_kind = self.codes.kind_of(self.examples.alphabet)
        alike = {isinstance(value, str) for value in self.examples.alphabet} == {True}
        self.token = Input("token", "number" if token_kind == "number" else "symbol")
        self.position = Input("position", "number")
        self.ordered = alike or token_kind == "number"

    def is_over(self) -> bool:
        return self.settings.clock() > self.until

    def grammar(self, backwards: bool) -> Grammar:
        if backwards:
            return Grammar(self.token, self.position, BACKWARDS, self.ordered, (LEFT,), (FAR_LEFT,))
        return Grammar(self.token, self.position, (*EVERYWHERE, FROM_HERE), self.ordered)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Looking back only, if that may be enough; first few of the smallest nodes through all layers, then many.

        Between them, automata; where outputs are lists, there are none.
        """
        shape = self.examples.shape
        back = shape == "next" or looks_back(self.examples)
        directions = (True,) if shape == "next" else (True, False) if back else (False,)
        (first, *others) = (Stage(*one) for one in product(directions, (NARROW, WIDE)))
        automata = [Stage(False, None)] * (back or shape == "one")
        automata += [Stage(True, None)] * looks_back(mirrored(self.examples))
        return (first, *automata, *others)

    def run(self) -> Iterator[Progress]:
        """Stage by stage, from where the settings say."""
        begin = self.settings.state or State()
        self.places = set(begin.sample) or self._first_sample()
        if begin.best is not None:
            self.best = Candidate(begin.best)
            self.score = self.best.score(self.examples)
        skipped = begin.rounds
        for number, stage in enumerate(self.stages[begin.stage :], begin.stage):
            searching = True
            if stage.extent is None:
                self.stage, self.rounds, self.skipped, skipped = number, 0, 0, 0
                yield self._automaton(stage.backwards)
                if self.score is not None and self.score.perfect:
                    return
                continue
            while searching and not self.is_over():
                self.stage, self.rounds, self.skipped, skipped = number, 0, skipped, 0
                sample = Sample(self.examples.take(sorted(self.places)), self.codes)
                for step in self._explore(sample, self.grammar(stage.backwards), stage.extent):
                    yield step
                    if (step.score is not None and step.score.perfect) or self.is_over():
                        return
                    if self._refuted:
                        break
                searching = bool(self._refuted)
                self.places |= self._refuted
                self._refuted = set()
        if not self.is_over():
            yield Progress("everything was tried", self.best, self.score)

    def _automaton(self, backwards: bool) -> Progress:
        trying = "automata"
        found = automaton_of(self.examples, self.is_over, backwards)
        if found is None:
            return self._told(trying)
        notes: tuple[tuple[str, str], ...] = ()
        if found.guessed:
            notes = (
                ("not seen", f"{counted(found.guessed, 'move')} of its automaton, where the state stays as it is"),
            )
        return self._judged(checked(automaton_text(found, self.examples, self.settings.name), notes), trying)

    def _told(self, trying: str) -> Progress:
        """What is known now, and how to go on from here, unless nothing better can be found."""
        if self.score is not None and self.score.perfect:
            return Progress(trying, self.best, self.score)
        best = None if self.best is None else self.best.text
        done = max(self.rounds, self.skipped)
        state = State(self.stage, done, tuple(sorted(self.places)), best)
        return Progress(trying, self.best, self.score, state)

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
        yield self._told(trying)
        if self.rounds < self.skipped:
            self.rounds += 1  # an earlier run found nothing here
            return
        solver = Solver(pool, grammar, self.is_over, thorough)
        for answer, goal in self._questions(pool):
            for node in solver.solve(goal):
                yield self._tried(Answer(node, answer.where, answer.at_last), trying)
                if self._refuted or (self.score is not None and self.score.perfect):
                    return
            guess = solver.guess(goal)
            if guess is not None and (self.score is None or layer == 1):
                yield self._tried(Answer(guess[1], answer.where, answer.at_last), trying, fits=False)
        self.rounds += not self.is_over()

    def _questions(self, pool: Pool) -> Iterator[tuple[Answer, Goal]]:
        """What an answer must be: for outputs that are lists, once for each flag that may say where they stand."""
        sample, shape = pool.sample, self.examples.shape
        empty = Choice((), self.token, "symbol")  # replaced by what meets the goal
        if shape != "list":
            yield Answer(empty, None, self.examples.at_last), goal_of(sample, sample.padded_outputs(), self.kind)
            return
        sizes = np.array([len(output) for output in sample.examples.outputs])
        solver = Solver(pool, self.grammar(False), self.is_over)
        some = kept(sample)
        fitting = [] if some is None else solver.flags(some)
        if (sizes <= sample.lengths).all():
            begins = sample.valid & (sample.places[None, :] < sizes[:, None])
            fitting += solver.flags(Goal("boolean", sample.valid, begins.astype(np.int16)))
        for flag in [*fitting, *solver.cheapest_flags(MOST_LISTS), *token_flags(self.grammar(False), sample)]:
            mask: Bits = (sample.of(flag) != 0) & sample.valid
            if (mask.sum(1) == sizes).all():
                wanted = np.zeros(sample.shape, np.int16)
                wanted[mask] = [self.codes.code(value) for output in sample.examples.outputs for value in output]
                yield Answer(empty, flag), Goal(self.kind, mask, wanted)

    def _tried(self, answer: Answer, trying: str, fits: bool = True) -> Progress:
        """Write an answer as a program and count the examples on which it is right; those that refute it are noted."""
        candidate = self._written(answer)
        told = self._judged(candidate, trying, fits)
        if candidate is not None and candidate is self.best and self.score is not None and self.score.perfect:
            shorter = shortened(answer, self._whole(), self.is_over)
            written = None if shorter is answer else self._written(shorter)
            if written is not None and written.score(self.examples).perfect:
                self.best = written
                return self._told(trying)
        return told

    def _written(self, answer: Answer) -> Candidate | None:
        name, examples = self.settings.name, self.examples
        texts = (
            program_text(answer, examples, self.codes, name, longest)
            for longest in (max(16, 2 * examples.longest), examples.longest)
        )
        return next((found for text in texts if (found := checked(text)) is not None), None)

    def _whole(self) -> Sample:
        """All examples, or as many as the arrays should hold."""
        squares = np.cumsum([len(text) ** 2 for text in self.examples.inputs])
        return Sample(self.examples.take(range(max(1, int((squares <= MOST_SQUARES).sum())))), self.codes)

    def _judged(self, candidate: Candidate | None, trying: str, fits: bool = False) -> Progress:
        if candidate is None:
            return self._told(trying)
        examples = self.examples
        score = candidate.score(examples)
        if self.score is None or score.share > self.score.share:
            self.best, self.score = candidate, score
        if fits and not score.perfect:
            self._refuted |= set([place for place in candidate.wrong(examples) if place not in self.places][:JOINING])
        return self._told(trying)


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


def mirrored(examples: Examples) -> Examples:
    """The same from the right to the left."""
    inputs, outputs = (tuple(one[::-1] for one in some) for some in (examples.inputs, examples.outputs))
    return Examples(inputs, outputs, examples.shape)
