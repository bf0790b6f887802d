"""A Transformer encoder that halts by itself. Nothing in this file depends on the compiler.

Every position has a residual stream. One layer is attention, then a few MLPs (at most three), each added to the stream.
A schedule says which layers run after which: an entry of it is some layers in a row, which run a fixed number of times,
or repeat, with the same weights, until a readout of the stream holds at every position. It differs from the textbook in
four more details:

* no layer normalisation: the stream holds zeros and ones, and hidden units saturate, which restores them;
* heads have widths of their own, and one extra key, the *sink*, which takes the weight where nothing is selected;
* attention scores have a bias by relative distance (as in T5), and a slope over distance (as in ALiBi);
* hidden units are `clamp(x, 0, 1)` rather than ReLU.

    state = torch.load("parity.pt", weights_only=True)
    model = Transformer(TransformerConfig.from_dict(state["_extra_state"]["config"]))
    model.load_state_dict(state)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from altac.model.config import LayerConfig, TransformerConfig
from altac.model.schedule import Flags, LayerState, Numbers, last_states, run

if TYPE_CHECKING:  # shapes stand in the types; they are for readers
    from jaxtyping import Bool, Float, Int


class Linear(nn.Linear):
    """A linear map whose weights are loaded, so that none are drawn."""

    def reset_parameters(self) -> None:
        pass


class Attention(nn.Module):
    """Multi-head attention with a sink; returns the update of the stream, and where a head's selection disagrees."""

    def __init__(self, d_model: int, sizes: LayerConfig) -> None:
        super().__init__()
        self.query_sizes = list(sizes.query_sizes)
        self.value_sizes = list(sizes.value_sizes)
        self.one_value = list(sizes.one_value)
        self.symmetric = list(sizes.symmetric)
        self.reach = sizes.reach
        heads = len(self.value_sizes)
        self.query = Linear(d_model, sum(self.query_sizes))
        self.key = Linear(d_model, sum(self.query_sizes))
        self.value = Linear(d_model, sum(self.value_sizes))
        self.output = Linear(sum(self.value_sizes), d_model, bias=False)
        self.relative_bias = nn.Parameter(torch.zeros(heads, 2 * self.reach + 3))
        self.slope = nn.Parameter(torch.zeros(heads))
        self.sink_score = nn.Parameter(torch.zeros(heads))
        self.sink_value = nn.Parameter(torch.zeros(sum(self.value_sizes)))

    def mask(self, valid: Bool[Tensor, "batch length"]) -> Float[Tensor, "batch heads length length+1"]:
        """What is added to the scores: by distance, at padding, and for the sink, which is the last key.

        It is the same for the whole batch, and has one entry for it, where nothing is padding.

        Args:
            valid: False on padding.
        """
        length = valid.shape[1]
        positions = torch.arange(length, device=valid.device)
        distance = positions[None, :] - positions[:, None]  # (query, key): below zero looks back
        bucket = distance.clamp(-self.reach - 1, self.reach + 1) + self.reach + 1
        slopes = torch.stack([distance.abs() if symmetric else distance for symmetric in self.symmetric])
        scores = self.relative_bias[:, bucket] + self.slope[:, None, None] * slopes  # (heads, query, key)
        sink = self.sink_score[:, None, None].expand(-1, length, 1)
        mask = torch.cat([scores, sink], dim=-1)[None]
        if valid.all():
            return mask
        keys = nn.functional.pad(valid, (0, 1), value=True)  # (batch, key and the sink)
        return mask.masked_fill(~keys[:, None, None, :], -torch.inf)

    def patterns(
        self, x: Float[Tensor, "batch length d_model"], mask: Float[Tensor, "batch heads length length+1"]
    ) -> Iterator[Float[Tensor, "batch length length+1"]]:
        """The weights that every query gives to keys, head by head; the sink is the last key.

        Args:
            mask: as from `mask`.
        """
        queries = torch.split(self.query(x), self.query_sizes, dim=-1)  # each (batch, length, query size)
        keys = torch.split(self.key(x), self.query_sizes, dim=-1)
        for head, (query, key) in enumerate(zip(queries, keys, strict=True)):
            yield pattern(query, key, mask[:, head])

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"],
    ) -> tuple[Float[Tensor, "batch length d_model"], Bool[Tensor, "batch heads length"]]:
        """Args: valid is False on padding; mask as from `mask`."""
        length = x.shape[1]
        margin = 0.5 / (length + 1)
        values = torch.split(self.value(x), self.value_sizes, dim=-1)
        sinks = torch.split(self.sink_value, self.value_sizes)
        nowhere = torch.zeros_like(valid)
        results, disagree = [], []
        for weights, value, sink, one in zip(self.patterns(x, mask), values, sinks, self.one_value, strict=True):
            result = weights[:, :, :-1] @ value + weights[:, :, -1:] * sink  # (batch, length, value size)
            results.append(result)
            # an average of equal one-hot vectors is one-hot; of others it is not
            mixed = ((result > margin) & (result < 1 - margin)).any(dim=-1) if one else nowhere
            disagree.append(mixed & valid)
        return self.output(torch.cat(results, dim=-1)), torch.stack(disagree, dim=1)


