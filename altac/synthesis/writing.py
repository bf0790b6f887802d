"""A found answer as the text of a program.

Assumes nodes that agree with the examples. Ensures a text in the layout of `altac fmt`, with as few layers as what
reads what allows: heads look at what layers above have made, and expressions that heads read have a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from altac.diagnostics import Source
from altac.ir.values import source_text
from altac.syntax.format import format_source
from altac.synthesis.examples import Examples, text_of
from altac.synthesis.expressions import Expressions
from altac.synthesis.names import Names, name_of_head, name_of_layer, name_of_value
from altac.synthesis.nodes import (
    ALL,
    FROM_HERE,
    SO_FAR,
    Arithmetic,
    Compare,
    Constant,
    Head,
    Input,
    Logic,
    Node,
    Sum,
    walk,
)
from altac.synthesis.sample import Codes

SHOWN = 2  # examples in the program
RESERVED = ("text", "answer", "value", "symbol", "count", "first", "last", "key", "query", "token", "position")


@dataclass(frozen=True)
class Answer:
    """What a program says: a node, at all positions, where `where` holds, or at the last position."""

    node: Node
    where: Node | None = None
    at_last: bool = False

    @property
    def cost(self) -> int:
        return self.node.cost + (0 if self.where is None else self.where.cost)


def program_text(answer: Answer, examples: Examples, codes: Codes, name: str, longest: int) -> str:
    """The text of a program.

    Args:
        examples: what the alphabet is from.
        longest: the length up to which it accepts inputs.
    """
    writer = Writer(answer, examples, codes)
    text = f"program {name}\n\ninput text: {examples.alphabet} up to {longest}\n\n"
    causal = "causal\n" if examples.shape == "next" else ""
    text += "\n\n".join(writer.layers()) + f"\n\n{causal}output {writer.output()}\n"
    return format_source(Source(f"{name}.alta", text))


def completed(text: str, docstring: str, examples: Examples) -> str:
    """A program with a docstring, and with a few of the examples, which must be right."""
    lines = "".join(f"{line}\n" for line in example_lines(examples))
    return format_source(Source("learned.alta", f'"""{docstring}"""\n{text}\n{lines}'))


def example_lines(examples: Examples) -> Iterator[str]:
    """A few of the examples that say most: of medium length, with different outputs."""
    aim = min(5, examples.longest)
    places = sorted(
        range(len(examples)),
        key=lambda at: (abs(len(examples.inputs[at]) - aim), -len(set(examples.outputs[at])), at),
    )
    shown: list[int] = []
    for at in places:
        if examples.outputs[at] and all(examples.outputs[at] != examples.outputs[other] for other in shown):
            shown.append(at)
        if len(shown) == SHOWN:
            break
    for at in shown:
        given, wanted = text_of(examples.inputs[at]), text_of(examples.outputs[at])
        yield f"example {source_text(given)} -> {source_text(wanted)}"


class Writer:
    """Gives nodes their layers and names, and writes them."""

    def __init__(self, answer: Answer, examples: Examples, codes: Codes) -> None:
        self.answer = answer
        roots = [answer.node] if answer.where is None else [answer.where, answer.node]
        self.nodes = list(dict.fromkeys(node for root in roots for node in walk(root)))
        self.found = [node for node in self.nodes if isinstance(node, Head)]
        self.texts = Expressions(codes, frozenset(map(codes.code, examples.alphabet)))
        self.values = self._named_values()
        self.layer: dict[Node, int] = {}
        for node in self.nodes:
            if isinstance(node, Head) or node in self.values:
                self.layer[node] = self._layer(node)
        self.numeric = frozenset(leaf for node in self.nodes for leaf in numbers_in(node))
        names = Names(RESERVED)
        self.name: dict[Node, str] = {head: names.fresh(name_of_head(head, codes)) for head in self.found}
        self.name |= {node: names.fresh(name_of_value(node, against)) for node, against in self.values.items()}
        self.said = self.name.get(answer.node, "answer")
        if isinstance(answer.node, Input):
            self.said = answer.node.name

    def _named_values(self) -> dict[Node, Node | None]:
        """Expressions that heads read and that are about more than one thing, with what they are compared with."""
        found: dict[Node, Node | None] = {}
        for head in self.found:
            condition = head.condition
            for node in conjuncts(condition.flag):
                if len(node.leaves) > 1:
                    found.setdefault(node, None)
            key, query = condition.key, condition.query
            for one, other in ((key, query), (query, key), (head.value, None)):
                if one is not None and len(one.leaves) > 1:
                    found.setdefault(one, other if one is not other else None)
        return found

    def _layer(self, node: Node) -> int:
        """A head sees what layers above have made; a value is made where the last of its heads stands."""
        if isinstance(node, Head):
            return 1 + max((self._known(read) for part in node.parts for read in self._reads(part)), default=0)
        return max([1, *(self._known(leaf) for leaf in node.leaves)])

    def _reads(self, part: Node) -> tuple[Node, ...]:
        """What a part of a head reads by name."""
        split = [one for each in conjuncts(part) for one in ((each,) if each in self.values else each.leaves)]
        return tuple(split)

    def _known(self, node: Node) -> int:
        return 0 if isinstance(node, Input) else self.layer[node]

    def layers(self) -> Iterator[str]:
        """The text of each layer; what the answer needs besides is made in the last."""
        if isinstance(self.answer.node, Input) and not self.layer:
            yield "step:\n    pass\n\nlayers 0"  # the output is there from the beginning
            return
        last = max([1, *self.layer.values()])
        names = Names(self.name.values())
        for number in range(1, last + 1):
            heads = [head for head in self.found if self.layer[head] == number]
            values = [node for node in self.values if self.layer[node] == number]
            lines = [self._head(head) for head in heads]
            lines += [f"var {self.name[node]} = {self._expression(node)}" for node in values]
            if number == last and self.said == "answer":
                lines.append(f"var answer = {self._expression(self.answer.node)}")
            yield f"layer {names.fresh(name_of_layer(heads))}:\n" + "".join(
                f"    {line}\n" for line in lines or ["pass"]
            )

    def output(self) -> str:
        """What stands behind `output`."""
        if self.answer.at_last:
            return f"{self.said} at last"
        return self.said if self.answer.where is None else f"{self.said} where {self._expression(self.answer.where)}"

    def _expression(self, node: Node) -> str:
        return self.texts.write(node, self._plain)

    def _plain(self, node: Node) -> str:
        return node.name if isinstance(node, Input) else self.name[node]

    def _head(self, head: Head) -> str:
        condition, named = head.condition, frozenset(self.values)

        def key(node: Node) -> str:
            return self.texts.write(node, lambda one: f"key.{self._plain(one)}", named)

        def query(node: Node) -> str:
            return self.texts.write(node, lambda one: f"query.{self._plain(one)}", named)

        text = f"head {self.name[head]} ="
        if head.aggregate != "value":
            text += f" {head.aggregate}"
        if head.value is not None:
            value = self.texts.write(head.value, self._plain, named)
            text += f" {value}" if isinstance(head.value, Input | Head) or head.value in named else f" ({value})"
        parts = [key(one) for one in conjuncts(condition.flag)]
        if condition.key is not None and condition.query is not None:
            parts.append(f"{key(condition.key)} {condition.relation} {query(condition.query)}")
        if parts:
            text += " where " + " and ".join(parts)
        if head.at != ALL:
            text += f" at {head.at}"
        default = head.default
        if default is None and head in self.numeric and self._may_bring_nothing(head):
            default = 0
        return text if default is None else f"{text} else {self.texts.constant(default, head.kind)}"

    def _may_bring_nothing(self, head: Head) -> bool:
        if head.aggregate in ("count", "exists", "sum"):
            return False
        return bool(head.condition.parts) or head.at not in (ALL, SO_FAR, FROM_HERE)


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """The parts of a condition that are joined by `and`."""
    if node is None:
        return ()
    if isinstance(node, Logic) and node.op == "and":
        return tuple(part for one in node.operands for part in conjuncts(one))
    return (node,)


def numbers_in(node: Node) -> tuple[Node, ...]:
    """The leaves that a node computes with, which must be numbers wherever they stand."""
    if isinstance(node, Sum | Arithmetic):
        return node.leaves
    if isinstance(node, Compare) and node.relation not in ("==", "!="):
        return tuple(leaf for part in node.parts if not isinstance(part, Constant) for leaf in part.leaves)
    if isinstance(node, Head) and node.condition.relation not in ("==", "!="):
        read = (node.condition.key, node.condition.query)
        return tuple(leaf for part in read if part is not None for leaf in part.leaves)
    return ()
