"""From Lark's parse tree to `altac.syntax.tree`.

Assumes a tree that the grammar produced and that is not deeper than `parse.DEEPEST`; ensures a span on every node.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, cast

from lark import Token, Tree

from altac.diagnostics import AltacError, InternalError, Source, Span
from altac.diagnostics.syntax_errors import BadEscape, NumberTooLong
from altac.syntax import tree as t

MOST_DIGITS = 30

Parsed = Tree[Token]
Child = Parsed | Token | None


def build_file(source: Source, parsed: Parsed) -> t.File:
    """The tree of a whole file."""
    return Builder(source).file(parsed)


class Builder:
    """Builds nodes over one source; holds nothing but that source."""

    def __init__(self, source: Source) -> None:
        self.source = source

    # Places and names ----------------------------------------------------------------------------------------

    def span(self, parsed: Parsed | Token) -> Span:
        if isinstance(parsed, Token):
            assert parsed.start_pos is not None
            assert parsed.end_pos is not None
            return Span(self.source, parsed.start_pos, parsed.end_pos)
        meta = parsed.meta
        text = self.source.text[meta.start_pos : meta.end_pos]
        return Span(self.source, meta.start_pos, meta.start_pos + len(text.rstrip()))

    def identifier(self, token: Child) -> t.Identifier:
        assert isinstance(token, Token)
        return t.Identifier(self.span(token), str(token))

    def string(self, token: Child) -> str:
        assert isinstance(token, Token)
        if not re.fullmatch(r'"(?:[^\\]|\\["\\])*"', token):
            raise AltacError([BadEscape(self.span(token))])
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def number(self, token: Child) -> int | Fraction:
        """`12` as an integer, `0.25` as the exact fraction."""
        assert isinstance(token, Token)
        if len(token) > MOST_DIGITS:
            raise AltacError([NumberTooLong(self.span(token), MOST_DIGITS)])
        value = Fraction(str(token))
        return value.numerator if value.denominator == 1 else value

    # Declarations --------------------------------------------------------------------------------------------

    def file(self, parsed: Parsed) -> t.File:
        docstring = None
        declarations = []
        for child in parsed.children:
            if not isinstance(child, Tree):
                continue
            if child.data == "docstring":
                docstring = str(child.children[0])[3:-3].strip()
            else:
                declarations.append(self.declaration(child))
        return t.File(Span(self.source, 0, len(self.source.text)), docstring, tuple(declarations))

    def declaration(self, parsed: Parsed) -> t.Declaration:
        span = self.span(parsed)
        children = parsed.children
        match parsed.data:
            case "program":
                return t.ProgramName(span, self.identifier(children[0]))
            case "import_":
                return t.Import(span, self.string(children[0]))
            case "param":
                return t.Param(span, self.identifier(children[0]), self.expr(children[1]))
            case "const":
                return t.Const(span, self.identifier(children[0]), self.expr(children[1]))
            case "type":
                return t.Type(span, self.identifier(children[0]), self.expr(children[1]))
            case "def_":
                name, names, body = children
                parameters = (
                    tuple(self.identifier(child) for child in names.children) if isinstance(names, Tree) else ()
                )
                return t.Def(span, self.identifier(name), parameters, self.expr(body))
            case "input":
                name, alphabet, longest, unknown = children
                parts = self.expr(alphabet), self.maybe(longest), self.maybe(unknown)
                return t.Input(span, self.identifier(name), *parts)
            case "frame":
                return t.Frame(span, tuple(self.frame_item(cast(Parsed, child)) for child in children))
            case "var":
                name, domain, initial = children
                return t.Var(span, self.identifier(name), self.expr(domain), self.expr(initial))
            case "head":
                return self.head(parsed)
            case "step":
                return t.Step(span, self.statements(children))
            case "layer":
                return self.layer(parsed)
            case "run":
                return t.Run(span, tuple(self.run_entry(cast(Parsed, child)) for child in children))
            case "halt":
                return t.Halt(span, self.expr(children[0]))
            case "layers":
                return t.Layers(span, self.expr(children[0]))
            case "causal":
                return t.Causal(span)
            case "generate":
                until, most = children
                return t.Generate(span, self.maybe(until), self.expr(most))
            case "score":
                name, labels, value, temperature = children
                return t.Score(
                    span, self.identifier(name), self.expr(labels), self.expr(value), self.maybe(temperature)
                )
            case "output":
                name, pooled, at, where = children
                place = cast(Literal["first", "last", "all"], str(at) if at is not None else "all")
                return t.Output(span, self.identifier(name), pooled is not None, place, self.maybe(where))
            case "example":
                return t.Example(span, self.string(children[0]), self.expr(children[1]))
        raise InternalError(f"the grammar has a declaration `{parsed.data}` without a builder")

    def frame_item(self, parsed: Parsed) -> t.FrameToken | t.FrameInput:
        if parsed.data == "frame_input":
            return t.FrameInput(self.span(parsed), self.identifier(parsed.children[0]))
        token, times = parsed.children
        return t.FrameToken(self.span(parsed), self.string(token), self.maybe(times))

    def head(self, parsed: Parsed) -> t.Head:
        name, domain, selected, where, at, default = parsed.children
        assert isinstance(selected, Tree)
        aggregate: t.Aggregate = "select"
        value: t.Expr | None = None
        for child in selected.children:
            if isinstance(child, Token):
                aggregate = cast(t.Aggregate, str(child))  # the grammar has no other keyword here
            else:
                value = self.expr(child)
        return t.Head(
            self.span(parsed),
            self.identifier(name),
            self.maybe(domain),
            aggregate,
            value,
            self.maybe(where),
            self.offsets(at) if isinstance(at, Tree) else None,
            self.maybe(default),
        )

    def offsets(self, parsed: Parsed) -> t.Offsets:
        span = self.span(parsed)
        parts = [self.expr(child) for child in parsed.children if isinstance(child, Tree)]
        match parsed.data:
            case "offsets_to":
                return t.Offsets(span, None, parts[0], None)
            case "offsets_from":
                return t.Offsets(span, parts[0], None, None)
            case "offsets_between":
                return t.Offsets(span, parts[0], parts[1], None)
        return t.Offsets(span, None, None, parts[0])

    def layer(self, parsed: Parsed) -> t.Layer:
        name, *body = parsed.children
        identifier = self.identifier(name)
        span = Span(self.source, self.span(parsed).start, identifier.span.end)
        return t.Layer(span, identifier, tuple(self.layer_item(child) for child in body if isinstance(child, Tree)))

    def layer_item(self, parsed: Parsed) -> t.Head | t.Introduce | t.Statement:
        if parsed.data == "head":
            return self.head(parsed)
        if parsed.data == "introduce":
            name, domain, value = parsed.children
            return t.Introduce(self.span(parsed), self.identifier(name), self.maybe(domain), self.expr(value))
        return self.statement(parsed)

    def run_entry(self, parsed: Parsed) -> t.RunEntry:
        layers = tuple(self.identifier(child) for child in parsed.children if isinstance(child, Token))
        count_or_condition = parsed.children[-1]
        last = self.expr(count_or_condition) if isinstance(count_or_condition, Tree) else None
        times, until = (last, None) if parsed.data == "run_times" else (None, last)
        return t.RunEntry(self.span(parsed), layers, times, until)

    # Statements ----------------------------------------------------------------------------------------------

    def statements(self, children: list[Token | Parsed]) -> tuple[t.Statement, ...]:
        return tuple(self.statement(child) for child in children if isinstance(child, Tree))

    def suite(self, parsed: Child) -> tuple[t.Statement, ...]:
        assert isinstance(parsed, Tree)
        return self.statements(parsed.children)

    def statement(self, parsed: Parsed) -> t.Statement:
        span = self.span(parsed)
        children = parsed.children
        match parsed.data:
            case "assign":
                return t.Assign(span, self.identifier(children[0]), self.expr(children[1]))
            case "let":
                return t.Let(span, self.identifier(children[0]), self.expr(children[1]))
            case "pass_":
                return t.Pass(span)
            case "if_":
                branches = [(self.expr(children[0]), self.suite(children[1]))]
                other: t.Else | None = None
                for child in children[2:]:
                    if isinstance(child, Tree) and child.data == "elif_":
                        branches.append((self.expr(child.children[0]), self.suite(child.children[1])))
                    elif isinstance(child, Tree):
                        start = self.span(child).start
                        other = t.Else(Span(self.source, start, start + len("else")), self.suite(child.children[0]))
                return t.If(span, tuple(branches), other)
            case "match_":
                nodes = [cast(Parsed, child) for child in children]
                subjects = tuple(self.expr(node) for node in nodes if node.data != "case")
                return t.Match(span, subjects, tuple(self.case(node) for node in nodes if node.data == "case"))
            case "for_":
                name, collection, body = children
                return t.For(span, self.identifier(name), self.expr(collection), self.suite(body))
        raise InternalError(f"the grammar has a statement `{parsed.data}` without a builder")

    def case(self, parsed: Parsed) -> t.Case:
        *heads, guard, body = parsed.children
        patterns = tuple(self.pattern(cast(Parsed, child)) for child in heads)
        last = patterns[-1].span if guard is None else self.span(guard)
        span = Span(self.source, self.span(parsed).start, last.end)  # `case ... if ...`, without the body
        return t.Case(span, patterns, self.maybe(guard), self.suite(body))

    def pattern(self, parsed: Parsed) -> t.Pattern:
        alternatives: list[t.PatternAny | t.PatternName | t.PatternValue | t.PatternRange] = []
        for child in parsed.children:
            assert isinstance(child, Tree)
            span = self.span(child)
            match child.data:
                case "pattern_any":
                    alternatives.append(t.PatternAny(span))
                case "pattern_name":
                    alternatives.append(t.PatternName(span, str(child.children[0])))
                case "pattern_value":
                    alternatives.append(t.PatternValue(span, self.literal(child.children[0])))
                case _:
                    low, high = child.children
                    alternatives.append(t.PatternRange(span, self.literal(low), self.literal(high)))
        return t.Pattern(self.span(parsed), tuple(alternatives))

    def literal(self, parsed: Child) -> t.Literal_:
        assert isinstance(parsed, Tree)
        if parsed.data == "negative":
            positive = self.literal(parsed.children[0])
            assert isinstance(positive.value, int | Fraction)
            return t.Literal_(self.span(parsed), -positive.value)
        literal = self.expr(parsed)
        assert isinstance(literal, t.Literal_)
        return literal

    # Expressions ---------------------------------------------------------------------------------------------

    def maybe(self, parsed: Child) -> t.Expr | None:
        return None if parsed is None else self.expr(parsed)

    def exprs(self, parsed: Child) -> tuple[t.Expr, ...]:
        return tuple(self.expr(child) for child in parsed.children if child) if isinstance(parsed, Tree) else ()

    def expr(self, parsed: Child) -> t.Expr:
        assert isinstance(parsed, Tree)
        span = self.span(parsed)
        children = parsed.children
        match parsed.data:
            case "name":
                return t.Name(span, str(children[0]))
            case "number":
                return t.Literal_(span, self.number(children[0]))
            case "string":
                return t.Literal_(span, self.string(children[0]))
            case "true" | "false":
                return t.Literal_(span, parsed.data == "true")
            case "none":
                return t.Literal_(span, None)
            case "field":
                side, name = children
                assert isinstance(side, Tree)
                return t.Field(span, cast(Literal["key", "query"], str(side.children[0])), self.identifier(name))
            case "group":
                return t.Group(span, self.expr(children[0]))
            case "unary":
                return t.Unary(span, str(children[0]), self.expr(children[1]))
            case "binary":
                return t.Binary(span, str(children[1]), self.expr(children[0]), self.expr(children[2]))
            case "compare":
                return self.compare(parsed)
            case "ternary":
                then, condition, other = children
                return t.Ternary(span, self.expr(then), self.expr(condition), self.expr(other))
            case "range":
                low, high = (child for child in children if isinstance(child, Tree))
                return t.Range(span, self.expr(low), self.expr(high))
            case "index":
                return t.Index(span, self.expr(children[0]), self.expr(children[1]))
            case "optional":
                return t.Optional_(span, self.expr(children[0]))
            case "call":
                return t.Call(span, self.identifier(children[0]), self.exprs(children[1]))
            case "list" | "set":
                return t.Collection(span, parsed.data, self.exprs(children[0]), ())
            case "list_for" | "set_for":
                kind: Literal["list", "set"] = "list" if parsed.data == "list_for" else "set"
                return t.Collection(span, kind, (self.expr(children[0]),), self.generators(children[1]))
            case "table":
                return t.Collection(span, "table", tuple(self.entry(child) for child in children if child), ())
            case "table_for":
                return t.Collection(span, "table", (self.entry(children[0]),), self.generators(children[1]))
        raise InternalError(f"the grammar has an expression `{parsed.data}` without a builder")

    def compare(self, parsed: Parsed) -> t.Compare:
        first, *rest = parsed.children
        pairs = []
        for operator, operand in zip(rest[::2], rest[1::2], strict=True):
            pairs.append((str(operator) if isinstance(operator, Token) else "not in", self.expr(operand)))
        return t.Compare(self.span(parsed), self.expr(first), tuple(pairs))

    def entry(self, parsed: Child) -> t.Entry:
        assert isinstance(parsed, Tree)
        return t.Entry(self.span(parsed), self.expr(parsed.children[0]), self.expr(parsed.children[1]))

    def generators(self, parsed: Child) -> tuple[t.Generator, ...]:
        assert isinstance(parsed, Tree)
        return tuple(self.generator(child) for child in parsed.children)

    def generator(self, parsed: Child) -> t.Generator:
        assert isinstance(parsed, Tree)
        name, collection, condition = parsed.children
        return t.Generator(self.span(parsed), self.identifier(name), self.expr(collection), self.maybe(condition))
