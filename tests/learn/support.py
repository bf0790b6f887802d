"""Training runs of a second or two."""

from __future__ import annotations

import random
from pathlib import Path

import torch

from altac.driver import Compiled
from altac.learn.group import ProcessGroup
from altac.learn.loop import Questions, train
from altac.learn.settings import TrainingConfig
from altac.learn.trace_supervision import TraceTask
from tests.support import compiled

ALONE = ProcessGroup(0, 1, torch.device("cpu"))
BASE = TrainingConfig(optimizer="adafactor", learning_rate=1e-2, hidden=(32, 32), batch=64, log_every=10, input="-")

# of three layers: the first keeps what its head brings, of which attention leaves no zeros and ones; the second repeats
FIRSTS = compiled(
    """
program firsts
input text: {"a", "b"} up to 6
var done: bool = false
layer look:
    head seen = exists where key.token == "b" at ..-1
    var new = token == "b" and not seen
layer wait:
    head left = done at -1 else true
    done := left
layer show:
    head after = new at -1 else false
    var out: 0..3 = 3 if new else 2 if after else 1 if seen else 0
run look, wait until done, show
output out
"""
)


def bits(longest: int, count: int, seed: int = 0) -> list[str]:
    """Bit strings of all lengths, with any number of ones."""
    generator = random.Random(seed)
    words = []
    for _ in range(count):
        chance = generator.random()
        words.append(
            " ".join("1" if generator.random() < chance else "0" for _ in range(generator.randint(0, longest)))
        )
    return words


def trained(
    compiled: Compiled, config: TrainingConfig, folder: Path, texts: list[str], tests: list[str], resume: bool = False
) -> tuple[TraceTask, dict[str, float]]:
    """A trace-supervised run in this process."""
    folder.mkdir(exist_ok=True)
    task = TraceTask(compiled, config, texts, ALONE.device)
    row = train(
        task, config, Questions.of(compiled.interpreter, texts, tests), folder, ALONE, resume, lambda row: None, {}
    )
    return task, row
