"""Inputs of words: symbols that are not known, constants from files, and what a score reads of the token alone."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import pytest
import torch

import altac
from altac.driver import Compiled, embedded_program
from altac.engine.equivalence import compare_engines
from altac.ir.stream import Kind
from altac.ir.unknown import is_shape, shape
from altac.model.model import Model
from tests.support import nonempty

UNKNOWN = 'program p\ninput text: {"the", "cat"} up to 4 else "<unk>"\nstep:\n    pass\nlayers 0\noutput token\n'
LABELS = ("O", "PER", "LOC")
CLASSES = ("noun", "verb", "other")
TAGGER = """program tagger
const WORDS  = lines("words.txt")
const CLASS  = table("classes.json")
const WEIGHT = table("weights.json")
const BEFORE = table("before.json")
input text: WORDS up to 12 else "<unk>"
var class: {"noun", "verb", "other"} = CLASS[token] if token in CLASS else "other"
layer look:
    head left = class at -1 else "other"
score tag: {"O", "PER", "LOC"} = WEIGHT[token] + BEFORE[left]
output tag
"""


def test_any_other_symbol_is_read_as_the_unknown_one() -> None:
    compiled = altac.compile(UNKNOWN)
    for engine in (compiled, compiled.model):
        assert engine("the <unk> dog cat") == "the <unk> <unk> cat"
        assert engine("thecat a") == "<unk> <unk>"  # blanks separate words
        assert altac.run(engine, "x " * 5).error is not None  # five of them are too many
        assert engine("") == ""
    trace = altac.trace(compiled, "the dog")
    assert trace.tokens == ("the", "<unk>")


def test_the_unknown_symbol_may_be_in_the_domain_or_a_number() -> None:
    text = UNKNOWN.replace('{"the", "cat"}', "0..3").replace('"<unk>"', "0")
    assert altac.run(text, "2 7 x 1").output == (2, 0, 0, 1)
    letters = UNKNOWN.replace('"the", "cat"', '"a", "b"').replace("<unk>", "a")
    assert altac.run(letters, "a b c").output == ("a", "b", "a")
    assert altac.run(letters, "ab").output == ("a",)  # one unknown symbol: blanks are never left out


SHAPES = {
    "Rome": "Xx",
    "OECD": "X",
    "1950s": "dx",
    "U.S.A.": "X.X.",
    "--": "-",
    "l'été": "x'x",
    "東京": "東京",
    "7": "d",
}


@pytest.mark.parametrize(("text", "known"), SHAPES.items())
def test_shapes_of_symbols(text: str, known: str) -> None:
    assert shape(text) == known
    assert is_shape(known)


@pytest.mark.parametrize("text", ["", "Xxx", "a", "5", "x x", "X.X.X", "--"])
def test_what_is_no_shape(text: str) -> None:
    assert not is_shape(text)


def test_unknown_symbols_are_read_by_their_shape(tmp_path: Path) -> None:
    text = UNKNOWN.replace('"<unk>"', '{"Xx": "<name>", "d": 7, "x": "cat", "": "<unk>"}')
    compiled = altac.compile(text)
    compiled.model.save(tmp_path / "p.pt")
    for engine in (compiled, compiled.model, altac.load(tmp_path / "p.pt")):
        assert engine("the The 1950 dog") == "the <name> 7 cat"
        assert engine("U.S. <name> <other> 7") == "<unk> <name> <unk> 7"
        assert altac.run(engine, "x " * 5).error is not None
    assert compiled.program.interface.parse("The 1950") == ["<name>", 7]


class Words:
    """Files of so many words in a folder, and what they say."""

    def __init__(self, folder: Path, count: int) -> None:
        dice = Random(count)
        self.words = [f"w{number}" for number in range(count)]
        dice.shuffle(self.words)
        self.classes = {word: dice.choice(CLASSES) for word in self.words if dice.random() < 0.9}
        self.weights = {
            word: {label: Fraction(dice.randint(-99, 99), 10) for label in LABELS if dice.random() < 0.7}
            for word in self.words
        }
        self.before = {name: {label: dice.randint(-9, 9) for label in LABELS} for name in CLASSES}
        (folder / "words.txt").write_text("\n".join(self.words))
        (folder / "classes.json").write_text(json.dumps(self.classes))
        weights = {word: {label: float(one) for label, one in row.items()} for word, row in self.weights.items()}
        (folder / "weights.json").write_text(json.dumps(weights))
        (folder / "before.json").write_text(json.dumps(self.before))
        self.path = folder / "tagger.alta"
        self.path.write_text(TAGGER)

    def scores(self, text: str) -> list[dict[str, Fraction]]:
        """What the tables add up to at each position."""
        words = text.split()
        lefts = ["other", *(self.classes.get(word, "other") for word in words)]
        return [
            {label: self.weights.get(word, {}).get(label, Fraction(0)) + self.before[left][label] for label in LABELS}
            for word, left in zip(words, lefts[:-1], strict=True)
        ]


def answers(compiled: Compiled, model: Model, words: Words, texts: list[str]) -> None:
    """Both engines say what the tables add up to, and agree on all states."""
    for engine in (compiled.interpreter, model):
        for text, result in zip(texts, altac.run(engine, texts), strict=True):
            wanted = words.scores(text)
            assert result.scores is not None
            assert [dict(one) for one in result.scores] == wanted
            domain = sorted(LABELS)
            assert result.output == tuple(max(domain, key=row.__getitem__) for row in wanted)
    assert compare_engines(compiled.interpreter, model, texts) is None


def test_50_000_words_from_a_file(tmp_path: Path) -> None:
    words = Words(tmp_path, 50_000)
    compiled = altac.compile(words.path)
    dice = Random(1)
    texts = [" ".join(dice.choices([*words.words, "never_seen"], k=8)) for _ in range(30)] + ["never_seen", ""]
    answers(compiled, compiled.model, words, texts)
    assert compiled.blocks.stream.d_model == 3 + 3 + 3  # labels, classes, what the head brings: no word has a dimension
    traced = altac.trace(compiled.model, f"{words.words[7]} never_seen")
    assert [traced.value("token", layer, 0) for layer in (0, 1)] == [words.words[7]] * 2
    assert traced.value("token", 1, 1) == "<unk>"


def test_weights_carry_the_files_and_say_when_they_differ(tmp_path: Path) -> None:
    words = Words(tmp_path, 200)
    compiled = altac.compile(words.path)
    for name in ("m.pt", "m.safetensors"):
        compiled.save(tmp_path / name)
    texts = ["w1 w2 x w3", "x", ""]
    (tmp_path / "classes.json").write_text("{}")
    changed = altac.compile(words.path)
    for name in ("words.txt", "classes.json", "weights.json", "before.json"):
        (tmp_path / name).unlink()
    for name in ("m.pt", "m.safetensors"):
        model = altac.load(tmp_path / name)
        assert isinstance(model, Model)
        assert set(model.metadata.imports) == {"words.txt", "classes.json", "weights.json", "before.json"}
        answers(embedded_program(model.metadata), model, words, texts)
        assert altac.verify(model, random=150, budget=300).verdict == "equal"
        assert altac.verify(changed, model, random=150, budget=300).verdict == "different"


SMALL = """program small
const TELLS = {"a": {"x": 3}, "b": {"y": 1/2}, "c": {"x": -1, "y": 2}}
input text: {"a", "b", "c", "d"} up to 6
var even: bool = position % 2 == 0
layer look:
    head left = even at -1 else true
