"""What is to be exported, and what an export gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from altac.circuits.build import Form
from altac.circuits.formats import json_bytes
from altac.diagnostics import AltacError, Diagnostic
from altac.diagnostics.halting_export_errors import ShapesNotExported
from altac.driver import Compiled
from altac.ir.interface import Interface
from altac.model.model import Model

Units = Literal["pair", "relu"]


@dataclass(frozen=True, eq=False)
class Request:
    """Weights, and how they are to be written.

    Attributes:
        model: the weights; its module is read, so edits of them count.
        compiled: the program that they were made from.
        layers: rounds of what repeats until a condition holds; None if not given.
        length: the greatest number of positions, the frame included; None if not given.
        units: "pair" writes a saturating unit as two ReLUs, "relu" writes the unit of a rule as one.
    """

    model: Model
    compiled: Compiled
    layers: int | None = None
    length: int | None = None
    units: Units = "pair"


def other_token(interface: Interface) -> int | None:
    """The token that all unknown symbols are read as; None if they are errors.

    Raises:
        AltacError: if it depends on their shapes, which a tool does not look at that has no code of altac.
    """
    if interface.unknown is None:
        return None
    if interface.unknown.shapes:
        raise AltacError([ShapesNotExported(None, interface.program)])
    return interface.vocabulary.index(interface.unknown.other)


@dataclass(frozen=True, eq=False)
class Export:
    """What is written.

    Attributes:
        files: all files of the folder, by their names; the first takes its place last.
        notes: lines for the user: sizes, and for which inputs it is exact.
        warnings: what the user has to know.
        form: what circuits of the exported model are found in; None where its layers are the program's.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = field(default=())
    form: Form | None = None

    def with_circuit(self, form: Form) -> Export:
        """The same, with the static circuit in a file."""
        circuit = {"circuit.json": json_bytes(form.circuit.to_dict())}
        return replace(self, files={**self.files, **circuit}, form=form)
