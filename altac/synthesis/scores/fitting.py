"""From a choice to whole numbers: columns of features, weights, and what is kept of them.

A program has bounds that a regression has not. Two words that count together need a step that looks at all values of
the two, and what a head brings needs a dimension for each value. So of such features only the most telling values are
kept, and the regression is repeated with those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from math import prod
from operator import itemgetter

import numpy as np

from altac.ir.unknown import shape
from altac.ir.values import Domain
from altac.synthesis.examples import Examples
from altac.synthesis.scores.features import BASE, Feature, Key
from altac.synthesis.scores.lexicon import Lexicon
from altac.synthesis.scores.model import SCALE, ScoreModel, texts_of
from altac.synthesis.scores.regression import ENOUGH, Bags, Floats, Ints, regress

MOST_STEPS = 2_700_000  # of the checker's proofs, of the 3,000,000 that it takes
LOOKUP, READ, COMBINATION = 1.1, 2.3, 14  # steps for an attribute of a word, for one that heads read, and for a pair
LEAST_COMBINATIONS, MOST_COMBINATIONS = 5_000, 120_000  # of one pair, and of all
MOST_CELLS = 120_000_000  # of the embedding: words times dimensions for what heads bring
MOST_VALUES = 2_000  # of one feature
MARKS = 2  # values that are none of the examples: others, and the edge
MOST_WORDS = 50_000
MOST_SHAPES, LEAST_OF_SHAPE = 60, 3  # of unknown words, and words of examples that have one
LEAST_PAIR = 2  # occurrences of a pair that can be learned from


Weights = Mapping[Feature, tuple[tuple[Key, ...], Floats]]  # for each key a row of numbers for labels


@dataclass(frozen=True)
class Choice:
    """What is chosen on validation data.

    Attributes:
        least: occurrences from which a word is known.
        penalty: of large weights.
        threshold: the difference between the labels of a row, as a logarithm, up to which it is left out.
    """

    features: tuple[Feature, ...]
    least: int = 1
    penalty: float = 0.3
    threshold: float = 0.0


@dataclass(frozen=True)
class Column:
    """The values of one feature in all examples."""

    keys: tuple[Key, ...]  # that occur
    found: Ints  # at each position, the index of its key


@dataclass(frozen=True, eq=False)
class Corpus:
    """Examples of labels, as words that a program knows.

    Attributes:
        labels: in the order in which a program compares them.
    """

    examples: Examples
    lexicon: Lexicon
    labels: tuple[str, ...]
    _columns: dict[Feature, Column] = field(default_factory=dict)

    @property
    def is_pooled(self) -> bool:
        return self.examples.shape == "one"

    @cached_property
    def words(self) -> list[list[str]]:
        return [[self.lexicon.read(symbol) for symbol in text] for text in texts_of(self.examples.inputs)]

    @cached_property
    def answers(self) -> Ints:
        """The index of the label of every row."""
        known = {label: at for at, label in enumerate(self.labels)}
        outputs = texts_of(self.examples.outputs)
        return np.array([known.get(label, -1) for output in outputs for label in output], np.int64)

    @cached_property
    def rows(self) -> Ints:
        """The row that each position belongs to."""
        lengths = [len(text) for text in self.words]
        return np.repeat(np.arange(len(lengths)), lengths) if self.is_pooled else np.arange(sum(lengths))

    def column(self, feature: Feature) -> Column:
        if feature not in self._columns:
            indices: dict[Key, int] = {}
            found = [
                indices.setdefault(key, len(indices)) for text in self.words for key in feature.keys(self.lexicon, text)
            ]
            self._columns[feature] = Column(tuple(indices), np.array(found, np.int64))
        return self._columns[feature]

    def bags(self, keys: Mapping[Feature, Sequence[Key]]) -> Bags:
        """The keys of features as columns, in their order; others are left out."""
        rows, columns, width = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
        for feature, some in keys.items():
            places = {key: width + at for at, key in enumerate(some)}
            column = self.column(feature)
            found = np.array([places.get(key, -1) for key in column.keys], np.int64)[column.found]
            rows.append(self.rows[found >= 0])
            columns.append(found[found >= 0])
            width += len(some)
        return Bags(np.concatenate(rows), np.concatenate(columns), len(self.answers), width)


@dataclass(frozen=True, eq=False)
class Fit:
    """Weights of features, (keys, labels) each, before they are rounded."""

    corpus: Corpus
    weights: Weights

    def without(self, threshold: float, penalty: float, enough: float = ENOUGH) -> Fit:
        """Without the keys whose labels differ by no more than the threshold, the others fitted again."""
        kept = {
            feature: np.flatnonzero(np.ptp(weights, axis=1) > threshold)
            for feature, (_, weights) in self.weights.items()
        }
        return Fit(self.corpus, _refitted(self.corpus, self.weights, kept, penalty, enough))

    def model(self) -> ScoreModel:
        """What is left after rounding, without the rows that make no difference between labels."""
        features = {}
        for feature, (keys, weights) in self.weights.items():
            rows = map(plainest, np.rint(weights * SCALE).astype(int).tolist())
            features[feature] = {key: row for key, row in zip(keys, rows, strict=True) if any(row)}
        corpus = self.corpus
        return ScoreModel(corpus.lexicon, corpus.labels, features, corpus.is_pooled)


def plainest(row: list[int]) -> tuple[int, ...]:
    """The same differences between labels, with as many zeros as possible."""
    zero = min(Counter(row).items(), key=lambda item: (-item[1], abs(item[0]), item[0]))[0]
    return tuple(number - zero for number in row)


def lexicon_of(examples: Examples, least: int, classes: Mapping[str, Mapping[str, str]]) -> Lexicon:
    """The most frequent words, if they occur often enough, and then those that have classes, in their order."""
    counts = Counter(word for text in texts_of(examples.inputs) for word in text)
    often = [word for word, number in counts.most_common() if number >= least] or list(counts)
    known = dict.fromkeys(word for words in (often, *classes.values()) for word in words)
    shapes = Counter(map(shape, counts)).most_common(MOST_SHAPES)
    told = frozenset(one for one, number in shapes if number >= LEAST_OF_SHAPE)
    return Lexicon(frozenset(islice(known, MOST_WORDS)), classes, told)


def has_room(features: Sequence[Feature], lexicon: Lexicon) -> bool:
    """Whether the checker can prove a program with such features."""
    return room_for_pairs(features, lexicon) >= LEAST_COMBINATIONS * sum(feature.is_pair for feature in features)


def room_for_pairs(features: Sequence[Feature], lexicon: Lexicon) -> int:
    """The combinations of values that pairs can have, besides the attributes that are looked up for every word."""
    read = {reading.attribute for feature in features if feature.is_bounded for reading in feature.readings}
    looked_up = sum(not feature.is_bounded for feature in features if feature != BASE)
    steps = (LOOKUP * looked_up + READ * len(read)) * len(lexicon.words)
    return int((MOST_STEPS - steps) // COMBINATION)


def corpus_of(examples: Examples, least: int, classes: Mapping[str, Mapping[str, str]]) -> Corpus:
    labels = Domain.of(label for output in texts_of(examples.outputs) for label in output)
    return Corpus(examples, lexicon_of(examples, least, classes), tuple(map(str, labels.values)))


def fit(
    corpus: Corpus,
    features: Sequence[Feature],
    penalty: float,
    start: Fit | None = None,
    enough: float = ENOUGH,
) -> Fit:
    """Weights of features, within the bounds of a program.

    Args:
        start: what the search begins from, of any labels; the nearer it is, the faster this is.
        enough: the relative decrease at which it ends.
    """
    keys = {feature: _learnable(corpus, feature) for feature in features}
    begun = {one: _begun(some, one, start, corpus) for one, some in keys.items()}
    weights = _fitted(corpus, begun, penalty, enough)
    if any(feature.is_bounded for feature in features):
        most = min(MOST_COMBINATIONS, room_for_pairs(features, corpus.lexicon))
        combinations = _shared(most, [_combinations(keys[feature]) for feature in features if feature.is_pair])
        width = MOST_CELLS // max(1, len(corpus.lexicon.words)) - MARKS * sum(len(one.readings) + 1 for one in features)
        kept = _most_telling(weights, Room(width, combinations))
        if any(len(kept[feature]) < len(some) for feature, some in keys.items()):
            weights = _refitted(corpus, weights, kept, penalty, enough)
    return Fit(corpus, weights)


def _combinations(keys: Sequence[Key]) -> int:
    """How many combinations a pair has, of all its values, of others, and of the edge."""
    return (len({left for left, _ in keys}) + 2) * (len({right for _, right in keys}) + 2)


def _shared(most: int, wanted: Sequence[int]) -> int:
    """The greatest share of each, if those that want less leave the rest to the others."""
    share = most
    for number, one in enumerate(sorted(wanted)):
        share = most // (len(wanted) - number)
        if one > share:
            break
        most -= one
    return share


def _begun(
    keys: tuple[Key, ...], feature: Feature, start: Fit | None, corpus: Corpus
) -> tuple[tuple[Key, ...], Floats]:
    """Weights of keys from a start, and nothing for those, and for labels, that it does not have."""
    found = np.zeros((len(keys), len(corpus.labels)))
    if start is not None and feature in start.weights:
        known, weights = start.weights[feature]
        rows, there = _both(keys, known)
        columns, those = _both(corpus.labels, start.corpus.labels)
        found[np.ix_(rows, columns)] = weights[np.ix_(there, those)]
    return keys, found


def _both(here: Sequence[Hashable], there: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """The places of what two sequences share, in each of them."""
    places = {one: at for at, one in enumerate(here)}
    shared = [(places[one], at) for at, one in enumerate(there) if one in places]
    return [at for at, _ in shared], [at for _, at in shared]


def learned(corpus: Corpus, choice: Choice, start: Fit | None = None) -> ScoreModel:
    """What a choice makes of examples."""
    return fit(corpus, choice.features, choice.penalty, start).without(choice.threshold, choice.penalty).model()


def _learnable(corpus: Corpus, feature: Feature) -> tuple[Key, ...]:
    column = corpus.column(feature)
    if not feature.is_pair:
        return column.keys
    counts = np.bincount(column.found, minlength=len(column.keys))
    return tuple(key for key, number in zip(column.keys, counts, strict=True) if number >= LEAST_PAIR)


def _fitted(corpus: Corpus, start: Weights, penalty: float, enough: float) -> Weights:
    """Weights that are found from others."""
    bags = corpus.bags({feature: keys for feature, (keys, _) in start.items()})
    begin = np.concatenate([weights for _, weights in start.values()])
    found = regress(bags, corpus.answers, penalty, begin, enough)
    ends = np.cumsum([len(keys) for keys, _ in start.values()])[:-1]
    return {
        feature: (keys, weights)
        for (feature, (keys, _)), weights in zip(start.items(), np.split(found, ends), strict=True)
    }


def _refitted(corpus: Corpus, weights: Weights, kept: Mapping[Feature, Ints], penalty: float, enough: float) -> Weights:
    """Weights of some of the keys, fitted again."""
    start = {
        feature: (tuple(keys[at] for at in kept[feature].tolist()), some[kept[feature]])
        for feature, (keys, some) in weights.items()
    }
    return _fitted(corpus, start, penalty, enough)


@dataclass
class Room:
    """What bounded features take of a program, as their values are added one by one.

    Attributes:
        width: of the stream that is left: for values where they are read and where heads bring them, and for pairs.
        combinations: of values of one pair at most.
    """

    width: int
    combinations: int
    _taken: dict[tuple[Feature, int], set[str]] = field(default_factory=dict)
    _at_word: dict[str, set[str]] = field(default_factory=dict)

    def take(self, feature: Feature, key: Key) -> bool:
        """Whether there is room for a key, which then is taken."""
        if not feature.is_bounded:
            return True
        sides = [self._taken.setdefault((feature, at), set()) for at in range(len(key))]
        words = [self._at_word.setdefault(reading.attribute, set()) for reading in feature.readings]
        wider = [len(side | {value}) + 2 for side, value in zip(sides, key, strict=True)]  # others, and the edge
        dimensions = feature.is_pair + sum(
            value not in known for known, value in zip([*sides, *words], key * 2, strict=True)
        )
        if dimensions > self.width or max(wider) > MOST_VALUES or (feature.is_pair and prod(wider) > self.combinations):
            return False
        self.width -= dimensions
        for known, value in zip([*sides, *words], key * 2, strict=True):
            known.add(value)
        return True


def _most_telling(weights: Weights, room: Room) -> dict[Feature, Ints]:
    """The places of the keys of each feature whose labels differ most, of all that there is room for."""
    ranked = [
        (difference, feature, at)
        for feature, (_, rows) in weights.items()
        for at, difference in enumerate(np.ptp(rows, axis=1).tolist())
    ]
    kept: dict[Feature, list[int]] = {feature: [] for feature in weights}
    for _, feature, at in sorted(ranked, key=itemgetter(0), reverse=True):
        if room.take(feature, weights[feature][0][at]):
            kept[feature].append(at)
    return {feature: np.array(sorted(places), np.int64) for feature, places in kept.items()}
