"""What is measured, and the goals and published figures beside it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from altac.driver import Compiled, compile_source, load_source
from altac.engine.protocol import run_texts
from benchmarks.runner import Timing, time_function, time_process, time_tree

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "programs"


@dataclass(frozen=True)
class Size:
    """How much is measured: the full suite, or one that only shows that everything runs."""

    runs: int
    commands: int | None  # of SCAN, for the interpreter; None for all
    programs: tuple[str, ...]
    layers: int
    points: int  # of every curve of growth
    domains: tuple[str, ...]  # programs whose N grows
    levels: tuple[int, ...]  # whose weights are run
    inputs: int = 1000  # that are run together, beside other compilers
    written: tuple[int, ...] = (100, 1_000, 10_000)  # positions behind which a symbol is written


TRACED = 9_200  # commands of SCAN: somewhat more than a million rows
EVERY = tuple(sorted(path.stem for path in PROGRAMS.glob("*.alta")))
FULL = Size(5, None, EVERY, 16, 6, ("parity_sum", "reverse", "sort", "subleq", "dyck2"), (2, 0))
SMALL = Size(1, 100, ("parity", "scan"), 2, 2, ("parity_sum", "reverse"), (2,), 20, (100,))


@dataclass(frozen=True)
class Figure:
    """One row: seconds (or another unit), beside a goal and what is published elsewhere."""

    group: str
    name: str
    value: float
    unit: str
    detail: str = ""
    goal: float | None = None
    published: str = ""
    timing: Timing | None = None

    def to_dict(self) -> dict[str, Any]:
        known = {"group": self.group, "name": self.name, "value": self.value, "unit": self.unit, "detail": self.detail,
                 "goal": self.goal, "published": self.published}  # fmt: skip
        return {**known, "timing": None if self.timing is None else self.timing.to_dict()}


def path_of(name: str) -> Path:
    return PROGRAMS / f"{name}.alta"


def compiled(name: str, level: int = 2, **params: int) -> Compiled:
    return compile_source(load_source(path_of(name)), level, params)


def of_timing(group: str, name: str, timing: Timing, **rest: Any) -> Figure:
    return Figure(group, name, timing.median, "s", timing=timing, **rest)


def processes(size: Size) -> Iterator[Figure]:
    """Whole processes: starting Python and importing what is needed are part of it."""
    for name in size.programs:
        command = [sys.executable, "-m", "altac", "check", str(path_of(name))]
        one = time_process(command, size.runs)
        yield of_timing("altac check", name, one.wall, detail=f"{one.cpu.median:.2f} s of processor time", goal=0.4)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "altac", "compile", str(path_of("scan")), "-o", str(Path(folder, "scan.pt"))]
        one = time_process(command, min(size.runs, 3))
    yield of_timing("altac compile", "scan", one.wall, goal=6.0, published="15 s")
    yield Figure(
        "altac compile", "scan, peak memory", one.peak / 2**20, "MiB", goal=1000 / 1.048576, published="4.7 GB"
    )


def words(size: Size) -> Iterator[Figure]:
    """A program of 50,000 words and a table of as many, from files; whole processes."""
    dice = Random(0)
    known = [f"word{number}" for number in range(50_000)]
    dice.shuffle(known)
    with tempfile.TemporaryDirectory() as folder:
        program, weights = Path(folder, "tagger.alta"), Path(folder, "tagger.pt")
        Path(folder, "words.txt").write_text("\n".join(known))
        Path(folder, "classes.json").write_text(json.dumps({word: dice.choice("abcd") for word in known}))
        Path(folder, "weights.json").write_text(
            json.dumps({word: {label: dice.randint(-50, 50) for label in "xyz"} for word in known})
        )
        program.write_text(TAGGER)
        altac = [sys.executable, "-m", "altac"]
        for name, command, goal in (
            ("altac check", ["check", str(program)], 3.0),
            ("altac compile", ["compile", str(program), "-o", str(weights)], 15.0),
            ("altac run, in the interpreter", ["run", str(program), "word1 word2 other"], None),
            ("altac run, weights", ["run", str(weights), "word1 word2 other"], None),
            ("altac trace, weights", ["trace", str(weights), "word1 word2 other"], None),
        ):
            one = time_process([*altac, *command], size.runs)
            detail = f"{one.peak / 2**20:,.0f} MiB at most"
            yield of_timing("50,000 words", name, one.wall, detail=detail, goal=goal)


TAGGER = """program tagger
const WORDS  = lines("words.txt")
const CLASS  = table("classes.json")
const WEIGHT = table("weights.json")
input text: WORDS up to 40 else "<unk>"
var class: "a".."d" = CLASS[token] if token in CLASS else "a"
layer look:
    head left_class = class at -1 else "a"
