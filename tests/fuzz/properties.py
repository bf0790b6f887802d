"""What must hold of every program, and of the verdict on every program that may go wrong."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from altac.check import check_file
from altac.diagnostics import AltacError, Diagnostic, Source
from altac.diagnostics.words import Witness
from altac.driver import Compiled, compile_source
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import run_texts, trace_text
from altac.ir.numbers import Test, is_open
from altac.ir.program import Program
from altac.ir.program_text import print_program
from altac.ir.values import Value, source_text, value_text
from altac.model.model import Model
from altac.passes import count_plain
from altac.passes.rule_text import parse_rules, print_rules
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.format import format_source
from altac.syntax.mentions import assigned
from tests.fuzz.generator import CONSTANTS
from tests.oracle import Disagreement, Oracle, Position, key, whole
from tests.syntax.test_format import shuffled

MOST_PLAIN = 5_000  # rules of single values; a program with more is not compiled at -O0
MOST_COMBINATIONS = 3_000  # of values that a verdict is compared on
STATES = 60  # on which rules are compared
WALKED = 12  # inputs that the oracle runs

Property = Callable[[str, list[Compiled], list[str]], str | None]


def failure(text: str, most: int = 60) -> str | None:
    """Why a program breaks a promise; None if it keeps all of them."""
    try:
        compiled = [compile_source(Source("fuzz.alta", text), level) for level in (0, 1, 2)]
        if count_plain(compiled[0].program) > MOST_PLAIN:
            del compiled[0]
    except AltacError as error:
        if "\ncausal\n" in text and {one.code for one in error.diagnostics} == {"E0517"}:
            return None  # a loop that goes on at positions where its condition holds
        return f"a well-typed program is refused\n{error}"
    if any(layer.numbers_read for layer in compiled[0].program.layers):
        try:
            compiled[-1].stats()
        except AltacError as error:  # numbers may add up to what no format tells apart
            return None if {one.code for one in error.diagnostics} == {"E0507"} else f"refused\n{error}"
    texts = inputs(compiled[0], most)
    for what, holds in PROPERTIES.items():
        try:
            found = holds(text, compiled, texts)
        except AltacError as error:
            found = f"refused\n{error}"
        if found is not None:
            return f"{what}: {found}"
    return None


def inputs(compiled: Compiled, most: int) -> list[str]:
    """All inputs in order of length, at most so many."""
    interface = compiled.program.interface
    symbols = [value_text(value) for value in interface.alphabet]
    if interface.unknown is not None:
        symbols.insert(1, "never_seen")
    longest = interface.longest if interface.longest is not None else 6
    words = (" ".join(word) for length in range(longest + 1) for word in product(symbols, repeat=length))
    return [word for word, _ in zip(words, range(most), strict=False)]


# Text --------------------------------------------------------------------------------------------------------


def layout(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """Formatting changes nothing but the layout, and formatting twice is formatting once."""
    formatted = format_source(Source("fuzz.alta", text))
    parsed = parse_source(Source("fuzz.alta", text))
    if parse_source(Source("fuzz.alta", formatted)) != parsed:
        return f"the formatted text is another program\n{formatted}"
    if format_source(Source("fuzz.alta", formatted)) != formatted:
        return f"formatting twice is not formatting once\n{formatted}"
    if print_program(check_file(parse_source(Source("fuzz.alta", formatted)))[0]) != printed(compiled[0]):
        return f"the formatted text means something else\n{formatted}"
    other = shuffled(text, random.Random(text))
    if parse_source(Source("fuzz.alta", format_source(Source("fuzz.alta", other)))) != parsed:
        return f"formatting another layout gives another program\n{other}"
    return None


def imports(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """Names mean the same in a file of their own."""
    if CONSTANTS not in text:
        return None
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "names.alta").write_text(CONSTANTS, encoding="utf-8")
        Path(folder, "main.alta").write_text(text.replace(CONSTANTS, '\nimport "names.alta"\n'), encoding="utf-8")
        program, _ = check_file(parse_source(read_source(Path(folder, "main.alta"))))
    return None if print_program(program) == printed(compiled[0]) else "with imported names it is another program"


def printed(compiled: Compiled) -> str:
    return print_program(compiled.program)


# Rules -------------------------------------------------------------------------------------------------------


def rule_text(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """What is printed is read back, but for how often a step without a name repeats."""
    for one in compiled:
        found = parse_rules(print_rules(one.rules))
        if one.program.is_short:
            found = replace(found, schedule=one.rules.schedule)
        if found != one.rules:
            return f"-O{one.level} is read back as other rules\n{print_rules(one.rules)}"
    return None


def rule_meaning(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """At every level, rules do what the step says: on any values of the domains, whether a run has them or not."""
    oracle, program = Oracle(text), compiled[0].program
    dice = random.Random(text)
    for number, layer in enumerate(program.layers):
        for _ in range(STATES):
            numbers: dict[str, Value] = {
                name: dice.choice((0, 1, Fraction(dice.randint(-9, 9), dice.randint(1, 6))))
                for name, domain in program.domains.items()
                if is_open(domain)
            }
            asked = {test.name: answer(test, numbers) for test in layer.tests}
            state = {name: dice.choice(domain.values) for name, domain in program.state(number)}
            values = {**state, **asked, **numbers}
            changed, events = oracle.step({"token": None, "position": None, **values}, layer.name)
            if events:
                return f"accepted, but on {values} there is {events}"
            finite = {one.name for one in program.variables if not is_open(one.domain)}
            expected = {name: changed.get(name, values[name]) for name in finite}
            before = [one for one in program.kept if one.stands_before(number) and not is_open(one.domain)]
            expected |= {one.name: values[one.name] for one in before}
            for one in layer.numbers:
                if one.name in program.added_by(number):
                    known = sum(factor * numbers[name] for name, factor in one.terms)  # type: ignore[operator, misc]
                    expected[one.name] = whole(changed.get(one.name, numbers[one.name]) - known)
            expected |= {name: changed[name] for name in program.introduced_by(number)}
            expected |= {name: values[name] for name in program.copied_by(number)}
            for one in compiled:
                found = one.rules.layers[number].after({**state, **asked})
                if {name: key(value) for name, value in found.items()} != {n: key(v) for n, v in expected.items()}:
                    return f"-O{one.level} makes {found} of {values} in `{layer.name}`, the step {expected}"
    return None


def answer(test: Test, numbers: Mapping[str, Value]) -> Value:
    """What a step is told of a sum of numbers."""
    total = sum((factor * numbers[name] for name, factor in test.terms), Fraction(0))  # type: ignore[operator]
    return test.domain.values[sum(cut.passed_by(total) for cut in test.cuts)]


# Runs --------------------------------------------------------------------------------------------------------


def meaning(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """The interpreter does what the text says, layer by layer."""
    oracle = Oracle(text)
    for one in texts[:: -(-len(texts) // WALKED)]:
        found = walk(oracle, compiled[0], one)
        if found is not None:
            return f'input "{one}": {found}'
    return None


def walk(oracle: Oracle, compiled: Compiled, text: str) -> str | None:
    """Where the interpreter and the oracle part on one input."""
    trace = trace_text(compiled.interpreter, text)
    tokens = oracle.framed(oracle.read(text))
    interface = compiled.program.interface
    if interface.writing is not None:
        try:
            _, tokens = oracle.written(oracle.read(text))
        except Disagreement:
            return None if trace.error is not None and trace.error.code == "E0603" else "a head disagrees"
    if tuple(map(key, tokens)) != tuple(map(key, trace.tokens)):
        return f"the tokens are {trace.tokens}, expected {tokens}"
    states: list[list[Position]] = []
    layers = oracle.layers(tokens)
    for number in range(trace.layers + 1):
        try:
            name, heads, state = next(layers)
        except (StopIteration, Disagreement) as end:
            return f"there is no layer {number}: {end!r}"
        states.append(state)
        if number and compiled.program.layers[trace.ran[number - 1].place].name != name:
            return f"layer {number} is {trace.ran[number - 1].text}, expected {name}"
        own = {head.name.text for head in oracle.blocks[name].heads} if number else set()
        brought = {head for head in trace.heads if trace.knows(head, number) and not head.startswith("(")}
        if own != brought and tokens:
            return f"layer {number} has other heads than {own}"
        for place, names in enumerate(state):
            expected = {**(heads[place] if heads else {}), **names}
            for name in (*trace.variables, *(own if number else ())):
                if not trace.knows(name, number):
                    continue
                value = trace.value(name, number, place)
                if key(value) != key(expected[name]):
                    return f"layer {number}, position {place}: `{name}` is {value}, expected {expected[name]}"
    try:
        after = next(layers)[2]
    except StopIteration:
        (result,) = run_texts(compiled.interpreter, [text])
        output = None if result.output is None else [*map(key, result.output)]
        if interface.writing is not None:
            written, _ = oracle.written(oracle.read(text))
            return None if output == [*map(key, written)] else f"{output} is written, expected {written}"
        expected_output = [*map(key, oracle.output(states[-1]))]
        if output != expected_output:
            return f"the output is {output}, expected {expected_output}"
        if result.scores is None:
            return None
        sums = [row for _, row in oracle.scores(states[-1])]
        found = [{key(label): value for label, value in row.items()} for row in result.scores]
        return None if found == sums else f"the scores are {found}, expected {sums}"
    except Disagreement as head:
        wanted = trace.error is not None and trace.error.code == "E0603" and f"`{head}`" in trace.error.message
        return None if wanted else f"{trace.error} in layer {len(states)}, where `{head}` disagrees"
    never = trace.error is not None and trace.error.code == "E0604"
    variables = [one.name for one in compiled.program.variables]
    seen = [[[one[name] for name in variables] for one in state] for state in (after, *states)]
    return None if never and seen[0] in seen[1:] else f"{trace.error} after layer {len(states) - 1}"


def weights(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """Weights have the interpreter's states, errors and outputs, at every level, in both ways to execute them."""
    expected = compiled[0].interpreter
    last = compiled[-1].model
    models = {f"-O{one.level}": one.model for one in compiled}
    models["dense"] = Model(last.module, last.metadata, "dense")
    for what, model in models.items():
        difference = compare_engines(expected, model, texts)
        if difference is not None:
            return f"{what}: {difference}"
    outputs = [
        [(result.output, result.scores, result.layers) for result in run_texts(one, texts)] for one in (expected, last)
    ]
    if is_open(expected.interface.domain):  # they are within an error
        domain = last.interface.domain
        assert is_open(domain)
        outputs = [[(None if one is None else len(one), layers) for one, _, layers in ends] for ends in outputs]
        pairs = zip(run_texts(expected, texts), run_texts(last, texts), strict=True)
        off = [abs(x - y) for a, b in pairs for x, y in zip(a.output or (), b.output or (), strict=True)]  # type: ignore[operator]
        if max(off, default=0) > domain.tolerance:
            return f"a number is off by {float(max(off))}, and may be by {float(domain.tolerance)}"
    return None if outputs[0] == outputs[1] else f"outputs differ: {outputs[0]} and {outputs[1]}"


