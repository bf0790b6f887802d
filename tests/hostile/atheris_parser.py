"""Coverage-guided: any bytes as a program's file end in a program or in diagnostics that can be shown.

`python -m tests.hostile.atheris_parser -max_total_time=1800`, or `make atheris-parser`.
"""

from __future__ import annotations

import os
import random
import re
import sys

import atheris

with atheris.instrument_imports(include=["altac"]):  # Lark runs tables: its own lines say nothing of the input
    from altac.check import scope
    from tests.hostile.support import explained

from tests.hostile.guided import ROOT, fuzz, pick

scope.MOST_STEPS //= 4  # instrumented, a step takes about four times as long

PIECE = re.compile(rb"\w+|[ \t]+|\r?\n|\"[^\"\n]*\"|[^\w\s]+|\s")


def target(data: bytes) -> None:
    explained(data)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Half of the time bytes change, otherwise words and lines: the grammar lets few changes of bytes pass."""
    draw = random.Random(seed)
    if draw.random() < 0.4:
        return bytes(atheris.Mutate(data, most))
    lines = draw.random() < 0.3
    pieces: list[bytes] = data.splitlines(keepends=True) if lines else PIECE.findall(data)
    if not pieces:
        return bytes(atheris.Mutate(data, most))
    for _ in range(draw.randint(1, 4)):
        here, there = draw.randrange(len(pieces)), draw.randrange(len(pieces))
        match draw.randrange(5):
            case 0:
                pieces[here] = pieces[there]
            case 1:
                pieces.insert(here, pieces[there])
            case 2:
                pieces[here], pieces[there] = pieces[there], pieces[here]
            case 3:
                pieces[here : here + draw.randint(1, 4)] = []
            case 4:
                pieces[here] = pick(draw, WORDS)
        pieces = pieces or [b"\n"]
    return b"".join(pieces)[:most]


WORDS = [
    *(word.encode() for word in re.findall(r'"([^"]+)"', (ROOT / "grammar" / "alta.lark").read_text("utf-8"))),
    *(b"token position bool min max abs clamp len key. query. program".split()),
    *(b"0 1 2 9 10 100 10000 99999 100000 1000000000000 0.5 1/3 -1 ..0 0.. {} [] () {1,2} {\"a\"} \"\" \"a\"".split()),
    b"\n", b"    ", b"\n    ", b"\n\n", b"\t", b"\r\n", b"\xef\xbb\xbf", b"\xff", b"\x00", b"#", b'"""', b"\xc3\xa9",
]  # fmt: skip


def main() -> None:
    folder = ROOT / "build" / "fuzz" / "parser" / "empty"  # imports look here
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted([*ROOT.glob("programs/*.alta"), *ROOT.glob("tests/errors/*.alta")])
    seeds = [(path.name, path.read_bytes()) for path in paths]
    sys.argv[1:] = [one if one.startswith("-") else os.path.abspath(one) for one in sys.argv[1:]]  # noqa: PTH100
    os.chdir(folder)
    fuzz("parser", seeds, target, mutate, WORDS)


if __name__ == "__main__":
    main()
