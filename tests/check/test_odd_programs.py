"""Whatever is written, the answer is a program or diagnostics that can be shown, never another exception."""

from __future__ import annotations

import pytest

from altac.check import check_file
from altac.diagnostics import AltacError, Diagnostic, Source, diagnostic_record, render_all
from altac.syntax import parse_source
from tests.support import nonempty

STEP = "step:\n    "
CHAIN = "".join(f"def d{i}(x) = d{i - 1}(d{i - 1}(x))\n" for i in range(1, 30))
SQUARES = "".join(f"def s{i}(x) = s{i - 1}(x) * s{i - 1}(x)\n" for i in range(1, 12))
LETS = "".join(f"let a{i} = a{i - 1} + 1\n    " for i in range(1, 500))

ACCEPTED = {
    "conditional constant": "const A = 1 if true else 1 // 0\n",
    "short-circuit constant": "const A = true or 1 // 0 == 1\n",
    "nested comprehensions": "const A = [a for a in [b for b in [c for c in 0..3] if b > 1]]\n",
    "table over mixed keys": 'const A = {y: 1 for y in {"a", 2, none}}\n' + STEP + 'x := A["a"]\n',
    "optional union type": 'type T = 0..3\ntype U = T | {"a"}\nvar y: U? = none\n' + STEP + "y := y\n    x := 1\n",
    "function without parameters": "def f() = 1\n" + STEP + "x := f()\n",
    "function of a later function": "def f(y) = g(y)\ndef g(y) = y\n" + STEP + "x := f(1)\n",
    "parameter that hides a variable": "def f(x) = x + 1\n" + STEP + "x := f(1)\n",
    "comprehension that hides a parameter": "def f(y) = [y for y in 0..3]\n" + STEP + "x := f(1)[0]\n",
    "sets as state": 'var s: {{"a"}, {"b"}, {"a", "b"}, {}} = {}\n' + STEP + 's := s | {"a"}\n    x := len(s)\n',
    "a set that is compared with one of symbols": 'var s: {{"a"}, {"b"}, {}} = {}\n'
    + STEP
    + 'if s == {"a"} or {token} != s and s not in {{"b"}}:\n        x := 2\n',
    "membership in a variable set": "var s: {{1}, {2}} = {1}\n" + STEP + "if x in s:\n        x := 2\n",
    "number": "var y: number = 0\n" + STEP + "y := y\n    x := 1\n",
    "own position": "head h = x at 0\n" + STEP + "x := h\n",
    "numbers as alphabet": 'input bits: 0..9\nframe "1" bits\n',
    "frame with repetition": 'frame "a" * 3 bits "b" * 0\n',
    "captures and guards": STEP
    + 'match x, token:\n        case 0, "0": x := 1\n        case y, z if y > 1 and z == "1": x := y\n'
    + "        case _, _: pass\n",
    "round of a loop as pattern": STEP
    + "match x:\n        case 9: x := 0\n        case _: pass\n    for n in 0..3:\n"
    + "        match x:\n            case n: x := n + 1\n            case _: pass\n",
    "pattern of a range of symbols": STEP + 'match token:\n        case "0".."9": x := 1\n        case _: pass\n',
    "range of one symbol": 'var y: "a".."a" = "a"\n' + STEP + 'x := 1 if token in "0".."0" else 2\n',
    "range over what is no character": 'var y: "\ud7f0".."\ue010" = "\ue000"\n',
    "alphabet of ranges": 'input bits: "0".."9" | "a".."f"\n' + STEP + 'x := 1 if token in "a".."f" else 2\n',
    "constant set as pattern": "const E = {0, 2}\n" + STEP + "match x:\n        case E: x := 1\n        case _: pass\n",
    "loop over nothing": STEP + "for i in {}:\n        x := i\n",
    "tab in the docstring": '"""doc\n\twith a tab\n"""\n',
    "docstring quotes in a comment": 'const A = 1  # """\n',
    "long list": "const A = [" + ", ".join(["1"] * 3000) + "]\n",
    "escapes": 'const A = "\\\\ and \\" and \\\\n"\n',
}

