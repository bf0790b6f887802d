"""Answers are counted by hand here."""

from __future__ import annotations

import pytest

from altac.analysis.evaluate import Answer, Baseline, Question, Tally, answers, cells, expected_outputs, property_keys
from altac.analysis.text import baseline_text, percent
from altac.data.properties import parse_property
from altac.diagnostics import AltacError
from tests.support import compiled, program

GIVEN = [
    Answer(("a", "b"), ("a", "b"), None),
    Answer(("a", "b"), ("b", "b"), None),
    Answer(("a",), ("a", "a", "a"), None),
    Answer(("a", "a"), None, "E0604"),
    Answer((), (), None),
    Answer(("b",), None, "E0603"),
    Answer(("b",), None, "E0604"),
]


def test_right_wrong_and_none() -> None:
    tally = Tally.of(GIVEN)
    assert (tally.inputs, tally.right, tally.wrong, tally.none) == (7, 2, 2, 3)
    assert tally.unanswered == {"E0603": 1, "E0604": 2}
    # symbols: 2 of 2, 1 of 2, 1 of 3 (what is too much is wrong), 0 of 2, 0 of 0, 0 of 1, 0 of 1
    assert (tally.right_places, tally.places) == (4, 11)
    assert (tally.accuracy, tally.place_accuracy) == (2 / 7, 4 / 11)


def test_the_most_frequent_answer_is_a_baseline() -> None:
    """Of these seven, `b` and `a b` are right twice each; `a b` stands first in the alphabet."""
    tally = Tally.of(GIVEN)
    assert tally.baseline == Baseline(("a", "b"), 2)
    assert (tally.record()["baseline"], tally.record()["most_frequent"]) == (2 / 7, "a b")
    assert baseline_text("a b", 2 / 7) == "always answering `a b` would be 28.6 % right"
    assert baseline_text("", 1.0) == "always answering nothing would be 100.0 % right"
    assert baseline_text("0 " * 50, 0.001) == f"always answering `{'0 ' * 20}...` would be 0.1 % right"
    assert (Tally.of([]).baseline, Tally.of([]).record()["baseline"]) == (None, None)


def test_nothing_has_no_accuracy() -> None:
    assert (Tally.of([]).accuracy, Tally.of(GIVEN[4:5]).place_accuracy) == (None, None)


def test_cells_are_in_the_order_of_their_values() -> None:
    keys = [(10, True), (9, True), (10, False), (9, True), (10, True), (2, False), (9, True)]
    found = cells(GIVEN, keys)
    assert list(found) == [(2, False), (9, True), (10, False), (10, True)]
    assert [(one.inputs, one.right, one.wrong, one.none) for one in found.values()] == [
        (1, 0, 0, 1),
        (3, 0, 1, 2),
        (1, 0, 1, 0),
        (2, 2, 0, 0),
    ]


def test_no_symbol_and_the_symbol_none_are_two_cells() -> None:
    found = cells(GIVEN[:4], [("none",), (None,), ("0",), ("none",)])
    assert [(key, one.inputs) for key, one in found.items()] == [(("0",), 1), (("none",), 2), ((None,), 1)]


def test_a_program_is_right_by_itself() -> None:
    interpreter = program("parity").interpreter
    expected = expected_outputs(interpreter, ["", "1", "0 1 1"])
    assert [(one.text, one.output, one.layers) for one in expected] == [
        ("", ("0",), 0),
        ("1", ("1",), 1),
        ("0 1 1", ("0",), 3),
    ]
    assert Tally.of(answers(interpreter, expected)).accuracy == 1


def test_answers_from_elsewhere() -> None:
    interpreter = program("reverse").interpreter
    expected = expected_outputs(interpreter, ["abc", "a b"], ["cba", "a b"])
    assert [one.output for one in expected] == [("c", "b", "a"), ("a", "b")]
    tally = Tally.of(answers(interpreter, expected))
    assert (tally.right, tally.wrong, tally.right_places, tally.places) == (1, 1, 3, 5)


def test_inputs_without_an_answer_of_the_program_are_left_out() -> None:
    walk = compiled(
        "program walk\ninput word: 0..1\nvar x: 0..1 = 0\nstep:\n    x := 1 - x\n"
        "halt when token == 0\noutput x at last\n"
    )
    assert [one.text for one in expected_outputs(walk.interpreter, ["0", "1 0", "0 0"])] == ["0", "0 0"]


def test_keys_are_values_of_properties() -> None:
    interface = program("parity").interpreter.interface
    properties = [parse_property(text, interface) for text in ("length", 'count("1") > 1', "output", "output == 1")]
    expected = [Question("1 0 1", ("0",), 3), Question("", (), 0), Question("1", ("odd",), 1)]
    assert property_keys(properties, interface, expected) == [
        (3, True, 0, False),
        (0, False, None, False),
        (1, False, "odd", False),  # an answer from elsewhere, which the program never gives
    ]
    with pytest.raises(AltacError, match="E0609"):
        property_keys([parse_property("1 // length", interface)], interface, expected)


def test_a_share_is_all_or_nothing_only_where_it_is() -> None:
    shares = {1.0: "100.0 %", 0.9999: "99.9 %", 0.5: "50.0 %", 0.0001: "0.1 %", 0.0: "0.0 %", None: "-"}
    assert {share: percent(share) for share in shares} == shares
