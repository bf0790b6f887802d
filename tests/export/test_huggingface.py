"""Folders for Hugging Face, as far as they can be read without transformers."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
import torch
from safetensors.torch import load as load_safetensors

import altac
from altac.cli.main import run
from altac.driver import Compiled
from altac.export.huggingface import MODULES, tokens_of, write
from altac.export.names import token_texts
from altac.export.picture import panel
from altac.export.request import Request
from altac.model.batch import batch_tensors
from altac.model.model import Model
from altac.system.files import write_together
from altac.targets.torch_model import build_learned_model
from tests.support import PROGRAMS, compiled, nonempty, program

NEEDED = {"torch", "numpy", "transformers"}


def exported(one: Compiled, model: Model | None = None) -> dict[str, bytes]:
    return dict(write(Request(model or one.model, one)).files)


def document(files: dict[str, bytes], name: str) -> dict:
    return json.loads(files[name])


def imported(text: str) -> set[str]:
    """What a module imports, but for its neighbours."""
    nodes = list(ast.walk(ast.parse(text)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names}


def test_the_code_needs_neither_altac_nor_what_types_are_written_with() -> None:
    files = exported(program("parity"))
    code = {name: data.decode() for name, data in files.items() if name.endswith(".py")}
    assert set(code) == {f"{name}.py" for name in (*MODULES, "modeling_alta", "growing_alta", "tokenization_alta")}
    for text in nonempty(code.values()):
        assert imported(text) - sys.stdlib_module_names <= NEEDED


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes], str], ModuleType]:
    """Imports altac's own modules from a folder."""

    def find(files: dict[str, bytes], module: str) -> ModuleType:
        write_together(tmp_path / "exported", files)
        (tmp_path / "exported" / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        return importlib.import_module(f"exported.{module}")

    yield find
    for name in [name for name in sys.modules if name.partition(".")[0] == "exported"]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", ["compiled", "edited", "trained"])
def test_the_module_beside_the_weights_runs_them(beside, kind: str) -> None:
    """It is altac's own, and the weights are those of the model as it is."""
    one = program("dyck2")
    model = Model(one.model.module, one.model.metadata)
    if kind == "trained":
        torch.manual_seed(0)
        model = build_learned_model(one.program, (9,), "relu", False, 2)
    if kind == "edited":
        model = altac.compile(str(PROGRAMS / "dyck2.alta")).model
        with torch.no_grad():
            model.module.layers[0].attention.slope += 0.5  # type: ignore[union-attr,operator]
    files = exported(one, model)
    config = document(files, "config.json")
    sizes = beside(files, "config").TransformerConfig.from_dict(config["transformer"])
    if kind == "trained":
        step = beside(files, "config").LearnedStepConfig.from_dict(config["learned"])
        module = beside(files, "learned").LearnedTransformer(sizes, step)
    else:
        module = beside(files, "transformer").Transformer(sizes)
    state = load_safetensors(files["model.safetensors"])
    module.load_state_dict({name.removeprefix("transformer."): tensor for name, tensor in state.items()}, strict=False)
    assert {f"transformer.{name}" for name, _ in module.named_parameters()} == set(state)
    texts = ["", "( [ ] )", "( [ ) ]", "( ( ( )"]
    tokens, lengths = batch_tensors([one.program.interface.tokens(text) for text in texts], torch.device("cpu"))
    with torch.inference_mode():
        (found, layers), (expected, numbers) = module(tokens, lengths), model.module(tokens, lengths)
        unchanged, _ = one.model.module(tokens, lengths)
    assert torch.equal(found, expected)
    assert torch.equal(layers, numbers)
    assert torch.equal(found, unchanged) == (kind == "compiled")
    card = files["README.md"].decode()
    notes = {"compiled": 0, "edited": card.count("changed after they were compiled"), "trained": card.count("trained:")}
    assert ("need not do what the program says" in card) == (kind != "compiled")
    assert notes[kind] == (kind != "compiled")


def test_half_the_numbers_of_a_writer_stand_in_the_order_of_its_output() -> None:
    """Of two symbols with the same score, the same one is written: the first of the output's domain."""
    interface = program("scan_writer").program.interface
    tokens = tokens_of(interface)
    assert tokens.end == interface.domain.values.index("<end>")
    assert tokens.reads[: len(interface.domain)] == [-1 if one is None else one for one in interface.written_tokens]
    assert sorted(tokens.reads) == [-1, -1, *range(len(interface.vocabulary))]
    config = document(exported(program("scan_writer")), "config.json")
    assert (config["reads"], config["eos_token_id"], config["pad_token_id"]) == (tokens.reads, 0, len(tokens.reads) - 1)


def test_texts_that_print_alike_are_told_apart() -> None:
    """A frame is no piece of a symbol, and no two tokens have one text."""
    one = compiled(
        'program p\ninput word: {"<s>", "a<s>b", 0} up to 3\nframe "<s>" word "s>" "0"\nvar x: 0..1 = 0\n'
        "step:\n    x := 1\nlayers 1\noutput x\n"
    )
    interface = one.program.interface
    texts = dict(zip(interface.vocabulary.values, token_texts(interface), strict=True))
    assert texts == {"<s>": "<s>", "a<s>b": "a<s>b", 0: "0", "0": "<0>", "s>": "<s>>"}
    files = exported(one)
    words = document(files, "tokenizer.json")
    assert {token["content"] for token in words["added_tokens"]} == {"<0>", "<s>>", "<pad>"}
    ids = words["model"]["vocab"]
    framing = [part["SpecialToken"]["id"] for part in words["post_processor"]["single"] if "SpecialToken" in part]
    reads = tokens_of(interface).reads
    assert [reads[ids[text]] for text in framing] == [*interface.before, *interface.after]
    assert document(files, "tokenizer_config.json")["symbols"] == ["0", "<s>", "a<s>b"]


def test_a_word_that_stands_for_others_is_named() -> None:
    files = exported(program("eliza"))
    other = document(files, "tokenizer_config.json")["other"]
    assert other == document(files, "tokenizer.json")["model"]["unk_token"]
    assert other in document(files, "tokenizer_config.json")["symbols"]


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("parity", "SequenceClassification"),
        ("sort", "TokenClassification"),
        ("language_id", "SequenceClassification"),
        ("running_mean", "TokenClassification"),
        ("induction_lm", "CausalLM"),
    ],
)
def test_the_class_is_that_of_the_output(name: str, task: str) -> None:
    config = document(exported(program(name)), "config.json")
    assert config["architectures"] == [f"AltaFor{task}"]
    assert f"AutoModelFor{task}" in config["auto_map"]
    labels = program(name).program.interface.domain
    assert list(config["id2label"].values()) == (
        [program(name).program.interface.variable] if config["output"]["number"] else list(map(labels.text, labels))
    )


