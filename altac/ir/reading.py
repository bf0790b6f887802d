"""What a typed program reads, and in which form: whether the stream needs a dimension for each value of `token`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from altac.ir.expr import Expr, reads
from altac.ir.program import Assign, Branch, Layer, Program, Statement, Uncovered, Variable


def names_read(layers: Sequence[Layer], conditions: list[Expr], shown: set[str]) -> set[str]:
    """The names of all that the typed program reads."""
    read = set(reads(*conditions, *(expr for layer in layers for expr in expressions(layer.step))))
    read |= {name for layer in layers for head in layer.heads for name in head.reads}
    read |= {name for layer in layers for name in layer.numbers_read}
    return read | shown


def expressions(step: tuple[Statement, ...]) -> Iterator[Expr]:
    """Every value and condition of a step."""
    for statement in step:
        match statement:
            case Assign():
                yield statement.value
            case Branch():
                for condition, body in statement.arms:
                    yield condition
                    yield from expressions(body)
                yield from expressions(statement.other)
            case Uncovered():
                pass


def is_embedded(program: Program, variable: Variable) -> bool:
    """Whether the embedding of a token holds what it adds to the labels of the score, instead of the token itself.

    That is so where nothing but the score reads `token`, and the score has fewer labels than there are tokens.
    """
    if variable.name != "token" or program.score is None or len(program.score.labels) >= len(variable.domain):
        return False
    conditions = [entry.until for entry in program.schedule] + [program.output_where]
    return "token" not in names_read(program.layers, [one for one in conditions if one is not None], set())
