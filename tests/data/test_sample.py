"""Samples: different, balanced, apart, the same for the same seed, and never fewer without saying so."""

from collections import Counter
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.data.properties import parse_property
from altac.data.sample import Request, Short, draw, draw_sets, spread
from altac.diagnostics import AltacError
from altac.engine.protocol import Engine, run_texts
from tests.support import compiled, nonempty, program, small

PARITY = program("parity")
BITS = PARITY.program.interface
SAME = small(  # has a result only where all symbols are equal
    "var out: 0..9 = 0\nhead same = token\nstep:\n    out := token if same == none else same", domain="0..1", longest=""
).interpreter


def ones(texts: list[str]) -> Counter[int]:
    return Counter(text.count("1") for text in texts)


def lengths(texts: list[str]) -> Counter[int]:
    return Counter(len(text.split()) for text in texts)


def test_lengths_are_equally_often_as_far_as_there_are_inputs() -> None:
    texts = draw(PARITY.interpreter, 500, (0, 9))
    assert len(set(texts)) == 500
    # 1 + 2 + 4 + 8 + 16 + 32 = 63 are all there are; the others share the remaining 437
    found = lengths(texts)
    assert [found[length] for length in range(7)] == [1, 2, 4, 8, 16, 32, 64]
    assert sorted(found[length] for length in (7, 8, 9)) == [124, 124, 125]


def test_lots_decide_where_more_are_drawn_than_elsewhere() -> None:
    """Of ten inputs of twenty lengths, each length gets at most one, and has the same chance of it."""
    found: Counter[int] = Counter()
    for seed in range(200):
        some = lengths(draw(BITS, 10, (1, 20), seed=seed))
        assert set(some.values()) == {1}
        found += some
    assert set(found) == set(range(1, 21))
    assert all(
        70 <= count <= 130 for count in nonempty(found.values())
    )  # 100 expected; more than four standard deviations


def test_each_value_has_lots_of_its_own() -> None:
    """One input for each number of ones: it says nothing about the length."""
    texts = [text for seed in range(40) for text in draw(BITS, 21, (0, 20), 'count("1")', seed=seed)]
    assert set(ones(texts).values()) == {40}
    of_one = lengths([text for text in texts if text.count("1") == 1])
    assert min(of_one) <= 4
    assert max(of_one) >= 17
    first = [len(text.split()) for text in draw(BITS, 21, (0, 20), 'count("1")') if text.count("1") < 10]
    assert len(set(first)) > 4


def test_values_of_a_property_are_equally_often() -> None:
    texts = draw(PARITY.interpreter, 2100, (0, 20), 'count("1")')
    assert len(set(texts)) == 2100
    counts = ones(texts)
    # of 20 ones there is one word, of 19 there are 1 + 20, and 0 ones in 21 lengths; 210 words have 18
    assert (counts[20], counts[19], counts[0]) == (1, 21, 21)
    assert {counts[number] for number in range(1, 19)} == {114, 115}
    at_ten = lengths([text for text in texts if text.count("1") == 10])
    assert at_ten[10] == 1
    assert {at_ten[length] for length in range(12, 21)} <= {11, 12}


def test_a_set_may_be_everything() -> None:
    texts = draw(BITS, 15, (0, 3))
    assert sorted(texts) == sorted(" ".join(word) for n in range(4) for word in product("01", repeat=n))


def test_too_few_inputs_are_an_error_or_repeated() -> None:
    with pytest.raises(AltacError) as caught:
        draw(BITS, 16, (0, 3))
    (found,) = caught.value.diagnostics
    assert found.code == "E0614"
    assert "only 15 different inputs" in found.message
    texts = draw(BITS, 400, (0, 3), repeat=True)
    assert len(texts) == 400
    assert set(lengths(texts).values()) == {100}
    assert set(Counter(texts).values()) == {100, 50, 25, 12, 13}


