"""Runs where altac is not: the statements of a session, of which it prints every one with what it gives."""

import contextlib
import doctest
import io
import os
import sys
import traceback
from pathlib import Path

os.environ["HF_HOME"] = str(Path.cwd() / "home")
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

names = {}
for block in Path(sys.argv[1]).read_text(encoding="utf-8").split("\0"):
    pieces = []
    for example in doctest.DocTestParser().get_examples(block):
        first, *others = example.source.rstrip("\n").split("\n")
        pieces += [f">>> {first}\n", *(f"... {line}".rstrip() + "\n" for line in others)]
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                exec(compile(example.source, "<docs>", "single"), names)
            except ValueError as error:  # as doctests show it
                output.write("Traceback (most recent call last):\n    ...\n")
                output.write("".join(traceback.format_exception_only(error)))
        pieces.append(output.getvalue())
    sys.stdout.write("".join(pieces) + "\0")
