"""Layers, one after the other in the order in which they run: what each can read, its heads, its statements, its proof.

What a layer makes is bound anew for every place from which it is read: as a value where it is known, else as `Made`,
which says why it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from altac.check.elaborate import Elaborator
from altac.check.heads import HeadChecker
from altac.check.outline import LayerText
from altac.check.parameters import parametric_places
from altac.check.places import Place
from altac.check.proofs import Prover
from altac.check.schedule import Planned, Schedule
from altac.check.scope import Broken, Later, Made, Reports, Scope, StateBinding
from altac.check.step import StepElaborator
from altac.diagnostics import Span
from altac.ir.diagram import Diagrams
from altac.ir.expr import Expr, reads
from altac.ir.heads import Head
from altac.ir.numbers import NUMBERS, is_open
from altac.ir.program import Kept, Layer, Statement
from altac.ir.reading import expressions
from altac.ir.values import Domain
from altac.syntax import tree as t

NOTHING = Domain.of((None,))  # of a head whose domain is not known yet


@dataclass
class Result:
    """What a layer makes; `domain` is None as long as it is not known, or where it is wrong."""

    layer: int
    is_head: bool
    span: Span
    whole: Span
    domain: Domain | None = None


@dataclass(frozen=True)
class Proof:
    """What has to be proved where some names have some domains: a condition, or the step of a layer."""

    domains: dict[str, Domain]
    condition: Expr | None
    layer: int = -1
    step: tuple[Statement, ...] = ()
    heads: tuple[Head, ...] = ()
    introduced: dict[str, Domain] = field(default_factory=dict)


class LayerChecker:
    """Checks the layers of one program, in order."""

    def __init__(self, scope: Scope, reports: Reports, schedule: Schedule, heads: HeadChecker, is_short: bool) -> None:
        self.scope = scope
        self.reports = reports
        self.schedule = schedule
        self.heads = heads
        self.is_short = is_short
        self.results: dict[str, Result] = {}
        self.proofs: list[Proof] = []
        self.asked: set[str] = set()  # the names of what steps ask of numbers
        for number, text in enumerate(schedule.texts):
            items: tuple[t.Head | t.Introduce, ...] = (*text.heads, *text.introduced)
            for item in items:
                is_head = isinstance(item, t.Head)
                if scope.names.get(item.name.text) == Later(item.name.span, "head" if is_head else "value"):
                    self.results[item.name.text] = Result(number, is_head, item.name.span, item.span)

    # What is known where -------------------------------------------------------------------------------------

    def bind(self, reader: int | None) -> None:
        """Bind what layers make, as it is known to a layer; None for what is read at the end."""
        for name, result in self.results.items():
            self._bind(name, result, self.schedule.made(result.layer, reader, name, result.span))

    def bind_for_condition(self, entry: Planned) -> None:
        """The same for the condition of a loop."""
        for name, result in self.results.items():
            self._bind(name, result, self.schedule.asked(result.layer, entry, name, result.span))

    def _bind(self, name: str, result: Result, problem: Made | None) -> None:
        if self.is_short:  # its heads are never known outside of the step, which has a message of its own
            domain = NOTHING if result.domain is None else result.domain
            broken = isinstance(self.scope.names[name], Broken)
            self.scope.names[name] = (
                Broken(result.span, "head") if broken else StateBinding(domain, result.span, "head")
            )
        elif problem is not None:
            self.scope.names[name] = problem
        elif result.domain is None:
            self.scope.names[name] = Broken(result.span)
        else:
            self.scope.names[name] = StateBinding(result.domain, result.span, "value")

    @property
    def known(self) -> dict[str, Domain]:
        """The domains of all values that can be read as things are bound."""
        bound = ((name, one.domain) for name, one in self.scope.names.items() if isinstance(one, StateBinding))
        return {name: domain for name, domain in bound if not is_open(domain)}

    # A layer -------------------------------------------------------------------------------------------------

    def layer(self, number: int) -> Layer:
        """The typed layer, as far as it is right."""
        text = self.schedule.texts[number]
        self.bind(number)
        heads = self._heads(text)
        elaborator = StepElaborator(self.reports, self.known)
        body = tuple(item for item in text.body if not isinstance(item, t.Introduce) or self._is_own(item))
        here = Elaborator(self.scope, Place.STEP)
        self.scope.around.tests = {}
        step = elaborator.block(body, here)
        step, numbers = elaborator.finish(step, here, text.name, self.asked)
        read = reads(*expressions(step))
        tests = tuple(test for test in elaborator.tests if test.name in read)
        self.asked |= {test.name for test in tests}
        introduced: list[str] = []
        for item in text.introduced:
            if self._is_own(item):
                result = self.results[item.name.text]
                is_known = item.name.text not in elaborator.faulty
                result.domain = elaborator.introduced.get(item.name.text) if is_known else None
                introduced.append(item.name.text)
        made = {name: domain for name, domain in elaborator.introduced.items() if name in introduced}
        made |= dict.fromkeys(elaborator.numbers, NUMBERS)  # any amount is one
        known = self.known | {test.name: test.domain for test in tests}
        self.proofs.append(Proof(known, None, number, step, heads, made))
        return Layer(text.name, heads, step, tuple(introduced), text.span, tuple(numbers), tests)

    def _is_own(self, item: t.Head | t.Introduce) -> bool:
        """Whether a name is that of this head or value; else it is taken, which has been reported."""
        result = self.results.get(item.name.text)
        return result is not None and result.span == item.name.span

    def _heads(self, text: LayerText) -> tuple[Head, ...]:
        """The heads of a layer, bound for its statements."""
        typed = [(head, self.reports.attempt(self.heads.check, head)) for head in text.heads]
        found = []
        for head, checked in typed:
            name = head.name.text
            if not self._is_own(head):
                continue
            result = self.results[name]
            if checked is None or self.heads.census is None:
                self.scope.names[name] = Broken(result.span, "head")
            else:
                result.domain = checked.domain
                self.scope.names[name] = StateBinding(checked.domain, result.span, "head")
                found.append(checked)
        return tuple(found)

    # Proofs --------------------------------------------------------------------------------------------------

    def prove_later(self, condition: Expr) -> None:
        """Prove a condition with the others, over all that can be read as things are bound."""
        self.proofs.append(Proof(self.known, condition))

    def prove(self) -> None:
        """Prove all that was understood, whatever else is wrong: conditions first, since they are short."""
        for proof in sorted(self.proofs, key=lambda proof: proof.condition is None):
            diagrams = Diagrams(list(proof.domains.items()), budget=self.scope.around.proofs)
            if proof.condition is not None:
                Prover(diagrams, self.reports, proof.domains).alone(proof.condition)
                continue
            places = parametric_places(self.schedule.texts[proof.layer].body, self.heads.parametric)
            by_name = {head.name: head for head in proof.heads}
            Prover(diagrams, self.reports, proof.domains, by_name, places, proof.introduced).step(proof.step)

    # What is kept --------------------------------------------------------------------------------------------

    def kept(self, layers: Sequence[Layer], until: Sequence[Expr | None], shown: set[str]) -> tuple[Kept, ...]:
        """What layers make and others read, or that they introduce, and how long it is needed.

        Args:
            layers: those that run.
            until: the condition of each entry.
            shown: what the output reads.
        """
        last = {name: result.layer for name, result in self.results.items()}

        def read(name: str, reader: int) -> None:
            if name in last and self.results[name].layer != reader:
                last[name] = max(last[name], reader)

        for number, layer in enumerate(layers):
            names = {name for head in layer.heads for name in head.reads} | set(reads(*expressions(layer.step)))
            names |= layer.numbers_read
            for name in names & last.keys():
                read(name, self.schedule.last_reading(self.results[name].layer, number))
        for entry, condition in zip(self.schedule.entries, until, strict=True):
            for name in () if condition is None else reads(condition):
                read(name, entry.layers[-1])
        read_outside = {name for name in last if last[name] != self.results[name].layer} | shown
        found = []
        for name, result in sorted(self.results.items(), key=lambda item: item[1].layer):
            needed = name in read_outside and not self.is_short
            if result.domain is not None and result.layer < len(layers) and (needed or not result.is_head):
                end = len(layers) - 1 if name in shown else last[name]
                found.append(Kept(name, result.domain, result.layer, end, result.is_head, result.whole))
        return tuple(found)
