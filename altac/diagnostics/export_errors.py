"""E0710 to E0716: models that another tool cannot hold, or not as asked."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class CannotExport(Diagnostic):
    code = "E0710"
    name: str


@record
class NumbersUnrolled(CannotExport):
    title = "`{name}` has a number without a finite domain, `{number}`, which ReLUs cannot keep exact"
    help = "declare its domain, or use `--to huggingface` or `--to onnx`, which keep the model as it is"
    number: str


@record
class UnrolledTooLarge(CannotExport):
    title = "`{name}`, unrolled, has more than {most:,} numbers"
    help = "take fewer layers (`--layers`) or positions (`--length`)"
    most: int


@record
class LayersNeeded(Diagnostic):
    """`rounds` are those that inputs were seen to take, by their lengths in symbols."""

    code = "E0711"
    title = "`{name}` repeats until a condition holds, and the exported model runs a fixed number of layers"
    help = "say how many, as in `--layers {greatest}`; of the inputs that were tried, {listed}"
    name: str
    rounds: tuple[tuple[int, int], ...]

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "greatest": max(number for _, number in self.rounds), "listed": needs(self.rounds)}


@record
class NoLayersNeeded(Diagnostic):
    code = "E0711"
    title = "`--layers` is for loops that run until a condition holds, and `{name}` has none"
    help = "leave it out: all of its layers are exported"
    name: str


def needs(rounds: tuple[tuple[int, int], ...]) -> str:
    """How many rounds inputs of some lengths take, in words."""
    (length, number), *others = rounds
    return ", ".join([f"length {length} takes {number}", *(f"{length} takes {number}" for length, number in others)])


@record
class EditedForm(Diagnostic):
    code = "E0712"
    title = "cannot export the edited weights of `{name}`: {reason}"
    help = "export the weights that altac compiled, and make the edit in the other tool"
    name: str
    reason: str


@record
class LengthNeeded(Diagnostic):
    code = "E0713"
    title = "`{name}` takes inputs of any length, and the exported model has a fixed number of positions"
    help = "say how many, with those of the frame, as in `--length 32`"
    name: str


@record
class LengthNotTaken(Diagnostic):
    """`least` and `most` are the numbers of positions that are possible."""

    code = "E0713"
    title = "`{name}` has {possible} positions, and not {length:,}"
    help = "choose `--length` from these; a `param` of the program may allow for more: `-D N=...`"
    name: str
    length: int
    least: int
    most: int | None

    def facts(self) -> dict[str, object]:
        possible = f"{self.least:,} or more" if self.most is None else f"{self.least:,} to {self.most:,}"
        return {**super().facts(), "possible": possible}


@record
class LengthNotExact(Diagnostic):
    code = "E0714"
    title = "`{name}`, unrolled, is not exact in float32 for {length:,} positions: {reason}"
    name: str
    length: int
    reason: str
    possible: int | None

    @property
    def help_text(self) -> str:
        if self.possible is None:
            return "use `--to huggingface` or `--to onnx`, which keep the model as it is"
        return f"it is for up to {self.possible:,}: `--length {self.possible}`"


@record
class NotRulesAlone(Diagnostic):
    code = "E0715"
    title = "layer {run} of `{name}` has hidden units that are no rules: one ReLU cannot stand for each"
    help = "use `--units pair`, which writes two for each"
    name: str
    run: str


@record
class RoundedByNorms(Diagnostic):
    code = "E0715"
    title = "the norms of GPT-2 round what the units of `{name}` read, which one ReLU would hand on"
    help = "leave out `--units relu`"
    name: str


@record
class NotCausal(Diagnostic):
    code = "E0716"
    title = "GPT-2 looks back only, and {what} of `{name}` looks ahead"
    help = "use `--to transformer-lens`, or write the program so that no head looks behind its position: `at ..0`"
    name: str
    what: str
