"""What names stand for. Scopes nest; nothing is ever removed from one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, ParamSpec, TypeVar

from altac.check.files import DataFiles
from altac.check.imports import Carried
from altac.diagnostics import AltacError, Diagnostic, Span, closest, tell_once
from altac.diagnostics.domain_errors import UnboundedPosition
from altac.diagnostics.foreign import FUNCTIONS, INSTEAD, NAMES
from altac.diagnostics.layer_errors import (
    AskedBeforeFirstRound,
    ReadInFirstRound,
    ReadInOwnLayer,
    ReadOfNoRound,
    ReadOfUnrun,
    ReadPerhaps,
    ReadTooEarly,
)
from altac.diagnostics.name_errors import (
    BuiltinName,
    DuplicateName,
    InputAsValue,
    TooMuchToExpand,
    UnknownName,
    UsedTooEarly,
)
from altac.diagnostics.score_errors import ScoreElsewhere
from altac.ir.diagram import Budget
from altac.ir.expr import Expr
from altac.ir.numbers import Linear, Test
from altac.ir.values import Domain, Value, source_text
from altac.syntax import tree as t
from altac.syntax.mentions import FILES

Operand = Expr | Linear  # what stands for a name, or on one side of an operator
P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")

MOST_PARTS = 200_000  # expressions, and values of constant collections, that one program expands to
MOST_STEPS = 3_000_000  # of all proofs about one program
MOST_ERRORS = 20
MOST_FAILURES = 200  # places of these errors


@dataclass(frozen=True)
class ConstantBinding:
    value: Value
    span: Span | None
    what: str = "constant"


@dataclass(frozen=True)
class StateBinding:
    """What a position knows; `token` and `position` are variables that cannot be assigned.

    A "head" is one of the layer at hand, a "value" what another layer makes: what its heads bring, or it introduces.
    """

    domain: Domain
    span: Span | None
    what: str  # "variable", "value", "head", "token", "position"


@dataclass(frozen=True)
class FunctionBinding:
    definition: t.Def
    span: Span
    what: str = "function"


@dataclass(frozen=True)
class LocalBinding:
    """A `let`, a captured value, a parameter of a function or the variable of a `for`."""

    expr: Operand
    span: Span
    what: str = "local name"


@dataclass(frozen=True)
class ScoreBinding:
    """A score, which only the output reads; None where its labels are wrong."""

    labels: Domain | None
    span: Span
    what: str = "score"


@dataclass(frozen=True)
class Unbounded:
    """`position` in a program whose inputs may be too long for it to have a domain."""

    input_name: str
    span: Span
    what: str = "position"


@dataclass(frozen=True)
class Broken:
    """Declared, but wrongly: the error has been reported, and uses of the name stay silent."""

    span: Span
    what: str = "name"


@dataclass(frozen=True)
class Made:
    """What a layer makes, in a place where it is not known, and why not."""

    span: Span
    name: str
    layer: str
    why: Literal["later", "loop", "asked", "perhaps", "idle", "never", "same"]
    what: str = "value"

    def refusal(self, span: Span) -> Diagnostic:
        """The diagnostic of reading it."""
        kinds: dict[str, type[ReadTooEarly]] = {
            "later": ReadTooEarly,
            "loop": ReadInFirstRound,
            "asked": AskedBeforeFirstRound,
            "perhaps": ReadPerhaps,
            "idle": ReadOfNoRound,
            "never": ReadOfUnrun,
            "same": ReadInOwnLayer,
        }
        return kinds[self.why](span, self.name, self.layer, self.span)


@dataclass(frozen=True)
class Later:
    """Declared further down; `what` as in the binding that it will have."""

    span: Span
    what: str


Known = ConstantBinding | StateBinding | FunctionBinding | LocalBinding
Binding = Known | ScoreBinding | Unbounded | Made | Broken | Later

ARITY = {"min": 2, "max": 2, "abs": 1, "clamp": 3, "len": 1}
BUILTIN = {"token", "position", "bool", *ARITY}
WORDS = {"true", "false", "none"}
Sought = Literal["name", "variable", "function", "constant"]


class Enough(Exception):
    """Ends a check early: nothing is learned from going on, or it would take too long."""

    def __init__(self, diagnostics: Sequence[Diagnostic] = ()) -> None:
        self.diagnostics = diagnostics
        super().__init__()


@dataclass
class Surroundings:
    """What all scopes of one file share: facts for messages, and what checking may still cost.

    `tests` are what the step at hand asks of numbers, by their names.
    """

    symbols: frozenset[str] = frozenset()
    input_name: str | None = None
    files: DataFiles = field(default_factory=lambda: DataFiles(Carried({})))
    complete: bool = True  # False where an import failed, so that an unknown name may not be the user's mistake
    parts: int = MOST_PARTS
    proofs: Budget = field(default_factory=lambda: Budget(MOST_STEPS))
    tests: dict[str, Test] = field(default_factory=dict)


@dataclass
class Scope:
    parent: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)

    def inner(self) -> Scope:
        return Scope(self, around=self.around)

    @property
    def top(self) -> Scope:
        return self if self.parent is None else self.parent.top

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
        check_not_builtin(name)
        present = self.find(name.text)
        if present is not None and not (isinstance(present, Later) and present.span == name.span):
            raise AltacError([DuplicateName(name.span, name.text, present.span)])
        self.names[name.text] = binding

    def look_up(self, name: str, span: Span, what: Sought = "name") -> Binding:
        """What a name stands for.

        Raises:
            AltacError: if it is unknown, or not known yet; without diagnostics if it is broken.
        """
        binding = self.find(name)
        match binding:
            case None:
                if not self.around.complete:
                    raise AltacError([])
                raise AltacError([self.unknown(name, span, what)])
            case Broken():
                raise AltacError([])
            case Unbounded():
                raise AltacError([UnboundedPosition(span, binding.input_name)])
            case Made():
                raise AltacError([binding.refusal(span)])
            case ScoreBinding():
                raise AltacError([ScoreElsewhere(span, name)])
            case Later():
                raise AltacError([UsedTooEarly(span, name, binding.span)])
        return binding

    def unknown(self, name: str, span: Span, what: Sought) -> UnknownName:
        """The diagnostic for a name that stands for nothing."""
        if what == "name" and name == self.around.input_name and name not in self.around.symbols:
            return InputAsValue(span, what, name, None)
        return UnknownName(span, what, name, self.suggestion(name, what))

    def suggestion(self, name: str, what: Sought) -> str | None:
        """What was probably meant by a name that stands for nothing."""
        if what == "name" and name in self.around.symbols:
            return source_text(name)
        builtin = {*ARITY, *FILES} if what == "function" else {"token", "position", "bool", *WORDS}
        guess = closest(name, self.known() | (builtin if what in ("name", "function") else set()))
        is_foreign = name in NAMES or (what == "function" and (name in FUNCTIONS or name in INSTEAD))
        unlike = guess in WORDS and len(name) == len(guess)  # such as `done` and `none`
        if guess is None or ((is_foreign or unlike) and guess.casefold() != name.casefold()):
            return None
        return guess

    def expand(self, span: Span, parts: int = 1) -> None:
        """Count expanded parts: what takes a few microseconds each.

        Raises:
            Enough: if they are too many.
        """
        self.around.parts -= parts
        if self.around.parts < 0:
            raise Enough([TooMuchToExpand(span, MOST_PARTS)])


def check_not_builtin(name: t.Identifier) -> None:
    if name.text in BUILTIN:
        raise AltacError([BuiltinName(name.span, name.text)])


class Reports:
    """Collects diagnostics while checking goes on, one for each cause."""

    def __init__(self) -> None:
        self.found: dict[Hashable, Diagnostic] = {}  # by cause, in order
        self.failures = 0  # places of errors, those of one cause counted too

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return list(self.found.values())

    @property
    def errors(self) -> list[Diagnostic]:
        return [diagnostic for diagnostic in self.found.values() if diagnostic.severity == "error"]

    def add(self, diagnostic: Diagnostic) -> None:
        """Record a diagnostic, or one place more of a cause that is known.

        Raises:
            Enough: if there are more errors, or more places of them, than anyone wants to read.
        """
        first = self.found.get(diagnostic.cause)
        if diagnostic.severity == "error":
            self.failures += 1
            if self.failures > MOST_FAILURES or (first is None and len(self.errors) == MOST_ERRORS):
                raise Enough
        (self.found[diagnostic.cause],) = tell_once((diagnostic,) if first is None else (first, diagnostic))

    def attempt(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The action's result; None after an error, which is recorded."""
        try:
            return action(*args, **kwargs)
        except AltacError as error:
            for diagnostic in error.diagnostics:
                self.add(diagnostic)
            return None


def each(action: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """The action's result for every item, or one error with the diagnostics of all that failed."""
    results: list[T] = []
    failures: list[AltacError] = []
    for item in items:
        try:
            results.append(action(item))
        except AltacError as error:
            failures.append(error)
            if len(failures) > MOST_ERRORS:
                break
    if failures:
        raise AltacError([diagnostic for failure in failures for diagnostic in failure.diagnostics])
    return results
