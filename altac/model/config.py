"""The sizes of a compiled Transformer. Plain types only, so that it travels inside a checkpoint; no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
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
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

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
class TransformerConfig:
    """Everything that `Transformer` needs to be built before its weights are loaded.

    Attributes:
        vocabulary: number of tokens.
        positions: number of position embeddings; 0 where positions have none.
        d_model: width of the residual stream.
        d_state: number of leading dimensions, which hold variables; the rest is scratch, cleared by every layer.
        query_sizes: for each head the width of its queries and keys (0 where it selects by position alone).
        value_sizes: for each head the width of its values.
        one_value: for each head whether all positions that it selects must bring the same value.
        reach: relative positions up to this distance have a bias of their own; farther ones share one for each side.
        hidden_sizes: hidden units of each MLP sub-layer.
        layers: number of layers to run; None to run until the halting readout holds.
        halt_units: units of the halting readout; 0 with a fixed number of layers.
        shown_units: units of the readout that says where the output is shown; 0 for everywhere.
        outputs: number of values that the output variable can have.
    """

    vocabulary: int
    positions: int
    d_model: int
    d_state: int
    query_sizes: tuple[int, ...]
    value_sizes: tuple[int, ...]
    one_value: tuple[bool, ...]
    reach: int
    hidden_sizes: tuple[int, ...]
    layers: int | None
    halt_units: int
    shown_units: int
    outputs: int

    def to_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> TransformerConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a field is missing, unknown, or not a plain non-negative number.
        """
        sizes = _plain(TransformerConfig, data)
        if not len(data["query_sizes"]) == len(data["value_sizes"]) == len(data["one_value"]):
            raise ValueError("the heads have no sizes of their own")
        return TransformerConfig(**sizes)


@dataclass(frozen=True)
class LearnedStepConfig:
    """An ordinary MLP that was trained in the place of a layer's compiled ones.

    Attributes:
        hidden: units of its hidden layers, at least one layer.
        activation: of these units, "relu", "sigmoid" or "tanh".
        restore: whether its output is brought back to zeros and ones.
        real_dimensions: those of the state that hold numbers, which are never restored.
    """

    hidden: tuple[int, ...]
    activation: str
    restore: bool
    real_dimensions: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> LearnedStepConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a field is missing, unknown, or not what it should be.
        """
        sizes = _plain(LearnedStepConfig, data)
        if not sizes["hidden"]:
            raise ValueError("`hidden` is not a size")
        return LearnedStepConfig(**sizes)


def _plain(config: type[TransformerConfig] | type[LearnedStepConfig], data: object) -> dict[str, Any]:
    """The fields of a config from plain types.

    Raises:
        ValueError: if one is missing, unknown, or of another type.
    """
    kinds = {field.name: str(field.type) for field in fields(config)}
    if not isinstance(data, dict) or set(data) != set(kinds):
        raise ValueError("the sizes of the model are incomplete or of another version")
    for name, value in data.items():
        if not _fits(kinds[name], value):
            raise ValueError(f"`{name}` is not a size")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def _fits(kind: str, value: object) -> bool:
    """Whether plain data is of the kind of a field, as its annotation writes it."""
    if kind.startswith("tuple"):
        wanted = bool if "bool" in kind else int
        return isinstance(value, list) and all(type(item) is wanted and 0 <= item < 2**31 for item in value)
    if kind == "str":
        return value in ACTIVATIONS  # the only texts
    if kind == "bool":
        return type(value) is bool
    return type(value) is int and 0 <= value < 2**31 if value is not None else "None" in kind
