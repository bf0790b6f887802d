"""The prover against enumeration: random steps are run on every combination of values by an evaluator of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from altac.check import check_file
from altac.diagnostics import AltacError, Source
from altac.syntax import parse_source
from altac.syntax import tree as t

BEFORE = """program random
input xs: {"r", "g"}
var a: 0..3 = 0
var b: bool = false
var c: {"r", "g"} = token
var d: {-1, 2} = 2
head h = a at -1
step:
"""
AFTER = "layers 1\noutput a\n"
DOMAINS: dict[str, list[Any]] = {
    "a": [0, 1, 2, 3],
    "b": [False, True],
    "c": ["r", "g"],
    "d": [-1, 2],
    "h": [0, 1, 2, 3, None],
}


# Random steps ------------------------------------------------------------------------------------------------


@st.composite
def numbers(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(["0", "1", "3", "a", "a", "d", "h", "h"]))
    left, right = draw(numbers(depth - 1)), draw(numbers(depth - 1))
    match draw(st.integers(0, 5)):
        case 0:
            return f"min({left}, {right})"
        case 1:
            return f"({left} if {draw(conditions(depth - 1))} else {right})"
        case 2:
            return f"clamp({left}, 0, 3)"
        case _:
            return f"({left} {draw(st.sampled_from(['+', '-', '*', '//', '%']))} {right})"


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 8 if depth else 4))
    match kind:
        case 0:
            return "b"
        case 1:
            return 'c == "r"'
        case 2:
            return "h != none"
        case 3 | 4:
            operator = draw(st.sampled_from(["==", "!=", "<", "<=", ">"]))
            return f"({draw(numbers(min(depth, 1)))} {operator} {draw(numbers(0))})"
        case 5:
            return f"(not {draw(conditions(depth - 1))})"
        case 6:
            return f"({draw(numbers(depth - 1))} in {{0, 2}})"
        case _:
            joint = draw(st.sampled_from(["and", "or"]))
            right = draw(st.one_of(conditions(depth - 1), conditions(depth - 1), st.just("a")))
            return f"({draw(conditions(depth - 1))} {joint} {right})"


@st.composite
def blocks(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    lines: list[str] = []
    margin = " " * indent
    for _ in range(draw(st.integers(1, 2))):
        match draw(st.integers(0, 4 if depth else 2)):
            case 0 | 1:
                lines.append(f"{margin}a := {draw(numbers())}")
            case 2:
                lines.append(f"{margin}b := {draw(st.one_of(conditions(), conditions(), st.just('d')))}")
            case 3:
                lines.append(f"{margin}if {draw(conditions())}:")
                lines += draw(blocks(indent + 4, depth - 1))
                if draw(st.booleans()):
                    lines.append(f"{margin}elif {draw(conditions())}:")
                    lines += draw(blocks(indent + 4, depth - 1))
                if draw(st.booleans()):
                    lines += [f"{margin}else:", *draw(blocks(indent + 4, depth - 1))]
            case _:
                lines.append(f"{margin}match {draw(st.sampled_from(['a', 'a + d', 'h']))}:")
                for pattern in draw(st.lists(st.sampled_from(["0 | 2", "1..3", f"k{indent}", "3"]), max_size=2)):
                    guard = f" if {draw(conditions(1))}" if draw(st.booleans()) else ""
                    lines.append(f"{margin}    case {pattern}{guard}:")
                    lines += draw(blocks(indent + 8, depth - 1))
                lines.append(f"{margin}    case _: pass")
    return lines


# The evaluator -----------------------------------------------------------------------------------------------


class Fault(Exception):
    """An operator without a value; the argument is the code under which it is told."""


State = dict[str, Any]
Event = tuple[str, int]  # a code and the line that it is about


def is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def evaluate(expr: t.Expr, state: State) -> Any:
    match expr:
        case t.Literal_():
            return expr.value
        case t.Group():
            return evaluate(expr.inner, state)
        case t.Name():
            return state[expr.text]
        case t.Unary(op="not"):
            return not boolean(evaluate(expr.operand, state))
        case t.Unary():
            return -arithmetic(evaluate(expr.operand, state))
        case t.Binary(op="and"):
            return truth(expr.left, state) and truth(expr.right, state)
        case t.Binary(op="or"):
            return truth(expr.left, state) or truth(expr.right, state)
        case t.Binary():
            left, right = evaluate(expr.left, state), evaluate(expr.right, state)
            return calculate(expr.op, left, right)
        case t.Ternary():
            return evaluate(expr.then if truth(expr.condition, state) else expr.other, state)
        case t.Compare():
            left = evaluate(expr.first, state)
            ((op, operand),) = expr.rest
            if op == "in":
                assert isinstance(operand, t.Collection)
                return left in [evaluate(item, state) for item in operand.items]  # type: ignore[arg-type]
            right = evaluate(operand, state)
            if op in ("==", "!="):
                return (left == right) is (op == "==")
            for value in (left, right):
                arithmetic(value)
            return {"<": left < right, "<=": left <= right, ">": left > right}[op]
        case t.Call():
            values = [evaluate(argument, state) for argument in expr.arguments]
            if expr.function.text == "clamp":
                return calculate("min", calculate("max", values[0], values[1]), values[2])
            return calculate("min", *values)
    raise AssertionError(expr)


def calculate(op: str, left: Any, right: Any) -> int:
    for value in (left, right):
        arithmetic(value)
    if op in ("//", "%") and right == 0:
        raise Fault("E0303")
    operations = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__, "//": int.__floordiv__, "%": int.__mod__}
    return {**operations, "min": min, "max": max}[op](left, right)  # type: ignore[operator, no-any-return]


def arithmetic(value: Any) -> int:
    if value is None:
        raise Fault("E0302")
    if not is_number(value):
        raise Fault("E0201")
    return int(value)


def boolean(value: Any) -> bool:
    if value is None:
        raise Fault("E0302")
    if not isinstance(value, bool):
        raise Fault("E0201")
    return value


def truth(expr: t.Expr, state: State) -> bool:
    return boolean(evaluate(expr, state))


def run(statements: tuple[t.Statement, ...], state: State, assigned: set[str]) -> Iterator[Event]:
    """What goes wrong in one step; a statement at fault does nothing, and the others go on."""
    for statement in statements:
        match statement:
            case t.Assign():
                name, line = statement.target.text, statement.span.line
                if name in assigned:
                    yield "E0305", line
                assigned.add(name)
                try:
                    value = evaluate(statement.value, state)
                except Fault as fault:
                    yield str(fault), line
                    continue
                if not any(type(one) is type(value) and one == value for one in DOMAINS[name]):
                    yield "E0301", line
            case t.If() | t.Match():
                arms = [(c, b, state) for c, b in statement.branches] if isinstance(statement, t.If) else []
                other = statement.other if isinstance(statement, t.If) else ()
                yield from branch(statement, state, assigned) if not arms else taken(arms, other, assigned)
            case t.Pass():
                pass


def taken(
    arms: list[tuple[t.Expr, tuple[t.Statement, ...], State]], other: tuple[t.Statement, ...], assigned: set[str]
) -> Iterator[Event]:
    state = arms[0][2]
    for condition, body, _ in arms:
        try:
            holds = truth(condition, state)
        except Fault as fault:
            yield str(fault), condition.span.line
            return
        if holds:
            yield from run(body, state, assigned)
            return
    yield from run(other, state, assigned)


def branch(statement: t.Statement, state: State, assigned: set[str]) -> Iterator[Event]:
    assert isinstance(statement, t.Match)
    for case in statement.cases:
        inner = dict(state)
        (pattern,) = case.patterns
        try:
            subject = evaluate(statement.subjects[0], state)
        except Fault as fault:
            if not all(isinstance(one, t.PatternAny | t.PatternName) for one in pattern.alternatives):
                yield str(fault), statement.span.line
                return
            subject = fault  # a capture or wildcard does not look at it
        if not any(matches(one, subject, inner) for one in pattern.alternatives):
            continue
        try:
            if case.guard is not None and not truth(case.guard, inner):
                continue
        except Fault as fault:
            yield str(fault), case.span.line
            return
        yield from run(case.body, inner, assigned)
        return


def matches(pattern: Any, subject: Any, state: State) -> bool:
    match pattern:
        case t.PatternAny():
            return True
        case t.PatternName():
            state[pattern.text] = subject
            return True
        case t.PatternValue():
            return is_number(subject) and subject == pattern.value.value
    return is_number(subject) and pattern.low.value <= subject <= pattern.high.value


# The comparison ----------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(blocks(4, 2))
def test_the_prover_agrees_with_enumeration(lines: list[str]) -> None:
    text = BEFORE + "\n".join(lines) + "\n" + AFTER
    file = parse_source(Source("random.alta", text))
    (step,) = (one for one in file.declarations if isinstance(one, t.Step))
    expected: set[Event] = set()
    for values in product(*DOMAINS.values()):
        expected |= set(run(step.body, dict(zip(DOMAINS, values, strict=True)), set()))
    try:
        check_file(file)
        found: set[Event] = set()
    except AltacError as error:
        found = {(one.code, one.span.line) for one in error.diagnostics if one.span is not None}
    assert found <= expected, text
    assert places(found) == places(expected), text


def places(events: set[Event]) -> set[Event]:
    """Of several faults at one place only one is told, so that their codes do not count."""
    return {("fault" if code in ("E0201", "E0302", "E0303") else code, line) for code, line in events}
