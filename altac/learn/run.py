"""One training run from its config to its folder.

The folder holds `run.toml`, `log.csv`, `tensorboard/`, `checkpoint.pt` and `model.pt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import CannotResume
from altac.driver import DEFAULT_LEVEL, Compiled, compile_source, load_source
from altac.learn.config import TrainingConfig, config_text, read_config, refused
from altac.learn.group import Group, process_group
from altac.learn.inputs import run_inputs
from altac.learn.loop import Questions, Report, train
from altac.learn.origin import run_origin
from altac.learn.output_supervision import OutputTask
from altac.learn.task import Task
from altac.learn.trace_supervision import TraceTask
from altac.system.files import write_whole

FILES = ("run.toml", "log.csv", "checkpoint.pt", "model.pt")  # that a run writes into its folder


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the last line of its log, the number of test inputs, and of those that were left out, for the
    program has no answer to them; and whether this is the leading process."""

    row: dict[str, float]
    tests: int
    left_out: int
    leads: bool


def start_run(config: TrainingConfig, folder: Path, report: Report, resume: bool = False) -> Outcome:
    """Train, alone or as one of the processes of `torchrun`.

    Args:
        resume: go on from the folder's checkpoint; else the folder must not hold a run.
        report: called with each line of the log.

    Raises:
        AltacError: if the program, the inputs or the config cannot be used, or the folder cannot be written.
    """
    if not resume and (folder / "checkpoint.pt").exists():
        hint = f"go on with that one: `altac train --resume -o {folder}`; or choose another folder with `-o`"
        raise refused(str(folder), "this folder holds a run", hint)
    if not config.program:
        raise refused("program", "none is named", "name its file: `altac train FILE.alta`")
    with process_group(config.device) as group:
        compiled = compile_source(load_source(Path(config.program)), DEFAULT_LEVEL, definitions(config))
        texts, test_texts = run_inputs(compiled, config)
        task = build_task(compiled, config, texts, test_texts, group)
        tests = Questions.of(compiled.interpreter, test_texts)
        if config.target and not tests.texts:
            raise refused("target", "there are no test inputs with an answer", "give some: `--test FILE`")
        origin = run_origin(compiled.program, config, texts, test_texts)
        if group.leads and not resume:
            write_whole(folder / "run.toml", encoded(config.to_toml(folder)))
        row = train(task, config, tests, folder, group, resume, report, origin)
        return Outcome(row, len(tests.texts), len(test_texts) - len(tests.texts), group.leads)


def encoded(settings: str) -> bytes:
    """Settings as a file has them.

    Raises:
        AltacError: if the name of a file in them is not text.
    """
    try:
        return settings.encode()
    except UnicodeEncodeError:
        raise refused("run.toml", "a file's name is not UTF-8 text", "rename that file") from None


def resumed_config(folder: Path) -> TrainingConfig:
    """The config of the run in a folder.

    Raises:
        AltacError: if there is none, or it is damaged.
    """
    path = folder / "run.toml"
    try:
        text = config_text(path)
    except (FileNotFoundError, NotADirectoryError):
        hint = "name the folder of a run, which holds `run.toml`; or start one, without `--resume`"
        raise AltacError([CannotResume(None, str(folder), "there is none", hint)]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "not UTF-8 text"
        hint = "bring back the file that altac wrote"
        raise AltacError([CannotResume(None, str(folder), f"`run.toml`: {reason}", hint)]) from None
    return read_config(text, str(path))


def definitions(config: TrainingConfig) -> dict[str, str]:
    pairs = [one.partition("=") for one in config.define]
    return {name: value for name, _, value in pairs}


def build_task(compiled: Compiled, config: TrainingConfig, texts: list[str], tests: list[str], group: Group) -> Task:
    if config.supervision == "output":
        return OutputTask(compiled, config, texts, tests, group.device)
    return TraceTask(compiled, config, texts, group.device)
