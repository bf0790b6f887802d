"""What a model file says of itself: every field that does not belong to its weights is found."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import altac
from altac.cli.main import run
from altac.diagnostics import AltacError
from altac.driver import open_model
from altac.model.encoder_model import EncoderModel
from altac.model.file import save_model
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.targets.torch_model import build_learned_model
from altac.verification.description import describe, misfits_of
from tests.support import DEMO, PROGRAMS, compiled, program

PARITY = PROGRAMS / "parity.alta"
SOURCE = PARITY.read_text()
FEW: dict[str, Any] = {"budget": 7, "random": 100, "length": 6}
HISTOGRAM = 32  # the greatest length that the program accepts


def rewritten(name: str, **fields: object) -> Model:
    """The weights of a program, which say something else of themselves."""
    model = program(name).model
    metadata = Metadata.from_dict({**copy.deepcopy(model.metadata.to_dict()), **fields})
    module = copy.deepcopy(model.module)
    module.extra = metadata.to_dict()
    return Model(module, metadata)


def claiming(name: str, form: str, longest: int | None, **more: object) -> Model:
    """A model whose certificate, for one format, is another."""
    described = copy.deepcopy(program(name).model.metadata.to_dict())
    described["certificate"]["formats"][form]["longest"] = longest
    return rewritten(name, certificate=described["certificate"], **more)


def renamed(names: list[Any], place: int, name: str) -> list[Any]:
    return [*names[:place], name, *names[place + 1 :]]


DESCRIBED = program("parity").model.metadata.to_dict()
PARTS, UNITS = DESCRIBED["stream"], DESCRIBED["unit_names"][0][0]
FORGED: dict[str, tuple[dict[str, object], str]] = {
    "source that does not compile": ({"source": "garbage"}, "`source` does not compile: "),
    "source with another name": ({"source": SOURCE.replace("program parity", "program other")}, "`program` is "),
    "overrides": ({"overrides": {"M": 7}}, "`source` does not compile: the program has no parameter `M`"),
    "imports": ({"imports": {"more.alta": "const A = 1\n"}}, "`imports.more.alta` is "),
    "heads in another order": (
        {"head_names": [["done_left", "parity_left", "(clear)"]]},
        '`head_names[0][0]` is "done_left", and its source gives "parity_left"',
    ),
    "a sub-layer": (
        {"stream": [*PARTS[:-1], {**PARTS[-1], "after": 2}]},
        "`stream[3].after` is 2, and its source gives 1",
    ),
    "a unit": (
        {"unit_names": [[renamed(UNITS, 2, "a")]]},
        '`unit_names[0][0][2]` is "a", and its source gives "if done',
    ),
    "the input's name": ({"input": {**DESCRIBED["input"], "name": "x"}}, '`input.name` is "x", '),
    "a greatest length": (
        {
            "input": {**DESCRIBED["input"], "longest": 0},
            "certificate": {
                **DESCRIBED["certificate"],
                "formats": {form: {"longest": 0, "reason": ""} for form in DESCRIBED["certificate"]["formats"]},
            },
        },
        "`input.longest` is 0, and its source gives null",
    ),
    "swapped variables": (
        {"stream": [PARTS[1], PARTS[0], *PARTS[2:]]},
        '`stream[0].owner` is "done", and its source gives "parity"',
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_field_that_does_not_belong_is_named(name: str) -> None:
    fields, problem = FORGED[name]
    model = rewritten("parity", **fields)
    for subject in ((model,), (program("parity"), model)):
        report = altac.verify(*subject, **FEW)
        assert (report.verdict, report.equal) == ("different", False)
        assert str(report).startswith("different: ")
        assert [str(misfit) for misfit in report.misfits if str(misfit).startswith(problem)]
        assert f"\n  {problem}" in str(report)


def test_a_head_without_a_part_of_the_stream_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "renamed.pt"
    program("parity").save(path)
    state = torch.load(path, weights_only=True)
    state["_extra_state"]["head_names"][0][0] = "left"
    torch.save(state, path)
    with pytest.raises(AltacError, match="E0701"):
        altac.load(path)


def test_another_level_does_not_belong() -> None:
    report = altac.verify(rewritten("dyck2", level=0), **FEW)
    assert report.verdict == "different"
    assert {"stream", "config.layers[0].hidden_sizes"} <= {misfit.field for misfit in report.misfits}


def test_the_command_tells_what_does_not_belong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "forged.pt")
    save_model(rewritten("parity", **FORGED["heads in another order"][0]), path)
    for command in (["verify", path], ["verify", str(PARITY), "--weights", path]):
        assert run([*command, "--budget", "7", "--random", "100", "--length", "6"]) == 1
        assert (
            capsys.readouterr().out
            == """\
