"""What an explanation says, without words: values at places, and what gave each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from altac.diagnostics import Span
from altac.ir.rules import Rule
from altac.ir.values import NoValue, Value


@dataclass(frozen=True, order=True)
class Fact:
    """A value at a place: of a variable after `layer` layers (0: the initial state), or of a head in layer `layer`.

    What a step asks of numbers, a test, is a fact of its layer, as a head is.
    """

    layer: int
    position: int
    name: str


@dataclass(frozen=True)
class Given:
    """The embedding: the initial value for the token at the position, or for the position.

    `span` is the declaration; None of `token` and `position`, which nobody declares.
    """

    by: Literal["token", "position"]
    span: Span | None


@dataclass(frozen=True, eq=False)
class Fired:
    """The one plain rule that fires and changes the variable, or gives what a layer introduces its value.

    `number` counts plain rules from 0, as `altac rules -O0` lists them; `text` is the rule as it stands there. `span`
    is the assignment that it comes from. `reads` are the values of the rule's condition, in its order.
    """

    number: int
    rule: Rule
    text: str
    span: Span
    reads: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class Stayed:
    """An assignment that gave the variable the value that it had, so that no rule fires; `reads` decide that."""

    span: Span
    reads: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class Added:
    """A number that a layer makes of others: a sum of `terms`, factors with what they multiply, and an amount.

    `amount` is what the step adds, and `rule` the plain rule that adds it, None where that is nothing.
    """

    terms: tuple[tuple[Fraction, Fact], ...]
    amount: Value
    rule: Fired | None
    span: Span | None


@dataclass(frozen=True)
class Refused:
    """A position that a head does not select.

    `key` and `query` are the values of the first condition that does not hold for it; neither is there where the
    position is out of the head's reach, and one of them alone where the condition reads one side.
    """

    position: int
    key: Fact | None = None
    query: Fact | None = None

    @property
    def is_out_of_reach(self) -> bool:
        return self.key is None and self.query is None


@dataclass(frozen=True, eq=False)
class Looked:
    """What a head selected.

    Attributes:
        selected: the positions, ascending.
        taken: those of them that decide what it brings: the one that is first, last or closest, those of the greatest
            or least value, all where they are counted, added up, or agree.
        reads: the values that its conditions compare for selected positions, and what it brings from those taken.

    `Explainer.refused` says why it does not select the others.
    """

    span: Span
    selected: tuple[int, ...]
    taken: tuple[int, ...]
    reads: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class Asked:
    """What a step asks of a sum of numbers: its terms."""

    terms: tuple[tuple[Fraction, Fact], ...]

    @property
    def reads(self) -> tuple[Fact, ...]:
        return tuple(fact for _, fact in self.terms)


@dataclass(frozen=True, eq=False)
class Unread:
    """Nothing can be said: the residual stream of the weights holds no value of something that decides it."""

    missing: tuple[Fact, ...]


@dataclass(frozen=True, eq=False)
class Unruled:
    """Weights changed a variable where no rule of their program does."""

    before: Fact


Cause = Given | Fired | Stayed | Added | Looked | Asked | Unread | Unruled


@dataclass(frozen=True, eq=False)
class Why:
    """What gave a value.

    Attributes:
        fact: the value's place, where it came about: a variable that no layer assigns, or only in the same way again,
            has its value from an earlier layer.
        value: in the trace.
        expected: what the program makes of what the trace holds, where that is another value than the weights have;
            in a tuple, as `none` is a value.
    """

    fact: Fact
    value: Value | NoValue
    cause: Cause
    expected: tuple[Value] | None = None

    @property
    def reads(self) -> tuple[Fact, ...]:
        """The facts that it follows from, each once, in the order of the text."""
        match self.cause:
            case Fired() | Stayed() | Looked() | Asked():
                found = self.cause.reads
            case Added(terms, _, rule):
                found = (*(fact for _, fact in terms), *(() if rule is None else rule.reads))
            case Unruled(before):
                found = (before,)
            case Unread(missing):
                found = missing
            case Given():
                found = ()
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, eq=False)
class Explanation:
    """The why of a fact and of all that it follows from, the nearest first.

    Attributes:
        asked: the fact that was asked about, and those that decide that it is read as the output; `origins` say where
            the value of each fact came about.
        whys: by the place where a value came about.
        depth: how many steps back it goes.
        deepest: how many there are back to the input.
    """

    asked: tuple[Fact, ...]
    origins: Mapping[Fact, Fact]
    whys: Mapping[Fact, Why]
    depth: int
    deepest: int
