"""What a residual stream says: the values of variables, heads and features, read from their dimensions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from altac.engine.trace import EMPTY, NO_VALUE, PADDING, Indices
from altac.model.metadata import Reading

TOLERANCE = 0.25  # from here on a dimension is not what it seems to be


class Decoder:
    """Reads some variables and heads from streams of one model, all at once."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self.readings = readings
        one_hot = {name: reading for name, reading in readings.items() if not reading.is_real and not reading.buckets}
        self.dimensions = [dimension for reading in one_hot.values() for dimension in reading.dimensions]
        self.names = list(one_hot)
        self.member = torch.zeros(len(self.dimensions), len(one_hot))  # whether a dimension belongs to a name
        self.index = torch.zeros_like(self.member)  # of which value it is
        start = 0
        for column, reading in enumerate(one_hot.values()):
            size = len(reading.dimensions)
            self.member[start : start + size, column] = 1
            self.index[start : start + size, column] = torch.arange(size)
            start += size

    def __call__(self, residual: Tensor, lengths: Tensor) -> tuple[dict[str, Indices], float]:
        """Value indices (batch, length) by name, and how far any dimension is from what it was read as.

        Where there is no value stands `PADDING`, `EMPTY` if all dimensions are zero, and otherwise `NO_VALUE`.

        Args:
            residual: (batch, length, d_model).
            lengths: (batch,); what lies behind is padding.
        """
        valid = torch.arange(residual.shape[1], device=residual.device) < lengths[:, None]
        part = residual[:, :, self.dimensions].float()
        member, index = self.member.to(part.device), self.index.to(part.device)
        ones = (part > 0.5).float()
        distance = (part - ones).abs_().nan_to_num_(torch.inf, posinf=torch.inf)
        farthest = [float(distance.amax(dim=-1).where(valid, 0).amax())] if distance.numel() else [0.0]
        count = ones @ member
        found = torch.where(count == 0, EMPTY, (ones @ index).long()).masked_fill_(count > 1, NO_VALUE)
        if farthest[0] >= TOLERANCE:
            found[(distance >= TOLERANCE).float() @ member > 0] = NO_VALUE
        values = dict(
            zip(self.names, found.where(valid[:, :, None], PADDING).movedim(-1, 0).cpu().numpy(), strict=True)
        )
        for name, reading in self.readings.items():
            if reading.buckets:
                values[name] = self._bucket(residual[:, :, reading.dimensions[0]], reading, valid)
            elif reading.is_real:
                values[name], away = self._number(residual[:, :, list(reading.dimensions)], reading, valid)
                farthest.append(away)
        return {name: values[name] for name in self.readings}, max(farthest)

    def _number(self, part: Tensor, reading: Reading, valid: Tensor) -> tuple[Indices, float]:
        """The same for one number, (batch, length, 1)."""
        numbers = torch.tensor([float(one) for one in reading.domain], device=part.device)  # type: ignore[arg-type]
        distance, index = (part.float() - numbers).abs().nan_to_num(torch.inf, posinf=torch.inf).min(dim=-1)
        found = index.masked_fill(distance >= TOLERANCE, NO_VALUE).where(valid, PADDING).cpu().numpy()
        return found, float(distance.where(valid, 0).amax()) if distance.numel() else 0.0

    def _bucket(self, part: Tensor, reading: Reading, valid: Tensor) -> Indices:
        """The values that numbers (batch, length) stand for; none of them is nearer than another."""
        borders = torch.tensor(reading.borders, dtype=part.dtype, device=part.device)
        index = torch.tensor(reading.buckets, device=part.device)[torch.bucketize(part.contiguous(), borders)]
        found: Indices = index.masked_fill(~part.isfinite(), NO_VALUE).where(valid, PADDING).cpu().numpy()
        return found
