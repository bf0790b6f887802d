"""Everything that decides a training run, as plain values: written beside its results, and read to repeat it. No torch.

The fields carry their own description, from which the command line makes its options.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from dataclasses import Field, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import (
    ConfigNotToml,
    ConfigTooDeep,
    ConfigTooLong,
    LayersNotShared,
    NoDecay,
    NoHiddenLayer,
    SettingBesideFile,
    SettingNotAChoice,
    SettingOfOtherSupervision,
    SettingOfOtherType,
    SettingOutOfRange,
    UnknownSetting,
    WidthNotShared,
)
from altac.system.files import open_regular

HERE = Path()
MOST_BYTES = 1 << 14  # of a config
NEAR, FAR = "0..20", "0..40"  # lengths that are drawn
TESTS = ("test_length", "test_examples")  # of test inputs that are drawn
DRAWN = ("length", "examples", *TESTS, "balance", "data_seed")  # of inputs that are drawn


def given(
    default: Any,
    help: str,
    *,
    least: float | None = None,
    most: float = 2**53 - 1,
    choices: tuple[str, ...] = (),
    only: str = "",
    path: bool = False,
) -> Any:
    """A field: a number within bounds, one of a few texts, or a path; `only` with one kind of supervision."""
    known = {"help": help, "least": least, "most": most, "choices": choices, "only": only, "path": path}
    return field(default=default, metadata=known)


@dataclass(frozen=True)
class TrainingConfig:
    """One training run. Two runs of one config on one machine are the same run."""

    program: str = given("", "The program's file.", path=True)
    define: tuple[str, ...] = given((), "Values of `param`s, as NAME=VALUE.")
    imports_from: str = given("", "A folder from which it may import, beside its own.", path=True)
    supervision: str = given("trace", "What the model learns from.", choices=("trace", "output"))

    input: str = given("", "A file of training inputs, one a line. Without it they are drawn.", path=True)
    test: str = given("", "A file of test inputs, one a line.", path=True)
    length: str = given("", f"Lengths of the training inputs that are drawn; {NEAR}, or as far as the program accepts.")
    examples: int = given(10_000, "Training inputs that are drawn.", least=1)
    test_length: str = given("", f"Lengths of the test inputs that are drawn; {FAR}, or as far as the program accepts.")
    test_examples: int = given(1_000, "Test inputs that are drawn.", least=0)
    balance: str = given("", 'A property of inputs, such as `count("1")` or `output`: draw each value equally often.')
    data_seed: int = given(0, "Seed of the inputs that are drawn.", least=0)

    hidden: tuple[int, ...] = given((128, 128), "Units of the MLP's hidden layers.", least=1)
    activation: str = given("relu", "Activation of the hidden units.", choices=("relu", "sigmoid", "tanh"))
    restore: bool = given(True, "Bring the state back to zeros and ones after every layer.", only="trace")
    noise: float = given(0.1, "Standard deviation of the noise on the MLP's inputs.", least=0, only="trace")
    randomise: bool = given(False, "Replace `none` by a random value, and learn what the step does then.", only="trace")
    width: int = given(64, "Width of the residual stream.", least=1, only="output")
    heads: int = given(4, "Attention heads of a layer.", least=1, only="output")
    layers: int = given(2, "Number of layers; 0 for as many as the program takes.", least=0, only="output")
    shared: bool = given(False, "Give all layers the same weights.", only="output")
    positions: str = given("relative", "How positions are told apart.", choices=("relative", "absolute"), only="output")

    optimizer: str = given("adam", "The optimiser.", choices=("adam", "adamw", "adafactor"))
    learning_rate: float = given(1e-3, "The greatest learning rate.", least=0, most=1000)
    warmup: int = given(0, "Steps in which the learning rate grows from zero.", least=0)
    decay: float = given(
        1.0, "The share of the learning rate that is left at the last step; it falls exponentially.", least=0
    )
    weight_decay: float = given(0.0, "Decay of the weights towards zero.", least=0)
    batch: int = given(256, "Examples in a step, over all processes.", least=1)
    steps: int = given(10_000, "Steps to train.", least=1)
    seed: int = given(0, "Seed of the weights, the batches and the noise.", least=0)
    precision: str = given(
        "float32", "Precision of the products; weights stay float32.", choices=("float32", "bfloat16")
    )
    device: str = given("cpu", "Where to train, such as `cpu` or `cuda`.")

    log_every: int = given(100, "Steps between lines of the log.", least=1)
    evaluate_every: int = given(1_000, "Steps between two measurements of accuracy.", least=1)
    checkpoint_every: int = given(1_000, "Steps between checkpoints.", least=1)
    target: float = given(0.0, "Stop as soon as this share of the test outputs is right; 0 for never.", least=0, most=1)

    def __post_init__(self) -> None:
        for setting in fields(self):
            check_value(setting, getattr(self, setting.name))
        self.refuse_idle([setting.name for setting in fields(self) if getattr(self, setting.name) != setting.default])
        if self.supervision == "trace" and not self.hidden:
            raise AltacError([NoHiddenLayer(None)])
        if self.supervision == "output" and self.width % self.heads:
            raise AltacError([WidthNotShared(None, self.heads, self.width)])
        if self.supervision == "output" and not self.layers and not self.shared:
            raise AltacError([LayersNotShared(None)])
        if self.decay == 0:
            raise AltacError([NoDecay(None)])

    def to_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def to_toml(self, folder: Path = HERE) -> str:
        """The text from which `read_config` makes the same config, if it stands in a folder."""
        values = self.to_dict()
        values |= {name: seen_from(folder, Path(values[name])) for name in paths() if values[name]}
        lines = [f"{name} = {toml_value(value)}" for name, value in values.items()]
        return "\n".join(lines) + "\n"

    def refuse_idle(self, names: Iterable[str]) -> None:
        """Refuse settings that mean nothing here.

        Raises:
            AltacError: if one of them is for another kind of supervision, or for inputs that are drawn where none are.
        """
        idle = dict.fromkeys(DRAWN, "input") if self.input else dict.fromkeys(TESTS, "test") if self.test else {}
        for setting in fields(self):
            only = setting.metadata["only"]
            if setting.name in names and only not in ("", self.supervision):
                raise AltacError([SettingOfOtherSupervision(None, setting.name, self.supervision, only)])
            if setting.name in names and setting.name in idle:
                raise AltacError([SettingBesideFile(None, setting.name, idle[setting.name])])

    def with_values(self, values: dict[str, Any]) -> TrainingConfig:
        """The same with other values.

        Raises:
            AltacError: for an unknown name, a value of another type or out of range.
        """
        kinds, known = field_types(), {setting.name: setting for setting in fields(self)}
        converted = {}
        for name, value in values.items():
            if name not in known:
                raise AltacError([UnknownSetting(None, name, tuple(known))])
            converted[name] = typed(name, value, kinds[name])
        return replace(self, **converted)


def config_text(path: Path) -> str:
    """The text of a config's file, which is regular and short.

    Raises:
        OSError, UnicodeDecodeError: as of any file.
        AltacError: if it is long.
    """
    with open_regular(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise AltacError([ConfigTooLong(None, str(path), MOST_BYTES)])
    return data.decode()


def read_config(text: str, name: str) -> TrainingConfig:
    """A config from TOML; what it does not name has its default.

    Args:
        name: the file that holds the text; paths in it are relative to its folder.

    Raises:
        AltacError: if the text is not TOML, or a setting is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AltacError([ConfigNotToml(None, name, str(error))]) from None
    except RecursionError:
        raise AltacError([ConfigTooDeep(None, name)]) from None
    for path in paths():
        if isinstance(data.get(path), str) and data[path]:
            data[path] = seen_from(HERE, Path(name).parent / data[path])
    return TrainingConfig().with_values(data)


