"""Properties of inputs, such as `count("1") % 2`: what samples are balanced over, and what results are grouped by.

A property is written as in Python: `length`, `first`, `last`, `count(SYMBOL, ...)`, `output`, whole numbers, symbols,
`true`, `false`, `none`, `+ - * // %`, comparisons, `and`, `or`, `not`. The text is parsed by Python and read node by
node; nothing in it is run. `output` is the answer of the program, so its value for an input is known when that was run.
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


@dataclass(frozen=True)
class Instance:
    """What a property is a property of: an input without its frame, and the answer to it where that is asked for."""

    symbols: Symbols
    output: Value


Meaning = Callable[[Instance], Any]


class _NoValue(Exception):
    """Why a property has no value, or no meaning at all."""


@dataclass(frozen=True)
class Property:
    """A function of an input; `text` is how it was written. Sort its values with `altac.ir.values.sort_key`.

    It depends on nothing but the length, on how many of the symbols in each set of `counted` there are (as
    `value_key`s), on the symbols at the `ends` that it reads, of `first` and `last`, and on the output if it
    `reads_output`.
    """

    text: str
    meaning: Meaning
    counted: tuple[frozenset[Any], ...] = ()
    ends: frozenset[str] = frozenset()
    reads_output: bool = False

    def __call__(self, symbols: Symbols, output: Value = None) -> Value:
        """The value for an input without its frame; `first` and `last` of the empty input are `none`, which is None.

        Args:
            output: as from `output_value`; it counts only if the property reads it.

        Raises:
            AltacError: if it has none, as `1 // length` for the empty input.
        """
        try:
            value: Value = self.meaning(Instance(symbols, output))
        except _NoValue as error:
            shown = " ".join(map(value_text, symbols))
            raise _bad(self.text, f'{error}, for the input "{shown}"') from None
        return value


def output_value(interface: Interface, output: Sequence[Value]) -> Value:
    """What `output` is for the values of an output: the one that there is, `none` if there is none, or all of them."""
    if interface.at == "all" or len(output) > 1:
        return tuple(output)
    return output[0] if output else None


def parse_property(text: str, interface: Interface) -> Property:
    """The property that a text describes, of inputs over a program's alphabet.

    Raises:
        AltacError: if it is not written in the language above, or counts what is not a symbol.
    """
    try:
        with warnings.catch_warnings():  # Python may doubt a text, such as "\d", that it accepts
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval")
        reader = _Reader(interface)
        meaning = reader.read(tree.body)
        return Property(text, meaning, tuple(reader.counted), frozenset(reader.ends), reader.reads_output)
    except SyntaxError as error:
        raise _bad(text, f"Python cannot parse it ({error.msg})") from None
    except (RecursionError, MemoryError, ValueError):
        raise _bad(text, "it cannot be parsed") from None
    except _NoValue as error:
        raise _bad(text, str(error)) from None


def _bad(text: str, reason: str) -> AltacError:
    return AltacError([BadProperty(None, text, reason)])


class _Reader:
    """From syntax to functions of examples."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.counted: list[frozenset[Any]] = []
        self.ends: set[str] = set()
        self.reads_output = False

    def read(self, node: ast.expr) -> Meaning:
        match node:
            case ast.Constant(value=bool() | None as value):
                raise _NoValue(f"`{value}` is written `{str(value).lower()}`")
            case ast.Constant(value=int() | str() as value):
                return lambda _: value
            case ast.Name(id=name):
                return self._name(name)
            case ast.Call(func=ast.Name(id="count"), args=[_, *_], keywords=[]):
                return self._count([self._symbol(argument) for argument in node.args])
            case ast.UnaryOp(op=ast.USub()):
                negated = self.read(node.operand)
                return lambda example: -_number("-", negated(example))
            case ast.UnaryOp(op=ast.Not()):
                denied = self.read(node.operand)
                return lambda example: not _truth("not", denied(example))
            case ast.BinOp() if type(node.op) in ARITHMETIC:
                return self._arithmetic(*ARITHMETIC[type(node.op)], self.read(node.left), self.read(node.right))
            case ast.BoolOp():
                return self._connected(isinstance(node.op, ast.And), [self.read(part) for part in node.values])
            case ast.Compare():
                return self._comparison(node)
        raise _NoValue(f"`{ast.unparse(node)}` is not understood")

    def _name(self, name: str) -> Meaning:
        if name in WORDS:
            return lambda _: WORDS[name]
        if name == "length":
            return lambda example: len(example.symbols)
        if name == "output":
            self.reads_output = True
            return lambda example: example.output
        if name in ("first", "last"):
            self.ends.add(name)
            place = 0 if name == "first" else -1
            return lambda example: example.symbols[place] if example.symbols else None
        raise _NoValue(f"there is nothing called `{name}`")

    def _symbol(self, node: ast.expr) -> Value:
        """A symbol of the alphabet, as it is written in a program or in an input."""
        if isinstance(node, ast.Constant | ast.Name | ast.UnaryOp):
            wanted = self.read(node)(Instance((), None))
            for symbol in self.interface.alphabet:
                if same(symbol, wanted) or value_text(symbol) == wanted:
                    return symbol
        known = " ".join(source_text(symbol) for symbol in self.interface.alphabet.values[:20])
        more = " ..." if len(self.interface.alphabet) > 20 else ""
        raise _NoValue(f"`{ast.unparse(node)}` is not one of the symbols {known}{more}")

    def _count(self, counted: list[Value]) -> Meaning:
        keys = frozenset(map(value_key, counted))
        self.counted.append(keys)
        return lambda example: sum(value_key(symbol) in keys for symbol in example.symbols)

    def _arithmetic(self, sign: str, apply: Callable[[int, int], int], left: Meaning, right: Meaning) -> Meaning:
        def meaning(example: Instance) -> int:
            first, second = _number(sign, left(example)), _number(sign, right(example))
            if sign in ("//", "%") and second == 0:
                raise _NoValue(f"`{sign}` divides by zero")
            return apply(first, second)

        return meaning

    def _connected(self, every: bool, parts: list[Meaning]) -> Meaning:
        word = "and" if every else "or"

        def meaning(example: Instance) -> bool:
            truths = (_truth(word, part(example)) for part in parts)
            return all(truths) if every else any(truths)

        return meaning

    def _comparison(self, node: ast.Compare) -> Meaning:
        parts = [self.read(part) for part in (node.left, *node.comparators)]
        links: list[Callable[[Any, Any], bool]] = []
        for sign in node.ops:
            match sign:
                case ast.Eq():
                    links.append(same)
                case ast.NotEq():
                    links.append(lambda left, right: not same(left, right))
                case _ if type(sign) in ORDER:
                    links.append(_ordered(*ORDER[type(sign)]))
                case _:
                    raise _NoValue(f"`{ast.unparse(node)}` is not understood")

        def meaning(example: Instance) -> bool:
            values = [part(example) for part in parts]
            return all(link(left, right) for link, left, right in zip(links, values, values[1:], strict=False))

        return meaning


def _ordered(sign: str, compare: Callable[[int, int], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: compare(_number(sign, left), _number(sign, right))


def _number(sign: str, value: Value) -> Any:
    if kind_of(value) != "number":
        raise _NoValue(f"`{sign}` needs numbers, not {source_text(value)}")
    return value


def _truth(word: str, value: Value) -> bool:
    if not isinstance(value, bool):
        raise _NoValue(f"`{word}` needs conditions, not {source_text(value)}")
    return value
