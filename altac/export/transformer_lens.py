"""A folder for TransformerLens: `config.json`, `model.safetensors` and `load.py`, which needs no altac."""

from __future__ import annotations

import json
from typing import Any, assert_never

import numpy as np
from safetensors.numpy import save

from altac.circuits.circuit import Kind, Where
from altac.diagnostics import AltacError
from altac.diagnostics.export_errors import UnrolledTooLarge
from altac.diagnostics.words import counted
from altac.export.circuit import form_of, nothing, where_nodes_are
from altac.export.description import description, exactness
from altac.export.prepare import prepare
from altac.export.request import Export, Request
from altac.export.shipping import template
from altac.export.unrolled import Unrolled
from altac.ir.arrays import Array

SCALE = 2.0  # scores are divided by it; version 4 refuses 1
PADDING = "(padding)"  # a token behind all others
MOST_NUMBERS = 1 << 28  # in the file: a gigabyte


def write(request: Request) -> Export:
    """All files of the folder.

    Raises:
        AltacError: if the model cannot be unrolled, or not exactly.
    """
    prepared = prepare(request)
    unrolled = prepared.unrolled
    sizes = config(unrolled)
    one = sizes["d_model"] * (4 * sizes["n_heads"] * sizes["d_head"] + 2 * sizes["d_mlp"])
    if one * sizes["n_layers"] > MOST_NUMBERS:
        raise AltacError([UnrolledTooLarge(None, unrolled.interface.program, MOST_NUMBERS)])
    state = parameters(unrolled)
    metadata = request.model.metadata
    nodes = where_nodes_are(metadata, unrolled, places)
    described = {"transformer_lens": sizes, **description(prepared, request, nodes), "padding": unrolled.sink + 1}
    described["tokens"] = [*described["tokens"], PADDING]
    count = sum(array.size for array in state.values())
    blocks = f"{counted(sizes['n_layers'], 'block')}, {counted(sizes['n_heads'], 'head')}"
    notes = (f"{blocks}, width {sizes['d_model']:,}, {counted(count, 'parameter')}", exactness(prepared))
    return Export(
        {
            "config.json": (json.dumps(described, indent=1, ensure_ascii=False) + "\n").encode(),
            "model.safetensors": save(state, {"format": "pt"}),
            "load.py": template("load").encode(),
        },
        notes,
        prepared.warnings,
    ).with_circuit(form_of(metadata, unrolled, "transformer-lens", places))


def places(unrolled: Unrolled, kind: Kind, block: int, head: int | None) -> Where:
    """Hooks of TransformerLens; heads have an axis of their own."""
    match kind:
        case Kind.EMBEDDING:
            return Where("blocks.0.hook_resid_pre")
        case Kind.HEAD:
            return Where(f"blocks.{block}.attn.hook_z", head, None, nothing(unrolled, block, head))
        case Kind.UNITS:
            return Where(f"blocks.{block}.hook_mlp_out")
        case Kind.READOUT:
            return Where(f"blocks.{len(unrolled.blocks) - 1}.hook_resid_post")
        case _:
            assert_never(kind)


def config(unrolled: Unrolled) -> dict[str, Any]:
    """The sizes, as both versions of TransformerLens name them."""
    return {
        "d_model": unrolled.width,
        "d_head": unrolled.head_size,
        "n_heads": unrolled.heads,
        "n_layers": len(unrolled.blocks),
        "n_ctx": unrolled.longest + 1,
        "d_mlp": unrolled.units,
        "d_vocab": len(unrolled.tokens) + 1,
        "d_vocab_out": len(unrolled.unembedding),
        "act_fn": "relu",
        "normalization_type": None,
        "init_weights": False,
        "attention_dir": "causal" if unrolled.causal else "bidirectional",
        "use_attn_scale": True,
        "attn_scale": SCALE,
        "positional_embedding_type": "standard",
        "default_prepend_bos": False,
    }


def parameters(unrolled: Unrolled) -> dict[str, Array]:
    """All parameters by the names of TransformerLens, in float32; what a block lacks is zero."""
    width, size, units = unrolled.width, unrolled.head_size, unrolled.units
    state: dict[str, Array] = {
        "embed.W_E": np.concatenate([unrolled.tokens, unrolled.padding[None]]),
        "pos_embed.W_pos": unrolled.positions,
        "unembed.W_U": unrolled.unembedding.T,
        "unembed.b_U": unrolled.unembedding_bias,
    }
    for number, block in enumerate(unrolled.blocks):
        weights = {f"W_{name}": np.zeros((unrolled.heads, width, size)) for name in "QKV"}
        weights |= {f"b_{name}": np.zeros((unrolled.heads, size)) for name in "QKV"}
        weights |= {"W_O": np.zeros((unrolled.heads, size, width)), "b_O": block.attention_bias}
        for place, head in enumerate(block.heads):
            asked, brought = len(head.query), len(head.value)
            weights["W_Q"][place, :, :asked] = SCALE * head.query.T
            weights["b_Q"][place, :asked] = SCALE * head.query_bias
            weights["W_K"][place, :, :asked], weights["b_K"][place, :asked] = head.key.T, head.key_bias
            weights["W_V"][place, :, :brought], weights["b_V"][place, :brought] = head.value.T, head.value_bias
            weights["W_O"][place, :brought] = head.output.T
        state |= {f"blocks.{number}.attn.{name}": array for name, array in weights.items()}
        mlp, count = block.mlp, len(block.mlp.units)
        inward, bias, outward = np.zeros((width, units)), np.zeros(units), np.zeros((units, width))
        inward[:, :count], bias[:count], outward[:count] = mlp.inward.T, mlp.inward_bias, mlp.outward.T
        names = {"W_in": inward, "b_in": bias, "W_out": outward, "b_out": mlp.outward_bias}
        state |= {f"blocks.{number}.mlp.{name}": array for name, array in names.items()}
    return {name: np.ascontiguousarray(array, np.float32) for name, array in state.items()}
