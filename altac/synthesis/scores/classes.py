"""Classes of words that are known otherwise: from a file, or fitted to vectors of the words of the examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from altac.diagnostics import AltacError
from altac.diagnostics.class_errors import BadClasses, NoClass, NoClasses, NoVector, OtherColumns, WordTwice
from altac.diagnostics.words import counted
from altac.ir.unknown import shape
from altac.synthesis.examples import Examples
from altac.synthesis.reading import text_at
from altac.synthesis.scores.model import texts_of
from altac.synthesis.scores.roles import expected

Vectors = NDArray[np.float32]
Classes = Mapping[str, Mapping[str, str]]  # by the names of attributes, tables from words to classes

SIZES = (64, 400)  # classes of each kind
ROLES = 40  # classes of words whose labels are alike
LEAST_WORDS = 4  # in a class, on average
MOST_COLUMNS = 7  # of classes; more are those of a vector
MOST_FORMS = 100_000  # of words beyond the examples that have classes
ROUNDS = 12


@dataclass(frozen=True, eq=False)
class WordFile:
    """What a file says of words, in its order: frequent ones first, as a rule.

    Attributes:
        columns: classes of each word by the names of attributes; empty if there are vectors.
        vectors: (words, dimensions) of length 1, or None.
    """

    words: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    vectors: Vectors | None = None

    def classes(self, examples: Examples, seed: int) -> Classes:
        """Tables of the words of examples, and after them of the other words of the file.

        If no word of the file has a capital letter, it speaks of words in all forms. Classes of vectors are fitted to
        the words of these examples alone, and to their labels, if each has one; other words get the nearest.
        """
        row = {word: at for at, word in reversed(list(enumerate(self.words)))}
        counts = Counter(word for text in texts_of(examples.inputs) for word in text)
        small = all(word == word.lower() for word in islice(self.words, MOST_FORMS))
        places = {word: row[name] for word in counts if (name := word.lower() if small else word) in row}
        columns = self.columns
        if self.vectors is not None:
            fitted = self.vectors[sorted(set(places.values()))]
            sizes = [size for size in SIZES if size * LEAST_WORDS <= len(fitted)] or [
                max(1, len(fitted) // LEAST_WORDS)
            ]
            columns = {
                f"kind{size}": nearest(self.vectors, centres(fitted, size, seed)) for size in sizes if len(fitted)
            }
        others = forms(self.words, rare(examples)) if small else iter(self.words)
        for word in islice(others, MOST_FORMS):
            places.setdefault(word, row[word.lower() if small else word])
        found: dict[str, Mapping[str, str]] = {
            name: {word: column[at] for word, at in places.items()} for name, column in columns.items()
        }
        if self.vectors is not None and examples.shape == "each" and not counts.keys().isdisjoint(places):
            found["role"] = roles(list(places), self.vectors[list(places.values())], examples, seed)
        return found


def roles(words: Sequence[str], vectors: Vectors, examples: Examples, seed: int) -> Mapping[str, str]:
    """For each word its class of those whose labels are alike."""
    labels = labels_of(examples)
    likely = np.sqrt(expected(words, vectors, labels, seed)).astype(np.float32)  # of length 1
    fitted = likely[[at for at, word in enumerate(words) if word in labels]]
    found = centres(fitted, max(1, min(ROLES, len(fitted) // LEAST_WORDS)), seed)
    return dict(zip(words, nearest(likely, found), strict=True))


def labels_of(examples: Examples) -> Mapping[str, Counter[str]]:
    """How often each word has which label."""
    found: dict[str, Counter[str]] = {}
    for text, output in zip(texts_of(examples.inputs), texts_of(examples.outputs), strict=True):
        for word, label in zip(text, output, strict=True):
            found.setdefault(word, Counter())[label] += 1
    return found


def rare(examples: Examples) -> list[str]:
    """Words that occur once, and if words have labels, those of them that their shape tells wrongly."""
    texts = texts_of(examples.inputs)
    counts = Counter(word for text in texts for word in text)
    once = [word for word, number in counts.items() if number == 1]
    if examples.shape == "one":
        return once
    labels = {word: found.most_common(1)[0][0] for word, found in labels_of(examples).items()}
    told: dict[str, Counter[str]] = {}
    for word in once:
        told.setdefault(shape(word), Counter())[labels[word]] += 1
    return [word for word in once if labels[word] != told[shape(word)].most_common(1)[0][0]] or once


def forms(words: Sequence[str], once: Sequence[str]) -> Iterator[str]:
    """Words as they are, with a capital, and in capitals: each form as often as among some rare words."""
    kinds = (str.lower, str.capitalize, str.upper)
    counts = [sum(word == kind(word) for word in once) for kind in kinds]
    most = max(1, *counts)
    shares = [count / most for count in counts]
    for at in range(len(words)):
        for kind, share in zip(kinds, shares, strict=True):
            if int((at + 1) * share) > (reached := int(at * share)):
                yield kind(words[reached])


def centres(vectors: Vectors, size: int, seed: int) -> Vectors:
    """Directions around which vectors of length 1 lie, by k-means (Dhillon and Modha, 2001)."""
    generator = np.random.default_rng(seed)
    found = vectors[generator.choice(len(vectors), size, replace=False)]
    for _ in range(ROUNDS):
        of = (vectors @ found.T).argmax(axis=1)
        sums = np.zeros_like(found)
        np.add.at(sums, of, vectors)
        some = np.bincount(of, minlength=size) > 0
        found[some] = sums[some] / (np.linalg.norm(sums[some], axis=1, keepdims=True) + 1e-9)
    return found


def nearest(vectors: Vectors, found: Vectors) -> Sequence[str]:
    """The name of the class of each vector."""
    return [f"k{at}" for part in np.array_split(vectors, 64) for at in (part @ found.T).argmax(axis=1).tolist()]


def of_length_one(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return scaled


# Files -----------------------------------------------------------------------------------------------------------


def read_word_file(path: Path) -> WordFile:
    """Lines of a word and its classes, at most seven, or of a word and the numbers of its vector.

    Raises:
        AltacError: if the file cannot be read, or at the first line that is not as all others.
    """
    name = str(path)
    rows = [(at, parts) for at, line in enumerate(text_at(path, name).split("\n"), 1) if (parts := line.split())]
    if len(rows) > 1 and len(rows[0][1]) == 2 != len(rows[1][1]) and all(map(str.isdecimal, rows[0][1])):
        del rows[0]  # how many words there are, and how many numbers of each
    if not rows:
        raise AltacError([NoClasses(None, name)])
    seen: dict[str, int] = {}
    for at, (word, *columns) in rows:
        problem = _problem(word, len(columns), len(rows[0][1]) - 1, seen.get(word))
        if problem is not None:
            raise AltacError([problem.in_line(f"{name}:{at}")])
        seen[word] = at
    numbers = [parts[1:] for _, parts in rows]
    if len(numbers[0]) > MOST_COLUMNS:
        return WordFile(list(seen), {}, of_length_one(_vectors(rows, name)))
    names = [f"class{at}" for at in range(1, len(numbers[0]) + 1)] if len(numbers[0]) > 1 else ["class"]
    return WordFile(list(seen), dict(zip(names, zip(*numbers, strict=True), strict=True)))


def _problem(word: str, columns: int, wanted: int, first: int | None) -> BadClasses | None:
    """What is wrong with a line."""
    if not columns:
        return NoClass(None, word)
    if columns != wanted:
        return OtherColumns(None, counted(columns, "column"), wanted)
    return None if first is None else WordTwice(None, word, first)


def _vectors(rows: Sequence[tuple[int, list[str]]], name: str) -> Vectors:
    found = np.empty((len(rows), len(rows[0][1]) - 1), np.float32)
    for at, (line, (word, *numbers)) in enumerate(rows):
        try:
            found[at] = np.array(numbers, np.float32)
        except ValueError:
            found[at] = np.nan
        if not np.isfinite(found[at]).all():
            raise AltacError([NoVector(None, word, len(numbers), MOST_COLUMNS).in_line(f"{name}:{line}")])
    return found
