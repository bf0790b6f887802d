"""altac from Python: what each function takes, gives and raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import altac
from altac.diagnostics import AltacError
from altac.ir.encode import decode_domain, decode_value, encode_value
from tests.support import DEMO, PROGRAMS, nonempty, program

PARITY = PROGRAMS / "parity.alta"


def test_a_level_that_there_is_not() -> None:
    for level in (3, -1, True, "2", None):
        with pytest.raises(AltacError, match="`level` must be 0, 1 or 2, not"):
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


def test_a_program_of_layers() -> None:
    """In `aab`, one letter occurs twice and another once."""
    one = altac.compile(DEMO)
    assert repr(one) == "<Compiled demo: 2 variables, 2 heads, 2 layers, level 2>"
    assert repr(program("parity")).endswith(": 2 variables, 2 heads, level 2>")
    assert [(layer["name"], layer["heads"], layer["rules"]) for layer in one.stats()["layers"]] == [
        ("measure", 1, 0),
        ("compare", 1, 28),
    ]
    for engine in (one, one.model):
        assert (altac.run(engine, "aab").output, altac.run(engine, "aab").layers) == ((1, 1, 1), 2)
        trace = altac.trace(engine, "aab")
        assert [(ran.place, ran.text) for ran in trace.ran] == [(0, "measure 1"), (1, "compare 1")]
        assert [trace.knows("classes", layer) for layer in range(3)] == [False, False, True]
        assert [trace.knows("frequency", layer) for layer in range(3)] == [False, True, False]
        assert [trace.value("frequency", 1, position) for position in range(3)] == [2, 2, 1]
        assert [trace.value("classes", 2, position) for position in range(3)] == [1, 1, 1]
        assert trace.value("classes", 1, 0) is altac.UNCLEAR
    assert altac.verify(one).equal


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
    assert result.error.help_text == "write a blank between symbols"


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


# What is not of the right type -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [5, None, b"1", ["1"], 1.5])
def test_an_input_is_a_text(text: object) -> None:
    for engine in (program("parity"), program("parity").model):
        for call in (engine, lambda x, engine=engine: altac.trace(engine, x), lambda x, e=engine: altac.run(e, [x])):
            with pytest.raises(AltacError, match=r"E0607.*an input must be a text, not") as error:
                call(text)
            assert repr(text) in str(error.value)


@pytest.mark.parametrize("texts", [5, None, b"1 0"])
def test_inputs_are_a_text_or_several(texts: object) -> None:
    with pytest.raises(AltacError, match=r"E0607.*the inputs must be a list of texts, not"):
        altac.run(PARITY, texts)  # type: ignore[call-overload]


def test_a_text_is_not_taken_for_a_list_of_its_characters() -> None:
    with pytest.raises(AltacError, match="E0607"):
        program("parity").model.run("1 0")
    assert [result.output for result in altac.run(PARITY, (bits for bits in ("1", "1 1")))] == [(1,), (0,)]


@pytest.mark.parametrize(
    "call",
    [
        lambda: altac.compile(5),
        lambda: altac.compile(None),
        lambda: altac.compile(b"program p"),
        lambda: altac.compile(PARITY, params=5),
        lambda: altac.compile(PARITY, params="N=3"),
        lambda: altac.compile(PARITY, params={1: 2}),
        lambda: altac.load(5),
        lambda: altac.load("x.pt", device=0),
        lambda: altac.run(5, "1"),
        lambda: altac.trace(None, "1"),
        lambda: program("parity").save(5),
    ],
)
def test_what_is_of_another_type_is_named(call: Callable[[], object]) -> None:
    with pytest.raises(AltacError, match=r"E0607.* must be ") as error:
        call()
    assert "write it as" in str(error.value)


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    program("parity").save(tmp_path / "parity.pt")
    with pytest.raises(AltacError, match=r"E0624.*`nonsense` cannot be used here"):
        altac.load(tmp_path / "parity.pt", device="nonsense")


# What is printed ---------------------------------------------------------------------------------------------


def test_a_compiled_program_is_called_like_its_model() -> None:
    compiled = altac.compile(PARITY)
    assert compiled("1 0 1 1") == compiled.model("1 0 1 1") == "1"
    with pytest.raises(AltacError, match="E0601"):
        compiled("1 x")


def test_every_engine_runs() -> None:
    for engine in (program("parity").interpreter, program("parity").model):
        assert altac.run(engine, "1 1").output == (0,)
        assert altac.trace(engine, "1 1").layers == 2


def test_objects_are_shown_in_a_line() -> None:
    compiled = altac.compile(PARITY)
    assert repr(compiled) == "<Compiled parity: 2 variables, 2 heads, level 2>"
    assert repr(altac.run(compiled, "1 0 1")) == "<Result of '1 0 1': (0,) after 3 layers>"
    failed = altac.run(compiled, "1 x")
    assert repr(failed) == "<Result of '1 x': E0601, column 3: `x` is not a symbol of `parity`>"
    with pytest.raises(AltacError, match="E0601"):
        failed.text(compiled.program.interface)
    assert repr(altac.trace(compiled, "1 0 1")) == "<Trace of parity: 4 positions, 3 layers>"
    long = "1 " * 500
    for shown in (repr(altac.run(compiled, long)), repr(altac.trace(compiled, long))):
        assert len(shown) < 120
    assert len(repr(altac.compile(PROGRAMS / "scan.alta"))) < 120


def test_a_small_trace_prints_as_the_table_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    from altac.cli.main import run

    trace = altac.trace(PARITY, "1 1")
    assert run(["trace", str(PARITY), "1 1"]) == 0
    assert str(trace) + "\n" == capsys.readouterr().out
    large = altac.trace(PARITY, "1 " * 100)
    assert str(large) == repr(large)
