"""`altac learn`: a program from examples."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import click

from altac.cli.files import PROGRAM, File
from altac.cli.opening import compile_file
from altac.cli.options import Time, definitions, imports_option, json_option, usable_device
from altac.cli.output import print_json, say
from altac.cli.overwriting import refuse_overwriting
from altac.cli.progress import LateProgress
from altac.data.sample import Request, draw_sets
from altac.diagnostics import AltacError, Source
from altac.diagnostics.words import counted, joined
from altac.syntax import parse_source
from altac.synthesis import Examples, Form, Shape, read_examples
from altac.synthesis.attempts import AUTO, Best, Step, attempts, chosen
from altac.synthesis.engine import Settings, State, engines
from altac.synthesis.examples import shape_of
from altac.synthesis.learning import Learned, Task, learned, share_of, symbols_of
from altac.synthesis.resuming import fingerprint, place_of, read_state, written
from altac.synthesis.scores.classes import read_word_file
from altac.system.files import refuse_unwritable, write_together

DATA = (".txt", ".jsonl", ".ndjson", ".csv", ".tsv", ".conll")
SAVED = 10.0  # seconds between two states of a search in a file
LONGEST = 12  # symbols of inputs that are drawn for another program


class Name(click.ParamType):  # type: ignore[type-arg]  # generic only in newer clicks
    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_name(str(value)):
            self.fail(f"`{value}` cannot be the name of a program", param, ctx)
        return str(value)


def is_name(text: str) -> bool:
    try:
        parse_source(Source("<name>", f"program {text}\n"))
    except AltacError:
        return False
    return text.isidentifier()


@click.command(short_help="Learn a program from examples.")
@click.argument("data", required=False, type=File(*DATA), metavar="[DATA]")
@click.option("-o", "--output", required=True, type=File(*PROGRAM), help="The program's file.")
@click.option(
    "--engine",
    type=click.Choice([AUTO, *engines()]),
    default=AUTO,
    show_default=True,
    help="How to learn; auto: search, where a rule may be behind the examples, then the others; else scores.",
)
@click.option("--time", "limit", type=Time(), default="10m", show_default=True, help="How long to try.")
@click.option("--seed", default=0, show_default=True, help="Random seed; the same seed gives the same program.")
@click.option(
    "--model",
    type=click.Choice(["free", "published", "both"]),
    help="gradient: the published model, one with freer heads, or both; default: both.",
)
@click.option("--device", help="gradient: where it is trained, such as cpu or cuda; default: cpu.")
@click.option("--name", type=Name(), help="The program's name; default: that of its file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Form)),
    default="auto",
    show_default=True,
    help="Of DATA: lines `input -> output`, JSON, a table, or columns of tokens and labels; auto: by its suffix.",
)
@click.option(
    "--shape",
    type=click.Choice(get_args(Shape)),
    help="An output for each position, one for the whole text, or a list; default: what most examples have.",
)
@click.option("--test", type=File(*DATA), help="Examples to measure with, in the place of a tenth of DATA.")
@click.option("--classes", type=File(".txt", ".vec"), help="Classes or vectors of words, for scores.")
@click.option("--from", "program", type=File(*PROGRAM), help="Learn what this program does, instead of DATA.")
@click.option("-n", "count", type=click.IntRange(1), help="Examples to draw with --from; default: 1,000.")
@click.option("--resume", is_flag=True, help="Go on with a search that was interrupted, or had no time left.")
@json_option("Print how right it is as one JSON record.")
@definitions
@imports_option
def command(
    data: Path | None,
    output: Path,
    engine: str,
    limit: tuple[str, float],
    seed: int,
    model: Literal["free", "published", "both"] | None,
    device: str | None,
    name: str | None,
    form: Form,
    shape: Shape | None,
    test: Path | None,
    classes: Path | None,
    program: Path | None,
    count: int | None,
    resume: bool,
    as_json: bool,
    define: tuple[tuple[str, str], ...],
) -> int:
    """Find a program that gives the outputs of the examples in DATA, and write it to a file.

    Its docstring says what it was learned from and how right it is on examples that were held out. The exit code is 1
    if a search ends with one that is wrong on any example. Ctrl-C keeps the best program so far.
    """
    if (data is None) == (program is None):
        raise click.UsageError("Give examples in a file, or a program with --from.")
    if program is None and (count or define):
        raise click.UsageError("-n and -D need a program to learn from: --from FILE.")
    every = engines()
    if engine != "gradient" and (model or device):
        raise click.UsageError("--model and --device are of --engine gradient.")
    if classes is not None and (engine == AUTO or not every[engine].of_words):
        raise click.UsageError("--classes is for words that a score learns from: --engine scores.")
    settings = Settings(
        name=name or name_of(output),
        seconds=limit[1],
        seed=seed,
        words=None if classes is None else read_word_file(classes),
        model=model or "both",
        device=usable_device(device or "cpu"),
    )
    beside = next((output.with_name(f"{settings.name}{one.beside}") for one in every.values() if one.beside), None)
    state = place_of(output)
    refuse_overwriting([output, state], program, data, test, classes, folder=beside)
    refuse_unwritable(output)
    if program is not None:
        examples, origin = drawn_examples(program, define, count or 1000, seed, shape), f"{program.name}, run"
    else:
        assert data is not None
        examples, origin = read_examples(data, form, shape), data.name
    held_out = None if test is None else read_examples(test, form, examples.shape)
    task = Task.of(examples, origin, seed, held_out)
    tried, reason = chosen(task, every, engine)
    if reason:
        say(f"learning by {joined(list(tried))}: {reason}")
    search = fingerprint(task.learned_from, settings)
    if resume:
        settings = replace(settings, state=read_state(state, search, len(task.learned_from)))
    best = best_of(attempts(task, tried, settings), Saved(state, search, resume))
    if best is None:
        say("nothing was found in this time")
        return 1
    by = f"{best.engine}, chosen by auto" if engine == AUTO else engine
    found = learned(best.candidate, best.task, by, settings, limit[0])
    files = {output.name: found.text, **found.files}
    write_together(output.parent, {name: text.encode() for name, text in files.items()})
    if as_json:
        print_json({"program": str(output), "engine": best.engine, **record(found)})
    else:
        click.echo(f"{output}: {counted(len(found.text.splitlines()), 'line')}, by {best.engine}")
        click.echo(f"  right on {share_of(found.known)} examples that it is learned from")
        click.echo(f"  right on {share_of(found.held_out)} held out; {symbols_of(found.held_out)}")
    return 0 if found.perfect or not every[best.engine].exact else 1


def drawn_examples(
    program: Path, define: tuple[tuple[str, str], ...], count: int, seed: int, shape: Shape | None
) -> Examples:
    """What a program answers to random inputs."""
    interpreter = compile_file(program, define).interpreter
    interface = interpreter.interface
    longest = LONGEST if interface.longest is None else min(LONGEST, interface.longest)
    with LateProgress("inputs") as progress:
        drawn, _ = draw_sets(interface, [Request(count, 1, longest)], seed=seed, engine=interpreter, progress=progress)
    inputs = tuple(tuple(interface.parse(result.input)) for result in drawn[0].results)
    outputs = tuple(result.output or () for result in drawn[0].results)
    return Examples(inputs, outputs, shape or shape_of(inputs, outputs))


def name_of(output: Path) -> str:
    """A program's name from that of its file."""
    name = re.sub(r"\W", "_", output.stem, flags=re.ASCII).lower()
    return name if is_name(name) else f"learned_{name}" if is_name(f"learned_{name}") else "learned"


