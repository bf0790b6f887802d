"""`altac verify`."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from altac.cli.opening import compile_file
from altac.cli.options import definitions, device_option, file_argument, json_option, level_option
from altac.cli.output import is_terminal, print_json
from altac.cli.progress import LateProgress
from altac.cli.trace_command import record
from altac.diagnostics import AltacError
from altac.driver import Compiled, embedded_program, open_model
from altac.engine.equivalence import Difference
from altac.engine.table import render_difference
from altac.ir.encode import encode_value
from altac.ir.interface import LONGEST
from altac.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from altac.engine.trace import Trace
    from altac.engine.verify import Pair, Report
    from altac.ir.rules import Feature
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model


@click.command(short_help="Compare weights with their program, state by state.")
@file_argument
@click.option("--weights", type=click.Path(path_type=Path), help="Weights to check; default: compile FILE now.")
@click.option(
    "--budget", type=click.IntRange(0), default=2000, show_default=True, help="Inputs to try exhaustively, short first."
)
@click.option(
    "--random", "drawn", type=click.IntRange(0), default=200, show_default=True, help="Random inputs up to full length."
)
@click.option(
    "--length", type=click.IntRange(0, LONGEST), help="Greatest length of random inputs; default: the program's."
)
@click.option("--seed", default=0, show_default=True, help="Of the random inputs.")
@click.option("--jobs", type=click.IntRange(1), help="Processes for what takes long; default: one for each core.")
@level_option
@definitions
@device_option
@json_option("The report as one JSON record.")
def command(
    file: Path,
    weights: Path | None,
    budget: int,
    drawn: int,
    length: int | None,
    seed: int,
    jobs: int | None,
    level: int,
    define: tuple[tuple[str, str], ...],
    device: str,
    as_json: bool,
) -> int:
    """Compare interpreter and weights on the whole state of every position after every sub-layer.

    First all inputs up to the greatest length that fits the budget, then random ones up to the full length. A
    difference is shrunk to a smallest input and shown as a difference of two traces.
    """
    if not budget and not drawn:
        raise click.UsageError("Nothing would be compared: allow inputs with --budget or with --random.")
    import torch

    from altac.engine.verify import Pair, plan_inputs, verify
    from altac.model.model import Model

    torch.set_num_threads(1)  # what is compared is spread over processes; and sums are rounded alike in all of them
    compiled = compile_file(file, define, level)
    model = compiled.model if weights is None else open_model(weights, device)
    model.module.to(device)
    features = compiled.rules.features if weights is None else features_of(model)
    answers_only = not isinstance(model, Model)  # learned from outputs: it has no other states
    plan = plan_inputs(compiled.program.interface, model.interface, budget, drawn, seed, length)
    pair = Pair(compiled.interpreter, model, features, answers_only, plain_of(model))
    begin = None if answers_only else partial(pair_of, pickle.dumps((compiled.program, model, features)))
    with LateProgress("inputs", len(plan)) as progress:
        report = verify(pair, plan, progress, jobs or default_jobs(device), begin)
    note = None
    if weights is not None and report.difference is None:
        difference, note = false_claim(model, compiled)
        report = replace(report, difference=difference)
    found = report.difference
    shown = found is not None and found.layer >= 0 and not answers_only
    traces = both_traces(pair, found.input) if found is not None and shown else None
    if as_json:
        whole = about(compiled, model, weights, device) | report.to_dict() | {"note": note} | dump(traces)
        print_json(whole)
    else:
        click.echo("\n".join(summary(report, pair, note)))
        if traces is not None:
            click.echo(difference_text(*traces))
    return int(found is not None)


def default_jobs(device: str) -> int:
    """One for each core that we may use; a device is not shared."""
    if device != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def features_of(model: Model | EncoderModel) -> Mapping[str, Feature]:
    """What the features of weights stand for, if this altac made them: it is not in the file, but follows from it."""
    if model.metadata.altac != __version__:
        return {}
    try:
        compiled = embedded_program(model.metadata)
        return compiled.rules.features if dict(compiled.program.state) == dict(model.domains) else {}
    except AltacError:
        return {}


def false_claim(model: Model | EncoderModel, compiled: Compiled) -> tuple[Difference | None, str | None]:
    """Where the certificate in a file claims longer inputs than the program's, compiled now at the same level.

    Or why that cannot be told, of weights that another altac made, or of a program that none of ours are exact for.
    Weights of another text, or of other parameters, may accept longer inputs, of which nothing is said.
    """
    from altac.model.model import Model

    if not isinstance(model, Model) or model.module.learned is not None:
        return None, None  # what was learned is exact for no input
    described, program = model.metadata, compiled.program
    overrides = {name: encode_value(value) for name, value in program.overrides}
    own_text = (described.source, described.overrides) == (program.source.text, overrides)
    bound = None if own_text else program.interface.longest
    if described.altac != __version__ or described.level not in range(3):
        made = f"altac {described.altac} at -O{described.level}"
        return None, f"(the certificate of the weights was made by {made}, and is not checked)"
    try:
        own = Compiled(program, (), described.level).weights.certificate.formats
    except AltacError:
        return None, "(the certificate of the weights is not checked: the program cannot be compiled)"
    for name, claim in described.certificate.formats.items():
        if name in own and claim.within(bound).exceeds(own[name]):
            what = f"the weights' certificate says {claim.text} in {name}, the program's says {own[name].text}"
            return Difference("", -1, what), None
    return None, None


def pair_of(pickled: bytes) -> Pair:
    """The engines that are compared; for the same bytes the same in every process."""
    import torch

    from altac.engine.verify import Pair

    torch.set_num_threads(1)
    program, model, features = pickle.loads(pickled)
    return Pair(Compiled(program, (), model.metadata.level).interpreter, model, features, plain=plain_of(model))


def plain_of(model: Model | EncoderModel) -> Model | None:
    """The same weights as the plain module executes them, where something else does."""
    from altac.model.model import Model

    if not isinstance(model, Model) or model.runner is model.module:
        return None
    return Model(model.module, model.metadata, "dense")


def about(compiled: Compiled, model: Model | EncoderModel, weights: Path | None, device: str) -> dict[str, Any]:
    """Which weights were checked, as plain types; `weights` is None where they were compiled for it.

    `accepts` has the greatest lengths of inputs that either accepts, None where there is none.
    """
    return {
        "program": model.interface.program,
        "weights": None if weights is None else str(weights),
        "altac": model.metadata.altac,
        "level": model.metadata.level,
        "precision": str(next(model.module.parameters()).dtype).removeprefix("torch."),
        "device": device,
        "accepts": {"program": compiled.program.interface.longest, "weights": model.interface.longest},
        "sublayers": list(getattr(model, "sublayers", ())),
    }


def dump(traces: tuple[Trace, Trace] | None) -> dict[str, Any]:
    """Both traces as `altac trace --json` gives them."""
    if traces is None:
        return {"traces": None}
    names, positions = list(traces[0].domains), list(range(len(traces[0].tokens)))
    kinds = ("interpreter", "weights")
    return {"traces": {kind: record(trace, names, positions) for kind, trace in zip(kinds, traces, strict=True)}}


def summary(report: Report, pair: Pair, note: str | None) -> list[str]:
    """What was compared, and how it ended; a note about the certificate."""
    difference = report.difference
    if difference is not None and difference.layer < 0:
        return [f"different: {difference.what}"]
    parts = []
    if report.exhaustive:
        plural = "" if report.exhaustive == 1 else "s"
        parts.append(f"all {report.exhaustive} input{plural} up to length {report.exhaustive_to}")
    if report.drawn:
        parts.append(f"{report.drawn} random ones up to length {report.longest} (seed {report.seed})")
    compared = " and ".join(parts) or "no input"
    longest, accepted = pair.program.interface.longest, pair.weights.interface.longest
    notes = [note] if note is not None else []
    if accepted != longest:
        bounds = ["of any length" if one is None else f"up to length {one}" for one in (accepted, longest)]
        notes += [f"(the weights accept inputs {bounds[0]}, the program {bounds[1]})"]
    if difference is None:
        return [f"equal on {compared}", *notes, f"greatest distance from exact values: {report.margin:.2g}"]
    return [f"different: {difference}", f"(looked for on {compared})", *notes]


def both_traces(pair: Pair, text: str) -> tuple[Trace, Trace]:
    """The traces of one input; that of the weights has one layer more than it should have at the most."""
    from altac.engine.protocol import trace_text

    expected = trace_text(pair.program, text)
    return expected, trace_text(pair.differing(text), text, expected.layers + 1)


def difference_text(expected: Trace, found: Trace) -> str:
    """The difference of two traces."""
    width = shutil.get_terminal_size().columns if is_terminal() else None
    names = [name for name in expected.domains if name not in ("token", "position")]
    lines = ["", "--- interpreter", "+++ weights", render_difference(expected, found, names, width)]
    for sign, trace in (("-", expected), ("+", found)):
        if trace.error is not None:
            lines.append(f"{sign} {trace.error.message}")
    if expected.difference(found) is None:
        lines.append("(nothing to be seen here: the difference is within a layer, or in the output)")
    return "\n".join(lines)
