"""E0516 to E0519, W0110: programs that look ahead, and programs that write."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.warnings import Warning_
from altac.diagnostics.words import Witness, when


@record
class LooksAhead(Diagnostic):
    title = "`{name}` looks ahead, and the program is causal: what stands at a position depends on nothing behind it"
    label = "can select later positions"
    help = "look back only: `at ..0` is the own position and all before it, `at ..-1` all before it"
    code = "E0516"
    name: str


@record
class LoopGoesOn(Diagnostic):
    """A loop whose rounds change positions at which its condition holds: how many there are depends on later ones."""

    code = "E0517"
    title = "a later position decides how often `{name}` changes: the loop goes on until `{condition}` holds everywhere"
    name: str
    condition: str
    witness: Witness

    @property
    def label_text(self) -> str:
        return f"changes it where the condition holds{when(self.witness)}"

    help = "change it under `if not ({condition}):` alone, or repeat the loop a number of times: `* N`"


@record
class CannotGenerate(Diagnostic):
    """What `generate` needs; the classes below say what is missing."""

    code = "E0518"
    label = "writes the output behind what was read"


@record
class GenerateUnproved(CannotGenerate):
    title = "a program that writes is causal, and this one does not say so"
    help = "add the line `causal`: altac proves that no position depends on later ones"


@record
class GenerateElsewhere(CannotGenerate):
    title = "a program writes what its output is at the last position, and this output is read elsewhere"
    label = "not the last position alone"
    help = "write `output {name} at last`, without `where` and `pooled`"
    name: str


@record
class NotAToken(Diagnostic):
    """A value of the output that cannot be read again."""

    code = "E0519"
    name: str
    value: str
    label = "can be written"


@record
class NoText(NotAToken):
    title = "`{name}` can be {value}, which has no text and cannot be read as a token"
    help = 'write symbols, numbers and booleans; an end is a symbol, as in `generate until "<end>"`'


@record
class NotKnownBefore(NotAToken):
    title = "`{name}` can be {value}, which is no token: it is neither in the alphabet nor in the frame"
    help = (
        "declare what can be written, `var {name}: {{...}} = ...`; its values become tokens; or add it to the alphabet"
    )


@record
class NumberWritten(NotAToken):
    title = "`{name}` is a number, and what is written are tokens: finitely many"
    help = "write values of a finite domain"


@record
class NeverEnds(Warning_):
    code = "W0110"
    title = "the output is never {value}, so nothing but the length ends what is written"
    label = "never written"
    help = "the output can be {values}"
    value: str
    values: str
