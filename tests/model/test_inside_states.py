"""What `run_with_cache` says of every program of the library, against the interpreter."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.engine.trace import Trace
from altac.ir.heads import Count, Extreme, Head, Pick, Real, Sum
from altac.ir.numbers import is_open
from altac.model.inside.activations import ActivationCache
from tests.support import PROGRAMS, nonempty, program

LONGEST = 12  # symbols of the inputs that are looked at
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.alta"))


def inputs(name: str) -> list[str]:
    """A few of a program's inputs, and the empty one."""
    lines = (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return ["", *islice((line for line in lines if line and len(line.split()) <= LONGEST), 2)]


def layer_names(trace: Trace) -> list[str]:
    return [f"{ran.name}.{ran.round}" if ran.name else str(ran.round) for ran in trace.ran]


@pytest.mark.parametrize("name", NAMES)
def test_decoded_activations_are_the_states_of_the_interpreter(name: str) -> None:
    compiled, compared = program(name), 0
    for text in nonempty(inputs(name)):
        trace = trace_text(compiled.interpreter, text)
        result, cache = compiled.model.run_with_cache(text)
        assert (result.error is None) == (trace.error is None)
        for layer, where in enumerate(["embed", *layer_names(trace)]):
            stream = cache[where if layer == 0 else f"{where}.resid.post"].decode()
            for known in [one for one in trace.domains if trace.knows(one, layer)]:
                if known not in stream and known in compiled.model.metadata.stream.embedded:
                    continue  # the stream does not say which token it is
                if known in trace.heads and f"{where}.attn.{known}" not in cache:
                    continue  # a comparison of numbers, which no head brings
                expected = tuple(trace.value(known, layer, position) for position in range(len(trace.tokens)))
                alone = f"{where}.attn.{known}" if known in trace.heads else f"{where}.var.{known}"
                found = [cache[alone].decode()[known]] + ([stream[known]] if known in stream else [])
                for values in nonempty(found):
                    domain = compiled.model.domains[known]
                    if is_open(domain):
                        off = [abs(one - other) for one, other in zip(values, expected, strict=True)]  # type: ignore[operator]
                        assert max(off, default=0) <= domain.tolerance
                    else:
                        assert values == expected, (text, layer, known)
                compared += 1
        if text and set(trace.domains) == set(compiled.model.metadata.stream.embedded):  # there is nothing but a score
            assert result.evidence is not None
            assert np.array_equal(cache["logits"].values.sum(dim=0).numpy(), result.evidence.sums[0])
            compared += 1
    assert compared


def selected(head: Head, state: dict[str, NDArray[np.int64]], query: int, length: int) -> list[int]:
    """The positions that a head selects from one position, by its conditions and distances."""
    found = []
    for key in range(length):
        holds = (key - query) in head.offsets
        for one in head.conditions:
            row = int(state[one.key][key]) if one.key else 0
            column = int(state[one.query][query]) if one.query else 0
            holds = holds and bool(one.holds[row][column])
        if holds:
            found.append(key)
    return found


def looked_at(head: Head, found: list[int], state: dict[str, NDArray[np.int64]], query: int) -> list[int]:
    """Those of the selected positions that the head looks at: one that is picked, or those with the extreme value."""
    match head.brings:
        case Pick() | Real() if found and getattr(head.brings, "which", "") in ("first", "last", "closest"):
            keys = {"first": lambda k: k, "last": lambda k: -k, "closest": lambda k: (abs(k - query), k)}
            return [min(found, key=keys[head.brings.which])]  # type: ignore[arg-type, union-attr]
        case Extreme() if found and head.brings.variable is not None:
            rank = {key: head.brings.values[int(state[head.brings.variable][key])] for key in found}
            best = (max if head.brings.which == "max" else min)(rank.values())
            return [key for key in found if rank[key] == best]
        case _:
            return found


def expected_patterns(compiled: Compiled, trace: Trace, cache: ActivationCache) -> int:
    """Compare which keys have weight, and how much of it; how many positions were compared."""
    compared, length = 0, len(trace.tokens)
    for layer, (ran, where) in enumerate(nonempty(zip(trace.ran, layer_names(trace), strict=True))):
        state = {one: trace.variables[one][layer] for one in trace.variables}
        for name, rows in trace.heads.items():
            for earlier in range(layer):
                if (rows[earlier] >= 0).all() and name in trace.ran[earlier].heads:
                    state[name] = rows[earlier]  # kept for later layers
        for head in compiled.program.layers[ran.place].heads:
            weights = cache[f"{where}.pattern.{head.name}"].values.numpy()
            for query in range(length):
                found = looked_at(head, selected(head, state, query, length), state, query)
                sinks = isinstance(head.brings, Count | Sum) or not found
                assert (weights[query, :length] > 0).nonzero()[0].tolist() == found
                assert (weights[query, length] > 0) == sinks
                assert np.allclose(weights[query, found], weights[query, found[0]] if found else 0, atol=1e-6)
                assert np.isclose(weights[query].sum(), 1, atol=1e-5)
                compared += 1
    return compared


@pytest.mark.parametrize("name", [name for name in NAMES if any(one.heads for one in program(name).program.layers)])
def test_patterns_are_the_selections_of_the_interpreter(name: str) -> None:
    compiled, compared = program(name), 0
    for text in inputs(name)[1:]:
        trace, (_, cache) = trace_text(compiled.interpreter, text), compiled.model.run_with_cache(text)
        compared += expected_patterns(compiled, trace, cache)
    assert compared
