"""The order in which a file is checked.

Constants first and in the order of the text; then what the model reads, its variables, its heads and its step, in any
order; proofs last, once everything has a type. An error in one declaration does not keep the others from being
checked, and what depends on a wrong one stays silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import starmap

from altac.check.causality import check_causality
from altac.check.declarations import (
    LARGEST_DOMAIN,
    Overrides,
    builtin_variable,
    check_domain,
    check_domain_or_number,
    check_initial,
    check_overrides,
    check_parameter,
)
from altac.check.elaborate import Elaborator
from altac.check.examples import check_example
from altac.check.files import DataFiles
from altac.check.functions import check_definition
from altac.check.heads import HeadChecker
from altac.check.imports import Folder, Library, import_files
from altac.check.interface import check_interface
from altac.check.layers import LayerChecker
from altac.check.outline import all_of, check_outline, first_of, is_short
from altac.check.parameters import parametric_names
from altac.check.places import Place, one_hot_refusal
from altac.check.schedule import Planned, Schedule, check_schedule
from altac.check.scope import (
    Binding,
    Broken,
    ConstantBinding,
    Enough,
    FunctionBinding,
    Later,
    Made,
    Reports,
    Scope,
    ScoreBinding,
    StateBinding,
    Surroundings,
    Unbounded,
)
from altac.check.scores import check_score
from altac.check.usage import warn_of_waste
from altac.check.writing import check_written
from altac.diagnostics import AltacError, Diagnostic, Span, closest
from altac.diagnostics.constant_errors import Subject
from altac.diagnostics.head_errors import HeadOutsideStep
from altac.diagnostics.name_errors import UnknownOutput
from altac.diagnostics.score_errors import PooledPlace, PooledVariable
from altac.diagnostics.syntax_errors import NestedTooDeeply
from altac.ir.expr import Expr, reads
from altac.ir.interface import Interface
from altac.ir.numbers import is_open
from altac.ir.program import Entry, Program, Variable
from altac.ir.reading import names_read
from altac.ir.scores import Score
from altac.ir.selection import Census
from altac.ir.values import Domain, Value
from altac.syntax import tree as t
from altac.syntax.mentions import assigned, symbols

KINDS: dict[type, str] = {
    t.Param: "parameter",
    t.Const: "constant",
    t.Type: "type",
    t.Def: "function",
    t.Var: "variable",
    t.Head: "head",
    t.Introduce: "value",
    t.Score: "score",
}
DEEPEST_STATE = 300  # variables and heads; proofs recurse over them, within Python's limit


def check_file(
    file: t.File, overrides: Overrides | None = None, library: Library | None = None
) -> tuple[Program, list[Diagnostic]]:
    """The typed program and its warnings.

    Args:
        file: a syntax tree.
        overrides: values of parameters, as values or as text of the declared kind.
        library: where imported files come from; the folder of the program if None.

    Raises:
        AltacError: with all errors; warnings are reported only for a program without any.
    """
    checker = Checker(file, overrides or {}, library or Folder.of(file.span.source))
    try:
        program = checker.program()
    except Enough as enough:
        raise AltacError([*checker.reports.errors, *enough.diagnostics]) from None
    except RecursionError:
        raise AltacError([NestedTooDeeply(Span(file.span.source, 0, 0), DEEPEST_STATE)]) from None
    if program is None or checker.reports.errors:
        raise AltacError(checker.reports.errors)
    return program, checker.reports.diagnostics


class Checker:
    """State of one check: the scope that grows, and what was found."""

    def __init__(self, file: t.File, overrides: Overrides, library: Library) -> None:
        self.file = file
        self.source = file.span.source
        self.overrides = overrides
        self.library = library
        self.imports: dict[str, str] = {}
        self.reports = Reports()
        declared = first_of(file, t.Input)
        self.input_name = None if declared is None else declared.name.text
        self.files = DataFiles(library)
        self.scope = Scope(around=Surroundings(frozenset(symbols(file)), self.input_name, self.files))
        self.parameters: dict[str, Value] = {}
        self.parametric: frozenset[str] = frozenset()

    def program(self) -> Program | None:
        """The typed program; None where too little of it is right."""
        declarations = self.declarations()
        check_overrides(declarations, self.overrides, self.reports)
        self.parametric = parametric_names(declarations)
        self.announce(declarations)
        for declaration in declarations:
            if isinstance(declaration, t.Param | t.Const | t.Type | t.Def):
                self.declare(declaration.name, partial(self.named, declaration))
        check_outline(self.file, self.reports)
        interface, sources = self.input()
        variables = self.variables(sources)
        schedule = check_schedule(self.file, self.scope, self.reports)
        checker = self.layer_checker(schedule, interface, variables, sources)
        layers = [checker.layer(number) for number in range(len(schedule.texts))]
        until = [self.until(checker, entry) for entry in schedule.entries]
        where, score = self.output(checker)
        checker.prove()
        interface = self.readable(interface, score)
        if interface is not None:
            interface = self.reports.attempt(check_written, self.file, self.scope, self.reports, interface)
        # Examples are about the declared parameters; with others they need not fit.
        written = [] if self.overrides else all_of(self.file, t.Example)
        examples = [self.reports.attempt(check_example, self.scope, example, interface) for example in written]
        if interface is None or self.reports.errors:
            return None
        conditions = [condition for condition in (*until, where) if condition is not None]
        ran = tuple(layers[: schedule.running])
        shown = {interface.variable} if score is None else set(score.scoring.reads)
        read = names_read(ran, conditions, shown)
        if not variables and not read & sources.keys():
            read.add("token")  # so that positions have a state
        built_in = [builtin_variable(name, domain) for name, domain in sources.items() if name in read]
        entries = tuple(
            Entry(entry.layers, entry.times, condition, entry.span)
            for entry, condition in zip(schedule.entries, until, strict=True)
        )
        program = Program(
            interface.program,
            self.file.docstring or "",
            self.source,
            interface,
            (*built_in, *variables),
            checker.kept(ran, until, shown | set(() if where is None else reads(where))),
            ran,
            entries,
            is_short(self.file),
            where,
            score,
            tuple(example for example in examples if example is not None),
            tuple(sorted(self.parameters.items())),
            self.imports | self.files.texts,
            first_of(self.file, t.Causal) is not None,
        )
        if program.is_causal:
            check_causality(program, self.scope, self.reports)
        warn_of_waste(self.file, program, schedule, self.reports)
        return program

    # Names ---------------------------------------------------------------------------------------------------

    def declarations(self) -> list[t.Declaration]:
        """Those of imported files, then those of this one."""
        imported = self.reports.attempt(import_files, self.file, self.library)
        self.scope.around.complete = imported is not None
        if imported is None:
            return list(self.file.declarations)
        self.imports = imported.texts
        self.files.named = imported.sources
        return [*imported.declarations, *self.file.declarations]

    def announce(self, declarations: list[t.Declaration]) -> None:
        """Declare every name as coming later, so that a use before its line is not taken for an unknown name."""
        beside = [] if is_short(self.file) else all_of(self.file, t.Head)
        inside = [item for layer in all_of(self.file, t.Layer) for item in layer.items]
        for declaration in (*declarations, *inside):
            if isinstance(declaration, t.Param | t.Const | t.Type | t.Def | t.Var | t.Head | t.Introduce | t.Score):
                name = declaration.name
                later: Binding = Later(name.span, KINDS[type(declaration)])
                if isinstance(declaration, t.Score):
                    later = ScoreBinding(None, name.span)
                self.reports.attempt(self.scope.declare, name, later)
                misplaced = isinstance(declaration, t.Head) and declaration in beside
                # built in, taken or out of place: it is unclear what is meant
                if misplaced or self.scope.names.get(name.text) is not later:
                    self.scope.names[name.text] = Broken(name.span)
        for builtin in ("token", "position"):
            self.scope.names.setdefault(builtin, Later(self.file.span, builtin))

    def declare(self, name: t.Identifier, define: Callable[[], Binding]) -> None:
        """Give an announced name its meaning, or mark it as broken; a second declaration changes nothing."""
        present = self.scope.names.get(name.text)
        found = self.reports.attempt(define)
        if isinstance(present, Later) and present.span == name.span:
            self.scope.names[name.text] = found or Broken(name.span)

    def named(self, declaration: t.Param | t.Const | t.Type | t.Def) -> Binding:
        name = declaration.name
        match declaration:
            case t.Param():
                value = Elaborator(self.scope, Place.CONSTANT, Subject.PARAMETER).constant(declaration.value)
                if name.text in self.overrides:
                    value = check_parameter(name.text, value, self.overrides[name.text])
                self.parameters[name.text] = value
                return ConstantBinding(value, name.span, "parameter")
            case t.Const():
                value = Elaborator(self.scope, Place.CONSTANT, Subject.CONSTANT).constant(declaration.value)
                return ConstantBinding(value, name.span)
            case t.Type():
                domain = check_domain(self.scope, declaration.domain, Subject.TYPE)
                return ConstantBinding(frozenset(domain), name.span, "type")
            case t.Def():
                check_definition(declaration, self.scope)
                return FunctionBinding(declaration, name.span)

    # Input and variables -------------------------------------------------------------------------------------

    def input(self) -> tuple[Interface | None, dict[str, Domain]]:
        """What the model reads (its output still unknown), and the domains of `token` and `position`."""
        title = first_of(self.file, t.ProgramName)
        declaration = first_of(self.file, t.Input)
        frame = first_of(self.file, t.Frame)
        interface = None
        sources: dict[str, Domain] = {}
        if declaration is not None:
            interface = check_interface(
                self.file, self.scope, self.reports, title.name.text if title else "", declaration, frame
            )
        span = declaration.span if declaration is not None else self.file.span
        bindings: dict[str, Binding] = {"token": Broken(span), "position": Broken(span)}
        if interface is not None:
            sources["token"] = interface.vocabulary
            bindings["token"] = StateBinding(interface.vocabulary, None, "token")
            most = interface.most_positions
            if most is not None and 0 < most <= LARGEST_DOMAIN:
                sources["position"] = Domain(tuple(range(most)))
                bindings["position"] = StateBinding(sources["position"], None, "position")
            else:
                bindings["position"] = Unbounded(interface.input_name, span)
        for name, binding in bindings.items():
            if isinstance(self.scope.names[name], Later):
                self.scope.names[name] = binding
        return interface, sources

    def variables(self, sources: dict[str, Domain]) -> list[Variable]:
        declared: list[tuple[t.Var, Domain]] = []
        for var in all_of(self.file, t.Var):
            self.declare(var.name, partial(self.variable, var))
            binding = self.scope.names.get(var.name.text)
            if isinstance(binding, StateBinding) and binding.span == var.name.span:
                declared.append((var, binding.domain))
        found = [
            self.reports.attempt(check_initial, self.scope, var, domain, sources, self.reports)
            for var, domain in declared
        ]
        return [variable for variable in found if variable is not None]

    def variable(self, var: t.Var) -> StateBinding:
        domain = check_domain_or_number(self.scope, var.domain, Subject.DOMAIN)
        return StateBinding(domain, var.name.span, "variable")

    # Layers, conditions and output ---------------------------------------------------------------------------

    def layer_checker(
        self,
        schedule: Schedule,
        interface: Interface | None,
        variables: list[Variable],
        sources: dict[str, Domain],
    ) -> LayerChecker:
        changed = assigned(self.file)
        state = (*variables, *starmap(builtin_variable, sources.items()))
        known = (variable for variable in state if not is_open(variable.domain))
        fixed = {variable.name: variable for variable in known if variable.name not in changed}
        census = None if interface is None else Census(interface, fixed)
        declared = {var.name.text for var in all_of(self.file, t.Var)} | {"token", "position"}
        doubtful = frozenset(declared - changed - fixed.keys())
        heads = HeadChecker(self.scope, self.reports, census, doubtful, self.input_name or "x", self.parametric)
        return LayerChecker(self.scope, self.reports, schedule, heads, is_short(self.file))

    def until(self, checker: LayerChecker, entry: Planned) -> Expr | None:
        """The condition that ends a loop."""
        if entry.until is None:
            return None
        checker.bind_for_condition(entry)
        return self.condition(checker, entry.until)

    def condition(self, checker: LayerChecker, syntax: t.Expr) -> Expr | None:
        """A condition over what a position knows, without heads of a layer: it is read between layers."""
        found = self.reports.attempt(Elaborator(self.scope, Place.STATE).expr, syntax)
        if found is not None:
            checker.prove_later(found)
        return found

    def output(self, checker: LayerChecker) -> tuple[Expr | None, Score | None]:
        """Check that the output is a variable, made by a layer, or a score; where it is shown, and the score."""
        checker.bind(None)
        scores = {score.name.text: self.reports.attempt(self.score, score) for score in all_of(self.file, t.Score)}
        output = first_of(self.file, t.Output)
        if output is None:
            return None, None
        self.reports.attempt(self.output_variable, output)
        where = self.condition(checker, output.where) if output.where is not None else None
        score = scores.get(output.variable.text)
        if score is not None and output.pooled:
            score = replace(score, scoring=replace(score.scoring, pooled=True))
        return where, score

    def score(self, score: t.Score) -> Score:
        labels = check_domain(self.scope, score.labels, Subject.LABELS)
        return check_score(self.scope, self.reports, score, labels)

    def output_variable(self, output: t.Output) -> None:
        name = output.variable
        binding = self.scope.find(name.text)
        if output.pooled and output.at != "all":
            raise AltacError([PooledPlace(output.span, output.at)])
        if isinstance(binding, ScoreBinding):
            return
        if isinstance(binding, Broken | Unbounded | Made):
            self.scope.look_up(name.text, name.span)
        if isinstance(binding, StateBinding) and binding.what == "head":
            raise AltacError([HeadOutsideStep(name.span, name.text)])
        if not isinstance(binding, StateBinding):
            known = tuple(var.name.text for var in all_of(self.file, t.Var))
            known += tuple(
                name
                for name, found in self.scope.names.items()
                if isinstance(found, ScoreBinding) or (isinstance(found, StateBinding) and found.what == "value")
            )
            raise AltacError([UnknownOutput(name.span, "variable", name.text, closest(name.text, known), known)])
        if output.pooled:
            raise AltacError([PooledVariable(name.span, name.text, binding.what)])
        refusal = one_hot_refusal(binding, name.span)
        if refusal is not None:
            raise AltacError([refusal])

    def readable(self, interface: Interface | None, score: Score | None) -> Interface | None:
        """The interface with its output, where there is one."""
        output = first_of(self.file, t.Output)
        if interface is None or output is None:
            return None
        name, at = output.variable.text, output.at
        if score is not None:
            at = "first" if score.scoring.pooled else at
            return replace(interface, variable=name, domain=score.labels, at=at, scoring=score.scoring)
        binding = self.scope.names.get(name)
        domain = binding.domain if isinstance(binding, StateBinding) and binding.what != "head" else None
        return replace(interface, variable=name, domain=domain, at=at) if domain is not None else None
