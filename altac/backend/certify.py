"""For which inputs rounding cannot change what compiled weights compute: a bound for every decision, in every format.

docs/exactness.md has the model of arithmetic, the lemmas and their proofs; their names, L1 to L8, are used here. All
bounds are in the length of the input alone: a layer hands on exact zeros and ones (L7), so nothing adds up over layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import assert_never

from altac.backend.attention import GAP, gaps_above_sink, is_symmetric, slope_of
from altac.backend.extents import Extent, Extents, extents_of, test_buckets
from altac.backend.floats import FLOAT32, FORMATS, Format
from altac.backend.lemmas import (
    averaged_sizes,
    conjunction_holds,
    count_error,
    count_neighbours,
    mean_error,
    mean_neighbours,
    sum_error,
    sum_holds,
    sum_neighbours,
)
from altac.backend.shorten import POSITION, shortened_feature, shortened_head
from altac.backend.thresholds import Buckets, head_buckets
from altac.diagnostics import AltacError, InternalError, Span
from altac.diagnostics.program_errors import NotSeparable
from altac.diagnostics.words import counted
from altac.ir.certificate import NO_INPUT, Certificate, Limit
from altac.ir.heads import Count, Exists, Extreme, Head, Mean, Pick, Real, Select, Sum
from altac.ir.nearest import digits_known
from altac.ir.numbers import Test, is_open, terms_text
from altac.ir.program import Assign, Program, guarded
from altac.ir.rules import Feature, ProgramRules
from altac.ir.selection import Census

FEWEST_DIGITS = 1  # behind the point: with fewer, a wrong whole number would look like an exact one
UNBOUNDED = 1 << 40  # more positions than any machine holds: what is exact for them is exact for any number


@dataclass(frozen=True)
class Obstacle:
    """Why a format is not exact for some number of positions; `name` is a head, a variable or a value."""

    name: str
    span: Span | None
    reason: str


@dataclass(frozen=True)
class Shape:
    """What matters of an antecedent: how many variables it reads, and which of these are selecting heads."""

    size: int
    heads: tuple[str, ...]


def certify(program: Program, rules: ProgramRules, thresholds: Sequence[Sequence[Sequence[Buckets]]]) -> Certificate:
    """The limits of every format.

    Args:
        thresholds: for every layer what its MLPs before the rules compute.

    Raises:
        AltacError: if float32 is not exact up to the declared length.
    """
    analysis = Analysis(program, rules, thresholds)
    formats: dict[str, Limit] = {}
    declared = program.interface.longest
    for form in FORMATS:
        longest, obstacle = analysis.limit(form)
        if form is FLOAT32 and obstacle is not None and declared is not None:
            obstacle = analysis.obstacle(form, interface_positions(program, declared)) or obstacle
            possible = possible_length(analysis, declared)
            writing = program.interface.writing
            written = 0 if writing is None else writing.most
            reason = obstacle.reason
            raise AltacError([NotSeparable(obstacle.span, obstacle.name, declared, reason, possible, written)])
        formats[form.name] = Limit(longest, "" if obstacle is None else f"`{obstacle.name}`: {obstacle.reason}")
    digits = {name: digits_known(one.error, one.denominator) for name, one in extents_of(program).numbers.items()}
    decimals = {name: known for name, known in digits.items() if known is not None}
    return Certificate(formats, program.fixed_layers, decimals)


def possible_length(analysis: Analysis, declared: int) -> int | None:
    """The greatest length that could be declared instead: the weights for it have wider borders. None if there is none.

    The least length that can be declared is 1.
    """
    low, high = 0, declared
    while high - low > 1:
        middle = (low + high) // 2
        shorter = analysis.shortened(middle)
        positions = interface_positions(shorter.program, middle)
        low, high = (middle, high) if shorter.obstacle(FLOAT32, positions) is None else (low, middle)
    return low or None


def interface_positions(program: Program, length: int) -> int:
    """The positions of an input of a length, with its frame."""
    return length + program.interface.added_positions


@dataclass(frozen=True)
class Analysis:
    """All decisions of one program."""

    program: Program
    rules: ProgramRules
    thresholds: Sequence[Sequence[Sequence[Buckets]]]

    def shortened(self, longest: int) -> Analysis:
        """The same for a smaller declared length."""
        positions = interface_positions(self.program, longest)
        heads = {head.name: shortened_head(head, positions, self.census) for head in self.program.heads}
        layers = [
            replace(layer, heads=tuple(heads[head.name] for head in layer.heads)) for layer in self.program.layers
        ]
        interface = replace(self.program.interface, longest=longest)
        program = replace(self.program, layers=tuple(layers), interface=interface)
        numeric = {name: head for name, head in heads.items() if head.is_numeric}
        extents = extents_of(program)
        tests = [
            {buckets.name: buckets for buckets in test_buckets(program, layer, extents)} for layer in range(len(layers))
        ]
        thresholds = [
            [
                [
                    head_buckets(numeric[number.name]) if number.name in numeric else asked.get(number.name, number)
                    for number in mlp
                ]
                for mlp in layer
            ]
            for layer, asked in zip(self.thresholds, tests, strict=True)
        ]
        finite = [head for head in self.program.heads if not is_open(head.domain)]
        kept = {old.name: [value in heads[old.name].domain for value in old.domain] for old in finite}
        kept[POSITION] = [True] * positions
        rules = [
            replace(
                layer, features={name: shortened_feature(feature, kept) for name, feature in layer.features.items()}
            )
            for layer in self.rules.layers
        ]
        return Analysis(program, replace(self.rules, layers=tuple(rules)), thresholds)

    def limit(self, form: Format) -> tuple[int | None, Obstacle | None]:
        """The greatest length (None for any), and why not the declared length, or any greater one.

        By bisection: an obstacle remains as inputs grow.
        """
        interface = self.program.interface
        frame = interface_positions(self.program, 0)
        declared = interface.most_positions
        high = UNBOUNDED if declared is None else declared
        obstacle = self.obstacle(form, high)
        if obstacle is None:
            return interface.longest, None
        low = frame - 1
        while high - low > 1:
            middle = (low + high) // 2
            found = self.obstacle(form, middle)
            if found is None:
                low = middle
            else:
                high, obstacle = middle, found
        return (low - frame if low >= frame else NO_INPUT), obstacle

    def obstacle(self, form: Format, positions: int) -> Obstacle | None:
        """The first decision that rounding could change with that many positions."""
        return next(self._obstacles(form, positions), None)

    def _obstacles(self, form: Format, positions: int) -> Iterator[Obstacle]:
        score = self.program.score
        if score is not None and not form.holds_exactly(score.greatest):
            yield Obstacle(score.name, score.span, f"its sums reach {score.greatest:,}, which need more bits")
        yield from self.numbers(form, positions)
        for number, (layer, rules) in enumerate(zip(self.program.layers, self.rules.layers, strict=True)):
            for head in layer.heads:
                reason = self.selection(head, form, positions) or self.bringing(head, form, positions)
                if reason:
                    yield Obstacle(head.name, head.span, reason)
            # what is kept from other layers is exact
            errors = {head.name: self.head_error(head, form, positions) for head in layer.heads}
            for buckets in chain.from_iterable(self.thresholds[number]):
                feature = rules.features.get(buckets.name)
                test = next((test for test in layer.tests if test.name == buckets.name), None)
                if test is not None:
                    extent = self.extents(form, positions).forms[number, test.terms]
                    yield from self.asked(test, extent, buckets, form)
                    continue
                if feature is None:
                    reason = self.borders(buckets, form, positions)
                else:
                    reason = None if sum_holds(feature, errors, form) else "a sum of its values needs more bits"
                if reason:
                    yield Obstacle(*self.origin(buckets.name, feature), reason)
            for shape in self.shapes[number]:
                if not conjunction_holds(shape.size, [errors[name] for name in shape.heads], form):
                    name = shape.heads[0] if shape.heads else self.program.variables[0].name
                    yield Obstacle(name, None, f"a rule with {shape.size} conditions adds up to more than its slack")

    def bringing(self, head: Head, form: Format, positions: int) -> str | None:
        """Whether what is brought survives rounding, as far as that is not a matter of units."""
        match head.brings:
            case Select():
                return self.agreement(head, form, positions)
            case Mean():
                return self.averaging(head, head.brings, form, positions)
            case Real():
                return self.averaging(head, head.brings, form, positions)
            case Pick() | Extreme() | Sum() | Count() | Exists():
                return None
            case _:
                assert_never(head.brings)

    # Numbers -------------------------------------------------------------------------------------------------

    def extents(self, form: Format, positions: int) -> Extents:
        """What is known of numbers among that many positions."""
        return extents_of(self.program, form, lambda head: self.selected(head, positions))

    @cached_property
    def errors(self) -> dict[str, float]:
        """How far numbers may be off."""
        return {name: one.error for name, one in extents_of(self.program).numbers.items()}

    def numbers(self, form: Format, positions: int) -> Iterator[Obstacle]:
        """L9: numbers are as near as the weights say, and no larger than the format holds."""
        for name, one in self.extents(form, positions).numbers.items():
            digits = digits_known(one.error, one.denominator)
            if digits is not None and digits < FEWEST_DIGITS:
                yield Obstacle(name, self.origin(name, None)[1], f"it may be off by {one.error:.2g}")
            if one.error > self.errors[name]:
                yield Obstacle(name, self.origin(name, None)[1], "it would be off by more than in float32")
            if 4 * one.size + 4 > form.largest:
                yield Obstacle(name, self.origin(name, None)[1], f"it gets too large for {form.name}")

    def asked(self, test: Test, extent: Extent, buckets: Buckets, form: Format) -> Iterator[Obstacle]:
        """L6 and L9: no number falls on the wrong side of what it is compared with."""
        for cut, border in zip(test.cuts, buckets.borders, strict=True):
            slope, middle = 2 / float(border.gap), abs(float(border.middle))
            if 2 * slope * (extent.size + middle) + 1 > form.largest:
                yield Obstacle(
                    terms_text(test.terms), cut.span, "its values are too close to what they are compared with"
                )
                continue
            near = max(abs(float(border.below)), abs(float(border.above)))
            if 1 - slope * extent.error - 4.1 * form.unit * (slope * (near + middle) + 1) < 0.5:
                gap = f"{float(border.gap):.2g}"
                reason = (
                    f"it is off by up to {extent.error:.2g}, and may be as near as {gap} to what it is compared with"
                )
                yield Obstacle(terms_text(test.terms), cut.span, reason)

    # Attention -----------------------------------------------------------------------------------------------

    def selection(self, head: Head, form: Format, positions: int) -> str | None:
        """L1: scores are whole multiples of GAP, so that softmax gives exact zeros and otherwise equal weights."""
        sloped = slope_of(head.brings) != 0
        steps = gaps_above_sink(head, self.program.interface.most_positions)
        reached = steps // 2 if is_symmetric(head.brings) else steps
        if isinstance(head.brings, Pick | Real) and sloped and positions > reached:
            return f"`{head.brings.which}` reaches {reached:,} positions at the most"
        scores = (2 * len(head.conditions) + 1) * steps + (2 * positions + 1 if sloped else 0)
        if isinstance(head.brings, Extreme):
            scores += len(head.domain)
        step = 1.0 if isinstance(head.brings, Sum) else GAP  # the score of the sink of a sum is between two gaps
        if not form.holds_exactly(scores * GAP / step, step):
            return f"scores of its {len(head.conditions)} conditions need more than {form.bits} bits"
        if not form.holds_exactly(self.selected(head, positions)):
            return "it may select more positions than the format can count"
        return "distances are no numbers of the format" if positions > form.largest else None

    def selected(self, head: Head, positions: int) -> int:
        """The greatest number of positions that one query can select."""
        known = self._selected.get((head.name, positions))
        if known is None:
            known = self._selected[head.name, positions] = self._count_selected(head, positions)
        return known

    @cached_property
    def _selected(self) -> dict[tuple[str, int], int]:
        return {}

    def _count_selected(self, head: Head, positions: int) -> int:
        if slope_of(head.brings):
            return 1
        most = self.census.most_selected(head.conditions, head.offsets, positions)
        assert most is not None
        return most

    @cached_property
    def census(self) -> Census:
        variables = self.program.variables
        assigned = {statement.variable for _, statement in guarded(self.program.steps) if isinstance(statement, Assign)}
        finite = (variable for variable in variables if not is_open(variable.domain))
        fixed = {variable.name: variable for variable in finite if variable.name not in assigned}
        return Census(self.program.interface, fixed)

    def head_error(self, head: Head, form: Format, positions: int) -> float:
        """L2: how far from one the dimension of what a selecting head brings can be (zero for those of numbers)."""
        selected = self.selected(head, positions)
        return 0.0 if head.is_numeric or is_open(head.domain) or selected <= 1 else form.grown(selected + 6)

    def agreement(self, head: Head, form: Format, positions: int) -> str | None:
        """L3: values that agree are distinguished from those that do not."""
        if len(head.domain) == 1 or self.selected(head, positions) <= 1:
            return None
        if self.head_error(head, form, positions) + 4 * form.unit <= 0.5 / (positions + 1):
            return None
        return f"it may select {self.selected(head, positions):,} positions, too many to see whether they agree"

    def averaging(self, head: Head, brings: Mean | Real, form: Format, positions: int) -> str | None:
        """A1 for L4: what is averaged, its parts and the difference of two averages are numbers of the format."""
        sizes = averaged_sizes(head.domain, brings)
        selected = self.selected(head, positions)
        if 2 * max(sizes) * (1 + form.grown(selected + 8)) > form.largest:
            return f"its numbers are too large for {form.name}"
        if min((size for size in sizes if size), default=1.0) < 2 * max(1, selected) * form.smallest:
            return f"its numbers are too small for {form.name}"
        return None

    # Units ---------------------------------------------------------------------------------------------------

    def borders(self, buckets: Buckets, form: Format, positions: int) -> str | None:
        """L4 and L6: no number falls on the wrong side of a border."""
        head = self.program.head(buckets.name)
        selected = self.selected(head, positions)
        match head.brings:
            case Count():
                near, error, greatest = count_neighbours(selected), count_error(form), 1.0
            case Mean() as brings:
                near, error = (
                    mean_neighbours(head.domain, brings, selected),
                    mean_error(head.domain, brings, selected, form),
                )
                greatest = max(averaged_sizes(head.domain, brings))
            case Sum() as brings:
                near, error = sum_neighbours, sum_error(head, brings, selected, form)
                ends = (abs(float(end)) for border in buckets.borders for end in (border.below, border.above))
                greatest = max(ends, default=0.0)
            case Select() | Pick() | Extreme() | Real() | Exists():
                raise InternalError(f"`{head.name}` brings no number that becomes a value")
            case _:
                assert_never(head.brings)
        for border in buckets.borders:
            slope, middle = 2 / float(border.gap), float(border.middle)
            if 2 * slope * (greatest + abs(middle)) + 1 > form.largest or slope > form.largest:
                return "the borders between its values are too narrow"
            if slope < form.smallest:
                return "the borders between its values are too wide"
            for number in near(border):
                size = abs(float(number))
                rounding = 4.1 * form.unit * (slope * (size + abs(middle)) + 1)
                if abs(slope * (float(number) - middle)) - slope * error(size) - rounding < 0.5:
                    return f"among {counted(selected, 'position')}, its values are too close to each other"
        return None

    @cached_property
    def shapes(self) -> list[list[Shape]]:
        """For each layer sizes of antecedents and its selecting heads among them, without repetition.

        Readouts read nothing that a head has just brought.
        """
        readout, found = Shape(len(self.rules.state), ()), []
        for layer, rules in zip(self.program.layers, self.rules.layers, strict=True):
            heads = {head.name for head in layer.heads if not head.is_numeric}
            shapes = {
                Shape(len(rule.antecedent), tuple(name for name, _ in rule.antecedent if name in heads))
                for rule in rules.rules
            }
            found.append(sorted({*shapes, readout}, key=lambda shape: (shape.size, shape.heads)))
        return found

    def origin(self, name: str, feature: Feature | None) -> tuple[str, Span | None]:
        """What buckets are about, and where it is declared; for a feature the first that it adds up."""
        if feature is not None:
            name = feature.terms[0][0]
        spans: dict[str, Span | None] = {variable.name: variable.span for variable in self.program.variables}
        spans |= {kept.name: kept.span for kept in self.program.kept}
        spans |= {head.name: head.span for head in self.program.heads}
        return name, spans[name]
