"""A model that was exported, from its folder: what is there is compared with what would be written now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from altac.circuits.build import Form
from altac.diagnostics import AltacError
from altac.diagnostics.circuit_errors import NotThatExport
from altac.driver import Compiled
from altac.export.request import Request
from altac.export.targets import TARGETS
from altac.model.model import Model
from altac.system.files import open_regular, reason_of


def export_again(model: Model, compiled: Compiled, file: str, folder: Path) -> Form:
    """What circuits of the model in a folder are found in.

    Args:
        file: the name of the program or of the weights, for messages.

    Raises:
        AltacError: if the folder does not hold this model, unrolled.
    """

    def other(reason: str) -> AltacError:
        return AltacError([NotThatExport(None, str(folder), file, reason)])

    def content(name: str) -> bytes:
        try:
            with open_regular(folder / name) as stream:
                return stream.read()
        except OSError as error:
            raise other(f"`{name}` cannot be read ({reason_of(error)})") from None

    options = options_in(content("config.json"))
    if options is None:
        raise other("its `config.json` does not say how a program was unrolled")
    tool, layers, length, units = options
    export = TARGETS[tool](Request(model, compiled, layers, length, units))
    for name, data in export.files.items():
        if name != "circuit.json" and content(name) != data:
            raise other(f"`{name}` would be another")
    assert export.form is not None
    return export.form


def options_in(config: bytes) -> tuple[Any, ...] | None:
    """The tool, and the options of `altac export` that a folder was written with."""
    try:
        found = json.loads(config)
    except (ValueError, RecursionError):
        return None
    match found:
        case {"transformer_lens": {}, "options": {"layers": layers, "length": int(length), "units": units}}:
            tool = "transformer-lens"
        case {"model_type": "gpt2", "altac": {"options": {"layers": layers, "length": int(length), "units": units}}}:
            tool = "gpt2"
        case _:
            return None
    if not (layers is None or isinstance(layers, int)) or units not in ("pair", "relu"):
        return None
    return tool, layers, length, units
