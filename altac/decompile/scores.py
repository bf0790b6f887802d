"""A score from the unembedding: tables of what values add to labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from altac.decompile.recovered import Recovered
from altac.decompile.weights import Undecided
from altac.ir.interface import Interface
from altac.ir.values import Value, number, source_text

Worth = defaultdict[int, float]  # of a value for the labels


def score_lines(found: Recovered, interface: Interface) -> Iterator[str]:
    """The declaration of the score.

    Raises:
        Undecided: if it reads something else than values.
    """
    scoring = interface.scoring
    assert scoring is not None
    unembedding, end = found.weights.unembedding, len(found.weights.layers)
    labels, denominator = interface.domain.values, scoring.denominator
    constants: Worth = defaultdict(float, enumerate(unembedding.bias.tolist()))
    tables: dict[str, dict[str, Worth]] = {}  # for each expression and each value of it what labels get

    def add(name: str, values: Sequence[Value], label: int, weights: Sequence[float]) -> None:
        table = tables.setdefault(name, {})
        for value, weight in zip(values, weights, strict=True):
            table.setdefault(source_text(value), defaultdict(float))[label] += weight

    for label, unit in enumerate(unembedding.weight):
        for group, weights in found.split(unit, end).items():
            if found.is_evidence(group):
                evidence = found.weights.tokens[:, group.spots[0][1]] * weights[0]
                add("token", interface.vocabulary.values, label, evidence.tolist())
            elif group.is_number:
                raise Undecided("a score reads a number")
            elif group.constant is not None:
                constants[label] += weights[group.constant]
            else:
                places: list[Value] = list(range(len(group.spots)))
                name = group.mapped(places) if group.cuts else group.name
                add(name, places if group.cuts else group.named, label, weights.tolist())

    def worth(amounts: Worth) -> str:
        found = [(labels[label], Fraction(round(weight), denominator)) for label, weight in sorted(amounts.items())]
        return ", ".join(f"{source_text(label)}: {number(amount)}" for label, amount in found if amount)

    terms = []
    for place, (name, table) in enumerate(tables.items(), 1):
        rows = ", ".join(f"{value}: {{{worth(amounts)}}}" for value, amounts in table.items() if worth(amounts))
        yield f"const TABLE{place} = {{{rows}}}"
        terms.append(f"TABLE{place}[{name}]")
    if worth(constants) or not terms:
        terms.append(f"{{{worth(constants)}}}")
    temperature = "" if scoring.temperature == 1 else f" temperature {number(scoring.temperature)}"
    yield f"score {interface.variable}: {interface.domain} = {' + '.join(terms)}{temperature}"
