"""Names for what a found program is made of, by what it does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from altac.ir.values import value_text
from altac.synthesis.nodes import (
    AFTER,
    ALL,
    BEFORE,
    FAR_LEFT,
    FAR_RIGHT,
    FROM_HERE,
    LEFT,
    RIGHT,
    SO_FAR,
    Head,
    Input,
    Member,
    Node,
    Sum,
    is_token,
)
from altac.synthesis.sample import Codes

LONGEST_WORD = 20  # in a name

SUFFIX = {
    ALL: "",
    BEFORE: "_before",
    SO_FAR: "_so_far",
    AFTER: "_after",
    FROM_HERE: "_from_here",
    LEFT: "_left",
    RIGHT: "_right",
    FAR_LEFT: "_far_left",
    FAR_RIGHT: "_far_right",
}
LONE = {
    ALL: "length",
    BEFORE: "before",
    SO_FAR: "place",
    AFTER: "after",
    FROM_HERE: "rest",
    LEFT: "has_left",
    RIGHT: "has_right",
}
OF_TOKEN = {"==": "same", "!=": "different", "<": "smaller", ">": "greater", "<=": "not_greater", ">=": "not_smaller"}
OF_OTHER = {"==": "alike", "!=": "unlike", "<": "less", ">": "more", "<=": "not_more", ">=": "not_less"}
BRINGS = {"max": "greatest", "min": "least", "sum": "total", "first": "first", "last": "last"}


class Names:
    """Gives every node a name of its own."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def fresh(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name


def name_of_head(head: Head, codes: Codes) -> str:
    """What a head is called if no other has that name."""
    condition, suffix = head.condition, SUFFIX[head.at]
    if head.aggregate in ("count", "exists"):
        if condition.key is not None:
            of_token = isinstance(condition.key, Input) and condition.key.name == "token"
            return (OF_TOKEN if of_token else OF_OTHER)[condition.relation] + suffix
        if condition.flag is not None:
            return name_of_flag(condition.flag, head.aggregate == "count", codes) + suffix
        return LONE[head.at]
    if head.at in (LEFT, RIGHT, FAR_LEFT, FAR_RIGHT):
        return suffix[1:]
    what = _what(head.value)
    if head.aggregate in ("max", "min", "sum") and what == "symbol":
        return BRINGS[head.aggregate] + suffix
    if head.aggregate == "value":
        return "fetched" if what == "symbol" else what
    return f"{BRINGS[head.aggregate]}_{what}{suffix}"


def name_of_flag(flag: Node, counts: bool, codes: Codes) -> str:
    """After the one symbol that is counted, if there is one; a sign by the name that Unicode gives it."""
    if isinstance(flag, Member) and is_token(flag.of) and len(flag.codes) == 1:
        symbol = value_text(codes.value(next(iter(flag.codes)), flag.of.kind))
        name = symbol if symbol.isalnum() else unicodedata.name(symbol[0], "sign")
        word = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_")
        if word and len(word) <= LONGEST_WORD:
            return f"{'count_of' if counts else 'has'}_{word}"
    return "counted" if counts else "found"


def _what(value: Node | None) -> str:
    if isinstance(value, Input):
        return "symbol" if value.name == "token" else "place"
    return "value"


def name_of_value(node: Node, compared: Node | None) -> str:
    """What an expression is called that heads read; `compared` is what it is compared with, if it is one thing."""
    if isinstance(compared, Input) and compared.name == "position":
        return "place"
    if node.kind == "boolean":
        return "flag"
    return "level" if isinstance(node, Sum) and any(sign < 0 for sign, _ in node.terms) else "amount"


def name_of_layer(heads: list[Head]) -> str:
    """What a layer is called, by what most of its heads do."""
    if not heads:
        return "decide"
    fetching = sum(head.aggregate not in ("count", "exists") for head in heads)
    counting = sum(head.aggregate == "count" for head in heads)
    if 2 * fetching > len(heads) or not counting:
        return "fetch" if fetching else "look"
    return "tally"