def test_the_seed_alone_decides() -> None:
    first = draw(PARITY.interpreter, 50, (0, 30), "length % 2", seed=7)
    assert draw(PARITY.interpreter, 50, (0, 30), "length % 2", seed=7) == first
    assert draw(BITS, 50, (0, 30), "length % 2", seed=7) == first
    assert draw(PARITY.interpreter, 50, (0, 30), "length % 2", seed=8) != first
    assert lengths(first)  # not sorted by length
    assert [len(text) for text in first] != sorted(len(text) for text in first)


def test_every_word_is_as_likely() -> None:
    found = Counter(draw(BITS, 1, (3, 3), seed=seed)[0] for seed in range(800))
    assert len(found) == 8
    assert all(60 <= count <= 140 for count in nonempty(found.values()))  # 100 expected; four standard deviations


def test_sets_are_apart_and_share_what_is_rare() -> None:
    requests = [Request(800, 0, 10), Request(400, 0, 20)]
    (train, test), dropped = draw_sets(BITS, requests, parse_property('count("1")', BITS), 3)
    assert (len(train.texts), len(test.texts), dropped) == (800, 400, Counter())
    assert len({*train.texts, *test.texts}) == 1200
    assert max(lengths(train.texts)) == 10
    assert max(lengths(test.texts)) == 20
    assert lengths(test.texts)[4] >= 2  # of sixteen words of four bits, training does not take all
    assert train.share == 800 // 11
    assert Short(10, 1, "exist") in train.short
    assert all(one.count < train.share for one in nonempty(train.short))
    assert {one.value for one in train.short} == {v for v in range(11) if ones(train.texts)[v] < train.share}


def test_kinds_of_which_a_set_gets_nothing_are_told() -> None:
    (train, test), _ = draw_sets(BITS, [Request(1000, 0, 20), Request(100, 0, 20)])
    assert train.short[:4] == [*(Short(n, 2**n, "exist") for n in range(3)), Short(3, 7, "shared")]
    assert test.share == 4
    assert test.short == [Short(n, count, "shared") for n, count in enumerate((0, 0, 0, 1, 1, 3))]
    _, rare = draw_sets(BITS, [Request(10, 0, 4), Request(5, 0, 4)])[0]
    assert rare.short == [Short(0, 0, "shared")]


def test_only_what_another_set_asks_for_is_shared() -> None:
    requests = [Request(500, 0, 20), Request(300, 0, 40)]
    (train, test), _ = draw_sets(BITS, requests, parse_property('count("1")', BITS))
    assert train.short == [Short(0, 21, "exist"), Short(19, 16, "shared"), Short(20, 1, "exist")]
    assert test.short == [Short(40, 1, "exist")]


def test_inputs_without_a_result_are_left_out_and_counted() -> None:
    (drawn,), dropped = draw_sets(SAME.interface, [Request(5, 1, 3)], engine=SAME)
    assert len(set(drawn.texts)) == 5
    assert all(len(set(text.split())) == 1 for text in nonempty(drawn.texts))
    assert set(dropped) == {"E0603"}
    assert [result.output for result in drawn.results] == [r.output for r in run_texts(SAME, drawn.texts)]
    with pytest.raises(AltacError, match="only 6 different inputs with a result"):
        draw(SAME, 7, (1, 3))
    texts = draw(SAME, 14, (1, 3), keep_failing=True)
    assert len(set(texts)) == 14


def test_a_kind_that_hardly_ever_has_a_result_is_given_up() -> None:
    """Of 2**30 inputs two have a result."""
    with pytest.raises(
        AltacError, match=r"of length 30 only 0 of \d,\d{3} different random inputs have a result, not 3"
    ):
        draw(SAME, 3, (30, 30))
    (drawn,), _ = draw_sets(SAME.interface, [Request(8, 8, 14)], engine=SAME)
    assert "given up" in {one.why for one in drawn.short}
    assert sum(lengths(drawn.texts)[length] for length in range(8, 12)) >= 6


