"""The meaning of alta a second time: walks the syntax tree, one position after the other, in plain Python.

Tests compare altac with it. It shares the parser with altac, and nothing else; it is slow, and says nothing nicely.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from altac.diagnostics import Source
from altac.syntax import parse_source
from altac.syntax import tree as t

Names = Mapping[str, Callable[[], Any]]  # a `let`, an argument and a captured name are evaluated where they are used
Position = dict[str, Any]  # the variables of one position
Event = tuple[str, int, Any]  # a code, the line that it is about, and the value that leaves its domain


class Fault(Exception):
    """An operator without a value."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(code, line)
        self.code, self.line = code, line


class Disagreement(Exception):
    """A head selects positions that bring different values."""


def key(value: Any) -> Any:
    """What two values share exactly if they are the same: `true` is not 1."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, frozenset):
        return frozenset(map(key, value))
    return tuple(map(key, value)) if isinstance(value, tuple) else value


def same(left: Any, right: Any) -> bool:
    return bool(key(left) == key(right))


def is_number(value: Any) -> bool:
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def written(value: Any) -> str:
    """How a symbol, a number or a boolean stands in a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole(value: Any) -> Any:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def ordered(values: Iterable[Any]) -> list[Any]:
    """Numbers, booleans, symbols, sets, none."""

    def place(value: Any) -> tuple[int, Any]:
        if is_number(value):
            return 0, value
        if isinstance(value, frozenset):
            return 3, (len(value), [place(one) for one in ordered(value)])
        return (4, 0) if value is None else (1 if isinstance(value, bool) else 2, value)

    return sorted(values, key=place)


def operand(good: bool, value: Any, line: int) -> None:
    if not good:
        raise Fault("E0302" if value is None else "E0201", line)


def calculate(op: str, left: Any, right: Any, line: int) -> Any:
    """An operator on two values."""
    if op in ("|", "&", "-") and isinstance(left, frozenset) and isinstance(right, frozenset):
        others = set(map(key, right))
        if op != "|":
            return frozenset(one for one in left if (key(one) in others) is (op == "&"))
        union = {key(one): one for one in (*left, *right)}
        operand(len(frozenset(union.values())) == len(union), 0, line)
        return frozenset(union.values())
    if op in ("|", "&"):
        operand(False, right if isinstance(left, frozenset) else left, line)
    if op == "^" and isinstance(left, bool) and isinstance(right, bool):
        return left != right
    for value in (left, right):
        operand(is_number(value) and (op != "^" or isinstance(value, int)), value, line)
    if op in ("/", "//", "%") and right == 0:
        raise Fault("E0303", line)
    match op:
        case "+":
            return whole(left + right)
        case "-":
            return whole(left - right)
        case "*":
            return whole(left * right)
        case "/":
            return whole(Fraction(left) / Fraction(right))
        case "//":
            return whole(left // right)
        case "%":
            return whole(left % right)
        case "^":
            return left ^ right
        case "min":
            return min(left, right)
        case "max":
            return max(left, right)
    raise AssertionError(op)


def is_open(domain: t.Expr | None) -> bool:
    """Whether values are not those of a declared finite domain."""
    return domain is None or (isinstance(domain, t.Name) and domain.text == "number")


def span(low: Any, high: Any, line: int) -> frozenset[Any]:
    """A range of whole numbers or of symbols."""
    if isinstance(low, str) and isinstance(high, str):
        operand(len(low) == len(high) == 1 and low <= high, high, line)
        return frozenset(map(chr, range(ord(low), ord(high) + 1)))
    for value in (low, high):
        operand(isinstance(value, int) and not isinstance(value, bool), value, line)
    return frozenset(range(low, high + 1))


def compare(op: str, left: Any, right: Any, line: int) -> bool:
    if op in ("==", "!="):
        return same(left, right) is (op == "==")
    if op in ("in", "not in"):
        operand(isinstance(right, frozenset | tuple | dict), right, line)
        return (key(left) in (right if isinstance(right, dict) else set(map(key, right)))) is (op == "in")
    kinds = [is_number(one) or (isinstance(one, str) and "symbol") for one in (left, right)]
    operand(bool(kinds[0]), left, line)
    operand(kinds[0] == kinds[1], right, line)
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op])


