"""Model files: both formats hold the same, damaged ones are refused, nothing in them is run."""

import copy
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

import altac
from altac.diagnostics import AltacError
from altac.ir.certificate import Limit
from altac.model.file import save_model
from altac.model.model import Model
from altac.system.files import write_whole
from tests.hostile.loading import EVERYTHING, loaded
from tests.support import nonempty, program


@pytest.fixture(params=["parity.pt", "parity.safetensors"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    program("parity").save(path)
    return path


def test_saved_and_loaded_is_the_same(file: Path) -> None:
    model = altac.load(file)
    original = program("parity").model
    assert model.metadata == original.metadata
    for name, tensor in nonempty(original.module.state_dict().items()):
        if name != "_extra_state":
            assert torch.equal(tensor, model.module.state_dict()[name])
    assert model("1 0 1 1") == "1"


def test_the_file_names_every_dimension_and_unit(file: Path) -> None:
    metadata = altac.load(file).metadata
    assert metadata.stream.names[:2] == ["parity=0", "parity=1"]
    assert len(metadata.stream.names) == metadata.config.d_model
    (units,), (layer,) = metadata.unit_names, metadata.config.layers
    assert [len(names) for names in units] == list(layer.hidden_sizes)
    assert metadata.head_names == (("parity_left", "done_left", "(clear)"),)
    assert metadata.layer_names == ("",)
    assert "program parity" in metadata.source


def test_every_truncation_is_refused(file: Path) -> None:
    data = file.read_bytes()
    for length in nonempty(range(0, len(data), max(1, len(data) // 40))):
        file.write_bytes(data[:length])
        with pytest.raises(AltacError) as caught:
            altac.load(file)
        assert [one.code for one in caught.value.diagnostics] == ["E0701"]


def test_flipped_bits_are_refused_or_leave_a_model_that_runs(file: Path) -> None:
    data = file.read_bytes()
    for number, place in enumerate(range(0, len(data), max(1, len(data) // 150))):
        damaged = bytearray(data)
        damaged[place] ^= 1 << number % 8
        loaded(bytes(damaged))


class Payload:
    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.made = function, arguments

    def __reduce__(self):
        return self.made


PAYLOADS = {
    "a method": Payload(Path("ran.txt").write_text, "code in the file was run"),
    "a shell": Payload(os.system, "touch ran.txt"),
    "an expression": Payload(eval, "open('ran.txt', 'w')"),
    "much memory": Payload(bytearray, 1 << 40),
    "a module": nn.Sequential(nn.Linear(2, 2)),
    "a constructor of torch": Payload(torch.Size, [1 << 60]),
    "a tensor without numbers": torch.zeros(1).expand(1 << 40),
    "a sparse tensor": torch.zeros(3, 3).to_sparse(),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_code_in_a_file_is_not_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    payload = PAYLOADS[name]
    torch.save({"_extra_state": payload}, "extra.pt")
    torch.save({**state(), "unembedding.bias": payload}, "tensor.pt")
    torch.save(payload, "whole.pt")
    torch.save(state() | {"more": payload}, "protocol.pt", pickle_protocol=4)
    Path("pickle.pt").write_bytes(pickle.dumps(payload))
    Path("pickle.safetensors").write_bytes(pickle.dumps(payload))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(AltacError, match="E0701"):
            altac.load(path)
    assert not Path("ran.txt").exists()


def state() -> dict[str, Any]:
    return dict(program("parity").model.module.state_dict())


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def shared(count: int) -> bytes:
    """An archive whose directory names one member of a megabyte so many times."""
    data = zipped({"a/00000.pkl": bytes(1_000_000)})
    entry = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    directory = b"".join(data[entry:end].replace(b"00000", f"{one:05}".encode()) for one in range(count))
    return data[:entry] + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), entry, 0)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def saved(changed: dict[str, Any], **description: Any) -> bytes:
    """A checkpoint of parity with other tensors, or another description."""
    whole = state() | changed
    if description:
        whole["_extra_state"] = whole["_extra_state"] | description
    written = io.BytesIO()
    torch.save({name: one for name, one in whole.items() if one is not None}, written)
    return written.getvalue()


def wide(size: int) -> dict[str, Any]:
    return {"config": state()["_extra_state"]["config"] | {"d_model": size, "vocabulary": size}}


def header(entries: dict[str, Any], size: int | None = None) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text


FOREIGN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"program parity\n",
    "zeros": lambda: bytes(100_000),
    "an archive of nothing": lambda: zipped({}),
    "an archive of texts": lambda: zipped({"a/b.txt": b"text", "word/document.xml": b"<a/>"}),
    "an archive of arrays": lambda: zipped({"a.npy": b"\x93NUMPY"}),
    "an archive of code": lambda: zipped({"a/constants.pkl": b"N.", "a/code/a.py": b"", "a/data.pkl": b"N."}),
    "no tensor": lambda: saved(dict.fromkeys(state())),
    "a list": lambda: torch_saved([1]),
    "a number": lambda: torch_saved(1),
    "other tensors": lambda: torch_saved(nn.Linear(2, 2).state_dict()),
    "a description of another format": lambda: saved({}, format=99),
    "a description alone": lambda: torch_saved({"_extra_state": state()["_extra_state"]}),
    "a missing tensor": lambda: saved({"unembedding.weight": None}),
    "one more tensor": lambda: saved({"more": torch.zeros(2)}),
    "another shape": lambda: saved({"unembedding.weight": torch.zeros(8, 2)}),
    "numbers that are none": lambda: saved({"unembedding.bias": torch.full((2,), float("nan"))}),
    "an infinite bias": lambda: saved(infinite("layers.0.mlps.0.fc_out.bias")),
    "an infinite value of the sink": lambda: saved(infinite("layers.0.attention.sink_value")),
    "an infinite bias of distance": lambda: saved(infinite("layers.0.attention.relative_bias")),
    "minus infinity": lambda: saved(infinite("layers.0.attention.slope", -1)),
    "whole numbers": lambda: saved({"unembedding.bias": torch.zeros(2, dtype=torch.int64)}),
    "two precisions": lambda: saved({"unembedding.bias": torch.zeros(2, dtype=torch.float64)}),
    "a tensor that is none": lambda: saved({"unembedding.bias": [0.0, 0.0]}),
    "a tensor of a number's name": lambda: torch_saved(state() | {3: torch.zeros(1)}),
    "an enormous claim": lambda: saved({"token_embedding.weight": nothing().expand(1 << 20, 1 << 20)}, **wide(1 << 20)),
    "enormous sizes": lambda: saved({}, **wide(2**31 - 1)),
    "sizes beyond all": lambda: saved({}, **wide(2**70)),
    "a compressed archive": lambda: zipped(unzipped(saved({})), zipfile.ZIP_DEFLATED),
    "a bomb": lambda: zipped(unzipped(saved({})) | {"archive/data/0": bytes(1 << 26)}, zipfile.ZIP_DEFLATED),
    "a member twice": lambda: zipped(unzipped(saved({})) | {"ARCHIVE/DATA.PKL": b"N."}),
    "members that share what they hold": lambda: shared(200),
    "a description without end": lambda: saved({}, overrides=endless()),
    "a description that doubles": lambda: saved({}, overrides={"x": doubling()}),
    "a description that repeats itself": lambda: saved({}, overrides={"x": [[0] * 10_000] * 10_000}),
    "a description with half a letter": lambda: saved({}, source="\ud800"),
    "a description with other values": lambda: saved({}, overrides={"x": (1, 2)}),
    "safetensors of nothing": lambda: header({}),
    "safetensors without a description": lambda: safetensors.torch.save({"a": torch.zeros(2)}),
    "safetensors with another description": lambda: safetensors.torch.save({"a": torch.zeros(2)}, {"altac": "[]"}),
    "safetensors with no description": lambda: safetensors.torch.save({"a": torch.zeros(2)}, {"altac": "{"}),
    "safetensors with a long header": lambda: header({}, 2**63),
    "safetensors with a deep header": lambda: struct.pack("<Q", 200_000) + b"[" * 200_000,
    "safetensors with an enormous tensor": lambda: header(
        {"a": {"dtype": "F32", "shape": [2**20, 2**20], "data_offsets": [0, 2**42]}, "__metadata__": {"altac": "{}"}}
    ),
}  # fmt: skip


def infinite(name: str, sign: int = 1) -> dict[str, torch.Tensor]:
    """A tensor of parity whose last number is infinite, with its name."""
    tensor: torch.Tensor = state()[name].clone()
    tensor.view(-1)[-1] = sign * torch.inf
    return {name: tensor}


def nothing() -> torch.Tensor:
    return torch.zeros(1)


def torch_saved(content: object) -> bytes:
    written = io.BytesIO()
    torch.save(content, written)
    return written.getvalue()


def endless() -> dict[str, Any]:
    one: dict[str, Any] = {}
    one["x"] = one
    return one


def doubling() -> list[Any]:
    one: list[Any] = []
    for _ in range(60):
        one = [one, one]
    return one


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_and_damaged_files_are_refused(name: str, tmp_path: Path) -> None:
    data = FOREIGN[name]()
    assert loaded(data) is None
    path = tmp_path / "foreign.pt"
    path.write_bytes(data)
    with pytest.raises(AltacError, match="E0701"):
        altac.load(path)


def test_hostile_files_take_little_time_and_memory(tmp_path: Path) -> None:
    for number, make in enumerate(FOREIGN.values()):
        (tmp_path / f"{number}.pt").write_bytes(make())
    with (tmp_path / "empty.safetensors").open("wb") as file:
        file.truncate(10**11)
    with (tmp_path / "archive.pt").open("wb") as file:
        file.write(b"PK")
        file.truncate(10**11)
    os.mkfifo(tmp_path / "pipe.pt")
    code = (
        "import resource, sys, altac, altac.model.file\n"
        "def used(): return resource.getrusage(resource.RUSAGE_SELF)\n"
        "before = used()\n"
        "for name in sys.argv[1:]:\n"
        "    try: altac.load(name)\n"
        "    except altac.AltacError as error: assert error.diagnostics[0].code == 'E0701'\n"
        "    else: raise AssertionError(name)\n"
        "after = used()\n"
        "print((after.ru_maxrss - before.ru_maxrss) // 1024, after.ru_utime + after.ru_stime - before.ru_utime)"
    )
    paths = [*map(str, sorted(tmp_path.iterdir())), "/dev/zero", str(tmp_path), str(tmp_path / "missing.pt")]
    command = [sys.executable, "-c", code, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    megabytes, seconds = map(float, done.stdout.split())
    assert done.stderr == ""
    assert megabytes < 1024
    assert seconds < 5


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
@pytest.mark.parametrize("longest", [None, 33, 10**30])
@pytest.mark.parametrize(
    ("name", "form"),
    [("histogram", "float32"), ("histogram", "float16"), ("reverse", "float32"), ("reverse", "float64")],
)
def test_a_certificate_that_claims_more_than_the_length_is_refused(
    name: str, form: str, longest: int | None, suffix: str, tmp_path: Path
) -> None:
    certificate = program(name).model.metadata.certificate
    assert program(name).model.metadata.interface.longest == 32
    for claimed in (32, longest):
        model = copy.deepcopy(program(name).model)
        formats = {**certificate.formats, form: Limit(claimed)}
        model.metadata = replace(model.metadata, certificate=replace(certificate, formats=formats))
        save_model(model, tmp_path / f"changed.{suffix}")
        if claimed == 32:
            altac.load(tmp_path / f"changed.{suffix}")
            continue
        with pytest.raises(AltacError, match=r"E0701.*its certificate is damaged"):
            altac.load(tmp_path / f"changed.{suffix}")


def test_a_format_may_be_exact_for_more_than_float32(tmp_path: Path) -> None:
    program("binary_increment").save(tmp_path / "increment.pt")
    model = altac.load(tmp_path / "increment.pt")
    assert isinstance(model, Model)
    limits = model.metadata.certificate.formats
    assert limits["float64"].longest is None
    assert model.interface.longest == limits["float32"].longest is not None
    more = Limit(limits["float32"].longest + 1, limits["float32"].reason)
    certificate = replace(model.metadata.certificate, formats={**limits, "float32": more})
    model.metadata = replace(model.metadata, certificate=certificate)
    save_model(model, tmp_path / "increment.pt")
    with pytest.raises(AltacError, match="its certificate is damaged"):
        altac.load(tmp_path / "increment.pt")


ODD: list[Any] = [None, True, 0, -1, 7, 2**31, 2**70, "", "x", [], [None], [[]], {}, {"x": 1}]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside a description; of a list, to its first item."""
    yield path
    for key in value if isinstance(value, dict) else range(min(len(value), 1)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def test_every_field_of_the_description_may_be_nonsense() -> None:
    tensors = altac.compile(EVERYTHING).model.module.state_dict()
    whole = tensors.pop("_extra_state")
    for path in places(whole):
        for odd in ODD:
            changed = copy.deepcopy({"": whole})
            inner: Any = changed
            for key in ("", *path)[:-1]:
                inner = inner[key]
            inner[("", *path)[-1]] = odd
            loaded(safetensors.torch.save(tensors, {"altac": json.dumps(changed[""])}))


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
