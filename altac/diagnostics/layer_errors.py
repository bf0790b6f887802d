"""E0508 to E0511: layers that do not fit together, and what is read where it is not known."""

from __future__ import annotations

from collections.abc import Hashable

from altac.diagnostics.diagnostic import Diagnostic, Note
from altac.diagnostics.name_errors import UnknownName
from altac.diagnostics.record import record
from altac.diagnostics.span import Span
from altac.diagnostics.words import listed


@record
class MixedForms(Diagnostic):
    """A program is written as layers, or in the short form, with one step."""

    code = "E0508"
    label = "outside of the layers"


@record
class StepBesideLayers(MixedForms):
    title = "a program has layers, or one `step:`"
    label = "beside layers"
    help = "make it a layer: write `layer NAME:` in its place"


@record
class HeadBesideLayers(MixedForms):
    title = "in a program with layers, every head belongs to one, and `{name}` stands beside them"
    help = "move it into the layer `{layer}`, or the one that reads it first"
    name: str
    layer: str


@record
class HaltBesideLayers(MixedForms):
    title = "`halt when` ends the one `step:` of a program, and this one has layers"
    help = "say in the `run` how long they repeat: `run {layers} until {condition}`"
    layers: str
    condition: str


@record
class CountBesideLayers(MixedForms):
    title = "`layers {count}` repeats the one `step:` of a program, and this one has layers"
    help = "say in the `run` how often they repeat: `run {layers} * {count}`"
    layers: str
    count: str


@record
class RunWithoutLayers(MixedForms):
    title = "`run` says how often layers run, and the program has none"
    label = "no layers to run"
    help = "write them as `layer NAME:`; after one `step:` comes `halt when` or `layers`"


@record
class ReadTooEarly(Diagnostic):
    """Something that a layer makes is read where it is not there on every way that leads to it."""

    code = "E0509"
    title = "`{name}` is not known here: the layer `{layer}`, which makes it, runs later"
    label = "not known yet"
    help = "let `{layer}` run first; or keep the value in a `var` that has an initial value"
    name: str
    layer: str
    declared: Span

    @property
    def cause(self) -> Hashable:
        return type(self), self.declared

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.declared, "made here"),)


@record
class ReadInFirstRound(ReadTooEarly):
    title = "`{name}` is not known in the first round: the layer `{layer}` makes it later in the loop"
    label = "not known in the first round"
    help = "declare a `var` with the value for the first round, assign it in `{layer}`, and read that"


@record
class AskedBeforeFirstRound(ReadTooEarly):
    title = "`{name}` is not known before the first round, and `until` is asked there too"
    label = "the layer `{layer}` makes it in the loop"
    help = "declare a `var` with an initial value, assign it in `{layer}`, and read that"


@record
class ReadPerhaps(ReadTooEarly):
    title = "`{name}` is not always known here: the loop with `{layer}`, which makes it, may take no round"
    label = "perhaps not known"
    help = "declare a `var` with the value for no round, assign it in `{layer}`, and read that"


@record
class ReadOfNoRound(ReadTooEarly):
    title = "`{name}` is never known: the layer `{layer}`, which makes it, is repeated 0 times, and so never runs"
    label = "never known"
    help = "repeat it at least once, as in `{layer} * 1`; or keep the value in a `var` that has an initial value"


@record
class ReadOfUnrun(ReadTooEarly):
    title = "`{name}` is never known: the layer `{layer}`, which makes it, is not in the `run`"
    label = "never known"
    help = "add the layer: `run ..., {layer}`"


@record
class ReadInOwnLayer(ReadTooEarly):
    """All heads of a layer look at once, before its statements; what it introduces is known from the next layer on."""

    code = "E0510"
    title = "`{name}` is known from the next layer on, and this stands in the layer `{layer}`, which makes it"
    label = "in the same layer"
    help = "move this into a layer below `{layer}`"


@record
class RunTwice(Diagnostic):
    code = "E0511"
    title = "the layer `{layer}` is in the `run` twice"
    label = "the second time"
    help = "repeat it in one place, alone or with others: `{layer} * 2`, `({layer}, ...) * 2`"
    layer: str
    first: Span

    @property
    def notes(self) -> tuple[Note, ...]:
        return (Note(self.first, "the first time"),)


@record
class UnknownLayer(UnknownName):
    known: tuple[str, ...]

    @property
    def declaration(self) -> str:
        return f"the program has {listed(self.known)}; declare it: `layer {self.name}:`"
