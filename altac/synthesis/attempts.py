"""Which engines learn from some examples, and which of their programs is taken.

Exact engines come first, where the data may have a program that is right on everything: few different symbols, and no
input with two outputs. If none of them finds one, the others follow; a fifth of the time is kept for each of these.
What is best on the validation examples is taken. The first engine learns from these, too; the others do not, as soon
as there is something to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from altac.diagnostics import AltacError
from altac.synthesis.candidates import Candidate, Score
from altac.synthesis.engine import Engine, Progress, Settings, State
from altac.synthesis.examples import refuse_contradictions, split
from altac.synthesis.learning import Task, learn

AUTO = "auto"
RESERVED = 0.2  # of the time, for each engine but the first


@dataclass(frozen=True)
class Best:
    """The best program so far.

    Attributes:
        task: as the engine understood it, with numbers or with words.
        score: on what the engine measures by.
    """

    engine: str
    task: Task
    candidate: Candidate
    score: Score


class Step(NamedTuple):
    """What is tried now, by which engine, the best of all, and from where the first engine could go on."""

    engine: str
    trying: str
    best: Best | None = None
    state: State | None = None


def chosen(task: Task, every: Mapping[str, Engine], wanted: str) -> tuple[dict[str, Engine], str]:
    """The engines to try, in their order, the wanted one, or with "auto" those that suit the examples; and why not all.

    Raises:
        AltacError: if examples contradict each other, and only exact engines suit them.
    """
    if wanted != AUTO:
        return {wanted: every[wanted]}, ""
    examples = task.learned_from
    suited = {name: engine for name, engine in every.items() if engine.suits(examples)}
    loose = {name: engine for name, engine in suited.items() if not engine.exact}
    by_evidence = {name: engine for name, engine in loose.items() if engine.of_words}
    if not suited:
        return {name: engine for name, engine in every.items() if engine.exact}, ""
    if suited == loose:
        return suited, "there are many different words, or long texts"
    try:
        refuse_contradictions(examples + task.test)
    except AltacError as error:
        if not by_evidence:
            raise
        return by_evidence, f"{error.diagnostics[0].message}, so no program is right on all"
    return suited, ""


def attempts(task: Task, tried: Mapping[str, Engine], settings: Settings) -> Iterator[Step]:
    """One engine after the other, until a program is right on all that it is learned from.

    Raises:
        AltacError: if the examples are none that an engine can learn from.
    """
    best: Best | None = None
    state: State | None = None
    end = settings.clock() + settings.seconds
    for number, (name, engine) in enumerate(tried.items()):
        left = end - settings.clock()
        whole = task.as_words() if engine.of_words or (task.learned_from + task.test).is_mixed else task
        part = whole if best is None else without_validation(whole, settings.seed)
        least = RESERVED * settings.seconds if number else 0.0  # also where one before it took more than it was given
        seconds = max(least, left - RESERVED * settings.seconds * (len(tried) - number - 1))
        given = replace(settings, seconds=seconds, state=None if number else settings.state)
        rival, own = best, None
        judged = -1.0 if best is None else best.candidate.score(best.task.validation).share
        for progress in proposed(part, engine, given, rival is not None):
            if progress.best is not None and progress.score is not None and progress.best is not own:
                own = progress.best
                better = rival is None or own.score(whole.validation).share > judged
                best = Best(name, whole, own, progress.score) if better else rival
            state = state if number else progress.state
            yield Step(name, progress.trying, best, state)
        if best is not None and best.score.perfect and best.candidate.score(best.task.learned_from).perfect:
            return


def proposed(task: Task, engine: Engine, settings: Settings, optional: bool) -> Iterator[Progress]:
    """What an engine proposes; nothing if it refuses the examples, and others have something.

    Raises:
        AltacError: if it refuses them, and nothing else is there.
    """
    try:
        yield from learn(task, engine, settings)
    except AltacError:
        if not optional:
            raise


def without_validation(task: Task, seed: int) -> Task:
    """The same without what programs of different engines are compared by."""
    train, validation, drawn = split(task.train, seed)
    return Task(task.origin, train + drawn, validation, task.test)
