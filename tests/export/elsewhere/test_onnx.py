"""ONNX files in onnxruntime, where altac is not installed, and in onnxruntime-web under Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import altac
from altac.driver import Compiled
from altac.engine.protocol import run_texts
from altac.engine.trace import Layer
from altac.export.onnx_model import write
from altac.export.onnx_schedule import Status
from altac.export.request import Request
from altac.ir.arrays import Array
from altac.ir.numbers import is_open
from altac.model.batch import batch_tensors
from altac.system.files import write_together
from altac.targets.torch_model import build_learned_model
from tests.export.cases import NUMBERS
from tests.export.elsewhere.environments import NEW, run
from tests.export.states import compare, inputs
from tests.export.test_unknown import PROGRAM as KINDS
from tests.programs.sizes import names
from tests.support import PROGRAMS, compiled, nonempty, program, small

SCHEDULES = {  # beside those of the library
    "twice": "var out: 0..9 = 1\nhead left = out at -1 else 0\nstep:\n    out := min(left + token, 9)\nlayers 3",
    "entries": "var n: 0..9 = 3\nlayer one:\n    var big = token > n\n"
    "layer two:\n    n := max(n - 1, 0)\nlayer three:\n    n := min(n + 2, 9)\n"
    "layer four:\n    head left = exists where key.big at -1\n    var out = n if left else token\n"
    "run one, (two, three) until n > 6, four",
    "times": "var n: 0..9 = 3\nlayer two:\n    head left = n at -1 else 0\n    n := max(left - 1, 0)\n"
    "layer three:\n    n := min(n + 2, 9)\nlayer last:\n    var out = n\nrun (two, three) * 3, last",
}
TEXTS = ["", "3", "1 0 3 4 1", "9 9 9 0 2 2 7 5", "0 0"]


def written(one: Compiled, folder: Path) -> None:
    write_together(folder, write(Request(one.model, one)).files)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of each program, and what is found in it elsewhere."""
    place, jobs = tmp_path_factory.mktemp("onnx"), []
    for name in [*names(), *SCHEDULES]:
        one, texts = chosen(name)
        written(one, place / name)
        jobs.append((str(place / name), [one.program.interface.tokens(text) for text in texts]))
    (place / "jobs.json").write_text(json.dumps(jobs))
    run(NEW, "run_onnx.py", place / "jobs.json")
    return place


def chosen(name: str) -> tuple[Compiled, list[str]]:
    """A program, and inputs on which it has a result."""
    if name in SCHEDULES:
        return small(SCHEDULES[name]), TEXTS
    return program(name), inputs(program(name), name)


@pytest.mark.parametrize("name", [*names(), *SCHEDULES])
def test_states_and_answers_of_a_program(folders: Path, name: str) -> None:
    one, texts = chosen(name)
    interface = one.program.interface
    sequences, found = [interface.tokens(text) for text in texts], np.load(folders / f"{name}.npz")
    results = one.interpreter.finish(sequences)
    assert found["status"].tolist() == [Status.ANSWERED] * len(texts)
    assert found["layers"].tolist() == [result.layers for result in results]
    assert np.array_equal(found["states"][-1], found["state"])

    def stream(step: int, layer: Layer) -> Array:
        after: Array = found["states"][layer.numbers, layer.rows]
        return after

    compared = dict.fromkeys(one.model.domains, 0)
    for variable, values in nonempty(compare(one, sequences, stream)):
        compared[variable] += values
    unseen = {variable for variable, values in compared.items() if not values}
    assert unseen <= {value.name for value in one.program.introduced}, unseen
    for row, result in nonempty(enumerate(results)):
        stopped = [status for number, status in enumerate(found["statuses"][:, row]) if number < result.layers]
        assert set(stopped) <= {Status.STOPPED}
        at = found["answered"][row]
        assert result.output is not None
        if is_open(interface.domain):
            told = [float(interface.domain.values[index]) for index in result.output]  # type: ignore[arg-type]
            assert found["logits"][row][at][:, 0].tolist() == pytest.approx(told, abs=1e-3)
        else:
            assert found["answers"][row][at].tolist() == list(result.output)
            assert (found["answers"][row][~at] == -1).all()
        if interface.scoring is not None and result.sums is not None:
            sums = np.array(result.sums) / interface.scoring.denominator
            assert np.allclose(found["logits"][row][at], sums, rtol=1e-6)


@pytest.mark.parametrize("name", ["parity", "scan_writer", "eliza", "language_id", *NUMBERS])
def test_a_few_lines_run_it(folders: Path, name: str) -> None:
    """`run.py` beside the graph prints what `altac run` prints of the weights, all digits of numbers too."""
    one, texts = chosen(name)
    printed = run(NEW, folders / name / "run.py", *texts).splitlines()
    assert printed == [result.text(one.model.interface) for result in run_texts(one.model, texts)]


