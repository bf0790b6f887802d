"""Data sets of language, out of a folder that holds their files: none of them is part of altac."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from altac.synthesis import Examples, read_examples, split


@dataclass(frozen=True)
class Data:
    """Examples to learn from, to choose by and to measure with."""

    train: Examples
    validation: Examples
    test: Examples


def trec(folder: Path, seed: int) -> Data:
    """Questions and what they ask for, as one of six labels (Li and Roth, 2002): `NUM:dist How far is it ...`."""
    *parts, test = (
        texts(
            (words, label.partition(":")[0]) for label, _, words in (one.partition(" ") for one in lines(folder, name))
        )
        for name in ("TREC.train", "TREC.test")
    )
    train, validation, rest = split(parts[0], seed)
    return Data(train + rest, validation, test)


def subj(folder: Path, seed: int) -> Data:
    """Sentences of reviews and of plots (Pang and Lee, 2004); there is no test set, so a tenth is drawn."""
    labels = ("objective", "subjective")
    return Data(*split(texts((one, label) for label in labels for one in lines(folder, f"subj.{label}")), seed))


def conll(folder: Path, _: int) -> Data:
    """Names in news (Tjong Kim Sang and De Meulder, 2003), as `train.txt`, `valid.txt` and `test.txt`."""
    return Data(
        *(read_examples(folder / f"{name}.txt", "conll", "each").as_words() for name in ("train", "valid", "test"))
    )


SETS: dict[str, Callable[[Path, int], Data]] = {"trec": trec, "subj": subj, "conll": conll}


def lines(folder: Path, name: str) -> list[str]:
    """The lines of a file, which may be compressed."""
    path = folder / f"{name}.gz"
    data = gzip.decompress(path.read_bytes()) if path.exists() else (folder / name).read_bytes()
    return data.decode("utf-8", errors="replace").splitlines()


def texts(pairs: Iterable[tuple[str, str]]) -> Examples:
    """Examples with one label for each text."""
    inputs, labels = zip(*((tuple(text.split()), (label,)) for text, label in pairs), strict=True)
    return Examples(inputs, labels, "one")
