"""Where weights hold none of a variable's values: like no symbol, and the same error from run and trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import altac
from altac.cli.main import run
from altac.engine.protocol import trace_text
from altac.ir.encode import decode_value, encode_value
from altac.ir.values import UNCLEAR
from altac.model.model import Model
from tests.support import compiled

TEXT = """program looks
input x: {"?", "!"}
var shown: {"?", "!", "no value", "no value!", "<no value>", "*"} = "no value" if token == "?" else "no value!"
var other: bool = true
layers 1
step:
    pass
output shown
"""


def without(variable: str) -> Model:
    """Weights whose stream never holds a value of a variable."""
    model = compiled(TEXT).model
    with torch.no_grad():
        stream = model.metadata.stream
        for dimension in stream.variables[variable].place:
            model.module.token_embedding.weight[:, dimension] = 0
    return model


def test_in_python_it_is_no_text_and_says_what_it_is() -> None:
    trace = without("shown").trace("? !")
    values = [trace.value("shown", 1, position) for position in range(2)]
    assert values == [altac.UNCLEAR, altac.UNCLEAR]
    assert not isinstance(altac.UNCLEAR, str)
    assert repr(altac.UNCLEAR) == "<no value>"
    assert trace.value("other", 1, 0) is True


def test_in_json_it_is_what_no_value_is() -> None:
    assert encode_value(UNCLEAR) == {"no_value": "E0605"}
    with pytest.raises(ValueError, match="not a value"):
        decode_value(encode_value(UNCLEAR))


def test_in_a_table_no_symbol_looks_like_it() -> None:
    right, wrong = str(trace_text(compiled(TEXT).model, "? !")), str(without("shown").trace("? !"))
    assert right.splitlines()[2] == '    0  shown     "no value"   no value!'
    assert wrong.splitlines()[2] == "    0  shown     no value   no value"
    assert wrong.splitlines()[-1].startswith("E0605: ")


@pytest.mark.parametrize("variable", ["shown", "other"])
def test_run_and_trace_tell_the_same_error(variable: str) -> None:
    model = without(variable)
    result, trace = altac.run(model, "? !"), altac.trace(model, "? !")
    assert result.error == trace.error
    assert (trace.error is not None and trace.error.code == "E0605") == (variable == "shown")
    assert trace.layers == 1  # the state is shown up to the end


def test_a_trace_that_is_cut_off_does_not_run_to_its_end() -> None:
    model = without("shown")
    model.finish = None  # type: ignore[method-assign, assignment]
    assert trace_text(model, "? !", 0).error is None


def test_the_command_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from altac.model.file import save_model

    save_model(without("shown"), tmp_path / "looks.pt")
    assert run(["trace", str(tmp_path / "looks.pt"), "?"]) == 1
    out, err = capsys.readouterr()
    assert "shown     no value" in out
    assert err.startswith('error[E0605]: input "?": ')
    assert run(["trace", str(tmp_path / "looks.pt"), "?", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["layers"][1]["variables"]["shown"] == [{"no_value": "E0605"}]
    assert record["error"]["code"] == "E0605"
