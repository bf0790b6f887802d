"""The folder of one program in a suite: its model for other tools, circuit, counterfactuals, data set and card."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from altac.circuits.build import Pair, circuit_of
from altac.circuits.circuit import Circuit
from altac.circuits.counterfactuals import Counterfactual, counterfactuals
from altac.circuits.drawing import svg
from altac.circuits.formats import json_bytes
from altac.data.sample import EVERYTHING, Request, draw_sets
from altac.data.sample_notes import answer
from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NeverAlone, TooFewPairs
from altac.diagnostics.run_errors import TooFewInputs
from altac.driver import Compiled
from altac.export.request import Export
from altac.export.request import Request as ExportRequest
from altac.export.rounds import rounds_needed
from altac.export.targets import TARGETS
from altac.verification.verify import one_thread
from altac.zoo.card import card

UNROLLS = frozenset({"transformer-lens", "gpt2"})  # they have a fixed number of positions and layers
MOST_BYTES = 1 << 26  # of a model for one tool
SHORT = 6  # symbols of an input of a pair, at most: the more, the larger the circuit of a loop

Record = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What a folder is to have.

    Attributes:
        tools: to which the model is exported.
        inputs: how many of the data set, at most.
        pairs: how many for each variable, at most.
        longest: input of the data set, and of models with a fixed number of positions, in symbols.
        seed: the same seed gives the same bytes.
        tries: how many pairs of inputs are looked at for each variable: all, if there are no more.
    """

    tools: tuple[str, ...]
    inputs: int
    pairs: int
    longest: int
    seed: int = 0
    tries: int = 2000


@dataclass(frozen=True)
class Entry:
    """A folder: its files, and what stands about it in the index.

    Attributes:
        name: of the program, and of the folder.
        files: by their names in the folder; the card is first, which takes its place last.
        record: plain types.
    """

    name: str
    files: dict[str, bytes]
    record: Record = field(default_factory=dict)


def entry_of(compiled: Compiled, wanted: Wanted) -> Entry:
    """Everything about one program. What it cannot have is left out, and the record says why.

    Raises:
        AltacError: if the program cannot be compiled.
    """
    program, model = compiled.program, compiled.model
    interface = program.interface
    longest = wanted.longest if interface.longest is None else min(wanted.longest, interface.longest)
    stats = compiled.stats()
    record: Record = {
        "name": program.name,
        "about": about(program.doc),
        "sizes": {name: stats[name] for name in ("d_model", "heads", "hidden_units", "parameters", "nonzeros")},
        "layers": [layer["name"] for layer in stats["layers"]],
        "halts": "after fixed layers" if program.fixed_layers is not None else "on a condition",
    }
    files = {"program.alta": program.source.text.encode()}
    files |= {f"imports/{name}": text.encode() for name, text in program.imports.items()}
    with one_thread():
        files["data.jsonl"], record["data"] = data_set(compiled, longest, wanted)
        found, record["counterfactuals"] = pairs_of(compiled, min(longest, SHORT), wanted)
        files["counterfactuals.jsonl"] = lines(one.to_dict() for one in found)
        record["circuits"] = circuits(compiled, found, min(longest, SHORT), wanted, files)
        pairs = comparable(found)
        record["tools"] = {tool: exported(tool, compiled, longest, pairs, files) for tool in wanted.tools}
    text = card(record, program.source.text, model.metadata.certificate)
    return Entry(program.name, {"README.md": text.encode(), **files}, record)


def about(doc: str) -> str:
    """The first paragraph of what a program says about itself, in one line."""
    return " ".join(doc.strip().split("\n\n")[0].split())


def lines(records: Iterable[Record]) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def refused(error: AltacError) -> Record:
    """Why something is not there, as the command for it would say."""
    first = error.diagnostics[0]
    return {"code": first.code, "why": first.message, "help": first.help_text}


def data_set(compiled: Compiled, longest: int, wanted: Wanted) -> tuple[bytes, Record]:
    """Inputs of all lengths, with answers; of a program with fewer, all that were found."""
    interpreter, count = compiled.interpreter, wanted.inputs
    while True:
        try:
            request = Request(count, 0, longest)
            (drawn,), dropped = draw_sets(interpreter.interface, [request], EVERYTHING, wanted.seed, interpreter)
        except AltacError as error:
            few = error.diagnostics[0]
            if isinstance(few, TooFewInputs) and 0 < few.found < count:
                count = few.found
                continue
            return b"", {"inputs": 0, **refused(error)}
        answers = lines(answer(result, interpreter.interface) for result in drawn.results)
        return answers, {"inputs": len(drawn.results), "longest": longest, "without_result": dropped.total()}


