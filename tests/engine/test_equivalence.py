"""Interpreter and weights agree on the whole state after every sub-layer, and a mistake anywhere is found."""

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

import pytest
import torch

from altac.diagnostics.run_errors import HeadDisagrees
from altac.driver import Compiled
from altac.engine.equivalence import compare_engines, compare_states
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import EMPTY, NO_VALUE, Indices, Layer
from altac.model.model import Model
from tests.support import DEMO, compiled, nonempty, program, small

LEVELS = [0, 1, 2]
SHORT = ["".join(bits) for length in range(13) for bits in product("01", repeat=length)]


def random_bits(length: int) -> list[str]:
    generator = random.Random(length)
    return ["".join(generator.choice("01") for _ in range(length)) for _ in range(1000)]


PARITY = [("parity", 60), ("parity_absolute", 50), ("parity_sum", 100)]


@pytest.mark.parametrize(("name", "length"), PARITY)
def test_parity_on_all_short_and_many_long_strings(name: str, length: int) -> None:
    compiled = program(name, 1)
    texts = SHORT + random_bits(length)
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None
    for result in nonempty(run_texts(compiled.interpreter, texts)):
        assert result.output == (result.input.count("1") % 2,)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("name", "length"), PARITY)
def test_parity_at_every_level(name: str, length: int, level: int) -> None:
    compiled = program(name, level)
    texts = SHORT[:500] + random_bits(length)[:50]
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None


def random_sums(count: int) -> list[tuple[int, int]]:
    generator = random.Random(0)

    def number() -> int:
        return generator.randrange(10 ** generator.randint(1, 40))

    special = [(10**40 - 1, 1), (1, 10**40 - 1), (10**40 - 1, 10**40 - 1), (0, 0), (0, 10**39), (5, 5)]
    return special + [(number(), number()) for _ in range(count - len(special))]


def test_addition_against_python() -> None:
    compiled = program("addition", 1)
    sums = random_sums(1000)
    texts = [f"{a}+{b}" if n % 2 else f"{a} + {b}" for n, (a, b) in enumerate(sums)]
    for engine in (compiled.interpreter, compiled.model):
        for (a, b), result in zip(sums, run_texts(engine, texts), strict=True):
            assert result.output is not None
            assert "".join(map(str, result.output)) == str(a + b)
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None


def test_addition_keeps_no_leading_zeros_and_takes_missing_numbers_as_zero() -> None:
    compiled = program("addition", 1)
    texts = ["007+0005", "+5", "5+", "+", "12", "00"]
    found = [result.text(compiled.program.interface) for result in run_texts(compiled.model, texts)]
    assert found == ["1 2", "5", "5", "0", "1 2", "0"]


def test_reverse() -> None:
    compiled = program("reverse", 1)
    generator = random.Random(1)
    texts = ["".join(generator.choice("abcdefghijklmnop") for _ in range(n % 33)) for n in range(400)]
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None
    for result in nonempty(run_texts(compiled.interpreter, texts)):
        assert result.output == tuple(reversed(result.input))


class Altered:
    """What a comparison asks of an engine, with one layer told otherwise."""

    def __init__(self, engine: Engine, number: int, change: Callable[[Layer], Layer]) -> None:
        self.engine, self.number, self.change = engine, number, change
        self.interface, self.domains = engine.interface, engine.domains

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        for number, layer in enumerate(self.engine.layers(batch, whole)):
            yield self.change(layer) if number == self.number else layer


class Shorter(Altered):
    """An engine that stops before a layer."""

    def __init__(self, engine: Engine, number: int) -> None:
        super().__init__(engine, number, lambda layer: layer)

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        yield from islice(self.engine.layers(batch, whole), self.number)


def with_value(values: Indices, position: int, index: int) -> Indices:
    values = values.copy()
    values[0, position] = index
    return values


def wrong(one: Compiled, text: str, number: int, sublayer: str, name: str, position: int, index: int) -> str:
    """What is said of weights that have another value in one place, after one sub-layer."""

    def change(layer: Layer) -> Layer:
        state = layer.sublayers[sublayer]
        (part,) = [part for part in state if str(part) == name]
        changed = {**state, part: with_value(state[part], position, index)}
        return replace(layer, sublayers={**layer.sublayers, sublayer: changed})

    altered = Altered(one.model, number, change)
    return str(compare_states(one.interpreter, altered, [text], one.rules.features).difference)


