"""All of SCAN, by each program for it: `python -m tests.programs.scan_full [--seed S] [--drawn N] [--compared N]`.

The interpreter runs every command of the grammar against the reference; the weights run commands drawn at random, and
on some of those the whole state is compared after every layer. Exit status 1 on any error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from random import Random, SystemRandom
from time import perf_counter

from altac.driver import DEFAULT_LEVEL
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import Engine, run_texts
from tests.programs.scan_reference import actions, all_commands
from tests.support import program

PROGRAMS = ("scan", "scan_parser")
COMMANDS = 20_910
PIECE = 2_000  # commands between two progress lines


def wrong_answers(engine: Engine, commands: Sequence[str], what: str) -> list[str]:
    """One line for every command that an engine gets wrong."""
    wrong = []
    begin = perf_counter()
    for start in range(0, len(commands), PIECE):
        piece = commands[start : start + PIECE]
        for command, result in zip(piece, run_texts(engine, piece), strict=True):
            found = result.error.message if result.error else result.text(engine.interface)
            expected = " ".join(actions(command))
            if found != expected:
                wrong.append(f"`{command}`: expected {expected}, found {found}")
        say(f"  {what}: {start + len(piece):,} of {len(commands):,}, {len(wrong)} wrong")
    say(f"{what}: {len(commands):,} commands, {len(wrong)} wrong, {perf_counter() - begin:.1f} s")
    return wrong


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser(description="Run all commands of SCAN.")
    parser.add_argument("--seed", type=int, default=None, help="of the commands drawn for the weights")
    parser.add_argument("--drawn", type=int, default=500, help="commands run by the weights")
    parser.add_argument("--compared", type=int, default=50, help="commands whose states are compared")
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL, help="of optimisation")
    options = parser.parse_args()
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed

    commands = all_commands()
    assert len(set(commands)) == len(commands) == COMMANDS
    drawn = Random(seed).sample(commands, options.drawn)
    say(f"commands for the weights drawn with --seed {seed}")
    wrong = [line for name in PROGRAMS for line in errors(name, options.level, commands, drawn, options.compared)]
    for line in wrong[:20]:
        say(line)
    say("SCAN: all right" if not wrong else f"SCAN: {len(wrong)} errors")
    return 1 if wrong else 0


def errors(name: str, level: int, commands: Sequence[str], drawn: Sequence[str], compared: int) -> list[str]:
    """One line for everything that one program gets wrong."""
    compiled = program(name, level)
    stats = compiled.stats()
    say(f"{name} at -O{level}: {stats['hidden_units']:,} hidden units, {stats['parameters']:,} parameters")
    wrong = wrong_answers(compiled.interpreter, commands, "interpreter")
    wrong += wrong_answers(compiled.model, drawn, "weights")
    difference = compare_engines(compiled.interpreter, compiled.model, drawn[:compared])
    if difference is not None:
        wrong.append(f"the engines part: {difference}")
    say(f"states compared after every layer on {min(compared, len(drawn))} commands: {difference or 'equal'}")
    return [f"{name}: {line}" for line in wrong]


if __name__ == "__main__":
    sys.exit(main())
