"""The documentation is run: what each kind of block means, and what running it gives.

A page runs from top to bottom in a folder of its own, which begins with a copy of `programs/`.

`alta`              a program, or a fragment that is completed by `COMPLETION`: no error, no warning, its examples hold
                    in interpreter and weights, and both agree after every layer
`alta NAME.alta`    the same, and saved under that name for the blocks below
`alta saved NAME`   saved only: a file that is imported below, or that a command below refuses
`alta error`        a program or fragment with errors; `alta warning`: with warnings; a `diagnostic` block follows
`alta values`       lines `EXPRESSION -> VALUE`, or `EXPRESSION -> E0303` for one that has none
`diagnostic`        what altac says about the block above, to the letter
`console`           lines `$ altac ...` or `$ make ...`, each followed by what it prints, to the letter
`pycon`             a session of Python, with what it prints, to the letter; a page is one session
`pycon elsewhere`   the same in an environment with other tools and without altac; `make test-export` runs it
`text`              a drawing; nothing is run
`text NAME`         a file that programs below it read
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from altac.check import check_file
from altac.cli import progress
from altac.cli.main import run as run_command
from altac.diagnostics import AltacError, Diagnostic, Source, render_all
from altac.driver import Compiled, compile_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import Engine, run_texts
from altac.syntax import parse_source, read_source
from tests.support import nonempty

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/language.md",
    "docs/tour.md",
    "docs/from-rasp.md",
    "docs/architecture.md",
    "docs/training.md",
    "docs/scores.md",
    "docs/learning.md",
    "docs/exactness.md",
    "docs/learnability.md",
    "docs/analysis.md",
    "docs/decompiling.md",
    "docs/export.md",
    "docs/inside.md",
    "docs/circuits.md",
    "docs/zoo.md",
    "docs/security.md",
    "docs/view.md",
    "docs/exercises.md",
    "docs/discovery.md",
    "docs/notebooks.md",
    "docs/play.md",
    "docs/editors.md",
)
PAGES_WITH_TOOLS = ("docs/data.md",)  # they show other people's tools, so `make test-tools` runs them
COMPLETION = {  # what a fragment lacks of these stands below it, so that its lines keep their numbers
    r"program\b": "program demo\n",
    r"input\b": 'input bits: {"0", "1"} up to 8\n',
    r"var x\b": "var x: 0..9 = 0\n",
    r"(step:|layer\b)": "step:\n    x := 1\n",
    r"(layers?|halt)\b": "layers 1\n",
    r"output\b": "output x\n",
}
SAMPLES = ["", "0", "1 0 1"]  # inputs of a block without examples, as far as it accepts them
DIFFERS = "the recorded output differs"
SIZES = re.compile(r"^(\| \[`(\w+)`\]\([^)]*\.alta\) (?:\|[^|\n]*){2})(?:\|[^|\n]*){3}\|$", re.MULTILINE)
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; `start` and `end` are offsets of its body in the page."""

    line: int
    words: tuple[str, ...]
    body: str
    start: int
    end: int


@dataclass
class Outcome:
    """What was wrong with a block, and the body that it should have."""

    block: Block
    body: str
    problems: list[str] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    return [
        Block(text[: match.start()].count("\n") + 1, tuple(match[1].split()), match[2], match.start(2), match.end(2))
        for match in FENCE.finditer(text)
    ]


def run_page(name: str) -> tuple[str, list[str]]:
    """The page with all recorded output made anew, and what is wrong with it, by line."""
    text = (ROOT / name).read_text(encoding="utf-8")
    outcomes = []
    with working_folder() as session:
        for block in blocks(text):
            outcomes.append(session.run(block))
    renewed = text
    for outcome in reversed(outcomes):
        renewed = renewed[: outcome.block.start] + outcome.body + renewed[outcome.block.end :]
    renewed = SIZES.sub(with_sizes, renewed)
    problems = [f"{name}:{one.block.line}: {problem}" for one in outcomes for problem in one.problems]
    if session.undiagnosed:
        problems.append(f"{name}: the last block with errors has no `diagnostic` block below it")
    return renewed, problems


