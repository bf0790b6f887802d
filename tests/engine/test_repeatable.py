"""The same program gives the same file, whatever the order of hashes and the number of threads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

import altac
from altac.model.model import Model
from altac.model.schedule import LayerState
from tests.support import PROGRAMS, nonempty, program

NAMES = ["dyck2", "palindrome", "scan"]
CODE = """
import sys, torch, altac
torch.set_num_threads(int(sys.argv[1]))
for name in sys.argv[4:]:
    compiled = altac.compile(f"{sys.argv[3]}/{name}.alta", level=1)
    compiled.save(f"{sys.argv[2]}/{name}.pt")
    compiled.save(f"{sys.argv[2]}/{name}.safetensors")
"""


def made(folder: Path, hashes: str, threads: str) -> dict[str, str]:
    """Digests of the files that a process writes."""
    folder.mkdir()
    environment = os.environ | {"PYTHONHASHSEED": hashes, "OMP_NUM_THREADS": threads}
    command = [sys.executable, "-c", CODE, threads, str(folder), str(PROGRAMS), *NAMES]
    done = subprocess.run(command, cwd=PROGRAMS.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name: digest(path) for path in folder.iterdir()}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def states(model: Model, texts: list[str]) -> Iterator[Iterator[LayerState[Any]]]:
    """The whole stream after every layer, for each text."""
    for text in texts:
        tokens = model.interface.tokens(text)
        yield model.runner.run(torch.tensor([tokens]), torch.tensor([len(tokens)]))


def test_hashes_and_threads_change_nothing(tmp_path: Path) -> None:
    """Another process, with other hashes and two threads, makes the files that this one makes."""
    found = made(tmp_path / "found", "12345", "2")
    assert len(found) == 2 * len(NAMES)
    for name in NAMES:
        compiled = altac.compile(PROGRAMS / f"{name}.alta", level=1)
        for suffix in ("pt", "safetensors"):
            compiled.save(tmp_path / f"{name}.{suffix}")
            assert digest(tmp_path / f"{name}.{suffix}") == found[f"{name}.{suffix}"]


def test_two_threads_run_as_one() -> None:
    texts = (PROGRAMS / "dyck2.txt").read_text(encoding="utf-8").splitlines()
    before, model = torch.get_num_threads(), program("dyck2", 1).model
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append([[state.residual for state in run] for run in states(model, texts)])
    torch.set_num_threads(before)
    assert all(
        np.array_equal(a, b) for one, two in nonempty(zip(*found, strict=True)) for a, b in zip(one, two, strict=True)
    )
