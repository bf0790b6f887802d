"""What is done with a program of the page, most of it in a process of its own: answers are as JSON has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, assert_never

from altac.diagnostics import AltacError, Diagnostic, diagnostic_record
from altac.editing import Checked, Colour, completions, hover, semantic_tokens
from altac.editing.checking import checked_of
from altac.engine.protocol import trace_text
from altac.explain import Explainer
from altac.ir.interface import InputError
from altac.play.document import Check, Compiler, Complete, Document, Hover, Question, Run, Task
from altac.view.page import page
from altac.view.running import view_of_run

Answer = dict[str, Any]


FACTS = "facts"
COLOURED = {
    Colour.HEAD,
    Colour.LAYER,
    Colour.FUNCTION,
    Colour.CONSTANT,
    Colour.TYPE,
}  # what the page cannot tell itself


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
        """What is wrong with a program; what it imports and the inputs of its examples, None where it has errors.

        `FACTS` are the domains of its names, for the server.
        """
        pieces = [
            {"start": piece.start, "end": piece.end, "colour": piece.colour.name.lower()}
            for piece in semantic_tokens(document.text)
            if piece.colour in COLOURED
        ]
        try:
            found = self.compiled(document)
        except AltacError as error:
            problems = checked_of(error.diagnostics, document.source).problems
            return {"diagnostics": [asdict(one) for one in problems], "pieces": pieces, "files": None, "examples": None}
        checked = checked_of(found.warnings, found.program.source, found.program)
        return {
            FACTS: checked.facts,
            "diagnostics": [asdict(one) for one in checked.problems],
            "pieces": pieces,
            "files": dict(found.program.imports),
            "examples": list(dict.fromkeys(one.input for one in found.program.examples)),
        }

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


@dataclass(frozen=True)
class Item:
    """A completion, as the editor of the page calls its parts."""

    label: str
    detail: str


class Questions:
    """Answers what is asked while one types. Nothing is checked for it, so it waits for no check.

    Attributes:
        known: what was found out of the last text that had no errors, by the name of its file.
    """

    def __init__(self) -> None:
        self.known: tuple[str, Checked] | None = None

    def learn(self, document: Document, answer: Answer) -> Answer:
        """Take the facts out of what a check says."""
        facts = answer.pop(FACTS, None)
        if facts is not None:
            self.known = (document.name, Checked((), facts, True))
        return answer

    def __call__(self, question: Question) -> Answer:
        document, place = question.document, question.place
        known = self.known[1] if self.known is not None and self.known[0] == document.name else None
        match question:
            case Complete():
                items = [Item(one.label, one.detail) for one in completions(document.text, place, known)]
                return {"items": [asdict(one) for one in items]}
            case Hover():
                found = hover(document.text, place, known)
                return {} if found is None else asdict(found)
            case _:
                assert_never(question)
