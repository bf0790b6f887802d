"""Hostile programs: always a diagnostic, within 1 GB and bounded time, never a traceback."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.support import HEAD, ROOT, TAIL, checked, explained, limited, program, refused

N = 10_000
MEGABYTE = 1_000_000
CONSTANT = "const A = {}\n"


def blocks(count: int, line: str, inside: str = "a := 1") -> str:
    """So many blocks inside each other, indented by one blank each."""
    return "".join(" " * (one + 1) + line + "\n" for one in range(count)) + " " * (count + 1) + inside + "\n"


def many(count: int, text: str) -> str:
    """So many times the same text, with its number for `{i}`."""
    return "".join(text.format(i=i) for i in range(count))


def alphabet(domain: str) -> str:
    """The beginning of a program that reads other symbols."""
    return HEAD.replace("0..1", domain, 1)


def chain(count: int, first: str, following: str) -> str:
    """Declarations of which each uses the one before; `{i}` and `{j}` are its number and the last one's."""
    return first + "".join(following.format(i=i, j=i - 1) for i in range(1, count))


def branches(count: int) -> str:
    """So many `else` inside each other."""
    margins = [" " * one for one in range(1, count + 1)]
    return "".join(f"{one}if a == 1:\n{one} pass\n{one}else:\n" for one in margins[:-1]) + margins[-1] + "pass\n"


