"""Ray makes the same data sets as the processes of one machine, and says so where there is no cluster."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ray

from altac.data.cluster import run_on_ray
from altac.data.export import export
from altac.data.inputs import cut
from tests.data.support import contents, write
from tests.data.test_export import ROOT, TEXTS, Stopped, job, refused, stopping_after
from tests.support import PROGRAMS

TRIES = 3  # Ray ends its process in C++ where one of its services comes up too late
SECONDS = 600  # of one try, which takes ten on a machine that has nothing else to do


@pytest.fixture
def source(tmp_path: Path) -> str:
    return write(tmp_path, TEXTS)


def test_ray_makes_the_same(source: str, tmp_path: Path) -> None:
    export(job(tmp_path / "whole", source))
    with pytest.raises(Stopped):
        export(job(tmp_path / "traces", source), runner=stopping_after(2))
    command = [sys.executable, "-m", "altac", "trace", str(PROGRAMS / "parity.alta"), "--input", source]
    options = ["-o", str(tmp_path / "traces"), "--shard", "8", "--engine", "ray", "--workers", "2"]
    failures = []
    while len(failures) < TRIES:
        try:
            subprocess.run([*command, *options], cwd=ROOT, text=True, capture_output=True, check=True, timeout=SECONDS)
            break
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            failures.append(f"{error}: {str(error.stderr)[-2000:]}")
    else:
        pytest.fail("\n".join(failures))
    assert contents(tmp_path / "traces") == contents(tmp_path / "whole")


def test_a_cluster_that_is_not_there(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(source).open("rb") as file:
        pieces = list(cut(file, 8))
    traces = job(tmp_path, source)
    assert list(run_on_ray(traces, [], None)) == []  # nothing to do needs no cluster

    def fails(**options: Any) -> None:
        raise Exception("The current node\ntimed out")

    monkeypatch.setattr(ray, "init", fails)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert refused("E0615", list, run_on_ray(traces, pieces, 2)).endswith("this machine: The current node timed out")
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", f"ray://{place}")
        assert "timed out" in refused("E0615", list, run_on_ray(traces, pieces, 2))
    assert "refused" in refused("E0615", list, run_on_ray(traces, pieces, 2))
