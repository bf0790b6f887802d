"""The text of a program that is equal to a discrete form, in the layout of `altac fmt`.

Every layer is as early as what it reads allows. A sum is a `score`; another answer is a value of the last layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from altac.diagnostics import Source
from altac.driver import compile_source
from altac.ir.values import Domain, Value, source_text
from altac.syntax.format import format_source
from altac.synthesis.gradient.discrete import (
    OTHERS,
    Answer,
    Either,
    Input,
    Look,
    Sums,
    Table,
    Variable,
    walk,
)
from altac.synthesis.gradient.relations import Read, conjuncts, function, indexed, member, of_one, renamed
from altac.synthesis.names import LONE, OF_OTHER, OF_TOKEN, SUFFIX, Names
from altac.synthesis.nodes import ALL
from altac.synthesis.writing import RESERVED


@dataclass(frozen=True)
class Frame:
    """What stands around an answer.

    Attributes:
        alphabet: the symbols of inputs.
        longest: the most symbols of an input.
        marks: the two symbols that a text stands between, if it does.
        whole: whether there is one output for the whole text.
    """

    name: str
    alphabet: Domain
    longest: int
    marks: tuple[str, str] | None
    whole: bool

    @property
    def positions(self) -> int:
        return self.longest + (0 if self.marks is None else 2)


def better_values(table: Table) -> tuple[Value, ...]:
    """Values under which an inner table is an expression: booleans, or what an arithmetic expression gives."""
    if len(table.inputs) == 2:
        left, right = (Read(name, one.values) for name, one in zip("ab", table.inputs, strict=True))
        if len(table.values) > 2 and (found := renamed(table.cells, left, right)) is not None:
            return tuple(found[1])
        if len(table.values) == 2:
            texts = [" and ".join(conjuncts(table.cells == code, left, right, lambda text: text)) for code in range(2)]
            return (True, False) if len(texts[0]) < len(texts[1]) else (False, True)
    return tuple(range(len(table.values)))


def program_text(answer: Answer, frame: Frame) -> str:
    """A program that gives the answer."""
    draft = _written(answer, frame, None)
    if isinstance(answer, Variable):
        return draft
    domains = compile_source(Source(f"{frame.name}.alta", draft)).interpreter.domains
    return _written(answer, frame, domains)


def _written(answer: Answer, frame: Frame, domains: Mapping[str, Domain] | None) -> str:
    """The text; of tables of scores, the entries that values of the domains need."""
    writer = _Writer(answer, frame, domains)
    layers = list(writer.layers())
    output = writer.output()
    framing = "" if frame.marks is None else "frame {} text {}".format(*map(source_text, frame.marks))
    lines = [
        f"program {frame.name}",
        "",
        f"input text: {frame.alphabet} up to {frame.longest}",
        framing,
        "",
        *(f"const {name} = {text}" for text, name in writer.constants.items()),
        "",
        *layers,
        *writer.score,
        "",
        f"output {output}",
    ]
    return format_source(Source(f"{frame.name}.alta", "\n".join(lines) + "\n"))


@dataclass
class _Writer:
    answer: Answer
    frame: Frame
    domains: Mapping[str, Domain] | None
    constants: dict[str, str] = field(default_factory=dict)  # names by their texts
    score: list[str] = field(default_factory=list)
    naming: bool = False

    def __post_init__(self) -> None:
        self.nodes = [node for node in walk(self.answer) if not isinstance(node, Input)]
        self.names = Names(RESERVED)
        self.layer: dict[Variable, int] = {}
        self.name: dict[Variable, str] = {}
        for node in self.nodes:
            self.layer[node] = self._layer(node)
            if node is not self.answer:
                self.naming = True
                self.name[node] = self.names.fresh(self._name(node))
                self.naming = False

    def _layer(self, node: Variable) -> int:
        """A head sees what layers above have made, and so does a step, which also sees what its own heads bring."""
        made = [(self.layer[read], isinstance(read, Look)) for read in node.reads if not isinstance(read, Input)]
        if isinstance(node, Look):
            return 1 + max((layer for layer, _ in made), default=0)
        return max([1, *(layer + (not is_head) for layer, is_head in made)])

    def layers(self) -> Iterator[str]:
        names = Names(())
        for number in range(1, max([1, *self.layer.values()]) + 1):
            nodes = [node for node in self.nodes if self.layer[node] == number]
            looks = [node for node in nodes if isinstance(node, Look)]
            lines = [self._head(node) for node in looks]
            lines += [f"var {self.name[node]} = {self._value(node)}" for node in nodes if self._is_introduced(node)]
            if self.answer in nodes and (text := self._said()) is not None:
                lines.append(f"var answer = {text}")
            yield f"layer {names.fresh(self._layer_name(nodes))}:"
            yield from (f"    {line}" for line in lines or ["pass"])
            yield ""

    def _is_introduced(self, node: Variable) -> bool:
        return not isinstance(node, Look) and node is not self.answer

    def _said(self) -> str | None:
        """The expression of the answer; None if it is what something else is."""
        assert isinstance(self.answer, Table)
        text = self._value(self.answer)
        return None if text in self.name.values() or text in ("token", "position") else text

    def output(self) -> str:
        """What stands behind `output`."""
        if isinstance(self.answer, Sums):
            self.score = list(self._score(self.answer))
            said = "answer"
        else:
            said = self._value(self.answer) if self._said() is None else "answer"
        if self.frame.whole:
            return f"{said} at last"
        return (
            said
            if self.frame.marks is None
            else f"{said} where token not in {source_text(frozenset(self.frame.marks))}"
        )

    def _score(self, sums: Sums) -> Iterator[str]:
        labels = [source_text(label) for label in sums.labels]
        terms = []
        for variable, weights in sums.terms.items():
            rows = []
            read, place = indexed(self._read(variable), weights)
            name = self._read(variable).name
            domain = None if self.domains is None else self.domains.get(name)
            for value, row in zip(read.values, weights.tolist(), strict=False):
                if domain is not None and value not in domain:
                    continue
                entries = [f"{label}: {number}" for label, number in zip(labels, row, strict=True) if number]
                if entries:
                    rows.append(f"{source_text(value)}: {{{', '.join(entries)}}}")
            terms.append(f"{self._constant('{' + ', '.join(rows) + '}', f'BY_{name.upper()}')}[{place}]")
        yield f"score answer: {source_text(frozenset(sums.labels))} = {' + '.join(terms)}"

    def _read(self, variable: Variable, prefix: str = "") -> Read:
        name = variable.name if isinstance(variable, Input) else self.name[variable]
        return Read(f"{prefix}{name}", variable.values)

    def _constant(self, text: str, wanted: str) -> str:
        if self.naming:
            return wanted
        if text not in self.constants:
            self.constants[text] = self.names.fresh(wanted)
        return self.constants[text]

    def _value(self, node: Variable) -> str:
        """The expression of what a step introduces."""
        if isinstance(node, Either):
            *first, last = (self._read(one).name for one in node.options)
            return "".join(f"{name} if {name} != none else " for name in first) + last
        assert isinstance(node, Table)
        if not node.inputs:
            return source_text(node.values[0])

        def constant(text: str) -> str:
            return self._constant(text, f"TABLE_OF_{self.name.get(node, 'answer').upper()}")

        reads = [self._read(one) for one in node.inputs]
        if len(reads) == 1:
            return of_one(node.cells, node.values, reads[0], constant)
        left, right = reads
        return function(node.cells, node.values, left, right, constant)

    def _head(self, look: Look) -> str:
        text = f"head {self.name[look]} = {look.aggregate}"
        if look.value is not None:
            text += f" {self._read(look.value).name}"
        if parts := self._condition(look):
            text += f" where {' and '.join(parts)}"
        if look.at == OTHERS:
            most = self.frame.positions - 1
            text += f" at {self._constant(f'-{most}..-1 | 1..{most}', 'ELSEWHERE')}"
        elif look.at != ALL:
            text += f" at {look.at}"
        default = None if look.default is None else look.values[look.default]
        return text if default is None else f"{text} else {source_text(default)}"

    def _condition(self, look: Look) -> list[str]:
        if look.key is None and look.query is None:
            return [] if look.related.all() else ["false"]
        if look.query is None:
            assert look.key is not None
            return [member(self._read(look.key, "key."), look.related[0])]
        if look.key is None:
            return [member(self._read(look.query, "query."), look.related[:, 0])]

        def constant(text: str) -> str:
            return self._constant(text, f"SEEN_BY_{self.name[look].upper()}")

        return conjuncts(look.related, self._read(look.query, "query."), self._read(look.key, "key."), constant)

    def _name(self, node: Variable) -> str:
        """What a node is called if no other has that name."""
        match node:
            case Look():
                return self._head_name(node)
            case Either():
                return "seen"
            case Table():
                if all(type(value) is bool for value in node.values):
                    return "flag"
                text = self._value(node)
                return "level" if " - " in text else "amount" if " + " in text else "state"
        raise TypeError(type(node))

    def _head_name(self, look: Look) -> str:
        self.name[look] = "head"
        parts = self._condition(look)
        suffix = SUFFIX.get(look.at, "_here" if look.at == "0" else "_elsewhere")
        if look.value is not None:
            value = look.value
            brought = "symbol" if value.values and isinstance(value.values[0], str) else "value"
            if isinstance(value, Input):
                brought = "symbol" if value.name == "token" else "place"
            return f"{look.aggregate}_{brought}{suffix}"
        if not parts:
            return LONE.get(look.at, "count")
        words = parts[0].split()
        if len(parts) == 1 and len(words) == 3 and words[1] in OF_TOKEN:
            if (words[0], words[2]) == ("key.token", "query.token"):
                return OF_TOKEN[words[1]] + suffix
            if words[0].removeprefix("key.") == words[2].removeprefix("query."):
                return OF_OTHER[words[1]] + suffix
            if words[0] == "key.token" and words[1] == "==":
                symbol = words[2].strip('"').lower()
                return f"count_of_{symbol}{suffix}" if symbol.isascii() and symbol.isalnum() else f"count{suffix}"
        return f"count{suffix}" if suffix else "counted"

    @staticmethod
    def _layer_name(nodes: list[Variable]) -> str:
        looks = [node for node in nodes if isinstance(node, Look)]
        if not looks:
            return "decide"
        return "tally" if all(look.value is None for look in looks) else "look"
