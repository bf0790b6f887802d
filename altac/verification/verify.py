"""Weights against their program, and against what they say of themselves."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import torch

from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.equivalence import Features
from altac.engine.protocol import trace_text
from altac.engine.trace import Trace
from altac.engine.verify import Evidence, Pair, Plan, gather, plan_inputs
from altac.ir.numbers import is_open
from altac.model.encoder_model import EncoderModel
from altac.model.model import Model
from altac.verification.description import Description, Misfit, describe
from altac.verification.report import CheckedWeights, Report


@dataclass(frozen=True)
class Verification:
    """What is to be compared.

    Attributes:
        program: what the weights should do; None if there is none, since the source of the model does not compile.
        weights: the name of the model's file, if it has one.
    """

    model: Model | EncoderModel
    program: Compiled | None
    description: Description
    plan: Plan | None
    weights: str | None

    def run(self, progress: Callable[[int], None] | None = None, jobs: int = 1) -> Report:
        """Compare until a difference is found.

        Args:
            progress: called with the number of inputs that were compared since the last call.
            jobs: the greatest number of processes.
        """
        with one_thread():
            evidence = traces = None
            misfits = self.description.misfits
            if self.program is not None and self.plan is not None:
                evidence = self._gather(self.program, self.plan, progress, jobs)
                traces = self._traces(self.program, evidence)
                misfits += self._other_source(evidence, jobs)
        domains = self.model.domains if isinstance(self.model, Model) else {}
        decimals = {
            name: domain.digits for name, domain in domains.items() if is_open(domain) and domain.digits is not None
        }
        return Report(self.subject, evidence, misfits, self.description.is_own, traces, decimals)

    @property
    def subject(self) -> CheckedWeights:
        model, described = self.model, self.model.metadata
        program = described.interface if self.program is None else self.program.program.interface
        parameter = next(model.module.parameters())
        return CheckedWeights(
            described.interface.program,
            self.weights,
            described.altac,
            described.level,
            str(parameter.dtype).removeprefix("torch."),
            parameter.device.type,
            (program.longest, model.interface.longest),
            layers_of(model) if isinstance(model, Model) else (),
        )

    def _gather(self, program: Compiled, plan: Plan, progress: Callable[[int], None] | None, jobs: int) -> Evidence:
        begin = None
        if isinstance(self.model, Model):
            # hooks and modules of the user's own need not be known in another process
            with suppress(pickle.PicklingError, AttributeError, TypeError):
                begin = partial(pair_of, pickle.dumps((program.program, self.model, self._features())))
        return gather(self._pair(program), plan, progress, jobs, begin)

    def _pair(self, program: Compiled) -> Pair:
        learned = isinstance(self.model, EncoderModel)  # from outputs: it has no other states
        return Pair(program.interpreter, self.model, self._features(), learned, plain_of(self.model))

    def _features(self) -> Features:
        """What the features of the weights stand for: it is not in a file, but follows from its source."""
        return features_of(self.model, self.description)

    def _other_source(self, evidence: Evidence, jobs: int) -> tuple[Misfit, ...]:
        """Where the weights differ from the source that they carry, if that is another one, and did not make them."""
        carried = self.description.program
        if carried is None or carried is self.program or self.description.is_own or evidence.difference is not None:
            return ()
        plan = evidence.plan
        reads = carried.program.interface, self.model.interface
        found = self._gather(
            carried, plan_inputs(*reads, plan.exhaustive, plan.drawn, plan.seed, plan.longest), None, jobs
        )
        return () if found.difference is None else (Misfit("source", f"means something else: {found.difference}"),)

    def _traces(self, program: Compiled, evidence: Evidence) -> tuple[Trace, Trace] | None:
        """Those of the difference; that of the weights has one layer more than it should have at the most."""
        difference, pair = evidence.difference, self._pair(program)
        if difference is None or difference.layer < 0 or pair.answers_only:
            return None
        expected = trace_text(pair.program, difference.input)
        return expected, trace_text(pair.differing(difference.input), difference.input, expected.layers + 1)


def prepare(
    program: Compiled | None,
    model: Model | EncoderModel,
    budget: int,
    drawn: int,
    seed: int,
    longest: int | None,
    weights: str | None = None,
) -> Verification:
    """What is to be compared.

    Args:
        program: what the weights should do; the program that they carry if None.
        budget: the greatest number of inputs that are compared exhaustively, short ones first.
        drawn: the number of random ones, up to `longest` symbols, or as long as the program allows.
        weights: the name of the model's file.

    Raises:
        AltacError: if the weights are exact for no input.
    """
    description = describe(model, program)
    chosen = description.program if program is None else program
    plan = None
    if chosen is not None:
        plan = plan_inputs(chosen.program.interface, model.interface, budget, drawn, seed, longest)
    return Verification(model, chosen, description, plan, weights)


def layers_of(model: Model) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names of all layers, and those of their sub-layers."""
    return tuple((name, model.sublayers(place)) for place, name in enumerate(model.metadata.layer_names))


def features_of(model: Model | EncoderModel, description: Description) -> Features:
    program = description.program
    if program is None or not isinstance(model, Model) or program.program.domains != dict(model.domains):
        return {}
    try:
        return {} if model.is_learned else program.rules.features
    except AltacError:
        return {}


def plain_of(model: Model | EncoderModel) -> Model | None:
    """The same weights as the plain module executes them, where something else does."""
    if not isinstance(model, Model) or model.runner is model.module:
        return None
    return Model(model.module, model.metadata, "dense")


def pair_of(pickled: bytes) -> Pair:
    """The engines that are compared; for the same bytes the same in every process."""
    torch.set_num_threads(1)
    program, model, features = pickle.loads(pickled)
    return Pair(Compiled(program, (), model.metadata.level).interpreter, model, features, plain=plain_of(model))


@contextmanager
def one_thread() -> Iterator[None]:
    """What is compared is spread over processes; and sums are rounded alike in all of them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def default_jobs(device: str) -> int:
    """One for each core that we may use; a device is not shared."""
    if device != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
