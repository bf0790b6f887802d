"""Write recorded output in the documentation anew: `python -m tests.docs.regenerate`. Read the difference."""

from __future__ import annotations

from tests.docs.pages import DIFFERS, PAGES, PAGES_WITH_TOOLS, ROOT, run_page


def regenerate() -> None:
    """Rewrite the output of every page in place, and print what only an author can mend."""
    for name in PAGES + PAGES_WITH_TOOLS:
        before = (ROOT / name).read_text(encoding="utf-8")
        renewed, problems = run_page(name)
        if renewed != before:
            (ROOT / name).write_text(renewed, encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201
        for problem in problems:
            if DIFFERS not in problem:
                print(problem)  # noqa: T201


if __name__ == "__main__":
    regenerate()
