"""`altac learn` where nobody says with which engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import altac.cli.learn_command as learn_command
from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Engine, Progress, Settings, have_labels
from altac.synthesis.examples import Examples
from tests.cli.conftest import Altac

SAYING = 'program guess\ninput text: {} up to 8\nlayer say:\n    var answer = "{}"\noutput answer at last\n'
pytestmark = pytest.mark.usefixtures("own_folder")


def write(name: str, rows: list[tuple[str, str]]) -> str:
    Path(name).write_text("".join(f"{one} -> {other}\n" for one, other in rows))
    return name


def reviews(noise: float = 0.0, words: int = 9) -> list[tuple[str, str]]:
    """Texts of which one word says the label, most of the time."""
    random = Random(0)
    rows = []
    for number in range(120):
        label = random.choice(["yes", "no"])
        word = {"yes": "good", "no": "bad"}[label]
        filler = [f"w{random.randrange(words)}" for _ in range(3)]
        rows.append((" ".join([*filler, word, str(number % 7)]), label if random.random() >= noise else "no"))
    return rows


def test_what_a_rule_may_be_behind_is_searched(altac: Altac) -> None:
    rows = [(f"{one} {other}", f"{other} {one}") for one in "abcdefg" for other in "abcdefg"]
    code, out, _ = altac("learn", write("d.txt", rows), "-o", "p.alta", "--json")
    assert (code, json.loads(out)["engine"]) == (0, "search")
    assert "engine        search, chosen by auto, seed 0" in Path("p.alta").read_text()


def swapped(text: str) -> str:
    return text.replace('"yes" and "no"', '"no" and "yes"')


def test_contradicting_labels_go_to_scores(altac: Altac) -> None:
    rows = reviews(0.1) * 2
    rows[0] = (rows[0][0], {"yes": "no", "no": "yes"}[rows[0][1]])
    code, out, told = altac("learn", write("d.txt", rows), "-o", "p.alta", "--json")
    assert (code, json.loads(out)["engine"]) == (0, "scores")
    begin = f'learning by scores: the input "{rows[0][0]}" has two outputs: "yes" and "no"'
    assert told in (f"{begin}, so no program is right on all\n", f"{swapped(begin)}, so no program is right on all\n")
    assert altac("learn", "d.txt", "-o", "q.alta", "--engine", "search")[0] == 1
    assert not Path("q.alta").exists()


def test_many_words_go_to_scores(altac: Altac) -> None:
    code, out, told = altac("learn", write("d.txt", reviews(words=400)), "-o", "p.alta", "--json")
    assert (code, json.loads(out)["engine"]) == (0, "scores")
    assert told == "learning by scores: there are many different words, or long texts\n"


def test_contradicting_lists_are_refused(altac: Altac) -> None:
    rows = [("a b", "a b a"), ("a b", "b")] + [("a " * number, "a") for number in range(1, 30)]
    code, out, err = altac("learn", write("d.txt", rows), "-o", "p.alta", "--shape", "list")
    assert (code, out) == (1, "")
    assert "error[E0632]" in err


def proposing(*texts: str) -> Callable[[Examples, Examples, Settings], Iterator[Progress]]:
    def propose(train: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
        for text in texts:
            candidate = Candidate(text.format(train.alphabet))
            yield Progress("trying", candidate, candidate.score(train + validation))

    return propose


@pytest.mark.parametrize(("others", "taken"), [("yes", "second"), ("no", "first")])
def test_the_better_one_on_validation_is_taken(
    altac: Altac, monkeypatch: pytest.MonkeyPatch, others: str, taken: str
) -> None:
    """Three in four outputs are `yes`; the first engine says `maybe` at first, then `no`."""
    texts = {word: SAYING.format("{}", word) for word in ("yes", "no", "maybe")}
    first = Engine(proposing(texts["maybe"], texts["no"]), exact=True)
    second = Engine(proposing(texts[others]), exact=False, suits=have_labels)
    monkeypatch.setattr(learn_command, "engines", lambda: {"first": first, "second": second, "third": second})
    rows = [(f"{one} {two}", "no" if two == "d" else "yes") for one in "abcdefghij" for two in "abcd"]
    code, out, _ = altac("learn", write("d.txt", rows), "-o", "p.alta", "--json")
    assert json.loads(out)["engine"] == taken
    assert code == (1 if taken == "first" else 0)


def test_later_engines_do_not_see_what_is_compared_by(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Examples] = {}

    def noting(name: str) -> Callable[[Examples, Examples, Settings], Iterator[Progress]]:
        def propose(train: Examples, validation: Examples, settings: Settings) -> Iterator[Progress]:
            seen[name] = train + validation
            yield from proposing(SAYING.format("{}", "yes"))(train, validation, settings)

        return propose

    every = {"one": Engine(noting("one"), exact=True), "two": Engine(noting("two"), exact=True)}
    monkeypatch.setattr(learn_command, "engines", lambda: every)
    rows = [(f"{one} {two}", "no" if two == "d" else "yes") for one in "abcdefghij" for two in "abcd"]
    assert altac("learn", write("d.txt", rows), "-o", "p.alta")[0] == 1
    assert len(seen["one"]) == 36
    assert len(seen["two"]) == 32
    assert set(seen["two"].inputs) < set(seen["one"].inputs)


def test_numbers_and_words_are_compared_each_as_its_engine_means_them(altac: Altac) -> None:
    """The search sees numbers, scores see words: both are measured by the outputs that they mean."""
    random = Random(1)
    rows = {" ".join(random.choices("0123456", k=5)): str(random.randrange(3)) for _ in range(80)}
    _, out, _ = altac("learn", write("d.txt", list(rows.items())), "-o", "p.alta", "--time", "6s", "--json")
    record: dict[str, Any] = json.loads(out)
    assert record["learned_from"]["right"] > 0


@pytest.mark.parametrize("shape", ["list", "next"])
def test_scores_are_no_way_to_lists_or_to_what_follows(altac: Altac, shape: str) -> None:
    rows = [(f"{one} {other} {one}", other) for one in "abcdefg" for other in "abcdefg"]
    code, out, err = altac("learn", write("d.txt", rows), "-o", "p.alta", "--engine", "scores", "--shape", shape)
    assert (code, out) == (1, "")
    assert "error[E0631]: the outputs are lists, or what follows" in err
    code, out, _ = altac("learn", "d.txt", "-o", "p.alta", "--shape", shape, "--json")
    assert (code, json.loads(out)["engine"]) == (0, "search")
