"""Certificates: what they promise holds in every format, what they refuse does go wrong."""

import random
from itertools import islice, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from altac.diagnostics import AltacError
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.engine.trace import transitions
from altac.ir.certificate import NO_INPUT, Certificate
from altac.ir.heads import Pick
from altac.ir.offsets import Offsets
from altac.ir.values import value_text
from altac.model.model import Model
from tests.support import PROGRAMS, nonempty, program, small

NAMES = sorted(path.stem for path in PROGRAMS.glob("*.alta"))
FORMATS = {"float64": torch.float64, "bfloat16": torch.bfloat16, "float16": torch.float16}


def model_in(name: str, dtype: torch.dtype) -> Model:
    """A fresh copy of a program's model in another format; the cached one stays as it is."""
    from altac.targets.torch_model import build_model

    one = program(name)
    model = build_model(one.program, one.blocks, one.level)
    model.module.to(dtype)
    return model


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_programs_are_exact_in_the_formats_that_are_certified(name: str, form: str) -> None:
    """Random inputs of every length that is certified, the greatest most often, on the whole state."""
    one = program(name)
    limit = one.blocks.certificate.formats[form]
    model = model_in(name, FORMATS[form])
    if limit.longest == NO_INPUT:
        with pytest.raises(AltacError, match="E0703"):
            model.run([""])
        return
    longest = 24 if limit.longest is None else min(limit.longest, 24)
    draw = random.Random(0)
    symbols = [value_text(value) for value in one.program.interface.alphabet]
    lengths = [longest] * 6 + [draw.randint(0, longest) for _ in range(6)]
    texts = [" ".join(draw.choice(symbols) for _ in range(length)) for length in lengths]
    assert compare_engines(one.interpreter, model, texts) is None


AVERAGE = "var out: {domain} = {first}\nhead h: {domain} = mean ({value}) at ..0\nstep:\n    out := h"
STORED = "var x: number = {first}\nvar out: bool = false\nstep:\n    x := {value}\n    out := x == {first}\nlayers 2"
RANGES = [  # what is declared, what it begins with, what is averaged or stored; whether float16 can hold all of it
    (AVERAGE, "{0, 1000000, 3000000}", "0", "1000000 if token == 1 else 3000000", False),
    (AVERAGE, "{0, 40000, 60000}", "0", "-40000 if token == 1 else 60000", False),  # their difference is too large
    (AVERAGE, "{0, 10000, 30000}", "0", "10000 if token == 1 else 30000", True),
    (AVERAGE, "{1000000}", "1000000", "1000000", False),
    (AVERAGE, "{1/100000000}", "1/100000000", "1/100000000", False),
    (AVERAGE, "{-1/100000000, 1}", "1", "-1/100000000 if token == 1 else 1", False),
    (AVERAGE, "{-1/100, 1}", "1", "-1/100 if token == 1 else 1", True),
    (AVERAGE, "{0, 1, 1000000}", "0", "1 if token == 1 else 0", False),  # a slope of 0.000004
    (AVERAGE, "{0, 1/100, 1000}", "0", "0 if token == 1 else 1000", False),  # a slope of 200, times 1000
    (STORED, "", "0", "600", True),
    (STORED, "", "0", "70000", False),
]


@pytest.mark.parametrize(("body", "domain", "first", "value", "fits"), RANGES)
def test_numbers_beyond_the_range_of_a_format(body: str, domain: str, first: str, value: str, fits: bool) -> None:
    """A format that cannot hold a number is exact for no input with a symbol; what is certified runs right."""
    from altac.targets.torch_model import build_model

    text = body.replace("{domain}", domain).replace("{first}", first).replace("{value}", value)
    one = small(text, domain="0..1", longest="up to 4")
    limits = {form: one.blocks.certificate.formats[form].longest or 0 for form in FORMATS}
    assert (limits["float16"] > 0) == fits
    for form, longest in nonempty(limits.items()):
        model = build_model(one.program, one.blocks, one.level)
        model.module.to(FORMATS[form])
        texts = [" ".join(word) for length in range(longest + 1) for word in product("01", repeat=length)]
        expected = run_texts(one.interpreter, texts)
        assert [result.output for result in run_texts(model, texts)] == [result.output for result in expected]


