"""Rows are what the trace of each input shows, whatever the sizes of groups and blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from altac.data.rows import Block, Failure, Tracer
from altac.data.schema import NULL, program_digest, trace_columns
from altac.diagnostics.input_errors import NotText
from altac.driver import Compiled
from altac.ir.values import value_key
from altac.passes.rule_text import parse_rules, print_rules
from tests.data.support import KINDS, LAYERS, expected_rows
from tests.support import compiled, nonempty, program, small

BITS = ["1 0 1 1", "", "0", "1 1 1 1 1 1 1", "0 0 1", "1 1"]
LETTERS = ["a b a c", "", "d", "a b a b c d", "c c"]


def blocks(one: Compiled, texts: list[str], failures: list[Failure] | None = None, **options: Any) -> list[Block]:
    tracer = Tracer(one.program, **{"rules": False, **options})
    return list(tracer.blocks(0, [(text, None) for text in texts], [] if failures is None else failures))


def rows(one: Compiled, found: list[Block], rules: bool = False) -> list[dict[str, Any]]:
    """Blocks as rows of values."""
    names = list(found[0]) if found else []
    columns = {column.name: column for column in trace_columns(one.program, [], 0)}
    result = []
    for block in found:
        for place in range(len(block["input"])):
            row = {}
            for name in names:
                column, value = columns[name], int(block[name][place])
                missing = column.has_null and value == column.null
                row[name] = None if missing else value if column.domain is None else column.domain.values[value]
            result.append(row)
    return result


def keyed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in which true differs from 1."""
    return [{name: value_key(value) for name, value in row.items()} for row in found]


@pytest.mark.parametrize(
    ("one", "texts"),
    [
        (program("parity"), BITS),
        (KINDS, ["a b a a", "b b", "", "a a a a b a"]),
        (program("scan"), ["jump", "walk left twice and run around right", "turn opposite left"]),
        (program("parity_absolute"), BITS),
        (LAYERS, LETTERS),
    ],
    ids=["parity", "kinds", "scan", "parity_absolute", "layers"],
)
def test_rows_are_those_of_traces(one: Compiled, texts: list[str]) -> None:
    expected = expected_rows(one, texts)
    assert keyed(rows(one, blocks(one, texts))) == keyed(expected)
    assert keyed(rows(one, blocks(one, texts, engine=one.model))) == keyed(expected)


