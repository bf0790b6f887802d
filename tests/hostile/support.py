"""Commands in processes of their own with limits, and what must hold of every text."""

from __future__ import annotations

import json
import math
import os
import resource
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

from altac.check import check_file
from altac.diagnostics import AltacError, Diagnostic, diagnostic_record, render_all
from altac.syntax import parse_source
from altac.syntax.parse import decode_source

ROOT = Path(__file__).parents[2]
PARITY = ROOT / "programs" / "parity.alta"
TIMES = 200  # that hostile input may take as much processor time as a small program
MEGABYTES = 1024  # of address space, for commands without torch
HEAD = "program p\ninput x: 0..1\nvar a: 0..9 = 0\n"
TAIL = "layers 1\noutput a\n"


def program(declarations: str = "", step: str = "    a := 1\n", head: str = HEAD, tail: str = TAIL) -> str:
    """A whole program around some declarations and statements."""
    return f"{head}{declarations}step:\n{step}{tail}"


def altac(
    *arguments: object, limits: str = "", input: bytes | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A command line in a process of its own; `limits` are lines of shell before it."""
    command = [sys.executable, "-m", "altac", *(os.fsencode(str(one)) for one in arguments)]
    given = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
    inherited = dict(os.environ)
    if limits:  # what measures coverage takes time, and writes files
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return subprocess.run(
        ["sh", "-c", f'{limits}\nexec "$@"', "altac", *command],
        **given,  # type: ignore[call-overload]
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=inherited | (env or {}),
    )


def spent() -> float:
    """The processor time of all commands that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@cache
def most_seconds() -> int:
    """The processor time that hostile input may take: a multiple of what a small program takes on this machine."""
    begun = spent()
    assert altac("check", PARITY, limits=":").returncode == 0
    return math.ceil(TIMES * (spent() - begun))


def limited(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    """A command that imports no torch, within the time and the memory that hostile input may take."""
    limits = f"ulimit -t {most_seconds()}; ulimit -v {MEGABYTES * 1024}"
    return altac(*arguments, limits=limits, **options)  # type: ignore[arg-type]


def checked(*files: Path, **options: object) -> dict[str, list[str]]:
    """The codes that `altac check` tells of each file, within the limits and without any other word.

    What is told of a file that one of them imports is told of the one.
    """
    done = limited("check", "--json", *files, **options)
    assert (done.returncode, done.stderr) in ((0, b""), (1, b"")), (done.returncode, done.stderr[-1000:])
    codes: dict[str, list[str]] = {str(file): [] for file in files}
    for line in done.stdout.decode().splitlines():
        record = json.loads(line)
        place = record.get("file", record["message"])
        codes[next((file for file in codes if file in place), str(files[0]))].append(record["code"])
    return codes


def refused(done: subprocess.CompletedProcess[bytes], *parts: str, code: int = 1) -> str:
    """The messages of a command that ended as it should: with a diagnostic, not with an accident."""
    text = done.stderr.decode()
    assert done.returncode == code, (done.returncode, shlex.join(map(os.fsdecode, done.args)), text[-1000:])
    assert "Traceback" not in text
    assert "internal error" not in text
    assert [part for part in parts if part not in text] == [], text[-1000:]
    return text


def explained(data: bytes) -> list[Diagnostic]:
    """What is said about the contents of a file; everything said can be shown, and an error is always said."""
    try:
        tree = parse_source(decode_source("hostile.alta", data))
        found: list[Diagnostic] = list(check_file(tree)[1])
    except AltacError as error:
        found = list(error.diagnostics)
        assert any(one.severity == "error" for one in found)
    render_all(found).encode()
    for one in found:
        json.dumps(diagnostic_record(one))
    return found
