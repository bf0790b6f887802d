"""Model files: both formats hold the same, damaged ones are refused, nothing in them is run."""

import pickle
from pathlib import Path

import pytest
import torch

import altac
from altac.diagnostics import AltacError
from altac.files import write_whole
from tests.support import program


@pytest.fixture(params=["parity.pt", "parity.safetensors"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    program("parity").save(path)
    return path


def test_saved_and_loaded_is_the_same(file: Path) -> None:
    model = altac.load(file)
    original = program("parity").model
    assert model.metadata == original.metadata
    for name, tensor in original.module.state_dict().items():
        if name != "_extra_state":
            assert torch.equal(tensor, model.module.state_dict()[name])
    assert model("1 0 1 1") == "1"


def test_the_file_names_every_dimension_and_unit(file: Path) -> None:
    metadata = altac.load(file).metadata
    assert metadata.axes[:2] == ("parity=0", "parity=1")
    assert len(metadata.axes) == metadata.config.d_model
    assert [len(names) for names in metadata.unit_names] == list(metadata.config.hidden_sizes)
    assert metadata.head_names == ("parity_left", "done_left", "(clear)")
    assert "program parity" in metadata.source


def test_every_truncation_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for length in range(0, len(data), max(1, len(data) // 40)):
        file.write_bytes(data[:length])
        with pytest.raises(AltacError) as caught:
            altac.load(file)
        assert [one.code for one in caught.value.diagnostics] == ["E0701"]


def test_flipped_bits_are_refused_or_leave_a_model_that_loads(file: Path) -> None:
    data = file.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 60)):
        damaged = bytearray(data)
        damaged[place] ^= 0x20
        file.write_bytes(bytes(damaged))
        try:
            altac.load(file)
        except AltacError as error:
            assert error.diagnostics[0].code == "E0701"


class Payload:
    def __reduce__(self):
        return (Path("ran.txt").write_text, ("code in the file was run",))


def test_code_in_a_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"_extra_state": Payload()}, "torch.pt")
    Path("pickle.pt").write_bytes(pickle.dumps(Payload()))
    for name in ("torch.pt", "pickle.pt"):
        with pytest.raises(AltacError, match="E0701"):
            altac.load(name)
    assert not Path("ran.txt").exists()


@pytest.mark.parametrize("state", [{}, {"weight": torch.zeros(2)}, [1], {"_extra_state": {"format": 99}}])
def test_foreign_checkpoints_are_refused(tmp_path: Path, state: object) -> None:
    path = tmp_path / "foreign.pt"
    torch.save(state, path)
    with pytest.raises(AltacError, match="E0701"):
        altac.load(path)


def test_missing_tensors_and_nan_are_refused(tmp_path: Path) -> None:
    state = dict(program("parity").model.module.state_dict())
    path = tmp_path / "damaged.pt"
    weight = state.pop("unembedding.weight")
    torch.save(state, path)
    with pytest.raises(AltacError, match="unembedding"):
        altac.load(path)
    state["unembedding.weight"] = torch.full_like(weight, float("nan"))
    torch.save(state, path)
    with pytest.raises(AltacError, match="no number"):
        altac.load(path)


def test_writing_fails_without_touching_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"old")

    def broken(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(AltacError, match="no space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_suffix_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AltacError, match="suffix"):
        program("parity").save(tmp_path / "model.bin")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(AltacError, match="directory"):
        program("parity").save(tmp_path / "folder.pt")
