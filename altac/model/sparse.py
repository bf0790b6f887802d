"""The same Transformer for a CPU: sparse weights, heads side by side. Its states are those of the plain module.

Compiled weights are mostly zeros, so a row of a linear map adds up a few rows of its input. Here the stream stands as
columns, (d_model, batch * length), and `embedding_bag` adds up whole rows, scaled by the weights. On a CPU that is
faster than a dense product up to a density of about a quarter (docs/performance.md has the figures); a map that is
denser stays dense.

Three kinds of heads are distinguished when the module is built:

* one that sees its own position only (it clears scratch) is a linear map, and becomes part of the output map;
* one without queries selects by distance alone, so its weights are the same in every round;
* all others, padded to one size, are a single product.

    fast = SparseTransformer(model)
    residual, layers = fast(tokens, lengths)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, pad

from altac.model.transformer import MLP, Attention, Transformer, TransformerLayer

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

DENSEST = 0.25  # above, a dense product is faster
BLOCK = 1 << 19  # numbers in the largest tensor, where a batch can be split: what fits a cache of a few megabytes
UNDERFLOW = 200.0  # exp(-200) is exactly zero in float32


def supports(module: Transformer) -> bool:
    """Whether a module, as altac made it, is what sparse execution is meant for: compiled, on a CPU, in float32."""
    return type(module) is Transformer and all(
        tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in module.parameters()
    )


class SparseLinear:
    """A linear map of columns."""

    def __init__(self, weight: Float[Tensor, "outputs inputs"], bias: Float[Tensor, "outputs"] | None = None) -> None:
        weight = weight.detach()
        self.outputs = len(weight)
        self.dense = weight if weight.count_nonzero() > DENSEST * weight.numel() else None
        rows, self.inputs = weight.nonzero(as_tuple=True)
        self.values = weight[rows, self.inputs]
        self.offsets = torch.searchsorted(rows, torch.arange(self.outputs + 1))  # where each output's inputs begin
        self.bias = bias.detach()[:, None] if bias is not None and bias.count_nonzero() else None

    def __call__(self, columns: Float[Tensor, "inputs n"]) -> Float[Tensor, "outputs n"]:
        if self.dense is not None:
            product = self.dense @ columns
        else:
            product = embedding_bag(
                self.inputs, columns, self.offsets, mode="sum", per_sample_weights=self.values, include_last_offset=True
            )
        return product if self.bias is None else product.add_(self.bias)


class SparseMLP:
    """An MLP that adds its update to the columns."""

    def __init__(self, mlp: MLP) -> None:
        self.fc_in = SparseLinear(mlp.fc_in.weight, mlp.fc_in.bias)
        self.fc_out = SparseLinear(mlp.fc_out.weight, mlp.fc_out.bias)
        self.block = max(64, BLOCK // max(1, mlp.fc_in.out_features))

    def __call__(self, columns: Float[Tensor, "d_model n"]) -> Float[Tensor, "d_model n"]:
        if columns.shape[1] <= self.block:
            return self.fc_out(self.fc_in(columns).clamp_(0, 1)).add_(columns)
        parts = (part.contiguous() for part in torch.split(columns, self.block, dim=1))
        return torch.cat([self.fc_out(self.fc_in(part).clamp_(0, 1)).add_(part) for part in parts], dim=1)


class SparseAttention:
    """Attention that returns the stream after it: heads with constant weights first, then those with queries."""

    def __init__(self, attention: Attention) -> None:
        self.attention = attention
        sizes, width = attention.value_sizes, attention.query.in_features
        own = [head for head in range(len(sizes)) if sees_itself_only(attention, head)]
        self.fixed = [head for head, size in enumerate(attention.query_sizes) if not size and head not in own]
        self.asking = [head for head, size in enumerate(attention.query_sizes) if size and head not in own]
        heads = self.fixed + self.asking
        self.query_size = max((attention.query_sizes[head] for head in self.asking), default=0)
        self.value_size = max((sizes[head] for head in heads), default=0)

        def padded(linear: nn.Linear, sizes: list[int], heads: list[int], size: int) -> list[Tensor]:
            """The rows of some heads, with their bias as the last column."""
            rows = torch.split(torch.cat([linear.weight, linear.bias[:, None]], dim=1).detach(), sizes)
            return [pad(rows[head], (0, 0, 0, size - sizes[head])) for head in heads]

        inward = [
            *padded(attention.query, attention.query_sizes, self.asking, self.query_size),
            *padded(attention.key, attention.query_sizes, self.asking, self.query_size),
            *padded(attention.value, sizes, heads, self.value_size),
        ]
        joined = torch.cat([*inward, torch.zeros(0, width + 1)])
        self.inward = SparseLinear(joined[:, :-1], joined[:, -1])
        sinks = torch.split(attention.sink_value.detach(), sizes)
        same = [pad(sinks[head], (0, self.value_size - sizes[head])) for head in heads]
        self.sink = torch.stack(same) if same else torch.zeros(0, 0)
        values, biases = (
            torch.split(tensor.detach(), sizes) for tensor in (attention.value.weight, attention.value.bias)
        )
        outputs = torch.split(attention.output.weight.detach(), sizes, dim=1)
        stream, bias = torch.eye(width), torch.zeros(width)
        for head in own:
            stream, bias = stream + outputs[head] @ values[head], bias + outputs[head] @ biases[head]
        brought = [pad(outputs[head], (0, self.value_size - sizes[head])) for head in heads]
        self.outward = SparseLinear(torch.cat([stream, *brought], dim=1), bias)
        self.order = torch.tensor([*heads, *own]).argsort()
        self.one_value = torch.tensor([attention.one_value[head] for head in heads], dtype=torch.bool)[:, None]
        self.own = len(own)

    def mask(self, valid: Bool[Tensor, "batch length"]) -> Float[Tensor, "batch heads length length+1"]:
        """As the plain one, in the order of heads here; for those with constant weights, these weights."""
        mask = self.attention.mask(valid)
        return torch.cat([mask[:, self.fixed].softmax(dim=-1), mask[:, self.asking]], dim=1)

    def __call__(
        self,
        columns: Float[Tensor, "d_model batch*length"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"],
    ) -> tuple[Float[Tensor, "d_model batch*length"], Bool[Tensor, "batch heads length"]]:
        """The columns after attention, and where heads disagree."""
        batch, length = valid.shape
        fixed, asking = len(self.fixed), len(self.asking)
        rows = asking * self.query_size
        queries, keys, values = torch.split(self.inward(columns), [rows, rows, (fixed + asking) * self.value_size])
        weights = mask
        if asking:
            query = queries.view(asking, self.query_size, batch, length).permute(2, 0, 3, 1)
            key = pad(keys.view(asking, self.query_size, batch, length).permute(2, 0, 1, 3), (0, 1))
            scores = (query @ key).add_(mask[:, fixed:])  # (batch, head, query, key and the sink)
            weights = scores.softmax(dim=-1)
            if fixed:
                weights = torch.cat([mask[:, :fixed].expand(batch, -1, -1, -1), weights], dim=1)
        value = values.view(fixed + asking, self.value_size, batch, length).permute(2, 0, 1, 3)
        value = torch.cat([value, self.sink[:, :, None].expand(batch, -1, -1, 1)], dim=-1)
        result = value @ weights.transpose(2, 3)  # (batch, head, value size, query)
        flat = result.permute(1, 2, 0, 3).reshape(-1, batch * length)
        margin = 0.5 / (length + 1)
        mixed = ((result - 0.5).abs() < 0.5 - margin).any(dim=2) & self.one_value & valid[:, None]
        disagree = pad(mixed, (0, 0, 0, self.own))[:, self.order]  # (batch, head, query)
        return self.outward(torch.cat([columns, flat])), disagree


def sees_itself_only(attention: Attention, head: int) -> bool:
    """Whether a head puts its whole weight on its own position, whatever the stream holds."""
    bias, here = attention.relative_bias[head], attention.reach + 1
    others = torch.cat([bias[:here], bias[here + 1 :], attention.sink_score[head : head + 1]])
    return (
        attention.query_sizes[head] == 0
        and bool(attention.slope[head] == 0)
        and bool((others < bias[here] - UNDERFLOW).all())
    )


class SparseLayer:
    """A layer of a plain module; its results are those of the plain one."""

    def __init__(self, plain: TransformerLayer, d_model: int) -> None:
        self.attention = None if plain.attention is None else SparseAttention(plain.attention)
        self.mlps = [SparseMLP(mlp) for mlp in plain.mlps if isinstance(mlp, MLP)]
        self.widest = max(d_model, *(mlp.fc_in.outputs for mlp in self.mlps), 1)
        self.heads = 0 if plain.attention is None else len(plain.attention.value_sizes)

    def mask(self, valid: Bool[Tensor, "batch length"]) -> Float[Tensor, "batch heads length length+1"] | None:
        return None if self.attention is None else self.attention.mask(valid)

    def __call__(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        block = max(1, BLOCK // max(1, x.shape[1] * max(self.widest, self.heads * (x.shape[1] + 1))))
        if len(x) <= block:
            return self.of_block(x, valid, mask)
        masks = [mask] * len(x) if mask is None or len(mask) == 1 else torch.split(mask, block)
        parts = zip(torch.split(x, block), torch.split(valid, block), masks, strict=False)
        streams, disagree = zip(*(self.of_block(*part) for part in parts), strict=True)
        return tuple(torch.cat(blocks) for blocks in zip(*streams, strict=True)), torch.cat(disagree)

    def of_block(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        """The same for a few sequences."""
        columns = x.reshape(-1, x.shape[-1]).t().contiguous()  # no copy from the second layer on
        streams: list[Tensor] = []
        disagree = torch.zeros(len(x), 0, x.shape[1], dtype=torch.bool)
        if self.attention is not None and mask is not None:
            columns, disagree = self.attention(columns, valid, mask)
            streams.append(columns)
        for mlp in self.mlps:
            columns = mlp(columns)
            streams.append(columns)
        if streams and not valid.all():
            streams[-1] = streams[-1].masked_fill(~valid.reshape(-1), 0)
        return tuple(stream.t().view(x.shape) for stream in streams), disagree


class SparseTransformer(Transformer):
    """Runs the layers of a plain module sparsely, with the weights that it had when this one was built."""

    def __init__(self, plain: Transformer) -> None:
        nn.Module.__init__(self)
        self.config, self.extra = plain.config, plain.extra
        self.token_embedding, self.position_embedding = plain.token_embedding, plain.position_embedding
        self.layers, self.until = plain.layers, plain.until
        self.shown, self.unembedding = plain.shown, plain.unembedding
        layers = (layer for layer in plain.layers if isinstance(layer, TransformerLayer))
        self.sparse_layers = [SparseLayer(layer, plain.config.d_model) for layer in layers]
        self.built_from = [tensor.detach().clone() for tensor in plain.parameters()]

    def is_current(self, plain: Transformer) -> bool:
        """Whether a module, as altac made it, still has the weights that this one was built from, one by one."""
        # neither identity nor version counters show an edit of `.data`
        return all(map(torch.equal, plain.parameters(), self.built_from))

    def mask(
        self, place: int, valid: Bool[Tensor, "batch length"]
    ) -> Float[Tensor, "batch heads length length+1"] | None:
        return self.sparse_layers[place].mask(valid)

    def layer(
        self,
        place: int,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        return self.sparse_layers[place](x, valid, mask)