@pytest.mark.parametrize("most", [1, 7, 30, 100])
def test_blocks_are_bounded_and_their_rows_the_same(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = program("parity")
    whole = rows(one, blocks(one, BITS))
    monkeypatch.setattr("altac.data.rows.MOST_ROWS", most)
    found = blocks(one, BITS)
    assert rows(one, found) == whole
    longest = 8  # positions: a layer of one input is never taken apart
    assert all(len(block["input"]) < most + longest for block in nonempty(found))


def test_a_group_with_more_layers_than_expected_runs_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # at first a layer for each position is expected, which is 16 rows for each of these inputs; they have 160
    body = "var out: 0..99 = 0\nstep:\n    out := min(out + 1, 99)\nhalt when out >= 40"
    one = small(body, domain="0..1")
    texts = ["0 1 1 0"] * 6
    monkeypatch.setattr("altac.data.rows.MOST_ROWS", 400)
    found = blocks(one, texts)
    assert [(int(block["input"][0]), len(block["input"])) for block in found] == [
        (0, 160),
        (1, 320),
        (3, 320),
        (5, 160),
    ]
    assert rows(one, found) == expected_rows(one, texts)


def read_by_rules(one: Compiled, found: Block) -> Block:
    """What the step could read in each row, by name; what a head brought also in later layers."""
    columns = {fixed: found[fixed] for fixed in ("token", "position")}  # which never change
    columns |= {name.removesuffix(".before"): found[name] for name in found if name.endswith(".before")}
    for number, layer in enumerate(one.program.layers):
        for head in layer.heads:
            brought = found[f"{head.name}.head"].copy()
            latest: dict[tuple[int, int], int] = {}
            for row, place in enumerate(zip(found["input"].tolist(), found["position"].tolist(), strict=True)):
                if found["layer.name"][row] == number:
                    latest[place] = brought[row]
                brought[row] = latest.get(place, NULL)
            columns[head.name] = brought
    return columns


@pytest.mark.parametrize("name", ["parity", "scan", "bubble_sort", "addition", "letters"])
def test_rules_are_those_that_change_the_values(name: str) -> None:
    one = compiled(LAYERS.program.source.text, 0) if name == "letters" else program(name, 0)
    texts = LETTERS if name == "letters" else [example.input for example in one.program.examples]
    (found,) = blocks(one, texts, rules=True)
    listed = parse_rules(print_rules(one.rules)).rules  # in the order in which `altac rules -O0` prints them
    columns = read_by_rules(one, found)
    null = {column.name: column.null for column in trace_columns(one.program, [], 0)}
    fired = 0
    for rule_column in nonempty(column for column in found if column.endswith(".rule")):
        variable = rule_column.removesuffix(".rule")
        before, after = found[f"{variable}.before"], found[f"{variable}.after"]
        numbers = found[rule_column]
        introduced = np.isin(found["layer.name"], [kept.layer for kept in one.program.kept if kept.name == variable])
        assert ((numbers >= 0) == (before != after) | introduced).all()
        for number in np.unique(numbers[numbers >= 0]).tolist():
            rule = listed[number]
            here = numbers == number
            (change,) = rule.changes
            assert change.variable == variable
            assert set(before[here].tolist()) == {null[f"{variable}.before"] if change.old is None else change.old}
            assert set(after[here].tolist()) == {change.new}
            for tested, values in rule.antecedent:
                assert set(columns[tested][here].tolist()) <= set(values), (number, tested)
            fired += int(here.sum())
    assert fired > 0


def test_rows_of_several_layers() -> None:
    """Of `a a`: both letters are met twice; the second position is done one round later than the first."""
    names = (
        "layer",
        "layer.name",
        "layer.round",
        "position",
        "frequency.head",
        "ready.head",
        "next.before",
        "next.after",
    )
    found = [tuple(row[name] for name in names) for row in rows(LAYERS, blocks(LAYERS, ["a a"]))]
    assert found == [
        (1, "measure", 1, 0, 2, None, None, None),
        (1, "measure", 1, 1, 2, None, None, None),
        (2, "look", 1, 0, None, True, None, 1),
        (2, "look", 1, 1, None, False, None, 1),
        (3, "settle", 1, 0, None, None, 1, 1),
        (3, "settle", 1, 1, None, None, 1, 1),
        (4, "look", 2, 0, None, True, None, 1),
        (4, "look", 2, 1, None, True, None, 2),
        (5, "settle", 2, 0, None, None, 1, 1),
        (5, "settle", 2, 1, None, None, 2, 2),
        (6, "compare", 1, 0, None, None, None, None),
        (6, "compare", 1, 1, None, None, None, None),
    ]


def test_inputs_that_wait_for_others_have_the_rows_that_they_have_alone() -> None:
    """Also their residual stream, of which a layer finds what the last that they ran has left."""
    together = blocks(LAYERS, LETTERS, engine=LAYERS.model, residual=True)
    for number, text in enumerate(LETTERS):
        alone = blocks(LAYERS, [text], engine=LAYERS.model, residual=True)
        for name in (column.name for column in trace_columns(LAYERS.program, [], LAYERS.model.width)):
            here = [block[name][block["input"] == number] for block in together]
            if name != "input":
                np.testing.assert_array_equal(
                    np.concatenate(here), np.concatenate([*(block[name] for block in alone), here[0][:0]])
                )


def test_inputs_that_fail_keep_the_layers_before() -> None:
    # the head meets two different symbols as soon as `on`, which is after the first layer, holds in two places
    one = small(
        "var on: bool = false\nvar out: 0..9 = 0\nhead seen = token where key.on else 0\nstep:\n    on := token > 0\n"
        "    out := seen\nlayers 3",
        domain="0..2",
    )
    failures: list[Failure] = []
    found = blocks(one, ["1 2", "1 1", "9", "0 2", "2 1 0"], failures)
    layers = [(row["input"], row["layer"]) for row in rows(one, found) if row["position"] == 0]
    assert layers == [(0, 1), (1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (3, 3), (4, 1)]
    assert [(one.input, one.text, one.layer, one.error.code) for one in failures] == [
        (0, "1 2", 2, "E0603"),
        (2, "9", 0, "E0601"),
        (4, "2 1 0", 2, "E0603"),
    ]
    weighted: list[Failure] = []
    assert rows(one, blocks(one, ["1 2", "1 1", "9", "0 2", "2 1 0"], weighted, engine=one.model)) == rows(one, found)
    assert [(one.input, one.layer, one.error.code) for one in weighted] == [
        (one.input, one.layer, one.error.code) for one in failures
    ]


def test_lines_that_hold_no_input_are_failures() -> None:
    failures: list[Failure] = []
    tracer = Tracer(program("parity").program)
    found = list(tracer.blocks(10, [("1", None), ("", NotText(None))], failures))
    assert set(found[0]["input"].tolist()) == {10}
    assert [one.to_dict() for one in failures] == [
        {"input": 11, "text": "", "layer": 0, "code": "E0606", "message": "not UTF-8 text", "help": ""}
    ]


def test_the_residual_stream_is_that_of_the_module() -> None:
    one = program("parity")
    model = one.model
    (found,) = blocks(one, ["1 0 1", "1"], engine=model, residual=True)
    tokens = torch.tensor([model.interface.tokens("1 0 1")])
    with torch.no_grad():
        streams = [state.residual[0].numpy() for state in model.module.run(tokens, torch.tensor([4]))]
    for layer in (1, 2, 3):
        here = (found["input"] == 0) & (found["layer"] == layer)
        np.testing.assert_array_equal(found["residual.before"][here], streams[layer - 1])
        np.testing.assert_array_equal(found["residual.after"][here], streams[layer])
    assert found["residual.after"].dtype == np.float32


def test_a_failure_says_how_many_layers_that_input_has_run() -> None:
    one = compiled(
        "program late\ninput word: 0..2 up to 4\nvar done: bool = false\n"
        "layer look:\n    head ready = done at -1 else true\n    done := ready\n"
        "layer ask:\n    head seen = token where key.token > 0 else 0\n    var out: 0..2 = seen\n"
        "run look until done, ask\noutput out\n"
    )
    texts = ["1 2", "0", "1 1 1", "2 1 0 0"]
    for engine in (None, one.model):
        failures: list[Failure] = []
        found = blocks(one, texts, failures, engine=engine)
        assert [(one.input, one.layer, one.error.code) for one in failures] == [(0, 3, "E0603"), (3, 5, "E0603")]
        layers = [(row["input"], row["layer"]) for row in rows(one, found) if row["position"] == 0]
        assert layers == [
            (0, 1),
            (0, 2),
            (1, 1),
            (1, 2),
            (2, 1),
            (2, 2),
            (2, 3),
            (2, 4),
            *((3, n) for n in range(1, 5)),
        ]


def test_weights_without_a_value_are_a_failure_in_that_layer() -> None:
    from altac.model.model import Model

    one = compiled(program("parity").program.source.text)
    model: Model = one.model
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, 0] = (
            0.4  # the rule for 0 and 1: the parity is no value any more
        )
    failures: list[Failure] = []
    found = blocks(one, ["0 0", "1 0 1"], failures, engine=model)
    assert [(one.input, one.layer, one.error.code) for one in failures] == [(1, 2, "E0605")]
    assert {(row["input"], row["layer"]) for row in rows(one, found)} == {(0, 1), (0, 2), (1, 1)}


def test_the_hash_of_a_program_is_of_what_it_means() -> None:
    text = program("parity").program.source.text
    known = program_digest(program("parity").program)
    assert program_digest(compiled(text + "\n# a comment\n").program) == known
    for old, new in [
        ("at -1 else 0", "at -2 else 0"),
        ("parity ^ parity_left", "parity_left"),
        ("at last", "at first"),
    ]:
        assert old in text
        assert program_digest(compiled(text.replace(old, new)).program) != known
    keyed_text = "var out: 0..9 = 0\nhead h = count where key.token == {}\nstep:\n    out := h"
    assert program_digest(small(keyed_text.format(1)).program) != program_digest(small(keyed_text.format(2)).program)
