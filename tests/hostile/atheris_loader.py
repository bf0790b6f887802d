"""Coverage-guided: any bytes as a model's file end in a model that runs or in one diagnostic, and nothing is executed.

`python -m tests.hostile.atheris_loader -max_total_time=1800`, or `make atheris-loader`.
"""

from __future__ import annotations

import io
import json
import os
import random
import struct
import warnings
import zipfile
from typing import Any

import atheris
import torch
import torch._weights_only_unpickler as unpickler

with atheris.instrument_imports(include=["altac"]):
    import altac
    from altac.model.file import EXTRA
    from tests.hostile.loading import EVERYTHING, loaded

from tests.hostile.guided import ROOT, fuzz, pick

unpickler.Unpickler.load = atheris.instrument_func(unpickler.Unpickler.load)  # type: ignore[method-assign]


def target(data: bytes) -> None:
    loaded(data)


# Inputs that come past checksums ---------------------------------------------------------------------------------


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Bytes of the whole, bytes of one member of the archive, or values of the description."""
    draw = random.Random(seed)
    changes = [of_bytes, of_member, of_description, of_description, of_tensors]
    try:
        changed = pick(draw, changes)(data, draw)
    except Exception:  # what is not of this form any more
        changed = of_bytes(data, draw)
    return changed if len(changed) <= most else of_bytes(data[:most], draw)


def of_bytes(data: bytes, draw: random.Random) -> bytes:
    return bytes(atheris.Mutate(data, len(data) + 64))


def of_member(data: bytes, draw: random.Random) -> bytes:
    """One member of an archive, or the header of safetensors, with the checksum or the length made right again."""
    if data[:2] != b"PK":
        size = int.from_bytes(data[:8], "little")
        header = of_bytes(data[8 : 8 + size], draw)
        return struct.pack("<Q", len(header)) + header + data[8 + size :]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    here = draw.randrange(len(members))
    pickles = [number for number, (name, _) in enumerate(members) if name.endswith("data.pkl")]
    here = pick(draw, pickles) if pickles and draw.random() < 0.7 else here
    name, content = members[here]
    members[here] = name, of_bytes(content, draw)
    written = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if draw.random() < 0.05 else zipfile.ZIP_STORED
    with zipfile.ZipFile(written, "w", kind) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return written.getvalue()


def of_description(data: bytes, draw: random.Random) -> bytes:
    """Some value in the description becomes another one."""
    tensors, extra, write = parts(data)
    for _ in range(draw.randint(1, 2)):
        extra = changed(extra, draw)
    return write(tensors, extra)


def of_tensors(data: bytes, draw: random.Random) -> bytes:
    """A tensor is missing, is named, shaped, typed or filled otherwise."""
    tensors, extra, write = parts(data)
    name = pick(draw, sorted(tensors))
    tensor = tensors[name]
    match draw.randrange(6):
        case 0:
            del tensors[name]
        case 1:
            tensors[name + "x"] = tensors.pop(name)
        case 2:
            tensors[name] = tensor.reshape(-1)
        case 3:
            kinds = [torch.float64, torch.float16, torch.int64, torch.bool, torch.complex64, torch.bfloat16]
            tensors[name] = tensor.to(pick(draw, kinds))
        case 4:
            tensors[name] = torch.full_like(tensor, pick(draw, [float("nan"), float("inf"), -1e30, 0.3]))
        case 5:
            tensors[name] = tensors[pick(draw, sorted(tensors))]
    return write({name: tensor.clone() for name, tensor in tensors.items()}, extra)


def parts(data: bytes) -> tuple[dict[str, torch.Tensor], Any, Any]:
    """Tensors and description of a file, and what makes a file of them again."""
    if data[:2] == b"PK":
        state = torch.load(io.BytesIO(data), weights_only=True)
        return {name: one for name, one in state.items() if name != EXTRA}, state[EXTRA], write_torch
    from safetensors.torch import load

    size = int.from_bytes(data[:8], "little")
    return load(data), json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["altac"]), write_safetensors


def write_torch(tensors: dict[str, torch.Tensor], extra: Any) -> bytes:
    written = io.BytesIO()
    torch.save({**tensors, EXTRA: extra}, written)
    return written.getvalue()


def write_safetensors(tensors: dict[str, torch.Tensor], extra: Any) -> bytes:
    from safetensors.torch import save

    return save({name: one.contiguous() for name, one in tensors.items()}, {"altac": json.dumps(extra)})


ODD: list[Any] = [
    None, True, False, 0, 1, 2, -1, 7, 2**31 - 1, 2**31, 2**70, 0.5, float("nan"), 1e300, "", "x", "0", "\0", "\ud800",
    [], {}, [0], [[]], [None], {"fraction": [1, 2]}, {"fraction": [1, 0]}, {"set": [1, 1]}, {"set": [[]]},
]  # fmt: skip


def changed(value: Any, draw: random.Random) -> Any:
    """A copy of a tree of plain values in which one place is another value, is missing, or is there twice."""
    if isinstance(value, dict) and value and draw.random() < 0.95:
        key = pick(draw, sorted(value, key=str))
        match draw.randrange(12):
            case 0:
                return {one: value[one] for one in value if one != key}
            case 1:
                return {**value, pick(draw, ["x", "", "token", "parity"]): value[key]}
        return {**value, key: changed(value[key], draw)}
    if isinstance(value, list) and value and draw.random() < 0.9:
        place = draw.randrange(len(value))
        match draw.randrange(8):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return [*value, value[place]]
        return [*value[:place], changed(value[place], draw), *value[place + 1 :]]
    return pick(draw, ODD)


def seeds() -> list[tuple[str, bytes]]:
    folder = ROOT / "build" / "fuzz" / "loader"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, program in (("parity", str(ROOT / "programs" / "parity.alta")), ("everything", EVERYTHING)):
        for suffix in (".pt", ".safetensors"):
            path = folder / f"{name}{suffix}"
            altac.compile(program).save(path)
            found.append((path.name, path.read_bytes()))
    return found


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.simplefilter("ignore")  # of PyTorch, about what this made
    torch.set_num_threads(1)
    fuzz("loader", seeds(), target, mutate, megabytes=1600)
