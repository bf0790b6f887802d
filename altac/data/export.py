"""Data sets of traces: a file of inputs becomes a folder of shards, by several processes, in steps that can be resumed.

    traces/part-00000.parquet ...   the rows of a fixed number of inputs each, whatever the number of processes
    traces/_manifest.json           program, options, columns, and, when all is done, the shards
    traces/_failures.jsonl          the inputs without a whole trace, when all is done
    traces/_progress/               until then: a record for each finished shard

A shard depends on its inputs and on the manifest alone, and is there whole or not at all. So a run that was killed can
be resumed with the shards that are missing, and ends with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from altac.data import SHARD
from altac.data.folder import DataFolder, Record, totals, write_note
from altac.data.formats import writer
from altac.data.inputs import Piece, cut, holds_json, read_piece
from altac.data.rows import Failure, Tracer
from altac.data.schema import describe
from altac.data.store import open_input, open_store
from altac.diagnostics import AltacError
from altac.diagnostics.input_errors import EmptyFile
from altac.diagnostics.run_errors import InputsChanged
from altac.engine.protocol import Engine
from altac.ir.program import Program
from altac.system.processes import cores, spread


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be traced, and how; it can be sent to other processes and machines.

    Attributes:
        source: a file of inputs, one a line, and `target` a folder; paths, or URLs that fsspec knows.
        engine: what runs the program: weights, or the interpreter if None; `weights` is the hash of weights.
        form: `parquet`, `jsonl` or `npz`.
        rules, residual: whether rows hold the rules that fired, and the residual stream, for which weights are needed.
        shard: the number of inputs of a shard.
    """

    program: Program
    source: str
    target: str
    engine: Engine | None = None
    weights: str | None = None
    form: str = "parquet"
    rules: bool = True
    residual: bool = False
    shard: int = SHARD

    def tracer(self) -> Tracer:
        return Tracer(self.program, self.engine, self.rules, self.residual)

    def manifest(self) -> dict[str, Any]:
        """What decides the bytes of all shards, beside the inputs."""
        made = {"format": self.form, "inputs_per_shard": self.shard, "source": self.program.source.text}
        return {**self.description(self.tracer()), **made}

    def description(self, tracer: Tracer) -> dict[str, Any]:
        engine = "interpreter" if self.engine is None else "transformer"
        return describe(self.program, tracer.columns, {"engine": engine, "weights_sha256": self.weights})

    def name(self, number: int) -> str:
        return f"part-{number:05d}.{self.form}"


@dataclass(frozen=True)
class Summary:
    """What a finished folder holds; `new` shards were made by this run."""

    inputs: int
    rows: int
    failed: int
    shards: int
    new: int


Records = Generator[Record, None, None]  # closed, it has ended all that makes shards

# It takes no piece before its first record is asked for; what is not installed is reported when it is called.
Runner = Callable[[Job, Iterable[Piece], int | None], Records]


def run_here(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
    """The records of shards as they are finished, made in this process or, if there are several shards, in others.

    Args:
        workers: how many processes; one for each core if None.

    Raises:
        AltacError: what making a shard raises.
    """
    return spread(partial(shard_maker, job), pieces, cores() if workers is None else workers)


def shard_maker(job: Job) -> Callable[[Piece], Record]:
    """Makes shards; compiles the program once."""
    return partial(make_shard, job, job.tracer())


def export(
    job: Job, workers: int | None = 1, progress: Callable[[int], None] | None = None, runner: Runner = run_here
) -> Summary:
    """Trace all inputs of a file that have not been traced yet.

    Args:
        workers: the number of processes; None for as many as there are cores.
        progress: called with the number of inputs that are finished, those of earlier runs too.
        runner: what makes shards: processes on this machine, or `altac.data.cluster.run_on_ray`.

    Raises:
        AltacError: if the inputs cannot be read or the folder cannot be written, or if the folder holds something else.
    """
    writer(job.form)  # what is not installed is reported before anything is written
    folder = DataFolder(job.target, job.manifest())
    finished: dict[str, Record] = {}
    tell = progress or (lambda _: None)
    pieces = new = 0

    def missing(file: IO[bytes]) -> Iterator[Piece]:
        nonlocal pieces
        for piece in cut(file, job.shard):
            pieces += 1
            name = job.name(piece.number)
            record = finished.get(name)
            if record is None and not folder.complete:
                yield piece
            elif record is None or record["sha256"] != piece.digest:
                raise AltacError([InputsChanged(None, job.target, job.source, piece.first + 1)])
            elif name in folder.lost:
                yield piece
            else:
                tell(piece.lines)

    with open_input(job.source) as file:
        records = runner(job, missing(file), workers)
        with folder.store.alone(), closing(records):
            finished.update(folder.begin())
            for record in records:
                finished[record["file"]] = record
                new += 1
                tell(record["inputs"])
            if pieces == 0:
                raise AltacError([EmptyFile(None).in_line(job.source)])
            shards = sorted(finished.values(), key=lambda record: record["first"])
            if len(shards) > pieces:
                raise AltacError([InputsChanged(None, job.target, job.source, shards[pieces]["first"] + 1)])
            folder.end(shards)
    return Summary(**totals(shards), shards=pieces, new=new)


def make_shard(job: Job, tracer: Tracer, piece: Piece) -> Record:
    """Write one shard and its record, whole or not at all.

    Raises:
        AltacError: if the inputs have changed, or the place cannot be written.
    """
    with open_input(job.source) as file:
        inputs = read_piece(file, piece, holds_json(job.source))
    if inputs is None:
        raise AltacError([InputsChanged(None, job.target, job.source, piece.first + 1)])
    store = open_store(job.target)
    failures: list[Failure] = []
    rows = 0
    with (
        store.write(job.name(piece.number)) as file,
        closing(writer(job.form)(file, tracer.columns, job.description(tracer))) as target,
    ):
        for block in tracer.blocks(piece.first, inputs, failures):
            rows += len(block["input"])
            target.add(block)
    record = {
        "file": job.name(piece.number),
        "first": piece.first,
        "inputs": piece.lines,
        "rows": rows,
        "failed": len(failures),
        "sha256": piece.digest,
    }
    write_note(store, record, failures)
    return record
