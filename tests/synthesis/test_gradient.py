"""What a trained model is after rounding is what its program says, on every text: shown of random models."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from altac.diagnostics import InternalError
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.ir.values import Domain, Value, source_text
from altac.synthesis.candidates import Candidate
from altac.synthesis.gradient.discrete import Answer, Input, Look, Run, Sums, Table, Texts
from altac.synthesis.gradient.engine import random_texts, refuse_difference
from altac.synthesis.gradient.program import Frame, better_values, program_text
from altac.synthesis.gradient.relations import Read, arithmetic, conjuncts, covered, function, member, of_one
from altac.synthesis.gradient.rounding import Choices, Column, Rounding, discrete, marks
from altac.synthesis.gradient.simplify import simplified, size_of
from altac.synthesis.gradient.spec import Sizes, Spec
from altac.synthesis.gradient.widen import widened
from altac.synthesis.nodes import BEFORE
from tests.support import compiled, nonempty

ALPHABETS: tuple[list[Value], ...] = (["a", "b"], ["a", "b", "<s>"], [0, 1, 2])
LABELS: tuple[tuple[Value, ...], ...] = (("x", "y", "z"), (0, 1, 2), (False, True))
Rows = list[tuple[Value, ...]]


class Demo:
    """A random model with a random readout, and all texts that it takes."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        model = ("free", "published")[random.integers(2)]
        sizes = Sizes(model, *(int(random.integers(1, most)) for most in (4, 4, 3, 4)))  # type: ignore[arg-type]
        self.alphabet = Domain.of(ALPHABETS[random.integers(3)])
        longest = int(random.integers(2, 5))
        self.spec = Spec(sizes, len(self.alphabet), longest, 3, backwards=bool(random.integers(2)))
        self.columns = discrete(self.spec, random_choices(random, self.spec), self.alphabet)
        self.answer = random_answer(random, self.columns)
        self.rows: Rows = [row for size in range(1, longest + 1) for row in product(self.alphabet, repeat=size)]
        token = Rounding(self.spec, self.alphabet).token
        self.texts = Texts(token, self.rows, self.spec.framed)

    def frame(self, longest: int) -> Frame:
        return Frame("demo", self.alphabet, longest, marks(self.alphabet) if self.spec.framed else None, whole=False)

    def program(self, answer: Answer) -> Candidate:
        return Candidate(program_text(answer, self.frame(self.spec.longest)))


def random_choices(random: np.random.Generator, spec: Spec) -> list[Choices]:
    """Random relations, tables and selections; some of the kinds that have a short text."""
    sizes, width = spec.sizes, spec.width
    heads, every = sizes.lookers + sizes.counters, np.arange(width)
    found = []
    for layer in range(sizes.layers):
        of_heads, of_tables = spec.readable(layer)
        if sizes.model == "published":
            related = np.eye(width, dtype=bool)[random.integers(0, width, (heads, width))]
        else:
            related = random.random((heads, width, width)) < random.choice([0.15, 0.5, 0.9])
        cells = random.integers(0, random.integers(1, width + 1), (sizes.tables, width, width))
        known = [np.eye(width), np.tri(width), np.eye(width, k=1), np.zeros((width, width)), np.ones((width, width))]
        arithmetic = [np.add.outer(every, every) % width, np.minimum.outer(every, every), np.outer(every, every * 0)]
        for one in related[random.random(heads) < 0.4]:
            one[:] = known[random.integers(len(known))]
        for one in cells:
            if random.random() < 0.4:
                one[:] = arithmetic[random.integers(len(arithmetic))]
        found.append(
            Choices(
                random.choice(np.flatnonzero(of_heads), heads),
                random.choice(np.flatnonzero(of_heads), heads),
                random.choice(np.flatnonzero(of_heads), sizes.lookers),
                related,
                random.integers(0, len(spec.sides), heads),
                random.integers(0, 3, sizes.lookers),
                np.array([random.choice(np.flatnonzero(mask), 2) for mask in of_tables]),
                cells,
            )
        )
    return found


