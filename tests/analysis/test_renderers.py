"""Reports as text, as HTML and as pictures."""

from __future__ import annotations

import struct
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from altac.analysis.evaluate import Tally
from altac.analysis.html import coverage_html
from altac.analysis.plot import bars, heat_map, none, plot, right
from altac.analysis.report import CoverageReport, report
from altac.analysis.rule_accuracy import RuleScores, Score
from altac.analysis.text import coverage_text, evaluation_text, scores_text
from altac.passes import PlainRules
from tests.support import compiled, nonempty, program

LESS = """program less
input word: {"<", "&"} up to 4
var out: 0..3 = 0
head left = token at -1
step:
    if left == "&": # <b>&amp;</b>
        out := 1
    elif left == none:
        out := min(out + 1, 2)
layers 3
output out
"""


@pytest.fixture(scope="module")
def less() -> CoverageReport:
    return report(compiled(LESS).interpreter, ("a & b.txt", ["<", "<<"]), ("test.txt", ["<", "&<", "<&<", "&&&<"]))


def test_source_and_unseen_rules_as_text(less: CoverageReport) -> None:
    """Without any `&` the first position becomes 1 and then 2, and the others stay 0."""
    lines = [text.plain for text in coverage_text(less, 20)]
    assert lines == [
        " runs  changes  rules",
        "                        1  program less",
        '                        2  input word: {"<", "&"} up to 4',
        "                        3  var out: 0..3 = 0",
        "                        4  head left = token at -1",
        "                        5  step:",
        'never                   6      if left == "&": # <b>&amp;</b>',
        "never        0      0   7          out := 1",
        "    6                   8      elif left == none:",
        "    6        4      2   9          out := min(out + 1, 2)",
        "                       10  layers 3",
        "                       11  output out",
        "",
        "a & b.txt: 2 inputs, 9 positions x layers; 2 of 6 rules fire",
        "test.txt: 4 inputs, 30 positions x layers; 3 of 6 rules fire",
        "",
        "1 rule never fired on a & b.txt, and 3 of 4 inputs of test.txt need one",
        "  fires  inputs  rule",
        '      5       3  if out = 0 and left = "&" then out: 0 -> 1',
        "",
        "the minimal program of a & b.txt, with 2 rules, on test.txt: 1 of 4 right (25.0 %), 3 wrong, "
        "0 without an answer",
    ]


def test_all_rules_and_few_unseen_ones(less: CoverageReport) -> None:
    lines = [text.plain for text in coverage_text(less, 0, every=True)]
    start = lines.index("a & b.txt: 2 inputs, 9 positions x layers; 2 of 6 rules fire")
    assert lines[start + 1 : start + 4] == [
        "  fires  inputs  rule",
        "      2       2  if out = 0 and left = none then out: 0 -> 1",
        "      2       2  if out = 1 and left = none then out: 1 -> 2",
    ]
    assert "  and 1 more" in lines


def test_nothing_unseen(less: CoverageReport) -> None:
    found = report(compiled(LESS).interpreter, ("one", ["&<"]), ("two", ["&<", "&"]))
    lines = [text.plain for text in coverage_text(found, 20)]
    assert "every rule that two needs has fired on one" in lines


