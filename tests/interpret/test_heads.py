"""What heads bring, against a few lines of Python for each; the weights have to agree."""

from fractions import Fraction

import pytest

from altac.engine.protocol import run_texts
from tests.support import nonempty, outputs, small

WORDS = ["", "3", "1 2", "5 5 5", "9 0 4 4 1 7", "1 2 3 4 5 6 7 8", "0 0 0 0 0 0 0 1"]


def numbers(text: str) -> list[int]:
    return [int(one) for one in text.split()]


def check(body: str, expected) -> None:
    """`expected(word, position)` is the value of `out` after one layer."""
    program = small(body)
    for text, found in zip(WORDS, outputs(program, *WORDS), strict=True):
        word = numbers(text)
        assert found == " ".join(str(expected(word, position)) for position in range(len(word))), text


def bring(head: str, domain: str = "0..9", default: str = "") -> str:
    return f"var out: {domain} = 0\nhead h = {head}{default}\nstep:\n    out := h"


def before(word: list[int], position: int, default: int = 0) -> int:
    return word[position - 1] if position > 0 else default


def test_relative_position() -> None:
    check(bring("token at -1 else 0"), before)


def test_a_function_of_the_value() -> None:
    check(bring("(token * 2) % 10 at -1 else 7"), lambda w, p: w[p - 1] * 2 % 10 if p else 7)


def test_first_and_last() -> None:
    even = "where key.token % 2 == 0"
    check(bring(f"first token {even} else 9"), lambda w, p: next((x for x in w if x % 2 == 0), 9))
    check(bring(f"last token {even} at ..0 else 9"), lambda w, p: ([9] + [x for x in w[: p + 1] if x % 2 == 0])[-1])


def test_last_finds_the_nearest_match_of_the_own_value() -> None:
    def expected(word: list[int], position: int) -> int:
        places = [i for i in range(position) if word[i] == word[position]]
        return word[places[-1] + 1] if places else 0

    body = """
var out: 0..9 = 0
var left: 0..9 = 0
head before = token at -1 else 0
head seen = last token where key.left == query.token at ..0 else 0
step:
    left := before
    out := seen
layers 2
"""
    program = small(body)
    words = ["1 2 1 3 1 4", "5 5 5"]

    def induction(word: list[int], position: int) -> int:
        lefts = [0, *word[:-1]]
        found = [word[i] for i in range(position + 1) if lefts[i] == word[position]]
        return found[-1] if found else 0

    for text, found in zip(nonempty(words), outputs(program, *words), strict=True):
        word = numbers(text)
        assert found == " ".join(str(induction(word, p)) for p in range(len(word)))
    assert expected([1, 2, 1], 2) == 2


def test_count() -> None:
    check(bring("count where key.token < query.token", "0..8"), lambda w, p: sum(x < w[p] for x in w))
    check(bring("count at 1..", "0..8"), lambda w, p: len(w) - 1 - p)
    check(bring("count at {3, 0, -1, 1}", "0..8"), lambda w, p: sum(0 <= p + d < len(w) for d in (-1, 0, 1, 3)))
    check(bring("count where key.token == 4 at -2..1", "0..8"), lambda w, p: w[max(0, p - 2) : p + 2].count(4))


def test_exists() -> None:
    body = "var out: bool = false\nhead h = exists where key.token == query.token at ..-1\nstep:\n    out := h"
    check(body, lambda w, p: str(w[p] in w[:p]).lower())


def test_several_conjuncts() -> None:
    head = "count where key.token > query.token and key.token % 2 == 0 and query.token != 1 at ..0"
    check(bring(head, "0..8"), lambda w, p: sum(x > w[p] and x % 2 == 0 and w[p] != 1 for x in w[: p + 1]))


def nearest(domain: list[int], average: Fraction) -> int:
    """Half way goes up."""
    return max(domain, key=lambda one: (-abs(one - average), one))


def test_mean_is_rounded_to_the_nearest_value_and_half_way_goes_up() -> None:
    body = "var out: 0..9 = 0\nhead h: 0..9 = mean token at ..0 else 0\nstep:\n    out := h"
    check(body, lambda w, p: nearest(list(range(10)), Fraction(sum(w[: p + 1]), p + 1)))
    body = "var out: {0, 3, 9} = 0\nhead h: {0, 3, 9} = mean token where key.token != 5 else 3\nstep:\n    out := h"

    def expected(word: list[int], position: int) -> int:
        chosen = [x for x in word if x != 5]
        return nearest([0, 3, 9], Fraction(sum(chosen), len(chosen))) if chosen else 3

    check(body, expected)


