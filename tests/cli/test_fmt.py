"""`altac fmt`: what it writes, where, and what it leaves alone."""

import io
import sys
from pathlib import Path

import pytest

from altac.cli.main import run

UGLY = "program p\nvar a:0..1=0\nvar long:bool=true # why\n"
NEAT = "program p\nvar a: 0..1    = 0\nvar long: bool = true  # why\n"


@pytest.fixture
def fmt(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(["fmt", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    file = tmp_path / "ugly.alta"
    file.write_text(UGLY)
    return file


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_files_are_formatted_in_place_once(fmt, ugly: Path) -> None:
    assert fmt(ugly) == (0, "", f"{ugly}: formatted\n")
    assert ugly.read_text() == NEAT
    written = ugly.stat().st_mtime_ns
    assert fmt(ugly) == (0, "", "")
    assert ugly.stat().st_mtime_ns == written


def test_check_names_what_would_change(fmt, ugly: Path) -> None:
    neat = ugly.with_name("neat.alta")
    neat.write_text(NEAT)
    assert fmt("--check", neat, ugly) == (1, f"{ugly}\n", "")
    assert ugly.read_text() == UGLY
    assert fmt("--check", neat) == (0, "", "")


def test_diff_shows_what_would_change(fmt, ugly: Path) -> None:
    code, out, err = fmt("--diff", ugly)
    assert (code, err) == (0, "")
    assert out.startswith(f"--- {ugly}\n+++ {ugly}\n@@ -1,3 +1,3 @@\n program p\n-var a:0..1=0\n")
    assert "+var long: bool = true  # why\n" in out
    assert ugly.read_text() == UGLY
    ugly.write_text(NEAT.rstrip("\n"))
    code, out, _ = fmt("--diff", "--check", ugly)
    assert code == 1
    assert "\\ No newline at end of file\n+var long" in out


def test_folders(fmt, ugly: Path) -> None:
    (ugly.parent / "deep").mkdir()
    (ugly.parent / "deep" / "more.alta").write_text(UGLY)
    (ugly.parent / "notes.txt").write_text("var a:0..1")
    assert fmt(ugly.parent)[0] == 0
    assert ugly.read_text() == (ugly.parent / "deep" / "more.alta").read_text() == NEAT
    (ugly.parent / "empty").mkdir()
    assert fmt(ugly.parent / "empty")[0] == 2


def test_files_that_do_not_parse_are_left_and_the_others_formatted(fmt, ugly: Path) -> None:
    broken = ugly.with_name("broken.alta")
    broken.write_text("var  x\n")
    code, out, err = fmt(broken, ugly.with_name("missing.alta"), ugly)
    assert (code, out) == (1, "")
    assert f"{broken}:1:7" in err
    assert "error[E0007]" in err
    assert broken.read_text() == "var  x\n"
    assert ugly.read_text() == NEAT


def test_standard_input(fmt, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, UGLY.encode())
    assert fmt("-") == (0, NEAT, "")
    feed(monkeypatch, UGLY.encode())
    assert fmt("-", "--check") == (1, "<stdin>\n", "")
    feed(monkeypatch, b"var x\n")
    code, out, err = fmt("-")
    assert (code, out) == (1, "")
    assert "<stdin>:1:6" in err
    feed(monkeypatch, b"# \xe4\n")
    assert "not UTF-8" in fmt("-")[2]


def test_line_breaks_and_the_byte_order_mark_are_normalised(fmt, ugly: Path) -> None:
    ugly.write_bytes(b"\xef\xbb\xbf" + NEAT.replace("\n", "\r\n").encode())
    assert fmt("--check", ugly)[0] == 1
    assert fmt(ugly)[0] == 0
    assert ugly.read_bytes() == NEAT.encode()


def test_links_and_permissions_are_kept(fmt, ugly: Path) -> None:
    ugly.chmod(0o640)
    link = ugly.with_name("link.alta")
    link.symlink_to(ugly)
    assert fmt(link)[0] == 0
    assert link.is_symlink()
    assert ugly.read_text() == NEAT
    assert ugly.stat().st_mode & 0o777 == 0o640


def test_a_failed_write_leaves_the_old_text(fmt, ugly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", broken)
    code, _, err = fmt(ugly)
    assert code == 1
    assert "no space left" in err
    assert ugly.read_text() == UGLY
    assert list(ugly.parent.iterdir()) == [ugly]
