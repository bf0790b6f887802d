"""Folders for Hugging Face in transformers, where altac is not installed: every program, every state."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import altac
from altac.engine.protocol import run_texts
from altac.engine.trace import Layer
from altac.export.huggingface import tokens_of, write
from altac.export.request import Request
from altac.ir.arrays import Array
from altac.system.files import write_together
from tests.export.elsewhere.environments import NEW, run
from tests.export.states import compare, inputs
from tests.export.test_unknown import PROGRAM as KINDS
from tests.programs.sizes import names
from tests.support import PROGRAMS, compiled, nonempty, program, small


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of each program, and what is found in it elsewhere."""
    place, jobs = tmp_path_factory.mktemp("huggingface"), []
    for name in names():
        one = program(name)
        write_together(place / name, write(Request(one.model, one)).files)
        jobs.append((str(place / name), inputs(one, name)))
    (place / "jobs.json").write_text(json.dumps(jobs))
    run(NEW, "run_huggingface.py", place / "jobs.json")
    return place


@pytest.mark.parametrize("name", names())
def test_states_and_answers_of_a_program(folders: Path, name: str) -> None:
    one = program(name)
    interface, texts = one.program.interface, inputs(one, name)
    sequences, found = [interface.tokens(text) for text in texts], json.loads((folders / f"{name}.json").read_text())
    states, results = np.load(folders / f"{name}.npz"), run_texts(one.model, texts)
    reads = tokens_of(interface).reads
    assert found["names"] == one.model.metadata.stream.names
    for side in ("right", "left"):
        seen, mask = found[side], np.array(found[side]["mask"], bool)
        read = [[reads[token] for token in row if reads[token] >= 0] for row in seen["tokens"]]
        assert read == sequences
        assert seen["layers"] == [len(list(one.interpreter.layers([tokens]))) - 1 for tokens in sequences]
        assert seen["patterns"]
        order = np.argsort(~mask, axis=1, kind="stable")
        first = np.take_along_axis(states[side], order[None, :, :, None], axis=2)

        def stream(step: int, layer: Layer, first: Array = first) -> Array:
            return first[step][layer.rows]

        compared = dict.fromkeys(one.model.domains, 0)
        for variable, values in nonempty(compare(one, sequences, stream)):
            compared[variable] += values
        unseen = {name for name, values in compared.items() if not values}
        assert unseen <= {value.name for value in one.program.introduced}, unseen
        assert len(seen["places"]) == len(states[side]) - 1
    said = [result.text(one.model.interface) for result in results]
    if interface.writing is None:
        assert found["right"]["texts"] == found["left"]["texts"] == said
    assert found["task"] == said
    assert found["again"] == found["task"]
    other = interface.unknown is not None
    assert ("is no symbol of this program's inputs" in found["refused"]) != other


REFUSED = """>>> import torch
>>> from transformers import AutoModel, AutoTokenizer
>>> def of(name, **options):
...     return AutoModel.from_pretrained(name, trust_remote_code=True, **options)
>>> def words(name):
...     return AutoTokenizer.from_pretrained(name, trust_remote_code=True)
>>> of("circling")(torch.tensor([[0, 0], [1, 1]]))
Traceback (most recent call last):
    ...
ValueError: Input 1 never halts: after layer 4 its state is one that it had before.
>>> of("circling")(torch.tensor([[0, 0]])).layers.tolist()
[0]
>>> of("meeting")(torch.tensor([[6, 6, 6], [1, 7, 6]]))
Traceback (most recent call last):
    ...
ValueError: Input 1: in layer 1 the head `great` meets several values at position 0.
>>> of("meeting")(torch.zeros(1, 9))
Traceback (most recent call last):
    ...
ValueError: Inputs may have up to 8 symbols in float32; one has more.
>>> words("meeting")("1 2 3 4 5 6 7 8 9")
Traceback (most recent call last):
    ...
ValueError: An input may have up to 8 symbols; this one has 9.
>>> of("scan_writer", dtype=torch.float16)(torch.tensor([[8]]))
Traceback (most recent call last):
    ...
ValueError: These weights are not exact in float16; use torch.float32.
>>> of("edited")(torch.tensor([[1]]))
Traceback (most recent call last):
    ...
ValueError: Input 0: its output is no value.
>>> model = of("meeting")
>>> model.texts(model(torch.zeros(2, 0)))
['', '']
>>> from transformers import AutoModelForCausalLM
>>> writer = AutoModelForCausalLM.from_pretrained("induction_lm", trust_remote_code=True)
>>> batch = words("induction_lm")(["", "a b a"], return_tensors="pt", padding=True)
>>> writer.generate(**batch)
Traceback (most recent call last):
    ...
ValueError: input 0 is empty, and nothing is written behind it: leave it out
>>> batch = words("parity")(["1 1", "1"], return_tensors="pt", padding=True)
>>> loss = of("parity")(**batch, labels=torch.tensor([[-100, -100, 0], [-100, 1, -100]])).loss
>>> loss.backward()
>>> 0 < loss.item() < 1
True
"""


