"""One mistake gives one error: nothing is told that only follows from something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from altac.check import check_file
from altac.diagnostics import AltacError, Diagnostic, Source, Span
from altac.syntax import parse_source, read_source
from altac.syntax import tree as t
from altac.syntax.mentions import walk
from tests.errors.golden import diagnose, programs
from tests.support import PROGRAMS, nonempty

# Goldens with several mistakes, and how many: counted in the program, not in what altac says of it.
SEVERAL = {
    "aggregates_alone": 2,
    "aggregates_as_functions": 8,
    "aggregates_before_signs": 2,
    "aggregates_called": 3,
    "aggregates_in_expressions": 10,
    "aggregates_of_other_languages": 6,
    "aggregates_without_value": 5,
    "assigned_twice": 2,
    "assigns_head": 5,
    "bad_example_input": 3,
    "bare_name_in_condition": 2,
    "boolean_beside_numbers": 2,
    "builtin_name": 2,
    "c_operators": 3,
    "causal_looks_ahead": 3,
    "condition_as_pattern": 2,
    "conditions_of_comprehensions": 3,
    "count_of_value": 2,
    "divides_by_zero": 2,
    "domain_of_size": 5,
    "domains_that_are_none": 2,
    "functions_as_values": 7,
    "head_in_halt": 2,
    "head_index_outside": 2,
    "head_outside_domain": 2,
    "head_without_value": 2,
    "index_outside": 2,
    "items_of_values": 8,
    "key_in_step": 3,
    "layers_and_halt": 3,
    "layers_assigns_introduced": 2,
    "layers_first_round": 2,
    "layers_guards": 11,
    "layers_head_of_own_layer": 3,
    "layers_key_in_until": 2,
    "layers_name_taken": 3,
    "layers_not_a_number": 2,
    "layers_read_too_early": 3,
    "leaves_domain_by_name": 2,
    "leaves_domain_with_other_hints": 6,
    "lines_of_other_languages": 11,
    "files_of_no_constants": 10,
    "files_that_are_not_read": 8,
    "lists_as_domains": 4,
    "token_of_many_words": 4,
    "loop_over_variable": 2,
    "numbers_assigned": 5,
    "numbers_between_layers": 3,
    "numbers_brought": 9,
    "numbers_nonlinear": 10,
    "mean_of_optional": 2,
    "means_without_a_place": 4,
    "misspelt_symbol": 2,
    "misspelt_variable": 3,
    "number_as_condition": 3,
    "numbers_with_quotes": 2,
    "offset_not_a_number": 2,
    "operators_of_nothing": 6,
    "outputs_that_are_none": 15,
    "patterns_in_a_list": 3,
    "patterns_that_are_none": 7,
    "places_of_heads": 12,
    "python_statements": 4,
    "python_true": 2,
    "python_values": 10,
    "range_in_braces": 3,
    "ranges_of_symbols": 9,
    "reserved_name": 3,
    "scores_entries": 4,
    "scores_factors": 2,
    "scores_of_several": 5,
    "scores_read": 2,
    "scores_temperature": 3,
    "scores_terms": 6,
    "scores_too_large": 2,
    "scores_unknown": 3,
    "several_checks": 6,
    "several_errors": 9,
    "sides_in_wrong_places": 5,
    "sum_of_other": 3,
    "sides_without_a_dot": 7,
    "subjects_in_parentheses": 2,
    "tuples": 6,
    "two_steps": 2,
    "unbounded_position": 2,
    "warn_introduced_never_read": 2,
    "warn_output_of_no_layer": 2,
    "warn_scores": 2,
    "warn_unreachable": 2,
    "warn_unreachable_by_name": 2,
    "warn_unused": 2,
}
EVERYTHING = """program everything
const WIDTH = 4
const NEXT = {"a": "b", "b": "c", "c": "a"}
type Digit = 0..WIDTH
type Letter = {"a", "b", "c"}
def wrap(n, size) = n % size
param N = 6
input word: Letter up to N
frame "<s>" * 2 word
var digit: Digit = 0
var letter: Letter = token if token in Letter else "a"
var place: 0..7 = position
var maybe: Digit? = none
var done: bool = false
head near = letter at -1 else "a"
head far: Letter = last letter where key.digit == query.digit at ..0 else "c"
head number = count where key.letter == "a" and key.place > query.place
head letters = count where key.token in Letter
head share: {0, 1/2, 1} = mean (1 if letter == "b" else 0) where key.token != "<s>" else 0
head some = exists where key.maybe == none
head average: Digit = mean maybe where key.maybe != none else 0
step:
    let sum = digit + number
    if sum > WIDTH and not some:
        digit := wrap(sum, WIDTH)
    elif near == "a":
        digit := min(letters, 2 * share)
    else:
        maybe := average if digit > 0 else none
    match digit, far:
        case 0, "a" | "b":
            letter := NEXT[far]
        case n, other if n > 2:
            letter := NEXT[other]
        case _, _: pass
    for n in 1..WIDTH:
        if place == n: done := true
