"""Write every `NAME.err` anew: `python -m tests.errors.regenerate`. Read the difference before it is committed."""

from __future__ import annotations

from tests.errors.golden import golden_text, programs


def regenerate() -> list[str]:
    """The names of the files that changed."""
    changed = []
    for path in programs():
        golden = path.with_suffix(".err")
        text = golden_text(path)
        if not golden.exists() or golden.read_text(encoding="utf-8") != text:
            golden.write_text(text, encoding="utf-8")
            changed.append(golden.name)
    return changed


if __name__ == "__main__":
    for name in regenerate():
        print(f"wrote {name}")  # noqa: T201
