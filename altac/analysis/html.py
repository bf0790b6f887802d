"""A coverage report as one HTML file that needs nothing else: no script, no other file."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from altac.analysis.coverage import Coverage
from altac.analysis.report import Against, CoverageReport, SourceLine
from altac.analysis.text import REASONS, coverage_summary, gutter, layer_summaries, tally_text
from altac.diagnostics.words import counted, readable

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } th { text-align: right; font-weight: 600 }
th:last-child, td:last-child { text-align: left }
td, th { padding: 0 .7rem; text-align: right; vertical-align: top; white-space: pre-wrap }
.source, .rules, code { font: 13px/1.5 ui-monospace, monospace }
.source td:nth-child(-n+3) { background: #f3f3f3; color: #555 }
.source td:nth-child(4) { color: #999 }
.ran { background: #eaf6ea } .never { background: #fbe3e3 } .never td:first-child { color: #b00; font-weight: 600 }
details { display: inline } summary { cursor: pointer }
"""


def coverage_html(report: CoverageReport) -> str:
    """The page."""
    title = f"Coverage of {report.coverage.program.name} by {report.name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(report.name)}: {escape(coverage_summary(report.coverage))}.</p>",
        *layer_list(report.coverage),
        "<p>Runs and changes count positions times layers. A line that never runs is red. "
        "Open a line to see the rules that fire by it.</p>",
        table("source", ("runs", "changes", "rules", "", ""), (source_row(report, line) for line in report.lines())),
    ]
    if report.against is not None:
        parts += against_parts(report, report.against)
    return readable(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def layer_list(coverage: Coverage) -> list[str]:
    """What each layer did, where layers have names."""
    lines = "".join(f"<li>{escape(line.strip())}</li>" for line in layer_summaries(coverage))
    return [f"<ul>{lines}</ul>"] if lines else []


def source_row(report: CoverageReport, line: SourceLine) -> str:
    code = escape(line.text)
    if line.rules:
        fired = table("rules", ("fires", "rule"), (row((n, report.rule(rule))) for rule, n in line.rules.most_common()))
        code = f"<details><summary>{code}</summary>{fired}</details>"
    kind = "" if line.runs is None else ' class="ran"' if line.runs else ' class="never"'
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in gutter(line))
    return f"<tr{kind}>{cells}<td>{line.number}</td><td>{code}</td></tr>"


def against_parts(report: CoverageReport, against: Against) -> list[str]:
    coverage = against.coverage
    parts = [
        f"<h2>{escape(against.name)}</h2>",
        f"<p>{escape(coverage_summary(coverage))}.</p>",
        *layer_list(coverage),
        f"<p>{counted(len(against.unseen), 'rule')} never fired on {escape(report.name)}; "
        f"{len(coverage.beyond):,} of {coverage.inputs:,} inputs need one.</p>",
    ]
    if against.unseen:
        rows = (row((coverage.fires[rule], coverage.inputs_of[rule], report.rule(rule))) for rule in against.unseen)
        parts.append(table("rules", ("fires", "inputs", "rule"), rows))
    tally = against.minimal
    parts += [
        "<h2>Minimal program</h2>",
        f"<p>The {counted(len(report.coverage.fires), 'rule')} that fire on {escape(report.name)}, "
        f"on {escape(against.name)}: {tally_text(tally)}.</p>",
    ]
    reasons = (f"<li>{n:,}: {REASONS.get(code, 'the run fails')} ({code})</li>" for code, n in tally.unanswered.items())
    return [*parts, f"<ul>{''.join(reasons)}</ul>"] if tally.unanswered else parts


def table(kind: str, titles: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{title}</th>" for title in titles)
    return f'<table class="{kind}">\n<tr>{head}</tr>\n' + "\n".join(rows) + "\n</table>"


def row(cells: tuple[int | str, ...]) -> str:
    shown = (f"{cell:,}" if isinstance(cell, int) else escape(cell) for cell in cells)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in shown) + "</tr>"