def test_mean_of_a_constant() -> None:
    body = "var out: (0..9)? = 0\nhead h: (0..9)? = mean 5/2 where key.token > query.token\nstep:\n    out := h"
    check(body, lambda w, p: 3 if any(x > w[p] for x in w) else "none")


def test_mean_without_a_domain_is_exact() -> None:
    program = small(
        "const HALVES = {n / 2 for n in 0..18}\n"
        "var out: HALVES? = 0\nhead h = mean token at {-1, +1}\nstep:\n    out := h"
    )
    assert outputs(program, "1 2 4", "7", "9 9") == ["2 5/2 2", "none", "9 9"]


def test_an_optional_result_is_none_where_nothing_is_selected() -> None:
    body = "var out: (0..9)? = none\nhead h = token at -1\nstep:\n    out := h"
    check(body, lambda w, p: w[p - 1] if p else "none")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_heads_of_no_position(level: int) -> None:
    program = small("var out: bool = true\nhead h = exists where false\nstep:\n    out := h", level=level)
    assert outputs(program, "1 2", "") == ["false false", ""]


KINDS = [
    "token where key.token == query.token",
    "first token",
    "last token at ..-1",
    "token at -1",
    "mean token",
    "count",
    "exists where key.token == 1",
]


@pytest.mark.parametrize("head", KINDS)
def test_an_input_of_no_positions_at_all(head: str) -> None:
    """Alone in its batch it has no position, so not even an empty selection; other inputs do not change that."""
    domain = "bool" if "exists" in head else "0..8" if head == "count" else "(0..9)?" if "mean" not in head else "M?"
    typed = "h: M?" if "mean" in head else "h"
    text = f"const M = 0..9\nvar out: {domain} = {'false' if domain == 'bool' else 0}\nhead {typed} = {head}\n"
    program = small(text + "step:\n    out := h\nlayers 2")
    assert outputs(program, "") == [""]
    assert outputs(program, "", "1")[0] == ""


def test_a_mean_without_a_declared_domain_over_positions_that_are_never_there() -> None:
    one = small("var out: bool = false\nhead h = mean token at 1..\nstep:\n    out := h == none", longest="up to 1")
    assert outputs(one, "3", "") == ["true", ""]


BIG = 10**18
HUGE = 10**27
LARGE = [
    (["0", f"{BIG}", f"{3 * BIG}"], f"{BIG} if token == 1 else {3 * BIG}", {"0 0 0 0": 3 * BIG, "0 1": 3 * BIG}),
    (["0", f"{HUGE}", f"{3 * HUGE}"], f"{HUGE} if token == 1 else {3 * HUGE}", {"1 1 1 0": HUGE, "0 0 1 1": 3 * HUGE}),
    ([f"-{HUGE}", "0", f"{HUGE}"], f"-{HUGE} if token == 1 else {HUGE}", {"1 1 1 0": 0, "1 1 1 1 1 0": -HUGE}),
    ([f"1/{HUGE}", "1"], f"1/{HUGE} if token == 1 else 1/7", {"1 1": f"1/{HUGE}", "1 0": f"1/{HUGE}"}),
]


@pytest.mark.parametrize(("domain", "value", "expected"), LARGE)
def test_the_mean_of_numbers_of_any_size(domain: list[str], value: str, expected: dict[str, object]) -> None:
    """Sums beyond 64 bits; all averages are exact before they are rounded to the domain."""
    values = "{" + ", ".join(domain) + "}"
    one = small(f"var out: {values} = {domain[0]}\nhead h: {values} = mean ({value})\nstep:\n    out := h")
    for result, wanted in zip(nonempty(run_texts(one.interpreter, list(expected))), expected.items(), strict=True):
        assert result.text(one.program.interface) == " ".join([str(wanted[1])] * len(wanted[0].split()))


def test_the_mean_of_fractions_without_a_small_common_denominator() -> None:
    """The least common denominator of 1/1 to 1/60 has 83 bits."""
    body = "const TENTHS = {n/10 for n in 0..10}\nvar share: {1/n for n in 1..60} = 1 if token == 1 else 1/59\n"
    one = small(f"{body}var out: TENTHS = 0\nhead h: TENTHS = mean share\nstep:\n    out := h", longest="up to 90")
    texts = ["1 " * 90, "0 " * 90, "1 0 1 1 1"]
    first = [result.text(one.program.interface).split()[0] for result in run_texts(one.interpreter, texts)]
    assert first == ["1", "0", "4/5"]  # (4 + 1/59) / 5 is nearest to 4/5
