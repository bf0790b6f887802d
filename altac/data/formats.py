"""Blocks of rows to files: Parquet, JSON Lines and NumPy's npz, with the same columns and values in each.

Equal rows give equal bytes. Columns are converted whole: by looking their indices up in the values of their domain.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from typing import IO, Any, Protocol

import numpy as np

from altac.data.rows import Array, Block
from altac.data.schema import Column
from altac.system.extras import require

GROUP = 1 << 24  # bytes of a row group, before it is compressed: readers skip and read whole groups
LINES = 1 << 14  # rows that are turned into text at a time


class Writer(Protocol):
    """Writes the rows of one file. It is made of the file, the columns, and what `schema.describe` gives."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], description: dict[str, Any], /) -> None: ...

    def add(self, block: Block) -> None: ...

    def close(self) -> None: ...


def writer(form: str) -> type[Writer]:
    """The writer of one of the `FORMATS`.

    Raises:
        AltacError: if it needs what is not installed.
    """
    if form == "npz":
        return NpzWriter
    require("pyarrow", "data")
    return ParquetWriter if form == "parquet" else JsonWriter


class ParquetWriter:
    """Typed columns, `none` as null; the description is in the file's metadata under `altac`."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], description: dict[str, Any]) -> None:
        self.arrow: Any = require("pyarrow", "data")
        parquet: Any = require("pyarrow.parquet", "data")
        self.columns = columns
        fields = [(column.name, self._type(column)) for column in columns]
        self.schema = self.arrow.schema(fields, {"altac": json.dumps(description, ensure_ascii=False)})
        self.writer = parquet.ParquetWriter(file, self.schema, compression="zstd")
        self.waiting: list[Any] = []

    def add(self, block: Block) -> None:
        arrays = [self._array(column, block[column.name]) for column in self.columns]
        self.waiting.append(self.arrow.Table.from_arrays(arrays, schema=self.schema))
        if sum(table.nbytes for table in self.waiting) >= GROUP:
            self._flush()

    def close(self) -> None:
        if self.waiting:
            self._flush()
        self.writer.close()

    def _flush(self) -> None:
        table = self.arrow.concat_tables(self.waiting)
        self.writer.write_table(table, row_group_size=table.num_rows)
        self.waiting = []

    def _type(self, column: Column) -> Any:
        if column.width:
            return self.arrow.list_(self.arrow.float32(), column.width)
        if column.type == "text":
            return self.arrow.dictionary(getattr(self.arrow, column.index)(), self.arrow.string())
        return self.arrow.bool_() if column.type == "bool" else getattr(self.arrow, column.type)()

    def _array(self, column: Column, rows: Array) -> Any:
        arrow = self.arrow
        if column.width:
            return arrow.FixedSizeListArray.from_arrays(arrow.array(rows.reshape(-1)), column.width)
        if column.type == "text":
            indices = arrow.array(rows.astype(column.index), mask=nulls(column, rows))
            return arrow.DictionaryArray.from_arrays(indices, arrow.array(column.values, arrow.string()))
        return arrow.array(plain(column, rows), mask=nulls(column, rows))


class JsonWriter:
    """One object a row; the description is in the folder's manifest only."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], _: dict[str, Any]) -> None:
        self.arrow: Any = require("pyarrow", "data")
        self.compute: Any = require("pyarrow.compute", "data")
        self.file = file
        self.columns = columns
        opening = ["{"] + [", "] * (len(columns) - 1)
        self.keys = [f"{start}{json.dumps(column.name)}: " for start, column in zip(opening, columns, strict=True)]

    def add(self, block: Block) -> None:
        rows = len(block["input"])
        for start in range(0, rows, LINES):
            pieces = []
            for key, column in zip(self.keys, self.columns, strict=True):
                pieces += [self.arrow.scalar(key), self._texts(column, block[column.name][start : start + LINES])]
            lines = self.compute.binary_join_element_wise(*pieces, self.arrow.scalar("}\n"), "")
            _, offsets, data = lines.buffers()
            ends = np.frombuffer(offsets, np.int32)
            self.file.write(memoryview(data)[ends[0] : ends[len(lines)]])

    def close(self) -> None:
        pass

    def _texts(self, column: Column, rows: Array) -> Any:
        """The JSON text of every value."""
        arrow, compute = self.arrow, self.compute
        if column.width:
            numbers = compute.cast(arrow.array(rows.reshape(-1)), arrow.string())
            lists = arrow.ListArray.from_arrays(np.arange(0, rows.size + 1, column.width, dtype=np.int32), numbers)
            return compute.binary_join_element_wise("[", compute.binary_join(lists, ", "), "]", "")
        if column.domain is None:
            numbers = compute.cast(arrow.array(rows, mask=nulls(column, rows)), arrow.string())
            return compute.fill_null(numbers, "null")
        known = [*column.values, None]
        return compute.take(arrow.array([json.dumps(value, ensure_ascii=False) for value in known]), arrow.array(rows))


class NpzWriter:
    """An array for each column, and `NAME.null` for those that have nulls, which hold 0, false or an empty text there.

    The rows of a file are in memory until it is closed: an array stands in one piece in the file.
    """

    def __init__(self, file: IO[bytes], columns: Sequence[Column], description: dict[str, Any]) -> None:
        self.file = file
        self.columns = columns
        self.description = description
        self.blocks: list[Block] = []

    def add(self, block: Block) -> None:
        self.blocks.append(block)

    def close(self) -> None:
        with zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED) as archive:
            self._put(archive, "altac", np.array(json.dumps(self.description, ensure_ascii=False)))
            for column in self.columns:
                shape = (0, column.width) if column.width else (0,)
                rows = np.concatenate([np.zeros(shape, np.int8), *(block.pop(column.name) for block in self.blocks)])
                self._put(archive, column.name, plain(column, rows))
                if column.has_null:
                    self._put(archive, f"{column.name}.null", nulls(column, rows))

    def _put(self, archive: zipfile.ZipFile, name: str, array: Any) -> None:
        entry = zipfile.ZipInfo(f"{name}.npy")  # with a fixed date, so that equal rows are equal bytes
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as file:
            np.lib.format.write_array(file, array, allow_pickle=False)


def nulls(column: Column, rows: Array) -> Array | None:
    """Where a column is null; None if it never is."""
    if not column.has_null:
        return None
    null: Array = np.isnan(rows) if column.type == "float64" else rows == column.null
    return null


def plain(column: Column, rows: Array) -> Array:
    """The values of rows in an array of their type; where they are null, some value."""
    if column.width:
        return rows.astype(np.float32, copy=False)
    if column.type == "float64":
        return np.nan_to_num(rows)
    if column.domain is None:
        return np.maximum(rows, 0).astype(column.type, copy=False) if column.optional else rows.astype(column.type)
    if column.type == "text":
        return np.array([*column.values, ""], np.str_)[rows]
    return np.array([*column.values, 0], column.type)[rows]
