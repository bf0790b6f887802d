"""Names in labels such as `B-LOC I-LOC O`, and how many are found, as CoNLL counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Entity = tuple[str, int, int]  # what it is, its first position, and the one behind it


def entities(labels: Sequence[str]) -> set[Entity]:
    """The names in a text: `B-` begins one, and so does `I-` where no name of its kind goes on."""
    found: set[Entity] = set()
    kind, start = "", 0
    for at, label in enumerate([*labels, "O"]):
        mark, _, this = label.partition("-")
        if kind and (mark != "I" or this != kind):
            found.add((kind, start, at))
            kind = ""
        if this and not kind:
            kind, start = this, at
    return found


def f1(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """The harmonic mean of precision and recall, over labels that were given and that are right."""
    both = given = wanted = 0
    for labels, right in pairs:
        found, all_ = entities(labels), entities(right)
        both, given, wanted = both + len(found & all_), given + len(found), wanted + len(all_)
    return 2 * both / (given + wanted) if given + wanted else 0.0
