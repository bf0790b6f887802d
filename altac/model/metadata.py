"""What travels in a model file besides the numbers: names, alphabets, sizes, source text. Plain types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, cast

from altac.ir.certificate import Certificate, Limit
from altac.ir.encode import decode_domain, encode_values
from altac.ir.interface import Interface, Writing
from altac.ir.numbers import is_open
from altac.ir.program import endings_of
from altac.ir.scores import Scoring
from altac.ir.stream import CARRYING, CLEARING, Part, Stream
from altac.ir.unknown import Unknown, is_shape
from altac.ir.values import Domain
from altac.model.config import LearnedStepConfig, TransformerConfig

FORMAT = 5


@dataclass(frozen=True)
class Metadata:
    """Everything needed to run a checkpoint on text and to name what happens inside it.

    `head_names` are those of each layer, `unit_names` those of each layer's MLPs.
    """

    config: TransformerConfig
    interface: Interface
    stream: Stream
    layer_names: tuple[str, ...]  # "" in a program with one step
    head_names: tuple[tuple[str, ...], ...]
    unit_names: tuple[tuple[tuple[str, ...], ...], ...]
    source_name: str
    source: str
    imports: Mapping[str, str]  # texts of the files that the source imports, by their paths from its folder
    overrides: Mapping[str, Any]
    level: int
    altac: str
    certificate: Certificate
    learned: LearnedStepConfig | None = None  # None for compiled weights
    layer_rate: int = 0  # as that of `Model`
    trained: Mapping[str, Any] | None = None  # how the learned part was trained

    @property
    def domains(self) -> dict[str, Domain]:
        return self.stream.domains

    @property
    def outputs(self) -> list[Part]:
        """Where the output, or what its score reads of variables and heads, stands at the end."""
        scoring, standing = self.interface.scoring, self.stream.standing(len(self.config.layers) - 1)
        read = (self.interface.variable,) if scoring is None else scoring.reads
        return [standing[name] for name in read if name not in self.stream.embedded]  # that is clear whatever it is

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "altac": self.altac,
            "config": self.config.to_dict(),
            **interface_dict(self.interface),
            "stream": self.stream.to_list(),
            "layer_names": list(self.layer_names),
            "head_names": [list(names) for names in self.head_names],
            "unit_names": [[list(names) for names in mlps] for mlps in self.unit_names],
            "source_name": self.source_name,
            "source": self.source,
            "imports": dict(self.imports),
            "overrides": dict(self.overrides),
            "level": self.level,
            "certificate": self.certificate.to_dict(),
            "learned": None if self.learned is None else self.learned.to_dict(),
            "layer_rate": self.layer_rate,
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
    """An interface as plain types; the domain of an output that is no score is stored elsewhere."""
    scoring = interface.scoring
    return {
        "program": interface.program,
        "input": {
            "name": interface.input_name,
            "alphabet": encode_values(interface.alphabet.values),
            "longest": interface.longest,
            **unknown_dict(interface.unknown),
            "vocabulary": encode_values(interface.vocabulary.values),
            "before": list(interface.before),
            "after": list(interface.after),
        },
        "output": {"variable": interface.variable, "at": interface.at},
        "writing": None if interface.writing is None else asdict(interface.writing),
        "score": None if scoring is None else scoring_dict(scoring, interface.domain),
    }


def unknown_dict(unknown: Unknown | None) -> dict[str, Any]:
    """What symbols are read as that are not in the alphabet, in plain types."""
    if unknown is None:
        return {"unknown": None}
    other, *others = encode_values(unknown.symbols)
    return {"unknown": other, "shapes": {shape: one for (shape, _), one in zip(unknown.shapes, others, strict=True)}}


def unknown_of(data: Any, alphabet: Domain) -> Unknown | None:
    """The inverse of `unknown_dict`.

    Raises:
        ValueError, KeyError, TypeError: if the data are damaged.
    """
    if data["unknown"] is None:
        return None
    (other,) = decode_domain([data["unknown"]]).values
    shapes = tuple((shape, decode_domain([symbol]).values[0]) for shape, symbol in data["shapes"].items())
    found = Unknown(other, shapes)
    if not all(map(is_shape, dict(shapes))) or any(symbol not in alphabet for symbol in found.symbols):
        raise ValueError("its unknown symbols are damaged")
    return found


def scoring_dict(scoring: Scoring, labels: Domain) -> dict[str, Any]:
    """A score as plain types."""
    return {
        "labels": encode_values(labels.values),
        "reads": list(scoring.reads),
        "denominator": scoring.denominator,
        "temperature": encode_values((scoring.temperature,))[0],
        "pooled": scoring.pooled,
    }


def scoring_of(data: Any) -> Scoring:
    """The inverse of `scoring_dict`, but for the labels.

    Raises:
        ValueError, KeyError, TypeError: if the data are damaged.
    """
    denominator, pooled = data["denominator"], data["pooled"]
    (temperature,) = decode_domain([data["temperature"]]).values
    is_number = isinstance(temperature, int | Fraction) and not isinstance(temperature, bool) and temperature > 0
    if type(denominator) is not int or denominator < 1 or type(pooled) is not bool or not is_number:
        raise ValueError("its score is damaged")
    return Scoring(names_of(data["reads"]), denominator, Fraction(temperature), pooled)  # type: ignore[arg-type]


def writing_of(data: Any) -> Writing:
    """The inverse of `asdict`.

    Raises:
        ValueError, KeyError, TypeError: if the data are damaged.
    """
    end, most = data["end"], data["most"]
    if type(most) is not int or most < 1 or not (end is None or (type(end) is int and end >= 0)) or len(data) != 2:
        raise ValueError("what it writes is damaged")
    return Writing(end, most)


def interface_of(data: dict[str, Any], domain: Domain, vocabulary_size: int) -> Interface:
    """The inverse of `interface_dict`.

    Raises:
        ValueError, KeyError, TypeError: if the data are damaged.
    """
    described, output = data["input"], data["output"]
    vocabulary = decode_domain(described["vocabulary"])
    tokens = (*described["before"], *described["after"])
    if not all(type(token) is int and 0 <= token < len(vocabulary) for token in tokens):
        raise ValueError("its frame is damaged")
    if len(vocabulary) != vocabulary_size:
        raise ValueError("its description does not fit its sizes")
    if output["at"] not in ("first", "last", "all"):
        raise ValueError("its output is damaged")
    longest = described["longest"]
    if longest is not None and type(longest) is not int:
        raise ValueError("its greatest length is damaged")
    alphabet = decode_domain(described["alphabet"])
    return Interface(
        str(data["program"]),
        str(described["name"]),
        alphabet,
        longest,
        vocabulary,
        tuple(described["before"]),
        tuple(described["after"]),
        str(output["variable"]),
        domain if data["score"] is None else decode_domain(data["score"]["labels"]),
        output["at"],
        None if data["score"] is None else scoring_of(data["score"]),
        None if data["writing"] is None else writing_of(data["writing"]),
        unknown_of(described, alphabet),
    )


def texts_of(data: Any) -> dict[str, str]:
    """Texts by their names.

    Raises:
        ValueError: if they are something else.
    """
    if not isinstance(data, dict) or not all(isinstance(text, str) for text in (*data, *data.values())):
        raise ValueError("its imports are damaged")
    return dict(data)


def _metadata(data: dict[str, Any]) -> Metadata:
    config = TransformerConfig.from_dict(data["config"])
    stream = Stream.from_list(data["stream"])
    standing = stream.embedded | stream.standing(len(config.layers) - 1)
    read = [data["output"]["variable"]] if data["score"] is None else data["score"]["reads"]
    if not all(name in standing for name in read):
        raise ValueError("its description does not fit its sizes")
    interface = interface_of(data, standing[read[0]].domain if read else Domain((None,)), config.vocabulary)
    if config.positions and (interface.most_positions is None or interface.most_positions > config.positions):
        raise ValueError("its positions do not fit its greatest length")
    certificate = Certificate.from_dict(data["certificate"])
    _check_certificate(certificate, interface, config)
    layer_rate = data["layer_rate"]
    if type(layer_rate) is not int or not 0 <= layer_rate < 2**31:
        raise ValueError("its greatest number of layers is damaged")
    metadata = Metadata(
        config,
        interface,
        stream,
        names_of(data["layer_names"]),
        tuple(map(names_of, data["head_names"])),
        tuple(tuple(map(names_of, mlps)) for mlps in data["unit_names"]),
        str(data["source_name"]),
        str(data["source"]),
        texts_of(data["imports"]),
        cast(dict[str, Any], dict(data["overrides"])),
        int(data["level"]),
        str(data["altac"]),
        certificate,
        None if data["learned"] is None else LearnedStepConfig.from_dict(data["learned"]),
        layer_rate,
        None if data["trained"] is None else dict(data["trained"]),
    )
    if data.keys() != metadata.to_dict().keys():
        raise ValueError("its description has fields that this altac does not know")
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


def names_of(data: Any) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        ValueError: if it is something else.
    """
    if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
        raise ValueError("its names are damaged")
    return tuple(data)


