"""`altac explain`, `altac view` and the pictures of `altac trace`, as their users meet them."""

from __future__ import annotations

import json
import re
import webbrowser
from pathlib import Path

import pytest

from tests.support import PROGRAMS, nonempty

PARITY = PROGRAMS / "parity.alta"
MOST_FREQUENT = PROGRAMS / "most_frequent.alta"
FEW = """program few
input text: "a".."c" up to 6

layer look:
    head often = count where key.token == query.token
    var twice = often > 1

layer mark:
    head any = exists where key.twice

output any
"""


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("few.alta").write_text(FEW)
    return "few.alta"


def test_the_output_at_the_last_position_back_to_the_input(altac, few: str) -> None:
    expected = """\
any = true at 2 ("a"), in layer 2 (mark 1)
  few.alta:9: head any = exists where key.twice
  selects 0 ("a"), 2 ("a")
  - twice = true at 0 ("a"), after layer 1 (look 1)
      few.alta:6: var twice = often > 1
      rule: if often = 2 then twice: -> true
      - often = 2 at 0 ("a"), in layer 1 (look 1)
          few.alta:5: head often = count where key.token == query.token
          selects 0 ("a"), 2 ("a")
          - token = "a" at 0 ("a"), 2 ("a"): what is read
  - twice = true at 2 ("a"), after layer 1 (look 1)
      few.alta:6: var twice = often > 1
      rule: if often = 2 then twice: -> true
      - often = 2 at 2 ("a"), in layer 1 (look 1)
          few.alta:5: head often = count where key.token == query.token
          selects 0 ("a"), 2 ("a")
          - token = "a" at 2 ("a"), 0 ("a"): what is read
"""
    assert altac("explain", few, "a b a") == (0, expected, "")
    assert altac("compile", few, "-o", "few.pt")[0] == 0
    assert altac("explain", "few.pt", "a b a") == (0, expected, "")
    assert altac("explain", "few.pt", "a b a", "--engine", "interpreter") == (0, expected, "")
    assert altac("explain", few, "a b a", "--engine", "transformer") == (0, expected, "")


def test_refused_positions_on_demand(altac, few: str) -> None:
    expected = """\
often = 1 at 1 ("b"), in layer 1 (look 1)
  few.alta:5: head often = count where key.token == query.token
  selects 1 ("b")
  refuses 0 ("a"): key.token = "a" and query.token = "b"
  refuses 2 ("a"): key.token = "a" and query.token = "b"
  - token = "b" at 1 ("b"): what is read
"""
    assert altac("explain", few, "a b a", "--var", "often", "--at", "1", "--refused") == (0, expected, "")


def test_only_so_many_steps_back(altac, few: str) -> None:
    code, out, err = altac("explain", few, "a b a", "--depth", "1")
    assert (code, err) == (0, "")
    assert '- often = 2 at 0 ("a"), in layer 1 (look 1) ...\n' in out
    assert out.endswith("\n\nThis goes 1 of 3 steps back; all of them: --depth 3\n")
    assert altac("explain", few, "a b a", "--depth", "3") == altac("explain", few, "a b a")


def test_as_deep_as_the_run_has_layers(altac) -> None:
    code, out, err = altac("explain", PARITY, "1 0" * 130, "--depth", "5000")
    assert (code, err) == (0, "")
    assert "This goes" not in out
    assert out.count("- parity_left = ") == 260


def test_what_was_explained_is_referred_to(altac) -> None:
    out = altac("explain", PARITY, "1 1 1 1")[1]
    facts = re.findall(r"^ *- (.*?)(?: \(see above\))?$", out, re.MULTILINE)
    repeated = [line for line in out.splitlines() if line.endswith("(see above)")]
    explained = [line for line in out.splitlines() if " layer " in line and not line.endswith("(see above)")]
    assert len(explained) == len({line.strip() for line in explained})
    assert len(facts) > len(repeated)


def test_the_output_is_read_where_its_condition_holds(altac) -> None:
    code, out, _ = altac("explain", MOST_FREQUENT, "d a b a")
    assert code == 0
    assert out.startswith('token = "a" at 1 ("a"), after layer 2 (compare 1), since the start\n')
    assert "the output is read here: " in out
    assert "not beaten" in out


