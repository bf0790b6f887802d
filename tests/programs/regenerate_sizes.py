"""Write `sizes.json` and `programs/README.md` anew: `python -m tests.programs.regenerate_sizes`.

Read the difference before it is committed: a number that grew is a program that got worse.
"""

from __future__ import annotations

from tests.programs.sizes import regenerate

if __name__ == "__main__":
    for path in regenerate():
        print(f"wrote {path.name}")  # noqa: T201
