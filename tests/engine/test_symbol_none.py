"""A domain may have both `none` and the symbol `"none"`: texts tell them apart, as JSON does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import altac
from altac.analysis.examples import failing_examples
from altac.cli.main import run
from altac.driver import Compiled
from altac.engine.protocol import trace_text
from tests.support import compiled, outputs

TEXT = """program both
input word: {"a", "b", "c"}
var shown: {"none", "a"}? = none
var alone: {"none", "a"} = "none"
head left = shown at -1
step:
    shown := "none" if token == "a" else "a" if token == "b" else none
    alone := "none" if left == none else "a"
layers 1
output shown
example "a"     -> "none"
example "c"     -> none
example "a c b" -> ["none", none, "a"]
example "a c b" -> "\\"none\\" none a"
example "c c"   -> "none none"
"""


@pytest.fixture(scope="module")
def both() -> Compiled:
    return compiled(TEXT)


def test_an_output_has_quotes_around_the_symbol(both: Compiled) -> None:
    assert outputs(both, "a c b", "c", "a") == ['"none" none a', "none", '"none"']
    assert altac.run(both, "a c").output == ("none", None)


def test_where_none_is_no_value_the_symbol_has_no_quotes() -> None:
    assert outputs(compiled(TEXT[: TEXT.index("output")] + "output alone\n"), "a") == ["none"]


def test_a_table_has_quotes_around_the_symbol(both: Compiled) -> None:
    lines = [line.split() for line in str(trace_text(both.model, "a c b")).splitlines()]
    assert lines[2:] == [
        ["0", "shown", "none", "none", "none"],
        ["alone", "none", "none", "none"],
        ["1", "left", "none", "none", "none"],
        ["shown", '"none"*', "none", "a*"],
        ["alone", "none", "none", "none"],
    ]


def test_examples_tell_them_apart(both: Compiled) -> None:
    """As a value of the program, `"none"` is the symbol; in a text of several values it is `none`."""
    assert [example.output for example in both.program.examples] == [
        '"none"', "none", '"none" none a', '"none" none a', "none none",
    ]  # fmt: skip
    assert failing(both) == {}
    wrong = compiled(TEXT.replace('"c"     -> none', '"c"     -> "none"'))
    assert failing(wrong) == {1: 'expected ""none"", found "none"'}


def failing(one: Compiled) -> dict[int, str]:
    return failing_examples(one.program.examples, one.interpreter, one.model)


def test_the_commands_tell_them_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "both.alta"
    file.write_text(TEXT, encoding="utf-8")
    assert run(["run", str(file), "a c b"]) == 0
    assert capsys.readouterr().out == '"none" none a\n'
    assert run(["run", str(file), "a c b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"] == ["none", None, "a"]
    assert run(["trace", str(file), "a c b", "--vars", "shown"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["1", "shown", '"none"*', "none", "a*"]
    assert run(["test", str(file)]) == 0
    assert run(["rules", str(file)]) == 0
    assert 'then shown: none -> "none"' in capsys.readouterr().out


def test_answers_are_judged_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, asked = tmp_path / "both.alta", tmp_path / "asked.jsonl"
    file.write_text(TEXT, encoding="utf-8")
    records = [{"input": "a c", "output": '"none" none'}, {"input": "a c", "output": "none none"}]
    asked.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert run(["evaluate", str(file), "--answers", str(asked), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["right"], found["wrong"]) == (1, 1)
