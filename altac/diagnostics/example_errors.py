"""E0630 to E0635: examples from which no program can be learned, and searches that cannot be resumed."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.run_errors import RunFailed
from altac.diagnostics.words import counted

FORMS = "write one a line, as `3 1 2 -> 1 2 3`"


@record
class BadExample(RunFailed):
    """A line that holds no example; `where` says which."""

    code = "E0630"


@record
class NoArrow(BadExample):
    title = "there is no `->` between an input and its output"
    help = FORMS


@record
class NotTwoColumns(BadExample):
    title = "a row has an input and an output, and this one has {columns} columns"
    help = "put quotes around a text with the separator in it"
    columns: int


@record
class OneColumn(BadExample):
    title = "there is no label beside `{token}`"
    help = "write a token and its label in each line, with blanks between, and an empty line between texts"
    token: str


@record
class NotTable(BadExample):
    title = "not a table: {problem}"
    help = "end every quoted text with a quote"
    problem: str  # as the parser says it


@record
class NoOutput(BadExample):
    title = "the output is empty"
    help = "give the symbol that is the answer"


@record
class NoInputSymbols(BadExample):
    title = "the input is empty, so there is no position that could answer"
    help = "leave this example out"


@record
class NothingFollows(BadExample):
    code = "E0635"
    title = "nothing follows, so this says of no symbol what the next one is"
    help = "write a text of two symbols at least, or `a b c a -> b` where only what stands behind `->` can be known"


@record
class NotAValue(BadExample):
    title = "an input or an output is a text, or a list of symbols, numbers and booleans"
    help = 'write {{"input": "1 0 1", "output": "0"}}'


@record
class BlankInSymbol(BadExample):
    title = "`{symbol}` is no symbol: it is empty, or there is a blank in it"
    help = "give each symbol an item of its own"
    symbol: str


@record
class OtherLength(BadExample):
    title = "{inputs} and {outputs}: there is not one output for each position"
    help = "mend this line, or say what outputs are with `--shape`"
    inputs: str  # as "3 input symbols"
    outputs: str


@record
class NotOneOutput(BadExample):
    title = "{outputs}: there is more than one for the whole text"
    help = "mend this line, or say what outputs are with `--shape`"
    outputs: str


@record
class UselessExamples(Diagnostic):
    """What is wrong with all examples together."""

    code = "E0631"
    path: str


@record
class NoExamples(UselessExamples):
    title = "`{path}` holds no examples"
    help = FORMS


@record
class TooFewExamples(UselessExamples):
    title = "`{path}` holds {counted}, of {least} that are needed at least"
    help = "give more: some are kept apart, to measure what was learned"
    number: int
    least: int

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "counted": counted(self.number, "example")}


@record
class OneClass(UselessExamples):
    title = "every output in `{path}` is `{symbol}`, so there is nothing to learn"
    help = "add examples with other outputs"
    symbol: str


@record
class NotLabels(Diagnostic):
    title = "the outputs are lists, or what follows, and a score gives one label to a text or to each position"
    code = "E0631"
    help = "let the search look for a program: `--engine search`; or say what outputs are with `--shape`"


@record
class ListsNotTrained(Diagnostic):
    title = "the outputs are lists, and a trained model has one output for each position, or one for the text"
    code = "E0636"
    help = "let the search look for a program: `--engine search`; or say what outputs are with `--shape`"


@record
class TooWide(Diagnostic):
    title = (
        "the inputs have {symbols:,} different symbols and up to {longest:,} positions, and a trained model takes"
        " {most} of each at most"
    )
    code = "E0637"
    help = "leave the longest inputs out, or let one symbol stand for those that are rare; or use another `--engine`"
    symbols: int
    longest: int
    most: int


@record
class NothingTold(Diagnostic):
    title = "no word in the inputs tells which output is more likely"
    code = "E0631"
    help = "give more examples, or let the search look for what the words hide: `--engine search`"


@record
class TooManySymbols(UselessExamples):
    title = "`{path}` has {number:,} different symbols, and the search takes {most:,} at most"
    help = "let one symbol stand for those that are rare, or learn from scores: `--engine scores`"
    number: int
    most: int


@record
class TooLongInput(UselessExamples):
    title = "`{path}` has an input of {number:,} symbols, and the search takes {most:,} at most"
    help = "leave the longest out: a program for short inputs is often right for long ones"
    number: int
    most: int


@record
class ContradictingExamples(Diagnostic):
    code = "E0632"
    title = 'the input "{input}" has two outputs: "{first}" and "{second}"{more}'
    help = "keep the right one, or learn from scores, which may differ: `--engine scores`"
    input: str
    first: str
    second: str
    others: int  # inputs with the same fault

    def facts(self) -> dict[str, object]:
        more = f"; so it is with {self.others} more" if self.others else ""
        return {**super().facts(), "more": more}


@record
class UnseenSymbol(Diagnostic):
    code = "E0633"
    title = "`{symbol}` is a symbol of {where} in the test examples, and of none that are learned from"
    help = "add examples with it to those that are learned from, or leave it out of the test"
    symbol: str
    where: str  # "inputs" or "outputs"


@record
class CannotResume(Diagnostic):
    """What is wrong with the state of a search."""

    code = "E0634"
    path: str


@record
class NoState(CannotResume):
    title = "there is no search to resume: `{path}` cannot be read: {reason}"
    help = "leave `--resume` out to begin anew; the state stands beside the program's file, named after it"
    reason: str


@record
class DamagedState(CannotResume):
    title = "`{path}` is no state of a search: {problem}"
    help = "leave `--resume` out to begin anew"
    problem: str


@record
class OtherVersion(CannotResume):
    title = "`{path}` was written by altac {found}, and this is {own}, which may search in another order"
    help = "leave `--resume` out to begin anew"
    found: str
    own: str


@record
class OtherSearch(CannotResume):
    title = "`{path}` is about other examples, or another name, shape or seed of the program"
    help = "give the same files and options as before, but for `--time`; or leave `--resume` out to begin anew"
