"""A step that was compiled applies every rule; one that is broken by hand breaks the rules that it should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from altac.analysis.coverage import cover
from altac.analysis.evaluate import Tally, answers, expected_outputs, with_enough_layers
from altac.analysis.rule_accuracy import Score, after_layer, score_rules
from altac.driver import Compiled
from altac.ir.interface import InputError
from altac.model.file import load_model
from altac.model.model import Model
from altac.targets.torch_model import build_learned_model
from tests.analysis.test_coverage import LAYERS
from tests.support import PROGRAMS, compiled, program

BITS = ["", "1", "1 1 0", "0 1 1 1", "1 0 0 1 1 1 0 1"]


def copy(one: Compiled, folder: Path) -> Model:
    """Weights of its own, which a test may break."""
    one.save(folder / "model.pt")
    return load_model(folder / "model.pt")


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("name", ["parity", "addition", "scan", "histogram", "stages"])
def test_compiled_weights_apply_every_rule(name: str, level: int) -> None:
    if name == "stages":
        one, texts = compiled(LAYERS, level), ["0 1 2 3 0 2", "", "3 1 1", "0 0 3 2"]
    else:
        one = program(name, level)
        texts = (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()[:4]
    found = score_rules(one.model, one.interpreter, texts)
    coverage = cover(one.interpreter, texts)
    assert {number: score.right for number, score in found.rules.items()} == coverage.fires
    assert found.broken == []
    assert found.learned == list(found.rules)
    assert {name for name, score in found.kept.items() if score.wrong} == set()
    values = sum(score.right for score in (*found.rules.values(), *found.kept.values()))
    written = [len(one.program.variables) + len(layer.introduced) for layer in one.program.layers]
    assert values == sum(cells * count for cells, count in zip(coverage.cells_of, written, strict=True))


@pytest.mark.parametrize("execution", ["dense", "sparse"])
def test_a_missing_unit_is_a_broken_rule(tmp_path: Path, execution: str) -> None:
    """Unit 1 of parity is its rule 1, `parity: 1 -> 0`. What follows from its mistakes does not count."""
    one = program("parity")
    model = copy(one, tmp_path)
    model.execution = execution  # type: ignore[assignment]
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, 1] = 0
    coverage = cover(one.interpreter, BITS)
    found = score_rules(model, one.interpreter, BITS)
    assert found.broken == [1]
    assert found.rules[1] == Score(0, coverage.fires[1])
    assert {number: found.rules[number].right for number in (0, 2)} == {n: coverage.fires[n] for n in (0, 2)}
    assert found.text(1).endswith("then parity: 1 -> 0")
    assert found.record()["learned"] == 2


def test_a_broken_rule_is_named_with_its_layer(tmp_path: Path) -> None:
    """On `0 1`, `both` is 0 at the first position; in the last layer that makes `out` 3."""
    one = compiled(LAYERS)
    model = copy(one, tmp_path)
    with torch.no_grad():
        model.module.layers[2].mlps[-1].fc_out.weight[:] = 0
    found = score_rules(model, one.interpreter, ["0 1"])
    assert [found.text(number) for number in found.broken] == [
        "end: if out = 0 then large: -> false",
        "end: if out = 1 then large: -> false",
        "end: if out = 0 and both = 0 then out: 0 -> 3",
    ]
    assert {rule["layer"] for rule in found.record()["scores"] if rule["wrong"]} == {"end"}
    assert found.kept["out"].wrong == 0


def test_a_rule_that_fires_too_often_changes_what_should_stay(tmp_path: Path) -> None:
    """Without a condition, unit 2 ends every position at once."""
    one = program("parity")
    model = copy(one, tmp_path)
    with torch.no_grad():
        mlp = model.module.layers[0].mlps[0]
        mlp.fc_in.weight[2] = 0
        mlp.fc_in.weight[2, model.metadata.stream.names.index("done=false")] = 2.0
        mlp.fc_in.bias[2] = -0.5
    found = score_rules(model, one.interpreter, ["1 1"])
    assert found.broken == []
    assert found.kept["done"] == Score(3, 1)  # in the first layer the last position should wait
    assert found.kept["parity"].wrong == 0


def test_a_blurred_value_is_wrong(tmp_path: Path) -> None:
    one = program("parity")
    model = copy(one, tmp_path)
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, 0] *= 0.5
    after = after_layer(model, 0, {"token": np.array([[1]]), "parity": np.array([[1]]), "done": np.array([[1]])})
    assert after["parity"].tolist() == [[1]]
    found = score_rules(model, one.interpreter, ["1 0 1"])
    assert found.broken == [0]
    assert found.rules[0].right == 0


def test_a_step_that_was_never_trained() -> None:
    """Every value is compared, and next to none is right: its outputs are near zero."""
    one = program("addition")
    torch.manual_seed(0)
    model = build_learned_model(one.program, (8,), "relu", True, 1)
    texts = ["1 2 + 3 9", "5 + 5"]
    found, coverage = score_rules(model, one.interpreter, texts), cover(one.interpreter, texts)
    assert {number: score.right + score.wrong for number, score in found.rules.items()} == coverage.fires
    assert found.learned == []
    expected = expected_outputs(one.interpreter, texts)
    assert Tally.of(answers(with_enough_layers(model, expected), expected)).right == 0
    assert model.layer_rate == 1  # what is evaluated stays as it was


def test_worst_rules_come_first() -> None:
    one = program("parity")
    found = score_rules(one.model, one.interpreter, ["1 1"])
    rules = {0: Score(1, 1), 1: Score(0, 1), 2: Score(3, 3), 3: Score(5, 0)}
    assert type(found)(found.plain, rules, found.kept).broken == [1, 2, 0]


def test_an_input_that_is_not_accepted() -> None:
    with pytest.raises(InputError):
        score_rules(program("parity").model, program("parity").interpreter, ["x"])
