"""E01..: names that are unknown, taken, or used as what they are not."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

from altac.diagnostics import foreign
from altac.diagnostics.diagnostic import Diagnostic, Edit, Fix, Note
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import are_given, counted, described, listed


@record
class UnknownName(Diagnostic):
    """A name that stands for nothing; the classes below are for places where more is known."""

    code = "E0101"
    title = "there is no {what} called `{name}`"
    label = "not declared"
    what: Literal["name", "variable", "function", "constant", "layer"]
    name: str
    suggestion: str | None

    @property
    def cause(self) -> Hashable:
        return UnknownName, self.name

    @property
    def help_text(self) -> str:
        if self.suggestion:
            return f"did you mean `{self.suggestion}`?"
        tables = [foreign.NAMES]
        if self.what == "function":
            tables = [foreign.FUNCTIONS, foreign.NAMES, foreign.INSTEAD]
        return next((table[self.name] for table in tables if self.name in table), self.declaration)

    @property
    def declaration(self) -> str:
        """How a thing of this name could be declared, where it is not a word of another language."""
        match self.what:
            case "function":
                return f"declare it: `def {self.name}(...) = ...`"
            case "name":
                return f'declare it, or write a symbol in double quotes: `"{self.name}"`'
        return "declare it, or check the spelling"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return Fix.replace(self.span, self.suggestion) if self.suggestion else ()


@record
class UnknownAggregate(UnknownName):
    """A word before a head's value that is not an aggregate."""

    title = "there is no aggregate called `{name}`"
    label = "not an aggregate"

    @property
    def help_text(self) -> str:
        instead = foreign.INSTEAD.get(self.name) or (self.suggestion and f"did you mean `{self.suggestion}`?")
        return f"{instead}\n{foreign.BRINGS}" if instead else foreign.BRINGS


@record
class AggregateWithoutValue(UnknownAggregate):
    title = "there is no value called `{name}`"
    label = "an aggregate, with no value behind it"
    help = "say of what: `{name} x`; a value that begins with a sign stands in parentheses: `{name} (-x)`"

    @property
    def help_text(self) -> str:
        return self.help.format(name=self.name)


@record
class InputAsValue(UnknownName):
    @property
    def help_text(self) -> str:
        return "the symbol of the input at a position is `token`"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return Fix.replace(self.span, "token")


@record
class UnknownTarget(UnknownName):
    """In place of the variable that is assigned."""

    @property
    def declaration(self) -> str:
        return f"declare it above the step: `var {self.name}: ... = ...`; a name for a value is a `let`"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The nearest name or, where only this line assigns it, a `let`."""
        if self.suggestion or self.span is None:
            return super().fixes
        if any(one.source.text[one.end :].lstrip(" ").startswith(":=") for one in self.again):
            return ()
        source, end = self.span.source, self.span.end
        walrus = source.text.find(":=", end)
        between = Span(source, end, walrus + 2)
        start = Span(source, self.span.start, self.span.start)
        is_first = not source.text[source.text.rfind("\n", 0, start.start) + 1 : start.start].strip()
        if not is_first or source.text[end:walrus].strip():
            return ()
        return (Fix(f"write `let {self.name} = ...`", (Edit(start, "let "), Edit(between, " ="))),)


@record
class UnknownOutput(UnknownName):
    known: tuple[str, ...]

    @property
    def declaration(self) -> str:
        return f"write {listed(self.known, 'or')}" if self.known else "declare it with `var`"


@record
class UnknownPattern(UnknownName):
    """One of several alternatives."""

    @property
    def declaration(self) -> str:
        return "a name captures only where it is the whole pattern"


@record
class DuplicateName(Diagnostic):
    code = "E0102"
    title = "`{name}` is declared twice"
    label = "the second declaration"
    help = "rename one of them"
    name: str
    first: Span | None

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.first, "the first one"),) if self.first else ()


@record
class BuiltinName(Diagnostic):
    code = "E0103"
    title = "`{name}` is built in and cannot be declared again"
    label = "choose another name"
    help = "built in are `token`, `position`, `bool` and the functions `min`, `max`, `abs`, `clamp`, `len`"
    name: str


@record
class UsedTooEarly(Diagnostic):
    code = "E0104"
    title = "`{name}` is used before it is declared"
    label = "not known yet"
    help = "move its declaration above this line"
    name: str
    declared: Span

    @property
    def cause(self) -> Hashable:
        return UsedTooEarly, self.declared

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.declared, "declared only here"),)


@record
class NotAFunction(Diagnostic):
    code = "E0105"
    title = "`{name}` is {described}, not a function"
    label = "cannot be called"
    help = "write `{name}` alone, or declare a function of another name with `def`"
    name: str
    what: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}


@record
class CollectionCalled(NotAFunction):
    help = "take an item in brackets: `{name}[...]`"


@record
class BoolCalled(NotAFunction):
    help = "write a comparison, such as `{argument} != 0`"
    argument: str


@record
class WrongArguments(Diagnostic):
    code = "E0106"
    label = "called here"
    help = "call it as `{call}`"
    name: str
    wanted: int
    noun: Literal["argument", "value"]
    given: int
    call: str

    @property
    def message(self) -> str:
        return f"`{self.name}` takes {counted(self.wanted, self.noun)}, and {are_given(self.given)}"


@record
class TooFewToCompare(WrongArguments):
    """`min` and `max` of no value, or of one that is not a collection."""

    help = "call it as `{call}`; over positions, a head brings it: `head h = {name} x`"

    @property
    def message(self) -> str:
        alone = "" if self.given == 0 else ", or one constant set or list that is not empty"
        return f"`{self.name}` takes two values or more{alone}, and {are_given(self.given)}"


@record
class WrongPatterns(WrongArguments):
    label = "in this case"
    help = "write `{call}`"

    @property
    def message(self) -> str:
        return f"this `match` takes {counted(self.wanted, 'pattern')} in each case, and {are_given(self.given)}"


@record
class RecursiveFunction(Diagnostic):
    code = "E0107"
    title = "`{name}` calls itself"
    label = "this call would never end"
    help = "functions are expanded where they are used; repeat with layers, or with a comprehension"
    name: str


@record
class ImpureFunction(Diagnostic):
    code = "E0108"
    title = "a function sees only its arguments, and `{name}` is {described}"
    label = "not an argument"
    help = "add a parameter, and pass `{name}` where the function is called"
    name: str
    what: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}


@record
class CannotAssign(Diagnostic):
    code = "E0109"
    title = "only variables can be assigned, and `{name}` is {described}"
    label = "not a variable"
    name: str
    what: str

    @property
    def cause(self) -> Hashable:
        return CannotAssign, self.name

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}

    @property
    def help_text(self) -> str:
        match self.what:
            case "head":
                return "a head alone gives it a value; assign to a variable"
            case "value":
                return (
                    f"what a layer makes has no other value: declare `var {self.name}: ... = ...` with an initial one"
                )
            case "local name":
                return "a `let` names a value once; choose another name, or declare a `var`"
            case "token":
                return "the input never changes; keep what changes in a `var`"
            case "position":
                return "positions never change; keep what changes in a `var`"
        return "keep what changes in a `var`"


@record
class FunctionAsValue(Diagnostic):
    code = "E0110"
    title = "`{name}` is a function and needs arguments"
    label = "used as a value"
    help = "call it as `{call}`"
    name: str
    call: str


@record
class TooMuchToExpand(Diagnostic):
    code = "E0111"
    title = "with its loops, comprehensions and calls written out, the program has more than {limit:,} parts"
    label = "the last part that was expanded"
    help = "use smaller ranges, and let layers do the repeating"
    limit: int
