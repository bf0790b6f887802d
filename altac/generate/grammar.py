"""Random programs as people would write them: heads and variables in layers, loops of a fixed number, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

LONGEST = 8  # symbols of an input
LETTERS = "abcdef"
GREATEST = 4  # value of a number that is no count
SPANS = ("", " at ..-1", " at ..0", " at 1..")


@dataclass(frozen=True)
class Atom:
    """Something that an expression can read: a number of 0..`top`, or a truth value if that is None."""

    name: str
    top: int | None


@dataclass(frozen=True)
class Statement:
    """A line of a layer: a head, a variable that it makes, or an assignment to one that the program has."""

    kind: str  # "head", "var" or ":="
    name: str
    value: str

    @property
    def text(self) -> str:
        return f"{self.name} := {self.value}" if self.kind == ":=" else f"{self.kind} {self.name} = {self.value}"


@dataclass(frozen=True)
class Draft:
    """A program in its parts.

    Attributes:
        symbols: the alphabet, as in `input text: 0..3`.
        states: the declarations of variables, `state: 0..2`, and their initial values.
        layers: their names and statements.
        run: the schedule; empty if each layer runs once, in order.
        output: the name of what is read off.
        examples: lines.
    """

    name: str
    doc: str
    symbols: str
    states: tuple[tuple[str, str], ...]
    layers: tuple[tuple[str, tuple[Statement, ...]], ...]
    run: str
    output: str
    examples: tuple[str, ...] = ()

    @property
    def made(self) -> list[str]:
        """The names of all variables and heads."""
        declared = [declaration.split(":")[0] for declaration, _ in self.states]
        return [*declared, *(one.name for _, some in self.layers for one in some if one.kind != ":=")]

    @property
    def text(self) -> str:
        parts = [f'"""{self.doc}"""\nprogram {self.name}', f"input text: {self.symbols} up to {LONGEST}"]
        parts += ["\n".join(f"var {one} = {value}" for one, value in self.states)] if self.states else []
        for name, statements in self.layers:
            parts.append("\n".join([f"layer {name}:", *(f"    {one.text}" for one in statements)]))
        parts += [f"run {self.run}"] if self.run else []
        parts.append(f"output {self.output}")
        parts += ["\n".join(self.examples)] if self.examples else []
        return "\n\n".join(parts) + "\n"

    def without(self, name: str, value: str) -> Draft:
        """The same, but whatever reads a name reads a constant."""
        read = re.compile(rf"\b(key\.|query\.)?{name}\b")
        layers = tuple(
            (layer, tuple(replace(one, value=read.sub(value, one.value)) for one in statements))
            for layer, statements in self.layers
        )
        return replace(self, layers=layers)


@dataclass
class Drawing:
    """A program that is being written.

    Attributes:
        known: what the next layer can read.
        names: all that are taken.
    """

    dice: Random
    symbols: Sequence[str]
    known: list[Atom] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def named(self, name: str) -> str:
        """A name that is not taken yet."""
        number, found = 2, name
        while found in self.names:
            found, number = f"{name}_{number}", number + 1
        self.names.add(found)
        return found

    def number(self, most: int = GREATEST) -> int:
        return self.dice.randint(1, most)

    def pick(self, atoms: Sequence[Atom]) -> Atom:
        return self.dice.choice(atoms)

    def numbers(self) -> list[Atom]:
        return [atom for atom in self.known if atom.top is not None]

    def table(self, top: int) -> str:
        """A value for each symbol, not all the same."""
        values = [self.dice.randint(0, top) for _ in self.symbols]
        values[0], values[1] = 0, top
        self.dice.shuffle(values)
        return "{" + ", ".join(f"{one}: {value}" for one, value in zip(self.symbols, values, strict=True)) + "}[token]"

    def head(self) -> tuple[Statement, Atom]:
        """A head that reads what is known."""
        dice, atom = self.dice, self.pick(self.known)
        kind = dice.choice(("beside", "beside", "count", "exists", "fetch"))
        if kind == "beside" or (atom.top is None and kind == "fetch"):
            way, step = dice.choice((("left", "-1"), ("right", "+1"), ("left", "-2")))
            name = self.named(f"{way}_{atom.name}" if step != "-2" else f"{atom.name}_before")
            other = "false" if atom.top is None else str(dice.randint(0, atom.top))
            return Statement("head", name, f"{atom.name} at {step} else {other}"), Atom(name, atom.top)
        where, what = self.where()
        span = dice.choice(SPANS)
        if kind == "count":
            name = self.named(f"how_many_{what}")
            return Statement("head", name, f"count where {where}{span}"), Atom(name, LONGEST)
        if kind == "exists":
            name = self.named(f"any_{what}")
            return Statement("head", name, f"exists where {where}{dice.choice(SPANS[1:])}"), Atom(name, None)
        atom = self.pick(self.numbers())
        first = dice.choice(("first", "last"))
        name = self.named(f"{first}_{atom.name}")
        value = f"{first} {atom.name} where {where}{span} else {dice.randint(0, atom.top or 0)}"
        return Statement("head", name, value), Atom(name, atom.top)

    def where(self) -> tuple[str, str]:
        """What a head selects, and a word for it."""
        atom = self.pick(self.known)
        if atom.top is None:
            return (f"key.{atom.name}", atom.name) if self.dice.random() < 0.6 else (f"not key.{atom.name}", "other")
        sign, word = self.dice.choice((("==", "equal"), ("<", "smaller"), (">", "greater"), ("==", "same")))
        if word == "same":
            value = self.dice.randint(0, atom.top)
            return f"key.{atom.name} == {value}", f"{atom.name}_{value}"
        return f"key.{atom.name} {sign} query.{atom.name}", word

    def truth(self, atom: Atom) -> str:
        """A condition about one atom."""
        if atom.top is None:
            return atom.name
        return f"{atom.name} {self.dice.choice(('==', '>='))} {self.number(min(atom.top, GREATEST))}"

    def grouped(self, atom: Atom) -> str:
        """The same as a part of a larger one."""
        return atom.name if atom.top is None else f"({self.truth(atom)})"

    def small(self, atom: Atom, top: int) -> str:
        """A number of 0..`top` made of one atom."""
        if atom.top is None:
            one, other = self.dice.sample(range(top + 1), 2)
            return f"({one} if {atom.name} else {other})"
        if atom.top <= top:
            return atom.name
        return f"min({atom.name}, {top})" if self.dice.random() < 0.5 else f"{atom.name} % {top + 1}"

    def two(self, one: Atom, other: Atom, top: int) -> tuple[str, str]:
        """A number of 0..`top` made of two atoms, and a word for it."""
        a, b = self.small(one, top), self.small(other, top)
        kind = self.dice.choice(("sum", "larger", "smaller", "distance", "choice", "entry"))
        match kind:
            case "sum":
                return f"({a} + {b}) % {top + 1}", kind
            case "larger":
                return f"max({a}, {b})", kind
            case "smaller":
                return f"min({a}, {b})", kind
            case "distance":
                return f"abs({a} - {b})", kind
            case "choice":
                return f"{a} if {self.truth(other)} else {self.dice.randint(0, top)}", kind
            case _:
                values = [self.dice.randint(0, top) for _ in range(top + 1)]
                return f"({values}[{a}] + {b}) % {top + 1}", kind

    def value(self, atoms: Sequence[Atom], top: int) -> tuple[str, str]:
        """A number of 0..`top` in which all atoms have a part, and a word for it."""
        first, *rest = atoms
        if not rest:
            return self.small(first, top).strip("()"), "value"
        text, word = self.two(first, rest[0], top)
        for atom in rest[1:]:
            if self.dice.random() < 0.5:
                text = f"({text} + {self.small(atom, top)}) % {top + 1}"
            else:
                text = f"({text}) if {self.truth(atom)} else {self.dice.randint(0, top)}"
        return text, word

    def layer(self, name: str, state: Atom | None = None) -> tuple[tuple[str, tuple[Statement, ...]], Atom]:
        """A layer with one head or two, and a variable that reads them; it assigns to `state` if there is one."""
        heads = [self.head() for _ in range(self.dice.randint(1, 2))]
        atoms = [atom for _, atom in heads]
        atoms.append(state or self.pick(self.known))
        self.dice.shuffle(atoms)
        lines = [statement for statement, _ in heads]
        if state is not None:
            value, _ = self.value(atoms, state.top or 0)
            return (name, (*lines, Statement(":=", state.name, value))), state
        if self.dice.random() < 0.25:
            one, other = atoms[:2]
            sign = self.dice.choice(("and", "or", "!="))
            made = Atom(self.named("mark"), None)
            value = f"{self.grouped(one)} {sign} {self.grouped(other)}"
            for atom in atoms[2:]:
                value = f"({value}) and {self.grouped(atom)}"
        else:
            top = self.dice.randint(1, GREATEST)
            value, word = self.value(atoms, top)
            made = Atom(self.named(word), top)
        return (name, (*lines, Statement("var", made.name, value))), made


def draft(seed: str, name: str) -> Draft:
    """A program; whether it is worth looking at is another question.

    Args:
        seed: the same one gives the same program.
        name: its name.
    """
    dice = Random(seed)
    size = dice.randint(2, 5)
    is_letters = dice.random() < 0.5
    symbols = [f'"{letter}"' for letter in LETTERS[:size]] if is_letters else [str(digit) for digit in range(size)]
    drawing = Drawing(dice, symbols, names={"token", "position", "text"})
    states: tuple[tuple[str, str], ...] = ()
    layers, run, rounds = [], "", 0
    state: Atom | None = None
    if is_letters or dice.random() < 0.4:
        top = dice.randint(1, 3)
        state = Atom(drawing.named("state"), top)
        states = ((f"state: 0..{top}", drawing.table(top)),)
        drawing.known.append(state)
    if not is_letters:
        drawing.known.append(Atom("token", size - 1))
    last = state
    if state is not None and dice.random() < 0.6:
        rounds = dice.randint(2, 4)
        made, last = drawing.layer("mix", state)
        layers.append(made)
    for title in ("look", "weigh", "decide")[: dice.randint(0 if rounds else 1, 3)]:
        made, last = drawing.layer(title)
        layers.append(made)
        drawing.known.append(last)
    if rounds:
        run = ", ".join([f"mix * {rounds}", *(title for title, _ in layers[1:])])
    output = last.name if last is not None else "token"
    doc = f"A program drawn at random, by the seed {seed!r}."
    return Draft(
        name,
        doc,
        "{" + ", ".join(symbols) + "}" if is_letters else f"0..{size - 1}",
        states,
        tuple(layers),
        run,
        output,
    )
