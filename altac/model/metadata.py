"""What travels in a model file beside the numbers: names, alphabets, sizes, source text. Plain types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from altac.ir.certificate import Certificate, Limit
from altac.ir.encode import decode_domain, encode_values
from altac.ir.interface import Interface
from altac.ir.values import Domain
from altac.model.config import TransformerConfig

FORMAT = 3


@dataclass(frozen=True)
class Reading:
    """Where a variable or head stands in the residual stream: one-hot dimensions, or one real dimension.

    With `borders`, which ascend, the number in the real dimension stands for a value: number `buckets[i]` of the domain
    up to border i, and the last of the buckets above all. Without, it is the nearest value.
    """

    domain: Domain
    dimensions: tuple[int, ...]
    is_real: bool
    borders: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Metadata:
    """Everything needed to run a checkpoint on text and to name what happens inside it."""

    config: TransformerConfig
    interface: Interface
    variables: Mapping[str, Reading]
    heads: Mapping[str, Reading]
    axes: tuple[str, ...]
    head_names: tuple[str, ...]
    unit_names: tuple[tuple[str, ...], ...]
    source_name: str
    source: str
    imports: Mapping[str, str]  # texts of the files that the source imports, by their paths from its folder
    overrides: Mapping[str, Any]
    level: int
    altac: str
    certificate: Certificate
    trained: Mapping[str, Any] | None = None  # how the learned part was trained; None for compiled weights

    @property
    def domains(self) -> dict[str, Domain]:
        return {name: reading.domain for name, reading in (*self.variables.items(), *self.heads.items())}

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "altac": self.altac,
            "config": self.config.to_dict(),
            **interface_dict(self.interface),
            "variables": {name: _reading(reading) for name, reading in self.variables.items()},
            "heads": {name: _reading(reading) for name, reading in self.heads.items()},
            "axes": list(self.axes),
            "head_names": list(self.head_names),
            "unit_names": [list(names) for names in self.unit_names],
            "source_name": self.source_name,
            "source": self.source,
            "imports": dict(self.imports),
            "overrides": dict(self.overrides),
            "level": self.level,
            "certificate": self.certificate.to_dict(),
            "trained": None if self.trained is None else dict(self.trained),
        }

    @staticmethod
    def from_dict(data: Any) -> Metadata:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if something is missing, of another format, or inconsistent.
        """
        if not isinstance(data, dict) or "format" not in data:
            raise ValueError("it holds no altac program")
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']}, and this altac reads {FORMAT}")
        try:
            return _metadata(data)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"its description is damaged ({error})") from None


def interface_dict(interface: Interface) -> dict[str, Any]:
    """An interface as plain types; the domain of the output is told elsewhere."""
    return {
        "program": interface.program,
        "input": {
            "name": interface.input_name,
            "alphabet": encode_values(interface.alphabet.values),
            "longest": interface.longest,
            "vocabulary": encode_values(interface.vocabulary.values),
            "before": list(interface.before),
            "after": list(interface.after),
        },
        "output": {"variable": interface.variable, "at": interface.at},
    }


def interface_of(data: dict[str, Any], domain: Domain, vocabulary_size: int) -> Interface:
    """The inverse of `interface_dict`.

    Raises:
        ValueError, KeyError, TypeError: if the data are damaged.
    """
    described, output = data["input"], data["output"]
    vocabulary = decode_domain(described["vocabulary"])
    tokens = (*described["before"], *described["after"])
    if not all(isinstance(one, int) and 0 <= one < len(vocabulary) for one in tokens):
        raise ValueError("its frame is damaged")
    if len(vocabulary) != vocabulary_size:
        raise ValueError("its description does not fit its sizes")
    if output["at"] not in ("first", "last", "all"):
        raise ValueError("its output is damaged")
    longest = described["longest"]
    if longest is not None and not isinstance(longest, int):
        raise ValueError("its greatest length is damaged")
    return Interface(
        str(data["program"]),
        str(described["name"]),
        decode_domain(described["alphabet"]),
        longest,
        vocabulary,
        tuple(described["before"]),
        tuple(described["after"]),
        str(output["variable"]),
        domain,
        output["at"],
    )