# What each of these texts is told; "" for programs that are right. All of them are checked in one process.
CASES: dict[str, tuple[str, str]] = {
    # nesting
    "parentheses": (program(CONSTANT.format("(" * N + "1" + ")" * N)), "E0006"),
    "parentheses that never close": (program(CONSTANT.format("(" * N)), "E0003"),
    "parentheses that never opened": (")" * N, "E0001"),
    "lists": (program(CONSTANT.format("[" * N + "1" + "]" * N)), "E0006"),
    "sets": (program(CONSTANT.format("{" * N + "1" + "}" * N)), "E0006"),
    "not": (program(CONSTANT.format("not " * N + "true")), "E0006"),
    "minus": (program(CONSTANT.format("-" * N + "1")), "E0006"),
    "sums": (program(CONSTANT.format("1" + " + 1" * N)), "E0006"),
    "comparisons": (program("", f"    a := 1 if a{' < a' * N} else 0\n"), "E0006"),
    "choices": (program("", f"    a := {'1 if a == 1 else ' * 5000}0\n"), "E0006"),
    "calls": (program("def f(x) = x\n", f"    a := {'f(' * N}a{')' * N}\n"), "E0006"),
    "indices": (program("", f"    a := a{'[0]' * N}\n"), "E0006"),
    "blocks": (program("", blocks(1900, "if a == 1:")), "E0006"),
    "blocks in else": (program("", branches(800)), "E0006"),
    "blocks in match": (program("", blocks(1900, "match a:")), "E0001"),
    "branches": (program("", "    if a == 1:\n        a := 2\n" + "    elif a == 1:\n        a := 1\n" * 500), ""),
    "constants in constants": (program(chain(8000, "const A0 = [1]\n", "const A{i} = [A{j}]\n")), "E0006"),
    "generators": (program(CONSTANT.format("[1" + "".join(f" for i{k} in 0..0" for k in range(5000)) + "]")), ""),
    # a megabyte on one line
    "a long name": (program(f"const {'a' * MEGABYTE} = 1\n"), ""),
    "a long unknown name": (program("", f"    a := {'b' * MEGABYTE}\n"), "E0101"),
    "a long symbol": (program(CONSTANT.format('"' + "a" * MEGABYTE + '"')), ""),
    "a long symbol that never ends": (program(CONSTANT.format('"' + "a" * MEGABYTE)), "E0003"),
    "wrong escapes": (program(CONSTANT.format('"' + "\\n" * (MEGABYTE // 2) + '"')), "E0008"),
    "backslashes": ('"' + "\\" * (MEGABYTE + 1), "E0003"),
    "a long comment": (program("#" * MEGABYTE + "\n"), ""),
    "a long number": (program(CONSTANT.format("9" * MEGABYTE)), "E0011"),
    "numbers and signs": (program(CONSTANT.format("1" + " + 1" * (MEGABYTE // 4))), "E0012"),
    "a long list": (program(CONSTANT.format("[" + "1," * (MEGABYTE // 2) + "]")), "E0012"),
    "blanks": (program(" " * MEGABYTE + "\n"), ""),
    "blanks before a word": (" " * MEGABYTE + "x", "E0001"),
    "tabs": ("\t" * MEGABYTE, "E0010"),
    "tabs before a word": ("\t" * MEGABYTE + "x", "E0004"),
    "quotes": ('"' * (MEGABYTE + 1), "E0003"),
    "colons": (":" * MEGABYTE, "E0012"),
    "other letters": ("é" * (MEGABYTE // 2), "E0002"),
    "brackets": ("[](){}" * (MEGABYTE // 6), "E0012"),
    # a megabyte on many lines
    "line breaks": ("\n" * MEGABYTE, "E0010"),
    "carriage returns": ("\r" * MEGABYTE, "E0010"),
    "words": ("x\n" * (MEGABYTE // 2), "E0012"),
    "statements that are none": (program("", "    a : 1\n" * 7000), "E0001"),
    "declarations that are none": ("const A 1\n" * 10_000, "E0001"),
    "lines that open brackets": ("const A = (\n" * 9000, "E0003"),
    "wrong indentation": (program("", "    if a == 1:\n         a := 1\n       a := 1\n" * 3000), "E0004"),
    "a docstring": ('"""' + "a\n" * (MEGABYTE // 2) + '"""\n' + program(), ""),
    "a docstring that never ends": ('"""' + "a\n" * (MEGABYTE // 2), "E0003"),
    "100,000 constants": (program("".join(f"const A{i} = 1\n" for i in range(100_000))), "E0012"),
    "100,000 assignments": (program("", "    a := 1\n" * 100_000), "E0012"),
    "100,000 variables": (program("".join(f"var v{i}: 0..1 = 0\n" for i in range(100_000))), "E0007"),
    # many mistakes, of which the first are told
    "unknown names": (program(CONSTANT.format("[" + ", ".join(f"b{i}" for i in range(20_000)) + "]")), "E0101"),
    "unknown names in statements": (program("", "".join(f"    a := b{i}\n" for i in range(9000))), "E0101"),
    "unknown types": (program("".join(f"var v{i}: Q{i} = 0\n" for i in range(6000))), "E0101"),
    "twice the same": (program("const A = 1\n" * 9000), "E0102"),
    "long names that are alike": (
        program("".join(f"const {'a' * 300}{i} = 1\n" for i in range(3000)), f"    a := {'a' * 300}x\n"),
        "E0101",
    ),
    "outputs": (program(tail=TAIL + "output a\n" * 9000), "E0009"),
    # domains of 10^12 and other numbers
    "a range": (program("var b: 0..1000000000000 = 0\n"), "E0201"),
    "a range of a product": (program("const M = 1000000\nvar b: -M*M..M*M = 0\n"), "E0201"),
    "a range with a power": (program("var b: 0..10**12 = 0\n"), "E0001"),
    "a range with an exponent": (program("var b: 0..1e12 = 0\n"), "E0001"),
    "a range with underscores": (program("var b: 0..1_000_000_000_000 = 0\n"), "E0001"),
    "a comprehension": (program("var b: {i * j for i in 0..1000000 for j in 0..1000000} = 0\n"), "E0201"),
    "an alphabet": (program(head=alphabet("0..1000000000000")), "E0201"),
    "a length": (program(head=alphabet("0..1 up to 1000000000000")), "E0206"),
    "a frame": (program('frame "s" * 1000000000000 x\n'), "E0206"),
    "layers": (program(tail="layers 1000000000000\noutput a\n"), "E0206"),
    "offsets": (program("head h = a at -1000000000000..5\n"), "E0406"),
    "a loop": (program("", "    for i in 0..1000000000000:\n        a := 1\n"), "E0201"),
    "a case": (program("", "    match a:\n        case 0..1000000000000: a := 1\n"), "E0201"),
    # comprehensions and functions that explode
    "a product of generators": (program(CONSTANT.format("{a for a in 0..99 for b in 0..99 for c in 0..99}")), "E0111"),
    "nested comprehensions": (program(CONSTANT.format("{len({j for j in 0..999}) for i in 0..999}")), "E0111"),
    "sets of ranges": (program(CONSTANT.format("{i..99999 for i in 0..9999}")), "E0111"),
    "nested loops": (program("", "    for i in 0..999:\n        for j in 0..999:\n            a := 1\n"), "E0111"),
    "lists that double": (program(chain(60, "const A0 = [1]\n", "const A{i} = [A{j}, A{j}]\n")), "E0201"),
    "functions that double": (
        program(chain(30, "def f0(x) = x\n", "def f{i}(x) = f{j}(x) + f{j}(x)\n"), "    a := f29(a)\n"),
        "E0111",
    ),
    # encodings
    "invalid UTF-8": (program("# \udcff\n"), "E0007"),
    "half of a pair": (program(CONSTANT.format('"\ud800"')), "E0007"),
    "UTF-16": ("\udcff\udcfep\0r\0", "E0007"),
    "line breaks of Windows": (program().replace("\n", "\r\n"), ""),
    "line breaks of old": (program().replace("\n", "\r"), ""),
    "a byte-order mark": ("\ufeff" + program(), ""),
    "two byte-order marks": ("\ufeff\ufeff" + program(), "E0002"),
    "a byte-order mark inside": (program("\ufeffconst A = 1\n"), "E0002"),
    "a null": (program("const A\0 = 1\n"), "E0002"),
    "nulls": ("\0" * 1000, "E0002"),
    "tabs mixed with blanks": (program("", "    if a == 1:\n\ta := 1\n"), "E0004"),
    "a tab after blanks": (program("", "    if a == 1:\n    \ta := 1\n"), "E0004"),
    "a wide letter": (program("const Ａ = 1\n"), "E0002"),
    "a Cyrillic letter": (program("const А = 1\n"), "E0002"),
    "a blank of no width": (program("const A\u200b = 1\n"), "E0002"),
    "another digit": (program(CONSTANT.format("٣")), "E0002"),
    "other line breaks": (program("const A = 1\u2028\x0b\x85\n"), "E0002"),
    "control characters": (program("", '    a := "\x1b[31m"\n'), "E0301"),
    "nothing": ("", "E0010"),
    # examples
    "a long example": (program(tail=TAIL + f'example "{"0 " * (MEGABYTE // 2)}" -> [1]\n'), ""),
    "a long wrong example": (program(tail=TAIL + f'example "{"z" * MEGABYTE}" -> 1\n'), "E0503"),
    "a long output": (program(tail=TAIL + f'example "0" -> "{"z" * MEGABYTE}"\n'), "E0503"),
}  # fmt: skip


HEAVY = {  # seconds on a slow machine
    *(
        "parentheses",
        "lists",
        "sets",
        "sums",
        "choices",
        "calls",
        "indices",
        "not",
        "minus",
        "blocks",
        "blocks in else",
    ),
    *("constants in constants", "generators", "line breaks", "carriage returns", "unknown names", "unknown types"),
    *("unknown names in statements", "twice the same", "outputs", "long names that are alike", "branches"),
    *("a product of generators", "nested comprehensions", "sets of ranges", "nested loops", "functions that double"),
}


def told(names: list[str], folder: Path) -> dict[str, set[str]]:
    """The errors of some texts, from one process; those that are as they should be are left out."""
    paths = {}
    for number, name in enumerate(names):
        text, _ = CASES[name]
        paths[name] = folder / f"{number}.alta"
        paths[name].write_bytes(text.encode(errors="surrogatepass" if "\ud800" in text else "surrogateescape"))
    codes = checked(*paths.values())
    assert max(map(len, codes.values())) <= 600
    found = {name: {one for one in codes[str(path)] if one.startswith("E")} for name, path in paths.items()}
    return {name: found[name] for name in names if (CASES[name][1] or None) not in (found[name] or {None})}


LIGHT = [name for name in CASES if name not in HEAVY]


@pytest.mark.parametrize("start", range(0, len(LIGHT), 15))
def test_hostile_texts_are_told_what_is_wrong(start: int, tmp_path: Path) -> None:
    assert told(LIGHT[start : start + 15], tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HEAVY))
def test_texts_that_take_long_stay_within_the_limits(name: str, tmp_path: Path) -> None:
    assert told([name], tmp_path) == {}


# Any bytes ----------------------------------------------------------------------------------------------------

SOURCES = sorted([*ROOT.glob("programs/*.alta"), *ROOT.glob("tests/errors/*.alta")])
PIECES = [re.findall(r'\w+|[ \t]+|\n|"[^"\n]*"|[^\w\s]+|\s', path.read_text(encoding="utf-8")) for path in SOURCES]
WORDS = sorted(
    {piece for pieces in PIECES for piece in pieces} | {"\t", "\r", "\ufeff", "\0", "é", "99999", '"', "(", "}"}
)
ANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A program of the repository in which words are gone, moved, doubled or others."""
    pieces = list(draw(st.sampled_from(PIECES)))
    for _ in range(draw(st.integers(1, 6))):
        here, there = draw(st.integers(0, len(pieces))), draw(st.integers(0, len(pieces)))
        few = slice(here, here + draw(st.integers(0, 8)))
        match draw(st.integers(0, 3)):
            case 0:
                pieces[few] = [draw(st.sampled_from(WORDS))]
            case 1:
                pieces[few] = []
            case 2:
                pieces[there:there] = pieces[few]
            case 3:
                pieces[few] = reversed(pieces[few])
    return "".join(pieces)


@ANY
@given(st.binary(max_size=300))
def test_random_bytes_are_explained(data: bytes) -> None:
    explained(data)


@ANY
@given(st.text(alphabet=st.sampled_from('abcx019 \t\n\r"#()[]{}:=.,+-*/<>|&^?\\_é\ufeff\0'), max_size=200))
def test_random_signs_are_explained(text: str) -> None:
    explained(program(text + "\n").encode())


@ANY
@given(mutated())
def test_mutated_programs_are_explained(text: str) -> None:
    explained(text.encode())


# Proofs that explode ------------------------------------------------------------------------------------------

WIDE = many(4, "var w{i}: 0..99 = 0\n")
LONG = many(4, "var w{i}: 0..9999 = 0\n")
DIGITS = many(60, "var b{i}: 0..9 = 0\n")
PAIRS = " or ".join(f"b{i} == b{i + 30}" for i in range(30))
SETS = "type S = {{i, i + j} for i in 0..300 for j in 1..30}\nvar s: S = {0, 1}\nvar t: S = {0, 1}\n"
RELATION = "head h{i} = a where key.w * query.w % 7 == {i}\n"
SQUARES = "type V = {k * k for k in 0..490}\nvar v: V = 0\n"
UP_TO = "0..1 up to 1000"
EVEN = "const O = {2 * k for k in 0..4999}\n"
EXPLODING = {
    "assignments": (
        program(WIDE + many(20, "var s{i}: bool = false\n"), many(20, "    s{i} := w0 * w1 == w2 * w3 + {i}\n")),
        "E0306",
    ),
    "conditions": (program(WIDE, many(20, "    if w0 * w1 == w2 * w3 + {i}:\n        a := 1\n")), "E0306"),
    "a halt": (program(WIDE, tail="halt when w0 * w1 == w2 * w3\noutput a where w0 * w1 + 1 == w2 * w3\n"), "E0306"),
    "pairs in a bad order": (program(DIGITS, f"    a := 1 if {PAIRS} else 0\n"), "E0306"),
    "a sum": (program(LONG, "    w0 := w1 + w2 + w3\n"), "E0306"),
    "equality": (program(LONG, "    if w0 == w1:\n        a := 1\n"), "E0306"),
    "order": (program(LONG, "    if w0 < w1:\n        a := 1\n"), "E0306"),
    "initial values": (
        program(many(200, "var w{i}: 0..9 = (token * token * token * token) % 10\n"), head=alphabet("0..9999")),
        "E0306",
    ),
    "relations": (program("var w: 0..1999 = 0\n" + many(7, RELATION)), "E0413"),
    "many large variables": (program("type T = 0..9999\n" + many(2000, "var w{i}: T = 0\n")), "E0111"),
    "sets": (program(SETS, "    a := len(s | t)\n"), "E0306"),
    "distances": (
        program(EVEN + many(500, "head h{i} = a at O\n"), head=alphabet(UP_TO + "00")),
        "E0111",
    ),
    "means": (
        program(SQUARES + many(300, "head h{i} = mean v at -1..0\n"), head=alphabet(UP_TO)),
        "E0409",
    ),
    "frames": (program("frame " + '"s" * 100000 ' * 100 + " x\n"), "E0111"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPLODING)
def test_explosions_end_in_one_error(name: str, tmp_path: Path) -> None:
    text, code = EXPLODING[name]
    path = tmp_path / "explodes.alta"
    path.write_text(text)
    found = {one for one in checked(path)[str(path)] if one.startswith("E")}
    assert found == {code}


def test_comparisons_of_large_domains_are_proved(tmp_path: Path) -> None:
    path = tmp_path / "large.alta"
    relation = "var w: 0..1999 = 0\nhead h = a where key.w == query.w\nhead i = a where key.w <= query.w\n"
    path.write_text(program(relation, "    a := 1 if h == i else 0\n"))
    assert checked(path)[str(path)] == []


def test_what_is_said_of_enormous_names_is_short(tmp_path: Path) -> None:
    path = tmp_path / "long.alta"
    path.write_text(program(f"var {'v' * (MEGABYTE // 2)}: 0..1 = 2\n", f"    a := {'b' * MEGABYTE}\n"))
    assert len(refused(limited("check", path), "E0101", "E0301")) < 10_000
    assert len(limited("check", "--json", path).stdout) < 10_000


# Files --------------------------------------------------------------------------------------------------------


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder / "main.alta"


def importing(count: int) -> dict[str, str]:
    """Files that import each other in a circle."""
    names = ["main.alta", *(f"f{i}.alta" for i in range(1, count))]
    following = [*names[1:], names[0]]
    return {
        name: f'import "{other}"\n' + (program() if name == "main.alta" else "")
        for name, other in zip(names, following, strict=True)
    }


IMPORTS = {
    "of itself": importing(1),
    "of two": importing(2),
    "of three": importing(3),
    "of a missing file": {"main.alta": 'import "missing.alta"\n' + program()},
    "of a folder": {"main.alta": 'import "."\n' + program()},
    "of a device": {"main.alta": 'import "/dev/zero"\n' + program()},
    "of a long name": {"main.alta": f'import "{"x" * 100_000}"\n' + program()},
    "of a long chain": {
        "main.alta": 'import "f0.alta"\n' + program(),
        **{f"f{i}.alta": f'import "f{i + 1}.alta"\n' for i in range(1000)},
    },
    "of many": {
        "main.alta": "".join(f'import "f{i}.alta"\n' for i in range(1000)) + program(),
        **{f"f{i}.alta": f"const A{i} = 1\n" for i in range(1000)},
    },
    "of long files": {
        "main.alta": "".join(f'import "f{i}.alta"\n' for i in range(50)) + program(),
        **{f"f{i}.alta": f"const A{i} = [{'1, ' * 10_000}]\n" for i in range(50)},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", IMPORTS)
def test_imports_end(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, IMPORTS[name])
    assert checked(path)[str(path)] == ["E0504"]


def test_imports_through_links_end(tmp_path: Path) -> None:
    path = written(tmp_path, {"main.alta": 'import "link.alta"\n' + program()})
    (tmp_path / "link.alta").symlink_to(path)
    assert "declares more than names" in refused(limited("check", path), "E0504")
    path.write_text('import "names.alta"\n' + program())
    (tmp_path / "names.alta").write_text('import "link.alta"\n')
    (tmp_path / "link.alta").unlink()
    (tmp_path / "link.alta").symlink_to("names.alta")
    assert "import each other" in refused(limited("check", path), "E0504")
    path.write_text('import "here/names.alta"\n' + program())
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "names.alta").write_text('import "here/names.alta"\n')
    assert checked(path)[str(path)] == ["E0504"]
    path.write_text('import "loop.alta"\n' + program())
    (tmp_path / "loop.alta").symlink_to("loop.alta")
    assert checked(path)[str(path)] == ["E0504"]
    path.write_text('import "binary.alta"\n' + program())
    (tmp_path / "binary.alta").write_bytes(os.urandom(1000) + b"\xff")
    assert checked(path)[str(path)] == ["E0504"]


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.alta")
    (tmp_path / "loop.alta").symlink_to("loop.alta")
    (tmp_path / "folder.alta").mkdir()
    with (tmp_path / "huge.alta").open("wb") as file:
        file.truncate(10**12)
    others = ["/dev/zero", "missing.alta", "huge.alta/x", "x" * 300]
    paths = [*sorted(tmp_path.iterdir()), *(tmp_path / name for name in others)]
    for path in paths:
        refused(limited("check", path), "E0007")
        if path.name != "folder.alta":
            refused(limited("fmt", path), "E0007")


ABSURD = ["9" * 100_000, "x" * 100_000, "-" + "9" * 30, "1e999999999", "1/0", "nan", "", "[1]", "\u0663"]


@pytest.mark.parametrize("value", [*(f"N={value}" for value in ABSURD), "M=3"])
def test_absurd_parameters_are_refused(value: str, tmp_path: Path) -> None:
    path = tmp_path / "parameter.alta"
    path.write_text(program("param N = 3\nvar b: 0..N = 0\n"))
    refused(limited("check", path, "-D", value), "error[E020")


def test_a_parameter_that_is_no_text_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "parameter.alta"
    path.write_text(program('param N = "a"\nvar b: {N, "b"} = N\n'))
    refused(limited("check", path, "-D", b"N=\xff".decode(errors="surrogateescape")), "not UTF-8", code=2)


def test_tables_of_the_grammar_are_read_only_from_a_folder_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "right.alta"
    path.write_text(program())
    home, others = tmp_path / "home", tmp_path / "others"
    for folder in (home / "altac", others / "altac"):
        folder.mkdir(parents=True)
    (others / "altac").chmod(0o777)
    for folder in (home, others, tmp_path / "right.alta"):  # one's own, one that all can write to, none at all
        assert limited("check", path, env={"XDG_CACHE_HOME": str(folder), "TMPDIR": str(tmp_path)}).returncode == 0
    assert [file.name[:8] for file in (home / "altac").iterdir()] == ["grammar-"]
    assert list((others / "altac").iterdir()) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home", "others", "right.alta"]
    (tables,) = (home / "altac").iterdir()
    tables.write_bytes(tables.read_bytes()[:1000])  # as an interrupt may leave it
    assert limited("check", path, env={"XDG_CACHE_HOME": str(home)}).returncode == 0


def test_names_of_files_need_not_be_text(tmp_path: Path) -> None:
    path = tmp_path / b"\xff.alta".decode(errors="surrogateescape")
    path.write_text(program())
    assert limited("check", path).returncode == 0
    assert b"\\xff.alta" in limited("fmt", "--check", path).stdout
    path.write_text(program("const A = B\n"))
    refused(limited("check", path), "\\xff.alta:4:11")
    assert b"E0101" in limited("check", "--json", path).stdout
