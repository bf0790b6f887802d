"""The examples of a text, run in the interpreter."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from altac.diagnostics import AltacError, Source
from altac.driver import compile_source


@dataclass(frozen=True)
class Outcome:
    """What an example gave; `problem` is "" if it is what the example says."""

    input: str
    problem: str


def run_examples(
    text: str, name: str, numbers: Sequence[int], imports_from: str | os.PathLike[str] | None
) -> list[Outcome] | str:
    """Run examples by their numbers, in the order of the text; a message if the program is not correct.

    Args:
        name: the path of its file.
        imports_from: a folder from which it may import files, beside its own.
    """
    from altac.analysis.examples import problem
    from altac.engine.protocol import run_texts

    try:
        compiled = compile_source(Source(name, text), imports_from=imports_from)
    except AltacError as error:
        return f"the program has errors: {error.diagnostics[0].message}"
    examples = compiled.program.examples
    chosen = [examples[number] for number in numbers if 0 <= number < len(examples)]
    results = run_texts(compiled.interpreter, [example.input for example in chosen])
    interface = compiled.program.interface
    return [
        Outcome(example.input, problem(example, result, interface) or "")
        for example, result in zip(chosen, results, strict=True)
    ]


def told(outcomes: Sequence[Outcome] | str) -> tuple[bool, str]:
    """Whether all is well, and what to say."""
    if isinstance(outcomes, str):
        return False, outcomes
    failing = [outcome for outcome in outcomes if outcome.problem]
    if failing:
        return False, "\n".join(f'example "{outcome.input}": {outcome.problem}' for outcome in failing)
    return True, f'example "{outcomes[0].input}" holds' if len(outcomes) == 1 else f"{len(outcomes)} examples hold"