def test_a_single_wrong_value_is_found() -> None:
    def change(layer: Layer) -> Layer:
        return replace(layer, variables={**layer.variables, "parity": with_value(layer.variables["parity"], 1, 0)})

    interpreter = program("parity", 1).interpreter
    difference = compare_engines(interpreter, Altered(interpreter, 2, change), ["101"])
    assert str(difference) == 'input "101", layer 2: `parity` at position 1 is 0, expected 1'


def test_a_missing_layer_or_variable_is_found() -> None:
    interpreter = program("parity", 1).interpreter
    for pair in ((interpreter, Shorter(interpreter, 3)), (Shorter(interpreter, 3), interpreter)):
        difference = compare_engines(*pair, ["101"])
        assert difference is not None
        assert difference.layer == 3

    def change(layer: Layer) -> Layer:
        return replace(layer, heads={})

    difference = compare_engines(interpreter, Altered(interpreter, 2, change), ["101"])
    assert str(difference) == 'input "101", layer 2: there is no `parity_left`'


def test_a_sequence_that_stops_or_fails_is_found() -> None:
    def stopped(layer: Layer) -> Layer:
        return replace(layer, rows=layer.rows[1:], numbers=layer.numbers[1:])

    def failed(layer: Layer) -> Layer:
        return replace(stopped(layer), errors={0: HeadDisagrees(None, "left", 1, 0)}, failed={0: 1})

    interpreter = program("parity", 1).interpreter
    for change, what in ((stopped, "only the expected run has this layer"), (failed, "expected no error, found E0603")):
        difference = compare_engines(interpreter, Altered(interpreter, 1, change), ["101", "111"])
        assert str(difference) == f'input "101", layer 1: {what}'


def test_variables_keep_their_values_until_the_last_sublayer() -> None:
    one = program("parity")
    assert one.model.sublayers(0) == ("attention", "MLP 1")
    assert (
        wrong(one, "11", 2, "attention", "parity", 2, 0)
        == 'input "11", after attention in layer 2: `parity` at position 2 is 0, expected 1'
    )
    assert (
        wrong(one, "11", 2, "attention", "parity_left", 2, NO_VALUE)
        == 'input "11", after attention in layer 2: `parity_left` at position 2 is no value, expected 1'
    )
    assert (
        wrong(one, "11", 2, "MLP 1", "parity", 2, 1)
        == 'input "11", after MLP 1 in layer 2: `parity` at position 2 is 1, expected 0'
    )
    assert wrong(one, "11", 0, "", "parity", 0, 1) == 'input "11", layer 0: `parity` at position 0 is 1, expected 0'


def test_a_number_becomes_a_value_in_the_first_mlp() -> None:
    one = small("var out: 0..8 = 0\nhead ones = count where key.token == 1\nstep:\n    out := ones")
    stream = one.model.metadata.stream
    assert [str(part) for part in stream.parts if part.owner == "ones"] == ["ones (number)", "ones"]
    for sublayer, index, what in (("attention", 1, "1, expected empty"), ("MLP 1", EMPTY, "empty, expected 2")):
        told = f'input "1 1", after {sublayer} in layer 1: `ones` at position 0 is {what}'
        assert wrong(one, "1 1", 1, sublayer, "ones", 0, index) == told
    told = 'input "1 1", after attention in layer 1: `ones (number)` at position 0 is 1, expected 2'
    assert wrong(one, "1 1", 1, "attention", "ones (number)", 0, 1) == told


LATE = """
var out: bool = false
var size: 0..9 = token
head ones = count where key.token == 1
head left = token at -1 else 0
step:
    if left + token <= 7 and ones + token > 5 and ones + left < 12:
        out := true
    size := 1 if size > 4 else 0
layers 2
"""


