"""The same work as other compilers' programs: their figures are public, for two cores, and stand beside ours.

Tracr's library with 8 letters and up to 16 of them, its forward pass compiled by JAX, 1,000 inputs; ALTA's reference
for parity and addition, one input. Ours has the text of inputs and outputs in it, and runs on one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from altac.diagnostics import Source
from altac.driver import Compiled, compile_source
from altac.engine.protocol import run_texts
from altac.ir.values import value_text
from benchmarks.runner import time_function
from benchmarks.suite import PROGRAMS, Figure, Size, of_timing


@dataclass(frozen=True)
class Peer:
    """A program with its greatest length here, texts to replace in it, and the other compiler's figures.

    `texts` are single inputs; without any, `size.inputs` random ones are run together.
    """

    name: str
    longest: int
    instead: tuple[tuple[str, str], ...]
    parameters: int
    seconds: float
    text: str = ""
    goal: float | None = None  # in place of half their time


LETTERS = (('"a".."p"', '"a".."h"'),)
PEERS = (
    Peer("reverse", 16, LETTERS, 324_000, 0.22),
    Peer("histogram", 16, LETTERS, 6_200, 0.017),
    Peer("sort", 16, LETTERS, 429_000, 0.30),
    Peer("sort_unique", 16, LETTERS, 16_700, 0.033),
    Peer("sort_by_frequency", 16, LETTERS, 2_970_000, 1.41),
    Peer("fraction_before", 16, (), 5_300, 0.012),
    Peer("count_less", 16, (("0..15", "0..7"),), 20_000, 0.040),
    Peer("shuffle_dyck", 16, (), 3_080_000, 1.42),
    Peer("parity", 40, (), 475, 0.036, "1 0 1 1" * 10, 0.005),
    Peer("addition", 20, (), 3_000_000, 0.327, f"{'7' * 20}+{'5' * 20}"),
)


def compiled_peer(peer: Peer) -> Compiled:
    """Our program of a task, for the alphabet and the length of the other."""
    path = PROGRAMS / f"{peer.name}.alta"
    text = path.read_text(encoding="utf-8")
    for ours, theirs in peer.instead:
        assert ours in text
        text = text.replace(ours, theirs)
    overrides = {"N": peer.longest} if "param N" in text else {}
    return compile_source(Source(str(path), text), 2, overrides)


def peers(size: Size) -> Iterator[Figure]:
    """Parameters and seconds beside those of other compilers: half their time is the goal, and no more parameters."""
    for peer in PEERS:
        one = compiled_peer(peer)
        group, parameters = "beside other compilers", one.model.stats()["parameters"]
        yield Figure(
            group, f"{peer.name}, parameters", parameters, "", goal=peer.parameters, published=f"{peer.parameters:,}"
        )
        texts, goal = [peer.text], peer.goal or peer.seconds / 2
        if not peer.text:
            dice = Random(0)
            symbols = [value_text(value) for value in one.program.interface.alphabet]
            texts = [" ".join(dice.choices(symbols, k=dice.randint(1, peer.longest))) for _ in range(size.inputs)]
            goal *= len(texts) / 1000
        timing = time_function(lambda one=one, texts=texts: run_texts(one.model, texts), size.runs)  # type: ignore[misc]
        what = "one input" if peer.text else f"{len(texts):,} inputs"
        yield of_timing(group, f"{peer.name}, {what}", timing, goal=goal, published=f"{peer.seconds * 1000:,.0f} ms")