def pattern(
    query: Float[Tensor, "batch length size"],
    key: Float[Tensor, "batch length size"],
    mask: Float[Tensor, "batch length length+1"],
) -> Float[Tensor, "batch length length+1"]:
    """How much each position looks at each, and at the sink, which is the last key."""
    scores = nn.functional.pad(query @ key.transpose(1, 2), (0, 1))  # (batch, query, key and the sink)
    return (scores + mask).softmax(dim=-1)


class MLP(nn.Module):
    """Two linear maps around units that saturate at 0 and 1."""

    def __init__(self, d_model: int, hidden: int) -> None:
        super().__init__()
        self.fc_in = Linear(d_model, hidden)
        self.fc_out = Linear(hidden, d_model)

    def forward(self, x: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length d_model"]:
        update: Tensor = self.fc_out(self.fc_in(x).clamp(0, 1))
        return update


class TransformerLayer(nn.Module):
    """One layer: attention, if it has heads, and then its MLPs."""

    def __init__(self, d_model: int, sizes: LayerConfig) -> None:
        super().__init__()
        self.attention = Attention(d_model, sizes) if sizes.value_sizes else None
        self.mlps = nn.ModuleList(MLP(d_model, hidden) for hidden in sizes.hidden_sizes)

    def mask(self, valid: Bool[Tensor, "batch length"]) -> Float[Tensor, "batch heads length length+1"] | None:
        """What attention adds to its scores, in every round."""
        return None if self.attention is None else self.attention.mask(valid)

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Tensor, "batch heads length"]]:
        """The stream after each sub-layer, and where heads disagree."""
        streams: list[Tensor] = []
        disagree = torch.zeros(len(x), 0, x.shape[1], dtype=torch.bool, device=x.device)
        if self.attention is not None and mask is not None:
            update, disagree = self.attention(x, valid, mask)
            x = x + update
            streams.append(x)
        for mlp in self.mlps:
            x = x + mlp(x)
            streams.append(x)
        if streams:
            streams[-1] = without_padding(streams[-1], valid)
        return tuple(streams), disagree


class Readout(nn.Module):
    """A yes-or-no question to every position: whether one of some units is on."""

    def __init__(self, d_model: int, units: int) -> None:
        super().__init__()
        self.fc_in = Linear(d_model, units)

    def forward(self, x: Float[Tensor, "batch length d_model"]) -> Bool[Tensor, "batch length"]:
        holds: Tensor = self.fc_in(x).clamp(0, 1).sum(dim=-1) > 0.5
        return holds


def without_padding(
    x: Float[Tensor, "batch length d_model"], valid: Bool[Tensor, "batch length"]
) -> Float[Tensor, "batch length d_model"]:
    """The stream with zeros at padding, whose state could grow without bound: no weight of zero makes up for infinity.

    Args:
        valid: False on padding.
    """
    return x if valid.all() else x.masked_fill(~valid[:, :, None], 0)


def valid_positions(length: int, lengths: Int[Tensor, "batch"]) -> Bool[Tensor, "batch length"]:
    """False on padding."""
    return torch.arange(length, device=lengths.device) < lengths[:, None]


def on_cpu(flags: Bool[Tensor, "..."]) -> Bool[Flags, "..."]:
    """Flags for the schedule, which is kept on the CPU."""
    result: Flags = flags.cpu().numpy()
    return result


