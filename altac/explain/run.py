"""A trace read with its program: for every value the rule that gave it, for every head what it selected.

Rules and selections are those of the program, on the values that the trace holds; so of weights it is seen where they
do something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from altac.diagnostics import Span
from altac.engine.trace import Indices, Trace, has_value
from altac.explain.facts import Added, Asked, Cause, Fact, Fired, Given, Looked, Refused, Stayed, Unread, Unruled, Why
from altac.explain.looking import FAILS, Looking, look, reach
from altac.interpret import Interpreter
from altac.interpret.expressions import Compiler, Rows
from altac.interpret.numbers import tested
from altac.ir.arrays import Mask
from altac.ir.expr import reads
from altac.ir.heads import Head
from altac.ir.numbers import NUMBERS, Combination, Terms, is_open
from altac.ir.program import Assign, Program, Variable, guarded
from altac.ir.values import UNCLEAR, Domain, NoValue, Value, source_text
from altac.passes import PlainRules

NONE, UNREAD = -1, -2  # in place of a rule: none fires; what decides it has no value


class Explainer:
    """A trace and the program that says what should be in it.

    Raises:
        AltacError: if the program has a step that is too large for plain rules.
    """

    def __init__(self, program: Program, trace: Trace) -> None:
        self.program = program
        self.trace = trace
        self.plain = PlainRules(program)
        self.positions = len(trace.tokens)
        self._interpreter = Interpreter(program)
        self._compiler = Compiler()
        self._kept = {kept.name: kept.layer for kept in program.kept if kept.is_head}
        self.heads = {head.name: head for head in program.heads}
        self._tests = {test.name: test for layer in program.layers for test in layer.tests}
        self._looking: dict[tuple[str, int], Looking] = {}
        self._reach: dict[str, Mask] = {}
        self._steps: dict[int, _Step] = {}
        self._origins: dict[tuple[str, int], list[tuple[int, object]]] = {}

    # Places --------------------------------------------------------------------------------------------------

    def origin(self, name: str, layer: int) -> int:
        """The number of the layer in which stands what layer `layer` reads under a name."""
        here = self.program.layers[self.trace.ran[layer - 1].place]
        if name in {head.name for head in here.heads} | {test.name for test in here.tests}:
            return layer
        if name not in self._kept:
            return layer - 1
        return max(n for n in range(1, layer) if self.trace.ran[n - 1].place == self._kept[name])

    def readable(self, layer: int) -> frozenset[str]:
        """The names of all that a layer reads or can read."""
        here = self.program.layers[self.trace.ran[layer - 1].place]
        made = [*(head.name for head in here.heads), *(test.name for test in here.tests)]
        return frozenset([*self._found(layer), *made])

    def _found(self, layer: int) -> list[str]:
        """The names of variables, and of what is kept for a layer."""
        place = self.trace.ran[layer - 1].place
        kept = (one.name for one in self.program.kept if one.stands_before(place))
        return [*(variable.name for variable in self.program.variables), *kept]

    def before(self, layer: int) -> dict[str, Indices]:
        """The state that a layer finds: value indices (positions,) of variables and of what is kept for it."""
        return {name: self.row(name, self.origin(name, layer)) for name in self._found(layer)}

    def row(self, name: str, layer: int) -> Indices:
        """Value indices (positions,) after a layer, or of a head or test in it."""
        if name in self._tests:
            return self._step(layer).tests[name]
        trace = self.trace
        found: Indices = trace.variables[name][layer] if name in trace.variables else trace.heads[name][layer - 1]
        return found

    def index(self, fact: Fact) -> int:
        """The value index of a fact, below 0 where weights hold no value."""
        return int(self.row(fact.name, fact.layer)[fact.position])

    def value(self, fact: Fact) -> Value | NoValue:
        """The value of a fact."""
        index = self.index(fact)
        return self.domains[fact.name].values[index] if index >= 0 else UNCLEAR

    def text(self, fact: Fact) -> str:
        """The value of a fact as a program would write it; of a number as far as it is known."""
        value, domain = self.value(fact), self.trace.domains.get(fact.name)
        if isinstance(value, NoValue):
            return str(value)
        return domain.text(value) if is_open(domain) else source_text(value)

    def is_test(self, name: str) -> bool:
        """Whether a name is that of what a step asks of numbers."""
        return name in self._tests

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """Of all that has values."""
        return self.program.domains

    def came_about(self, fact: Fact) -> Fact:
        """Where the value of a fact is from: the last layer that assigned it, and not just since it was what it is.

        Where layers before that assigned the same for the same reasons, the first of these.
        """
        name, position = fact.name, fact.position
        if name not in self.trace.variables:
            return fact
        origins = self._origins.setdefault((name, position), [(0, None)])
        for layer in range(len(origins), fact.layer + 1):
            reasons, before = self._reasons(name, layer, position), origins[-1]
            is_changed = self.row(name, layer)[position] != self.row(name, layer - 1)[position]
            is_same = not is_changed and reasons in (None, before[1])
            origins.append(before if is_same else (layer, reasons))
        return Fact(origins[fact.layer][0], position, name)

    def _reasons(self, name: str, layer: int, position: int) -> object:
        """What makes a layer assign a value, besides the variable itself; None where it assigns none, or needs not."""
        step, place = self._step(layer), self.trace.ran[layer - 1].place
        if name in step.sums:
            return layer
        site = step.sites[name][position] if name in step.sites else NONE
        if site == NONE:
            return None
        if site == UNREAD:
            return layer
        path = self._path(name, layer, position)
        others = {other: value for other, value in path.items() if other != name}
        return (place, site, others) if others or name not in path else None

    def _path(self, name: str, layer: int, position: int) -> dict[str, int]:
        step = self._step(layer)
        values = {
            one: int(found[position]) for some in (step.state, step.heads, step.tests) for one, found in some.items()
        }
        return self.plain.path(self.trace.ran[layer - 1].place, name, values)

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """The positions whose value is the output at the end of the run, or that add to a pooled one."""
        program, last = self.program, self.trace.layers
        candidates = list(range(self.positions))
        if program.output_where is not None and self.trace.error is None:
            place = self.trace.ran[-1].place if last else -1
            state = {name: self.row(name, self._standing(name, last)) for name in program.readable_at(place)}
            fine = np.logical_and.reduce([has_value(values) for values in state.values()])
            rows = np.flatnonzero(fine)
            holds = self._compiler.compile(program.output_where).mask()(Rows(state, rows))
            candidates = rows[holds].tolist()
        return tuple(self.program.interface.pick(candidates))

    def shown_by(self, position: int) -> tuple[Fact, ...]:
        """The values at a position that decide whether the output is read there."""
        where, last = self.program.output_where, self.trace.layers
        return () if where is None else tuple(Fact(self._standing(n, last), position, n) for n in reads(where))

    def _standing(self, name: str, layer: int) -> int:
        """The layer in which a readout finds a value after a layer; that of a kept head is from its last run."""
        if name in self.trace.variables:
            return layer
        return max(n for n in range(1, layer + 1) if self.trace.ran[n - 1].place == self._kept[name])

    # Whys ----------------------------------------------------------------------------------------------------

    def why(self, fact: Fact) -> Why:
        """What gave a value where it came about (see `came_about`)."""
        index, domain, value = self.index(fact), self.domains[fact.name], self.value(fact)
        cause, told = self._cause(fact)
        expected = None if told is None or told < 0 else domain.values[told]
        if told is None or told == index or self._is_near(fact.name, value, expected):
            return Why(fact, value, cause)
        return Why(fact, value, cause, (expected,))

    def _is_near(self, name: str, value: Any, expected: Any) -> bool:
        """Whether numbers are equal as far as weights know them."""
        domain = self.trace.domains.get(name)
        return is_open(domain) and not isinstance(value, NoValue) and abs(value - expected) <= domain.tolerance

    def refused(self, fact: Fact) -> tuple[Refused, ...]:
        """The positions that a head does not select, and why."""
        head, found = self.heads[fact.name], self.looking(fact.name, fact.layer)
        keys = np.flatnonzero(~found.selected[fact.position]).tolist()
        return tuple(self._refused(head, fact, key, int(found.why_not[fact.position, key])) for key in keys)

    def _cause(self, fact: Fact) -> tuple[Cause, int | None]:
        """What gave a value, and the index of the value that the program gives."""
        name, layer, position = fact.name, fact.layer, fact.position
        if layer == 0:
            return self._given(self.program.variable(name), position)
        if name in self._tests:
            return Asked(self._terms(self._tests[name].terms, fact)), int(self.row(name, layer)[position])
        if name in self.heads:
            return self._looked(self.heads[name], fact)
        step = self._step(layer)
        rule = int(step.rules[name][position]) if name in step.rules else NONE
        site = self.site(name, layer, position)
        if rule == UNREAD:
            return Unread(self._without_value(layer, position, [*step.state, *step.heads])), None
        expected = int(step.after[name][position])
        if name in step.sums:
            return self._added(step.sums[name], fact, rule), expected
        if rule != NONE:
            return self._fired(fact, rule), expected
        if site is not None:
            path = self._path(name, layer, position)
            return Stayed(site, tuple(Fact(self.origin(one, layer), position, one) for one in path)), expected
        return Unruled(Fact(layer - 1, position, name)), expected

    def _given(self, variable: Variable, position: int) -> tuple[Given, int]:
        token = self.program.interface.vocabulary.index(self.trace.tokens[position])
        place = token if variable.initial_by == "token" else position
        if variable.beginning:
            return Given(variable.initial_by, variable.span), NUMBERS.index(variable.beginning[place])
        return Given(variable.initial_by, variable.span), variable.initial[place]

    def _fired(self, fact: Fact, number: int) -> Fired:
        rule, position = self.plain[number], fact.position
        read = tuple(Fact(self.origin(name, fact.layer), position, name) for name, _ in rule.antecedent)
        span = self.site(fact.name, fact.layer, position)
        assert span is not None
        return Fired(number, rule, self.plain.text(number), span, read)

    def _added(self, one: Combination, fact: Fact, number: int) -> Added:
        rule = self._fired(fact, number) if number >= 0 else None
        amount = 0 if rule is None else one.amounts.values[rule.rule.changes[0].new or 0]
        return Added(self._terms(one.terms, fact), amount, rule, self.site(fact.name, fact.layer, fact.position))

    def _terms(self, terms: Terms, fact: Fact) -> tuple[tuple[Fraction, Fact], ...]:
        return tuple((factor, Fact(self.origin(name, fact.layer), fact.position, name)) for name, factor in terms)

    def _looked(self, head: Head, fact: Fact) -> tuple[Cause, int | None]:
        layer, query = fact.layer, fact.position
        found = self.looking(head.name, layer)
        if not found.known[query]:
            places = [self._without_value(layer, place, head.reads) for place in range(self.positions)]
            return Unread(tuple(one for some in places for one in some)), None
        selected, taken = (np.flatnonzero(mask[query]).tolist() for mask in (found.selected, found.taken))
        read = [self._at(one.query, layer, query) for one in head.conditions]
        for key in selected:
            read += [self._at(one.key, layer, key) for one in head.conditions]
            read += [self._at(head.variable, layer, key)] if key in taken else []
        facts = tuple(dict.fromkeys(one for one in read if one is not None))
        return Looked(head.span, tuple(selected), tuple(taken), facts), int(found.brought[query])

    def _refused(self, head: Head, fact: Fact, key: int, reason: int) -> Refused:
        if reason < FAILS:
            return Refused(key)
        condition, layer = head.conditions[reason - FAILS], fact.layer
        return Refused(key, self._at(condition.key, layer, key), self._at(condition.query, layer, fact.position))

    def _at(self, name: str | None, layer: int, position: int) -> Fact | None:
        return None if name is None else Fact(self.origin(name, layer), position, name)

    def _without_value(self, layer: int, position: int, names: Any) -> tuple[Fact, ...]:
        facts = (Fact(self.origin(name, layer), position, name) for name in dict.fromkeys(names))
        return tuple(fact for fact in facts if self.row(fact.name, fact.layer)[position] < 0)

    # Layers --------------------------------------------------------------------------------------------------

    def rules(self, layer: int) -> Mapping[str, Indices]:
        """For what a layer assigns the number of the plain rule that fires at each position, NONE or UNREAD."""
        return self._step(layer).rules

    def site(self, name: str, layer: int, position: int) -> Span | None:
        """The assignment that is executed; None where there is none."""
        number = self._step(layer).sites[name][position] if name in self._step(layer).sites else NONE
        return None if number < 0 else self._step(layer).spans[number]

    def looking(self, name: str, layer: int) -> Looking:
        """What a head selects in a layer, at all positions."""
        if (name, layer) not in self._looking:
            if name not in self._reach:
                self._reach[name] = reach(self.heads[name], self.positions)
            self._looking[name, layer] = look(self.heads[name], self.before(layer), self._reach[name])
        return self._looking[name, layer]

    def _step(self, layer: int) -> _Step:
        if layer not in self._steps:
            self._steps[layer] = self._made(layer)
        return self._steps[layer]

    def _made(self, layer: int) -> _Step:
        """What the step of a layer does to the values that the trace has before it and that its heads brought."""
        place = self.trace.ran[layer - 1].place
        here, state = self.program.layers[place], self.before(layer)
        heads = {head.name: self.trace.heads[head.name][layer - 1] for head in here.heads}
        fine = np.logical_and.reduce([has_value(values) for values in (*state.values(), *heads.values())])
        rows = np.flatnonzero(fine)
        columns = {name: values[rows] for name, values in {**state, **heads}.items()}
        asked = tested(here.tests, {name: values[None] for name, values in columns.items()}, np.array([len(rows)]))
        columns |= {name: values[0] for name, values in asked.items()}

        def everywhere(values: Indices) -> Indices:
            whole = np.full(self.positions, UNREAD, np.int64)
            whole[rows] = values
            return whole

        sites, spans = self._sites(place, columns, len(rows))
        readable = {name: columns[name] for name, _ in self.program.state(place)}
        fired = self.plain.fired(place, readable) if readable else {}
        after = self._interpreter.after(
            place, {n: columns[n] for n in state}, {n: columns[n] for n in (*heads, *asked)}
        )
        rules = {name: everywhere(values) for name, values in fired.items()}
        sums = {one.name: one for one in here.numbers if one.terms != ((one.name, Fraction(1)),) or one.name in rules}
        for name in sums:
            rules.setdefault(name, everywhere(np.full(len(rows), NONE, np.int64)))
        return _Step(
            state,
            heads,
            {name: everywhere(values) for name, values in asked.items()},
            {name: everywhere(values) for name, values in after.items()},
            rules,
            {name: everywhere(values) for name, values in sites.items()},
            spans,
            sums,
        )

    def _sites(self, place: int, columns: Mapping[str, Indices], size: int) -> tuple[dict[str, Indices], list[Span]]:
        """For what a layer assigns which of its assignments is executed in each row: at most one is."""
        rows = Rows(columns, np.arange(size))
        sites: dict[str, Indices] = {}
        spans: list[Span] = []
        for guard, statement in self._assignments(place):
            mask = np.ones(size, np.bool_) if guard is None else self._compiler.compile(guard).mask()(rows)
            sites.setdefault(statement.variable, np.full(size, NONE, np.int64))[mask] = len(spans)
            spans.append(statement.span)
        return sites, spans

    @cached_property
    def _guarded(self) -> list[list[tuple[Any, Assign]]]:
        """Kept, since compiled expressions are known by what they are."""
        return [
            [(guard, one) for guard, one in guarded(layer.step) if isinstance(one, Assign)]
            for layer in self.program.layers
        ]

    def _assignments(self, place: int) -> Iterator[tuple[Any, Assign]]:
        return iter(self._guarded[place])


@dataclass(frozen=True)
class _Step:
    """What one layer found, and what its step made of it: arrays (positions,), UNREAD where something has no value."""

    state: Mapping[str, Indices]
    heads: Mapping[str, Indices]
    tests: Mapping[str, Indices]
    after: Mapping[str, Indices]
    rules: Mapping[str, Indices]
    sites: Mapping[str, Indices]
    spans: list[Span]
    sums: Mapping[str, Combination]