different: what the file says of itself does not belong to its weights
  `head_names[0][0]` is "done_left", and its source gives "parity_left"
(no difference in states on all 7 inputs up to length 2 and 100 random ones up to length 6 (seed 0))
greatest distance from exact values: 0
"""
        )
    assert run(["verify", path, "--json", "--budget", "7", "--random", "0"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["equal"], found["difference"]) == ("different", False, None)
    assert found["misfits"] == [
        {"field": "head_names[0][0]", "problem": 'is "done_left", and its source gives "parity_left"'}
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("parity ^ parity_left", "parity_left"), ('1 if token == "1" else 0', '0 if token == "1" else 1')]
)
def test_another_source_is_found_by_what_it_means(old: str, new: str) -> None:
    """`run` and `run --engine interpreter` give two answers here; in the second case, no name of a file tells."""
    source = SOURCE.replace(old, new)
    assert source != SOURCE
    model = rewritten("parity", source=source)
    report = altac.verify(model, **FEW)
    assert (report.verdict, report.difference is None) == ("different", False)
    report = altac.verify(program("parity"), model, **FEW)
    assert (report.verdict, report.difference) == ("different", None)
    assert [str(misfit) for misfit in report.misfits][-1].startswith('`source` means something else: input "')


@pytest.mark.parametrize("name", ["parity", "histogram", "dyck2", "addition", "reverse"])
@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_what_altac_writes_belongs(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model.{suffix}"
    for level in (1, 2):
        program(name, level).save(path)
        for kind in (torch.float32, torch.bfloat16, torch.float64):
            model = open_model(path)
            model.module.to(kind)
            found = describe(model)
            assert (found.misfits, found.is_own) == ((), True)


def test_parameters_that_are_no_plain_values_belong() -> None:
    text = "program p\nparam HALF = 1/2\nparam SET = {1, 2}\ninput x: SET up to 2\nvar a: bool = false\n"
    text += "head m: {0, 1/2, 1} ="
    text += " mean (1 if token == 2 else 0)\nstep:\n    a := m > HALF\nlayers 1\noutput a\n"
    found = describe(compiled(text, HALF="1/4").model)
    assert (found.misfits, found.is_own) == ((), True)


def test_layers_are_held_to_their_source(tmp_path: Path) -> None:
    """Their names, sizes and schedule."""
    one = compiled(DEMO)
    one.save(tmp_path / "demo.pt")
    found = describe(open_model(tmp_path / "demo.pt"))
    assert (found.misfits, found.is_own) == ((), True)
    metadata = replace(one.model.metadata, layer_names=("measure", "count"))
    (misfit,) = describe(Model(one.model.module, metadata)).misfits
    assert str(misfit) == '`layer_names[1]` is "count", and its source gives "compare"'
    twice = compiled(DEMO.replace("output", "run measure * 2, compare\noutput")).model
    metadata = replace(twice.metadata, source=DEMO)
    found = describe(Model(twice.module, metadata))
    assert "config.schedule[0].times" in {misfit.field for misfit in found.misfits}
    learned = build_learned_model(one.program, (8,), "relu", True, 1)
    found = describe(learned)
    assert (found.misfits, found.is_own) == ((), True)


def test_names_in_a_file_do_not_reach_the_terminal_as_they_are() -> None:
    report = altac.verify(rewritten("parity", imports={"\x1b[2J\x9b.alta": "\x1b[31m"}), **FEW)
    assert "`imports.\\x1b[2J\\x9b.alta` is " in str(report)
    assert "\x1b" not in str(report)


def test_what_learned_from_outputs_is_held_to_its_source(tmp_path: Path) -> None:
    sizes = ["--width", "8", "--heads", "2", "--hidden", "8", "--layers", "1", "--steps", "1", "--test-examples", "0"]
    task = ["--supervision", "output", "--examples", "7", "--length", "0..2", "-o", str(tmp_path)]
    assert run(["train", str(PARITY), *sizes, *task]) == 0
    model = altac.load(tmp_path / "model.pt")
    assert isinstance(model, EncoderModel)
    assert describe(model).misfits == ()
    model.metadata = replace(model.metadata, source=SOURCE.replace("output parity at last", "output parity at first"))
    assert [misfit.field for misfit in describe(model).misfits] == ["output.at"]


# Certificates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0.0.9", altac.compile(PARITY).model.metadata.altac])
def test_a_certificate_that_claims_more_is_never_believed(version: str) -> None:
    """Nothing differs up to the length that the format is exact for: what is wrong is the claim, whoever made it."""
    model = claiming("histogram", "bfloat16", HISTOGRAM, altac=version)
    limit = program("histogram").blocks.certificate.formats["bfloat16"].longest
    assert limit is not None
    model.module.to(torch.bfloat16)
    for report in (altac.verify(model, length=limit), altac.verify(program("histogram"), model, length=limit)):
        assert report.verdict == "different"
        assert [misfit.field for misfit in report.misfits] == ["certificate.formats.bfloat16.longest"]
        assert any("was made by altac 0.0.9" in note for note in report.notes) == (version == "0.0.9")


def test_all_formats_of_a_certificate_are_held_against_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    described = copy.deepcopy(program("histogram").model.metadata.to_dict())
    for form in described["certificate"]["formats"].values():
        form["longest"] = 3
    found = describe(rewritten("histogram", certificate=described["certificate"]))
    assert [misfit.field for misfit in found.misfits] == [
        f"certificate.formats.{form}.longest" for form in described["certificate"]["formats"]
    ]


def test_a_certificate_that_is_about_other_weights_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The first unit saturates, so no state changes; but nobody has derived what these weights are exact for."""
    model = rewritten("parity")
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_in.bias[0] += 0.2
    report = altac.verify(model, **FEW)
    assert (report.verdict, report.difference, report.misfits) == ("undecided", None, ())
    assert not report.equal
    assert str(report).startswith("undecided: no difference on all 7 inputs up to length 2 and 100 random")
    assert "nothing is known of other inputs" in str(report)
    short = compiled(SOURCE.replace('{"0", "1"}', '{"0", "1"} up to 4'))
    with torch.no_grad():
        short.model.module.layers[0].mlps[0].fc_in.bias[0] += 0.2
    assert altac.verify(short, budget=31).verdict == "equal"  # all inputs were compared, there are no others


