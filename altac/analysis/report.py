"""What a training set shows of a program, and what a test set needs beyond it, ready to be rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from altac.analysis.coverage import Coverage, cover
from altac.analysis.evaluate import Tally, answers, expected_outputs
from altac.analysis.minimal import MinimalInterpreter
from altac.interpret import Interpreter


@dataclass(frozen=True)
class SourceLine:
    """A line of the source.

    Attributes:
        runs: how often what begins here was executed; None where nothing does.
        changes: how often an assignment here gave its variable another value; None without one.
        rules: how often each rule fired here.
    """

    number: int
    text: str
    runs: int | None
    changes: int | None
    rules: Counter[int]


@dataclass(frozen=True, eq=False)
class Against:
    """A test set beside a training set.

    Attributes:
        coverage: of the test set.
        unseen: rules that fire on it and never on the training set, those of most inputs first.
        minimal: the answers of the minimal program of the training set on those test inputs that have one.
    """

    name: str
    coverage: Coverage
    unseen: tuple[int, ...]
    minimal: Tally


@dataclass(frozen=True, eq=False)
class CoverageReport:
    """A training set, by its name, and perhaps a test set."""

    name: str
    coverage: Coverage
    against: Against | None

    def lines(self) -> list[SourceLine]:
        source = self.coverage.program.source
        lines = []
        for number in range(1, source.text.rstrip("\n").count("\n") + 2):
            sites = [site for site in self.coverage.sites if site.span.line == number]
            rules: Counter[int] = sum((Counter(site.rules) for site in sites), Counter())
            assigns = [site.changes for site in sites if site.assigns]
            lines.append(
                SourceLine(
                    number,
                    source.line(number),
                    sites[0].runs if sites else None,  # what follows on the same line is what this one leads to
                    sum(assigns) if assigns else None,
                    rules,
                )
            )
        return lines

    def rule(self, number: int) -> str:
        """A rule as text; where layers have names, after that of its layer."""
        plain = self.coverage.plain
        text = plain.text(number)
        return text if plain.program.is_short else f"{self.layer(number)}: {text}"

    def layer(self, number: int) -> str:
        """The name of the layer that has a rule."""
        plain = self.coverage.plain
        return plain.program.layer_names[plain.layer_of(number)]

    def record(self) -> dict[str, Any]:
        """Everything, as plain types."""
        found = {"program": self.coverage.program.name, "input": self.name, **self._counts(self.coverage)}
        found["lines"] = [
            {"line": line.number, "runs": line.runs, "changes": line.changes, "rules": sorted(line.rules)}
            for line in self.lines()
            if line.runs is not None
        ]
        found["against"] = None
        if self.against is not None:
            other = self.against
            unseen = [{**self._rule(other.coverage, number)} for number in other.unseen]
            found["against"] = {
                "input": other.name,
                **self._counts(other.coverage),
                "unseen": unseen,
                "inputs_with_unseen": len(other.coverage.beyond),
                "minimal_program": other.minimal.record(),
            }
        return found

    def _counts(self, coverage: Coverage) -> dict[str, Any]:
        return {
            "inputs": coverage.inputs,
            "failed": len(coverage.errors),
            "cells": coverage.cells,
            "rules": coverage.plain.total,
            "layers": [vars(layer) for layer in coverage.layers],
            "fired": [self._rule(coverage, number) for number in sorted(coverage.fires)],
        }

    def _rule(self, coverage: Coverage, number: int) -> dict[str, Any]:
        fires, inputs = coverage.fires[number], coverage.inputs_of[number]
        text = coverage.plain.text(number)
        return {"rule": number, "layer": self.layer(number), "fires": fires, "inputs": inputs, "text": text}


def report(
    interpreter: Interpreter,
    train: tuple[str, Sequence[str]],
    test: tuple[str, Sequence[str]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> CoverageReport:
    """Cover a program with a training set and perhaps a test set, each with its name.

    Raises:
        InputError: if an input is not accepted.
        AltacError: if the program has too many rules to number them.
    """
    name, texts = train
    coverage = cover(interpreter, texts, progress=progress)
    if test is None:
        return CoverageReport(name, coverage, None)
    name_of_test, others = test
    tested = cover(interpreter, others, coverage.fires, progress)
    unseen = sorted(set(tested.fires) - set(coverage.fires), key=lambda rule: (-tested.inputs_of[rule], rule))
    minimal = MinimalInterpreter(coverage.plain, coverage.fires)
    expected = expected_outputs(interpreter, others, progress=progress)
    tally = Tally.of(answers(minimal, expected, progress))
    return CoverageReport(name, coverage, Against(name_of_test, tested, tuple(unseen), tally))