def test_counts_in_float16_at_their_greatest_certified_length() -> None:
    """Every count, so every border that inputs of that length can meet."""
    one = program("parity_sum")
    longest = one.blocks.certificate.formats["float16"].longest
    assert longest is not None
    model = model_in("parity_sum", torch.float16)
    texts = ["1 " * ones + "0 " * (longest - ones) for ones in range(longest + 1)]
    assert compare_engines(one.interpreter, model, texts) is None
    (result,) = run_texts(model, ["1 " * (longest + 1)])
    assert result.error is not None
    assert result.error.code == "E0602"


def test_what_is_refused_does_go_wrong() -> None:
    """Far beyond the certificate, bfloat16 takes some count of ones for another."""
    one = program("parity_sum")
    tokens = [one.program.interface.tokens("1 " * ones + "0 " * (100 - ones)) for ones in range(101)]
    *_, expected = one.interpreter.layers(tokens)
    *_, found = model_in("parity_sum", torch.bfloat16).layers(tokens)
    assert (expected.heads["ones"] != found.heads["ones"]).any()


def test_agreement_at_its_greatest_certified_length() -> None:
    """All positions are selected: the sum of so many equal weights is still told from a mixture."""
    body = "var out: (0..1)? = none\nhead h = token where key.token == query.token\nstep:\n    out := h"
    with pytest.raises(AltacError, match="E0507") as caught:
        small(body, domain="0..1", longest="up to 4000").blocks  # noqa: B018
    possible = int(str(caught.value).split("`up to ")[1].split("`")[0])
    assert 2000 < possible < 4000
    one = small(body, domain="0..1", longest=f"up to {possible}")
    texts = ["1 " * possible, "1 " * (possible - 1) + "0"]
    assert compare_engines(one.interpreter, one.model, texts) is None
    mixed = small(body.replace(" == query.token", " <= 1"), domain="0..1", longest=f"up to {possible}")
    (result,) = run_texts(mixed.model, texts[1:])
    assert result.error is not None
    assert result.error.code == "E0603"


def test_the_certificate_travels_in_the_file_and_in_stats(tmp_path) -> None:
    from altac.model.file import load_model, save_model

    one = program("parity_sum")
    save_model(one.model, tmp_path / "one.pt")
    loaded = load_model(tmp_path / "one.pt").metadata.certificate
    assert loaded == one.blocks.certificate
    assert Certificate.from_dict(one.stats()["certificate"]) == loaded
    assert loaded.formats["float32"].longest == 100
    assert loaded.layers == 1


@pytest.mark.parametrize("data", [None, {}, {"formats": {}, "layers": 1}, {"formats": {"float32": 3}, "layers": 1}])
def test_a_damaged_certificate_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="certificate"):
        Certificate.from_dict(data)


END = st.none() | st.integers(-6, 6)


@given(st.lists(st.tuples(END, END), min_size=1, max_size=3), st.integers(0, 12))
def test_the_most_positions_in_reach(intervals: list[tuple[int | None, int | None]], positions: int) -> None:
    offsets = Offsets(tuple(intervals))
    seen = [sum(key - query in offsets for key in range(positions)) for query in range(positions)]
    assert offsets.most(positions) == max(seen, default=0)


@pytest.mark.parametrize("name", ["scan", "addition", "parity_absolute", "subleq", "induction", "regular"])
def test_no_query_selects_more_positions_than_the_analysis_says(name: str) -> None:
    from altac.backend.certify import Analysis

    one = program(name)
    analysis = Analysis(one.program, one.rules, [])
    interface = one.program.interface
    draw = random.Random(1)
    symbols = [value_text(value) for value in interface.alphabet]
    texts = [" ".join(draw.choice(symbols) for _ in range(draw.randint(0, 9))) for _ in range(5)]
    asked = [
        (head, {name: values[0] for name, values in before.items()}, len(tokens))
        for tokens in map(interface.tokens, texts)
        for before, layer in islice(transitions(one.interpreter.layers([tokens])), 4)
        for head in one.program.layers[layer.place].heads
        if len(layer.rows) and not isinstance(head.brings, Pick)
    ]
    for head, state, length in nonempty(asked):
        assert selected(head, state, length) <= analysis.selected(head, length)


def selected(head, state, length: int) -> int:
    """The greatest number of keys that hold for one query, one by one."""
    where = np.ones((length, length), np.bool_)
    for query in range(length):
        for key in range(length):
            for condition in head.conditions:
                row = 0 if condition.key is None else state[condition.key][key]
                column = 0 if condition.query is None else state[condition.query][query]
                where[query, key] &= condition.holds[row][column]
            where[query, key] &= key - query in head.offsets
    return int(where.sum(axis=1).max(initial=0))
