"""Random programs at length: `python -m tests.fuzz.run --count 20000 --seed 0`.

Prints every program that breaks a promise and how, and exits 1 if there is one.
"""

import argparse
import os
import sys
import time
import traceback
from multiprocessing import Pool

from tests.fuzz.generator import random_program
from tests.fuzz.properties import failure


def one(seed: int) -> tuple[int, str | None]:
    try:
        return seed, failure(random_program(seed))
    except Exception:
        return seed, traceback.format_exc()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    start = time.monotonic()
    found = 0
    seeds = range(options.seed, options.seed + options.count)
    with Pool(options.processes) as pool:
        for number, (seed, problem) in enumerate(pool.imap_unordered(one, seeds, chunksize=20), 1):
            if problem is not None:
                found += 1
                sys.stdout.write(f"--- seed {seed}: {problem}\n{random_program(seed)}\n")
            if number % 1000 == 0:
                sys.stderr.write(f"{number} programs, {found} failures, {time.monotonic() - start:.0f} s\n")
    sys.stdout.write(f"{options.count} programs from seed {options.seed}, {found} failures\n")
    return int(found > 0)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
