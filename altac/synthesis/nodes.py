"""What a program found by search is made of: heads, and expressions over them.

Nodes share what they read, and are equal only if they are the same object: the search keeps one of each behaviour.
Constants stand as *codes*, as in `sample.py`. The cost is the length of the description; smaller ones are tried first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["number", "boolean", "symbol"]
Aggregate = Literal["count", "exists", "first", "last", "max", "min", "sum", "value"]
Relation = Literal["==", "!=", "<", ">", "<=", ">="]
ALL, BEFORE, SO_FAR, AFTER, FROM_HERE, LEFT, RIGHT = "", "..-1", "..0", "1..", "0..", "-1", "+1"
FAR_LEFT, FAR_RIGHT = "-2", "+2"


@dataclass(frozen=True, eq=False)
class Node(ABC):
    """A value at every position."""

    @property
    @abstractmethod
    def kind(self) -> Kind: ...

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes that it reads."""
        return ()

    @cached_property
    def cost(self) -> int:
        return 1 + sum(part.cost for part in self.parts)

    @cached_property
    def heads(self) -> frozenset[Head]:
        """The heads that it needs."""
        inside = frozenset[Head]().union(*(part.heads for part in self.parts))
        return inside | {self} if isinstance(self, Head) else inside

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The heads and the inputs that an expression reads, each once."""
        if isinstance(self, Input | Head):
            return (self,)
        return tuple(dict.fromkeys(leaf for part in self.parts for leaf in part.leaves))


@dataclass(frozen=True, eq=False)
class Input(Node):
    """`token` or `position`."""

    name: Literal["token", "position"]
    of_kind: Kind

    @property
    def kind(self) -> Kind:
        return self.of_kind


@dataclass(frozen=True, eq=False)
class Constant(Node):
    code: int
    of_kind: Kind

    @property
    def kind(self) -> Kind:
        return self.of_kind


@dataclass(frozen=True, eq=False)
class Condition:
    """Which positions a head selects: where `flag` holds, and `key RELATION query` does."""

    flag: Node | None = None
    key: Node | None = None
    relation: Relation = "=="
    query: Node | None = None

    @property
    def parts(self) -> tuple[Node, ...]:
        return tuple(part for part in (self.flag, self.key, self.query) if part is not None)

    @property
    def cost(self) -> int:
        twice = self.key is self.query and self.key is not None
        return sum(part.cost for part in self.parts) - (self.parts[-1].cost - 1 if twice else 0)


@dataclass(frozen=True, eq=False)
class Head(Node):
    """Brings a value from the positions that the condition selects at some offsets; `default` where there are none."""

    aggregate: Aggregate
    value: Node | None
    condition: Condition
    at: str = ALL
    default: int | None = None

    @property
    def kind(self) -> Kind:
        if self.aggregate == "exists":
            return "boolean"
        return self.value.kind if self.value is not None else "number"

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.condition.parts if self.value is None else (self.value, *self.condition.parts)

    @cached_property
    def cost(self) -> int:
        brought = 0 if self.value is None else self.value.cost + 1
        aggregate = self.aggregate != "value"
        return 1 + aggregate + brought + self.condition.cost + (self.at != ALL)


@dataclass(frozen=True, eq=False)
class Sum(Node):
    """Terms that are added or subtracted, and a whole number."""

    terms: tuple[tuple[int, Node], ...]  # with their signs, 1 or -1
    constant: int = 0

    @property
    def kind(self) -> Kind:
        return "number"

    @property
    def parts(self) -> tuple[Node, ...]:
        return tuple(term for _, term in self.terms)

    @cached_property
    def cost(self) -> int:
        return sum(term.cost + 1 for _, term in self.terms) - 1 + (self.constant != 0)


@dataclass(frozen=True, eq=False)
class Arithmetic(Node):
    """`left // right` or `left % right`; 0 where the divisor is."""

    op: Literal["//", "%"]
    left: Node
    right: Node

    @property
    def kind(self) -> Kind:
        return "number"

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    @cached_property
    def cost(self) -> int:
        return 3 + self.left.cost + self.right.cost


@dataclass(frozen=True, eq=False)
class Compare(Node):
    left: Node
    relation: Relation
    right: Node

    @property
    def kind(self) -> Kind:
        return "boolean"

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False)
class Member(Node):
    """Whether a value is one of some."""

    of: Node
    codes: frozenset[int]

    @property
    def kind(self) -> Kind:
        return "boolean"

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.of,)

    @cached_property
    def cost(self) -> int:
        return self.of.cost + 2 * len(self.codes)  # constants come late: they say least about other inputs


@dataclass(frozen=True, eq=False)
class Logic(Node):
    """`not`, `and` and `or` of booleans."""

    op: Literal["not", "and", "or"]
    operands: tuple[Node, ...]

    @property
    def kind(self) -> Kind:
        return "boolean"

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True, eq=False)
class Choice(Node):
    """The value of the first case whose condition holds, or the last value."""

    cases: tuple[tuple[Node, Node], ...]
    otherwise: Node
    of_kind: Kind

    @property
    def kind(self) -> Kind:
        return self.of_kind

    @property
    def parts(self) -> tuple[Node, ...]:
        return (*(part for case in self.cases for part in case), self.otherwise)


def walk(node: Node) -> Iterator[Node]:
    """A node and all that it needs, each once, what is read before what reads it."""
    seen: set[Node] = set()

    def visit(one: Node) -> Iterator[Node]:
        if one not in seen:
            seen.add(one)
            for part in one.parts:
                yield from visit(part)
            yield one

    return visit(node)


def is_token(node: Node) -> bool:
    return isinstance(node, Input) and node.name == "token"


def negated(flag: Node) -> Node:
    return flag.operands[0] if isinstance(flag, Logic) and flag.op == "not" else Logic("not", (flag,))
