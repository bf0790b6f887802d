"""What is done with a program of the page, in a process of its own: answers are plain types, as JSON has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from altac.diagnostics import AltacError, Diagnostic, diagnostic_record
from altac.engine.protocol import trace_text
from altac.explain import Explainer
from altac.ir.interface import InputError
from altac.play.document import Check, Compiler, Document, Run, Task
from altac.view.page import page
from altac.view.running import view_of_run

Answer = dict[str, Any]


class Worker:
    """Does one task after another."""

    def __init__(self) -> None:
        self.compiled = Compiler()

    def __call__(self, task: Task) -> Answer:
        match task:
            case Check(document):
                return self.check(document)
            case Run():
                return self.run(task)
            case _:
                assert_never(task)

    def check(self, document: Document) -> Answer:
        """What is wrong with a program, and what it imports."""
        try:
            found = self.compiled(document)
        except AltacError as error:
            return {"diagnostics": records(error.diagnostics), "files": None}
        return {"diagnostics": records(found.warnings), "files": dict(found.program.imports)}

    def run(self, task: Run) -> Answer:
        """The page of a run, and its output; or what is wrong with the program or the input."""
        try:
            found = self.compiled(task.document)
            model = found.model if task.engine == "weights" else None
            trace = trace_text(model or found.interpreter, task.input)
            view = view_of_run(found, model, Explainer(found.program, trace), task.input)
        except InputError as error:
            return {"problems": records([error.problem.of_input(task.input)])}
        except AltacError as error:
            return {"problems": records(error.diagnostics)}
        failed = [] if trace.error is None else [trace.error]
        shown = page(view, framed=True)
        return {"problems": records(failed), "output": view.output, "layers": trace.layers, "page": shown}


def records(diagnostics: Sequence[Diagnostic]) -> list[Answer]:
    return [diagnostic_record(one) for one in diagnostics]
