"""E03..: proofs that failed, each with values of the variables on which it fails."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any

from altac.diagnostics.diagnostic import Diagnostic, Fix, Note
from altac.diagnostics.kind_errors import Wanted, operator_text
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import Witness, described, when


class Guard(Enum):
    """How a condition is put around an expression where it stands: templates over the condition."""

    STATEMENT = "`if {}:`"
    CHOICE = "`... if {} else ...`"  # of a value that no statement gives
    CONJUNCT = "`{} and ...`"  # of a condition that no statement asks

    def around(self, condition: str) -> str:
        return self.value.format(condition)


@record
class LeavesDomain(Diagnostic):
    """A value that a variable's domain does not have; the classes below say what mends it."""

    code = "E0301"
    help = "widen the domain of `{variable}`, or {guarded}"
    variable: str
    expression: str
    value: str
    witness: Witness
    domain: str
    guard: Guard

    def facts(self) -> dict[str, Any]:
        is_assigned = self.guard is Guard.STATEMENT
        guarded = "guard the assignment" if is_assigned else f"write another value: {self.guard.around('...')}"
        return {**super().facts(), "guarded": guarded}

    @property
    def message(self) -> str:
        if self.expression == self.value:
            return f"{self.value} is not in the domain of `{self.variable}`"
        return f"`{self.expression}` can leave the domain of `{self.variable}`"

    @property
    def label_text(self) -> str:
        if self.expression == self.value:
            return f"`{self.variable}` is {self.domain}"
        return f"is {self.value}{when(self.witness)}, but `{self.variable}` is {self.domain}"


@record
class MisspeltValue(LeavesDomain):
    help = "did you mean `{suggestion}`?"
    suggestion: str

    @property
    def fixes(self) -> tuple[Fix, ...]:
        is_literal = self.span is not None and self.span.text == self.value
        return Fix.replace(self.span, self.suggestion) if is_literal else ()


@record
class MissingValue(LeavesDomain):
    help = "add `{value}` to the domain of `{variable}`, or {guarded}"


@record
class ConstantOutside(LeavesDomain):
    help = "write one of these values, or widen the domain"


@record
class NoneOutside(LeavesDomain):
    optional: str  # the domain with `none`
    head: str | None  # where the `none` comes from
    declared: Span | None  # of that head

    @property
    def cause(self) -> Hashable:
        return self if self.declared is None else (NoneOutside, self.declared)

    @property
    def help_text(self) -> str:
        default = f"give `{self.head}` a default with `else`, " if self.head is not None else ""
        return f"{default}test for `none` first, or declare `{self.variable}: {self.optional}`"

    @property
    def notes(self) -> tuple[Note, ...]:
        return _nothing_selected(self.head, self.declared)


@record
class SetForValue(LeavesDomain):
    help = "assign one of its values"

    @property
    def message(self) -> str:
        return f"`{self.expression}` is a set of values, and `{self.variable}` has one value"

    @property
    def label_text(self) -> str:
        return f"is the whole set {self.value}{when(self.witness)}"


@record
class BooleanOutside(LeavesDomain):
    help = "write `1 if {expression} else 0`"


@record
class NumberForBoolean(LeavesDomain):
    help = "write `{boolean}` for a boolean"
    boolean: str


@record
class FractionOutside(LeavesDomain):
    help = "`//` divides and rounds down"


@record
class BeyondDomain(LeavesDomain):
    """A number above the greatest or below the least of the domain."""

    help = "keep it inside with `{kept}`"
    kept: str


@record
class BeyondBound(LeavesDomain):
    """The same of an assignment, where one variable alone decides."""

    help = "guard it (`if {bound}:`) or keep it inside with `{kept}`"
    kept: str
    bound: str


def _nothing_selected(head: str | None, declared: Span | None) -> tuple[Note, ...]:
    if declared is None:
        return ()
    return (Note(declared, f"`{head}` is `none` where this selects nothing; add `else ...`"),)


@record
class NoneOperand(Diagnostic):
    code = "E0302"
    op: str
    wanted: Wanted
    operand: str
    witness: Witness
    head: str | None  # where the `none` comes from
    declared: Span | None  # of that head
    default: str  # one that the head could have
    guard: Guard

    @property
    def cause(self) -> Hashable:
        return NoneOperand, self.operand if self.declared is None else self.declared

    @property
    def message(self) -> str:
        return f"{operator_text(self.op)} needs {self.wanted.value}, and `{self.operand}` can be `none`"

    @property
    def label_text(self) -> str:
        return when(self.witness).lstrip()

    @property
    def help_text(self) -> str:
        first = f"compare with `none` first, as in {self.guard.around(f'{self.operand} != none')}"
        return first if self.head is None else f"{first}, or give `{self.head}` a default: `else {self.default}`"

    @property
    def notes(self) -> tuple[Note, ...]:
        return _nothing_selected(self.head, self.declared)


