"""From a request to the unrolled form: how many positions and rounds, which loops need a gate, what is certain."""

from __future__ import annotations

from dataclasses import dataclass, replace

from altac.backend.attention import slope_of
from altac.check.causality import is_settled
from altac.diagnostics import AltacError, Diagnostic
from altac.diagnostics.export_errors import (
    LayersNeeded,
    LengthNeeded,
    LengthNotExact,
    LengthNotTaken,
    NoLayersNeeded,
    NumbersUnrolled,
)
from altac.diagnostics.export_warnings import EditsAreExported, RoundsAreFixed
from altac.export.exact import obstacle
from altac.export.layout import Plan
from altac.export.request import Request
from altac.export.rounds import rounds_needed
from altac.export.unroll import unroll
from altac.export.unrolled import Unrolled
from altac.ir.heads import Head


@dataclass(frozen=True, eq=False)
class Prepared:
    """The unrolled form, and what is known of it.

    Attributes:
        rounds: of every loop; None if there is none.
        needed: how many rounds inputs were seen to take, by their lengths.
        is_exact: whether it computes in float32 what the program says; unknown of edited weights.
    """

    unrolled: Unrolled
    rounds: int | None
    needed: tuple[tuple[int, int], ...]
    is_exact: bool
    warnings: tuple[Diagnostic, ...]


def prepare(request: Request, restores_all: bool = False) -> Prepared:
    """The unrolled form of what is asked for.

    Args:
        restores_all: as that of a `Plan`.

    Raises:
        AltacError: if that is not possible, or not exact.
    """
    program = request.compiled.program
    for part in request.model.metadata.stream.parts:
        if part.is_open:
            raise AltacError([NumbersUnrolled(None, program.name, part.owner)])
    positions = _positions(request)
    if request.layers is not None and program.fixed_layers is not None:
        raise AltacError([NoLayersNeeded(None, program.name)])
    edited = request.model.digest() != request.compiled.model.digest()
    if not edited:
        reason = _obstacle(request, positions)
        if reason is not None:
            raise AltacError([LengthNotExact(None, program.name, positions, reason, _possible(request, positions))])
    needed = () if program.fixed_layers is not None else rounds_needed(request.compiled, positions)
    if needed and request.layers is None:
        raise AltacError([LayersNeeded(None, program.name, needed)])
    plan = replace(_plan(request, positions, edited, request.layers or 0), restores_all=restores_all)
    unrolled = unroll(request.model, plan)
    warnings: list[Diagnostic] = []
    if request.layers is not None:
        halted = tuple(unrolled.axes[dimension] for _, dimension in unrolled.halted)
        warnings.append(RoundsAreFixed(None, program.name, request.layers, halted, needed))
    if edited:
        warnings.append(EditsAreExported(None, program.name))
    return Prepared(unrolled, request.layers, needed, not edited, tuple(warnings))


def _positions(request: Request) -> int:
    """The greatest number of positions, without the sink.

    Raises:
        AltacError: if it is not given and there is no greatest, or if it is not possible.
    """
    interface = request.model.interface
    least, most = len(interface.before) + len(interface.after), interface.most_positions
    length = most if request.length is None else request.length
    if length is None:
        raise AltacError([LengthNeeded(None, interface.program)])
    if length < max(1, least) or (most is not None and length > most):
        raise AltacError([LengthNotTaken(None, interface.program, length, max(1, least), most)])
    return length


def _plan(request: Request, positions: int, edited: bool, layers: int) -> Plan:
    program = request.compiled.program
    rounds = [entry.times if entry.times is not None else layers for entry in program.schedule]
    loops = {number: entry for number, entry in enumerate(program.schedule) if entry.until is not None}
    gated = frozenset(number for number, entry in loops.items() if edited or not is_settled(program, entry))
    one = [frozenset(head.name for head in layer.heads if selects_one(head, edited)) for layer in program.layers]
    return Plan(positions, tuple(rounds), gated, tuple(one), request.units)


def selects_one(head: Head, edited: bool) -> bool:
    """Whether a head selects one position at most, so that what it brings is exact."""
    return not edited and (slope_of(head.brings) != 0 or (head.most is not None and head.most <= 1))


def _obstacle(request: Request, positions: int) -> str | None:
    """Why the unrolled form is not exact; one round of each loop tells, since all have the same numbers."""
    return obstacle(unroll(request.model, _plan(request, positions, False, 1)), request.compiled)


def _possible(request: Request, positions: int) -> int | None:
    """The greatest number of positions for which the unrolled form is exact; None if it is for none."""
    interface = request.model.interface
    low, high = max(1, len(interface.before) + len(interface.after)) - 1, positions
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _obstacle(request, middle) is None else (low, middle)
    return low or None
