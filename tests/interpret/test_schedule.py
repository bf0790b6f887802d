"""Layers in the order of their schedule: who runs what how often, what is known where, and which layer failed."""

from collections import Counter

import pytest

from altac.engine.protocol import run_texts, trace_text
from altac.engine.trace import EMPTY, Trace
from tests.support import DEMO, compiled, nonempty, outputs

ROUNDS = """program rounds
input word: 0..9 up to 8
var left: 0..9 = token
var sum: 0..20 = 0
layer down:
    left := max(left - 1, 0)
layer count:
    sum := min(sum + 1, 20)
layer twice:
    var before = sum
    sum := min(sum * 2, 20)
layer tell:
    var out = sum - before
run (down, count) until left == 0, twice * 2, tell
output out
"""
TEXTS = ["3 1", "", "0", "9", "0 0 2", "1"]


def rounds(text: str) -> tuple[list[str], list[int]]:
    """The layers that `rounds` runs, and its output."""
    word = [int(one) for one in text.split()]
    loops = max(word, default=0)
    ran = [f"{name} {number}" for number in range(1, loops + 1) for name in ("down", "count")]
    once, again = min(2 * loops, 20), min(4 * loops, 20)
    return [*ran, "twice 1", "twice 2", "tell 1"], [again - once] * len(word)


def test_loops_groups_and_repetitions() -> None:
    program = compiled(ROUNDS)
    expected = [rounds(text) for text in TEXTS]
    assert outputs(program, *TEXTS) == [" ".join(map(str, out)) for _, out in expected]
    for engine in (program.interpreter, program.model):
        assert [result.layers for result in run_texts(engine, TEXTS)] == [len(ran) for ran, _ in expected]
        assert [[one.text for one in trace_text(engine, text).ran] for text in TEXTS] == [ran for ran, _ in expected]


def test_who_has_finished_an_entry_waits_for_the_others() -> None:
    """All sequences of a batch are in one layer; in a batch, each does what it does alone."""
    program = compiled(ROUNDS)
    for engine in (program.interpreter, program.model):
        batch = [program.program.interface.tokens(text) for text in TEXTS]
        met: list[tuple[int, int]] = []
        ran: Counter[int] = Counter()
        for layer in engine.layers(batch):
            if layer.place >= 0:
                met.append((layer.place, layer.round))
                ran.update(layer.rows.tolist())
            assert layer.numbers.tolist() == [ran[row] for row in layer.rows.tolist()]
            assert sorted(layer.rows.tolist()) == layer.rows.tolist()
            for place, row in enumerate(layer.rows.tolist()):
                alone = trace_text(engine, TEXTS[row])
                for name, values in nonempty(layer.variables.items()):
                    assert values[place, : len(batch[row])].tolist() == alone.variables[name][ran[row]].tolist()
        assert met == [*((place, number) for number in range(1, 10) for place in (0, 1)), (2, 1), (2, 2), (3, 1)]


def test_values_are_known_from_the_layer_that_introduces_them_to_the_last_that_reads_them() -> None:
    text = ROUNDS.replace("tell\noutput", "tell, last\noutput")
    text = text.replace("run ", "layer last:\n    var result = out + 0\nrun ").replace("output out", "output result")
    program = compiled(text)
    for engine in (program.interpreter, program.model):
        trace = trace_text(engine, "1 0")
        known = {name: [trace.knows(name, layer) for layer in range(7)] for name in ("before", "out", "result", "sum")}
        assert known == {
            "before": [False, False, False, True, True, True, False],
            "out": [False] * 5 + [True, True],
            "result": [False] * 6 + [True],
            "sum": [True] * 7,
        }
        assert set(trace.variables["out"][:5].reshape(-1).tolist()) == {EMPTY}
        assert [trace.value("before", 3, position) for position in range(2)] == [1, 1]
        assert [trace.value("before", 4, position) for position in range(2)] == [2, 2]  # written anew in each round


def test_the_trace_of_no_position_has_the_lines_of_any_other() -> None:
    program = compiled(DEMO)
    for engine in (program.interpreter, program.model):
        empty, other = (trace_text(engine, text) for text in ("", "ab"))
        assert [layer.keys() for layer in nonempty(lines(empty))] == [layer.keys() for layer in lines(other)]
        assert "classes" not in lines(empty)[1]
        assert str(empty).count("classes") == str(other).count("classes") == 1


def lines(trace: Trace) -> list[dict[str, object]]:
    """What a trace lists after each layer."""
    return [{**layer["heads"], **layer["variables"]} for layer in trace.to_dict()["layers"]]


