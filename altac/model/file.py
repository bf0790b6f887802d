"""Model files: a plain `state_dict` (.pt) or safetensors, written whole or not at all, read without running code."""

from __future__ import annotations

import io
import json
import re
import warnings
from pathlib import Path
from pickletools import genops
from typing import Any, BinaryIO, assert_never
from zipfile import ZIP_STORED, ZipFile

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import ChangedNotSavable
from altac.diagnostics.run_errors import BadModelFile, NotSavable, SuffixOfNoModel
from altac.ir.certificate import NO_INPUT
from altac.model.as_made import Unfilled
from altac.model.encoder import Encoder
from altac.model.encoder_model import KIND, EncoderMetadata, EncoderModel
from altac.model.learned import LearnedTransformer
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.model.parts import refuse_unfit
from altac.model.transformer import Transformer
from altac.system.files import open_regular, write_whole
from altac.targets.target import Target, suffixes, target_of

EXTRA = "_extra_state"
DEEPEST = 20  # levels of a description
MOST_EMPTY = 1000  # layers that hold no tensor
OUT_OF_REACH = "attention.relative_bias"  # is minus infinity at distances where a head never looks
NUMBERS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
MAKES = re.compile(r"collections OrderedDict|torch\._utils _rebuild_tensor_v2|torch \w+Storage")  # in a checkpoint


def save_model(model: Model | EncoderModel, path: str | Path) -> None:
    """Write a model; the suffix decides the format.

    Raises:
        AltacError: for an unknown suffix, or a place that cannot be written. The old file then stays as it was.
    """
    path = Path(path)
    target = target_of(path)
    if target is None:
        raise AltacError([SuffixOfNoModel(None, str(path), tuple(suffixes(known)[0] for known in Target))])
    if isinstance(model, Model) and model.is_changed:
        raise AltacError([ChangedNotSavable(None)])
    if isinstance(model, Model) and not model.is_as_made:
        refuse_unfit(model.module)
        raise AltacError([NotSavable(None)])
    write_whole(path, encode_model(model, target))


def encode_model(model: Model | EncoderModel, target: Target) -> bytes:
    """The content of a file."""
    state = model.module.state_dict()
    name = model.metadata.source_name.encode(errors="replace").decode()  # a file's name need not be text
    state[EXTRA] = {**model.metadata.to_dict(), "source_name": name}
    match target:
        case Target.CHECKPOINT:
            buffer = io.BytesIO()
            torch.save(state, buffer)
            return buffer.getvalue()
        case Target.SAFETENSORS:
            extra = state.pop(EXTRA)
            tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
            return save_safetensors(tensors, {"altac": json.dumps(extra, ensure_ascii=False)})
        case _:
            assert_never(target)


def load_model(path: str | Path, device: str | torch.device = "cpu") -> Model | EncoderModel:
    """Read a model that `save_model` wrote.

    Raises:
        AltacError: if the file is missing, damaged, or not a model of altac. Code in it is never run.
    """
    path = Path(path)
    try:
        with open_regular(path) as file:
            return decode_model(path, file, device)
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
        raise bad(path, reason) from None
    except MemoryError:
        raise bad(path, "it is larger than the memory") from None


