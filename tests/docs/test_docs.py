"""Every block of the documentation is run, and every construct of the language has one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from altac.check.scope import ARITY
from altac.diagnostics import AltacError, Source
from altac.syntax import parse_source
from altac.syntax import tree as t
from altac.syntax.parse import grammar_path
from tests.docs.pages import COMPLETION, PAGES, ROOT, Block, assert_page, blocks, completed
from tests.support import nonempty

LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(name: str) -> None:
    assert_page(name)


def test_the_reference_shows_how_fragments_are_completed() -> None:
    assert "".join(COMPLETION.values()) in LANGUAGE


def programs(found: list[Block]) -> Iterator[t.File]:
    """The trees of all programs and fragments that are fine, without what completes them."""
    for block in found:
        if block.words[:1] == ("alta",) and block.words[1:] not in (("error",), ("warning",), ("values",)):
            yield parse_source(Source("example.alta", block.body))


def nodes(node: object) -> Iterator[t.Node]:
    if isinstance(node, t.Node):
        yield node
        for one in vars(node).values():
            yield from nodes(one)
    elif isinstance(node, tuple):
        for one in node:
            yield from nodes(one)


def used() -> list[t.Node]:
    values = [
        f"const a = {line.rpartition('->')[0]}"
        for block in blocks(LANGUAGE)
        if block.words == ("alta", "values")
        for line in block.body.splitlines()
        if line.strip() and not line.startswith("#")
    ]
    files = [*programs(blocks(LANGUAGE))]
    for text in values:
        try:
            files.append(parse_source(Source("example.alta", text)))
        except AltacError:
            pytest.fail(f"not an expression: {text}")
    return [node for file in files for node in nodes(file)]


def kinds(base: type[t.Node]) -> set[type[t.Node]]:
    below = base.__subclasses__()
    return {base} if not below else {leaf for one in below for leaf in kinds(one)}


def test_every_construct_has_an_example_that_runs() -> None:
    found = {type(node) for node in used()}
    assert kinds(t.Node) - found == set()


def test_every_operator_aggregate_and_function_has_an_example_that_runs() -> None:
    found: set[str | tuple[str, str]] = set()
    for node in used():
        match node:
            case t.Binary() | t.Unary():
                found.add(node.op)
            case t.Compare():
                found |= {op for op, _ in node.rest}
            case t.Call():
                found.add(node.function.text)
            case t.Head():
                found.add(("head", node.aggregate))
            case t.Output():
                found.add(("output", node.at))
    operators = {"+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "|", "&", "^"}
    operators |= {"and", "or", "not"}
    heads = {("head", aggregate) for aggregate in get_args(t.Aggregate)}
    outputs = {("output", at) for at in ("first", "last", "all")}
    assert (operators | heads | outputs | set(ARITY)) - found == set()


def test_the_reserved_words_are_those_of_the_grammar() -> None:
    grammar = re.sub(r"//.*", "", grammar_path().read_text(encoding="utf-8"))
    words = set(re.findall(r'"([a-z]+)"', grammar))
    section = LANGUAGE.split("## Reserved words\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z]+)`", section.split("\n\n")[1])) == words


def test_links_lead_somewhere() -> None:
    for page in nonempty(
        [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + list((ROOT / "docs").glob("*.md"))
    ):
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            goal = (page.parent / path).resolve() if path else page
            assert goal.exists(), f"{page.name}: {target}"
            if anchor:
                assert anchor in anchors(goal.read_text(encoding="utf-8")), f"{page.name}: {target}"


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_a_fragment_keeps_its_lines() -> None:
    fragment = "var x: 0..1 = 0\n"
    assert completed(fragment).startswith(fragment)
