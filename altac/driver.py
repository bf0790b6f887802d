"""The pipeline, every stage by name: text, tree, typed program, rules, weights, model.

Each function imports what it needs, since running weights needs no compiler, and checking needs no weights.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from altac.diagnostics import AltacError, Diagnostic, Source
from altac.diagnostics.run_errors import BadModelFile, WrongArgument
from altac.diagnostics.syntax_errors import UnreadableSource
from altac.diagnostics.words import counted
from altac.ir.encode import decode_value
from altac.ir.values import Value

if TYPE_CHECKING:
    from altac.backend import Blocks
    from altac.check.imports import Library
    from altac.interpret import Interpreter
    from altac.ir.program import Program
    from altac.ir.rules import ProgramRules
    from altac.model.encoder_model import EncoderModel
    from altac.model.model import Model
    from altac.passes import Stage

LEVELS = range(3)
DEFAULT_LEVEL = 2
Overrides = Mapping[str, str | Value]
Place = str | os.PathLike[str] | None


@dataclass(frozen=True, eq=False, repr=False)
class Compiled:
    """A checked program and, made when first asked for, everything that follows from it.

    Called with a text, it runs the program on it, as a model runs the weights.

    Attributes:
        program: the typed program.
        warnings: what the checker noticed.
        level: the optimisation level, 0 to 2.
    """

    program: Program
    warnings: tuple[Diagnostic, ...]
    level: int

    def __repr__(self) -> str:
        variables = len(self.program.variables) + len(self.program.introduced)
        parts = [(variables, "variable"), (len(self.program.heads), "head")]
        if not self.program.is_short:
            parts.append((len(self.program.layers), "layer"))
        size = ", ".join(counted(number, noun) for number, noun in parts)
        return f"<Compiled {self.program.name}: {size}, level {self.level}>"

    def _repr_html_(self) -> str:
        """For notebooks: what it is, its warnings, and the program itself, folded."""
        from html import escape

        from altac.diagnostics.html import html_all

        doc = f"<div>{escape(self.program.doc.strip().partition(chr(10))[0])}</div>" if self.program.doc else ""
        source = f"<details><summary>program</summary><pre>{escape(self.program.source.text)}</pre></details>"
        return f"<div><code>{escape(repr(self))}</code></div>{doc}{html_all(self.warnings)}{source}"

    def __call__(self, text: str) -> str:
        """The output for one input text, from the interpreter.

        Raises:
            AltacError: if the input is not accepted, or the run fails.
        """
        from altac.engine.protocol import run_texts

        return run_texts(self.interpreter, [text])[0].text(self.program.interface)

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
    def rules(self) -> ProgramRules:
        """The steps of all layers as transition rules."""
        return self.stages[-1].rules

    @cached_property
    def blocks(self) -> Blocks:
        """All weights, in NumPy, over a stream of named dimensions."""
        from altac.backend import build_blocks

        return build_blocks(self.program, self.rules)

    @cached_property
    def model(self) -> Model:
        """The weights in a PyTorch module."""
        from altac.targets.torch_model import build_model

        return build_model(self.program, self.blocks, self.level)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to `something.pt` or `something.safetensors`, whole or not at all.

        Raises:
            AltacError: if it cannot be compiled or written.
        """
        from altac.model.file import save_model

        if not isinstance(path, str | os.PathLike):
            raise WrongArgument.error("the place of a model", "a path", path, '"parity.pt"')
        save_model(self.model, Path(path))

    def stats(self) -> dict[str, Any]:
        """Sizes of the compiled model, as plain types.

        `layers` has those of each layer, `parameters` being those of its attention and MLPs. `passes` has the hidden
        units after each pass; None for plain rules that are too many to count.
        """
        from altac.targets.torch_state import torch_state

        blocks, state = self.blocks, torch_state(self.blocks)
        numbers = blocks.hidden_units - self.rules.units  # units that turn numbers into values: no pass changes them
        units = {stage.name: stage.rules.units for stage in self.stages}
        passes = {"plain rules": self._count_plain()} | units if self.level else units
        return {
            "program": self.program.name,
            "level": self.level,
            "variables": len(self.program.variables) + len(self.program.introduced),
            "heads": len(self.program.heads),
            "d_model": blocks.stream.d_model,
            "rules": len(self.rules.rules),
            "hidden_units": blocks.hidden_units,
            "parameters": state.parameters,
            "nonzeros": state.nonzeros,
            "max_length": self.program.interface.longest,
            "layers": [
                {
                    "name": self.rules.names[number],
                    "heads": len(layer.heads),
                    "hidden_units": sum(len(mlp.units) for mlp in blocks.layers[number].mlps),
                    "parameters": state.parameters_of(number),
                    "rules": len(self.rules.layers[number].rules),
                }
                for number, layer in enumerate(self.program.layers)
            ],
            "passes": [
                {"pass": name, "hidden_units": None if count is None else count + numbers}
                for name, count in passes.items()
            ],
            "certificate": blocks.certificate.to_dict(),
        }

    def _count_plain(self) -> int | None:
        """How many plain rules there are; None where they are too many to count."""
        from altac.passes import count_plain

        try:
            return count_plain(self.program)
        except AltacError:
            return None


