"""Score methods that find circuits against circuits that are known.

python -m experiments.circuits              # all fifty programs
python -m experiments.circuits -n 3         # the first three
python -m experiments.circuits --figures    # the table and the picture of the figures that are there

The programs are those of the library, and then random ones of `altac generate --seed 0`, as far as they have pairs of
inputs with different answers, and at most `--edges` edges that there could be. Writes `results/figures.json` and
`results/auroc.svg`.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from altac.circuits.build import Pair, batches_of, rounds_on
from altac.circuits.circuit import Kind, unrolled
from altac.circuits.patching import Patched, Patching, all_ends, live, minimal
from altac.circuits.static import static
from altac.circuits.weights import weights_of
from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_source
from altac.generate.interesting import text_of
from altac.generate.search import search
from altac.ir.numbers import is_open
from altac.syntax import read_source
from altac.system.files import write_together
from altac.version import __version__
from altac.zoo.entry import SHORT, flips
from experiments.circuits.figures import picture, table
from experiments.circuits.methods import METHODS, asked
from experiments.circuits.ranking import auroc, average_precision, precision_at_size

LIBRARY = Path(__file__).parents[2] / "programs"
RESULTS = Path(__file__).parent / "results"
PAIRS, EACH = 24, 6  # of a program, and for each of its variables, at most
DRAWN = 40  # random programs that are looked at

Record = dict[str, Any]


def programs() -> Iterator[Compiled]:
    """Those of the library, and then random ones."""
    for path in sorted(LIBRARY.glob("*.alta")):
        yield compile_source(read_source(path))
    for draft in search(DRAWN, 0):
        yield compile_source(Source(f"{draft.name}.alta", text_of(draft)))


def pairs_of(compiled: Compiled) -> list[Pair]:
    """Pairs in which one variable differs alone, and the answer with it; from each variable equally many."""
    found: dict[tuple[str, str], Pair] = {}
    longest = min(SHORT, compiled.program.interface.longest or SHORT)
    for name in compiled.interpreter.domains:
        if name == "position":
            continue
        try:
            some = flips(compiled, name, EACH, longest, 0)
        except AltacError:
            continue  # this variable never differs alone
        for one in some:
            if None not in one.outputs and one.outputs[0] != one.outputs[1]:
                found[one.clean, one.corrupted] = Pair(one.clean, one.corrupted, f"a pair for {name}")
    every = list(found.values())
    return every[:: max(1, -(-len(every) // PAIRS))]


def measure(compiled: Compiled, most: int) -> Record | str:
    """The figures of a program; or why there are none."""
    interface = compiled.program.interface
    if is_open(interface.domain):
        return "its answers are numbers"
    if interface.writing is not None:
        return "it writes"
    pairs = pairs_of(compiled)
    if not pairs:
        return "no pair has other answers"
    model = compiled.model
    weights = weights_of(model)
    runs = unrolled(model.metadata.config, rounds_on(model, pairs))
    circuit = static(model.metadata, weights, runs)
    if circuit.candidates > most:
        return f"there could be {circuit.candidates:,} edges"
    patching = Patching(weights, circuit.every, runs)
    some = [asked(patching, interface, batch) for batch, _ in batches_of(interface, pairs)]
    wanted = [one for one in some if one is not None]
    if not wanted:
        return "no answer of a pair differs where it is read"
    patches = Patched(patching, [one.batch for one in wanted], interface)
    alive = live(circuit, patches)
    least = minimal(alive, patches)
    every = all_ends(circuit.every)
    if not least.edges or len(alive.edges) == len(every):
        return f"{len(alive.edges)} of {len(every)} edges are live, so there is nothing to rank"
    truths = {"live": {edge.ends for edge in alive.edges}, "minimal": {edge.ends for edge in least.edges}}
    record: Record = {
        "program": compiled.program.name,
        "layers": len(runs),
        "pairs": sum(len(one.batch.clean) for one in wanted),
        "edges": {"candidates": len(every), "static": len(circuit.edges)},
        "methods": {},
    }
    record["edges"] |= {name: len(truth) for name, truth in truths.items()}
    for method, score in METHODS.items():
        begin = time.process_time()
        scores = score(patching, wanted)
        seconds = time.process_time() - begin
        sizes = [abs(scores[ends]) for ends in every]
        found: Record = {"seconds": round(seconds, 2), "zero": zeros(patching, scores, truths["minimal"])}
        for name, truth in truths.items():
            true = [ends in truth for ends in every]
            found[name] = {
                "auroc": round(auroc(sizes, true), 4),
                "precision": round(average_precision(sizes, true), 4),
                "at size": round(precision_at_size(sizes, true), 4),
            }
        best = sorted(every, key=lambda ends: -abs(scores[ends]))[: len(truths["live"])]
        found["enough"] = patches.is_enough(best)
        record["methods"][method] = found
    return record


def zeros(patching: Patching, scores: dict[tuple[str, str, str], float], truth: set[tuple[str, str, str]]) -> Record:
    """How many edges of a circuit have a score of exactly zero, and how many there are, by what reads."""
    kinds = {node.name: node.kind for node in patching.nodes}
    found: dict[str, list[int]] = {}
    for source, target, port in sorted(truth):
        reads = port or ("units" if kinds[target] is Kind.UNITS else "readout")
        count = found.setdefault(reads, [0, 0])
        count[0] += scores[source, target, port] == 0
        count[1] += 1
    return found


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--count", type=int, default=50, help="programs that are measured")
    parser.add_argument("--edges", type=int, default=1500, help="that there could be in a program, at most")
    parser.add_argument("--folder", type=Path, default=RESULTS)
    parser.add_argument("--figures", action="store_true", help="print and draw what is there")
    options = parser.parse_args(arguments)
    path = options.folder / "figures.json"
    if not options.figures:
        torch.set_num_threads(1)
        records, left = [], {}
        begin = time.process_time()
        for compiled in programs():
            found = measure(compiled, options.edges)
            name = compiled.program.name
            if isinstance(found, str):
                left[name] = found
            else:
                records.append(found)
            sys.stderr.write(f"{name}: {found if isinstance(found, str) else found['edges']}\n")
            if len(records) == options.count:
                break
        figures = {
            "altac": __version__,
            "machine": f"{platform.machine()}, one core",
            "seconds of processor": round(time.process_time() - begin),
            "programs": records,
            "left out": left,
        }
        options.folder.mkdir(parents=True, exist_ok=True)
        write_together(options.folder, {"figures.json": json.dumps(figures, indent=1).encode() + b"\n"})
    figures = json.loads(path.read_text(encoding="utf-8"))
    picture(figures["programs"], options.folder / "auroc.svg")
    sys.stdout.write(table(figures["programs"]))


if __name__ == "__main__":
    main(sys.argv[1:])
