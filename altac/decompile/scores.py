"""A score from the unembedding: tables of what values add to labels."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from altac.decompile.recovered import Recovered
from altac.decompile.weights import Undecided
from altac.ir.interface import Interface
from altac.ir.values import Value, number, source_text


def score_lines(found: Recovered, interface: Interface) -> Iterator[str]:
    """The declaration of the score.

    Raises:
        Undecided: if it reads something else than values.
    """
    scoring = interface.scoring
    assert scoring is not None
    unembedding, end = found.weights.unembedding, len(found.weights.layers)
    constants = unembedding.bias.copy()
    tables: dict[str, dict[str, str]] = {}
    for row, unit in enumerate(unembedding.weight):
        for group, weights in found.split(unit, end).items():
            if found.is_evidence(group):
                rows = (found.weights.tokens[:, group.spots[0][1]] * weights[0]).tolist()
                table = tables.setdefault("token", {})
                for value, weight in zip(interface.vocabulary.values, rows, strict=True):
                    if weight:
                        table.setdefault(source_text(value), "")
                        table[source_text(value)] += entry(interface.domain.values[row], weight, scoring.denominator)
                continue
            if group.is_number:
                raise Undecided("a score reads a number")
            if group.constant is not None:
                constants[row] += weights[group.constant]
                continue
            places: list[Value] = list(range(len(group.spots)))
            table = tables.setdefault(group.mapped(places) if group.cuts else group.name, {})
            for value, weight in zip(places if group.cuts else group.named, weights.tolist(), strict=True):
                if weight:
                    table.setdefault(source_text(value), "")
                    table[source_text(value)] += entry(interface.domain.values[row], weight, scoring.denominator)
    terms = []
    for place, (name, table) in enumerate(tables.items(), 1):
        rows = ", ".join(f"{value}: {{{row.removesuffix(', ')}}}" for value, row in table.items())
        yield f"const TABLE{place} = {{{rows}}}"
        terms.append(f"TABLE{place}[{name}]")
    constant = "".join(
        entry(interface.domain.values[row], weight, scoring.denominator)
        for row, weight in enumerate(constants.tolist())
        if weight
    )
    if constant or not terms:
        terms.append(f"{{{constant.removesuffix(', ')}}}")
    temperature = "" if scoring.temperature == 1 else f" temperature {number(scoring.temperature)}"
    yield f"score {interface.variable}: {interface.domain} = {' + '.join(terms)}{temperature}"


def entry(label: Value, weight: float, denominator: int) -> str:
    return f"{source_text(label)}: {number(Fraction(round(weight), denominator))}, "
