"""Data sets are the same bytes however they are made: at once or resumed, here, in processes, or elsewhere."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from altac.data.export import Job, Records, export, run_here
from altac.data.inputs import Piece, cut, read_piece
from altac.data.store import make_parents
from altac.diagnostics import AltacError
from tests.data.support import KINDS, LAYERS, contents, write
from tests.support import PROGRAMS, nonempty, program

PARITY = program("parity")
TEXTS = [format(number, "b") for number in range(50)]
ROOT = Path(__file__).parents[2]


class Stopped(Exception):
    pass


def stopping_after(shards: int):
    """A runner that is interrupted."""

    def run(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
        for number, record in enumerate(run_here(job, pieces, workers)):
            yield record
            if number + 1 == shards:
                raise Stopped

    return run


def job(folder: Path, source: str, **options: Any) -> Job:
    return Job(PARITY.program, source, str(folder), **{"shard": 8, **options})


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("source"), TEXTS)


@pytest.fixture(scope="module")
def whole(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that was made at once."""
    folder = tmp_path_factory.mktemp("whole") / "traces"
    told: list[int] = []
    done = export(job(folder, source), progress=told.append)
    assert (done.inputs, done.failed, done.shards, done.new) == (50, 0, 7, 7)
    assert sum(told) == 50
    return folder


