"""What `lines` and `table` make of files, where the names of files lead, and lists in the place of domains."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import altac
from altac.check import check_file
from altac.check.files import DataFiles
from altac.check.imports import Folder
from altac.data.schema import program_digest
from altac.diagnostics import AltacError
from altac.ir.values import Table, Value
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.mentions import walk
from tests.support import nonempty

BODY = "input bits: 0..1\nvar x: {values} = {first}\nstep:\n    x := {value}\nlayers 1\noutput x\n"


def plain(value: Value) -> object:
    """A value with dictionaries for tables, and its kinds beside equal numbers."""
    if isinstance(value, Table):
        return {key: plain(value[key]) for key in value}
    return [plain(one) for one in value] if isinstance(value, tuple) else (type(value).__name__, value)


def constant(folder: Path, text: str, call: str) -> Value:
    """What a constant of a file stands for."""
    (folder / "data").write_text(text, encoding="utf-8")
    path = folder / "p.alta"
    path.write_text(f"const D = {call}\nprogram p\n{BODY.format(values='0..1', first=0, value=1)}")
    source = read_source(path)
    tree = parse_source(source)
    check_file(tree)
    (written,) = [one for one in walk(tree) if isinstance(one, t.Call)]
    return DataFiles(Folder.of(source)).value(written)


JSON: list[tuple[str, object]] = [
    ("7", ("int", 7)),
    ("-0", ("int", 0)),
    ("1.50", ("Fraction", Fraction(3, 2))),
    ("0.1", ("Fraction", Fraction(1, 10))),
    ("2.0", ("int", 2)),
    ("1e3", ("int", 1000)),
    ("-25E-1", ("Fraction", Fraction(-5, 2))),
    ("123456789012345678901234567890", ("int", 123456789012345678901234567890)),
    ("0.12345678901234567890123456789", ("Fraction", Fraction(12345678901234567890123456789, 10**29))),
    ("true", ("bool", True)),
    ("null", ("NoneType", None)),
    ('"a \\"b\\" \\u00e9"', ("str", 'a "b" é')),
    ("[1, [true], {}]", [("int", 1), [("bool", True)], {}]),
    ('{"1": {"a": 0.5}, "b": null}', {"1": {"a": ("Fraction", Fraction(1, 2))}, "b": ("NoneType", None)}),
]


@pytest.mark.parametrize(("text", "expected"), JSON)
def test_json_is_read_exactly(text: str, expected: object, tmp_path: Path) -> None:
    assert plain(constant(tmp_path, text, 'table("data")')) == expected


@pytest.mark.parametrize("text", ["a\nturn left\n b", "a\nturn left\n b\n", "a\r\nturn left\r\n b\r\n"])
def test_every_line_is_a_symbol_as_it_stands(text: str, tmp_path: Path) -> None:
    assert constant(tmp_path, text, 'lines("data")') == ("a", "turn left", " b")


def test_a_name_leads_from_the_file_that_it_stands_in(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "words").write_text("here\n")
    (tmp_path / "sub" / "words").write_text("there\n")
    (tmp_path / "sub" / "names.alta").write_text('const THERE = lines("words")\ndef again() = lines("../words")[0]\n')
    path = tmp_path / "p.alta"
    body = BODY.format(values='{"here", "there"}', first='"here"', value="THERE[0]")
    path.write_text(f'import "sub/names.alta"\nconst HERE = lines("./words")\nprogram p\n{body}')
    compiled = altac.compile(path)
    assert compiled("0") == "there"
    assert set(compiled.program.imports) == {"sub/names.alta", "sub/words", "words"}
    path.write_text(path.read_text().replace("THERE[0]", 'lines("sub/words")[0] if token == 0 else HERE[0]'))
    assert altac.compile(path)("0 1") == "there here"


@pytest.mark.parametrize("name", ["lines", "table"])
def test_programs_may_use_the_names_themselves(name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.alta"
    uses = {
        f"const {name} = {{0: 4, 1: 5}}\n": f"{name}[token]",
        f"def {name}(n) = n + 4\n": f"{name}(token)",
        f"param {name} = 4\n": f"token + {name}",
    }
    for declaration, value in nonempty(uses.items()):
        path.write_text(f"{declaration}program p\n{BODY.format(values='0..9', first=0, value=value)}")
        assert altac.compile(path)("0 1") == "4 5"


def test_a_named_list_is_a_domain_of_its_elements() -> None:
    body = 'program p\nconst L = ["b", "a"]\ntype T = L\ninput text: L\nvar x: T = token\n'
    body += "layers 0\nstep:\n    pass\noutput x\n"
    compiled = altac.compile(body)
    assert compiled.program.interface.alphabet.values == ("a", "b")
    assert compiled("b a") == "b a"
    with pytest.raises(AltacError) as caught:
        altac.compile(body.replace('"a"]', '"a", "b"]'))
    assert [one.code for one in caught.value.diagnostics] == ["E0205"]
    assert 'this list has "b" twice' in str(caught.value)


def test_the_hash_of_a_program_knows_what_its_files_say(tmp_path: Path) -> None:
    path, data = tmp_path / "p.alta", tmp_path / "data.json"
    text = 'program p\nconst W = table("data.json")\ninput text: {"a", "b", "c"} else "c"\nlayer l:\n    pass\n'
    path.write_text(text + 'score s: {"x", "y"} = W[token]\noutput s\n')
    hashes = []
    for content in ('{"a": {"x": 1}}', '{"a":   {"x": 1.0}}', '{"a": {"x": 2}}'):
        data.write_text(content)
        hashes.append(program_digest(altac.compile(path).program))
    assert hashes[0] == hashes[1] != hashes[2]
    path.write_text(path.read_text().replace(' else "c"', ""))
    assert program_digest(altac.compile(path).program) not in hashes
