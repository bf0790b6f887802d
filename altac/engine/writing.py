"""Programs that write: the output at the last position is read again, until it is the end or enough is written.

Since such a program is causal, what stands at a position is the same in all runs that reach it: so the last run has the
states of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from altac.engine.batches import batches
from altac.engine.tokens import many_tokens
from altac.ir.interface import InputError

if TYPE_CHECKING:
    from altac.engine.protocol import Answering, Finish, Following

Choose = Callable[[int, "Finish"], int]  # the value index of the next symbol of a sequence, by its number
Tell = Callable[[int, int], None]  # is told each symbol that is written, as the number of a sequence and a value index


@dataclass
class Written:
    """What was written behind one sequence.

    Attributes:
        tokens: all that was read in the last run.
        values: indices in the output's domain of what was written.
        steps: how each run ended, that of the end too; its output is what was chosen.
    """

    tokens: list[int]
    values: list[int] = field(default_factory=list)
    steps: list[Finish] = field(default_factory=list)

    @property
    def last(self) -> Finish | None:
        return self.steps[-1] if self.steps else None


def write(
    engine: Answering,
    sequences: Mapping[int, Sequence[int]],
    choose: Choose | None = None,
    tell: Tell | None = None,
) -> dict[int, Written]:
    """What a program writes behind each of some sequences, by their numbers.

    A sequence without a position has no last one: nothing is written behind it.

    Args:
        choose: in place of the output of a run.
        tell: called with each symbol when it is known.
    """
    interface = engine.interface
    writing, tokens_of = interface.writing, interface.written_tokens
    assert writing is not None
    found = {number: Written(list(tokens)) for number, tokens in sequences.items()}
    going = [number for number, one in found.items() if one.tokens]
    following = engine.following()
    while going:
        reached = following({number: found[number].tokens for number in going})
        still = []
        for number in going:
            one, finish = found[number], reached[number]
            if finish.output and choose is not None:
                finish = finish._replace(output=(choose(number, finish),))
            one.steps.append(finish)
            if not finish.output:
                continue
            index = finish.output[0]
            token = tokens_of[index]
            if token is None:
                continue
            one.values.append(index)
            if tell is not None:
                tell(number, index)
            if len(one.values) < writing.most:
                one.tokens.append(token)
                still.append(number)
        going = still
    return found


def rerunning(engine: Answering) -> Following:
    """Runs of whole sequences, however much of them has been run before."""

    def finishes(sequences: Mapping[int, Sequence[int]]) -> dict[int, Finish]:
        ends: dict[int, Finish] = {}
        for numbers in batches(sequences):
            ends |= dict(zip(numbers, engine.finish([sequences[number] for number in numbers]), strict=True))
        return ends

    return finishes


def read_tokens(engine: Answering, texts: Sequence[str]) -> list[list[int] | InputError]:
    """The tokens that are read of each text; of a program that writes those of its last run."""
    found = many_tokens(engine.interface, texts)
    if engine.interface.writing is None:
        return found
    good = {number: tokens for number, tokens in enumerate(found) if not isinstance(tokens, InputError)}
    written = write(engine, good)
    return [written[number].tokens if number in written else one for number, one in enumerate(found)]


def tokens_read(engine: Answering, text: str) -> list[int]:
    """The same for one text.

    Raises:
        InputError: if it is not accepted.
    """
    (found,) = read_tokens(engine, [text])
    if isinstance(found, InputError):
        raise found
    return found