def test_features_have_their_classes_in_time() -> None:
    one = small(LATE)
    features = {name: feature for (_, name), feature in one.rules.features.items()}
    (early,) = [name for name, feature in features.items() if {term for term, _ in feature.terms} == {"left", "token"}]
    late = [name for name in features if name != early]
    assert len(late) == 2
    assert one.model.sublayers(0) == ("attention", "MLP 1", "MLP 2", "MLP 3")
    texts = [" ".join(map(str, word)) for length in range(4) for word in product((0, 1, 4, 9), repeat=length)]
    assert compare_states(one.interpreter, one.model, texts, one.rules.features).difference is None
    for name, sublayer in ((early, "MLP 1"), *((name, "MLP 2") for name in late)):
        right = features[name].index({"token": 1, "left": 0, "size": 1, "ones": 1})
        said = f"after {sublayer} in layer 1: `{name}` at position 0 is {1 - right}, expected {right}"
        assert said in wrong(one, "1 4", 1, sublayer, name, 0, 1 - right)
    assert f"after MLP 1 in layer 1: `{late[0]}` at position 0 is 0, expected empty" in wrong(
        one, "1 4", 1, "MLP 1", late[0], 0, 0
    )


def test_of_unknown_features_it_is_known_that_they_have_a_class() -> None:
    one = small(LATE)

    def change(index: int) -> Callable[[Layer], Layer]:
        def changed(layer: Layer) -> Layer:
            state = layer.sublayers["MLP 1"]
            (part,) = [part for part in state if part.owner == "sum.1"]
            changed = {**state, part: with_value(state[part], 0, index)}
            return replace(layer, sublayers={**layer.sublayers, "MLP 1": changed})

        return changed

    (part,) = [part for part in one.model.metadata.stream.parts if part.owner == "sum.1"]
    assert len(part.domain) > 1
    for index in nonempty(range(len(part.domain))):
        assert compare_engines(one.interpreter, Altered(one.model, 1, change(index)), ["1 2"]) is None
    difference = compare_engines(one.interpreter, Altered(one.model, 1, change(NO_VALUE)), ["1 2"])
    assert str(difference).endswith("after MLP 1 in layer 1: `sum.1` at position 0 is no value, expected empty")


@pytest.mark.parametrize(
    ("body", "sublayers"),
    [
        ("var out: 0..9 = token\nstep:\n    out := out", ()),
        ("var out: 0..9 = token\nstep:\n    out := 3", ("MLP 1",)),
        ("var out: 0..9 = token\nhead left = token at -1 else 0\nstep:\n    out := out", ("attention",)),
        ("var out: 0..9 = 0\nhead left = token at -1 else 0\nstep:\n    out := left", ("attention", "MLP 1")),
        (
            "var out: 0..9 = 0\nhead one = count where key.token == 1\nstep:\n    out := one",
            ("attention", "MLP 1", "MLP 2"),
        ),
    ],
)
def test_programs_with_few_sublayers(body: str, sublayers: tuple[str, ...]) -> None:
    one = small(body, longest="up to 9")
    assert one.model.sublayers(0) == sublayers
    assert compare_engines(one.interpreter, one.model, ["", "1", "1 1 2", "3 4 1 1 5"]) is None


def test_outputs_that_are_printed_alike_are_not_the_same() -> None:
    """A number and a symbol that are swapped in the weights: the outputs are printed as before."""
    one = small('var out: {0, "0"} = "0"\nstep:\n    out := 0 if token == 1 else "0"')
    weights, bias = one.model.module.unembedding.weight, one.model.module.unembedding.bias
    with torch.no_grad():
        weights.copy_(weights.flip(0))
        bias.copy_(bias.flip(0))
    assert str(compare_engines(one.interpreter, one.model, ["1"])).endswith('the output is "0", expected 0')


def test_sequences_that_halt_or_fail_at_different_times() -> None:
    body = "var out: 0..9 = token\nhead next = out at +1 else 0\nhead big = token where key.token >= 8 else 0\nstep:\n"
    one = small(body + "    if out < 9:\n        out := (out + next + big) % 10\nhalt when out > 0", longest="up to 5")
    texts = [" ".join(map(str, word)) for length in range(5) for word in product((0, 1, 5, 8, 9), repeat=length)]
    codes = {getattr(result.error, "code", None) for result in run_texts(one.interpreter, texts)}
    assert codes == {None, "E0603", "E0604"}
    assert compare_engines(one.interpreter, one.model, texts) is None


