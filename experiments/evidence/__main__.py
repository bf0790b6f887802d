"""Write the tables that the programs `bigram`, `language_id` and `naive_bayes` read.

    python -m experiments.evidence            # rewrites them
    python -m experiments.evidence --check    # exits 1 if one of them is not what the texts give

Numbers are natural logarithms in steps of 1/20, of which the programs' temperature makes probabilities again. One is
added to every count, so that nothing is impossible.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from pathlib import Path

from experiments.evidence.texts import SUBJECTS, WORDS

PROGRAMS = Path(__file__).parents[2] / "programs"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
STEPS = 20
Table = dict[str, dict[str, int]]
Nested = dict[str, Table]


def steps(number: float) -> int:
    return round(number * STEPS)


def next_letters(words: Iterable[str]) -> Table:
    """The logarithm of the probability of each letter after each; `^` stands before a word, `.` ends it."""
    counts = Counter(pair for word in words for pair in zip("^" + word, word + ".", strict=True))
    table: Table = {}
    for before in ("^", *LETTERS):
        after = {letter: counts[before, letter] + 1 for letter in (*LETTERS, ".")}
        table[before] = {letter: steps(log(count / sum(after.values()))) for letter, count in after.items()}
    return table


def pairs_of_letters(languages: Mapping[str, str]) -> Nested:
    """For each pair that occurs three times how much likelier it is in each language than on the average of them."""
    counts = {name: Counter(pair for word in text.split() for pair in pairs(word)) for name, text in languages.items()}
    known = sorted({pair for some in counts.values() for pair in some if sum(one[pair] for one in counts.values()) > 2})
    found: Nested = {}
    for pair in known:
        found.setdefault(pair[0], {})[pair[1]] = advantage(
            {name: (some[pair], some.total()) for name, some in counts.items()}
        )
    return found


def pairs(word: str) -> list[str]:
    """The letters of a word with their neighbours on the left; `^` stands before it."""
    return [before + letter for before, letter in zip("^" + word, word, strict=False)]


def advantage(counts: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """The logarithm of each relative frequency over that of their average; counts are (of it, of all)."""
    shares = {name: (count + 1) / (total + 1) for name, (count, total) in counts.items()}
    average = sum(shares.values()) / len(shares)
    return {name: steps(log(share / average)) for name, share in shares.items() if steps(log(share / average))}


def words_of_subjects(subjects: Mapping[str, str]) -> Table:
    """For each word how much likelier it is in texts about each subject."""
    counts = {name: Counter(text.split()) for name, text in subjects.items()}
    known = sorted({word for some in counts.values() for word in some})
    return {word: advantage({name: (some[word], some.total()) for name, some in counts.items()}) for word in known}


def tables() -> dict[str, Table | Nested]:
    """The table of each program."""
    return {
        "bigram": next_letters(WORDS["english"].split()),
        "language_id": pairs_of_letters(WORDS),
        "naive_bayes": words_of_subjects(SUBJECTS),
    }


def written(table: Table | Nested) -> str:
    """The text of a file that holds a table, one entry of it a line."""
    entries = (f"{json.dumps(key)}: {json.dumps(row)}" for key, row in table.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wrong = 0
    for name, table in tables().items():
        path, text = PROGRAMS / f"{name}.json", written(table)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if options.check:
            sys.stderr.write(f"{path.name} is not the table that the texts give\n")
            wrong = 1
        else:
            path.write_text(text, encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