def pairs_of(compiled: Compiled, longest: int, wanted: Wanted) -> tuple[list[Counterfactual], Record]:
    """For each variable and head some pairs in which it differs alone; how many, or why there are none.

    Where none of them ever does, the token at one position differs, if nothing at the beginning depends on it.
    """
    found: list[Counterfactual] = []
    record: Record = {}
    names = [name for name in compiled.interpreter.domains if name != "position"]
    for name in sorted(names, key=lambda name: name == "token"):
        if name == "token" and found:
            break
        try:
            some = flips(compiled, name, longest, wanted)
        except AltacError as error:
            record[name] = {"pairs": 0, **refused(error)}
            continue
        found += some
        record[name] = {"pairs": len(some)}
    return found, record


def flips(compiled: Compiled, name: str, longest: int, wanted: Wanted) -> list[Counterfactual]:
    """So many pairs, or as many as there are.

    Raises:
        AltacError: if there are none.
    """
    try:
        return counterfactuals(compiled.interpreter, name, wanted.pairs, (1, longest), wanted.seed, tries=wanted.tries)
    except AltacError as error:
        few = error.diagnostics[0]
        if isinstance(few, NeverAlone) or not isinstance(few, TooFewPairs):
            raise
        return counterfactuals(compiled.interpreter, name, few.found, (1, longest), wanted.seed, tries=wanted.tries)


def circuits(
    compiled: Compiled, found: list[Counterfactual], longest: int, wanted: Wanted, files: dict[str, bytes]
) -> Record:
    """The static circuit, and the live one on the pairs; adds their files."""
    pairs = comparable(found)
    record: Record = {}
    try:
        some = pairs or settled(compiled, longest, wanted)
        static = circuit_of(compiled.model, "static", None, some)
        record["static"] = sizes_of(static)
        files["circuit.json"], files["circuit.svg"] = json_bytes(static.to_dict()), svg(static)
        if pairs:
            live = circuit_of(compiled.model, "live", None, pairs)
            record["live"] = sizes_of(live)
            files["live.json"], files["live.svg"] = json_bytes(live.to_dict()), svg(live)
    except AltacError as error:
        record["refused"] = refused(error)
    return record


def comparable(found: list[Counterfactual]) -> list[Pair]:
    """Those whose inputs both have an answer."""
    return [Pair(one.clean, one.corrupted, "counterfactuals.jsonl") for one in found if None not in one.outputs]


def settled(compiled: Compiled, longest: int, wanted: Wanted) -> list[Pair]:
    """Short inputs by themselves, which say how often a loop runs; none for a program whose loops have a number."""
    if compiled.program.fixed_layers is not None:
        return []
    request = Request(1, longest, longest)
    interpreter = compiled.interpreter
    (drawn,), _ = draw_sets(interpreter.interface, [request], EVERYTHING, wanted.seed, interpreter)
    return [Pair(text, text, "data.jsonl") for text in drawn.texts]


def sizes_of(circuit: Circuit) -> Record:
    return {
        "layers": len(circuit.layers),
        "nodes": len(circuit.nodes),
        "edges": len(circuit.edges),
        "candidates": circuit.candidates,
        "pairs": circuit.pairs,
        "dropped": circuit.dropped,
    }


def exported(tool: str, compiled: Compiled, longest: int, pairs: list[Pair], files: dict[str, bytes]) -> Record:
    """Whether a tool takes the model, and how; adds its files, with the live circuit where it is of other blocks."""
    try:
        export = TARGETS[tool](asked(tool, compiled, longest))
    except AltacError as error:
        return {"takes": False, **refused(error)}
    size = sum(map(len, export.files.values()))
    if size > MOST_BYTES:
        return {"takes": False, "why": f"it would have {size >> 20:,} MiB", "help": "`altac export` writes it"}
    files |= {f"{tool}/{name}": data for name, data in export.files.items()}
    record = {"takes": True, "bytes": size, "notes": list(export.notes), "warnings": told(export)}
    if export.form is not None and pairs:
        try:
            live = circuit_of(compiled.model, "live", None, pairs, form=export.form)
        except AltacError as error:
            return {**record, "live": refused(error)}
        files[f"{tool}/live.json"] = json_bytes(live.to_dict())
    return record


def told(export: Export) -> list[str]:
    return [warning.message for warning in export.warnings]


def asked(tool: str, compiled: Compiled, longest: int) -> ExportRequest:
    """What is exported: for a fixed number of positions and rounds as many as the longest input takes."""
    if tool not in UNROLLS:
        return ExportRequest(compiled.model, compiled)
    positions = max(1, longest + compiled.program.interface.added_positions)
    rounds = None
    if compiled.program.fixed_layers is None:
        rounds = max(number for _, number in rounds_needed(compiled, positions))
    return ExportRequest(compiled.model, compiled, rounds, positions)
