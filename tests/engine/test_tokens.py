"""Many texts at once have the tokens that each has alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.engine.protocol import run_texts
from altac.engine.tokens import FEW, many_tokens, tokens_or_error
from altac.ir.interface import InputError, Interface
from tests.support import small

CHARACTERS = "01x \t\n\x1c\u00a0\u3000\u2028\ufeff\ud800\U0001f600"


def same(interface: Interface, texts: list[str]) -> bool:
    alone = [tokens_or_error(interface, text) for text in texts]
    together = many_tokens(interface, texts)
    return [told(one) for one in alone] == [told(one) for one in together]


def told(one: list[int] | InputError) -> object:
    return (one.problem.code, str(one)) if isinstance(one, InputError) else one


@pytest.mark.parametrize("longest", ["", "up to 3"])
@given(texts=st.lists(st.text(CHARACTERS, max_size=6), min_size=FEW, max_size=FEW + 8))
def test_characters(texts: list[str], longest: str) -> None:
    body = "var out: 0..1 = 0\nstep:\n    out := 1 if token == 1 else 0\nlayers 1"
    interface = small(body, domain='0..1 | {"\U0001f600"}', longest=longest).program.interface
    assert interface.one_per_character
    assert same(interface, texts)


def test_longer_symbols() -> None:
    body = "var out: 0..12 = token\nstep:\n    out := token\nlayers 1"
    interface = small(body, domain="0..12").program.interface
    dice = random.Random(0)
    assert same(interface, [" ".join(dice.choices(["0", "12", "7", "x"], k=dice.randint(0, 5))) for _ in range(40)])


def test_results_come_in_the_order_of_the_texts() -> None:
    one = small("var out: 0..1 = token\nstep:\n    out := 1 - token\nlayers 1", domain="0..1")
    texts = [*(bin(number)[2:] for number in range(40)), "", "2", " 1  0 "]
    found = run_texts(one.model, texts)
    assert [result.input for result in found] == texts
    assert [result.output for result in found[:40]] == [tuple(1 - int(bit) for bit in text) for text in texts[:40]]
    assert [result.output for result in found[-3:]] == [(), None, (0, 1)]