def assert_page(name: str) -> None:
    renewed, problems = run_page(name)
    assert not problems, "\n\n".join(problems)
    assert renewed == (ROOT / name).read_text(encoding="utf-8"), "a table of sizes differs from `altac stats`"


def with_sizes(row: re.Match[str]) -> str:
    """A row of a table of sizes; its last columns are those of `altac stats`: plain rules, hidden units, parameters."""
    sizes = compile_source(read_source(ROOT / "programs" / f"{row[2]}.alta")).stats()
    plain = sizes["passes"][0]["hidden_units"]
    return f"{row[1]}| {plain:,} | {sizes['hidden_units']:,} | {sizes['parameters']:,} |"


@contextlib.contextmanager
def working_folder() -> Iterator[Session]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "programs", Path(folder) / "programs")
        os.chdir(folder)
        try:
            yield Session()
        finally:
            os.chdir(before)


@dataclass
class Session:
    """Runs the blocks of one page in order."""

    undiagnosed: str | None = None
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, block: Block) -> Outcome:
        outcome = Outcome(block, block.body)
        match block.words:
            case _ if self.undiagnosed is not None and block.words != ("diagnostic",):
                outcome.problems.append("a `diagnostic` block belongs here, below the block with errors")
                self.undiagnosed = None
            case ("alta",):
                outcome.problems += run_program(block.body)
            case ("alta", name) if name.endswith(".alta"):
                Path(name).write_text(block.body, encoding="utf-8")
                outcome.problems += run_program(block.body, name)
            case ("alta", "saved", name):
                Path(name).write_text(block.body, encoding="utf-8")
            case ("alta", "values"):
                outcome.problems += run_values(block.body)
            case ("alta", "error" | "warning" as severity):
                found = diagnose(block.body)
                self.undiagnosed = render_all(found) + "\n"
                if {one.severity for one in found} != {severity}:
                    outcome.problems.append(f"expected each diagnostic to be an {severity}: {self.undiagnosed}")
            case ("diagnostic",):
                if self.undiagnosed is None:
                    outcome.problems.append("there is no block with errors above this one")
                outcome.body = self.undiagnosed or block.body
                self.undiagnosed = None
            case ("console",):
                outcome.body, outcome.problems = run_console(block.body)
            case ("pycon",):
                outcome.body, outcome.problems = self.run_python(block.body)
            case ("pycon", "elsewhere"):
                pass
            case ("text", name):
                Path(name).write_text(block.body, encoding="utf-8")
            case ("text",):
                pass
            case words:
                outcome.problems.append(f"no test knows how to run a block of the kind `{' '.join(words)}`")
        if outcome.body != block.body:
            outcome.problems.append(f"{DIFFERS}; found:\n{outcome.body}")
        return outcome

    def run_python(self, body: str) -> tuple[str, list[str]]:
        """The session with the output that its statements really have; an exception is a problem."""
        pieces, problems = [], []
        for example in doctest.DocTestParser().get_examples(body):
            first, *others = example.source.rstrip("\n").split("\n")
            pieces += [f">>> {first}\n", *(f"... {line}".rstrip() + "\n" for line in others)]
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                try:
                    exec(compile(example.source, "<docs>", "single"), self.names)
                except Exception as error:
                    problems.append(f"{first}: {type(error).__name__}: {error}")
            pieces.append(output.getvalue())
        return "".join(pieces), problems


# Programs ----------------------------------------------------------------------------------------------------


def completed(text: str) -> str:
    """A fragment with those declarations that it lacks; a whole program as it is."""
    if re.search(r"^program\b", text, re.MULTILINE):
        return text
    return text + "".join(
        line for wanted, line in COMPLETION.items() if not re.search(rf"^{wanted}", text, re.MULTILINE)
    )


