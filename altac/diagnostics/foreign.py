"""What other languages say (Python, NumPy, RASP, Tracr, ALTA, C), and what to write in alta instead."""

from __future__ import annotations

# The words that may stand after `head x =`.
AGGREGATES = ("first", "last", "closest", "max", "min", "mean", "sum", "count", "exists")
BRINGS = (
    "a head brings `x` (one value), `first x`, `last x`, `closest x`, `max x`, `min x`, `mean x`, `sum x`, `count` or "
    "`exists`"
)

_COUNT = "write `head h = count where ...`, the number of positions that it selects"
_MEAN = "write `head h = mean x`"
_EXISTS = "write `head h = exists where ...`"
SELECT = "one head selects and fetches: `head h = x where key.y == query.y`"
_MAX, _MIN, _SUM = (f"write `head h = {word} x`" for word in ("max", "min", "sum"))
_BEFORE = "a head brings what the position before has: `head left = x at -1`"
_AFTER = "a head brings what the position after has: `head right = x at +1`"

INSTEAD = {  # in place of an aggregate
    **dict.fromkeys(("total", "add", "cumsum", "accumulate"), _SUM),
    **dict.fromkeys(("average", "avg", "Mean", "aggregate_mean"), _MEAN),
    **dict.fromkeys(("any", "some", "exist", "has", "contains", "or_"), _EXISTS),
    **dict.fromkeys(
        ("all", "every", "forall", "none_of"), "write `head h = exists where not ...`, and negate it in the step"
    ),
    **dict.fromkeys(("len", "length", "size", "num", "number", "selector_width", "SelectorWidth", "histogram"), _COUNT),
    **dict.fromkeys(("maximum", "amax", "argmax", "greatest", "largest", "top"), _MAX),
    **dict.fromkeys(("minimum", "amin", "argmin", "least", "smallest"), _MIN),
    "nearest": "write `head h = closest x`",
    **dict.fromkeys(
        ("aggregate", "Aggregate", "select", "Select", "attend", "attention", "softmax", "qkv", "kqv", "lookup", "get"),
        SELECT,
    ),
    **dict.fromkeys(("prev", "previous", "left", "shift", "shift_right", "before"), "write `x at -1`"),
    **dict.fromkeys(("next", "right", "shift_left", "after"), _AFTER),
    **dict.fromkeys(("relative", "v_relative", "roll"), "the distance stands after `at`: `head h = x at -1`"),
    **dict.fromkeys(
        ("value", "the", "only", "one", "single", "fetch", "bring"), "a value alone is written `head h = x`"
    ),
}

NAMES = {  # in place of a value, a function or a domain
    **dict.fromkeys(("int", "integer", "Int", "long"), "whole numbers have a range: `0..9`"),
    **dict.fromkeys(("float", "real", "double", "number"), "numbers come from a finite set: `{0, 1/2, 1}`"),
    **dict.fromkeys(("str", "string", "char", "symbol"), 'symbols come from a finite set: `{"a", "b"}`'),
    **dict.fromkeys(("list", "tuple", "array"), "a list is written `[1, 2, 3]`, in constants only"),
    **dict.fromkeys(("dict", "map"), 'a table is written `{"a": 1, "b": 2}`, in constants only'),
    **dict.fromkeys(("boolean", "Boolean", "Bool"), "write `bool`"),
    **dict.fromkeys(("range", "arange"), "a range is `0..9`, with both ends"),
    **dict.fromkeys(("null", "nil", "undefined", "NULL"), "write `none`"),
    **dict.fromkeys(("pos", "index", "indices", "i", "idx"), "the place of a token in the input is `position`"),
    **dict.fromkeys(("tokens", "tok"), "the symbol of the input at a position is `token`"),
    **dict.fromkeys(("length", "seq_len"), "no position knows the length: let a head count, `head length = count`"),
    **dict.fromkeys(("pow", "power"), "there is no power: write `x * x`"),
    **dict.fromkeys(("mod", "divmod"), "write `a % b`"),
    **dict.fromkeys(("xor",), "write `a ^ b`"),
    **dict.fromkeys(("where", "cond", "ifelse"), "write `x if condition else y`"),
    **dict.fromkeys(("left", "prev", "previous"), _BEFORE),
    **dict.fromkeys(("right", "next"), _AFTER),
    **dict.fromkeys(("np", "numpy", "math", "torch", "rasp", "alta"), "there are no libraries"),
    "lambda": "a function is declared: `def f(n) = n + 1`",
}

