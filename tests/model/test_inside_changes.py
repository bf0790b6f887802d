"""Ablations and patches, against programs in which the same is written down, and against other runs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from threading import Thread

import pytest
import torch

import altac
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.ir.values import UNCLEAR
from altac.model.model import Model
from tests.support import compiled, nonempty, program, whole_text


def short(one: Compiled) -> list[str]:
    """All inputs up to a length of which there are not too many."""
    symbols = [altac.ir.values.value_text(value) for value in one.program.interface.alphabet]
    texts, length = [""], 1
    while len(texts) < 400 and len(symbols) ** length <= 4000:
        texts += [" ".join(word) for word in product(symbols, repeat=length)]
        length += 1
    longest = one.program.interface.longest
    return [text for text in texts if longest is None or len(text.split()) <= longest]


def ends(engine: object, texts: list[str]) -> list[object]:
    """Outputs, layers, and errors."""
    found = run_texts(engine, texts)  # type: ignore[arg-type]
    return [(one.output, one.layers) if one.error is None else one.error.code for one in found]


# What stands in a program, and the same without the head: what it brings where it selects nothing
WITHOUT = [
    ("parity", "parity_left", "head parity_left = parity at -1 else 0", "const parity_left = 0"),
    ("parity", "done_left", "head done_left   = done   at -1 else false", "const done_left = false"),
    ("rule110", "left", "head left  = cell at -1 else 0", "const left = 0"),
    ("rule110", "right", "head right = cell at +1 else 0", "const right = 0"),
    (
        "binary_increment",
        "zero_right",
        "head zero_right = exists where key.bit == 0 at 1..",
        "const zero_right = false",
    ),
    ("turing", "left_state", "head left_state   = state  at -1", "const left_state = none"),
    ("parity_sum", "ones", 'head ones = count where key.token == "1"', "const ones = 0"),
    ("detect_pattern", "before", "head before     = token at -1", "let before = none"),
    ("detect_pattern", "two_before", "head two_before = token at -2", "let two_before = none"),
    ("even_pairs", "begin", 'head begin = first token where key.token != "<s>"', "let begin = none"),
    ("dyck1", "failed", "head failed = exists where key.balance < 0 at ..0", "let failed = false"),
    ("palindrome", "different", "head different = exists where key.differs", "let different = false"),
    (
        "palindrome",
        "mirrored",
        "head mirrored = token where key.position == query.behind - 1",
        "head mirrored = token where false",
    ),
    ("running_max", "beaten", "exists where key.token > query.token at ..-1", "exists where false"),
    ("induction", "answer", "last token where key.before == query.token", "last token where false"),
    ("induction", "before", "head before = token at -1", "head before = token where false at -1"),
    ("reverse", "mirrored", "token where key.position == query.mirror", "token where false"),
    ("reverse", "mirror", "count at 1..", "count where false at 1.."),
    ("missing_duplicate", "letter", "token where query.token", "token where false and query.token"),
]


@pytest.mark.parametrize(("name", "head", "before", "after"), WITHOUT, ids=[f"{one[0]}-{one[1]}" for one in WITHOUT])
def test_an_ablated_head_is_the_program_without_it(name: str, head: str, before: str, after: str) -> None:
    text, one = whole_text(name), program(name)
    assert text.count(before) == 1
    lines = text.replace(before, after).splitlines()
    lines = [line for line in lines if not line.startswith("example ")]
    if after.startswith("const"):  # it has to stand above its first use
        lines.remove(after)
        lines.insert(lines.index(f"program {name}") + 1, after)
    other, texts = compiled("\n".join(lines) + "\n"), short(one)
    assert len(texts) > 200
    expected = ends(other.interpreter, texts)
    with one.model.ablate(head):
        found = ends(one.model, texts)
    assert found == expected
    assert ends(one.model, texts) == ends(one.interpreter, texts)
    assert expected != ends(one.interpreter, texts)


def test_a_rule_that_is_switched_off_is_a_statement_less() -> None:
    text = whole_text("parity").replace(
        "parity := parity ^ parity_left", "if parity == 0:\n            parity := parity_left"
    )
    other, model = compiled(text), program("parity").model
    (rule,) = [name for name in model.metadata.unit_names[0][0] if name.endswith("parity: 1 -> 0")]
    texts = short(program("parity"))
    with model.ablate(rule):
        found = ends(model, texts)
    assert found == ends(other.interpreter, texts)
    with model.patch(rule, 0):
        assert ends(model, texts) == found
    with model.ablate(f"*.mlp1.{rule}"):
        assert ends(model, texts) == found


def test_a_variable_that_is_set_is_a_program_that_sets_it() -> None:
    """`length` is 3 at the first position from the beginning."""
    text = """program longest
