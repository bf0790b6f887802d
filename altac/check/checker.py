"""The order in which a file is checked.

Constants first and in the order of the text; then what the model reads, its variables, its heads and its step, in any
order; proofs last, once everything has a type.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from altac.check.declarations import (
    Overrides,
    builtin_variable,
    check_alphabet,
    check_domain,
    check_frame,
    check_initial,
    check_integer,
    check_overrides,
    check_parameter,
)
from altac.check.elaborate import Elaborator, Place
from altac.check.heads import HeadChecker
from altac.check.imports import import_declarations
from altac.check.proofs import Prover
from altac.check.scope import (
    Broken,
    ConstantBinding,
    FunctionBinding,
    Later,
    Reports,
    Scope,
    StateBinding,
)
from altac.check.step import StepElaborator
from altac.diagnostics import AltacError, Diagnostic, Span, closest
from altac.diagnostics.domain_errors import UnboundedPosition
from altac.diagnostics.kind_errors import NotADomain
from altac.diagnostics.name_errors import UnknownName
from altac.diagnostics.program_errors import BadExample, HaltAndLayers
from altac.diagnostics.syntax_errors import MisplacedDeclaration, MissingDeclaration
from altac.diagnostics.warnings import NeverAssigned, Unused
from altac.ir.diagram import Diagrams
from altac.ir.expr import Expr, reads
from altac.ir.interface import InputError, Interface
from altac.ir.program import Assign, Branch, Example, Head, Program, Statement, Variable, guarded
from altac.ir.values import Domain, Value, source_text, value_text
from altac.syntax import tree as t

T = TypeVar("T", bound=t.Declaration)
PLACEHOLDER = Domain.of((None,))  # of names whose domain is not known yet


def check_file(file: t.File, overrides: Overrides | None = None) -> tuple[Program, list[Diagnostic]]:
    """The typed program and its warnings.

    Args:
        file: a syntax tree.
        overrides: values of parameters, as values or as text of the declared kind.

    Raises:
        AltacError: with all errors and warnings, if there is an error.
    """
    checker = Checker(file, overrides or {})
    program = checker.reports.attempt(checker.program)
    if program is None or checker.reports.errors:
        raise AltacError(checker.reports.diagnostics)
    return program, checker.reports.diagnostics


class Checker:
    """State of one check: the scope that grows, and what was found."""

    def __init__(self, file: t.File, overrides: Overrides) -> None:
        self.file = file
        self.source = file.span.source
        self.overrides = overrides
        self.reports = Reports()
        self.scope = Scope()
        self.parameters: dict[str, Value] = {}

    def program(self) -> Program:
        imported = self.reports.attempt(lambda: import_declarations(self.file, self.source))
        declarations = [*(imported or ()), *self.file.declarations]
        check_overrides(self.file, self.overrides, self.reports)
        self.announce(declarations)
        for declaration in declarations:
            if isinstance(declaration, t.Param | t.Const | t.Type | t.Def):
                self.named(declaration)
        interface, sources = self.input()
        variables = self.variables(sources)
        heads = self.heads(interface)
        step = self.step()
        halt, layers = self.halting()
        output, where = self.output(variables)
        if interface is None or output is None or self.reports.errors:
            self.missing_examples(None)
            raise AltacError([])
        interface = Interface(
            interface.program,
            interface.input_name,
            interface.alphabet,
            interface.longest,
            interface.vocabulary,
            interface.before,
            interface.after,
            output.variable.text,
            self.output_domain(output, variables, sources),
            output.at,
        )
        examples = self.missing_examples(interface)
        read = self.read_names(step, heads, halt, where, output)
        built_in = [builtin_variable(name, domain) for name, domain in sources.items() if domain and name in read]
        program = Program(
            interface.program,
            self.file.docstring or "",
            self.source,
            interface,
            (*built_in, *variables),
            tuple(heads),
            step,
            halt,
            layers,
            where,
            examples,
            tuple(sorted(self.parameters.items())),
        )
        self.prove(program)
        self.warn(program, read)
        return program

    # Names first ---------------------------------------------------------------------------------------------

    def announce(self, declarations: list[t.Declaration]) -> None:
        """Declare every name as coming later, so that a use before its line is told from an unknown name."""
        for declaration in declarations:
            if isinstance(declaration, t.Param | t.Const | t.Type | t.Def | t.Var | t.Head):
                name = declaration.name
                self.reports.attempt(lambda name=name: self.scope.declare(name, Later(name.span)))  # type: ignore[misc]

    def named(self, declaration: t.Param | t.Const | t.Type | t.Def) -> None:
        name = declaration.name

        def define() -> None:
            match declaration:
                case t.Param():
                    value = Elaborator(self.scope, Place.CONSTANT, "a parameter").constant(declaration.value)
                    if name.text in self.overrides:
                        value = check_parameter(name.text, value, self.overrides[name.text])
                    self.parameters[name.text] = value
                    self.scope.declare(name, ConstantBinding(value, name.span, "parameter"))
                case t.Const():
                    value = Elaborator(self.scope, Place.CONSTANT, "a constant").constant(declaration.value)
                    self.scope.declare(name, ConstantBinding(value, name.span))
                case t.Type():
                    domain = check_domain(self.scope, declaration.domain, "a type")
                    self.scope.declare(name, ConstantBinding(frozenset(domain), name.span, "type"))
                case t.Def():
                    self.scope.declare(name, FunctionBinding(declaration, name.span))

        if self.reports.attempt(lambda: define() or True) is None:  # type: ignore[func-returns-value]
            self.broken(name)

    def broken(self, name: t.Identifier) -> None:
        present = self.scope.names.get(name.text)
        if isinstance(present, Later) and present.span == name.span:
            self.scope.names[name.text] = Broken(name.span)

    def all(self, kind: type[T]) -> list[T]:
        return [one for one in self.file.declarations if isinstance(one, kind)]

    def one(self, kind: type[T], what: str, hint: str, needed: bool = True) -> T | None:
        """The declaration of which a program has exactly (or at most) one."""
        found = self.all(kind)
        for other in found[1:]:
            self.reports.add(MisplacedDeclaration(other.span, what, found[0].span, f"keep one `{what}`"))
        if not found and needed:
            self.reports.add(MissingDeclaration(Span(self.source, 0, 0), what, hint))
        return found[0] if found else None

    # Input and variables -------------------------------------------------------------------------------------

    def input(self) -> tuple[Interface | None, dict[str, Domain | None]]:
        """What the model reads (its output still unknown), and the domains of `token` and `position`."""
        title = self.one(t.ProgramName, "program", "a first line such as `program parity`")
        declaration = self.one(t.Input, "input", 'what the program reads, such as `input bits: {"0", "1"}`')
        frame = self.one(t.Frame, "frame", "", needed=False)
        interface = None
        token: Domain | None = None
        position: Domain | None = None
        if declaration is not None:
            alphabet = self.reports.attempt(
                lambda: check_alphabet(declaration.alphabet, check_domain(self.scope, declaration.alphabet, "an alphabet"))
            )
            longest = None
            if declaration.longest is not None:
                syntax = declaration.longest
                longest = self.reports.attempt(lambda: check_integer(self.scope, syntax, "the greatest length", 1))
            framed = self.reports.attempt(lambda: check_frame(self.scope, frame, declaration.name.text))
            if alphabet is not None and framed is not None and (declaration.longest is None or longest is not None):
                before, after = framed
                token = Domain.of((*alphabet, *before, *after))
                interface = Interface(
                    title.name.text if title else "",
                    declaration.name.text,
                    alphabet,
                    longest,
                    token,
                    tuple(token.index(one) for one in before),
                    tuple(token.index(one) for one in after),
                    "",
                    PLACEHOLDER,
                    "all",
                )
                most = interface.most_positions
                position = None if most is None else Domain(tuple(range(most)))
        span = declaration.span if declaration is not None else self.file.span
        self.scope.names["token"] = StateBinding(token, None, "token") if token else Broken(span)
        if interface is None or position is not None:
            self.scope.names["position"] = StateBinding(position, None, "position") if position else Broken(span)
        else:
            self.scope.names["position"] = StateBinding(PLACEHOLDER, span, "position")
        return interface, {"token": token, "position": position}

    def variables(self, sources: dict[str, Domain | None]) -> list[Variable]:
        declared: list[tuple[t.Var, Domain]] = []
        for var in self.all(t.Var):
            domain = self.reports.attempt(lambda var=var: check_domain(self.scope, var.domain, "a domain"))  # type: ignore[misc]
            if domain is None:
                self.broken(var.name)
                continue
            if var.scalar and any(not isinstance(value, int) or isinstance(value, bool) for value in domain):
                self.reports.add(NotADomain(var.domain.span, "not numbers alone", "a scalar is a whole number"))
            binding = StateBinding(domain, var.name.span, "variable", var.scalar)
            self.reports.attempt(lambda var=var, binding=binding: self.scope.declare(var.name, binding))  # type: ignore[misc]
            declared.append((var, domain))
        inputs = self.all(t.Input)
        name = inputs[0].name.text if inputs else "x"
        result = []
        for var, domain in declared:
            if None in (self.scope.find("token"),):
                continue
            variable = self.reports.attempt(
                lambda var=var, domain=domain: check_initial(self.scope, var, domain, sources, self.reports, name)  # type: ignore[misc]
            )
            if variable is not None:
                result.append(variable)
        return result

    # Heads and step ------------------------------------------------------------------------------------------

    def heads(self, interface: Interface | None) -> list[Head]:
        heads = self.all(t.Head)
        for head in heads:
            if isinstance(self.scope.names.get(head.name.text), Later):
                self.scope.names[head.name.text] = StateBinding(PLACEHOLDER, head.name.span, "head")
        positions = None if interface is None else interface.most_positions
        name = "x" if interface is None else interface.input_name
        checker = HeadChecker(self.scope, self.reports, positions, name)
        result = []
        for head in heads:

            def check(head: t.Head = head) -> Head:
                declared = None if head.domain is None else check_domain(self.scope, head.domain, "a domain")
                self.bounded(head.value, head.where)
                return checker.check(head, declared)

            typed = self.reports.attempt(check)
            binding = self.scope.names.get(head.name.text)
            if not isinstance(binding, StateBinding) or binding.span != head.name.span:
                continue  # the name is taken, which has been reported
            if typed is None or interface is None:
                self.scope.names[head.name.text] = Broken(head.name.span, "head")
            else:
                self.scope.names[head.name.text] = StateBinding(typed.domain, head.name.span, "head")
                result.append(typed)
        return result

    def bounded(self, *exprs: t.Expr | None) -> None:
        """Refuse `position` where it has no greatest value."""
        binding = self.scope.find("position")
        if isinstance(binding, StateBinding) and binding.domain is PLACEHOLDER:
            for expr in exprs:
                for span in mentions(expr, "position"):
                    raise AltacError([UnboundedPosition(span, self.all(t.Input)[0].name.text)])

    def step(self) -> tuple[Statement, ...]:
        declaration = self.one(t.Step, "step:", "a block `step:` that says how the variables change")
        if declaration is None:
            return ()
        self.reports.attempt(lambda: self.bounded(*statement_exprs(declaration.body)))
        return StepElaborator(self.reports).block(declaration.body, Elaborator(self.scope, Place.STATE))

    def halting(self) -> tuple[Expr | None, int | None]:
        layers = self.one(t.Layers, "layers", "", needed=False)
        halt = self.one(t.Halt, "halt", "", needed=False)
        if layers is None and halt is None:
            hint = "`halt when done` for a variable that becomes true, or `layers 1`"
            self.reports.add(MissingDeclaration(Span(self.source, 0, 0), "halt when", hint))
        if layers is not None and halt is not None:
            first, second = sorted((layers.span, halt.span), key=lambda span: span.start)
            self.reports.add(HaltAndLayers(second, first))
        condition = self.state_expr(halt.condition) if halt is not None else None
        count = None
        if layers is not None:
            syntax = layers.count
            count = self.reports.attempt(lambda: check_integer(self.scope, syntax, "the number of layers", 0))
        return condition, count

    def state_expr(self, syntax: t.Expr) -> Expr | None:
        """A condition over the variables of a position, without heads: it is read between layers."""

        def elaborate() -> Expr:
            self.bounded(syntax)
            core = Elaborator(self.scope, Place.STATE).expr(syntax)
            for name, read in reads(core).items():
                binding = self.scope.find(name)
                if isinstance(binding, StateBinding) and binding.what == "head":
                    hint = f"heads have values only inside the step: store `{name}` in a variable"
                    raise AltacError([UnknownName(read.span, "variable", name, None, hint)])
            return core

        return self.reports.attempt(elaborate)

    def output(self, variables: list[Variable]) -> tuple[t.Output | None, Expr | None]:
        output = self.one(t.Output, "output", "what is read off at the end, such as `output parity at last`")
        if output is None:
            return None, None
        name = output.variable.text
        known = {variable.name for variable in variables} | {"token", "position"}
        if name not in known and not isinstance(self.scope.find(name), Broken | Later):
            declared = {one.name.text for one in self.all(t.Var)}
            if name not in declared:
                self.reports.add(UnknownName(output.variable.span, "variable", name, closest(name, declared)))
        self.reports.attempt(lambda: self.bounded(t.Name(output.variable.span, name)))
        return output, (self.state_expr(output.where) if output.where is not None else None)

    def output_domain(
        self, output: t.Output, variables: list[Variable], sources: dict[str, Domain | None]
    ) -> Domain:
        domain = sources.get(output.variable.text)
        return domain or next(one.domain for one in variables if one.name == output.variable.text)

    # Examples, proofs, warnings ------------------------------------------------------------------------------

    def missing_examples(self, interface: Interface | None) -> tuple[Example, ...]:
        examples = (
            self.reports.attempt(lambda example=example: self.example(example, interface))  # type: ignore[misc]
            for example in self.all(t.Example)
        )
        return tuple(example for example in examples if example is not None)

    def example(self, example: t.Example, interface: Interface | None) -> Example:
        value = Elaborator(self.scope, Place.CONSTANT, "the output of an example").constant(example.output)
        text = value_text(value) if not isinstance(value, tuple) else " ".join(value_text(one) for one in value)
        if interface is None:
            return Example(example.input, text, example.span)
        try:
            interface.parse(example.input)
        except InputError as error:
            raise AltacError([BadExample(example.span, str(error), error.help)]) from None
        text = interface.normalise_output(text)
        known = [value_text(one) for one in interface.domain]
        for piece in text.split():
            if piece not in known and " " not in "".join(known):
                guess = closest(piece, known)
                hint = f"did you mean `{guess}`?" if guess else f"`{interface.variable}` is {interface.domain}"
                problem = f"the output can never be `{piece}`"
                raise AltacError([BadExample(example.output.span, problem, hint)])
        return Example(example.input, text, example.span)

    def prove(self, program: Program) -> None:
        domains = dict(program.state)
        for name, expr in (("halt when", program.halt), ("where", program.output_where)):
            if expr is not None:
                Prover(Diagrams(program.state), self.reports, domains).condition(expr, Diagrams(program.state).true)
        heads = {head.name: head for head in program.heads}
        Prover(Diagrams(program.state), self.reports, domains, heads).step(program.step)

    def read_names(
        self, step: tuple[Statement, ...], heads: list[Head], halt: Expr | None, where: Expr | None, output: t.Output
    ) -> set[str]:
        exprs = [expr for expr in (halt, where) if expr is not None]
        for guard, statement in guarded(step):
            exprs += [guard] if guard is not None else []
            exprs += [statement.value] if isinstance(statement, Assign) else []
        names = {name for expr in exprs for name in reads(expr)}
        names |= {condition for statement in step for condition in branch_reads(statement)}
        names |= {name for head in heads for name in head.reads}
        return names | {output.variable.text}

    def warn(self, program: Program, read: set[str]) -> None:
        for head in program.heads:
            if head.name not in read:
                self.reports.add(Unused(head.span, "head", head.name))
        for variable in program.variables:
            if variable.name not in read and variable.span is not None:
                self.reports.add(Unused(variable.span, "variable", variable.name))
        if program.halt is not None:
            names = list(reads(program.halt))
            assigned = {one.variable for _, one in guarded(program.step) if isinstance(one, Assign)}
            if names and not assigned & set(names):
                self.reports.add(NeverAssigned(program.halt.span, "`, `".join(names)))


def branch_reads(statement: Statement) -> set[str]:
    """Names read by conditions, also where no assignment stands under them."""
    if not isinstance(statement, Branch):
        return set()
    names = {name for condition, _ in statement.arms for name in reads(condition)}
    bodies = [*(body for _, body in statement.arms), statement.other]
    return names | {name for body in bodies for inner in body for name in branch_reads(inner)}


def mentions(node: object, name: str) -> list[Span]:
    """Where a name is read in a syntax tree."""
    if isinstance(node, t.Name) and node.text == name:
        return [node.span]
    if isinstance(node, t.Field) and node.name.text == name:
        return [node.span]
    if isinstance(node, tuple):
        return [span for one in node for span in mentions(one, name)]
    if isinstance(node, t.Node):
        return [span for one in vars(node).values() for span in mentions(one, name)]
    return []


def statement_exprs(body: tuple[t.Statement, ...]) -> tuple[t.Expr, ...]:
    return body  # type: ignore[return-value]


def source_directory(name: str) -> Path:
    return Path(name).parent


__all__ = ["Checker", "check_file", "source_text"]
