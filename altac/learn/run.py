"""One training run from its config to its folder.

The folder holds `run.toml`, `log.csv`, `tensorboard/`, `checkpoint.pt` and `model.pt`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altac.analysis.evaluate import Baseline
from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import (
    ConfigNotText,
    FolderOfRun,
    NoProgram,
    NoRun,
    NoTests,
    NumberUntrainable,
    PathNotText,
    UnreadableConfig,
    WriterUntrainable,
)
from altac.driver import DEFAULT_LEVEL, Compiled, compile_source, load_source
from altac.ir.heads import Head
from altac.ir.numbers import is_open
from altac.ir.program import Kept, Program, Variable
from altac.learn.group import ProcessGroup, process_group
from altac.learn.inputs import run_inputs
from altac.learn.loop import Questions, Report, train
from altac.learn.origin import run_origin
from altac.learn.output_supervision import OutputTask
from altac.learn.settings import TrainingConfig, config_text, read_config
from altac.learn.task import Task
from altac.learn.trace_supervision import TraceTask
from altac.system.files import write_whole

FILES = ("run.toml", "log.csv", "checkpoint.pt", "model.pt")  # that a run writes into its folder


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        row: the last line of its log.
        questions: the inputs on which the model was tested.
        left_out: the number of test inputs to which the program has no answer.
        leads: whether this is the leading process.
    """

    row: dict[str, float]
    questions: Questions
    left_out: int
    leads: bool

    def record(self) -> dict[str, Any]:
        """As plain types."""
        found: dict[str, Any] = {"step": int(self.row["step"]), "loss": self.row["loss"], "left_out": self.left_out}
        for kind, expected in self.questions.asked().items():
            baseline = Baseline.of(question.output for question in expected)
            found[kind] = {
                "inputs": len(expected),
                "accuracy": self.row[f"{kind}_accuracy"],
                "baseline": self.row[f"{kind}_baseline"],
                "most_frequent": " ".join(baseline.output) if baseline else None,
            }
        return found


def refuse_untrainable(program: Program) -> None:
    """Make sure that all that a program knows has finitely many values, and that it answers at once.

    Raises:
        AltacError: if something is a number, or it writes.
    """
    if program.interface.writing is not None:
        raise AltacError([WriterUntrainable(None, program.name)])
    named: list[Variable | Kept | Head] = [*program.variables, *program.introduced, *program.heads]
    for one in named:
        if is_open(one.domain):
            raise AltacError([NumberUntrainable(one.span, one.name)])


def start_run(
    config: TrainingConfig,
    folder: Path,
    report: Report,
    resume: bool = False,
    stage: Callable[[str, int | None], None] | None = None,
) -> Outcome:
    """Train, alone or as one of the processes of `torchrun`.

    Args:
        resume: resume from the folder's checkpoint; otherwise the folder must not hold a run.
        report: called with each line of the log, in the leading process.
        stage: called in the leading process with what it begins to do, and the number of steps while it trains.

    Raises:
        AltacError: if the program, the inputs or the config cannot be used, or the folder cannot be written.
    """
    if not resume and (folder / "checkpoint.pt").exists():
        raise AltacError([FolderOfRun(None, str(folder))])
    if not config.program:
        raise AltacError([NoProgram(None)])
    with process_group(config.device) as group:

        def begin(what: str, total: int | None = None) -> None:
            if stage is not None and group.leads:
                stage(what, total)

        begin("reading the program")
        compiled = compile_source(
            load_source(Path(config.program)), DEFAULT_LEVEL, definitions(config), config.imports_from or None
        )
        refuse_untrainable(compiled.program)
        begin("reading the inputs" if config.input else "drawing inputs")
        texts, test_texts = run_inputs(compiled, config)
        begin("running the program on the inputs")
        task = build_task(compiled, config, texts, test_texts, group)
        questions = Questions.of(compiled.interpreter, texts, test_texts)
        if config.target and not questions.tests:
            raise AltacError([NoTests(None)])
        origin = run_origin(compiled.program, config, texts, test_texts)
        if group.leads and not resume:
            write_whole(folder / "run.toml", encoded(config.to_toml(folder)))
        begin("steps", config.steps)
        row = train(task, config, questions, folder, group, resume, report, origin)
        return Outcome(row, questions, len(test_texts) - len(questions.tests), group.leads)


def encoded(settings: str) -> bytes:
    """Settings as a file has them.

    Raises:
        AltacError: if the name of a file in them is not text.
    """
    try:
        return settings.encode()
    except UnicodeEncodeError:
        raise AltacError([PathNotText(None)]) from None


def resumed_config(folder: Path) -> TrainingConfig:
    """The config of the run in a folder.

    Raises:
        AltacError: if there is none, or it is damaged.
    """
    path = folder / "run.toml"
    try:
        text = config_text(path)
    except (FileNotFoundError, NotADirectoryError):
        raise AltacError([NoRun(None, str(folder))]) from None
    except UnicodeDecodeError:
        raise AltacError([ConfigNotText(None, str(folder))]) from None
    except OSError as error:
        raise AltacError([UnreadableConfig(None, str(folder), (error.strerror or str(error)).lower())]) from None
    return read_config(text, str(path))


def definitions(config: TrainingConfig) -> dict[str, str]:
    pairs = [definition.partition("=") for definition in config.define]
    return {name: value for name, _, value in pairs}


def build_task(
    compiled: Compiled, config: TrainingConfig, texts: list[str], tests: list[str], group: ProcessGroup
) -> Task:
    if config.supervision == "output":
        return OutputTask(compiled, config, texts, tests, group.device)
    return TraceTask(compiled, config, texts, group.device)