input bits: {"0", "1"} up to 6
var length: 0..6 = 0
layer grow:
    head left = length at -1 else 0
    length := min(left + 1, 6) if token == "1" else 0
run grow * 3
output length
"""
    model = compiled(text).model
    set_there = text.replace("length := min(left + 1, 6)", "length := 3 if position == 0 else min(left + 1, 6)")
    other = compiled(set_there.replace("length: 0..6 = 0", "length: 0..6 = 3 if position == 0 else 0"))
    texts = [one for one in short(compiled(text)) if one.startswith("1")]
    with model.patch("length", 3, positions=0):
        found = ends(model, texts)
    assert found == ends(other.interpreter, texts)
    assert found != ends(model, texts)


# Other runs --------------------------------------------------------------------------------------------------


def test_a_patched_embedding_gives_the_other_answer() -> None:
    for name, one, other in (
        ("parity", "1 0 1", "0 0 1"),
        ("reverse", "a b c", "d b a"),
        ("induction", "a 1 a", "a 2 a"),
    ):
        model = program(name).model
        _, cache = model.run_with_cache(other)
        before = model(one)
        with model.patch("embed", cache):
            assert model(one) == model(other) != before
        assert model(one) == before


def test_the_beginning_is_not_every_round() -> None:
    """At the beginning alone, the second bit is a one; later rounds are left alone."""
    model = program("parity").model
    with model.patch("embed.var.parity", 1, positions=2):
        assert (model("1 0 1"), model("1 0")) == (model("1 1 1"), "0")
        assert model.trace("1 0").value("parity", 2, 2) == 0


def test_what_is_patched_is_what_the_cache_then_has() -> None:
    model = program("parity").model
    _, other = model.run_with_cache("0 1 1")
    with model.patch("2.attn.parity_left", other):
        _, found = model.run_with_cache("1 0 1")
    assert torch.equal(found["2.attn.parity_left"].values, other["2.attn.parity_left"].values)
    _, plain = model.run_with_cache("1 0 1")
    assert torch.equal(found["1.resid.post"].values, plain["1.resid.post"].values)
    assert not torch.equal(plain["2.attn.parity_left"].values, other["2.attn.parity_left"].values)


def test_positions_count_from_the_end_of_each_input() -> None:
    model = program("parity").model
    texts = ["1", "1 0 1 1", "0 0"]
    with model.patch("parity", 0, positions=-1):
        assert [one.output for one in model.run(texts)] == [(0,), (0,), (0,)]
        assert [model(text) for text in texts] == ["0", "0", "0"]
    _, cache = model.run_with_cache("1 1 1 1 1")
    with model.patch("embed.var.parity", cache, positions=-1):  # lengths differ, and the last positions correspond
        assert [one.output for one in model.run(["0 0", "0"])] == [(1,), (1,)]


def test_resampled_values_occur_and_do_not_depend_on_the_batch() -> None:
    model = program("parity").model
    texts = [" ".join(word) for word in product("01", repeat=4)]
    with model.ablate("parity_left", resample=["0 1 1 0", "1"], seed=3):
        together = [one.output for one in model.run(texts)]
        alone = [model.run([text])[0].output for text in reversed(texts)]
        _, cache = model.run_with_cache("1 0 1 1")
    assert together == alone[::-1]
    assert set(nonempty(cache["2.attn.parity_left"].decode()["parity_left"])) <= {0, 1}
    with model.ablate("parity_left", resample=["0 1 1 0", "1"], seed=4):
        assert [one.output for one in model.run(texts)] != together


# Every way of running ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("execution", ["auto", "dense"])
def test_it_counts_in_every_way_of_running(execution: str) -> None:
    model = Model(program("parity").model.module, program("parity").model.metadata, execution)  # type: ignore[arg-type]
    assert (model("1 1"), altac.verify(model, random=5, budget=300).equal) == ("0", True)
    with model.ablate("parity_left"):
        assert model("1 1") == altac.run(model, "1 1").text(model.interface) == "1"
        assert [one.output for one in altac.run(model, ["1 1", "1", "0 1 0"])] == [(1,), (1,), (0,)]
        assert altac.trace(model, "1 1").value("parity", 2, 2) == 1
        assert not altac.verify(model, random=5, budget=300).equal
        assert model.allowing(7)("1 1") == "1"
        assert (
            int(model.module.logits(model.module(torch.tensor([model.interface.tokens("1 1")]))[0])[0, -1].argmax())
            == 1
        )
    assert (model("1 1"), altac.verify(model, random=5, budget=300).equal) == ("0", True)


def test_it_counts_for_a_program_that_writes() -> None:
    """Nothing is written from the cache of keys and values that an ablated model would not have."""
    one = program("addition_scratchpad")
    model = one.model
    text = next(line for line in (Path("programs/addition_scratchpad.txt")).read_text().splitlines() if line)
    heads = {head.name for layer in one.program.layers for head in layer.heads}
    plain, changed = model(text), 0
    for head in nonempty(sorted(heads)):
        with ExitStack() as stack:
            try:
                stack.enter_context(model.ablate(head))
            except AltacError as error:
                assert error.diagnostics[0].code == "E0727"  # it always selects something
                continue
            with_cache = ends(model, [text, text, "1 + 1"])
            model.with_cache = False
            without = ends(model, [text, text, "1 + 1"])
            model.with_cache = True
            changed += with_cache[0] != ends(one.interpreter, [text])[0]
        assert with_cache == without
    assert changed
    assert model(text) == plain


def test_sparse_execution_and_files_refuse_it(tmp_path: Path) -> None:
    model = Model(program("parity").model.module, program("parity").model.metadata, "sparse")
    assert model("1 1") == "0"
    with model.ablate("parity_left"):
        with pytest.raises(AltacError, match="E0705"):
            model("1 1")
        with pytest.raises(AltacError, match="this model is ablated or patched"):
            model.save(tmp_path / "parity.pt")
        with pytest.raises(AltacError, match="cannot be copied"):
            copy.deepcopy(model.module)
        with pytest.raises((TypeError, AttributeError)):  # other processes would not know of it
            pickle.dumps(model)
        with pytest.raises(AltacError, match="E0729"), model.patch("9.attn.parity_left", 1):
            Model(model.module, model.metadata, "dense")("1")
    assert model("1 1") == "0"
    model.save(tmp_path / "parity.pt")
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.module.modules())
    assert "run" not in vars(model.module)


def test_threads_that_run_an_ablated_model() -> None:
    model, found = program("parity").model, dict[int, list[object]]()
    texts = ["1 1", "1 0 1 1", "1"]
    with model.ablate("2.attn.parity_left"):
        expected = ends(model, texts)
        threads = [
            Thread(target=lambda number=number: found.update({number: ends(model, texts)})) for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert list(nonempty(found.values())) == [expected] * 4
    assert expected != ends(model, texts)


# Nesting, errors ---------------------------------------------------------------------------------------------


def test_changes_nest_and_end_with_their_block() -> None:
    model = program("parity").model
    with model.ablate("parity_left"):
        assert model("1 1") == "1"
        with model.patch("2.attn.parity_left", 1):
            assert model("1 1") == "0"  # what comes later counts
        assert model("1 1") == "1"
    with pytest.raises(ZeroDivisionError), model.ablate("parity_left"):
        raise ZeroDivisionError
    with pytest.raises(AltacError, match="no activation `parity_lift`"), model.ablate("parity_left", "parity_lift"):
        pass
    assert model("1 1") == "0"
    assert not model.is_changed


def test_a_users_own_hooks_count_beside_it() -> None:
    model = altac.compile("programs/parity.alta").model
    unit = model.metadata.unit_names[0][0].index(
        next(n for n in model.metadata.unit_names[0][0] if n.endswith("1 -> 0"))
    )

    def silence(module: object, arguments: object, units: torch.Tensor) -> torch.Tensor:
        units[..., unit] = 0
        return units

    handle = model.module.layers[0].mlps[0].fc_in.register_forward_hook(silence)  # type: ignore[union-attr, index]
    assert model("1 1") == "1"
    with model.patch("2.attn.parity_left", 1, positions=2):
        assert (model("0 0"), model("1 1")) == ("1", "1")
    handle.remove()
    assert model("1 1") == "0"


def test_a_head_that_disagrees_and_is_ablated_does_not_fail() -> None:
    text = """program disagrees