def test_the_output_is_that_of_readout_and_unembedding() -> None:
    """A state can be right and what is told of it wrong."""
    one = program("addition")
    for part, what in (("unembedding", "the output is 4, expected 3"), ("shown", "the output is empty, expected 3")):
        module = copy.deepcopy(one.model.module)
        with torch.no_grad():
            if part == "shown":
                module.shown.fc_in.bias -= 2
            else:
                module.unembedding.weight[[3, 4]] = module.unembedding.weight[[4, 3]]
        difference = compare_engines(one.interpreter, Model(module, one.model.metadata), ["1+2"])
        assert difference is not None
        assert (difference.what, difference.sublayer) == (what, "")


def test_the_margin_is_how_far_values_are_from_zero_and_one() -> None:
    one = program("parity")
    assert compare_states(one.interpreter, one.model, SHORT[:100]).margin == 0
    for error in (0.125, 0.1875, 0.3):
        module = copy.deepcopy(one.model.module)
        with torch.no_grad():
            module.token_embedding.weight[0, 3] += error
        comparison = compare_states(one.interpreter, Model(module, one.model.metadata), ["0"])
        assert comparison.margin == pytest.approx(error)
        assert comparison.difference is not None
        assert ("exact" in comparison.difference.what) == (error < 0.25)
    with torch.no_grad():
        module.token_embedding.weight[0, 3] = torch.inf
    comparison = compare_states(one.interpreter, Model(module, one.model.metadata), ["0"])
    assert comparison.margin == torch.inf
    assert comparison.difference is not None


def test_a_drift_is_a_difference_before_it_changes_a_value() -> None:
    """A hundred layers of 0.003 would be a wrong answer; in heads and scratch, rounding is allowed."""
    one = program("parity")
    for bias, what in ((0.003, "variables are 0.003 off from exact values, which adds up over layers"), (0.0, None)):
        module = copy.deepcopy(one.model.module)
        with torch.no_grad():
            module.layers[0].mlps[0].fc_out.bias[0] += bias
        difference = compare_states(one.interpreter, Model(module, one.model.metadata), ["0 1"]).difference
        assert (difference and difference.what) == what
        assert (difference and difference.layer) == (what and 1)


# Several layers ------------------------------------------------------------------------------------------------------

STAGES = """program stages
input word: 0..3 up to 6
var out: 0..9 = token
var left: 0..3 = token
layer look:
    head before = out where key.token < query.token at -1 else 0
    head ones = count where key.token == 1
    head high = exists where key.out > 2
    var both = min(before + out, 9)
layer down:
    head again = both at 1 else 0
    left := max(left - 1, 0)
    if ones > 1 and high:
        out := again
layer turn:
    if before < both:
        out := min(out + left, 9)
layer end:
    var large = out > 3 or before == 2
run look, (down, turn) until left == 0, end
output large
"""
WORDS = [" ".join(map(str, word)) for length in range(5) for word in product((0, 1, 3), repeat=length)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [DEMO, STAGES])
def test_layers_agree_on_every_part_of_the_stream_at_every_level(text: str, level: int) -> None:
    one = compiled(text, level)
    texts = (
        WORDS if text == STAGES else ["".join(word) for length in range(6) for word in product("acd", repeat=length)]
    )
    for engine in (one.model, Model(one.model.module, one.model.metadata, "dense")):
        comparison = compare_states(one.interpreter, engine, texts, one.rules.features)
        assert (comparison.difference, comparison.margin < 0.25) == (None, True)


def standing(one: Compiled, layer: int) -> set[str]:
    """The parts that are compared in a layer."""
    (found,) = [
        found for found in one.model.layers([one.program.interface.tokens("1")], whole=True)
        if (found.place, found.round) == (layer, 1)
    ]  # fmt: skip
    return {str(part) for parts in found.sublayers.values() for part in parts}


def test_what_is_kept_is_compared_in_every_layer_that_it_passes() -> None:
    one = compiled(STAGES)
    assert {"both", "before", "ones", "high"} <= standing(one, 1)
    assert "both" in standing(one, 2)
    assert "before" in standing(one, 3)
    assert not {"ones", "both"} & standing(one, 3)
    for number, sublayer in ((2, "attention"), (2, one.model.sublayers(1)[-1])):
        said = wrong(one, "1 2", number, sublayer, "both", 1, 9)
        assert said == f'input "1 2", after {sublayer} in layer 2 (down 1): `both` at position 1 is 9, expected 3'


