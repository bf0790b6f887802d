"""A found answer made shorter, as far as it stays right on all examples.

Parts that are not needed go: cases of a choice, operands, terms, conditions of heads. Nodes that are alike everywhere
become one, and a choice by a value becomes an expression of that value, if one says the same. What fits the sample of a
search may have been put together from several pieces; of programs that are right on all examples, the shortest says
most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from altac.synthesis.goals import goal_of
from altac.synthesis.nodes import (
    ALL,
    FAR_LEFT,
    FAR_RIGHT,
    LEFT,
    RIGHT,
    Arithmetic,
    Choice,
    Compare,
    Condition,
    Constant,
    Head,
    Logic,
    Member,
    Node,
    Sum,
    walk,
)
from altac.synthesis.sample import Sample
from altac.synthesis.writing import Answer

ADDED = range(-3, 4)  # to a value, in the place of a choice by it
MOST_TRIED = 400


def size(answer: Answer) -> int:
    """The length of the description, with what is used twice counted once."""
    return sum(node.cost - sum(part.cost for part in _counted(node)) for node in _nodes(answer))


def _counted(node: Node) -> Iterable[Node]:
    """The parts that the cost of a node counts: a head that compares something with the same counts it once."""
    return dict.fromkeys(node.parts) if isinstance(node, Head) else node.parts


def _nodes(answer: Answer) -> list[Node]:
    roots = [answer.node] if answer.where is None else [answer.node, answer.where]
    return list(dict.fromkeys(node for root in roots for node in walk(root)))


def shortened(answer: Answer, sample: Sample, stop: Callable[[], bool]) -> Answer:
    """The shortest that is reached by steps each of which makes it shorter and keeps it right on the sample."""
    tried = 0
    shorter: Answer | None = answer
    while shorter is not None:
        answer, shorter = shorter, None
        for one in steps(answer, sample):
            tried += 1
            if tried > MOST_TRIED or stop():
                return answer
            if size(one) < size(answer) and is_right(one, sample):
                shorter = one
                break
    return answer


def is_right(answer: Answer, sample: Sample) -> bool:
    """Whether an answer is that of all examples of a sample."""
    values = sample.of(answer.node)
    if answer.where is None:
        goal = goal_of(sample, sample.padded_outputs(), answer.node.kind)
        return bool((values == goal.wanted)[goal.mask].all())
    chosen = (sample.of(answer.where) != 0) & sample.valid
    outputs = sample.examples.outputs
    if (chosen.sum(1) != [len(output) for output in outputs]).any():
        return False
    wanted = [sample.codes.code(value) for output in outputs for value in output]
    return bool((values[chosen] == wanted).all())


def steps(answer: Answer, sample: Sample) -> Iterator[Answer]:
    """Answers that differ in one node, the greatest first."""
    nodes = sorted(_nodes(answer), key=lambda node: -node.cost)
    rows = {node: sample.of(node)[sample.valid].tobytes() for node in nodes}
    for node in nodes:
        alike = [
            one
            for one in nodes
            if one is not node and one.cost <= node.cost and one.kind == node.kind and rows[one] == rows[node]
        ]
        for smaller in (*sorted(alike, key=lambda one: one.cost), *smaller_ones(node)):
            changes = {node: smaller}
            where = None if answer.where is None else rebuilt(answer.where, changes)
            yield replace(answer, node=rebuilt(answer.node, changes), where=where)


def smaller_ones(node: Node) -> Iterator[Node]:
    """What may stand in the place of a node."""
    match node:
        case Choice():
            yield from _of_choice(node)
        case Logic(op="and" | "or"):
            for left_out in node.operands:
                rest = tuple(one for one in node.operands if one is not left_out)
                yield rest[0] if len(rest) == 1 else Logic(node.op, rest)
        case Logic():
            if isinstance(node.operands[0], Logic) and node.operands[0].op == "not":
                yield node.operands[0].operands[0]
        case Sum():
            if node.constant:
                yield Sum(node.terms)
            if len(node.terms) > 1:
                for place in range(len(node.terms)):
                    yield Sum(node.terms[:place] + node.terms[place + 1 :], node.constant)
        case Arithmetic():
            yield node.left
        case Head():
            yield from _of_head(node)


def _of_choice(node: Choice) -> Iterator[Node]:
    if all(isinstance(value, Constant) for value in (*(value for _, value in node.cases), node.otherwise)):
        for condition, _ in node.cases:
            for value in condition.parts:
                if value.kind == node.kind == "number":
                    yield from (Sum(((sign, value),), added) for added in ADDED for sign in (1, -1))
                if value.kind == node.kind:
                    yield value
    for left_out in node.cases:
        cases = tuple(case for case in node.cases if case is not left_out)
        yield Choice(cases, node.otherwise, node.kind) if cases else node.otherwise
    *before, (_, last) = node.cases
    yield Choice(tuple(before), last, node.kind) if before else last


def _of_head(node: Head) -> Iterator[Node]:
    condition = node.condition
    if condition.flag is not None and condition.key is not None:
        yield replace(node, condition=replace(condition, flag=None))
        yield replace(node, condition=Condition(flag=condition.flag))
    if isinstance(condition.flag, Logic) and condition.flag.op == "and":
        for left_out in condition.flag.operands:
            rest = tuple(one for one in condition.flag.operands if one is not left_out)
            flag = rest[0] if len(rest) == 1 else Logic("and", rest)
            yield replace(node, condition=replace(condition, flag=flag))
    if node.at not in (ALL, LEFT, RIGHT, FAR_LEFT, FAR_RIGHT):
        yield replace(node, at=ALL)


def rebuilt(node: Node, changes: dict[Node, Node]) -> Node:
    """A node with others in the place of some below it; `changes` gets all that are made anew."""
    if node in changes:
        return changes[node]

    def new(one: Node) -> Node:
        return rebuilt(one, changes)

    if all(new(part) is part for part in node.parts):
        changes[node] = node
        return node
    found: Node
    match node:
        case Sum():
            found = Sum(tuple((sign, new(term)) for sign, term in node.terms), node.constant)
        case Arithmetic():
            found = replace(node, left=new(node.left), right=new(node.right))
        case Compare():
            found = replace(node, left=new(node.left), right=new(node.right))
        case Member():
            found = Member(new(node.of), node.codes)
        case Logic():
            found = Logic(node.op, tuple(map(new, node.operands)))
        case Choice():
            cases = tuple((new(condition), new(value)) for condition, value in node.cases)
            found = Choice(cases, new(node.otherwise), node.kind)
        case Head():
            value = None if node.value is None else new(node.value)
            key, query = (None if one is None else new(one) for one in (node.condition.key, node.condition.query))
            flag = None if node.condition.flag is None else new(node.condition.flag)
            found = replace(node, value=value, condition=Condition(flag, key, node.condition.relation, query))
        case _:
            raise TypeError(type(node))
    changes[node] = found
    return found
