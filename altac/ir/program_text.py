"""A typed program as text, for `--emit ir`: what the checker made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from altac.ir.expr import Apply, Choose, Constant, Expr, Read
from altac.ir.heads import Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.numbers import number_text, terms_text
from altac.ir.program import Assign, Branch, Entry, Layer, Program, Statement
from altac.ir.values import source_text


def print_program(program: Program) -> str:
    interface = program.interface
    longest = "unbounded" if interface.longest is None else f"up to {interface.longest}"
    lines = [f"program {program.name}", f"alphabet {interface.alphabet} {longest}", f"tokens {interface.vocabulary}"]
    for variable in program.variables:
        initial = [source_text(variable.domain.values[index]) for index in variable.initial]
        initial += map(number_text, variable.beginning)
        shown = initial[0] if len(set(initial)) == 1 else f"by {variable.initial_by}: {' '.join(initial)}"
        lines.append(f"variable {variable.name}: {variable.domain} = {shown}")
    lines += _short(program) if program.is_short else _layers(program)
    if program.score is not None:
        reading = ", ".join(program.score.scoring.reads) or "nothing"
        lines.append(f"score {program.score.name}: {program.score.labels}, reading {reading}")
    where = "" if program.output_where is None else f" where {expr_text(program.output_where)}"
    lines.append(f"output {interface.variable} at {interface.at}{where}")
    if program.is_causal:
        lines.append("causal")
    if interface.writing is not None:
        end, most = interface.writing.end, interface.writing.most
        until = "" if end is None else f" until {source_text(interface.domain.values[end])}"
        lines.append(f"generate{until} up to {most}")
    return "\n".join(lines)


def _short(program: Program) -> Iterator[str]:
    """The one layer that repeats."""
    (layer,), (entry,) = program.layers, program.schedule
    yield from map(_head, layer.heads)
    yield from _numbers(layer)
    yield from ("step", *_block(layer.step, 1))
    yield f"layers {entry.times}" if entry.until is None else f"halt when {expr_text(entry.until)}"


def _layers(program: Program) -> Iterator[str]:
    for number, layer in enumerate(program.layers):
        yield f"layer {layer.name}"
        yield from (f"    {_head(head)}" for head in layer.heads)
        yield from (f"    {one}" for one in _numbers(layer))
        yield from (f"    var {name}: {domain}" for name, domain in program.introduced_by(number).items())
        yield from _block(layer.step, 1)
        kept = [f"{kept.name} to {program.layers[kept.last].name}" for kept in program.kept if kept.layer == number]
        if kept:
            yield f"    keeps {', '.join(kept)}"
    yield f"run {', '.join(_entry(program, entry) for entry in program.schedule)}"


def _entry(program: Program, entry: Entry) -> str:
    names = ", ".join(program.layers[number].name for number in entry.layers)
    group = names if len(entry.layers) == 1 else f"({names})"
    if entry.until is not None:
        return f"{group} until {expr_text(entry.until)}"
    return group if entry.times == 1 else f"{group} * {entry.times}"


def _numbers(layer: Layer) -> Iterator[str]:
    """The numbers that a layer makes, but for what its step adds to them."""
    for one in layer.numbers:
        yield f"number {one.name} := {terms_text(one.terms) or '0'} + {one.amounts}"


def _head(head: Head) -> str:
    conditions = [
        " and ".join(f"{side}.{name}" for side, name in (("key", condition.key), ("query", condition.query)) if name)
        + f" ({sum(map(sum, condition.holds))} of {sum(map(len, condition.holds))} pairs)"
        for condition in head.conditions
    ]
    where = " where " + ", ".join(conditions) if conditions else ""
    brings, default = _aggregate(head)
    missing = "" if default is None else f" else {source_text(head.domain.values[default])}"
    if isinstance(head.brings, Real) and head.brings.default is not None:
        missing = f" else {number_text(head.brings.default)}"
    return f"head {head.name}: {head.domain} = {brings}{where} at {head.offsets}{missing}"


def _aggregate(head: Head) -> tuple[str, int | None]:
    """What a head brings as text, and the index of its value where nothing is selected."""
    match head.brings:
        case Select():
            return f"select{_brought(head, head.brings)}", head.brings.default
        case Pick() | Extreme():
            return f"{head.brings.which}{_brought(head, head.brings)}", head.brings.default
        case Mean():
            source = "" if head.brings.variable is None else f" of {head.brings.variable}"
            numbers = " ".join(source_text(number) for number in head.brings.numbers)
            return f"mean{source} averages {numbers}", head.brings.default
        case Real(which, variable, numbers):
            counted = f" {' '.join(map(number_text, numbers))}" if numbers else ""
            return f"{which}{'' if variable is None else f' of {variable}'} brings{counted}", None
        case Sum():
            source = "" if head.brings.variable is None else f" of {head.brings.variable}"
            return f"sum{source} adds {' '.join(map(source_text, head.brings.numbers))}", None
        case Count():
            return "count", None
        case Exists():
            return "exists", head.brings.no
        case _:
            assert_never(head.brings)


def _brought(head: Head, brings: Select | Pick | Extreme) -> str:
    source = "" if brings.variable is None else f" of {brings.variable}"
    return f"{source} brings " + " ".join(source_text(head.domain.values[index]) for index in brings.values)


def _block(statements: tuple[Statement, ...], depth: int) -> list[str]:
    lines: list[str] = []
    indent = "    " * depth
    for statement in statements:
        match statement:
            case Assign():
                lines.append(f"{indent}{statement.variable} := {expr_text(statement.value)}")
            case Branch():
                for number, (condition, body) in enumerate(statement.arms):
                    lines.append(f"{indent}{'elif' if number else 'if'} {expr_text(condition)}:")
                    lines += _block(body, depth + 1) or [f"{indent}    pass"]
                if other := _block(statement.other, depth + 1):
                    lines += [f"{indent}else:", *other]
    return lines


def expr_text(expr: Expr) -> str:
    """A core expression in full parentheses."""
    match expr:
        case Constant():
            return source_text(expr.value)
        case Read():
            return expr.name
        case Choose():
            return f"({expr_text(expr.then)} if {expr_text(expr.condition)} else {expr_text(expr.other)})"
        case Apply(op="truth", arguments=(inner,)):
            return expr_text(inner)
        case Apply(op="index", arguments=(collection, index)):
            return f"{expr_text(collection)}[{expr_text(index)}]"
        case Apply(op="single", arguments=(inner,)):
            return f"{{{expr_text(inner)}}}"
        case Apply(op=op, arguments=(left, right)) if op not in ("min", "max"):
            return f"({expr_text(left)} {op} {expr_text(right)})"
        case Apply(op=op, arguments=arguments):
            return f"{op}({', '.join(expr_text(argument) for argument in arguments)})"
