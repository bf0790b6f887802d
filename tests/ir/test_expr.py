"""Expressions are compared by identity, so that dictionaries from them are memos."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

import pytest

from altac.diagnostics import Source, Span
from altac.ir.expr import Apply, Choose, Constant, Expr, Read, reads
from altac.ir.values import BOOL

ROOT = Path(__file__).parents[2] / "altac"
HERE = Span(Source("<text>", "x"), 0, 1)


def made() -> tuple[Expr, ...]:
    """An expression of each kind, equal to those of every other call in all that it holds."""
    constant, read = Constant(1, HERE), Read("x", BOOL, HERE)
    return constant, read, Apply("+", (), HERE), Choose(read, constant, constant, HERE)


@pytest.mark.parametrize("kind", range(4))
def test_two_expressions_of_one_text_are_two_keys(kind: int) -> None:
    first, second = made()[kind], made()[kind]
    memo = {first: "first", second: "second"}
    assert (memo[first], memo[second]) == ("first", "second")


def test_a_memo_keeps_its_expressions_alive() -> None:
    """Otherwise a later expression could be taken for an earlier one in the same place of the memory."""
    memo: dict[Expr, int] = {}
    for number in range(200):
        memo[Constant(number, HERE)] = number
        gc.collect(0)
    assert [(expr.value, number) for expr, number in memo.items() if isinstance(expr, Constant)] == [
        (number, number) for number in range(200)
    ]


def test_a_shared_expression_is_walked_once() -> None:
    shared: Expr = Read("x", BOOL, HERE)
    for _ in range(200):  # 2 ** 200 paths
        shared = Apply("+", (shared, shared), HERE)
    assert list(reads(shared)) == ["x"]


def test_no_memo_is_made_of_numbers() -> None:
    """`id(x)` says nothing once `x` is gone."""
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id"
    ]
    assert calls == []