def causality(text: str, compiled: list[Compiled], texts: list[str]) -> str | None:
    """In a causal program, what is known at a position in the end is the same whatever stands behind it."""
    program = compiled[0].program
    if not program.is_causal or program.interface.after:
        return None
    for one in texts[:: -(-len(texts) // WALKED)]:
        symbols = one.split()
        whole = trace_text(compiled[0].interpreter, one)
        for length in range(len(symbols)):
            part = trace_text(compiled[0].interpreter, " ".join(symbols[:length]))
            if program.interface.writing is not None or whole.error is not None or part.error is not None:
                continue
            for variable in program.variables:
                size = len(part.tokens)
                ours, theirs = (run.variables[variable.name][-1][:size].tolist() for run in (part, whole))
                if ours != theirs:
                    return f'`{variable.name}` is {ours} behind "{one}" up to {size}, and {theirs} in the whole'
    return None


PROPERTIES: dict[str, Property] = {
    "layout": layout,
    "imports": imports,
    "text of rules": rule_text,
    "meaning of rules": rule_meaning,
    "meaning": meaning,
    "weights": weights,
    "causality": causality,
}


# The checker's verdict ---------------------------------------------------------------------------------------


FAULTS = {"E0201", "E0302", "E0303", "E0304"}  # of several at one place only one is told
PROVED = {"E0301", "E0305", *FAULTS}


def verdict(text: str) -> str | None:
    """Where the checker's verdict on a step that may go wrong differs from trying all values; None if nowhere.

    Also each witness of a message has to be one, with whatever values of all that it does not name.
    """
    try:
        check_file(parse_source(Source("fuzz.alta", text)))
        told: list[Diagnostic] = []
    except AltacError as error:
        told = list(error.diagnostics)
    if {one.code for one in told} - PROVED:
        return None  # refused before it was proved
    oracle, states = Oracle(text), combinations(text)
    if states is None:
        return None
    expected = [(state, events_of(oracle, state)) for state in states]
    tried = {(code, line) for _, events in expected for code, line, _ in events}
    found = {(one.code, span.line) for one in told for span in (one.span, *one.again) if span is not None}
    if found - tried or places(found) != places(tried):
        return f"the checker says {sorted(found)}, trying all values {sorted(tried)}"
    for one in told:
        wrong = false_witness(one, expected)
        if wrong is not None:
            return wrong
    return None


def events_of(oracle: Oracle, state: Position) -> list[Any]:
    """What goes wrong in the step and in the conditions between layers."""
    return oracle.step(state)[1] + oracle.between(state)


def combinations(text: str) -> list[Position] | None:
    """All values of what a step and the conditions between layers read; None for layers, or if they are too many."""
    if "\nstep:" not in text:
        return None
    before = text[: text.index("\nstep:")]
    changed = assigned(parse_source(Source("fuzz.alta", text)))  # what heads can select depends on it
    step = "".join(f"    {name} := {name}\n" for name in sorted(changed)) or "    pass\n"
    program, _ = check_file(parse_source(Source("fuzz.alta", f"{before}\nstep:\n{step}layers 1\noutput token\n")))
    domains = {**every_name(program), **program.domains}
    read = {name for name in names_in(parse_source(Source("fuzz.alta", text))) if name in domains}
    if prod(len(domains[name]) for name in read) > MOST_COMBINATIONS:
        return None
    return [dict(zip(read, values, strict=True)) for values in product(*(domains[name] for name in read))]


def every_name(program: Program) -> dict[str, Any]:
    """`token` and `position`, which a program has only where it reads them."""
    most = program.interface.most_positions
    return {"token": program.interface.vocabulary, **({"position": range(most)} if most is not None else {})}


def names_in(file: t.File) -> set[str]:
    def walk(node: object) -> Iterator[str]:
        if isinstance(node, t.Name):
            yield node.text
        for part in vars(node).values() if isinstance(node, t.Node) else node if isinstance(node, tuple) else ():
            yield from walk(part)

    return {name for one in file.declarations if isinstance(one, t.Step | t.Halt | t.Output) for name in walk(one)}


def places(events: set[tuple[str, int]]) -> set[tuple[str, int]]:
    return {("fault" if code in FAULTS else code, line) for code, line in events}


def false_witness(one: Diagnostic, expected: list[tuple[Position, list[Any]]]) -> str | None:
    """A combination of values that a message says goes wrong, and that does not."""
    witness = read_witness(getattr(one, "witness", ()))
    assert one.span is not None
    for state, events in expected:
        if any(name in state and key(state[name]) != key(value) for name, value in witness.items()):
            continue
        here = [(code, line, value) for code, line, value in events if (code, line) == (one.code, one.span.line)]
        if not here:
            return f"{one.code} in line {one.span.line} is not there when {state}; the witness was {witness}"
        shown = getattr(one, "value", None)
        if one.code == "E0301" and shown not in [source_text(value) for _, _, value in here]:
            return f"{one.code} in line {one.span.line}: {shown} is not the value when {state}; {here}"
    return None


def read_witness(witness: Witness) -> Position:
    """Names and values as a program would write them, as values."""
    constants = Oracle("".join(f"const {name}_ = {value}\n" for name, value in witness))
    return {name: constants.names[f"{name}_"]() for name, _ in witness}
