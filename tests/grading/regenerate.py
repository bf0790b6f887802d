"""Write the cases of all exercises anew: `python -m tests.grading.regenerate`."""

from __future__ import annotations

from altac.grading.exercise import CASES, folders
from tests.grading.oracles import cases


def regenerate() -> list[str]:
    """The exercises whose cases changed."""
    changed = []
    for name, folder in folders().items():
        path, text = folder / CASES, cases(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    for name in regenerate():
        print(f"wrote the cases of {name}")  # noqa: T201
