"""A run in a notebook: the page of `altac view`, with a field for other inputs where there is anywidget."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from altac.api import opened
from altac.diagnostics import AltacError
from altac.diagnostics.explain_errors import NoStates
from altac.diagnostics.run_errors import WrongArgument
from altac.driver import Compiled, embedded_program
from altac.engine.protocol import Engine, trace_text
from altac.explain import Explainer
from altac.ir.interface import InputError
from altac.model.encoder_model import EncoderModel
from altac.model.model import Model
from altac.view import page
from altac.view.running import view_of_run

SCRIPT = Path(__file__).with_name("living.js")
HEIGHT = 560  # pixels


class Living:
    """A run that a notebook shows; made by `view`.

    Attributes:
        trace: of the last run.
        page: its page, as HTML.
    """

    def __init__(self, compiled: Compiled, model: Model | None, text: str, height: int) -> None:
        self.compiled = compiled
        self.model = model
        self.height = height
        self.show(text)

    def show(self, text: str) -> None:
        """Run another input.

        Raises:
            AltacError: if it is not accepted, or its run is too large; the last one stays.
        """
        try:
            trace = trace_text(self.model or self.compiled.interpreter, text)
        except InputError as error:
            raise AltacError([error.problem.of_input(text)]) from None
        explainer = Explainer(self.compiled.program, trace)
        self.page = page(view_of_run(self.compiled, self.model, explainer, text))
        self.trace, self.text = trace, text

    def __repr__(self) -> str:
        return f"<View of {self.trace!r}>"

    def _repr_mimebundle_(self, **_of: object) -> Any:
        """The page, by anywidget or in a frame; a table for readers in which nothing runs."""
        frame = (
            f'<iframe sandbox="allow-scripts" title="{escape(repr(self))}" srcdoc="{escape(self.page)}" '
            f'style="width:100%;height:{self.height}px;border:1px solid #d5dbe1"></iframe>'
        )
        plain = {"text/plain": repr(self)}
        table = self.trace._repr_html_()
        make = widget_class()
        if make is None:
            folded = f"<details><summary>as a table</summary>{table}</details>" if table else ""
            return {**plain, "text/html": frame + folded}
        found = self.widget(make)._repr_mimebundle_() or {}
        data, metadata = found if isinstance(found, tuple) else (found, {})
        return {**data, **plain, "text/html": table or frame}, metadata

    def widget(self, make: Callable[..., Any]) -> Any:
        """The widget: what a user types into its field is run, and becomes its page or its message."""
        widget = make(page=self.page, input=self.text, message="", height=self.height)

        def changed(change: Any) -> None:
            try:
                self.show(change["new"])
                widget.message, widget.page = "", self.page
            except AltacError as error:
                widget.message = str(error)

        widget.observe(changed, names="input")
        return widget


def view(program: str | os.PathLike[str] | Compiled | Engine, text: str, *, height: int = HEIGHT) -> Living:
    """A run on a text, in which every value says why it is what it is.

    Args:
        program: as for `altac.run`; of weights the values are those of their residual stream.
        height: of what is shown, in pixels.

    Raises:
        AltacError: if the program cannot be used, does not accept the text, or runs too long to be shown.
    """
    if not isinstance(text, str):
        raise WrongArgument.error("an input", "a text", text, '"1 0 1"')
    found = opened(program)
    if isinstance(found, Compiled):
        return Living(found, None, text, height)
    if isinstance(found, EncoderModel):
        raise AltacError([NoStates(None, found.metadata.interface.program)])
    if not isinstance(found, Model):
        raise WrongArgument.error("what is viewed", "a program or weights", program, '"programs/parity.alta"')
    return Living(embedded_program(found.metadata), found, text, height)


@cache
def widget_class() -> Callable[..., Any] | None:
    """The class of widgets; None where anywidget is not installed."""
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ImportError:
        return None
    traits = {name: traitlets.Unicode().tag(sync=True) for name in ("page", "input", "message")}
    traits["height"] = traitlets.Int().tag(sync=True)
    made: Callable[..., Any] = type(
        "LivingWidget", (anywidget.AnyWidget,), {"_esm": SCRIPT.read_text(encoding="utf-8"), **traits}
    )
    return made
