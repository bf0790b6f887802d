"""Random well-typed programs: every kind of domain, head, statement and stop.

The generator draws from a `Source`, which is a seeded random number generator or Hypothesis, so that the same code
serves long runs and shrinking. What it writes is meant to pass the checker; a program that does not is a finding. A
*careless* program is one in which a step may go wrong: a value may leave its domain, an operator may meet `none`, a
variable may be assigned twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any, Protocol

from hypothesis import strategies as st

from altac.ir.values import source_text
from altac.syntax import tree as t
from tests.fuzz import real
from tests.fuzz.real import Numbers
from tests.oracle import Oracle, is_number, key, ordered, whole

LETTERS = ("a", "b", "c")
SETS = tuple(frozenset(some) for size in range(3) for some in combinations("ab", size))
FRAMES = {
    "": (),
    'frame "<s>" word': ("<s>",),
    'frame word "<e>"': ("<e>",),
    'frame "<s>" * 2 word "<e>"': ("<s>", "<e>"),
}

# Declarations of names, each with what it makes known: any program may have them.
CONSTANTS = """
const LIMIT = 3
const STEPS = [1, 0, 2]
const HALVES = {0, 1/2, 1}
const NEXT = {"a": "b", "b": "c", "c": "a"}
type Letter = {"a", "b", "c"}
param N = 2
def wrap(n, size) = n % size
def near(m, n) = m == n or m + 1 == n
def pick(c, x, y) = x if c else y
def twice(n) = wrap(n + n, LIMIT + 1)
"""


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


def unique(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(ordered({key(value): value for value in values}.values()))


@dataclass(frozen=True)
class Name:
    """A variable, a head, or a name for a value, with all values that it can have (perhaps more)."""

    text: str
    values: tuple[Any, ...]

    @property
    def optional(self) -> bool:
        return None in self.values

    @cached_property
    def present(self) -> tuple[Any, ...]:
        """The values without `none`."""
        return tuple(value for value in self.values if value is not None)

    def has(self, kind: type) -> bool:
        """Whether all values, apart from `none`, are of one kind; numbers are `Fraction`, whole ones `int`."""

        def fits(value: Any) -> bool:
            if kind in (int, Fraction):
                return is_number(value) and (kind is Fraction or isinstance(value, int))
            return isinstance(value, kind)

        return bool(self.present) and all(map(fits, self.present))

    def within(self, other: Name) -> bool:
        return {*map(key, self.values)} <= {*map(key, other.values)}

    @property
    def domain(self) -> str:
        plain = set_text(self.present)
        return f"({plain})?" if self.optional else plain


def set_text(values: Sequence[Any]) -> str:
    """A set as a program writes it."""
    whole_numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if len(values) == len(whole_numbers) > 1 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]}..{values[-1]}"
    if tuple(values) == LETTERS:
        return f"{literal(LETTERS[0])}..{literal(LETTERS[-1])}"
    return "bool" if unique(values) == (False, True) else "{" + ", ".join(map(literal, values)) + "}"


def literal(value: Any) -> str:
    return "{" + ", ".join(map(literal, ordered(value))) + "}" if isinstance(value, frozenset) else source_text(value)


def ordered_kind(values: Sequence[Any]) -> bool:
    """Whether values are all numbers, or all symbols."""
    return all(map(is_number, values)) or all(isinstance(one, str) for one in values)


@dataclass
class Generator:
    source: Source
    careless: bool = False
    variables: list[Name] = field(default_factory=list)
    heads: list[Name] = field(default_factory=list)
    given: list[Name] = field(default_factory=list)  # `token` and `position`, as far as there are
    made: list[Name] = field(default_factory=list)  # what layers above have made, as far as it is known
    constants: bool = False
    bounded: bool = True
    most: int = 0
    numbers: Numbers = field(default_factory=Numbers)
    causal: bool = False
    written: int = 0  # how many symbols may be written

    def pick(self, options: Sequence[Any]) -> Any:
        return options[self.source.integer(0, len(options) - 1)]

    def chance(self, one_in: int) -> bool:
        return self.source.integer(1, one_in) == 1

    def slip(self) -> bool:
        """Whether to be careless here."""
        return self.careless and self.chance(4)

    def some(self, options: Sequence[Any], least: int = 1) -> list[Any]:
        """Some of the options, in order."""
        chosen = [one for one in options if self.chance(2)]
        return chosen if len(chosen) >= least else list(options[:least])

    def program(self) -> str:
        self.bounded = not self.chance(4)
        self.constants = not self.chance(3)
        longest = self.source.integer(1, 4)
        alphabet = self.pick(
            [LETTERS, LETTERS, (0, 1, 2), (0, 1), (-1, Fraction(1, 2)), (False, True), (0, 1, "x"), ("left", "right")]
        )
        frame = self.pick([*FRAMES, f"frame {literal(str(alphabet[0]))} word"])
        around = FRAMES.get(frame, (str(alphabet[0]),))
        self.causal = not self.careless and self.chance(5)
        self.written = self.source.integer(1, 3) if self.causal and self.chance(2) else 0
        self.most = longest + len(around) + ("* 2" in frame) + self.written
        other = self.pick([None, None, alphabet[-1], "other"])
        self.given = [Name("token", unique([*alphabet, *around, *(["other"] if other == "other" else [])]))]
        if self.bounded:
            self.given.append(Name("position", tuple(range(self.most))))
        lines = ["program fuzz", *(CONSTANTS.strip().splitlines() if self.constants else [])]
        lines += [f"input word: {set_text(alphabet)}" + (f" up to {longest}" if self.bounded else "")]
        lines[-1] += "" if other is None else f" else {source_text(other)}"
        lines += [frame] if frame else []
        variable, head = (
            self.pick(["v", "v", "sum"]),
            self.pick(["h", "h", "clear", "MLP"]),
        )  # also the compiler's words
        lines += [self.variable(f"{variable}{number}") for number in range(self.source.integer(1, 4))]
        if not self.careless and self.chance(2):
            if self.chance(2):
                lines += [real.variable(self, f"q{number}") for number in range(self.source.integer(0, 2))]
                lines += self.layers(head, with_numbers=True)
            else:
                lines += self.layers(head)
        else:
            lines += [self.head(f"{head}{number}") for number in range(self.source.integer(0, 3))]
            lines += self.step()
            lines.append(self.stop())
        if self.causal:
            lines.append("causal")
        if self.written and (writers := [one for one in (*self.variables, *self.made) if self.can_be_read(one)]):
            lines += self.writing(self.pick(writers))
        else:
            lines += self.scored() if not self.careless and self.chance(4) else [self.output()]
        return "\n".join(lines) + "\n"

    def can_be_read(self, one: Name) -> bool:
        """Whether all values of a name but one can be tokens, so that it can be written."""
        tokens = set(map(key, self.given[0].values))
        return sum(key(value) not in tokens for value in one.values) <= 1

    def writing(self, one: Name) -> list[str]:
        """The end of a program that writes."""
        tokens = set(map(key, self.given[0].values))
        others = [value for value in one.values if key(value) not in tokens]
        end = others[0] if others else self.pick(one.values)
        until = f" until {literal(end)}" if others or self.chance(2) else ""
        return [f"output {one.text} at last", f"generate{until} up to {self.written}"]

    @property
    def plain(self) -> list[Name]:
        """What a condition outside of the step can read."""
        return [*self.variables, *self.made, *self.given]

    # Variables -----------------------------------------------------------------------------------------------

    def variable(self, text: str) -> str:
        low = self.source.integer(-2, 1)
        numbers = tuple(range(low, low + self.source.integer(2, 5)))
        shapes: list[tuple[Any, ...]] = [
            numbers, numbers, numbers, LETTERS, LETTERS, (False, True), (False, True), (0, Fraction(1, 2), 1),
            (-3, 0, 4), (0, 1, "x"), SETS,
        ]  # fmt: skip
        values = self.pick(shapes)
        name = Name(text, unique([*values, None]) if self.chance(5) else unique(values))
        initial = self.initial(name)
        self.variables.append(name)
        written = "Letter" if self.constants and values == LETTERS and not name.optional else name.domain
        return f"var {text}: {written} = {initial}"

    def initial(self, name: Name) -> str:
        """A function of `token`, or of `position`."""
        source = self.pick(self.given)
        fallback = literal(self.pick(name.values))
        match self.source.integer(0, 4):
            case 0 if source.within(name):
                return source.text
            case 1:
                return f"{literal(self.pick(name.values))} if {self.comparison(source, source.text)} else {fallback}"
            case 2 if len(source.values) < 6:
                entries = [f"{literal(one)}: {literal(self.pick(name.values))}" for one in source.values]
                return f"{{{', '.join(entries)}}}[{source.text}]"
            case 3 if source.text == "position" and name.has(int) and not name.optional:
                if name.present[-1] - name.present[0] == len(name.present) - 1:
                    return f"clamp(position - 1, {name.present[0]}, {name.present[-1]})"
        return fallback

    # Heads ---------------------------------------------------------------------------------------------------

    def head(self, text: str) -> str:
        """A head; the values that it can bring are found by evaluating what was written."""
        offsets, reach = self.offsets()
        where = self.where()
        always = (not where and "at" in offsets and self.selects_itself(offsets)) or not (where or offsets)
        most = reach if reach is not None else (self.most if self.bounded else None)
        aggregate = self.pick(
            ["", "", "first ", "last ", "closest ", "count", "exists", "mean ", "mean ", "max ", "min ", "sum "]
        )
        if most is None and aggregate in ("count", "mean ", "sum "):
            aggregate = "exists"
        if aggregate == "exists":
            self.heads.append(Name(text, (False, True)))
            return f"head {text} = exists{where}{offsets}"
        if aggregate == "count":
            assert most is not None
            wide = most + self.source.integer(0, 2)
            typed = f": 0..{wide}" if self.chance(3) else ""
            self.heads.append(Name(text, tuple(range((wide if typed else most) + 1))))
            return f"head {text}{typed} = count{where}{offsets}"
        averaged = aggregate in ("mean ", "sum ")
        value, values = self.head_value(averaged)
        while aggregate in ("max ", "min ") and not ordered_kind(values):
            value, values = self.head_value(averaged)
        if aggregate in ("max ", "min ") or (aggregate in ("closest ", "sum ") and value.startswith("-")):
            value = f"({value})"  # else it could be taken for a function of two, or for a difference
        if aggregate == "sum ":
            while not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
                value, values = self.head_value(averaged)
            assert most is not None
            low, high = (end(0, *values) * most for end in (min, max))
            wide = high + self.source.integer(0, 2)
            typed = f": {low}..{wide}" if self.chance(3) and low < wide else ""
            self.heads.append(Name(text, tuple(range(low, (wide if typed else high) + 1))))
            return f"head {text}{typed} = sum {value}{where}{offsets}"
        # What the condition leaves out is not in a domain that is not declared, and then not to be compared with.
        typed = "declared" if where and any(isinstance(one, str) for one in values) else ""
        if aggregate == "mean ":
            assert most is not None
            averages = attainable(values, most)
            if averages is None or "5..6" in offsets or self.chance(2):
                wide = self.pick([values, (0, 1), HALF, range(-3, 4), (*values, 7), (-2, Fraction(1, 3))])
                values, typed = unique(list(wide)), "declared"
            else:
                values = averages
        default = self.default(values, typed != "") if not always or self.chance(3) else ""
        extra = [None] if not default and not always else []
        if default:
            extra = [self.evaluate(default.removeprefix(" else "), {})]
            # where the condition never holds, the default is all that is in a domain that is not declared
            typed = "declared" if where and isinstance(extra[0], str) else typed
        name = Name(text, unique([*values, *extra]))
        if typed or self.chance(4):
            name = Name(text, unique([*name.values, *([5] if name.has(int) and self.chance(3) else [])]))
            typed = f": {name.domain}"
        self.heads.append(name)
        return f"head {text}{typed} = {aggregate}{value}{where}{offsets}{default}"

    def head_value(self, averaged: bool) -> tuple[str, tuple[Any, ...]]:
        """A function of at most one variable, and what it brings for each of its values."""
        one = self.pick(self.plain)
        read = self.pick([one.text, one.text, f"key.{one.text}"])
        forms = [read, read] if not averaged or (one.has(Fraction) and not one.optional) else []
        if one.has(Fraction) and not one.optional:
            forms += [f"(2 * {read} - 1)", f"({read} // 2)", f"abs({read})", f"({read} / 2)"]
        if not averaged:
            forms.append(self.comparison(one, read))
            forms.append(literal(self.pick(one.present)))
            if self.constants and one.values == LETTERS:
                forms.append(f"NEXT[{read}]")
        left, right = (self.pick([0, 1, 2, -1, Fraction(1, 2)]) for _ in range(2))
        forms.append(f"({literal(left)} if {self.comparison(one, read)} else {literal(right)})")
        form = str(self.pick(forms))
        found = [self.evaluate(form, {one.text: value, f"key.{one.text}": value}) for value in one.values]
        return form, unique(found)

    def default(self, values: tuple[Any, ...], inside: bool) -> str:
        """Nothing, one of the values, or a value of another kind; a declared domain is made to hold it."""
        if self.chance(2):
            return ""
        if self.chance(6):
            return ' else "none"'
        return f" else {literal(self.pick([one for one in values if one is not None] or [0]))}"

    def offsets(self) -> tuple[str, int | None]:
        """What follows `at`, and how many positions it reaches at the most (None: any number)."""
        near = {
            "-1": 1, "+1": 1, "0": 1, "{-1, +1}": 2, "[0, 2]": 2, "{-2, 0, 2}": 3, "-2..1": 4, "-3..-1": 3, "1..2": 2,
            "5..6": 2,
        }  # fmt: skip
        far = ["..-1", "..0", "1..", "0..", "-1..", "..2"]
        if self.causal:
            text = self.pick(["-1", "0", "-3..-1", "{-2, 0}", "..-1", "..0", "..0"])
            return f" at {text}", {"-1": 1, "0": 1, "-3..-1": 3, "{-2, 0}": 2}.get(text)
        if self.chance(3):
            return "", None
        text = self.pick([*near, *far])
        return f" at {text}", near.get(text)

    def selects_itself(self, offsets: str) -> bool:
        return offsets.removeprefix(" at ") in (
            "0",
            "[0, 2]",
            "{-2, 0, 2}",
            "{-2, 0}",
            "-2..1",
            "..0",
            "0..",
            "-1..",
            "..2",
        )

    def where(self) -> str:
        parts = [self.conjunct() for _ in range(self.pick([0, 0, 1, 1, 2, 3]))]
        return " where " + " and ".join(parts) if parts else ""

    def conjunct(self) -> str:
        """A relation between at most one variable of the key and one of the query."""
        key_name, query_name = self.pick(self.plain), self.pick(self.plain)
        left, right = f"key.{key_name.text}", f"query.{query_name.text}"
        numbers = all(one.has(Fraction) and not one.optional for one in (key_name, query_name))
        match self.source.integer(0, 7):
            case 0:
                return self.comparison(key_name, left)
            case 1:
                return self.comparison(query_name, right)
            case 2 if numbers:
                return f"{left} {self.pick(['<', '<=', '>'])} {right} + {self.source.integer(-1, 1)}"
            case 3 if numbers:
                return f"{left} * 2 == {right} - 1"
            case 4 if numbers and self.constants:
                return f"near({left}, {right})"
            case 5:
                return f"({self.comparison(key_name, left)} or {self.comparison(query_name, right)})"
            case 6 if self.chance(4):
                return str(self.pick(["true", "false"]))
            case _ if self.comparable(key_name, query_name):
                return f"{left} {self.pick(['==', '==', '!='])} {right}"
        return self.comparison(key_name, left)

    def comparable(self, one: Name, other: Name) -> bool:
        """Whether two names may be compared: their values are not all of different kinds."""
        return bool({type(value) for value in one.present} & {type(value) for value in other.present})

    def evaluate(self, text: str, values: dict[str, Any]) -> Any:
        """The value of an expression that was written."""
        oracle = Oracle(("program fuzz\n" + CONSTANTS.lstrip() if self.constants else "") + "const it = 0\n")
        declaration = Oracle(f"def it() = {text}\n").functions["it"]
        assert isinstance(declaration, t.Def)
        names = {name: lambda value=value: value for name, value in values.items()}
        return oracle.evaluate(declaration.body, {**oracle.names, **names})

    # Conditions ----------------------------------------------------------------------------------------------

    def comparison(self, name: Name, read: str) -> str:
        """A condition on one name that has a value whatever the name's is."""
        if name.optional and self.chance(3):
            return f"{read} {self.pick(['==', '!='])} none"
        if name.has(Fraction) and not name.optional and self.chance(2):
            return f"{read} {self.pick(['<', '<=', '>', '>='])} {literal(self.pick(name.present))}"
        if name.has(str) and not name.optional and self.chance(4):
            return f"{read} {self.pick(['<', '>='])} {literal(self.pick(name.present))}"
        if self.chance(4):
            return f"{read} {self.pick(['in', 'not in'])} {{{', '.join(map(literal, self.some(name.present)))}}}"
        return f"{read} {self.pick(['==', '!='])} {literal(self.pick(name.present or (0,)))}"

    def condition(self, names: list[Name], depth: int) -> str:
        """A boolean expression."""
        if self.numbers.asking and self.numbers.readable and self.chance(4):
            return f"({real.asked(self, self.numbers.readable)})"
        if depth > 0 and self.chance(3):
            left, right = self.condition(names, depth - 1), self.condition(names, depth - 1)
            return str(self.pick(["({} and {})", "({} or {})", "(({}) ^ ({}))"])).format(left, right)
        if depth > 0 and self.chance(6):
            return f"not ({self.condition(names, depth - 1)})"
        name = self.pick(names)
        if name.has(bool) and not name.optional and self.chance(2):
            return str(name.text)
        if name.values == SETS and self.chance(2):
            return f'"a" in {name.text}'
        if self.chance(3):
            other = self.pick(names)
            numbers = all(one.has(Fraction) and (not one.optional or self.slip()) for one in (name, other))
            if numbers and self.chance(2):
                if self.constants and self.chance(3):
                    return f"near({name.text}, {other.text})"
                return f"{name.text} {self.pick(['<', '>=', '=='])} {other.text} + {self.source.integer(-1, 1)}"
            if self.comparable(name, other):
                return f"{name.text} {self.pick(['==', '!='])} {other.text}"
        return self.comparison(name, name.text)

    # Values --------------------------------------------------------------------------------------------------

    def number(self, names: list[Name], depth: int) -> str:
        """A whole number, whatever its size."""
        numbers = [one for one in names if one.has(int)]
        if not numbers or self.chance(6):
            return str(self.source.integer(-3, 5))
        if depth > 0 and self.chance(2):
            left, right = self.number(names, depth - 1), self.number(names, depth - 1)
            form = self.pick(["({} + {})", "({} - {})", "({} * {})", "min({}, {})", "max({}, {})", "abs({} - {})"])
            return str(form).format(left, right)
        if depth > 0 and self.chance(4):
            divisor = self.number(names, 0) if self.careless and self.chance(2) else str(self.source.integer(2, 4))
            return f"({self.number(names, depth - 1)} {self.pick(['//', '%'])} {divisor})"
        if depth > 0 and self.chance(4):
            then, other = self.number(names, depth - 1), self.number(names, depth - 1)
            if self.constants and self.chance(2):
                return f"pick({self.condition(names, 0)}, {then}, {other})"
            return f"({then} if {self.condition(names, 0)} else {other})"
        sets = [one for one in names if one.values == SETS]
        if sets and self.chance(4):
            return f"len({self.pick(sets).text})"
        one = self.pick(numbers)
        if self.constants and self.chance(5):
            if {*one.values} <= {0, 1, 2} or self.slip():
                return f"STEPS[{one.text}]"
            if not one.optional:
                return self.pick([f"twice({one.text})", f"(N + {one.text})", f"({one.text} ^ LIMIT)"])
        if one.optional and not (self.careless and self.chance(2)):
            return f"({literal(one.present[0])} if {one.text} == none else {one.text})"
        return str(one.text)

    def value(self, target: Name, names: list[Name]) -> str:
        """An expression in the domain of a variable."""
        if self.slip():
            return self.number(names, 1) if target.has(int) else str(self.pick(names).text)
        if target.optional and self.chance(4):
            return "none"
        fitting = [one for one in names if one.within(target)]
        if fitting and self.chance(3):
            return str(self.pick(fitting).text)
        first, last = target.present[0], target.present[-1]
        if target.has(int) and last - first == len(target.present) - 1 and not self.chance(5):
            size = last - first + 1
            if size > 1 and first == 0 and self.chance(4):
                return f"{self.number(names, 1)} % {size}"
            return f"clamp({self.number(names, 2)}, {first}, {last})"
        if target.has(bool) and not self.chance(5):
            return self.condition(names, 1)
        if target.values == SETS and not self.chance(4):
            sets = [one.text for one in names if one.values == SETS]
            right = self.pick([*sets, '{"a"}', '{"b"}', "{}"])
            return f"{self.pick(sets or ['{}'])} {self.pick(['|', '&', '-'])} {right}"
        letters = [one for one in names if one.values == LETTERS]
        if target.has(str) and len(target.present) == 3 and letters and self.constants and self.chance(3):
            return f"NEXT[{self.pick(letters).text}]"
        one = self.pick(names)
        if len(one.values) < 6 and self.chance(4):
            entries = [f"{literal(value)}: {literal(self.pick(target.values))}" for value in one.values]
            return f"{{{', '.join(entries)}}}[{one.text}]"
        shared = [value for value in target.present if key(value) in set(map(key, one.present))]
        if shared and self.chance(2):  # proved by the condition around it
            return f"({one.text} if {one.text} in {set_text(shared)} else {literal(self.pick(target.values))})"
        if self.chance(3):
            return f"({literal(self.pick(target.values))} if {self.condition(names, 1)} else {literal(first)})"
        return literal(self.pick(target.values))

    # Statements ----------------------------------------------------------------------------------------------

    def step(self) -> list[str]:
        lines = self.block(1, {}, set(), self.source.integer(1, 4))
        return self.suite("step:", lines)

    def block(self, indent: int, lets: dict[str, Name], taken: set[str], size: int) -> list[str]:
        """Statements; `taken` are variables that are assigned already on this path, and grows."""
        lines: list[str] = []
        margin = "    " * indent
        for _ in range(size):
            names = [*self.variables, *self.made, *self.heads, *self.given, *lets.values()]
            free = [one for one in self.variables if one.text not in taken or self.slip()]
            shape = self.pick(["assign", "assign", "if", "match", "let", "for"]) if indent < 3 else "assign"
            if shape == "let":
                text = f"x{indent}{len(lets)}"
                if self.chance(3):
                    lines.append(f"{margin}let {text} = {self.condition(names, 1)}")
                    lets[text] = Name(text, (False, True))
                else:
                    lines.append(f"{margin}let {text} = clamp({self.number(names, 1)}, -2, 4)")
                    lets[text] = Name(text, tuple(range(-2, 5)))
            elif not free:
                lines.append(f"{margin}pass")
            elif shape == "if":
                lines += self.branches(margin, indent, lets, taken, names)
            elif shape == "match":
                lines += self.match(margin, indent, lets, taken, names)
            elif shape == "for":
                lines += self.loop(margin, lets, taken, names, self.pick(free))
            else:
                target = self.pick(free)
                taken.add(target.text)
                lines.append(f"{margin}{target.text} := {self.value(target, names)}")
        return lines

    def suite(self, header: str, body: list[str]) -> list[str]:
        """A block below its header, or behind it."""
        if len(body) == 1 and not body[0].strip().startswith("if ") and self.chance(3):
            return [f"{header} {body[0].strip()}"]
        return [header, *body]

    def branches(
        self, margin: str, indent: int, lets: dict[str, Name], taken: set[str], names: list[Name]
    ) -> list[str]:
        lines = []
        after = set(taken)
        for number in range(self.source.integer(1, 3)):
            mine = set(taken)
            header = f"{margin}{'elif' if number else 'if'} {self.condition(names, 1)}:"
            lines += self.suite(header, self.block(indent + 1, dict(lets), mine, self.source.integer(1, 2)))
            after |= mine
        if self.chance(2):
            mine = set(taken)
            lines += self.suite(f"{margin}else:", self.block(indent + 1, dict(lets), mine, 1))
            after |= mine
        taken |= after
        return lines

    def match(self, margin: str, indent: int, lets: dict[str, Name], taken: set[str], names: list[Name]) -> list[str]:
        subjects = [self.pick(names) for _ in range(self.source.integer(1, 2))]
        lines = [f"{margin}match {', '.join(one.text for one in subjects)}:"]
        after = set(taken)
        for number in range(self.source.integer(1, 3)):
            mine, inner = set(taken), dict(lets)
            captures = [f"c{indent}{number}{place}" for place in range(len(subjects))]
            patterns = [self.pattern(one, name, inner) for name, one in zip(captures, subjects, strict=True)]
            guard = f" if {self.condition([*names, *inner.values()], 0)}" if self.chance(4) else ""
            header = f"{margin}    case {', '.join(patterns)}{guard}:"
            lines += self.suite(header, self.block(indent + 2, inner, mine, 1))
            after |= mine
        taken |= after
        return lines

    def pattern(self, subject: Name, capture: str, lets: dict[str, Name]) -> str:
        simple = [value for value in subject.values if not isinstance(value, frozenset | Fraction)]
        if self.chance(4) or not simple:
            return "_"
        if self.chance(5):
            lets[capture] = Name(capture, subject.values)
            return capture
        if subject.has(int) and self.chance(3):
            return f"{subject.present[0]}..{self.pick(subject.present)}"
        if set(LETTERS) <= set(subject.values) and self.chance(3):
            return f"{literal(LETTERS[0])}..{literal(self.pick(LETTERS))}"
        if self.constants and self.chance(6):
            fits = ["LIMIT", "HALVES"] if subject.has(Fraction) else ["Letter", "NEXT"] if subject.has(str) else ["_"]
            return str(self.pick(fits))
        first, second = literal(self.pick(simple)), literal(self.pick(simple))
        return f"{first} | {second}" if self.chance(3) else first

    def loop(self, margin: str, lets: dict[str, Name], taken: set[str], names: list[Name], target: Name) -> list[str]:
        """Rounds that exclude each other, so that all of them may assign the same variable."""
        one = self.pick(names)
        name = f"n{len(margin)}{len(lets)}"
        kind = Fraction if is_number(one.present[0]) else type(one.present[0])
        values = self.some([value for value in one.present if Name("", (value,)).has(kind)])
        collection = f"[{', '.join(map(literal, values))}]" if self.chance(2) else set_text(unique(values))
        lets[name] = Name(name, ())  # names are never used twice
        inner = [*names, Name(name, unique(values))]
        taken.add(target.text)
        lines = [f"{margin}for {name} in {collection}:", f"{margin}    if {one.text} == {name}:"]
        lines.append(f"{margin}        {target.text} := {self.value(target, inner)}")
        del lets[name]
        return lines

    # Layers --------------------------------------------------------------------------------------------------

    def layers(self, head: str, with_numbers: bool = False) -> list[str]:
        """Layers, and the `run` that says how often each runs."""
        texts: list[list[str]] = []
        entries: list[str] = []
        for _ in range(self.source.integer(1, 3)):
            before, numbers_before = list(self.made), list(self.numbers.made)
            names = [f"layer{len(texts) + number}" for number in range(self.pick([1, 1, 1, 2]))]
            kinds = [("", True), ("", True), (f" * {self.source.integer(0, 3)}", False), None]
            times, stays = self.pick(kinds[: 3 if self.written else 4]) or (
                f" until {self.condition(self.plain, 1)}",
                False,
            )
            stays = stays or times in (" * 1", " * 2", " * 3")
            for name in names:
                texts.append(self.layer(name, head, with_numbers, times.startswith(" until")))
            together = f"({', '.join(names)})" if len(names) > 1 or self.chance(6) else names[0]
            entries.append(together + times)
            self.made = self.made if stays else before
            self.numbers.made = self.numbers.made if stays else numbers_before
        self.heads, self.numbers.heads = [], []
        plain = all(entry.isalnum() for entry in entries)
        if plain and self.chance(2):
            return [line for text in texts for line in text]
        if self.chance(4):  # the order of the text is not that of the run
            texts.reverse()
        return [*(line for text in texts for line in text), f"run {', '.join(entries)}"]

    def layer(self, name: str, head: str, with_numbers: bool, is_endless: bool) -> list[str]:
        """A layer; what it makes is known from then on.

        Args:
            is_endless: whether nobody knows how often it runs, so that numbers may not add up.
        """
        self.heads, self.numbers.heads = [], []
        lines = [f"    {self.head(f'{head}_{name}_{number}')}" for number in range(self.source.integer(0, 2))]
        if with_numbers:
            reals = range(self.source.integer(0, 2))
            lines += [f"    {real.head(self, f'r_{name}_{number}')}" for number in reals]
        self.numbers.asking = with_numbers
        sums = self.sums(name, is_endless) if self.numbers.readable else []
        step = self.block(1, {}, set(), self.source.integer(0, 3))
        introduced = [self.introduced(f"i_{name}_{number}") for number in range(self.pick([0, 0, 1, 2]))]
        lines += [line for line, _ in introduced] + step if self.chance(2) else step + [line for line, _ in introduced]
        self.made = [*self.made, *self.heads, *(made for _, made in introduced)]
        self.numbers.made += [*self.numbers.heads, *(line.split()[1].rstrip(":") for line in sums if " var " in line)]
        self.numbers.asking = False
        return [f"layer {name}:", *(lines + sums or ["    pass"])]

    def sums(self, name: str, is_endless: bool) -> list[str]:
        """Numbers that a layer introduces or assigns."""
        names, readable = [*self.variables, *self.made, *self.heads, *self.given], self.numbers.readable
        found = [
            f"    var s_{name}_{number}{self.pick(['', ': number'])} = "
            + real.total(self, readable, self.condition(names, 0))
            for number in range(self.source.integer(0, 2))
        ]
        return found if is_endless else found + real.assignments(self, readable, self.condition(names, 0))

    def introduced(self, text: str) -> tuple[str, Name]:
        """`var x = ...` with all values that it can have."""
        names = [*self.variables, *self.made, *self.heads, *self.given]
        match self.source.integer(0, 3):
            case 0:
                value, values = self.condition(names, 1), (False, True)
            case 1:
                one = self.pick(names)
                value, values = one.text, one.values
            case 2 if numbers := [one for one in names if one.has(int) and not one.optional]:
                one = self.pick(numbers)
                value, values = f"{one.text} + {self.number([], 0)}", tuple(range(-12, 20))
            case _:
                value, values = f"clamp({self.number(names, 2)}, -2, 4)", tuple(range(-2, 5))
        made = Name(text, unique(values))
        typed = f": {made.domain}" if self.chance(3) and len(made.values) < 20 else ""
        return f"    var {text}{typed} = {value}", made

    # The end -------------------------------------------------------------------------------------------------

    def stop(self) -> str:
        if not self.written and not self.chance(3):
            return f"halt when {self.condition(self.plain, 1)}"
        return "layers N" if self.constants and self.chance(4) else f"layers {self.source.integer(0, 4)}"

    def scored(self) -> list[str]:
        """A score, and the output that it decides."""
        labels = self.pick([LETTERS, (False, True), (-1, 0, Fraction(1, 2)), ("x", None, 3)])
        terms = []
        for _ in range(self.source.integer(1, 3)):
            one = self.pick(self.plain)
            index = self.pick([one.text, one.text, self.comparison(one, one.text)])
            values = one.values if index == one.text else (False, True)
            entries = [f"{literal(value)}: {self.evidence(labels)}" for value in self.some(values)]
            factor = self.pick(["", "", "2 * ", "1/3 * "])
            terms.append(f"{factor}{{{', '.join(entries)}}}[{index}]")
        if self.chance(3):
            terms.append(self.evidence(labels, least=1))
        total = terms[0] + "".join(self.pick([" + ", " - "]) + term for term in terms[1:])
        temperature = self.pick(["", "", " temperature 2", " temperature 1/2"])
        where = f" where {self.condition(self.plain, 1)}" if self.chance(3) else ""
        place = self.pick(["", "", " at first", " at last", " pooled", " pooled"])
        return [f"score evidence: {set_text(labels)} = {total}{temperature}", f"output evidence{place}{where}"]

    def evidence(self, labels: tuple[Any, ...], least: int = 0) -> str:
        """A table from some labels to numbers."""
        numbers = {label: self.pick([0, 1, 1, 2, -1, Fraction(1, 2), Fraction(-2, 3)]) for label in labels}
        return f"{{{', '.join(f'{literal(label)}: {literal(numbers[label])}' for label in self.some(labels, least))}}}"

    def output(self) -> str:
        if self.numbers.found and self.chance(2):
            where = f" where {self.condition(self.plain, 1)}" if self.chance(3) else ""
            return f"output {self.pick(self.numbers.found)}" + self.pick(["", " at first", " at last"]) + where
        shown = self.pick([*self.variables, *self.variables, *self.made, *self.made, *self.given])
        where = f" where {self.condition(self.plain, 1)}" if self.chance(3) else ""
        return f"output {shown.text}" + self.pick(["", " at first", " at last", " at all"]) + where


HALF = (0, Fraction(1, 2), 1)


def attainable(values: Sequence[Any], most: int) -> tuple[Any, ...] | None:
    """All averages of up to so many of some numbers, if they are few."""
    sums, means = {Fraction(0)}, set()
    for count in range(1, most + 1):
        sums = {one + value for one in sums for value in values}
        means |= {one / count for one in sums}
    return unique([whole(one) for one in means]) if len(means) <= 12 else None


def random_program(seed: int, careless: bool = False) -> str:
    return Generator(RandomSource(seed), careless).program()


@st.composite
def programs(draw: Callable[[Any], Any], careless: bool = False) -> str:
    return Generator(HypothesisSource(draw), careless).program()
