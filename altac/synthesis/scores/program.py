"""A score program of what was learned: its text, its words and its tables.

A word reaches a score in one of three ways. What the score reads of the word itself is a table, and part of the
embedding. What stands beside it, a head brings: of all words, the variable `as_...` keeps those that the table tells
apart. Two values that count together become one in a second layer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from altac.diagnostics import Source
from altac.ir.unknown import shape
from altac.ir.values import source_text
from altac.syntax.format import format_source
from altac.synthesis.scores.features import FIRST, Feature, Reading
from altac.synthesis.scores.lexicon import WORD, Lexicon
from altac.synthesis.scores.model import SCALE, Row, Rows, ScoreModel

TABLES = ".tables"  # the folder of a program's words and tables, after its name
Json = Mapping[str, object]


def program_of(model: ScoreModel, name: str) -> tuple[str, dict[str, str]]:
    """The text of a program, and the files that it reads, by their names."""
    folder, (known, shapes) = f"{name}{TABLES}", telling_words(model)
    writer = _Writer(model, known, shapes)
    writer.write()
    lines = [
        f"program {name}",
        "",
        f'const WORDS = lines("{folder}/words.txt")',
        *(f'const {constant} = table("{folder}/{constant.lower()}.json")' for constant in writer.tables),
        *(f'const {constant} = lines("{folder}/{constant.lower()}.txt")' for constant in writer.lists),
        *writer.constants,
        "",
        f"type Label = {{{', '.join(map(source_text, model.labels))}}}",
        "",
        f"input text: WORDS else {'UNKNOWN' if writer.unknowns else source_text(model.lexicon.unknown)}",
        "",
        *writer.lines(),
        "",
        f"output label{' pooled' if model.is_pooled else ''}",
    ]
    text = format_source(Source(f"{name}.alta", "\n".join(lines) + "\n"))
    files = {f"{folder}/{constant.lower()}.json": _json(table) for constant, table in writer.tables.items()}
    for constant, values in {"WORDS": known, **writer.lists}.items():
        files[f"{folder}/{constant.lower()}.txt"] = "".join(f"{value}\n" for value in values)
    return text, files


def telling_words(model: ScoreModel) -> tuple[list[str], dict[str, str]]:
    """The words that some feature tells apart from those that are not known, and so the shapes of these.

    Shapes have the symbols that stand for them.
    """
    lexicon = model.lexicon
    told: dict[str, set[str]] = {}
    for feature, rows in model.features.items():
        for reading, values in zip(feature.readings, zip(*rows, strict=True), strict=False):
            told.setdefault(reading.attribute, set()).update(values)

    def known(word: str) -> list[str | None]:
        """What features see of a word as it was read."""
        seen = ((lexicon.attribute(name, word), values) for name, values in told.items())
        return [value if value in values else None for value, values in seen]

    nothing = known(lexicon.unknown)
    shapes = {one: symbol for one, symbol in lexicon.unknowns.items() if known(symbol) != nothing}
    otherwise = {one: known(symbol) for one, symbol in shapes.items()}
    words = sorted(lexicon.words)
    return [word for word in words if known(word) != otherwise.get(shape(word), nothing)] or words, shapes


@dataclass
class _Writer:
    """Declarations, as they come up while features are gone through."""

    model: ScoreModel
    words: list[str]
    unknowns: Mapping[str, str]
    tables: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    constants: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)

    @property
    def lexicon(self) -> Lexicon:
        return self.model.lexicon

    def write(self) -> None:
        if self.unknowns:
            self.tables["UNKNOWN"] = {**self.unknowns, "": self.lexicon.unknown}
        pairs = 0
        for feature, rows in self.model.features.items():
            if not rows:
                continue
            if feature.is_pair:
                pairs += 1
                self.pair(feature, rows, pairs)
            else:
                self.single(feature.readings[0], rows)

    def single(self, reading: Reading, rows: Rows) -> None:
        constant = reading.name.upper()
        self.tables[constant] = {key[0]: self.labels(row) for key, row in sorted(rows.items())}
        if reading.place == 0:
            self.terms.append(f"{constant}[{self.of_token(reading.attribute)}]")
        else:
            self.terms.append(f"{constant}[{self.value(reading, reading.name, constant)}]")

    def pair(self, feature: Feature, rows: Rows, number: int) -> None:
        """Tables `PAIR`, from two values to both in one, and `WITH`, from both to labels."""
        pair, both, second = f"PAIR_{number}", f"WITH_{number}", f"SECOND_{number}"
        lexicon = self.lexicon
        found: dict[str, dict[str, str]] = {lexicon.other: {}, lexicon.edge: {}}
        for left, right in sorted(rows):
            found.setdefault(left, {})[right] = f"{left} {right}"
        self.tables[pair] = found
        self.tables[both] = {" ".join(key): self.labels(row) for key, row in sorted(rows.items())}
        one, other = feature.readings
        self.constants.append(f"const {second} = {{right for left in {pair} for right in {pair}[left]}}")
        left = self.value(one, f"{one.name}_{number}", pair)
        right = self.value(other, f"{other.name}_{number}", second)
        name = f"pair_{number}"
        no_pair = source_text(lexicon.other)
        self.joined.append(f"var {name} = {pair}[{left}][{right}] if {right} in {pair}[{left}] else {no_pair}")
        self.terms.append(f"{both}[{name}]")

    def value(self, reading: Reading, name: str, known: str) -> str:
        """The name of what holds the value of a reading, if a table or a set has it."""
        if len(self.readings_of(reading.attribute)) > 1:
            holder = f"kept({self.shared(reading.attribute)}, {known})"
            if reading.place == 0:
                self.heads.append(f"var {name} = {holder}")
        else:
            holder = name if reading.place == 0 else f"as_{name}"
            value = self.of_token(reading.attribute)
            self.variables.append(f"var {holder}: values({known}) = kept({value}, {known})")
        if reading.place == FIRST:
            self.heads.append(f"head {name} = first {holder}")
        elif reading.place:
            self.heads.append(f"head {name} = {holder} at {reading.place:+d} else {source_text(self.lexicon.edge)}")
        return name

    def shared(self, attribute: str) -> str:
        """The variable that keeps those values of an attribute that several read."""
        constant = f"READ_{attribute.upper()}S"
        if constant not in self.lists:
            values = {value for read in self.readings_of(attribute) for value in read}
            self.lists[constant] = sorted(values - {self.lexicon.edge})
            value = self.of_token(attribute)
            self.variables.append(f"var {attribute}: values({constant}) = kept({value}, {constant})")
        return attribute

    def readings_of(self, attribute: str) -> list[set[str]]:
        """For each bounded reading of an attribute its values that have rows."""
        return [
            {key[at] for key in rows}
            for feature, rows in self.model.features.items()
            for at, reading in enumerate(feature.readings)
            if rows and feature.is_bounded and reading.attribute == attribute
        ]

    def of_token(self, attribute: str) -> str:
        if attribute == WORD:
            return "token"
        constant, lexicon = f"{attribute.upper()}_OF", self.lexicon
        if constant not in self.tables:
            words = [*self.words, *self.unknowns.values(), lexicon.unknown]
            self.tables[constant] = {word: lexicon.attribute(attribute, word) for word in words}
        return f"{constant}[token]"

    def labels(self, row: Row) -> dict[str, int]:
        return {label: number for label, number in zip(self.model.labels, row, strict=True) if number}

    def lines(self) -> Iterator[str]:
        other = source_text(self.lexicon.other)
        text = "\n".join([*self.variables, *self.heads])
        if " kept(" in text:
            yield f"def kept(value, known) = value if value in known else {other}"
        if " values(" in text:
            yield f"def values(known) = {{{other}}} | {{one for one in known}}"
        yield ""
        yield from self.variables
        yield ""
        yield "layer read:"
        yield from (f"    {line}" for line in self.heads or ["pass"])
        yield ""
        if self.joined:
            yield "layer join:"
            yield from (f"    {line}" for line in self.joined)
            yield ""
        yield f"score label: Label = {' + '.join(self.terms)} temperature {SCALE}"


def _json(table: Json) -> str:
    """A table with one entry a line, so that it can be read and compared."""
    entries = ",\n".join(f"{_text(key)}: {_text(value)}" for key, value in table.items())
    return f"{{\n{entries}\n}}\n"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
