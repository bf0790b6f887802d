"""Virtual environments with other people's tools, and without altac.

`make test-export` makes them and runs this folder: `.venv-export` has TransformerLens 4 and transformers, as
`constraints-export.txt` says, `.venv-export-2` has TransformerLens 2, as `constraints-export-2.txt` says. A test writes
files, `run` runs a script there on them, and the test compares what the script has written.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
NEW, OLD = ".venv-export", ".venv-export-2"


def run(environment: str, script: str | Path, *arguments: object) -> str:
    """What a script of this folder, or of another, prints in an environment; a failure is one of the test."""
    python = ROOT / environment / "bin" / "python"
    assert python.exists(), f"there is no {environment}: run `make test-export`"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [str(python), "-I", str(Path(__file__).parent / script), *map(str, arguments)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