score tag: {"x", "y", "z"} = WEIGHT[token] + {"a": {"x": 9}, "b": {"y": 3}}[left_class]
output tag
"""


def lowering(size: Size) -> Iterator[Figure]:
    """From a checked program to rules, and from rules to matrices, at the default level."""
    published = {"parity": "0.3 ms", "parity_sum": "1.5 ms", "addition": "0.3 s", "subleq": "2.7 s", "scan": "15 s"}
    for name in size.programs:
        program = compiled(name).program

        def build(program: Any = program) -> object:
            return Compiled(program, (), 2).blocks

        stats = Compiled(program, (), 2).stats()
        detail = f"{stats['hidden_units']:,} units, {stats['parameters']:,} parameters"
        timing = time_function(build, size.runs)
        yield of_timing("rules and weights", name, timing, detail=detail, published=published.get(name, ""))


def interpreter(size: Size) -> Iterator[Figure]:
    from tests.programs.scan_reference import all_commands

    engine = compiled("scan").interpreter
    commands = all_commands()[: size.commands]
    timing = time_function(lambda: run_texts(engine, commands), 1, 0)
    yield of_timing("interpreter", f"{len(commands):,} commands of SCAN to their ends", timing, goal=180.0)
    for name, text, published in (
        ("parity", "1" * 40, "symbolic: 19 ms"),
        ("parity_sum", "1" * 100, ""),
        ("addition", f"{'5' * 21}+{'4' * 20}5", "symbolic: 43 ms"),
        ("subleq", (PROGRAMS / "subleq.txt").read_text(encoding="utf-8").splitlines()[0], "symbolic: 2.9 ms"),
        ("scan", "walk around left thrice after run around right thrice", "symbolic: 7.2 s"),
    ):
        one = compiled(name)
        layers = run_texts(one.interpreter, [text])[0].layers
        timing = time_function(lambda one=one, text=text: run_texts(one.interpreter, [text]), size.runs)  # type: ignore[misc]
        yield of_timing("interpreter", name, timing, detail=f"{layers} layers, one input", published=published)


def traces(size: Size) -> Iterator[Figure]:
    """A data set of a million rows, with the rules that fired, by two processes."""
    from tests.programs.scan_reference import all_commands

    commands = Random(0).sample(all_commands(), min(size.commands or TRACED, TRACED))
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder, "inputs.txt")
        inputs.write_text("".join(f"{one}\n" for one in commands), encoding="utf-8")
        options = ["--input", str(inputs), "-o", str(Path(folder, "traces")), "--workers", "2"]
        wall, peak, printed = time_tree([sys.executable, "-m", "altac", "trace", str(path_of("scan")), *options])
    what = printed.rpartition(": ")[2].strip()
    yield Figure("altac trace --input", "scan", wall, "s", detail=what, goal=60.0)
    if peak is not None:
        memory = {"detail": "all processes together", "goal": 1000 / 1.048576}
        yield Figure("altac trace --input", "scan, peak memory", peak / 2**20, "MiB", **memory)  # type: ignore[arg-type]


# program, layers and positions of the published figure, the figure, and a goal in seconds
LAYERS = [
    ("parity", 41, 41, "18 ms", None),
    ("parity_sum", 1, 101, "0.9 ms", None),
    ("addition", 30, 43, "187 ms", None),
    ("subleq", 16, 19, "502 ms", None),
    ("scan", 64, 71, "27.7 s", 0.25),
    ("scan", 512, 78, "254 s", 2.0),
]


def model(size: Size) -> Iterator[Figure]:
    """Layers of the model, forced: that many are applied, whether or not the program would have halted."""
    for level in size.levels:
        for name, layers, length, published, goal in LAYERS:
            if level == 0 and (name, layers) == ("scan", 512):
                continue
            one = compiled(name, level)
            for batch in (1, 64):
                for execution in ("sparse", "dense"):
                    timing = layer_time(one, execution, batch, length, size)
                    speed = batch * length / timing.median
                    ours = level == 2 and batch == 1 and execution == "sparse"
                    whole = Timing(tuple(run * layers for run in timing.runs))
                    what = f"{layers} layers of {length} positions, {execution}, batch {batch}, -O{level}"
                    yield of_timing(
                        "model", f"{name}: {what}", whole, detail=f"{speed:,.0f} tokens x layers / s",
                        goal=goal if ours else None, published=published if ours else "",
                    )  # fmt: skip


def layer_time(one: Compiled, execution: str, batch: int, length: int, size: Size) -> Timing:
    """The time of one layer on a random input; where a program has several, their average.

    Positions past the program's greatest begin again with the first.
    """
    import torch

    from altac.model.schedule import Runner
    from altac.model.sparse import SparseTransformer

    module = one.model.module
    runner: Runner[Any, Any] = SparseTransformer(module) if execution == "sparse" else module
    rounds = max(1, (size.layers if batch == 1 else size.layers // 8) // len(module.layers))
    with torch.inference_mode():
        generator = torch.Generator().manual_seed(0)
        x: Any = module.token_embedding(torch.randint(module.config.vocabulary, (batch, length), generator=generator))
        if module.position_embedding is not None:
            x = x + module.position_embedding(torch.arange(length) % module.config.positions)
        valid: Any = torch.ones(batch, length, dtype=torch.bool)
        if execution == "sparse":
            x, valid = x.numpy(), valid.numpy()
        masks = [runner.mask(place, valid) for place in range(len(module.layers))]

        def run() -> None:
            state = x
            for _ in range(rounds):
                for place, mask in enumerate(masks):
                    streams, _ = runner.layer(place, state, valid, mask)
                    state = streams[-1] if streams else state

        timing = time_function(run, size.runs)
    return Timing(tuple(one / (rounds * len(module.layers)) for one in timing.runs))


def linear_maps(size: Size) -> Iterator[Figure]:
    """Where sparse starts to pay: a map of 256 to 256 dimensions for 64 columns, by density."""
    import torch

    from altac.model.columns import SparseLinear

    generator = torch.Generator().manual_seed(0)
    columns = torch.rand(256, 64, generator=generator)
    for share in (2, 4, 8, 16, 64, 256):
        weight = torch.rand(256, 256, generator=generator)
        weight = torch.where(torch.rand(256, 256, generator=generator) < 1 / share, weight, 0)
        sparse = SparseLinear(weight.numpy())
        sparse.is_dense = False
        with torch.inference_mode():
            times = [
                time_function(lambda product=product: [product() for _ in range(20)], size.runs)  # type: ignore[misc]
                for product in (lambda weight=weight: weight @ columns, lambda sparse=sparse: sparse(columns.numpy()))
            ]
        ratio = times[0].median / times[1].median
        yield Figure("linear maps", f"density 1/{share}: dense time / sparse time", ratio, "x")
