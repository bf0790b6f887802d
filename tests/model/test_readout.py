"""The answer is in the file: plain torch reads it off from a checkpoint, without altac."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.ir.encode import encode_values
from altac.ir.numbers import is_open
from tests.model import reader
from tests.programs.sizes import names
from tests.support import PROGRAMS, nonempty, program, small

KINDS = [  # outputs of every kind: a number in one dimension, fractions, sets, some positions, none
    "var out: number = 5 * token - 1\nstep:\n    out := out / 2 + (1 if token > 4 else 1/3)",
    "var out: {1/2, 1/3, 7} = 7\nhead left = token at -1 else 0\nstep:\n    out := 1/3 if left > token else 1/2",
    'var out: {{}, {1}, {1, "a"}} = {1}\nstep:\n    out := {1, "a"} if token == 1 else {}\nlayers 2',
    "var out: bool? = none\nstep:\n    out := token == 3 if token != 4 else none\nlayers 0",
    "layer a:\n    head n = count where key.token == query.token at ..-1\nlayer b:\n    head out = n at +1 else 9",
    "var n: 0..9 = 3\nlayer one:\n    var big = token > n\n"
    "layer two:\n    n := max(n - 1, 0)\nlayer three:\n    n := min(n + 2, 9)\n"
    "layer four:\n    head left = exists where key.big at -1\n    var out = n if left else token\n"
    "run one, (two, three) until n > 6, four",
]


def symbols(one: Compiled, text: str) -> list[object]:
    return encode_values(one.program.interface.parse(text))


def test_a_reader_without_altac_gives_the_answers_of_every_program(tmp_path: Path) -> None:
    asked, expected = [], []
    programs = {name: program(name, 1) for name in names()}
    lines = {name: (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in names()}
    for number, body in enumerate(KINDS):
        programs[f"kind {number}"], lines[f"kind {number}"] = small(body), ["1 0 3 4 1", "9", ""]
    for name, one in nonempty(programs.items()):
        one.save(tmp_path / f"{name}.pt")
        shortest = sorted(lines[name], key=len)[:3]
        for text, result in zip(shortest, run_texts(one.interpreter, shortest), strict=True):
            assert result.output is not None
            asked.append(json.dumps({"file": str(tmp_path / f"{name}.pt"), "symbols": symbols(one, text)}))
            output = encode_values(result.output)
            if is_open(one.program.interface.domain):
                digits = one.model.interface.domain.digits or 4  # type: ignore[attr-defined]
                output = [pytest.approx(float(number), abs=10**-digits) for number in result.output]  # type: ignore[arg-type]
            expected.append((name, text, [result.layers, output]))
    done = subprocess.run(
        [sys.executable, reader.__file__],
        input="\n".join(asked),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(name, text, answer) for (name, text, _), answer in zip(expected, found, strict=True)] == expected
    assert len(found) > 90
