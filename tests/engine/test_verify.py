"""`altac verify` finds what is wrong with weights, and says it on a smallest input."""

import copy
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from altac.backend.package import build_learned_model
from altac.cli.main import run
from altac.cli.verify_command import default_jobs, false_claim, features_of, pair_of
from altac.engine.verify import INPUTS, SYMBOLS, Pair, Plan, plan_inputs, verify
from altac.model.file import save_model
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.model.transformer import Transformer
from altac.version import __version__
from tests import mutations
from tests.support import PROGRAMS, compiled, program

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
        model.module.mlps[0].fc_out.weight[0, 0] = 0
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
    assert run(["verify", PARITY, "--budget", "100", "--random", "20"]) == 0
    out = "equal on all 63 inputs up to length 5 and 20 random ones up to length 64 (seed 0)\n"
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
        "sublayers": ["attention", "MLP 1"],
        "equal": True,
        "exhaustive_to": 9,
        "exhaustive": 1023,
        "random": 200,
        "longest": 64,
        "seed": 0,
        "compared": 1223,
        "margin": 0.0,
        "difference": None,
        "note": None,
        "traces": None,
    }


def test_to_compare_nothing_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", PARITY, "--budget", "0", "--random", "0"]) == 2
    assert "Nothing would be compared" in capsys.readouterr().err
    assert run(["verify", PARITY, "--budget", "1", "--random", "0"]) == 0
    assert capsys.readouterr().out.startswith("equal on all 1 input up to length 0\n")
    assert run(["verify", PARITY, "--budget", "0", "--random", "1"]) == 0
    assert capsys.readouterr().out.startswith("equal on 1 random ones up to length 64 (seed 0)\n")


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
+ the model's output is no value of its variable
"""
    )
    assert run(["verify", PARITY, "--weights", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["difference"] == {
        "input": "1 0",
        "layer": 2,
        "sublayer": "MLP 1",
        "what": "`parity` at position 2 is no value, expected 1",
    }
    assert (found["equal"], found["compared"]) == (False, INPUTS)
    assert found["traces"]["interpreter"]["layers"][2]["variables"]["parity"] == [0, 1, 1]
    assert found["traces"]["weights"]["layers"][2]["variables"]["parity"] == [0, 1, {"no_value": "E0605"}]


def test_runs_of_different_lengths_are_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    model = copied("parity")
    with torch.no_grad():
        model.module.mlps[0].fc_out.weight[:, 2] = 0  # `done` stays false: the run does not halt
    save_model(model, tmp_path / "endless.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "endless.pt")]) == 1
    out = capsys.readouterr().out
    assert out.startswith('different: input "0", layer 1: expected no error, found E0604\n')
    assert out.endswith("\n+ the run never halts: after layer 1 the state is one that it had before\n")
    with torch.no_grad():
        model.module.halt.fc_in.bias += 10  # halts before the first layer
    save_model(model, tmp_path / "short.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "short.pt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'different: input "0", layer 1: only the expected run has this layer'
    assert [line[:9] for line in lines[-4:]] == ["-     1  ", *["-        "] * 3]


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
    data["config"]["value_sizes"] = [*config.value_sizes[:-1], config.value_sizes[-1] + 1]
    metadata = Metadata.from_dict(data)
    module = Transformer(metadata.config)
    module.extra = metadata.to_dict()
    old, attention = program("parity").model.module.state_dict(), module.attention
    assert attention is not None
    with torch.no_grad():
        for name, tensor in module.named_parameters():
            tensor.zero_()
            tensor[tuple(slice(size) for size in old[name].shape)] = old[name]
        cleared = sum(config.value_sizes[:-1])
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
    code = run(["verify", file, "--weights", str(path), "--budget", "60", "--random", "8", *more])
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
    assert (code, out) == (1, f"different: the weights are of another program: their {what}\n")


def test_weights_with_another_frame_or_domain_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    described = program("parity").model.metadata.to_dict()
    code, out = report_on(
        rewritten("parity", input={**described["input"], "before": [], "after": [2]}),
        "parity", tmp_path / "frame.pt", capsys,
    )  # fmt: skip
    assert (code, out) == (
        1,
        'different: the weights are of another program: their frame is input "<s>", not "<s>" input\n',
    )
    reading = {**described["variables"]["done"], "domain": [0, 1]}
    code, out = report_on(
        rewritten("parity", variables={**described["variables"], "done": reading}),
        "parity", tmp_path / "domain.pt", capsys,
    )  # fmt: skip
    assert (code, out) == (1, "different: the weights are of another program: their `done` is 0..1, not bool\n")


def widened(model: Model, dimensions: int, units: int) -> Model:
    """The same weights among more dimensions and hidden units, which do nothing."""
    config, data = model.metadata.config, model.metadata.to_dict()
    sizes = {"d_model": config.d_model + dimensions, "hidden_sizes": [size + units for size in config.hidden_sizes]}
    data["config"].update(sizes)
    data["axes"] += [f"more {number}" for number in range(dimensions)]
    data["unit_names"] = [[*names, *["nothing"] * units] for names in data["unit_names"]]
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
    assert report_on(widened(copied(name), 3, 2), name, tmp_path / "wide.pt", capsys)[0] == 0


def test_weights_of_another_level_or_version_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for level in (0, 1):
        code, out = report_on(program("dyck2", level).model, "dyck2", tmp_path / "level.pt", capsys, "--json")
        assert (code, json.loads(out)["level"]) == (0, level)
    old = rewritten("dyck2", altac="0.0.9")
    assert features_of(program("dyck2").model) == program("dyck2").rules.features != {}
    assert features_of(old) == {}
    code, out = report_on(old, "dyck2", tmp_path / "old.pt", capsys, "--json")
    assert (code, json.loads(out)["altac"]) == (0, "0.0.9")
    assert features_of(rewritten("dyck2", source="nothing")) == {}
    assert features_of(rewritten("dyck2", source=program("parity").program.source.text)) == {}


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


HISTOGRAM = 32  # the greatest length that the program accepts


def claiming(name: str, form: str, longest: int | None, **more: object) -> Model:
    """A model whose certificate, for one format, is another."""
    described = copy.deepcopy(program(name).model.metadata.to_dict())
    described["certificate"]["formats"][form]["longest"] = longest
    return rewritten(name, certificate=described["certificate"], **more)


def test_a_certificate_that_claims_more_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "claims.pt"
    code, out = report_on(claiming("histogram", "float16", HISTOGRAM), "histogram", path, capsys)
    says = "the weights' certificate says inputs up to length 32 in float16, the program's says inputs up to length 15"
    assert (code, out) == (1, f"different: {says}\n")
    code, out = report_on(claiming("histogram", "float16", HISTOGRAM), "histogram", path, capsys, "--json")
    assert (code, json.loads(out)["equal"], json.loads(out)["difference"]["what"]) == (1, False, says)
    described = program("histogram").model.metadata.to_dict()
    longer = {**described["input"], "longest": HISTOGRAM + 8}
    code, out = report_on(claiming("histogram", "float32", HISTOGRAM + 8, input=longer), "histogram", path, capsys)
    assert (code, out.count("says inputs up to length 40 in float32, the program's says")) == (1, 1)


def test_a_certificate_that_claims_less_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = report_on(claiming("histogram", "float32", 2), "histogram", tmp_path / "less.pt", capsys)
    assert (code, out.splitlines()[1]) == (0, "(the weights accept inputs up to length 2, the program up to length 32)")
    code, out = report_on(claiming("parity", "float32", 5), "parity", tmp_path / "less.pt", capsys)
    assert (code, out.splitlines()[1]) == (0, "(the weights accept inputs up to length 5, the program of any length)")


def test_no_other_mark_of_a_file_keeps_its_certificate_from_being_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ({"source": "other"}, {"overrides": {"N": 1}}, {"trained": {}}, {"level": 1}):
        model = claiming("histogram", "float16", HISTOGRAM, **more)
        assert report_on(model, "histogram", tmp_path / "other.pt", capsys)[0] == 1
    for level in (0, 1):
        code, out = report_on(program("dyck2", level).model, "dyck2", tmp_path / "level.pt", capsys)
        assert (code, "certificate" in out) == (0, False)


def test_weights_of_a_program_with_another_bound_claim_nothing_false(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'program cap\nparam N = 15\ninput bits: {"0", "1"} up to N\nvar x: 0..1 = 0\nhead l = x at -1 else 1\n'
    text += "step:\n    x := l\nlayers 3\noutput x\n"
    (tmp_path / "cap.alta").write_text(text)
    compiled(text).save(tmp_path / "capped.pt")
    compiled(text.replace(" up to N", "").replace("param N = 15\n", "")).save(tmp_path / "free.pt")
    command = ["verify", str(tmp_path / "cap.alta"), "-D", "N=10", "--budget", "20", "--random", "4", "--weights"]
    for name, length in (("capped", "up to length 15"), ("free", "of any length")):
        assert run([*command, str(tmp_path / f"{name}.pt")]) == 0
        note = f"(the weights accept inputs {length}, the program up to length 10)"
        assert capsys.readouterr().out.splitlines()[1] == note


def test_what_was_learned_has_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its file has that of attention alone, which can be greater than that of the program's own weights."""
    one = program("binary_increment")
    model = build_learned_model(one.program, (8,), "relu", True, 1)
    own, claims = program("binary_increment", 0).weights.certificate.formats, model.metadata.certificate.formats
    assert claims["float32"].exceeds(own["float32"])
    assert false_claim(model, one) == (None, None)


