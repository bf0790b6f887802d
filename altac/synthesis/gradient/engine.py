"""The gradient engine: many discretised Transformers are trained, and the best becomes a program that is equal to it.

Assumes examples with an output for each position, or one for the whole text. Ensures that the interpreter and the
weights of a proposed program say what the discrete form says.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

import numpy as np

from altac.diagnostics import AltacError, InternalError
from altac.diagnostics.example_errors import ListsNotTrained, TooWide
from altac.engine.protocol import Engine, run_texts
from altac.ir.values import Domain, Value, value_key, value_text
from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples
from altac.synthesis.gradient.discrete import Answer, Run, Texts
from altac.synthesis.gradient.program import Frame, better_values, program_text
from altac.synthesis.gradient.readout import Fitter
from altac.synthesis.gradient.rounding import Rounding, discrete, marks
from altac.synthesis.gradient.simplify import simplified
from altac.synthesis.gradient.spec import Sizes, Spec
from altac.synthesis.gradient.training import Data, Plan, Trained, train
from altac.synthesis.gradient.widen import widened
from altac.synthesis.search import looks_back

MOST_WIDTH = 64  # values of a variable: a table has the third power of it
RESTARTS = 4
BATCH, FEWEST, CELLS = 24, 8, 12_000  # texts in one step, fewer if these have more pairs of values at all positions
MOST_COMPARED, MOST_BY_WEIGHTS = 2_000, 200  # texts
GRID = ((1, 2, 2, 1, 500), (2, 2, 2, 2, 2_000), (2, 4, 4, 4, 4_000), (3, 4, 4, 4, 6_000))  # sizes and steps
LONGER = 16  # symbols that inputs of a program can have at least, if it can be as large
TOO_LARGE = {"E0006", "E0007", "E0012", "E0111", "E0306", "E0507"}  # what is said of programs beyond a limit
HURRIED = 0.2  # of its time, with which a training is not worth to begin if there is a program


def gradient(learned_from: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
    """Programs of larger and larger models; the last is that which answers most validation symbols.

    Raises:
        AltacError: if outputs are lists, or there are too many symbols or positions.
        InternalError: if a program answers otherwise than the model.
    """
    yield from Training(learned_from, validation, settings).run()


@dataclass
class Training:
    learned_from: Examples
    validation: Examples
    settings: Settings
    best: Candidate | None = None
    score: Score | None = None

    def __post_init__(self) -> None:
        self.end = self.settings.clock() + self.settings.seconds
        everything = self.learned_from + self.validation
        self.everything = everything
        if everything.shape == "list":
            raise AltacError([ListsNotTrained(None)])
        width = max(len(everything.alphabet), everything.longest) + 3
        if width > MOST_WIDTH:
            raise AltacError([TooWide(None, len(everything.alphabet), everything.longest, MOST_WIDTH - 3)])
        if not len(self.validation):
            self.validation = self.learned_from  # a few texts over and over leave none
        self.backwards = looks_back(everything)

    def run(self) -> Iterator[Progress]:
        pace = 0.0  # seconds for one step of one part
        for sizes, plan in self.plans():
            left = self.end - self.settings.clock()
            if left <= 0 or (self.best is not None and left < HURRIED * pace * sizes.parts * plan.steps):
                return
            begin = self.settings.clock()
            trained = yield from self.trained(sizes, replace(plan, seconds=left))
            pace = (self.settings.clock() - begin) / (sizes.parts * trained.steps)
            yield from self.tried(sizes, plan, trained)
            if self.score is not None and self.score.perfect:
                return

    def plans(self) -> Iterator[tuple[Sizes, Plan]]:
        """What is trained, the smallest first."""
        seed, device = self.settings.seed, self.settings.device
        everything = self.everything
        cells = everything.longest * max(len(everything.alphabet), everything.longest) ** 2
        batch = min(BATCH, max(FEWEST, CELLS // cells))
        for *parts, steps in GRID:
            for model in ("free", "published"):
                if self.settings.model in (model, "both"):
                    yield Sizes(model, *parts), Plan(RESTARTS, steps, batch, seed, 0.0, self.settings.clock, device)

    def spec(self, sizes: Sizes) -> Spec:
        everything = self.everything
        return Spec(sizes, len(everything.alphabet), everything.longest, len(everything.answers), self.backwards)

    def trained(self, sizes: Sizes, plan: Plan) -> Generator[Progress, None, Trained]:
        """What comes out of one size."""
        spec = self.spec(sizes)
        steps = train(spec, self.data(Rounding(spec, self.everything.alphabet), self.learned_from), plan)
        while True:
            try:
                yield Progress(f"{sizes}: {next(steps)}", self.best, self.score)
            except StopIteration as end:
                trained: Trained = end.value
                return trained

    def tried(self, sizes: Sizes, plan: Plan, trained: Trained) -> Iterator[Progress]:
        """Propose what came out of one size."""
        spec = self.spec(sizes)
        rounding = Rounding(spec, self.everything.alphabet)
        known, asked = self.data(rounding, self.learned_from), self.data(rounding, self.validation)
        yield Progress(f"{sizes}: rounding", self.best, self.score)
        answer = self.rounded(spec, trained, known, asked)
        candidate = self.candidate(spec, rounding, answer, self.notes(sizes, plan, trained.steps))
        if candidate is None:
            yield Progress(f"{sizes}: the program is too large", self.best, self.score)
            return
        score = candidate.score(self.validation)
        if self.score is None or (score.right_symbols, score.right) > (self.score.right_symbols, self.score.right):
            self.best, self.score = candidate, score
        yield Progress(f"{sizes}: done", self.best, self.score)

    def data(self, rounding: Rounding, examples: Examples) -> Data:
        numbers = {value_key(value): number for number, value in enumerate(self.everything.answers)}
        texts = Texts(rounding.token, examples.inputs, rounding.spec.framed)
        told = texts.told if examples.shape == "each" else texts.last
        labels = [
            numbers[value_key(value)]
            for output, length in zip(examples.outputs, texts.lengths.tolist(), strict=True)
            for value in output
            if length
        ]
        return Data(texts, told, np.array(labels, np.int64))

    def rounded(self, spec: Spec, trained: Trained, known: Data, asked: Data) -> Answer:
        """The answer of the restart that is best on validation data."""
        fitted = []
        for choices, readout in zip(trained.choices, trained.readout, strict=True):
            columns = discrete(spec, choices, self.everything.alphabet)
            fitter = Fitter(columns, tuple(self.everything.answers), known, asked)
            fitted.append((fitter, *fitter.best(readout)))
        fitter, weights, _ = max(fitted, key=lambda one: one[2])
        return fitter.answer(weights)[0]

    def candidate(
        self, spec: Spec, rounding: Rounding, answer: Answer, notes: tuple[tuple[str, str], ...]
    ) -> Candidate | None:
        """The program of an answer, for longer texts, too, if it can be; None if it is too large to be one."""
        everything, is_whole = self.everything, self.everything.shape == "one"
        around = marks(everything.alphabet) if spec.framed else None
        small = simplified(answer, better_values)
        for longest in (max(LONGER, 2 * spec.longest), spec.longest):
            frame = Frame(self.settings.name, everything.alphabet, longest, around, is_whole)
            wide = widened(small, frame.positions)
            try:
                candidate = Candidate(program_text(wide, frame), notes=notes)
                candidate.compiled.blocks  # noqa: B018 - what cannot become weights is refused here
            except AltacError as error:
                if not {one.code for one in error.diagnostics} <= TOO_LARGE:
                    raise InternalError(f"the learned program is refused: {error}") from error
                continue
            rows = [*short_texts(everything.alphabet, spec.longest), *self.validation.inputs[:MOST_COMPARED]]
            longer = random_texts(everything.alphabet, longest, self.settings.seed)
            for form, texts in ((answer, rows), (wide, longer)):
                refuse_difference(candidate, form, Texts(rounding.token, texts, spec.framed), texts, is_whole)
            return candidate
        return None

    def notes(self, sizes: Sizes, plan: Plan, steps: int) -> tuple[tuple[str, str], ...]:
        how = f"{steps:,} steps of {plan.batch} texts; the best of {plan.restarts} restarts on validation data"
        return (("model", f"{sizes}; {how}"),)


def short_texts(alphabet: Domain, longest: int) -> list[tuple[Value, ...]]:
    """The shortest texts, as many as are compared."""
    every = (text for length in range(1, longest + 1) for text in product(alphabet, repeat=length))
    return list(islice(every, MOST_COMPARED))


def random_texts(alphabet: Domain, longest: int, seed: int) -> list[tuple[Value, ...]]:
    drawn = random.Random(seed)
    return [tuple(drawn.choices(alphabet.values, k=drawn.randint(1, longest))) for _ in range(MOST_BY_WEIGHTS)]


def refuse_difference(
    candidate: Candidate, answer: Answer, texts: Texts, rows: Sequence[tuple[Value, ...]], whole: bool
) -> None:
    """Make sure that a program, and on fewer texts its weights, answer as the discrete form does.

    Raises:
        InternalError: with the first text on which one of them does not.
    """
    wanted = []
    for found in Run(texts).answers(answer):
        inside = found[1:-1] if texts.framed else found
        wanted.append(tuple(found[-1:] if whole else inside))
    written = [" ".join(map(value_text, row)) for row in rows]
    compiled = candidate.compiled
    engines: list[tuple[str, Engine, int]] = [
        ("interpreter", compiled.interpreter, len(rows)),
        ("weights", compiled.model, MOST_BY_WEIGHTS),
    ]
    for told, engine, most in engines:
        places = range(max(0, len(rows) - most), len(rows))
        results = run_texts(engine, [written[place] for place in places])
        for place, result in zip(places, results, strict=True):
            if result.output is None or value_key(result.output) != value_key(wanted[place]):
                said = f"{told}: the learned program answers {result.output} to `{written[place]}`"
                raise InternalError(f"{said}, and the model {wanted[place]}")
