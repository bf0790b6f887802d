"""What the page of a run is made from, as plain types: the schema of the JSON in it.

Names, texts and causes are numbered in lists; cells hold numbers, -1 where there is nothing. Layer 0 is the initial
state, layer n the n-th that ran. What a layer reads under a name stands in the layer that `Layer.found` gives, so that
causes need to say names only: all that they read is at their own position.

`json.dumps(asdict(view))` is the record; a change of it that breaks readers raises `FORMAT`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FORMAT = 1
NOTHING = -1
TAKEN, CHOSEN, OUT_OF_REACH, UNKNOWN, FIRST_CONDITION = "t", "s", ".", "?", "A"
Sort = Literal["variable", "value", "head", "test"]
Reason = Literal["initial", "rule", "stays", "sum", "head", "test", "unread", "unruled"]


@dataclass(frozen=True)
class Text:
    """A source: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Place:
    """A span of a source: the source's number, its lines from 1, and the text of the span on one line."""

    source: int
    line: int
    last: int
    text: str


@dataclass(frozen=True)
class Column:
    """A position: its symbol, and whether the output is read there."""

    symbol: str
    is_output: bool


@dataclass(frozen=True)
class LayerRun:
    """A layer that ran, or the initial state.

    Attributes:
        name: of the layer with its round, "" where it has none.
        found: for each name the layer in which stands what this one reads under it, -1 where it cannot.
    """

    name: str
    found: list[int]


@dataclass(frozen=True)
class Condition:
    """A condition of a head: the numbers of the names that it compares, -1 for a side that it does not read."""

    key: int
    query: int


@dataclass(frozen=True)
class Name:
    """A variable, a head, or what a step asks of numbers.

    Attributes:
        kind: what it is; `value` for what a layer introduces.
        domain: as a program would write it.
        place: where it is declared.
        texts: the values that occur, as a program would write them.
        values: the values of its domain, [] where there are too many to list.
        rows: for each layer the numbers in `texts` of its values by position, None where it has none.
        causes: for each layer the number of the cause at each position, None as above, -1 where the layer does not
            assign it.
        origins: for each layer the layer from which the value at each position is; None as above.
        brings: of a head, the number of the name that it brings from selected positions, -1 for none.
        conditions: of a head.
        looks: of a head, for each layer the numbers in `patterns`, by query; None as above.
    """

    name: str
    kind: Sort
    domain: str
    place: Place | None
    texts: list[str]
    values: list[str]
    rows: list[list[int] | None]
    causes: list[list[int] | None]
    origins: list[list[int] | None]
    brings: int
    conditions: list[Condition]
    looks: list[list[int] | None]


@dataclass(frozen=True)
class Cause:
    """What gave a value.

    Attributes:
        kind: the embedding; a rule that fires; an assignment of the value that was there; a sum of numbers; a head; a
            test of numbers; no value in the weights; weights that change what no rule does.
        text: the rule, the sum, or by what the embedding goes.
        place: the assignment or declaration.
        reads: the numbers of names that it reads.
    """

    kind: Reason
    text: str
    place: Place | None
    reads: list[int]


@dataclass(frozen=True)
class Difference:
    """Where the program gives another value than the weights hold, as text."""

    name: int
    layer: int
    position: int
    expected: str


@dataclass(frozen=True)
class Stream:
    """The residual stream of weights.

    `axes` name its dimensions; `states[layer][position]` lists a dimension and its value in turns, of those that are
    not 0, rounded to six digits.
    """

    axes: list[str]
    states: list[list[list[float]]]


@dataclass(frozen=True)
class View:
    """A run of a program.

    `patterns` have a character for each key: `t` if it is selected and decides what the head brings, `s` if it is
    selected, `.` if it is out of reach, `?` if it is not known, and `A`, `B`, ... for the first condition that fails.
    `output_by` are the numbers of names that decide where the output is read, and `output_where` the condition.
    """

    format: int
    program: str
    doc: str
    engine: Literal["interpreter", "weights"]
    input: str
    output: str | None
    error: str | None
    sources: list[Text]
    columns: list[Column]
    layers: list[LayerRun]
    names: list[Name]
    causes: list[Cause]
    patterns: list[str]
    differences: list[Difference]
    output_name: int
    output_where: str
    output_by: list[int]
    rules: str
    sizes: str
    stream: Stream | None