class Saved:
    """The state of a search, in a file that is there until the search has come to its end."""

    def __init__(self, path: Path, search: str, resumed: bool) -> None:
        self.path, self.search, self.is_there = path, search, resumed
        self.state: State | None = None
        self.until = time.monotonic() + SAVED

    def keep(self, state: State | None) -> None:
        """Note a state; write it now and then."""
        self.state = state
        if state is not None and time.monotonic() > self.until:
            self.write(state)

    def write(self, state: State) -> None:
        write_together(self.path.parent, {self.path.name: written(state, self.search)})
        self.is_there, self.until = True, time.monotonic() + SAVED

    def end(self) -> None:
        """Write the last state, or remove that of a search that has none any more."""
        if self.state is not None:
            self.write(self.state)
        elif self.is_there:
            self.path.unlink(missing_ok=True)


def best_of(steps: Iterator[Step], saved: Saved) -> Best | None:
    """The best program that engines propose; an interrupt keeps the best until then."""
    best: Best | None = None
    try:
        with LateProgress("searching") as progress:
            for step in steps:
                best = step.best
                saved.keep(step.state)
                progress.stage(f"{step.engine}: {step.trying}{of_best(step.best)}")
    except KeyboardInterrupt:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)  # it would be raised again
        saved.end()
        if best is None:
            raise
        say(f"interrupted: this is the best so far{'' if saved.state is None else '; --resume goes on from here'}")
        return best
    saved.end()
    if saved.state is not None:
        say("the time was up; --resume goes on from here")
    return best


def of_best(best: Best | None) -> str:
    return "" if best is None else f"; best {share_of(best.score)}, by {best.engine}"


def record(found: Learned) -> dict[str, Any]:
    parts = {"learned_from": found.known, "held_out": found.held_out}
    return {name: vars(score) for name, score in parts.items()}
