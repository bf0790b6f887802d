"""What exports share that take the whole model: its layers run as often as an input needs, and nothing is unrolled."""

from __future__ import annotations

from altac.diagnostics import AltacError
from altac.diagnostics.halting_export_errors import NothingToUnroll
from altac.export.request import Request
from altac.targets.torch_model import build_model


def refuse_sizes(request: Request, tool: str) -> None:
    """Refuse options that say how a model is unrolled.

    Raises:
        AltacError: if there is one.
    """
    given = {
        "--layers": request.layers is not None,
        "--length": request.length is not None,
        "--units relu": request.units != "pair",
    }
    for option, was_given in given.items():
        if was_given:
            raise AltacError([NothingToUnroll(None, option, tool)])


def is_changed(request: Request) -> bool:
    """Whether somebody changed the weights after they were compiled, or trained them."""
    if request.model.is_learned:
        return True
    one = request.compiled
    unchanged = build_model(one.program, one.blocks, one.level)
    return request.model.digest() != unchanged.digest()