def decode_model(path: Path, file: BinaryIO, device: str | torch.device = "cpu") -> Model | EncoderModel:
    """The model in an open file; `path` is for messages.

    What the file claims is compared with its size before anything is made of it.

    Raises:
        AltacError: if it is damaged, or not a model of altac.
    """
    size = file.seek(0, 2)
    file.seek(0)
    target = Target.CHECKPOINT if file.read(2) == b"PK" else Target.SAFETENSORS  # whatever its name says
    state, extra = _read(target, path, file, size)
    kinds = {tensor.dtype for tensor in state.values()}
    if len(kinds) != 1 or not kinds <= NUMBERS or sum(tensor.nbytes for tensor in state.values()) > size:
        raise bad(path, "its tensors are not those of a model")
    try:
        model = _empty(extra, len(state), size)
        module = model.module
        module.load_state_dict({**state, EXTRA: extra}, strict=True, assign=True)
    except (ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise bad(path, (str(error).splitlines() or ["its description is damaged"])[-1].strip()) from None
    form = str(next(iter(kinds))).removeprefix("torch.")
    limit = model.metadata.certificate.formats.get(form) if isinstance(model, Model) else None
    exact = limit is None or limit.longest != NO_INPUT  # else it never runs, and the error says why
    for name, tensor in state.items():
        shut = (tensor == -torch.inf) if name.endswith(OUT_OF_REACH) else False
        if tensor.isnan().any() or (exact and not (tensor.isfinite() | shut).all()):
            raise bad(path, f"`{name}` holds a number that is not finite")
    module.to(device)
    return model


def _empty(extra: Any, tensors: int, size: int) -> Model | EncoderModel:
    """The described model without numbers: what a file claims allocates nothing.

    Args:
        tensors: how many there are in the file.
        size: of the file, in bytes.
    """
    described = _tree(extra, size)
    with torch.device("meta"), Unfilled():
        if isinstance(described, dict) and described.get("kind") == KIND:
            encoder = EncoderMetadata.from_dict(described)
            return EncoderModel(Encoder(encoder.config), encoder)
        metadata = Metadata.from_dict(described)
        config = metadata.config
        if sum(len(layer.hidden_sizes) for layer in config.layers) + len(config.layers) > tensors + MOST_EMPTY:
            raise ValueError("its sizes do not fit its tensors")
        learned = metadata.learned
        module = LearnedTransformer(config, learned) if learned else Transformer(config)
        return Model(module, metadata)


def _read(target: Target, path: Path, file: BinaryIO, size: int) -> tuple[dict[str, Tensor], Any]:
    """Tensors and description."""
    match target:
        case Target.CHECKPOINT:
            return _from_checkpoint(path, file, size)
        case Target.SAFETENSORS:
            return _from_safetensors(path, file, size)
        case _:
            assert_never(target)


def _from_checkpoint(path: Path, file: BinaryIO, size: int) -> tuple[dict[str, Tensor], Any]:
    """Tensors and extra state; any failure of the readers means that the file is not ours.

    PyTorch executes nothing with `weights_only`, but unpacks whatever is compressed and calls some constructors with
    any size; so the archive may only hold what `torch.save` makes of tensors and plain values.
    """
    try:
        with ZipFile(file) as archive:
            members = archive.infolist()
            stored = all(member.compress_type == ZIP_STORED for member in members)
            fits = sum(member.file_size for member in members) <= size  # members can share what they hold
            different = len({member.filename.lower() for member in members}) == len(members)
            if not stored or not fits or not different:
                raise ValueError
            programs = [archive.read(member) for member in members if member.filename.lower().endswith(".pkl")]
        made = {argument for program in programs for code, argument, _ in genops(program) if "GLOBAL" in code.name}
        if not all(MAKES.fullmatch(str(name)) for name in made):
            raise ValueError
        file.seek(0)
        with warnings.catch_warnings(action="ignore"):
            state = dict(dict.items(torch.load(file, weights_only=True, map_location="cpu")))
    except Exception as error:
        raise bad(path, "the file is damaged, or holds more than tensors") from error
    extra = state.pop(EXTRA, None)
    if not isinstance(extra, dict):
        raise bad(path, "it holds no altac program")
    if not all(isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in state.items()):
        raise bad(path, "it holds more than tensors")
    return state, extra


def _from_safetensors(path: Path, file: BinaryIO, size: int) -> tuple[dict[str, Tensor], Any]:
    try:
        file.seek(0)
        length = int.from_bytes(file.read(8), "little")
        if length > size:
            raise ValueError
        header = json.loads(file.read(length))
        extra = json.loads(header["__metadata__"]["altac"])
        file.seek(0)
        return load_safetensors(file.read()), extra
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError):
        raise bad(path, "it is neither a PyTorch checkpoint nor safetensors, or it is damaged") from None


def _tree(extra: Any, size: int) -> Any:
    """A description, if it is a tree of plain values; a pickle can hold a small graph that is an endless tree.

    Raises:
        ValueError: if it is not.
    """
    level, left = [extra], size
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for node in level:
            match node:
                case dict() | list():
                    left -= 2 * len(node)
                    if left < 0:
                        raise ValueError("its description is larger than the file")
                    inner += [*node.keys(), *node.values()] if isinstance(node, dict) else node
                case str():
                    node.encode()  # a lone surrogate could not be shown
                case bool() | int() | float() | None:
                    pass
                case _:
                    raise ValueError("its description is damaged")
        if not inner:
            return extra
        level = inner
    raise ValueError("its description is nested too deeply")


def bad(path: Path, reason: str) -> AltacError:
    return AltacError([BadModelFile(None, str(path), reason)])
