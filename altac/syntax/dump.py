"""A syntax tree as indented text, for `--emit ast`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from altac.syntax import tree as t


def dump_tree(node: t.Node) -> str:
    """One node a line with its line and column; fields that are nodes are indented below."""
    return "\n".join(_lines(node, 0))


def _lines(node: t.Node, depth: int) -> list[str]:
    simple: list[str] = []
    nested: list[tuple[str, Any]] = []
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name == "span":
            continue
        if isinstance(value, t.Identifier):
            simple.append(f"{field.name}={value.text}")
        elif isinstance(value, t.Node | tuple):
            nested.append((field.name, value))
        elif value is not None or isinstance(node, t.Literal_):
            simple.append(f"{field.name}={value!r}")
    name = type(node).__name__.rstrip("_")
    head = " ".join([name, *simple, f"@{node.span.line}:{node.span.column}"])
    lines = ["  " * depth + head]
    for label, value in nested:
        lines.append("  " * (depth + 1) + label + ":")
        lines += _nested(value, depth + 2)
    return lines


def _nested(value: Any, depth: int) -> list[str]:
    if isinstance(value, t.Node):
        return _lines(value, depth)
    if isinstance(value, tuple):
        return [line for item in value for line in _nested(item, depth)]
    return ["  " * depth + str(value)]
