"""Rules as text and as JSON Lines, both ways.

    variable parity: 0..1
    head parity_left: 0..1
    feature sum.1 = a - b cut at {0, 1}
    if parity = 1 and parity_left = 1 then parity: 1 -> 0
    halt if done = true

A change `x: -> 1` only adds, `x: 0 ->` only takes away; a rule without a condition begins with `always`. A position is
ready to `halt` if one of the `halt` lines holds, and shows the output if one of the `tell` lines does; such a line ends
in `always` or `never` where it has no condition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from altac.ir.encode import encode_value
from altac.ir.operations import operate
from altac.ir.rules import Antecedent, Change, Cubes, Feature, Rule, RuleSet, cube
from altac.ir.values import Domain, Value, set_text, source_text


def print_rules(rules: RuleSet) -> str:
    """The text of a rule set; `parse_rules` reads it back."""
    lines = [f"variable {name}: {domain}" for name, domain in rules.variables.items()]
    lines += [f"head {name}: {domain}" for name, domain in rules.heads.items()]
    lines += [print_feature(name, feature, rules.domains) for name, feature in rules.features.items()]
    lines += [print_rule(rule, rules.domains) for rule in rules.rules]
    lines += print_readout("halt", rules.halt, rules.domains) + print_readout("tell", rules.shown, rules.domains)
    return "\n".join(lines) + "\n"


def print_feature(name: str, feature: Feature, domains: dict[str, Domain]) -> str:
    """`feature sum1 = a - b cut at {0, 1}`: below 0 its value is 0, from 0 on 1, from 1 on 2.

    A variable stands for its number (perhaps with a factor), or with a list for the weight of each of its values.
    """
    parts = []
    for variable, weights in feature.terms:
        factor = _factor(weights, domains[variable])
        if factor is None:
            parts.append(f"+ {variable}[{', '.join(map(str, weights))}]")
        else:
            sign = "-" if factor < 0 else "+"
            parts.append(f"{sign} {variable}" if abs(factor) == 1 else f"{sign} {abs(factor)} * {variable}")
    text = " ".join(parts).removeprefix("+ ")
    return f"feature {name} = {text} cut at {{{', '.join(map(str, feature.cuts))}}}"


def _factor(weights: tuple[int, ...], domain: Domain) -> int | None:
    """The number that each value is multiplied by to give its weight, if there is one."""
    values = domain.values
    if not all(type(value) is int for value in values) or len(values) < 2:
        return None
    step = (weights[1] - weights[0]) // (values[1] - values[0])  # type: ignore[operator]
    exact = step != 0 and all(weight == step * value for weight, value in zip(weights, values, strict=True))  # type: ignore[operator]
    return step if exact else None


def print_readout(word: str, cubes: Cubes | None, domains: dict[str, Domain]) -> list[str]:
    """A line for each cube; none without a readout."""
    if cubes == ():
        return [f"{word} never"]
    return [f"{word} if {print_antecedent(cube, domains)}" if cube else f"{word} always" for cube in cubes or ()]


def print_antecedent(antecedent: Antecedent, domains: dict[str, Domain]) -> str:
    conditions = []
    for name, indices in antecedent:
        values = [domains[name].values[index] for index in indices]
        single = len(values) == 1
        conditions.append(f"{name} = {source_text(values[0])}" if single else f"{name} in {set_text(values)}")
    return " and ".join(conditions)


def print_rule(rule: Rule, domains: dict[str, Domain]) -> str:
    changes = []
    for change in rule.changes:
        domain = domains[change.variable]
        old, new = ("" if end is None else source_text(domain.values[end]) for end in (change.old, change.new))
        changes.append(f"{change.variable}: {old} -> {new}".replace(":  ->", ": ->").rstrip())
    condition = f"if {print_antecedent(rule.antecedent, domains)} then" if rule.antecedent else "always"
    return f"{condition} {'; '.join(changes)}"


def rule_records(rules: RuleSet) -> Iterator[dict[str, Any]]:
    """One record for each rule: `if` maps variables to lists of values, `then` lists the changes.

    Then one for each readout: `any` lists conditions, of which one must hold.
    """
    domains = rules.domains
    for number, rule in enumerate(rules.rules):
        changes = []
        for change in rule.changes:
            values = domains[change.variable].values
            ends = {"old": change.old, "new": change.new}
            known = {end: encode_value(values[index]) for end, index in ends.items() if index is not None}
            changes.append({"variable": change.variable, **known})
        yield {"rule": number, "if": antecedent_record(rule.antecedent, domains), "then": changes}
    for word, cubes in (("halt", rules.halt), ("tell", rules.shown)):
        if cubes is not None:
            yield {"readout": word, "any": [antecedent_record(cube, domains) for cube in cubes]}


def antecedent_record(antecedent: Antecedent, domains: dict[str, Domain]) -> dict[str, list[Any]]:
    return {name: [encode_value(domains[name].values[index]) for index in indices] for name, indices in antecedent}


def print_json(rules: RuleSet) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in rule_records(rules))


def parse_rules(text: str) -> RuleSet:
    """The rule set of a text.

    Raises:
        ValueError: naming the line that is not understood.
    """
    variables: dict[str, Domain] = {}
    heads: dict[str, Domain] = {}
    features: dict[str, Feature] = {}
    rules: list[Rule] = []
    readouts: dict[str, list[Antecedent]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if match := re.fullmatch(r"\s*(variable|head) (\w+): (.*?)\s*", line):
                target = variables if match[1] == "variable" else heads
                target[match[2]] = Domain.of(_Values(match[3]).collection())
            elif match := re.fullmatch(r"\s*(halt|tell) (if .*|always|never)\s*", line):
                cubes = readouts.setdefault(match[1], [])
                if match[2] != "never":
                    cubes.append(_Values(match[2]).antecedent(variables, ""))
            elif match := re.fullmatch(r"\s*feature ([\w.]+) = (.*) cut at (.*?)\s*", line):
                terms = _Values(match[2]).terms({**variables, **heads})
                cuts = tuple(sorted(_Values(match[3]).collection()))  # type: ignore[type-var]
                features[match[1]] = Feature(terms, cuts)  # type: ignore[arg-type]
            elif line.strip() and not line.strip().startswith("#"):
                rules.append(_Values(line).rule(RuleSet(variables, heads, (), features).domains))
        except (KeyError, ValueError) as error:
            raise ValueError(f"line {number} is not a rule: {line.strip()} ({error})") from None
    halt, shown = (tuple(readouts[word]) if word in readouts else None for word in ("halt", "tell"))
    return RuleSet(variables, heads, tuple(rules), features, halt, shown)


class _Values:
    """A cursor over the tokens of one line."""

    TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|-?\d+(?:/\d+)?|sum\.\d+|\w+|\.\.|->|[^\s\w])')

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

    def antecedent(self, domains: dict[str, Domain], end: str) -> Antecedent:
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

    def rule(self, domains: dict[str, Domain]) -> Rule:
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

    def terms(self, domains: dict[str, Domain]) -> tuple[tuple[str, tuple[int, ...]], ...]:
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
