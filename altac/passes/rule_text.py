"""Rules as text and as JSON Lines, both ways.

    variable parity: 0..1
    head parity_left: 0..1
    feature sum.1 = a - b cut at {0, 1}
    if parity = 1 and parity_left = 1 then parity: 1 -> 0
    halt if done = true

A change `x: -> 1` only adds, `x: 0 ->` only takes away; a rule without a condition begins with `always`. A position is
ready to `halt` if one of the `halt` lines holds, and shows the output if one of the `tell` lines does; such a line ends
in `always` or `never` where it has no condition.

In a program of several layers, the line `layer carry` begins one, `kept` says what it finds besides variables, and
`value` what it adds. `until carry, settle if done = true` says where a position is ready to go on from these layers;
`run carry, settle * 3` how often they run, if that is not once each.

Numbers without a finite domain are sums: `number y := 2 * x - y + {0, 1/2}` says what a layer makes of one, up to an
amount that rules add; `test x > 1/2, > 3` what its step asks of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from altac.ir.encode import encode_value
from altac.ir.numbers import Combination, Test, terms_text
from altac.ir.rules import Antecedent, Cubes, Feature, ProgramRules, Rule, RuleSet
from altac.ir.values import Domain, set_text, source_text
from altac.passes.rule_line import Line


def print_rules(rules: ProgramRules) -> str:
    """The text of all rules; `parse_rules` reads it back, but for how often the step of a short program repeats."""
    made = {name for layer in rules.layers for name in (*layer.introduced, *layer.heads)}
    variables = {name: domain for name, domain in rules.state.items() if name not in made}
    lines = [f"variable {name}: {domain}" for name, domain in variables.items()]
    for name, layer in zip(rules.names, rules.layers, strict=True):
        lines += [f"layer {name}"] if name else []
        lines += [f"kept {name}: {domain}" for name, domain in layer.variables.items() if name not in variables]
        lines += layer_lines(layer)
    for number, (layers, times) in enumerate(rules.schedule):
        names = ", ".join(rules.names[layer] for layer in layers)
        if times is None:
            lines += print_readout(f"until {names}" if names else "halt", rules.until[number], rules.state)
        elif names and (times != 1 or len(layers) > 1):
            lines.append(f"run {names} * {times}")
    return "\n".join(lines + print_readout("tell", rules.shown, rules.state)) + "\n"


def print_layer(rules: RuleSet) -> str:
    """The text of the rules of one layer; `parse_layer` reads it back."""
    return "\n".join([f"variable {n}: {domain}" for n, domain in rules.variables.items()] + layer_lines(rules)) + "\n"


def layer_lines(rules: RuleSet) -> list[str]:
    """What a layer makes, and its rules."""
    asked = {test.name for test in rules.tests}
    lines = [f"head {name}: {domain}" for name, domain in rules.heads.items() if name not in asked]
    lines += [print_test(test) for test in rules.tests]
    lines += [f"number {one.name} := {terms_text(one.terms) or '0'} + {one.amounts}" for one in rules.numbers]
    lines += [f"value {name}: {domain}" for name, domain in rules.introduced.items()]
    lines += [print_feature(name, feature, rules.domains) for name, feature in rules.features.items()]
    return lines + [print_rule(rule, rules.domains) for rule in rules.rules]


def print_test(test: Test) -> str:
    """`test 2 * x - y > 1/2, >= 3`; with ` in LAYER` where others ask the same."""
    where = f" in {test.layer}" if test.layer else ""
    return f"test {terms_text(test.terms)} {', '.join(map(str, test.cuts))}{where}"


def print_feature(name: str, feature: Feature, domains: Mapping[str, Domain]) -> str:
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


def print_readout(word: str, cubes: Cubes | None, domains: Mapping[str, Domain]) -> list[str]:
    """A line for each cube; none without a readout."""
    if cubes == ():
        return [f"{word} never"]
    return [f"{word} if {print_antecedent(cube, domains)}" if cube else f"{word} always" for cube in cubes or ()]


def print_antecedent(antecedent: Antecedent, domains: Mapping[str, Domain]) -> str:
    conditions = []
    for name, indices in antecedent:
        values = [domains[name].values[index] for index in indices]
        single = len(values) == 1
        conditions.append(f"{name} = {source_text(values[0])}" if single else f"{name} in {set_text(values)}")
    return " and ".join(conditions)


def print_rule(rule: Rule, domains: Mapping[str, Domain]) -> str:
    changes = []
    for change in rule.changes:
        domain = domains[change.variable]
        old, new = ("" if end is None else source_text(domain.values[end]) for end in (change.old, change.new))
        changes.append(f"{change.variable}: {old} -> {new}".replace(":  ->", ": ->").rstrip())
    condition = f"if {print_antecedent(rule.antecedent, domains)} then" if rule.antecedent else "always"
    return f"{condition} {'; '.join(changes)}"


def rule_records(rules: ProgramRules) -> Iterator[dict[str, Any]]:
    """One record for each rule: `if` maps variables to lists of values, `then` lists the changes.

    Then one for each readout: `any` lists conditions, of which one must hold. In a program of several layers, `layer`
    or `layers` say to which a record belongs.
    """
    number = 0
    for name, layer in zip(rules.names, rules.layers, strict=True):
        domains = layer.domains
        for rule in layer.rules:
            condition, changes = antecedent_record(rule.antecedent, domains), change_records(rule, domains)
            yield {"rule": number, **({"layer": name} if name else {}), "if": condition, "then": changes}
            number += 1
    for entry, cubes in rules.until.items():
        names = [rules.names[layer] for layer in rules.schedule[entry][0]]
        any_of = [antecedent_record(cube, rules.state) for cube in cubes]
        yield {"readout": "until", "layers": names, "any": any_of} if any(names) else {"readout": "halt", "any": any_of}
    if rules.shown is not None:
        yield {"readout": "tell", "any": [antecedent_record(cube, rules.state) for cube in rules.shown]}


def antecedent_record(antecedent: Antecedent, domains: Mapping[str, Domain]) -> dict[str, list[Any]]:
    return {name: [encode_value(domains[name].values[index]) for index in indices] for name, indices in antecedent}


def change_records(rule: Rule, domains: Mapping[str, Domain]) -> list[dict[str, Any]]:
    changes = []
    for change in rule.changes:
        values = domains[change.variable].values
        ends = {"old": change.old, "new": change.new}
        known = {end: encode_value(values[index]) for end, index in ends.items() if index is not None}
        changes.append({"variable": change.variable, **known})
    return changes


def print_json(rules: ProgramRules) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in rule_records(rules))


def parse_rules(text: str) -> ProgramRules:
    """The rules of a text. Where it does not say how often its only layer acts, that is once.

    Raises:
        ValueError: naming the line that is not understood.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip() and not line.strip().startswith("#"):
                reader.read(line.strip())
        except (KeyError, ValueError) as error:
            raise ValueError(f"line {number} is not a rule: {line.strip()} ({error})") from None
    return reader.rules()


