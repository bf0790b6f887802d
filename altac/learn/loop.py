"""The training loop, for every kind of supervision: steps, logs, tests, checkpoints, and the end.

A step depends on the config, the parameters and its own number alone. So a run that goes on from a checkpoint has the
same losses as one that was never interrupted, and several processes see the batches that one would see.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Generator, optim

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import CannotResume
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.learn.checkpoint import load_checkpoint, save_checkpoint
from altac.learn.config import TrainingConfig, refused
from altac.learn.group import Group
from altac.learn.logs import Logs
from altac.learn.optimizers import build_optimizer, learning_rate
from altac.learn.origin import Origin
from altac.learn.task import Task
from altac.model.precision import products

Report = Callable[[dict[str, float]], None]
Answer = tuple[object, ...] | str | None  # an output, or the code of an error


@dataclass(frozen=True)
class Questions:
    """Test inputs with the program's answers."""

    texts: tuple[str, ...]
    answers: tuple[Answer, ...]

    @staticmethod
    def of(engine: Engine, texts: Sequence[str]) -> Questions:
        """As `altac evaluate` asks them: inputs on which the program fails are left out."""
        known = [one for one in run_texts(engine, texts) if one.error is None]
        return Questions(tuple(one.input for one in known), tuple(map(answer, known)))

    def accuracy(self, engine: Engine) -> float:
        """The part of the inputs on which an engine gives the same answer."""
        results = run_texts(engine, self.texts)
        return sum(answer(one) == wanted for one, wanted in zip(results, self.answers, strict=True)) / len(results)


def answer(result: Result) -> Answer:
    return result.output if result.error is None else result.error.code


def train(
    task: Task,
    config: TrainingConfig,
    tests: Questions,
    folder: Path,
    group: Group,
    resume: bool,
    report: Report,
    origin: Origin,
) -> dict[str, float]:
    """Train until the last step, or until the target is reached; the last line of the log.

    Args:
        origin: what the run begins with; a run that goes on must have begun with the same.
        folder: where `log.csv`, `checkpoint.pt` and `model.pt` are written.
        report: called with each line of the log, in the leading process.

    Raises:
        AltacError: if something cannot be written, or the checkpoint to go on from cannot be read, or is of a run that
            began with something else.
    """
    if config.batch % group.size:
        raise refused("batch", f"{group.size} processes cannot share {config.batch} examples", "make it a multiple")
    task.trained.to(group.device)
    run = Run(task, config, tests, folder, group, origin)
    last: dict[str, float] = run.load() if resume else {}
    if run.ended and group.leads and not (folder / "model.pt").exists():
        run.save_model(last)
    with ExitStack() as stack:
        logs = stack.enter_context(Logs(folder, run.steps)) if group.leads else None
        while not run.ended:
            row = run.step()
            if row is None:
                continue
            last = row
            if logs is not None:
                logs.write(row)
                report(row)
            if run.ended or run.due(config.checkpoint_every):
                run.save(row)
    return last


class Run:
    """One process of a run: the optimiser, and where it stands."""

    def __init__(
        self, task: Task, config: TrainingConfig, tests: Questions, folder: Path, group: Group, origin: Origin
    ) -> None:
        self.task, self.config, self.tests, self.folder, self.group = task, config, tests, folder, group
        self.origin = origin
        self.module = group.wrap(task.trained)
        self.optimizer: optim.Optimizer = build_optimizer(task.trained.parameters(), config)
        self.generator = Generator(group.device)
        self.sums = torch.zeros(2, dtype=torch.float64, device=group.device)
        self.count = 0  # steps since the last line of the log
        self.steps = 0
        self.seconds = 0.0  # before this process began
        self.ended = False
        self.began = time.monotonic()

    def due(self, every: int) -> bool:
        return self.steps % every == 0 or self.steps == self.config.steps

    def step(self) -> dict[str, float] | None:
        """One step; the line of the log where one is due."""
        config = self.config
        rate = learning_rate(config, self.steps)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        self.generator.manual_seed(step_seed(config.seed, self.steps))
        self.optimizer.zero_grad(set_to_none=True)
        with precision(config, self.group.device):
            loss, accuracy = self.task.loss(self.module, self.generator, config.batch, self.group.part)
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.sums += torch.stack([loss.detach(), accuracy]).double()
        self.steps += 1
        self.count += 1
        tested = self.due(config.evaluate_every) and len(self.tests.texts) > 0
        if not (tested or self.due(config.log_every) or self.due(config.checkpoint_every)):
            return None
        means = self.group.mean(self.sums.clone()) / self.count
        row = {"step": self.steps, "loss": float(means[0]), "accuracy": float(means[1])}
        if tested:
            found = self.tests.accuracy(self.task.engine) if self.group.leads else 0.0
            row["test_accuracy"] = self.group.shared(found)
        self.ended = self.steps == config.steps or 0 < config.target <= row.get("test_accuracy", 0.0)
        self.sums.zero_()
        self.count = 0
        return row | {"learning_rate": rate, "seconds": round(self.seconds + time.monotonic() - self.began, 2)}

    def save(self, row: dict[str, float]) -> None:
        """Write the checkpoint and the model."""
        if not self.group.leads:
            return
        state = {
            "module": self.task.trained.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.steps,
            "row": row,
            "ended": self.ended,
            "origin": self.origin,
        }
        # the model first: where a checkpoint says that the run has ended, the model is there
        self.save_model(row)
        save_checkpoint(self.folder / "checkpoint.pt", state)

    def save_model(self, row: dict[str, float]) -> None:
        self.task.save(self.folder / "model.pt", {"config": self.config.to_dict(), **row})

    def load(self) -> dict[str, float]:
        """Go on from the checkpoint; the line of the log that it was written with.

        Raises:
            AltacError: if it cannot be read, or the run began with something else.
        """
        state: dict[str, Any] = load_checkpoint(self.folder / "checkpoint.pt", self.group.device)
        changed = [name for name, value in self.origin.items() if state["origin"].get(name) != value]
        if changed:
            reason = f"what decides it has changed: {', '.join(changed)}"
            hint = "bring back what it began with, or start a new run in another folder with `-o`"
            raise AltacError([CannotResume(None, str(self.folder), reason, hint)])
        self.task.trained.load_state_dict(state["module"])
        self.optimizer.load_state_dict(state["optimizer"])
        row: dict[str, float] = state["row"]
        self.steps, self.seconds, self.ended = state["step"], row["seconds"], state["ended"]
        return row


@contextmanager
def precision(config: TrainingConfig, device: torch.device) -> Iterator[None]:
    """The precision of the products of a step, forwards and backwards."""
    if config.precision == "float32":
        yield
        return
    with products(torch.bfloat16, device), torch.autocast(device.type, torch.bfloat16):
        yield


def step_seed(seed: int, step: int) -> int:
    """A seed of its own for every step of every run; PyTorch uses 32 bits of it on a CPU."""
    return int.from_bytes(blake2b(f"{seed} {step}".encode(), digest_size=4).digest(), "big")