def test_small_kinds_are_looked_at_as_a_whole() -> None:
    """Of 2**11 inputs exactly two have a result: this is a fact, though hardly any has one."""
    with pytest.raises(AltacError, match="of length 11 there are only 2 different inputs with a result, not 3"):
        draw(SAME, 3, (11, 11))
    assert sorted(draw(SAME, 2, (11, 11))) == [" ".join("0" * 11), " ".join("1" * 11)]


def test_what_is_rare_is_drawn_for_longer() -> None:
    """Of random commands of length 9 one in 25 has a result; `there are only` none of them."""
    texts = draw(program("scan").interpreter, 30, (9, 9))
    assert len(set(texts)) == 30


def test_what_is_there_without_a_result_is_not_counted() -> None:
    """Six inputs exist, and two of them have no result, which is found out before it is said."""
    with pytest.raises(AltacError, match=r"of lengths 1\.\.2 there are only 4 different inputs with a result, not 7"):
        draw(SAME, 7, (1, 2))
    with pytest.raises(AltacError, match=r"of lengths 1\.\.2 there are only 6 different inputs, not 7"):
        draw(SAME, 7, (1, 2), keep_failing=True)


def test_sets_that_take_inputs_from_each_other_are_told_so() -> None:
    requests = [Request(9, 0, 1, " for training"), Request(1000, 0, 40, " for testing")]
    with pytest.raises(AltacError, match="not 9") as caught:
        draw_sets(BITS, requests, remedy="write some")
    (found,) = caught.value.diagnostics
    assert found.help_text == "ask for fewer or longer ones for either set, which share them, or write some"


def test_kinds_are_repeated_equally_often() -> None:
    texts = draw(SAME, 9, (1, 3), "length", repeat=True)
    assert set(lengths(texts).values()) == {3}


def test_repeating_is_no_remedy_for_what_cannot_be_repeated() -> None:
    """One set has the only input, so the other has none to repeat."""
    with pytest.raises(AltacError, match="not 1") as caught:
        draw_sets(BITS, [Request(5, 0, 0, " for training"), Request(1, 0, 0, " for testing")], repeat=True)
    (found,) = caught.value.diagnostics
    assert found.help_text == "ask for fewer or longer ones for either set, which share them"
    with pytest.raises(AltacError, match="have a result, not 3") as caught:
        draw(SAME, 3, (30, 30), repeat=True)
    (found,) = caught.value.diagnostics
    assert found.help_text.endswith("ask for fewer, or for other lengths")


def test_no_symbol_is_a_kind_of_its_own() -> None:
    interface = small(
        "var out: 0..1 = 0\nstep:\n    out := 1", domain='{"none", "0", 1}', longest=""
    ).interpreter.interface
    (drawn,), _ = draw_sets(interface, [Request(30, 0, 4)], parse_property("first", interface))
    assert drawn.share == 30 // 4
    assert drawn.short == [Short(None, 1, "exist")]


def test_longer_than_the_program_accepts() -> None:
    with pytest.raises(AltacError, match="accepts inputs up to length 9, not 12") as caught:
        draw(program("scan").interpreter, 5, (0, 12))
    assert caught.value.diagnostics[0].code == "E0602"


@given(st.integers(0, 60), st.lists(st.none() | st.integers(0, 20), min_size=1, max_size=6), st.randoms())
def test_spread_is_as_equal_as_limits_allow(total: int, limits: list[int | None], random: Random) -> None:
    result = spread(total, limits, [random.random() for _ in limits])
    open_ended = None in limits
    assert sum(result) == (total if open_ended else min(total, sum(limits)))  # type: ignore[arg-type]
    for one, limit in zip(nonempty(result), limits, strict=True):
        assert limit is None or one <= limit
        if limit is None or one < limit:
            assert one >= max(result) - 1


# The answer as a property ------------------------------------------------------------------------------------

