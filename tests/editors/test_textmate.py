"""The TextMate grammar colours programs as the parser reads them, in the tokenizer of VS Code itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from altac.editing.highlight import Colour, semantic_tokens
from altac.syntax.scan import words
from tests.editors.texts import ALL
from tests.support import nonempty

SCRIPT = Path(__file__).with_name("textmate.mjs")
VALUES = ("true", "false", "none")
CORNERS = [
    "program p\nvar sum: 0..3 = min(1, 2)\nhead sum = sum sum where sum\n",
    "head a = max (b if c else 0) where d\nhead a = max(b, c)\nhead a = min(b, (c)) + 1\nhead a = max b\n",
    'head a = min ("," if b == ")" else "(") at -1\nhead a = closest\nhead a = closest where b\n',
    "head a = sum(1)\nhead a = closest not b\nhead a = sum[1, 2][0] where key.sum == 1\n",
    "layer count: pass\nrun count until a\nrun (a, b) until not until, count * until * 2 until a\n",
    "head x = first until where 1\n",
    "generate until generate up to 3\ngenerate up to until\nscore score: a = b temperature 2\n",
    "output score pooled at last\noutput pooled pooled\nlayer layer:\n    run := layer\n    score := run\n",
    "frame a * 2 b\nlayer causal: causal := generate\ncausal\nlayer mean:\n    head causal = mean causal\n",
    'const A = {"a": 1, "b": [2,\n   3, (4,\nlayer, run)], "é§ü": -1.5}\nlayer x: pass\n',
    '"""Of layers.\nrun x # "no comment\n"""\nprogram p # "a" if 1\n\nexample "\\"" -> "\\\\"  # end\n',
    "match a, b:\n    case _, x | 1..2 if _x: y := a ?\n    case -1, _: y := token?\n",
    "def f(a, b_1) = f(a)[x] // 2 % 3 ^ 1 & 2\n",
]


def category(colour: Colour, text: str) -> str:
    """What a theme has to tell apart."""
    match colour:
        case Colour.KEYWORD | Colour.STRING | Colour.NUMBER | Colour.COMMENT | Colour.OPERATOR:
            return colour.value
        case Colour.CONSTANT if text in VALUES:
            return "constant"
        case Colour.UNKNOWN:
            return ""
    return "name"


def category_of_scope(scopes: str) -> str:
    for prefix, found in (
        ("comment.", "comment"),
        ("string.", "string"),
        ("constant.numeric", "number"),
        ("constant.language", "constant"),
        ("keyword.operator.logical", "keyword"),
        ("keyword.operator", "operator"),
        ("punctuation.", "operator"),
        ("keyword.", "keyword"),
        ("storage.", "keyword"),
        ("entity.", "name"),
        ("variable.", "name"),
        ("support.", "name"),
    ):
        if scopes.startswith(prefix):
            return found
    return ""


def of_characters(text: str, pieces: list[tuple[int, int, str]]) -> list[str]:
    """The category of each character that is not blank; "" between tokens."""
    found = [""] * len(text)
    for start, end, what in pieces:
        found[start:end] = [what] * (end - start)
    return ["" if text[place].isspace() else what for place, what in enumerate(found[: len(text)])]


def tokenized(texts: list[str]) -> list[list[tuple[int, int, str]]]:
    done = subprocess.run(["node", SCRIPT], input=json.dumps(texts), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [[(start, end, category_of_scope(scopes)) for start, end, scopes in one] for one in json.loads(done.stdout)]


def differences(texts: list[str]) -> list[str]:
    wrong = []
    for text, tokens in zip(texts, tokenized(texts), strict=True):
        pieces = semantic_tokens(text)
        seen = of_characters(text, tokens)
        expected = of_characters(
            text, [(one.start, one.end, category(one.colour, text[one.start : one.end])) for one in pieces]
        )
        for place, (one, other) in enumerate(zip(seen, expected, strict=True)):
            if one != other and (place == 0 or seen[place - 1] == expected[place - 1]):
                begin = text.rfind("\n", 0, place) + 1
                wrong.append(f"{text[begin:].partition(chr(10))[0]}\n{' ' * (place - begin)}^ {one} for {other}")
    return wrong


def test_every_program_has_the_colours_of_the_parser() -> None:
    assert len(ALL) > 100
    assert differences(list(ALL.values())) == []


def test_words_that_are_names_elsewhere() -> None:
    assert differences(CORNERS) == []


def test_every_word_of_the_grammar_is_one_in_some_text() -> None:
    texts = [*ALL.values(), *CORNERS]
    found = {
        text[start:end]
        for text, tokens in zip(texts, tokenized(texts), strict=True)
        for start, end, what in tokens
        if what in ("keyword", "constant")
    }
    assert set(words()) <= found


@pytest.mark.parametrize("texts", [["var x: 0..9 = ("], ['program p\nvar x = "a']])
def test_a_difference_is_noticed(texts: list[str]) -> None:
    """The comparison compares: of another text, the colours are others."""
    other = [texts[0].replace("var", "vax")]
    pieces = tokenized(other)[0]
    assert of_characters(texts[0], pieces) != of_characters(texts[0], tokenized(texts)[0])
    assert nonempty(pieces)
