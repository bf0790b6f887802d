"""Exercises as they lie in folders.

A folder holds `README.md` (the text, whose first line is the title), `NAME.alta` (the stub, which checks, and declares
input and output as every answer to the exercise has to), `exercise.json` (the form that is asked for, and hints), and
`cases.jsonl` (inputs with right outputs, short ones first). What is read here is complete and fits together.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altac.diagnostics import AltacError, Source, closest
from altac.diagnostics.grading_errors import BadExercise, NoSuchExercise
from altac.diagnostics.words import counted
from altac.driver import Compiled, compile_source
from altac.ir.interface import InputError
from altac.system.files import open_regular, reason_of

LARGEST = 20_000_000  # bytes of a file
TEXT, FORM, CASES = "README.md", "exercise.json", "cases.jsonl"


@dataclass(frozen=True)
class Form:
    """What an exercise asks of a program besides right answers; nothing where it says nothing.

    Attributes:
        heads, layers: so many at most; layers as they run.
        loop: False where no layer may repeat.
        causal: True where the program must declare it.
    """

    heads: int | None = None
    layers: int | None = None
    loop: bool = True
    causal: bool = False

    @property
    def text(self) -> str:
        """`at most 1 head, causal`, or nothing."""
        heads = "without a head" if self.heads == 0 else f"at most {counted(self.heads or 0, 'head')}"
        asked = {
            "causal": self.causal,
            heads: self.heads is not None,
            f"at most {counted(self.layers or 0, 'layer')}": self.layers is not None,
            "without a loop": not self.loop,
        }
        return ", ".join(text for text, is_asked in asked.items() if is_asked)


@dataclass(frozen=True)
class Case:
    """An input, and the right output as text, with blanks between its symbols."""

    input: str
    output: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise; its name is that of its stub, and `stub` the stub itself."""

    name: str
    title: str
    text: str
    source: Source
    stub: Compiled
    form: Form
    hints: tuple[str, ...]
    cases: tuple[Case, ...]


def shipped() -> Path:
    """The exercises inside the installed package, or at the top of a checkout."""
    packaged = Path(__file__).with_name("exercises")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "exercises"


def folders() -> dict[str, Path]:
    """The folders of the exercises that come with altac, by their names, in the order of the course."""
    found = sorted(path for path in shipped().iterdir() if (path / FORM).exists())
    return {path.name.partition("-")[2]: path for path in found}


def exercises() -> list[Exercise]:
    """The exercises that come with altac, in the order of the course."""
    return [read_exercise(folder) for folder in folders().values()]


def exercise_of(name: str) -> Exercise:
    """An exercise by its name, or by the path of its folder.

    Raises:
        AltacError: if there is none, or the folder holds none.
    """
    known = folders()
    if name in known:
        return read_exercise(known[name])
    if "/" in name or os.path.isdir(name):  # noqa: PTH112 - `Path.is_dir` fails on names that are too long
        return read_exercise(Path(name))
    raise AltacError([NoSuchExercise(None, name, closest(name, known))])


def read_exercise(folder: Path) -> Exercise:
    """The exercise in a folder.

    Raises:
        AltacError: if it is not complete, or its parts do not fit together.
    """

    def wrong(reason: str) -> AltacError:
        return AltacError([BadExercise(None, str(folder), reason)])

    def read(name: str) -> str:
        try:
            with open_regular(folder / name) as file:
                data = file.read(LARGEST + 1)
            text = data.decode("utf-8-sig")
        except OSError as error:
            raise wrong(f"cannot read {name}: {reason_of(error)}") from None
        except ValueError:  # of names that are none, too
            raise wrong(f"{name} is not UTF-8 text") from None
        if len(data) > LARGEST:
            raise wrong(f"{name} has more than {LARGEST:,} bytes")
        return text

    text = read(TEXT)
    stubs = sorted(folder.glob("*.alta"))
    if len(stubs) != 1:
        raise wrong(f"there are {len(stubs)} programs in it, and the stub has to be the only one")
    source = Source(str(stubs[0]), read(stubs[0].name))
    try:
        stub = compile_source(source)
    except AltacError as error:
        raise wrong(f"its stub has errors: `altac check {stubs[0]}` ({error.diagnostics[0].code})") from None
    form, hints = read_form(read(FORM), wrong)
    cases = tuple(read_case(line, number, wrong) for number, line in enumerate(read(CASES).splitlines(), 1))
    if not cases:
        raise wrong(f"{CASES} is empty")
    for number, case in enumerate(cases, 1):
        try:
            stub.program.interface.parse(case.input)
        except InputError as error:
            raise wrong(f"{CASES}, line {number}: {error.problem.message}") from None
    title = text.partition("\n")[0].lstrip("# ")
    return Exercise(stub.program.name, title, text, source, stub, form, hints, cases)


Wrong = Callable[[str], AltacError]


def read_form(text: str, wrong: Wrong) -> tuple[Form, tuple[str, ...]]:
    """The form that is asked for, and the hints."""
    found = parsed(text, FORM, wrong)
    form, hints = found.get("form", {}), found.get("hints", [])
    if not isinstance(hints, list) or not all(isinstance(one, str) for one in hints):
        raise wrong(f"`hints` in {FORM} is not a list of texts")
    kinds = {"heads": int, "layers": int, "loop": bool, "causal": bool}
    if not isinstance(form, dict) or any(type(value) is not kinds.get(key) for key, value in form.items()):
        raise wrong(f"`form` in {FORM} has other entries than `heads`, `layers` (numbers), `loop`, `causal` (booleans)")
    return Form(**form), tuple(hints)


def read_case(line: str, number: int, wrong: Wrong) -> Case:
    found = parsed(line, f"{CASES}, line {number},", wrong)
    case = found.get("input"), found.get("output")
    if not isinstance(case[0], str) or not isinstance(case[1], str):
        raise wrong(f'{CASES}, line {number}, is not of the form {{"input": "a b", "output": "b"}}')
    return Case(case[0], " ".join(case[1].split()))


def parsed(text: str, what: str, wrong: Wrong) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise wrong(f"{what} is not an object")
    return found
