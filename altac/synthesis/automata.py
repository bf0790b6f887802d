"""Programs that read a text symbol by symbol, in a state of which there are few: finite automata from examples.

All beginnings of the inputs form a tree, and those with a known output are marked with it. Its nodes are merged into
states by evidence: of all merges that contradict no mark the one that most marks agree with comes first, and a node
that can be merged with no state becomes one (*blue fringe*; Lang, Pearlmutter and Price, 1998, *Results of the
Abbadingo One DFA Learning Competition and a New Evidence-Driven State Merging Algorithm*).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from altac.diagnostics import Source
from altac.ir.values import Domain, Value, source_text, value_key
from altac.syntax.format import format_source
from altac.synthesis.examples import Examples

MOST_STATES = 12
EVIDENCE = 8  # known outputs for each state and symbol, fewer of which say too little


@dataclass(frozen=True)
class Automaton:
    """States from 0, the first, on.

    Attributes:
        moves: the next state, for each state and symbol; where no example says which, the same one.
        outputs: of each state; None if no example asks for it.
        guessed: of how many of the moves no example says anything.
    """

    symbols: tuple[Value, ...]
    moves: tuple[tuple[int, ...], ...]
    outputs: tuple[Value | None, ...]
    guessed: int
    backwards: bool


class Merger:
    """A tree of beginnings, of which some nodes have become states."""

    def __init__(self, examples: Examples, backwards: bool = False) -> None:
        self.symbols = tuple(examples.alphabet)
        codes = {value_key(symbol): code for code, symbol in enumerate(self.symbols)}
        self.next: list[dict[int, int]] = [{}]
        self.mark: list[object] = [None]  # the key of an output
        self.values = {value_key(value): value for value in examples.answers}
        for text, output in zip(examples.inputs, examples.outputs, strict=True):
            node, step = 0, -1 if backwards else 1
            for place in range(len(text))[::step]:
                node = self._child(node, codes[value_key(text[place])])
                if examples.shape == "each":
                    self.mark[node] = value_key(output[place])
            if examples.at_last and text:
                self.mark[node] = value_key(output[0])
        self.marks = sum(mark is not None for mark in self.mark)

    def _child(self, node: int, code: int) -> int:
        if code not in self.next[node]:
            self.next[node][code] = len(self.next)
            self.next.append({})
            self.mark.append(None)
        return self.next[node][code]

    def states(self, stop: Callable[[], bool]) -> list[int] | None:
        """The nodes that become states; None if there are too many for the evidence, or there is no time."""
        states = [0]
        most = min(MOST_STATES, self.marks // (EVIDENCE * max(1, len(self.symbols))))
        while not stop():
            fringe = [
                (state, code, node)
                for state in states
                for code, node in sorted(self.next[state].items())
                if node not in states
            ]
            if not fringe:
                return states
            best: tuple[int, int, int, int, int] | None = None
            for state, code, node in fringe:
                scores = [(score, other) for other in states if (score := self._agreement(other, node)) is not None]
                if not scores:
                    states.append(node)
                    break
                score, other = max(scores, key=lambda found: found[0])
                if best is None or score > best[0]:
                    best = (score, state, code, node, other)
            else:
                assert best is not None
                _, state, code, node, other = best
                self.next[state][code] = other
                self._merge(other, node, [])
            if len(states) > most:
                return None
        return None

    def _agreement(self, state: int, node: int) -> int | None:
        """How many marks agree if a node is merged with a state; None if some do not."""
        undo: list[Callable[[], object]] = []
        score = self._merge(state, node, undo)
        for step in reversed(undo):
            step()
        return score

    def _merge(self, state: int, node: int, undo: list[Callable[[], object]]) -> int | None:
        """Merge a node and all below it; `undo` gets what takes back each change."""
        score = 0
        waiting = [(state, node)]
        while waiting:
            one, other = waiting.pop()
            if self.mark[other] is not None:
                if self.mark[one] is None:
                    undo.append(lambda one=one: self.mark.__setitem__(one, None))  # type: ignore[misc]
                    self.mark[one] = self.mark[other]
                elif self.mark[one] != self.mark[other]:
                    return None
                else:
                    score += 1
            for code, below in self.next[other].items():
                if code in self.next[one]:
                    waiting.append((self.next[one][code], below))
                else:
                    undo.append(lambda one=one, code=code: self.next[one].pop(code))  # type: ignore[misc]
                    self.next[one][code] = below
        return score


def automaton_of(examples: Examples, stop: Callable[[], bool], backwards: bool = False) -> Automaton | None:
    """A small automaton that agrees with all examples; None if none is found.

    Args:
        backwards: whether it reads from the right to the left.
    """
    merger = Merger(examples, backwards)
    states = merger.states(stop)
    if states is None or len(states) < 2:
        return None
    number = {node: place for place, node in enumerate(states)}
    codes = range(len(merger.symbols))
    moves = tuple(tuple(number[merger.next[node].get(code, node)] for code in codes) for node in states)
    outputs = tuple(merger.values.get(merger.mark[node]) for node in states)
    guessed = sum(code not in merger.next[node] for node in states for code in codes)
    return Automaton(merger.symbols, moves, outputs, guessed, backwards)


def automaton_text(automaton: Automaton, examples: Examples, name: str) -> str:
    """The text of a program: one position after the other takes the state of its neighbour one symbol further."""
    side, at = ("right", "+1") if automaton.backwards else ("left", "-1")
    outputs = automaton.outputs
    named = None not in outputs and len(set(map(value_key, outputs))) == len(outputs)
    states: tuple[Value, ...] = outputs if named else tuple(range(len(outputs)))
    rows = "".join(
        f"    {source_text(states[place])}: {_table(automaton.symbols, [states[to] for to in row])},\n"
        for place, row in enumerate(automaton.moves)
    )
    first, last = source_text(states[0]), " at last" if examples.at_last else ""
    lines = [
        f"program {name}",
        f"const NEXT = {{  # the state after each, by what is read\n{rows}}}",
        f"input text: {examples.alphabet}",
        f"var state: {Domain.of(states)} = {first}\nvar read: bool = false",
        f"layer read_on:\n    head state_{side} = state at {at} else {first}\n"
        f"    head read_{side} = read at {at} else true\n"
        f"    if not read and read_{side}:\n        state := NEXT[state_{side}][token]\n        read := true",
    ]
    causal = "causal\n" if examples.shape == "next" else ""
    if named:
        lines += ["run read_on until read", f"{causal}output state{last}"]
    else:
        known = next(value for value in outputs if value is not None)
        answers = _table(states, [known if value is None else value for value in outputs])
        lines += [f"layer answer:\n    var answer = {answers}[state]", "run read_on until read, answer"]
        lines += [f"{causal}output answer{last}"]
    return format_source(Source(f"{name}.alta", "\n\n".join(lines) + "\n"))


def _table(keys: tuple[Value, ...], values: list[Value]) -> str:
    entries = (f"{source_text(key)}: {source_text(value)}" for key, value in zip(keys, values, strict=True))
    return f"{{{', '.join(entries)}}}"
