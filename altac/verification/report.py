"""What `altac verify` found, in words and as plain types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from altac.engine.equivalence import Difference
from altac.engine.table import difference_text
from altac.engine.trace import Trace
from altac.engine.verify import ENOUGH, LONG, Evidence
from altac.verification.description import Misfit
from altac.version import __version__

Verdict = Literal["equal", "different", "undecided"]


def readable(text: str) -> str:
    """A text without characters that a terminal could interpret: names in a file may hold any."""
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


@dataclass(frozen=True)
class CheckedWeights:
    """Which weights were checked; `weights` is the name of their file, None where there is none.

    `accepts` are the greatest lengths of inputs that program and weights accept, None where there is none. `layers` are
    the names of layers ("" in a program with one step) and of their sub-layers.
    """

    program: str
    weights: str | None
    altac: str
    level: int
    precision: str
    device: str
    accepts: tuple[int | None, int | None]
    layers: tuple[tuple[str, tuple[str, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        accepts = dict(zip(("program", "weights"), self.accepts, strict=True))
        layers = [{"name": name, "sublayers": list(sublayers)} for name, sublayers in self.layers]
        return {**vars(self), "accepts": accepts, "layers": layers}


@dataclass(frozen=True)
class Report:
    """Whether a model is what it says.

    Attributes:
        evidence: what was compared; None if there was no program to compare with.
        misfits: fields of its description that do not belong to its weights.
        is_certified: whether its certificate is about these weights, or there is none.
        traces: those of interpreter and weights on the input of the difference, if it shows states.
        decimals: of numbers that weights do not know exactly, to how many they were compared.
    """

    subject: CheckedWeights
    evidence: Evidence | None
    misfits: tuple[Misfit, ...]
    is_certified: bool
    traces: tuple[Trace, Trace] | None = field(default=None, repr=False)
    decimals: Mapping[str, int] = field(default_factory=dict)

    @property
    def difference(self) -> Difference | None:
        """Where the weights first differ from the program, on a smallest input."""
        return None if self.evidence is None else self.evidence.difference

    @property
    def verdict(self) -> Verdict:
        """ "undecided" where nothing is wrong, and too little is known to call the two equal."""
        if self.evidence is None or self.difference is not None or self.misfits:
            return "different"
        return "equal" if self.evidence.plan.is_enough and (self.is_certified or self.is_proved) else "undecided"

    @property
    def equal(self) -> bool:
        return self.verdict == "equal"

    @property
    def is_foreign(self) -> bool:
        """Whether the weights are of another program, so that nothing was compared."""
        return self.difference is not None and self.difference.layer < 0

    @property
    def is_proved(self) -> bool:
        """Whether every input was compared that the program accepts."""
        return self.evidence is not None and self.evidence.plan.is_whole

    @property
    def notes(self) -> list[str]:
        """What is to be known beside the verdict."""
        notes = []
        program, weights = self.subject.accepts
        if program != weights and not self.is_foreign:
            bounds = ["of any length" if most is None else f"up to length {most}" for most in (weights, program)]
            notes.append(f"the weights accept inputs {bounds[0]}, the program {bounds[1]}")
        if self.misfits and self.subject.altac != __version__:
            notes.append(f"the file was made by altac {self.subject.altac}, this is {__version__}: compile it again")
        if self.verdict == "undecided" and self.evidence is not None:
            plan = self.evidence.plan
            if not plan.is_enough:
                least = f"{plan.long} of at least {ENOUGH} inputs with {LONG} symbols or more"
                notes.append(f"too little to call them equal: {least}; compare more")
            if not self.is_certified and not self.is_proved:
                notes.append(
                    "the certificate is about other weights, those that altac makes of the program: "
                    "nothing is known of other inputs"
                )
        return notes

    def to_dict(self) -> dict[str, Any]:
        kinds = ("interpreter", "weights")
        traces = (
            None if self.traces is None else dict(zip(kinds, (trace.to_dict() for trace in self.traces), strict=True))
        )
        return {
            **self.subject.to_dict(),
            "verdict": self.verdict,
            "equal": self.equal,
            **({} if self.evidence is None else self.evidence.to_dict()),
            "misfits": [misfit.to_dict() for misfit in self.misfits],
            "certified": self.is_certified,
            "decimals": dict(self.decimals),
            "notes": self.notes,
            "traces": traces,
        }

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """The report for people; `width` is that of the terminal."""
        lines = [*self._states(), *(f"({note})" for note in self.notes)]
        if self.evidence is not None and self.difference is None:
            lines.append(f"greatest distance from exact values: {self.evidence.margin:.2g}")
            if self.decimals:
                known = ", ".join(f"`{name}` to {digits}" for name, digits in self.decimals.items())
                lines.append(f"numbers that are not exact agree to so many decimals: {known}")
        if self.traces is not None:
            lines += ["", difference_text(*self.traces, width)]
        return readable("\n".join(lines))

    def _states(self) -> list[str]:
        """The verdict, and what was compared."""
        misfits = [
            "what the file says of itself does not belong to its weights",
            *(f"  {misfit}" for misfit in self.misfits),
        ]
        difference = self.difference
        if difference is not None:
            where = [f"different: {difference.what}"]
            if not self.is_foreign:
                where = [f"different: {difference}", f"(looked for on {self._compared})"]
            return [*where, *(misfits if self.misfits else ())]
        match self.verdict:
            case "different" if self.evidence is None:
                return ["different: there is no program to compare with", *misfits]
            case "different":
                return [f"different: {misfits[0]}", *misfits[1:], f"(no difference in states on {self._compared})"]
            case "undecided":
                return [f"undecided: no difference on {self._compared}"]
            case "equal":
                return [f"equal on {self._compared}"]

    @property
    def _compared(self) -> str:
        return "no input" if self.evidence is None else str(self.evidence.plan)
