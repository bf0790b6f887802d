"""Expressions of found programs as text, with as few parentheses as the language allows."""

from __future__ import annotations

from collections.abc import Callable

from altac.ir.values import source_text
from altac.synthesis.nodes import (
    Arithmetic,
    Choice,
    Compare,
    Constant,
    Head,
    Input,
    Kind,
    Logic,
    Member,
    Node,
    Sum,
    is_token,
)
from altac.synthesis.sample import Codes

CHOICE, OR, AND, NOT, COMPARE, SUM, PRODUCT, ATOM = range(8)
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
SHORTEST_TABLE = 2  # cases that are written as a table
FEW = 3  # symbols that `in` lists rather than those that are not among them
Name = Callable[[Node], str]


class Expressions:
    """Writes nodes; `name` says what a leaf, or anything that has a name, is called."""

    def __init__(self, codes: Codes, alphabet: frozenset[int]) -> None:
        self.codes, self.alphabet = codes, alphabet

    def write(self, node: Node, name: Name, named: frozenset[Node] = frozenset()) -> str:
        return self._write(node, name, named, CHOICE)

    def constant(self, code: int, kind: Kind) -> str:
        return source_text(self.codes.value(code, kind))

    def _write(self, node: Node, name: Name, named: frozenset[Node], around: int) -> str:
        if isinstance(node, Input | Head) or node in named:
            return name(node)

        def part(one: Node, level: int) -> str:
            return self._write(one, name, named, level)

        match node:
            case Constant():
                text, level = self.constant(node.code, node.kind), ATOM
            case Sum():
                text, level = self._sum(node, part), SUM
            case Arithmetic():
                right = part(node.right, ATOM)
                right = f"max({right}, 1)" if not isinstance(node.right, Constant) else right
                text, level = f"{part(node.left, PRODUCT)} {node.op} {right}", PRODUCT
            case Compare():
                text, level = self._compare(node, part)
            case Member():
                text, level = self._member(node, part, negated=False), COMPARE
            case Logic(op="not"):
                text, level = self._not(node.operands[0], part)
            case Logic():
                level = AND if node.op == "and" else OR
                text = f" {node.op} ".join(part(one, level + 1) for one in node.operands)
            case Choice() if (table := self._table(node)) is not None:
                text, level = f"{table}[{part(node.cases[0][0].parts[0], ATOM)}]", ATOM
            case Choice():
                cases = [f"{part(value, OR)} if {part(condition, OR)} else " for condition, value in node.cases]
                text, level = "".join(cases) + part(node.otherwise, CHOICE), CHOICE
            case _:
                raise TypeError(type(node))
        return f"({text})" if level < around else text

    def _table(self, node: Choice) -> str | None:
        """A choice by the token, to constants, as a table; None if it is none."""
        entries: dict[int, Node] = {}
        for condition, value in node.cases:
            if not (isinstance(condition, Member) and is_token(condition.of) and isinstance(value, Constant)):
                return None
            entries |= {code: value for code in condition.codes if code not in entries}
        if len(node.cases) < SHORTEST_TABLE or not isinstance(node.otherwise, Constant):
            return None
        values = {code: entries.get(code, node.otherwise) for code in sorted(self.alphabet)}
        token = node.cases[0][0].parts[0].kind
        lines = (
            f"{self.constant(code, token)}: {self.constant(value.code, node.kind)}"
            for code, value in values.items()
            if isinstance(value, Constant)
        )
        return "{" + ", ".join(lines) + "}"

    def _sum(self, node: Sum, part: Callable[[Node, int], str]) -> str:
        ordered = sorted(node.terms, key=lambda term: -term[0])  # what is added comes first
        text = ""
        for sign, term in ordered:
            written = part(term, PRODUCT)
            text += f" {'+' if sign > 0 else '-'} {written}" if text else ("-" if sign < 0 else "") + written
        return text + (f" {'+' if node.constant > 0 else '-'} {abs(node.constant)}" if node.constant else "")

    def _compare(self, node: Compare, part: Callable[[Node, int], str]) -> tuple[str, int]:
        return f"{part(node.left, SUM)} {node.relation} {part(node.right, SUM)}", COMPARE

    def _not(self, node: Node, part: Callable[[Node, int], str]) -> tuple[str, int]:
        if isinstance(node, Compare):
            return f"{part(node.left, SUM)} {OPPOSITE[node.relation]} {part(node.right, SUM)}", COMPARE
        if isinstance(node, Member):
            return self._member(node, part, negated=True), COMPARE
        return f"not {part(node, NOT)}", NOT

    def _member(self, node: Member, part: Callable[[Node, int], str], negated: bool) -> str:
        codes, of = node.codes, part(node.of, SUM)
        rest = self.alphabet - codes
        if isinstance(node.of, Input) and node.of.name == "token" and len(rest) < min(len(codes), FEW):
            codes, negated = rest, not negated
        if len(codes) == 1:
            return f"{of} {'!=' if negated else '=='} {self.constant(next(iter(codes)), node.of.kind)}"
        values = frozenset(self.codes.value(code, node.of.kind) for code in codes)
        return f"{of} {'not in' if negated else 'in'} {source_text(values)}"