class Page(HTMLParser):
    """Reads a page; raises on a tag that is not closed in order, or that would load something."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[tuple[str, list[str]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href", "style"} & {name for name, _ in attributes}
        if tag == "tr":
            self.rows.append((dict(attributes).get("class") or "", []))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        places = [tag for tag in self.open if tag in ("table", "td", "th")]
        if places and places[-1] != "table":
            self.rows[-1][1][-1] += data


def test_the_page_holds_everything_by_itself(less: CoverageReport) -> None:
    text = coverage_html(less)
    assert "url(" not in text
    assert "@import" not in text
    page = Page(text)
    rows = {cells[3]: (kind, cells[:3], cells[4]) for kind, cells in page.rows if len(cells) == 5}
    assert rows["7"] == ("never", ["never", "0", "0"], "        out := 1")
    assert rows["6"] == ("never", ["never", "", ""], '    if left == "&": # <b>&amp;</b>')
    assert rows["8"] == ("ran", ["6", "", ""], "    elif left == none:")
    assert rows["9"][:2] == ("ran", ["6", "4", "2"])
    assert rows["1"] == ("", ["", "", ""], "program less")
    assert ("", ["5", "3", 'if out = 0 and left = "&" then out: 0 -> 1']) in page.rows
    assert ("", ["2", "if out = 1 and left = none then out: 1 -> 2"]) in page.rows
    assert "1 of 4 right (25.0 %)" in text


def test_a_page_says_why_there_is_no_answer() -> None:
    found = report(program("parity").interpreter, ("none", [""]), ("some", ["1", "", "0 1"]))
    assert "<li>2: the run never halts (E0604)</li>" in coverage_html(found)
    assert "  2 without an answer: the run never halts (E0604)" in [text.plain for text in coverage_text(found, 20)]
    assert "Minimal" not in coverage_html(report(program("parity").interpreter, ("some", ["1"])))


# Evaluations -------------------------------------------------------------------------------------------------

CELLS = {
    (2, False): Tally(4, 1, 8, 5, {}),
    (2, True): Tally(2, 2, 2, 2, {}),
    (10, True): Tally(1000, 0, 1000, 0, {"E0604": 250, "E0999": 1}),
}
ALL = Tally(1006, 3, 1010, 7, {"E0604": 250, "E0999": 1})


def test_cells_as_text() -> None:
    assert [text.plain for text in evaluation_text("model.pt", ALL, ["length", "even"], CELLS)] == [
        "model.pt: 3 of 1,006 right (0.3 %), 752 wrong, 251 without an answer; 7 of 1,010 output symbols right (0.7 %)",
        "  250 without an answer: the run never halts (E0604)",
        "  1 without an answer: the run fails (E0999)",
        "",
        "length   even  inputs  right  wrong  no answer  accuracy  symbols",
        "     2  false       4      1      3          0    25.0 %   62.5 %",
        "     2   true       2      2      0          0   100.0 %  100.0 %",
        "    10   true   1,000      0    749        251     0.0 %    0.0 %",
    ]


def test_symbols_are_quoted_as_in_a_program() -> None:
    """So the symbol `none`, or `true`, is not taken for the value."""
    cells = {(value,): Tally(1, 1, 1, 1, {}) for value in (2, True, "none", "true", None)}
    shown = ["2", "true", '"none"', '"true"', "none"]
    lines = [text.plain for text in evaluation_text("model.pt", ALL, ["first"], cells)][-5:]
    assert [line.split()[0] for line in lines] == shown
    axes = Figure().subplots()
    bars(axes, "first", cells)
    assert [one.get_text() for one in axes.get_xticklabels()] == shown
    heat_map(axes, "right", ["first", "last"], {(*key, *key): tally for key, tally in cells.items()}, right)
    assert [one.get_text() for one in axes.get_yticklabels()] == shown


def test_rules_as_text() -> None:
    scores = RuleScores(
        PlainRules(program("parity").program),
        {0: Score(1, 1), 1: Score(0, 1200), 2: Score(5, 0)},
        {"parity": Score(7, 0), "done": Score(0, 7)},
    )
    rule = "if parity = 1 and done = false and parity_left = 1 and done_left = true then parity: 1 -> 0"
    assert [text.plain for text in scores_text(scores, 1)] == [
        "",
        "1 of 3 rules right wherever they fire",
        "  right  wrong  accuracy  rule",
        f"      0  1,200     0.0 %  {rule}",
        "  and 1 more",
        "where no rule fires",
        "  right  wrong  accuracy  variable that keeps its value",
        "      7      0   100.0 %  parity",
        "      0      7     0.0 %  done",
    ]


def test_a_heat_map_has_a_place_for_each_pair() -> None:
    axes = Figure().subplots()
    image = heat_map(axes, "right", ["length", "even"], CELLS, right)
    assert np.ma.filled(image.get_array(), -1).tolist() == [[0.25, -1], [1.0, 0.0]]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["2", "10"]
    assert [one.get_text() for one in axes.get_yticklabels()] == ["false", "true"]
    assert {one.get_text() for one in axes.texts} == {"25", "100", "0"}
    image = heat_map(Figure().subplots(), "none", ["length", "even"], CELLS, none)
    assert np.ma.filled(image.get_array(), -1).tolist() == [[0.0, -1], [0.0, 0.251]]


def test_labels_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the whole picture, as it is written."""
    drawn: list[Figure] = []
    save = Figure.savefig

    def saved(self: Figure, *given: Any, **options: Any) -> None:
        drawn.append(self)
        save(self, *given, **options)

    monkeypatch.setattr(Figure, "savefig", saved)
    for columns, failed in ((range(41), {}), ([10**number for number in range(30)], {"E0604": 1})):
        tally = Tally(4, 3, 4, 3, failed)
        plot("model.pt", ["length", 'count("1")'], {(one, row): tally for one in columns for row in range(41)})
        plot("model.pt", ["length"], {(one,): tally for one in columns})
    assert len(drawn) == 4
    for figure in nonempty(drawn):
        for axes in figure.axes:
            for labels, place in ((axes.get_xticklabels(), "x"), (axes.get_yticklabels(), "y")):
                spans = [one.get_window_extent() for one in labels if one.get_text() and one.get_visible()]
                ends = [(getattr(one, f"{place}0"), getattr(one, f"{place}1")) for one in spans]
                assert all(end < start for (_, end), (start, _) in pairwise(sorted(ends)))


def test_bars_add_up() -> None:
    axes = Figure().subplots()
    bars(axes, "length", {(key[0],): tally for key, tally in CELLS.items() if key[1]})
    heights = [round(patch.get_height(), 3) for patch in axes.patches]
    assert heights == [1.0, 0.0, 0.0, 0.749, 0.0, 0.251]  # right, wrong, no answer; each for 2 and for 10


@pytest.mark.parametrize(("names", "wide"), [(["length"], False), (["length", "even"], True)])
def test_a_picture_is_a_png(names: list[str], wide: bool) -> None:
    cells = {key[: len(names)]: tally for key, tally in CELLS.items()}
    data = plot("model.pt", names, cells)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert (width > 2 * height) is wide  # with runs without an answer there are two maps