halt when done
output letter at all where place > 1
example "a b" -> "a b"
"""
EXPRESSIONS = (
    *(t.Literal_, t.Name, t.Field, t.Group, t.Unary, t.Binary, t.Compare, t.Ternary, t.Range, t.Index, t.Optional_),
    *(t.Call, t.Collection),
)


def errors(text: str) -> list[Diagnostic]:
    try:
        check_file(parse_source(Source(str(PROGRAMS / "one.alta"), text)))
    except AltacError as error:
        return list(error.diagnostics)
    return []


def whole_expressions(tree: object) -> Iterator[t.Node]:
    """The expressions that are no part of another one; an example's are checked with all that they depend on."""
    match tree:
        case t.Example() | t.Pattern():
            pass
        case tuple():
            for part in tree:
                yield from whole_expressions(part)
        case t.Node() if isinstance(tree, EXPRESSIONS):
            yield tree
        case t.Node():
            for part in vars(tree).values():
                yield from whole_expressions(part)


def replaced(span: Span, new: str) -> str:
    return span.source.text[: span.start] + new + span.source.text[span.end :]


@pytest.mark.parametrize("path", programs(), ids=lambda path: path.stem)
def test_a_golden_has_as_many_diagnostics_as_its_program_has_mistakes(path: Path) -> None:
    places = [place for diagnostic in diagnose(read_source(path)) for place in (diagnostic, *diagnostic.again)]
    assert len(places) == SEVERAL.get(path.stem, 1)


@pytest.mark.parametrize("mistake, code", [("nowhere", "E0101"), ("(1 // 0)", "E0303"), ("(none + 1)", "E0302")])  # noqa: PT006
@pytest.mark.parametrize("name", ["everything", "parity", "dyck2", "reachability", "shortest_path"])
def test_a_mistake_anywhere_is_the_only_error(name: str, mistake: str, code: str) -> None:
    source = Source("one.alta", EVERYTHING)
    if name != "everything":
        source = read_source(PROGRAMS / f"{name}.alta")
    assert errors(source.text) == []
    tried = 0
    for place in nonempty(whole_expressions(parse_source(source))):
        found = errors(replaced(place.span, mistake))
        assert [diagnostic.code for diagnostic in found] == [code], (
            f"{place.span.text} on line {place.span.line}:\n{found}"
        )
        tried += 1
    assert tried > 8


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*.alta")), ids=lambda path: path.stem)
def test_what_is_wrong_about_the_input_is_the_only_error(path: Path) -> None:
    """Names, counts, positions and examples all depend on it."""
    tree = parse_source(read_source(path))
    for node in nonempty(walk(tree)):
        match node:
            case t.Input():
                assert [diagnostic.code for diagnostic in errors(replaced(node.alphabet.span, '{"a b", "c"}'))] == [
                    "E0502"
                ]
                assert [diagnostic.code for diagnostic in errors(replaced(node.alphabet.span, "7"))] == ["E0205"]
                if node.longest is not None:
                    assert [diagnostic.code for diagnostic in errors(replaced(node.longest.span, "-1"))] == ["E0206"]
            case t.Frame():
                assert [diagnostic.code for diagnostic in errors(replaced(node.span, 'frame "<s>"'))] == ["E0501"]
            case t.Var():
                assert [diagnostic.code for diagnostic in errors(replaced(node.domain.span, "7"))] == ["E0205"]
