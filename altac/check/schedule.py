"""The schedule: which layer runs when, and where what it makes is known.

Layers are numbered in the order in which they run. Every layer is in one entry only, so its number is its place, and
what it makes is known at a later place wherever every way there leads through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from altac.check.declarations import check_integer
from altac.check.outline import LayerText, first_of, is_short, layers_of
from altac.check.scope import Made, Reports, Scope
from altac.diagnostics import Span, closest
from altac.diagnostics.constant_errors import Subject
from altac.diagnostics.layer_errors import RunTwice, UnknownLayer
from altac.diagnostics.name_errors import DuplicateName
from altac.diagnostics.warnings import NeverRuns, RunsNoRound
from altac.syntax import tree as t


@dataclass(frozen=True)
class Planned:
    """An entry of the schedule: layers by their numbers, how often they run, or the condition that ends them."""

    layers: range
    times: int | None
    until: t.Expr | None
    span: Span

    @property
    def repeats(self) -> bool:
        return self.times != 1


@dataclass(frozen=True)
class Schedule:
    """`texts` are the layers by number; those after the last entry never run."""

    texts: tuple[LayerText, ...]
    entries: tuple[Planned, ...]

    @property
    def running(self) -> int:
        """How many layers run."""
        return self.entries[-1].layers.stop if self.entries else 0

    def entry(self, layer: int) -> Planned | None:
        """The entry that a layer is in."""
        return next((entry for entry in self.entries if layer in entry.layers), None)

    def made(self, layer: int, reader: int | None, name: str, span: Span) -> Made | None:
        """What is wrong with reading in one layer what another makes; None if nothing is.

        Args:
            reader: the number of a layer; None for what is read at the end.
        """
        problem = partial(Made, span, name, self.texts[layer].name)
        if layer == reader:
            return problem("same")
        if layer >= self.running:
            return problem("never")
        entry = self.entry(layer)
        assert entry is not None
        if reader is not None and reader in entry.layers:
            return problem("loop" if entry.repeats else "later") if layer > reader else None
        if reader is not None and layer > reader:
            return problem("later")
        if entry.times == 0:
            return problem("idle")
        return problem("perhaps") if entry.until is not None else None

    def asked(self, layer: int, entry: Planned, name: str, span: Span) -> Made | None:
        """The same for the condition of an entry."""
        if layer in entry.layers:
            return Made(span, name, self.texts[layer].name, "asked")
        return self.made(layer, entry.layers[0], name, span)

    def last_reading(self, layer: int, reader: int) -> int:
        """The last layer in which what one makes must be there: a reader in a loop finds it in all rounds."""
        entry = self.entry(reader)
        if entry is None or layer in entry.layers or not entry.repeats:
            return reader
        return entry.layers[-1]


def check_schedule(file: t.File, scope: Scope, reports: Reports) -> Schedule:
    """The layers in the order in which they run, as far as they are right."""
    texts = layers_of(file)
    if is_short(file):
        return Schedule(tuple(texts), (short_entry(file, scope, reports),))
    places: dict[str, int] = {}
    for place, text in enumerate(texts):
        first_place = places.setdefault(text.name, place)
        if first_place != place:
            reports.add(DuplicateName(text.span, text.name, texts[first_place].span))
    run = first_of(file, t.Run)
    if run is None:
        return Schedule(
            tuple(texts), tuple(Planned(range(n, n + 1), 1, None, text.span) for n, text in enumerate(texts))
        )
    order: list[int] = []
    first: dict[str, Span] = {}
    entries: list[Planned] = []
    unknown = False
    for entry in run.entries:
        start = len(order)
        for name in entry.layers:
            if name.text not in places:
                unknown = True
                guess = closest(name.text, list(places))
                reports.add(UnknownLayer(name.span, "layer", name.text, guess, tuple(places)))
            elif name.text in first:
                reports.add(RunTwice(name.span, name.text, first[name.text]))
            else:
                first[name.text] = name.span
                order.append(places[name.text])
        times = None if entry.until is not None else 1
        if entry.times is not None:
            found = reports.attempt(check_integer, scope, entry.times, Subject.ROUNDS, 0)
            times = 1 if found is None else found
        if len(order) > start:
            entries.append(Planned(range(start, len(order)), times, entry.until, entry.span))
            for place in order[start:]:
                if times == 0 and isinstance(entry.times, t.Literal_):
                    reports.add(RunsNoRound(texts[place].span, texts[place].name))
    unrun = [place for place in range(len(texts)) if place not in order]
    for place in unrun:
        if unknown:  # perhaps it was meant
            entries.append(Planned(range(len(order), len(order) + 1), 1, None, texts[place].span))
            order.append(place)
        elif places[texts[place].name] == place:
            reports.add(NeverRuns(texts[place].span, texts[place].name))
    idle = [place for place in unrun if place not in order]
    return Schedule(tuple(texts[place] for place in (*order, *idle)), tuple(entries))


def short_entry(file: t.File, scope: Scope, reports: Reports) -> Planned:
    """The one entry of the short form."""
    layers, halt = first_of(file, t.Layers), first_of(file, t.Halt)
    if layers is not None:
        count = reports.attempt(check_integer, scope, layers.count, Subject.LAYERS, 0)
        return Planned(range(1), 1 if count is None else count, None, layers.span)
    if halt is not None:
        return Planned(range(1), None, halt.condition, halt.span)
    return Planned(range(1), 1, None, file.span)
