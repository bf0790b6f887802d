"""The words of syntax errors: what was expected, what was found, and what was probably meant."""

from __future__ import annotations

from enum import Enum

from altac.diagnostics import foreign


class Expected(Enum):
    """What could stand where something else was found."""

    COLON = "`:`"
    EQUAL = "`=`"
    RPAR = "`)`"
    RSQB = "`]`"
    RBRACE = "`}`"
    LPAR = "`(`"
    COMMA = "`,`"
    NAME = "a name"
    STRING = 'a text in double quotes, such as `"1 0 1"`'
    END = "the end of the line"
    BLOCK = "an indented block"
    RANGE = "`..`"
    IN = "`in`"
    WHEN = "`when`"
    TO = "`to`"
    CASE = '`case`, as in `case "a":`'
    ELSE = "`else`, as in `x if condition else y`"
    FIELD = "`.` and a variable's name"
    DOMAIN = 'a domain such as `0..9` or `{"a", "b"}`'
    BROUGHT = "what the head brings, such as `x at -1` or `count where key.x == 1`"
    OFFSETS = "relative positions such as `-1`, `{-1, +1}` or `..0`"
    PATTERN = 'a pattern such as `"a"`, `1 | 2`, `0..9` or `_`'
    EXPRESSION = "an expression"
    DECLARATION = "a declaration such as `var`, `head` or `step:`"
    STATEMENT = "a statement such as `x := 1` or `if x == 1:`"
    LAYER_ITEM = "a head, a `var` or a statement"
    LAYER = "the name of a layer"
    REPEATED = "`,`, `*`, `until` or the end of the line"
    FRAMED = 'a token such as `"<s>"` or the name of the input'
    READ_AT = "`first`, `last` or `all`"
    ARROW = "`->` and the output"
    SELECTION = "`where`, `at` or the end of the line"
    OPERATOR = "an operator or the end of the line"
    NEXT_VALUE = "`:=` and the next value"


class Ending(Enum):
    """What was found where no text is."""

    INDENT = "an indented line"
    BLOCK = "the end of the block"
    FILE = "the end of the file"
    LINE = "the end of the line"


