"""What names stand for. Scopes nest; nothing is ever removed from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from altac.diagnostics import AltacError, Diagnostic, Span, closest
from altac.diagnostics.name_errors import BuiltinName, DuplicateName, UnknownName, UsedTooEarly
from altac.ir.expr import Expr
from altac.ir.values import Domain, Value
from altac.syntax import tree as t

T = TypeVar("T")


@dataclass(frozen=True)
class ConstantBinding:
    value: Value
    span: Span | None
    what: str = "constant"


@dataclass(frozen=True)
class StateBinding:
    """A variable or a head; `token` and `position` are variables that cannot be assigned."""

    domain: Domain
    span: Span | None
    what: str  # "variable", "head", "token", "position"
    scalar: bool = False


@dataclass(frozen=True)
class FunctionBinding:
    definition: t.Def
    span: Span
    what: str = "function"


@dataclass(frozen=True)
class LocalBinding:
    """A `let`, a captured value, a parameter of a function or the variable of a `for`."""

    expr: Expr
    span: Span
    what: str = "local name"


@dataclass(frozen=True)
class Broken:
    """Declared, but wrongly: the error has been reported, and uses of the name stay silent."""

    span: Span
    what: str = "name"


@dataclass(frozen=True)
class Later:
    """Declared further down."""

    span: Span
    what: str = "name"


Binding = ConstantBinding | StateBinding | FunctionBinding | LocalBinding | Broken | Later

ARITY = {"min": 2, "max": 2, "abs": 1, "clamp": 3, "len": 1}
BUILTIN = {"token", "position", "bool", *ARITY}
WORDS = {"true", "false", "none"}


@dataclass
class Scope:
    parent: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def known(self) -> set[str]:
        return set(self.names) | (self.parent.known() if self.parent else set())

    def declare(self, name: t.Identifier, binding: Binding) -> None:
        """Bind a name here; it may replace only its own `Later`.

        Raises:
            AltacError: if the name is built in or taken, in this scope or around it.
        """
        if name.text in BUILTIN:
            raise AltacError([BuiltinName(name.span, name.text)])
        present = self.find(name.text)
        if present is not None and not (isinstance(present, Later) and present.span == name.span):
            if isinstance(binding, Broken):
                return
            raise AltacError([DuplicateName(name.span, name.text, present.span)])
        self.names[name.text] = binding

    def look_up(self, name: str, span: Span, what: str = "name") -> Binding:
        """What a name stands for.

        Raises:
            AltacError: if it is unknown, or not known yet; without diagnostics if it is broken.
        """
        binding = self.find(name)
        match binding:
            case None:
                hint = f'a symbol is written in double quotes: `"{name}"`' if what == "name" else ""
                raise AltacError([UnknownName(span, what, name, closest(name, self.known() | WORDS), hint)])
            case Broken():
                raise AltacError([])
            case Later():
                raise AltacError([UsedTooEarly(span, name, binding.span)])
        return binding


class Reports:
    """Collects diagnostics while checking goes on."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def attempt(self, action: Callable[[], T]) -> T | None:
        """The action's result; None after an error, which is recorded."""
        try:
            return action()
        except AltacError as error:
            for diagnostic in error.diagnostics:
                self.add(diagnostic)
            return None

    @property
    def errors(self) -> list[Diagnostic]:
        return [one for one in self.diagnostics if one.severity == "error"]


def all_of(actions: Iterable[Callable[[], T]]) -> list[T]:
    """Every result, or one error with the diagnostics of all that failed."""
    results: list[T] = []
    failures: list[AltacError] = []
    for action in actions:
        try:
            results.append(action())
        except AltacError as error:
            failures.append(error)
    if failures:
        raise AltacError([one for failure in failures for one in failure.diagnostics])
    return results
