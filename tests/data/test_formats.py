"""Files hold the rows of traces, typed, in every format, for the readers that people use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from altac.data.schema import Column
from altac.ir.values import Domain
from tests.data.support import EXPECTED, KINDS, LAYERS, TEXTS, expected_rows, traced, without_rules
from tests.support import nonempty, program, small


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet")
    traced(KINDS, folder, TEXTS, shard=2)
    return folder / "traces"


def test_pyarrow_reads_the_types(parquet: Path) -> None:
    table = pq.read_table(parquet)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["input"] == "int64"
    assert types["number.before"] == "int16"  # -2..300
    assert (types["flag.after"], types["maybe.after"]) == ("bool", "bool")
    assert types["many.head"] == "int8"
    assert types["number.rule"] == "int64"
    for name in ("token", "letter.before", "part.before", "mixed.after", "some.after", "left.head", "mid.head"):
        assert types[name].startswith("dictionary<values=string"), name
    assert without_rules(table.to_pylist()) == EXPECTED


def test_the_metadata_says_what_the_columns_are(parquet: Path) -> None:
    said = json.loads(pq.read_schema(parquet / "part-00001.parquet").metadata[b"altac"])
    assert (said["program"], said["engine"], said["schema"]) == ("kinds", "interpreter", 2)
    assert len(said["program_sha256"]) == 64
    assert said["columns"]["part.before"] == {
        "what": "variable part before the step",
        "type": "text",
        "domain": "{0, 1/2, 1}",
        "values": [0, {"fraction": [1, 2]}, 1],
    }
    assert said["columns"]["maybe.after"]["values"] == [False, True, None]
    assert list(said["columns"]) == pq.read_schema(parquet / "part-00000.parquet").names


def test_row_groups_bound_what_waits(parquet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("altac.data.rows.MOST_ROWS", 12)
    monkeypatch.setattr("altac.data.formats.GROUP", 1)
    traced(KINDS, tmp_path, TEXTS)
    file = pq.ParquetFile(tmp_path / "traces" / "part-00000.parquet")
    assert file.num_row_groups == 4  # the inputs have 12, 6, 0 and 18 rows
    assert file.read().to_pylist() == pq.read_table(parquet).to_pylist()


def test_json_lines_hold_the_same(parquet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("altac.data.formats.LINES", 7)
    traced(KINDS, tmp_path, TEXTS, "jsonl")
    lines = (tmp_path / "traces" / "part-00000.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == pq.read_table(parquet).to_pylist()


def test_npz_holds_the_same(parquet: Path, tmp_path: Path) -> None:
    traced(KINDS, tmp_path, TEXTS, "npz")
    archive = np.load(tmp_path / "traces" / "part-00000.npz")
    table = pq.read_table(parquet)
    assert json.loads(str(archive["altac"]))["program"] == "kinds"
    assert [name for name in archive.files if not name.endswith(".null") and name != "altac"] == table.column_names
    for name in nonempty(table.column_names):
        values = archive[name].tolist()
        null = archive[f"{name}.null"] if f"{name}.null" in archive.files else [False] * len(values)
        assert [None if gone else value for value, gone in zip(values, null, strict=True)] == table[name].to_pylist()
    assert archive["number.before"].dtype == np.int16
    assert archive["flag.before"].dtype == np.bool_


@pytest.mark.parametrize("form", ["parquet", "jsonl", "npz"])
def test_what_has_no_value_in_a_layer_is_null(form: str, tmp_path: Path) -> None:
    texts = ["a b a", "", "d d"]
    traced(LAYERS, tmp_path, texts, form, rules=False)
    path = tmp_path / "traces" / f"part-00000.{form}"
    if form == "parquet":
        found = pq.read_table(path).to_pylist()
        types = {field.name: str(field.type) for field in pq.read_schema(path)}
        assert types["layer.name"].startswith("dictionary<values=string")
        assert (types["layer.round"], types["next.after"], types["ready.head"]) == ("int32", "int8", "bool")
    elif form == "jsonl":
        found = [json.loads(line) for line in path.read_text().splitlines()]
    else:
        archive = np.load(path)
        names = [name for name in archive.files if not name.endswith(".null") and name != "altac"]
        missing = {name for name in names if f"{name}.null" in archive.files}
        brought = {"frequency.head", "left.head", "ready.head", "alike.head"}
        assert missing == brought | {
            f"{name}.{when}" for name in ("rare", "next", "letters") for when in ("before", "after")
        } - {"rare.after"}
        columns = {name: archive[name].tolist() for name in names}
        for name in missing:
            gone = archive[f"{name}.null"].tolist()
            columns[name] = [None if one else value for one, value in zip(gone, columns[name], strict=True)]
        found = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert found == expected_rows(LAYERS, texts)
    assert {row["layer.name"] for row in found} == {"measure", "look", "settle", "compare"}


def test_a_program_of_one_step_has_no_names_of_layers(parquet: Path) -> None:
    table = pq.read_table(parquet)
    assert set(table["layer.name"].to_pylist()) == {""}
    assert table["layer.round"].to_pylist() == table["layer"].to_pylist()


@pytest.mark.parametrize("form", ["parquet", "jsonl", "npz"])
def test_residual_vectors(form: str, tmp_path: Path) -> None:
    one = program("parity")
    traced(one, tmp_path, ["1 0", "1"], form, engine=one.model, rules=False, residual=True)
    path = tmp_path / "traces" / f"part-00000.{form}"
    if form == "parquet":
        assert str(pq.read_schema(path).field("residual.before").type) == "fixed_size_list<element: float>[8]"
        before, after = (pq.read_table(path)[f"residual.{when}"].to_pylist() for when in ("before", "after"))
    elif form == "jsonl":
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        before, after = ([line[f"residual.{when}"] for line in lines] for when in ("before", "after"))
    else:
        before, after = (np.load(path)[f"residual.{when}"].tolist() for when in ("before", "after"))
    # parity=0 parity=1 done=false done=true, then what the heads brought
    assert before[0] == [1, 0, 0, 1, 0, 0, 0, 0]
    assert before[1] == [0, 1, 1, 0, 0, 0, 0, 0]
    assert len(before) == len(after) == 3 * 2 + 2 * 1
    assert before[3:6] == after[0:3]  # layer 2 begins where layer 1 ended


@pytest.mark.parametrize("form", ["parquet", "jsonl", "npz"])
def test_inputs_without_layers_have_no_rows(form: str, tmp_path: Path) -> None:
    done = traced(program("parity"), tmp_path, ["", ""], form)
    assert (done.inputs, done.rows, done.failed) == (2, 0, 0)
    path = tmp_path / "traces" / f"part-00000.{form}"
    if form == "parquet":
        assert pq.read_table(path).num_rows == 0
    elif form == "jsonl":
        assert path.read_bytes() == b""
    else:
        assert np.load(path)["parity.before"].shape == (0,)


@pytest.mark.parametrize(
    ("values", "type", "shown"),
    [
        ((0, 127), "int8", (0, 127)),
        ((-128, 0), "int8", (-128, 0)),
        ((0, 128), "int16", (0, 128)),
        ((-(2**31), 0), "int32", (-(2**31), 0)),
        ((0, 2**31), "int64", (0, 2**31)),
        ((0, 2**63), "text", ("0", str(2**63))),
        ((True,), "bool", (True,)),
        ((None,), "text", ()),
        ((1, True, None), "text", ("1", "true")),
        ((2, "2"), "text", ("2", '"2"')),
        (("a", "none", None), "text", ("a", "none")),
    ],
)
def test_types_are_the_smallest_that_hold_a_domain(values: tuple[Any, ...], type: str, shown: tuple[Any, ...]) -> None:
    column = Column("x", "", Domain.of(values))
    assert (column.type, column.values, column.has_null) == (type, shown, None in values)


def test_a_domain_of_none_alone_is_null(tmp_path: Path) -> None:
    one = small("var gone: {1}? = none\nvar out: 0..9 = 0\nstep:\n    gone := none\n    out := 1", domain="0..1")
    traced(one, tmp_path, ["0 1"])
    assert pq.read_table(tmp_path / "traces")["gone.after"].to_pylist() == [None, None]
