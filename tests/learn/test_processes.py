"""Several processes, as `torchrun` starts them: the same batches, and so almost the same losses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from altac.learn.logs import read_log
from tests.learn.support import bits
from tests.support import PROGRAMS, nonempty


def train(folder: Path, launcher: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    sizes = ["--hidden", "16", "--batch", "32", "--steps", "20", "--log-every", "5", "--evaluate-every", "10"]
    inputs = ["--input", str(folder / "train.txt"), "--test", str(folder / "train.txt")]
    command = ["-m", "altac", "train", str(PROGRAMS / "parity.alta"), *inputs, *sizes, *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    root = PROGRAMS.parent
    return subprocess.run([*launcher, *command], cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("supervision", ["trace", "output"])
def test_two_processes_train_as_one_does(supervision: str, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("\n".join(bits(6, 30)) + "\n")
    sizes = ["--width", "16", "--heads", "2"] if supervision == "output" else []
    kind = ["--supervision", supervision, *sizes]
    alone = train(tmp_path, [sys.executable], *kind, "-o", str(tmp_path / "one"))
    assert alone.returncode == 0, alone.stderr
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    both = train(tmp_path, launcher, *kind, "-o", str(tmp_path / "two"))
    assert both.returncode == 0, both.stderr
    assert both.stdout.count("model.pt: 20 steps") == 1
    one, two = read_log(tmp_path / "one" / "log.csv"), read_log(tmp_path / "two" / "log.csv")
    assert [row["step"] for row in one] == [row["step"] for row in two] == ["5", "10", "15", "20"]
    for row, other in zip(nonempty(one), two, strict=True):
        assert float(row["loss"]) == pytest.approx(float(other["loss"]), rel=1e-3)
        assert row["test_accuracy"] == other["test_accuracy"]
    odd = train(tmp_path, launcher, *kind, "--batch", "33", "-o", str(tmp_path / "odd"))
    assert "2 processes cannot share 33 examples" in odd.stderr