def refused(code: str, call: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(AltacError) as caught:
        call(*arguments, **options)
    (found,) = caught.value.diagnostics
    assert found.code == code
    return found.message


def test_a_folder_holds_shards_and_says_of_what(whole: Path, source: str) -> None:
    assert sorted(contents(whole)) == [
        "_failures.jsonl",
        "_manifest.json",
        *(f"part-{n:05d}.parquet" for n in range(7)),
    ]
    manifest = json.loads((whole / "_manifest.json").read_bytes())
    assert (manifest["complete"], manifest["format"], manifest["inputs_per_shard"]) == (True, "parquet", 8)
    assert [(one["first"], one["inputs"]) for one in manifest["shards"]] == [
        (n * 8, min(8, 50 - n * 8)) for n in range(7)
    ]
    assert manifest["rows"] == sum(len(text) * (len(text) + 1) for text in TEXTS)
    assert manifest["source"] == PARITY.program.source.text


@pytest.mark.parametrize("shards", [1, 3, 6])
def test_an_interrupted_run_is_resumed(shards: int, whole: Path, source: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    with pytest.raises(Stopped):
        export(job(folder, source), runner=stopping_after(shards))
    assert not json.loads((folder / "_manifest.json").read_bytes())["complete"]
    (folder / ".part-00005.parquet.k1ll3d").write_bytes(b"half")  # as a process leaves it that is killed
    (folder / "_progress" / ".part-00005.parquet.json.k1ll3d").write_bytes(b"half")
    (folder / "part-00006.parquet").write_bytes(b"of a shard whose record was not written any more")
    told: list[int] = []
    done = export(job(folder, source), progress=told.append)
    assert (done.shards, done.new, sum(told)) == (7, 7 - shards, 50)
    assert contents(folder) == contents(whole)


def test_a_finished_shard_that_is_missing_is_made_again(whole: Path, source: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    with pytest.raises(Stopped):
        export(job(folder, source), runner=stopping_after(4))
    (folder / "part-00002.parquet").unlink()
    assert export(job(folder, source)).new == 4
    assert contents(folder) == contents(whole)


def test_a_shard_that_a_complete_folder_lost_is_made_again(whole: Path, source: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    export(job(folder, source))
    for name in ("part-00002.parquet", "part-00006.parquet"):
        (folder / name).unlink()
    changed = write(tmp_path, [*TEXTS[:17], "1 1 1", *TEXTS[18:]])
    assert "from line 17 on" in refused("E0612", export, job(folder, changed))
    write(tmp_path, TEXTS)
    done = export(job(folder, source))
    assert (done.inputs, done.new) == (len(TEXTS), 2)
    assert contents(folder) == contents(whole)


def test_a_complete_folder_stays(whole: Path, source: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    first = export(job(folder, source))
    (folder / "_progress").mkdir()  # as after a run that was killed just before its end
    (folder / "_progress" / "part-00003.parquet.json").write_bytes(b"a note")
    again = export(job(folder, source))
    assert (again.inputs, again.rows, again.shards, again.new) == (first.inputs, first.rows, first.shards, 0)
    assert contents(folder) == contents(whole)


def test_processes_make_the_same(whole: Path, source: str, tmp_path: Path) -> None:
    assert export(job(tmp_path / "traces", source), workers=2).new == 7
    assert contents(tmp_path / "traces") == contents(whole)


def test_a_program_of_several_layers_has_the_same_bytes_in_any_way(tmp_path: Path) -> None:
    generator = random.Random(3)
    texts = [" ".join(generator.choices("abcd", k=generator.randrange(7))) for _ in range(40)]
    source = write(tmp_path, texts)

    def layers(folder: str) -> Job:
        return Job(LAYERS.program, source, str(tmp_path / folder), shard=8)

    assert export(layers("whole")).failed == 0
    with pytest.raises(Stopped):
        export(layers("resumed"), runner=stopping_after(2))
    assert export(layers("resumed")).new == 3
    assert export(layers("processes"), workers=2).new == 5
    assert contents(tmp_path / "whole") == contents(tmp_path / "resumed") == contents(tmp_path / "processes")


def test_what_a_killed_process_did_not_do_is_done_all_the_same(whole: Path, source: str, tmp_path: Path) -> None:
    killed = set()

    def run(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
        for record in nonempty(run_here(job, pieces, 2)):
            for child in multiprocessing.active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                killed.add(child.pid)
            (tmp_path / "traces" / ".part-00003.parquet.k1ll3d").write_bytes(b"half")  # as such a process leaves it
            yield record

    assert export(job(tmp_path / "traces", source), runner=run).new == 7
    assert len(killed) == 2
    assert contents(tmp_path / "traces") == contents(whole)
    assert not multiprocessing.active_children()


def test_errors_in_processes_are_told(source: str, tmp_path: Path) -> None:
    with Path(source).open("rb") as file:
        pieces = list(cut(file, 8))
    elsewhere = job(tmp_path / "traces", str(tmp_path / "missing.txt"))
    assert "missing.txt" in refused("E0610", list, run_here(elsewhere, iter(pieces), 2))
    with pytest.raises(AttributeError, match="'str' object has no attribute 'interface'"):
        list(run_here(job(tmp_path / "traces", source, engine="no engine"), iter(pieces), 2))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"form": "jsonl"}, "`format`"),
        ({"rules": False}, "`columns`"),
        ({"shard": 9}, "`inputs_per_shard`"),
        ({"program": program("parity_absolute").program}, "`program`, `program_sha256`"),
    ],
)
def test_a_folder_of_something_else_is_refused(
    options: dict[str, Any], named: str, source: str, tmp_path: Path
) -> None:
    folder = tmp_path / "traces"
    export(job(folder, source))
    before = contents(folder)
    one = {"program": PARITY.program, "source": source, "target": str(folder), "shard": 8, **options}
    assert named in refused("E0611", export, Job(**one))
    assert contents(folder) == before


def test_weights_are_told_apart(source: str, tmp_path: Path) -> None:
    model = PARITY.model
    weights = job(tmp_path / "traces", source, engine=model, weights=model.digest())
    export(weights)
    assert "`engine`, `weights_sha256`" in refused("E0611", export, job(tmp_path / "traces", source))
    export(job(tmp_path / "plain", source))
    found, expected = (pq.read_table(tmp_path / name) for name in ("traces", "plain"))
    assert found.to_pylist() == expected.to_pylist()


def test_folders_that_hold_no_traces_are_refused(source: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "`notes.txt`" in refused("E0611", export, job(tmp_path, source))
    (tmp_path / "notes.txt").unlink()
    for damaged in ("", "[]", "{}", '{"complete": tru', "[" * 100_000):
        (tmp_path / "_manifest.json").write_text(damaged)
        message = refused("E0611", export, job(tmp_path, source))
        assert "damaged" in message or "`schema`" in message
    (tmp_path / "file").write_text("")
    assert "is not a folder" in refused("E0702", export, job(tmp_path / "file" / "traces", source))


def test_other_inputs_are_refused(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    with pytest.raises(Stopped):
        export(job(folder, source), runner=stopping_after(3))
    changed = write(tmp_path, [*TEXTS[:9], "1 1 1", *TEXTS[10:]])
    assert "from line 9 on" in refused("E0612", export, job(folder, changed))
    export(job(folder, source))
    before = contents(folder)
    for texts, line in ((TEXTS[:48], 49), ([*TEXTS, "1"], 49), ([*TEXTS, *"1" * 10], 49), (TEXTS[:20], 17)):
        assert f"somewhere from line {line} on" in refused("E0612", export, job(folder, write(tmp_path, texts)))
    assert contents(folder) == before


def test_inputs_that_change_meanwhile_are_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, TEXTS)

    def run(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
        found = list(pieces)
        Path(path).write_text("0\n" * 50)
        yield from run_here(job, found, workers)

    assert "from line 1 on" in refused("E0612", export, job(tmp_path / "traces", path), runner=run)


def test_no_inputs(tmp_path: Path) -> None:
    assert "cannot read" in refused("E0610", export, job(tmp_path / "traces", str(tmp_path / "missing.txt")))
    assert "the file is empty" in refused("E0606", export, job(tmp_path / "more", write(tmp_path, [])))


def test_failures_stand_beside_the_shards(tmp_path: Path) -> None:
    path = tmp_path / "inputs.jsonl"
    lines = ['"1 0"', '{"input": "1"}', "oops", '{"output": "1"}', '"1 2"', '"0"', '"x"']
    path.write_bytes("\n".join(lines).encode() + b"\n\xff\n")
    done = export(job(tmp_path / "traces", str(path), shard=3))
    assert (done.inputs, done.failed, done.shards) == (8, 5, 3)
    failures = [json.loads(line) for line in (tmp_path / "traces" / "_failures.jsonl").read_text().splitlines()]
    assert [(one["input"], one["code"], one["layer"]) for one in failures] == [
        (2, "E0606", 0), (3, "E0606", 0), (4, "E0601", 0), (6, "E0601", 0), (7, "E0606", 0)
    ]  # fmt: skip
    assert failures[2]["message"] == "column 3: `2` is not a symbol of `parity`"
    assert set(pq.read_table(tmp_path / "traces")["input"].to_pylist()) == {0, 1, 5}


def test_a_place_that_fsspec_knows(whole: Path, source: str) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/data/inputs.txt", Path(source).read_bytes())
    there = Job(PARITY.program, "memory://data/inputs.txt", "memory://data/traces/", shard=8)
    with pytest.raises(Stopped):
        export(there, runner=stopping_after(2))
    assert export(there).new == 5
    found = {path.removeprefix("/data/traces/"): memory.cat_file(path) for path in memory.find("/data/traces")}
    assert found == {path.name: path.read_bytes() for path in whole.iterdir()}
    assert export(there).new == 0
    for place in ("nowhere://x", "memory://missing"):
        refused("E0610", export, Job(PARITY.program, place, "memory://data/other"))
    refused("E0702", export, Job(PARITY.program, source, "nowhere://x"))


def test_a_place_of_fsspec_with_real_folders(whole: Path, source: str, tmp_path: Path) -> None:
    there = Job(PARITY.program, source, f"file://{tmp_path}/new/traces", shard=8)
    with pytest.raises(Stopped):
        export(there, runner=stopping_after(2))
    note = tmp_path / "new" / "traces" / "_progress" / "part-00001.parquet.json"
    note.write_bytes(note.read_bytes()[:40])  # as a process leaves it that is killed
    assert export(there).new == 6
    assert contents(tmp_path / "new" / "traces") == contents(whole)
    (tmp_path / "file").write_text("")
    message = refused("E0702", export, Job(PARITY.program, source, f"file://{tmp_path}/file/traces", shard=8))
    assert message.startswith(f"cannot write `file://{tmp_path}/file/traces")


def test_no_bucket_is_made() -> None:
    """The first part of a remote path may be one, and a name with a slip of the pen in it is no reason for one."""

    class Buckets:
        made: ClassVar[list[str]] = []

        def isdir(self, path: str) -> bool:
            return path in self.made

        def mkdir(self, path: str, create_parents: bool) -> None:
            self.made.append(path)

    make_parents(Buckets(), "bucket/file")
    assert Buckets.made == []
    make_parents(Buckets(), "bucket/traces/_progress/file")
    assert Buckets.made == ["bucket/traces", "bucket/traces/_progress"]


def test_a_link_to_where_no_folder_is_yet(whole: Path, source: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "new" / "traces")
    export(job(tmp_path / "link", source))
    assert contents(tmp_path / "new" / "traces") == contents(whole)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert "not a folder" in refused("E0702", export, job(tmp_path / "circle", source))


def test_a_list_of_failures_that_a_complete_folder_lost_is_made_again(tmp_path: Path) -> None:
    for texts, failing in (([*TEXTS[:20], "x", *TEXTS[20:40], "y"], 2), (TEXTS, 0)):
        folder, path = tmp_path / f"traces{failing}", write(tmp_path, texts)
        assert export(job(folder, path)).failed == failing
        before = contents(folder)
        (folder / "_failures.jsonl").unlink()
        assert export(job(folder, path)).new == failing
        assert contents(folder) == before


def test_what_is_not_installed_is_missed_before_anything_is_written(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from altac.data.cluster import run_on_ray

    monkeypatch.setitem(sys.modules, "ray", None)
    assert "`ray`" in refused("E0608", export, job(tmp_path / "traces", source), runner=run_on_ray)
    assert not (tmp_path / "traces").exists()


def test_two_exports_into_one_folder_at_once(whole: Path, source: str, tmp_path: Path) -> None:
    one = job(tmp_path / "traces", source)

    def run(job: Job, pieces: Iterable[Piece], workers: int | None) -> Records:
        for record in nonempty(run_here(job, pieces, workers)):
            assert "another process" in refused("E0702", export, one)
            yield record

    assert export(one, runner=run).new == 7
    assert contents(tmp_path / "traces") == contents(whole)


def test_a_file_is_cut_without_loss() -> None:
    generator = random.Random(0)
    for _ in range(50):
        lines = [generator.choice(["", "a", "bc\r", "\u00e9"]) for _ in range(generator.randrange(1, 12))]
        data = "\n".join(lines).encode() + generator.choice([b"", b"\n"])
        if not data:
            continue
        file = io.BytesIO(data)
        pieces = list(cut(file, 4))
        assert sum(piece.size for piece in pieces) == len(data)
        found = [text for piece in pieces for text, _ in read_piece(file, piece, False) or []]
        assert found == [line.decode().rstrip("\r\n") for line in io.BytesIO(data)]
    assert read_piece(io.BytesIO(b"\xef\xbb\xbfa\nb"), next(cut(io.BytesIO(b"\xef\xbb\xbfa\nb"), 9)), False) == [
        ("a", None),
        ("b", None),
    ]


def test_a_job_can_be_sent(tmp_path: Path) -> None:
    texts = ["a b a a", "b b", "a"]
    for engine in (None, KINDS.model):
        one = Job(KINDS.program, write(tmp_path, texts), str(tmp_path / "traces"), engine)
        found, expected = (
            list(sent.tracer().blocks(0, [(text, None) for text in texts], []))
            for sent in (pickle.loads(pickle.dumps(one)), one)
        )
        for block, other in zip(found, expected, strict=True):
            assert list(block) == list(other)
            assert all((block[name] == other[name]).all() for name in block)


@pytest.mark.slow
def test_runs_that_are_killed_again_and_again_end_with_the_same_bytes(tmp_path: Path) -> None:
    generator = random.Random(5)
    texts = [" ".join(generator.choice("01") for _ in range(generator.randrange(24))) for _ in range(1500)]
    path = write(tmp_path, texts)
    command = [sys.executable, "-m", "altac", "trace", str(PROGRAMS / "parity.alta"), "--input", path, "--shard", "15"]
    subprocess.run([*command, "-o", str(tmp_path / "whole"), "--workers", "1"], check=True, cwd=ROOT)

    def finished() -> int:
        return len(list((tmp_path / "traces").glob("part-*")))

    kills = tries = 0
    while kills < 5:
        tries += 1
        assert tries < 50
        enough = finished() + generator.randrange(1, 10)
        process = subprocess.Popen([*command, "-o", str(tmp_path / "traces"), "--workers", "2"], cwd=ROOT)
        while finished() < enough and process.poll() is None:
            time.sleep(0.01)
        time.sleep(generator.uniform(0, 0.05))
        process.kill()
        if process.wait() == -signal.SIGKILL:
            kills += 1
        else:  # it was not noticed in time, as on a busy machine
            assert process.returncode == 0
            shutil.rmtree(tmp_path / "traces")
    subprocess.run([*command, "-o", str(tmp_path / "traces"), "--workers", "2"], check=True, cwd=ROOT)
    assert contents(tmp_path / "traces") == contents(tmp_path / "whole")


def test_actors_make_shards_from_tables_of_pieces(whole: Path, source: str, tmp_path: Path) -> None:
    from altac.data.cluster import Maker

    with Path(source).open("rb") as file:
        pieces = [asdict(piece) for piece in cut(file, 8)]
    table = {name: np.array([piece[name] for piece in pieces]) for name in pieces[0]}
    results = [pickle.loads(one) for one in Maker(job(tmp_path, source))(table)["result"]]
    assert results == json.loads((whole / "_manifest.json").read_bytes())["shards"]
    for number in range(7):
        name = f"part-{number:05d}.parquet"
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()
    (failed, *_) = Maker(job(tmp_path, str(tmp_path / "missing.txt")))(table)["result"]
    assert pickle.loads(failed).diagnostics[0].code == "E0610"
