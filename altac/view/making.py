"""From a run to what its page is made from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from altac.diagnostics import AltacError, Source, Span
from altac.diagnostics.explain_errors import TooLargeToShow
from altac.engine.trace import Trace
from altac.explain.facts import Added, Asked, Fact, Fired, Given, Looked, Stayed, Unread, Unruled, Why
from altac.explain.looking import FAILS, FAR, Looking
from altac.explain.place import has_row, label
from altac.explain.run import Explainer
from altac.ir.numbers import is_open, number_text
from altac.ir.values import source_text, value_text
from altac.view.payload import (
    CHOSEN,
    FIRST_CONDITION,
    FORMAT,
    NOTHING,
    OUT_OF_REACH,
    TAKEN,
    UNKNOWN,
    Cause,
    Column,
    Condition,
    Difference,
    LayerRun,
    Name,
    Place,
    Reason,
    Sort,
    Stream,
    Text,
    View,
)

MOST_CELLS = 400_000  # positions times layers times names
MOST_PAIRS = 8_000_000  # pairs of positions, for each head in each layer that has it
MOST_VALUES = 100  # of a domain that are listed


class Numbering:
    """Numbers for different things, in the order in which they come."""

    def __init__(self) -> None:
        self.items: dict[Hashable, int] = {}

    def of(self, item: Hashable) -> int:
        return self.items.setdefault(item, len(self.items))


@dataclass(frozen=True)
class _Cause:
    """`Cause` that can be compared."""

    kind: Reason
    text: str
    place: Place | None
    reads: tuple[int, ...]


class Maker:
    """Makes a view from a run; see `view_of`."""

    def __init__(self, explainer: Explainer) -> None:
        self.explainer = explainer
        self.trace: Trace = explainer.trace
        self.program = explainer.program
        tests = [test.name for layer in self.program.layers for test in layer.tests]
        self.known = [name for name in (*self.trace.domains, *tests) if name in explainer.domains]
        self.known = list(dict.fromkeys(self.known))
        self.numbers = {name: number for number, name in enumerate(self.known)}
        self.sources: list[Source] = [self.program.source]
        self.causes, self.patterns = Numbering(), Numbering()
        self.differences: list[Difference] = []

    def place(self, span: Span | None) -> Place | None:
        if span is None:
            return None
        number = next((n for n, source in enumerate(self.sources) if source is span.source), None)
        if number is None:
            number = len(self.sources)
            self.sources.append(span.source)
        last = span.source.position(max(span.start, span.end - 1))[0]
        return Place(number, span.line, last, " ".join(span.text.split()))

    def layers(self) -> Iterator[LayerRun]:
        yield LayerRun("", [NOTHING] * len(self.known))
        for layer in range(1, self.trace.layers + 1):
            readable = self.explainer.readable(layer)
            found = [self.explainer.origin(name, layer) if name in readable else NOTHING for name in self.known]
            yield LayerRun(label(self.trace, layer), found)

    def name(self, name: str) -> Name:
        explainer, trace = self.explainer, self.trace
        head = explainer.heads.get(name)
        kind: Sort = "value"
        span: Span | None = None
        if explainer.is_test(name):
            kind = "test"
        elif head is not None:
            kind, span = "head", head.span
        elif name in self.program.variable_names:
            kind, span = "variable", self.program.variable(name).span
        else:
            span = next(one.span for one in self.program.introduced if one.name == name)
        texts = Numbering()
        rows: list[list[int] | None] = []
        causes: list[list[int] | None] = []
        origins: list[list[int] | None] = []
        looks: list[list[int] | None] = []
        for layer in range(trace.layers + 1):
            if not self.has_row(name, layer):
                for some in (rows, causes, origins, looks):
                    some.append(None)
                continue
            facts = [Fact(layer, position, name) for position in range(explainer.positions)]
            came = [explainer.came_about(fact) for fact in facts]
            rows.append([texts.of(explainer.text(fact)) for fact in facts])
            origins.append([fact.layer for fact in came])
            causes.append(
                [
                    self.cause(fact) if origin.layer == layer else NOTHING
                    for fact, origin in zip(facts, came, strict=True)
                ]
            )
            looks.append(None if head is None else self.looks(explainer.looking(name, layer)))
        domain = explainer.domains[name]
        listed = not is_open(domain) and len(domain) <= MOST_VALUES
        conditions = () if head is None else head.conditions
        return Name(
            name,
            kind,
            short(str(domain)),
            self.place(span),
            [str(text) for text in texts.items],
            [source_text(value) for value in domain] if listed else [],
            rows,
            causes,
            origins,
            self.number(None if head is None else head.variable),
            [Condition(self.number(one.key), self.number(one.query)) for one in conditions],
            looks,
        )

    def number(self, name: str | None) -> int:
        return NOTHING if name is None else self.numbers[name]

    def has_row(self, name: str, layer: int) -> bool:
        if self.explainer.is_test(name):
            return layer > 0 and name in self.explainer.readable(layer)
        return has_row(self.trace, name, layer)

    def cause(self, fact: Fact) -> int:
        why = self.explainer.why(fact)
        if why.expected is not None:
            number = self.numbers[fact.name]
            expected = source_text(why.expected[0])
            self.differences.append(Difference(number, fact.layer, fact.position, expected))
        return self.causes.of(self.as_cause(why))

    def as_cause(self, why: Why) -> _Cause:
        read = tuple(dict.fromkeys(self.numbers[one.name] for one in why.reads))
        match why.cause:
            case Given(by, span):
                return _Cause("initial", by, self.place(span), ())
            case Fired():
                return _Cause("rule", why.cause.text, self.place(why.cause.span), read)
            case Stayed(span):
                return _Cause("stays", "", self.place(span), read)
            case Added(terms, amount, rule, span):
                text = " + ".join(
                    [*(f"{number_text(factor)} * {one.name}" for factor, one in terms), source_text(amount)]
                )
                return _Cause("sum", text if rule is None else f"{text}\n{rule.text}", self.place(span), read)
            case Looked(span):
                return _Cause("head", "", self.place(span), read)
            case Asked():
                return _Cause("test", "", None, read)
            case Unread():
                return _Cause("unread", "", None, read)
            case Unruled():
                return _Cause("unruled", "", None, read)
            case _:
                assert_never(why.cause)

    def looks(self, looking: Looking) -> list[int]:
        codes = np.full(looking.selected.shape, ord(OUT_OF_REACH), np.uint8)
        codes[looking.why_not != FAR] = ord(FIRST_CONDITION) + (looking.why_not[looking.why_not != FAR] - FAILS)
        codes[looking.selected] = ord(CHOSEN)
        codes[looking.taken] = ord(TAKEN)
        codes[~looking.known] = ord(UNKNOWN)
        return [self.patterns.of(row.tobytes().decode("ascii")) for row in codes]


def short(text: str) -> str:
    return text if len(text) <= MOST_VALUES else text[: MOST_VALUES - 3] + "..."


def view_of(
    explainer: Explainer,
    text: str,
    output: str | None,
    rules: str,
    sizes: Sequence[str],
    axes: Sequence[str] = (),
    streams: Sequence[NDArray[np.float32]] = (),
) -> View:
    """The view of a run.

    Args:
        text: the input; `output` what it gave, None where the run failed.
        rules, sizes: texts about the program.
        axes: the names of the dimensions of the residual stream, where weights ran.
        streams: after each layer, from 0, (positions, d_model).

    Raises:
        AltacError: if it is too large.
    """
    trace, maker = explainer.trace, Maker(explainer)
    check_size("a page", explainer, len(maker.known))
    names = [maker.name(name) for name in maker.known]
    shown = set(explainer.shown)
    where = explainer.program.output_where
    causes = [one for one in maker.causes.items if isinstance(one, _Cause)]
    return View(
        FORMAT,
        explainer.program.name,
        explainer.program.doc,
        "weights" if axes else "interpreter",
        text,
        output,
        None if trace.error is None else f"{trace.error.code}: {trace.error.message}",
        [Text(PurePath(source.name).name, source.text) for source in maker.sources],  # not where it lies
        [Column(value_text(token), position in shown) for position, token in enumerate(trace.tokens)],
        list(maker.layers()),
        names,
        [Cause(one.kind, one.text, one.place, list(one.reads)) for one in causes],
        [str(pattern) for pattern in maker.patterns.items],
        maker.differences,
        maker.numbers.get(explainer.program.interface.variable, NOTHING),
        "" if where is None else " ".join(where.span.text.split()),
        [maker.numbers[fact.name] for fact in explainer.shown_by(0)] if explainer.positions else [],
        rules,
        "\n".join(sizes),
        stream_of(axes, streams) if axes else None,
    )


def check_size(what: str, explainer: Explainer, names: int) -> None:
    """Make sure that a run is small enough.

    Raises:
        AltacError: if it is not.
    """
    trace, size = explainer.trace, explainer.positions
    cells = size * (trace.layers + 1) * names
    pairs = size * size * sum(len(one.heads) for one in trace.ran)
    for count, most in ((cells, MOST_CELLS), (pairs, MOST_PAIRS)):
        if count > most:
            raise AltacError([TooLargeToShow(None, what, size, trace.layers, count, most)])


def stream_of(axes: Sequence[str], streams: Sequence[NDArray[np.float32]]) -> Stream:
    states = []
    for state in streams:
        rows = []
        for row in state:
            places = np.flatnonzero(np.abs(row) > 5e-7)
            rows.append([one for place in places.tolist() for one in (place, round(float(row[place]), 6))])
        states.append(rows)
    return Stream(list(axes), states)
