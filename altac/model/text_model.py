"""Running a model on text, whichever way it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import NoScore
from altac.engine.protocol import Engine, run_texts, trace_text
from altac.engine.trace import Result, Trace
from altac.ir.arrays import Array

if TYPE_CHECKING:
    from jaxtyping import Float64


class TextModel:
    """What every model can do with text."""

    def __call__(self: Engine, text: str) -> str:
        """The output for one input text.

        Raises:
            AltacError: if the input is not accepted, or the run fails.
        """
        return run_texts(self, [text])[0].text(self.interface)

    def run(self: Engine, texts: Sequence[str]) -> list[Result]:
        """The results of many inputs, in their order; an input that fails carries its error."""
        return run_texts(self, texts)

    def logits(self: Engine, text: str) -> Float64[Array, "outputs labels"]:
        """The scores of the labels of `interface.domain`, for each symbol of the output.

        Raises:
            AltacError: if the input is not accepted, the run fails, or the output is not a score.
        """
        scoring = self.interface.scoring
        if scoring is None:
            raise AltacError([NoScore(None, "`logits`", self.interface.variable)])
        result = run_texts(self, [text])[0]
        result.text(self.interface)  # raises the error of a run that failed
        assert result.evidence is not None
        return result.evidence.sums / scoring.denominator

    def trace(self: Engine, text: str) -> Trace:
        """The state after every layer, decoded from the residual stream.

        Raises:
            InputError: if the input is not accepted.
        """
        return trace_text(self, text)
