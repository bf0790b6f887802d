"""`altac verify` finds what is wrong with weights, and says it on a smallest input."""

import json
import random
from pathlib import Path

import pytest
import torch

from altac.cli.main import run
from altac.equivalence import compare_engines
from altac.model.file import load_model, save_model
from altac.verify import plan_inputs, verify_engines
from tests.support import PROGRAMS, program

PARITY = str(PROGRAMS / "parity.alta")


def plan(name: str, budget: int, drawn: int, longest: int | None = None):
    interface = program(name).program.interface
    return plan_inputs(interface, program(name).model.interface, budget, drawn, 0, longest)


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


def test_the_command_reports_what_was_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["verify", PARITY, "--budget", "100", "--random", "20"]) == 0
    out = "equal on all 63 inputs up to length 5 and 20 random ones up to length 64 (seed 0)\n"
    assert capsys.readouterr().out == out
    program("parity").save(tmp_path / "parity.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "parity.pt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["difference"] is None
    program("reverse").save(tmp_path / "reverse.pt")
    assert run(["verify", PARITY, "--weights", str(tmp_path / "reverse.pt")]) == 1
    assert capsys.readouterr().out == "different: the weights have another vocabulary\n"


def test_a_difference_is_shrunk_and_shown_as_two_traces(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "wrong.pt"
    program("parity").save(path)
    model = load_model(path)
    with torch.no_grad():
        model.module.mlps[0].fc_out.weight[0, 0] = 0  # 0 stays beside the new 1
    save_model(model, path)
    assert run(["verify", PARITY, "--weights", str(path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith('different: input "1 0", layer 2: `parity` at position 2 is no value, expected 1\n')
    assert "\ninterpreter:\n" in out
    assert "\nweights:\n" in out
    assert "?*" in out


PERTURBED = ["parity", "parity_sum", "addition", "reverse", "dyck1"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PERTURBED)
def test_perturbed_weights_are_noticed(name: str, tmp_path: Path) -> None:
    """200 random nonzero weights, each perturbed alone: whatever changes a state on the tested inputs is reported."""
    original = program(name)
    generator = random.Random(name)
    one = plan(name, 60, 20, 12)
    texts = list(one.texts())
    noticed = 0
    for _ in range(200):
        original.save(tmp_path / "perturbed.pt")
        model = load_model(tmp_path / "perturbed.pt")
        parameters = dict(model.module.named_parameters())
        key = generator.choice([k for k, p in parameters.items() if p.count_nonzero()])
        with torch.no_grad():
            places = parameters[key].nonzero()
            place = tuple(places[generator.randrange(len(places))].tolist())
            parameters[key][place] += generator.choice([-1, 1]) * generator.choice([0.3, 1.0, 3.0])
        model = type(model)(model.module, model.metadata)
        report = verify_engines(original.interpreter, model, one)
        differs = compare_engines(original.interpreter, model, texts) is not None
        assert (report.difference is not None) == differs, (key, place)
        noticed += differs
        if report.difference is not None:
            again = compare_engines(original.interpreter, model, [report.difference.input])
            assert again is not None
    assert noticed > 60
