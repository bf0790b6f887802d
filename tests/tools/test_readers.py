"""The readers that people use for data read the Parquet files of traces as they are."""

from __future__ import annotations

from pathlib import Path

import datasets
import duckdb
import pandas
import polars
import pytest

from tests.data.support import EXPECTED, KINDS, TEXTS, traced, without_rules


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet")
    traced(KINDS, folder, TEXTS, shard=2)
    return folder / "traces"


def test_pandas_reads_the_folder(parquet: Path) -> None:
    frame = pandas.read_parquet(parquet)
    assert len(frame) == len(EXPECTED)
    assert frame["number.after"].tolist() == [row["number.after"] for row in EXPECTED]
    assert frame["letter.before"].isna().tolist() == [row["letter.before"] is None for row in EXPECTED]


def test_polars_reads_the_folder(parquet: Path) -> None:
    frame = polars.read_parquet(parquet / "*.parquet")
    assert without_rules(frame.to_dicts()) == EXPECTED
    ones = polars.scan_parquet(parquet / "*.parquet").filter(polars.col("token") == "a").collect()
    assert len(ones) == sum(row["token"] == "a" for row in EXPECTED)


def test_duckdb_reads_the_folder(parquet: Path) -> None:
    query = f"""select input, max(layer), count(*) filter (where "letter.before" is null)
                from '{parquet}/*.parquet' group by input order by input"""
    expected = [
        (number, 3, sum(row["letter.before"] is None for row in EXPECTED if row["input"] == number))
        for number in (0, 1, 3)
    ]
    assert duckdb.sql(query).fetchall() == expected


def test_hugging_face_datasets_reads_the_folder(parquet: Path, tmp_path: Path) -> None:
    found = datasets.load_dataset("parquet", data_files=f"{parquet}/*.parquet", split="train", cache_dir=str(tmp_path))
    assert without_rules(list(found)) == EXPECTED
