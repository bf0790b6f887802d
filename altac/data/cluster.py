"""The same shards on many machines, with Ray Data: each actor opens the inputs, traces pieces, and writes their files.

Rows never pass through the driver. Every machine has to reach the inputs and the folder by the same path or URL, and
to have altac installed in the same version.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable
from dataclasses import asdict, replace
from logging import getLogger
from pathlib import Path
from socket import create_connection
from typing import Any

from altac.data.export import Job, Records, shard_maker
from altac.data.folder import Record
from altac.data.inputs import Piece
from altac.data.store import is_remote
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import NoCluster
from altac.system.extras import require


class Maker:
    """Makes shards in an actor, which compiles the program once."""

    def __init__(self, job: Job) -> None:
        self.make = shard_maker(job)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Args: batch, columns of pieces. Returns the pickled record of each, or what went wrong."""
        pieces = [Piece(*values) for values in zip(*(batch[name].tolist() for name in COLUMNS), strict=True)]
        return {"result": [pickle.dumps(self.result(piece)) for piece in pieces]}

    def result(self, piece: Piece) -> Record | AltacError:
        try:
            return self.make(piece)
        except AltacError as error:
            return error


WAIT = 10.0  # seconds, for the machine at the address of the cluster
COLUMNS = ("number", "first", "lines", "offset", "size", "digest")  # of a table of pieces


def run_on_ray(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
    """The records of shards as the cluster finishes them; stands where `run_here` does.

    Without a running cluster (`RAY_ADDRESS`, or `ray.init` by the caller), Ray starts on this machine.

    Args:
        workers: how many actors; one for each core of the cluster if None.

    Raises:
        AltacError: if Ray is not installed, does not start, or cannot be reached; and what an actor raises.
    """
    ray: Any = require("ray", "cluster")
    data: Any = require("ray.data", "cluster")
    return in_actors(ray, data, job, pieces, workers)


def in_actors(ray: Any, data: Any, job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
    """The records of shards as actors finish them; without a piece no cluster is needed."""
    table = [asdict(piece) for piece in pieces]
    if not table:
        return
    start(ray)
    getLogger("ray.data").setLevel("ERROR")
    data.DataContext.get_current().enable_progress_bars = False
    actors = max(1, int(ray.cluster_resources().get("CPU", 1))) if workers is None else workers
    pool = data.ActorPoolStrategy(size=min(actors, len(table)))
    job = replace(job, source=everywhere(job.source), target=everywhere(job.target))
    items = data.from_items(table, override_num_blocks=len(table))
    shards = items.map_batches(Maker, fn_constructor_args=[job], batch_size=1, compute=pool)
    for row in shards.iter_rows():
        result = pickle.loads(row["result"])
        if isinstance(result, AltacError):
            raise result
        yield result


def start(ray: Any) -> None:
    """Connect to the cluster, or start one on this machine; raises AltacError.

    Where nothing listens, Ray tries for many minutes; so it is only asked where something does.
    """
    if ray.is_initialized():
        return
    address = os.environ.get("RAY_ADDRESS")
    host, _, port = (address or "").rpartition(":")
    try:
        if port.isdecimal():
            create_connection((host.removeprefix("ray://").strip("[]"), int(port)), WAIT).close()
        ray.init(log_to_driver=False, logging_level="error")
    except Exception as error:  # Ray raises many kinds, down to bare `Exception`
        raise AltacError([NoCluster(None, " ".join(str(error).split()), address)]) from None


def everywhere(place: str) -> str:
    """The same place for a process that stands in another folder."""
    return place if is_remote(place) else str(Path(place).resolve())