class Slip(Enum):
    """What was probably meant, and the edit: templates over what stands before the place and what was found there."""

    OPERATOR = "{operator}"
    STATEMENT = "{statement}"
    DECLARED = "{declaration}"
    MISSPELT = "did you mean `{meant}`?"
    NO_KEYWORD = "a declaration begins with its keyword; assignments stand inside `step:`"
    STATEMENT_AT_TOP = "statements stand inside `step:`, indented by four blanks"
    SET_AS_PATTERN = (
        "a set cannot stand in a pattern: capture the value and compare it, as in `case s if s == {{1, 2}}:`;\n"
        'one of several values is written `"a" | "b"`'
    )
    INDENTED = "begin declarations at the start of the line; only blocks after `:` are indented"
    NOT_INDENTED = "write the block on lines of its own, indented by four blanks; an empty one is `pass`"
    ELSE_IF = "write `elif`"
    VALUE_OF_COUNT = "`{last}` takes no value: write a condition after `where`, as in `{last} where key.x == 1`"
    COMMENT = "a comment begins with `#`; `//` divides"
    AUGMENTED = "there is no `{word}=`: write `{first} := {first} {word} ...`"
    RESERVED = "`{word}` is a word of the language; a variable needs another name"
    AT_BEFORE_WHERE = "`where` stands before `at`: `head h = x where key.y == 1 at ..-1`"
    WHERE_BEFORE_AT = "`at` stands before `where`: `output x at last where x != 0`"
    ELSE_FIRST = "`else` stands last: `head h = x where key.y == 1 at ..-1 else 0`"
    PLACE_OF_OUTPUT = "the place stands last, after `at`: `output {meant}`"
    PLACES_OF_OUTPUT = "write `at first`, `at last` or `at all`, or a condition: `output {meant} where {meant} != 0`"
    CONDITION_OF_OUTPUT = "the positions to read are chosen after `where`: `output {meant} where {meant} != 0`"
    DOMAIN_OF_OUTPUT = "the domain stands where the variable is declared: `var {meant}: 0..9 = 0`"
    SELECT = foreign.SELECT
    PLACE_AFTER_AT = "write `{meant}`; after `at` stand distances, such as `-1`"
    IN_EXPRESSION = "let a head bring it: `head {meant}`"
    SEVERAL_OUTPUTS = "a program has one output variable"
    COMPUTED_OUTPUT = "`output` names a variable: compute into one in the step, and name that"
    AND_OF_SETS = "write `and`; `&` is for sets"
    OR_OF_SETS = "write `or`; `|` is for sets"
    BRACES = "a block begins with `:` and is indented"
    FIELD = "a variable of another position is `key.x`, in the condition of a head"
    SIDE = "write `{meant}`, a variable of that position"
    THEN = "end the line with `:`"
    TUPLE_AS_KEY = (
        "a key is one value: nest tables, `{{0: {{1: 2}}}}` and `T[a][b]`, or use one number, `T[10 * a + b]`"
    )
    SUBJECTS = "several subjects stand without parentheses: `match a, b:`"
    PATTERNS = "the patterns of several subjects stand without parentheses: `case 1, 2:`"
    CONDITION_AS_PATTERN = "a condition stands after `if`: `case _ if x > 3:`"
    ALTERNATIVES = "one of several values is written `1 | 2`"
    PATTERN_RANGE = 'a range has two ends: `0..9`, `"a".."f"`'
    NAMED_END = "give the range a name, `const LOW = 0..N`, and write `case LOW:`"
    COMPUTED_PATTERN = "capture the value and compare it: `case n if n == x + 1:`"
    CAPTURE = "a name alone captures the value: `case n if n in 0..9:`"
    REST = "what is left is `case _:`"
    CONDITIONAL = "write `x if condition else y`"
    ARGUMENTS = "arguments stand in parentheses: `def f(n) = n + 1`"
    HALT_WHEN = "write `halt when ...`"
    FRAMED = 'tokens are written in quotes, with blanks between them: `frame "<s>" bits`'
    EXAMPLE = 'write `example "1 0 1" -> 0`'
    BROUGHT = "what a head brings stands after `=`: `head h = x where ...`"
    VALUE_MISSING = "say of what: `{last} x`"
    TUPLE = "there are no tuples: compare or assign one value at a time"
    SEVERAL_INDICES = "an index is one value: write `T[a][b]` for a list of lists"
    SLICE = "there are no slices: name the items, as in `[T[i] for i in 0..3]`"
    NOT_DECLARED = "a variable needs a domain: `{before}: 0..9 = 0`"
    NO_INITIAL = "add `= ...`, the initial value"
    NO_VALUE = "add `= ...`"
    HALF_CHOICE = "every choice has both sides: `x if condition else y`"
    FUNCTION_BODY = "a function is one expression: `{before} = ...`"
    KIND_FOLLOWS = "its kind follows from its value: `{before} = ...`"
    WRITE_EQUAL = "write `{before} = ...`"
    DECLARED_WITH_WALRUS = "declarations use `=`; only the step assigns with `:=`"
    DECLARED_WITH_COMPARISON = "declarations use `=`"
    ASSIGNED_WITH_EQUAL = "`:=` gives a variable its next value: `{before} := ...`"
    VARIABLE_WITHOUT_DOMAIN = "a variable needs a domain: `{before}: 0..9 = ...`"
    INPUT_WITHOUT_ALPHABET = 'the input needs an alphabet: `{before}: {{"a", "b"}}`'
    LAYERS_EQUAL = "write `layers 3`"
    COMPARISON = "write `==`, which compares"
    DIRECTLY_IN_LAYER = "`{word}` stands directly in the layer, before the block: a block inside of it holds statements"
    DECLARED_IN_BLOCK = "declarations begin at the start of a line, outside of `step:` and of layers"
    SCALAR = "what is stored in one real dimension is a number: write `number` in place of `scalar` and the domain"
    REPEATED = "what is in a layer is done once: write `if` here, and repeat the layer with `run look until done`"
    STEP_WITH_NAME = "a block with a name is a layer: `layer {word}:`"
    LAYER_NAMED = "a layer has a name: `layer look:`"
    LAYER_BLOCK = "a layer is a block: `layer {meant}:`, and below it indented lines"
    LAYERS_COUNTED = "a number of layers is written `layers {word}`"
    VAR_IN_STEP = "`let {meant} = ...` names a value here; a variable stands above the step: `var {meant}: 0..9 = 0`"
    STEP_IN_RUN = "`step:` repeats without a `run`: write `{meant}`"
    LAST_COMMA = "remove the comma, or name the layer that runs next"
    NO_LAYER = "write names of layers with commas between them: `run look until done, mark`"
    GROUP = "a group is names in parentheses, with `*` or `until` behind it: `(look, mark) until done`"
    TIMES = "the number of times stands behind `*`: `{meant}`"
    COUNT = "put the number of times in parentheses: `look * (N + 1)`"
    ONE_LIMIT = "one layer or group has one `*` or one `until`"
    UNTIL = "write `until`, and when to stop"
    COMMAS = "commas stand between the layers: `run look until done, mark`"
    RUN_BLOCK = "`run` says in which order layers run; what is in one stands below `layer look:`"
