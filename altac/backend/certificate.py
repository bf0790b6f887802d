"""For which inputs rounding cannot change what compiled weights compute: a bound for every decision, in every format.

docs/exactness.md has the model of arithmetic, the lemmas and their proofs; their names, L1 to L7, are used here. All
bounds are in the length of the input alone: a layer hands on exact zeros and ones (L7), so nothing adds up over layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import compress, repeat
from math import expm1, floor, frexp, log1p

from altac.backend.attention import GAP, spread
from altac.backend.thresholds import Border, Buckets, head_buckets, neighbours, sink_number
from altac.diagnostics import AltacError, Span
from altac.diagnostics.program_errors import NotSeparable
from altac.diagnostics.words import counted
from altac.ir.certificate import NO_INPUT, Certificate, Limit
from altac.ir.means import attainable_means
from altac.ir.program import Assign, Head, Program, guarded
from altac.ir.rules import Feature, RuleSet
from altac.ir.values import Domain

POSITION = "position"  # the variable whose values are those of an input
UNBOUNDED = 1 << 40  # more positions than any machine holds: what is exact for them is exact for any number


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: significant bits, its greatest number, and its least one of full precision."""

    name: str
    bits: int
    largest: float
    smallest: float

    @property
    def unit(self) -> float:
        """The relative error of one rounding."""
        return 2.0**-self.bits

    def grown(self, roundings: int) -> float:
        """The relative error after so many roundings: (1 + u)^k - 1."""
        return expm1(roundings * log1p(self.unit))

    def holds_exactly(self, steps: float, step: float = 1.0) -> bool:
        """Whether all multiples of `step`, a power of two, up to `steps` of them, are numbers of the format."""
        return steps <= 2**self.bits and steps * step <= self.largest


FLOAT32 = Format("float32", 24, 3.4028234e38, 2.0**-126)
FORMATS = (
    FLOAT32,
    Format("float64", 53, 1.7976931e308, 2.0**-1022),
    Format("bfloat16", 8, 3.3895313e38, 2.0**-126),
    Format("float16", 11, 65504.0, 2.0**-14),
)


@dataclass(frozen=True)
class Obstacle:
    """Why a format is not exact for some number of positions; `name` is a head or variable."""

    name: str
    reason: str
    span: Span | None


@dataclass(frozen=True)
class Shape:
    """What matters of an antecedent: how many variables it reads, and which of these are selecting heads."""

    size: int
    heads: tuple[str, ...]


def certify(program: Program, rules: RuleSet, stages: Sequence[Sequence[Buckets]]) -> Certificate:
    """The limits of every format.

    Raises:
        AltacError: if float32 is not exact up to the declared length.
    """
    analysis = Analysis(program, rules, stages)
    formats: dict[str, Limit] = {}
    declared = program.interface.longest
    for form in FORMATS:
        longest, obstacle = analysis.limit(form)
        if form is FLOAT32 and obstacle is not None and declared is not None:
            obstacle = analysis.obstacle(form, interface_positions(program, declared)) or obstacle
            possible = possible_length(analysis, declared)
            raise AltacError([NotSeparable(obstacle.span, obstacle.name, declared, obstacle.reason, possible)])
        formats[form.name] = Limit(longest, "" if obstacle is None else f"`{obstacle.name}`: {obstacle.reason}")
    return Certificate(formats, program.layers)


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
    return length + len(program.interface.before) + len(program.interface.after)


