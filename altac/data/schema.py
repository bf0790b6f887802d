"""The columns of a trace: names, types and domains, and everything else that says how to read its files.

A row is one position of one input in one layer. The columns:

`input` `layer` `position` `token`   which input (its line, from 0), layer (from 1), position (from 0), and its symbol
`layer.name` `layer.round`           the name of the layer, empty in a program of one step, and which run of it this is
`NAME.before` `NAME.after`           a variable before and after the step; those before layer 1 are the initial values;
                                     what a layer introduces is null where it is not there yet, or no longer needed
`NAME.head`                          what a head brought, which the step read; null in layers that are not its own
`NAME.rule`                          the number of the plain rule that changed a variable, from 0, in the order of
                                     `altac rules -O0`; null where it kept its value
`residual.before` `residual.after`   the residual stream before and after the layer, where asked for
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any, Literal

from altac.ir.encode import encode_value, encode_values
from altac.ir.numbers import is_open
from altac.ir.program import Program
from altac.ir.program_text import print_program
from altac.ir.values import Domain, Value, kind_of, source_text, value_text
from altac.version import __version__

Type = Literal["bool", "int8", "int16", "int32", "int64", "float64", "text", "vector"]
SCHEMA = 2  # grows when columns get other names or meanings
NULL = -1  # in the rows of a column of numbers: no plain rule has this number
FIXED = ("token", "position")  # variables that no step can assign: they have columns of their own


@dataclass(frozen=True)
class Column:
    """A column of a trace; `what` says in words what it holds.

    Where there is a `domain`, rows hold indices into it, and files its values: as whole numbers, booleans or texts.
    Without one they hold whole numbers, vectors of `width` numbers, or numbers ("float64"). In an `optional` column
    some rows are null.
    """

    name: str
    what: str
    domain: Domain | None = None
    whole: Type = "int64"
    optional: bool = False
    width: int = 0

    @cached_property
    def values(self) -> tuple[bool | int | str, ...]:
        """What files hold for the values of the domain, in its order, without `none`, which is last."""
        known = [value for value in self.domain or () if value is not None]
        if self.type != "text":
            return tuple(known)  # type: ignore[arg-type]
        texts = [value_text(value) for value in known]
        return tuple(texts if len(set(texts)) == len(texts) else map(source_text, known))

    @cached_property
    def type(self) -> Type:
        if self.width:
            return "vector"
        if self.domain is None:
            return self.whole
        known = [value for value in self.domain if value is not None]
        if all(kind_of(value) == "boolean" for value in known) and known:
            return "bool"
        if all(isinstance(value, int) and kind_of(value) == "number" for value in known) and known:
            return smallest(known)
        return "text"

    @property
    def has_null(self) -> bool:
        return self.optional or (self.domain is not None and None in self.domain)

    @property
    def null(self) -> float:
        """What rows hold for null: the index of `none`, also where the domain has none."""
        if self.type == "float64":
            return nan
        return NULL if self.domain is None else len(self.values)

    @property
    def index(self) -> Type:
        """The type of what rows hold."""
        return self.whole if self.domain is None else smallest([len(self.domain)])

    def to_dict(self) -> dict[str, Any]:
        described: dict[str, Any] = {"what": self.what, "type": self.type}
        if self.domain is not None:
            described |= {"domain": str(self.domain), "values": encode_values(self.domain.values)}
        if self.width:
            described["width"] = self.width
        return described


def smallest(numbers: Sequence[Value]) -> Type:
    """The smallest type for whole numbers; text where they are too large for any."""
    bits = max(int(number).bit_length() if int(number) >= 0 else int(~number).bit_length() for number in numbers)  # type: ignore
    sizes: list[tuple[int, Type]] = [(7, "int8"), (15, "int16"), (31, "int32"), (63, "int64")]
    return next((name for most, name in sizes if bits <= most), "text")


def trace_columns(program: Program, rules: Sequence[str], residual: int) -> list[Column]:
    """The columns of a program's traces.

    Args:
        rules: variables that have rules, none where these are not asked for.
        residual: the width of the residual stream, 0 where it is not asked for.
    """
    names = program.layer_names
    columns = [
        Column("input", "the line of the input in its file, from 0"),
        Column("layer", "the layer, from 1", whole="int32"),
        Column("layer.name", "the name of the layer", Domain(names)),
        Column("layer.round", "which run of this layer it is, from 1", whole="int32"),
        Column("position", "the position, from 0", whole="int32"),
        Column("token", "the symbol at the position", program.interface.vocabulary),
    ]
    for variable in program.variables:
        if variable.name not in FIXED:
            for when in ("before", "after"):
                what = f"variable {variable.name} {when} the step"
                columns.append(stated(f"{variable.name}.{when}", what, variable.domain))
    numbers = range(len(names))
    for kept in program.introduced:
        for when, stands in (("before", kept.stands_before), ("after", kept.stands_after)):
            what, missing = f"variable {kept.name} {when} the step", not all(map(stands, numbers))
            columns.append(stated(f"{kept.name}.{when}", what, kept.domain, missing))
    for layer, layer_name in zip(program.layers, names, strict=True):
        where = f" in layer {layer_name}" if layer_name else ""
        for head in layer.heads:
            what = f"what head {head.name} brought{where}"
            columns.append(stated(f"{head.name}.head", what, head.domain, len(numbers) > 1))
    for name in rules:
        columns.append(Column(f"{name}.rule", f"the plain rule that changed {name}", optional=True))
    if residual:
        for when in ("before", "after"):
            columns.append(Column(f"residual.{when}", f"the residual stream {when} the layer", width=residual))
    return columns


def stated(name: str, what: str, domain: Domain, optional: bool = False) -> Column:
    """The column of values of a domain, or of numbers."""
    if is_open(domain):
        return Column(name, what, whole="float64", optional=optional)
    return Column(name, what, domain, optional=optional)


def describe(program: Program, columns: Sequence[Column], options: dict[str, Any]) -> dict[str, Any]:
    """What travels with the files, in plain types; the same for equal programs and options."""
    return {
        "schema": SCHEMA,
        "altac": __version__,
        "program": program.name,
        "program_sha256": program_digest(program),
        "params": {name: encode_value(value) for name, value in program.overrides},
        **options,
        "columns": {column.name: column.to_dict() for column in columns},
    }


def program_digest(program: Program) -> str:
    """A hash of what a program means: the same whatever its comments, its layout, and the files that it imports."""
    interface = program.interface
    facts = [
        print_program(program),
        interface.before,
        interface.after,
        [repr(head.brings) for head in program.heads],
        [
            [(condition.key, condition.query, condition.holds) for condition in head.conditions]
            for head in program.heads
        ],
    ]
    if interface.unknown is not None:
        facts.append(encode_value(interface.unknown.other))
        facts += [[shape, encode_value(symbol)] for shape, symbol in interface.unknown.shapes]
    if program.score is not None:
        score = program.score
        facts += [[[sorted(row.items()) for row in term.rows] for term in score.terms], sorted(score.constant.items())]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
