"""`altac verify` finds what is wrong with weights, and says it on a smallest input."""

import copy
import json
import math
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from altac.cli.main import run
from altac.engine.verify import INPUTS, SYMBOLS, Pair, Plan, gather, plan_inputs
from altac.model.file import save_model
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.model.transformer import Transformer
from altac.verification.verify import default_jobs, pair_of
from altac.version import __version__
from tests import mutations
from tests.support import DEMO, PROGRAMS, compiled, program

PARITY = str(PROGRAMS / "parity.alta")


def plan(name: str, budget: int, drawn: int, longest: int | None = None) -> Plan:
    interface = program(name).program.interface
    return plan_inputs(interface, program(name).model.interface, budget, drawn, 0, longest)


def copied(name: str) -> Model:
    """A model of our own to spoil."""
    model = program(name).model
    return Model(copy.deepcopy(model.module), model.metadata)


def spoilt() -> Model:
    """Parity that leaves the old 0 beside the new 1."""
    model = copied("parity")
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[0, 0] = 0
    return model


def test_a_plan_is_exhaustive_as_far_as_its_budget_goes() -> None:
    one = plan("parity", 100, 10)
    texts = list(one.texts())
    assert (one.exhaustive_to, one.exhaustive, one.drawn) == (5, 63, 10)
    assert len(set(texts[:63])) == 63
    assert len(texts) == len(one) == 73
    assert list(one.texts()) == texts
    assert max(len(text.split()) for text in texts[63:]) == one.longest == 64


def test_short_programs_are_compared_on_everything() -> None:
    interface = program("parity_absolute").program.interface
    one = plan_inputs(interface, interface, 100, 10, 0, longest=3)
    assert (one.exhaustive_to, one.drawn, len(one)) == (3, 0, 15)


def test_chunks_are_the_inputs_in_their_order() -> None:
    one = plan("parity", 1000, 100)
    chunks = list(one.chunks())
    assert [text for chunk in chunks for text in chunk] == list(one.texts())
    sizes = [sum(len(text.split()) for text in chunk) for chunk in chunks]
    assert max(sizes) <= SYMBOLS
    assert max(map(len, chunks)) == INPUTS
    assert len(chunks) == 4  # 511 short ones, of which the longest fill a chunk; 100 of 64 at most
    assert list(plan("parity", 0, 0).chunks()) == []


def test_the_command_reports_what_was_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["verify", PARITY, "--budget", "100", "--random", "50"]) == 0
    out = "equal on all 63 inputs up to length 5 and 50 random ones up to length 64 (seed 0)\n"
    assert capsys.readouterr().out == out + "greatest distance from exact values: 0\n"
    program("parity").save(tmp_path / "parity.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "parity.pt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "program": "parity",
        "weights": str(tmp_path / "parity.pt"),
        "altac": program("parity").model.metadata.altac,
        "level": 2,
        "precision": "float32",
        "device": "cpu",
        "accepts": {"program": None, "weights": None},
        "layers": [{"name": "", "sublayers": ["attention", "MLP 1"]}],
        "verdict": "equal",
        "equal": True,
        "exhaustive_to": 9,
        "exhaustive": 1023,
        "random": 200,
        "longest": 64,
        "seed": 0,
        "compared": 1223,
        "margin": 0.0,
        "difference": None,
        "misfits": [],
        "certified": True,
        "decimals": {},
        "notes": [],
        "traces": None,
    }


