"""Traces of all kinds of domains and of several layers, and the same rows from single traces, value by value."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from altac.data.export import Job, Summary, export
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.engine.trace import EMPTY, Trace
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

# it tells how many letters are as frequent as each; the loop numbers the positions, one in each round
LAYERS = compiled(
    """program letters
input text: "a".."d" up to 6
var place: 0..6 = 0
var done: bool = false
layer measure:
    head frequency = count where key.token == query.token
    var rare = frequency == 1
layer look:
    head left = place at -1 else 0
    head ready = done at -1 else true
    var next = left + 1
layer settle:
    place := min(next, 6)
    done := ready
layer compare:
    head alike = count where key.frequency == query.frequency
    var letters: 0..6 = alike if rare else alike // max(frequency, 1)
run measure, (look, settle) until done, compare
output letters
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

    def known(trace: Trace, name: str, layer: int, position: int) -> Any:
        """None where there is no value."""
        missing = trace.index(name, layer, position) == EMPTY
        return None if missing else plain(name, trace.value(name, layer, position))  # type: ignore[arg-type]

    rows = []
    for number, text in enumerate(texts):
        trace = trace_text(one.interpreter, text)
        for layer, ran in enumerate(trace.ran, 1):
            over = {kept.name for kept in one.program.introduced if not kept.stands_before(ran.place)}
            for position, token in enumerate(trace.tokens):
                row: dict[str, Any] = {"input": number, "layer": layer, "position": position, "token": token}
                row |= {"layer.name": ran.name, "layer.round": ran.round}
                for name in trace.variables:
                    if name not in ("token", "position"):
                        row[f"{name}.before"] = None if name in over else known(trace, name, layer - 1, position)
                        row[f"{name}.after"] = known(trace, name, layer, position)
                for name in trace.heads:
                    row[f"{name}.head"] = known(trace, name, layer, position)
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
