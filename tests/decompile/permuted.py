"""The same function in other weights: dimensions of the stream, heads and hidden units in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from altac.model.config import LayerConfig
from altac.model.transformer import Transformer

READS = ("fc_in.weight", "query.weight", "key.weight", "value.weight", "unembedding.weight", "embedding.weight")
WRITES = ("fc_out.weight", "output.weight", "fc_out.bias")


def permuted(module: Transformer, seed: int = 0) -> Transformer:
    """Variables stay before everything else, since a run compares them from round to round."""
    generator, config = np.random.default_rng(seed), module.config
    scratch = config.d_state + generator.permutation(config.d_model - config.d_state)
    order = torch.from_numpy(np.concatenate([generator.permutation(config.d_state), scratch]))
    state = {name: tensor.clone() for name, tensor in module.state_dict().items() if isinstance(tensor, Tensor)}
    for name, tensor in state.items():
        if name.endswith(READS):
            state[name] = tensor[:, order]
        elif name.endswith(WRITES):
            state[name] = tensor[order]
    layers = []
    for number, sizes in enumerate(config.layers):
        for mlp, hidden in enumerate(sizes.hidden_sizes):
            shuffle_units(state, f"layers.{number}.mlps.{mlp}", generator.permutation(hidden))
        heads = generator.permutation(len(sizes.value_sizes))
        layers.append(
            shuffle_heads(state, f"layers.{number}.attention", sizes, heads.tolist()) if len(heads) else sizes
        )
    config = replace(config, layers=tuple(layers))
    result = Transformer(config)
    result.load_state_dict({**state, "_extra_state": {"config": config.to_dict()}})
    return result


def shuffle_units(state: dict[str, Tensor], path: str, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    units = torch.from_numpy(order)
    for name in ("fc_in.weight", "fc_in.bias"):
        state[f"{path}.{name}"] = state[f"{path}.{name}"][units]
    state[f"{path}.fc_out.weight"] = state[f"{path}.fc_out.weight"][:, units]


def shuffle_heads(state: dict[str, Tensor], path: str, sizes: LayerConfig, heads: Sequence[int]) -> LayerConfig:
    def rows(widths: Sequence[int]) -> Tensor:
        ends = np.cumsum(widths)
        return torch.tensor([row for head in heads for row in range(ends[head] - widths[head], ends[head])]).long()

    asked, brought = rows(sizes.query_sizes), rows(sizes.value_sizes)
    for names, order in (
        (("query.weight", "query.bias", "key.weight", "key.bias"), asked),
        (("value.weight", "value.bias", "sink_value"), brought),
        (("relative_bias", "slope", "sink_score"), torch.tensor(heads)),
    ):
        for name in names:
            state[f"{path}.{name}"] = state[f"{path}.{name}"][order]
    state[f"{path}.output.weight"] = state[f"{path}.output.weight"][:, brought]
    return replace(
        sizes,
        query_sizes=tuple(sizes.query_sizes[head] for head in heads),
        value_sizes=tuple(sizes.value_sizes[head] for head in heads),
        one_value=tuple(sizes.one_value[head] for head in heads),
        symmetric=tuple(sizes.symmetric[head] for head in heads),
    )
