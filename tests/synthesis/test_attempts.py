"""One engine after the other: what time each is given, also where one takes more than it was given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from altac.synthesis.attempts import attempts
from altac.synthesis.engine import Engine, Progress, Settings
from altac.synthesis.examples import Examples
from altac.synthesis.learning import Task

TEXTS = tuple((("a", "b") if number % 2 else ("b", "a")) for number in range(20))
TASK = Task.of(Examples(TEXTS, tuple((text[0], text[1]) for text in TEXTS), "each"), "here", 0)


class Clock:
    """A clock that stands still while nobody works."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def engine(clock: Clock, works: float, given: list[float]) -> Engine:
    """An engine that finds nothing in some seconds, and notes how many it was given."""

    def run(_train: Examples, _validation: Examples, settings: Settings) -> Iterator[Progress]:
        given.append(settings.seconds)
        clock.now += works
        yield Progress("nothing")

    return Engine(run, exact=False)


@pytest.mark.parametrize(
    ("works", "times"),
    [
        ((0, 0, 0), [60, 80, 100]),  # of 100 seconds, a fifth is kept for each that follows
        ((60, 20, 20), [60, 20, 20]),
        ((70, 20, 20), [60, 20, 20]),  # the first took ten more: the others have their fifth all the same
        ((500, 500, 20), [60, 20, 20]),
    ],
)
def test_each_engine_has_a_fifth_of_the_time_at_least(works: tuple[float, ...], times: list[float]) -> None:
    clock, given = Clock(), list[float]()
    tried = {str(number): engine(clock, one, given) for number, one in enumerate(works)}
    steps = list(attempts(TASK, tried, Settings(seconds=100.0, clock=clock)))
    assert [step.engine for step in steps] == ["0", "1", "2"]
    assert given == pytest.approx(times)
