"""E06..: inputs and runs; E07..: model files. They have no place in a source text; the message says where."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import AltacError, Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import shortened


@record
class RunFailed(Diagnostic):
    """An input that is not accepted, or a run without a result; the code is that of the failure."""

    code = "E0600"
    title = "{where}{problem}"
    help = "{hint}"
    failure: str
    where: str
    problem: str
    hint: str

    @staticmethod
    def of(error: Any, where: str = "") -> RunFailed:
        """From a `RunError`; `where` is such as `inputs.txt:3: `."""
        failed = RunFailed(None, error.code, where, error.message, error.help)
        object.__setattr__(failed, "code", error.code)
        return failed


@record
class WrongArgument(Diagnostic):
    """A function of the Python API was called with something that it does not take."""

    code = "E0607"
    title = "{what} must be {expected}, not {found}"
    help = "write it as `{example}`"
    what: str
    expected: str
    found: str
    example: str

    @staticmethod
    def error(what: str, expected: str, value: object, example: str) -> AltacError:
        found = "None" if value is None else f"the {type(value).__name__} {shortened(value)}"
        return AltacError([WrongArgument(None, what, expected, found, example)])


@record
class UnusableDevice(Diagnostic):
    code = "E0624"
    title = "the device `{name}` cannot be used here: {reason}"
    help = 'name one that PyTorch has on this machine, such as "cpu"'
    name: str
    reason: str


@record
class MissingExtra(Diagnostic):
    code = "E0608"
    title = "this needs `{package}`, which is not installed"
    help = 'it comes with the extra `{extra}`: pip install ".[{extra}]" in a checkout of altac'
    package: str
    extra: str


@record
class BadProperty(Diagnostic):
    code = "E0609"
    title = "`{text}` is not a property of inputs: {reason}"
    help = (
        'there are `length`, `first`, `last`, `count("a")`, `output`, whole numbers, symbols in quotes, `true`, '
        "`false`, `none`, `+ - * // %`, comparisons, `and`, `or` and `not`"
    )
    text: str
    reason: str


@record
class CannotRead(Diagnostic):
    code = "E0610"
    title = "cannot read `{name}`: {reason}"
    help = "name a file of inputs, one a line"
    name: str
    reason: str


@record
class OtherTraces(Diagnostic):
    code = "E0611"
    title = "cannot resume the traces in `{folder}`: {reason}"
    help = "choose another folder with `-o`, or remove this one"
    folder: str
    reason: str


@record
class InputsChanged(Diagnostic):
    code = "E0612"
    title = "cannot resume the traces in `{folder}`: `{source}` has changed, somewhere from line {line} on"
    help = "choose another folder with `-o`, or bring the old inputs back"
    folder: str
    source: str
    line: int  # the first of the first shard that differs


@record
class TooFewInputs(Diagnostic):
    code = "E0614"
    title = "of {lengths} {verdict}{purpose}, not {count:,}"
    help = "{hint}"
    count: int
    found: int
    kind: str
    purpose: str
    least: int
    most: int
    among: int | None  # so many random ones were looked at; None if all were
    remedy: str | None  # what else can be done

    def facts(self) -> dict[str, Any]:
        lengths = f"length {self.least}" if self.least == self.most else f"lengths {self.least}..{self.most}"
        if self.among is None:
            kind = self.kind.replace("inputs", "input") if self.found == 1 else self.kind
            if self.purpose:
                verdict = f"only {self.found:,} {kind} {'is' if self.found == 1 else 'are'} left"
            else:
                verdict = f"there {'is' if self.found == 1 else 'are'} only {self.found:,} {kind}"
            shared = " for either set, which share them" if self.purpose else ""
            hint = f"ask for fewer or longer ones{shared}"
        else:
            verdict = f"only {self.found:,} of {self.among:,} different random inputs have a result"
            hint = "hardly any random input has one: ask for fewer, or for other lengths"
        if self.remedy is not None:
            hint += f", or {self.remedy}"
        return {**super().facts(), "lengths": lengths, "verdict": verdict, "hint": hint}


@record
class NoCluster(Diagnostic):
    code = "E0615"
    title = "{what}: {reason}"
    help = "{hint}"
    reason: str
    address: str | None  # of the cluster; None to start Ray here

    def facts(self) -> dict[str, Any]:
        if self.address is None:
            what = "Ray does not start on this machine"
            hint = (
                "its logs are in /tmp/ray/session_latest/logs; without `--engine ray`, processes of altac do the same"
            )
        else:
            what = f"no Ray cluster answers at `{self.address}`"
            hint = "see that it runs with `ray status`, or unset RAY_ADDRESS to start Ray on this machine"
        return {**super().facts(), "what": what, "hint": hint}


@record
class BadTraining(Diagnostic):
    code = "E0621"
    title = "cannot train: `{name}`: {reason}"
    help = "{hint}"
    name: str
    reason: str
    hint: str


@record
class CannotResume(Diagnostic):
    code = "E0622"
    title = "cannot resume the run in `{name}`: {reason}"
    help = "{hint}"
    name: str
    reason: str
    hint: str


@record
class BadModelFile(Diagnostic):
    code = "E0701"
    title = "`{name}` is not a model that altac can load: {reason}"
    help = "name a file that altac wrote, or make one: `altac compile FILE.alta -o MODEL.pt`"
    name: str
    reason: str


@record
class CannotWrite(Diagnostic):
    code = "E0702"
    title = "cannot write `{name}`: {reason}"
    help = "{hint}"
    name: str
    reason: str
    hint: str


@record
class NotExact(Diagnostic):
    code = "E0703"
    title = "in {format} the weights of `{name}` are exact for no input ({reason})"
    help = "run them in float32, as they are compiled: `model.module.float()`"
    name: str
    format: str
    reason: str


@record
class HookOnModel(Diagnostic):
    """It would never be called."""

    code = "E0704"
    title = "{part} of the whole module does not act on runs, which go layer by layer"
    help = "put it on a part of the module, such as `module.attention`, `module.mlps[0]` or `module.unembedding`"
    part: str


@record
class UnfitPart(Diagnostic):
    """A user has replaced it."""

    code = "E0707"
    title = "`{part}` {problem}"
    help = "{hint}"
    part: str
    problem: str
    hint: str


@record
class NotSparse(Diagnostic):
    code = "E0705"
    title = "sparse execution is for compiled weights as altac made them, on a CPU and in float32"
    help = 'use `execution="auto"`: it runs the module itself where it has hooks, was moved or learned its step'


@record
class NotSavable(Diagnostic):
    code = "E0706"
    title = (
        "a file holds weights alone, and this module has hooks, or parts, methods or tensors that altac did not make"
    )
    help = "remove the hooks, or write what they do into the weights, then save it"
