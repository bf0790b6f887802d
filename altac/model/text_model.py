"""Running a model on text, whichever way it computes."""

from __future__ import annotations

from collections.abc import Sequence

from altac.engine.protocol import Engine, run_texts, trace_text
from altac.engine.trace import Result, Trace


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

    def trace(self: Engine, text: str) -> Trace:
        """The state after every layer, decoded from the residual stream.

        Raises:
            InputError: if the input is not accepted.
        """
        return trace_text(self, text)
