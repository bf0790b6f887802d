"""Whether the examples of a program hold, in the interpreter and in the weights, which must agree on every state."""

from __future__ import annotations

from collections.abc import Mapping

from altac.engine.equivalence import compare_engines
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result
from altac.ir.interface import Interface
from altac.ir.program import Example


def failing_examples(examples: tuple[Example, ...], interpreter: Engine, weights: Engine) -> dict[int, str]:
    """Why examples fail, by their place among the examples of the program; each fails once, whatever is wrong."""
    texts = [example.input for example in examples]
    engines = {"interpreter": interpreter, "weights": weights}
    results = {name: run_texts(engine, texts) for name, engine in engines.items()}
    failing: dict[int, str] = {}
    for place, example in enumerate(examples):
        found = {name: problem(example, results[name][place], engines[name].interface) for name in engines}
        if any(found.values()):
            failing[place] = in_words(found)
    difference = compare_engines(interpreter, weights, texts)
    if difference is not None:
        place = texts.index(difference.input)
        apart = f"interpreter and weights differ: {difference}"
        failing[place] = f"{failing[place]}; {apart}" if place in failing else apart
    return dict(sorted(failing.items()))


def problem(example: Example, result: Result, interface: Interface) -> str | None:
    """What is wrong with a result; None if it is as the example says."""
    if result.error is not None:
        return result.error.message
    found = result.text(interface)
    agrees = interface.agrees(result.output or (), example.output)
    return None if agrees else f'expected "{example.output}", found "{found}"'


def in_words(problems: Mapping[str, str | None]) -> str:
    """What is wrong in which engine, or in both."""
    if len(set(problems.values())) == 1:
        return next(iter(problems.values())) or ""
    return "; ".join(f"in the {name}: {text}" for name, text in problems.items() if text is not None)
