"""Where weights differ from a program: on all inputs up to a length that fits a budget, then on random long ones.

A difference is shrunk to a smallest input before it is reported. What is reported does not depend on the number of
processes.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain, product
from typing import Any

from altac.engine.equivalence import Comparison, Difference, Features, compare_answers, compare_states
from altac.engine.protocol import Engine
from altac.ir.interface import Interface
from altac.ir.values import source_text, value_text
from altac.system.processes import spread

UNBOUNDED = 64  # the greatest length of random inputs where the program has none
INPUTS, SYMBOLS = 256, 4096  # at most, of a chunk that is compared at a time
ENOUGH = 100  # long inputs without a difference: then with 95 % confidence fewer than 3 % of them have one (3 / 100)
LONG = 2  # symbols, so that attention relates positions that hold input
PATIENCE = 3.0  # seconds of work after which processes are started, about what it takes to start one


@dataclass(frozen=True)
class Pair:
    """What is compared: a program, in the interpreter, with weights; `features` say what those of the weights are.

    Weights without the states of the program are compared by their answers only. `plain` executes the same weights
    densely, where `weights` does not; both are compared.
    """

    program: Engine
    weights: Engine
    features: Features = field(default_factory=dict)
    answers_only: bool = False
    plain: Engine | None = None

    def __call__(self, texts: Sequence[str]) -> Comparison:
        first = self._compare(self.weights, texts)
        if self.plain is None or first.difference is not None:
            return first
        second = self._compare(self.plain, texts)
        found, margin = second.difference, max(first.margin, second.margin)
        known = None if found is None else replace(found, what=f"{found.what} (in dense execution alone)")
        return Comparison(len(texts), known, margin)

    def _compare(self, engine: Engine, texts: Sequence[str]) -> Comparison:
        if self.answers_only:
            return Comparison(len(texts), compare_answers(self.program, engine, texts), 0.0)
        return compare_states(self.program, engine, texts, self.features)

    def differing(self, text: str) -> Engine:
        """The execution of the weights that the difference on an input is about."""
        if self.plain is None or self._compare(self.weights, [text]).difference is not None:
            return self.weights
        return self.plain


@dataclass(frozen=True)
class Evidence:
    """What was compared, and the first difference, on a smallest input.

    `compared` inputs of the plan were, until a difference was found. `margin` is how far the weights' states were from
    exact values at most.
    """

    plan: Plan
    compared: int
    margin: float
    difference: Difference | None

    def to_dict(self) -> dict[str, Any]:
        found = self.difference
        names = ("input", "layer", "name", "sublayer", "what")
        shown = {} if found is None else {name: getattr(found, name) for name in names}
        return {
            "exhaustive_to": self.plan.exhaustive_to,
            "exhaustive": self.plan.exhaustive,
            "random": self.plan.drawn,
            "longest": self.plan.longest,
            "seed": self.plan.seed,
            "compared": self.compared,
            "margin": self.margin if math.isfinite(self.margin) else None,
            "difference": shown or None,
        }


@dataclass(frozen=True)
class Plan:
    """Which inputs are compared: lists of symbols, joined by blanks when they are made.

    `exhaustive_to` is the greatest length of which every input is among them (-1: not even the empty one), `exhaustive`
    is how many these are, and `drawn` the number of random ones, up to `longest` symbols.
    """

    interface: Interface
    exhaustive_to: int
    exhaustive: int
    drawn: int
    longest: int
    seed: int

    def __len__(self) -> int:
        return self.exhaustive + self.drawn

    @property
    def is_whole(self) -> bool:
        """Whether every input is among them that the program accepts."""
        return self.interface.longest is not None and self.exhaustive_to >= self.interface.longest

    @property
    def long(self) -> int:
        """How many have LONG symbols or more; of random ones, few have less."""
        size, short = len(self.interface.alphabet), min(LONG - 1, self.exhaustive_to)
        brief = sum(int(size**length) for length in range(short + 1))
        return self.exhaustive - brief + self.drawn * (self.longest >= LONG)

    @property
    def is_enough(self) -> bool:
        """Whether engines may be called equal if they do not differ on any of them."""
        return self.is_whole or self.long >= ENOUGH

    def __str__(self) -> str:
        parts = []
        if self.exhaustive:
            every = f"all {self.exhaustive} inputs up to length {self.exhaustive_to}"
            parts.append(every if self.exhaustive_to else "the empty input")
        if self.drawn:
            noun = ("one" if parts else "input") + "s" * (self.drawn != 1)
            parts.append(f"{self.drawn} random {noun} up to length {self.longest} (seed {self.seed})")
        return " and ".join(parts) or "no input"

    def texts(self) -> Iterator[str]:
        return (" ".join(word) for word in self.words())

    def words(self) -> Iterator[Sequence[str]]:
        symbols = [value_text(value) for value in self.interface.alphabet]
        for length in range(self.exhaustive_to + 1):
            yield from product(symbols, repeat=length)
        generator = random.Random(self.seed)
        for number in range(self.drawn):
            # every fourth input has the full length, where errors add up most
            length = self.longest if number % 4 == 0 else generator.randint(0, self.longest)
            yield [generator.choice(symbols) for _ in range(length)]

    def chunks(self) -> Iterator[list[str]]:
        """The inputs in parts that are worth a batch."""
        chunk: list[str] = []
        size = 0
        for word in self.words():
            if chunk and (len(chunk) == INPUTS or size + len(word) > SYMBOLS):
                yield chunk
                chunk, size = [], 0
            chunk.append(" ".join(word))
            size += len(word)
        if chunk:
            yield chunk


def plan_inputs(
    program: Interface, weights: Interface, budget: int, drawn: int, seed: int, longest: int | None = None
) -> Plan:
    """The inputs that a budget allows.

    Args:
        program: what the program accepts; `weights` may accept shorter inputs only, for which they are exact.
        budget: the greatest number of inputs that are compared exhaustively.
        drawn: the number of random inputs.
        longest: the greatest length of random inputs; the program's own, or UNBOUNDED, if None.
    """
    bounds = [side.longest for side in (program, weights) if side.longest is not None]
    most = min(bounds, default=UNBOUNDED) if program.longest is not None else UNBOUNDED
    most = min([most, *bounds] if longest is None else [longest, *bounds])
    size, count, length = len(program.alphabet), 0, -1
    while length < most and count + size ** (length + 1) <= budget:
        length += 1
        count += size**length
    return Plan(program, length, count, 0 if length == most else drawn, most, seed)


def gather(
    pair: Pair,
    plan: Plan,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    begin: Callable[[], Pair] | None = None,
    patience: float = PATIENCE,
) -> Evidence:
    """Compare on all inputs of a plan, until a difference is found.

    Args:
        progress: called with the number of inputs that were compared since the last call.
        jobs: the greatest number of processes.
        begin: makes the pair in another process; it is pickled. Without it there are none.
        patience: seconds after which processes take over what is left.
    """
    difference = foreign(pair)
    margin, compared = 0.0, 0
    if difference is None:
        with closing(comparisons(pair, plan, 1 if begin is None else jobs, begin or (lambda: pair), patience)) as done:
            for comparison in done:
                margin, compared = max(margin, comparison.margin), compared + comparison.inputs
                if progress is not None:
                    progress(comparison.inputs)
                if comparison.difference is not None:
                    difference = shrink(pair, comparison.difference)
                    break
    return Evidence(plan, compared, margin, difference)


def comparisons(
    pair: Pair, plan: Plan, jobs: int, begin: Callable[[], Pair], patience: float
) -> Generator[Comparison, None, None]:
    """The comparisons of all chunks, in their order: here at first, in processes if it takes long."""
    chunks, left, start = plan.chunks(), len(plan), time.process_time()
    for chunk in chunks:
        left -= len(chunk)
        if jobs > 1 and left and time.process_time() - start >= patience:
            yield from spread(begin, chain([chunk], chunks), jobs, pair)
            return
        yield pair(chunk)


def foreign(pair: Pair) -> Difference | None:
    """A difference in what the two read, write and name, at layer -1: the weights are of another program."""
    program, weights = pair.program, pair.weights
    ours, theirs = program.interface, weights.interface
    same: list[tuple[str, object, object]] = [
        ("alphabet is", ours.alphabet, theirs.alphabet),
        ("vocabulary is", ours.vocabulary, theirs.vocabulary),
        ("frame is", framed(ours), framed(theirs)),
        ("output is", f"`{ours.variable}` at {ours.at}", f"`{theirs.variable}` at {theirs.at}"),
        ("domain of outputs is", ours.domain, theirs.domain),
    ]
    if not pair.answers_only:
        same.append(("score is", scored(ours), scored(theirs)))
        ours_named, theirs_named = (", ".join(sorted(engine.domains)) for engine in (program, weights))
        same.append(("variables and heads are", ours_named, theirs_named))
        same += [(f"`{name}` is", domain, weights.domains.get(name)) for name, domain in program.domains.items()]
    for what, wanted, found in same:
        if wanted != found:
            return Difference("", -1, f"the weights are of another program: their {what} {found}, not {wanted}")
    return None


def scored(interface: Interface) -> str:
    """How an output is decided, in words."""
    scoring = interface.scoring
    if scoring is None:
        return "none"
    pooled = ", pooled" * scoring.pooled
    return f"in parts of 1/{scoring.denominator}, at temperature {scoring.temperature}{pooled}"


def framed(interface: Interface) -> str:
    """The frame, as a program would declare it."""
    tokens = [source_text(interface.vocabulary.values[token]) for token in (*interface.before, *interface.after)]
    tokens.insert(len(interface.before), "input")
    return " ".join(tokens)


def shrink(pair: Pair, difference: Difference) -> Difference:
    """The difference on an input from which nothing can be left out or made simpler."""
    interface = pair.program.interface
    simplest = value_text(interface.alphabet.values[0])
    word = [value_text(value) for value in interface.parse(difference.input)]
    changed = True
    while changed:
        changed = False
        for smaller in smaller_words(word, simplest):
            other = pair([" ".join(smaller)]).difference
            if other is not None:
                word, difference, changed = list(smaller), other, True
                break
    return difference


def smaller_words(word: Sequence[str], simplest: str) -> Iterator[list[str]]:
    """Halves first, then one symbol less, then one symbol simpler."""
    half = len(word) // 2
    if half:
        yield list(word[:half])
        yield list(word[half:])
    for place in range(len(word)):
        yield [*word[:place], *word[place + 1 :]]
    for place, symbol in enumerate(word):
        if symbol != simplest:
            yield [*word[:place], simplest, *word[place + 1 :]]