@pytest.mark.parametrize(
    ("budget", "drawn", "more", "compared", "long"),
    [
        (0, 0, [], "no input", 0),
        (1, 0, [], "the empty input", 0),
        (0, 1, [], "1 random input up to length 64 (seed 0)", 1),
        (1, 1, [], "the empty input and 1 random one up to length 64 (seed 0)", 1),
        (3, 500, ["--length", "1"], "all 3 inputs up to length 1", 0),
        (7, 95, [], "all 7 inputs up to length 2 and 95 random ones up to length 64 (seed 0)", 99),
    ],
)
def test_too_little_is_not_equal(
    budget: int, drawn: int, more: list[str], compared: str, long: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred inputs of two symbols or more take 3 / 100 as a bound of the part that differs; fewer say less."""
    command = ["verify", PARITY, "--budget", str(budget), "--random", str(drawn), *more]
    assert run(command) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"undecided: no difference on {compared}"
    too_little = f"too little to call them equal: {long} of at least 100 inputs with 2 symbols or more; compare more"
    assert lines[1] == f"({too_little})"
    assert run([*command, "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["equal"], found["notes"]) == ("undecided", False, [too_little])


def test_a_hundred_long_inputs_or_all_there_are_are_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["verify", PARITY, "--budget", "7", "--random", "96"]) == 0
    (tmp_path / "short.alta").write_text(
        "program short\ninput bits: 0..1 up to 1\nvar x: 0..1 = 0\nstep:\n    x := token\nlayers 1\noutput x\n"
    )
    assert run(["verify", str(tmp_path / "short.alta"), "--budget", "3"]) == 0
    assert "equal on all 3 inputs up to length 1\n" in capsys.readouterr().out
    assert run(["verify", str(tmp_path / "short.alta"), "--budget", "2", "--random", "200"]) == 3


def test_a_difference_is_shrunk_and_shown_as_a_difference_of_two_traces(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.pt"
    save_model(spoilt(), path)
    assert run(["verify", PARITY, "--weights", str(path)]) == 1
    assert (
        capsys.readouterr().out
        == """\
different: input "1 0", after MLP 1 in layer 2: `parity` at position 2 is no value, expected 1
(looked for on all 1023 inputs up to length 9 and 200 random ones up to length 64 (seed 0))

--- interpreter
+++ weights
  layer  position         0       1          2
         token          <s>       1          0
      0  parity           0       1          0
         done          true   false      false
      1  parity_left      0       0          1
         done_left    false    true      false
         parity           0       1          0
         done          true    true*     false
      2  parity_left      0       0          1
         done_left    false    true       true
-        parity           0       1          1*
+        parity           0       1   no value
         done          true    true       true*
+ the model's output is not a value of its variable
"""
    )
    assert run(["verify", PARITY, "--weights", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["difference"] == {
        "input": "1 0",
        "layer": 2,
        "name": "",
        "sublayer": "MLP 1",
        "what": "`parity` at position 2 is no value, expected 1",
    }
    assert (found["equal"], found["compared"]) == (False, INPUTS)
    assert found["traces"]["interpreter"]["layers"][2]["variables"]["parity"] == [0, 1, 1]
    assert found["traces"]["weights"]["layers"][2]["variables"]["parity"] == [0, 1, {"no_value": "E0605"}]


def test_runs_of_different_lengths_are_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    model = copied("parity")
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, 2] = 0  # `done` stays false: the run does not halt
    save_model(model, tmp_path / "endless.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "endless.pt")]) == 1
    out = capsys.readouterr().out
    assert out.startswith('different: input "0", layer 1: expected no error, found E0604\n')
    assert out.endswith("\n+ the run never halts: after layer 1 the state is one that it had before\n")
    with torch.no_grad():
        model.module.until["0"].fc_in.bias += 10  # halts before the first layer
    save_model(model, tmp_path / "short.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "short.pt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'different: input "0", layer 1: only the expected run has this layer'
    assert [line[:9] for line in lines[-4:]] == ["-     1  ", *["-        "] * 3]


def test_a_difference_names_the_layer_and_its_round(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "demo.alta").write_text(DEMO)
    model = compiled(DEMO).model
    with torch.no_grad():
        model.module.layers[1].mlps[-1].fc_out.weight[:] = 0
    save_model(model, tmp_path / "wrong.pt")
    command = ["verify", str(tmp_path / "demo.alta"), "--weights", str(tmp_path / "wrong.pt"), "--budget", "21"]
    assert run([*command, "--random", "0"]) == 1
    assert capsys.readouterr().out == (
        """\
different: input "a", after MLP 2 in layer 2 (compare 1): `classes` at position 0 is empty, expected 1
(looked for on all 21 inputs up to length 2)

--- interpreter
+++ weights
  layer            position          0
                   token             a
      1 measure 1  frequency         1
      2 compare 1  letters           1
-                  classes           1
+                  classes    no value
+ the model's output is not a value of its variable
"""
    )
    assert run([*command, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["difference"]["name"] == "compare 1"
    assert found["layers"] == [
        {"name": "measure", "sublayers": ["attention", "MLP 1"]},
        {"name": "compare", "sublayers": ["attention", "MLP 1", "MLP 2"]},
    ]


def test_weights_of_another_schedule_are_different(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "demo.alta").write_text(DEMO)
    compiled(DEMO.replace("output", "run measure * 2, compare\noutput")).save(tmp_path / "twice.pt")
    assert run(["verify", str(tmp_path / "demo.alta"), "--weights", str(tmp_path / "twice.pt")]) == 1
    said = 'different: input "", layer 2 (measure 2): only the found run has this layer'
    assert capsys.readouterr().out.splitlines()[0] == said


def test_a_difference_within_a_layer_is_not_in_the_traces(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    model = copied("parity")
    with torch.no_grad():
        model.module.unembedding.weight[:] = model.module.unembedding.weight.flip(0)
    save_model(model, tmp_path / "flipped.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "flipped.pt")]) == 1
    out = capsys.readouterr().out
    assert out.startswith('different: input "", layer 0: the output is 1, expected 0\n')
    assert out.endswith("\n(nothing to be seen here: the difference is within a layer, or in the output)\n")


def test_a_mistake_in_dense_execution_alone_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Scratch is cleared by `x - (x + 2^30) + 2^30`: zero if constants are added before, as sparse execution does."""
    big = 2.0**30
    config, data = program("parity").model.metadata.config, program("parity").model.metadata.to_dict()
    sizes = config.layers[0].value_sizes
    data["config"]["layers"][0]["value_sizes"] = [*sizes[:-1], sizes[-1] + 1]
    metadata = Metadata.from_dict(data)
    module = Transformer(metadata.config)
    module.extra = metadata.to_dict()
    old, attention = program("parity").model.module.state_dict(), module.layers[0].attention
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            tensor.zero_()
            tensor[tuple(slice(size) for size in old[name].shape)] = old[name]
        cleared = sum(sizes[:-1])
        place = int(attention.output.weight[:, cleared].nonzero())
        attention.value.bias[[cleared, -1]] = big
        attention.output.weight[place, -1] = 1
    save_model(Model(module, metadata), tmp_path / "dense.pt")
    assert Model(module, metadata, "sparse")("1 0 1 1") == "1"
    assert run(["verify", PARITY, "--weights", str(tmp_path / "dense.pt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('different: input "')
    assert lines[0].endswith("(in dense execution alone)")
    assert any(line.startswith("-  ") for line in lines)
    assert any(line.startswith("+  ") for line in lines)


# Weights that somebody else made -----------------------------------------------------------------------------------


def rewritten(name: str, **changes: object) -> Model:
    """A model whose file says something else."""
    model = copied(name)
    metadata = Metadata.from_dict({**model.metadata.to_dict(), **changes})
    model.module.extra = metadata.to_dict()
    return Model(model.module, metadata)


def report_on(model: Model, name: str, path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    save_model(model, path)
    file = str(PROGRAMS / f"{name}.alta")
    code = run(["verify", file, "--weights", str(path), "--budget", "60", "--random", "100", *more])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("rule110", 'alphabet is 0..1, not {"0", "1"}'),
        (
            "parity_absolute",
            "variables and heads are done, done_left, index, parity, parity_left, not done, done_left, ",
        ),
    ],
)
def test_weights_of_another_program_are_refused(
    other: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = report_on(copied(other), "parity", tmp_path / "other.pt", capsys)
    assert code == 1
    assert out.startswith(f"different: the weights are of another program: their {what}")
    assert out.count("\n") == 1
    _, out = report_on(copied(other), "parity", tmp_path / "other.pt", capsys, "--json")
    found = json.loads(out)
    assert (found["equal"], found["compared"], found["difference"]["layer"]) == (False, 0, -1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"output": {"variable": "parity", "at": "first"}}, "output is `parity` at first, not `parity` at last"),
        ({"output": {"variable": "done", "at": "last"}}, "output is `done` at last, not `parity` at last"),
    ],
)
def test_weights_with_another_interface_are_refused(
    change: dict[str, object], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = rewritten("parity", **change)
    code, out = report_on(model, "parity", tmp_path / "other.pt", capsys)
    assert (code, out.splitlines()[0]) == (1, f"different: the weights are of another program: their {what}")


def test_weights_with_another_frame_or_domain_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    described = program("parity").model.metadata.to_dict()
    code, out = report_on(
        rewritten("parity", input={**described["input"], "before": [], "after": [2]}),
        "parity", tmp_path / "frame.pt", capsys,
    )  # fmt: skip
    says = 'different: the weights are of another program: their frame is input "<s>", not "<s>" input'
    assert (code, out.splitlines()[0]) == (1, says)
    stream = [{**part, "domain": [0, 1]} if part["owner"] == "done" else part for part in described["stream"]]
    code, out = report_on(
        rewritten("parity", stream=stream),
        "parity", tmp_path / "domain.pt", capsys,
    )  # fmt: skip
    says = "different: the weights are of another program: their `done` is 0..1, not bool"
    assert (code, out.splitlines()[0]) == (1, says)


def widened(model: Model, dimensions: int, units: int) -> Model:
    """The same weights among more dimensions and hidden units, which do nothing."""
    config, data = model.metadata.config, model.metadata.to_dict()
    data["config"]["d_model"] += dimensions
    for layer in data["config"]["layers"]:
        layer["hidden_sizes"] = [size + units for size in layer["hidden_sizes"]]
    for number in range(dimensions):
        last = len(config.layers) - 1
        part = {"owner": f"more {number}", "kind": "feature", "domain": [0], "after": 1, "layers": [last, last]}
        data["stream"].append({**part, "start": config.d_model + number})
    data["unit_names"] = [[[*names, *["nothing"] * units] for names in mlps] for mlps in data["unit_names"]]
    metadata = Metadata.from_dict(data)
    module = Transformer(metadata.config)
    module.extra = metadata.to_dict()
    with torch.no_grad():
        old = dict(model.module.named_parameters())
        for name, tensor in module.named_parameters():
            tensor.zero_()
            tensor[tuple(slice(size) for size in old[name].shape)] = old[name]
    return Model(module, metadata)


@pytest.mark.parametrize("name", ["parity", "dyck2"])
def test_weights_of_other_widths_are_compared(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their states are those of the program; their sizes and names are not what its source gives."""
    code, out = report_on(widened(copied(name), 3, 2), name, tmp_path / "wide.pt", capsys, "--json")
    found = json.loads(out)
    assert (code, found["difference"], found["compared"] > 100) == (1, None, True)
    assert {re.split(r"\W", misfit["field"])[0] for misfit in found["misfits"]} == {"config", "stream", "unit_names"}


def test_weights_of_another_level_or_version_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for level in (0, 1):
        code, out = report_on(program("dyck2", level).model, "dyck2", tmp_path / "level.pt", capsys, "--json")
        assert (code, json.loads(out)["level"]) == (0, level)
    for more in ({}, {"altac": "0.0.9"}):  # what it says follows from its source, whoever wrote it
        code, out = report_on(rewritten("dyck2", **more), "dyck2", tmp_path / "old.pt", capsys, "--json")
        assert (code, json.loads(out)["altac"]) == (0, more.get("altac", __version__))


def test_weights_in_other_formats_are_compared_as_far_as_they_are_exact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.pt"
    for precision in ("float16", "bfloat16", "float64"):
        model = copied("parity")
        model.module.to(getattr(torch, precision))
        code, out = report_on(model, "parity", path, capsys, "--json")
        assert (code, json.loads(out)["precision"]) == (0, precision)
    model = copied("parity_sum")
    model.module.to(torch.float16)
    code, out = report_on(model, "parity_sum", path, capsys)
    assert code == 0
    assert out.splitlines()[1] == "(the weights accept inputs up to length 15, the program up to length 100)"
    model = copied("dyck2")
    model.module.to(torch.float16)
    save_model(model, path)
    assert run(["verify", str(PROGRAMS / "dyck2.alta"), "--weights", str(path)]) == 1
    assert "float16" in capsys.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_weights_on_a_device_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", PARITY, "--device", "cuda", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["device"] == "cuda"


def test_weights_of_a_program_with_another_bound_claim_nothing_false(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'program cap\nparam N = 15\ninput bits: {"0", "1"} up to N\nvar x: 0..1 = 0\nhead l = x at -1 else 1\n'
    text += "step:\n    x := l\nlayers 3\noutput x\n"
    (tmp_path / "cap.alta").write_text(text)
    compiled(text).save(tmp_path / "capped.pt")
    compiled(text.replace(" up to N", "").replace("param N = 15\n", "")).save(tmp_path / "free.pt")
    command = ["verify", str(tmp_path / "cap.alta"), "-D", "N=10", "--budget", "20", "--random", "100", "--weights"]
    for name, length in (("capped", "up to length 15"), ("free", "of any length")):
        assert run([*command, str(tmp_path / f"{name}.pt")]) == 0
        note = f"(the weights accept inputs {length}, the program up to length 10)"
        assert capsys.readouterr().out.splitlines()[1] == note


# Processes ---------------------------------------------------------------------------------------------------------


def test_a_length_has_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", PARITY, "--length", str(10**13)]) == 2
    assert "100000" in capsys.readouterr().err.replace(",", "")


def test_a_report_is_the_same_for_any_number_of_processes() -> None:
    for model in (program("parity").model, spoilt()):
        pair = Pair(program("parity").interpreter, model)
        one = plan("parity", 1000, 100)
        begin = partial(pair_of, pickle.dumps((program("parity").program, model, {})))
        counts: list[int] = []
        alone = gather(pair, one)
        assert gather(pair, one, counts.append, jobs=2, begin=begin, patience=0) == alone
        assert sum(counts) == alone.compared
        assert (alone.difference is None) == (alone.compared == len(one))


def test_few_inputs_need_no_process() -> None:
    def begin() -> Pair:
        raise AssertionError

    pair = Pair(program("parity").interpreter, program("parity").model)
    assert gather(pair, plan("parity", 1000, 100), jobs=8, begin=begin, patience=math.inf).difference is None
    assert gather(pair, plan("parity", 100, 0), jobs=8, begin=begin, patience=0).difference is None


def test_there_is_a_process_for_each_core_but_not_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_jobs("cuda") == 1
    assert 1 <= default_jobs("cpu") <= (os.cpu_count() or 1)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert default_jobs("cpu") == os.cpu_count()


PATIENCE = 600  # seconds after which a test gives up; it waits for what happens, not for the time to pass


@pytest.mark.slow
def test_an_interrupt_ends_all_processes_at_once() -> None:
    command = [sys.executable, "-m", "altac", "verify", str(PROGRAMS / "addition.alta"), "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--budget", "1000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=PROGRAMS.parent,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE
    while len(children(process.pid)) < 3 and time.monotonic() < deadline:  # two, and one that keeps track of them
        assert process.poll() is None
        time.sleep(0.1)
    found = children(process.pid)
    assert len(found) >= 2
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    *progress, last = err.splitlines()  # a busy machine needs so long that it says how far it is
    assert (process.returncode, out, last) == (130, "", "altac: interrupted")
    assert [line for line in progress if " inputs, " not in line] == []
    deadline = time.monotonic() + PATIENCE  # what keeps track of the others ends by itself, after them
    while (left := [one for one in found if runs(one)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(one) for one in listed.split()]


def runs(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError:  # it has ended
        return False


# Mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", mutations.MUTATIONS)
@pytest.mark.parametrize("name", mutations.PROGRAMS)
def test_a_mistake_is_reported_if_it_changes_a_state(name: str, kind: str) -> None:
    done = mutations.trials(name, kind, 3)
    assert [trial for trial in done if not trial.right] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", mutations.MUTATIONS)
@pytest.mark.parametrize("name", mutations.PROGRAMS)
def test_two_hundred_mistakes_are_reported_if_they_change_a_state(
    name: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    done = mutations.trials(name, kind, 200, seed=1)
    assert [trial for trial in done if not trial.right] == []
    record_property("change nothing", sum(not trial.changed for trial in done))
    assert sum(trial.changed for trial in done) > 40


@pytest.mark.parametrize("changed", [True, False])
def test_a_mistake_is_told_from_none_without_verify(changed: bool) -> None:
    """The judge of the tests above, on mutants that are known."""
    model = copied("parity")
    with torch.no_grad():
        if changed:
            model.module.layers[0].mlps[0].fc_out.weight[0, 0] += 0.003
        else:
            model.module.layers[0].mlps[0].fc_in.bias[0] += 0.2  # units saturate
    assert mutations.changes(program("parity").model, model, ["1 0", "0 0"]) is changed