def test_what_was_learned_has_the_certificate_of_attention() -> None:
    """It can be greater than that of the program's own weights."""
    one = program("binary_increment")
    model = build_learned_model(one.program, (8,), "relu", True, 1)
    own, claims = program("binary_increment", 0).blocks.certificate.formats, model.metadata.certificate.formats
    assert claims["float32"].exceeds(own["float32"])
    before = torch.random.get_rng_state()
    found = describe(model)
    assert (found.misfits, found.is_own) == ((), True)
    assert torch.equal(before, torch.random.get_rng_state())
    with torch.no_grad():
        model.module.layers[0].attention.output.weight[0, 0] += 1
    assert not describe(model).is_own


def test_values_of_two_kinds_are_two() -> None:
    assert [str(one) for one in misfits_of("a", [1, 2], [True, 2])] == ["`a[0]` is 1, and its source gives true"]
    assert [one.field for one in misfits_of("a", {"b": 1}, {"c": 1})] == ["a.c", "a.b"]
    assert not [*misfits_of("a", {"b": (1, 2)}, {"b": [1, 2]})]


def test_a_long_value_is_shown_where_it_differs() -> None:
    (misfit,) = misfits_of("a", "x" * 500 + "left", "x" * 500 + "right")
    assert 'xleft", and its source gives ...xxx' in misfit.problem
    assert misfit.problem.endswith('xright"')
    assert len(misfit.problem) < 200


# From Python ---------------------------------------------------------------------------------------------------------


def test_everything_that_can_be_verified_is(tmp_path: Path) -> None:
    one = altac.compile(PARITY)
    one.save(tmp_path / "parity.pt")
    path = tmp_path / "parity.pt"
    for subject in [
        (PARITY,),
        (SOURCE,),
        (one,),
        (one.model,),
        (path,),
        (PARITY, path),
        (one, str(path)),
        (one, one.model),
    ]:
        report = altac.verify(*subject, **FEW)
        assert report.equal
        assert report.difference is None
        assert str(report) == (
            "equal on all 7 inputs up to length 2 and 100 random ones up to length 6 (seed 0)\n"
            "greatest distance from exact values: 0"
        )
    with pytest.raises(AltacError, match="E0607"):
        altac.verify(path, path)


def test_a_difference_has_both_traces() -> None:
    model = rewritten("parity")
    threads = torch.get_num_threads()
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[0, 0] = 0
    report = altac.verify(PARITY, model, budget=31, random=0)
    assert report.verdict == "different"
    assert report.difference is not None
    assert report.difference.input == "1 0"
    assert report.traces is not None
    assert [trace.layers for trace in report.traces] == [2, 2]
    assert "+        parity" in str(report)
    assert report.to_dict()["traces"]["interpreter"] == altac.trace(PARITY, "1 0").to_dict()
    assert torch.get_num_threads() == threads


def test_weights_alone_take_no_other_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "parity.pt")
    program("parity").save(path)
    assert run(["verify", path, "--weights", path]) == 2
    assert run(["verify", path, "-D", "N=1"]) == 2
    assert run(["verify", path, "--json", "--budget", "7", "--length", "6"]) == 0
    assert json.loads(capsys.readouterr().out)["weights"] == path