def of_json(data: Any) -> Any:
    """A value of JSON as one of a program; tables are from what keys share to keys with their values."""
    if isinstance(data, dict):
        return {key(one): (one, of_json(value)) for one, value in data.items()}
    return tuple(map(of_json, data)) if isinstance(data, list) else data


@dataclass(frozen=True)
class Block:
    """What acts in one layer, named or not."""

    name: str
    heads: tuple[t.Head, ...]
    body: tuple[t.Introduce | t.Statement, ...]


@dataclass
class Oracle:
    """One program, which the checker need not accept: then `events` says why."""

    text: str
    file: t.File = field(init=False)
    folder: Path = Path(__file__).parents[1] / "programs"  # of the files that it reads
    names: dict[str, Callable[[], Any]] = field(default_factory=dict)
    functions: dict[str, t.Def] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file = parse_source(Source("oracle.alta", self.text))
        self.names["bool"] = lambda: frozenset((False, True))
        for one in self.file.declarations:
            if isinstance(one, t.Const | t.Param | t.Type):
                value = self.evaluate(one.domain if isinstance(one, t.Type) else one.value, self.names)
                self.names[one.name.text] = lambda value=value: value  # type: ignore[misc]
            elif isinstance(one, t.Def):
                self.functions[one.name.text] = one

    def all(self, kind: type) -> list[Any]:
        return [one for one in self.file.declarations if isinstance(one, kind)]

    def one(self, kind: type) -> Any:
        return next(iter(self.all(kind)), None)

    # Expressions ---------------------------------------------------------------------------------------------

    def evaluate(self, expr: t.Expr, names: Names) -> Any:
        line = expr.span.line
        match expr:
            case t.Literal_():
                return expr.value
            case t.Group():
                return self.evaluate(expr.inner, names)
            case t.Name():
                return names[expr.text]()
            case t.Field():
                return names[f"{expr.side}.{expr.name.text}"]()
            case t.Unary(op="not"):
                value = self.evaluate(expr.operand, names)
                operand(isinstance(value, bool), value, line)
                return not value
            case t.Unary():
                return calculate(expr.op, 0, self.evaluate(expr.operand, names), line)
            case t.Binary(op="and"):
                return self.truth(expr.left, names) and self.truth(expr.right, names)
            case t.Binary(op="or"):
                return self.truth(expr.left, names) or self.truth(expr.right, names)
            case t.Binary():
                return calculate(expr.op, self.evaluate(expr.left, names), self.evaluate(expr.right, names), line)
            case t.Compare():
                left = self.evaluate(expr.first, names)
                for op, other in expr.rest:
                    right = self.evaluate(other, names)
                    if not compare(op, left, right, line):
                        return False
                    left = right
                return True
            case t.Ternary():
                return self.evaluate(expr.then if self.truth(expr.condition, names) else expr.other, names)
            case t.Range():
                low, high = self.evaluate(expr.low, names), self.evaluate(expr.high, names)
                return span(low, high, line)
            case t.Optional_():
                return self.evaluate(expr.domain, names) | {None}
            case t.Index():
                return self.item(self.evaluate(expr.collection, names), self.evaluate(expr.index, names), line)
            case t.Call():
                return self.call(expr, names)
            case t.Collection():
                return self.collection(expr, names)
        raise AssertionError(expr)

    def truth(self, expr: t.Expr, names: Names) -> bool:
        value = self.evaluate(expr, names)
        operand(isinstance(value, bool), value, expr.span.line)
        return bool(value)

    def item(self, collection: Any, index: Any, line: int) -> Any:
        if isinstance(collection, dict):
            if key(index) not in collection:
                raise Fault("E0304", line)
            return collection[key(index)][1]
        operand(isinstance(collection, tuple), collection, line)
        operand(isinstance(index, int) and not isinstance(index, bool), index, line)
        if not 0 <= index < len(collection):
            raise Fault("E0304", line)
        return collection[index]

    def call(self, expr: t.Call, names: Names) -> Any:
        name, line = expr.function.text, expr.span.line
        if name in self.functions:
            definition = self.functions[name]
            inner = {
                parameter.text: lambda argument=argument: self.evaluate(argument, names)  # type: ignore[misc]
                for parameter, argument in zip(definition.parameters, expr.arguments, strict=True)
            }
            return self.evaluate(definition.body, {**self.names, **inner})
        values = [self.evaluate(argument, names) for argument in expr.arguments]
        match name:
            case "lines":
                return tuple((self.folder / values[0]).read_text(encoding="utf-8").splitlines())
            case "table":
                text = (self.folder / values[0]).read_text(encoding="utf-8")
                return of_json(json.loads(text, parse_float=Fraction))
            case "abs":
                operand(is_number(values[0]), values[0], line)
                return abs(values[0])
            case "len":
                operand(isinstance(values[0], frozenset | tuple | dict), values[0], line)
                return len(values[0])
            case "clamp":
                return calculate("min", calculate("max", values[0], values[1], line), values[2], line)
        if len(values) == 1:
            values = list(values[0])
        result = values[0]
        for value in values[1:]:
            result = calculate(name, result, value, line)
        return result

    def collection(self, expr: t.Collection, names: Names) -> Any:
        rounds: list[Names] = [names]
        for generator in expr.generators:
            rounds = [inner for outer in rounds for inner in self.rounds(generator, outer)]
        items = [(item, inner) for inner in rounds for item in expr.items]
        if expr.kind == "table":
            pairs = [(self.evaluate(e.key, n), self.evaluate(e.value, n)) for e, n in items if isinstance(e, t.Entry)]
            return {key(one): (one, value) for one, value in pairs}
        values = [self.evaluate(item, inner) for item, inner in items]  # type: ignore[arg-type]
        if expr.kind == "list":
            return tuple(values)
        operand(len(frozenset(values)) == len(set(map(key, values))), 0, expr.span.line)
        return frozenset(values)

    def rounds(self, generator: t.Generator, names: Names) -> Iterator[Names]:
        for value in self.elements(generator.collection, names):
            inner = {**names, generator.name.text: lambda value=value: value}
            if generator.condition is None or self.truth(generator.condition, inner):
                yield inner

    def elements(self, expr: t.Expr, names: Names) -> list[Any]:
        value = self.evaluate(expr, names)
        if isinstance(value, dict):
            return [one for one, _ in value.values()]
        return ordered(value) if isinstance(value, frozenset) else list(value)

    # Layers --------------------------------------------------------------------------------------------------

    @property
    def blocks(self) -> dict[str, Block]:
        """The layers by name; the step of a program without any has the name "step"."""
        if not self.all(t.Layer):
            step = self.one(t.Step)
            return {"step": Block("step", tuple(self.all(t.Head)), () if step is None else step.body)}
        found = {}
        for layer in self.all(t.Layer):
            heads = tuple(item for item in layer.items if isinstance(item, t.Head))
            body = tuple(item for item in layer.items if not isinstance(item, t.Head))
            found[layer.name.text] = Block(layer.name.text, heads, body)
        return found

    @property
    def schedule(self) -> list[tuple[list[Block], int | None, t.Expr | None]]:
        """Which layers run in a row, how often, or until when."""
        blocks, run = self.blocks, self.one(t.Run)
        if not self.all(t.Layer):
            layers, halt = self.one(t.Layers), self.one(t.Halt)
            times = None if layers is None else self.evaluate(layers.count, self.names)
            return [([blocks["step"]], times, None if halt is None else halt.condition)]
        if run is None:
            return [([block], 1, None) for block in blocks.values()]
        return [
            (
                [blocks[name.text] for name in entry.layers],
                None if entry.until else 1 if entry.times is None else self.evaluate(entry.times, self.names),
                entry.until,
            )
            for entry in run.entries
        ]

    def step(self, state: Position, layer: str = "step") -> tuple[Position, list[Event]]:
        """What is assigned where a position and its heads have these values, and all that goes wrong."""
        after: Position = {}
        events: list[Event] = []
        names = {**self.names, **{name: lambda value=value: value for name, value in state.items()}}
        self.block(self.blocks[layer].body, names, after, events)
        return after, events

    def block(
        self, body: Sequence[t.Introduce | t.Statement], names: Names, after: Position, events: list[Event]
    ) -> None:
        inner = dict(names)
        for statement in body:
            try:
                self.statement(statement, inner, after, events)
            except Fault as fault:  # this statement does nothing, and the others go on
                events.append((fault.code, fault.line, None))

    def statement(
        self,
        statement: t.Introduce | t.Statement,
        names: dict[str, Callable[[], Any]],
        after: Position,
        events: list[Event],
    ) -> None:
        match statement:
            case t.Introduce():
                value = after[statement.name.text] = self.evaluate(statement.value, names)
                domain = None if is_open(statement.domain) else self.evaluate(statement.domain, self.names)
                if domain is not None and key(value) not in set(map(key, domain)):
                    events.append(("E0301", statement.span.line, value))
            case t.Assign():
                name, line = statement.target.text, statement.span.line
                if name in after:
                    events.append(("E0305", line, None))
                after[name] = None
                value = after[name] = self.evaluate(statement.value, names)
                if not self.holds(name, value):
                    events.append(("E0301", line, value))
            case t.Let():
                here = dict(names)
                names[statement.name.text] = lambda: self.evaluate(statement.value, here)
            case t.If():
                taken = (body for condition, body in statement.branches if self.truth(condition, names))
                other = statement.other.body if statement.other is not None else ()
                self.block(next(taken, other), names, after, events)
            case t.Match():
                for case in statement.cases:
                    inner = dict(names)
                    if self.matches(case, statement, names, inner):
                        self.block(case.body, inner, after, events)
                        break
            case t.For():
                for value in self.elements(statement.collection, names):
                    inner = {**names, statement.name.text: lambda value=value: value}  # type: ignore[misc]
                    self.block(statement.body, inner, after, events)

    def matches(self, case: t.Case, statement: t.Match, names: Names, inner: dict[str, Callable[[], Any]]) -> bool:
        """Whether a case is taken; `inner` also gets the names that it captures."""
        for pattern, subject in zip(case.patterns, statement.subjects, strict=True):
            for one in pattern.alternatives:
                if isinstance(one, t.PatternName) and one.text not in names:
                    inner[one.text] = lambda subject=subject: self.evaluate(subject, names)  # type: ignore[misc]
        for pattern, subject in zip(case.patterns, statement.subjects, strict=True):
            if not any(self.fits(one, subject, names) for one in pattern.alternatives):
                return False
        return case.guard is None or self.truth(case.guard, inner)

    def fits(self, pattern: t.Node, subject: t.Expr, names: Names) -> bool:
        match pattern:
            case t.PatternName() if pattern.text in names:
                constant, value = names[pattern.text](), self.evaluate(subject, names)
                return compare("in" if isinstance(constant, frozenset | tuple | dict) else "==", value, constant, 0)
            case t.PatternValue():
                return same(self.evaluate(subject, names), pattern.value.value)
            case t.PatternRange():
                value, low, high = self.evaluate(subject, names), pattern.low.value, pattern.high.value
                if isinstance(value, str) and isinstance(low, str):
                    return len(value) == 1 and low <= value <= high  # type: ignore[operator]
                return isinstance(value, int) and is_number(value) and is_number(low) and low <= value <= high  # type: ignore[operator]
        return True

    def between(self, state: Position) -> list[Event]:
        """What goes wrong in the conditions that are read between layers."""
        names = {**self.names, **{name: lambda value=value: value for name, value in state.items()}}
        conditions = [one.condition for one in self.all(t.Halt)]
        conditions += [one.until for run in self.all(t.Run) for one in run.entries if one.until is not None]
        conditions += [one.where for one in self.all(t.Output) if one.where is not None]
        events: list[Event] = []
        for one in conditions:
            try:
                self.truth(one, names)
            except Fault as fault:
                events.append((fault.code, fault.line, None))
        return events

    def holds(self, name: str, value: Any) -> bool:
        """Whether a variable can have a value."""
        (var,) = [one for one in self.all(t.Var) if one.name.text == name]
        return is_number(value) if is_open(var.domain) else key(value) in set(map(key, self.domain(name)))

    def domain(self, name: str) -> list[Any]:
        """The declared domain of a variable."""
        (var,) = [one for one in self.all(t.Var) if one.name.text == name]
        return ordered(self.evaluate(var.domain, self.names))

    # Runs ----------------------------------------------------------------------------------------------------

    def read(self, text: str) -> list[Any]:
        """The symbols of a text, in which blanks separate them."""
        declared = self.one(t.Input)
        known = {written(value): value for value in self.evaluate(declared.alphabet, self.names)}
        if declared.unknown is None:
            return [known[piece] for piece in text.split()]
        other = self.evaluate(declared.unknown, self.names)
        return [known[piece] if piece in known else self.unknown(other, piece) for piece in text.split()]

    def unknown(self, other: Any, piece: str) -> Any:
        """What a symbol is read as that is not in the alphabet."""
        if not isinstance(other, Mapping):
            return other
        kinds = re.sub(r"[^\W\d_]", lambda one: "X" if one[0].isupper() else "x" if one[0].islower() else one[0], piece)
        found = re.sub(r"(.)\1+", r"\1", re.sub(r"\d", "d", kinds))[:4]
        return next((value for name, value in other.items() if name == found), other[""])

    def framed(self, symbols: Sequence[Any]) -> list[Any]:
        frame = self.one(t.Frame)
        tokens: list[Any] = []
        for item in frame.items if frame is not None else ():
            if isinstance(item, t.FrameInput):
                tokens += symbols
            else:
                tokens += [item.token] * (1 if item.times is None else self.evaluate(item.times, self.names))
        return tokens if frame is not None else list(symbols)

    def layers(self, tokens: Sequence[Any]) -> Iterator[tuple[str, list[Position], list[Position]]]:
        """The layer's name, heads and state of all positions: the initial state, then after every layer until the end.

        The state has variables, and whatever layers have made, even where nobody reads it any more.

        Raises:
            Disagreement: in a layer in which a head selects values that differ.
        """
        state: list[Position] = []
        for place, token in enumerate(tokens):
            state.append({"token": token, "position": place})
            known = self.reading(state[-1])
            state[-1] |= {var.name.text: self.evaluate(var.initial, known) for var in self.all(t.Var)}
        yield "", [], state
        for blocks, times, until in self.schedule:
            rounds = 0
            while (
                rounds < times if times is not None else not all(self.truth(until, self.reading(one)) for one in state)  # type: ignore[arg-type]
            ):
                rounds += 1
                for block in blocks:
                    heads, state = self.layer(block, state)
                    yield block.name, heads, state

    def layer(self, block: Block, state: list[Position]) -> tuple[list[Position], list[Position]]:
        """What the heads of a layer bring, and the state after it."""
        heads: list[Position] = [{} for _ in state]
        for one in block.heads:  # of several that disagree, the first is told
            for place in range(len(state)):
                heads[place][one.name.text] = self.head(one, state, place)
        steps = [self.step({**one, **brought}, block.name) for one, brought in zip(state, heads, strict=True)]
        assert not any(events for _, events in steps), steps
        made = heads if self.all(t.Layer) else [{} for _ in state]
        return heads, [{**one, **own, **after} for one, own, (after, _) in zip(state, made, steps, strict=True)]

    def reading(self, position: Position, side: str = "") -> dict[str, Callable[[], Any]]:
        return {**self.names, **{side + name: lambda value=value: value for name, value in position.items()}}

    def head(self, head: t.Head, state: list[Position], query: int) -> Any:
        chosen, places = [], []
        for place, one in enumerate(state):
            names = {**self.reading(one, "key."), **self.reading(state[query], "query.")}
            if self.in_reach(head.at, place - query) and (head.where is None or self.truth(head.where, names)):
                chosen.append(one)
                places.append(place)
        if head.aggregate == "count":
            return len(chosen)
        if head.aggregate == "exists":
            return bool(chosen)
        if head.aggregate == "sum":
            assert head.value is not None
            return sum(self.evaluate(head.value, {**self.reading(one), **self.reading(one, "key.")}) for one in chosen)
        if not chosen:
            return None if head.default is None else self.evaluate(head.default, self.names)
        assert head.value is not None
        values = [self.evaluate(head.value, {**self.reading(one), **self.reading(one, "key.")}) for one in chosen]
        match head.aggregate:
            case "first":
                return values[0]
            case "last":
                return values[-1]
            case "closest":
                return min(zip(places, values, strict=True), key=lambda one: (abs(one[0] - query), one[0]))[1]
            case "max":
                return max(values)
            case "min":
                return min(values)
            case "mean":
                average = whole(Fraction(sum(values)) / len(values))
                if is_open(head.domain):
                    return average
                numbers = [one for one in self.evaluate(head.domain, self.names) if is_number(one)]
                return max(numbers, key=lambda one: (-abs(one - average), one))
        if len(set(map(key, values))) > 1:
            raise Disagreement(head.name.text)
        return values[0]

    def in_reach(self, at: t.Offsets | None, distance: int) -> bool:
        if at is None:
            return True
        if at.single is not None:
            value = self.evaluate(at.single, self.names)
            return distance in (value if isinstance(value, frozenset | tuple) else (value,))
        low, high = (None if end is None else self.evaluate(end, self.names) for end in (at.low, at.high))
        return (low is None or low <= distance) and (high is None or distance <= high)

    def output(self, state: list[Position]) -> list[Any]:
        """What is read off from the last state."""
        output = self.one(t.Output)
        if output.variable.text in {score.name.text for score in self.all(t.Score)}:
            return [one for one, _ in self.scores(state)]
        shown = self.shown(state)
        shown = shown[:1] if output.at == "first" else shown[-1:] if output.at == "last" else shown
        return [one[output.variable.text] for one in shown]

    def written(self, symbols: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """What a program writes behind an input, and all tokens of its last run.

        Raises:
            Disagreement: as `layers`.
        """
        generate = self.one(t.Generate)
        most = self.evaluate(generate.most, self.names)
        tokens, written = self.framed(symbols), list[Any]()
        while tokens:
            *_, (_, _, state) = self.layers(tokens)
            (value,) = self.output(state)
            if generate.until is not None and same(value, self.evaluate(generate.until, self.names)):
                break
            written.append(value)
            if len(written) == most:
                break
            tokens = [*tokens, value]
        return written, tokens

    def shown(self, state: list[Position]) -> list[Position]:
        where = self.one(t.Output).where
        return [one for one in state if where is None or self.truth(where, self.reading(one))]

    def scores(self, state: list[Position]) -> list[tuple[Any, dict[Any, Any]]]:
        """The symbols of an output that is a score, each with the sums of all labels, by their keys."""
        score, output = self.one(t.Score), self.one(t.Output)
        labels = ordered(self.evaluate(score.labels, self.names))
        rows = [self.evidence(score.value, self.reading(one)) for one in self.shown(state)]
        if output.pooled:
            rows = [{name: sum(row.get(name, 0) for row in rows) for name in map(key, labels)}] if rows else []
        rows = rows[:1] if output.at == "first" else rows[-1:] if output.at == "last" else rows
        sums = [{name: whole(row.get(name, 0)) for name in map(key, labels)} for row in rows]
        return [(max(labels, key=lambda label, row=row: row[key(label)]), row) for row in sums]

    def evidence(self, expr: t.Expr, names: Names) -> dict[Any, Any]:
        """What a sum of tables gives to labels, by their keys."""
        match expr:
            case t.Group():
                return self.evidence(expr.inner, names)
            case t.Unary():
                return {one: -value for one, value in self.evidence(expr.operand, names).items()}
            case t.Binary(op="*"):
                factor = self.evaluate(expr.left, names)
                return {one: factor * value for one, value in self.evidence(expr.right, names).items()}
            case t.Binary():
                left, right = self.evidence(expr.left, names), self.evidence(expr.right, names)
                sign = 1 if expr.op == "+" else -1
                return {one: left.get(one, 0) + sign * right.get(one, 0) for one in (*left, *right)}
            case t.Index():
                table, value = self.evaluate(expr.collection, names), self.evaluate(expr.index, names)
                found = table.get(key(value), (None, {}))[1]
            case _:
                found = self.evaluate(expr, names)
        return {one: value for one, (_, value) in found.items()} if isinstance(found, dict) else {}
