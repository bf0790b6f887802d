"""The seven tasks, as their authors draw them, without the symbols that they put around a text.

Symbols are letters. `most_freq` fills up its output with `.`, for which the authors take the symbol of the beginning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

Text = list[str]
LETTERS = "abcdef"
PAIRS = ("()", "{}")
LONGEST_BRACKETS = 15


def reverse(text: Text) -> Text:
    return text[::-1]


def hist(text: Text) -> Text:
    """How often the own symbol occurs."""
    counts = Counter(text)
    return [str(counts[symbol]) for symbol in text]


def double_hist(text: Text) -> Text:
    """How many symbols occur as often as the own one."""
    counts = Counter(text)
    alike = Counter(counts.values())
    return [str(alike[counts[symbol]]) for symbol in text]


def most_freq(text: Text) -> Text:
    """The symbols by how often they occur; those that occur as often, by their first place."""
    counts = Counter(text)  # in the order of first places, which sorting keeps
    ranked = sorted(counts, key=lambda symbol: -counts[symbol])
    return ranked + ["."] * (len(text) - len(ranked))


def brackets(text: Text) -> Text:
    """For each position whether the text up to there is balanced (T), may become so (P), or never will (F)."""
    closes = {close: opening for opening, close in PAIRS}
    opened: Text = []
    found: Text = []
    for symbol in text:
        if found and found[-1] == "F":
            found.append("F")
        elif symbol not in closes:
            opened.append(symbol)
            found.append("P")
        elif opened and opened[-1] == closes[symbol]:
            opened.pop()
            found.append("P" if opened else "T")
        else:
            found.append("F")
    return found


def letters(random: Random, kinds: int, longest: int) -> Text:
    return random.choices(LETTERS[:kinds], k=random.randint(1, longest))


def some_brackets(random: Random, kinds: int) -> Text:
    """Half of the texts begin with balanced brackets, the others are drawn symbol by symbol."""
    text: Text = []
    if random.random() < 0.5:
        for _ in range((LONGEST_BRACKETS + 1) // 2):
            opening, close = random.choice(PAIRS[:kinds])
            text = [*text, opening, close] if random.random() < 0.5 else [opening, *text, close]
    symbols = list("".join(PAIRS[:kinds]))
    return (text + random.choices(symbols, k=LONGEST_BRACKETS))[:LONGEST_BRACKETS]


TASKS: dict[str, tuple[Callable[[Random], Text], Callable[[Text], Text]]] = {
    "reverse": (lambda random: letters(random, 5, 6), reverse),
    "hist": (lambda random: letters(random, 6, 7), hist),
    "double_hist": (lambda random: letters(random, 6, 7), double_hist),
    "sort": (lambda random: letters(random, 5, 6), sorted),
    "most_freq": (lambda random: letters(random, 6, 7), most_freq),
    "dyck1": (lambda random: some_brackets(random, 1), brackets),
    "dyck2": (lambda random: some_brackets(random, 2), brackets),
}


def examples(task: str, seed: int = 0, draws: int | None = None) -> Iterator[tuple[Text, Text]]:
    """Different inputs with their outputs; without end, unless a number of draws is given."""
    draw, answer = TASKS[task]
    random, seen = Random(f"{task} {seed}"), set[str]()
    for _ in count() if draws is None else range(draws):
        text = draw(random)
        if "".join(text) not in seen:
            seen.add("".join(text))
            yield text, answer(text)


def longer(task: str, seed: int = 0) -> Iterator[tuple[Text, Text]]:
    """Inputs with their outputs that are longer than all of `examples`, up to twice as long, without end."""
    random = Random(f"{task} longer {seed}")
    while True:
        draw, answer = TASKS[task]
        text = draw(random) + draw(random)
        if len(text) > LONGEST[task]:
            yield text, answer(text)


LONGEST = {"reverse": 6, "hist": 7, "double_hist": 7, "sort": 6, "most_freq": 7, "dyck1": 15, "dyck2": 15}
