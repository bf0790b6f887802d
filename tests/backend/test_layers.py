"""Weights of several layers: dimensions by liveness, what is cleared, and how far a layer is exact."""

import re
from dataclasses import replace
from itertools import combinations, product

import pytest

from altac.backend.blocks import Blocks, LayerBlock, LinearMap
from altac.backend.dead import verify_nothing_dead
from altac.backend.layout import build_stream
from altac.diagnostics import AltacError, InternalError
from altac.driver import Compiled
from altac.ir.stream import CLEARING, Kind, Part, Stream, collide, share
from altac.passes.readouts import without_rules
from tests.passes.test_layers import LAYERED, layered
from tests.support import compiled, nonempty, outputs, small


def needed(stream: Stream, layer: int) -> int:
    """How many dimensions hold something in a layer."""
    return sum(part.size for part in stream.view(layer).parts)


def cleared(layer: LayerBlock) -> set[int]:
    """The dimensions that a layer clears."""
    heads = [head for head in layer.heads if head.name == CLEARING]
    return {int(place) for head in heads for place in (head.output < 0).any(axis=1).nonzero()[0]}


def own(stream: Stream, layer: int) -> set[int]:
    return {place for part in stream.view(layer).own for place in part.place}


# The stream ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERED)
def test_parts_share_dimensions_only_where_they_are_never_needed_together(name: str) -> None:
    one = layered(name)
    program, stream = one.program, one.blocks.stream
    assert not collide(stream.parts)
    assert Stream.from_list(stream.to_list()) == stream
    assert stream.d_model < sum(part.size for part in stream.parts)
    numbers = sum(part.kind is Kind.NUMBER for part in stream.parts)
    assert stream.d_model <= numbers + max(needed(stream, layer) for layer in nonempty(range(len(program.layers))))
    kept = {kept.name: kept for kept in program.kept}
    for part in nonempty(stream.parts[len(program.variables) :]):
        assert part.layers is not None
        own_layer = next(n for n, layer in enumerate(program.layers) if part in stream.view(n).own)
        lasting = part.kind is Kind.KEPT or (part.kind is Kind.HEAD and part.owner not in program.copied_by(own_layer))
        last = kept[part.owner].last if lasting and part.owner in kept else own_layer
        assert part.layers == (own_layer, last)


def test_numbers_share_no_dimension_with_what_attention_writes() -> None:
    """Else a head would be written over a number of any size, with an error that no lemma bounds."""
    body = """
layer one:
    head m = mean 1000000 * token / 3 where key.token <= query.token else 0
    var a = m > 700000
layer two:
    head left = token where key.position == query.position - 1 else 0
    head n = count where key.a
    var b = left if n > 1 else 3
layer three:
    head right = b at +1 else 0
    var out = right
output out
"""
    one = compiled(f"program p\ninput word: 0..3 up to 4{body}")
    parts = [part for part in one.blocks.stream.parts if not part.is_state]
    numbers = [part for part in parts if part.kind is Kind.NUMBER]
    assert [part.owner for part in numbers] == ["m", "n"]

    def meet(left: Part, right: Part) -> bool:
        return bool(set(left.place) & set(right.place))

    for number, other in nonempty(product(numbers, parts)):
        assert number == other or other.after > 1 or not meet(number, other)
    assert any(meet(left, right) for left, right in combinations(parts, 2) if not share(left, right))
    assert outputs(one, "1 2 3 0", "3 3 2 1", "0") == outputs_of_three("1 2 3 0", "3 3 2 1", "0")


def outputs_of_three(*texts: str) -> list[str]:
    """What that program is to say."""
    found = []
    for text in texts:
        tokens = [int(symbol) for symbol in text.split()]
        means = [sum(o for o in tokens if o <= t) / sum(o <= t for o in tokens) for t in tokens]
        many = sum(1000000 * mean / 3 > 700000 for mean in means)
        values = [(tokens[i - 1] if i else 0) if many > 1 else 3 for i in range(len(tokens))]
        found.append(" ".join(map(str, [*values[1:], 0])))
    return found


def test_without_rules_numbers_stay_numbers_until_the_step_keeps_them() -> None:
    one = layered("counts")
    stream = build_stream(one.program, without_rules(one.program), with_mlps=False)
    kinds = [(str(part), part.kind, part.after, part.layers) for part in stream.parts if not part.is_state]
    assert kinds == [
        ("frequency (number)", Kind.NUMBER, 1, (0, 0)),
        ("place", Kind.KEPT, 2, (0, 1)),
        ("frequency", Kind.KEPT, 2, (0, 1)),
        ("letters (number)", Kind.NUMBER, 1, (1, 1)),
        ("out", Kind.KEPT, 2, (1, 1)),
    ]


# Clearing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "clears"),
    [("layers 1", False), ("layers 2", True), ("halt when out == 3", True)],
)
def test_a_single_step_clears_where_it_repeats(ending: str, clears: bool) -> None:
    body = f"var out: 0..3 = 0\nhead left = token at -1 else 3\nstep:\n    out := max(out, left)\n{ending}"
    (layer,) = small(body, domain="0..3").blocks.layers
    assert [head.name for head in layer.heads] == ["left", *[CLEARING] * clears]