def parse_layer(text: str) -> RuleSet:
    """The rules of one layer.

    Raises:
        ValueError: naming the line that is not understood, or if there are several layers.
    """
    (layer,) = parse_rules(text).layers
    return layer


@dataclass
class _Section:
    """What is read of one layer."""

    name: str
    kept: dict[str, Domain] = field(default_factory=dict)
    heads: dict[str, Domain] = field(default_factory=dict)
    values: dict[str, Domain] = field(default_factory=dict)
    features: dict[str, Feature] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    numbers: list[Combination] = field(default_factory=list)


class _Reader:
    """What lines say, one after the other."""

    def __init__(self) -> None:
        self.variables: dict[str, Domain] = {}
        self.layers: list[_Section] = []
        self.until: dict[tuple[str, ...], list[Antecedent]] = {}  # by the names of an entry's layers
        self.times: dict[tuple[str, ...], int] = {}
        self.shown: list[Antecedent] | None = None

    @property
    def layer(self) -> _Section:
        """The one that is read."""
        if not self.layers:
            self.layers.append(_Section(""))
        return self.layers[-1]

    @property
    def state(self) -> dict[str, Domain]:
        """All that readouts can name; a value that copies what a head brings goes by the head's place."""
        state = dict(self.variables)
        for layer in self.layers:
            state |= {name: domain for name, domain in layer.values.items() if name not in layer.heads}
            state |= layer.heads
        return state

    def read(self, line: str) -> None:
        if match := re.fullmatch(r"(variable|kept|head|value) (\w+): (.*)", line):
            domain = Domain.of(Line(match[3]).collection())
            if match[1] == "variable":
                self.variables[match[2]] = domain
            else:
                layer = self.layer
                {"kept": layer.kept, "head": layer.heads, "value": layer.values}[match[1]][match[2]] = domain
        elif match := re.fullmatch(r"test (.*?) (>.*?)(?: in (\w+))?", line):
            test = Test(Line(match[1]).sum(), Line(match[2]).cuts(), match[3] or "")
            self.layer.tests.append(test)
            self.layer.heads[test.name] = test.domain
        elif match := re.fullmatch(r"number (\w+) := (.*) \+ (.*)", line):
            terms = () if match[2] == "0" else Line(match[2]).sum()
            self.layer.numbers.append(Combination(match[1], terms, Domain.of(Line(match[3]).collection())))
        elif match := re.fullmatch(r"layer (\w+)", line):
            self.layers.append(_Section(match[1]))
        elif match := re.fullmatch(r"run (\w+(?:, \w+)*) \* (\d+)", line):
            self.times[tuple(match[1].split(", "))] = int(match[2])
        elif match := re.fullmatch(r"(?:(halt|tell)|until (\w+(?:, \w+)*)) (if .*|always|never)", line):
            self.readout(self.cubes(match[1], match[2]), match[3])
        elif match := re.fullmatch(r"feature ([\w.]+) = (.*) cut at (.*)", line):
            weights = Line(match[2]).terms(self.domains)
            cuts = tuple(sorted(Line(match[3]).collection()))  # type: ignore[type-var]
            self.layer.features[match[1]] = Feature(weights, cuts)  # type: ignore[arg-type]
        else:
            self.layer.rules.append(Line(line).rule(self.domains))

    @property
    def domains(self) -> dict[str, Domain]:
        """All that the rules of the layer can name, in the order of their antecedents."""
        layer = self.layer
        features = {name: feature.domain for name, feature in layer.features.items()}
        added = {one.name: one.amounts for one in layer.numbers}
        return {**self.variables, **layer.kept, **layer.heads, **features, **layer.values, **added}

    def cubes(self, word: str | None, names: str | None) -> list[Antecedent]:
        """Those of a readout, as far as they are known."""
        if word == "tell":
            self.shown = self.shown or []
            return self.shown
        return self.until.setdefault(("",) if names is None else tuple(names.split(", ")), [])

    def readout(self, cubes: list[Antecedent], condition: str) -> None:
        if condition != "never":
            cubes.append(Line(condition).antecedent(self.state, ""))

    def rules(self) -> ProgramRules:
        names = tuple(layer.name for layer in self.layers) or (self.layer.name,)
        entries = [*self.until, *self.times]
        alone = {name for name in names if not any(name in entry for entry in entries)}
        first = {names.index(entry[0]): entry for entry in entries} | {names.index(name): (name,) for name in alone}
        schedule = [
            (range(start, start + len(entry)), None if entry in self.until else self.times.get(entry, 1))
            for start, entry in sorted(first.items())
        ]
        until = {
            number: tuple(self.until[first[layers[0]]])
            for number, (layers, times) in enumerate(schedule)
            if times is None
        }
        shown = None if self.shown is None else tuple(self.shown)
        read = {name for cubes in (*until.values(), shown or ()) for cube in cubes for name, _ in cube}
        state = {name: domain for name, domain in self.state.items() if name in read | self.variables.keys()}
        rules = tuple(
            RuleSet(
                {**self.variables, **layer.kept},
                layer.heads,
                layer.values,
                tuple(layer.rules),
                layer.features,
                tuple(layer.tests),
                tuple(layer.numbers),
            )
            for layer in self.layers
        )
        return ProgramRules(names, rules, tuple(schedule), until, shown, state)
