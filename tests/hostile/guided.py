"""What the coverage-guided targets share: folders under build/, seeds, options of libFuzzer, the time of one input."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import atheris

from tests.hostile.support import altac, most_seconds, spent

ROOT = Path(__file__).parents[2]
MEGABYTES = 1024


def fuzz(
    name: str,
    seeds: Iterable[tuple[str, bytes]],
    target: Callable[[bytes], None],
    mutate: Callable[[bytes, int, int], bytes],
    words: Iterable[bytes] = (),
    megabytes: int = MEGABYTES,
) -> None:
    """Run libFuzzer until it finds a failure or its time is over; never returns.

    Args:
        name: of the folder under build/fuzz that holds the corpus and what was found.
        seeds: names and contents of the first inputs.
        target: raises whatever counts as a failure.
        mutate: a new input from an old one, its greatest size and a seed.
        words: texts that libFuzzer puts into inputs.
    """
    folder = ROOT / "build" / "fuzz" / name
    given = [one for one in sys.argv[1:] if not one.startswith("-")]
    corpus = Path(given[0]) if given else folder / "corpus"
    for path in (corpus, folder / "found"):
        path.mkdir(parents=True, exist_ok=True)
    for file, data in seeds:
        (corpus / file).write_bytes(data)
    dictionary = folder / "words.txt"
    escaped = ["".join(f"\\x{byte:02x}" for byte in word) for word in words]
    dictionary.write_text("".join(f'"{word}"\n' for word in escaped))
    options = {
        "timeout": "600",  # of the clock, for what hangs
        "rss_limit_mb": str(megabytes),
        "max_len": "65536",
        "artifact_prefix": f"{folder / 'found'}/",
        **({"dict": str(dictionary)} if escaped else {}),
        "print_final_stats": "1",
    }
    written = {one.lstrip("-").split("=")[0] for one in sys.argv[1:] if one.startswith("-")}
    arguments = [f"-{key}={value}" for key, value in options.items() if key not in written]
    more = [] if given else [str(corpus)]
    atheris.Setup([*sys.argv, *arguments, *more], timed(name, target), custom_mutator=mutate)
    atheris.Fuzz()


def timed(name: str, target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, which also fails when an input takes too long; it is slower here, so the command itself decides."""
    suspect = ROOT / "build" / "fuzz" / name / "suspect.alta"

    def one(data: bytes) -> None:
        start = time.process_time()
        target(data)
        seconds = time.process_time() - start
        if seconds > most_seconds() and name == "parser":
            suspect.write_bytes(data)
            begun = spent()
            altac("check", suspect)
            seconds = spent() - begun
        if seconds > most_seconds():
            raise TimeoutError(f"{seconds:.1f} s of processor time for one input")

    return one


def pick(random: Any, options: list[Any]) -> Any:
    return options[random.randrange(len(options))]
