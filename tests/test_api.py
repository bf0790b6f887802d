"""altac from Python: what each function takes, gives and raises."""

from __future__ import annotations

from pathlib import Path

import pytest

import altac
from altac.diagnostics import AltacError
from altac.ir.encode import decode_domain, decode_value, encode_value
from tests.support import PROGRAMS, nonempty, program

PARITY = PROGRAMS / "parity.alta"


def test_a_level_that_there_is_not() -> None:
    for level in (3, -1, True + 2, "2", None):
        with pytest.raises(ValueError, match="level is 0, 1 or 2"):
            altac.compile(PARITY, level=level)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
def test_everything_that_can_run_is_run(suffix: str, tmp_path: Path) -> None:
    compiled = altac.compile(PARITY, level=1)
    compiled.save(tmp_path / f"parity{suffix}")
    runnable = [PARITY, str(PARITY), PARITY.read_text(), compiled, compiled.model, tmp_path / f"parity{suffix}"]
    for one in nonempty(runnable):
        assert altac.run(one, "1 1 1").output == (1,)
        assert [result.output for result in altac.run(one, ["1", "1 1", ""])] == [(1,), (0,), (0,)]
        assert altac.run(one, ("0",))[0].layers == 1
        trace = altac.trace(one, "1 1")
        assert (trace.layers, trace.value("parity", 2, 2)) == (2, 0)


def test_an_input_that_is_not_accepted_is_a_result_with_an_error_and_no_trace() -> None:
    result = altac.run(PARITY, "1 x")
    assert result.output is None
    assert result.error is not None
    assert (result.error.code, result.error.message) == ("E0601", "column 3: `x` is not a symbol of `parity`")
    with pytest.raises(AltacError, match="E0601"):
        altac.trace(PARITY, "1 x")
    with pytest.raises(AltacError, match="E0601"):
        program("parity").model("1 x")
    assert program("parity").model.trace("1").layers == 1


def test_a_blank_that_is_missing_is_named() -> None:
    result = altac.run(PROGRAMS / "subleq.alta", "123")
    assert result.error is not None
    assert result.error.help == "write a blank between symbols"


@pytest.mark.parametrize("name", ["missing.alta", "missing.pt", "missing.safetensors"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(AltacError, match="no such file"):
        altac.run(tmp_path / name, "1")


def test_a_name_that_altac_has_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'compose'"):
        altac.compose  # type: ignore[attr-defined]  # noqa: B018


def test_only_values_are_encoded_and_only_encodings_are_values() -> None:
    with pytest.raises(TypeError):
        encode_value((1, 2))
    for wrong in (1.5, [1], {"fraction": [1, 0]}, {"fraction": [1]}, {"set": 1}, {"list": []}):
        with pytest.raises(ValueError, match="not a value"):
            decode_value(wrong)
    for wrong in (None, [], "ab", {"set": []}):
        with pytest.raises(ValueError, match="a list of values"):
            decode_domain(wrong)
    with pytest.raises(ValueError, match="every value once"):
        decode_domain([1, 2, 1])
