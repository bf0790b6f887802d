"""What a model says of itself, held against what follows from the source that it carries.

Compiling that source again, at its level and with its parameters, gives the description that must stand there. It
also gives the weights that the certificate is about; of other weights it proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from altac.diagnostics import AltacError
from altac.driver import Compiled, embedded_program
from altac.ir.encode import encode_value
from altac.model.encoder_model import EncoderModel
from altac.model.model import Model
from altac.targets.torch_model import build_learned_model, build_model

UNPROVABLE = {"format", "altac", "source_name", "trained"}  # they say where the weights come from, not what they are
LONGEST = 60  # characters of a value that is shown
NOTHING = object()


@dataclass(frozen=True)
class Misfit:
    """A field of a description that does not belong to the weights, such as `head_names[0]`, and what is wrong."""

    field: str
    problem: str

    def __str__(self) -> str:
        return f"`{self.field}` {self.problem}"

    def to_dict(self) -> dict[str, str]:
        return {"field": self.field, "problem": self.problem}


@dataclass(frozen=True)
class Description:
    """What became of the check of a description.

    Attributes:
        program: what the source of the model compiles to; None if it does not.
        misfits: the fields that are not what follows from it.
        is_own: whether the weights are those that altac makes of it, number by number; of what was learned, those
            around it.
    """

    program: Compiled | None
    misfits: tuple[Misfit, ...]
    is_own: bool


def describe(model: Model | EncoderModel, compiled: Compiled | None = None) -> Description:
    """Check the description of a model.

    Args:
        compiled: a program; where it is the one that the model carries, it is not compiled again.
    """
    try:
        if compiled is None or not is_carried(compiled, model):
            compiled = embedded_program(model.metadata)
        described, tensors = expected(model, compiled)
    except AltacError as error:
        return Description(None, (Misfit("source", f"does not compile: {error.diagnostics[0].message}"),), False)
    found = model.metadata.to_dict()
    misfits = [
        misfit
        for name in dict.fromkeys((*described, *found))
        if name not in UNPROVABLE
        for misfit in misfits_of(name, found.get(name, NOTHING), described.get(name, NOTHING))
    ]
    return Description(compiled, tuple(misfits), holds(model, tensors))


def is_carried(compiled: Compiled, model: Model | EncoderModel) -> bool:
    """Whether a program is, text by text, the one that a model carries."""
    described, program = model.metadata, compiled.program
    overrides = {name: encode_value(value) for name, value in program.overrides}
    ours = program.source.text, overrides, program.imports, compiled.level
    return ours == (described.source, described.overrides, described.imports, described.level)


def expected(model: Model | EncoderModel, compiled: Compiled) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The description of a model and those of its weights that follow from its program.

    Raises:
        AltacError: if there is no such model.
    """
    program = compiled.program
    if isinstance(model, EncoderModel):  # all its weights are learned, and its longest input is that of its training
        metadata = replace(
            model.metadata,
            interface=replace(program.interface, longest=model.metadata.interface.longest, scoring=None),
            imports=program.imports,
            overrides={name: encode_value(value) for name, value in program.overrides},
        )
        return metadata.to_dict(), {}
    step = model.metadata.learned
    if step is None:
        made = build_model(program, compiled.blocks, compiled.level)
    else:
        with torch.random.fork_rng(devices=[]):  # its MLP is drawn, and left out here
            made = build_learned_model(program, step.hidden, step.activation, step.restore, model.metadata.layer_rate)
    return made.metadata.to_dict(), tensors_of(made)


def tensors_of(model: Model) -> dict[str, Tensor]:
    """The tensors that are compiled."""
    state = model.module.state_dict()
    return {name: tensor for name, tensor in state.items() if isinstance(tensor, Tensor) and ".learned." not in name}


def holds(model: Model | EncoderModel, tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the compiled tensors of a model, in its number format."""
    if isinstance(model, EncoderModel):
        return True
    found = tensors_of(model)
    return (
        model.is_as_made
        and found.keys() == tensors.keys()
        and all(torch.equal(tensor.cpu(), tensors[name].to(tensor.dtype)) for name, tensor in found.items())
    )


def misfits_of(place: str, found: Any, wanted: Any) -> Iterator[Misfit]:
    """The differences of a field: those of all parts that have names, the first one of a list."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name in dict.fromkeys((*wanted, *found)):
            yield from misfits_of(f"{place}.{name}", found.get(name, NOTHING), wanted.get(name, NOTHING))
    elif isinstance(found, list | tuple) and isinstance(wanted, list | tuple) and len(found) == len(wanted):
        parts = enumerate(zip(found, wanted, strict=True))
        inner = (misfit for number, part in parts for misfit in misfits_of(f"{place}[{number}]", *part))
        yield from islice(inner, 1)
    elif shown(found) != shown(wanted):
        texts = shown(found), shown(wanted)
        start = next((number for number, (ours, theirs) in enumerate(zip(*texts, strict=False)) if ours != theirs), 0)
        is_, gives = (excerpt(text, start) for text in texts)
        yield Misfit(place, f"is {is_}, and its source gives {gives}")


def shown(value: Any) -> str:
    """A plain value, in which `1` and `true` differ."""
    return "nothing" if value is NOTHING else json.dumps(value, ensure_ascii=False)


def excerpt(text: str, place: int) -> str:
    """A text, or what is around a place in it if it is long."""
    start = max(0, min(place - LONGEST // 2, len(text) - LONGEST))
    end = start + LONGEST
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"
