"""The choice of what a program reads: what answers validation data best, and of as good ones the smallest."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np

from altac.synthesis.engine import Progress
from altac.synthesis.examples import Examples
from altac.synthesis.scores.features import BASE, candidates
from altac.synthesis.scores.fitting import Choice, Corpus, corpus_of, fit, has_room, lexicon_of
from altac.synthesis.scores.model import ScoreModel
from altac.synthesis.scores.regression import Floats, Ints

Classes = Mapping[str, Mapping[str, str]]

MOST_ROWS = 20_000  # on which features are compared
LEAST = (1, 2)
PENALTIES = (0.1, 0.3, 1.0, 3.0)
THRESHOLDS = (2.0, 1.5, 1.0, 0.75, 0.5, 0.25, 0.125)
LOSS = 0.0005  # the share of right answers that may be lost for fewer rows
GAIN = 0.001  # in the mean logarithm of the probability of the answer, for which a feature is worth its heads and rules


class Chooser:
    """Compares choices on validation data.

    Features and the penalty are compared by how likely they make the answers: less noisy than how many are right.
    """

    def __init__(self, train: Examples, validation: Examples, classes: Classes, seed: int, end: float) -> None:
        self.train, self.classes, self.end = train, classes, end
        self.validation = validation if len(validation) else train  # a few texts over and over leave none
        self.sample = some_of(train, seed)
        self._corpora: dict[int, tuple[Corpus, Corpus]] = {}

    def likelihood(self, choice: Choice) -> float:
        """The mean logarithm of the probability of a right answer, if only a sample is learned from."""
        if choice.least not in self._corpora:
            corpus = corpus_of(self.sample, choice.least, self.classes)
            self._corpora[choice.least] = corpus, replace(corpus, examples=self.validation, _columns={})
        known, asked = self._corpora[choice.least]
        found = fit(known, choice.features, choice.penalty).weights
        bags = asked.bags({feature: keys for feature, (keys, _) in found.items()})
        return likelihood(bags.times(np.concatenate([weights for _, weights in found.values()])), asked.answers)

    def best(self, tried: Sequence[Choice]) -> tuple[Choice, float]:
        return max(((one, self.likelihood(one)) for one in tried), key=itemgetter(1))

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.end

    def choice(self) -> Generator[Progress, None, Choice]:
        """Features in the order of what each adds to the words alone, those that add to what those before it know.

        Those that the others make up for are left out again.
        """
        words, told = self.best([Choice((BASE,), least) for least in LEAST])
        known = lexicon_of(self.train + self.validation, words.least, self.classes)
        alone = []
        for feature in candidates(self.train.shape, tuple(self.classes)):
            if has_room([feature], known) and not self.is_late:
                gain = self.likelihood(replace(words, features=(BASE, feature))) - told
                alone.append((gain, feature))
                yield Progress(f"{feature.name} beside the words: {gain:+.4f}")
        chosen = words
        for gain, feature in sorted(alone, key=itemgetter(0), reverse=True):
            more = replace(chosen, features=(*chosen.features, feature))
            if gain <= GAIN or self.is_late or not has_room(more.features, known):
                continue
            if (found := self.likelihood(more)) > told + GAIN:
                chosen, told = more, found
                yield Progress(f"{feature.name} is kept: {told:.4f}")
        for feature in chosen.features:
            fewer = replace(chosen, features=tuple(one for one in chosen.features if one != feature))
            if fewer.features and not self.is_late and self.likelihood(fewer) > told - GAIN:
                chosen = fewer
                yield Progress(f"{feature.name} is not needed any more")
        if not self.is_late:
            chosen, _ = self.best([replace(chosen, penalty=penalty) for penalty in PENALTIES])
        return (yield from self.smallest(chosen))

    def smallest(self, choice: Choice) -> Generator[Progress, None, Choice]:
        """The fewest rows that answer about as many examples rightly."""
        full = fit(corpus_of(self.train, choice.least, self.classes), choice.features, choice.penalty)
        every = self.right(full.model())
        for threshold in THRESHOLDS:
            if self.is_late:
                break
            right = self.right(full.without(threshold, choice.penalty).model())
            yield Progress(f"without differences up to {threshold}: {right:,} right, with all {every:,}")
            if right >= every * (1 - LOSS):
                return replace(choice, threshold=threshold)
        return choice

    def right(self, model: ScoreModel) -> int:
        return model.right(self.validation)[0]


def some_of(examples: Examples, seed: int) -> Examples:
    """As many texts, drawn by the seed, as have a number of labels that is fast to learn from."""
    places = list(range(len(examples)))
    random.Random(seed).shuffle(places)
    taken, rows = [], 0
    for place in places:
        rows += len(examples.outputs[place])
        if rows > MOST_ROWS:
            break
        taken.append(place)
    return examples.take(sorted(taken))


def likelihood(scores: Floats, answers: Ints) -> float:
    """The mean logarithm of the probability of an answer."""
    scores = scores - scores.max(axis=1, keepdims=True)
    told = answers >= 0
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return float(np.where(told, scores[np.arange(len(answers)), answers], np.log(1e-9)).mean())