def test_heads_of_one_layer_are_read_by_those_of_another() -> None:
    """How many letters occur as often as this one."""
    texts = ["", "a", "aab", "abc", "aabbc", "abcdabcd", "aaaabbcd"]
    expected = []
    for text in texts:
        often = Counter(text)
        expected.append(" ".join(str(sum(often[other] == often[one] for other in often)) for one in text))
    assert outputs(compiled(DEMO), *texts) == expected


LOOP = """program loop
input word: 0..9 up to 8
var out: 0..9 = 0
layer start:
    out := token
layer turn:
    head left = out at -1 else 0
    var most = max(left, out)
layer settle:
    out := {step}
run start, (turn, settle) until {until}
output out
"""


def test_what_a_loop_introduces_is_new_in_every_round() -> None:
    """A running maximum, one position further in each round."""
    program = compiled(LOOP.format(step="most", until="out == 9"))
    texts = ["9", "9 1 2", "9 0 9 0 0", ""]
    assert outputs(program, *texts) == ["9", "9 9 9", "9 9 9 9 9", ""]
    assert [result.layers for result in run_texts(program.interpreter, texts)] == [1, 5, 5, 1]


@pytest.mark.parametrize(
    ("step", "text", "layers", "message"),
    [
        ("most", "1 2", 3, "after layer 3 (settle 1) the state is one that it had before"),
        ("most", "2 1", 5, "after layer 5 (settle 2) the state is one that it had before"),
        ("(out + 1) % 3", "1", 15, "after layer 15 (settle 7) the state is one that it had before"),
    ],
)
def test_a_loop_that_never_ends_is_named(step: str, text: str, layers: int, message: str) -> None:
    """Its state is compared with that of rounds 0, 1, 2, 4, and so on."""
    program = compiled(LOOP.format(step=step, until="out == 9"))
    for engine in (program.interpreter, program.model):
        (result,) = run_texts(engine, [text])
        assert result.error is not None
        assert (result.error.code, result.layers) == ("E0604", layers)
        assert result.error.message.endswith(message)
        assert result.error.help_text == "check that `until` becomes true at every position"


def test_what_fails_in_one_sequence_does_not_touch_the_others() -> None:
    """It never runs again, though others do."""
    program = compiled(LOOP.format(step="most", until="out == 9"))
    texts = ["1 2", "9 1", "0 9", "9"]
    for engine in (program.interpreter, program.model):
        found = [
            (result.output, result.layers, result.error and result.error.code) for result in run_texts(engine, texts)
        ]
        assert found == [(None, 3, "E0604"), ((9, 9), 3, None), (None, 3, "E0604"), ((9,), 1, None)]


def test_a_selection_that_disagrees_names_layer_and_round() -> None:
    program = compiled(
        "program disagrees\ninput word: 0..9 up to 8\nvar out: 0..9 = token\n"
        "layer add:\n    out := min(out + 1, 9)\n"
        "layer ask:\n    head other = out where key.out > 4 else 0\n    out := other\n"
        "run add * 3, ask\noutput out\n"
    )
    assert outputs(program, "1 1", "2", "2 2") == ["0 0", "5", "5 5"]
    for engine in (program.interpreter, program.model):
        (result,) = run_texts(engine, ["3 2"])
        assert result.error is not None
        assert (result.error.code, result.layers) == ("E0603", 4)
        assert "in layer 4 (ask 1) at position 0" in result.error.message


def test_the_short_form_is_a_loop_of_one_layer() -> None:
    """The same states, layer by layer."""
    short = compiled(
        "program short\ninput word: 0..9 up to 8\nvar out: 0..9 = token\nvar same: bool = false\n"
        "head left = out at -1 else 0\nstep:\n    out := max(out, left)\n    same := left <= out\n"
        "halt when same\noutput out\n"
    )
    long = compiled(
        "program long\ninput word: 0..9 up to 8\nvar out: 0..9 = token\nvar same: bool = false\n"
        "layer turn:\n    head left = out at -1 else 0\n    out := max(out, left)\n    same := left <= out\n"
        "run turn until same\noutput out\n"
    )
    texts = ["", "1 2 3", "3 2 1", "5 1 1 6"]
    for text in nonempty(texts):
        traces = trace_text(short.interpreter, text), trace_text(long.interpreter, text)
        assert {name: rows.tolist() for name, rows in traces[0].variables.items()} == {
            name: rows.tolist() for name, rows in traces[1].variables.items()
        }
        assert [one.text for one in traces[0].ran] == [str(number) for number in range(1, traces[0].layers + 1)]
    assert outputs(short, *texts) == outputs(long, *texts)
