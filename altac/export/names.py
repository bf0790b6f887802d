"""Tokens and labels as texts: each once, although values of different kinds can print alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.ir.values import value_text
from altac.model.metadata import Metadata


def apart(text: str, taken: Iterable[str]) -> str:
    """A text that is none of those that are taken, nor a piece of one."""
    taken = list(taken)
    while any(text in other for other in taken):
        text = f"<{text}>"
    return text


def token_texts(interface: Interface) -> list[str]:
    """A text for each token of the vocabulary: symbols as they are read and written, and a frame apart from them."""
    framing = {*interface.before, *interface.after} - {*interface.indices.values(), *written(interface)}
    texts: dict[int, str] = {}
    for token, value in enumerate(interface.vocabulary):
        if token not in framing:
            text = value_text(value)
            texts[token] = text if value in interface.alphabet else alone(text, texts.values(), interface)
    for token in sorted(framing):
        texts[token] = apart(value_text(interface.vocabulary.values[token]), texts.values())
    return [texts[token] for token in range(len(texts))]


def written(interface: Interface) -> list[int]:
    """The tokens that a program writes; none if it does not."""
    return [] if interface.writing is None else [token for token in interface.written_tokens if token is not None]


def alone(text: str, taken: Iterable[str], interface: Interface) -> str:
    """A text that is none of those that are taken, nor that of a symbol."""
    others = {*taken, *interface.indices}
    while text in others:
        text = f"<{text}>"
    return text


def label_texts(interface: Interface) -> list[str]:
    """A text for each value of the output; of a number, the name of what it is."""
    if is_open(interface.domain):
        return [interface.variable]
    return [interface.domain.text(value) for value in interface.domain]


def unknown_texts(interface: Interface) -> dict[str, Any]:
    """What a symbol is read as that the program does not have: `other`, null if it is an error, or by its shape."""
    unknown = interface.unknown
    if unknown is None:
        return {"other": None, "shapes": {}}
    shapes = {shape: value_text(symbol) for shape, symbol in unknown.shapes}
    return {"other": value_text(unknown.other), "shapes": shapes}


def number_known(described: Metadata) -> dict[str, Any] | None:
    """How far a number that the program gives may be off, and how many of its digits are known (None: it is exact)."""
    if not is_open(described.interface.domain):
        return None
    (part,) = described.outputs
    return {"error": part.error, "digits": described.interface.domain.digits}