def random_answer(random: np.random.Generator, columns: Sequence[Column]) -> Answer:
    labels = LABELS[random.integers(3)]
    variables = [columns[place].variable for place in random.choice(len(columns), 3, replace=False)]
    if random.integers(2):
        return Sums(labels, {one: random.integers(-3, 4, (len(one), len(labels))) for one in variables})
    inputs = tuple(variables[: random.integers(1, 3)])
    return Table(labels, inputs, random.integers(0, len(labels), tuple(map(len, inputs))))


@pytest.mark.parametrize("seed", range(20))
def test_a_random_model_is_its_program_and_its_weights(seed: int) -> None:
    demo = Demo(seed)
    small = simplified(demo.answer, better_values)
    assert size_of(small) <= size_of(demo.answer)
    assert Run(demo.texts).answers(small) == Run(demo.texts).answers(demo.answer)
    candidate = demo.program(small)
    refuse_difference(candidate, demo.answer, demo.texts, demo.rows, whole=False)
    written = [" ".join(map(str, row)) for row in demo.rows[-40:]]
    assert compare_engines(candidate.compiled.interpreter, candidate.compiled.model, written) is None


@pytest.mark.parametrize("seed", range(10))
def test_a_wider_model_is_the_same_on_short_texts_and_its_program_on_long_ones(seed: int) -> None:
    demo = Demo(seed)
    frame = demo.frame(demo.spec.longest + 3)
    wide = widened(simplified(demo.answer, better_values), frame.positions)
    assert Run(demo.texts).answers(wide) == Run(demo.texts).answers(demo.answer)
    rows = random_texts(demo.alphabet, frame.longest, seed)
    texts = Texts(Rounding(demo.spec, demo.alphabet).token, rows, demo.spec.framed)
    refuse_difference(Candidate(program_text(wide, frame)), wide, texts, rows, whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 1000))
def test_many_random_models_are_their_programs(seed: int) -> None:
    test_a_random_model_is_its_program_and_its_weights(seed)


def test_a_head_that_finds_nothing_is_not_one_that_brings_nothing() -> None:
    """A table tells `none`, which one head brings, from `none` of another, which selects nothing."""
    token = Input(("a", "b"), "token")
    is_b = np.array([[False, True]])
    last = Look(("a", "b", None), "last", token, None, is_b, BEFORE, token, np.arange(2), 2)
    state = Table((0, 1, 2), (last,), np.array([0, 1, 2]))
    first = Look((0, 1, 2), "first", token, None, is_b, BEFORE, state, np.arange(3), 0)
    answer = Sums(("x", "y", "z"), {first: np.eye(3, dtype=np.int64)})
    rows: Rows = [row for size in range(1, 5) for row in product("ab", repeat=size)]
    texts = Texts(token, rows, framed=False)
    wanted = Run(texts).answers(answer)
    assert {one[-1] for one in wanted} == {"x", "z"}
    small = simplified(answer, better_values)
    frame = Frame("demo", Domain.of(["a", "b"]), 4, None, whole=False)
    for form in (small, widened(small, 4)):
        assert Run(texts).answers(form) == wanted
    refuse_difference(Candidate(program_text(small, frame)), answer, texts, rows, whole=False)


def test_a_difference_is_refused() -> None:
    found = 0
    for seed in range(12):
        demo, other = Demo(seed), Demo(seed)
        if not isinstance(demo.answer, Sums):
            continue
        turned = Sums(demo.answer.labels, {one: rows[:, ::-1] for one, rows in demo.answer.terms.items()})
        if Run(demo.texts).answers(turned) != Run(demo.texts).answers(demo.answer):
            found += 1
            candidate = other.program(simplified(other.answer, better_values))
            with pytest.raises(InternalError, match="the learned program answers"):
                refuse_difference(candidate, turned, demo.texts, demo.rows, whole=False)
    assert found


# Expressions -----------------------------------------------------------------------------------------------------

