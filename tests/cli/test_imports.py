"""No command imports what it does not use: torch alone takes longer than most commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROGRAMS, program

PARITY = PROGRAMS / "parity.alta"
TORCH = {"torch", "safetensors"}
NUMBERS = {*TORCH, "numpy"}
LATER = {"altac.passes", "altac.backend", "altac.model", "altac.learn", "altac.analysis"}
COMPILER = {"lark", "altac.syntax.parse", "altac.check", "altac.passes", "altac.backend", "altac.learn"}
COMPILES_ITSELF = {"torch._dynamo", "torch._inductor.compile_fx", "sympy"}  # two seconds beside torch
REPORTS = {"rich", "matplotlib", "pyarrow", "pandas", "ray", "tensorboard"}
FORBIDDEN = {  # what a command must not import
    "--help": {*NUMBERS, *LATER, *REPORTS, "lark", "altac.check"},
    "check PROGRAM": {*NUMBERS, *LATER, *REPORTS, "altac.interpret", "altac.data", "altac.engine"},
    "fmt --check PROGRAM": {*NUMBERS, *LATER, *REPORTS, "altac.check", "altac.interpret", "altac.engine"},
    "rules PROGRAM": {*TORCH, *REPORTS, "altac.backend", "altac.model", "altac.learn", "altac.analysis"},
    "stats PROGRAM": {*TORCH, *REPORTS, "altac.learn", "altac.data"},
    "run PROGRAM 1": {*TORCH, *REPORTS, *LATER},
    "trace PROGRAM 1": {*TORCH, *REPORTS, *LATER},
    "explain PROGRAM 1": {*TORCH, *REPORTS, "altac.backend", "altac.model", "altac.learn", "altac.analysis"},
    "view PROGRAM 1 --no-open -o NEW": {*TORCH, *REPORTS, "altac.learn", "altac.data"},
    "sample PROGRAM -n 2": {*TORCH, *REPORTS, *LATER},
    "coverage PROGRAM --input INPUT": {*TORCH, *REPORTS - {"rich"}, "altac.backend", "altac.model", "altac.learn"},
    "evaluate PROGRAM --input INPUT": {*TORCH, *REPORTS - {"rich"}, "altac.backend", "altac.model", "altac.learn"},
    "train --help": {*NUMBERS, *REPORTS, "lark", "altac.check", "altac.model"},
    "run WEIGHTS 1": {*COMPILER, *COMPILES_ITSELF, *REPORTS, "altac.interpret", "altac.analysis"},
    "trace WEIGHTS 1": {*COMPILER, *COMPILES_ITSELF, *REPORTS, "altac.interpret", "altac.analysis"},
    "stats WEIGHTS": {*COMPILER, *COMPILES_ITSELF, *REPORTS, "altac.interpret"},
    "evaluate WEIGHTS --input INPUT": {*COMPILES_ITSELF, *REPORTS - {"rich"}, "altac.backend", "altac.learn"},
    "compile PROGRAM -o NEW": {*COMPILES_ITSELF, *REPORTS, "altac.learn", "altac.analysis", "altac.data"},
    "test PROGRAM": {*COMPILES_ITSELF, *REPORTS, "altac.learn", "altac.data"},
    "verify PROGRAM --budget 200 --random 0 --jobs 1": {*COMPILES_ITSELF, *REPORTS, "altac.learn", "altac.analysis"},
}
QUICK = {"run WEIGHTS 1", "compile PROGRAM -o NEW"}  # of those that import torch


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[] if {"torch"} <= forbidden or command in QUICK else [pytest.mark.slow])
        for command, forbidden in FORBIDDEN.items()
    ],
)
def test_a_command_imports_what_it_uses(command: str, tmp_path: Path) -> None:
    weights, inputs = tmp_path / "parity.pt", tmp_path / "in.txt"
    inputs.write_text("1 0\n")
    if "WEIGHTS" in command:
        program("parity").save(weights)
    places = {"PROGRAM": PARITY, "WEIGHTS": weights, "INPUT": inputs, "NEW": tmp_path / "new.pt"}
    arguments = [str(places.get(word, word)) for word in command.split()]
    code = "import sys; from altac.cli.main import run; code = run(sys.argv[1:]); print(*sys.modules); sys.exit(code)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROGRAMS.parent,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    found = set(done.stdout.splitlines()[-1].split())
    assert "altac.cli.main" in found
    assert not found & FORBIDDEN[command]
