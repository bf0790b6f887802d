"""One line of the text of rules, token by token: values, domains, conditions, changes and sums."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from altac.ir.numbers import Cut, Terms
from altac.ir.operations import operate
from altac.ir.rules import Antecedent, Change, Rule, cube
from altac.ir.values import Domain, Value


class Line:
    """A cursor over the tokens of one line."""

    TOKEN = re.compile(
        r'\s*("(?:[^"\\]|\\.)*"|-?\d+(?:/\d+)?|sum\.\d+|\w+|\.\.|->|>=|\([^()"]*(?:>|among)[^()"]*\)|[^\s\w])'
    )

    def __init__(self, text: str) -> None:
        self.tokens = self.TOKEN.findall(text)
        self.next = 0

    def peek(self) -> str:
        return self.tokens[self.next] if self.next < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if wanted and token not in wanted:
            raise ValueError(f"expected {' or '.join(wanted)}, found `{token}`")
        self.next += 1
        return token

    def antecedent(self, domains: Mapping[str, Domain], end: str) -> Antecedent:
        """`always`, or conditions after `if` up to a word."""
        found: dict[str, tuple[int, ...]] = {}
        if self.take("if", "always") == "if":
            while True:
                name = self.take()
                values = [self.value()] if self.take("=", "in") == "=" else self.collection()
                found[name] = tuple(sorted(domains[name].index(value) for value in values))
                if self.take("and", end) == end:
                    break
        return cube(found, domains)

    def rule(self, domains: Mapping[str, Domain]) -> Rule:
        antecedent = self.antecedent(domains, "then")
        changes = []
        while self.peek():
            name = self.take()
            self.take(":")
            index = domains[name].index
            old = None if self.peek() == "->" else index(self.value())
            self.take("->")
            new = None if self.peek() in ("", ";") else index(self.value())
            changes.append(Change(name, old, new))
            if self.peek():
                self.take(";")
        return Rule(antecedent, tuple(changes))

    def terms(self, domains: Mapping[str, Domain]) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """`a - 2 * b + c[0, 1, 5]`."""
        terms = []
        while self.peek():
            sign = -1 if self.peek() == "-" else 1
            if self.peek() in ("+", "-"):
                self.take()
            if self.peek().isdigit():
                sign *= int(self.take())
                self.take("*")
            name = self.take()
            if self.peek() == "[":
                self.take("[")
                weights = []
                while self.peek() != "]":
                    weights.append(int(self.take()))
                    if self.peek() != "]":
                        self.take(",")
                self.take("]")
            else:
                weights = [sign * value for value in domains[name] if isinstance(value, int)]
            terms.append((name, tuple(weights)))
        return tuple(terms)

    def sum(self) -> Terms:
        """`a - 2 * b`, a sum of numbers."""
        terms: list[tuple[str, Fraction]] = []
        while self.peek():
            sign = -1 if self.peek() == "-" else 1
            if self.peek() in ("+", "-"):
                self.take()
            factor = Fraction(1)
            if self.tokens[self.next + 1 : self.next + 2] == ["*"]:
                factor = Fraction(self.take())
                self.take("*")
            terms.append((self.take(), sign * factor))
        return tuple(terms)

    def cuts(self) -> tuple[Cut, ...]:
        """`> 1/2, >= 3`."""
        found: list[Cut] = []
        while self.peek():
            is_strict = self.take(">", ">=") == ">"
            found.append(Cut(Fraction(self.take()), is_strict))
            if self.peek():
                self.take(",")
        return tuple(found)

    def collection(self) -> list[Value]:
        """Ranges, sets in braces, `bool` and parentheses, joined by `|`, each perhaps with `?`."""
        values: list[Value] = []
        while True:
            if self.peek() == "(":
                self.take("(")
                values += self.collection()
                self.take(")")
            elif self.peek() == "bool":
                self.take()
                values += [False, True]
            elif self.peek() == "{":
                values += self.braces()
            else:
                values += self.range()
            if self.peek() == "?":
                self.take()
                values.append(None)
            if self.peek() != "|":
                return values
            self.take("|")

    def range(self) -> list[Value]:
        low = self.literal()
        self.take("..")
        found = operate("..", (low, self.literal()))
        if not isinstance(found, frozenset):
            raise ValueError("the ends of a range are whole numbers, or symbols of one character")
        return list(found)

    def braces(self) -> list[Value]:
        self.take("{")
        values: list[Value] = []
        while self.peek() != "}":
            values.append(self.value())
            if self.peek() != "}":
                self.take(",")
        self.take("}")
        return values

    def value(self) -> Value:
        is_range = self.tokens[self.next + 1 : self.next + 2] == [".."]
        return frozenset(self.collection()) if is_range or self.peek() == "{" else self.literal()

    def literal(self) -> Value:
        token = self.take()
        if token.startswith('"'):
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if token in ("true", "false", "none"):
            return {"true": True, "false": False, "none": None}[token]
        number = Fraction(token)
        return number.numerator if number.denominator == 1 else number