input bits: {"0", "1"} up to 4
layer look:
    head one = token where key.token == "0" or key.token == "1" else "0"
output one
"""
    model = compiled(text).model
    assert ends(model, ["0 1"]) == ["E0603"]
    with model.ablate("one"):
        assert ends(model, ["0 1"]) == [((("0",) * 2), 1)]
    with model.ablate("one", positions=0):
        assert ends(model, ["0 1"]) == ["E0603"]


def test_a_loop_that_is_changed_later_is_not_called_endless() -> None:
    """Without its head `done_left`, the state of `parity` stands still; until round 6 brings it back."""
    model = program("parity").model
    with model.ablate("[1-5].attn.done_left"):
        (found,) = model.run(["1 1"])
    assert (found.output, found.layers) == ((0,), 7)
    with model.ablate("done_left"):
        assert ends(model, ["1 1"]) == ["E0604"]


def test_zeros_are_no_value() -> None:
    model = program("parity").model
    _, plain = model.run_with_cache("1 1")
    with model.ablate("parity_left", zero=True):
        result, cache = model.run_with_cache("1 1")
    assert set(nonempty(cache["1.attn.parity_left"].decode()["parity_left"])) == {UNCLEAR}
    assert set(plain["1.attn.parity_left"].decode()["parity_left"]) == {0, 1}
    assert result.error is None  # no rule fires, and the parity stays what it was
    with model.ablate("parity", zero=True):
        (found,) = model.run(["1 1"])
    assert found.error is not None
    assert (found.error.code, found.error.message) == (
        "E0730",
        "after layer 1, `parity` holds no value at position 0, by what was done to the model",
    )


REFUSED: list[tuple[str, str, Callable[[Model], object]]] = [
    ("E0725", "did you mean `parity_left`", lambda model: model.ablate("parity_lefft")),
    ("E0725", "did you mean `2.attn.parity_left`", lambda model: model.ablate("2.attn.parityleft")),
    ("E0726", "can be read, but not changed", lambda model: model.patch("2.pattern.parity_left", 0)),
    ("E0727", "no value of it stands for nothing", lambda model: model.ablate("parity")),
    ("E0728", "one of 0..1", lambda model: model.patch("parity", 2)),
    ("E0728", "one of 0..1", lambda model: model.patch("parity", True)),
    ("E0728", "a rule fires or does not", lambda model: model.patch("if done = false*", 2)),
    ("E0728", r"its shape is \(2,\) or", lambda model: model.patch("parity", torch.zeros(3))),
    ("E0728", "none is number 9", lambda model: model.patch("parity", model.run_with_cache("1")[1], positions=9)),
    (
        "E0725",
        'the run of "1" has no activation',
        lambda model: model.patch("2.attn.parity_left", model.run_with_cache("1")[1]),
    ),
    ("E0607", "`positions` must be", lambda model: model.patch("parity", 0, positions="1")),
    ("E0607", "the name of an activation", lambda model: model.ablate(1)),  # type: ignore[arg-type]
    ("E0607", "what is ablated", lambda model: model.ablate()),
]


@pytest.mark.parametrize(("code", "words", "act"), REFUSED)
def test_what_is_refused(code: str, words: str, act: Callable[[Model], object]) -> None:
    with pytest.raises(AltacError, match=words) as caught, act(program("parity").model):  # type: ignore[attr-defined]
        pass
    assert caught.value.diagnostics[0].code == code


def test_a_head_that_always_selects_has_no_default() -> None:
    model = compiled("""program greatest
