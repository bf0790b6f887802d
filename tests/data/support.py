"""Traces of all kinds of domains, and the same rows from `altac.trace`, value by value."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from altac.data.export import Job, Summary, export
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.ir.values import Value, value_text
from altac.passes import PlainRules
from tests.support import compiled, nonempty

KINDS = compiled(
    """program kinds
input word: {"a", "b"} up to 6
var number: -2..300 = 0
var flag: bool = token == "a"
var maybe: {true, false}? = none
var letter: {"x", "y"}? = "x" if token == "a" else none
var part: {0, 1/2, 1} = 0
var mixed: {"none", 2, true}? = "none"
var some: {{}, {1}, {1, 2}} = {}
head left = letter at -1
head many = count where key.flag at ..0
head mid: {0, 1/2, 1} = mean (1 if flag else 0) at ..0
step:
    number := min(many * 40 - 2, 300)
    maybe := flag if left == none else none
    part := mid if mid != none else 0
    mixed := 2 if many == 2 else none if many == 1 else true
    some := {1, 2} if flag else {1}
    if many > 2:
        flag := false
layers 3
output number
"""
)


def write(folder: Path, texts: list[str]) -> str:
    path = folder / "inputs.txt"
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return str(path)


def traced(one: Compiled, folder: Path, texts: list[str], form: str = "parquet", **options: Any) -> Summary:
    """Export into `folder / "traces"`."""
    workers = options.pop("workers", 1)
    return export(Job(one.program, write(folder, texts), str(folder / "traces"), form=form, **options), workers=workers)


def expected_rows(one: Compiled, texts: list[str], as_text: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The rows of a data set without rules, from one trace after the other.

    Args:
        as_text: variables and heads whose values stand as texts.
    """

    def plain(name: str, value: Value) -> Any:
        return value_text(value) if name in as_text and value is not None else value

    rows = []
    for number, text in enumerate(texts):
        trace = trace_text(one.interpreter, text)
        for layer in range(1, trace.layers + 1):
            for position, token in enumerate(trace.tokens):
                row: dict[str, Any] = {"input": number, "layer": layer, "position": position, "token": token}
                for name in trace.variables:
                    if name not in ("token", "position"):
                        row[f"{name}.before"] = plain(name, trace.value(name, layer - 1, position))
                        row[f"{name}.after"] = plain(name, trace.value(name, layer, position))
                for name in trace.heads:
                    row[f"{name}.head"] = plain(name, trace.value(name, layer, position))
                rows.append(row)
    return rows


def contents(folder: Path) -> dict[str, str]:
    """The hashes of all files of a folder, hidden ones too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in paths}


TEXTS = ["a b a a", "b b", "", "a a a a b a"]
EXPECTED = expected_rows(KINDS, TEXTS, ("part", "mixed", "some", "mid"))


def without_rules(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the rules, which `test_rows` is about; each of these has to be there."""
    names = [f"{name}.rule" for name in PlainRules(KINDS.program).counts]
    assert all(name in row for row in nonempty(rows) for name in names)
    return [{name: value for name, value in row.items() if name not in names} for row in rows]
