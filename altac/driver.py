"""The pipeline, every stage by name: text, tree, typed program, rules, weights, model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from altac.check import check_file
from altac.check.imports import imported_files
from altac.diagnostics import Diagnostic, Source
from altac.ir.program import Program
from altac.ir.values import Value
from altac.syntax import parse_source, read_source

if TYPE_CHECKING:
    from altac.backend import Weights
    from altac.interpret import Interpreter
    from altac.ir.rules import RuleSet
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model
    from altac.passes import Stage

DEFAULT_LEVEL = 2
Overrides = Mapping[str, str | Value]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A checked program and, made when first asked for, everything that follows from it.

    Attributes:
        program: the typed program.
        warnings: what the checker noticed.
        level: the optimisation level, 0 to 2.
    """

    program: Program
    warnings: tuple[Diagnostic, ...]
    level: int

    @cached_property
    def interpreter(self) -> Interpreter:
        """Runs the program as written; this is what it means."""
        from altac.interpret import Interpreter

        return Interpreter(self.program)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The rules after every pass."""
        from altac.passes import run_passes

        return tuple(run_passes(self.program, self.level))

    @cached_property
    def rules(self) -> RuleSet:
        """The step as transition rules."""
        return self.stages[-1].rules

    @cached_property
    def weights(self) -> Weights:
        """All matrices, in NumPy, with named dimensions."""
        from altac.backend import build_weights

        return build_weights(self.program, self.rules)

    @cached_property
    def model(self) -> Model:
        """The weights in a PyTorch module."""
        from altac.backend.package import build_model

        return build_model(self.program, self.weights, self.level)

    def save(self, path: str | Path) -> None:
        """Write the model to `something.pt` or `something.safetensors`, whole or not at all.

        Raises:
            AltacError: if it cannot be compiled or written.
        """
        from altac.model.file import save_model

        save_model(self.model, path)

    def stats(self) -> dict[str, Any]:
        """Sizes of the compiled model, as plain types; `passes` has the hidden units after each pass."""
        from altac.passes import count_plain

        weights = self.weights
        numbers = weights.hidden_units - self.rules.units  # units that turn numbers into values: no pass changes them
        passes = [{"pass": one.name, "hidden_units": one.rules.units + numbers} for one in self.stages]
        if self.level:
            passes.insert(0, {"pass": "plain rules", "hidden_units": count_plain(self.program) + numbers})
        return {
            "program": self.program.name,
            "level": self.level,
            "variables": len(self.program.variables),
            "heads": len(self.program.heads),
            "d_model": weights.config.d_model,
            "rules": len(self.rules.rules),
            "hidden_units": weights.hidden_units,
            "parameters": weights.parameters,
            "nonzeros": weights.nonzeros,
            "max_length": self.program.interface.longest,
            "passes": passes,
            "certificate": weights.certificate.to_dict(),
        }


def embedded_program(metadata: Any) -> Compiled:
    """The program that a model was made from, out of the source in its file.

    Raises:
        AltacError: if that source has errors.
    """
    overrides = {name: value for name, value in metadata.overrides.items() if not isinstance(value, dict)}
    return compile_source(Source(metadata.source_name, metadata.source), metadata.level, overrides)


def open_model(path: Path, device: str = "cpu") -> Model | EncoderModel:
    """A model from its file; one that takes as many layers as its program learns their number from it.

    Raises:
        AltacError: if the file is missing, damaged or no model of altac; code in it is never run.
    """
    from altac.model.encoder_model import EncoderModel
    from altac.model.file import load_model

    model = load_model(path, device)
    if isinstance(model, EncoderModel) and not model.metadata.config.layers:
        return EncoderModel(model.module, model.metadata, interpreter_depth(embedded_program(model.metadata)))
    return model


def interpreter_depth(compiled: Compiled) -> Callable[[Sequence[Sequence[int]]], list[int]]:
    """The number of layers that a program takes on each sequence of a batch."""
    return lambda batch: [one.layers for one in compiled.interpreter.finish(batch)]


def load_source(path_or_text: str | Path) -> Source:
    """A file's text, or the text itself: a string with a line break in it is a program, any other is a path.

    Raises:
        AltacError: if the file cannot be read.
    """
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        return Source("<text>", path_or_text)
    return read_source(path_or_text)


def imported_by(source: Source) -> list[Path]:
    """The files that a program imports, and those that these import.

    Raises:
        AltacError: if one cannot be read or parsed.
    """
    return imported_files(parse_source(source))


def compile_source(source: Source, level: int = DEFAULT_LEVEL, overrides: Overrides | None = None) -> Compiled:
    """Parse and check a source; lowering and weights follow on demand.

    Raises:
        AltacError: with every error and warning.
    """
    tree = parse_source(source)
    program, warnings = check_file(tree, overrides)
    return Compiled(program, tuple(warnings), level)
