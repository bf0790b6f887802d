"""An explanation as lines for people, and as a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, assert_never

from altac.diagnostics import Span
from altac.explain.facts import (
    Added,
    Asked,
    Explanation,
    Fact,
    Fired,
    Given,
    Looked,
    Refused,
    Stayed,
    Unread,
    Unruled,
    Why,
)
from altac.explain.place import label
from altac.explain.run import Explainer
from altac.ir.encode import encode_value
from altac.ir.numbers import number_text, terms_text
from altac.ir.values import source_text

MOST = 12  # positions that are listed in a line
STEP = "  "
Lines = Iterator["str | Lines"]  # lines, and groups of lines inside


class Teller:
    """Lines of an explanation."""

    def __init__(self, explainer: Explainer, explanation: Explanation, refused: bool = False) -> None:
        self.explainer = explainer
        self.explanation = explanation
        self.refused = refused
        self.told: set[Fact] = set()
        self.is_cut = False

    def lines(self) -> Iterator[str]:
        """All lines; a value that was explained above is only referred to."""
        waiting = [self.whole()]  # what stands inside of each other, as deep as the run has layers
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif isinstance(found, str):
                yield found
            else:
                waiting.append(found)

    def whole(self) -> Lines:
        """The value that was asked about, and what decides that it is the output."""
        found = self.explanation
        first, *others = found.asked
        origin = found.origins[first]
        since = "" if origin.layer == first.layer else f", since {self.layer_name(origin.layer)}"
        yield f"{self.value(first)} {self.place(first)}{since}"
        self.told.add(origin)
        yield self.below(found.whys[origin], STEP)
        where = self.explainer.program.output_where
        if others and where is not None:
            yield f"the output is read here: {written(where.span)}"
            yield self.facts(others, STEP)
        if self.is_cut:
            yield ""
            yield f"This goes {found.depth} of {found.deepest} steps back; all of them: --depth {found.deepest}"

    def below(self, why: Why, indent: str) -> Lines:
        """What gave a value, and then the same of what that follows from."""
        for line in self.cause(why):
            yield indent + line
        yield self.facts(why.reads, indent)

    def facts(self, reads: Iterable[Fact], indent: str) -> Lines:
        """Some values, and what gave them."""
        leaves: dict[tuple[str, str], list[Fact]] = {}  # initial values that are alike
        for read in reads:
            origin = self.explanation.origins.get(read, read)
            known = self.explanation.whys.get(origin)
            if known is not None and isinstance(known.cause, Given):
                leaves.setdefault((self.value(origin), initial(known.cause)), []).append(origin)
                continue
            start = f"{indent}- {self.value(read)} {self.place(origin)}"
            if known is None:
                self.is_cut = True
                yield f"{start} ..."
            elif origin in self.told:
                yield f"{start} (see above)"
            else:
                self.told.add(origin)
                yield start
                yield self.below(known, indent + STEP * 2)
        for (value, how), facts in leaves.items():
            yield f"{indent}- {value} at {self.positions(fact.position for fact in facts)}: {how}"

    def cause(self, why: Why) -> Iterator[str]:
        """The lines of one value."""
        match why.cause:
            case Given():
                yield initial(why.cause) + (f" ({at(why.cause.span)})" if why.cause.span else "")
            case Fired():
                yield written(why.cause.span)
                yield f"rule: {why.cause.text}"
            case Stayed():
                yield written(why.cause.span)
                yield "no rule fires: it has this value already"
            case Added(_, _, rule):
                if why.cause.span is not None:
                    yield written(why.cause.span)
                yield f"sum: {self.sum_text(why.cause)}"
                if rule is not None:
                    yield f"rule: {rule.text}"
            case Looked():
                yield written(why.cause.span)
                yield from self.looked(why.fact, why.cause)
            case Asked():
                yield f"asks of {self.terms(why.cause.terms)}"
            case Unread():
                yield "nothing can be said: the residual stream holds no value of"
            case Unruled():
                yield "no rule of the program changes it here"
            case _:
                assert_never(why.cause)
        if why.expected is not None:
            yield f"but the program makes {source_text(why.expected[0])} of these: the weights do something else"

    def looked(self, fact: Fact, cause: Looked) -> Iterator[str]:
        if not cause.selected:
            yield "selects no position"
        else:
            takes = "" if cause.taken == cause.selected else f"; takes {self.positions(cause.taken)}"
            yield f"selects {self.positions(cause.selected)}{takes}"
        if self.refused:
            refused = self.explainer.refused(fact)
            far = [one.position for one in refused if one.is_out_of_reach]
            for one in refused:
                if not one.is_out_of_reach:
                    yield f"refuses {self.positions([one.position])}: {self.compared(one)}"
            if far:
                yield f"out of reach: {self.positions(far)}"

    def compared(self, one: Refused) -> str:
        sides = (("key", one.key), ("query", one.query))
        return " and ".join(f"{side}.{self.value(fact)}" for side, fact in sides if fact is not None)

    def sum_text(self, cause: Added) -> str:
        amount = cause.amount
        assert isinstance(amount, int | Fraction)
        if not cause.terms:
            return number_text(amount)
        sign, size = ("-", -amount) if amount < 0 else ("+", amount)
        return self.terms(cause.terms) + (f" {sign} {number_text(size)}" if amount else "")

    def terms(self, terms: Iterable[tuple[Fraction, Fact]]) -> str:
        return terms_text(tuple((fact.name, factor) for factor, fact in terms))

    def value(self, fact: Fact) -> str:
        return f"{fact.name} = {self.explainer.text(fact)}"

    def place(self, fact: Fact) -> str:
        return f"at {self.positions([fact.position])}, {self.layer(fact)}"

    def layer(self, fact: Fact) -> str:
        word = "after" if fact.name in self.explainer.trace.variables else "in"
        return f"{word if fact.layer else 'at'} {self.layer_name(fact.layer)}"

    def layer_name(self, layer: int) -> str:
        name = label(self.explainer.trace, layer)
        return "the start" if layer == 0 else f"layer {layer}" + (f" ({name})" if name else "")

    def positions(self, positions: Iterable[int]) -> str:
        """`2 ("a"), 3 ("b")`: positions with their symbols."""
        tokens, some = self.explainer.trace.tokens, list(dict.fromkeys(positions))
        shown = ", ".join(f"{one} ({source_text(tokens[one])})" for one in some[:MOST])
        return shown + (f" and {len(some) - MOST} more" if len(some) > MOST else "")


def initial(cause: Given) -> str:
    return "what is read" if cause.span is None else f"the initial value for this {cause.by}"


def written(span: Span) -> str:
    """`parity.alta:20: head left = x at -1`: the line where something stands."""
    return f"{at(span)}: {' '.join(span.text.split())}"


def at(span: Span) -> str:
    return f"{span.source.name}:{span.line}"


def explanation_record(explainer: Explainer, explanation: Explanation, refused: bool = False) -> dict[str, Any]:
    """Everything as plain types: facts by their numbers, the first is what was asked about.

    A fact that is not explained, since it is farther back than was asked, has no `cause`.
    """
    first, *others = explanation.asked
    places = list(dict.fromkeys([*(explanation.origins[one] for one in explanation.asked), *explanation.whys]))
    reads = [explanation.origins.get(read, read) for why in explanation.whys.values() for read in why.reads]
    numbers = {fact: number for number, fact in enumerate(dict.fromkeys([*places, *reads]))}
    trace = explainer.trace

    def number(fact: Fact | None) -> int | None:
        return None if fact is None else numbers.get(explanation.origins.get(fact, fact))

    def record(fact: Fact) -> dict[str, Any]:
        found: dict[str, Any] = {
            "fact": numbers[fact],
            "name": fact.name,
            "layer": fact.layer,
            "layer_name": label(trace, fact.layer),
            "position": fact.position,
            "value": encode_value(explainer.value(fact)),
        }
        why = explanation.whys.get(fact)
        if why is not None:
            found["cause"] = cause_record(why, number)
            if refused and isinstance(why.cause, Looked):
                found["cause"]["refused"] = [refused_record(explainer, one) for one in explainer.refused(fact)]
            if why.expected is not None:
                found["expected"] = encode_value(why.expected[0])
        return found

    return {
        "program": explainer.program.name,
        "tokens": [encode_value(token) for token in trace.tokens],
        "asked": {"fact": 0, "name": first.name, "layer": first.layer, "position": first.position},
        "output_read_by": [number(one) for one in others],
        "depth": explanation.depth,
        "deepest": explanation.deepest,
        "facts": [record(fact) for fact in numbers],
    }


def cause_record(why: Why, number: Any) -> dict[str, Any]:
    """What gave a value, as plain types; `number` gives the number of a fact."""
    reads = [number(read) for read in why.reads]
    match why.cause:
        case Given(by, span):
            return {"kind": "initial", "by": by, **span_record(span)}
        case Fired():
            return {
                "kind": "rule",
                "rule": why.cause.number,
                "text": why.cause.text,
                **span_record(why.cause.span),
                "reads": reads,
            }
        case Stayed(span):
            return {"kind": "stays", **span_record(span), "reads": reads}
        case Added(terms, amount, rule, span):
            return {
                "kind": "sum",
                "terms": [[encode_value(factor), number(fact)] for factor, fact in terms],
                "amount": encode_value(amount),
                "rule": None if rule is None else rule.number,
                **span_record(span),
                "reads": reads,
            }
        case Looked(span, selected, taken):
            return {
                "kind": "head",
                **span_record(span),
                "selected": list(selected),
                "taken": list(taken),
                "reads": reads,
            }
        case Asked(terms):
            return {"kind": "test", "terms": [[encode_value(factor), number(fact)] for factor, fact in terms]}
        case Unread():
            return {"kind": "unread", "reads": reads}
        case Unruled():
            return {"kind": "no rule", "reads": reads}
        case _:
            assert_never(why.cause)


def refused_record(explainer: Explainer, one: Refused) -> dict[str, Any]:
    """A position that a head does not select, and the values of the condition that does not hold."""
    sides = {"key": one.key, "query": one.query}
    compared = {
        side: {"name": fact.name, "value": encode_value(explainer.value(fact))}
        for side, fact in sides.items()
        if fact is not None
    }
    return {"position": one.position, "out_of_reach": one.is_out_of_reach, **compared}


def span_record(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {}
    return {"file": span.source.name, "line": span.line, "column": span.column}
