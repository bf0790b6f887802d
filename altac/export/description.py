"""What is written beside the numbers of an unrolled model: names for everything, and what it is good for."""

from __future__ import annotations

from typing import Any

from altac.export.names import label_texts, token_texts
from altac.export.prepare import Prepared
from altac.export.request import Request, other_token
from altac.version import __version__

SINK = "(sink)"


def description(prepared: Prepared, request: Request, nodes: dict[str, Any]) -> dict[str, Any]:
    """Names of tokens, outputs, dimensions, heads and units, as plain types.

    `options` are those of `altac export`; `nodes` those of circuits, with the place where the tool finds each. `parts`
    say which dimensions hold which value, from which block on; `at` is where in the block that is.
    """
    unrolled = prepared.unrolled
    interface = unrolled.interface
    scoring = interface.scoring
    tokens = token_texts(interface)
    return {
        "altac": __version__,
        "program": interface.program,
        "options": {"layers": request.layers, "length": unrolled.longest, "units": request.units},
        "exact": exactness(prepared),
        "halting": halting(prepared),
        "disagreement": "where a head has to bring one value and finds several, this model brings their average",
        "tokens": [*tokens, SINK],
        "sink": unrolled.sink,
        "one_per_character": interface.one_per_character,
        "unknown": other_token(interface),
        "symbols": dict(interface.indices),
        "before": list(interface.before),
        "after": list(interface.after),
        "outputs": label_texts(interface),
        "output_at": interface.at,
        "output_shown": None if unrolled.shown is None else unrolled.axes[unrolled.shown],
        "score": None
        if scoring is None
        else {"scale": float(scoring.denominator * scoring.temperature), "pooled": scoring.pooled},
        "dimensions": list(unrolled.axes),
        "halted": [unrolled.axes[dimension] for _, dimension in unrolled.halted],
        "blocks": [
            {
                "layer": block.run,
                "heads": [head.name for head in block.heads],
                "units": list(block.mlp.units),
            }
            for block in unrolled.blocks
        ],
        "nodes": nodes,
        "parts": [
            {
                "name": one.part.owner,
                "kind": one.part.kind.value,
                "layer": one.run,
                "values": [] if one.part.is_number else [one.part.domain.text(value) for value in one.part.domain],
                "start": one.start,
                "block": one.block - 1,
                "at": ("hook_resid_mid" if one.by_attention else "hook_resid_post") if one.block else "embedding",
            }
            for one in unrolled.standing
        ],
    }


def exactness(prepared: Prepared) -> str:
    positions = prepared.unrolled.longest
    if not prepared.is_exact:
        return "not certified: the weights are not those of the program"
    return f"exact in float32 for up to {positions} positions and the sink"


def halting(prepared: Prepared) -> str | None:
    """What became of loops; None where there are none."""
    if prepared.rounds is None:
        return None
    return (
        f"every loop runs {prepared.rounds} rounds; once its condition holds at every position, they change nothing. "
        "An input that needs more gets what is known by then, and a dimension of `halted` is not 1 at every position"
    )