@pytest.mark.parametrize("name", LAYERED)
def test_a_layer_clears_what_it_writes_and_others_or_itself_may_have_used(name: str) -> None:
    one = layered(name)
    stream, schedule = one.blocks.stream, one.program.schedule
    for number, layer in enumerate(nonempty(one.blocks.layers)):
        entry = next(entry for entry in schedule if number in entry.layers)
        before = set().union(*(own(stream, earlier) for earlier in range(number)))
        assert cleared(layer) == own(stream, number) & (own(stream, number) if entry.times != 1 else before)
    assert not cleared(one.blocks.layers[0])


def test_a_layer_has_what_it_needs() -> None:
    one = compiled(
        "program p\ninput word: 0..3 up to 4\nvar x: 0..3 = token\nlayer a:\n    x := (x + 1) % 4\n"
        "layer b:\n    head left = x at -1 else 0\nlayer c:\n    x := left\noutput x"
    )
    assert [(len(layer.heads), len(layer.mlps)) for layer in one.blocks.layers] == [(0, 1), (1, 0), (0, 1)]
    assert outputs(one, "0 1 2 3") == ["0 1 2 3"]


# What is dead ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERED)
def test_nothing_is_dead(name: str) -> None:
    verify_nothing_dead(layered(name).blocks)


def without_layer(blocks: Blocks, number: int, *, inward: bool) -> Blocks:
    """The last MLP of a layer reads, or writes, nothing."""
    layers = list(blocks.layers)
    last = layers[number].mlps[-1]
    if inward:
        last = replace(last, inward=LinearMap(0 * last.inward.weight, last.inward.bias))
    else:
        last = replace(last, outward=LinearMap(0 * last.outward.weight, last.outward.bias))
    layers[number] = replace(layers[number], mlps=(*layers[number].mlps[:-1], last))
    return replace(blocks, layers=tuple(layers))


@pytest.mark.parametrize(
    ("name", "number", "inward", "what"),
    [
        ("counts", 0, False, "nothing writes `place=1`"),
        ("copies", 0, False, "nothing writes `same=0`"),
        ("copies", 2, True, "nothing reads any of `few`"),
        ("counts", 1, False, "the unit .* does nothing"),
    ],
)
def test_what_is_dead_in_one_layer_is_found(name: str, number: int, inward: bool, what: str) -> None:
    """Though another layer writes or reads the same dimensions."""
    with pytest.raises(InternalError, match=what):
        verify_nothing_dead(without_layer(layered(name).blocks, number, inward=inward))


# Certificates ----------------------------------------------------------------------------------------------------

LATE = """program late
input word: 0..1 up to {n}
layer first_one:
    head left = token at -1 else 0
    var one = left == 1
layer second_one:
    head ones = count where key.one
    var out = min(ones, 3)
output out
"""


def late(longest: int) -> Compiled:
    return compiled(LATE.format(n=longest))


def test_a_refusal_names_the_head_of_a_later_layer_and_a_length_that_compiles() -> None:
    with pytest.raises(AltacError, match="E0507") as caught:
        late(3000).blocks  # noqa: B018
    assert "`ones`" in str(caught.value)
    found = re.search(r"`up to (\d+)`", str(caught.value))
    assert found is not None
    possible = int(found[1])
    assert 1000 < possible < 3000
    late(possible).blocks  # noqa: B018
    with pytest.raises(AltacError, match="E0507"):
        late(possible + 1).blocks  # noqa: B018


def test_what_is_kept_is_exact_and_what_a_head_just_brought_is_not() -> None:
    """In bfloat16 a rule may read few rounded heads at once; what was copied before counts for nothing."""
    heads = "".join(f"    head h{n} = token where key.token == query.token else 0\n" for n in range(24))
    condition = " and ".join(f"h{n} == 1" for n in range(24))
    text = "program p\ninput word: 0..1 up to 8\n{}layer last_one:\n    var out = {}\noutput out\n"
    here = f"layer last_one:\n{heads}    var out = {condition}\noutput out\n"
    together = compiled(f"program p\ninput word: 0..1 up to 8\n{here}")
    apart = compiled(text.format(f"layer look:\n{heads}", condition))
    limits = [one.blocks.certificate.formats["bfloat16"] for one in (together, apart)]
    assert limits[1].longest is not None
    assert limits[0].longest is not None
    assert limits[0].longest < limits[1].longest
    assert "conditions adds up to more" in limits[0].reason


def test_the_certificate_says_how_many_layers_there_are() -> None:
    assert layered("counts").blocks.certificate.layers == 2
    assert layered("loop").blocks.certificate.layers is None
    text = LAYERED["loop"].replace("(shift, settle) until done", "(shift, settle) * 2")
    one = compiled(f"program p\ninput word: 0..3 up to 6{text}")
    assert one.blocks.certificate.layers == 1 + 2 * 2 + 3 + 1


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", LAYERED)
def test_weights_do_what_the_layers_say(name: str, level: int) -> None:
    """State by state; `outputs` compares."""
    texts = [" ".join(map(str, word)) for length in range(4) for word in product(range(4), repeat=length)]
    assert None not in outputs(layered(name, level), *texts, "1 1 1 1 1 1", "0 1 2 3 2 1")
