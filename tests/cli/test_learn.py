"""`altac learn` as its users meet it: what it writes and says, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import altac.cli.learn_command as learn_command
from altac.driver import compile_source, load_source
from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Engine, Progress
from altac.synthesis.learning import LEAST
from tests.cli.conftest import Altac
from tests.support import PROGRAMS
from tests.synthesis.support import examples_of

CONSTANT = 'program guess\ninput text: "a".."c" up to 8\nlayer say:\n    var answer = "a"\noutput answer\n'
pytestmark = pytest.mark.usefixtures("own_folder")


def data(name: str, function: Callable[[list[Any]], Any], **options: Any) -> str:
    examples = examples_of(function, "abc", number=60, longest=5, **options)
    lines = [
        f"{' '.join(one)} -> {' '.join(map(str, other))}"
        for one, other in zip(examples.inputs, examples.outputs, strict=True)
    ]
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def engine(*steps: Progress | type[BaseException]) -> dict[str, Engine]:
    """An engine that proposes what it is told to."""

    def propose(*_: Any) -> Iterator[Progress]:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                raise step

    return {"search": Engine(propose, exact=True), "scores": Engine(propose, exact=False, beside=".tables")}


def test_one_and_true_in_one_text_are_words(altac: Altac) -> None:
    """No domain has both 1 and `true`, or both 0 and `false`."""
    rows = [
        (one, other, last) for one in ("a", "1") for other in ("true", "b", "1") for last in ("a", "2", "true", "c")
    ]
    Path("mixed.txt").write_text("".join(f"{a} {b} {c} -> {c} {b} {a}\n" for a, b, c in rows))
    code, out, _ = altac("learn", "mixed.txt", "-o", "mixed.alta", "--engine", "search", "--time", "60s")
    assert (code, "(100.0 %) held out" in out) == (0, True)
    assert '"true"' in Path("mixed.alta").read_text().split("input text: ")[1].split(" up to ")[0]
    assert altac("run", "mixed.alta", "1 true c")[1] == "c true 1\n"


def test_a_place_that_cannot_be_written_is_told_before_learning(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_command, "attempts", lambda *_: pytest.fail("it is learned for nothing"))
    Path("folder.alta").mkdir()
    Path("file").write_text("")
    for place in ("folder.alta", "file/x.alta"):
        code, out, err = altac("learn", data("sort.txt", sorted), "-o", place)
        assert (code, out) == (1, "")
        assert f"error[E0702]: cannot write `{place}`" in err
    assert {path.name for path in Path().iterdir()} == {"folder.alta", "file", "sort.txt"}


@pytest.mark.parametrize("name", ['a"""b.txt', "a\nb.txt", "a\\b.txt", "a\udcff.txt"])
def test_a_name_that_would_end_the_docstring(altac: Altac, name: str) -> None:
    Path(data("sort.txt", sorted)).rename(name)
    underlines = "_" * (3 if '"' in name else 1)
    code, _, err = altac("learn", name, "-o", "sorted.alta", "--time", "60s")
    assert (code, err) == (0, "")
    assert f"learned from  a{underlines}" in Path("sorted.alta").read_text()
    assert altac("check", "sorted.alta")[0] == 0


def test_a_program_is_learned_checked_and_described(altac: Altac) -> None:
    code, out, err = altac("learn", data("sort.txt", sorted), "-o", "sorted.alta", "--time", "60s", "--seed", 2)
    assert (code, err) == (0, "")
    assert out == (
        "sorted.alta: 24 lines, by search\n"
        "  right on 54 of 54 (100.0 %) examples that it is learned from\n"
        f"  right on 6 of 6 (100.0 %) held out; {out.rsplit('; ', 1)[1]}"
    )
    text = Path("sorted.alta").read_text()
    assert "learned from  sort.txt: 54 of 60 examples" in text
    assert "engine        search, chosen by auto, seed 2, at most 60s" in text
    assert "held out      6 of 6 (100.0 %)" in text
    assert "not told      inputs of more than 5 symbols" in text
    assert "\nprogram sorted\n" in text
    assert altac("check", "sorted.alta") == (0, "", "")
    assert altac("fmt", "--check", "sorted.alta")[0] == 0
    assert altac("test", "sorted.alta")[0] == 0
    assert altac("run", "sorted.alta", "c b c a")[1] == "a b c c\n"


