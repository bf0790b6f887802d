"""E0638: files of words with classes or vectors that cannot be used."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.run_errors import RunFailed


@record
class BadClasses(RunFailed):
    """A line that says nothing of a word; `where` says which."""

    code = "E0638"


@record
class NoClass(BadClasses):
    title = "nothing stands behind `{word}`"
    help = "write a word and its classes in each line, as `Rome city`, or a word and the numbers of its vector"
    word: str


@record
class OtherColumns(BadClasses):
    title = "{found} behind the word, where the first line has {wanted:,}"
    help = "say the same of every word; a class that is not known may be `-`"
    found: str  # as "3 columns"
    wanted: int


@record
class NoVector(BadClasses):
    title = "what stands behind `{word}` is not {wanted:,} numbers"
    help = "lines of more than {most} columns are vectors: give numbers alone, or no more classes than that"
    word: str
    wanted: int
    most: int


@record
class WordTwice(BadClasses):
    title = "`{word}` is in line {first:,}, too"
    help = "keep one of the lines"
    word: str
    first: int


@record
class NoClasses(Diagnostic):
    code = "E0638"
    title = "`{path}` holds no words"
    help = "write a word and its classes in each line, as `Rome city`, or a word and the numbers of its vector"
    path: str