@dataclass(frozen=True)
class Analysis:
    """All decisions of one program."""

    program: Program
    rules: RuleSet
    stages: Sequence[Sequence[Buckets]]

    def shortened(self, longest: int) -> Analysis:
        """The same for a smaller declared length."""
        positions = interface_positions(self.program, longest)
        heads = tuple(shortened_head(head, positions) for head in self.program.heads)
        interface = replace(self.program.interface, longest=longest)
        program = replace(self.program, heads=heads, interface=interface)
        numeric = {head.name: head for head in heads if head.is_numeric}
        stages = [[head_buckets(numeric[one.name]) if one.name in numeric else one for one in s] for s in self.stages]
        kept = {
            old.name: [value in new.domain for value in old.domain]
            for old, new in zip(self.program.heads, heads, strict=True)
        }
        kept[POSITION] = [True] * positions
        features = {name: shortened_feature(one, kept) for name, one in self.rules.features.items()}
        return Analysis(program, replace(self.rules, features=features), stages)

    def limit(self, form: Format) -> tuple[int | None, Obstacle | None]:
        """The greatest length (None for any), and what stands in the way of the declared, or any greater, one.

        By bisection: an obstacle stays one as inputs grow.
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
        """The first decision that rounding could change with so many positions."""
        return next(self._obstacles(form, positions), None)

    def _obstacles(self, form: Format, positions: int) -> Iterator[Obstacle]:
        for head in self.program.heads:
            reason = (
                self.selection(head, form, positions)
                or self.agreement(head, form, positions)
                or self.averaging(head, form, positions)
            )
            if reason:
                yield Obstacle(head.name, reason, head.span)
        errors = {head.name: self.head_error(head, form, positions) for head in self.program.heads}
        for buckets in (one for stage in self.stages for one in stage):
            reason = self.borders(buckets, errors, form, positions)
            if reason:
                name, span = self.origin(buckets.name)
                yield Obstacle(name, reason, span)
        for shape in self.shapes:
            if not conjunction_holds(shape.size, [errors[name] for name in shape.heads], form):
                name = shape.heads[0] if shape.heads else self.program.variables[0].name
                yield Obstacle(name, f"a rule with {shape.size} conditions adds up to more than its slack", None)

    # Attention -----------------------------------------------------------------------------------------------

    def selection(self, head: Head, form: Format, positions: int) -> str | None:
        """L1: scores are whole multiples of GAP, so that softmax gives exact zeros beside equal weights."""
        sloped = head.aggregate in ("first", "last")
        steps = spread(head, self.program.interface.most_positions)
        if sloped and positions > steps:
            return f"`{head.aggregate}` reaches {steps:,} positions at the most"
        scores = (2 * len(head.conditions) + 1) * steps + (positions if sloped else 0)
        if not form.holds_exactly(scores, GAP):
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
        if head.aggregate in ("first", "last"):
            return 1
        most = head.offsets.most(positions)
        assert most is not None
        for condition in head.conditions:
            sizes = self.multiplicities(condition.key, positions) if condition.key is not None else None
            if sizes is not None:
                columns = zip(*condition.holds, strict=True)
                most = min(most, max(sum(n for n, one in zip(sizes, column, strict=True) if one) for column in columns))
        return most

    def multiplicities(self, name: str, positions: int) -> list[int] | None:
        """How many positions can have each value of a variable that no step assigns; None for others."""
        variable, interface = self.program.variable(name), self.program.interface
        if name in self.assigned:
            return None
        sizes = [0] * len(variable.domain)
        if variable.initial_by == "position":
            for index in variable.initial[:positions]:
                sizes[index] += 1
            return sizes
        frame = (*interface.before, *interface.after)
        for token in frame:
            sizes[variable.initial[token]] += 1
        symbols = {variable.initial[interface.vocabulary.index(value)] for value in interface.alphabet}
        return [size + (positions - len(frame) if one in symbols else 0) for one, size in enumerate(sizes)]

    def head_error(self, head: Head, form: Format, positions: int) -> float:
        """L2: how far from one the dimension of what a selecting head brings can be (zero for those of numbers)."""
        selected = self.selected(head, positions)
        return 0.0 if head.is_numeric or selected <= 1 else form.grown(selected + 6)

    def agreement(self, head: Head, form: Format, positions: int) -> str | None:
        """L3: values that agree are told from those that do not."""
        if head.aggregate != "select" or len(head.domain) == 1 or self.selected(head, positions) <= 1:
            return None
        if self.head_error(head, form, positions) + 4 * form.unit <= 0.5 / (positions + 1):
            return None
        return f"it may select {self.selected(head, positions):,} positions, too many to see whether they agree"

    def averaging(self, head: Head, form: Format, positions: int) -> str | None:
        """A1 for L4: what is averaged, its parts and the difference of two averages are numbers of the format."""
        if head.aggregate != "mean":
            return None
        sizes = averaged_sizes(head)
        selected = self.selected(head, positions)
        if 2 * max(sizes) * (1 + form.grown(selected + 8)) > form.largest:
            return f"its numbers are too large for {form.name}"
        if min((size for size in sizes if size), default=1.0) < 2 * max(1, selected) * form.smallest:
            return f"its numbers are too small for {form.name}"
        return None

    # Units ---------------------------------------------------------------------------------------------------

    def borders(self, buckets: Buckets, errors: Mapping[str, float], form: Format, positions: int) -> str | None:
        """L4 to L6: no number falls on the wrong side of a border."""
        if buckets.name in self.rules.features:
            feature = self.rules.features[buckets.name]
            return None if sum_holds(feature, errors, form) else "a sum of its values needs more bits"
        head = next((one for one in self.program.heads if one.name == buckets.name), None)
        if head is None:
            numbers = [float(value) for value in self.program.variable(buckets.name).domain]  # type: ignore[arg-type]
            greatest = max(abs(number) for number in numbers)
            return None if scalar_holds(buckets.borders, greatest, form) else "its numbers need more bits"
        selected = self.selected(head, positions)
        near = count_neighbours(selected) if head.aggregate == "count" else mean_neighbours(head, selected)
        error = count_error(form) if head.aggregate == "count" else mean_error(head, selected, form)
        greatest = 1.0 if head.aggregate == "count" else max(averaged_sizes(head))
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
    def assigned(self) -> frozenset[str]:
        return frozenset(one.variable for _, one in guarded(self.program.step) if isinstance(one, Assign))

    @cached_property
    def shapes(self) -> list[Shape]:
        """Sizes of antecedents and the selecting heads among them, without repetition; readouts read variables only."""
        heads = {head.name for head in self.program.heads if not head.is_numeric}
        shapes = {
            Shape(len(rule.antecedent), tuple(name for name, _ in rule.antecedent if name in heads))
            for rule in self.rules.rules
        }
        return sorted({*shapes, Shape(len(self.program.variables), ())}, key=lambda one: (one.size, one.heads))

    def origin(self, name: str) -> tuple[str, Span | None]:
        """The head or variable that buckets are about; for a feature the first that it adds up."""
        if name in self.rules.features:
            name = self.rules.features[name].terms[0][0]
        for head in self.program.heads:
            if head.name == name:
                return name, head.span
        return name, self.program.variable(name).span


def shortened_head(head: Head, positions: int) -> Head:
    """A head among fewer positions: a count has fewer values then, and so has a mean without a declared domain."""
    most = head.offsets.most(positions)
    assert most is not None
    if head.aggregate == "count":
        domain = Domain(tuple(one for one in head.domain if one in range(most + 1)))
        return replace(head, most=most, domain=domain)
    if head.aggregate != "mean":
        return replace(head, most=most)
    head = replace(head, most=most, values=head.values[:positions] if head.variable == POSITION else head.values)
    means = attainable_means(head.values, most) if head.derived else None
    if means is None:
        return head
    missing = () if head.default is None else (head.domain.values[head.default],)
    domain = Domain.of((*means, *missing))
    return replace(head, domain=domain, default=domain.index(missing[0]) if missing else None)


def shortened_feature(feature: Feature, kept: Mapping[str, Sequence[bool]]) -> Feature:
    """A sum of variables of which some have fewer values, those that are `kept`; and the cuts that it still reaches."""
    terms = tuple((name, tuple(compress(weights, kept.get(name, repeat(True))))) for name, weights in feature.terms)
    least, greatest = (sum(end(weights) for _, weights in terms) for end in (min, max))
    return Feature(terms, tuple(cut for cut in feature.cuts if least < cut <= greatest))


def conjunction_holds(size: int, errors: Sequence[float], form: Format) -> bool:
    """L5: a unit over `size` variables is exactly one or zero."""
    if not any(errors) and form.holds_exactly(4 * size + 4):
        return True
    return 2 * sum(errors) + form.grown(size + 3) * (4 * size + 2) < 0.5


def sum_holds(feature: Feature, errors: Mapping[str, float], form: Format) -> bool:
    """L5 for sums: the weights are whole numbers, and so is each cut."""
    largest = [max(abs(weight) for weight in weights) for _, weights in feature.terms]
    size = sum(largest) + max((abs(cut) for cut in feature.cuts), default=0) + 1
    moved = sum(weight * errors.get(name, 0.0) for weight, (name, _) in zip(largest, feature.terms, strict=True))
    if not moved and form.holds_exactly(4 * size):
        return True
    return 2 * moved + form.grown(len(feature.terms) + 4) * 2 * size < 0.5


def scalar_holds(borders: Sequence[Border], greatest: float, form: Format) -> bool:
    """L6 for whole numbers, which are exact themselves: so is all that follows, where gaps are powers of two."""
    gaps = [float(border.gap) for border in borders]
    if all(frexp(gap)[0] == 0.5 for gap in gaps) and form.holds_exactly(8 * greatest + 8):
        return True
    widest = max((4 * greatest / gap + 1 for gap in gaps), default=0.0)
    return form.holds_exactly(2 * greatest) and 4.1 * form.unit * widest < 0.5


def count_neighbours(selected: int) -> Callable[[Border], list[Fraction]]:
    """The numbers 1 / (1 + n), n up to `selected`, that are next to a border."""

    def near(border: Border) -> list[Fraction]:
        above = floor(1 / border.middle - 1)
        found = [Fraction(1, 1 + min(above, selected))]
        return [*found, Fraction(1, 2 + above)] if above < selected else found

    return near


def mean_neighbours(head: Head, selected: int) -> Callable[[Border], list[Fraction]]:
    """The averages that are next to a border, and what the sink brings."""
    default = [] if head.default is None else [sink_number(head)]

    def near(border: Border) -> list[Fraction]:
        # where there is no average on one side, `neighbours` gives a number that may lie between the ends of a border
        numbers = [*neighbours(head.values, selected, border.middle), *default]
        return [number for number in numbers if not border.below < number < border.above]

    return near


def count_error(form: Format) -> Callable[[float], float]:
    """L4: how far 1 / (1 + n) can be off; what the last layer left, at most one, is cleared in the same sum."""
    return lambda size: form.unit * (1.05 + 3.2 * size)


def mean_error(head: Head, selected: int, form: Format) -> Callable[[float], float]:
    """L4: how far an average can be off, of numbers up to the largest in size."""
    largest = max(1.0, *averaged_sizes(head))
    return lambda _: largest * (form.grown(selected + 4) + 3.3 * form.unit)


def averaged_sizes(head: Head) -> list[float]:
    """The sizes of the numbers that a head averages, and of what its sink brings."""
    sink = [] if head.default is None else [sink_number(head)]
    return [abs(float(number)) for number in (*head.values, *sink)]