RARE = compiled(  # 1 only where all symbols are
    """program rare
input word: 0..1 up to 16
var out: 0..1 = 0
head zeros = exists where key.token == 0
step:
    out := 0 if zeros else 1
layers 1
output out at last
"""
).interpreter
REVERSED = program("reverse").interpreter


def answered(engine: Engine, texts: list[str]) -> Counter[object]:
    return Counter(result.output and result.output[0] for result in run_texts(engine, texts))


def test_answers_are_equally_often() -> None:
    texts = draw(PARITY.interpreter, 400, (1, 20), "output")
    assert len(set(texts)) == 400
    assert answered(PARITY.interpreter, texts) == {0: 200, 1: 200}
    of_each = lengths([text for text in texts if text.count("1") % 2])
    assert {of_each[length] for length in range(6, 21)} <= {11, 12, 13}
    compared = draw(PARITY.interpreter, 400, (1, 20), "(output == 1) == (first == last)")
    assert Counter((text.count("1") % 2 == 1) == (text[0] == text[-1]) for text in compared) == {True: 200, False: 200}


def test_the_seed_alone_decides_where_answers_do() -> None:
    first = draw(PARITY.interpreter, 50, (0, 12), "output", seed=7)
    assert draw(PARITY.model, 50, (0, 12), "output", seed=7) == first
    assert draw(PARITY.interpreter, 50, (0, 12), "output", seed=8) != first


def test_the_answer_to_the_empty_input_is_none() -> None:
    """It has no last position; so of three kinds one has a single input."""
    (drawn,), _ = draw_sets(RARE.interface, [Request(9, 0, 3)], parse_property("output", RARE.interface), 0, RARE)
    assert answered(RARE, drawn.texts) == {(): 1, 1: 3, 0: 5}
    assert drawn.short == [Short(None, 1, "exist")]


def test_a_rare_answer_is_taken_where_it_is_met() -> None:
    """One input of each length is answered by 1. Of each length 128 inputs are looked at, which is all up to 7."""
    (drawn,), _ = draw_sets(RARE.interface, [Request(60, 1, 16)], parse_property("output", RARE.interface), 0, RARE)
    found = answered(RARE, drawn.texts)
    assert len(set(drawn.texts)) == 60
    assert found.total() == 60
    assert 7 <= found[1] <= 16
    assert drawn.short == [Short(1, found[1], "given up")]


def test_answers_of_several_values_are_a_value() -> None:
    texts = draw(REVERSED, 30, (2, 2), "output")
    assert len(set(texts)) == 30
    (drawn,), _ = draw_sets(
        REVERSED.interface, [Request(200, 0, 8)], parse_property("output", REVERSED.interface), 0, REVERSED
    )
    assert len(set(drawn.texts)) == 200  # each is of a kind of its own


def test_sets_balanced_over_answers_are_apart() -> None:
    requests = [Request(200, 0, 10), Request(100, 0, 20)]
    balance = parse_property("output", BITS)
    (train, test), _ = draw_sets(BITS, requests, balance, 3, PARITY.interpreter)
    assert len({*train.texts, *test.texts}) == 300
    assert answered(PARITY.interpreter, train.texts) == {0: 100, 1: 100}
    assert answered(PARITY.interpreter, test.texts) == {0: 50, 1: 50}


def test_too_few_inputs_whatever_their_answers() -> None:
    with pytest.raises(AltacError, match="only 15 different inputs with a result"):
        draw(PARITY.interpreter, 16, (0, 3), "output")
    texts = draw(PARITY.interpreter, 40, (0, 3), "output", repeat=True)
    assert answered(PARITY.interpreter, texts) == {0: 20, 1: 20}


def test_inputs_without_a_result_have_no_answer() -> None:
    texts = draw(SAME, 12, (1, 3), "output", keep_failing=True)
    assert answered(SAME, texts) == {None: 6, 0: 3, 1: 3}


def test_an_answer_needs_a_program() -> None:
    with pytest.raises(AltacError, match="known only of inputs that are run"):
        draw(BITS, 5, (0, 3), "output")
