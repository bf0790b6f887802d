"""The sizes of a compiled Transformer. Plain types only, so that it travels inside a checkpoint; no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from itertools import accumulate
from typing import Any

ACTIVATIONS = ("relu", "sigmoid", "tanh")


@dataclass(frozen=True)
class EncoderConfig:
    """Everything that `Encoder` needs to be built before its weights are loaded.

    Attributes:
        vocabulary: number of tokens.
        positions: number of position embeddings; 0 where attention has a bias by relative distance instead.
        width: of the residual stream.
        heads: of every layer; they share the width.
        hidden: units of the hidden layers of every layer's MLP.
        activation: of these units, "relu", "sigmoid" or "tanh".
        layers: number of layers; 0 for as many as the program takes on an input.
        shared: whether all layers have the same weights.
        outputs: number of values that the output variable can have.
    """

    vocabulary: int
    positions: int
    width: int
    heads: int
    hidden: tuple[int, ...]
    activation: str
    layers: int
    shared: bool
    outputs: int

    def to_dict(self) -> dict[str, Any]:
        return {name: _listed(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> EncoderConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a field is missing, unknown, or not a size.
        """
        if not isinstance(data, dict) or set(data) != {field.name for field in fields(EncoderConfig)}:
            raise ValueError("the sizes of the model are incomplete or of another version")
        sizes = [data[name] for name in ("vocabulary", "positions", "width", "heads", "layers", "outputs")]
        if not all(isinstance(size, int) and 0 <= size < 2**31 for size in (*sizes, *data["hidden"])):
            raise ValueError("its sizes are damaged")
        if data["activation"] not in ACTIVATIONS or not data["heads"] or data["width"] % data["heads"]:
            raise ValueError("its sizes are damaged")
        if not data["layers"] and not data["shared"]:
            raise ValueError("its sizes are damaged")
        return EncoderConfig(**{**data, "hidden": tuple(data["hidden"]), "shared": bool(data["shared"])})


@dataclass(frozen=True)
class LayerConfig:
    """The sizes of one layer.

    Attributes:
        query_sizes: for each head the width of its queries and keys (0 where it selects by position alone).
        value_sizes: for each head the width of its values.
        one_value: for each head whether all positions that it selects must bring the same value.
        symmetric: for each head whether its slope is over distances without their sign.
        reach: relative positions up to this distance have a bias of their own; farther ones share one for each side.
        hidden_sizes: hidden units of each MLP sub-layer.
    """

    query_sizes: tuple[int, ...]
    value_sizes: tuple[int, ...]
    one_value: tuple[bool, ...]
    symmetric: tuple[bool, ...]
    reach: int
    hidden_sizes: tuple[int, ...]

    @staticmethod
    def from_dict(data: object) -> LayerConfig:
        sizes = _plain(LayerConfig, data)
        if len({len(sizes[name]) for name in ("query_sizes", "value_sizes", "one_value", "symmetric")}) > 1:
            raise ValueError("the heads have no sizes of their own")
        return LayerConfig(**sizes)


@dataclass(frozen=True)
class EntryConfig:
    """An entry of the schedule: layers that run one after the other, perhaps again and again.

    Attributes:
        layers: how many: those that follow the layers of the entry before.
        times: how often; None to go on until a readout holds at every position.
        until_units: units of that readout; 0 where there is none.
    """

    layers: int
    times: int | None
    until_units: int

    @staticmethod
    def from_dict(data: object) -> EntryConfig:
        entry = EntryConfig(**_plain(EntryConfig, data))
        if not entry.layers or (entry.times is None) != (entry.until_units > 0):
            raise ValueError("its schedule is damaged")
        return entry


@dataclass(frozen=True)
class TransformerConfig:
    """Everything that `Transformer` needs to be built before its weights are loaded.

    Attributes:
        vocabulary: number of tokens.
        positions: number of position embeddings; 0 where positions have none.
        d_model: width of the residual stream.
        d_state: number of leading dimensions, which hold variables; each layer may use the rest for something else.
        layers: the sizes of every layer.
        schedule: how often they run; each layer is in one entry.
        shown_units: units of the readout that says where the output is shown; 0 for everywhere.
        outputs: number of values that the output variable can have.
    """

    vocabulary: int
    positions: int
    d_model: int
    d_state: int
    layers: tuple[LayerConfig, ...]
    schedule: tuple[EntryConfig, ...]
    shown_units: int
    outputs: int

    @property
    def entries(self) -> list[tuple[range, int | None]]:
        """For each entry of the schedule the numbers of its layers, and how often they run."""
        ends = list(accumulate((entry.layers for entry in self.schedule), initial=0))
        return [(range(*ends[number : number + 2]), entry.times) for number, entry in enumerate(self.schedule)]

    def to_dict(self) -> dict[str, Any]:
        return {name: _listed(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: object) -> TransformerConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a field is missing, unknown, or not a plain non-negative number.
        """
        config = TransformerConfig(**_plain(TransformerConfig, data))
        if sum(entry.layers for entry in config.schedule) != len(config.layers):
            raise ValueError("its schedule is damaged")
        return config


@dataclass(frozen=True)
class LearnedStepConfig:
    """An ordinary MLP in every layer, that was trained in the place of the compiled ones.

    Attributes:
        hidden: units of its hidden layers, at least one layer.
        activation: of these units, "relu", "sigmoid" or "tanh".
        restore: whether its output is brought back to zeros and ones.
        reads: for each layer the dimensions of the stream that it reads.
        keeps: for each layer the dimensions that it writes for later layers, besides the state.
    """

    hidden: tuple[int, ...]
    activation: str
    restore: bool
    reads: tuple[tuple[int, ...], ...]
    keeps: tuple[tuple[int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        return {name: _listed(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: object) -> LearnedStepConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a field is missing, unknown, or not what it should be.
        """
        sizes = _plain(LearnedStepConfig, data)
        if not sizes["hidden"]:
            raise ValueError("`hidden` is not a size")
        return LearnedStepConfig(**sizes)


def _listed(value: Any) -> Any:
    """Plain types with lists for tuples, as a file holds them."""
    if isinstance(value, dict):
        return {name: _listed(item) for name, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


READERS: dict[str, Callable[[Any], Any]] = {"LayerConfig": LayerConfig.from_dict, "EntryConfig": EntryConfig.from_dict}


def _plain(config: type[Any], data: object) -> dict[str, Any]:
    """The fields of a config from plain types.

    Raises:
        ValueError: if one is missing, unknown, or of another type.
    """
    kinds = {field.name: str(field.type) for field in fields(config)}
    if not isinstance(data, dict) or set(data) != set(kinds):
        raise ValueError("the sizes of the model are incomplete or of another version")
    return {name: _read(kinds[name], name, value) for name, value in data.items()}


def _read(kind: str, name: str, value: object) -> Any:
    """A field from plain data, by its annotation.

    Raises:
        ValueError: if it is of another type.
    """
    if kind.startswith("tuple["):
        if not isinstance(value, list):
            raise ValueError(f"`{name}` is not a size")
        return tuple(_read(kind[len("tuple[") : -len(", ...]")], name, item) for item in value)
    if kind in READERS:
        return READERS[kind](value)
    if kind == "str":
        fits = value in ACTIVATIONS  # the only texts
    elif kind == "bool":
        fits = type(value) is bool
    else:
        fits = type(value) is int and 0 <= value < 2**31 if value is not None else "None" in kind
    if not fits:
        raise ValueError(f"`{name}` is not a size")
    return value
