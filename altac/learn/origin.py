"""What a run began with, so that it is not resumed with anything else."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from altac.data.schema import program_digest
from altac.ir.program import Program
from altac.learn.settings import TrainingConfig

Origin = dict[str, str]
ELSEWHERE = (
    "program",
    "define",
    "imports_from",
    "input",
    "test",
    "device",
)  # hashes cover what these mean, or they may change


def run_origin(program: Program, config: TrainingConfig, texts: Iterable[str], tests: Iterable[str]) -> Origin:
    """The settings of a run, and hashes of the program and of the inputs, each under a name that a user knows."""
    found = {
        "the program": program_digest(program),
        "the training inputs": digest(texts),
        "the test inputs": digest(tests),
    }
    settings = {f"`{name}`": repr(value) for name, value in config.to_dict().items() if name not in ELSEWHERE}
    return found | settings


def digest(texts: Iterable[str]) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()
