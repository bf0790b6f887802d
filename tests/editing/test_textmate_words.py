"""The grammar that VS Code reads is the one that is made of the parser's words."""

from __future__ import annotations

from altac.syntax.scan import signs, words
from tests.editors.textmate import TEXTMATE, text


def test_the_grammar_for_editors_is_made_from_the_words_of_the_parser() -> None:
    """If not: `make golden`."""
    assert TEXTMATE.read_text(encoding="utf-8") == text()


def test_a_new_word_changes_it(monkeypatch) -> None:
    before = text()
    monkeypatch.setattr("tests.editors.textmate.words", lambda: words() | {"unheard": "UNHEARD"})
    assert text() != before
    monkeypatch.undo()
    monkeypatch.setattr("tests.editors.textmate.signs", lambda: (*signs(), "~"))
    assert text() != before
