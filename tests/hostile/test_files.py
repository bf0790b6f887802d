"""Hostile files that a program reads: one diagnostic that says which and why, and nothing outside is ever opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

import altac
from altac.check.files import LARGEST, MOST_WORDS
from altac.cli.main import run
from altac.diagnostics import AltacError

SECRET = "the password is 1234"
PROGRAM = (
    'program p\nconst C = {call}\ninput bits: {{"0", "1"}}\nvar x: 0..9 = 0\nstep:\n    x := 1\nlayers 1\noutput x\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program's own, and a secret beside it."""
    own = tmp_path / "own"
    (own / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_text(SECRET)
    (own / "link").symlink_to(tmp_path / "secret")
    (own / "linked").symlink_to(tmp_path)
    (own / "ring").symlink_to(own / "other_ring")
    (own / "other_ring").symlink_to(own / "ring")
    (own / "device").symlink_to("/dev/zero")
    os.mkfifo(own / "pipe")
    (own / "words").write_text("a\nb\n")
    return tmp_path


def refusal(folder: Path, call: str) -> str:
    path = folder / "own" / "p.alta"
    path.write_text(PROGRAM.format(call=call))
    with pytest.raises(AltacError) as caught:
        altac.compile(path)
    (one,) = caught.value.diagnostics
    assert one.span is not None
    assert SECRET not in str(caught.value)
    return f"{one.code} {one.message}"


OUTSIDE = [
    "../secret",
    "{folder}/secret",
    "link",
    "linked/secret",
    "../missing",
    "/etc/passwd",
    "device",
    "folder/../../x",
]


@pytest.mark.parametrize("function", ["lines", "table"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_opened(function: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies outside is refused in the same words whether it is there or not."""
    opened: list[object] = []

    def read(*arguments: object) -> None:
        opened.append(arguments)

    monkeypatch.setattr("altac.check.imports.read_source", read)
    name = name.format(folder=folder)
    said = refusal(folder, f'{function}("{name}")')
    assert said == f"E0212 cannot read `{name}`: it is not in the folder of the program"
    assert opened == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "no such file or directory"),
        ("folder", "is a directory"),
        ("pipe", "it is not a regular file"),
        ("ring", "too many levels of symbolic links"),
        ("words/x", "not a directory"),
        ("a" * 300, "file name too long"),
    ],
)
def test_what_is_no_file_is_told(name: str, reason: str, folder: Path) -> None:
    assert refusal(folder, f'lines("{name}")') == f"E0212 cannot read `{name}`: {reason}"


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path) -> BinaryIO:
        if path.name == "words":
            raise PermissionError(13, os.strerror(13), str(path))
        return path.open("rb")

    monkeypatch.setattr("altac.syntax.parse.open_regular", opened)
    assert refusal(folder, 'lines("words")') == "E0212 cannot read `words`: permission denied"


DEEP = b"[" * 1_000_000
CONTENTS: dict[str, tuple[bytes, str, str]] = {
    "binary lines": (b"a\n\xff\xfe\n", "lines", "E0212 cannot read `data`: line 2 is not UTF-8 text"),
    "binary table": (b"\x80", "table", "E0212 cannot read `data`: line 1 is not UTF-8 text"),
    "huge": (b"a\n" * (LARGEST // 2 + 1), "lines", f"E0212 cannot read `data`: it is larger than {LARGEST:,} bytes"),
    "weights": (b"PK\x03\x04", "lines", "E0212 cannot read `data`: it is a file of weights, not a program"),
    "many lines": (b"a\n" * (MOST_WORDS + 1), "lines", "E0213 `data` has more than 200,000 lines"),
    "no lines": (b"", "lines", "E0213 `data` is empty, and each of its lines would be a symbol"),
    "line breaks": (b"a\r\nb\r\n\r\n", "lines", "E0213 line 3 of `data` is empty, and every line is a symbol"),
    "no table": (b"", "table", "E0214 `data` is not JSON: expecting value in line 1, column 1"),
    "cut off": (b'{"a": [1, ', "table", "E0214 `data` is not JSON: expecting value in line 1, column 11"),
    "two values": (b"1 2", "table", "E0214 `data` is not JSON: extra data in line 1, column 3"),
    "null bytes": (b'"\0"', "table", "E0214 `data` is not JSON: invalid control character at in line 1, column 2"),
    "deep": (DEEP, "table", "E0214 `data` is nested more than 20 levels deep"),
    "deep and whole": (b"[" * 500 + b"]" * 500, "table", "E0214 `data` is nested more than 20 levels deep"),
    "a key twice": (b'{"a": 1, "a": 1}', "table", 'E0214 an object in `data` has the key "a" twice'),
    "no number": (b"[NaN]", "table", "E0214 `data` holds the number NaN, which is none"),
    "minus infinity": (b"-Infinity", "table", "E0214 `data` holds the number -Infinity, which is none"),
    "an exponent": (b"1e999999999", "table", "E0214 `data` holds the number 1e999999999, which has too many digits"),
    "a long exponent": (
        b"1e" + b"9" * 100,
        "table",
        f"E0214 `data` holds the number 1e{'9' * 35}..., which has too many digits",
    ),
    "digits": (b"9" * 5000, "table", f"E0214 `data` holds the number {'9' * 37}..., which has too many digits"),
    "many values": (b"[" + b"0," * 2_000_000 + b"0]", "table", "E0214 `data` holds more than 2,000,000 values"),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_what_is_in_a_file_is_told(case: str, folder: Path) -> None:
    data, function, message = CONTENTS[case]
    (folder / "own" / "data").write_bytes(data)
    assert refusal(folder, f'{function}("data")') == message


def test_null_bytes_in_a_name_and_in_lines(folder: Path) -> None:
    assert refusal(folder, 'lines("wo\0rds")').startswith("E0212 cannot read `wo\0rds`: ")
    path = folder / "own" / "q.alta"
    (folder / "own" / "words").write_bytes(b"a\0b\n")
    path.write_text('program p\ninput text: W\nconst W = lines("words")\nlayers 0\nstep:\n    pass\noutput token\n')
    assert altac.run(path, "a\0b").output == ("a\0b",)


def test_a_byte_order_mark_is_no_part_of_the_first_line(folder: Path) -> None:
    path = folder / "own" / "q.alta"
    (folder / "own" / "words").write_bytes(b"\xef\xbb\xbfa\r\nb")
    (folder / "own" / "table").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    path.write_text(PROGRAM.format(call='lines("words")[0]').replace("x := 1", 'x := table("table")[C]'))
    assert altac.run(path, "0").output == (1,)


def test_all_files_together_have_a_greatest_size(folder: Path) -> None:
    for name in ("one", "two", "three"):
        (folder / "own" / name).write_text("a" * 15_000_000)
    said = refusal(folder, 'len(lines("one")) + len(lines("two")) + len(lines("three"))')
    assert said == "E0212 with `three` the program reads more than 40,000,000 characters from files"


def test_a_program_without_a_file_has_none_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "own")
    with pytest.raises(AltacError, match=r"E0212.*cannot read `words`: this program is a text"):
        altac.compile(PROGRAM.format(call='lines("words")'))


def test_what_is_read_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "own" / "p.alta"
    (folder / "own" / "data.pt").write_text("a\n")
    path.write_text(PROGRAM.format(call='lines("data.pt")'))
    assert run(["compile", str(path), "-o", str(folder / "own" / "data.pt")]) == 2
    assert "would overwrite the input" in capsys.readouterr().err
    assert (folder / "own" / "data.pt").read_text() == "a\n"


def test_the_user_may_allow_another_folder(folder: Path) -> None:
    path = folder / "own" / "p.alta"
    path.write_text(PROGRAM.format(call='lines("../secret")'))
    assert altac.compile(path, imports_from=folder)("0") == "1"
