"""The programs that methods are graded on, and pairs of inputs for each: deterministic, as are all seeds.

Those of the library come first, by name, as far as they are small and have pairs with different answers; then those of
`altac generate --seed 0`, in their order. What is left out has a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from altac.circuits.build import Pair, batches_of, rounds_on, settled
from altac.circuits.circuit import Circuit, count_candidates, nodes_of, unrolled
from altac.circuits.counterfactuals import Counterfactual, counterfactuals
from altac.circuits.patching import Patched, Patching, live, minimal
from altac.circuits.static import static
from altac.circuits.weights import weights_of
from altac.diagnostics import AltacError, Source
from altac.diagnostics.circuit_errors import NeverAlone, TooFewPairs
from altac.driver import Compiled, compile_source
from altac.generate.interesting import text_of
from altac.generate.search import search
from altac.interpret import Interpreter
from altac.ir.interface import Interface
from altac.syntax import read_source
from experiments.circuits.methods import Both, Graded

PROGRAMS = Path(__file__).parents[2] / "programs"
MOST, UNITS, BYTES = 300, 1500, 2100  # edges that there could be, hidden units, of a program's text
EACH, ALTOGETHER, FEWEST = 3, 12, 2  # pairs for each variable, for a program
LENGTH = 5  # symbols of an input
TRIED, PATIENCE = 8, 250  # pairs of each variable of which those are taken whose answers differ; pairs looked at


@dataclass(frozen=True, eq=False)
class Subject:
    """A program that is graded: its circuits are the truth."""

    name: str
    graded: Graded
    compiled: Compiled
    live: Circuit
    minimal: Circuit
    dropped: int  # pairs, since they do not settle


@dataclass(frozen=True)
class LeftOut:
    name: str
    reason: str


def library(names: Sequence[str] | None = None) -> Iterator[Compiled]:
    """Programs of the library with short texts, by name, or some of them."""
    for path in sorted(PROGRAMS.glob("*.alta")):
        if path.stat().st_size <= BYTES and (names is None or path.stem in names):
            yield compile_source(read_source(path))


def drawn(count: int) -> Iterator[Compiled]:
    for one in search(count, 0):
        yield compile_source(Source(f"{one.name}.alta", text_of(one)))


def pairs_of(compiled: Compiled) -> list[Pair]:
    """Pairs with different answers, in which a variable, a head or the token differs alone, some of each."""
    interpreter, found = compiled.interpreter, dict[tuple[str, str], Pair]()
    length = min(LENGTH, compiled.program.interface.longest or LENGTH)
    for name in interpreter.domains:
        if name == "position":
            continue
        try:
            some = flips(interpreter, name, length)
        except AltacError:
            continue  # it never differs alone
        apart = [one for one in some if None not in one.outputs and one.outputs[0] != one.outputs[1]]
        found |= {(one.clean, one.corrupted): Pair(one.clean, one.corrupted, one.variable) for one in apart[:EACH]}
    return list(found.values())[:ALTOGETHER]


def flips(interpreter: Interpreter, name: str, length: int) -> list[Counterfactual]:
    """Up to `TRIED` pairs in which a name differs alone.

    Raises:
        AltacError: if there are none.
    """
    try:
        return counterfactuals(interpreter, name, TRIED, (length, length), tries=PATIENCE)
    except AltacError as error:
        few = error.diagnostics[0]
        if isinstance(few, NeverAlone) or not isinstance(few, TooFewPairs):
            raise
        return counterfactuals(interpreter, name, few.found, (length, length), tries=PATIENCE)


def subject(compiled: Compiled) -> Subject | LeftOut:
    """A program with its truth, or why it is not graded."""
    name, model = compiled.program.name, compiled.model
    units = compiled.stats()["hidden_units"]
    if units > UNITS:
        return LeftOut(name, f"{units:,} hidden units")
    try:
        pairs = pairs_of(compiled)
        if len(pairs) < FEWEST:
            return LeftOut(name, f"fewer than {FEWEST} pairs with different answers")
        runs = unrolled(model.metadata.config, rounds_on(model, pairs))
        nodes = nodes_of(model.metadata, runs)
        if count_candidates(nodes) > MOST:
            return LeftOut(name, f"{count_candidates(nodes):,} edges that there could be")
        weights = weights_of(model)
        kept = settled(model, Patching(weights, nodes, runs), pairs, runs)
        graded = Graded(
            weights, nodes, runs, [batch for batch, _ in batches_of(model.interface, kept)], model.interface
        )
    except AltacError as error:
        return LeftOut(name, error.diagnostics[0].message)
    if len(kept) < FEWEST:
        return LeftOut(name, f"fewer than {FEWEST} pairs that settle")
    if not all(same_places(both, model.interface) for both in graded.both):
        return LeftOut(name, "answers are read at other positions in corrupted runs")
    patched = Patched(graded.patching, [both.batch for both in graded.both], model.interface)
    found = live(static(model.metadata, weights, runs), patched)
    truth = minimal(found, patched)
    if not truth.edges or len(truth.edges) == len(graded.every):
        return LeftOut(name, "there is no edge to tell from others")
    return Subject(name, graded, compiled, found, truth, len(pairs) - len(kept))


def same_places(both: Both, interface: Interface) -> bool:
    """Whether answers are read at the same positions in both runs of all pairs."""
    clean, corrupted = (one.answers(interface)[0] for one in (both.clean, both.corrupted))
    return np.array_equal(clean, corrupted)
