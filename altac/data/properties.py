"""Properties of inputs, such as `count("1") % 2`: what samples are balanced over, and what results are grouped by.

A property is written as in Python: `length`, `first`, `last`, `count(SYMBOL, ...)`, whole numbers, symbols, `true`,
`false`, `none`, `+ - * // %`, comparisons, `and`, `or`, `not`. The text is parsed by Python and read node by node;
nothing in it is run.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import BadProperty
from altac.ir.interface import Interface
from altac.ir.values import Value, kind_of, same, source_text, value_key, value_text

Symbols = Sequence[Value]
Meaning = Callable[[Symbols], Any]

ARITHMETIC: dict[type[ast.AST], tuple[str, Callable[[int, int], int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}
ORDER: dict[type[ast.AST], tuple[str, Callable[[int, int], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
WORDS: dict[str, Value] = {"true": True, "false": False, "none": None}


class _NoValue(Exception):
    """Why a property has no value, or no meaning at all."""


@dataclass(frozen=True)
class Property:
    """A function of an input; `text` is how it was written. Sort its values with `altac.ir.values.sort_key`.

    It depends on nothing but the length, on how many of the symbols in each set of `counted` there are (as
    `value_key`s), and on the symbols at the `ends` that it reads, of `first` and `last`.
    """

    text: str
    meaning: Meaning
    counted: tuple[frozenset[Any], ...] = ()
    ends: frozenset[str] = frozenset()

    def __call__(self, symbols: Symbols) -> Value:
        """The value for an input without its frame; `first` and `last` of the empty input are `none`, which is None.

        Raises:
            AltacError: if it has none, as `1 // length` for the empty input.
        """
        try:
            value: Value = self.meaning(symbols)
        except _NoValue as error:
            shown = " ".join(value_text(one) for one in symbols)
            raise _bad(self.text, f'{error}, for the input "{shown}"') from None
        return value


def parse_property(text: str, interface: Interface) -> Property:
    """The property that a text describes, of inputs over a program's alphabet.

    Raises:
        AltacError: if it is not written in the language above, or counts what is no symbol.
    """
    try:
        with warnings.catch_warnings():  # Python may doubt a text, such as "\d", that it accepts
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval")
        reader = _Reader(interface)
        return Property(text, reader.read(tree.body), tuple(reader.counted), frozenset(reader.ends))
    except SyntaxError as error:
        raise _bad(text, f"Python cannot parse it ({error.msg})") from None
    except (RecursionError, MemoryError, ValueError):
        raise _bad(text, "it cannot be parsed") from None
    except _NoValue as error:
        raise _bad(text, str(error)) from None


def _bad(text: str, reason: str) -> AltacError:
    return AltacError([BadProperty(None, text, reason)])


class _Reader:
    """From syntax to functions of inputs."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.counted: list[frozenset[Any]] = []
        self.ends: set[str] = set()

    def read(self, node: ast.expr) -> Meaning:
        match node:
            case ast.Constant(value=bool() | None as value):
                raise _NoValue(f"`{value}` is written `{str(value).lower()}`")
            case ast.Constant(value=int() | str() as value):
                return lambda _: value
            case ast.Name(id=name):
                return self._name(name)
            case ast.Call(func=ast.Name(id="count"), args=[_, *_], keywords=[]):
                return self._count([self._symbol(one) for one in node.args])
            case ast.UnaryOp(op=ast.USub()):
                negated = self.read(node.operand)
                return lambda symbols: -_number("-", negated(symbols))
            case ast.UnaryOp(op=ast.Not()):
                denied = self.read(node.operand)
                return lambda symbols: not _truth("not", denied(symbols))
            case ast.BinOp() if type(node.op) in ARITHMETIC:
                return self._arithmetic(*ARITHMETIC[type(node.op)], self.read(node.left), self.read(node.right))
            case ast.BoolOp():
                return self._connected(isinstance(node.op, ast.And), [self.read(one) for one in node.values])
            case ast.Compare():
                return self._comparison(node)
        raise _NoValue(f"`{ast.unparse(node)}` is not understood")

    def _name(self, name: str) -> Meaning:
        if name in WORDS:
            return lambda _: WORDS[name]
        if name == "length":
            return len
        if name in ("first", "last"):
            self.ends.add(name)
            place = 0 if name == "first" else -1
            return lambda symbols: symbols[place] if symbols else None
        raise _NoValue(f"there is nothing called `{name}`")

    def _symbol(self, node: ast.expr) -> Value:
        """A symbol of the alphabet, as it is written in a program or in an input."""
        if isinstance(node, ast.Constant | ast.Name | ast.UnaryOp):
            wanted = self.read(node)(())
            for symbol in self.interface.alphabet:
                if same(symbol, wanted) or value_text(symbol) == wanted:
                    return symbol
        known = " ".join(source_text(symbol) for symbol in self.interface.alphabet.values[:20])
        more = " ..." if len(self.interface.alphabet) > 20 else ""
        raise _NoValue(f"`{ast.unparse(node)}` is not one of the symbols {known}{more}")

    def _count(self, counted: list[Value]) -> Meaning:
        keys = frozenset(value_key(one) for one in counted)
        self.counted.append(keys)
        return lambda symbols: sum(value_key(one) in keys for one in symbols)

    def _arithmetic(self, sign: str, apply: Callable[[int, int], int], left: Meaning, right: Meaning) -> Meaning:
        def meaning(symbols: Symbols) -> int:
            one, other = _number(sign, left(symbols)), _number(sign, right(symbols))
            if sign in ("//", "%") and other == 0:
                raise _NoValue(f"`{sign}` divides by zero")
            return apply(one, other)

        return meaning

    def _connected(self, every: bool, parts: list[Meaning]) -> Meaning:
        word = "and" if every else "or"

        def meaning(symbols: Symbols) -> bool:
            truths = (_truth(word, part(symbols)) for part in parts)
            return all(truths) if every else any(truths)

        return meaning

    def _comparison(self, node: ast.Compare) -> Meaning:
        parts = [self.read(one) for one in (node.left, *node.comparators)]
        links: list[Callable[[Any, Any], bool]] = []
        for sign in node.ops:
            match sign:
                case ast.Eq():
                    links.append(same)
                case ast.NotEq():
                    links.append(lambda one, other: not same(one, other))
                case _ if type(sign) in ORDER:
                    links.append(_ordered(*ORDER[type(sign)]))
                case _:
                    raise _NoValue(f"`{ast.unparse(node)}` is not understood")

        def meaning(symbols: Symbols) -> bool:
            values = [part(symbols) for part in parts]
            return all(link(one, other) for link, one, other in zip(links, values, values[1:], strict=False))

        return meaning


def _ordered(sign: str, compare: Callable[[int, int], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: compare(_number(sign, one), _number(sign, other))


def _number(sign: str, value: Value) -> Any:
    if kind_of(value) != "number":
        raise _NoValue(f"`{sign}` needs numbers, not {source_text(value)}")
    return value


def _truth(word: str, value: Value) -> bool:
    if not isinstance(value, bool):
        raise _NoValue(f"`{word}` needs conditions, not {source_text(value)}")
    return value