def check_sizes(described: Metadata) -> None:
    """Compare names and places with the sizes; tensors are compared with them when they are loaded.

    Raises:
        ValueError: if something does not fit.
    """
    config, interface, stream, learned = described.config, described.interface, described.stream, described.learned
    layers, hidden = range(len(config.layers)), [layer.hidden_sizes for layer in config.layers]
    own = {CLEARING, CARRYING}
    heads = [set(names) - own for names in described.head_names]
    # those of a layer without attention are counted as if it had it
    sublayers = [1 + len(sizes) + (learned is not None) for sizes in hidden]
    scratch = [(part.after, part.layers) for part in stream.parts if part.layers is not None]
    fits = {
        "layers": len(layers) == len(described.layer_names) == len(set(described.layer_names))
        and (len(layers) == 1 or "" not in described.layer_names),
        "heads": [len(layer.value_sizes) for layer in config.layers] == [len(names) for names in described.head_names],
        "names": heads == [{name for name in stream.view(place).heads if name[:1] != "("} for place in layers]
        and all(len(set(names)) == len(names) for names in described.head_names),
        "variables": stream.d_state == config.d_state,
        "dimensions": stream.d_model == config.d_model,
        "sub-layers": all(last in layers and after <= sublayers[first] for after, (first, last) in scratch),
        "units": [tuple(map(len, mlps)) for mlps in described.unit_names] == hidden,
        "learned step": learned is None or (learned == learned_step(stream, learned, len(layers)) and not any(hidden)),
        "output": (1 if is_open(interface.domain) else len(interface.domain)) == config.outputs
        and all(part.stands_after(place) for part in described.outputs for place in endings_of(config.entries)),
        "evidence": not stream.embedded
        or (
            learned is None
            and interface.scoring is not None
            and list(stream.embedded) == ["token"]
            and stream.embedded["token"].domain == interface.vocabulary
            and stream.embedded["token"].labels == interface.domain.values
        ),
        "alphabet": all(value in interface.vocabulary for value in interface.alphabet)
        and (interface.writing is None or can_be_read(interface)),
    }
    for what, fine in fits.items():
        if not fine:
            raise ValueError(f"its sizes do not fit its {what}")


def can_be_read(interface: Interface) -> bool:
    """Whether all that is written is a token, but for the end."""
    end = None if interface.writing is None else interface.writing.end
    written = (value for index, value in enumerate(interface.domain) if index != end)
    return (end is None or end < len(interface.domain)) and all(value in interface.vocabulary for value in written)


def learned_step(stream: Stream, step: LearnedStepConfig, layers: int) -> LearnedStepConfig:
    """A learned step with the dimensions that it reads and writes in each layer of a stream."""
    views = [stream.view(place) for place in range(layers)]
    return replace(
        step,
        reads=tuple(
            tuple(n for part in view.parts if part not in view.kept.values() for n in part.place) for view in views
        ),
        keeps=tuple(tuple(n for part in view.kept.values() for n in part.place) for view in views),
    )
