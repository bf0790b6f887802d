"""Programs that write: the same in the interpreter and in the weights, with a cache and without."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts, trace_text
from altac.engine.writing import read_tokens
from altac.model.following import CachedRuns
from tests.support import compiled, nonempty, program

# each position waits for the one before it, so a longer text takes more rounds; `seen` is made anew in each
CHAIN = """program chain
input text: "a".."c" up to 6
var place: 0..9 = 0
var done: bool = false
layer wait:
    head left_done  = done at -1 else true
    head left_place = place at -1 else 0
    head alike      = exists where key.token == query.token and key.place >= 2 at ..-1
    var seen = left_done and alike
    if not done:
        done := left_done
        place := min(left_place + 1, 9) if left_done else place
layer more:
    head left_seen = seen at -1 else false
    if not done:
        place := 0 if left_seen else place
layer say:
    head before: "a".."c" = token at -2 else "c"
    var next: "a".."c" | {"."} = "." if place == 8 else before if place % 2 == 0 else "b"
run (wait, more) until done, say
causal
output next at last
generate until "." up to 6
"""
AGREE = """program agree
input text: "a".."b" up to 4
layer look:
    head only: "a".."b" = token at ..0
causal
output only at last
generate up to 3
"""
COUNTED = """program counted
input text: "a".."b" up to 4
layer look:
    head left = token at -1 else "a"
score next: {"a", "b", "."} = {"a": {"b": 2, "a": 1}, "b": {"a": 2, ".": 1}}[token] + {"b": {"a": 1/2}}[left]
causal
output next at last
generate until "." up to 5
"""


def texts(symbols: str, most: int) -> list[str]:
    words = [""]
    for _ in range(most):
        words += [f"{word} {symbol}".strip() for word in words for symbol in symbols if len(word.split()) < most]
    return sorted(set(words), key=lambda word: (len(word), word))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_loop_takes_more_rounds_as_the_text_grows(level: int) -> None:
    one = compiled(CHAIN, level)
    inputs = texts("ab", 4)
    assert compare_engines(one.interpreter, one.model, inputs) is None
    (result,) = run_texts(one.model, ["a b"])
    assert [step.layers for step in nonempty(result.steps)] == [2 * rounds + 1 for rounds in range(2, 8)]


def grown(one: object, tokens: Sequence[int]) -> dict[str, list[int]]:
    found = CachedRuns(one.model).grown(tokens)  # type: ignore[attr-defined]
    assert found is not None
    return {name: values.tolist() for name, values in found.items()}


@pytest.mark.parametrize("text", [CHAIN, COUNTED])
def test_a_run_that_grows_has_the_states_of_the_whole(text: str) -> None:
    one = compiled(text)
    for tokens in nonempty(read_tokens(one.interpreter, ["a b", "b", "a a a", "b a b a"])):
        assert isinstance(tokens, list)
        *_, last = one.interpreter.layers([tokens])
        expected = {name: values[0].tolist() for name, values in last.variables.items() if name not in last.gone}
        found = grown(one, tokens)
        assert found
        assert {name: expected[name] for name in found} == found


def test_with_a_cache_and_without_the_same_is_written() -> None:
    one = compiled(CHAIN)
    inputs = texts("abc", 3)
    found = []
    for with_cache in (True, False):
        one.model.with_cache = with_cache
        found.append([run_texts(one.model, [text])[0].output for text in inputs])
    assert found[0] == found[1] == [result.output for result in run_texts(one.interpreter, inputs)]


def test_a_head_that_disagrees_ends_the_writing() -> None:
    one = compiled(AGREE)
    for engine in (one.interpreter, one.model):
        good, bad = run_texts(engine, ["b b", "a b"])
        assert good.output == ("b", "b", "b")
        assert (bad.output, bad.error and bad.error.code) == (None, "E0603")
        assert trace_text(engine, "a b").error is not None


def test_behind_nothing_nothing_is_written() -> None:
    one = compiled(AGREE)
    for engine in (one.interpreter, one.model):
        (result,) = run_texts(engine, [""])
        assert (result.output, result.layers, result.steps) == ((), 0, ())


def test_symbols_are_told_when_they_are_known() -> None:
    one = compiled(CHAIN)
    told: list[int] = []
    (result,) = run_texts(one.model, ["a b"], tell=lambda _, index: told.append(index))
    assert tuple(one.program.interface.domain.values[index] for index in told) == result.output


def test_what_is_drawn_is_read() -> None:
    one = compiled(COUNTED)
    b, end = (one.program.interface.domain.index(value) for value in ("b", "."))
    for engine in (one.interpreter, one.model):
        drawn = iter([b, b, end])
        (result,) = run_texts(engine, ["a"], choose=lambda _, __, drawn=drawn: next(drawn))  # type: ignore[misc]
        assert result.output == ("b", "b")
        # the first sums are those behind "a", the second behind the "b" that was drawn
        assert [row["a"] for row in nonempty(result.scores or ())] == [1, 2]


def test_scores_are_those_of_each_symbol() -> None:
    one = compiled(COUNTED)
    results = [run_texts(engine, ["a"])[0] for engine in (one.interpreter, one.model)]
    assert results[0].scores == results[1].scores
    assert results[0].output == results[1].output == ("b", "a", "b", "a", "b")
    assert [len(result.scores or ()) for result in results] == [5, 5]


def test_changed_weights_and_hooks_count() -> None:
    one = compiled(COUNTED)
    model = one.model
    before = run_texts(model, ["a"])[0].output
    with torch.no_grad():
        model.module.unembedding.bias[one.program.interface.domain.index(".")] += 100
    assert run_texts(model, ["a"])[0].output == ()
    with torch.no_grad():
        model.module.unembedding.bias[one.program.interface.domain.index(".")] -= 100
    assert run_texts(model, ["a"])[0].output == before
    index = one.program.interface.domain.index("a")
    handle = model.module.unembedding.register_forward_hook(
        lambda _, __, logits: logits + 100 * torch.nn.functional.one_hot(torch.tensor(index), logits.shape[-1])
    )
    assert run_texts(model, ["a"])[0].output == ("a",) * 5
    handle.remove()


def test_an_edited_head_that_looks_ahead_sees_what_is_written() -> None:
    """What was found at earlier positions changes then, so nothing of it is kept."""
    one = compiled(
        'program p\ninput text: {"a", "b"} up to 4\ncausal\nlayer one:\n'
        '    head any = exists where key.token == "b" at ..0\nlayer two:\n    head before = any at -1 else false\n'
        '    var out: {"a", "b"} = "a" if before else "b"\noutput out at last\ngenerate up to 4\n'
    )
    texts, model = ["a", "a a", "b a"], one.model
    usual = [model(text) for text in texts]
    assert usual == ["b b a a", "b b a a", "a a a a"]
    with torch.no_grad():
        bias = model.module.layers[0].attention.relative_bias  # type: ignore[union-attr]
        bias[:, -1] = bias[:, 0]  # type: ignore[index]
    for with_cache in (True, False):
        model.with_cache = with_cache
        assert [model(text) for text in texts] == ["b a a a", "b a a a", "a a a a"]


def test_a_file_of_weights_writes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import altac

    one = program("induction_lm")
    one.save(tmp_path / "m.pt")
    assert altac.load(tmp_path / "m.pt")("a b c a") == one("a b c a") == "b c a b c a b c"
