"""The statements of a step as a program writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from altac.decompile.decisions import decided, filled
from altac.decompile.groups import ALWAYS, NEVER, Group
from altac.decompile.heads import exact
from altac.decompile.naming import straight
from altac.decompile.places import STATE, Spot
from altac.decompile.recovered import Condition, FoundRule, NumberSum, Recovered, Sum
from altac.decompile.weights import Undecided
from altac.ir.values import BOOL, Value, number, source_text

MOST_JOINED = 32  # cases in a row: a program is not nested too deep


def conjunction(parts: Sequence[str]) -> str:
    asked = [part for part in parts if part != ALWAYS]
    return NEVER if NEVER in asked else " and ".join(asked) or ALWAYS


def condition_text(condition: Condition) -> str:
    parts = [group.member(sorted(chosen)) for group, chosen in condition.parts]
    if len(parts) == condition.least:
        return conjunction(parts)
    return " + ".join(f"(1 if {part} else 0)" for part in parts) + f" >= {condition.least}"


def any_of(conditions: Sequence[str]) -> str:
    """Whether one of some conditions; as a tree, since a program is not nested too deep."""
    if ALWAYS in conditions:
        return ALWAYS
    return joined([one for one in dict.fromkeys(conditions) if one != NEVER]) or NEVER


def joined(conditions: Sequence[str]) -> str:
    if len(conditions) <= MOST_JOINED:
        return " or ".join(conditions)
    size = -(-len(conditions) // MOST_JOINED)
    parts = [joined(conditions[start : start + size]) for start in range(0, len(conditions), size)]
    return " or ".join(f"({part})" for part in parts)


def choice(cases: Sequence[tuple[str, str]]) -> str:
    """The value of the first of some conditions that holds, of which one does; as a tree, too."""
    if len(cases) <= MOST_JOINED:
        return "".join(f"{value} if {condition} else " for value, condition in cases[:-1]) + cases[-1][0]
    left, right = cases[: len(cases) // 2], cases[len(cases) // 2 :]
    return f"({choice(left)}) if {any_of([condition for _, condition in left])} else ({choice(right)})"


def step_lines(found: Recovered, layer: int) -> Iterator[str]:
    for one in found.sums:
        if one.layer == layer:
            yield f"let {one.target.name} = {sum_text(one)}"
    rules = [rule for rule in found.rules if rule.layer == layer]
    for group in found.groups:  # what never changes is written in its place, but for the output
        if group.spots[0][0] == layer and group.constant is not None and group is found.output:
            yield f"var {group.name} = {source_text(group.named[group.constant])}"
    asked = {found.by_spot[spot] for spot in found.tests.values()}
    for total in found.number_sums.values():
        if total.target in asked:
            continue
        if total.layer == layer and total.target.spots[0][0] == STATE:
            yield f"{total.target.name} := {total_text(total)}"
        elif total.layer == layer:
            yield f"var {total.target.name}: number = {total_text(total)}"
    for group, kept in found.kept.items():
        if group.spots[0][0] == layer:
            yield f"var {kept.name}: {kept.domain} = {group.mapped(kept.named)}"
    for group in found.introduced(layer):
        yield f"var {group.name}: {group.domain} = {introduced_text(group, rules)}"
    for group in found.state:
        yield from assignment(group, rules)


def sum_text(one: Sum) -> str:
    """The sum without its constant part."""
    pieces = []
    for group, weights in one.terms:
        line = straight(group, weights)
        if line is None:
            pieces.append(f"+ ({group.mapped(weights)})")
            continue
        factor, _ = line
        if factor:
            sign = "-" if factor < 0 else "+"
            pieces.append(f"{sign} {group.name}" if abs(factor) == 1 else f"{sign} {abs(factor)} * {group.name}")
    text = " ".join(sorted(pieces, key=lambda piece: piece[0] == "-")) or "0"
    return text.removeprefix("+ ").replace("- ", "-", 1) if text[0] == "-" else text.removeprefix("+ ")


def number_line(found: Recovered, group: Group) -> str:
    """The declaration of a variable that is a number."""
    dimension = group.spots[0][1]
    by = "token" if not len(found.weights.positions) or found.weights.tokens[:, dimension].any() else "position"
    table = found.weights.tokens if by == "token" else found.weights.positions
    values: list[Value] = [number(exact(one)) for one in table[:, dimension].tolist()]
    symbols: Sequence[Value] = found.vocabulary if by == "token" else range(len(values))
    return f"var {group.name}: number = {Group((), list(symbols), by).mapped(values)}"


def total_text(total: NumberSum) -> str:
    """A sum of numbers, and of amounts under conditions that exclude each other."""
    factors: dict[Group, Fraction] = {}
    for group, factor in total.terms:
        factors[group] = factors.get(group, Fraction(0)) + factor
    text = ""
    for group, factor in factors.items():
        if not factor:
            continue
        text += (" - " if factor < 0 else " + ") if text else ("-" if factor < 0 else "")
        text += group.name if abs(factor) == 1 else f"{source_text(number(abs(factor)))} * {group.name}"
    if total.base:
        text += f"{' - ' if total.base < 0 else ' + '}{number(abs(total.base))}" if text else str(number(total.base))
    if not total.amounts:
        return text or "0"
    return f"{text} + ({amount_text(total)})" if text else amount_text(total)


def asked_text(found: Recovered, spot: Spot) -> str:
    """The number of which something is asked."""
    group = found.by_spot[spot]
    if group.constant is not None:
        return "1"
    total = found.number_sums.get((spot[0], group))
    if total is None:
        return group.name
    text = total_text(total)
    return text if text.isidentifier() else f"({text})"


def amount_text(total: NumberSum) -> str:
    sources = {condition.parts[0][0] if len(condition.parts) == 1 else None for condition, _ in total.amounts}
    (source, *others) = sources
    if source is not None and not others:  # a function of one variable
        amounts: list[Value] = [0] * len(source.spots)
        for condition, amount in total.amounts:
            for place in condition.parts[0][1]:
                amounts[place] = number(amount)
        return source.mapped(amounts)
    cases = [(source_text(number(amount)), condition_text(condition)) for condition, amount in total.amounts]
    return cases[0][0] if cases[0][1] == ALWAYS else choice([*cases, ("0", ALWAYS)])


def cases_of(group: Group, rules: Sequence[FoundRule]) -> dict[int, list[str]]:
    """For each value that rules give to a variable the conditions under which they do."""
    cases: dict[int, list[str]] = {}
    for rule in rules:
        for target, place in rule.adds:
            if target is group:
                cases.setdefault(place, []).append(condition_text(rule.condition))
    return cases


def copy_text(group: Group, rules: Sequence[FoundRule]) -> str | None:
    """What a variable becomes, if that is a function of one other variable in all cases.

    A value of a sum for which no rule says anything never occurs.
    """
    here = [rule for rule in rules if any(target is group for target, _ in rule.adds)]
    if any(len(rule.condition.parts) != 1 or rule.condition.least != 1 for rule in here):
        return None
    sources = {rule.condition.parts[0][0] for rule in here}
    if len(sources) != 1:
        return None
    (source,) = sources
    places: dict[int, int] = {}
    for rule in here:
        for target, place in rule.adds:
            if target is group:
                places |= dict.fromkeys(rule.condition.parts[0][1], place)
    if source.cuts:
        places = filled(source, places)
    if len(places) != len(source.spots):
        return None
    return source.mapped([group.named[places[place]] for place in range(len(source.spots))])


def introduced_text(group: Group, rules: Sequence[FoundRule]) -> str:
    copy = copy_text(group, rules)
    if copy is not None:
        return copy
    tree = decided(group, rules)
    if tree is not None:
        return tree
    cases = {place: any_of(conditions) for place, conditions in cases_of(group, rules).items()}
    ordered = sorted(cases, key=lambda place: len(cases[place]))
    if not ordered:  # in a layer that no run reaches
        return source_text(group.named[0])
    if set(ordered) == {0, 1} and group.domain == BOOL and len(group.spots) == 2:
        shortest = ordered[0]
        return cases[shortest] if group.named[shortest] else f"not ({cases[shortest]})"
    return choice([(source_text(group.named[place]), cases[place]) for place in ordered])


def assignment(group: Group, rules: Sequence[FoundRule]) -> Iterator[str]:
    cases = {place: any_of(conditions) for place, conditions in sorted(cases_of(group, rules).items())}
    cases = {place: condition for place, condition in cases.items() if condition != NEVER}
    for count, (place, condition) in enumerate(cases.items()):
        if condition == ALWAYS:
            if len(cases) > 1:
                raise Undecided("a variable gets two values at once")
            yield f"{group.name} := {source_text(group.named[place])}"
        else:
            yield f"{'elif' if count else 'if'} {condition}:"
            yield f"    {group.name} := {source_text(group.named[place])}"