def embedded_program(metadata: Any) -> Compiled:
    """The program that a model was made from, out of the source in its file; no other file is opened.

    Raises:
        AltacError: if that source has errors.
    """
    from altac.check.imports import Carried
    from altac.syntax.parse import LARGEST_FILE

    name = metadata.source_name
    if len(metadata.source) > LARGEST_FILE:
        reason = f"it has more than {LARGEST_FILE:,} characters"
        raise AltacError([UnreadableSource(None, name, reason)])
    try:
        overrides = {name: decode_value(value) for name, value in metadata.overrides.items()}
    except ValueError as error:
        reason = f"one of its parameters is {error}"
        raise AltacError([UnreadableSource(None, name, reason)]) from None
    return _compile(Source(name, metadata.source), metadata.level, overrides, Carried(metadata.imports))


def open_model(path: Path, device: str = "cpu") -> Model | EncoderModel:
    """A model from its file; one that takes as many layers as its program learns their number from it.

    Raises:
        AltacError: if the file is missing, damaged or not a model of altac; code in it is never run.
    """
    from altac.model.encoder_model import EncoderModel
    from altac.model.file import load_model

    model = load_model(path, device)
    if model.metadata.level not in LEVELS:
        raise AltacError([BadModelFile(None, str(path), f"there is no optimisation level {model.metadata.level}")])
    if isinstance(model, EncoderModel) and not model.metadata.config.layers:
        return EncoderModel(model.module, model.metadata, interpreter_depth(embedded_program(model.metadata)))
    return model


def interpreter_depth(compiled: Compiled) -> Callable[[Sequence[Sequence[int]]], list[int]]:
    """The number of layers that a program takes on each sequence of a batch."""
    return lambda batch: [finish.layers for finish in compiled.interpreter.finish(batch)]


def load_source(path_or_text: str | Path) -> Source:
    """A file's text, or the text itself: a string with a line break in it is a program, any other is a path.

    Raises:
        AltacError: if the file cannot be read.
    """
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        return Source("<text>", path_or_text)
    from altac.syntax import read_source

    return read_source(path_or_text)


def program_name(source: Source) -> str | None:
    """The name that a program gives itself; None if it has none, or cannot be read."""
    from altac.syntax import parse_source
    from altac.syntax import tree as t

    try:
        declared = parse_source(source).declarations
    except AltacError:
        return None
    return next((one.name.text for one in declared if isinstance(one, t.ProgramName)), None)


def imported_by(source: Source, imports_from: Place = None) -> list[Path]:
    """The files that a program imports, those that these import, and what all of them read.

    Raises:
        AltacError: if one cannot be read or parsed.
    """
    from altac.check.files import named_by
    from altac.check.imports import Folder, import_files
    from altac.syntax import parse_source

    library, file = Folder.of(source, imports_from), parse_source(source)
    imports = import_files(file, library)
    paths = map(library.path, [*imports.sources, *named_by({library.program: file, **imports.files})])
    return [path for path in paths if path is not None]


def is_library(path: Path) -> bool:
    """Whether a file is a program that only declares names for others to import."""
    from altac.check.outline import declares_only_names
    from altac.syntax import parse_source

    try:
        return declares_only_names(parse_source(load_source(path)))
    except AltacError:
        return False


def compile_source(
    source: Source, level: int = DEFAULT_LEVEL, overrides: Overrides | None = None, imports_from: Place = None
) -> Compiled:
    """Parse and check a source; lowering and weights follow on demand.

    Args:
        imports_from: a folder from which it may import files, beside its own.

    Raises:
        AltacError: with every error and warning.
    """
    from altac.check.imports import Folder

    return _compile(source, level, overrides, Folder.of(source, imports_from))


def compile_with(source: Source, files: Mapping[str, str], level: int = DEFAULT_LEVEL) -> Compiled:
    """Parse and check a source whose files are given, by their names beside it; none is opened.

    Raises:
        AltacError: with every error and warning.
    """
    from altac.check.imports import Carried

    return compile_from(source, Carried(files), level)


def compile_from(source: Source, library: Library, level: int = DEFAULT_LEVEL) -> Compiled:
    """Parse and check a source whose files come from a library.

    Raises:
        AltacError: with every error and warning.
    """
    return _compile(source, level, None, library)


def _compile(source: Source, level: int, overrides: Overrides | None, library: Library) -> Compiled:
    from altac.check import check_file
    from altac.syntax import parse_source

    program, warnings = check_file(parse_source(source), overrides, library)
    return Compiled(program, tuple(warnings), level)