def test_the_same_seed_writes_the_same_bytes(altac: Altac) -> None:
    texts = []
    for name in ("one.alta", "two.alta"):
        assert altac("learn", data("d.txt", sorted), "-o", name, "--name", "same")[0] == 0
        texts.append(Path(name).read_bytes())
    assert texts[0] == texts[1]


def test_a_program_is_learned_back(altac: Altac) -> None:
    code, out, _ = altac("learn", "--from", PROGRAMS / "caesar.alta", "-n", 100, "-o", "back.alta", "--json")
    record = json.loads(out)
    assert code == 0
    assert record["held_out"]["right"] == record["held_out"]["examples"] == 10
    learned, own = (compile_source(load_source(path)) for path in (Path("back.alta"), PROGRAMS / "caesar.alta"))
    assert learned("h e l l o") == own("h e l l o")


def test_the_best_is_written_if_nothing_fits_all(altac: Altac) -> None:
    data("odd.txt", lambda text: ["a" if hash_of(text, place) else "b" for place in range(len(text))])
    code, out, _ = altac("learn", "odd.txt", "-o", "odd.alta", "--engine", "search", "--time", "2s")
    assert code == 1
    assert "of 54 (" in out
    assert "(100.0 %)" not in out.splitlines()[1]
    assert altac("check", "odd.alta")[0] == 0
    assert altac("test", "odd.alta")[0] == 0  # the examples in it are those that it gets right


def hash_of(text: list[Any], place: int) -> bool:
    """Something that no small program computes."""
    return (sum(ord(symbol) * 7**at for at, symbol in enumerate(text)) * 31 + place * place) % 11 < 5


def test_an_interrupt_keeps_the_best_so_far(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    best = Candidate(CONSTANT)
    task = examples_of(lambda text: ["a"] * len(text), "abc", number=LEAST, longest=5)
    steps = (Progress("1"), Progress("2", best, best.score(task)), KeyboardInterrupt)
    monkeypatch.setattr(learn_command, "engines", lambda: engine(*steps))
    code, out, err = altac("learn", data("sort.txt", sorted), "-o", "best.alta")
    assert code == 1
    assert err == "interrupted: this is the best so far\n"
    assert "right on " in out
    assert 'var answer = "a"' in Path("best.alta").read_text()


def test_an_interrupt_before_there_is_anything_ends_the_command(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_command, "engines", lambda: engine(Progress("1"), KeyboardInterrupt))
    assert altac("learn", data("sort.txt", sorted), "-o", "none.alta")[0] == 130
    assert not Path("none.alta").exists()


def test_nothing_in_time_is_said(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_command, "engines", lambda: engine(Progress("1")))
    assert altac("learn", data("sort.txt", sorted), "-o", "none.alta") == (1, "", "nothing was found in this time\n")
    assert not Path("none.alta").exists()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "error[E0631]: `d.txt` holds no examples"),
        ("->\n" * 30, "error[E0631]: `d.txt` holds no examples"),
        ("a -> b\nb -> a\n", "error[E0631]: `d.txt` holds 2 examples, of 20 that are needed at least"),
        ("a b -> x x\na -> x\n" * 20, "error[E0631]: every output in `d.txt` is `x`"),
        (f"{'a b ' * 251}-> x\na b -> y\n" * 20, "error[E0631]: `d.txt` has an input of 502 symbols"),
        ("".join(f"w{n} x -> a{n % 2}\n" for n in range(20_001)), "error[E0631]: `d.txt` has 20,004 different symbols"),
        ("a b -> b a\n" * 20 + "a b\n", "error[E0630]: d.txt:21: there is no `->`"),
        ("a b -> b a\n" * 20 + "a b -> a b\n", 'error[E0632]: the input "a b" has two outputs: "b a" and "a b"'),
    ],
)
def test_bad_data_is_a_diagnostic(altac: Altac, lines: str, told: str) -> None:
    Path("d.txt").write_text(lines)
    code, out, err = altac("learn", "d.txt", "-o", "p.alta", "--engine", "search")
    assert (code, out) == (1, "")
    assert told in err
    assert not Path("p.alta").exists()


