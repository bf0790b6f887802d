"""The tokens of editors are those of the parser, and every text has some."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altac.syntax.parse import grammar_path, lex_source, read_source
from altac.syntax.scan import scan, signs, words
from tests.support import PROGRAMS

ALL = sorted(PROGRAMS.rglob("*.alta"))
GRAMMAR = grammar_path().read_text(encoding="utf-8")
FRAGMENTS = st.sampled_from(
    [*words(), *signs(), '"', '"""', "x", " ", "\n", "\n    ", "# c", "1", "0.5", "§", "'", "\t"]
)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_program_has_the_tokens_that_the_parser_sees(path) -> None:
    source = read_source(path)
    seen = [token for token in lex_source(source) if token.type not in ("_NL", "_INDENT", "_DEDENT")]
    found = [token for token in scan(source.text) if token.type != "COMMENT"]
    kinds = [[(one.type, str(one), one.start_pos, one.end_pos) for one in tokens] for tokens in (seen, found)]
    assert kinds[0] == kinds[1]


@given(st.lists(FRAGMENTS).map("".join))
def test_every_character_of_any_text_is_in_one_token_or_blank(text: str) -> None:
    tokens = [(token.start_pos, token.end_pos, str(token)) for token in scan(text)]
    assert [text[start:end] for start, end, _ in tokens] == [token for _, _, token in tokens]
    places = [0, *(place for start, end, _ in tokens for place in (start, end)), len(text)]
    assert places == sorted(places)
    between = "".join(text[end:start] for end, start in zip(places[::2], places[1::2], strict=True))
    assert between.strip(" \t\n\r\f") == ""


def test_the_words_are_those_that_the_grammar_quotes() -> None:
    rules = re.sub(r"//[^\n]*", "", GRAMMAR)
    quoted = set(re.findall(r'"([a-z]+)"', rules))
    declared = set(re.search(r"%declare (.*)", rules)[1].lower().split()) - {"_indent", "_dedent"}
    assert set(words()) == quoted | declared
    assert len(quoted) > 40
