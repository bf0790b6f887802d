"""Data sets of traces: a file of inputs becomes a folder of shards, by several processes, in steps that can be resumed.

    traces/part-00000.parquet ...   the rows of a fixed number of inputs each, whatever the number of processes
    traces/_manifest.json           program, options, columns, and, when all is done, the shards
    traces/_failures.jsonl          the inputs without a whole trace, when all is done
    traces/_progress/               until then: a record for each finished shard

A shard depends on its inputs and on the manifest alone, and is there whole or not at all. So a run that was killed
goes on with the shards that are missing, and ends with the same bytes.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import IO, Any

from altac.data import SHARD
from altac.data.formats import writer
from altac.data.inputs import EMPTY_FILE, Piece, cut, holds_json, read_piece
from altac.data.rows import Failure, Tracer
from altac.data.schema import describe
from altac.data.store import open_input, open_store
from altac.diagnostics import AltacError, InternalError
from altac.diagnostics.run_errors import InputsChanged, OtherTraces, RunFailed, WorkerDied
from altac.engine.protocol import Engine
from altac.engine.trace import RunError
from altac.ir.program import Program

MANIFEST, FAILURES, PROGRESS = "_manifest.json", "_failures.jsonl", "_progress"

GONE = 10  # seconds until a process that has closed its connection is surely gone

Record = dict[str, Any]  # of a finished shard, as it stands in the manifest


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be traced, and how; it can be sent to other processes and machines.

    Attributes:
        source: a file of inputs, one a line, and `target` a folder; paths, or URLs that fsspec knows.
        engine: what runs the program: weights, or the interpreter if None; `weights` is the hash of weights.
        form: `parquet`, `jsonl` or `npz`.
        rules, residual: whether rows tell the rules that fired, and the residual stream, for which weights are needed.
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

# It takes no piece before its first record is asked for; what is not installed it misses when it is called.
Runner = Callable[[Job, Iterable[Piece], int | None], Records]


def run_here(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
    """The records of shards as they are finished, made in this process or, if there are several, in others.

    Args:
        workers: how many processes; one for each core if None.

    Raises:
        AltacError: what a process raises, or if one was killed.
    """
    pieces = iter(pieces)
    few = list(islice(pieces, 2))
    if not few:
        return
    pieces = chain(few, pieces)
    workers = cores() if workers is None else workers
    if workers > 1 and len(few) > 1:
        yield from in_processes(job, pieces, workers)
        return
    tracer = job.tracer()
    for piece in pieces:
        yield make_shard(job, tracer, piece)


def export(
    job: Job, workers: int | None = 1, progress: Callable[[int], None] | None = None, runner: Runner = run_here
) -> Summary:
    """Trace all inputs of a file that have not been traced yet.

    Args:
        workers: the number of processes; None for as many as there are cores.
        progress: called with the number of inputs that are finished, those of earlier runs too.
        runner: what makes shards: processes on this machine, or `altac.data.cluster.run_on_ray`.

    Raises:
        AltacError: if the inputs cannot be read or the folder not be written, if the folder holds something else, or a
            process was killed.
    """
    writer(job.form)  # what is not installed is missed before anything is written
    folder = Folder(job)
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
                raise AltacError([RunFailed.of(RunError("E0606", EMPTY_FILE), f"{job.source}: ")])
            shards = sorted(finished.values(), key=lambda record: record["first"])
            if len(shards) > pieces:
                raise AltacError([InputsChanged(None, job.target, job.source, shards[pieces]["first"] + 1)])
            folder.end(shards)
    return Summary(**totals(shards), shards=pieces, new=new)


def totals(shards: Iterable[Record]) -> dict[str, int]:
    shards = list(shards)
    return {what: sum(record[what] for record in shards) for what in ("inputs", "rows", "failed")}


class Folder:
    """What stands in the folder beside the shards.

    Attributes:
        complete: whether it was complete once.
        lost: files of a complete folder that are made again: those that are not there, and where that is the list of
            failures, the shards that have some.
    """

    def __init__(self, job: Job) -> None:
        tracer = job.tracer()
        self.job = job
        self.store = open_store(job.target)
        self.manifest = {
            **job.description(tracer),
            "format": job.form,
            "inputs_per_shard": job.shard,
            "source": job.program.source.text,
        }
        self.complete = False
        self.lost: set[str] = set()

    def begin(self) -> dict[str, Record]:
        """The finished shards, by their file; a new folder gets its manifest.

        Raises:
            AltacError: if the folder holds something else.
        """
        names = self.store.names()
        if not names:
            self._write(MANIFEST, [{**self.manifest, "complete": False}])
            return {}
        try:
            if MANIFEST not in names:
                raise ValueError(f"there is `{names[0]}` in it, and no manifest")
            found = self._read(MANIFEST)
            differing = [name for name, value in self.manifest.items() if found.get(name) != value]
            if differing:
                raise ValueError("other " + ", ".join(f"`{name}`" for name in differing))
            self.store.sweep()
            notes = [name for name in names if name.startswith(f"{PROGRESS}/")]
            self.complete = found["complete"]
            if self.complete:
                self.forget(notes)
                finished = {record["file"]: record for record in found["shards"]}
                self.lost = {FAILURES, *finished}.difference(names)
                if FAILURES in self.lost:
                    self.lost.update(name for name, record in finished.items() if record["failed"])
                return finished
            records = [record for record in map(self._record, notes) if record is not None]
            return {record["file"]: record for record in records if record["file"] in names}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            damaged = isinstance(error, json.JSONDecodeError) or not isinstance(error, ValueError)
            reason = "its manifest is damaged" if damaged else str(error)
            raise AltacError([OtherTraces(None, self.job.target, reason)]) from None

    def end(self, shards: list[Record]) -> None:
        """Write the failures, then the manifest, which makes the folder complete; then forget the progress."""
        if not self.complete or FAILURES in self.lost:
            failing = [note(record) for record in shards if record["failed"]]
            self._write(FAILURES, (one for name in failing for one in self._read(name)["failures"]))
        if not self.complete:
            self._write(MANIFEST, [{**self.manifest, "complete": True, **totals(shards), "shards": shards}])
        self.forget(note(record) for record in shards if not self.complete or record["file"] in self.lost)

    def forget(self, notes: Iterable[str]) -> None:
        for name in notes:
            self.store.remove(name)

    def _record(self, name: str) -> Record | None:
        """What a note says of a shard; None if only half of it was written, as where its process was killed."""
        try:
            found = self._read(name)
            return found["shard"] if isinstance(found["failures"], list) else None
        except (KeyError, TypeError, json.JSONDecodeError):
            return None

    def _read(self, name: str) -> Any:
        try:
            return json.loads(self.store.read(name))
        except RecursionError:
            raise json.JSONDecodeError("nested too deeply", "", 0) from None

    def _write(self, name: str, lines: Iterable[Any]) -> None:
        with self.store.write(name) as file:
            for line in lines:
                file.write(as_json(line))


def note(record: Record) -> str:
    """The file that tells that a shard is finished."""
    return f"{PROGRESS}/{record['file']}.json"


def as_json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False) + "\n").encode()


# A shard -----------------------------------------------------------------------------------------------------


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
    with store.write(note(record)) as file:
        file.write(as_json({"shard": record, "failures": [failure.to_dict() for failure in failures]}))
    return record


# Processes ---------------------------------------------------------------------------------------------------


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(job: Job, pieces: Iterator[Piece], workers: int) -> Iterator[Record]:
    """The records of shards as processes finish them; each has one piece at a time."""
    busy: dict[Connection, BaseProcess] = {}
    connection: Any = None
    try:
        first = list(islice(pieces, workers))
        busy.update(start_worker() for _ in first)
        for connection, piece in zip(busy, first, strict=True):
            connection.send(job)
            connection.send(piece)
        while busy:
            for connection in wait(list(busy)):
                found = connection.recv()
                if isinstance(found, Exception):
                    raise found
                yield found
                following = next(pieces, None)
                if following is None:
                    stop_worker(connection, busy.pop(connection))
                else:
                    connection.send(following)
    except (EOFError, ConnectionError):
        busy[connection].join(GONE)
        raise AltacError([WorkerDied(None, busy[connection].exitcode)]) from None
    finally:
        for connection, process in busy.items():
            process.terminate()
            stop_worker(connection, process)


def start_worker() -> tuple[Connection, BaseProcess]:
    """A process that serves a connection; it ends when the other end is closed, or when this process is gone."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def stop_worker(connection: Connection, process: BaseProcess) -> None:
    connection.close()
    process.join()


def serve(connection: Connection) -> None:
    """Take a job, then pieces, and answer each with the record of its shard or with what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt goes to all processes, and the first one says so
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before weights bring torch: processes share the cores
    with closing(connection):
        try:
            job: Job = connection.recv()
            tracer = job.tracer()
            while True:
                connection.send(make_shard(job, tracer, connection.recv()))
        except (EOFError, ConnectionError):
            return
        except AltacError as error:
            connection.send(error)
        except Exception as error:
            connection.send(InternalError(f"in a process that made traces: {type(error).__name__}: {error}"))


def end_with_parent() -> None:
    """End this process at once when the one that started it is gone, so that nothing is written behind its back."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
