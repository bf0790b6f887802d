"""The runner of the documentation notices what is wrong."""

from __future__ import annotations

import pytest

from tests.docs.pages import Block, blocks, working_folder


def problems(*written: tuple[str, str]) -> list[str]:
    """What the runner says about blocks of the given kinds and texts."""
    with working_folder() as session:
        outcomes = [session.run(Block(1, tuple(kind.split()), body, 0, 0)) for kind, body in written]
        return [problem for outcome in outcomes for problem in outcome.problems]


WRONG = {
    "example": ("alta", 'step:\n    x := 2\nexample "0" -> 1\n'),
    "does not compile": ("alta", "step:\n    x := 10\n"),
    "warns": ("alta", "head unread = token at -1\n"),
    "expected each diagnostic": ("alta error", "step:\n    x := 2\n"),
    "does not hold": ("alta values", "1 + 1 -> 3\n"),
    "expected E0303": ("alta values", "1 // 1 -> E0303\n"),
    "there is no block with errors": ("diagnostic", "error[E0301]\n"),
    "the recorded output differs": ("console", '$ altac run programs/parity.alta "1"\n0\n'),
    "no test knows how to run `$ ls`": ("console", "$ ls\n"),
    "NameError": ("pycon", ">>> unknown\n"),
    "no test knows how to run a block of the kind `python`": ("python", "1\n"),
}


@pytest.mark.parametrize("found", WRONG)
def test_a_wrong_block_is_noticed(found: str) -> None:
    said = problems(WRONG[found])
    assert any(found in problem for problem in said), said


def test_an_error_without_its_diagnostic_is_noticed() -> None:
    said = problems(("alta error", "step:\n    x := 10\n"), ("text", "a drawing\n"))
    assert said == ["a `diagnostic` block belongs here, below the block with errors"]


def test_right_blocks_are_quiet() -> None:
    right = [
        ("alta", 'step:\n    x := 2\nexample "0" -> 2\n'),
        ("alta values", "1 + 1 -> 2\n\n1 // 0 -> E0303  # a remark\n"),
        ("alta saved two.alta", "const TWO = 2\n"),
        ("alta", 'import "two.alta"\nstep:\n    x := TWO\nexample "0" -> 2\n'),
        ("console", '$ altac run programs/parity.alta "1"\n1\n'),
        ("pycon", ">>> a = 1\n>>> a + 1\n2\n"),
        ("text", "a drawing\n"),
    ]
    assert problems(*right) == []


def test_blocks_are_found_with_their_places() -> None:
    text = "one\n\n```alta x.alta\nstep: pass\n```\n\n```text\n```\n"
    first, second = blocks(text)
    assert (first.line, first.words, text[first.start : first.end]) == (3, ("alta", "x.alta"), "step: pass\n")
    assert (second.line, second.words, second.body) == (7, ("text",), "")
