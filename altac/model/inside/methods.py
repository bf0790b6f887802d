"""What a model offers to those who look inside it: the methods of `Model` that other tools have under these names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any, TypeVar

import torch

from altac.diagnostics import AltacError
from altac.diagnostics.inside_errors import NeverActed
from altac.diagnostics.run_errors import WrongArgument
from altac.engine.protocol import check_texts, run_texts
from altac.engine.trace import Result
from altac.engine.writing import tokens_read
from altac.model.batch import batch_tensors
from altac.model.inside.activations import Activation, ActivationCache
from altac.model.inside.edits import Drawn, Edit, Fixed, Replacement, positions_of
from altac.model.inside.interventions import Interventions, intervening, refuse_replaced
from altac.model.inside.names import Names
from altac.model.inside.opened import Opened
from altac.model.inside.recording import Recording
from altac.model.inside.values import copied, default_of, drawn, fixed, zeros
from altac.model.metadata import Metadata
from altac.model.parts import naming_parts
from altac.model.precision import executing
from altac.model.schedule import last_states
from altac.model.transformer import Transformer

M = TypeVar("M", bound=Opened)


class Inside:
    """Activations by names."""

    module: Transformer
    metadata: Metadata

    @cached_property
    def names(self) -> Names:
        """The names of all activations (`altac.model.inside.names`)."""
        return Names(self.metadata)

    @property
    def is_changed(self) -> bool:
        """Whether it is ablated or patched at the moment."""
        found = vars(self.module).get("run")
        return isinstance(found, Interventions) and bool(found.edits)

    def run_with_cache(self: Opened, text: str) -> tuple[Result, ActivationCache]:
        """The result of an input, and everything that was computed on the way, by names.

        Of a program that writes, this is its last run, which has the activations of all. Of a run that fails, the
        activations up to there.

        Raises:
            AltacError: if the input is not accepted.
        """
        check_texts([text])
        tokens = tokens_read(self, text)
        recording = Recording(self.names, self.interface, tokens)
        with intervening(self.module, self.names) as run:
            batch, lengths = batch_tensors([tokens], self.weight.device)
            most = 4 * (self.layer_rate or 250) * (lengths.cpu().numpy() + 8)
            with executing(self.weight), naming_parts(self.module, self._made):
                last, _ = last_states(self.module, run(batch, lengths, most, recording))
                recording(-1, 0, "logits", self.module.logits(last))
            result = run_texts(self, [text])[0]
        return result, ActivationCache(text, recording.activations(), recording.rounds, self.names)

    @contextmanager
    def ablate(
        self: M,
        *names: str,
        resample: str | Sequence[str] | None = None,
        zero: bool = False,
        seed: int = 0,
        positions: int | Sequence[int] | None = None,
    ) -> Iterator[M]:
        """Within it, this model runs without some heads or rules.

        A head brings what it brings where it selects nothing, and a rule does not fire. So all states stay states of
        the program. Zeros would be no value at all: that is why they have to be asked for.

        Args:
            names: of heads or rules in the program, or of activations, with `*` for anything: `carry.*.attn.left`.
            resample: inputs; at each place one of the values that occur there in runs on these, anywhere in the same
                layer, as often as they occur. This is for variables, too.
            zero: put zeros. A run fails where they leave a variable without a value (E0730).
            seed: decides, with the tokens of an input, which values are drawn.
            positions: where; everywhere if None. Those below zero count from the end.

        Raises:
            AltacError: for an unknown name, what has no default, and at the end if runs never came to where it acts.
        """
        if not names:
            raise WrongArgument.error("what is ablated", "a name", None, 'model.ablate("left")')
        texts = [resample] if isinstance(resample, str) else resample
        if texts is not None and zero:
            raise WrongArgument.error(
                "`zero`", "False where values are resampled", zero, 'model.ablate("left", zero=True)'
            )
        if texts is not None and not texts:
            raise WrongArgument.error("`resample`", "one input or more", texts, 'resample=["1 0", "0 1"]')
        with ExitStack() as stack:
            for name in names:
                chosen = self.names.choose(checked(name))
                replacement: Replacement
                if texts is not None:
                    check_texts(texts)
                    replacement = Drawn(drawn(self, name, chosen, texts), seed)
                elif zero:
                    replacement = Fixed({target: zeros(target) for target in chosen.targets})
                else:
                    replacement = Fixed({target: default_of(self, target, name) for target in chosen.targets})
                edit = Edit(name, chosen, replacement, positions_of(positions))
                stack.enter_context(edited(self, edit))
            yield self

    @contextmanager
    def patch(
        self: M,
        name: str | Mapping[str, Any],
        value: Any = None,
        *,
        positions: int | Sequence[int] | None = None,
    ) -> Iterator[M]:
        """Within it, something inside this model is something else.

        Args:
            name: of a head, variable or rule in the program, or of an activation, with `*` for anything; or a dict from
                names to values.
            value: a value of the program, such as `3` or `"a"`, for a head or a variable; 1 or 0 for a rule; an
                `Activation`; the cache of another run, from which the activations of the same names are taken; or
                numbers, (size,) or (positions, size).
            positions: where; everywhere if None. Those below zero count from the end.

        Raises:
            AltacError: for an unknown name, a value that does not fit, and at the end if runs never came to where it
                acts.
        """
        pairs = name if isinstance(name, Mapping) else {name: value}
        if not pairs:
            raise WrongArgument.error("what is patched", "a name, or a dict from names to values", name, '{"left": 0}')
        where = positions_of(positions)
        with ExitStack() as stack:
            for one, wanted in pairs.items():
                chosen = self.names.choose(checked(one))
                replacement: Replacement
                if isinstance(wanted, ActivationCache | Activation | torch.Tensor):
                    chosen, replacement = copied(one, chosen, wanted, where)
                else:
                    replacement = Fixed({target: fixed(target, wanted, one) for target in chosen.targets})
                stack.enter_context(edited(self, Edit(one, chosen, replacement, where)))
            yield self


def checked(name: Any) -> str:
    if not isinstance(name, str):
        raise WrongArgument.error("the name of an activation", "a text", name, '"left"')
    return name


@contextmanager
def edited(model: Opened, edit: Edit) -> Iterator[None]:
    """Within it, a change acts on all runs of a module.

    Raises:
        AltacError: at the end, if there were runs and it never acted.
    """
    for target in edit.chosen.targets:
        refuse_replaced(model.module, target, edit.name)
    with intervening(model.module, model.names) as run:
        run.edits.append(edit)
        before = run.runs
        try:
            yield
        finally:
            run.edits[:] = [one for one in run.edits if one is not edit]
        count = run.runs - before
        if count and not edit.acted:
            raise AltacError([NeverActed(None, edit.name, edit.positions, count)])