SETS: tuple[tuple[Value, ...], ...] = ((0, 1, 2, 3), ("a", "b", "c"), ("a", "b", None), (False, True), (1, 2, None))


def evaluated(text: str, left: Read, right: Read, constants: dict[str, str]) -> list[list[object]]:
    """What an expression of two variables is, by the interpreter, for all combinations of their values."""
    places = len(left.values) * len(right.values)
    lines = [
        "program demo",
        'input text: {"."} up to 40',
        *(f"const {name} = {one}" for one, name in constants.items()),
    ]
    for read, of in ((left, f"position // {len(right.values)}"), (right, f"position % {len(right.values)}")):
        cases = [f"{source_text(value)} if {of} == {place} else " for place, value in enumerate(read.values)]
        lines.append(
            f"var {read.name}: {source_text(frozenset(read.values))} = {''.join(cases)}{source_text(read.values[0])}"
        )
    lines += ["layer say:", f"    var answer = {text}", "output answer"]
    result = compiled("\n".join(lines) + "\n").interpreter
    (found,) = run_texts(result, [" ".join("." * places)])
    assert found.output is not None, found.error
    rows = list(found.output)
    return [rows[start : start + len(right.values)] for start in range(0, places, len(right.values))]


@pytest.mark.parametrize("seed", range(20))
def test_expressions_are_equal_to_relations_and_tables(seed: int) -> None:
    random = np.random.default_rng(seed)
    left, right = (Read(name, SETS[random.integers(len(SETS))]) for name in ("one", "other"))
    shape = (len(left.values), len(right.values))
    related = random.random(shape) < random.choice([0.2, 0.5, 0.8])
    constants: dict[str, str] = {}

    def constant(text: str) -> str:
        return constants.setdefault(text, f"TABLE_{len(constants)}")

    text = " and ".join(conjuncts(related, left, right, constant)) or "true"
    assert evaluated(text, left, right, constants) == related.tolist(), text
    values = tuple(range(int(random.integers(2, 5))))
    cells = random.integers(0, len(values), shape)
    text = function(cells, values, left, right, constant)
    assert evaluated(text, left, right, constants) == np.array(values)[cells].tolist(), text
    text = of_one(cells[:, 0], values, left, constant)
    assert [row[0] for row in evaluated(text, left, right, constants)] == np.array(values)[cells[:, 0]].tolist(), text


def test_short_texts_are_found() -> None:
    number, token = Read("n", (0, 1, 2, 3)), Read("t", ("a", "b", "c"))
    equal = np.eye(4, dtype=bool)

    def of(related: np.ndarray, query: Read = number, key: Read = number) -> str:  # type: ignore[type-arg]
        return " and ".join(conjuncts(related, query, key, lambda text: text))

    assert of(equal) == "n == n"
    assert of(~equal) == "n != n"
    assert of(np.tri(4, dtype=bool)) == "n <= n"
    assert of(np.eye(4, k=1, dtype=bool)) == "n == n + 1"
    assert of(equal & (np.arange(4) > 1)) == "n == n and n >= 2"
    assert of(np.array([[True, False, True]] * 4), number, token) == 't != "b"'
    assert of(np.outer([1, 1, 0, 0], [1, 0, 0]).astype(bool), number, token) == 't == "a" and n <= 1'
    assert member(token, np.array([False, True, False])) == 't == "b"'
    assert member(Read("f", (False, True)), np.array([True, False])) == "not f"
    sums = np.add.outer(np.arange(4), np.arange(4))
    assert function(sums, tuple(range(7)), number, number, str) == "n + n"
    assert [text for text, _ in arithmetic(number, token)] == []


def test_blocks_cover_every_cell_with_its_code() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        cells = random.integers(0, 4, tuple(random.integers(1, 6, 2)))
        found = np.full(cells.shape, -1)
        for code, rows, columns in nonempty(covered(cells)):
            found = np.where((found < 0) & rows[:, None] & columns, code, found)
        assert found.tolist() == cells.tolist()