def paths() -> list[str]:
    return [setting.name for setting in fields(TrainingConfig) if setting.metadata["path"]]


def seen_from(folder: Path, path: Path) -> str:
    """A path, as it is relative to a folder; absolute where it cannot be relative."""
    try:
        where = Path(os.path.realpath(path.parent), path.name)  # a link that is named itself stays one
        return os.path.relpath(where, os.path.realpath(folder))
    except ValueError:
        return os.path.abspath(path)  # noqa: PTH100 - no link can be followed


def field_types() -> dict[str, Any]:
    return get_type_hints(TrainingConfig)


def typed(name: str, value: Any, kind: Any) -> Any:
    """A value of TOML as the type of its field; whole numbers are numbers, lists become tuples."""
    if get_args(kind):
        if isinstance(value, (list, tuple)):
            return tuple(typed(name, item, get_args(kind)[0]) for item in value)
    elif kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif type(value) is kind:
        return value
    raise AltacError([SettingOfOtherType(None, name, repr(value), None if get_args(kind) else kind)])


def check_value(setting: Field[Any], value: Any) -> None:
    """Refuse what is not among the choices, or out of range."""
    choices, least, most = (setting.metadata[what] for what in ("choices", "least", "most"))
    if choices and value not in choices:
        raise AltacError([SettingNotAChoice(None, setting.name, repr(value), choices)])
    if least is not None:
        for number in value if isinstance(value, tuple) else (value,):
            if not least <= number <= most:
                raise AltacError([SettingOutOfRange(None, setting.name, number, least, most)])


def toml_value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + ", ".join(toml_value(item) for item in value) + "]"
        case str():
            escaped = "".join(
                f"\\u{ord(c):04X}" if ord(c) < 32 or ord(c) == 127 else "\\" + c if c in '"\\' else c for c in value
            )
            return f'"{escaped}"'
    return repr(value)