def test_a_symbol_that_only_the_test_has_is_a_diagnostic(altac: Altac) -> None:
    Path("t.txt").write_text("a z -> a z\n")
    code, _, err = altac("learn", data("sort.txt", sorted), "--test", "t.txt", "-o", "p.alta")
    assert code == 1
    assert "error[E0633]: `z` is a symbol of inputs in the test examples" in err
    assert "error[E0633]: `z` is a symbol of outputs" in err


def test_a_test_of_its_own_is_what_is_measured(altac: Altac) -> None:
    Path("t.txt").write_text("c b a -> a b c\nc c c c c a -> c c c c c a\n")
    code, out, _ = altac("learn", data("sort.txt", sorted), "--test", "t.txt", "-o", "p.alta")
    assert code == 1  # one example of the test is wrong
    assert "right on 60 of 60" in out
    assert "right on 1 of 2 (50.0 %) held out; 7 of 9 symbols (77.8 %)" in out


@pytest.mark.parametrize(
    "arguments",
    [
        "-o p.alta",
        "d.txt --from p.alta -o q.alta",
        "d.txt -n 5 -o q.alta",
        "d.txt -o d.txt",
        "d.txt -o q.alta --time soon",
        "d.txt -o q.alta --name output",
        "d.txt -o q.alta --engine other",
        "d.txt -o q.alta --classes c.txt",
    ],
)
def test_usage(altac: Altac, arguments: str) -> None:
    data("d.txt", sorted)
    before = Path("d.txt").read_bytes()
    assert altac("learn", *arguments.split())[0] == 2
    assert Path("d.txt").read_bytes() == before


def test_what_is_known_of_words_is_learned_from(altac: Altac) -> None:
    places, people = ["Oslo", "Rome", "Bern", "Riga"], ["Ann", "Bob", "Cleo", "Dan"]
    lines = [f"see {word} -> {kind}" for kind, words in (("x", places), ("y", people)) for word in words[:3]]
    Path("d.txt").write_text("\n".join(lines * 10))
    Path("t.txt").write_text("see Riga -> x\nsee Dan -> y\n")
    Path("c.txt").write_text(
        "".join(f"{word} {kind}\n" for words, kind in ((places, "a"), (people, "b")) for word in words)
    )
    arguments = ("learn", "d.txt", "--test", "t.txt", "--engine", "scores", "--shape", "one", "-o", "p.alta")
    code, out, _ = altac(*arguments, "--classes", "c.txt")
    assert code == 0
    assert "right on 2 of 2" in out
    before = Path("p.alta").read_bytes()
    Path("c.txt").write_text("Oslo a\nRome\n")
    code, out, err = altac(*arguments, "--classes", "c.txt")
    assert (code, out) == (1, "")
    assert err.startswith("error[E0638]: c.txt:2: nothing stands behind `Rome`\n = help: write a word and its classes")
    assert Path("p.alta").read_bytes() == before


def test_a_name_of_a_file_that_is_none_of_a_program_becomes_one(altac: Altac) -> None:
    assert altac("learn", data("d.txt", sorted), "-o", "1-output.alta")[0] == 0
    assert "program learned_1_output" in Path("1-output.alta").read_text()
