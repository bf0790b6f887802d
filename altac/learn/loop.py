"""The training loop, for every kind of supervision: steps, logs, tests, checkpoints, and the end.

A step depends on the config, the parameters and its own number alone. So a run that is resumed from a checkpoint has
the same losses as one that was never interrupted, and several processes see the batches that a single one would see.
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

from altac.analysis.evaluate import Question, Tally, answers, expected_outputs, with_enough_layers
from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import BatchNotShared, OriginChanged
from altac.engine.protocol import Engine
from altac.learn.checkpoint import load_checkpoint, save_checkpoint
from altac.learn.group import ProcessGroup
from altac.learn.logs import Logs
from altac.learn.optimizers import build_optimizer, learning_rate
from altac.learn.origin import Origin
from altac.learn.settings import TrainingConfig
from altac.learn.task import Task
from altac.model.precision import products

Report = Callable[[dict[str, float]], None]
MOST_ASKED = 1000  # training inputs


@dataclass(frozen=True)
class Questions:
    """Inputs on which the model is tested during a run, with the program's answers: some of those for training, and all
    for testing. Inputs on which the program fails are left out, as `altac evaluate` does."""

    training: Sequence[Question]
    tests: Sequence[Question]

    @staticmethod
    def of(program: Engine, texts: Sequence[str], tests: Sequence[str]) -> Questions:
        """The training inputs among them stand at equal distances."""
        chosen = texts[:: -(-len(texts) // MOST_ASKED) or 1]
        return Questions(expected_outputs(program, chosen), expected_outputs(program, tests))

    def asked(self) -> dict[str, Sequence[Question]]:
        """Those of each kind, as columns of the log call it; none without inputs."""
        kinds = {"train": self.training, "test": self.tests}
        return {kind: expected for kind, expected in kinds.items() if expected}

    def ask(self, engine: Engine) -> dict[str, float]:
        """The shares of right answers, and what they would be if the most frequent one were always given."""
        found: dict[str, float] = {}
        for kind, expected in self.asked().items():
            record = Tally.of(answers(with_enough_layers(engine, expected), expected)).record()
            found |= {f"{kind}_{what}": record[what] for what in ("accuracy", "baseline")}
        return found


def train(
    task: Task,
    config: TrainingConfig,
    questions: Questions,
    folder: Path,
    group: ProcessGroup,
    resume: bool,
    report: Report,
    origin: Origin,
) -> dict[str, float]:
    """Train until the last step, or until the target is reached; the last line of the log.

    Args:
        origin: what the run begins with; a run that is resumed must have begun with the same.
        folder: where `log.csv`, `checkpoint.pt` and `model.pt` are written.
        report: called with each line of the log, in the leading process.

    Raises:
        AltacError: if something cannot be written, or if the checkpoint to resume from cannot be read, or is of a run
            that began with something else.
    """
    if config.batch % group.size:
        raise AltacError([BatchNotShared(None, group.size, config.batch)])
    task.trained.to(group.device)
    run = Run(task, config, questions, folder, group, origin)
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
        self,
        task: Task,
        config: TrainingConfig,
        questions: Questions,
        folder: Path,
        group: ProcessGroup,
        origin: Origin,
    ) -> None:
        self.task, self.config, self.questions, self.folder, self.group = task, config, questions, folder, group
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
        asks = self.due(config.evaluate_every) and len(self.questions.asked()) > 0
        if not (asks or self.due(config.log_every) or self.due(config.checkpoint_every)):
            return None
        means = self.group.mean(self.sums.clone()) / self.count
        row = {"step": self.steps, "loss": float(means[0]), "accuracy": float(means[1])}
        if asks and self.group.leads:
            row |= self.questions.ask(self.task.engine)
        if asks and self.questions.tests:
            row["test_accuracy"] = self.group.shared(row.get("test_accuracy", 0.0))
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
        """Resume from the checkpoint; returns the line of the log that it was written with.

        Raises:
            AltacError: if it cannot be read, or the run began with something else.
        """
        state: dict[str, Any] = load_checkpoint(self.folder / "checkpoint.pt", self.group.device)
        changed = [name for name, value in self.origin.items() if state["origin"].get(name) != value]
        if changed:
            raise AltacError([OriginChanged(None, str(self.folder), tuple(changed))])
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
