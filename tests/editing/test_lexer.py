"""The lexer for Pygments: it is found by its name, loses no character, and knows the words of the grammar."""

from __future__ import annotations

import re

import pytest
from pygments.lexers import get_lexer_by_name
from pygments.token import Error, Keyword, Name, String

from altac.syntax.parse import grammar_path
from tests.support import PROGRAMS, nonempty

BROKEN = ['var x: 0..9 = "open', "head é = count where", "layer a:\n    head", "", "if\n\tx := 1 $ 2\n"]
WORD = re.compile(r'"([a-z]+)"')


def tokens(text: str) -> list[tuple[object, str]]:
    return [(kind, value) for _, kind, value in get_lexer_by_name("alta").get_tokens_unprocessed(text)]


@pytest.mark.parametrize("name", sorted(path.name for path in PROGRAMS.glob("*.alta")))
def test_programs_have_colours_and_lose_no_character(name: str) -> None:
    text = (PROGRAMS / name).read_text(encoding="utf-8")
    found = tokens(text)
    assert "".join(value for _, value in found) == text
    assert not [value for kind, value in found if kind is Error]
    assert (Keyword, "program") in found


@pytest.mark.parametrize("text", BROKEN)
def test_broken_texts_lose_no_character(text: str) -> None:
    assert "".join(value for _, value in tokens(text)) == text


def test_every_word_of_the_grammar_that_begins_a_line_is_a_keyword() -> None:
    grammar = grammar_path().read_text(encoding="utf-8")
    begins = "program|const|type|def_|input|frame|var|head|run|halt|layers|score|output"
    rules = re.findall(rf"^(?:{begins}):.*$", grammar, re.MULTILINE)
    for rule in nonempty(rules):
        word = WORD.search(rule)
        assert word is not None
        assert tokens(f"{word[1]} x")[0] == (Keyword, word[1])


def test_names_have_the_colour_of_what_they_are() -> None:
    found = tokens('program p\ninput s: {"a"}\nhead h = token at -1\noutput h\n')
    assert (Name.Namespace, "p") in found
    assert (String, '"a"') in found
    assert [kind for kind, value in found if value == "h"] == [Name.Attribute] * 2
