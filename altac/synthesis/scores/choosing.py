"""The choice of what a program reads: what answers validation data best, and of as good ones the smallest."""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np

from altac.synthesis.engine import Progress, Settings
from altac.synthesis.examples import Examples
from altac.synthesis.scores.classes import Classes
from altac.synthesis.scores.features import BASE, Feature, candidates
from altac.synthesis.scores.fitting import Choice, Corpus, Fit, corpus_of, fit, has_room, lexicon_of
from altac.synthesis.scores.lexicon import Lexicon
from altac.synthesis.scores.model import ScoreModel
from altac.synthesis.scores.regression import ROUGH, Floats, Ints

MOST_ROWS = 20_000  # on which features are compared
LEAST = (1, 2)
PASSES = 2  # of more features and fewer: what is left out makes room
PENALTIES = (0.1, 0.3, 1.0, 3.0)
THRESHOLDS = (2.0, 1.5, 1.0, 0.75, 0.5, 0.25, 0.125)
LOSS = 0.0005  # the share of right answers that may be lost for fewer rows
# in the mean logarithm of the probability of the answer: for what a feature is worth its heads and rules
LEAST_GAIN, MOST_GAIN, WHOLE_GAIN = 0.0003, 0.001, 10.0  # the last of all answers together, within the others


class Chooser:
    """Compares choices on validation data.

    Features and the penalty are compared by how likely they make the answers: less noisy than how many are right.
    """

    def __init__(self, train: Examples, validation: Examples, classes: Classes, settings: Settings) -> None:
        self.train, self.classes, self.clock = train, classes, settings.clock
        self.end = self.clock() + settings.seconds
        # until then features are tried alone: the rest is for what they add
        self.middle = self.clock() + settings.seconds / 2
        self.validation = validation if len(validation) else train  # a few texts over and over leave none
        self.sample = some_of(train, settings.seed)
        labels = sum(map(len, self.validation.outputs))
        self.gain = min(MOST_GAIN, max(LEAST_GAIN, WHOLE_GAIN / max(1, labels)))
        self.chosen: Choice | None = None
        self._corpora: dict[int, tuple[Corpus, Corpus]] = {}
        self._begin: Fit | None = None  # of what is chosen, and of what was tried last: where the next fit begins
        self._tried: Fit | None = None
        self.fit: Fit | None = None  # in the end, of all examples but the validation data

    def likelihood(self, choice: Choice) -> float:
        """The mean logarithm of the probability of a right answer, if only a sample is learned from."""
        if choice.least not in self._corpora:
            corpus = corpus_of(self.sample, choice.least, self.classes)
            self._corpora[choice.least] = corpus, replace(corpus, examples=self.validation, _columns={})
        known, asked = self._corpora[choice.least]
        self._tried = fit(known, choice.features, choice.penalty, self._begin, ROUGH)
        found = self._tried.weights
        bags = asked.bags({feature: keys for feature, (keys, _) in found.items()})
        return likelihood(bags.times(np.concatenate([weights for _, weights in found.values()])), asked.answers)

    def best(self, tried: Sequence[Choice]) -> tuple[Choice, float]:
        return max(((one, self.likelihood(one)) for one in tried), key=itemgetter(1))

    @property
    def is_late(self) -> bool:
        return self.clock() > self.end

    def choice(self) -> Generator[Progress, None, Choice]:
        """Features in the order of what each adds to the words alone, those that add to what those before it know.

        Those that the others make up for are left out again.
        """
        words, told = self.best([Choice((BASE,), least) for least in LEAST])
        self.chosen = words
        yield Progress(f"the words alone: {told:.4f}")
        known = lexicon_of(self.train + self.validation, words.least, self.classes)
        alone = []
        for feature in candidates(self.train.shape, tuple(self.classes)):
            if has_room([feature], known) and self.clock() < self.middle:
                gain = self.likelihood(replace(words, features=(BASE, feature))) - told
                alone.append((gain, feature))
                yield Progress(f"{feature.name} beside the words: {gain:+.4f}")
        best = [one for gain, one in sorted(alone, key=itemgetter(0), reverse=True) if gain > self.gain]
        for _ in range(PASSES):
            before = self.chosen
            told = yield from self._more(self.chosen, best, told, known)
            told = yield from self._fewer(self.chosen, told)
            if self.chosen == before:
                break
        if not self.is_late:
            self.chosen, _ = self.best([replace(self.chosen, penalty=penalty) for penalty in PENALTIES])
        return (yield from self.smallest(self.chosen))

    def _more(
        self, chosen: Choice, features: Sequence[Feature], told: float, known: Lexicon
    ) -> Generator[Progress, None, float]:
        """Keep the features that add to what those before them know; the likelihood with them."""
        for feature in features:
            more = replace(chosen, features=(*chosen.features, feature))
            if feature in chosen.features or self.is_late or not has_room(more.features, known):
                continue
            if (found := self.likelihood(more)) > told + self.gain:
                self.chosen = chosen = more
                self._begin, told = self._tried, found
                yield Progress(f"{feature.name} is kept: {told:.4f}")
        return told

    def _fewer(self, chosen: Choice, told: float) -> Generator[Progress, None, float]:
        """Leave out the features that the others make up for; the likelihood without them."""
        least = told - self.gain
        for feature in chosen.features:
            fewer = replace(chosen, features=tuple(one for one in chosen.features if one != feature))
            if fewer.features and not self.is_late and (found := self.likelihood(fewer)) > least:
                self.chosen = chosen = fewer
                self._begin, told = self._tried, found
                yield Progress(f"{feature.name} is not needed any more")
        return told

    def smallest(self, choice: Choice) -> Generator[Progress, None, Choice]:
        """The fewest rows that answer about as many examples rightly."""
        corpus = corpus_of(self.train, choice.least, self.classes)
        full = fit(corpus, choice.features, choice.penalty, self._begin)
        self.fit = full
        every = self.right(full.model())
        for threshold in THRESHOLDS:
            if self.is_late:
                break
            right = self.right(full.without(threshold, choice.penalty, ROUGH).model())
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
