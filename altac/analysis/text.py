"""Reports for the terminal: lines of text with styles, which `rich` shows where there are colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from altac.analysis.coverage import Coverage
from altac.analysis.evaluate import Key, Tally
from altac.analysis.report import Against, CoverageReport, SourceLine
from altac.diagnostics.words import counted
from altac.ir.values import source_text

if TYPE_CHECKING:
    from altac.analysis.rule_accuracy import RuleScores

NEVER = "never"
MOST_SHOWN = 40  # characters of an answer
REASONS = {
    "E0603": "a head meets positions that disagree",
    "E0604": "the run never halts",
    "E0605": "a variable or the output has no value",
    "E0620": "the run does not halt within the layers that it may take",
}


def coverage_text(report: CoverageReport, most: int, every: bool = False) -> Iterator[Text]:
    """The annotated source, then what rules did.

    Args:
        most: the greatest number of unseen rules that are listed.
        every: list all rules that fire, too.
    """
    yield from annotated_source(report.lines())
    yield Text()
    yield Text(f"{report.name}: {coverage_summary(report.coverage)}")
    yield from map(Text, layer_summaries(report.coverage))
    if every:
        fires = report.coverage.fires
        yield from rule_table(report, report.coverage, sorted(fires, key=lambda rule: (-fires[rule], rule)))
    if report.against is not None:
        yield from against_text(report, report.against, most)


def annotated_source(lines: Sequence[SourceLine]) -> Iterator[Text]:
    cells = [("runs", "changes", "rules", ""), *((*gutter(line), str(line.number)) for line in lines)]
    texts = ["", *(line.text for line in lines)]
    styles = ["bold", *("red" if line.runs == 0 else "dim" if line.runs is None else "" for line in lines)]
    for numbers, text, style in zip(aligned(cells), texts, styles, strict=True):
        yield Text(f"{numbers}  {text}".rstrip(), style)


def gutter(line: SourceLine) -> tuple[str, str, str]:
    """Runs, changes and rules of a line."""
    if line.runs is None:
        return "", "", ""
    runs = f"{line.runs:,}" if line.runs else NEVER
    return (runs, "", "") if line.changes is None else (runs, f"{line.changes:,}", f"{len(line.rules):,}")


def coverage_summary(coverage: Coverage) -> str:
    """What a set of inputs covers, in a line."""
    fired = f"{len(coverage.fires):,} of {coverage.plain.total:,} rules fire"
    failed = f"; {counted(len(coverage.errors), 'run')} failed, counted up to the failure" if coverage.errors else ""
    return f"{counted(coverage.inputs, 'input')}, {coverage.cells:,} positions x layers; {fired}{failed}"


def layer_summaries(coverage: Coverage) -> Iterator[str]:
    """What it covers of each layer, in a line, where layers have names."""
    if not coverage.program.is_short:
        for layer in coverage.layers:
            yield f"  {layer.name}: {layer.cells:,} positions x rounds; {layer.fired:,} of {layer.rules:,} rules fire"


def against_text(report: CoverageReport, against: Against, most: int) -> Iterator[Text]:
    coverage, unseen = against.coverage, against.unseen
    yield Text(f"{against.name}: {coverage_summary(coverage)}")
    yield from map(Text, layer_summaries(coverage))
    yield Text()
    if unseen:
        yield Text(
            f"{counted(len(unseen), 'rule')} never fired on {report.name}, and "
            f"{len(coverage.beyond):,} of {coverage.inputs:,} inputs of {against.name} need one"
        )
        yield from rule_table(report, coverage, unseen[:most])
        if len(unseen) > most:
            yield Text(f"  and {len(unseen) - most:,} more")
    else:
        yield Text(f"every rule that {against.name} needs has fired on {report.name}")
    yield Text()
    kept = counted(len(report.coverage.fires), "rule")
    yield Text(f"the minimal program of {report.name}, with {kept}, on {against.name}: {tally_text(against.minimal)}")
    yield from reasons(against.minimal)


def rule_table(report: CoverageReport, coverage: Coverage, rules: Sequence[int]) -> Iterator[Text]:
    cells = [("fires", "inputs"), *((f"{coverage.fires[rule]:,}", f"{coverage.inputs_of[rule]:,}") for rule in rules)]
    for numbers, text in zip(aligned(cells), ["rule", *map(report.rule, rules)], strict=True):
        yield Text(f"  {numbers}  {text}")


def tally_text(tally: Tally) -> str:
    """Right, wrong and no answers, in a line."""
    parts = [f"{tally.right:,} of {tally.inputs:,} right ({percent(tally.accuracy)})", f"{tally.wrong:,} wrong"]
    return ", ".join([*parts, f"{tally.none:,} without an answer"])


def baseline_text(output: str, share: float) -> str:
    """What the most frequent answer alone would be worth."""
    shown = f"`{output}`" if len(output) <= MOST_SHOWN else f"`{output[:MOST_SHOWN]}...`"
    return f"always answering {shown if output else 'nothing'} would be {percent(share)} right"


def reasons(tally: Tally) -> Iterator[Text]:
    """Why there is no answer, a line each."""
    for code, count in tally.unanswered.items():
        yield Text(f"  {count:,} without an answer: {REASONS.get(code, 'the run fails')} ({code})")


def evaluation_text(name: str, tally: Tally, properties: Sequence[str], cells: Mapping[Key, Tally]) -> Iterator[Text]:
    """The answers of all inputs, and of each cell by itself."""
    symbols = f"{tally.right_places:,} of {tally.places:,} output symbols right ({percent(tally.place_accuracy)})"
    yield Text(f"{name}: {tally_text(tally)}; {symbols}")
    if tally.baseline is not None:
        output, share = " ".join(tally.baseline.output), tally.baseline.right / tally.inputs
        yield Text(f"  {baseline_text(output, share)}")
    yield from reasons(tally)
    if properties:
        yield Text()
        titles = (*properties, "inputs", "right", "wrong", "no answer", "accuracy", "symbols")
        rows = [titles, *((*map(source_text, key), *tally_cells(cell)) for key, cell in cells.items())]
        for row, text in enumerate(aligned(rows)):
            yield Text(text, "" if row else "bold")


def tally_cells(tally: Tally) -> tuple[str, ...]:
    counts = (tally.inputs, tally.right, tally.wrong, tally.none)
    return (*(f"{count:,}" for count in counts), percent(tally.accuracy), percent(tally.place_accuracy))


def scores_text(scores: RuleScores, most: int) -> Iterator[Text]:
    """Which rules are applied, the worst first; at most so many."""
    broken = scores.broken
    yield Text()
    yield Text(f"{len(scores.learned):,} of {counted(len(scores.rules), 'rule')} right wherever they fire")
    shown = broken[:most]
    if shown:
        cells = [("right", "wrong", "accuracy")]
        for score in (scores.rules[number] for number in shown):
            cells.append((f"{score.right:,}", f"{score.wrong:,}", percent(score.accuracy)))
        for numbers, text in zip(aligned(cells), ["rule", *map(scores.text, shown)], strict=True):
            yield Text(f"  {numbers}  {text}")
    if len(broken) > most:
        yield Text(f"  and {len(broken) - most:,} more")
    yield Text("where no rule fires")
    rows = [("right", "wrong", "accuracy")]
    for score in scores.kept.values():
        rows.append((f"{score.right:,}", f"{score.wrong:,}", percent(score.accuracy)))
    for numbers, text in zip(aligned(rows), ["variable that keeps its value", *scores.kept], strict=True):
        yield Text(f"  {numbers}  {text}")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, with columns flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.rjust, row, widths)) for row in rows]


def percent(share: float | None) -> str:
    """A share as text; never 100.0 % or 0.0 % unless it is exactly that."""
    if share is None:
        return "-"
    shown = f"{100 * share:.1f}"
    if shown == "100.0" and share < 1:
        shown = "99.9"
    elif shown == "0.0" and share > 0:
        shown = "0.1"
    return f"{shown} %"
