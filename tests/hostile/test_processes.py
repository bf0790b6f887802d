"""Commands that are interrupted, that cannot write, or whose reader goes away: one line, the right code."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from altac.diagnostics import AltacError
from altac.system.files import write_whole
from tests.hostile.support import HEAD, PARITY, ROOT, TAIL, altac, program, refused
from tests.support import nonempty

SCAN = ROOT / "programs" / "scan.alta"
QUOTED = shlex.quote(str(PARITY))  # in a line of shell
ENDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
LISTENING = 1 << (signal.SIGTERM - 1)  # in the mask of signals that a process catches


# Files are written whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_at_any_line_leaves_the_old_file_or_the_new_one(interrupt: type, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    line, ended = 0, False
    while not ended:
        path.write_bytes(b"old")
        line += 1
        try:
            with interrupted_at(line, interrupt):
                write_whole(path, b"new")
            ended = True
        except interrupt:
            pass
        assert path.read_bytes() in (b"old", b"new")
        assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"new"
    assert line > 15


class interrupted_at:
    """Raises an exception at the n-th line that `altac.system.files` executes; what cleans up is left alone."""

    def __init__(self, line: int, interrupt: type[BaseException]) -> None:
        self.left = line
        self.interrupt = interrupt

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        sys.settrace(self.trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.endswith("altac/system/files.py"):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise self.interrupt
        return self.trace


def test_links_to_the_output_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target.pt", tmp_path / "link.pt"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to("target.pt")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_ring_of_links_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pt", tmp_path / "b.pt"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(AltacError, match="too many levels of symbolic links"):
        write_whole(first, b"new")
    with pytest.raises(AltacError, match="is not a folder"):
        write_whole(first / "model.pt", b"new")
    assert first.is_symlink()
    assert second.is_symlink()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_devices_and_pipes_are_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.pt"
    os.mkfifo(pipe)
    (tmp_path / "null.pt").symlink_to("/dev/null")
    for path in (pipe, tmp_path / "null.pt", Path("/dev/null")):
        with pytest.raises(AltacError, match="not a regular file"):
            write_whole(path, b"new")
    assert pipe.is_fifo()
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("place", ["file/model.pt", "/proc/model.pt", "folder.pt", "x" * 300 + ".pt"])
def test_a_place_that_cannot_be_written_is_an_error(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder.pt").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AltacError, match="E0702"):
        write_whole(tmp_path / place, b"new")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "long.alta"
    path.write_text(text := program("const   A = 1\n" * 200))
    done = altac("fmt", path, limits="ulimit -f 1")  # a file has at most one block
    assert done.returncode == 1
    refused(done, "E0702")
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("spelling", ["./{}", "../{folder}/{}", "link.pt", "hard.pt"])
def test_the_output_is_never_the_input(spelling: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from altac.cli.main import run

    path = tmp_path / "program.pt"
    path.write_text("program p\n")
    (tmp_path / "link.pt").symlink_to(path)
    (tmp_path / "hard.pt").hardlink_to(path)
    output = tmp_path / spelling.format("program.pt", folder=tmp_path.name)
    assert run(["compile", str(path), "-o", str(output)]) == 2
    assert "overwrite" in capsys.readouterr().err
    assert path.read_text() == (tmp_path / "hard.pt").read_text() == "program p\n"


# Signals ------------------------------------------------------------------------------------------------------
# These are slow tests, which run without coverage: an interrupt within a lock of coverage's own ends a process in it.


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """A command that has begun: it answers signals from now on."""
    command = [sys.executable, "-m", "altac", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, **options)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = next((line for line in status.read_text().splitlines() if line.startswith("SigCgt")), "SigCgt: 0")
        if int(caught.split()[1], 16) & LISTENING:
            break
        time.sleep(0.01)
    return process


EXPLODES = program("".join(f"var w{i}: 0..99 = 0\n" for i in range(4)), "    a := 1 if w0 * w1 == w2 * w3 else 0\n")
LONG: dict[str, list[object]] = {  # commands that take long, or wait
    "check": ["check", "explodes.alta"],
    "run": ["run", PARITY, "--input", "-"],
    "run weights": ["run", PARITY, "--engine", "transformer", "--input", "-"],
    "verify": ["verify", PARITY, "--budget", 10**7],
    "trace": ["trace", PARITY, "1" * 3000],
    "test": ["test", ROOT / "programs"],
    "compile": ["compile", SCAN, "-o", "model.pt"],
}

linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")


def interrupted(name: str, after: float, number: signal.Signals, folder: Path) -> tuple[int, str]:
    """The exit code and the messages of a command that gets a signal some time after it began."""
    (folder / "explodes.alta").write_text(EXPLODES)
    arguments = [folder / str(one) if str(one) in ("explodes.alta", "model.pt") else one for one in LONG[name]]
    process = start(*arguments, stdin=subprocess.PIPE)
    time.sleep(after)
    process.send_signal(number)
    process.wait()  # before standard input ends, which some wait for
    _, errors = process.communicate()
    return process.returncode, errors.decode()


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("name", LONG)
def test_ctrl_c_at_any_moment_is_one_line_and_130(name: str, number: signal.Signals, tmp_path: Path) -> None:
    """Some commands may end before the last moments come, on a fast machine; none ends before the first."""
    moments = [interrupted(name, after, number, tmp_path) for after in (0, 0.1, 0.3, 0.6, 1, 2, 3)]
    ended = (128 + number, f"altac: {ENDS[number]}\n")
    assert moments[0] == ended
    if name in ("run", "run weights", "verify"):  # these wait, or take hours
        assert set(moments) == {ended}
    for code, errors in nonempty(moments):
        assert (code, errors) == ended or (code in (0, 1) and "Traceback" not in errors)


def seconds(*arguments: object) -> float:
    """What a command takes here, by the clock."""
    begun = time.monotonic()
    assert altac(*arguments).returncode == 0
    return time.monotonic() - begun


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_compile_leaves_whole_files_at_any_moment(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    assert altac("compile", SCAN, "-o", path).returncode == 0
    new = path.read_bytes()
    whole = seconds("compile", SCAN, "-o", path)
    draw = random.Random(int(number))
    for _ in range(8):
        path.write_bytes(b"old")
        code, errors = interrupted("compile", draw.uniform(0.3, 1) * whole, number, tmp_path)
        (tmp_path / "explodes.alta").unlink()
        assert path.read_bytes() in (b"old", new)
        assert code in (0, -number, 128 + number)
        told = [line for line in errors.splitlines() if not line.startswith(f"{path}: ")]  # sizes of what is written
        assert told == ([f"altac: {ENDS[number]}"] if code > 0 else [])
        if number != signal.SIGKILL:
            assert list(tmp_path.iterdir()) == [path]


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", ENDS)
def test_an_interrupt_of_an_import_is_one_line(number: signal.Signals, tmp_path: Path) -> None:
    """Native code that imports modules ends the process with its own words where an import raises."""
    whole = seconds("compile", SCAN, "-o", tmp_path / "model.pt")
    found = []
    for share in range(1, 13):
        code, errors = interrupted("compile", whole * share / 20, number, tmp_path)
        found.append((code, [line for line in errors.splitlines() if not line.startswith(str(tmp_path))]))
    ended = (128 + number, [f"altac: {ENDS[number]}"])
    assert ended in found
    assert all(end in ((0, []), ended) for end in nonempty(found))


def test_an_interrupt_of_the_imports_is_silent() -> None:
    """Until `main` listens, ctrl-C ends the process as it ends others, without a traceback."""
    code = "import signal, os, altac.__main__; os.kill(os.getpid(), signal.SIGINT)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("number", ENDS)
def test_an_interrupt_beside_the_command_is_one_line(number: signal.Signals) -> None:
    """Between `main` that listens and the command that has begun, or has ended."""
    code = f"import os, altac.cli.main as m; m.run = lambda _: os.kill(os.getpid(), {int(number)}); m.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT, text=True)
    assert (done.returncode, done.stderr) == (128 + number, f"altac: {ENDS[number]}\n")


# Standard output and input ------------------------------------------------------------------------------------


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `altac` is the command, that fails where a part of it does."""
    text = f'set -o pipefail; altac() {{ "{sys.executable}" -m altac "$@"; }}; {command}'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", text], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def test_a_closed_pipe_is_141_and_silent(tmp_path: Path) -> None:
    (tmp_path / "bits.txt").write_text("1 0 1\n" * 40_000)
    done = shell(f"altac run {QUOTED} --input bits.txt | head -n 1", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (141, "0\n", "")


def test_a_closed_pipe_of_messages_is_silent(tmp_path: Path) -> None:
    (tmp_path / "wrong.alta").write_text(program("".join(f"const A{i} = B\n" for i in range(100))))
    done = shell("altac check wrong.alta 2>&1 | true", tmp_path)
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    ["rules {}", "run {} '1 0'", "run {} --json '1 0'", "trace {} 1", "stats {}", "compile {} --emit ir", "--help"],
)
def test_a_full_disk_behind_the_output_is_one_line(command: str, tmp_path: Path) -> None:
    done = shell(f"altac {command.format(QUOTED)} > /dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, "altac: output: no space left on device\n")


def test_streams_may_be_closed(tmp_path: Path) -> None:
    (tmp_path / "wrong.alta").write_text(program("const A = B\n"))
    (tmp_path / "bits.txt").write_text("1 0\n")
    codes = {
        f"altac run {QUOTED} 1 >&-": 1,  # the answer is lost
        f"altac run {QUOTED} --json 1 >&-": 1,
        f"altac coverage {QUOTED} --input bits.txt >&-": 1,
        f"altac sample {QUOTED} -n 2 >&-": 1,
        f"altac fmt - < {QUOTED} >&-": 1,
        "altac --help >&-": 1,
        f"altac check {QUOTED} >&-": 0,  # says nothing
        f"altac sample {QUOTED} -n 2 -o drawn.txt >&- 2>&-": 0,
        f"altac run {QUOTED} <&-": 1,  # there is no input
        "altac fmt - <&-": 1,
        "altac check wrong.alta 2>&-": 1,
        "altac check wrong.alta 2> /dev/full": 1,
        "altac check wrong.alta <&- >&- 2>&-": 1,
    }
    assert {command: shell(command, tmp_path).returncode for command in codes} == codes


@pytest.mark.parametrize("errors", ["2>&-", "2> /dev/full"])
def test_the_exit_code_tells_whether_the_file_is_there(errors: str, tmp_path: Path) -> None:
    done = shell(f"altac compile {QUOTED} -o model.pt {errors}", tmp_path)
    assert (done.returncode, (tmp_path / "model.pt").exists()) == (0, True)
    done = shell(f"altac compile {QUOTED} --emit rules -o other.pt >&- {errors}", tmp_path)
    assert (done.returncode, (tmp_path / "other.pt").exists()) == (1, False)


def test_a_closed_output_is_said(tmp_path: Path) -> None:
    done = shell(f"altac run {QUOTED} '1 1' >&-", tmp_path)
    assert (done.returncode, done.stderr) == (1, "altac: output: it is closed\n")
    done = shell("altac fmt - <&-", tmp_path)
    assert (done.returncode, done.stderr) == (1, "Error: Could not open file '<stdin>': it is closed\n")


def test_a_report_behind_a_closed_pipe_is_141(tmp_path: Path) -> None:
    """The library that prints reports has an answer of its own to closed pipes."""
    (tmp_path / "bits.txt").write_text("1 0\n")
    done = shell(f"(sleep 5; altac coverage {QUOTED} --input bits.txt) | true", tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


def test_names_of_files_that_are_not_text_are_shown_byte_by_byte(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/p\xff.alta")
    Path(name).write_text(PARITY.read_text())
    (tmp_path / "bits.txt").write_text("1 0\n")
    commands = {
        "compile p*.alta -o $'w\\xff.pt'": b"w\\xff.pt: 2 heads",
        "coverage p*.alta --input $'i\\xff.txt' --html c.html": b"i\\xff.txt: 1 input",
        "check $'z\\xff.alta'": b"cannot read `z\\xff.alta`",
        "train p*.alta -o t --steps 1": b"a file's name is not UTF-8 text",
    }
    shell("cp bits.txt $'i\\xff.txt'", tmp_path)
    for command, expected in nonempty(commands.items()):
        done = shell(f"altac {command} 2>&1", tmp_path)
        assert expected.decode() in done.stdout, command
        assert "internal error" not in done.stdout
    assert "i\\xff.txt" in (tmp_path / "c.html").read_text()


def test_json_is_json_in_every_encoding(tmp_path: Path) -> None:
    (tmp_path / "other.alta").write_text(
        'program p\ninput x: {"é", "😀"}\nvar a: {"é", "😀"} = "é"\nstep:\n    a := token\nlayers 1\noutput a\n'
    )
    for encoding in ("latin-1", "ascii", "utf-8"):
        done = shell(f"PYTHONIOENCODING={encoding} altac run other.alta --json 'é 😀' | cat > out.json", tmp_path)
        assert done.returncode == 0
        assert json.loads((tmp_path / "out.json").read_text(encoding))["output"] == "é 😀"


def test_outputs_that_the_terminal_cannot_show(tmp_path: Path) -> None:
    (tmp_path / "other.alta").write_text(
        'program p\ninput x: {"a", "→"}\nvar a: {"a", "→"} = "a"\nstep:\n    a := token\nlayers 1\noutput a\n'
    )
    done = shell("PYTHONIOENCODING=latin-1 altac run other.alta 'a →'", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a \\u2192\n", "")


def test_endless_standard_input_is_refused(tmp_path: Path) -> None:
    done = shell("altac fmt - < /dev/zero", tmp_path)
    assert done.returncode == 1
    assert "E0007" in done.stderr


def test_lines_of_a_megabyte(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_bytes(b"0 " * 500_000 + b"\n1\n" + b"2" * 1_000_000 + b"\n0\n")
    (tmp_path / "last.alta").write_text(
        program(step="    a := token\n", head=HEAD, tail=TAIL + "\n").replace("output a", "output a at last")
    )
    done = shell("ulimit -v 2000000; altac run last.alta --input lines.txt --keep-going", tmp_path)
    assert (done.returncode, done.stdout) == (1, "0\n1\n\n0\n")
    assert "E0601" in done.stderr
    assert len(done.stderr) < 1000


def test_a_line_without_an_end_is_an_error(tmp_path: Path) -> None:
    done = shell(f"ulimit -v 2000000; altac run {QUOTED} --input /dev/zero --keep-going", tmp_path)
    assert (done.returncode, done.stdout) == (1, "\n")
    assert "a line has at most 4,000,000 bytes" in done.stderr