def test_unknown_symbols_are_read_by_their_shape(tmp_path: Path) -> None:
    one = compiled(KINDS)
    written(one, tmp_path / "kinds")
    texts = ["in Oslo 1950 - ", "Ab1 x Xx", "Ob"]
    printed = run(NEW, tmp_path / "kinds" / "run.py", *texts).splitlines()
    assert printed == [one.model(text) for text in texts]
    assert printed[0] == "in <name> <unk> <unk>"


def test_what_has_no_answer_says_why(tmp_path: Path) -> None:
    """Heads that disagree, runs without an end, inputs that are too long, and an input beside them that is fine."""
    circling = "var out: 0..9 = 0\nstep:\n    out := (out + token) % 2\nhalt when token == 0 or out == 5"
    meeting = "layer one:\n    head great = token where key.token > 5 else 0\n    var out = great"
    jobs = [
        (circling, [[0], [1], [0] * 8, [0] * 9], ["ANSWERED", "NEVER_HALTS", "ANSWERED", "TOO_LONG"]),
        (meeting, [[6, 6], [7, 6], [1] * 9, [1]], ["ANSWERED", "DISAGREES", "TOO_LONG", "ANSWERED"]),
    ]
    for number, (body, sequences, expected) in nonempty(enumerate(jobs)):
        one = small(body)
        written(one, tmp_path / f"{number}")
        (tmp_path / "jobs.json").write_text(json.dumps([(str(tmp_path / f"{number}"), sequences)]))
        run(NEW, "run_onnx.py", tmp_path / "jobs.json")
        found = np.load(tmp_path / f"{number}.npz")
        assert [Status(status).name for status in found["status"]] == expected
        assert found["answered"].any(axis=1).tolist() == [name == "ANSWERED" for name in expected]


def test_in_a_browser_s_runtime(folders: Path, tmp_path: Path) -> None:
    """The same file in onnxruntime-web, under Node."""
    (tmp_path / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "onnxruntime-web@1.30.0"]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True)
    script = tmp_path / "run.mjs"
    script.write_text(Path(__file__).with_name("run_web.mjs").read_text())
    for name in ("parity", "sort", "induction_lm", "addition"):
        one, texts = chosen(name)
        interface = one.program.interface
        sequences = [tokens for text in texts if (tokens := interface.tokens(text))]
        command = ["node", script, folders / name, json.dumps(sequences)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        found, results = json.loads(done.stdout), one.interpreter.finish(sequences)
        assert found["layers"] == [result.layers for result in results]
        read = [[label for label in row if label >= 0] for row in found["answers"]]
        assert read == [list(result.output or ()) for result in results]


@pytest.mark.parametrize("kind", ["edited", "trained", "of float64"])
def test_weights_are_exported_as_they_are(tmp_path: Path, kind: str) -> None:
    """What somebody did to them is in the graph."""
    one = altac.compile(str(PROGRAMS / "dyck2.alta"))
    model = one.model
    if kind == "trained":
        torch.manual_seed(0)
        model = build_learned_model(one.program, (9, 7), "tanh", False, 2)
    elif kind == "edited":
        with torch.no_grad():
            model.module.layers[0].attention.slope += 0.5  # type: ignore[union-attr,operator]
    else:
        model.to(torch.float64)
    sequences = [one.program.interface.tokens(text) for text in ("", "( [ ] )", "( [ ) ]", "( ( ( )")]
    write_together(tmp_path / "dyck2", write(Request(model, one)).files)
    (tmp_path / "jobs.json").write_text(json.dumps([(str(tmp_path / "dyck2"), sequences)]))
    run(NEW, "run_onnx.py", tmp_path / "jobs.json")
    found, tensors = np.load(tmp_path / "dyck2.npz"), batch_tensors(sequences, torch.device("cpu"))
    with torch.inference_mode():
        expected, layers = model.module(*tensors)
        unchanged, _ = program("dyck2").model.module(*tensors)
    assert found["state"].dtype == expected.numpy().dtype
    assert np.abs(found["state"] - expected.numpy()).max() < 1e-6
    if kind != "trained":  # its stream is another one
        assert (np.abs(found["state"] - unchanged.numpy()).max() > 0.01) == (kind == "edited")
    assert found["layers"].tolist() == layers.tolist()
    about = json.loads((tmp_path / "dyck2" / "about.json").read_text())
    assert about["changed"] == (kind != "of float64")
