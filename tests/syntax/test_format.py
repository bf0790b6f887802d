"""The formatter: pairs of texts, and that nothing but the layout changes, at once and for good."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altac.diagnostics import AltacError, Source
from altac.syntax import parse_source, read_source
from altac.syntax.format import WIDTH, format_source
from altac.syntax.lines import CLOSING, OPENING, Line, read_items
from altac.syntax.parse import lex_source
from tests.support import nonempty

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((ROOT / "programs").glob("*.alta"))
FIXED = ("parity", "parity_absolute", "parity_sum", "addition", "reverse")


def parses(path: Path) -> bool:
    try:
        parse_source(read_source(path))
    except AltacError:
        return False
    return True


BROKEN = [path for path in sorted((ROOT / "tests" / "errors").glob("*.alta")) if parses(path)]


def formatted(text: str) -> str:
    """The formatted text, after checks of what holds for every text."""
    source = Source("test.alta", text)
    result = format_source(source)
    again = Source("test.alta", result)
    assert format_source(again) == result, "formatting twice is not formatting once"
    assert parse_source(again) == parse_source(source)
    assert comments(again) == comments(source)
    assert not re.search(r"[ \t]$", re.sub(r'"""(.|\n)*?"""', "", result), re.MULTILINE)
    return result


def comments(source: Source) -> list[str]:
    found = []
    for item in read_items(source):
        found += [row.comment for row in item.rows if row.comment] if isinstance(item, Line) else [item.text]
    return found


PAIRS = {
    "blanks around operators": (
        "const   X=1+2 *3\nconst Y=[ 1,2 ][0]\n",
        "const X = 1 + 2 * 3\nconst Y = [1, 2][0]\n",
    ),
    "signs and ranges": (
        "var x:  - N .. N-1=- 1\nvar y: 0 .. 3=+1 - - 1\nhead a=x at - 1\nhead b = x at{ -1,+1 }\n"
        "head c = x at .. - 1\nhead d = x at 1 .. else - 1\nhead e = mean(1/n)at..0\nhead f = x at -3..+3\n",
        "var x: -N..N - 1 = -1\nvar y: 0..3      = +1 - -1\nhead a = x at -1\nhead b = x at {-1, +1}\n"
        "head c = x at ..-1\nhead d = x at 1.. else -1\nhead e = mean (1 / n) at ..0\nhead f = x at -3..+3\n",
    ),
    "calls, indices, fields and optional domains": (
        'def f (a,b)=g (a) [ b ] if a else {"x" :1} [b]\n',
        'def f(a, b) = g(a)[b] if a else {"x": 1}[b]\n',
    ),
    "fields": (
        "head h=count where key . x in{1,2}and not(key.y==query .y)\nvar v: {1} ? =none\n",
        "head h = count where key.x in {1, 2} and not (key.y == query.y)\nvar v: {1}? = none\n",
    ),
    "frames keep their items apart": (
        'input bits:{"0","1"}up to 2*N\nframe "<s>"*(2 * N)bits"</s>"\n',
        'input bits: {"0", "1"} up to 2 * N\nframe "<s>" * (2 * N) bits "</s>"\n',
    ),
    "neighbours of one kind are aligned": (
        'var a: 0..1 = 0\nvar longer: bool = true\nhead h = a at -1\n\nexample "1" -> 1\nexample "" -> 0\n',
        'var a: 0..1      = 0\nvar longer: bool = true\nhead h = a at -1\n\nexample "1" -> 1\nexample ""  -> 0\n',
    ),
    "blank lines and comments part neighbours": (
        "const A = 1\n# why\nconst LONG = 2\n\nconst LONGER = 3\n",
        "const A = 1\n# why\nconst LONG = 2\n\nconst LONGER = 3\n",
    ),
    "a long left side stands for itself": (
        'var a: bool = true\nvar phase: {"fetch", "subtract", "branch", "halted"} = "fetch"\nvar bc: bool = true\n',
        'var a: bool = true\nvar phase: {"fetch", "subtract", "branch", "halted"} = "fetch"\nvar bc: bool = true\n',
    ),
    "heads with the same clause": (
        "head a = x at -1\nhead bc = long at -1 else 0\n\nhead d = x at -1\nhead e = long where key.x == 1\n",
        "head a  = x    at -1\nhead bc = long at -1 else 0\n\nhead d = x at -1\nhead e = long where key.x == 1\n",
    ),
    "comments behind neighbours": (
        "const A = 1 # one\nconst B = 22   # two\nconst C = 333\n",
        "const A = 1   # one\nconst B = 22  # two\nconst C = 333\n",
    ),
    "the step": (
        "var x: 0..1 = 0\n# what it does\nstep :\n\n  if x==1 :\n     x:=0\n     # done\n  # or\n"
        "  else: x := 1\n\n\n\n  let y=1\nlayers 1\n",
        "var x: 0..1 = 0\n\n# what it does\nstep:\n    if x == 1:\n        x := 0\n        # done\n    # or\n"
        "    else: x := 1\n\n    let y = 1\n\nlayers 1\n",
    ),
    "a step on one line": ("layers 1\nstep:x:=1\noutput x\n", "layers 1\n\nstep: x := 1\n\noutput x\n"),
    "layers": (
        "var x: 0..1 = 0\n# looks\nlayer look :\n\n  head a=count where key.x==1\n  head long=x at - 1\n"
        "  var b=a+1 # one\n  var other : 0..3=2 # two\n  x:=1\n  long:=2\n  if x==1 :\n    x:=0\n"
        "layer run:layer:=1\nrun look\n",
        "var x: 0..1 = 0\n\n# looks\nlayer look:\n    head a    = count where key.x == 1\n    head long = x at -1\n"
        "    var b           = a + 1  # one\n    var other: 0..3 = 2      # two\n    x    := 1\n    long := 2\n"
        "    if x == 1:\n        x := 0\n\nlayer run: layer := 1\n\nrun look\n",
    ),
    "variables called `layer` and `run` in a step": (
        "step:\n  x := 1\n  layer:=2\n  run := 3\n",
        "step:\n    x     := 1\n    layer := 2\n    run   := 3\n",
    ),
    "runs": (
        "run slide until not aligned ,add,( fetch,act )*(2*N) , judge*8,( x )until f (x)\nrun(a,b)\n",
        "run slide until not aligned, add, (fetch, act) * (2 * N), judge * 8, (x) until f(x)\nrun (a, b)\n",
    ),
    "assignments": (
        "step:\n  a := 1\n  long := 2\n  if a == 1:\n    b := 3\n",
        "step:\n    a    := 1\n    long := 2\n    if a == 1:\n        b := 3\n",
    ),
    "cases": (
        'step:\n match x,y:\n  case "a"|"b",-1 .. 3 if y<0:x:=1\n  case _ , z:\n    pass # nothing\n',
        'step:\n    match x, y:\n        case "a" | "b", -1..3 if y < 0: x := 1\n        case _, z:\n'
        "            pass  # nothing\n",
    ),
    "docstrings and quoted blanks are kept": (
        '"""One.\n\n    Two  .\n"""\n\n\nprogram   p\nexample "1  \\"0 "->"#  1"# end\n',
        '"""One.\n\n    Two  .\n"""\n\nprogram p\nexample "1  \\"0 " -> "#  1"  # end\n',
    ),
    "rows in brackets": (
        "const A = [1,2,\n3,  # three\n\n\n# four\n4,\n]\nconst T = {# table\n1:2, 3:4,\n\n5:[6,\n7],}\n",
        "const A = [1, 2,\n           3,  # three\n\n           # four\n           4\n          ]\n"
        "const T = {  # table\n    1: 2, 3: 4,\n\n    5: [6,\n        7]}\n",
    ),
    "a comment behind a trailing comma": (
        "const A = [\n\n1 # one\n, # two\n# three\n\n]\n",
        "const A = [\n    1  # one\n    # two\n    # three\n]\n",
    ),
    "comments at the ends": ("\n\n#  a\n\n\n# b\nlayers 1 #c\n\n# d\n\n", "#  a\n\n# b\nlayers 1  #c\n\n# d\n"),
    "nothing": ("", ""),
    "blank lines only": ("\n  \n\n", ""),
    "comments only": ("  # a\n\n\n#b", "# a\n\n#b\n"),
}


@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS)
def test_pairs(before: str, after: str) -> None:
    assert formatted(before) == after


def test_long_lines_are_broken_in_their_widest_brackets() -> None:
    letters = [f'"letter{n}"' for n in range(20)]
    filled = formatted(f'type T = {{"?"}} | {{{", ".join(letters)}}}  # all\n')
    assert filled.startswith('type T = {"?"} | {  # all\n    "letter0", "letter1", ')
    assert filled.endswith('"letter19"\n}\n')
    assert len(filled.splitlines()) == 5
    assert all(len(line) <= WIDTH for line in nonempty(filled.splitlines()))
    table = formatted(f"const T = {{{', '.join(f'{letter}: {n}' for n, letter in enumerate(letters))}}}\nconst U = 1\n")
    assert table.splitlines()[1:3] == ['    "letter0": 0,', '    "letter1": 1,']
    assert len(table.splitlines()) == 23
    long = "+".join(["1"] * 60)
    assert formatted(f"const X={long}\n") == f"const X = {long.replace('+', ' + ')}\n"


def test_long_runs_are_broken_in_groups_only() -> None:
    names = [f"layer_number_{number}" for number in range(9)]
    assert formatted(f"run {','.join(names)}\n") == f"run {', '.join(names)}\n"
    broken = formatted(f"run ({','.join(names)})until done,last\n").splitlines()
    assert broken == ["run (", f"    {', '.join(names[:7])},", f"    {', '.join(names[7:])}", ") until done, last"]


@pytest.mark.parametrize("name", FIXED)
def test_programs_are_in_this_layout(name: str) -> None:
    text = (ROOT / "programs" / f"{name}.alta").read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("path", [*PROGRAMS, *BROKEN], ids=lambda path: path.stem)
def test_only_the_layout_changes(path: Path) -> None:
    formatted(read_source(path).text)


def test_a_text_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(AltacError, match="E00"):
        format_source(Source("test.alta", "var x\n"))


def shuffled(text: str, dice: random.Random) -> str:
    """The same tokens in another layout: blanks, blank lines, comments, and rows inside of brackets."""
    comment_number = 0

    def comment() -> str:
        nonlocal comment_number
        comment_number += 1
        return dice.choice(["#", "# ", "#  "]) + f"comment {comment_number}, \"[('"

    def line_breaks() -> str:
        breaks = "\n"
        while dice.random() < 0.3:
            breaks += " " * dice.randrange(9) + dice.choice(["", comment()]) + "\n"
        return dice.choice(["", "", " " + comment()]) + breaks

    result = ""
    brackets, depth, indentation = 0, 0, dice.randrange(1, 9)
    previous = None
    for token in lex_source(Source("test.alta", text)):
        match token.type:
            case "_INDENT":
                depth += 1
            case "_DEDENT":
                depth -= 1
            case "_NL":
                previous = None
            case _:
                if token in CLOSING and previous != "," and previous not in OPENING and dice.random() < 0.2:
                    result += may_end_with_comma(result, token)
                if previous is None:
                    result += (line_breaks() if result else "") + " " * indentation * depth
                elif brackets and dice.random() < 0.2:
                    result += line_breaks() + " " * dice.randrange(30)
                else:
                    needed = re.match(r'[\w"]', token) and re.search(r'[\w"]$', result)
                    result += " " * (dice.randrange(3) or bool(needed))
                result += token
                brackets += (token in OPENING) - (token in CLOSING)
                previous = token
    return result + dice.choice(["", "\n", "\n\n", line_breaks()])


def may_end_with_comma(text: str, token: str) -> str:
    """A trailing comma where one is allowed for sure: in a list, not an index, of numbers or symbols."""
    return "," if token == "]" and re.search(r'[=,:]\s*\[\s*("\w*"|\d+)(, *("\w*"|\d+))*$', text) else ""


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PROGRAMS), seed=st.integers(0, 2**32))
def test_many_layouts_of_programs(path: Path, seed: int) -> None:
    check_layout(path, random.Random(seed))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_layout_of_each_program(path: Path) -> None:
    check_layout(path, random.Random(path.stem))


def check_layout(path: Path, dice: random.Random) -> None:
    text = path.read_text(encoding="utf-8")
    other = shuffled(text, dice)
    result = formatted(other)
    assert result.count("comment ") >= other.count("comment ")
    assert parse_source(Source("test.alta", result)) == parse_source(Source("test.alta", text))
