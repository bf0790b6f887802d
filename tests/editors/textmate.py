"""The TextMate grammar of alta, as VS Code reads it: its words and signs are those of the parser.

A rule sees one line at a time. Where a word is one of the language only in some places (altac/syntax/tokens.py), the
rule says the place; only an aggregate `max` or `min` whose parentheses are closed on a later line is taken for a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from altac.editing.outline import DECLARING, Kind
from altac.editing.words import BUILTIN, FUNCTIONS
from altac.syntax.scan import signs, words
from altac.syntax.tokens import AGGREGATES, BEGINS_LINE, BEGINS_VALUE, ENDS_VALUE, LAYERS, WORDS
from tests.test_packaging import ROOT

TEXTMATE = ROOT / "editors" / "vscode" / "alta.tmLanguage.json"
NAME = "[A-Za-z_][A-Za-z0-9_]*"
END = "(?![A-Za-z0-9_])"  # of a word; none begins inside another, since a rule takes the whole of each
LOGICAL = ("and", "or", "not", "in")
VALUES = ("true", "false", "none")
CONTROL = ("if", "elif", "else", "match", "case", "for")
TYPES, PLACES = ("bool", "number"), ("token", "position")
BRACKETS = ("()", "[]", "{}")
SCOPES = {
    Kind.PROGRAM: "entity.name.namespace",
    Kind.PARAMETER: "variable.other.constant",
    Kind.CONSTANT: "variable.other.constant",
    Kind.TYPE: "entity.name.type",
    Kind.FUNCTION: "entity.name.function",
    Kind.HEAD: "variable.other.property",
    Kind.LAYER: "entity.name.class",
}
STRING = r'"(?:[^"\\]|\\.)*"'
INSIDE = rf'(?:[^()\[\]{{}}"]|{STRING}|\g<nested>)*'
NESTED = rf"(?<nested>\({INSIDE}\)|\[{INSIDE}\]|\{{{INSIDE}\}})"
ONE_VALUE = rf'\((?:[^()\[\]{{}}",]|{STRING}|{NESTED})*\)'  # parentheses without a comma of their own

Rule = dict[str, Any]


def one_of(some: Iterable[str]) -> str:
    """A pattern of whole words, or of signs, the longest first."""
    found = sorted(some, key=lambda one: (-len(one), one))
    end = END if found[0].isalpha() else ""
    return f"(?:{'|'.join(map(re.escape, found))}){end}"


def scoped(scope: str) -> Rule:
    return {"name": f"{scope}.alta"}


def match(pattern: str, scope: str) -> Rule:
    """A rule for text on one line."""
    return {"match": pattern, **scoped(scope)}


def captures(pattern: str, *scopes: str) -> Rule:
    """A rule for text on one line, with a scope for each group."""
    return {"match": pattern, "captures": {str(place): scoped(one) for place, one in enumerate(scopes, 1)}}


def line(begin: str, *first: Rule) -> Rule:
    """A line that begins with a word, and brackets that it opens, with rules of its own before those of all lines."""
    return {
        "begin": begin,
        "beginCaptures": {"0": scoped("storage.type")},
        "end": "$",
        "patterns": [*first, {"include": "#anywhere"}],
    }


def reserved() -> dict[str, str]:
    """The words that are none of them names anywhere, with their types."""
    return {word: kind for word, kind in words().items() if kind not in WORDS and word not in AGGREGATES}


def after_value(word: str) -> Rule:
    """A word that is one of the language only behind a value."""
    others = "|".join(rf"\b{word}" for word, kind in reserved().items() if kind not in ENDS_VALUE)
    return captures(rf'(?<=[A-Za-z0-9_"?)\]}}])(?<!{others})[ \t]*({word}){END}', "keyword.other")


def aggregates() -> list[Rule]:
    """The words behind the `=` of a head that say how what it selects becomes one value."""
    no_values = [word for word, kind in reserved().items() if kind not in BEGINS_VALUE]
    value = rf'[ \t]*(?:[0-9"(\[{{]|(?!{one_of(no_values)})[A-Za-z_])'
    before = r"((?<![=!<>:])=(?!=))[ \t]*"
    scopes = ("keyword.operator", "keyword.other")
    calls = [word for word in AGGREGATES if word in FUNCTIONS]
    others = [word for word in AGGREGATES if word not in FUNCTIONS]
    return [
        captures(rf"{before}({one_of(others)})(?={value})", *scopes),
        captures(rf"{before}({one_of(calls)})(?![ \t]*\()", *scopes),
        captures(rf"{before}({one_of(calls)})(?=[ \t]*{ONE_VALUE})", *scopes),
    ]


def declarations() -> list[Rule]:
    """Words that declare, with the name behind them."""
    name = rf"((?!{one_of(reserved())}){NAME})"
    of_word = {word: DECLARING[kind] for word, kind in reserved().items() if kind in DECLARING}
    return [
        captures(
            rf"({word}){END}[ \t]+{name}",
            "keyword.control" if word in CONTROL else "storage.type",
            SCOPES.get(kind, "variable.other.definition"),
        )
        for word, kind in of_word.items()
        if kind is not Kind.HEAD
    ]


def textmate() -> Rule:
    """The grammar, as its file has it."""
    plain = [word for word in reserved() if word not in (*LOGICAL, *VALUES, *CONTROL)]
    declaring = {word for word in plain if reserved()[word] in DECLARING}
    brackets = {sign for pair in BRACKETS for sign in pair}
    operators = [sign for sign in signs() if sign not in {*brackets, ",", ":", "."}]
    name = rf"((?!{one_of(reserved())}){NAME})"
    layer_names = [word for word, kind in reserved().items() if kind in LAYERS]
    begin = [word for word, kind in words().items() if kind in BEGINS_LINE]
    head = line(rf"(head){END}(?:[ \t]+{name})?", *aggregates())
    head["beginCaptures"] = {"1": scoped("storage.type"), "2": scoped(SCOPES[Kind.HEAD])}
    return {
        "information_for_contributors": [
            "Written by `make golden` from grammar/alta.lark: see tests/editors/textmate.py."
        ],
        "name": "alta",
        "scopeName": "source.alta",
        "patterns": [
            captures(rf"^(layer){END}[ \t]+({NAME})", "storage.type", SCOPES[Kind.LAYER]),
            captures(rf"^(generate){END}[ \t]+(until){END}", "storage.type", "keyword.other"),
            line(rf"^run{END}", after_value("until"), match(one_of(layer_names), SCOPES[Kind.LAYER])),
            line(rf"^score{END}", after_value("temperature")),
            line(rf"^output{END}", after_value("pooled")),
            match(rf"^{one_of(begin)}", "storage.type"),
            head,
            {"include": "#anywhere"},
        ],
        "repository": {
            "anywhere": {
                "patterns": [{"include": f"#{one}"} for one in ("text", "brackets", "words", "names", "signs")]
            },
            "text": {
                "patterns": [
                    match(r"#.*$", "comment.line.number-sign"),
                    {"begin": '"""', "end": '"""', **scoped("string.quoted.triple")},
                    {
                        "begin": '"',
                        "end": '"|$',
                        **scoped("string.quoted.double"),
                        "patterns": [match(r"\\.", "constant.character.escape")],
                    },
                    match(r"[0-9]+(?:\.[0-9]+)?", "constant.numeric"),
                ]
            },
            "brackets": {
                "patterns": [
                    {
                        "begin": re.escape(pair[0]),
                        "end": rf"{re.escape(pair[1])}|(?=^{one_of(declaring)})",
                        "beginCaptures": {"0": scoped("punctuation.section.brackets.begin")},
                        "endCaptures": {"0": scoped("punctuation.section.brackets.end")},
                        "patterns": [{"include": "#anywhere"}],
                    }
                    for pair in BRACKETS
                ]
            },
            "words": {
                "patterns": [
                    *declarations(),
                    match(one_of(LOGICAL), "keyword.operator.logical"),
                    match(one_of(VALUES), "constant.language"),
                    match(one_of(CONTROL), "keyword.control"),
                    match(one_of(declaring), "storage.type"),
                    match(one_of({*plain} - declaring), "keyword.other"),
                ]
            },
            "names": {
                "patterns": [
                    match(f"_{END}", "keyword.operator.wildcard"),
                    match(rf"{one_of(FUNCTIONS)}(?=[ \t]*\()", "support.function"),
                    match(one_of(TYPES), "support.type"),
                    match(one_of(PLACES), "support.variable"),
                    match(rf"{NAME}(?=[ \t]*\()", "entity.name.function"),
                    match(NAME, "variable.other"),
                ]
            },
            "signs": {
                "patterns": [
                    match(one_of(operators), "keyword.operator"),
                    match(r"[,:.]", "punctuation.separator"),
                    match(one_of(brackets), "punctuation.section.brackets"),
                ]
            },
        },
    }


def text() -> str:
    return json.dumps(textmate(), indent=2, ensure_ascii=False) + "\n"


assert {*FUNCTIONS, *TYPES, *PLACES} == {*BUILTIN}
