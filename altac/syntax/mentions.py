"""What a syntax tree mentions, wherever in it: nothing here knows scopes, so it may be too much, never too little."""

from __future__ import annotations

from collections.abc import Iterator

from altac.syntax import tree as t

FILES = ("lines", "table")  # functions that read a file, unless a program declares them


def walk(tree: object) -> Iterator[t.Node]:
    """Every node of a tree, or of the trees in a tuple."""
    match tree:
        case tuple():
            for part in tree:
                yield from walk(part)
        case t.Node():
            yield tree
            for part in vars(tree).values():
                yield from walk(part)


def names(tree: object) -> set[str]:
    """The names that something is read or called by."""
    found: set[str] = set()
    for node in walk(tree):
        match node:
            case t.Name() | t.PatternName():
                found.add(node.text)
            case t.Field():
                found.add(node.name.text)
            case t.Call():
                found.add(node.function.text)
            case t.RunEntry():
                found |= {layer.text for layer in node.layers}
    return found


def symbols(tree: object) -> set[str]:
    """Every symbol that is written as an expression or a pattern."""
    return {node.value for node in walk(tree) if isinstance(node, t.Literal_) and isinstance(node.value, str)}


def assigned(tree: object) -> set[str]:
    """Every variable that some statement assigns or some layer introduces, whether it is ever reached or not."""
    return {name for name, _ in _values(tree)}


def changed(tree: object) -> set[str]:
    """Every variable that some statement or layer gives anything but the variable itself."""
    return {name for name, value in _values(tree) if not _is(value, name)}


def _values(tree: object) -> Iterator[tuple[str, t.Expr]]:
    for node in walk(tree):
        match node:
            case t.Assign():
                yield node.target.text, node.value
            case t.Introduce():
                yield node.name.text, node.value


def _is(value: t.Expr, name: str) -> bool:
    """Whether an expression is a variable, whichever branch is taken."""
    match value:
        case t.Name():
            return value.text == name
        case t.Group():
            return _is(value.inner, name)
        case t.Ternary():
            return _is(value.then, name) and _is(value.other, name)
    return False