class Transformer(nn.Module):
    """The whole model: embeddings, layers, what their schedule waits for, and readouts."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.extra: dict[str, Any] = {"config": config.to_dict()}
        self.token_embedding = nn.Embedding(config.vocabulary, config.d_model)
        self.position_embedding = nn.Embedding(config.positions, config.d_model) if config.positions else None
        self.layers = nn.ModuleList(TransformerLayer(config.d_model, sizes) for sizes in config.layers)
        untils = [(str(number), entry) for number, entry in enumerate(config.schedule) if entry.times is None]
        self.until = nn.ModuleDict({number: Readout(config.d_model, entry.until_units) for number, entry in untils})
        self.shown = Readout(config.d_model, config.shown_units) if config.shown_units else None
        self.unembedding = Linear(config.d_model, config.outputs)

    def get_extra_state(self) -> dict[str, Any]:
        return self.extra

    def set_extra_state(self, state: dict[str, Any]) -> None:
        self.extra = state

    def embed(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length d_model"]:
        """The initial stream."""
        x: Tensor = self.token_embedding(tokens)
        if self.position_embedding is not None:
            x = x + self.position_embedding(torch.arange(tokens.shape[1], device=tokens.device))
        return x

    def mask(
        self, place: int, valid: Bool[Tensor, "batch length"]
    ) -> Float[Tensor, "batch heads length length+1"] | None:
        """What attention of a layer adds to its scores."""
        layer: Any = self.layers[place]
        mask: Tensor | None = layer.mask(valid)
        return mask

    def layer(
        self,
        place: int,
        x: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
        mask: Float[Tensor, "batch heads length length+1"] | None,
    ) -> tuple[tuple[Float[Tensor, "batch length d_model"], ...], Bool[Flags, "batch heads length"] | None]:
        """A layer by its number: the stream after each sub-layer, and where heads disagree, if they do."""
        streams, disagree = self.layers[place](x, valid, mask)
        return streams, on_cpu(disagree) if disagree.any() else None

    def holds(
        self, entry: int, x: Float[Tensor, "batch length d_model"], valid: Bool[Tensor, "batch length"]
    ) -> Bool[Flags, "batch"]:
        """Whether what an entry of the schedule waits for holds at every position."""
        return on_cpu((self.until[str(entry)](x) | ~valid).all(dim=-1))

    def run(
        self,
        tokens: Int[Tensor, "batch length"],
        lengths: Int[Tensor, "batch"] | None = None,
        most: Int[Numbers, "batch"] | None = None,
    ) -> Iterator[LayerState[Tensor]]:
        """The initial state and then every layer, while sequences run; see `schedule.run`.

        Args:
            tokens: token indices; any index stands at padding.
            lengths: number of positions of each sequence; all of them if not given.
            most: number of layers that each sequence may take; as many as it needs if not given.
        """
        if lengths is None:
            lengths = torch.full((len(tokens),), tokens.shape[1], device=tokens.device)
        valid = valid_positions(tokens.shape[1], lengths)
        yield from run(self, without_padding(self.embed(tokens), valid), valid, most)

    def same(
        self,
        x: Float[Tensor, "batch length d_model"],
        other: Float[Tensor, "batch length d_model"],
        valid: Bool[Tensor, "batch length"],
    ) -> Bool[Flags, "batch"]:
        """Which sequences have equal variables in two streams."""
        now, then = x[:, :, : self.config.d_state], other[:, :, : self.config.d_state]
        equal = ((now == then) | (now.isnan() & then.isnan())).all(dim=-1)
        return on_cpu((equal | ~valid).all(dim=-1))

    def join(self, parts: Sequence[Float[Tensor, "batch length d_model"]]) -> Float[Tensor, "batch length d_model"]:
        """A copy of the rows of all parts."""
        return torch.cat(list(parts))

    def forward(
        self, tokens: Int[Tensor, "batch length"], lengths: Int[Tensor, "batch"] | None = None
    ) -> tuple[Float[Tensor, "batch length d_model"], Int[Tensor, "batch"]]:
        """The final stream, and the number of layers of each sequence; arguments as of `run`."""
        residual, layers = last_states(self, self.run(tokens, lengths))
        return residual, torch.from_numpy(layers).to(tokens.device)

    def logits(self, residual: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length outputs"]:
        """Scores of the values of the output variable: its value has the greatest."""
        result: Tensor = self.unembedding(residual)
        return result

    def shows(
        self, x: Float[Tensor, "batch length d_model"], lengths: Int[Tensor, "batch"]
    ) -> Bool[Flags, "batch length"]:
        """Where the output is shown."""
        valid = valid_positions(x.shape[1], lengths)
        return on_cpu(valid if self.shown is None else valid & self.shown(x))

    def at(
        self, x: Float[Tensor, "batch length d_model"], picked: Bool[Flags, "batch length"]
    ) -> Float[Tensor, "1 picked d_model"]:
        """The stream at some positions."""
        return x[torch.from_numpy(picked).to(x.device)][None]
