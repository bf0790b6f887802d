"""Random well-typed programs: every kind of domain, head, statement and stop.

The generator draws from a `Source`, which is a seeded random number generator or Hypothesis, so that the same code
serves long runs and shrinking. What it writes is meant to pass the checker; a program that does not is a finding.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hypothesis import strategies as st

NUMBERS, SYMBOLS, BOOLEANS = "number", "symbol", "boolean"
LETTERS = ["a", "b", "c"]


class Source(Protocol):
    def integer(self, low: int, high: int) -> int: ...


class RandomSource:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


class HypothesisSource:
    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))


@dataclass(frozen=True)
class Name:
    """A variable or head: its kind, its numbers if it has any, and whether it can be `none`."""

    text: str
    kind: str
    low: int = 0
    high: int = 1
    optional: bool = False
    scalar: bool = False
    domain: str = ""


@dataclass
class Generator:
    source: Source
    variables: list[Name] = field(default_factory=list)
    heads: list[Name] = field(default_factory=list)
    bounded: bool = True
    most: int = 0

    def pick(self, options: Sequence[Any]) -> Any:
        return options[self.source.integer(0, len(options) - 1)]

    def chance(self, one_in: int) -> bool:
        return self.source.integer(1, one_in) == 1

    def program(self) -> str:
        numeric = not self.chance(3)
        self.bounded = not self.chance(4)
        length = self.source.integer(1, 4)
        frame = self.pick(["", 'frame "<s>" word', 'frame word "<e>"', 'frame "<s>" * 2 word "<e>"'])
        alphabet = f"0..{self.source.integer(1, 3)}" if numeric else '{"a", "b", "c"}'
        self.most = length + frame.count('"<') + frame.count("* 2")
        lines = ["program fuzz", f"input word: {alphabet}" + (f" up to {length}" if self.bounded else "")]
        lines += [frame] if frame else []
        framed = [piece for piece in ("<s>", "<e>") if piece in frame]
        token = Name("token", NUMBERS if numeric else SYMBOLS, 0, 3, optional=bool(framed))
        lines += [self.variable(f"v{number}", token, framed) for number in range(self.source.integer(1, 4))]
        lines += [self.head(f"h{number}") for number in range(self.source.integer(0, 3))]
        lines += ["step:", *self.block(1, {}, set(), self.source.integer(1, 4))]
        lines.append(self.stop())
        shown = self.pick([one for one in self.variables if not one.scalar] or self.variables)
        where = ""
        plain = [one for one in self.variables if not one.scalar]
        if plain and self.chance(3):
            where = f" where {self.condition(plain, 1)}"
        lines.append(f"output {shown.text}" + self.pick(["", " at first", " at last"]) + where)
        return "\n".join(lines) + "\n"

    # Declarations --------------------------------------------------------------------------------------------

    def variable(self, text: str, token: Name, framed: list[str]) -> str:
        kind = self.pick([NUMBERS, NUMBERS, SYMBOLS, BOOLEANS])
        if kind == NUMBERS:
            low = self.source.integer(-2, 1)
            high = low + self.source.integer(1, 4)
            scalar = self.chance(8)
            optional = not scalar and self.chance(4)
            domain = f"{low}..{high}"
            name = Name(text, kind, low, high, optional, scalar, f"({domain})?" if optional else domain)
            values = [str(low), str(high)]
        elif kind == SYMBOLS:
            optional = self.chance(4)
            domain = '{"a", "b", "c"}'
            name = Name(text, kind, optional=optional, domain=f"{domain}?" if optional else domain)
            values = ['"a"', '"b"', '"c"']
        else:
            name = Name(text, kind, domain="bool")
            values = ["true", "false"]
        if name.optional:
            values.append("none")
        initial = self.pick(values)
        if self.chance(2):
            mark = f'"{self.pick(framed)}"' if framed and self.chance(2) else None
            test = f"token == {mark}" if mark else f"token in {self.tokens(token)}"
            initial = f"{self.pick(values)} if {test} else {initial}"
        elif self.bounded and self.chance(2):
            initial = f"{self.pick(values)} if position % 2 == {self.source.integer(0, 1)} else {initial}"
            if kind == NUMBERS and not name.optional and self.chance(2):
                initial = f"clamp(position - 1, {name.low}, {name.high})"
        self.variables.append(name)
        return f"var {text}: {'scalar ' if name.scalar else ''}{name.domain} = {initial}"

    def tokens(self, token: Name) -> str:
        if token.kind == NUMBERS:
            return "{" + ", ".join(str(one) for one in range(self.source.integer(1, 3))) + "}"
        return "{" + ", ".join(f'"{one}"' for one in LETTERS[: self.source.integer(1, 2)]) + "}"

    def offsets(self) -> str:
        options = ["", " at -1", " at +1", " at ..-1", " at ..0", " at 1..", " at {-1, +1}", " at -2..1", " at 0"]
        return str(self.pick(options))

    def where(self) -> str:
        conjuncts = []
        plain = [one for one in self.variables if not one.scalar]
        for _ in range(self.source.integer(0, 2)):
            if not plain:
                break
            key, query = self.pick(plain), self.pick(plain)
            relation = self.pick(["==", "!=", "<", "const", "query"])
            if relation == "const":
                conjuncts.append(self.compare(key, f"key.{key.text}"))
            elif relation == "query":
                conjuncts.append(self.compare(query, f"query.{query.text}"))
            elif key.kind != query.kind:
                continue
            elif relation == "<" and key.kind == NUMBERS and not key.optional and not query.optional:
                conjuncts.append(f"key.{key.text} < query.{query.text} + {self.source.integer(-1, 1)}")
            elif relation != "<":
                conjuncts.append(f"key.{key.text} {relation} query.{query.text}")
        return " where " + " and ".join(conjuncts) if conjuncts else ""

    def head(self, text: str) -> str:
        aggregate = self.pick(["", "", "first ", "last ", "count", "exists", "mean "])
        where, offsets = self.where(), self.offsets()
        bound = self.bounded or offsets in (" at -1", " at +1", " at {-1, +1}", " at -2..1", " at 0")
        if aggregate in ("count", "mean ") and not bound:
            aggregate = "exists"
        if aggregate == "exists":
            self.heads.append(Name(text, BOOLEANS))
            return f"head {text} = exists{where}{offsets}"
        if aggregate == "count":
            self.heads.append(Name(text, NUMBERS, 0, self.most))
            return f"head {text} = count{where}{offsets}"
        if aggregate == "mean ":
            numbers = [one for one in self.variables if one.kind == NUMBERS and not one.optional]
            if not numbers:
                self.heads.append(Name(text, BOOLEANS))
                return f"head {text} = exists{where}{offsets}"
            one = self.pick(numbers)
            default = self.chance(2)
            self.heads.append(Name(text, NUMBERS, one.low, one.high, optional=not default))
            end = f" else {self.source.integer(one.low, one.high)}" if default else ""
            domain = f"{one.low}..{one.high}" if default else f"({one.low}..{one.high})?"
            return f"head {text}: {domain} = mean {one.text}{where}{offsets}{end}"
        plain = [one for one in self.variables if not one.scalar]
        if not plain:
            self.heads.append(Name(text, BOOLEANS))
            return f"head {text} = exists{where}{offsets}"
        one = self.pick(plain)
        default = self.chance(2)
        self.heads.append(Name(text, one.kind, one.low, one.high, optional=one.optional or not default))
        end = f" else {self.literal(one)}" if default else ""
        return f"head {text} = {aggregate}{one.text}{where}{offsets}{end}"

    def stop(self) -> str:
        plain = [one for one in self.variables if not one.scalar]
        if plain and not self.chance(3):
            return f"halt when {self.condition(plain, 1)}"
        return f"layers {self.source.integer(0, 4)}"

    # Expressions ---------------------------------------------------------------------------------------------

    def literal(self, name: Name) -> str:
        if name.kind == NUMBERS:
            return str(self.source.integer(name.low, name.high))
        if name.kind == BOOLEANS:
            return str(self.pick(["true", "false"]))
        return f'"{self.pick(LETTERS)}"'

    def compare(self, name: Name, read: str) -> str:
        """A condition on one name."""
        if name.optional and self.chance(3):
            return f"{read} {self.pick(['==', '!='])} none"
        if name.kind == NUMBERS and not name.optional and self.chance(2):
            return f"{read} {self.pick(['<', '<=', '>', '>='])} {self.literal(name)}"
        return f"{read} {self.pick(['==', '!='])} {self.literal(name)}"

    def condition(self, names: list[Name], depth: int) -> str:
        """A boolean expression."""
        if depth > 0 and self.chance(3):
            op = self.pick(["and", "or"])
            return f"({self.condition(names, depth - 1)} {op} {self.condition(names, depth - 1)})"
        if depth > 0 and self.chance(6):
            return f"not ({self.condition(names, depth - 1)})"
        name = self.pick(names)
        if name.kind == BOOLEANS and not name.optional and self.chance(2):
            return str(name.text)
        others = [one for one in names if one.kind == name.kind]
        if self.chance(3):
            other = self.pick(others)
            if name.kind == NUMBERS and not name.optional and not other.optional and self.chance(2):
                return f"{name.text} {self.pick(['<', '>='])} {other.text} + {self.source.integer(-1, 1)}"
            return f"{name.text} {self.pick(['==', '!='])} {other.text}"
        return self.compare(name, name.text)

    def number(self, names: list[Name], depth: int) -> str:
        """A whole number, whatever its size."""
        numbers = [one for one in names if one.kind == NUMBERS]
        if not numbers or self.chance(6):
            return str(self.source.integer(-3, 5))
        if depth > 0 and self.chance(2):
            left, right = self.number(names, depth - 1), self.number(names, depth - 1)
            form = self.pick(["({} + {})", "({} - {})", "({} * {})", "min({}, {})", "max({}, {})", "abs({} - {})"])
            return str(form).format(left, right)
        if depth > 0 and self.chance(4):
            return f"({self.number(names, depth - 1)} {self.pick(['//', '%'])} {self.source.integer(2, 4)})"
        if depth > 0 and self.chance(4):
            then, other = self.number(names, depth - 1), self.number(names, depth - 1)
            return f"({then} if {self.condition(names, 0)} else {other})"
        one = self.pick(numbers)
        return f"({one.low} if {one.text} == none else {one.text})" if one.optional else str(one.text)

    def value(self, target: Name, names: list[Name]) -> str:
        """An expression in the domain of a variable."""
        if target.optional and self.chance(4):
            return "none"
        if target.kind == NUMBERS:
            return f"clamp({self.number(names, 2)}, {target.low}, {target.high})"
        if target.kind == BOOLEANS:
            return self.condition(names, 1)
        same = [one for one in names if one.kind == SYMBOLS and (target.optional or not one.optional)]
        if same and self.chance(2):
            return str(self.pick(same).text)
        if self.chance(3):
            return f'("a" if {self.condition(names, 1)} else {self.literal(target)})'
        return self.literal(target)

    # Statements ----------------------------------------------------------------------------------------------

    def block(self, indent: int, lets: dict[str, Name], taken: set[str], size: int) -> list[str]:
        """Statements; `taken` are variables that are assigned already on this path, and grows."""
        names = [*self.variables, *self.heads, *lets.values()]
        lines: list[str] = []
        margin = "    " * indent
        for _ in range(size):
            free = [one for one in self.variables if one.text not in taken]
            shape = self.pick(["assign", "assign", "if", "match", "let"]) if indent < 3 else "assign"
            if shape == "let" and indent == 1:
                text = f"x{len(lets)}"
                lines.append(f"{margin}let {text} = clamp({self.number(names, 1)}, -2, 4)")
                lets[text] = Name(text, NUMBERS, -2, 4)
                names.append(lets[text])
            elif shape == "if" and free:
                lines += self.branches(margin, indent, lets, taken, names)
            elif shape == "match" and free:
                lines += self.match(margin, indent, lets, taken, names)
            elif free:
                target = self.pick(free)
                taken.add(target.text)
                lines.append(f"{margin}{target.text} := {self.value(target, names)}")
        return lines or [f"{margin}pass"]

    def branches(
        self, margin: str, indent: int, lets: dict[str, Name], taken: set[str], names: list[Name]
    ) -> list[str]:
        lines = []
        after = set(taken)
        for number in range(self.source.integer(1, 3)):
            mine = set(taken)
            lines.append(f"{margin}{'elif' if number else 'if'} {self.condition(names, 1)}:")
            lines += self.block(indent + 1, dict(lets), mine, self.source.integer(1, 2))
            after |= mine
        if self.chance(2):
            mine = set(taken)
            lines += [f"{margin}else:", *self.block(indent + 1, dict(lets), mine, 1)]
            after |= mine
        taken |= after
        return lines

    def match(self, margin: str, indent: int, lets: dict[str, Name], taken: set[str], names: list[Name]) -> list[str]:
        subjects = [self.pick(names) for _ in range(self.source.integer(1, 2))]
        lines = [f"{margin}match {', '.join(one.text for one in subjects)}:"]
        after = set(taken)
        for number in range(self.source.integer(1, 3)):
            mine, inner = set(taken), dict(lets)
            patterns = [self.pattern(one, f"c{number}{place}", inner) for place, one in enumerate(subjects)]
            guard = f" if {self.condition([*names, *inner.values()], 0)}" if self.chance(4) else ""
            lines.append(f"{margin}    case {', '.join(patterns)}{guard}:")
            lines += self.block(indent + 2, inner, mine, 1)
            after |= mine
        taken |= after
        return lines

    def pattern(self, subject: Name, capture: str, lets: dict[str, Name]) -> str:
        if self.chance(4):
            return "_"
        if self.chance(5):
            lets[capture] = Name(capture, subject.kind, subject.low, subject.high, subject.optional)
            return capture
        if subject.kind == NUMBERS and self.chance(3):
            return f"{subject.low}..{self.source.integer(subject.low, subject.high)}"
        first, second = self.literal(subject), self.literal(subject)
        return f"{first} | {second}" if self.chance(3) else first


def random_program(seed: int) -> str:
    return Generator(RandomSource(seed)).program()


@st.composite
def programs(draw: Callable[[Any], Any]) -> str:
    return Generator(HypothesisSource(draw)).program()
