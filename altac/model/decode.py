"""What a residual stream says: the values in its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from altac.engine.evidence import UNCLEAR_SUM
from altac.engine.trace import EMPTY, NO_VALUE, PADDING, has_value
from altac.ir.arrays import Array, Indices, Mask
from altac.ir.nearest import near
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.stream import Part
from altac.model.precision import HALVES

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

TOLERANCE = 0.25  # from here on a dimension is too far off to be read


class Decoder:
    """Reads some parts of a stream, all at once."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.one_hot = [part for part in parts if not part.is_number]
        self.dimensions = [dimension for part in self.one_hot for dimension in part.place]
        self.member = torch.zeros(len(self.dimensions), len(self.one_hot))  # whether a dimension belongs to a part
        self.index = torch.zeros_like(self.member)  # of which value it is
        start = 0
        for column, part in enumerate(self.one_hot):
            self.member[start : start + part.size, column] = 1
            self.index[start : start + part.size, column] = torch.arange(part.size)
            start += part.size

    def __call__(
        self, residual: Float[Tensor, "batch length d_model"], lengths: Int[Tensor, "batch"]
    ) -> tuple[dict[Part, Indices], float]:
        """Value indices (batch, length) by part, and how far any dimension is from what it was read as.

        Where there is no value, the index is `PADDING`, `EMPTY` if all dimensions are zero, and otherwise `NO_VALUE`.
        A number that hidden units turn into a value has the value that they find.

        Args:
            lengths: positions from there on are padding.
        """
        valid = torch.arange(residual.shape[1], device=residual.device) < lengths[:, None]
        read = residual[:, :, self.dimensions].float()
        member, index = self.member.to(read.device), self.index.to(read.device)
        rounded = (read > 0.5).float()
        distance = (read - rounded).abs_().nan_to_num_(torch.inf, posinf=torch.inf)
        farthest = float(distance.amax(dim=-1).where(valid, 0).amax()) if distance.numel() else 0.0
        count = rounded @ member
        found = torch.where(count == 0, EMPTY, (rounded @ index).long()).masked_fill_(count > 1, NO_VALUE)
        if farthest >= TOLERANCE:
            found[(distance >= TOLERANCE).float() @ member > 0] = NO_VALUE
        columns = found.where(valid[:, :, None], PADDING).movedim(-1, 0).cpu().numpy()
        values: dict[Part, Indices] = dict(zip(self.one_hot, columns, strict=True))
        for part in self.parts:
            if part.is_number:
                number = residual[:, :, part.start]
                if part.is_open:
                    values[part] = fractions(number.double().cpu().numpy(), part, valid.cpu().numpy())
                else:
                    values[part] = bucket(number, part, valid)
        return {part: values[part] for part in self.parts}, farthest


def on_cpu(logits: Float[Tensor, "n values"]) -> Float[Array, "n values"]:
    """Logits as an array: there, the greatest of columns is found far faster than by PyTorch."""
    numbers: Array = (logits.float() if logits.dtype in HALVES else logits).cpu().numpy()  # NumPy has no bfloat16
    return numbers


def all_have_values(parts: Sequence[Part], stream: Float[Tensor, "n d_model"]) -> Mask:
    """Whether streams hold a value of each of some parts."""
    result = np.ones(len(stream), np.bool_)
    for part in parts:
        result &= has_value_of(part, stream)
    return result


def has_value_of(part: Part, stream: Float[Tensor, "n d_model"]) -> Mask:
    """Whether streams hold a value of a part."""
    if not part.is_number:
        read = stream[:, part.start : part.start + part.size].float()
        one = read.amax(dim=1)
        is_one = (one - 1).abs() < TOLERANCE
        if bool((is_one & (read.abs().sum(dim=1) - one < TOLERANCE)).all()):  # sure, and fast
            return np.ones(len(stream), np.bool_)
    values, _ = Decoder([part])(stream[None], torch.tensor([len(stream)], device=stream.device))
    return has_value(values[part][0])


def fractions(numbers: Float64[Array, "..."], part: Part, valid: Mask) -> Indices:
    """What numbers say, as indices: the simplest fractions within the error, or decimals where that tells too little.

    Args:
        part: where they stand.
        valid: False on padding.
    """
    domain = part.domain
    assert is_open(domain)
    different, places = np.unique(np.where(valid, numbers, 0), return_inverse=True)
    found = [near(number, part.error, domain.digits) for number in different.tolist()]
    indices = np.array([NO_VALUE if one is None else NUMBERS.index(one) for one in found], np.int64)
    return np.where(valid, indices[places.reshape(numbers.shape)], PADDING)


def bucket(number: Float[Tensor, "batch length"], part: Part, valid: Tensor) -> Indices:
    """The values that numbers stand for; none of them is nearer than another."""
    borders = torch.tensor(part.borders, dtype=torch.float32, device=number.device)
    buckets = torch.tensor(part.buckets, device=number.device)
    index = buckets[torch.bucketize(number.float().contiguous(), borders)]
    found: Indices = index.masked_fill(~number.isfinite(), NO_VALUE).where(valid, PADDING).cpu().numpy()
    return found


def whole_numbers(sums: Array) -> Indices:
    """The whole numbers that sums are; `UNCLEAR_SUM` where they are none."""
    near = np.rint(np.where(np.abs(sums) < -UNCLEAR_SUM, sums, UNCLEAR_SUM))  # not so for NaN
    whole: Indices = np.where(np.abs(sums - near) < TOLERANCE, near, UNCLEAR_SUM).astype(np.int64)
    return whole


def encode(residual: Float[Tensor, "... d_model"], values: Mapping[Part, Int[Tensor, "..."]]) -> None:
    """Write the values of some parts into a stream, in place."""
    for part, indices in values.items():
        if part.is_open:
            numbers = np.array([float(NUMBERS.values[index]) for index in indices.flatten().tolist()])
            residual[..., part.start] = torch.from_numpy(numbers.reshape(indices.shape)).to(residual)
            continue
        codes = torch.from_numpy(part.codes).to(residual)
        residual[..., list(part.place)] = codes[indices.to(residual.device)]


def drift(
    numbers: Float[Tensor, "batch length dimensions"], rows: Indices, lengths: Int[Tensor, "batch"]
) -> tuple[int, float] | None:
    """The sequence that is farthest from whole numbers, by its place in the batch, and how far; None if none is off.

    Args:
        rows: the places in the batch.
        lengths: positions from there on are padding.
    """
    valid = torch.arange(numbers.shape[1], device=numbers.device) < lengths[:, None]
    off = (numbers - numbers.round()).abs().nan_to_num(torch.inf).masked_fill(~valid[:, :, None], 0).flatten(1)
    if not off.any():
        return None
    farthest = off.amax(dim=1)
    place = int(farthest.argmax())
    return int(rows[place]), float(farthest[place])