def test_an_explanation_as_a_record(altac, few: str) -> None:
    code, out, err = altac("explain", few, "a b a", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    facts = {one["fact"]: one for one in found["facts"]}
    assert found["asked"] == {"fact": 0, "name": "any", "layer": 2, "position": 2}
    assert facts[0]["cause"]["selected"] == [0, 2]
    assert facts[0]["cause"]["line"] == 9
    for one in nonempty(facts.values()):
        assert set(one["cause"].get("reads", ())) <= set(facts)
    assert "refused" not in facts[0]["cause"]
    code, out, _ = altac("explain", few, "a b a", "--json", "--refused")
    assert json.loads(out)["facts"][0]["cause"]["refused"] == [
        {"position": 1, "out_of_reach": False, "key": {"name": "twice", "value": False}}
    ]
    rules = [one["cause"]["text"] for one in facts.values() if one["cause"]["kind"] == "rule"]
    assert rules == ["if often = 2 then twice: -> true"] * 2


@pytest.mark.parametrize(
    ("arguments", "code", "message", "help"),
    [
        (["--var", "ofen"], "E0740", "`few` has no variable or head `ofen`", "did you mean `often`?"),
        (["--var", "x"], "E0740", "`few` has no variable or head `x`", "there are `token`, `twice`, `often` and `any`"),
        (["--at", "3"], "E0741", "there is no position 3: this run has 3, counted from 0", "`--at 0`"),
        (["--at", "-1"], "E0741", "there is no position -1", "name one from 0 to 2"),
        (["--layer", "lok.1"], "E0741", "there is no layer `lok.1` in this run", "did you mean `--layer look.1`?"),
        (["--layer", "7"], "E0741", "there is no layer `7` in this run", "by its number, from 0 to 2"),
        (
            ["--var", "often", "--layer", "mark"],
            "E0741",
            "`often` has no value in layer 2 (mark 1)",
            "name one in which it has: `--layer 1`",
        ),
    ],
)
def test_a_place_that_is_not_there(altac, few: str, arguments: list[str], code: str, message: str, help: str) -> None:
    status, out, err = altac("explain", few, "a b a", *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"error[{code}]: {message}")
    assert help in err


def test_layers_by_number_name_and_round(altac, few: str) -> None:
    expected = altac("explain", few, "a b a", "--var", "twice", "--layer", "1")
    for layer in ("look", "look.1", "look 1"):
        assert altac("explain", few, "a b a", "--var", "twice", "--layer", layer) == expected
    assert expected[1].startswith('twice = true at 2 ("a"), after layer 1 (look 1)\n')
    later = altac("explain", few, "a b a", "--var", "twice")[1].splitlines()
    assert later[0] == 'twice = true at 2 ("a"), after layer 2 (mark 1), since layer 1 (look 1)'
    assert later[1:] == expected[1].splitlines()[1:]


def test_a_score_is_no_value_of_a_layer(altac) -> None:
    text = (PROGRAMS / "language_id.txt").read_text(encoding="utf-8").splitlines()[0]
    code, out, err = altac("explain", PROGRAMS / "language_id.alta", text)
    assert (code, out) == (1, "")
    assert err.startswith("error[E0743]: ")


def test_an_empty_run_has_no_positions(altac, few: str) -> None:
    code, _, err = altac("explain", few, "")
    assert code == 1
    assert err.startswith("error[E0741]: there is no position 0: nothing is read")
    assert altac("view", few, "", "--no-open", "-o", "few.html") == (0, "few.html\n", "")


def test_an_input_that_is_not_accepted(altac, few: str) -> None:
    for command in (["explain"], ["view", "--no-open"]):
        code, out, err = altac(*command, few, "a x")
        assert (code, out) == (1, "")
        assert err.startswith("error[E0601]: ")


def test_a_run_that_fails_is_explained_as_far_as_it_goes(altac, tmp_path: Path) -> None:
    file = tmp_path / "fails.alta"
    file.write_text(
        'program fails\ninput text: "a".."c" up to 6\n'
        "layer look:\n    head often = count where key.token == query.token\n"
        "layer pick:\n    head one = token where key.often == query.often\noutput one\n"
    )
    code, out, err = altac("explain", file, "a b", "--var", "often")
    assert code == 1
    assert out.startswith('often = 1 at 1 ("b"), in layer 1 (look 1)\n')
    assert "error[E0603]" in err


def test_view_opens_the_browser_unless_told_not_to(altac, few: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: bool(opened.append(uri)) or True)
    code, out, err = altac("view", few, "a b a", "-o", "few.html")
    assert (code, out, err) == (0, "few.html\n", "")
    assert opened == [Path("few.html").resolve().as_uri()]
    code, out, err = altac("view", few, "a b a", "--no-open")
    assert (code, err, len(opened)) == (0, "", 1)
    assert Path(out.strip()).read_bytes() == Path("few.html").read_bytes()
    monkeypatch.setattr(webbrowser, "open", lambda uri: False)
    assert altac("view", few, "a b a", "-o", "few.html")[2] == (
        "No browser could be opened here; open the file yourself.\n"
    )


def test_trace_writes_the_page_and_figures(altac, few: str) -> None:
    expected = altac("trace", few, "a b a")
    assert altac("trace", few, "a b a", "--html", "t.html", "--svg", "t.svg", "--png", "t.png") == expected
    altac("view", few, "a b a", "--no-open", "-o", "v.html")
    assert Path("t.html").read_bytes() == Path("v.html").read_bytes()
    assert Path("t.png").read_bytes().startswith(b"\x89PNG")
    assert "often" in Path("t.svg").read_text()


def test_pictures_overwrite_nothing_that_is_read(altac, few: str) -> None:
    code, _, err = altac("trace", few, "a b a", "--html", few)
    assert code == 2
    assert "would overwrite the program" in err
    assert altac("view", few, "a b a", "--no-open", "-o", few)[0] == 2
    assert Path(few).read_text() == FEW
    assert altac("trace", few, "--input", "x", "-o", "y", "--svg", "z")[0] == 2


def test_what_is_too_large_is_not_shown(altac, few: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("altac.view.making.MOST_CELLS", 20)
    code, out, err = altac("view", few, "a b a", "--no-open")
    assert (code, out) == (1, "")
    assert err.startswith("error[E0744]: a page of 3 positions and 2 layers is too large: 36 cells, and at most 20\n")