def test_a_certificate_that_cannot_be_compared_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more, made in (({"altac": "0.0.9"}, "0.0.9 at -O2"), ({"level": 9}, f"{__version__} at -O9")):
        code, out = report_on(
            claiming("histogram", "float16", HISTOGRAM, **more), "histogram", tmp_path / "other.pt", capsys
        )
        note = f"(the certificate of the weights was made by altac {made}, and is not checked)"
        assert (code, out.splitlines()[1]) == (0, note)
        assert (
            json.loads(
                report_on(
                    claiming("histogram", "float16", HISTOGRAM, **more),
                    "histogram",
                    tmp_path / "other.pt",
                    capsys,
                    "--json",
                )[1]
            )["note"]
            == note
        )


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
        alone = verify(pair, one)
        assert verify(pair, one, counts.append, jobs=2, begin=begin, patience=0) == alone
        assert sum(counts) == alone.compared
        assert (alone.difference is None) == (alone.compared == len(one))


def test_few_inputs_need_no_process() -> None:
    def begin() -> Pair:
        raise AssertionError

    pair = Pair(program("parity").interpreter, program("parity").model)
    assert verify(pair, plan("parity", 1000, 100), jobs=8, begin=begin).difference is None
    assert verify(pair, plan("parity", 100, 0), jobs=8, begin=begin, patience=0).difference is None


def test_there_is_a_process_for_each_core_but_not_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_jobs("cuda") == 1
    assert 1 <= default_jobs("cpu") <= (os.cpu_count() or 1)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert default_jobs("cpu") == os.cpu_count()


@pytest.mark.slow
def test_an_interrupt_ends_all_processes_at_once() -> None:
    command = [sys.executable, "-m", "altac", "verify", str(PROGRAMS / "addition.alta"), "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--budget", "1000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=PROGRAMS.parent,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while len(children(process.pid)) < 3 and time.monotonic() < deadline:  # two, and one that keeps track of them
        assert process.poll() is None
        time.sleep(0.1)
    found = children(process.pid)
    assert len(found) >= 2
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "altac: interrupted\n")
    deadline = time.monotonic() + 10  # what keeps track of the others ends by itself, after them
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
            model.module.mlps[0].fc_out.weight[0, 0] += 0.003
        else:
            model.module.mlps[0].fc_in.bias[0] += 0.2  # units saturate
    assert mutations.changes(program("parity").model, model, ["1 0", "0 0"]) is changed
