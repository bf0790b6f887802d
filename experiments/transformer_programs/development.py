"""Small tasks that the grammar of the search was developed with: which of them are found, and do they hold for longer?

python -m experiments.transformer_programs.development              # all, into build/development
python -m experiments.transformer_programs.development palindrome --time 60s

None is one of the seven tasks of the paper, nor of those of Delétang et al. (2023, *Neural Networks and the Chomsky
Hierarchy*), from which the unseen ones are drawn.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from altac.cli.main import run
from altac.synthesis import read_examples
from altac.synthesis.candidates import Candidate
from altac.synthesis.examples import Examples, Shape

LEARNED, UNSEEN = 200, 500
LONGEST = 10  # symbols that are learned from; measured also with as many again

Text = list[Any]


class Task(NamedTuple):
    """What is asked, of random texts over an alphabet unless `draw` says otherwise."""

    answer: Callable[[Text], Text]
    alphabet: Text
    shape: Shape = "each"
    draw: Callable[[Random, int], Text] | None = None


def yes(flag: object) -> Text:
    return ["yes" if flag else "no"]


def prefixes(text: Text) -> Iterator[Text]:
    for place in range(len(text)):
        yield text[: place + 1]


def runs(text: Text) -> list[int]:
    return [len(list(group)) for _, group in groupby(text)]


def states(start: str, moves: dict[str, dict[str, str]]) -> Callable[[Text], Text]:
    """The states of an automaton, which stays where no move is named."""

    def answer(text: Text) -> Text:
        state, found = start, []
        for symbol in text:
            state = moves[state].get(symbol, state)
            found.append(state)
        return found

    return answer


def last_vowel(text: Text) -> Text:
    return [next((one for one in reversed(begun[:-1]) if one in "ae"), "-") for begun in prefixes(text)]


def distance(text: Text) -> Text:
    """How far behind the same symbol stood the last time; 0 for a new one."""
    return [next((at for at in range(1, len(one)) if one[-1 - at] == one[-1]), 0) for one in prefixes(text)]


def rotated(text: Text) -> Text:
    return [text[(place + text[0]) % len(text)] for place in range(len(text))]


def deepest(text: Text) -> Text:
    depth = greatest = 0
    for symbol in text:
        depth += 1 if symbol == "(" else -1
        greatest = max(greatest, depth)
    return [greatest]


def marked(random: Random, length: int) -> Text:
    text = random.choices("abcd", k=max(1, length - 1))
    text.insert(random.randrange(len(text)), "#")
    return text


def nearly_mirrored(random: Random, length: int) -> Text:
    half = random.choices("abc", k=(length + 1) // 2)
    text = half + half[: length // 2][::-1]
    if random.random() < 0.5:
        text[random.randrange(length)] = random.choice("abc")
    return text


def nearly_sorted(random: Random, length: int) -> Text:
    text = sorted(random.choices("abcd", k=length))
    if random.random() < 0.5:
        text[random.randrange(length)] = random.choice("abcd")
    return text


def pairs(random: Random, length: int) -> Text:
    """Keys, each with its value, and one of the keys again."""
    keys = random.sample("abcde", k=max(1, min(5, (length - 1) // 2)))
    return [one for key in keys for one in (key, random.choice("0123"))] + [random.choice(keys)]


def decreased(text: Text) -> Text:
    """A binary number minus one; zero stays."""
    number = max(0, int("".join(text), 2) - 1)
    return list(f"{number:0{len(text)}b}")


def next_greater(text: Text) -> Text:
    return [next((one for one in text[place:] if one > symbol), "-") for place, symbol in enumerate(text)]


def looked_up(text: Text) -> Text:
    """For each position what followed where the same symbol stood first; `-` for the last of all."""
    return [[*text, "-"][text.index(symbol) + 1] for symbol in text]


MODES = {"idle": {"s": "run"}, "run": {"p": "wait", "x": "idle"}, "wait": {"p": "run", "x": "idle"}}
FLOORS = {"0": {"u": "1"}, "1": {"u": "2", "d": "0"}, "2": {"u": "3", "d": "1"}, "3": {"d": "2"}}

TASKS: dict[str, Task] = {
    "first_repeats": Task(lambda text: yes(text[0] in text[1:]), list("abcd"), "one"),
    "last_vowel": Task(last_vowel, list("abcde")),
    "run_length": Task(lambda text: [runs(begun)[-1] for begun in prefixes(text)], list("ab")),
    "longest_run": Task(lambda text: [max(runs(text))], list("ab"), "one"),
    "distinct": Task(lambda text: [len(set(text))], list("abcde"), "one"),
    "palindrome": Task(lambda text: yes(text == text[::-1]), list("abc"), "one", nearly_mirrored),
    "mirrored": Task(lambda text: [one == other for one, other in zip(text, text[::-1], strict=True)], list("abc")),
    "is_sorted": Task(lambda text: yes(text == sorted(text)), list("abcd"), "one", nearly_sorted),
    "majority": Task(
        lambda text: ["a" if 2 * text.count("a") > len(text) else "b" if 2 * text.count("a") < len(text) else "tie"],
        list("ab"),
        "one",
    ),
    "no_neighbours": Task(lambda text: yes(all(map(str.__ne__, text, text[1:]))), list("abcd"), "one"),
    "turned": Task(lambda text: [text[-1], *text[:-1]], list("abcd")),
    "halves": Task(lambda text: text[len(text) // 2 :] + text[: len(text) // 2], list("abcd")),
    "seen": Task(lambda text: ["old" if one[-1] in one[:-1] else "new" for one in prefixes(text)], list("abcde")),
    "deepest": Task(deepest, list("()"), "one"),
    "ends_ab": Task(lambda text: [one[-2:] == ["a", "b"] for one in prefixes(text)], list("abc")),
    "pattern": Task(lambda text: [one[-3:] == ["a", "b", "c"] for one in prefixes(text)], list("abc")),
    "thirds": Task(lambda text: yes(int("".join(text), 2) % 3 == 0), list("01"), "one"),
    "modes": Task(states("idle", MODES), list("spxo")),
    "floors": Task(states("0", FLOORS), list("ud")),
    "middle": Task(lambda text: [text[len(text) // 2]], list("abcd"), "one"),
    "distance": Task(distance, list("abcd")),
    "rotated": Task(rotated, [0, 1, 2, 3, 4]),
    "leading": Task(lambda text: text[1 : 1 + text[0]], [0, 1, 2, 3, 4], "list"),
    "squeezed": Task(lambda text: [key for key, _ in groupby(text)], list("abc"), "list"),
    "singles": Task(lambda text: [one for one in text if Counter(text)[one] == 1], list("abcd"), "list"),
    "third_places": Task(lambda text: [place % 3 == 2 for place in range(len(text))], list("ab")),
    "capped": Task(lambda text: [min(text.count("a"), 3)], list("abc"), "one"),
    "span": Task(lambda text: [max(text) - min(text)], list(range(7)), "one"),
    "half_count": Task(lambda text: [text.count("a") // 2], list("ab"), "one"),
    "after_mark": Task(lambda text: [text[text.index("#") + 1]], list("abcd"), "one", marked),
    "after_greatest": Task(lambda text: [text[(text.index(max(text)) + 1) % len(text)]], list(range(6)), "one"),
    "median": Task(lambda text: [sorted(text)[len(text) // 2]], list(range(7)), "one"),
    "most_frequent": Task(lambda text: [max(text, key=lambda one: (text.count(one), one))], list("abcd"), "one"),
    "times_ab": Task(lambda text: ["".join(text).count("ab")], list("abc"), "one"),
    "before_mark": Task(lambda text: text[: text.index("#")], [], "list", marked),
    "sorted_set": Task(lambda text: sorted(set(text)), list("abcde"), "list"),
    "decreased": Task(decreased, list("01")),
    "next_greater": Task(next_greater, list("abcd")),
    "looked_up": Task(looked_up, list("abcd")),
    "key_value": Task(lambda text: [text[text.index(text[-1]) + 1]], [], "one", pairs),
}


def examples(name: str, shortest: int, longest: int) -> Iterator[tuple[Text, Text]]:
    """Different inputs with their outputs, without end."""
    task, random, seen = TASKS[name], Random(f"{name} {longest}"), set[str]()
    while True:
        length = random.randint(shortest, longest)
        text = task.draw(random, length) if task.draw else random.choices(task.alphabet, k=length)
        key = " ".join(map(str, text))
        if key not in seen:
            seen.add(key)
            yield text, task.answer(text)


def write(path: Path, rows: list[tuple[Text, Text]]) -> None:
    def line(text: Text) -> str:
        return " ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in text)

    path.write_text("".join(f"{line(text)} -> {line(output)}\n" for text, output in rows), encoding="utf-8")


def share(candidate: Candidate, tests: Examples) -> str:
    score = candidate.score(tests)
    return f"{100 * score.right / score.examples:.1f}"


def learn(name: str, folder: Path, limit: str) -> str:
    """Learn a task from a file of examples; a row of the table of results."""
    rows = list(islice(examples(name, 1, LONGEST), LEARNED + UNSEEN))
    files = [folder / f"{name}{suffix}" for suffix in (".txt", "_unseen.txt", "_longer.txt")]
    longer = list(islice(examples(name, LONGEST + 1, 2 * LONGEST), UNSEEN))
    for path, some in zip(files, (rows[:LEARNED], rows[LEARNED:], longer), strict=True):
        write(path, some)
    program, shape = folder / f"{name}.alta", TASKS[name].shape
    program.unlink(missing_ok=True)
    begin = time.process_time()
    code = run(["learn", str(files[0]), "-o", str(program), "--shape", shape, "--time", limit, "--engine", "search"])
    seconds = time.process_time() - begin
    if not program.exists():
        return f"| {name} | nothing | {seconds:.0f} | | | |"
    text = program.read_text(encoding="utf-8")
    shares = [share(Candidate(text), read_examples(path, shape=shape)) for path in files[1:]]
    lines = len(text.split('"""\n', 1)[1].splitlines())
    return f"| {name} | {'yes' if code == 0 else 'no'} | {seconds:.0f} | {lines} | {' | '.join(shares)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all, if none is named")
    parser.add_argument("--time", default="60s")
    parser.add_argument("--folder", type=Path, default=Path("build/development"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    header = ["| task | found | CPU seconds | lines | right unseen, % | right longer, % |"]
    header += ["| --- | --- | ---: | ---: | ---: | ---: |"]
    rows = (learn(name, arguments.folder, arguments.time) for name in arguments.tasks or TASKS)
    for row in chain(header, rows):
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
