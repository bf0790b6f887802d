"""Examples: their inputs are accepted, and their outputs are made of values that the output variable has."""

from __future__ import annotations

from altac.check.elaborate import Elaborator
from altac.check.places import Place
from altac.check.scope import Scope
from altac.diagnostics import AltacError, closest
from altac.diagnostics.constant_errors import Subject
from altac.diagnostics.program_errors import ImpossibleOutput, UnreadableExample
from altac.ir.interface import InputError, Interface
from altac.ir.program import Example
from altac.ir.values import value_text
from altac.syntax import tree as t


def check_example(scope: Scope, example: t.Example, interface: Interface | None) -> Example:
    """The example as texts; without an interface only its output is checked to be a constant.

    Raises:
        AltacError: if the program cannot read the input, or never gives the output.
    """
    value = Elaborator(scope, Place.CONSTANT, Subject.EXAMPLE).constant(example.output)
    text_of = value_text if interface is None else interface.domain.text
    written = " ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
    if interface is None:
        return Example(example.input, written, example.span)
    try:
        interface.parse(example.input)
    except InputError as error:
        raise AltacError([UnreadableExample(example.span, error.problem)]) from None
    text = interface.normalise_output(written)
    known = interface.output_texts
    for piece in () if any(" " in whole for whole in known) else text.split():
        if not interface.can_say(piece):
            guess = closest(piece, known)
            shown = written if " " not in written else piece
            place = example.output.span
            raise AltacError([ImpossibleOutput(place, shown, guess, interface.variable, str(interface.domain))])
    return Example(example.input, text, example.span)
