"""What is on a page is what the trace holds, and what it reads stands where it says."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
import pytest

from altac.driver import Compiled
from altac.engine.protocol import trace_text
from altac.engine.trace import Trace
from altac.explain import Explainer
from altac.ir.values import source_text
from altac.view import view_of
from tests.programs.sizes import names
from tests.support import PROGRAMS, compiled, nonempty, program

SOME = ["parity", "addition", "most_frequent", "double_histogram", "bubble_sort", "dyck1", "running_mean", "sort"]
EQUAL = re.compile(r'([A-Za-z_]\w*) = ("(?:[^"\\]|\\.)*"|\S+)')


def made(one: Compiled, text: str) -> tuple[Trace, dict[str, Any]]:
    """The trace of an input, and its view as a reader of the page has it."""
    trace = trace_text(one.interpreter, text)
    view = view_of(Explainer(one.program, trace), text, "", "", [])
    return trace, json.loads(json.dumps(asdict(view)))


@cache
def of_library(name: str) -> tuple[Trace, dict[str, Any]]:
    lines = (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return made(program(name), next((line for line in lines if 3 <= len(line.split()) <= 12), lines[0]))


def text_at(view: dict[str, Any], name: int, layer: int, position: int) -> str:
    one = view["names"][name]
    return str(one["texts"][one["rows"][layer][position]])


@pytest.mark.parametrize("name", SOME)
def test_every_value_of_the_trace_is_there(name: str) -> None:
    trace, view = of_library(name)
    known = {one["name"]: number for number, one in enumerate(view["names"])}
    assert len(view["layers"]) == trace.layers + 1
    assert [one["symbol"] for one in view["columns"]] == [str(token) for token in trace.tokens]
    for one in nonempty(trace.domains):
        for layer in range(trace.layers + 1):
            if one in trace.variables:
                there = trace.knows(one, layer)
            else:
                there = layer > 0 and one in trace.ran[layer - 1].heads
            assert (view["names"][known[one]]["rows"][layer] is not None) == there
            for position in range(len(trace.tokens)):
                if there:
                    value: Any = trace.value(one, layer, position)
                    assert text_at(view, known[one], layer, position) == source_text(value)


@pytest.mark.parametrize("name", ["parity", "addition", "bubble_sort", "dyck1", "rule110"])
def test_the_condition_of_a_rule_holds_where_its_layer_finds_the_values(name: str) -> None:
    """By the text of the rule alone: `if x = 1 and y = 0 then ...`."""
    _, view = of_library(name)
    known = {one["name"]: number for number, one in enumerate(view["names"])}
    seen = 0
    for number, one in nonempty(enumerate(view["names"])):
        for layer, causes in enumerate(one["causes"]):
            for position, cause in enumerate(causes or []):
                if cause < 0 or view["causes"][cause]["kind"] != "rule":
                    continue
                condition, change = view["causes"][cause]["text"].split(" then ")
                conditions = EQUAL.findall(condition)
                assert [known[read] for read, _ in conditions] == view["causes"][cause]["reads"]
                for read, value in nonempty(conditions):
                    at = view["layers"][layer]["found"][known[read]]
                    assert text_at(view, known[read], at, position) == value
                assert change.endswith(f"-> {text_at(view, number, layer, position)}")
                seen += 1
    assert seen


@pytest.mark.parametrize("name", SOME)
def test_a_value_is_equal_where_it_is_from(name: str) -> None:
    _, view = of_library(name)
    for number, one in nonempty(enumerate(view["names"])):
        for layer, origins in enumerate(one["origins"]):
            for position, origin in enumerate(origins or []):
                assert text_at(view, number, origin, position) == text_at(view, number, layer, position)
                assert view["names"][number]["causes"][origin][position] >= 0


COUNTS = compiled("""program counts
input text: "a".."c" up to 6
layer look:
    head same = count where key.token == query.token
    head before = count where key.token == query.token at ..-1
    head earliest = first position where key.token == query.token
output same
""")


def test_patterns_say_which_keys_are_selected_and_why_not() -> None:
    trace, view = made(COUNTS, "a b a a")
    names = {one["name"]: one for one in view["names"]}

    def patterns(name: str) -> list[str]:
        return [view["patterns"][number] for number in names[name]["looks"][1]]

    assert patterns("same") == ["tAtt", "AtAA", "tAtt", "tAtt"]
    assert patterns("before") == ["....", "A...", "tA..", "tAt."]
    assert patterns("earliest") == ["tAss", "AtAA", "tAss", "tAss"]
    counts = np.array([[code in "ts" for code in row] for row in patterns("same")]).sum(axis=1)
    assert counts.tolist() == [trace.value("same", 1, position) for position in range(4)]
    token = next(number for number, one in enumerate(view["names"]) if one["name"] == "token")
    assert names["same"]["conditions"] == [{"key": token, "query": token}]


def test_places_are_lines_of_the_source() -> None:
    _, view = of_library("addition")
    places = [cause["place"] for cause in view["causes"] if cause["place"]]
    for place in nonempty(places):
        lines = view["sources"][place["source"]]["text"].split("\n")[place["line"] - 1 : place["last"]]
        assert place["text"] in " ".join(" ".join(lines).split())


def test_the_stream_of_weights_has_a_one_for_every_value() -> None:
    one = program("parity")
    trace = trace_text(one.model, "1 1 0")
    tokens = [one.program.interface.vocabulary.index(token) for token in trace.tokens]
    streams = [stream[0] for _, stream in one.model.layers_and_residual([tokens])]
    names = one.model.metadata.stream.names
    view = view_of(Explainer(one.program, trace), "1 1 0", "", "", [], names, streams)
    assert view.engine == "weights"
    assert view.stream is not None
    for layer in nonempty(range(trace.layers + 1)):
        for position in range(len(trace.tokens)):
            state = view.stream.states[layer][position]
            found = {view.stream.axes[int(axis)]: value for axis, value in zip(state[::2], state[1::2], strict=True)}
            for name in ("parity", "done"):
                assert found[f"{name}={source_text(trace.value(name, layer, position))}"] == 1  # type: ignore[arg-type]


def test_the_output_is_where_the_interpreter_reads_it() -> None:
    _, view = made(program("most_frequent"), "d a b a")
    assert [one["is_output"] for one in view["columns"]] == [False, True, False, False]
    assert view["output_where"] == "not beaten"
    assert [view["names"][number]["name"] for number in view["output_by"]] == ["beaten"]


@pytest.mark.parametrize("name", names())
def test_the_run_on_an_empty_input_is_shown(name: str) -> None:
    """Of most programs it has no position at all, so that no head has a key."""
    trace, view = made(program(name), "")
    assert [one["symbol"] for one in view["columns"]] == [str(token) for token in trace.tokens]
    assert len(view["layers"]) == trace.layers + 1