def test_what_a_layer_makes_stands_from_its_sublayer_on() -> None:
    one = compiled(STAGES)
    attention, *_, last = one.model.sublayers(0)
    assert attention == "attention"
    for sublayer, index, what in ((attention, 3, "3, expected empty"), (last, EMPTY, "empty, expected 3")):
        said = f'input "1 2", after {sublayer} in layer 1 (look 1): `both` at position 1 is {what}'
        assert wrong(one, "1 2", 1, sublayer, "both", 1, index) == said


def test_a_layer_without_attention_counts_as_if_it_had_it() -> None:
    one = compiled(
        "program plain\ninput word: 0..3 up to 6\nlayer one:\n    var more = token + 1\n"
        "layer two:\n    var large = more > 2\noutput large\n"
    )
    assert (one.model.sublayers(0), one.model.sublayers(1)) == (("MLP 1",), ("MLP 1",))
    assert {part.after for part in one.model.metadata.stream.introduced.values()} == {2}
    assert compare_states(one.interpreter, one.model, ["", "1 2 3"]).difference is None
    said = 'input "1 2", after MLP 1 in layer 2 (two 1): `large` at position 0 is true, expected false'
    assert wrong(one, "1 2", 2, "MLP 1", "large", 0, 1) == said


def test_a_sequence_that_waited_has_its_own_number_of_layers() -> None:
    """The first input goes around once, the second three times; layer `end` is the fourth and the eighth."""
    one = compiled(STAGES)

    def change(layer: Layer) -> Layer:
        if layer.name != "end":
            return layer
        values = layer.variables["large"].copy()
        values[0] = 1 - values[0]
        return replace(layer, variables={**layer.variables, "large": values})

    for number, texts in ((4, ["1", "3"]), (8, ["3", "1"])):
        altered = Altered(one.interpreter, 8, change)
        difference = compare_engines(one.interpreter, altered, texts)
        assert difference is not None
        assert (difference.input, difference.layer, difference.name) == (texts[0], number, "end 1")


class Without(Altered):
    """An engine that leaves a layer out."""

    def __init__(self, engine: Engine, number: int) -> None:
        super().__init__(engine, number, lambda layer: layer)

    def layers(self, batch: Sequence[Sequence[int]], whole: bool = False) -> Iterator[Layer]:
        return (layer for number, layer in enumerate(self.engine.layers(batch, whole)) if number != self.number)


def test_a_run_that_leaves_a_loop_too_early_is_found() -> None:
    one = compiled(STAGES)
    (result,) = run_texts(one.interpreter, ["2"])
    assert result.layers == 1 + 2 * 2 + 1
    for pair, which in (
        ((one.interpreter, Without(one.interpreter, 5)), "expected"),
        ((Without(one.interpreter, 5), one.interpreter), "found"),
    ):
        difference = compare_engines(*pair, ["2"])
        assert str(difference) == f'input "2", layer 5 (turn 2): only the {which} run has this layer'


def test_features_belong_to_their_layer() -> None:
    """Both layers have a sum of the same name."""
    one = compiled(
        "program sums\ninput word: 0..9 up to 8\nvar out: bool = false\nvar more: bool = false\n"
        "layer one:\n    head left = token at -1 else 0\n    if left + token > 7:\n        out := true\n"
        "layer two:\n    head right = token at 1 else 0\n    if right - token > 3:\n        more := true\n"
        "output more\n"
    )
    features = one.rules.features
    assert set(features) == {(0, "sum.1"), (1, "sum.1")}
    texts = ["", "1 7", "0 4 9", "9 9"]
    assert compare_states(one.interpreter, one.model, texts, features).difference is None
    swapped = {(0, "sum.1"): features[1, "sum.1"], (1, "sum.1"): features[0, "sum.1"]}
    with pytest.raises(KeyError, match="right"):
        compare_states(one.interpreter, one.model, texts, swapped)


def test_an_output_is_compared_where_the_run_has_ended() -> None:
    """In the last layer alone: before it, there is none."""
    one = compiled(DEMO)
    module = copy.deepcopy(one.model.module)
    with torch.no_grad():
        module.unembedding.weight[[0, 1]] = module.unembedding.weight[[1, 0]]
    difference = compare_engines(one.interpreter, Model(module, one.model.metadata), ["a"])
    assert str(difference) == 'input "a", layer 2 (compare 1): the output is 0, expected 1'