def diagnose(text: str) -> list[Diagnostic]:
    try:
        return check_file(parse_source(Source("example.alta", completed(text))))[1]
    except AltacError as error:
        return list(error.diagnostics)


def run_program(text: str, name: str = "example.alta") -> list[str]:
    """What is wrong with a program or fragment that should be right."""
    try:
        compiled = compile_source(Source(name, completed(text)))
        return warnings_of(compiled, text) or run_examples(compiled)
    except AltacError as error:
        return [f"does not compile:\n{error}"]


def warnings_of(compiled: Compiled, text: str) -> list[str]:
    """Warnings about a program, not about the lines that complete it."""
    warnings = [one for one in compiled.warnings if one.span is None or one.span.start < len(text)]
    return [f"warns:\n{render_all(warnings)}"] if warnings else []


def run_examples(compiled: Compiled) -> list[str]:
    """Examples that fail in one of the engines, and any difference between the two."""
    examples = compiled.program.examples
    texts = [example.input for example in examples] or [text for text in SAMPLES if accepts(compiled, text)]
    problems = []
    engines: list[Engine] = [compiled.interpreter, compiled.model]
    for engine in engines:
        for example, result in zip(examples, run_texts(engine, texts[: len(examples)]), strict=True):
            found = result.text(engine.interface) if result.error is None else result.error.message
            if result.error or not engine.interface.agrees(result.output or (), example.output):
                problems.append(f'example "{example.input}": expected "{example.output}", found "{found}"')
    difference = compare_engines(compiled.interpreter, compiled.model, texts)
    return problems if difference is None else [*problems, str(difference)]


def accepts(compiled: Compiled, text: str) -> bool:
    try:
        compiled.program.interface.parse(text)
    except Exception:
        return False
    return True


def run_values(body: str) -> list[str]:
    """Lines `EXPRESSION -> VALUE` that do not hold."""
    problems = []
    for line in body.splitlines():
        line = re.sub(r"\s+#.*", "", line)
        if not line.strip():
            continue
        expression, _, value = line.rpartition("->")
        if re.fullmatch(r"\s*E\d{4}\s*", value):
            codes = {one.code for one in diagnose(f"const found = {expression.strip()}\n")}
            if codes != {value.strip()}:
                problems.append(f"`{expression.strip()}`: expected {value.strip()}, found {codes or 'no error'}")
            continue
        text = f"const found = {expression.strip()}\nconst wanted = {value.strip()}\n"
        text += 'var same: bool = found == wanted\nlayers 0\noutput same\nexample "0" -> "true"\n'
        problems += [f"`{line}` does not hold: {one}" for one in run_program(text)]
    return problems


# Commands ----------------------------------------------------------------------------------------------------


def run_console(body: str) -> tuple[str, list[str]]:
    """The block with what its commands really print."""
    pieces, problems = [], []
    for line in re.findall(r"^\$ .*", body, re.MULTILINE):
        command = shlex.split(line[2:], comments=True)
        pieces.append(line + "\n")
        if command[0] == "altac":
            pieces.append(run_altac(command[1:]))
        elif command[0] == "make":
            for echoed in recipe(command[1:]):
                pieces += [echoed + "\n", run_altac(shlex.split(echoed)[3:])]
        else:
            problems.append(f"no test knows how to run `{line}`")
    if not body.startswith("$ "):
        problems.append("a console block begins with `$ `")
    return "".join(pieces), problems


def run_altac(arguments: list[str]) -> str:
    """What a command line prints, on standard output and standard error."""
    output = io.StringIO()
    late = mock.patch.object(progress, "EVERY", 1e6)  # on a slow machine a command may say how far it is
    with late, contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        run_command(arguments)
    return output.getvalue()


def recipe(targets: list[str]) -> list[str]:
    """The altac commands that `make` would run, as it prints them."""
    make = ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/ready-run", *targets]
    lines = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert all(line.startswith(".venv/bin/python -m altac ") for line in nonempty(lines)), lines
    return lines