input digits: 0..9 up to 4
layer look:
    head greatest = max token
output greatest
""").model
    with pytest.raises(AltacError, match="always selects something"), model.ablate("greatest"):
        pass
    with model.patch("greatest", 3):
        assert model("1 2") == "3 3"


def counts() -> Iterator[tuple[int, str]]:
    yield from ((number, " ".join([str(number)] * 4)) for number in range(1, 33))


def test_every_number_can_be_patched() -> None:
    model = program("histogram").model
    for number, expected in nonempty(counts()):
        with model.patch("count.*.attn.frequency", number):
            assert model("a b a c") == expected


def test_a_cache_of_other_length_needs_positions() -> None:
    model = program("parity").model
    _, cache = model.run_with_cache("1 1")
    with model.patch("1.attn.parity_left", cache):
        with pytest.raises(AltacError, match="has 3 positions, and this one has 2"):
            model("1")
        assert model("0 1")
    with (
        pytest.raises(AltacError, match="and this one takes more"),
        model.patch("parity_left", cache, positions=1),
    ):
        model("1 1 1")


def test_outside_of_a_run_only_what_is_the_same_everywhere_acts() -> None:
    model = program("parity").model
    tokens = torch.tensor([model.interface.tokens("1 1")])
    valid, x = torch.ones(1, 3, dtype=torch.bool), model.module.embed(tokens)
    mask = model.module.mask(0, valid)
    plain = model.module.layer(0, x, valid, mask)[0][-1]
    with model.ablate("parity_left"):
        changed = model.module.layer(0, x, valid, mask)[0][-1]
    assert not torch.equal(plain, changed)
    with pytest.raises(AltacError, match="outside of a run"), model.ablate("2.attn.parity_left"):
        model.module.layer(0, x, valid, mask)
