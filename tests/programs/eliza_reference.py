"""ELIZA in plain Python: patterns are regular expressions, answers take turns in iterators, and memory is a queue."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle import Oracle
from tests.support import PROGRAMS

USER, ELIZA, OTHER = "<user>", "<eliza>", "<other>"
DOCTOR = PROGRAMS / "eliza" / "doctor.alta"

Rule = tuple[str, Sequence[Sequence[str]], int, Sequence[Sequence[str]]]  # keyword, pattern, kept gap, answers


@dataclass(frozen=True)
class Script:
    """The constants of a script."""

    path: Path = DOCTOR

    @cached_property
    def constants(self) -> dict[str, Any]:
        names = Oracle(self.path.read_text(encoding="utf-8")).names
        return {name: value() for name, value in names.items()}

    def table(self, name: str) -> dict[str, str]:
        return dict(self.constants[name].values())

    @cached_property
    def exchange(self) -> dict[str, str]:
        return self.table("EXCHANGE")

    @cached_property
    def alike(self) -> dict[str, str]:
        return self.table("ALIKE")

    @cached_property
    def rules(self) -> list[Rule]:
        return list(self.constants["RULES"])

    @cached_property
    def keywords(self) -> list[str]:
        """By rank."""
        return list(dict.fromkeys(keyword for keyword, *_ in self.rules))

    @cached_property
    def plain(self) -> list[str]:
        return sorted(self.constants["PLAIN"])

    @cached_property
    def words(self) -> list[str]:
        """All that is understood."""
        return sorted({*self.plain, *self.exchange, *self.alike, *self.keywords})

    def said_for(self, word: str) -> list[str]:
        """What the user can have said where this is heard."""
        return [before for before, after in self.exchange.items() if after == word] or [word]


def expression(pieces: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """A pattern, for a sentence with a blank before every word; its groups are the gaps."""
    parts = ["((?: [^ ]+)*?)" + "".join(f" {re.escape(word)}(?= |$)" for word in piece) for piece in pieces]
    return re.compile("".join(parts) + "((?: [^ ]+)*)")


@dataclass
class Doctor:
    """ELIZA in one dialogue."""

    script: Script
    turns: dict[object, Iterator[Sequence[str]]] = field(default_factory=dict)
    memory: deque[str] = field(default_factory=deque)
    said: list[Sequence[str]] = field(default_factory=list)  # answers as they stand in the script

    def reply(self, sentence: Sequence[str]) -> list[str]:
        """The answer to the next sentence."""
        known, script = set(self.script.words), self.script
        words = [word if word in known else OTHER for word in sentence]
        found = {script.alike.get(word, word) for word in words}
        text = "".join(f" {script.exchange.get(word, word)}" for word in words)
        for keyword in script.keywords:
            rules = [(number, rule) for number, rule in enumerate(script.rules) if rule[0] == keyword]
            for number, (_, pieces, kept, answers) in rules if keyword in found else ():
                match = expression(pieces).fullmatch(text)
                if match is None:
                    continue
                gap = match.group(kept + 1)
                if keyword == script.constants["REMEMBERED"]:
                    self.memory.append(gap)
                return self.next_of(number, answers, gap)
        if self.memory:
            return self.next_of("memory", script.constants["MEMORIES"], self.memory.popleft())
        return self.next_of("nothing", script.constants["NOTHING"], text)

    def next_of(self, turn: object, answers: Sequence[Sequence[str]], gap: str) -> list[str]:
        answer = next(self.turns.setdefault(turn, cycle(answers)))
        self.said.append(answer)
        return " ".join(gap if word == "..." else word for word in answer).split()


def last_reply(dialogue: Sequence[str], script: Script) -> list[str]:
    """The answer to the last sentence of the user in a dialogue that begins with the user."""
    return converse(dialogue, Doctor(script))[-1]


def converse(dialogue: Sequence[str], doctor: Doctor) -> list[list[str]]:
    """The answers to all sentences of the user."""
    speaker, sentence, answers = USER, list[str](), []
    for word in [*dialogue, ELIZA]:
        if word not in (USER, ELIZA):
            sentence.append(word)
            continue
        if speaker == USER:
            answers.append(doctor.reply(sentence))
        sentence, speaker = [], word
    return answers


def sentence(random: Random, script: Script, rules: Sequence[Rule], longest: int) -> list[str]:
    """Words of the user: often a keyword, or a pattern as the user has to say it, with something in the gaps."""
    words = random.choice([script.words, script.plain, script.plain, [OTHER, "unheard"]])
    some: list[str] = []
    if random.random() < 0.7:
        keyword, pieces, _, _ = random.choice(rules)
        some = [] if pieces else [keyword]
        for piece in pieces:
            some += random.choices(words, k=random.choice([0, 0, 0, 1, 2]))
            some += [random.choice(script.said_for(word)) for word in piece]
    some += random.choices(words, k=random.choice([0, 0, 1, 2, 3, 4, 30]))
    return some[:longest]


def dialogue(random: Random, script: Script, length: int) -> list[str]:
    """Sentences of up to so many words and marks in all; answers stand between some of them, right ones and others."""
    rules = random.sample(script.rules, random.choice([1, 2, 3, len(script.rules)]))
    longest = random.choice([3, 5, 8, length])
    some = sentence(random, script, rules, longest)
    while True:
        talk = random.choice([[], [ELIZA, *last_reply(some, script)], [ELIZA, *sentence(random, script, rules, 5)]])
        more = [*some, *talk, USER, *sentence(random, script, rules, longest)]
        if len(more) > length:
            return random.choice([some, more])[:length]
        some = more
