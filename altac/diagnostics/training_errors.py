"""E0621, E0625 and E0626: trainings that cannot begin; E0622: runs that cannot be resumed."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record

WRITTEN = "compare it with a `run.toml` that altac wrote"


@record
class BadTraining(Diagnostic):
    """A setting, or what it names, that cannot be used."""

    code = "E0621"


# The file of a config --------------------------------------------------------------------------------------------


@record
class ConfigTooLong(BadTraining):
    title = "cannot train: `{path}`: it has more than {limit:,} bytes"
    help = WRITTEN
    path: str
    limit: int


@record
class ConfigNotToml(BadTraining):
    title = "cannot train: `{path}`: it is not TOML: {problem}"
    help = WRITTEN
    path: str
    problem: str  # as the parser says it


@record
class ConfigTooDeep(BadTraining):
    title = "cannot train: `{path}`: it is nested too deeply"
    help = WRITTEN
    path: str


@record
class PathNotText(BadTraining):
    """A config names a file, and is written as text."""

    title = "cannot train: `run.toml`: a file's name is not UTF-8 text"
    help = "rename that file"


# Single settings -------------------------------------------------------------------------------------------------


@record
class UnknownSetting(BadTraining):
    title = "cannot train: `{name}`: there is no such setting"
    help = "there are: {listed}"
    name: str
    known: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": ", ".join(self.known)}


@record
class SettingOfOtherType(BadTraining):
    title = "cannot train: `{name}`: {value} is not {wanted}"
    help = WRITTEN
    name: str
    value: str  # as Python writes it
    kind: type | None  # None for a list

    def facts(self) -> dict[str, Any]:
        nouns = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
        return {**super().facts(), "wanted": "a list" if self.kind is None else nouns[self.kind]}


@record
class SettingNotAChoice(BadTraining):
    title = "cannot train: `{name}`: it is {value}"
    help = "choose one of {listed}"
    name: str
    value: str  # as Python writes it
    choices: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": ", ".join(self.choices)}


@record
class SettingOutOfRange(BadTraining):
    title = "cannot train: `{name}`: it is {value}"
    help = "choose a number from {least} to {most:,}"
    name: str
    value: float
    least: float
    most: float


@record
class NoDecay(BadTraining):
    title = "cannot train: `decay`: it is 0"
    help = "1 keeps the learning rate, 0.01 leaves a hundredth of it"


@record
class NotLengths(BadTraining):
    title = "cannot train: `{name}`: `{text}` is not a range of lengths"
    help = "write the least and the greatest, as `0..20`"
    name: str
    text: str


@record
class LengthsTooGreat(BadTraining):
    title = "cannot train: `{name}`: it is {text}"
    help = "choose lengths up to {limit:,}"
    name: str
    text: str
    limit: int


# Settings that do not fit together, or this machine --------------------------------------------------------------


@record
class SettingOfOtherSupervision(BadTraining):
    title = "cannot train: `{name}`: it does nothing with {supervision} supervision"
    help = "leave it out, or train with `--supervision {other}`"
    name: str
    supervision: str
    other: str


@record
class SettingBesideFile(BadTraining):
    title = "cannot train: `{name}`: it does nothing beside `{file}`, which is a file"
    help = "leave one of them out, also of the config"
    name: str
    file: str  # the setting that names it


@record
class NoHiddenLayer(BadTraining):
    title = "cannot train: `hidden`: an MLP needs a hidden layer"
    help = "give its units, such as `128,128`"


@record
class WidthNotShared(BadTraining):
    title = "cannot train: `heads`: {heads} heads cannot share a width of {width}"
    help = "let it be a multiple"
    heads: int
    width: int


@record
class LayersNotShared(BadTraining):
    title = "cannot train: `layers`: a number that depends on the input needs shared weights"
    help = "add `--shared`"


@record
class BatchNotShared(BadTraining):
    title = "cannot train: `batch`: {processes} processes cannot share {examples} examples"
    help = "make it a multiple"
    processes: int
    examples: int


@record
class NoAdafactor(BadTraining):
    title = "cannot train: `optimizer`: this PyTorch has no Adafactor"
    help = 'install a newer one: pip install "torch>=2.5"'


# Programs, inputs and folders ------------------------------------------------------------------------------------


@record
class NoProgram(BadTraining):
    title = "cannot train: `program`: none is named"
    help = "name its file: `altac train FILE.alta`"


@record
class StateInOutput(BadTraining):
    title = "cannot train: `supervision`: `output ... where` asks for the program's state, which is not learned"
    help = "use trace supervision, or write the output to every position"


@record
class UnreadableInputs(BadTraining):
    title = "cannot train: `{path}`: {reason}"
    help = "name a file with one input a line"
    path: str
    reason: str


@record
class NoInputs(BadTraining):
    title = "cannot train: `input`: `{path}` is empty"
    help = "write one input a line"
    path: str


@record
class NoStep(BadTraining):
    title = "cannot train: `input`: no training input takes a single layer, so there is no step to learn"
    help = "use others, or train with `--supervision output`"


@record
class LayerNotRun(BadTraining):
    title = "cannot train: `input`: no training input runs the layer `{layer}`, so its step cannot be learned"
    help = "use others, or train with `--supervision output`"
    layer: str


@record
class NoAnswers(BadTraining):
    title = "cannot train: `input`: on no training input has the program an output"
    help = "use others"


@record
class NoTests(BadTraining):
    title = "cannot train: `target`: there are no test inputs with an answer"
    help = "give some: `--test FILE`"


@record
class FolderOfRun(BadTraining):
    title = "cannot train: `{folder}`: this folder holds a run"
    help = "resume that one: `altac train --resume -o {folder}`; or choose another folder with `-o`"
    folder: str


# Runs that are resumed -------------------------------------------------------------------------------------------


@record
class CannotResume(Diagnostic):
    code = "E0622"
    folder: str


@record
class NoRun(CannotResume):
    title = "cannot resume the run in `{folder}`: there is none"
    help = "name the folder of a run, which holds `run.toml`; or start one, without `--resume`"


@record
class UnreadableConfig(CannotResume):
    title = "cannot resume the run in `{folder}`: `run.toml`: {reason}"
    help = "bring back the file that altac wrote"
    reason: str


@record
class ConfigNotText(CannotResume):
    title = "cannot resume the run in `{folder}`: `run.toml`: not UTF-8 text"
    help = "bring back the file that altac wrote"


@record
class UnreadableCheckpoint(CannotResume):
    title = "cannot resume the run in `{folder}`: `{file}`: {reason}"
    help = "a run writes its first checkpoint after `checkpoint_every` steps"
    file: str
    reason: str


@record
class DamagedCheckpoint(CannotResume):
    title = "cannot resume the run in `{folder}`: `{file}` is damaged"
    help = "start a new run in another folder"
    file: str


@record
class OriginChanged(CannotResume):
    title = "cannot resume the run in `{folder}`: what decides it has changed: {listed}"
    help = "bring back what it began with, or start a new run in another folder with `-o`"
    changed: tuple[str, ...]  # such as "the program" and "`seed`"

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "listed": ", ".join(self.changed)}


@record
class WriterUntrainable(Diagnostic):
    title = "`{name}` writes, and what is learned answers an input at once"
    label = "writes what it reads next"
    help = "leave `generate` out: what is learned then is the next symbol"
    code = "E0626"
    name: str


@record
class NumberUntrainable(Diagnostic):
    title = "what is learned are values of finite domains, and `{name}` is a number"
    label = "a number"
    help = "give it a finite domain of values: `head x: {{0, 1/2, 1}} = mean ...`"
    code = "E0625"
    name: str