def test_the_card_has_the_program_its_certificate_and_its_sizes() -> None:
    one = program("parity")
    card = exported(one)["README.md"].decode()
    assert one.program.source.text.rstrip() in card
    assert "| float16 | inputs up to length 65,503 | `parity_left`: distances are no numbers of the format |" in card
    assert "8 dimensions of the residual stream, 275 parameters, 62 of them not zero." in card
    assert "batch = tokenizer(['1 0 1 1', '1 0 0 1']" in card


def test_the_picture_has_what_the_weights_read_and_write() -> None:
    model = program("parity").model
    found = {(left.name, right.name, right.column) for left, right in panel(model, 0).lines}
    read = [("parity", "parity_left", 1), ("done", "done_left", 1)]
    units = [(name, "MLP 1: 3 units", 2) for name in ("parity", "done", "parity_left", "done_left")]
    assert found == {*read, *units, ("MLP 1: 3 units", "parity", 3), ("MLP 1: 3 units", "done", 3)}
    picture = exported(program("parity"))["circuit.svg"]
    texts = [one.text for one in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert {"parity_left", "done_left", "MLP 1: 3 units"} <= set(texts)


def test_the_same_model_gives_the_same_bytes() -> None:
    assert exported(program("reverse")) == exported(altac.compile(str(PROGRAMS / "reverse.alta")))


def test_the_command_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(PROGRAMS / "parity.alta"), "--to", "huggingface", "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == (
        f"{tmp_path / 'out'}: AutoModel and AutoModelForSequenceClassification, exact in float32 for inputs of any "
        "length, any number of layers (float64: any length, bfloat16: any length, float16: length 65,503)\n"
    )
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == exported(program("parity"))


@pytest.mark.parametrize("option", [["--layers", "3"], ["--length", "9"], ["--units", "relu"]])
@pytest.mark.parametrize("tool", ["huggingface", "onnx"])
def test_nothing_is_unrolled(tmp_path: Path, capsys, tool: str, option: list[str]) -> None:
    folder = tmp_path / "out"
    assert run(["export", str(PROGRAMS / "parity.alta"), "--to", tool, "-o", str(folder), *option]) == 1
    named = " ".join(option) if option[0] == "--units" else option[0]
    assert capsys.readouterr().err == (
        f"error[E0720]: `{named}` does nothing with `--to {tool}`\n"
        " = help: leave it out: the model runs as many layers as an input needs, and takes every length that it is "
        "exact for\n"
    )
    assert not folder.exists()
