"""Files of examples: every form, the shape of outputs, and lines that hold none."""

from __future__ import annotations

from pathlib import Path

import pytest

from altac.diagnostics import AltacError
from altac.synthesis import Examples, read_examples, refuse_contradictions, refuse_unseen, refuse_useless, split


def written(folder: Path, text: str, suffix: str = ".txt") -> Path:
    path = folder / f"data{suffix}"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("3 1 2 -> 1 2 3\n1 1 -> 1 1\n", ".txt"),
        ("312->123\n\n11->11\n", ".examples"),
        ('{"input": "3 1 2", "output": "1 2 3"}\n{"input": [1, 1], "output": ["1", 1]}\n', ".jsonl"),
        ("input,output\n3 1 2,1 2 3\n1 1,1 1\n", ".csv"),
        ("3 1 2\t1 2 3\n1 1\t1 1\n", ".tsv"),
        ("-DOCSTART- O\n\n3 N 1\n1 N 2\n2 N 3\n\n\n1 1\n1 1", ".conll"),
    ],
)
def test_every_form_gives_the_same_examples(tmp_path: Path, text: str, suffix: str) -> None:
    assert read_examples(written(tmp_path, text, suffix)) == Examples(((3, 1, 2), (1, 1)), ((1, 2, 3), (1, 1)), "each")


@pytest.mark.parametrize(
    ("text", "shape", "output"),
    [
        ("a b c -> yes\nb -> no\n", "one", ("yes",)),
        ("a b c -> a c\nb -> b\na a ->\n", "list", ("a", "c")),
        ("(()) -> PPPT\n() -> PT\n", "each", ("P", "P", "P", "T")),
        ("ab -> true\nabc -> false\n", "one", (True,)),
    ],
)
def test_the_shape_is_found(tmp_path: Path, text: str, shape: str, output: tuple[object, ...]) -> None:
    examples = read_examples(written(tmp_path, text))
    assert (examples.shape, examples.outputs[0]) == (shape, output)


@pytest.mark.parametrize(
    ("text", "suffix", "told"),
    [
        ("1 2 -> 2 1\n1 2 3\n", ".txt", "E0630]: {}:2: there is no `->`"),
        ("1 2 -> 2 1\n" * 20 + "1 2 3 -> 1 2\n", ".txt", "{}:21: 3 input symbols and 2 outputs"),
        ("1 2 -> 2\n" * 20 + "1 2 3 -> \n", ".txt", "{}:21: the output is empty"),
        ("1 2 3 -> 2\n" * 20 + "1 2 3 -> 1 2\n", ".txt", "{}:21: 2 outputs: there is more than one"),
        ("1 2,2 1,3\n", ".csv", "{}:1: a row has an input and an output, and this one has 3 columns"),
        ('"1 2,2 1\n', ".csv", "{}:1: not a table"),
        ("Rome LOC\n\nis\n", ".conll", "E0630]: {}:3: there is no label beside `is`"),
        ("{\n", ".jsonl", "E0606]: {}:1: not a JSON record"),
        ('{"input": "1"}\n', ".jsonl", "{}:1: an input or an output is a text"),
        ('{"input": [1.5], "output": 1}\n', ".jsonl", "{}:1: an input or an output is a text"),
        ('{"input": ["a b"], "output": 1}\n', ".jsonl", "{}:1: `a b` is no symbol"),
        ("\n", ".txt", "E0631]: `{}` holds no examples"),
    ],
)
def test_lines_that_hold_no_example(tmp_path: Path, text: str, suffix: str, told: str) -> None:
    path = written(tmp_path, text, suffix)
    with pytest.raises(AltacError) as caught:
        read_examples(path)
    assert told.format(path) in str(caught.value)


def test_every_bad_line_is_told(tmp_path: Path) -> None:
    with pytest.raises(AltacError) as caught:
        read_examples(written(tmp_path, "a -> b\nc\nd -> e\nf\n"))
    assert len(caught.value.diagnostics) == 2


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(AltacError, match="E0610"):
        read_examples(tmp_path / "none.txt")
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"a -> b\n\xff -> c\n")
    with pytest.raises(AltacError, match=r"bytes.txt:2: not UTF-8 text"):
        read_examples(path)


def test_contradictions_few_examples_and_one_class_are_refused() -> None:
    twice = Examples((("a",), ("b",), ("a",), ("b",)), ((1,), (2,), (2,), (3,)), "one")
    with pytest.raises(AltacError, match=r'"a" has two outputs: "1" and "2"; so it is with 1 more'):
        refuse_contradictions(twice)
    refuse_contradictions(twice.take([0, 1]))
    with pytest.raises(AltacError, match=r"holds 4 examples, of 10"):
        refuse_useless(twice, "data.txt", 10)
    with pytest.raises(AltacError, match=r"every output in `data.txt` is `1`"):
        refuse_useless(twice.take([0]), "data.txt", 1)


def test_true_and_one_are_different_outputs() -> None:
    with pytest.raises(AltacError, match="E0632"):
        refuse_contradictions(Examples((("a",), ("a",)), ((True,), (1,)), "one"))


def test_symbols_that_only_the_test_has() -> None:
    known = Examples((("a", "b"),), (("x", "y"),), "each")
    with pytest.raises(AltacError) as caught:
        refuse_unseen(known, Examples((("a", "c"),), (("x", "z"),), "each"))
    assert [one.facts()["where"] for one in caught.value.diagnostics] == ["inputs", "outputs"]
    refuse_unseen(known, known)


def test_a_split_is_drawn_by_the_seed_and_keeps_equal_inputs_together() -> None:
    inputs = tuple((number % 50,) for number in range(200))
    examples = Examples(inputs, inputs, "each")
    parts = split(examples, 3)
    assert [len(part) for part in parts] == [160, 20, 20]
    assert parts == split(examples, 3) != split(examples, 4)
    seen = [set(part.inputs) for part in parts]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_symbols_as_words() -> None:
    examples = Examples(((1, "a"), (True, "1")), ((1,), ("b",)), "one")
    assert examples.as_words() == Examples((("1", "a"), ("true", "1")), (("1",), ("b",)), "one")