def texts_of(data: Any) -> dict[str, str]:
    """Texts by their names.

    Raises:
        ValueError: if they are something else.
    """
    if not isinstance(data, dict) or not all(isinstance(one, str) for one in (*data, *data.values())):
        raise ValueError("its imports are damaged")
    return dict(data)


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "domain": encode_values(reading.domain.values),
        "dimensions": list(reading.dimensions),
        "real": reading.is_real,
        "borders": list(reading.borders),
        "buckets": list(reading.buckets),
    }


def _metadata(data: dict[str, Any]) -> Metadata:
    config = TransformerConfig.from_dict(data["config"])
    variables = {str(name): _decode(one, config) for name, one in data["variables"].items()}
    heads = {str(name): _decode(one, config) for name, one in data["heads"].items()}
    if data["output"]["variable"] not in variables:
        raise ValueError("its description does not fit its sizes")
    interface = interface_of(data, variables[data["output"]["variable"]].domain, config.vocabulary)
    if config.positions and (interface.most_positions is None or interface.most_positions > config.positions):
        raise ValueError("its positions do not fit its greatest length")
    certificate = Certificate.from_dict(data["certificate"])
    _check_certificate(certificate, interface, config)
    metadata = Metadata(
        config,
        interface,
        variables,
        heads,
        tuple(map(str, data["axes"])),
        tuple(map(str, data["head_names"])),
        tuple(tuple(map(str, names)) for names in data["unit_names"]),
        str(data["source_name"]),
        str(data["source"]),
        texts_of(data["imports"]),
        cast(dict[str, Any], dict(data["overrides"])),
        int(data["level"]),
        str(data["altac"]),
        certificate,
        None if data["trained"] is None else dict(data["trained"]),
    )
    check_sizes(metadata)
    return metadata


def _check_certificate(certificate: Certificate, interface: Interface, config: TransformerConfig) -> None:
    """Make sure that no limit is greater than what the weights accept or have positions for.

    Where the program accepts any length, the greatest is what float32 is exact for, and float32 has a reason for it;
    other formats may be exact for longer inputs then.

    Raises:
        ValueError: if one is.
    """
    float32 = certificate.formats["float32"]
    bound = Limit(interface.longest)
    for limit in certificate.formats.values():
        own = limit is not float32 and float32.reason and not config.positions
        if not own and limit.exceeds(bound):
            raise ValueError("its certificate is damaged")


def check_sizes(one: Metadata) -> None:
    """Compare names and places with the sizes; tensors are compared with them when they are loaded.

    Raises:
        ValueError: if something does not fit.
    """
    config, interface = one.config, one.interface
    state = sorted(place for reading in one.variables.values() for place in reading.dimensions)
    scratch = {place for reading in one.heads.values() for place in reading.dimensions}
    fits = {
        "heads": len(config.query_sizes) == len(config.value_sizes) == len(config.one_value) == len(one.head_names),
        "variables": state == list(range(config.d_state)) and not scratch & set(state),
        "dimensions": len(one.axes) == config.d_model,
        "units": [len(names) for names in one.unit_names] == list(config.hidden_sizes),
        "activation": (config.activation == "clamp") == (not config.learned_sizes),
        "output": len(interface.domain) == config.outputs,
        "layers": (config.layers is None) == (config.halt_units > 0),
    }
    for what, fine in fits.items():
        if not fine:
            raise ValueError(f"its sizes do not fit its {what}")


def _decode(data: dict[str, Any], config: TransformerConfig) -> Reading:
    domain = decode_domain(data["domain"])
    dimensions = tuple(data["dimensions"])
    wanted = 1 if data["real"] else len(domain)
    if len(dimensions) != wanted or not all(isinstance(d, int) and 0 <= d < config.d_model for d in dimensions):
        raise ValueError("its dimensions are damaged")
    borders, buckets = tuple(map(float, data["borders"])), tuple(map(int, data["buckets"]))
    if (borders or buckets) and (wanted != 1 or len(buckets) != len(borders) + 1):
        raise ValueError("its numbers are damaged")
    if not all(0 <= bucket < len(domain) for bucket in buckets):
        raise ValueError("its numbers are damaged")
    return Reading(domain, dimensions, bool(data["real"]), borders, buckets)
