"""Names of variables and of their values.

Weights know neither. What is known are the tokens, the positions and the values of the output, what is counted, and in
which order sums and preferences have values. From there, names travel along copies; what is left is numbered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import exp, gcd
from typing import TYPE_CHECKING

import numpy as np

from altac.decompile.groups import Group, Names
from altac.decompile.heads import GAP, HeadForm
from altac.decompile.places import STATE
from altac.decompile.recovered import FoundHead, Recovered, Sum
from altac.decompile.weights import Undecided
from altac.ir.arrays import Array
from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.ir.values import Value, kind_of, number, value_key

if TYPE_CHECKING:
    from jaxtyping import Float64

BUILT_IN = ("token", "position")


def name_all(found: Recovered, interface: Interface) -> None:
    """Give all variables names, and all their values.

    Raises:
        Undecided: if names that are known contradict each other.
    """
    inputs(found, interface)
    if interface.scoring is None:
        output(found, interface)
    numbers(found)
    name_tests(found)
    for head in found.heads:
        name_exists(head)
    spread(found)
    for head in found.heads:
        name_extreme(head)
        name_numbers(head)
        spread(found)
    for one in found.sums:
        for group, weights in one.terms:
            if group.values is None and len(set(weights)) == len(weights):
                factor = gcd(*weights) * (-1 if sum(weights) < 0 else 1)
                group.values = [weight // factor for weight in weights]
                spread(found)
        if all(group.values is not None for group, _ in one.terms):
            name_sum(one)
            spread(found)
    for group in found.groups:
        if group.values is None:
            group.values = list(range(len(group.spots)))
            spread(found)
    for one in found.sums:
        if not one.target.cuts:
            name_sum(one)
    names = Names({interface.input_name, interface.program, *BUILT_IN, interface.variable})
    name_groups(found, names)


def name_sum(one: Sum) -> None:
    """A sum of values as a program writes it is less by what is left out there; so are its cuts.

    If each number of it has a place of its own, it is its own value.
    """
    target, rest = one.target, sum(line[1] for group, weights in one.terms if (line := straight(group, weights)))
    cuts = [cut - rest for cut in one.cuts]
    lowest, highest = (sum(end(weights) for _, weights in one.terms) - rest for end in (min, max))
    total = all(group.is_total and not group.cuts for group, _ in one.terms)
    if total and target.values is None and cuts == list(range(lowest + 1, highest + 1)):
        target.values = list(range(lowest, highest + 1))
        return
    target.cuts, target.is_total = tuple(map(Fraction, cuts)), False
    target.values = target.values or [cuts[0] - 1, *cuts]


def straight(group: Group, weights: Sequence[int]) -> tuple[int, int] | None:
    """The factor and the offset by which weights follow from the values of a variable, if they do."""
    if group.constant is not None or len(group.spots) == 1:
        return 0, weights[group.constant or 0]
    if group.cuts or not all(type(value) is int for value in group.named):
        return None
    whole = [int(value) for value in group.named]  # type: ignore[arg-type]
    factor, left = divmod(weights[1] - weights[0], whole[1] - whole[0])
    offset = weights[0] - factor * whole[0]
    fits = not left and all(factor * value + offset == weight for value, weight in zip(whole, weights, strict=True))
    return (factor, offset) if fits else None


def inputs(found: Recovered, interface: Interface) -> None:
    """What begins as the token or the position, one value for each, and never changes."""
    written = {(group, place) for rule in found.rules for group, place in rule.adds}
    changed = {group for group, _ in written}
    for group in found.state:
        by, places = beginning(found, group)
        one_each = sorted(places) == list(range(len(group.spots)))
        if not one_each:
            continue
        known: Sequence[Value] = interface.vocabulary.values if by == "token" else range(len(places))
        group.values = [known[places.index(place)] for place in range(len(group.spots))]
        if group not in changed:
            group.name = by


def beginning(found: Recovered, group: Group) -> tuple[str, list[int]]:
    """Whether a variable begins by the token or by the position, and with which value for each.

    Raises:
        Undecided: if it does not begin with one value.
    """
    dimensions = [dimension for _, dimension in group.spots]
    for by, table in (("token", found.weights.tokens), ("position", found.weights.positions)):
        rows: Float64[Array, "inputs values"] = table[:, dimensions]
        if len(rows) and (rows.sum(axis=1) == 1).all():
            return by, rows.argmax(axis=1).tolist()
    raise Undecided("a variable begins without a value")


def output(found: Recovered, interface: Interface) -> None:
    """What is read at the end has the values of the output."""
    if is_open(interface.domain):
        (found.output,) = found.split(found.weights.unembedding.weight[0], len(found.weights.layers))
        found.output.name = interface.variable
        return
    group, order = shown(found)
    values = [interface.domain.values[row] for row in order]
    if group.values is not None and list(map(value_key, group.values)) != list(map(value_key, values)):
        group.name = ""  # a variable that begins as the token or the position, under other names
    group.values, found.output = values, group
    if group.name not in BUILT_IN and interface.variable not in BUILT_IN:
        group.name = interface.variable


def shown(found: Recovered) -> tuple[Group, list[int]]:
    """What the output reads, and for each of its values the row of the unembedding.

    Raises:
        Undecided: if it is not one variable.
    """
    unembedding, layers = found.weights.unembedding, len(found.weights.layers)
    rows = [found.split(row, layers) for row in unembedding.weight]
    groups = {group for row in rows for group in row}
    if len(groups) != 1 or unembedding.bias.any():
        raise Undecided("the output is not the value of one variable")
    (group,) = groups
    table = np.stack([row.get(group, np.zeros(len(group.spots))) for row in rows])
    if not (table.sum(axis=0) == 1).all() or not np.isin(table, (0, 1)).all():
        raise Undecided("the output is not the value of one variable")
    return group, table.argmax(axis=0).tolist()


def numbers(found: Recovered) -> None:
    """Counts and sums are whole numbers; averages are on one side of a cut."""
    heads = {head.target: head for head in found.heads}
    for target in found.numbers.values():
        form = heads[target].form
        steps = len(target.spots) - 1
        if form.which == "count":
            target.values, target.is_total = [steps - place for place in range(steps + 1)], False
        elif form.which == "sum":
            target.values, target.is_total = sums_of(found, target, form), False
        else:
            chain = found.chains[target]
            slopes = chain.weights.max(axis=1)
            target.cuts = tuple(
                simplest(Fraction((0.5 - bias) / slope), Fraction(1 / slope))
                for bias, slope in zip(chain.bias.tolist(), slopes.tolist(), strict=True)
            )
            target.is_total = False


def name_tests(found: Recovered) -> None:
    """What is asked of numbers: a cut is on one end of its border, where no number lies."""
    for target in found.tests:
        chain = found.chains[target]
        slopes = np.abs(chain.weights).max(axis=1).tolist()
        cuts, strict = [], set()
        for place, (bias, slope) in enumerate(zip(chain.bias.tolist(), slopes, strict=True)):
            middle, reach = Fraction((0.5 - bias) / slope), Fraction(1 / slope)
            low, high = (plain(end, reach) for end in (middle - reach, middle + reach))
            if low is None and high is None:
                cuts.append(simplest(middle, reach))
            elif high is None or (low is not None and low.denominator < high.denominator):
                assert low is not None
                cuts.append(low)
                strict.add(place)
            else:
                cuts.append(high)
        target.cuts, target.strict, target.is_total, target.is_asked = tuple(cuts), frozenset(strict), False, True


def plain(end: Fraction, reach: Fraction) -> Fraction | None:
    """The fraction that the end of a border is, if it is a simple one."""
    near = end.limit_denominator(1000)
    return near if abs(near - end) < min(reach / 100, Fraction(1, 10_000)) else None


def sums_of(found: Recovered, target: Group, form: HeadForm) -> list[Value]:
    """The sums between all borders: of n numbers, s arrives as s / (w + n), where the sink has the weight w."""
    chain = found.chains[target]
    weight = exp(form.sink_score - form.gaps * GAP)
    borders = weight * (0.5 - chain.bias) / chain.weights.max(axis=1)
    step = gcd(*(int(one) for one in form.brings)) or 1
    if len(borders) > 1:
        step = max(1, round((borders[-1] - borders[0]) / (len(borders) - 1)))
    least = step * round(float(borders[0]) / step - 0.5)
    return [least + step * place for place in range(len(target.spots))]


def simplest(middle: Fraction, reach: Fraction) -> Fraction:
    """The fraction of the least denominator near the middle of a border, where no average lies."""
    denominator = 1
    while abs(middle.limit_denominator(denominator) - middle) >= reach * Fraction(9, 10):
        denominator += 1
    return middle.limit_denominator(denominator)


def spread(found: Recovered) -> None:
    """Let names of values travel along copies until nothing changes."""
    changed = True
    while changed:
        changed = False
        for source, target, pairs, rest in copies(found):
            if source.values is not None and target.values is None and not target.cuts:
                values: list[Value] = [None] * len(target.spots)
                for here, there in pairs.items():
                    values[there] = source.values[here]
                if rest and (rest > 1 or None in source.values):
                    continue
                target.values, changed = values, True
            elif target.values is not None and source.values is None and is_whole(source, target, pairs):
                source.values, changed = [target.values[pairs[place]] for place in range(len(source.spots))], True


def is_whole(source: Group, target: Group, pairs: dict[int, int]) -> bool:
    """Whether all values of a variable are copied."""
    return len(pairs) == len(source.spots) and not source.cuts and not target.cuts


def copies(found: Recovered) -> Iterator[tuple[Group, Group, dict[int, int], int]]:
    """Variables, what is copied from them, the places of equal values, and how many values of the copy have none."""
    for head in found.heads:
        source = head.form.source
        if source is None or not head.written or head.form.which == "max":
            continue
        pairs = {place: head.written[int(one)] for place, one in enumerate(head.form.brings)}
        if len(set(pairs.values())) == len(pairs):
            yield source, head.target, pairs, len(head.target.spots) - len(pairs)
    for group, (source, places) in copied(found).items():
        if len(set(places.values())) == len(places) == len(source.spots):
            yield source, group, places, len(group.spots) - len(places)
    for head in found.heads:
        for one in head.form.relations:
            if one.key is None or one.query is None or one.key is one.query:
                continue
            if (one.holds.sum(axis=0) <= 1).all() and (one.holds.sum(axis=1) <= 1).all():
                pairs = dict(zip(*(side.tolist() for side in np.nonzero(one.holds)), strict=True))
                yield one.key, one.query, pairs, len(one.query.spots) - len(pairs)
                yield one.query, one.key, {b: a for a, b in pairs.items()}, len(one.key.spots) - len(pairs)


def copied(found: Recovered) -> dict[Group, tuple[Group, dict[int, int]]]:
    """What rules set to a function of one variable: that, and the place of the new value for each of the old."""
    asked: dict[Group, dict[Group | None, dict[int, int]]] = {}
    for rule in found.rules:
        parts = rule.condition.parts
        for group, place in rule.adds:
            source = parts[0][0] if len(parts) == 1 else None
            here = asked.setdefault(group, {}).setdefault(source, {})
            if source is not None:
                here |= dict.fromkeys(parts[0][1], place)
    return {
        group: next((source, places) for source, places in sources.items() if source is not None)
        for group, sources in asked.items()
        if len(sources) == 1 and None not in sources
    }


def name_exists(head: FoundHead) -> None:
    """A head that brings one value or another, and need not check that several agree, says whether there is one."""
    form, target = head.form, head.target
    if form.which == "" and form.source is None and not form.agree and len(target.spots) == 2 and target.values is None:
        yes = head.written[int(form.brings[0])]
        target.values = [place == yes for place in range(2)]


def name_extreme(head: FoundHead) -> None:
    """Values among which there is a greatest are numbered in their order, if they have no names."""
    if head.form.which != "max" or head.target.values is not None:
        return
    values: list[Value] = [None] * len(head.target.spots)
    source = head.form.source
    assert source is not None
    if source.values is not None and in_order(source.values, head.form.ranks) and one_to_one(head):
        for place, one in enumerate(head.form.brings):
            values[head.written[int(one)]] = source.values[place]
    else:
        for rank, one in zip(head.form.ranks, head.form.brings, strict=True):
            values[head.written[int(one)]] = rank
    if sum(value is None for value in values) > 1:
        values = [place if value is None else value for place, value in enumerate(values)]
    head.target.values = values


def one_to_one(head: FoundHead) -> bool:
    return len(set(head.form.brings)) == len(head.form.brings)


def in_order(values: Sequence[Value], ranks: Sequence[int]) -> bool:
    """Whether values have an order, and it is that of their ranks, or its reverse."""
    kinds = {kind_of(value) for value in values}
    if kinds not in ({"number"}, {"symbol"}):
        return False
    ordered = [value for _, value in sorted(zip(ranks, values, strict=True), key=lambda pair: pair[0])]
    return ordered in (sorted(values), sorted(values, reverse=True))  # type: ignore[type-var]


def name_numbers(head: FoundHead) -> None:
    """What is averaged or added up has these numbers as its values, if they differ."""
    source, brings = head.form.source, [number(one) for one in head.form.brings]
    if head.form.which not in ("mean", "sum") or source is None or source.values is not None or source.cuts:
        return
    if len(set(brings)) == len(brings):
        source.values = list(brings)


def name_groups(found: Recovered, names: Names) -> None:
    """Names for variables, in the order in which a program introduces them."""
    for group in sorted(found.groups, key=lambda group: group.spots[0][0] != STATE):
        if group.name:
            continue
        layer = group.spots[0][0]
        if layer == STATE:
            group.name = names.new("v")
        elif group in found.kept.values():
            group.name = names.new("k")
        elif group.is_number:
            group.name = names.new("n")
        elif any(one.target is group for one in found.sums):
            group.name = names.new("sum")
        elif any(head.target is group for head in found.heads):
            group.name = names.new("h")
        else:
            group.name = names.new("k")
