"""What another value of a parameter could change.

A branch that is dead for the declared values of the parameters may be needed for others. So where it depends on a
parameter, however far off, nothing is called dead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from altac.diagnostics import Span
from altac.syntax import tree as t
from altac.syntax.mentions import names


def parametric_names(declarations: Sequence[t.Declaration]) -> frozenset[str]:
    """The parameters, and all names whose value, meaning or domain follows from one."""
    found: set[str] = set()
    before = -1
    while len(found) > before:  # a function may call one that stands below it
        before = len(found)
        for declaration in declarations:
            found |= _defined_by(declaration, found)
    return frozenset(found)


def _defined_by(declaration: t.Declaration, known: set[str]) -> set[str]:
    """What a declaration adds to the names that are known to follow from a parameter."""
    match declaration:
        case t.Param():
            return {declaration.name.text}
        case t.Const() | t.Type() | t.Def():
            return {declaration.name.text} if names(declaration) & known else set()
        case t.Var():
            return {declaration.name.text} if names(declaration.domain) & known else set()
        case t.Input() | t.Frame():
            return {"token", "position"} if names(declaration) & known else set()
        case t.Layer():
            return {name for item in declaration.items for name in _made_by(item, known)}
        case t.Head():
            return _made_by(declaration, known)
    return set()


def _made_by(item: t.Head | t.Introduce | t.Statement, known: set[str]) -> set[str]:
    """The same of what is in a layer: a head, or what is introduced."""
    match item:
        case t.Introduce():
            return {item.name.text} if names((item.domain, item.value)) & known else set()
        case t.Head():
            counts = {"position"} if item.aggregate in ("count", "mean", "sum") else set()  # the length bounds it
            return {item.name.text} if (names(item) | counts) & known else set()
    return set()


def parametric_places(body: Sequence[t.Introduce | t.Statement], known: frozenset[str]) -> frozenset[Span]:
    """Where those arms of a step begin that are taken or not depending on such a name."""
    return frozenset(_places(body, known, False))


def _places(body: Sequence[t.Introduce | t.Statement], known: frozenset[str], open_: bool) -> Iterator[Span]:
    """The places in a block; `open_` says whether reaching the block depends on a parameter."""
    for statement in body:
        match statement:
            case t.Let():
                known = known | {statement.name.text} if names(statement.value) & known else known
            case t.For():
                depends = bool(names(statement.collection) & known)
                yield from _places(statement.body, known | {statement.name.text} if depends else known, open_)
            case t.If():
                reached = open_
                for condition, block in statement.branches:
                    reached = reached or bool(names(condition) & known)
                    yield from [condition.span] if reached else []
                    yield from _places(block, known, reached)
                if statement.other is not None:
                    yield from [statement.other.span] if reached else []
                    yield from _places(statement.other.body, known, reached)
            case t.Match():
                reached = open_ or bool(names(statement.subjects) & known)
                inner = known | names(tuple(case.patterns for case in statement.cases)) if reached else known
                for case in statement.cases:
                    reached = reached or bool(names((case.patterns, case.guard)) & known)
                    yield from [case.span] if reached else []
                    yield from _places(case.body, inner, reached)
