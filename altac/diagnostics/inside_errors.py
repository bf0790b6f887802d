"""E0725 to E0730: looking inside a model, and changing what happens there."""

from __future__ import annotations

from typing import Any

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.run_errors import NotSavable, RunFailed, called
from altac.diagnostics.words import counted, joined, listed


@record
class UnknownActivation(Diagnostic):
    code = "E0725"
    title = "{where} has no activation `{name}`"
    help = "{hint}"
    where: str
    name: str
    nearest: str | None
    kinds: tuple[str, ...]  # examples of names

    def facts(self) -> dict[str, Any]:
        hint = f"there are such as {listed(self.kinds)}" if self.nearest is None else f"did you mean `{self.nearest}`?"
        return {**super().facts(), "hint": hint}


@record
class NotChangeable(Diagnostic):
    """An activation that can be read, and not set."""

    code = "E0726"
    name: str


@record
class ReadOnly(NotChangeable):
    title = "`{name}` can be read, but not changed"
    help = (
        "change what a head brings (`attn`), units (`mlp1`), a variable (`var`), or the stream after a layer "
        "(`resid.post`)"
    )


@record
class PartReplaced(NotChangeable):
    title = "`{name}` cannot be changed or read: `{part}` is not the part that altac made"
    help = "change what stands in its place itself, with a hook of PyTorch"
    part: str


@record
class OutsideARun(NotChangeable):
    title = "`{name}` is changed in some rounds or at some positions, and `{part}` was called outside of a run"
    help = "run the whole model, `model(...)` or `model.module(...)`: it knows rounds and lengths"
    part: str


@record
class NoDefault(Diagnostic):
    code = "E0727"
    title = "`{name}` cannot be ablated by default: {reason}"
    help = (
        'take a value that occurs, `resample=["1 0 1", "1 1"]`, or name one, `model.patch("{name}", {value})`; '
        "`zero=True` puts zeros, which encode nothing"
    )
    name: str
    reason: str
    value: str


@record
class UnfitValue(Diagnostic):
    code = "E0728"
    title = "`{name}` cannot be {value}: {reason}"
    help = "instead, {hint}"
    name: str
    value: str
    reason: str
    hint: str


@record
class NeverActed(Diagnostic):
    code = "E0729"
    title = "nothing was changed at `{name}`{places}: {runs} there"
    help = "see which rounds and positions there are: `print(model.run_with_cache(TEXT)[1])`"
    name: str
    positions: tuple[int, ...] | None
    count: int

    def facts(self) -> dict[str, Any]:
        shown = None if self.positions is None else joined([str(one) for one in self.positions])
        runs = f"{counted(self.count, 'run')} came to an end without getting"
        return {**super().facts(), "places": "" if shown is None else f" at position {shown}", "runs": runs}


@record
class ChangedToNoValue(RunFailed):
    """What was done to a model left something in its state that encodes no value."""

    code = "E0730"
    title = (
        "after layer {layer}{called}, `{variable}` holds no value at position {position}, by what was done to the model"
    )
    help = "put values that the program knows: ablate without `zero=True`, or patch whole values"
    variable: str
    layer: int
    position: int
    name: str = ""  # of the layer, with its round

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "called": called(self.name)}


@record
class ChangedNotSavable(NotSavable):
    title = "a file holds weights alone, and this model is ablated or patched"
    help = "leave the `with` of `ablate` or `patch`, or write the change into the weights, then save it"


@record
class ChangedNotCopied(NotSavable):
    title = "a model that is ablated or patched cannot be copied: the copy would stay so for ever"
    help = "copy it outside of the `with` of `ablate` or `patch`"
