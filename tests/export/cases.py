"""The programs of the library as they are exported in tests: how long, how many rounds, and on which inputs."""

from __future__ import annotations

from functools import cache

import numpy as np

from altac.driver import Compiled
from altac.export.request import Request
from tests.support import PROGRAMS, program

SYMBOLS = 9  # of the longest inputs
UNBOUNDED = 32  # symbols of the longest input of a program that takes any number
SHORTER = {"addition": 31, "multiplication": 5, "shortest_path": 16}  # positions; with all that they may have, E0710
ROUNDS = 14  # of every loop
OTHER_ROUNDS = {"shortest_path": 7, "turing": 60}
NUMBERS = ("fraction_before", "linear_model", "moving_average", "pair_balance", "running_mean")  # without a domain
TOO_LARGE = ("eliza", "scan_parser", "subleq")  # E0710: more numbers than a file should have
SLOW = ("solve_equation", "modular_arithmetic_brackets")  # a minute each, or more
LARGE = ("addition_scratchpad", "scan_writer")  # for GPT-2, whose heads share a width that has to be twice the stream's
CAUSAL = (
    *("bigram", "caesar", "copy", "detect_pattern", "dyck1", "dyck2", "dyck3", "induction", "induction_lm"),
    *("language_id", "naive_bayes", "parity", "running_max", "shuffle_dyck", "turing_cot"),
)  # all others that GPT-2 takes


def request(name: str) -> Request:
    one = program(name)
    interface = one.program.interface
    most = SYMBOLS + interface.added_positions
    length = most if interface.most_positions is None else min(most, interface.most_positions)
    return Request(one.model, one, rounds_of(one) if one.program.fixed_layers is None else None, length)


@cache
def greatest(name: str) -> tuple[Request, list[list[int]]]:
    """A program with as many positions as it may have, and inputs that fill them, as far as runs of these end well."""
    one = program(name)
    interface = one.program.interface
    length = SHORTER.get(name, interface.most_positions or UNBOUNDED + interface.added_positions)
    longest, dice = length - interface.added_positions, np.random.default_rng(1)
    symbols = interface.alphabet.values
    words = [[symbols[int(k)] for k in dice.integers(len(symbols), size=longest)] for _ in range(2)]
    room = length - (0 if interface.writing is None else interface.writing.most)
    own = sorted((tokens for tokens in own_inputs(one) if len(tokens) <= room), key=len)
    tried = [*map(interface.frame, words), *own[:-3:-1]]
    rounds = {number: found for number, tokens in enumerate(tried) if (found := rounds_taken(one, tokens)) is not None}
    layers = None if one.program.fixed_layers is not None else max(1, *rounds.values())
    return Request(one.model, one, layers, length), [tried[number] for number in rounds]


def own_inputs(one: Compiled) -> list[list[int]]:
    """Tokens of the inputs that belong to a program."""
    lines = (PROGRAMS / f"{one.program.name}.txt").read_text(encoding="utf-8").splitlines()
    return [one.program.interface.tokens(text) for text in lines]


def rounds_of(one: Compiled) -> int:
    return OTHER_ROUNDS.get(one.program.name, ROUNDS)


def inputs(one: Compiled, length: int) -> list[list[int]]:
    """Tokens of inputs: of no symbol, of one, of some, and of as many as fit; with the program's own that fit.

    A program that writes has read some of what it wrote, where there is room.
    """
    interface, dice = one.program.interface, np.random.default_rng(0)
    longest = length - interface.added_positions
    symbols = interface.alphabet.values
    lengths = (0, 1, 1, longest // 2, longest // 2, longest, longest)
    words = [[symbols[int(k)] for k in dice.integers(len(symbols), size=size)] for size in lengths]
    found = [interface.frame(word) for word in words]
    for tokens in own_inputs(one):
        if len(tokens) + (0 if interface.writing is None else interface.writing.most) <= length:
            found.append(tokens)
    return [tokens for tokens in found if ends_in_time(one, tokens)][:10]


def ends_in_time(one: Compiled, tokens: list[int]) -> bool:
    """Whether a run ends, after as many rounds of each loop as are exported at most."""
    rounds = rounds_taken(one, tokens)
    return rounds is not None and rounds <= rounds_of(one)


def rounds_taken(one: Compiled, tokens: list[int]) -> int | None:
    """The rounds of the loop that takes most; None if the run has no result."""
    loops = {place for entry in one.program.schedule if entry.until is not None for place in entry.layers}
    layers = list(one.interpreter.layers([tokens]))
    if any(layer.errors for layer in layers):
        return None
    return max((layer.round for layer in layers if layer.place in loops), default=0)