score label: {"x", "y"} = TELLS[token] + {true: {"y": 1}, false: {}}[left]
output label
"""


@pytest.mark.parametrize("execution", ["sparse", "dense"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_a_token_adds_is_a_part_of_its_embedding(execution: str, level: int) -> None:
    compiled = altac.compile(SMALL, level=level)
    model = Model(compiled.model.module, compiled.model.metadata, execution)  # type: ignore[arg-type]
    evidence = [part for part in compiled.blocks.stream.parts if part.kind is Kind.EVIDENCE]
    assert [(part.owner, part.labels, list(part.place)) for part in evidence] == [("token", ("x", "y"), [0, 1])]
    assert model.module.token_embedding.weight[:, :2].tolist() == [[6, 0], [0, 1], [-2, 4], [0, 0]]  # in halves
    texts = [" ".join(text) for length in range(4) for text in product("abcd", repeat=length)]
    assert compare_engines(compiled.interpreter, model, texts) is None
    assert [model(text) for text in texts] == [compiled(text) for text in texts]
    for half in (torch.float16, torch.bfloat16, torch.float64):
        other = Model(altac.compile(SMALL, level=level).model.module, model.metadata, "dense").to(half)
        assert [other(text) for text in texts] == [compiled(text) for text in texts]


def test_an_edit_of_the_embedding_counts() -> None:
    compiled = altac.compile(SMALL)
    model = compiled.model
    assert model("d") == "y"
    with torch.no_grad():
        model.module.token_embedding.weight[3, 0] = 8
    assert model("d") == "x"
    assert altac.run(model, "d").scores == ({"x": 4, "y": 1},)
    report = altac.verify(compiled, model)
    assert report.verdict == "different"
    assert report.difference is not None
    assert "label" in report.difference.what or "output" in report.difference.what
    with torch.no_grad():
        model.module.token_embedding.weight[3, 0] = 0.25
    report = altac.verify(compiled, model)
    assert report.verdict == "different"


READS = {
    "a step": SMALL.replace("score", '    var is_a = token == "a"\nscore'),
    "a head": SMALL.replace("even at -1 else true", "even where key.token == query.token at -1 else true"),
    "a value": SMALL.replace("even at -1 else true", 'token == "a" at -1 else true'),
    "where": SMALL.replace("output label", 'output label where token != "b"'),
    "until": SMALL.replace("layer look:", "layer wait:\n    pass\n\nlayer look:").replace(
        "score", 'run wait until token in {"a", "b", "c"}, look\nscore'
    ),
    "few values": SMALL.replace('{"x", "y"}', '{"v", "w", "x", "y"}'),
}


@pytest.mark.parametrize("case", READS)
def test_a_token_that_something_else_reads_has_its_own_dimensions(case: str) -> None:
    compiled = altac.compile(READS[case])
    stream = compiled.blocks.stream
    assert not stream.embedded
    assert stream.variables["token"].kind is Kind.VARIABLE
    texts = [" ".join(text) for length in range(4) for text in nonempty(product("abcd", repeat=length))]
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None


def test_a_score_of_a_token_alone_has_no_other_state(tmp_path: Path) -> None:
    text = 'program p\ninput text: {"a", "b", "c"} up to 5\nlayer read:\n    pass\n'
    text += 'score label: {"x", "y"} = {"a": {"x": 1}, "b": {"y": 2}}[token]\noutput label pooled\n'
    compiled = altac.compile(text)
    assert compiled.blocks.stream.d_model == 2
    texts = [" ".join(text) for length in range(5) for text in product("abc", repeat=length)]
    assert compare_engines(compiled.interpreter, compiled.model, texts) is None
    assert [compiled.model(text) for text in texts] == [compiled(text) for text in texts]
    assert compiled.model("a a b c") == "x"  # of equal sums the first label
    compiled.save(tmp_path / "m.pt")
    model = altac.load(tmp_path / "m.pt")
    assert altac.verify(model).verdict == "equal"
