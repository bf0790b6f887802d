"""Exported folders in the tools that they are for, where altac is not installed: every program, every sub-layer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.export.gpt2 import said_as
from altac.export.prepare import prepare
from altac.export.request import Request
from altac.export.targets import TARGETS
from altac.export.unrolled import Unrolled
from altac.ir.arrays import Array
from altac.system.files import write_together
from tests.export.cases import CAUSAL, NUMBERS, SLOW, TOO_LARGE, greatest, inputs, request
from tests.export.elsewhere.environments import NEW, OLD, run
from tests.export.stack import expected
from tests.programs.sizes import names
from tests.support import PROGRAMS, compiled, nonempty, program

TAKEN = [name for name in names() if name not in (*NUMBERS, *SLOW, *TOO_LARGE)]
ENVIRONMENTS = {"TransformerBridge": NEW, "HookedTransformer": OLD}


LENGTHS = ("short", "greatest")  # what a program is exported for


def case(name: str, lengths: str) -> tuple[Request, list[list[int]]]:
    """A program as it is exported, and its inputs."""
    return (
        greatest(name) if lengths == "greatest" else (request(name), inputs(program(name), request(name).length or 0))
    )


def job(place: Path, one: Request, sequences: list[list[int]], tool: str, **more: Any) -> dict[str, Any]:
    """A folder, and on which inputs it is to run."""
    write_together(place, TARGETS[tool](one).files)
    interface = one.compiled.program.interface
    texts = (PROGRAMS / f"{interface.program}.txt").read_text(encoding="utf-8").splitlines()
    room = (one.length or 0) - (0 if interface.writing is None else interface.writing.most)
    fits = [text for text in texts if len(interface.tokens(text)) <= room]
    return {
        "folder": str(place),
        "tokens": sequences,
        "texts": sorted(fits, key=len)[:4],
        "writes": interface.writing is not None,
        **more,
    }


def ran(place: Path, jobs: Sequence[dict[str, Any]], environment: str, script: str) -> str:
    (place / "jobs.json").write_text(json.dumps(jobs))
    return run(environment, script, place / "jobs.json")


@pytest.fixture(scope="module", params=list(product(ENVIRONMENTS, LENGTHS)), ids="-".join)
def lenses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a version of TransformerLens finds in every program."""
    version, lengths = request.param
    place: Path = tmp_path_factory.mktemp("lenses") / lengths
    jobs = [job(place / name, *case(name, lengths), "transformer-lens") for name in TAKEN]
    classes = ran(place, jobs, ENVIRONMENTS[version], "run_transformer_lens.py").split()
    assert classes == [version] * len(TAKEN)
    return place


@pytest.fixture(scope="module", params=LENGTHS)
def gpt2(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What transformers finds in every causal program."""
    place: Path = tmp_path_factory.mktemp("gpt2") / request.param
    jobs = [job(place / name, *case(name, request.param), "gpt2") for name in CAUSAL]
    ran(place, jobs, NEW, "run_gpt2.py")
    return place


def compare(
    folder: Path, one: Compiled, sequences: list[list[int]], unrolled: Unrolled, columns: Sequence[int]
) -> None:
    """Streams and answers against the interpreter, and tokens of texts."""
    found = np.load(folder / "found.npz")
    for number, tokens in nonempty(enumerate(sequences)):
        streams: Array = found[f"streams {number}"]
        assert len(streams) == 2 * len(unrolled.blocks) + 1
        for name, (block, by_attention, place), values in expected(one, unrolled, tokens):
            stream = streams[2 * block - by_attention][:, place]
            assert np.abs(stream - values).max(initial=0) < 1e-5, (name, tokens)
        shown = np.ones(len(tokens), bool)
        if unrolled.shown is not None:
            shown = streams[-1][:, unrolled.shown] > 0.5
        logits = found[f"logits {number}"][shown][:, columns].astype(np.float64)
        (end,) = one.interpreter.finish([tokens])
        if unrolled.interface.scoring is not None:  # whole numbers, of which GPT-2 rounds some apart that are equal
            logits = logits.round()
        if unrolled.interface.scoring is not None and unrolled.interface.scoring.pooled:
            logits = logits.sum(axis=0, keepdims=True)[: len(logits)]
        picked = logits[unrolled.interface.pick(range(len(logits)))]
        assert tuple(picked.argmax(axis=-1).tolist()) == end.output
    for number, text in nonempty(enumerate(texts_of(folder))):
        assert found[f"tokens {number}"].tolist() == [[unrolled.sink, *unrolled.interface.tokens(text)]]


def texts_of(folder: Path) -> list[str]:
    jobs = json.loads((folder.parent / "jobs.json").read_text())
    return next(job["texts"] for job in jobs if job["folder"] == str(folder))


@pytest.mark.parametrize("name", TAKEN)
def test_every_state_in_transformer_lens(lenses: Path, name: str) -> None:
    one, sequences = case(name, lenses.name)
    unrolled = prepare(one).unrolled
    compare(lenses / name, one.compiled, sequences, unrolled, range(len(unrolled.unembedding)))
    found = np.load(lenses / name / "found.npz")
    assert lenses.name == "greatest" or len({len(tokens) for tokens in sequences}) > 1
    assert found["padding changes"] < 1e-5
    for row, text in nonempty(zip(found["batch"], texts_of(lenses / name), strict=True)):
        tokens = [unrolled.sink, *unrolled.interface.tokens(text)]
        assert row[: len(tokens)].tolist() == tokens
        assert (row[len(tokens) :] == unrolled.sink + 1).all()


@pytest.mark.parametrize("name", CAUSAL)
def test_every_state_in_gpt2(gpt2: Path, name: str) -> None:
    """In a padded batch; what is written with a cache is what is written without, and what altac writes."""
    asked, sequences = case(name, gpt2.name)
    one = asked.compiled
    unrolled = prepare(asked, restores_all=True).unrolled
    compare(gpt2 / name, one, sequences, unrolled, said_as(one.program.interface))
    written = json.loads((gpt2 / name / "written.json").read_text())
    assert bool(written) == (one.program.interface.writing is not None)
    if written:
        assert written["True"] == written["False"]
        results = run_texts(one.interpreter, texts_of(gpt2 / name))
        for tokens, result in nonempty(zip(written["True"], results, strict=True)):
            said = [token for token in tokens if token not in ("(sink)", "<end>")]
            assert " ".join(said) == result.text(one.program.interface)


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_an_ablated_head_is_a_program_without_it(tmp_path: Path, version: str) -> None:
    """Where `parity_left` brings what it brings where it selects nothing, a position keeps its own bit."""
    one = request("parity")
    text = one.compiled.program.source.text
    other = text.replace("head parity_left = parity at -1 else 0\n", "").replace("parity ^ parity_left", "parity")
    without = compiled(other)
    interface = without.program.interface
    words = ["".join(bits) for length in range(5) for bits in product("01", repeat=length)]
    tokens = [interface.tokens(word) for word in words]
    task = job(tmp_path / "parity", one, tokens, "transformer-lens", head="parity_left")
    ran(tmp_path, [task], ENVIRONMENTS[version], "run_transformer_lens.py")
    found = np.load(tmp_path / "parity" / "found.npz")
    changed = 0
    for number, result in nonempty(enumerate(run_texts(without.interpreter, words))):
        assert (found[f"ablated {number}"][-1].argmax(),) == result.output
        changed += found[f"ablated {number}"][-1].argmax() != found[f"logits {number}"][-1].argmax()
    assert changed
