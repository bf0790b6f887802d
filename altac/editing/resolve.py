"""Which declaration each name of a tree means. No scope shadows another one, except that arguments of functions do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from altac.diagnostics import Span
from altac.syntax import tree as t
from altac.syntax.pieces import Piece


@dataclass(frozen=True)
class Use:
    """A name in the text; `target` is where it is declared, None if nothing in the text declares it."""

    start: int
    end: int
    name: str
    target: int | None


@dataclass(frozen=True)
class Env:
    """The names that are known, with where they are declared; None of those that other files declare."""

    names: dict[str, int | None] = field(default_factory=dict)

    def inner(self) -> Env:
        return Env(dict(self.names))


def resolve(pieces: Sequence[Piece], imported: Iterable[str] = ()) -> list[Use]:
    """Every name of a text, in order.

    Args:
        imported: the names that other files declare. A declaration that repeats one is none: it means the other.
    """
    resolver = _Resolver(imported)
    resolver.pieces(pieces)
    return sorted(resolver.found, key=lambda use: use.start)


class _Resolver:
    """Collects the names of one text.

    Attributes:
        base: where the piece begins whose names are collected.
    """

    def __init__(self, imported: Iterable[str]) -> None:
        self.found: list[Use] = []
        self.base = 0
        self.top = Env(dict.fromkeys(imported))
        self.layers = Env()
        self.inputs = Env()

    def use(self, name: str, span: Span, env: Env) -> None:
        self.found.append(Use(self.base + span.start, self.base + span.end, name, env.names.get(name)))

    def identifier(self, name: t.Identifier, env: Env) -> None:
        self.use(name.text, name.span, env)

    def own(self, name: t.Identifier) -> None:
        """A name that nothing else mentions."""
        start = self.base + name.span.start
        self.found.append(Use(start, self.base + name.span.end, name.text, start))

    def declare(self, name: t.Identifier | t.PatternName, env: Env) -> None:
        env.names.setdefault(name.text, self.base + name.span.start)

    def pieces(self, pieces: Sequence[Piece]) -> None:
        for step in (self.announce, self.declaration):
            for piece in pieces:
                self.base = piece.start
                for declaration in piece.file.declarations:
                    step(declaration)

    def announce(self, declaration: t.Declaration) -> None:
        match declaration:
            case t.Param() | t.Const() | t.Type() | t.Def() | t.Var() | t.Head() | t.Score():
                self.declare(declaration.name, self.top)
            case t.Input():
                self.declare(declaration.name, self.inputs)
            case t.Layer():
                self.declare(declaration.name, self.layers)
                for item in declaration.items:
                    if isinstance(item, t.Head | t.Introduce):
                        self.declare(item.name, self.top)

    def declaration(self, declaration: t.Declaration) -> None:
        match declaration:
            case t.ProgramName():
                self.own(declaration.name)
            case t.Def():
                self.identifier(declaration.name, self.top)
                env = Env(self.top.names | {one.text: self.base + one.span.start for one in declaration.parameters})
                for parameter in declaration.parameters:
                    self.identifier(parameter, env)
                self.expr(declaration.body, env)
            case t.Input():
                self.identifier(declaration.name, self.inputs)
                self.parts(declaration, self.top)
            case t.Frame():
                for item in declaration.items:
                    if isinstance(item, t.FrameInput):
                        self.identifier(item.name, self.inputs)
                    else:
                        self.expr(item.times, self.top)
            case t.Output():
                self.identifier(declaration.variable, self.top)
                self.expr(declaration.where, self.top)
            case t.Step():
                self.block(declaration.body, self.top)
            case t.Layer():
                self.identifier(declaration.name, self.layers)
                self.block(declaration.items, self.top)
            case t.Run():
                for entry in declaration.entries:
                    for layer in entry.layers:
                        self.identifier(layer, self.layers)
                    self.expr(entry.times, self.top)
                    self.expr(entry.until, self.top)
            case t.Param() | t.Const() | t.Type() | t.Var() | t.Head() | t.Score():
                self.identifier(declaration.name, self.top)
                self.parts(declaration, self.top)
            case _:
                self.parts(declaration, self.top)

    # Statements ----------------------------------------------------------------------------------------------

    def block(self, statements: Iterable[t.Head | t.Introduce | t.Statement], outer: Env) -> None:
        env = outer.inner()
        for statement in statements:
            self.statement(statement, env)

    def statement(self, statement: t.Head | t.Introduce | t.Statement, env: Env) -> None:
        match statement:
            case t.Head() | t.Introduce():
                self.identifier(statement.name, env)
                self.parts(statement, env)
            case t.Assign():
                self.identifier(statement.target, env)
                self.expr(statement.value, env)
            case t.Let():
                self.expr(statement.value, env)
                self.declare(statement.name, env)
                self.identifier(statement.name, env)
            case t.Pass():
                pass
            case t.If():
                for condition, body in statement.branches:
                    self.expr(condition, env)
                    self.block(body, env)
                if statement.other is not None:
                    self.block(statement.other.body, env)
            case t.Match():
                self.expr(statement.subjects, env)
                for case in statement.cases:
                    self.case(case, env.inner())
            case t.For():
                self.expr(statement.collection, env)
                inner = env.inner()
                self.declare(statement.name, inner)
                self.identifier(statement.name, inner)
                self.block(statement.body, inner)

    def case(self, case: t.Case, env: Env) -> None:
        for pattern in case.patterns:
            for one in pattern.alternatives:
                if isinstance(one, t.PatternName):
                    self.declare(one, env)
                    self.use(one.text, one.span, env)
        self.expr(case.guard, env)
        self.block(case.body, env)

    # Expressions ---------------------------------------------------------------------------------------------

    def expr(self, node: object, env: Env) -> None:
        """All names of an expression, or of several in a tuple."""
        match node:
            case t.Name():
                self.use(node.text, node.span, env)
            case t.Field():
                self.identifier(node.name, self.top)
            case t.Call():
                self.identifier(node.function, env)
                self.expr(node.arguments, env)
            case t.Collection():
                inner, own = env.inner(), Env()
                for generator in node.generators:
                    self.expr(generator.collection, inner)
                    self.declare(generator.name, own)
                    inner.names.update(own.names)
                    self.identifier(generator.name, inner)
                    self.expr(generator.condition, inner)
                self.expr(node.items, inner)
            case tuple():
                for part in node:
                    self.expr(part, env)
            case t.Node():
                self.parts(node, env)

    def parts(self, node: t.Node, env: Env) -> None:
        """The names in the parts of a node that are not what it declares."""
        for part in vars(node).values():
            if not isinstance(part, t.Identifier):
                self.expr(part, env)
