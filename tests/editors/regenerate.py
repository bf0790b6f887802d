"""`python -m tests.editors.regenerate` writes what `editors/` has of the grammar."""

from tests.editors.textmate import TEXTMATE, text

if __name__ == "__main__":
    TEXTMATE.write_text(text(), encoding="utf-8")
