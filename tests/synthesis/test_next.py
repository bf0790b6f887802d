"""How texts go on: the shape "next"."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from altac.diagnostics import AltacError
from altac.synthesis import Examples, read_examples
from altac.synthesis.learning import Task
from tests.support import nonempty
from tests.synthesis.support import found


def written(folder: Path, text: str) -> Path:
    path = folder / "data.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ["a b a -> b a\nb c\n", "aba -> ba\nbc\n"])
def test_texts_alone_and_texts_with_what_follows(tmp_path: Path, text: str) -> None:
    examples = read_examples(written(tmp_path, text), shape="next")
    assert examples == Examples((("a", "b", "a"), ("b",)), (("b", "a"), ("c",)), "next")
    inputs = (("a", "b", "a"), ("a", "b", "a", "b"), ("b",))
    assert examples.by_symbol() == Examples(inputs, (("b",), ("a",), ("c",)), "next")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a b\na\n", "E0635]: {}:2: nothing follows"),
        ("a b\na b ->\n", "E0635]: {}:2: nothing follows"),
        ("a b\n-> b\n", "E0630]: {}:2: the input is empty"),
    ],
)
def test_texts_that_say_nothing(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(AltacError) as caught:
        read_examples(path, shape="next")
    assert told.format(path) in str(caught.value)


def test_what_is_held_out_is_not_learned_from() -> None:
    random = Random(0)
    texts = [tuple(random.choices("ab", k=8)) for _ in range(100)]
    examples = Examples(tuple(text[:1] for text in texts), tuple(text[1:] for text in texts), "next")
    task = Task.of(examples, "data", 0)
    parts = [set(part.inputs) for part in (task.train, task.validation, task.test)]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not parts[2] & (parts[0] | parts[1])


def induction(number: int, longest: int, seed: int) -> Examples:
    """What followed the last time when the last symbol occurred."""
    random, rows = Random(seed), dict[tuple[Any, ...], tuple[Any, ...]]()
    while len(rows) < number:
        text = tuple(random.choices("abcd", k=random.randint(2, longest)))
        places = [place for place in range(len(text) - 1) if text[place] == text[-1]]
        if places:
            rows[text] = (text[places[-1] + 1],)
    return Examples(tuple(rows), tuple(rows.values()), "next")


def test_induction_is_found_and_looks_back_only() -> None:
    candidate = found(induction(100, 7, 0))
    assert "\ncausal\n" in candidate.text
    assert candidate.score(induction(300, 14, 1)).perfect, candidate.text
    for offset in nonempty(
        line.split(" at ")[1] for line in candidate.text.splitlines() if " = " in line and " at " in line
    ):
        assert offset.split()[0] in ("..-1", "..0", "-1")


def test_a_cycle_is_found_from_texts_alone(tmp_path: Path) -> None:
    texts = ["".join("abcd"[(start + place) % 4] for place in range(length)) for start in range(4) for length in (3, 8)]
    examples = read_examples(written(tmp_path, "\n".join(texts)), shape="next").by_symbol()
    candidate = found(examples)
    assert candidate.answers((tuple("cdabcdabc"),)) == [("d",)]
