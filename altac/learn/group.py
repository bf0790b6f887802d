"""Several processes that train together, as `torchrun` starts them; a single one is a group of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class ProcessGroup:
    """Process `rank` of `size`, on its device."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and runs the test inputs."""
        return self.rank == 0

    @property
    def part(self) -> slice:
        """The examples of a batch that this process takes."""
        return slice(self.rank, None, self.size)

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module with gradients that are averaged over all processes."""
        return module if self.size == 1 else DistributedDataParallel(module)

    def mean(self, numbers: Tensor) -> Tensor:
        """The average over all processes."""
        if self.size > 1:
            dist.all_reduce(numbers)
            numbers /= self.size
        return numbers

    def shared(self, number: float) -> float:
        """A number from the leading process, sent to all."""
        if self.size == 1:
            return number
        told = torch.tensor(number, dtype=torch.float64, device=self.device)
        dist.broadcast(told, 0)
        return float(told)


@contextmanager
def process_group(device: str) -> Iterator[ProcessGroup]:
    """The group that the environment describes: gloo on CPUs, nccl on GPUs, one GPU for each process."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ProcessGroup(0, 1, torch.device(device))
        return
    where = torch.device(device, int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device(device)
    if where.type == "cuda":
        torch.cuda.set_device(where)
    dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
    try:
        yield ProcessGroup(dist.get_rank(), size, where)
    finally:
        dist.destroy_process_group()
