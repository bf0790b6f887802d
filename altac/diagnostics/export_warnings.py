"""W0112: models that were exported, and are not all that the program is."""

from __future__ import annotations

from altac.diagnostics.export_errors import needs
from altac.diagnostics.record import record
from altac.diagnostics.warnings import Warning_
from altac.diagnostics.words import counted, listed


@record
class Exported(Warning_):
    code = "W0112"
    name: str


@record
class RoundsAreFixed(Exported):
    title = "`{name}` is exported with {number}: inputs that need more get what is known by then"
    help = "{over}; of the inputs that were tried, {listed}"
    layers: int
    halted: tuple[str, ...]
    rounds: tuple[tuple[int, int], ...]

    def facts(self) -> dict[str, object]:
        number = f"{counted(self.layers, 'round')} of what repeats"
        names = listed(self.halted)
        over = f"{names} is 1 at each position where the loop is over"
        if len(self.halted) > 1:
            over = f"{names} are 1 at each position where their loops are over, and all have to be"
        return {**super().facts(), "number": number, "over": over, "listed": needs(self.rounds)}


@record
class EditsAreExported(Exported):
    title = "the weights of `{name}` are not those of its program: they are exported as they are, without a certificate"
    help = "`altac verify` says where they differ"