REFUSED = {
    "nothing": ("", "E0010"),
    "comments only": ("# nothing\n\n   # here\n", "E0010"),
    "enormous range": ("var y: 0..1000000000000 = 0\n", "E0201"),
    "enormous number": ("const A = " + "9" * 5000 + "\n", "E0011"),
    "enormous product": ("def s0(x) = x * x\n" + SQUARES + "const A = s11(3)\n", "E0201"),
    "deep functions": ("def d0(x) = x + 1\n" + CHAIN + STEP + "x := d29(x)\n", "E0006"),
    "deep lets": (STEP + "let a0 = x\n    " + LETS + "x := a499\n", "E0006"),
    "deep minimum": (STEP + "x := min(" + ", ".join(["x"] * 300) + ")\n", "E0006"),
    "true and 1 in a set": ("var y: bool | 0..3 = 1\n", "E0201"),
    "lists as values": ("var y: {[1]} = [1]\n", "E0205"),
    "range as optional": ("var y: 0..3? = 0\n", "E0201"),
    "empty minimum": ("const A = min([])\n", "E0106"),
    "constant index": ("const A = {1: 2}[3]\n", "E0304"),
    "constant division": ("layers 1/0\n", "E0303"),
    "constant that reads the input": ("const A = [token]\n", "E0204"),
    "constant that is its own": ("const A = A\n", "E0104"),
    "mutual recursion": ("def f(y) = g(y)\ndef g(y) = f(y)\n" + STEP + "x := f(1)\n", "E0107"),
    "unused function with a wrong name": ("def f(y) = z\n", "E0101"),
    "unused function that reads the state": ("def f(y) = x + token\n", "E0108"),
    "function with equal parameters": ("def f(a, a) = a\n", "E0102"),
    "far position": ("head h = x at 1000000000000\n", "E0406"),
    "head that reads itself": ("head h = h at -1\n", "E0401"),
    "head domain of another kind": ('input bits: {"0", "1"} up to 8\nhead h: {"a"} = mean x\n', "E0411"),
    "position of long inputs": ('input bits: {"0", "1"} up to 100000\nvar y: bool = position == 3\n', "E0308"),
    "count of long inputs": ('input bits: {"0", "1"} up to 100000\nhead h = count\n', "E0410"),
    "large relation": ("var y: 0..4999 = 0\nhead h = x where key.y == query.y\n", "E0413"),
    "pattern of a range of other symbols": (
        STEP + 'match x:\n        case "a".."b": pass\n        case _: pass\n',
        "E0203",
    ),
    "pattern of a range of long symbols": (
        STEP + 'match token:\n        case "0".."10": pass\n        case _: pass\n',
        "E0201",
    ),
    "pattern of a range from a symbol to a number": (
        STEP + 'match token:\n        case "0"..1: pass\n        case _: pass\n',
        "E0201",
    ),
    "range that ends before it begins": ('input bits: "1".."0"\n', "E0201"),
    "range of too many symbols": ('const A = "!".."\U000e0000"\n', "E0201"),
    "range with blanks as alphabet": ('input bits: " ".."0"\n', "E0502"),
    "pattern of another kind": (STEP + 'match x:\n        case "a": pass\n        case _: pass\n', "E0203"),
    "alternative that captures": (STEP + "match x:\n        case y | 1: pass\n", "E0101"),
    "set that is no constant": (STEP + "x := {x: 2}[1]\n", "E0204"),
    "import of a folder": ('import "/"\n', "E0504"),
    "import without a name": ('import ""\n', "E0504"),
    "import with a null": ('import "\0"\n', "E0504"),
    "indented file": ("   Does nothing\n", "E0001"),
    "stray brackets": (")\n}}}\n", "E0001"),
    "lone quote": ('"\n', "E0003"),
    "lone backslash": ("\\\n", "E0002"),
    "other letters": ("var é: 0..3 = 0\n", "E0002"),
}


def completed(text: str) -> str:
    """The fragment as a whole program."""
    after = "" if "step:" in text else "step:\n    x := 1\n"
    after += "" if "layers" in text else "layers 1\n"
    before = "" if '"""' in text.split("#")[0] else "program demo\n"
    before += "" if "input " in text else 'input bits: {"0", "1"}\n'
    if text.startswith('"""'):
        return text + "program demo\n" + before + "var x: 0..9 = 0\n" + after + "output x\n"
    return before + "var x: 0..9 = 0\n" + text + after + "output x\n"


def check(text: str) -> tuple[bool, list[Diagnostic]]:
    try:
        return True, check_file(parse_source(Source("odd.alta", text)))[1]
    except AltacError as error:
        return False, list(error.diagnostics)


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_programs_that_are_right(name: str) -> None:
    accepted, diagnostics = check(completed(ACCEPTED[name]))
    assert accepted, render_all(diagnostics)


@pytest.mark.parametrize("name", REFUSED)
def test_odd_programs_that_are_wrong(name: str) -> None:
    text, code = REFUSED[name]
    whole = text if code == "E0010" or name == "indented file" else completed(text)
    accepted, diagnostics = check(whole)
    assert not accepted
    assert code in {one.code for one in diagnostics}, render_all(diagnostics)
    assert len(diagnostics) <= 3, render_all(diagnostics)
    assert all(diagnostic_record(one)["message"] for one in nonempty(diagnostics))
