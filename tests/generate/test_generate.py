"""Random programs: all of what they compute is needed, they differ, and they are written as people write."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from altac.cli.main import run
from altac.diagnostics import AltacError, Source
from altac.driver import compile_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts
from altac.generate import search as searching
from altac.generate.grammar import Draft, Statement, draft
from altac.generate.interesting import finished, judge, outputs, sample, text_of
from altac.generate.search import search
from altac.syntax.format import format_source
from tests.generate.check import check
from tests.support import nonempty

COUNT = 5


@cache
def drafts() -> tuple[Draft, ...]:
    """Some programs, drawn in this process."""
    judged = (judge(draft(f"7 {number}", "drawn")) for number in count())
    found: dict[str, Draft] = {}
    while len(found) < COUNT:
        one = next(judged)
        if one is not None:
            found.setdefault(one.behaviour, one.draft)
    return tuple(finished(one, f"random_{number}") for number, one in enumerate(found.values()))


def symbols(draft: Draft) -> tuple[str, ...]:
    interface = compile_source(Source("x.alta", draft.text)).program.interface
    return tuple(map(str, interface.alphabet.values))


@pytest.mark.parametrize("number", range(COUNT))
def test_each_variable_matters_to_an_output(number: int) -> None:
    """In the weights: where a variable or head has another value, some input has another output."""
    draft = drafts()[number]
    one = compile_source(Source("x.alta", draft.text))
    texts = sample(symbols(draft))[-60:]
    usual = [result.output for result in run_texts(one.model, texts)]
    for name in nonempty(name for name in draft.made if name != draft.output):
        assert any(
            [result.output for result in run_texts(changed, texts)] != usual
            for value in one.interpreter.domains[name].values
            for changed in [patched(one.model, name, value)]
        ), name


def patched(model, name, value):
    """The model as it is with a patch; it runs within it."""

    class Within:
        interface = model.interface

        def finish(self, batch):
            with model.patch(name, value):
                return model.finish(batch)

    return Within()


def test_no_two_are_equal_on_the_sample_in_the_weights() -> None:
    answers = [
        (one.symbols, tuple(result.output for result in run_texts(compile_source(source).model, sample(symbols(one)))))
        for one in drafts()
        for source in [Source("x.alta", one.text)]
    ]
    assert len(set(answers)) == COUNT
    assert all(len(set(given)) > 1 for _, given in nonempty(answers))


def test_they_are_written_in_the_one_layout_and_their_examples_hold_everywhere() -> None:
    for one in nonempty(drafts()):
        text = text_of(one)
        assert format_source(Source("x.alta", text)) == text
        compiled = compile_source(Source("x.alta", text))
        assert compiled.warnings == ()
        examples = [example.input for example in compiled.program.examples]
        assert len(examples) == 4
        assert compare_engines(compiled.interpreter, compiled.model, examples) is None


GOOD = Draft(
    "good",
    "A program.",
    "0..2",
    (),
    (("look", (Statement("head", "left", "token at -1 else 0"), Statement("var", "sum", "(token + left) % 3"))),),
    "",
    "sum",
)


def with_value(value: str) -> Draft:
    (layer, (head, _)) = GOOD.layers[0]
    return replace(GOOD, layers=((layer, (head, Statement("var", "sum", value))),))


@pytest.mark.parametrize(
    "value",
    [
        "token",  # `left` is never read
        "(token + left - left) % 3",  # it is read, and does not matter
        "0 if left == 3 else token",
        "1 if left == token and token == 2 and position == 7 else 0",  # hardly ever anything else
        "left + token",  # fine, but equal to none: see below
        "left +",  # no program
    ],
)
def test_what_is_not_interesting_is_not_kept(value: str) -> None:
    assert (judge(with_value(value)) is not None) == (value == "left + token")


def test_equal_programs_have_one_digest() -> None:
    one, other = judge(GOOD), judge(with_value("(left + token + 3) % 3"))
    assert one is not None
    assert other is not None
    assert one.behaviour == other.behaviour
    different = judge(with_value("left + token"))
    assert different is not None
    assert different.behaviour != one.behaviour


def test_reading_a_constant_leaves_other_names_alone() -> None:
    one = replace(GOOD, layers=(("look", (Statement("head", "left", "last left_2 where key.left == query.left"),)),))
    assert one.without("left", "1").layers[0][1][0].value == "last left_2 where 1 == 1"
    assert outputs(compile_source(Source("x.alta", GOOD.without("left", "1").text))) is not None


def test_the_search_is_the_same_again_and_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "cores", lambda: 1)
    first = [one.text for one in search(3, seed=1)]
    assert [one.text for one in search(3, seed=1)] == first
    assert first != [one.text for one in search(3, seed=2)]
    monkeypatch.setattr(searching, "judge", lambda draft: None)
    monkeypatch.setattr(searching, "PATIENCE", 5)
    with pytest.raises(AltacError) as caught:
        list(search(3, seed=1))
    assert [(one.code, one.message) for one in caught.value.diagnostics] == [
        ("E0734", "found only 0 different programs among the last 5 that were drawn, not 3")
    ]


def test_the_command_writes_the_same_bytes_again(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    for module in ("altac.generate.search", "altac.zoo.suite"):
        monkeypatch.setattr(f"{module}.cores", lambda: 1)
    for name in ("one", "two"):
        call = ["generate", "--count", "2", "--seed", "3", "-n", "10", "--pairs", "2", "-o", str(tmp_path / name)]
        assert run(call) == 0
    assert capsys.readouterr().err.splitlines()[0] == f"{tmp_path / 'one'}: 2 programs"
    written = {str(path.relative_to(tmp_path / "one")) for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert {"index.json", "README.md", "random_001/program.alta", "random_002/circuit.svg"} <= written
    for name in nonempty(written):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert check(tmp_path / "one") == []


def test_the_check_of_a_suite_notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not interesting is said to be so by the check, which has nothing of the search."""
    monkeypatch.setattr("altac.zoo.suite.cores", lambda: 1)
    drafts = {
        "dead": with_value("(token + left - left) % 3"),
        "constant": with_value("1 if left == token and token == 2 and position == 7 else 0"),
        "good": GOOD,
        "again": with_value("(left + token + 3) % 3"),
    }
    for name, one in drafts.items():
        (tmp_path / f"{name}.alta").write_text(replace(one, name=name).text)
    files = [str(tmp_path / f"{name}.alta") for name in drafts]
    call = ["zoo", *files, "-n", "5", "--pairs", "1", "--to", "huggingface", "-o", str(tmp_path / "suite")]
    assert run(call) == 0
    rows = tmp_path / "suite" / "good" / "data.jsonl"
    rows.write_text(rows.read_text().replace('"output": "', '"output": "7', 1))
    assert [line.split(": ")[0] for line in check(tmp_path / "suite")] == ["dead", "constant", "good", "again"]