FUNCTIONS = {  # in place of a function
    **dict.fromkeys(("int", "round", "floor", "trunc"), "`//` divides and rounds down"),
    **dict.fromkeys(("float", "Fraction"), "`/` divides exactly"),
    **dict.fromkeys(("str", "chr", "ord"), 'look it up in a table: `const T = {"a": 1, "b": 2}`, and `T[x]`'),
    **dict.fromkeys(("set", "list", "dict"), "collections are constants: `{1, 2}`, `[1, 2]`, `{1: 2}`"),
    **dict.fromkeys(
        ("enumerate", "zip", "map", "filter", "sorted", "reversed"), "write a comprehension: `[f(n) for n in 0..9]`"
    ),
    **dict.fromkeys(
        ("open", "read", "load", "readlines", "json", "csv"),
        'a constant comes from a file: `lines("words.txt")`, or `table("classes.json")` of JSON',
    ),
    "sum": "write `a + b`; over positions, a head adds: `head n = sum x`",
    "closest": "a head brings it: `head near = closest x where ...`",
}

OPERATORS = {
    "&&": "write `and`",
    "||": "write `or`",
    "**": "there is no power: write `x * x`",
    "...": "a range is `a..b`, with both ends",
    "===": "write `==`",
    "!==": "write `!=`",
    "=<": "write `<=`",
    "=>": "`>=` compares; the output of an example stands after `->`",
    "<>": "write `!=`",
    "<-": "write `:=`",
    "++": "write `x := x + 1`",
    "--": "write `x := x - 1`",
    "is": "write `==`",
}

REPEATING = ("while", "loop", "repeat", "until")
STATEMENTS = {  # words with which lines begin
    **dict.fromkeys(
        REPEATING,
        "layers repeat the step: write `if`, and say with `halt when` when to stop",
    ),
    **dict.fromkeys(("return", "yield"), "assign to a variable with `:=`, and name it in `output`"),
    **dict.fromkeys(("elseif", "elsif"), "write `elif`"),
    **dict.fromkeys(("break", "continue"), "every round of a `for` is done: put what should not be under an `if`"),
    **dict.fromkeys(("raise", "assert", "try", "with", "global", "del"), "there is no `{}` in alta"),
    "switch": "write `match`",
    "print": "name a variable in `output`",
    "import": 'a file is imported with its path: `import "common.alta"`',
}

DECLARATIONS = {  # words with which declarations begin
    **dict.fromkeys(("variable", "int", "bool", "str", "mut"), "write `var x: 0..9 = 0`"),
    **dict.fromkeys(("constant", "define", "final"), "write `const N = 3`"),
    **dict.fromkeys(("function", "func", "fn", "lambda"), "write `def f(n) = n + 1`"),
    **dict.fromkeys(("attention", "attention_head", "select", "selector", "aggregate"), SELECT),
    **dict.fromkeys(("from", "include", "require", "use"), 'write `import "common.alta"`'),
    **dict.fromkeys(("name", "module", "class"), "a program begins with `program name`"),
    **dict.fromkeys(("inputs", "alphabet", "vocab", "vocabulary"), 'write `input bits: {"0", "1"}`'),
    **dict.fromkeys(("outputs", "return", "result"), "write `output x at last`"),
    **dict.fromkeys(("while", "until", "stop"), "write `halt when ...`, or `layers 9`, or `run look until done`"),
    **dict.fromkeys(("mlp", "rules", "ffn"), "what changes in a layer stands in `step:`, or in `layer look:`"),
    **dict.fromkeys(
        ("loop", "repeat", "schedule", "execute", "do", "pipeline"),
        "write `run look until done, mark` for layers with these names",
    ),
    **dict.fromkeys(("block", "sublayer"), "a block with a name is written `layer look:`"),
    **dict.fromkeys(("test", "tests", "assert"), 'write `example "1 0 1" -> 0`'),
}

CHARACTERS = {
    "'": 'symbols are written in double quotes: `"a"`',
    ";": "write one statement a line",
    "!": "write `not x`, and `a != b` for unequal",
    ".": "a range is `a..b`, a number `0.5`, and a variable of another position `key.x`",
    "\\": "a long line goes on inside brackets, without a backslash",
    "@": "heads are declared with `head`",
    "~": "write `not x`",
    **dict.fromkeys("“”„‘’`´", 'symbols are written in straight double quotes: `"a"`'),
    **dict.fromkeys("–—−", "a minus is written `-`"),
    "≤": "write `<=`",
    "≥": "write `>=`",
    "≠": "write `!=`",
    "×": "write `*`",
    "→": "write `->`",
    "∈": "write `in`",
}
