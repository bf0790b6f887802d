"""Whether generated programs are interesting, judged anew: `python -m tests.generate.check FOLDER [FOLDER...]`.

Nothing of `altac.generate` is used. Programs run in the oracle and in the weights, on inputs of this file's own; a
variable is live if patching it in the weights changes an output.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random

from altac.diagnostics import Source
from altac.driver import Compiled, compile_source
from altac.engine.protocol import run_texts
from tests.oracle import Oracle, written

ALL, LONGER, LONGEST = 4, 60, 8  # all inputs of up to so many symbols, some of each greater length
ASKED = 40  # inputs for the oracle, which is slow


def texts_of(alphabet: Sequence[str]) -> list[str]:
    dice = Random(f"check {alphabet}")
    words = [word for length in range(ALL + 1) for word in product(alphabet, repeat=length)]
    for length in range(ALL + 1, LONGEST + 1):
        words += [tuple(dice.choices(alphabet, k=length)) for _ in range(LONGER)]
    return list(dict.fromkeys(" ".join(word) for word in words))


def faults(folder: Path, seen: dict[tuple[str, ...], str]) -> Iterator[str]:
    """What is wrong with one program; adds what it computes to what was seen."""
    source = Source(f"{folder.name}.alta", (folder / "program.alta").read_text(encoding="utf-8"))
    one = compile_source(source)
    interface = one.program.interface
    alphabet = [str(value) for value in interface.alphabet.values]
    texts = texts_of(alphabet)
    results = run_texts(one.model, texts)
    if any(result.error for result in results):
        yield "an input has no result"
        return
    outputs = [result.text(interface) for result in results]
    oracle = Oracle(source.text)
    for text, output in [*zip(texts, outputs, strict=True)][:: len(texts) // ASKED + 1]:
        *_, (_, _, state) = oracle.layers(oracle.framed(oracle.read(text)))
        if " ".join(map(written, oracle.output(state))) != output:
            yield f"the oracle says something else for {text!r}"
    usual: dict[int, Counter[str]] = {}
    for text, output in zip(texts, outputs, strict=True):
        usual.setdefault(len(text.split()), Counter())[output] += 1
    most = sum(counts.most_common(1)[0][1] for counts in usual.values())
    if most > 0.9 * len(texts):
        yield f"of {len(texts)} inputs {most} have the usual output of their length"
    for name in one.interpreter.domains:
        if name not in ("token", "position", interface.variable) and not is_live(one, name, texts, outputs):
            yield f"`{name}` changes no output"
    behaviour = (*alphabet, *outputs)
    if behaviour in seen:
        yield f"it gives the outputs of {seen[behaviour]}"
    seen[behaviour] = folder.name
    rows = [json.loads(line) for line in (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()]
    if [one.model(row["input"]) for row in rows] != [row["output"] for row in rows] or not rows:
        yield "its data set is not what the weights say"
    yield from (f"there is no {name}" for name in ("README.md", "circuit.json") if not (folder / name).exists())


def is_live(one: Compiled, name: str, texts: Sequence[str], outputs: Sequence[str]) -> bool:
    """Whether some input has another output where a variable or head has another value, at all positions."""
    for value in one.interpreter.domains[name].values:
        with one.model.patch(name, value):
            if [result.text(one.program.interface) for result in run_texts(one.model, texts)] != list(outputs):
                return True
    return False


def check(folder: Path) -> list[str]:
    """Everything that is wrong with a suite."""
    names = [record["name"] for record in json.loads((folder / "index.json").read_text(encoding="utf-8"))["programs"]]
    seen: dict[tuple[str, ...], str] = {}
    return [f"{name}: {fault}" for name in names for fault in faults(folder / name, seen)]


if __name__ == "__main__":
    sys.exit("\n".join(fault for folder in sys.argv[1:] for fault in check(Path(folder))) or 0)
