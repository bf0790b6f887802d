"""What an editor shows of the word under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lark import Token

from altac.check.imports import TEXT
from altac.editing.checking import Checked
from altac.editing.files import Imports, real_path, together
from altac.editing.outline import Declared, Kind, Outline, end_of, outline, start_of, word_types
from altac.editing.words import BUILTIN, REFERENCE, WORDS

EXPORTED = (Kind.PARAMETER, Kind.CONSTANT, Kind.TYPE, Kind.FUNCTION)
LONGEST = 400  # characters of a declaration that are shown


@dataclass(frozen=True)
class Hover:
    """A text in Markdown about some characters."""

    start: int
    end: int
    text: str


def hover(
    text: str, offset: int, checked: Checked | None = None, name: str = TEXT, imports_from: Imports = None
) -> Hover | None:
    """What the word at an offset means; None where there is none.

    Args:
        checked: what was found out about this text, or an earlier one: it has the domains.
        name: the path of its file, whose folder is that of its imports; without one it imports nothing.
        imports_from: a folder from which it may import files, beside its own.
    """
    around = outline(text)
    token = around.token_at(offset)
    if token is None:
        return None
    told = _told(around, token, checked)
    if told is None and token.type == "NAME" and name != TEXT:
        told = _imported(str(token), text, real_path(name), imports_from)
    return None if told is None else Hover(start_of(token), end_of(token), told)


def _told(around: Outline, token: Token, checked: Checked | None) -> str | None:
    place = around.tokens.index(token)
    if token.type in word_types() and not (place > 0 and around.tokens[place - 1].type == "LAYER"):
        words, anchor = WORDS[str(token)]
        return f"{words}\n\nReference: {REFERENCE}#{anchor}"
    declared = around.named(str(token), start_of(token))
    if declared is not None:
        return described(around.text, declared, checked)
    if token.type != "NAME" or str(token) not in BUILTIN:
        return None
    domain = None if checked is None else checked.domain(str(token))
    return BUILTIN[str(token)] + ("" if domain is None else f"\n\nDomain: `{domain}`")


def _imported(word: str, text: str, path: str, imports_from: Imports) -> str | None:
    """The declaration of a name in the files that a text imports, and which file it is."""
    files, _ = together(path, {path: text}, imports_from)
    for file in files:
        declared = None if file == path else outline(files[file]).named(word)
        if declared is not None and declared.kind in EXPORTED:
            return f"{described(files[file], declared, None)} in `{Path(file).name}`"
    return None


def described(text: str, declared: Declared, checked: Checked | None) -> str:
    """A declaration in Markdown: how it is written, what kind of thing it is, and its domain if that is known."""
    written = text[declared.begin : declared.finish].split("\n\n")[0].rstrip()
    if declared.kind is Kind.LAYER:
        written = written.split("\n")[0]
    if len(written) > LONGEST:
        written = f"{written[: LONGEST - 4]} ..."
    where = f" of layer `{declared.layer}`" if declared.layer and declared.kind is Kind.HEAD else ""
    parts = [f"```alta\n{written}\n```", f"{declared.kind.value}{where}"]
    facts = [] if checked is None else [fact for fact in checked.facts if fact.name == declared.name]
    if declared.kind not in (Kind.LOCAL, Kind.ARGUMENT, Kind.LAYER):
        parts += [f"Domain: `{fact.domain}`" for fact in facts if fact.layer in (declared.layer, "")][:1]
    return "\n\n".join(parts)
