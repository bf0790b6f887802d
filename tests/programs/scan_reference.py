"""The task SCAN, from its grammar and its rules of interpretation (Lake and Baroni, 2018)."""

from __future__ import annotations

from itertools import product

TURN = {"left": ["I_TURN_LEFT"], "right": ["I_TURN_RIGHT"]}
VERB = {"walk": ["I_WALK"], "look": ["I_LOOK"], "run": ["I_RUN"], "jump": ["I_JUMP"], "turn": []}


def all_commands() -> list[str]:
    """Every command of the grammar, 20,910 of them."""
    plain = [verb for verb in VERB if verb != "turn"]
    turned = [" ".join(words) for words in product(VERB, ("", "opposite", "around"), TURN)]
    phrases = [*plain, *(phrase.replace("  ", " ") for phrase in turned)]
    clauses = [f"{phrase} {times}".strip() for phrase, times in product(phrases, ("", "twice", "thrice"))]
    pairs = [" ".join(words) for words in product(clauses, ("and", "after"), clauses)]
    return clauses + pairs


def actions(command: str) -> list[str]:
    """What a command of the grammar asks for, by its outermost word."""
    for conjunction in ("and", "after"):
        if f" {conjunction} " in command:
            left, right = command.split(f" {conjunction} ")
            return actions(left) + actions(right) if conjunction == "and" else actions(right) + actions(left)
    *words, last = command.split()
    match last:
        case "twice":
            return actions(" ".join(words)) * 2
        case "thrice":
            return actions(" ".join(words)) * 3
        case "left" | "right":
            verb, *manner = words
            match manner:
                case ["opposite"]:
                    return TURN[last] * 2 + VERB[verb]
                case ["around"]:
                    return (TURN[last] + VERB[verb]) * 4
            return TURN[last] + VERB[verb]
    return VERB[last]
