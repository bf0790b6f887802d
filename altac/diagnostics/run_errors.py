"""E06..: inputs and runs; E07..: model files. They have no place in a source text; the message says where."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any, Self

from altac.diagnostics.diagnostic import AltacError, Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import listed, shortened

COMPARE = "compare the weights with their program: `altac verify FILE.alta --weights MODEL`"


@record
class RunFailed(Diagnostic):
    """Why an input has no result: it is not accepted, or its run fails."""

    column: int | None = field(default=None, kw_only=True)  # in the input, from 1
    where: str | None = field(default=None, kw_only=True)  # the beginning of the message; None for the column alone

    @property
    def reason(self) -> str:
        """The message without the place."""
        return super().message

    @property
    def message(self) -> str:
        return self._column + self.reason if self.where is None else self.where + self.reason

    def in_line(self, place: str) -> Self:
        """The same with the place of the line or the file that holds the input, such as `inputs.txt:3`."""
        return replace(self, where=f"{place}: " if self.column is None else f"{place}:{self.column}: ")

    def of_input(self, text: str) -> Self:
        """The same with the input itself."""
        return replace(self, where=f'input "{text}": {self._column}')

    @property
    def _column(self) -> str:
        return "" if self.column is None else f"column {self.column}: "


def called(name: str) -> str:
    """The name of a layer after its number."""
    return f" ({name})" if name else ""


@record
class HeadDisagrees(RunFailed):
    code = "E0603"
    title = "the head `{head}` selects positions that disagree, in layer {layer}{called} at position {position}{found}"
    head: str
    layer: int
    position: int
    brought: tuple[tuple[str, int], ...] = ()  # values and where they are from; weights do not know them
    learned: bool = False
    name: str = ""  # of the layer, with its round

    def facts(self) -> dict[str, Any]:
        found = " and ".join(f"{value} at position {place}" for value, place in self.brought)
        return {**super().facts(), "found": found and f": {found}", "called": called(self.name)}

    @property
    def help_text(self) -> str:
        if self.learned:
            return COMPARE
        which = "`first`, `last`, `closest`, `max` or `min`"
        return f"select one position, or say whose value: {which} in the head `{self.head}`"


@record
class NeverHalts(RunFailed):
    code = "E0604"
    title = "the run never halts: after layer {layer}{called} the state is one that it had before"
    layer: int
    learned: bool = False
    name: str = ""  # of the layer, with its round

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "called": called(self.name)}

    @property
    def help_text(self) -> str:
        word = "until" if self.name else "halt when"
        return COMPARE if self.learned else f"check that `{word}` becomes true at every position"


@record
class StateUnclear(RunFailed):
    code = "E0605"
    title = "the residual stream holds no value of a variable"
    help = COMPARE


@record
class OutputUnclear(StateUnclear):
    title = "the model's output is not a value of its variable"


@record
class TooManyLayers(RunFailed):
    code = "E0620"
    title = "the run does not halt within {layers} layers{named}, the most that this model may take"
    layers: int
    learned: bool
    name: str = ""

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "named": self.name and f" (the last is {self.name})"}

    @property
    def help_text(self) -> str:
        return COMPARE if self.learned else "let it take more: `model.allowing(1000)`"


@record
class DepthUnknown(RunFailed):
    code = "E0623"
    title = "this model takes as many layers as its program, which nobody has asked"
    help = "open it with `altac run` or `altac.load`"


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
class NoScore(Diagnostic):
    code = "E0616"
    title = "{what} shows what is added up for an output, and nothing is added up for `{variable}` here"
    help = (
        "use a program whose output is a `score`, or weights compiled from one: a model that learned answers has none"
    )
    what: str
    variable: str


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
class BadModelFile(Diagnostic):
    code = "E0701"
    title = "`{name}` is not a model that altac can load: {reason}"
    help = "name a file that altac wrote, or make one: `altac compile FILE.alta -o MODEL.pt`"
    name: str
    reason: str


@record
class CannotWrite(Diagnostic):
    code = "E0702"
    name: str


@record
class WriteFailed(CannotWrite):
    title = "cannot write `{name}`: {reason}"
    reason: str
    option: str | None = "-o"  # that names the place; None for a file that is rewritten where it is

    @property
    def help_text(self) -> str:
        if self.option is None:
            return "check its permissions, and the space left on the disk"
        return f"choose another place with `{self.option}`"


@record
class SuffixOfNoModel(CannotWrite):
    title = "cannot write `{name}`: its suffix is not that of a model"
    help = "name it {usual}"
    suffixes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        usual = listed([f"something{suffix}" for suffix in self.suffixes], "or")
        return {**super().facts(), "usual": usual}


@record
class FolderInUse(CannotWrite):
    title = "cannot write `{name}`: another process is writing traces there"
    help = "wait until it ends, then run the same command again; or choose another folder with `-o`"


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
    help = "put it on a part of the module, such as `module.layers[0].attention` or `module.unembedding`"
    part: str


@record
class UnfitPart(Diagnostic):
    """A user has put something in the place of a part, or nothing."""

    code = "E0707"
    help = "assign a part again; to silence one, set its weights to zero"
    part: str


@record
class PartMissing(UnfitPart):
    title = "`{part}` is missing"


@record
class PartIsNone(UnfitPart):
    title = "`{part}` is None"


@record
class PartIsNoModule(UnfitPart):
    title = "`{part}` is not a module"


@record
class PartsAreNoList(UnfitPart):
    title = "`{part}` is not a list of modules"
    help = "write `torch.nn.ModuleList([...])`"


@record
class PartsAreNoDictionary(UnfitPart):
    title = "`{part}` is not a dictionary of modules"
    help = "write `torch.nn.ModuleDict({{...}})`"


@record
class PartWithoutMethod(UnfitPart):
    title = "`{part}` has no method `{method}`"
    help = "give it that of the part it replaces: `{method} = {part}.{method}`"
    method: str


@record
class PartOfOtherNumbers(UnfitPart):
    title = "`{part}` holds {kind} beside {others}"
    help = "convert the whole model, `model.to(torch.float64)`, or the part to the numbers of the others"
    kind: str
    others: str


@record
class PartFails(UnfitPart):
    title = "`{part}` cannot run in its place: {error}"
    help = "what replaces a part takes and returns what the part does, as in `altac/model/transformer.py`"
    error: str


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