@pytest.mark.usefixtures("_here")
def test_what_altac_refuses_is_an_error() -> None:
    circling = "var out: 0..9 = 0\nstep:\n    out := (out + token) % 2\nhalt when token == 0 or out == 5"
    meeting = "layer one:\n    head great = token where key.token > 5 else 0\n    var out = great"
    programs = {"circling": small(circling), "meeting": small(meeting)}
    programs |= {name: program(name) for name in ("scan_writer", "parity", "induction_lm")}
    edited = altac.compile(str(PROGRAMS / "caesar.alta"))
    with torch.no_grad():
        for layer in edited.model.module.layers:
            for mlp in layer.mlps:  # type: ignore[union-attr]
                mlp.fc_out.weight *= 0.5
    for name, one in nonempty({**programs, "edited": edited}.items()):
        write_together(Path(name), write(Request(one.model, one)).files)
    Path("session").write_text(REFUSED)
    assert run(NEW, "run_session.py", "session") == f"{REFUSED}\0"


CACHE = """>>> import sys, torch
>>> from transformers import AutoModelForCausalLM, AutoTokenizer
>>> words = AutoTokenizer.from_pretrained("induction_lm", trust_remote_code=True)
>>> writer = AutoModelForCausalLM.from_pretrained("induction_lm", trust_remote_code=True)
>>> module = sys.modules[type(writer).__module__.replace("modeling", "growing")]
>>> def keeps():
...     return module.is_as_exported(writer.transformer, writer.config.cached)
>>> keeps()
True
>>> batch = words(["a b a", "c c"], return_tensors="pt", padding=True)
>>> usual = writer.generate(**batch)
>>> attention = writer.transformer.layers[1].attention
>>> handle = attention.register_forward_hook(lambda module, given, output: (output[0] * 1, output[1]))
>>> keeps()
False
>>> handle.remove()
>>> keeps()
True
>>> attention.relative_bias.data[:, -1] = attention.relative_bias.data[:, 0]
>>> keeps()
False
>>> writer.generate(**batch).tolist() == writer.generate(**batch, use_cache=False).tolist()
True
>>> attention.forward = attention.forward
>>> keeps()
False
>>> other = AutoModelForCausalLM.from_pretrained("edited", trust_remote_code=True)
>>> other.generation_config.use_cache, other.config.cached
(False, None)
"""


@pytest.mark.usefixtures("_here")
def test_what_somebody_did_to_a_model_turns_its_cache_off() -> None:
    one, edited = program("induction_lm"), altac.compile(str(PROGRAMS / "induction_lm.alta"))
    with torch.no_grad():
        next(edited.model.module.parameters())[0, 0] += 1
    for name, compiled_one in (("induction_lm", one), ("edited", edited)):
        write_together(Path(name), write(Request(compiled_one.model, compiled_one)).files)
    Path("session").write_text(CACHE)
    assert run(NEW, "run_session.py", "session") == f"{CACHE}\0"


SHAPES = """>>> from transformers import AutoTokenizer
>>> words = AutoTokenizer.from_pretrained("kinds", trust_remote_code=True)
>>> [words.convert_ids_to_tokens(row) for row in words(TEXTS)["input_ids"]]
READ
>>> words.save_pretrained("again") is None
False
>>> again = AutoTokenizer.from_pretrained("again", trust_remote_code=True)
>>> again(TEXTS)["input_ids"] == words(TEXTS)["input_ids"]
True
"""


@pytest.mark.usefixtures("_here")
def test_unknown_symbols_are_read_by_their_shape() -> None:
    one = compiled(KINDS)
    write_together(Path("kinds"), write(Request(one.model, one)).files)
    texts = ["in Oslo 1950 - Ab1", "x Xx \u01c5a \u0663 <unk>", "Ob", ""]
    interface = one.program.interface
    read = [[interface.vocabulary.values[token] for token in interface.tokens(text)] for text in texts]
    assert len({word for words in read for word in words}) == 3
    session = SHAPES.replace("TEXTS", repr(texts)).replace("READ", repr(read))
    Path("session").write_text(session)
    assert run(NEW, "run_session.py", "session") == f"{session}\0"


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["parity", "sort", "scan_writer"])
def test_the_code_of_the_card_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    one = program(name)
    write_together(tmp_path, write(Request(one.model, one)).files)
    (code,) = re.findall(r"^```python\n(.*?)^```", (tmp_path / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "use.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    texts = [example.input for example in one.program.examples if example.input][:2]
    expected = [result.text(one.program.interface) for result in run_texts(one.interpreter, texts)]
    assert len(expected) == 2
    assert run(NEW, tmp_path / "use.py") == f"{expected}\n"