@record
class DividesByZero(Diagnostic):
    code = "E0303"
    title = "`{op}` divides by zero"
    op: str
    divisor: str | None  # None where it is a constant
    witness: Witness
    guard: Guard

    @property
    def label_text(self) -> str:
        return "the divisor is 0" + when(self.witness)

    @property
    def help_text(self) -> str:
        if self.divisor is None:
            return "divide by something else"
        return f"guard it: {self.guard.around(f'{self.divisor} != 0')}"


@record
class IndexOutside(Diagnostic):
    """A list or a table has no such item."""

    code = "E0304"
    witness: Witness

    @property
    def label_text(self) -> str:
        return "outside" + when(self.witness)


@record
class NoItem(IndexOutside):
    title = "this index can be outside: the list has {length} items, counted from 0, and the index is {index}"
    length: int
    index: int
    written: str  # the index as it is written
    guard: Guard

    @property
    def help_text(self) -> str:
        if self.written == str(self.index):
            return f"the last item has index {self.length - 1}" if self.length else "an empty list has no item"
        return f"guard it: {self.guard.around(f'0 <= {self.written} < {self.length}')}"


@record
class NoEntry(IndexOutside):
    title = "this index can be outside: the table has no entry for {key}"
    help = "add an entry for {key}, or guard it with a condition"
    key: str


@record
class AssignedTwice(Diagnostic):
    code = "E0305"
    title = "`{variable}` can be assigned twice in one step"
    variable: str
    witness: Witness
    first: Span  # the same place in two rounds of a `for`

    @property
    def label_text(self) -> str:
        return ("two rounds of `for` run this" if self.first == self.span else "both run") + when(self.witness)

    @property
    def help_text(self) -> str:
        if self.first == self.span:
            return "let only one round assign it: in `for n in ...`, under a condition such as `if x == n:`"
        return "make the conditions exclude each other, for example with `elif`"

    @property
    def notes(self) -> tuple[Note, ...]:
        return () if self.first == self.span else (Note(self.first, "assigned here too"),)


@record
class StepTooLarge(Diagnostic):
    """What depends on too many combinations of values to be checked."""

    code = "E0306"
    title = "this condition depends on too many combinations of values"
    label = "reads {reads}: {count} combinations"
    help = "split it over several layers: compute a part into a variable first, and use that in the next layer"
    sizes: tuple[tuple[str, int], ...]  # what it reads, with the number of values
    count: str

    def facts(self) -> dict[str, Any]:
        reads = ", ".join(f"`{name}` ({size})" for name, size in self.sizes[:8])
        more = f" and {len(self.sizes) - 8} more" if len(self.sizes) > 8 else ""
        return {**super().facts(), "reads": reads + more}


@record
class AssignmentTooLarge(StepTooLarge):
    title = "the assignment of `{variable}` depends on too many combinations of values"
    variable: str


@record
class InitialTooLarge(StepTooLarge):
    title = "the initial value of `{variable}` depends on too many combinations of values"
    variable: str


@record
class TermTooLarge(StepTooLarge):
    title = "this term of a score depends on too many combinations of values, after all that came before it"
    help = "score with fewer terms, or with fewer symbols in the alphabet"


@record
class TokenAndPosition(Diagnostic):
    code = "E0307"
    title = "the initial value of `{variable}` mixes `token` and `position`"
    label = "uses both"
    help = (
        "an embedding knows one of them at a time: keep each in a variable of its own,\n"
        "and combine the two in the first step"
    )
    variable: str


@record
class UnboundedPosition(Diagnostic):
    code = "E0308"
    title = "`position` needs an input of bounded length, at most 10,000 with its frame"
    label = "too many positions"
    help = "bound the input: `input {input}: ... up to 50`"
    input: str

    @property
    def cause(self) -> Hashable:
        return UnboundedPosition, self.input


@record
class NotInitial(Diagnostic):
    code = "E0309"
    title = "an initial value is a function of `token` or of `position`, and `{name}` is {described}"
    label = "has no value yet"
    help = "begin with a constant, and assign the rest in the first step"
    name: str
    what: str

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "described": described(self.what)}
