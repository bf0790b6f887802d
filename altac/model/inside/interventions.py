"""Runs of a module in which activations are changed or recorded.

Hooks of PyTorch do it, on the parts of the module; so a change counts wherever the module runs, and `is_as_made` sees
it, as it sees a user's hooks. What hooks do not know, the round and the lengths, comes from the run: while anything is
changed or recorded, `Interventions` stands in the place of `Transformer.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
import torch
from torch import Tensor, nn

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import ChangedNotCopied, OutsideARun, PartReplaced
from altac.engine.trace import has_value
from altac.model import schedule
from altac.model.decode import Decoder
from altac.model.inside.edits import Edit, Moment
from altac.model.inside.names import Kind, Names, Target, standing
from altac.model.parts import refuse_unfit
from altac.model.transformer import (
    MLP,
    Attention,
    Transformer,
    TransformerLayer,
    pattern,
    valid_positions,
    without_padding,
)

if TYPE_CHECKING:
    from jaxtyping import Int

Record = Callable[[int, int, str, Tensor], None]  # layer, round, name, numbers (batch, ...)
LOCK = Lock()  # for hooks to be put and removed by one thread at a time


@dataclass
class Here:
    """The layer that runs: what its parts do not know.

    Attributes:
        moment: None where a layer is called outside of a run.
        valid: False on padding.
        mask: what attention adds to its scores.
        record: called with all activations; None where nothing is recorded.
        queries: of all heads, when they are there.
    """

    moment: Moment | None
    valid: Tensor
    mask: Tensor | None
    record: Callable[[str, Tensor], None] | None
    queries: Tensor | None = None


class Told(NamedTuple):
    """What a run says of the layer that it is about to run."""

    moment: Moment
    record: Record | None


told: ContextVar[Told | None] = ContextVar("told", default=None)
here: ContextVar[Here | None] = ContextVar("here", default=None)


@dataclass(frozen=True)
class Sequences:
    """Which sequences run, in the place of the flags of padding in a schedule."""

    valid: Tensor
    rows: Any

    def __getitem__(self, kept: Any) -> Sequences:
        return Sequences(self.valid[kept], self.rows[kept])


@dataclass
class Watched:
    """The layers of one run (`altac.model.schedule.Layers`)."""

    interventions: Interventions
    tokens: tuple[tuple[int, ...], ...]
    record: Record | None
    rounds: dict[int, int] = field(default_factory=dict)  # of each layer, so far
    last: int = 0  # the round of the layer that ran last

    @property
    def config(self) -> Any:
        return self.module.config

    @property
    def module(self) -> Transformer:
        return self.interventions.module

    def mask(self, place: int, valid: Sequences) -> Any:
        return self.module.mask(place, valid.valid)

    def layer(self, place: int, x: Tensor, valid: Sequences, mask: Any) -> Any:
        self.last = self.rounds[place] = self.rounds.get(place, 0) + 1
        moment = Moment(self.last, tuple(self.tokens[row] for row in valid.rows))
        token = told.set(Told(moment, self.record))
        try:
            return self.module.layer(place, x, valid.valid, mask)
        finally:
            told.reset(token)

    def holds(self, entry: int, x: Tensor, valid: Sequences) -> Any:
        return self.module.holds(entry, x, valid.valid)

    def same(self, x: Tensor, other: Tensor, valid: Sequences) -> Any:
        """A state that comes back is a loop only if what is done from now on is what was done since."""
        last = max((edit.last_round for edit in self.interventions.edits), default=0)
        if self.last <= 2 * last:
            return np.zeros(len(x), np.bool_)
        return self.module.same(x, other, valid.valid)

    def join(self, parts: Sequence[Any]) -> Any:
        if isinstance(parts[0], Sequences):
            return Sequences(torch.cat([one.valid for one in parts]), np.concatenate([one.rows for one in parts]))
        return self.module.join(parts)


class Interventions:
    """Stands in the place of `Transformer.run`, with hooks on the parts."""

    def __init__(self, module: Transformer, names: Names) -> None:
        self.module, self.names = module, names
        self.edits: list[Edit] = []
        self.runs = 0
        self.users = 0
        self.handles: list[Any] = []
        self.decoders: dict[int, tuple[list[Any], Decoder]] = {}

    def __call__(
        self,
        tokens: Int[Tensor, "batch length"],
        lengths: Int[Tensor, "batch"] | None = None,
        most: Any = None,
        record: Record | None = None,
    ) -> Iterator[schedule.LayerState[Any]]:
        """As `Transformer.run`."""
        if lengths is None:
            lengths = torch.full((len(tokens),), tokens.shape[1], device=tokens.device)
        self.runs += 1
        valid = valid_positions(tokens.shape[1], lengths)
        each = [tuple(row[:length]) for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]
        moment, x = Moment(0, tuple(each)), self.module.embed(tokens)
        for target in self.names.of_layer(-1):
            x = self.changed(target, moment, x, valid)
        x = without_padding(x, valid)
        if record is not None:
            record(-1, 0, "embed", x)
        run = Watched(self, moment.tokens, record)
        yield from schedule.run(run, x, Sequences(valid, np.arange(len(x))), most)

    def __deepcopy__(self, memo: Any) -> NoReturn:
        raise AltacError([ChangedNotCopied(None)])

    def __reduce__(self) -> NoReturn:
        raise TypeError("a model that is changed for a while belongs to its process")

    def changed(self, target: Target, moment: Moment | None, x: Tensor, valid: Tensor) -> Tensor:
        """An array that holds an activation, with what becomes of that."""
        for edit in tuple(self.edits):
            if not edit.of(target, moment):
                continue
            if moment is None and not edit.is_everywhere:
                raise AltacError([OutsideARun(None, edit.name, f"layers[{target.place}]")])
            numbers = x[..., target.start : target.stop]
            new = edit.apply(target, moment, numbers, valid)
            if new is not numbers:
                x = torch.cat([x[..., : target.start], new, x[..., target.stop :]], dim=-1)
        return x

    # Hooks ---------------------------------------------------------------------------------------------------

    def hook(self) -> None:
        """Put hooks on all layers."""
        for place, layer in enumerate(self.module.layers):
            if isinstance(layer, nn.Module):
                self.handles += self._hooks(place, layer)

    def unhook(self) -> None:
        for handle in self.handles:
            handle.remove()
        self.handles.clear()

    def _hooks(self, place: int, layer: nn.Module) -> Iterator[Any]:
        targets = self.names.of_layer(place)
        heads = [target for target in targets if target.kind is Kind.HEAD]
        ends = [target for target in targets if target.kind in (Kind.STREAM, Kind.VARIABLE)]

        def begin(_part: nn.Module, arguments: Any) -> None:
            x, valid, mask = arguments
            known = told.get()
            here.set(Here(None if known is None else known.moment, valid, mask, None))
            if known is not None and known.record is not None:
                record = partial(known.record, place, known.moment.round)
                here.set(Here(known.moment, valid, mask, record))
                record("resid.pre", x)

        def end(_part: nn.Module, arguments: Any, result: Any) -> Any:
            now, (streams, disagree) = here.get(), result
            here.set(None)
            if now is None:
                return result
            if not streams:  # a layer that does nothing
                self.record_streams(place, arguments[:1], now.record)
                return result
            x = streams[-1]
            for target in ends:
                x = self.changed(target, now.moment, x, now.valid)
            self.record_streams(place, (*streams[:-1], x), now.record)
            disagree = self.agreeing(heads, now, disagree)
            return (*streams[:-1], x), self.with_unclear(place, x, now.valid, disagree)

        yield layer.register_forward_pre_hook(begin)
        yield layer.register_forward_hook(end)
        if not isinstance(layer, TransformerLayer):
            return
        if isinstance(layer.attention, Attention) and heads:
            yield from self._head_hooks(layer.attention, heads)
        for number, mlp in enumerate(layer.mlps):
            if isinstance(mlp, MLP):
                units = [target for target in targets if target.kind is Kind.UNITS and target.number == number]
                yield mlp.fc_out.register_forward_pre_hook(self._changing(units))

    def _changing(self, targets: Sequence[Target]) -> Callable[[nn.Module, Any], Any]:
        """A hook on a linear map: what it is given, with changes."""

        def change(_part: nn.Module, arguments: Any) -> Any:
            now, (numbers, *more) = here.get(), arguments
            if now is None:
                return None
            for target in targets:
                numbers = self.changed(target, now.moment, numbers, now.valid)
            if now.record is not None:
                for target in targets:
                    if target.kind is Kind.HEAD or not target.owner:
                        now.record(target.name, numbers[..., target.start : target.stop])
            return (numbers, *more)

        return change

    def _head_hooks(self, attention: Attention, heads: Sequence[Target]) -> Iterator[Any]:
        def query(_part: nn.Module, _arguments: Any, result: Tensor) -> None:
            now = here.get()
            if now is not None:
                now.queries = result

        def key(_part: nn.Module, _arguments: Any, result: Tensor) -> None:
            now = here.get()
            if now is None or now.record is None or now.mask is None or now.queries is None:
                return
            sizes = attention.query_sizes
            queries, keys = torch.split(now.queries, sizes, dim=-1), torch.split(result, sizes, dim=-1)
            for target in heads:
                head = target.number
                now.record(f"pattern.{target.owner}", pattern(queries[head], keys[head], now.mask[:, head]))

        yield attention.query.register_forward_hook(query)
        yield attention.key.register_forward_hook(key)
        yield attention.output.register_forward_pre_hook(self._changing(heads))

    def record_streams(self, place: int, streams: Sequence[Tensor], record: Any) -> None:
        names = [target.name for target in self.names.of_layer(place) if target.name.startswith("resid.")][1:]
        if record is not None and len(names) == len(streams):
            for name, stream in zip(names, streams, strict=True):
                record(name, stream)

    def agreeing(self, heads: Sequence[Target], now: Here, disagree: Tensor) -> Tensor:
        """Where heads disagree whose result is not replaced."""
        for target in heads:
            for edit in self.edits:
                if edit.of(target, now.moment) and disagree.shape[1]:
                    disagree = disagree.clone()
                    disagree[:, target.number] &= ~edit.mask(now.valid)
        return disagree

    def with_unclear(self, place: int, x: Tensor, valid: Tensor, disagree: Tensor) -> Tensor:
        """Where heads disagree, and then, for all that stands after the layer, where it is no value."""
        if not self.edits or self.names.described.learned is not None:
            return disagree
        if place not in self.decoders:
            parts = list(standing(self.names.described, place).values())
            self.decoders[place] = parts, Decoder(parts)
        parts, decoder = self.decoders[place]
        found, _ = decoder(x.detach(), valid.sum(dim=1))
        unclear = [torch.from_numpy(~has_value(found[part])).to(valid.device) & valid for part in parts]
        heads = len(self.names.described.head_names[place])
        if disagree.shape[1] != heads:
            disagree = disagree.new_zeros(len(x), heads, x.shape[1])
        return torch.cat([disagree, torch.stack(unclear, dim=1)], dim=1) if unclear else disagree


@contextmanager
def intervening(module: Transformer, names: Names) -> Iterator[Interventions]:
    """Within it, runs of a module go through its interventions, one for all of them.

    Raises:
        AltacError: if a user has put a `run` of their own in the place of the module's.
    """
    refuse_unfit(module)
    with LOCK:
        found = vars(module).get("run")
        if found is None:
            found = vars(module)["run"] = Interventions(module, names)
            found.hook()
        elif not isinstance(found, Interventions):
            raise AltacError([PartReplaced(None, "model", "run")])
        found.users += 1
    try:
        yield found
    finally:
        with LOCK:
            found.users -= 1
            if not found.users:
                found.unhook()
                vars(module).pop("run", None)


def refuse_replaced(module: Transformer, target: Target, name: str) -> None:
    """Make sure that the part which holds an activation is one that altac made.

    Raises:
        AltacError: if it is another.
    """
    if target.place < 0:
        return
    layer = module.layers[target.place]
    path = f"layers[{target.place}]"
    if not isinstance(layer, nn.Module) or (target.kind is not Kind.STREAM and not isinstance(layer, TransformerLayer)):
        raise AltacError([PartReplaced(None, name, path)])
    if isinstance(layer, TransformerLayer):
        if target.kind is Kind.HEAD and not isinstance(layer.attention, Attention):
            raise AltacError([PartReplaced(None, name, f"{path}.attention")])
        if target.kind is Kind.UNITS and not isinstance(layer.mlps[target.number], MLP):
            raise AltacError([PartReplaced(None, name, f"{path}.mlps[{target.number}]")])
