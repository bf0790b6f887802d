"""Records behave as frozen dataclasses do."""

from dataclasses import FrozenInstanceError, field, fields

import pytest

from altac.diagnostics.record import Record, record


@record
class Place(Record):
    line: int = field(compare=False, repr=False)


@record
class Word(Place):
    text: str
    parts: tuple[str, ...] = ()


@record
class Other(Place):
    text: str


def test_equality_text_and_hash_go_by_the_fields_that_compare() -> None:
    assert Word(1, "a") == Word(2, "a")
    assert hash(Word(1, "a")) == hash(Word(2, "a"))
    assert Word(1, "a") != Word(1, "b")
    assert Word(1, "a") != Other(1, "a")
    assert repr(Word(1, "a")) == "Word(text='a', parts=())"
    assert [one.name for one in fields(Word)] == ["line", "text", "parts"]


def test_fields_do_not_change() -> None:
    word = Word(1, "a")
    with pytest.raises(FrozenInstanceError):
        word.text = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del word.text
    assert word.text == "a"


def test_patterns() -> None:
    match Word(1, "a", ("x",)):
        case Word(text=text, parts=(one,)):
            assert text + one == "ax"
