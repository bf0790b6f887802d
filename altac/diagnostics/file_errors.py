"""E0212 to E0215: constants that come from files, what is in these files, and alphabets of many words."""

from __future__ import annotations

from collections.abc import Hashable

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class BadDataFile(Diagnostic):
    """A file that is not opened, or cannot be read."""

    code = "E0212"
    label = "named here"


@record
class FileNotNamed(BadDataFile):
    title = "`{function}` takes the name of one file, between quotes"
    label = "not the name of a file"
    help = 'write `{function}("{example}")`: which files a program reads is known before anything is computed'
    function: str
    example: str


@record
class UnreadableData(BadDataFile):
    title = "cannot read `{path}`: {reason}"
    help = "check the file; its path is relative to the file that names it"
    path: str
    reason: str


@record
class DataFromOutside(BadDataFile):
    title = "cannot read `{path}`: it is not in the folder of the program"
    help = "move it there, or allow its folder: `--imports-from FOLDER` (in Python `imports_from=`)"
    path: str


@record
class DataNotCarried(BadDataFile):
    title = "cannot read `{path}`: the model file does not carry it"
    help = "compile the program again: the weights then carry what it reads"
    path: str


@record
class DataOfText(BadDataFile):
    title = "cannot read `{path}`: this program is a text, and no file that others could lie beside"
    help = "save the program as a file, in one folder with `{path}`"
    path: str


@record
class TooMuchData(BadDataFile):
    title = "with `{path}` the program reads more than {limit:,} characters from files"
    help = "leave out what it does not need"
    path: str
    limit: int


@record
class BadLines(Diagnostic):
    """A file of lines that is no list of symbols."""

    code = "E0213"
    label = "read here"


@record
class EmptyLine(BadLines):
    title = "line {line} of `{path}` is empty, and every line is a symbol"
    help = "remove it; the last line may end with a line break"
    path: str
    line: int


@record
class EmptyFile(BadLines):
    title = "`{path}` is empty, and each of its lines would be a symbol"
    help = "write one symbol on each line"
    path: str


@record
class TooManyLines(BadLines):
    title = "`{path}` has more than {limit:,} lines"
    help = "use fewer, such as the most frequent words"
    path: str
    limit: int


@record
class BadTable(Diagnostic):
    """A file of JSON that is no value of alta."""

    code = "E0214"
    label = "read here"


@record
class NotJsonText(BadTable):
    title = "`{path}` is not JSON: {problem}"
    help = 'it holds one value, such as `{{"a": 1, "b": [0.5, true]}}`'
    path: str
    problem: str


@record
class KeyTwice(BadTable):
    title = "an object in `{path}` has the key {key} twice"
    help = "keep one of them"
    path: str
    key: str


@record
class NotOneNumber(BadTable):
    title = "`{path}` holds the number {number}, which {why}"
    help = "write a whole number or a decimal of at most {digits} digits"
    path: str
    number: str
    why: str
    digits: int


@record
class TableTooDeep(BadTable):
    title = "`{path}` is nested more than {limit} levels deep"
    help = "use fewer tables and lists inside each other"
    path: str
    limit: int


@record
class TableTooLarge(BadTable):
    title = "`{path}` holds more than {limit:,} values"
    help = "use fewer entries"
    path: str
    limit: int


@record
class WordsTooMany(Diagnostic):
    """What would need one dimension of the stream for each of many words."""

    code = "E0215"


@record
class TokenAsItIs(WordsTooMany):
    title = "`token` has {size:,} values, and what reads it here needs a dimension of the stream for each of them"
    label = "would take {size:,} dimensions"
    help = (
        "let a variable keep what matters of a word, and read that: `var class: CLASSES = CLASS[token]`\n"
        "(only initial values, and terms of a score, read `token` where it has more than {limit:,} values)"
    )
    size: int
    limit: int

    @property
    def cause(self) -> Hashable:
        return TokenAsItIs, self.size


@record
class EmbeddingTooLarge(WordsTooMany):
    title = "embeddings of {size:,} tokens in {width:,} dimensions are {numbers:,} numbers, and at most {limit:,} fit"
    label = "too many dimensions"
    help = "use fewer words, or variables with fewer values: `{most}` alone takes {taken:,} dimensions"
    size: int
    width: int
    numbers: int
    limit: int
    most: str
    taken: int
